"""Buckets of similar length, windows over long texts, and the cache of texts seen before."""

import hashlib
from collections import OrderedDict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt

MAX_TOKENS = 128
MAX_PADDED = 2048
MAX_ROWS = 128
MAX_WINDOWS = 6
STRIDE = 110
HEAD_CHARACTERS = 5000
TAIL_CHARACTERS = 1000
CACHE_ROWS = 20_000

Floats = npt.NDArray[np.float32]


def shorten(text: str) -> str:
    """The beginning and the end of a very long text: where a message is, or is hidden."""
    if len(text) <= HEAD_CHARACTERS + TAIL_CHARACTERS:
        return text
    return f"{text[:HEAD_CHARACTERS]} {text[-TAIL_CHARACTERS:]}"


def windows(ids: Sequence[int], start: int, end: int) -> list[list[int]]:
    """Token ids (without special tokens) as at most six overlapping windows, the last one kept.

    A text that fits is one window. Abuse behind a wall of harmless words is thus still read.
    """
    room = MAX_TOKENS - 2
    if len(ids) <= room:
        return [[start, *ids, end]]
    cuts = [list(ids[at : at + room]) for at in range(0, len(ids) - room + STRIDE, STRIDE)]
    if len(cuts) > MAX_WINDOWS:
        cuts = [*cuts[: MAX_WINDOWS - 1], list(ids[-room:])]
    return [[start, *cut, end] for cut in cuts]


def buckets(lengths: Sequence[int]) -> Iterator[list[int]]:
    """Indices grouped by length, so that a batch never pads to more than 2,048 tokens."""
    group: list[int] = []
    for index in sorted(range(len(lengths)), key=lambda position: lengths[position]):
        if group and (len(group) == MAX_ROWS or lengths[index] * (len(group) + 1) > MAX_PADDED):
            yield group
            group = []
        group.append(index)
    if group:
        yield group


def cache_key(text: str, *versions: str) -> str:
    """SHA-256 of the versions and the text: the cache holds no text."""
    return hashlib.sha256("\0".join((*versions, text)).encode()).hexdigest()


@dataclass
class LogitCache:
    """The last rows of logits by key, oldest dropped first."""

    size: int = CACHE_ROWS
    rows: OrderedDict[str, Floats] = field(default_factory=OrderedDict)

    def get(self, key: str) -> Floats | None:
        """The row, marked as fresh, or None."""
        row = self.rows.get(key)
        if row is not None:
            self.rows.move_to_end(key)
        return row

    def put(self, key: str, row: Floats) -> None:
        """Keep a row; drops the oldest when full."""
        self.rows[key] = row
        if len(self.rows) > self.size:
            self.rows.popitem(last=False)
