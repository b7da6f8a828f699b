"""Follows every character of a text through rewriting, so that a reader can be shown where."""

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from itertools import pairwise
from typing import Literal

Trick = Literal[
    "hidden", "look-alike", "reversed", "spacing", "stars", "leet", "stretched",
    "emoji", "link", "mention",
]  # fmt: skip

How = Literal["letters", "whole", "backwards"]
"""How a new stretch lies over the old one: letter by letter where it can, never, or turned."""


@dataclass(frozen=True, slots=True)
class Edit:
    """A stretch of the raw text that now reads as a stretch of the plain one.

    The plain stretch is empty where characters vanished.
    """

    start: int
    end: int
    plain_start: int
    plain_end: int
    trick: Trick


@dataclass(frozen=True, slots=True)
class Unmasked:
    """A plain text and where it comes from: character i was raw[starts[i]:ends[i]]."""

    text: str
    edits: tuple[Edit, ...]
    starts: tuple[int, ...]
    ends: tuple[int, ...]

    def raw_span(self, plain_start: int, plain_end: int) -> tuple[int, int]:
        """The smallest stretch of the raw text that holds all of that plain stretch.

        An empty stretch gives an empty one, at the place where it would stand.
        """
        if plain_start >= plain_end:
            inside = plain_start < len(self.starts)
            at = self.starts[plain_start] if inside else max(self.ends, default=0)
            return at, at
        return min(self.starts[plain_start:plain_end]), max(self.ends[plain_start:plain_end])


class Trace:
    """A text while it is being rewritten, step after step."""

    def __init__(self, raw: str) -> None:
        self.text = raw
        self._length = len(raw)
        self._starts = list(range(len(raw)))
        self._ends = list(range(1, len(raw) + 1))
        self._marks: list[tuple[int, int, Trick]] = []

    def mark(self, start: int, end: int, trick: Trick) -> None:
        """Remember that this stretch of the present text was disguised by `trick`."""
        if start < end:
            self._marks.append((min(self._starts[start:end]), max(self._ends[start:end]), trick))

    def respell(self, pieces: Iterable[str], cuts: Iterable[int] | None = None) -> None:
        """Put one piece for each character, or for each stretch between two `cuts`."""
        bounds = range(len(self.text) + 1) if cuts is None else cuts
        self._rewrite(
            (piece, start, end)
            for piece, (start, end) in zip(pieces, pairwise(bounds), strict=True)
        )

    def sub(
        self,
        pattern: re.Pattern[str],
        replace: str | Callable[[re.Match[str]], str],
        trick: Trick | Callable[[re.Match[str]], Trick | None] | None = None,
        how: How = "letters",
    ) -> None:
        """Do what `pattern.sub(replace, text)` does, and mark what it changed."""
        pieces: list[tuple[str, int, int]] = []
        done = 0
        for match in pattern.finditer(self.text):
            start, end = match.span()
            piece = match.expand(replace) if isinstance(replace, str) else replace(match)
            if piece == match.group():
                continue
            name = trick(match) if callable(trick) else trick
            if name is not None:
                self.mark(start, end, name)
            pieces += [(self.text[done:start], done, start), (piece, start, end)]
            done = end
        if pieces:
            pieces.append((self.text[done:], done, len(self.text)))
            self._rewrite(pieces, how)

    def _rewrite(self, pieces: Iterable[tuple[str, int, int]], how: How = "letters") -> None:
        """Replace the text by `pieces`, each standing for a stretch of it, in order."""
        built: list[str] = []
        starts: list[int] = []
        ends: list[int] = []
        for piece, start, end in pieces:
            if not piece:
                continue
            built.append(piece)
            if how == "letters" and len(piece) == end - start:
                starts += self._starts[start:end]
                ends += self._ends[start:end]
                continue
            low, high = min(self._starts[start:end]), max(self._ends[start:end])
            places = _places(piece, self.text[start:end], how)
            starts += [low if at < 0 else self._starts[start + at] for at in places]
            ends += [high if at < 0 else self._ends[start + at] for at in places]
            ends[-1] = max(ends[-1], high) if how == "letters" else ends[-1]
        self.text, self._starts, self._ends = "".join(built), starts, ends

    def finish(self) -> Unmasked:
        """The result, its edits in the order of the raw text."""
        first = [len(self.text)] * (self._length + 1)
        last = [0] * (self._length + 1)
        for index, (start, end) in enumerate(zip(self._starts, self._ends, strict=True)):
            for at in range(start, end):
                first[at] = min(first[at], index)
                last[at] = max(last[at], index + 1)
        # Where nothing of a raw character is left, it stands behind what came before it.
        behind = 0
        reached: list[int] = []
        for at in range(self._length + 1):
            reached.append(behind)
            behind = max(behind, last[at])
        edits: list[Edit] = []
        for start, end, trick in _merge(self._marks):
            low, high = min(first[start:end]), max(last[start:end])
            if low >= high:
                low = high = reached[start]
            edits.append(Edit(start, end, low, high, trick))
        return Unmasked(self.text, tuple(edits), tuple(self._starts), tuple(self._ends))


def _merge(marks: Iterable[tuple[int, int, Trick]]) -> list[tuple[int, int, Trick]]:
    """Marks in order, those of one trick that touch each other made one."""
    merged: list[tuple[int, int, Trick]] = []
    for start, end, trick in sorted(set(marks)):
        if merged and merged[-1][2] == trick and start <= merged[-1][1]:
            merged[-1] = (merged[-1][0], max(end, merged[-1][1]), trick)
        else:
            merged.append((start, end, trick))
    return merged


def _places(piece: str, old: str, how: How) -> list[int]:
    """For each character of `piece` its place in `old`; -1 where it stands for all of it."""
    if piece == old:
        return list(range(len(old)))
    if how == "backwards":
        # The first character of `old` is the sign that turns the rest.
        return list(range(len(piece), 0, -1))
    places: list[int] = []
    at = -1
    for char in piece if how == "letters" else "":
        at = old.find(char, at + 1)
        if at < 0:
            break
        places.append(at)
    return places if len(places) == len(piece) else [-1] * len(piece)
