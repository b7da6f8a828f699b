"""Wordings that are nearly the same: bottom-k sketches (MinHash with one hash) and their groups."""

import zlib
from collections import defaultdict
from collections.abc import Iterable
from functools import lru_cache
from heapq import nsmallest
from typing import NamedTuple

_SKETCH = 24  # values kept of each text
_GRAM = 4  # characters: short comments still have some
_ALIKE = 0.45  # estimated Jaccard similarity from which two wordings are versions of one
_KEYS = 6  # of the values, by which versions find each other: one of them is shared in 97 of 100
_BUSY = 12  # leaders under one key: bounds the work on texts that share a phrase
LEAST_CHARACTERS = 8  # two people saying "nul" copied nothing


class Sketch(NamedTuple):
    """The smallest hashes of a text's letter groups, rising, and the same as a set."""

    values: tuple[int, ...]
    members: frozenset[int]


@lru_cache(maxsize=8192)
def sketch(text: str) -> Sketch:
    """What is kept of a text; nothing of one that is too short to compare."""
    plain = "".join(one for one in text.casefold() if one.isalnum())
    if len(plain) < LEAST_CHARACTERS:
        return Sketch((), frozenset())
    grams = {plain[start : start + _GRAM] for start in range(len(plain) - _GRAM + 1)}
    values = nsmallest(_SKETCH, {zlib.crc32(gram.encode()) for gram in grams})
    return Sketch(tuple(values), frozenset(values))


def alike(one: Sketch, other: Sketch) -> bool:
    """Whether two sketches are of versions of one wording."""
    shared = one.members & other.members
    if len(shared) < _ALIKE * max(len(one.values), len(other.values)):
        return False  # most of what is compared ends here
    union = nsmallest(_SKETCH, one.members | other.members)
    return len(shared.intersection(union)) >= _ALIKE * len(union) > 0


class Groups:
    """Texts gathered around the first of each kind; gathers on when only new ones are added."""

    def __init__(self) -> None:
        self._texts: list[str] = []
        self._leaders: dict[int, list[str]] = defaultdict(list)  # value of a sketch -> texts
        self._found: dict[str, list[str]] = {}
        self._compared: dict[tuple[str, str], bool] = {}

    def are_versions(self, leader: str, text: str) -> bool:
        """Whether a text is a version of a leader's; compared once, however often it is asked."""
        pair = (leader, text)
        if pair not in self._compared:
            self._compared[pair] = alike(sketch(leader), sketch(text))
        return self._compared[pair]

    def of(self, texts: Iterable[str]) -> list[list[str]]:
        """Groups of different texts, in the order given; the same whatever was asked before."""
        wanted = list(dict.fromkeys(texts))
        known = len(self._texts)
        if wanted[:known] != self._texts:
            known, self._leaders, self._found = 0, defaultdict(list), {}
        for text in wanted[known:]:
            self._add(text)
        self._texts = wanted
        return list(self._found.values())

    def _add(self, text: str) -> None:
        own = sketch(text)
        keys = own.values[:_KEYS]
        near = dict.fromkeys(leader for key in keys for leader in self._leaders[key])
        leader = next((one for one in near if alike(own, sketch(one))), None)
        if leader is not None:
            self._found[leader].append(text)
        elif keys:
            self._found[text] = [text]
            for key in keys:
                if len(self._leaders[key]) < _BUSY:
                    self._leaders[key].append(text)
