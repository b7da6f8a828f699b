"""What the coach of an account said lately, ready to read."""

from dataclasses import dataclass
from datetime import timedelta

from django.utils import timezone
from django.utils.translation import get_language

from ai_agents.coaching import reason_of, tip_of
from ai_agents.models import Coaching, CoachTip
from integrations.models import SocialAccount

LATELY = timedelta(minutes=30)
SHOWN = 5
_ICONS = {
    CoachTip.Kind.RAID: "shield",
    CoachTip.Kind.ABUSE: "shield",
    CoachTip.Kind.CALM: "check",
    CoachTip.Kind.QUESTIONS: "reply",
}


@dataclass(frozen=True, slots=True)
class TipLine:
    """One tip as the reader sees it; `is_worded`: by a model, in the reader's language."""

    row: CoachTip
    tip: str
    reason: str
    icon: str
    is_worded: bool
    is_over: bool
    is_rough: bool


@dataclass(frozen=True, slots=True)
class CoachPage:
    """The coach of one account."""

    account: SocialAccount
    switch: Coaching
    lines: tuple[TipLine, ...]


def coach_page(account: SocialAccount) -> CoachPage:
    """Its switches and its latest tips. Two queries."""
    now = timezone.now()
    switch = Coaching.objects.filter(account=account).first() or Coaching(account=account)
    tips = CoachTip.objects.filter(account=account).shown_since(now - LATELY)[:SHOWN]
    language = (get_language() or "en")[:2]
    lines = []
    for tip in tips if switch.is_on else ():
        is_worded = bool(tip.words) and tip.language == language
        lines.append(
            TipLine(
                row=tip,
                tip=tip.words if is_worded else tip_of(tip.kind, tip.figures),
                reason=reason_of(tip.kind, tip.figures),
                icon=_ICONS.get(CoachTip.Kind(tip.kind), "spark"),
                is_worded=is_worded,
                is_over=tip.expires_at <= now,
                is_rough=tip.kind in {CoachTip.Kind.RAID, CoachTip.Kind.ABUSE},
            )
        )
    return CoachPage(account, switch, tuple(lines))
