"""Wordings that are nearly the same: bottom-k sketches (MinHash with one hash) and their groups."""

import zlib
from collections import defaultdict
from collections.abc import Iterable
from functools import lru_cache
from heapq import nsmallest

_SKETCH = 24  # values kept of each text
_GRAM = 4  # characters: short comments still have some
_ALIKE = 0.45  # estimated Jaccard similarity from which two wordings are versions of one
_KEYS = 6  # of the values, by which versions find each other: one of them is shared in 97 of 100
_BUSY = 12  # leaders under one key: bounds the work on texts that share a phrase
LEAST_CHARACTERS = 8  # two people saying "nul" copied nothing


Sketch = tuple[int, ...]


@lru_cache(maxsize=8192)
def sketch(text: str) -> Sketch:
    """The smallest hashes of its letter groups, rising; () for a text too short to compare."""
    plain = "".join(one for one in text.casefold() if one.isalnum())
    if len(plain) < LEAST_CHARACTERS:
        return ()
    grams = {plain[start : start + _GRAM] for start in range(len(plain) - _GRAM + 1)}
    return tuple(nsmallest(_SKETCH, {zlib.crc32(gram.encode()) for gram in grams}))


def alike(one: Sketch, other: Sketch) -> bool:
    """Whether two sketches are of versions of one wording."""
    shared = set(one).intersection(other)
    if len(shared) < _ALIKE * min(len(one), len(other), _SKETCH):
        return False  # most of what is compared ends here
    union = nsmallest(_SKETCH, {*one, *other})
    return len(shared.intersection(union)) >= _ALIKE * len(union) > 0


def groups(texts: Iterable[str]) -> list[list[str]]:
    """Different texts, gathered around the first of each kind; in the order given."""
    leaders: dict[int, list[str]] = defaultdict(list)  # value of a sketch -> texts that lead
    found: dict[str, list[str]] = {}
    for text in dict.fromkeys(texts):
        own = sketch(text)
        if not own:
            continue
        keys = own[:_KEYS]
        near = dict.fromkeys(leader for key in keys for leader in leaders[key])
        leader = next((one for one in near if alike(own, sketch(one))), None)
        if leader is not None:
            found[leader].append(text)
            continue
        found[text] = [text]
        for key in keys:
            if len(leaders[key]) < _BUSY:
                leaders[key].append(text)
    return list(found.values())
