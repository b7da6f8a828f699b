"""Names that look alike: what is left of a name when look-alike characters are made one.

After Unicode's UTS 39, with the part of its table that names on platforms are made of.
"""

import re

from harassment.detection.normalise import normalise
from harassment.detection.signals.reading import fold

# Characters that a reader takes for one another, each over the one that stands for its class.
_SAME = str.maketrans(
    {"0": "o", "1": "l", "i": "l", "|": "l", "!": "l", "5": "s", "$": "s", "8": "b", "3": "e",
     "4": "a", "@": "a", "9": "g", "q": "g", "7": "t", "2": "z", "v": "u", "\u0131": "l"}
)  # fmt: skip
_PAIRS = (("rn", "m"), ("cl", "d"), ("vv", "w"), ("uu", "w"))
_DECORATION = re.compile(r"[^\w]|_")


def handle_core(name: str) -> str:
    """A handle or name without case, accents, disguise, marks and spaces."""
    plain, _ = fold(normalise(name.removeprefix("@")))
    return _DECORATION.sub("", plain)


def skeleton(name: str) -> str:
    """What `name` looks like: two names with one skeleton cannot be told apart at a glance."""
    core = handle_core(name)
    for pair, single in _PAIRS:
        core = core.replace(pair, single)
    return core.translate(_SAME)


def distance(one: str, other: str, most: int = 2) -> int:
    """How many letters must be changed, added, dropped or swapped; `most` + 1 when more."""
    if abs(len(one) - len(other)) > most:
        return most + 1
    before: list[int] = []
    row = list(range(len(other) + 1))
    for i, a in enumerate(one, 1):
        oldest, before, row = before, row, [i]
        for j, b in enumerate(other, 1):
            cost = min(before[j] + 1, row[j - 1] + 1, before[j - 1] + (a != b))
            if i > 1 and j > 1 and a == other[j - 2] and one[i - 2] == b:
                cost = min(cost, oldest[j - 2] + 1)
            row.append(cost)
        if min(row) > most:
            return most + 1
    return min(row[-1], most + 1)
