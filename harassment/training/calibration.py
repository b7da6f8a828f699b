"""Logits to probabilities that mean what they say, and thresholds for a stated false alarm rate."""

import math
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from harassment.classifier.base import LEVELS, VERDICT, Level
from harassment.classifier.labels import LABELS
from harassment.training.dataset import Row

Floats = npt.NDArray[np.float64]
LANGUAGES = ("en", "fr")
ENOUGH = 30
"""Positives and negatives a head needs in a language before it gets its own calibration."""

CRITICISM = (
    "criticism", "critique", "criticism-content", "criticism-blunt", "disappointment",
    "goemotions-critical-dev",
)  # fmt: skip
PRAISE = (
    "praise", "compliment", "praise-hyperbole", "thanks", "identity-positive",
    "goemotions-kind-dev",
)  # fmt: skip

# Shares of harmless comments that may reach a level: what is promised of praise (1 %), less than
# what is promised of criticism (3 %). Both speak of what strangers write; our own praise and
# criticism is near abuse on purpose and counts, with everything harmless of ours, in the last one.
FALSE_ALARMS: dict[str, dict[Level, float]] = {
    "criticism": {"review": 0.025, "alert": 0.01, "hide": 0.003},
    "praise": {"review": 0.01, "alert": 0.004, "hide": 0.002},
    "harmless": {"review": 0.08, "alert": 0.03, "hide": 0.008},
}
"""The last: all our harmless sentences, most of them hard on purpose (friends who swear, "this
killed me", quoted insults), rarer below a video than in our corpus."""
LOWEST: dict[Level, float] = {"review": 0.30, "alert": 0.60, "hide": 0.80}
HIGHEST = 0.985
"""Whatever development data say: below `LOWEST` a probability does not justify the act."""
PARTS = tuple(round(1 - step / 30, 4) for step in range(31))
SIDE_PARTS = (0.9, 0.8, 0.7, 0.6, 0.5, 0.35, 0.25, 0.15, 0.1, 0.05, 0.0)
"""A comment is flagged when any head speaks. The general head may use one of `PARTS` of what all
may flag, each other head one of `SIDE_PARTS`: what finds most of the harmful rows is taken, among
what keeps all heads together within every bound."""

OWN_PREFIX = "own-"
SENTIMENT = "sentiment"
TWEETS = "xlmt-fr-dev"
"""French tweets by mood: the only criticism and praise in French that others wrote."""


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
    own = np.array([row.source.startswith(OWN_PREFIX) for row in rows], dtype=np.bool_)
    share = np.where(own, 0.5 / max(own.sum(), 1), 0.5 / max((~own).sum(), 1))
    return np.asarray(share * len(rows), dtype=np.float64)


def calibrate(rows: Sequence[Row], logits: Floats, sentiment: Floats) -> Calibration:
    """Fit on the tuning half with the shipped file's own logits (n, 7) and sentiment (n,)."""
    labels = np.array([row.labels for row in rows])
    moods = np.array([row.sentiment for row in rows])
    languages = np.array([row.language for row in rows])
    platt: dict[str, dict[str, tuple[float, float]]] = {name: {} for name in LANGUAGES}
    borrowed: list[str] = []
    # A sentiment of one half is neither: Platt's scale is fixed by the clear ones.
    outputs = [
        *((name, logits[:, head], labels[:, head]) for head, name in enumerate(LABELS)),
        (SENTIMENT, sentiment, np.where((moods > 0.3) & (moods < 0.7), np.nan, moods.round())),
    ]
    for name, values, truth in outputs:
        known = ~np.isnan(truth)
        for language in LANGUAGES:
            use = known & (languages == language)
            positives = int((truth[use] > 0).sum())
            if min(positives, int(use.sum()) - positives) < ENOUGH:
                use = known
                borrowed.append(f"{language}:{name}")
            chosen = [row for row, taken in zip(rows, use, strict=True) if taken]
            platt[language][name] = fit_platt(values[use], truth[use], balance(chosen))
    return Calibration(platt, _thresholds(rows, logits, labels, platt), borrowed)


def quantile(values: Floats, weights: Floats, share: float) -> float:
    """The lowest value from which on no more than `share` of the weight lies; 0 without values."""
    if not len(values):
        return 0.0
    order = np.argsort(values)[::-1]
    passed = np.cumsum(weights[order]) / weights.sum()
    allowed = int(np.searchsorted(passed, share + 1e-9, side="right"))
    return 0.0 if allowed >= len(values) else float(values[order][allowed]) + 1e-4


@dataclass(frozen=True)
class Harmless:
    """Rows that one bound of `FALSE_ALARMS` speaks of, each sentence counted once.

    A frame of ours has several expansions, which are right or wrong together.
    """

    rows: npt.NDArray[np.bool_]
    weights: Floats

    def share(self, flagged: npt.NDArray[np.bool_], here: npt.NDArray[np.bool_]) -> float:
        """The part of the sentences in `here` that is flagged; NaN without any."""
        part = self.rows & here
        total = self.weights[part].sum()
        return float(self.weights[part & flagged].sum() / total) if total else float("nan")

    def sentences(self, here: npt.NDArray[np.bool_]) -> int:
        """How many sentences there are in `here`."""
        return round(float(self.weights[self.rows & here].sum()))


def harmless_sets(rows: Sequence[Row]) -> dict[str, Harmless]:
    """The rows of each bound of `FALSE_ALARMS`."""
    groups = np.array([row.group or row.source for row in rows])
    own = np.array([row.source.startswith(OWN_PREFIX) for row in rows])
    clear = np.array([row.labels[0] == 0 for row in rows])
    # Of other people's kind words only those that praise or thank: amusement is often at someone.
    moods = np.array([row.sentiment for row in rows])
    tweets = groups == TWEETS
    critical = np.isin(groups, CRITICISM) | (tweets & (moods == 0))
    kind = (np.isin(groups, PRAISE) & (own | (moods == 1))) | (tweets & (moods == 1))
    places = [(row.language, row.group, row.place or row.text) for row in rows]
    counts = Counter(places)
    weights = np.array([1 / counts[place] for place in places])
    languages = np.array([row.language for row in rows])
    return {
        "criticism": Harmless(_of_strangers(clear & critical, own, languages), weights),
        "praise": Harmless(_of_strangers(clear & kind, own, languages), weights),
        "harmless": Harmless(clear & own, weights),
    }


def _of_strangers(
    rows: npt.NDArray[np.bool_], own: npt.NDArray[np.bool_], languages: npt.NDArray[np.str_]
) -> npt.NDArray[np.bool_]:
    """The third-party rows of a set, in each language that has enough of them; else all."""
    chosen = rows.copy()
    for language in LANGUAGES:
        here = rows & (languages == language)
        if (here & ~own).sum() >= ENOUGH:
            chosen &= ~(here & own)
    return chosen


def _thresholds(
    rows: Sequence[Row], logits: Floats, labels: Floats,
    platt: Mapping[str, Mapping[str, tuple[float, float]]],
) -> dict[str, dict[Level, dict[str, float]]]:  # fmt: skip
    languages = np.array([row.language for row in rows])
    sets = harmless_sets(rows)
    found: dict[str, dict[Level, dict[str, float]]] = {}
    for language in LANGUAGES:
        scores = np.stack(
            [
                probability(logits[:, head], platt[language][name])
                for head, name in enumerate(LABELS)
            ],
            axis=1,
        )
        here = languages == language
        harmful = here & (labels[:, 0] > 0)
        found[language] = {}
        cuts = np.zeros(len(LABELS))
        for level in LEVELS:
            # What is worth an act was worth a look.
            cuts = np.maximum(cuts, _cuts(scores, sets, here, harmful, level))
            found[language][level] = {
                name: _rounded_up(float(cuts[head])) for head, name in enumerate(LABELS)
            }
    return found


def _rounded_up(threshold: float) -> float:
    """Three places, never lower: a bound that held exactly must hold as written too."""
    return math.ceil(round(threshold * 1000, 6)) / 1000


def _cuts(
    scores: Floats,
    sets: Mapping[str, Harmless],
    here: npt.NDArray[np.bool_],
    harmful: npt.NDArray[np.bool_],
    level: Level,
) -> Floats:
    """One threshold per head: the ones that find most of `harmful` within every bound."""
    deciding = [LABELS.index(name) for name in VERDICT]
    # No bound is finer than one sentence of its set: less cannot be seen.
    bounds = {
        name: max(FALSE_ALARMS[name][level], 1 / max(one.sentences(here), 1) + 1e-6)
        for name, one in sets.items()
    }

    def cut(head: int, part: float) -> float:
        lowest = max(
            quantile(
                scores[one.rows & here, head], one.weights[one.rows & here], bounds[name] * part
            )
            for name, one in sets.items()
        )
        return min(max(lowest, LOWEST[level]), HIGHEST)

    best, most = np.full(len(LABELS), HIGHEST), -1.0
    for side in SIDE_PARTS:
        cuts = np.array([cut(head, side) for head in range(len(LABELS))])
        for part in PARTS:
            cuts[0] = cut(0, part)
            flagged = np.asarray((scores[:, deciding] >= cuts[deciding]).any(axis=1))
            if any(one.share(flagged, here) > bounds[name] for name, one in sets.items()):
                continue
            if (recall := float(flagged[harmful].mean()) if harmful.any() else 0.0) > most:
                best, most = cuts.copy(), recall
            break
    return best
