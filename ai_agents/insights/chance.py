"""How often chance alone would do the same: permutation tests, Student's t, and many tests at once.

Standard library only. Shuffles draw from a seed: the same figures give the same answer.
"""

import math
import random
from collections.abc import Mapping, Sequence
from itertools import combinations
from statistics import fmean

SHUFFLES = 1_999
ENOUGH = 10  # shuffles that did as well: chance explains it, and no more are needed
FALSE_SHARE = 0.05  # of what is said about an account, at most, when nothing is there
LOOSE = 0.1  # what was said once stays until chance explains it so easily
LEVEL = 0.95  # of intervals


def passing(chances: Sequence[float]) -> float:
    """The highest chance with which a test passes, of tests made together; 0 when none does.

    Benjamini and Hochberg 1995: of what passes, a share of FALSE_SHARE at most is false. Where
    nothing is there at all, anything passes in as many of all cases at most.
    """
    bar = 0.0
    for rank, one in enumerate(sorted(chances), start=1):
        if one <= (allowed := FALSE_SHARE * rank / len(chances)):
            bar = allowed
    return bar


def best_group(
    values: Sequence[float], groups: Mapping[str, Sequence[int]], seed: str
) -> dict[str, float]:
    """For each group of positions: how often chance alone gives any group so high a mean rank.

    Looking for the best of many groups is part of the test (largest standardised mean of each
    shuffle), so the best hour of 24 need not be twice as lucky as the best of two. The shuffles
    end early when chance explains the best group (Besag and Clifford 1991).
    """
    ranks = _ranks(values)
    sizes = {name: _spread(len(members), len(values)) for name, members in groups.items()}
    usable = {name: members for name, members in groups.items() if sizes[name]}
    if not usable:
        return {}
    middle = (len(values) + 1) / 2

    def highs(order: Sequence[float]) -> dict[str, float]:
        return {
            name: (sum([order[place] for place in members]) / len(members) - middle) / sizes[name]
            for name, members in usable.items()
        }

    seen = highs(ranks)
    best = max(seen.values())
    as_high = dict.fromkeys(seen, 0)
    chosen, shuffled, done, hits = random.Random(seed), list(ranks), 0, 0  # noqa: S311
    while done < SHUFFLES and hits < ENOUGH:
        chosen.shuffle(shuffled)
        done += 1
        highest = max(highs(shuffled).values()) + 1e-12
        hits += highest >= best
        for name, own in seen.items():
            as_high[name] += highest >= own
    return {name: (count + 1) / (done + 1) for name, count in as_high.items()}


def two_groups(values: Sequence[float], is_in: Sequence[bool], seed: str) -> float:
    """How often chance alone sets the mean ranks of two groups so far apart, either way.

    Every split is tried when there are few, else SHUFFLES of them.
    """
    ranks = _ranks(values)
    size, total = sum(is_in), len(values)
    if not 0 < size < total:
        return 1.0
    expected = size * (total + 1) / 2
    apart = abs(sum(rank for rank, one in zip(ranks, is_in, strict=True) if one) - expected) - 1e-9
    if math.comb(total, size) <= SHUFFLES:
        sums = [sum(chosen) for chosen in combinations(ranks, size)]
        return sum(abs(one - expected) >= apart for one in sums) / len(sums)
    chosen, hits, done = random.Random(seed), 0, 0  # noqa: S311
    while done < SHUFFLES and hits < ENOUGH:
        done += 1
        hits += abs(sum(chosen.sample(ranks, size)) - expected) >= apart
    return (hits + 1) / (done + 1)


def one_beside(value: float, others: Sequence[float], lost: int = 1) -> float:
    """How often chance alone puts one more value so far from the mean of `others`, either way.

    Student's t for a new observation; `lost` degrees of freedom went into the mean.
    """
    count, free = len(others), len(others) - lost
    if free < 2:
        return 1.0
    mean = fmean(others)
    spread = math.sqrt(sum((one - mean) ** 2 for one in others) / free)
    if not spread:
        return 1.0
    return student((value - mean) / (spread * math.sqrt(1 + 1 / count)), free)


def student(distance: float, free: int) -> float:
    """Two-sided tail of Student's t with `free` whole degrees of freedom.

    Abramowitz and Stegun, Handbook of Mathematical Functions, 26.7.3 and 26.7.4.
    """
    angle = math.atan(abs(distance) / math.sqrt(free))
    sine, cosine = math.sin(angle), math.cos(angle)
    is_odd = free % 2
    term = total = (cosine if is_odd else 1.0) if free > 1 else 0.0
    for step in range(2 + is_odd, free - 1, 2):
        term *= cosine * cosine * (step - 1) / step
        total += term
    inside = 2 / math.pi * (angle + sine * total) if is_odd else sine * total
    return min(1.0, max(0.0, 1 - inside))


def median_interval(values: Sequence[float]) -> tuple[float, float] | None:
    """Between which the true median lies, 95 times of 100; None for fewer than six values.

    By order statistics: nothing is assumed about the shape.
    """
    ordered, total = sorted(values), len(values)
    outside, found = 0.0, None
    for place in range(total // 2):
        outside += 2 * math.comb(total, place) / 2**total
        if outside > 1 - LEVEL:
            break
        found = (ordered[place], ordered[total - 1 - place])
    return found


def _ranks(values: Sequence[float]) -> list[float]:
    """Ranks from 1; equal values share the middle of theirs."""
    order = sorted(range(len(values)), key=values.__getitem__)
    ranks = [0.0] * len(values)
    start = 0
    for end in range(1, len(order) + 1):
        if end == len(order) or values[order[end]] != values[order[start]]:
            for place in order[start:end]:
                ranks[place] = (start + 1 + end) / 2
            start = end
    return ranks


def _spread(size: int, total: int) -> float:
    """Standard deviation of the mean rank of `size` out of `total` by chance."""
    if not 0 < size < total:
        return 0.0
    return math.sqrt((total + 1) * (total - size) / (12 * size))
