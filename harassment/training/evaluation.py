"""What the shipped file does on development rows: the figures of the model card and its gates."""

import math
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import numpy.typing as npt

from harassment.classifier.base import severity_of
from harassment.classifier.labels import LABELS
from harassment.training.calibration import (
    LANGUAGES,
    OWN_PREFIX,
    SENTIMENT,
    Calibration,
    Floats,
    balance,
    harmless_sets,
    probability,
)
from harassment.training.dataset import Row
from harassment.training.metrics import auc, ece, interval

BINS = 10

# Fixed before the model was seen; what must hold of the product (see the card) where development
# rows can show it.
GATES = {
    "auc en own": 0.95,
    "auc fr own": 0.95,
    "auc en": 0.91,
    "auc fr": 0.90,
    "recall en own": 0.75,
    "recall fr own": 0.75,
}
CEILINGS = {
    "criticism en": 0.03,
    "criticism fr": 0.03,
    "praise en": 0.01,
    "praise fr": 0.01,
    "error en toxicity": 0.06,
    "error fr toxicity": 0.06,
}

Bools = npt.NDArray[np.bool_]


@dataclass
class Figures:
    """Measured numbers, each with the number of rows behind it; keys start with what it is of."""

    values: dict[str, tuple[float, int]] = field(default_factory=dict)
    flagged: dict[str, list[dict[str, Any]]] = field(default_factory=dict)
    decisions: dict[str, dict[str, int]] = field(default_factory=dict)
    reliability: dict[str, list[dict[str, float]]] = field(default_factory=dict)

    def failures(self) -> list[str]:
        """Gates that fell, as sentences.

        A share falls when its 95 % interval lies wholly on the wrong side: a few sentences of a
        small set prove nothing. An AUC or a calibration error falls by its value.
        """
        fallen = []
        for name, floor in GATES.items():
            value, most = self._bound(name, upper=True)
            if not most >= floor:
                fallen.append(f"{name} is {value:.3f}, below {floor}")
        for name, ceiling in CEILINGS.items():
            value, least = self._bound(name, upper=False)
            if not least <= ceiling:
                fallen.append(f"{name} is {value:.3f}, above {ceiling}")
        return fallen

    def _bound(self, name: str, *, upper: bool) -> tuple[float, float]:
        value, rows = self.values[name]
        if name.startswith(("auc", "error")):
            return value, value
        return value, interval(value, rows)[upper]

    def as_json(self) -> dict[str, Any]:
        """The languages of figures.json, which the product shows to people."""
        return {
            name: {
                "auc": round(self.values[f"auc {name} own"][0], 4),
                "ece": round(self.values[f"error {name} toxicity"][0], 4),
                "n": self.values[f"auc {name} own"][1],
                "decisions": self.decisions[name],
                "reliability": self.reliability[name],
                "groups": self.flagged[name],
            }
            for name in LANGUAGES
        }


def evaluate(
    rows: Sequence[Row], logits: Floats, sentiment: Floats, calibration: Calibration
) -> Figures:
    """Measure calibrated scores and severities on the reporting half."""
    labels = np.array([row.labels for row in rows])
    moods = np.array([row.sentiment for row in rows])
    languages = np.array([row.language for row in rows])
    own = np.array([row.source.startswith(OWN_PREFIX) for row in rows])
    groups = np.array([row.group or row.source for row in rows])
    sets = harmless_sets(rows)
    figures = Figures()
    for language in LANGUAGES:
        platt = calibration.platt[language]
        scores = np.stack(
            [probability(logits[:, head], platt[name]) for head, name in enumerate(LABELS)], axis=1
        )
        severity = np.array(
            [
                severity_of(dict(zip(LABELS, row, strict=True)), calibration.thresholds[language])
                for row in scores.tolist()
            ]
        )
        here = languages == language
        _heads(figures, language, rows, here, scores, labels)
        clear = here & ((moods < 0.3) | (moods > 0.7))
        warm = probability(sentiment, platt[SENTIMENT])
        figures.values[f"auc {language} sentiment"] = (
            auc(warm[clear], moods[clear] > 0.5), int(clear.sum())
        )  # fmt: skip
        known = here & ~np.isnan(labels[:, 0])
        harmful = known & (labels[:, 0] > 0)
        for suffix, part in ((" own", known & own), ("", known & ~own)):
            figures.values[f"auc {language}{suffix}"] = (
                auc(scores[part, 0], labels[part, 0]), int(part.sum())
            )  # fmt: skip
            figures.values[f"recall {language}{suffix}"] = _share(severity >= 1, part & harmful)
        for title in ("criticism", "praise"):
            figures.values[f"{title} {language}"] = (
                sets[title].share(severity >= 1, here), sets[title].sentences(here)
            )  # fmt: skip
        figures.decisions[language] = _decisions(severity >= 1, labels[:, 0] > 0, known & own)
        figures.reliability[language] = _reliability(scores[:, 0], labels[:, 0], known & own)
        figures.flagged[language] = [
            {
                "name": name,
                "harmful": bool(labels[part, 0].mean() > 0.5),
                "own": bool(own[part].all()),
                "n": int(part.sum()),
                "flagged": int((severity[part] >= 1).sum()),
                "alerted": int((severity[part] >= 2).sum()),
            }
            for name in sorted(set(groups[known]))
            if (part := known & (groups == name)).any()
        ]
    return figures


def _share(hit: Bools, part: Bools) -> tuple[float, int]:
    return (float(hit[part].mean()) if part.any() else math.nan), int(part.sum())


def _decisions(flagged: Bools, harmful: Bools, part: Bools) -> dict[str, int]:
    return {
        "tp": int((flagged & harmful & part).sum()),
        "fp": int((flagged & ~harmful & part).sum()),
        "fn": int((~flagged & harmful & part).sum()),
        "tn": int((~flagged & ~harmful & part).sum()),
    }


def _reliability(scores: Floats, truth: Floats, part: Bools) -> list[dict[str, float]]:
    values, real = scores[part], truth[part]
    bins = np.minimum((values * BINS).astype(int), BINS - 1)
    found: list[dict[str, float]] = []
    for number in range(BINS):
        inside = bins == number
        rows = int(inside.sum())
        found.append(
            {
                "low": number / BINS,
                "high": (number + 1) / BINS,
                "n": rows,
                "mean": round(float(values[inside].mean()), 4) if rows else 0.0,
                "share": round(float(real[inside].mean()), 4) if rows else 0.0,
            }
        )
    return found


def _heads(
    figures: Figures, language: str, rows: Sequence[Row], here: Bools, scores: Floats,
    labels: Floats,
) -> None:  # fmt: skip
    for head, name in enumerate(LABELS):
        known = here & ~np.isnan(labels[:, head])
        key = f"{language} {name}"
        if not known.any():
            figures.values[f"error {key}"] = figures.values[f"auc {key}"] = (math.nan, 0)
            continue
        truth = labels[known, head]
        # The balance of calibration: our own sentences and the rest count half each.
        weights = balance([row for row, taken in zip(rows, known, strict=True) if taken])
        repeats = _resample(weights)
        figures.values[f"error {key}"] = (
            ece(scores[known, head][repeats], truth[repeats]), int(known.sum())
        )  # fmt: skip
        figures.values[f"auc {key}"] = (auc(scores[known, head], truth), int(known.sum()))


def _resample(weights: Floats, size: int = 20_000) -> npt.NDArray[np.int64]:
    rng = np.random.default_rng(0)
    return rng.choice(len(weights), size=size, p=weights / weights.sum())
