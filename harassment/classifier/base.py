"""What a score is, what a backend must do, and how probabilities become a severity."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal, Protocol

import numpy as np
import numpy.typing as npt

from harassment.classifier.labels import LABELS

Floats = npt.NDArray[np.float32]

Language = Literal["fr", "en", "und"]
Level = Literal["review", "alert", "hide"]
LEVELS: tuple[Level, ...] = ("review", "alert", "hide")

# severe_toxicity says how bad, not what: it raises the severity and is not a kind.
KINDS = {
    "threat": "threat",
    "insult": "insult",
    "identity_attack": "identity_attack",
    "sexual_explicit": "sexual",
    "obscene": "obscene",
}
SERIOUS = ("threat", "identity_attack", "sexual_explicit", "severe_toxicity")
CRITICAL = ("threat", "severe_toxicity")
# "obscene" and "insult" alone do not open a verdict: friends swear, and criticism can be rough.
VERDICT = ("toxicity", *SERIOUS)
EVASION = 0.3
"""A disguise that hides this much of a text's toxicity was meant to."""


class ModelUnavailable(Exception):
    """No model can judge right now; the message is one sentence for people. Never means "safe"."""


@dataclass(frozen=True, slots=True)
class Score:
    """The judgement of one text.

    `labels` maps each head to a calibrated probability; a foreign model's other labels follow under
    their own names and take part in no verdict. `severity` is 0 (leave it alone), 1 (a person may
    look), 2 (alert), 3 (high) or 4 (critical: a threat, or a call to die). `kinds` names the heads
    above their alert threshold and may be empty when only the general head speaks. `language` "und"
    means that the text's language is not known to be covered. `sentiment` goes from -1 (hostile or
    sad) to 1 (warm) and is None when the model has no such head. `evasion` is the toxicity as
    understood minus the toxicity as typed: above `EVASION`, a disguise that mattered.
    """

    labels: dict[str, float]
    language: Language
    severity: int
    kinds: list[str]
    model_version: str
    sentiment: float | None = None
    evasion: float = 0.0

    @property
    def covered(self) -> bool:
        """Whether the model is known to understand the text's language."""
        return self.language != "und"


@dataclass(frozen=True, slots=True)
class Direction:
    """What a language's log-odds gain: `weights` times the pooled state, plus `offset`.

    `weights` has the width of the model's pooled state, or is empty: then only the offset counts.
    """

    weights: tuple[float, ...]
    offset: float


@dataclass(frozen=True, slots=True)
class Recalibration:
    """One workspace's own correction of the shared model; a language without direction has none."""

    name: str
    directions: Mapping[Language, Direction]


@dataclass(frozen=True, slots=True)
class Features:
    """What a recalibration is learned from, one row per text.

    `logits` (n, 7) are log-odds, already calibrated for the text's language; `pooled` (n, width) is
    the network's summary of the text, of width 0 when the model gives none.
    """

    logits: Floats
    pooled: Floats
    languages: list[Language]


@dataclass(frozen=True, slots=True)
class Word:
    """A stretch of the raw text and its share (0..1) of what the judgement rests on."""

    start: int
    end: int
    weight: float


@dataclass(frozen=True, slots=True)
class Explanation:
    """Why a text has its score.

    `head` is the one that decides and `probability` its value. `level` is the highest level it
    reaches, None when it reaches none; `threshold` is that level's, or that of "review". `plain` is
    the text as the model read it. `words` lie in the raw text, in order; those that carry nothing
    are left out. `tricks` names the disguises that were undone, in order of appearance.
    """

    score: Score
    head: str
    probability: float
    threshold: float
    level: Level | None
    plain: str
    words: list[Word]
    tricks: list[str]


class Backend(Protocol):
    """Something that judges texts: no ORM, no network while scoring, one thread at a time.

    Every method raises ModelUnavailable when the model cannot judge. A service on another machine
    would be one more of these, named in `CLASSIFIER_BACKEND`: it takes texts, returns these values
    and says its version. None ships: comments about a person stay on the operator's machine.
    """

    @property
    def version(self) -> str:
        """Stored with every score."""

    def score(
        self, texts: Sequence[str], recalibration: Recalibration | None = None
    ) -> list[Score]:
        """One score per text, in order."""

    def features(self, texts: Sequence[str]) -> Features:
        """Calibrated log-odds and pooled states, one row per text."""

    def explain(self, text: str, recalibration: Recalibration | None = None) -> Explanation:
        """Why `text` gets its score."""


Thresholds = Mapping[Level, Mapping[str, float]]

UNCALIBRATED: Thresholds = {
    "review": dict.fromkeys(LABELS, 0.5),
    "alert": dict.fromkeys(LABELS, 0.7),
    "hide": dict.fromkeys(LABELS, 0.9),
}
"""For checkpoints that bring no thresholds of their own."""


def _reaches(labels: Mapping[str, float], head: str, thresholds: Thresholds, level: Level) -> bool:
    return labels.get(head, 0.0) >= thresholds[level][head]


def severity_of(labels: Mapping[str, float], thresholds: Thresholds) -> int:
    """Severity 0..4 from calibrated probabilities; see `Score` for what the numbers mean."""

    def any_of(heads: Sequence[str], level: Level) -> bool:
        return any(_reaches(labels, head, thresholds, level) for head in heads)

    if not any_of(VERDICT, "review"):
        return 0
    if not any_of(VERDICT, "alert"):
        return 1
    if any_of(CRITICAL, "hide"):
        return 4
    if any_of(SERIOUS, "alert") or (
        _reaches(labels, "toxicity", thresholds, "hide")
        and _reaches(labels, "obscene", thresholds, "hide")
    ):
        return 3
    return 2


def kinds_of(labels: Mapping[str, float], thresholds: Thresholds, severity: int) -> list[str]:
    """The kinds of harm above their alert threshold, likeliest first; none at severity 0."""
    if not severity:
        return []
    found = [head for head in KINDS if _reaches(labels, head, thresholds, "alert")]
    return [KINDS[head] for head in sorted(found, key=lambda head: -labels[head])]
