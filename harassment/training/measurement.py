"""A labelled table or the suite, judged and counted; memory does not grow with the rows."""

import math
import time
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any

from harassment.classifier.measuring import Judging
from harassment.training.labelled import Labelled
from harassment.training.metrics import Tally
from harassment.training.suite import Result, shares

CHUNK_ROWS = 1024
CHUNK_CHARACTERS = 1_000_000
TELL_SECONDS = 15


@dataclass
class Measurement:
    """Tallies of all rows and of each language heard, and right verdicts of each group."""

    whole: Tally = field(default_factory=Tally)
    languages: dict[str, Tally] = field(default_factory=dict)
    groups: dict[str, list[int]] = field(default_factory=dict)
    seconds: float = 0.0

    def as_json(self) -> dict[str, Any]:
        """All figures, null where nothing can be said; groups only when rows had some."""
        content = {
            **rounded(self.whole.figures()),
            "seconds": round(self.seconds, 2),
            "languages": {
                name: rounded(tally.figures()) for name, tally in sorted(self.languages.items())
            },
        }
        if self.groups:
            content["groups"] = {
                name: {"n": rows, "accuracy": round(right / rows, 4)}
                for name, (right, rows) in sorted(self.groups.items())
            }
        return content


def rounded(figures: dict[str, float]) -> dict[str, float | None]:
    """Four decimals, counts as they are, None for NaN."""
    return {
        name: None if math.isnan(value) else value if isinstance(value, int) else round(value, 4)
        for name, value in figures.items()
    }


def measure(
    rows: Iterable[Labelled],
    judge: Judging,
    *,
    threshold: float | None,
    tell: Callable[[str], None],
) -> Measurement:
    """Judge all rows, in pieces of bounded size.

    A row is flagged when the product would show it to a person, or, with a threshold, from that
    toxicity on. `tell` hears now and then how far it is. Raises ModelUnavailable.
    """
    found = Measurement()
    judge(["."])  # loading the model is no part of its speed
    started = told = time.perf_counter()
    for chunk in _chunks(rows):
        verdicts = judge([row.text for row in chunk])
        flagged = [
            one.flagged if threshold is None else one.toxicity >= threshold for one in verdicts
        ]
        truth = [row.truth for row in chunk]
        toxicity = [one.toxicity for one in verdicts]
        found.whole.add(toxicity, flagged, truth)
        for language in {one.language for one in verdicts}:
            here = [index for index, one in enumerate(verdicts) if one.language == language]
            found.languages.setdefault(language, Tally()).add(
                [toxicity[index] for index in here],
                [flagged[index] for index in here],
                [truth[index] for index in here],
            )
        for row, said in zip(chunk, flagged, strict=True):
            if row.extra:
                counts = found.groups.setdefault(row.extra[0], [0, 0])
                counts[0] += said == bool(row.truth)
                counts[1] += 1
        if time.perf_counter() - told > TELL_SECONDS:
            told = time.perf_counter()
            tell(f"{found.whole.rows:,} rows, {found.whole.rows / (told - started):,.0f} a second")
    found.seconds = time.perf_counter() - started
    return found


def _chunks(rows: Iterable[Labelled]) -> Iterator[list[Labelled]]:
    chunk: list[Labelled] = []
    characters = 0
    for row in rows:
        chunk.append(row)
        characters += len(row.text)
        if len(chunk) == CHUNK_ROWS or characters > CHUNK_CHARACTERS:
            yield chunk
            chunk, characters = [], 0
    if chunk:
        yield chunk


def suite_as_json(results: list[Result], seconds: float) -> dict[str, Any]:
    """Figures of the whole suite, the shares that are gated, and right cases per category."""
    whole = Tally()
    for item in results:
        whole.add(
            [score.labels["toxicity"] for score in item.scores],
            [score.severity > 0 for score in item.scores],
            [int(item.category.harmful)] * len(item.scores),
        )
    return {
        **rounded(whole.figures()),
        "seconds": round(seconds, 2),
        "shares": {
            f"{language} {kind(harmful=harmful)}": round(share, 4)
            for (language, harmful), share in shares(results).items()
        },
        "categories": {
            f"{item.category.language} {item.category.name}": [item.right, len(item.scores)]
            for item in results
        },
    }


def kind(*, harmful: bool) -> str:
    """The word for a category's side."""
    return "harmful" if harmful else "harmless"
