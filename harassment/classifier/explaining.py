"""Which head decides over a text, and how the text is cut to see which words carry it."""

import math
import re
from collections.abc import Mapping, Sequence
from itertools import pairwise

from harassment.classifier.base import LEVELS, SERIOUS, VERDICT, Level, Thresholds

MOST_PIECES = 60
PASSAGE_WORDS = 80
"""About what the network reads at once; of a longer text only the worst passage is cut up."""
LEAST_SHARE = 0.01
"""Of the drop; what carries less is left out."""

_WORD = re.compile(r"\S+")


def deciding_head(labels: Mapping[str, float], thresholds: Thresholds) -> tuple[str, Level | None]:
    """The head that a verdict rests on, and the highest level it reaches (None: none).

    Of those that reach the highest level, one that says what it is comes before "toxicity"; then
    the one that is furthest above its threshold.
    """

    def margin(head: str, level: Level) -> float:
        return _log_odds(labels[head]) - _log_odds(thresholds[level][head])

    for level in reversed(LEVELS):
        reached = [head for head in VERDICT if labels[head] >= thresholds[level][head]]
        named = [head for head in reached if head in SERIOUS]
        if reached:
            return max(named or reached, key=lambda head: margin(head, level)), level
    return max(VERDICT, key=lambda head: margin(head, "review")), None


def _log_odds(probability: float) -> float:
    held = min(max(probability, 1e-6), 1 - 1e-6)
    return math.log(held / (1 - held))


def passages(plain: str) -> list[tuple[int, int]]:
    """`plain` as stretches (start, end) of at most eighty words; none without a word."""
    words = [match.span() for match in _WORD.finditer(plain)]
    return [
        (words[at][0], words[min(at + PASSAGE_WORDS, len(words)) - 1][1])
        for at in range(0, len(words), PASSAGE_WORDS)
    ]


def pieces(plain: str, start: int, end: int) -> list[tuple[int, int]]:
    """The words of that passage as (start, end), neighbours joined to make at most sixty."""
    words = [match.span() for match in _WORD.finditer(plain, start, end)]
    count = min(len(words), MOST_PIECES)
    cuts = [len(words) * index // count for index in range(count + 1)] if count else [0]
    return [(words[first][0], words[behind - 1][1]) for first, behind in pairwise(cuts)]


def without(plain: str, passage: tuple[int, int], piece: tuple[int, int]) -> str:
    """The passage without that piece, its neighbours one space apart."""
    before, behind = plain[passage[0] : piece[0]], plain[piece[1] : passage[1]]
    return f"{before.rstrip()} {behind.lstrip()}".strip()


def shares(odds: Sequence[float]) -> list[float]:
    """What part of the drop each piece is good for: `odds` with all of them, then without each."""
    whole, *others = odds
    drops = [max(0.0, whole - other) for other in others]
    total = sum(drops)
    return [drop / total if total else 0.0 for drop in drops]
