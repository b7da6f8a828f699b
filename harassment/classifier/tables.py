"""The calibration and thresholds that apply to a text, by what it is written in."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from harassment.classifier.artefact import Platt, Tables
from harassment.classifier.base import LEVELS, UNCALIBRATED, Thresholds
from harassment.classifier.labels import LABELS

AS_IT_IS: Platt = (1.0, 0.0)
SENTIMENT = "sentiment"


@dataclass(frozen=True)
class Table:
    """Slope and offset of each column, those of the sentiment, and the thresholds."""

    slopes: npt.NDArray[np.float64]
    offsets: npt.NDArray[np.float64]
    sentiment: Platt
    thresholds: Thresholds


def make_tables(tables: Tables, columns: Sequence[str]) -> dict[str, Table]:
    """One table per calibrated language, "und" for all others, "mixed" where there are both.

    A text in an unknown language borrows English, with the higher threshold of each pair. One that
    goes back and forth between the two is held, head by head, to the language that asks for more.
    """
    known = sorted(tables.calibration)
    found = {
        language: _table(columns, tables, dict.fromkeys((*columns, SENTIMENT), language))
        for language in known
    }
    if not known:
        found["und"] = _uncalibrated(columns)
        return found
    borrowed = _table(columns, tables, dict.fromkeys((*columns, SENTIMENT), known[0]))
    highest: Thresholds = {
        level: {
            head: max(tables.thresholds[language][level][head] for language in known)
            for head in LABELS
        }
        for level in LEVELS
    }
    found["und"] = Table(borrowed.slopes, borrowed.offsets, borrowed.sentiment, highest)
    if len(known) > 1:
        stricter = {
            head: max(known, key=lambda language: _least(tables, language, head))
            for head in (*columns, SENTIMENT)
        }
        found["mixed"] = _table(columns, tables, stricter)
    return found


def _table(columns: Sequence[str], tables: Tables, language_of: Mapping[str, str]) -> Table:
    """Each column, and the sentiment, by the figures of its own language."""
    pairs = [tables.calibration[language_of[name]].get(name, AS_IT_IS) for name in columns]
    return Table(
        slopes=np.array([slope for slope, _ in pairs]),
        offsets=np.array([offset for _, offset in pairs]),
        sentiment=tables.calibration[language_of[SENTIMENT]].get(SENTIMENT, AS_IT_IS),
        thresholds={
            level: {head: tables.thresholds[language_of[head]][level][head] for head in LABELS}
            for level in LEVELS
        },
    )


def _uncalibrated(columns: Sequence[str]) -> Table:
    return Table(np.ones(len(columns)), np.zeros(len(columns)), AS_IT_IS, UNCALIBRATED)


def _least(tables: Tables, language: str, head: str) -> float:
    """The network's own log-odds that a head needs in that language to be looked at."""
    if head not in LABELS:
        return 0.0
    slope, offset = tables.calibration[language].get(head, AS_IT_IS)
    threshold = min(max(tables.thresholds[language]["review"][head], 1e-6), 1 - 1e-6)
    return (math.log(threshold / (1 - threshold)) - offset) / slope
