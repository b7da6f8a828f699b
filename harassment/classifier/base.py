"""What a score is, what a backend must do, and how probabilities become a severity."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal, Protocol

from harassment.classifier.labels import LABELS

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


class ModelUnavailable(Exception):
    """No model can judge right now; the message is one sentence for people. Never means "safe"."""


@dataclass(frozen=True, slots=True)
class Score:
    """The judgement of one text.

    `labels` maps each head to a calibrated probability. `severity` is 0 (leave it alone), 1 (a
    person may look), 2 (alert), 3 (high) or 4 (critical: a threat, or a call to die). `kinds` names
    the heads above their alert threshold and may be empty when only the general head speaks.
    `language` "und" means that the text's language is not known to be covered.
    """

    labels: dict[str, float]
    language: Language
    severity: int
    kinds: list[str]
    model_version: str


class Backend(Protocol):
    """Something that judges texts: no ORM, no network while scoring, one thread at a time."""

    @property
    def version(self) -> str:
        """Stored with every score."""

    def score(self, texts: Sequence[str]) -> list[Score]:
        """One score per text, in order. Raises ModelUnavailable."""


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
