"""What goes into the judgement of a window and what comes out of it."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

SignalName = Literal["hostility", "copies", "velocity", "newcomers", "synchrony", "overlap"]

WEIGHTS: Mapping[SignalName, float] = {
    "hostility": 0.46,
    "copies": 0.16,
    "velocity": 0.13,
    "newcomers": 0.12,
    "synchrony": 0.08,
    "overlap": 0.05,
}
"""All signals but hostility together stay below OPEN_FROM: speed, newcomers and equal wordings
are what praise, give-aways and virality look like as well, and never open a wave alone."""
OPEN_FROM = 0.60
HOLD_FROM = 0.40  # an open wave goes on from here: two thresholds, so that it does not flicker
OPEN_HOSTILITY = 0.6  # of the hostility signal itself, whatever the other signals say
HOLD_HOSTILITY = 0.25
HOSTILE_FROM, WEIGHED_FROM, CLEAR_FROM = 0.3, 0.4, 0.95
"""Probabilities: below the first a comment is not looked at as hostile at all; it weighs something
from the second on and is counted wholly from the third. Below is what hard criticism gets, and a
thousand of it is no pile-on. Doubt weighs little: the model gives 0.3 to 0.8 to 27 of 100 hostile
sentences and to 9 to 17 of 100 harmless ones, above 0.95 to 34 and to 1 to 4."""


def clearness(toxicity: float) -> float:
    """How clearly hostile a comment of that calibrated probability is, 0 to 1."""
    if toxicity <= WEIGHED_FROM:
        return 0.0  # as nearly always
    return min((toxicity - WEIGHED_FROM) / (CLEAR_FROM - WEIGHED_FROM), 1.0)


@dataclass(frozen=True, slots=True)
class Heard:
    """One comment as the detector sees it."""

    at: float  # when it was published, seconds since 1970
    author: str
    post: str
    text: str  # normalised
    toxicity: float  # calibrated probability, not a decision
    is_first: bool  # its author had not written on this account before the last day


@dataclass(frozen=True, slots=True)
class Signal:
    """One reason, from 0 (as always) to 1 (as unusual as it gets), with what it rests on."""

    name: SignalName
    value: float
    facts: Mapping[str, float] = field(default_factory=dict)

    @property
    def weight(self) -> float:
        """How much of the whole it may contribute."""
        return WEIGHTS[self.name]


@dataclass(frozen=True, slots=True)
class Finding:
    """How much a window looks like a pile-on: the most telling part of it, explained."""

    signals: tuple[Signal, ...] = ()
    started_at: float = 0.0  # of the first comment in that part
    comments: int = 0
    authors: int = 0
    newcomers: int = 0
    hostile: float = 0.0  # how many of the authors are hostile: added up, each by clearness

    @property
    def score(self) -> float:
        """0 to 1; 0 as well when fewer people are hostile than a pile-on takes."""
        return sum(signal.weight * signal.value for signal in self.signals)

    def reaches(self, score: float, hostility: float) -> bool:
        """Whether the whole and its hostility are both that strong."""
        found = next((s.value for s in self.signals if s.name == "hostility"), 0.0)
        return self.score >= score and found >= hostility
