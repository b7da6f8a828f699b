"""Logits to probabilities that mean what they say, and thresholds for a stated false alarm rate."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from harassment.classifier.base import LEVELS, Level
from harassment.classifier.labels import LABELS
from harassment.training.dataset import Row

Floats = npt.NDArray[np.float64]
LANGUAGES = ("en", "fr")
ENOUGH = 30
"""Positives and negatives a head needs in a language before it gets its own calibration."""

# "review" is there to miss little: a person only looks. The French head separates less well, so the
# same recall costs more false alarms.
FALSE_ALARMS: dict[str, dict[Level, float]] = {
    "en": {"review": 0.03, "alert": 0.01, "hide": 0.003},
    "fr": {"review": 0.05, "alert": 0.02, "hide": 0.005},
}
LOWEST: dict[Level, float] = {"review": 0.40, "alert": 0.60, "hide": 0.80}
HIGHEST = 0.985
"""Whatever development data say: below `LOWEST` a probability does not justify the act."""

OWN_PREFIX = "own-"
EVERYDAY = (
    "criticism", "critique", "praise", "compliment", "questions-smalltalk", "questions-bavardage",
    "goemotions-kind-dev", "goemotions-critical-dev", "xlmt-fr-dev",
)  # fmt: skip
"""Harmless comments as they mostly are. Our other harmless groups are hard on purpose (friends who
swear, "this killed me", quoted insults): rarer below a video than in our corpus."""
EVERYDAY_SHARE = 0.8


@dataclass(frozen=True)
class Calibration:
    """Slope and offset per language and head, and thresholds per language, level and head."""

    platt: dict[str, dict[str, tuple[float, float]]]
    thresholds: dict[str, dict[Level, dict[str, float]]]
    borrowed: list[str]

    def as_json(self, **made: str) -> dict[str, Any]:
        """The content of thresholds.json; `made` says on which data and when."""
        return {
            "calibration": self.platt,
            "thresholds": self.thresholds,
            "borrowed": self.borrowed,
            "false_alarm_targets": FALSE_ALARMS,
            "lowest": LOWEST,
            "made": made,
        }


def probability(logits: Floats, platt: tuple[float, float]) -> Floats:
    """Calibrated probability of each logit."""
    return np.asarray(1 / (1 + np.exp(-(platt[0] * logits + platt[1]))), dtype=np.float64)


def fit_platt(logits: Floats, truth: Floats, weights: Floats) -> tuple[float, float]:
    """Weighted logistic regression of truth on one logit, by damped Newton steps."""
    design = np.stack([logits, np.ones_like(logits)], axis=1)
    # Platt's own smoothing of the targets: certainty is never promised.
    positive, negative = truth.sum(), len(truth) - truth.sum()
    target = np.where(truth > 0, (positive + 1) / (positive + 2), 1 / (negative + 2))
    beta = np.array([1.0, 0.0])
    for _ in range(60):
        guess = 1 / (1 + np.exp(-design @ beta))
        gradient = design.T @ (weights * (guess - target))
        curve = (design * (weights * guess * (1 - guess))[:, None]).T @ design
        step = np.linalg.solve(curve + 1e-6 * np.eye(2), gradient)
        beta = beta - np.clip(step, -1, 1)
        if np.abs(step).max() < 1e-6:
            break
    return round(float(max(beta[0], 0.05)), 4), round(float(beta[1]), 4)


def balance(rows: Sequence[Row]) -> Floats:
    """Weights that give our own sentences and third-party rows half of the say each."""
    own = np.array([row.source.startswith(OWN_PREFIX) for row in rows])
    share = np.where(own, 0.5 / max(own.sum(), 1), 0.5 / max((~own).sum(), 1))
    return np.asarray(share * len(rows), dtype=np.float64)


def calibrate(rows: Sequence[Row], logits: Floats) -> Calibration:
    """Fit on development rows with the shipped file's own logits (n, 7)."""
    labels = np.array([row.labels for row in rows])
    languages = np.array([row.language for row in rows])
    platt: dict[str, dict[str, tuple[float, float]]] = {name: {} for name in LANGUAGES}
    borrowed: list[str] = []
    for head, name in enumerate(LABELS):
        known = ~np.isnan(labels[:, head])
        for language in LANGUAGES:
            use = known & (languages == language)
            positives = int((labels[use, head] > 0).sum())
            if min(positives, int(use.sum()) - positives) < ENOUGH:
                use = known
                borrowed.append(f"{language}:{name}")
            chosen = [row for row, taken in zip(rows, use, strict=True) if taken]
            platt[language][name] = fit_platt(logits[use, head], labels[use, head], balance(chosen))
    return Calibration(platt, _thresholds(rows, logits, labels, platt), borrowed)


def quantile(values: Floats, weights: Floats, share: float) -> float:
    """The value below which `share` of the weight lies; the highest threshold without values."""
    if not len(values):
        return HIGHEST
    order = np.argsort(values)
    passed = np.cumsum(weights[order]) / weights.sum()
    return float(values[order][min(int(np.searchsorted(passed, share)), len(values) - 1)])


def _thresholds(
    rows: Sequence[Row], logits: Floats, labels: Floats,
    platt: Mapping[str, Mapping[str, tuple[float, float]]],
) -> dict[str, dict[Level, dict[str, float]]]:  # fmt: skip
    languages = np.array([row.language for row in rows])
    everyday = np.array([(row.group or row.source) in EVERYDAY for row in rows])
    like_comments = everyday | np.array([row.source.startswith(OWN_PREFIX) for row in rows])
    harmless = labels[:, 0] == 0
    found: dict[str, dict[Level, dict[str, float]]] = {}
    for language in LANGUAGES:
        found[language] = {level: {} for level in LEVELS}
        here = like_comments & harmless & (languages == language)
        weights = np.where(
            everyday[here],
            EVERYDAY_SHARE / max(int(everyday[here].sum()), 1),
            (1 - EVERYDAY_SHARE) / max(int((~everyday[here]).sum()), 1),
        )
        for head, name in enumerate(LABELS):
            values = probability(logits[here, head], platt[language][name])
            for level in LEVELS:
                cut = quantile(values, weights, 1 - FALSE_ALARMS[language][level])
                found[language][level][name] = round(min(max(cut, LOWEST[level]), HIGHEST), 3)
    return found
