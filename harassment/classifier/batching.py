"""Buckets of similar length, and windows over long texts."""

from collections.abc import Iterator, Sequence

MAX_TOKENS = 128
MAX_PADDED = 512
"""Tokens of one batch, padding included: larger ones fall out of the processor's cache."""
MAX_ROWS = 128
MAX_WINDOWS = 6
STRIDE = 110
HEAD_CHARACTERS = 5000
TAIL_CHARACTERS = 1000


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


def buckets(
    lengths: Sequence[int], padded: int = MAX_PADDED, rows: int = MAX_ROWS
) -> Iterator[list[int]]:
    """Indices grouped by length, so that no batch pads to more than `padded` tokens."""
    group: list[int] = []
    for index in sorted(range(len(lengths)), key=lambda position: lengths[position]):
        if group and (len(group) == rows or lengths[index] * (len(group) + 1) > padded):
            yield group
            group = []
        group.append(index)
    if group:
        yield group


def unshorten(index: int, length: int) -> int:
    """Where the character at `index` of `shorten(text)` stands in `text`, of that length."""
    if index <= HEAD_CHARACTERS or length <= HEAD_CHARACTERS + TAIL_CHARACTERS:
        return index
    return length - TAIL_CHARACTERS + index - HEAD_CHARACTERS - 1
