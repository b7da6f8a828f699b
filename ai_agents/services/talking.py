"""The answer of the chat: written before the person's eyes, then checked. Runs in the llm queue.

What is seen while it grows is provisional: plain words, without links and markup. Numbers, harsh
passages and placeholders are dealt with at the end, and what passed replaces it.
"""

import json
import logging
import re
import secrets
import time

from asgiref.sync import sync_to_async
from django.conf import settings
from django.db import transaction
from django.utils import timezone, translation

from accounts import live, tenancy
from accounts.models import Membership
from ai_agents import review
from ai_agents.agents import chat
from ai_agents.cleaning import fence, fenced, harmless, leaks, plain
from ai_agents.models import Message, Question, Reservation
from ai_agents.numbers import Figure, quoted, stated, verified
from ai_agents.providers.asking import Cancelled, NotAnswered
from ai_agents.providers.chain import Call
from ai_agents.providers.streaming import Turn, stream
from ai_agents.queries.figures import account_figures, as_data, from_data
from ai_agents.queries.questions import names_to_hide
from ai_agents.redaction import Redactor
from ai_agents.services import conversations, ledger
from ai_agents.services.answering import asker

logger = logging.getLogger(__name__)

State = Message.State
Role = Message.Role
Problem = Question.Problem
DAYS = 28  # of the figures that every answer begins with
WINDOW = 24  # earlier messages that a model is given: twelve turns
EARLIER_MOST = 1_500  # characters of one of them
SAVES_EVERY = 2.0  # seconds: what a reload or another tab begins with
_COUNTED = re.compile(r"^[ \t]*(?:\d{1,2}[.)]|[-*•\u2013])[ \t]+", re.MULTILINE)
_DRESS = re.compile(r"\*\*|__|`|^#{1,6}[ \t]+", re.MULTILINE)


def answer_message(message_id: int) -> None:
    """Write one answer, at most once: a second run after a crash gives up instead of paying."""
    message = (
        Message.objects.select_related("reservation", "conversation").filter(pk=message_id).first()
    )
    if message is None or message.reservation is None or message.is_finished:
        return
    if message.state == State.STREAMING:
        conversations.fail_message(message=message, problem=Problem.INTERRUPTED)
        return
    waiting = Message.objects.filter(pk=message.pk, state=State.PENDING)
    if not waiting.update(state=State.STREAMING):
        return
    member = asker(message.conversation.user_id)
    if member is None:
        conversations.fail_message(message=message, problem=Problem.GONE)
        return
    user, membership = member
    try:
        with translation.override(message.language), timezone.override(user.timezone):
            _Talk(message, message.reservation, membership).run()
    except NotAnswered as no:
        conversations.fail_message(message=message, problem=no.problem, resets_at=no.resets_at)
    except Exception:
        conversations.fail_message(message=message, problem=Problem.INVALID)
        raise


class _Talk:
    """One answer on its way."""

    def __init__(self, message: Message, reservation: Reservation, membership: Membership) -> None:
        self.message = message
        self.membership = membership
        self.reservation = reservation
        self.call = Call(reservation, settings.AI_ANSWER_SECONDS)
        self.redactor = Redactor(names_to_hide(membership))
        self.mark = fence()
        self.canary = secrets.token_hex(12)
        self.figures: list[Figure] = []  # of this turn
        self.earlier: list[Figure] = []  # of the turns before, and what the person wrote
        self.screen = _Screen(message)
        self.so_far = ""

    def run(self) -> None:
        """Ask, show, check, store. Raises NotAnswered."""
        *before, own = self._said_before()
        prompt = "\n\n".join([self._given(), f"The person's own words:\n{own.text}"])
        try:
            whole = stream(
                self.call,
                instructions=chat.instructions(
                    agent=self.message.agent, language=self.message.language, canary=self.canary
                ),
                history=before,
                prompt=prompt,
                look_up=self._look_up,
                show=self._show,
                is_wanted=self._is_wanted,
            )
        except Cancelled:
            self._keep(self.so_far, State.CANCELLED)
        else:
            self._keep(whole, State.DONE)

    def _said_before(self) -> list[Turn]:
        """The window of the talk, redacted, the newest message of the person last."""
        newest = self.message.conversation.messages.filter(pk__lt=self.message.pk).order_by("-pk")
        turns = []
        for one in list(newest[: WINDOW + 1])[::-1]:
            is_own = one.role == Role.USER
            if is_own:
                self.earlier += stated(one.text)
            elif not one.text:
                continue
            self.earlier += from_data(one.figures)
            most = len(one.text) if is_own else EARLIER_MOST
            text = self.redactor.hide(plain(one.text, most), is_own=True)
            turns.append(Turn(is_own, fenced(text, self.mark) if is_own else text))
        return turns

    def _given(self) -> str:
        rows = [
            {name: row[name] for name in ("ref", "label", "value", "unit")}
            for row in self._look_up(DAYS)
        ]
        return f"Figures:\n{json.dumps(rows, ensure_ascii=False)}"

    def _look_up(self, days: int) -> list[dict[str, object]]:
        """The model's one tool: workspace and person are ours, only the period is its choice."""
        found = account_figures(self.membership, days)
        self.figures += found
        return as_data(found)

    async def _show(self, text: str) -> None:
        """What came so far, on the person's open pages. Raises NotAnswered: it told its rules."""
        self._mind_secrets(text)
        self.so_far = text
        await self.screen.show(_undressed(text)[0])

    def _mind_secrets(self, text: str) -> None:
        if leaks(text, self.canary) or self.mark in text:
            logger.error("the answer to message %s held its instructions", self.message.pk)
            raise NotAnswered(Problem.LEAKED)

    def _keep(self, text: str, state: str) -> None:
        """The end: what passes the checks is the answer. Raises NotAnswered when nothing does."""
        self._mind_secrets(text)
        passed, dropped = self._checked(text)
        if not passed and state == State.DONE:
            raise NotAnswered(Problem.UNVERIFIED)
        known = [*self.earlier, *self.figures]
        used = self.reservation.usage.order_by("-attempt").first()
        with transaction.atomic():
            is_ours = Message.objects.move(
                self.message.pk,
                state,
                text=self.redactor.restore(passed),
                figures=as_data({one.ref: one for one in quoted(passed, known)}.values()),
                dropped=dropped,
                provider=used.deployment if used else "",
                model=used.model if used else "",
                cost=conversations.cost_of(self.message),
                finished_at=timezone.now(),
            )
            if is_ours:
                # What was stopped before its first word costs no request.
                ledger.settle(self.reservation, answered=bool(passed))
                live.poke("answers")

    def _checked(self, text: str) -> tuple[str, int]:
        """The passages without links, markup, unknown numbers and harsh words; how much went."""
        whole, dropped = _undressed(text)
        kept = []
        for passage in whole.split("\n"):
            told, lies = verified(passage, [*self.figures, *self.earlier])
            dropped += lies
            kept.append("" if told == "•" else told)
        spoken = [passage for passage in kept if passage]
        if spoken:
            try:
                verdicts = dict(zip(spoken, review.gentle(spoken), strict=True))
            except review.NoJudge as error:
                raise NotAnswered(Problem.UNREVIEWED) from error
            dropped += list(verdicts.values()).count(False)
            kept = [passage for passage in kept if verdicts.get(passage, True)]
        return re.sub(r"\n{3,}", "\n\n", "\n".join(kept)).strip(), dropped

    def _is_wanted(self) -> bool:
        writing = Message.objects.filter(pk=self.message.pk, state=State.STREAMING)
        return writing.filter(is_unwanted=False).exists()


class _Screen:
    """The open pages of the person: each frame holds all that the row does not have yet.

    So a page that was just loaded, or missed frames, is right again with the next one.
    """

    def __init__(self, message: Message) -> None:
        self.message = message
        self.box = f"words-{message.code}"
        schema = tenancy.current_schema()
        self.group = live.person_group_of(schema, message.conversation.user_id)
        self.saved = ""
        self.saved_at = time.monotonic()

    async def show(self, text: str) -> None:
        """Send it, and save it when that is due; a text that does not go on is sent whole."""
        is_due = text != self.saved and time.monotonic() - self.saved_at >= SAVES_EVERY
        if text.startswith(self.saved) and not is_due:
            at = len(self.saved.encode("utf-16-le")) // 2
            await live.say(self.group, box=self.box, at=at, text=text[len(self.saved) :])
            return
        await live.say(self.group, box=self.box, at=0, text=text)
        await sync_to_async(self._save, thread_sensitive=True)(text)

    def _save(self, text: str) -> None:
        self.saved, self.saved_at = text, time.monotonic()
        Message.objects.filter(pk=self.message.pk, state=State.STREAMING).update(text=text)


def _undressed(text: str) -> tuple[str, int]:
    """A model's text without links, markup and numbers of lists; how many links and tags went."""
    plainer = _DRESS.sub("", _COUNTED.sub("• ", text))
    lines = [harmless(line) for line in plainer.split("\n")]
    return "\n".join(line for line, _ in lines).strip(), sum(gone for _, gone in lines)
