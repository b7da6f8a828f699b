"""What the shipped file does on development rows: the figures of the model card and its gates."""

import math
from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np

from harassment.classifier.base import severity_of
from harassment.classifier.labels import LABELS
from harassment.training.calibration import (
    LANGUAGES,
    Calibration,
    Floats,
    balance,
    probability,
)
from harassment.training.dataset import Row
from harassment.training.metrics import auc, ece

CRITICISM = ("criticism", "critique", "goemotions-critical-dev")
PRAISE = ("praise", "compliment", "goemotions-kind-dev")

GATES = {
    "auc en own": 0.94,
    "auc fr own": 0.90,
    "auc en": 0.91,
    "auc fr": 0.90,
}
CEILINGS = {"criticism en": 0.03, "criticism fr": 0.04, "praise en": 0.03, "praise fr": 0.08}


@dataclass
class Figures:
    """Measured numbers, each with the number of rows behind it."""

    auc: dict[str, tuple[float, int]] = field(default_factory=dict)
    ece: dict[str, tuple[float, int]] = field(default_factory=dict)
    flagged: dict[str, tuple[float, float, int]] = field(default_factory=dict)
    false_alarms: dict[str, tuple[float, int]] = field(default_factory=dict)

    def failures(self) -> list[str]:
        """Gates that fell, as sentences."""
        return [
            f"{name} is {self.auc[name][0]:.3f}, below {floor}"
            for name, floor in GATES.items()
            if not self.auc[name][0] >= floor
        ] + [
            f"false alarms on {name} are {self.false_alarms[name][0]:.3f}, above {ceiling}"
            for name, ceiling in CEILINGS.items()
            if not self.false_alarms[name][0] <= ceiling
        ]


def evaluate(rows: Sequence[Row], logits: Floats, calibration: Calibration) -> Figures:
    """Measure calibrated scores and severities on development rows."""
    labels = np.array([row.labels for row in rows])
    probabilities = np.zeros_like(logits)
    severity = np.zeros(len(rows), dtype=int)
    for index, row in enumerate(rows):
        platt = calibration.platt[row.language]
        probabilities[index] = [
            float(probability(np.array(value), platt[head]))
            for head, value in zip(LABELS, logits[index], strict=True)
        ]
        named = dict(zip(LABELS, probabilities[index].tolist(), strict=True))
        severity[index] = severity_of(named, calibration.thresholds[row.language])
    figures = Figures()
    languages = np.array([row.language for row in rows])
    own = np.array([row.source.startswith("own-") for row in rows])
    groups = np.array([row.group or row.source for row in rows])
    for language in LANGUAGES:
        here = languages == language
        for head, name in enumerate(LABELS):
            known = here & ~np.isnan(labels[:, head])
            key = f"{language} {name}"
            if not known.any():
                figures.ece[key] = figures.auc[key] = (math.nan, 0)
                continue
            truth = labels[known, head]
            # The balance of calibration: our own sentences and the rest count half each.
            weights = balance([row for row, taken in zip(rows, known, strict=True) if taken])
            repeats = _resample(weights)
            figures.ece[key] = (
                ece(probabilities[known, head][repeats], truth[repeats]), int(known.sum())
            )  # fmt: skip
            figures.auc[key] = (auc(probabilities[known, head], truth), int(known.sum()))
        known = here & ~np.isnan(labels[:, 0])
        for suffix, part in ((" own", known & own), ("", known & ~own)):
            figures.auc[f"auc {language}{suffix}"] = (
                auc(probabilities[part, 0], labels[part, 0]), int(part.sum())
            )  # fmt: skip
        for title, names in (("criticism", CRITICISM), ("praise", PRAISE)):
            part = here & np.isin(groups, names)
            rate = float((severity[part] > 0).mean()) if part.any() else 0.0
            figures.false_alarms[f"{title} {language}"] = (rate, int(part.sum()))
        for name in sorted(set(groups[here])):
            part = here & (groups == name)
            figures.flagged[f"{language} {name}"] = (
                float((severity[part] >= 1).mean()), float((severity[part] >= 2).mean()),
                int(part.sum()),
            )  # fmt: skip
    return figures


def _resample(weights: Floats, size: int = 20_000) -> np.typing.NDArray[np.int64]:
    rng = np.random.default_rng(0)
    return rng.choice(len(weights), size=size, p=weights / weights.sum())
