"""Other words for a coach's tip: asked of a model, checked, kept. Runs in the llm queue.

The computed tip stands all the while; whatever goes wrong here, it stays.
"""

import json
import logging
import secrets
from decimal import Decimal

from django.conf import settings
from django.db import transaction
from django.utils import timezone, translation

from accounts import gates, live, tenancy
from accounts.models import User
from ai_agents import review
from ai_agents.agents.base import LANGUAGES
from ai_agents.agents.coach import OPERATION, CoachWords, instructions
from ai_agents.cleaning import harmless, leaks
from ai_agents.coaching import reason_of, tip_of
from ai_agents.models import Coaching, CoachTip
from ai_agents.models.ledger import Agent, Reservation
from ai_agents.numbers import Figure, verified
from ai_agents.providers.asking import Cancelled, NotAnswered, ask
from ai_agents.providers.chain import Call
from ai_agents.services import ledger

logger = logging.getLogger(__name__)


def word_tip(tip_id: int) -> None:
    """Word one tip, at most once: a second run after a crash gives up instead of paying again.

    Nothing of a viewer's is sent: the counts, and the computed sentences about them.
    """
    tip = CoachTip.objects.filter(pk=tip_id, words="", dismissed_at=None).first()
    if tip is None or tip.expires_at <= timezone.now():
        return
    user = _asker(tip)
    if user is None:
        return
    language = user.language if user.language in LANGUAGES else "en"
    try:
        reservation, is_new = ledger.reserve(
            user=user, agent=Agent.COACH, operation=OPERATION, key=f"tip {tip.code}",
            request_hash=tip.code.hex,
        )  # fmt: skip
    except (ledger.Refused, ledger.Stopped):
        return
    if not is_new:
        return
    words = ""
    try:
        words = _asked(tip, reservation, language)
    except (NotAnswered, Cancelled) as no:
        logger.info("tip %s keeps its computed words: %s", tip.pk, no)
    finally:
        _keep(tip, reservation, words, language)


def _asker(tip: CoachTip) -> User | None:
    """Who wanted words, if they still do and are still here."""
    switch = Coaching.objects.filter(account=tip.account_id, is_on=True, has_words=True).first()
    if switch is None:
        return None
    if switch.user_id is None:
        return None
    membership = gates.membership_of(switch.user_id, tenancy.current_workspace())
    with tenancy.public():
        return None if membership is None else membership.user


def _asked(tip: CoachTip, reservation: Reservation, language: str) -> str:
    canary = secrets.token_hex(12)
    with translation.override(language):
        computed = {
            "tip": tip_of(tip.kind, tip.figures),
            "reason": reason_of(tip.kind, tip.figures),
            "figures": tip.figures,
        }
    answer = ask(
        Call(reservation, settings.AI_COACH_SECONDS, chain=settings.AI_FAST_CHAIN),
        instructions=instructions(language, canary),
        prompt=json.dumps(computed, ensure_ascii=False),
        schema=CoachWords,
        is_wanted=lambda: _is_wanted(tip),
    )
    return _checked(answer.tip, tip, canary)


def _is_wanted(tip: CoachTip) -> bool:
    return CoachTip.objects.filter(
        pk=tip.pk, dismissed_at=None, expires_at__gt=timezone.now()
    ).exists()


def _checked(text: str, tip: CoachTip, canary: str) -> str:
    """The words, or nothing: a tip that loses a sentence to a check says something else."""
    shown, links = harmless(text)
    figures = [Figure(ref, "", Decimal(value)) for ref, value in tip.figures.items()]
    whole, lies = verified(shown, figures)
    if leaks(text, canary) or links or lies:
        logger.warning("the words for tip %s did not pass", tip.pk)
        return ""
    try:
        return whole if review.gentle([whole]) == [True] else ""
    except review.NoJudge:
        return ""


def _keep(tip: CoachTip, reservation: Reservation, words: str, language: str) -> None:
    with transaction.atomic():
        last = reservation.usage.order_by("-attempt").first()
        if words:
            CoachTip.objects.filter(pk=tip.pk).update(
                words=words, language=language, provider=last.deployment if last else ""
            )
            live.poke("coach")
        ledger.settle(reservation, answered=bool(words))
