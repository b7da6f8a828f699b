"""Tells a text in a language the model does not read from one in French or English."""

import tomllib
from collections.abc import Sequence
from pathlib import Path

_LISTS: dict[str, str] = tomllib.loads(Path(__file__).with_suffix(".toml").read_text("utf-8"))
_LETTERS = frozenset(_LISTS.pop("letters"))
_SHARED = frozenset(_LISTS.pop("shared").split())
_TONGUES = tuple(frozenset(words.split()) for words in _LISTS.values())
_ANY = frozenset[str]().union(*_TONGUES)


def is_elsewhere(words: Sequence[str], ours: int) -> bool:
    """Whether lower-cased `words` are rather of some other language than of French or English.

    `ours` is how many of them are telling for French, or for English, whichever is more.
    """
    accented = sum(not _LETTERS.isdisjoint(word) for word in words)
    sure = accented + sum(word in _ANY and word not in _SHARED for word in words)
    if not sure:
        return False
    best = max(accented, *(sum(word in tongue for word in words) for tongue in _TONGUES))
    return best > ours or (sure > 1 and best == ours)
