"""A text made comparable: lower case, no accents, and the way back to the text as written."""

import re
import unicodedata
from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache

_QUOTES = str.maketrans("\u2019\u2018\u02bc`\u201c\u201d\u00ab\u00bb", "''''\"\"\"\"")
_LIGATURES = {"\u0153": "oe", "\u00e6": "ae", "\u0152": "oe", "\u00c6": "ae", "\u00df": "ss"}
_DROPPED = frozenset({"Cf", "Co", "Cs", "Cn", "Me", "Mn"})
_LINK = re.compile(r"(?:https?://|www\.)[^\s<>\"]+")
_CLAUSE_ENDS = re.compile(r"[.!?;\n]")


@dataclass(frozen=True)
class Reading:
    """A text as the patterns see it; `raw_span` leads from a stretch of it to the raw text."""

    text: str
    raw_span: Callable[[int, int], tuple[int, int]]

    def clause_before(self, start: int, size: int = 90) -> str:
        """What stands before `start` in the same sentence, at most `size` characters."""
        return _CLAUSE_ENDS.split(self.text[max(0, start - size) : start])[-1]

    def clause_after(self, end: int, size: int = 90) -> str:
        """What stands behind `end` in the same sentence, at most `size` characters."""
        return _CLAUSE_ENDS.split(self.text[end : end + size])[0]

    def around(self, start: int, end: int, size: int = 60) -> str:
        """The stretch with its surroundings, whatever the sentence."""
        return self.text[max(0, start - size) : end + size]


def read_literally(raw: str) -> Reading:
    """Characters as typed, but for case, accents, width and what cannot be seen; links blanked.

    For figures and addresses, which undoing disguises would spoil.
    """
    text, places = fold(raw)
    text = _LINK.sub(lambda link: " " * len(link.group()), text)

    def raw_span(start: int, end: int) -> tuple[int, int]:
        if places is None:
            return start, end
        return places[start], places[end - 1] + 1

    return Reading(text, raw_span)


def fold(text: str) -> tuple[str, list[int] | None]:
    """`text` in lower case without accents; and where each character was, None when it stayed."""
    if text.isascii():
        return text.lower(), None
    pieces = [_fold_character(char) for char in text]
    folded = "".join(pieces)
    if len(folded) == len(text) and all(len(piece) == 1 for piece in set(pieces)):
        return folded, None
    places = [index for index, piece in enumerate(pieces) for _ in piece]
    return folded, places


@lru_cache(maxsize=8192)
def _fold_character(char: str) -> str:
    if char in _LIGATURES:
        return _LIGATURES[char]
    plain = unicodedata.normalize("NFKD", char).translate(_QUOTES).lower()
    return "".join(c for c in plain if unicodedata.category(c) not in _DROPPED)
