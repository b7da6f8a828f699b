"""What a streamer is told while on air: worked out from counts, never from anybody's words.

Pure functions: figures in, at most one piece of advice out; its sentences are made when they are
read, in the reader's language.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from math import sqrt

from django.utils.formats import number_format
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from ai_agents.models.coaching import CoachTip

Kind = CoachTip.Kind

NOW_MINUTES = 3  # what counts as now
BEFORE_MINUTES = 12  # and the stretch before it that it is compared with
FEW = 4  # masked messages: fewer are no trend, however few are written
HARSH, CALM = 0.10, 0.05  # shares of masked messages
RAID_SHARE, RAID_PEOPLE = 0.15, 15
RAID_TIMES = 1.5  # the people of the whole stretch before, which is longer
ASKING, ASKING_SHARE = 5, 0.25  # messages with a question in NOW_MINUTES, and of all of them
LIVELY = 30  # messages in BEFORE_MINUTES: below, a slower chat is no news
QUIET_MINUTES = 4
MILESTONES = (100, 250, 500, 1_000, 2_500, 5_000, 10_000, 25_000, 50_000, 100_000)

_AGAIN = {  # not the same advice before so many minutes
    Kind.RAID: 5, Kind.ABUSE: 5, Kind.CALM: 10, Kind.QUESTIONS: 5, Kind.SILENCE: 10,
    Kind.DROP: 10, Kind.MILESTONE: 0,
}  # fmt: skip
_LASTS = {Kind.RAID: 6, Kind.ABUSE: 6}
_USUALLY_LASTS = 4  # minutes
_ROUGH = (Kind.RAID, Kind.ABUSE)
_REMEMBERED = timedelta(minutes=30)  # how long ago a rough patch may be that is over now


@dataclass(frozen=True, slots=True)
class Stretch:
    """Some minutes of a chat without the account's own messages.

    `judged` of the messages were looked at by the local model, `masked` of those are covered.
    """

    minutes: float
    messages: int = 0
    judged: int = 0
    masked: int = 0
    chatters: int = 0
    questions: int = 0

    @property
    def rate(self) -> float:
        """Messages a minute; the first seconds of a stream count as a whole one."""
        return self.messages / max(self.minutes, 1.0)

    @property
    def share(self) -> float:
        """The masked part of what was judged, 0 to 1."""
        return self.masked / self.judged if self.judged else 0.0


@dataclass(frozen=True, slots=True)
class StreamFigures:
    """A chat as it stands: since it began, now, and in the stretch before now."""

    minutes: float
    messages: int
    quiet_minutes: float  # since the last message, or since it began
    now: Stretch
    before: Stretch


@dataclass(frozen=True, slots=True)
class Told:
    """What was told already in this stream."""

    kind: str
    at: datetime
    figures: Mapping[str, int]


@dataclass(frozen=True, slots=True)
class Advice:
    """What to tell: `ref` names the figure of `figures` it is about."""

    kind: str
    ref: str
    figures: Mapping[str, int]

    @property
    def lasts(self) -> timedelta:
        """How long it is worth reading."""
        return timedelta(minutes=_LASTS.get(Kind(self.kind), _USUALLY_LASTS))


def advise(figures: StreamFigures, told: Sequence[Told], at: datetime) -> Advice | None:
    """The most urgent thing the figures say that was not said lately, else None."""
    for rule in _RULES:
        found = rule(figures, told, at)
        if found is not None and _is_news(found, told, at):
            return found
    return None


def _is_news(advice: Advice, told: Sequence[Told], at: datetime) -> bool:
    same = _ROUGH if advice.kind in _ROUGH else (advice.kind,)
    wait = timedelta(minutes=_AGAIN[Kind(advice.kind)])
    return not any(one.kind in same and at - one.at < wait for one in told)


def _raid(figures: StreamFigures, _told: Sequence[Told], _at: datetime) -> Advice | None:
    now, before = figures.now, figures.before
    is_crowd = now.chatters >= max(RAID_PEOPLE, RAID_TIMES * before.chatters)
    if not is_crowd or now.masked < FEW or now.share < RAID_SHARE:
        return None
    return Advice(Kind.RAID, "chatters", _counts(figures))


def _abuse(figures: StreamFigures, _told: Sequence[Told], _at: datetime) -> Advice | None:
    now = figures.now
    if now.masked < FEW or now.share < max(HARSH, 2 * figures.before.share):
        return None
    return Advice(Kind.ABUSE, "masked", _counts(figures))


def _calm(figures: StreamFigures, told: Sequence[Told], at: datetime) -> Advice | None:
    rough = [one.at for one in told if one.kind in _ROUGH and at - one.at < _REMEMBERED]
    calm = [one.at for one in told if one.kind == Kind.CALM]
    if not rough or (calm and max(calm) > max(rough)):
        return None
    now, before = figures.now, figures.before
    if before.masked < FEW or now.judged < FEW or now.share > CALM:
        return None
    return Advice(Kind.CALM, "masked", _counts(figures))


def _questions(figures: StreamFigures, _told: Sequence[Told], _at: datetime) -> Advice | None:
    now, before = figures.now, figures.before
    usual = before.questions * now.minutes / before.minutes if before.minutes else 0.0
    if now.questions < max(ASKING, 2 * usual) or now.questions < ASKING_SHARE * now.messages:
        return None
    return Advice(Kind.QUESTIONS, "questions", _counts(figures))


def _silence(figures: StreamFigures, _told: Sequence[Told], _at: datetime) -> Advice | None:
    if figures.quiet_minutes < QUIET_MINUTES:
        return None
    return Advice(Kind.SILENCE, "quiet_minutes", {"quiet_minutes": int(figures.quiet_minutes)})


def _drop(figures: StreamFigures, _told: Sequence[Told], _at: datetime) -> Advice | None:
    expected = figures.before.rate * figures.now.minutes
    # Two standard deviations of a count: a chat that merely breathes is left alone.
    is_less = expected - figures.now.messages >= 2 * sqrt(expected)
    if figures.before.messages < LIVELY or not is_less or 2 * figures.now.messages > expected:
        return None
    return Advice(Kind.DROP, "rate", _counts(figures))


def _milestone(figures: StreamFigures, told: Sequence[Told], _at: datetime) -> Advice | None:
    reached = max((one for one in MILESTONES if one <= figures.messages), default=0)
    known = max((one.figures.get("reached", 0) for one in told), default=0)
    if reached <= known:
        return None
    return Advice(
        Kind.MILESTONE, "reached", {"reached": reached, "minutes": max(round(figures.minutes), 1)}
    )


_RULES: tuple[Callable[[StreamFigures, Sequence[Told], datetime], Advice | None], ...] = (
    _raid, _abuse, _calm, _questions, _silence, _drop, _milestone,
)  # fmt: skip


def _counts(figures: StreamFigures) -> dict[str, int]:
    now, before = figures.now, figures.before
    return {
        "minutes": round(now.minutes),
        "messages": now.messages,
        "judged": now.judged,
        "masked": now.masked,
        "chatters": now.chatters,
        "questions": now.questions,
        "rate": round(now.rate),
        "before_minutes": round(before.minutes),
        "before_judged": before.judged,
        "before_masked": before.masked,
        "before_chatters": before.chatters,
        "before_questions": before.questions,
        "before_rate": round(before.rate),
    }


def tip_of(kind: str, figures: Mapping[str, int]) -> str:
    """What to do, in a sentence of the reader's language."""
    match kind:
        case Kind.RAID:
            return _("This looks like a raid: raise the shield, and slow mode on the platform.")
        case Kind.ABUSE:
            return _("The chat gets harsher: slow mode or the shield would help now.")
        case Kind.CALM:
            return _("The rough patch is over.")
        case Kind.QUESTIONS:
            return _("Many are asking: answer a question aloud.")
        case Kind.SILENCE:
            return _("Nobody has written for a while: ask the chat something easy.")
        case Kind.DROP:
            return _("The chat slows down: a question to everybody may wake it.")
        case _:
            reached = number_format(figures["reached"], force_grouping=True)
            return _("%(count)s messages: thank your chat.") % {"count": reached}


def reason_of(kind: str, figures: Mapping[str, int]) -> str:
    """The figures it rests on, in a sentence of the reader's language."""
    told = {name: number_format(value, force_grouping=True) for name, value in figures.items()}
    is_first = not figures.get("before_minutes", 1)  # of a stream: there is no stretch before
    match kind:
        case Kind.RAID if is_first:
            sentence = _(
                "%(chatters)s people wrote at once; %(masked)s of %(judged)s messages are masked."
            )
        case Kind.RAID:
            sentence = _(
                "%(chatters)s people wrote in the last %(minutes)s minutes, after"
                " %(before_chatters)s in the %(before_minutes)s minutes before; %(masked)s of"
                " %(judged)s messages are masked."
            )
        case Kind.ABUSE if not figures.get("before_judged", 1):
            sentence = _("%(masked)s of the last %(judged)s messages are masked.")
        case Kind.ABUSE | Kind.CALM:
            sentence = _(
                "%(masked)s of the last %(judged)s messages are masked; it was %(before_masked)s"
                " of %(before_judged)s before."
            )
        case Kind.QUESTIONS if is_first:
            sentence = _("%(questions)s of the last %(messages)s messages hold a question.")
        case Kind.QUESTIONS:
            sentence = _(
                "%(questions)s of the last %(messages)s messages hold a question; it was"
                " %(before_questions)s in the %(before_minutes)s minutes before."
            )
        case Kind.SILENCE:
            sentence = ngettext(
                "The last message came %(quiet_minutes)s minute ago.",
                "The last message came %(quiet_minutes)s minutes ago.",
                figures["quiet_minutes"],
            )
        case Kind.DROP:
            sentence = _("%(rate)s messages a minute now, after %(before_rate)s a minute before.")
        case _:
            sentence = ngettext(
                "In %(minutes)s minute on air.",
                "In %(minutes)s minutes on air.",
                figures["minutes"],
            )
    return sentence % told
