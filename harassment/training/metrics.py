"""Measures of a scorer: numpy only, so that they run where torch is not installed."""

import math
from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

Array = npt.NDArray[np.float64]


def auc(scores: Sequence[float] | Array, truth: Sequence[int] | Array) -> float:
    """Area under the ROC curve with ties counted half; NaN when one class is missing."""
    values, labels = np.asarray(scores, float), np.asarray(truth) > 0
    positive, negative = int(labels.sum()), int((~labels).sum())
    if not positive or not negative:
        return math.nan
    unique, inverse, counts = np.unique(values, return_inverse=True, return_counts=True)
    ranks = np.cumsum(counts) - (counts - 1) / 2
    total = float(ranks[inverse][labels].sum()) if len(unique) else 0.0
    return (total - positive * (positive + 1) / 2) / (positive * negative)


def ece(probabilities: Sequence[float] | Array, truth: Sequence[int] | Array) -> float:
    """Expected calibration error over ten equal-width bins; NaN without rows."""
    values, labels = np.asarray(probabilities, float), np.asarray(truth, float)
    if not len(values):
        return math.nan
    bins = np.minimum((values * 10).astype(int), 9)
    return float(
        sum(
            abs(values[bins == number].mean() - labels[bins == number].mean())
            * (bins == number).mean()
            for number in range(10)
            if (bins == number).any()
        )
    )


def decisions(flagged: Sequence[bool], truth: Sequence[int]) -> dict[str, float]:
    """Accuracy, macro F1, recall and false positive rate; NaN where nothing can be said."""
    found, real = np.asarray(flagged, bool), np.asarray(truth) > 0
    hit, false = int((found & real).sum()), int((found & ~real).sum())
    missed, left = int((~found & real).sum()), int((~found & ~real).sum())

    def f1(good: int, wrong: int) -> float:
        return 2 * good / (2 * good + wrong) if good or wrong else 0.0

    return {
        "accuracy": (hit + left) / len(real) if len(real) else math.nan,
        "macro_f1": (f1(hit, false + missed) + f1(left, false + missed)) / 2,
        "recall": hit / (hit + missed) if hit + missed else math.nan,
        "false_positive_rate": false / (false + left) if false + left else math.nan,
    }


def interval(rate: float, rows: int) -> tuple[float, float]:
    """95 % Wilson interval of a rate measured on `rows` rows."""
    if not rows or math.isnan(rate):
        return math.nan, math.nan
    z = 1.96
    centre = (rate + z * z / (2 * rows)) / (1 + z * z / rows)
    half = z * math.sqrt(rate * (1 - rate) / rows + z * z / (4 * rows * rows)) / (1 + z * z / rows)
    return max(0.0, centre - half), min(1.0, centre + half)
