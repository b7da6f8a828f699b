"""French words for an English encoder: which ones, where each starts, and their tokeniser."""

import json
import re
import unicodedata
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from harassment.training.alignment import NULL, Alignment

Floats = npt.NDArray[np.float32]

MOST = 12_000
"""New words; more would pass 30 MB."""
SEEN = 3
_RESERVED = re.compile(r"\[unused\d+\]")
_ASCII_WORD = re.compile(r"[a-z]{2,}")


@dataclass(frozen=True)
class Vocabulary:
    """The tokeniser's JSON with French words, and the row of the embedding each begins at."""

    tokenizer: str
    rows: Mapping[int, Floats]
    size: int


def _foreign(token: str) -> bool:
    """Whether a piece is of no use for French or English: reserved, or of another script."""
    if _RESERVED.fullmatch(token):
        return True
    letters = [char for char in token.removeprefix("##") if char.isalpha()]
    return bool(letters) and not any("LATIN" in unicodedata.name(char, "") for char in letters)


def choose(alignment: Alignment, glossary: Sequence[str], known: Mapping[str, int]) -> list[str]:
    """French words that become pieces: the glossary's first, then the most frequent."""
    frequent = sorted(
        (word for word, count in alignment.french_counts.items() if count >= SEEN),
        key=lambda word: (-alignment.french_counts[word], word),
    )
    single = [word for word in glossary if " " not in word]
    chosen = {
        word: None
        for word in (*single, *frequent)
        if _ASCII_WORD.fullmatch(word)
        and word not in known
        and any(name != NULL for name, _ in alignment.english_of.get(word, ()))
    }
    return list(chosen)[:MOST]


def extend(
    tokenizer: str,
    matrix: Floats,
    alignment: Alignment,
    glossary: Sequence[str],
    pieces: Callable[[str], Sequence[int]],
) -> Vocabulary:
    """Put French words into a WordPiece tokeniser's JSON, first into places nobody needs.

    `matrix` holds the encoder's word embeddings; a new word starts at the mean of its translations'
    pieces, weighted by probability (RAMEN). `pieces` gives an English word's piece ids.
    """
    content: dict[str, Any] = json.loads(tokenizer)
    vocabulary: dict[str, int] = content["model"]["vocab"]
    free = sorted(number for token, number in vocabulary.items() if _foreign(token))
    kept = {token: number for token, number in vocabulary.items() if not _foreign(token)}
    size = max(vocabulary.values()) + 1
    rows: dict[int, Floats] = {}
    for word in choose(alignment, glossary, kept):
        options = [(name, chance) for name, chance in alignment.english_of[word] if name != NULL]
        total = sum(chance for _, chance in options)
        row = sum(
            (chance / total) * matrix[list(pieces(name))].mean(axis=0) for name, chance in options
        )
        spellings = [word, word.replace("oe", "\u0153")] if "oe" in word else [word]
        for spelling in spellings:
            if free:
                number = free.pop(0)
            else:
                number, size = size, size + 1
            kept[spelling] = number
            rows[number] = np.asarray(row, dtype=np.float32)
    content["model"]["vocab"] = dict(sorted(kept.items(), key=lambda item: item[1]))
    return Vocabulary(json.dumps(content, ensure_ascii=False), rows, size)
