"""An account's own rhythm: how many comments an hour of the week usually brings, how hostile."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from statistics import median

HOUR_S = 3600
WEEK_HOURS = 168
COLD_HOURS, COLD_COMMENTS = 72, 50  # with less history than that nothing is learned
_COLD_PER_HOUR = 6.0  # assumed until then: a small account; velocity alone opens nothing
_USUAL_HOSTILITY = 0.09  # mostly what a model wrongly takes for hostile
_SPREADS = (0.5, 20.0)


@dataclass(frozen=True, slots=True)
class Rhythm:
    """What is usual. `hours`: comments expected in each hour of the week (UTC), () when cold."""

    hours: tuple[float, ...] = ()
    spread: float = 1.5  # k of the negative binomial: variance = mean + mean^2 / k
    hostility: float = _USUAL_HOSTILITY  # mean clearness of comments, see records

    @property
    def is_cold(self) -> bool:
        """Whether there is too little history to know."""
        return not self.hours

    def expected(self, until: float, seconds: float) -> float:
        """How many comments usually come in that stretch; never nothing at all."""
        if self.is_cold:
            return _COLD_PER_HOUR * seconds / HOUR_S
        total, start = 0.0, until - seconds
        while start < until:
            hour = int(start // HOUR_S)
            end = min(until, (hour + 1) * HOUR_S)
            total += self.hours[hour % WEEK_HOURS] * (end - start) / HOUR_S
            start = end
        return max(total, 1e-3)


COLD = Rhythm()


def learn(counts: Mapping[int, int], *, since: int, until: int, daily: Sequence[float]) -> Rhythm:
    """Learn from comments per hour since 1970, `since` <= hour < `until`; absent hours are 0.

    `daily`: mean clearness of hostility of each day. Robust: one past wave does not make the next
    one usual (hours are capped, days enter by their median). An hour of the week borrows from the
    hours beside it and from the whole.
    """
    span = until - since
    if span < COLD_HOURS or sum(counts.values()) < COLD_COMMENTS:
        return COLD
    cap = _cap([counts.get(hour, 0) for hour in range(since, until)])
    capped = {hour: min(count, cap) for hour, count in counts.items() if since <= hour < until}
    overall = sum(capped.values()) / span
    sums, seen = [0.0] * WEEK_HOURS, [0] * WEEK_HOURS
    for hour in range(since, until):
        sums[hour % WEEK_HOURS] += capped.get(hour, 0)
        seen[hour % WEEK_HOURS] += 1
    hours = []
    for slot in range(WEEK_HOURS):
        near = [(slot + step) % WEEK_HOURS for step in (-1, 0, 1)]
        hours.append((sum(sums[n] for n in near) + 2 * overall) / (sum(seen[n] for n in near) + 2))
    return Rhythm(tuple(hours), _spread(capped, hours, since, until), _usual_hostility(daily))


def _cap(counts: Sequence[int]) -> float:
    ranked = sorted(counts)
    return 2.0 * ranked[int(len(ranked) * 0.95)] + 3.0


def _spread(counts: Mapping[int, float], hours: Sequence[float], since: int, until: int) -> float:
    """By the method of moments: how far hours are from their own mean beyond chance."""
    squares = excess = 0.0
    for hour in range(since, until):
        mean = hours[hour % WEEK_HOURS]
        squares += mean * mean
        excess += (counts.get(hour, 0.0) - mean) ** 2 - mean
    least, most = _SPREADS
    return most if excess <= 0 else min(max(squares / excess, least), most)


def _usual_hostility(daily: Sequence[float]) -> float:
    few = 5  # days that the general figure counts for
    own = median(daily) if daily else 0.0
    mixed = (own * len(daily) + _USUAL_HOSTILITY * few) / (len(daily) + few)
    return min(max(mixed, 0.005), 0.3)
