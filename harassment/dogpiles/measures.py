"""The six signals of a wave, each from 0 to 1; all bounded, none knows a text's meaning."""

import math
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence

from harassment.dogpiles.records import Heard, Signal, clearness
from harassment.dogpiles.rhythm import Rhythm

BURST_S, AROUND_S = 120, 600  # how much of the last ten minutes came within two of them
_HOSTILITY = 0.10, 0.22  # hostile people beyond the usual share: at least that many
_NINE_IN_TEN, _NINETEEN_IN_TWENTY = 1.28, 1.645  # standard deviations, on one side
_SET_ASIDE = 0.7  # of what is expected: a quiet minute must not pass for a wave
_SURPRISE = 2.5, 8.0  # nats: one in twelve such stretches, one in three thousand
_NEWCOMERS = 0.3, 0.75
_COLD_NEWCOMERS = 0.5  # on an account without history everybody is new


def ramp(value: float, low: float, high: float) -> float:
    """0 up to `low`, 1 from `high` on."""
    return min(max((value - low) / (high - low), 0.0), 1.0)


def at_least(share: float, count: int, z: float = _NINETEEN_IN_TWENTY) -> float:
    """What a share of `count` people is at least (Wilson): few prove little."""
    if not count:
        return 0.0
    middle = share + z * z / (2 * count)
    around = z * math.sqrt(share * (1 - share) / count + (z / (2 * count)) ** 2)
    return max((middle - around) / (1 + z * z / count), 0.0)


def surprise(count: float, mean: float, spread: float) -> float:
    """How unlikely so many are where `mean` are usual, in nats.

    Chernoff's bound for a negative binomial: robust for accounts whose hours differ wildly.
    """
    if count <= mean:
        return 0.0
    much = count * math.log(count / mean)
    return max(much - (count + spread) * math.log((count + spread) / (mean + spread)), 0.0)


def hostile_authors(part: Iterable[Heard]) -> dict[str, float]:
    """How clearly hostile each author is at worst: one person counts once, whatever they write."""
    highest: dict[str, float] = {}
    for one in part:
        author, toxicity = one.author, one.toxicity
        if author not in highest or toxicity > highest[author]:
            highest[author] = toxicity
    return {author: clearness(toxicity) for author, toxicity in highest.items()}


def hostility(authors: Mapping[str, float], rhythm: Rhythm, expected: float) -> Signal:
    """How much more hostile the people are than people here usually are.

    `expected`: how many of them would have come anyway. Where more came, most of those are set
    aside, so that a wave does not drown in what a large account hears every minute.
    """
    usual, count = rhythm.hostility, len(authors)
    share = sum(authors.values()) / count
    aside = min(_SET_ASIDE * expected, max(count - expected, 0.0))
    surely = at_least(share, count, _NINE_IN_TEN) * count
    least = (surely - aside * usual) / (count - aside)
    return Signal("hostility", ramp(least - usual, *_HOSTILITY), {"share": share, "usual": usual})


def velocity(count: int, hostile: float, rhythm: Rhythm, now: float, seconds: float) -> Signal:
    """How much faster comments, or people who are hostile, come than in this hour of the week.

    A large account hears so much that a wave hardly adds to it; to what is hostile it does.
    """
    usual = rhythm.expected(now, seconds)
    hostile_usual = usual * rhythm.hostility
    value = max(
        ramp(surprise(count, usual, rhythm.spread), *_SURPRISE),
        ramp(surprise(hostile, hostile_usual, rhythm.spread), *_SURPRISE),
    )
    facts = {
        "count": count, "usual": usual, "seconds": seconds,
        "hostile": hostile, "hostile_usual": hostile_usual,
    }  # fmt: skip
    return Signal("velocity", value, facts)


def newcomers(part: Sequence[Heard], rhythm: Rhythm) -> Signal:
    """How many of the hostile people have never written here before."""
    everybody = {one.author for one in part}
    first = len({one.author for one in part if one.is_first})
    value = ramp(at_least(first / len(everybody), len(everybody)), *_NEWCOMERS)
    if rhythm.is_cold:
        value *= _COLD_NEWCOMERS
    return Signal("newcomers", value, {"count": first, "of": len(everybody)})


def copies(authors: int) -> Signal:
    """How many people sent versions of the same hostile wording."""
    return Signal("copies", ramp(authors, 2, 8), {"authors": authors})


def synchrony(part: Sequence[Heard], now: float) -> Signal:
    """Whether hostile people set in together: the densest two minutes of the last ten."""
    firsts: dict[str, float] = {}
    for one in part:
        if one.at > now - AROUND_S:
            firsts[one.author] = min(firsts.get(one.author, one.at), one.at)
    times = sorted(int(at) for at in firsts.values())
    densest = start = 0
    for end, at in enumerate(times):
        while times[start] <= at - BURST_S:
            start += 1
        densest = max(densest, end - start + 1)
    chance = BURST_S / AROUND_S
    excess = (densest / len(times) - chance) / (1 - chance) if times else 0.0
    value = ramp(excess * len(times) / (len(times) + 4), 0.25, 0.8)
    return Signal("synchrony", value, {"count": densest, "of": len(times)})


def overlap(part: Sequence[Heard]) -> Signal:
    """How many of the hostile people write under several posts at once."""
    posts: dict[str, set[str]] = defaultdict(set)
    for one in part:
        posts[one.author].add(one.post)
    several = sum(len(under) > 1 for under in posts.values())
    value = ramp(at_least(several / len(posts), len(posts)), 0.03, 0.3)
    return Signal("overlap", value, {"count": several, "of": len(posts)})
