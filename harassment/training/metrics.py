"""Measures of a scorer: numpy only, so that they run where torch is not installed."""

import math
from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

Array = npt.NDArray[np.float64]

STEPS = 10_000
"""Steps of the score axis a `Tally` keeps apart: scores carry four decimals, so none is lost."""
BINS = 10


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
    bins = np.minimum((values * BINS).astype(int), BINS - 1)
    gaps = np.bincount(bins, weights=values - labels, minlength=BINS)
    return float(np.abs(gaps).sum() / len(values))


def decisions(flagged: Sequence[bool], truth: Sequence[int]) -> dict[str, float]:
    """Accuracy, macro F1, recall and false positive rate; NaN where nothing can be said."""
    found, real = np.asarray(flagged, bool), np.asarray(truth) > 0
    return rates(
        hit=int((found & real).sum()),
        false=int((found & ~real).sum()),
        missed=int((~found & real).sum()),
        left=int((~found & ~real).sum()),
    )


def rates(*, hit: int, false: int, missed: int, left: int) -> dict[str, float]:
    """What the four counts of right and wrong verdicts come to; NaN where nothing can be said."""

    def f1(good: int, wrong: int) -> float:
        return 2 * good / (2 * good + wrong) if good or wrong else 0.0

    rows = hit + false + missed + left
    return {
        "accuracy": (hit + left) / rows if rows else math.nan,
        "macro_f1": (f1(hit, false + missed) + f1(left, false + missed)) / 2,
        "recall": hit / (hit + missed) if hit + missed else math.nan,
        "false_positive_rate": false / (false + left) if false + left else math.nan,
    }


class Tally:
    """The figures of any number of rows in constant memory: histograms and four counts.

    Exact for probabilities of at most four decimals, which is what a score carries.
    """

    def __init__(self) -> None:
        self._histogram = np.zeros((2, STEPS + 1), dtype=np.int64)
        self._gaps = np.zeros(BINS)
        self._verdicts = np.zeros((2, 2), dtype=np.int64)

    def add(
        self, probabilities: Sequence[float], flagged: Sequence[bool], truth: Sequence[int]
    ) -> None:
        """Count rows; the three run in step."""
        values, real = np.asarray(probabilities, float), np.asarray(truth, int)
        np.add.at(self._histogram, (real, np.rint(values * STEPS).astype(int)), 1)
        bins = np.minimum((values * BINS).astype(int), BINS - 1)
        self._gaps += np.bincount(bins, weights=values - real, minlength=BINS)
        np.add.at(self._verdicts, (real, np.asarray(flagged, int)), 1)

    @property
    def rows(self) -> int:
        """Rows counted."""
        return int(self._verdicts.sum())

    def figures(self) -> dict[str, float]:
        """n, positives, auc, the rates of `decisions`, ece; NaN where nothing can be said."""
        (left, false), (missed, hit) = self._verdicts.tolist()
        negative, positive = self._histogram
        below = np.cumsum(negative) - negative
        pairs = int(positive.sum()) * int(negative.sum())
        won = float((positive * (below + negative / 2)).sum())
        return {
            "n": self.rows,
            "positives": hit + missed,
            "auc": won / pairs if pairs else math.nan,
            **rates(hit=hit, false=false, missed=missed, left=left),
            "ece": float(np.abs(self._gaps).sum() / self.rows) if self.rows else math.nan,
        }


def interval(rate: float, rows: int) -> tuple[float, float]:
    """95 % Wilson interval of a rate measured on `rows` rows."""
    if not rows or math.isnan(rate):
        return math.nan, math.nan
    z = 1.96
    centre = (rate + z * z / (2 * rows)) / (1 + z * z / rows)
    half = z * math.sqrt(rate * (1 - rate) / rows + z * z / (4 * rows * rows)) / (1 + z * z / rows)
    return max(0.0, centre - half), min(1.0, centre + half)
