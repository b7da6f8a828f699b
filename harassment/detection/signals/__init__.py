"""Signals beside the model: what a pattern proves, whatever a score says. Pure functions only."""

from dataclasses import dataclass
from itertools import chain

from harassment.detection.normalise import normalise, unmask
from harassment.detection.signals.addresses import find_addresses
from harassment.detection.signals.announcing import find_announcements
from harassment.detection.signals.base import (
    FLOORS,
    SIGNALS_VERSION,
    Circumstances,
    Detail,
    Kind,
    Signal,
    Target,
)
from harassment.detection.signals.blackmail import find_blackmail
from harassment.detection.signals.contacts import find_contacts
from harassment.detection.signals.impersonation import find_impersonation
from harassment.detection.signals.incitement import find_incitement
from harassment.detection.signals.reading import Reading, fold, read_literally
from harassment.detection.signals.spam import find_spam
from harassment.detection.signals.targets import find_target
from harassment.detection.signals.threats import find_threats

__all__ = [
    "FLOORS",
    "SIGNALS_VERSION",
    "Circumstances",
    "Detail",
    "Findings",
    "Kind",
    "Signal",
    "Target",
    "find_signals",
]

_NOWHERE = Circumstances()


@dataclass(frozen=True, slots=True)
class Findings:
    """All that was found in one text, and whom it is aimed at."""

    signals: tuple[Signal, ...]
    target: Target

    @property
    def floor(self) -> int:
        """How grave the comment is at least; 0 when nothing but spam was found."""
        return max((signal.floor for signal in self.signals), default=0)

    @property
    def kinds(self) -> list[Kind]:
        """What was found that harms somebody, the gravest first, each once."""
        harmful = sorted(
            (signal for signal in self.signals if signal.floor), key=lambda one: -one.floor
        )
        return list(dict.fromkeys(signal.kind for signal in harmful))


def find_signals(text: str, around: Circumstances = _NOWHERE) -> Findings:
    """Look for doxxing, concrete threats, calls to suicide, blackmail, impersonation and spam.

    Total and pure: any string is accepted, in time that grows with its length. Every stretch lies
    in `text` itself. Disguises are undone first. A phone number or an e-mail address in an
    advertisement is the advertiser's own and no disclosure.
    """
    literal = read_literally(text)
    plain = _read_plainly(text)
    spam = list(find_spam(plain))
    private = [*find_contacts(literal, around), *find_addresses(literal)]
    if spam:
        private = [one for one in private if one.detail not in {"phone", "email"}]
    found = chain(
        private,
        find_announcements(plain),
        find_threats(plain),
        find_incitement(plain),
        find_blackmail(plain),
        find_impersonation(literal, around),
        spam,
    )
    signals = tuple(sorted(dict.fromkeys(found), key=lambda one: (one.start, one.end)))
    gravest = max(signals, key=lambda one: one.floor, default=None)
    target = find_target(plain, literal, around, gravest.kind if gravest else "")
    return Findings(signals, target)


def _read_plainly(text: str) -> Reading:
    """What a reader understands. The way back is found only when somebody asks for a place."""
    folded, places = fold(normalise(text))
    unmasked: list[object] = []

    def raw_span(start: int, end: int) -> tuple[int, int]:
        if not unmasked:
            unmasked.append(unmask(text))
        if places is not None:
            start, end = places[start], places[end - 1] + 1
        return unmasked[0].raw_span(start, end)  # type: ignore[attr-defined,no-any-return]

    return Reading(folded, raw_span)
