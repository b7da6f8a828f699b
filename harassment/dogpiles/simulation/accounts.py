"""Accounts of the simulator: how much they usually hear, when, from whom, and how hostile it is."""

import math
import random
from collections.abc import Callable
from dataclasses import dataclass

from harassment.dogpiles.rhythm import COLD, HOUR_S, WEEK_HOURS, Rhythm, learn

WEEKS = 4
_BASE_HOUR = 494_000  # 2026: any hour will do
POSTS = 8


@dataclass(frozen=True, slots=True)
class Account:
    """One account with its past, as the product would have learned it."""

    rhythm: Rhythm
    hour_rates: tuple[float, ...]  # the truth behind `rhythm`: comments an hour, by hour of week
    hostile_share: float
    newcomer_share: float
    regulars: int
    start: float  # when the simulated hours begin


def draw_account(rng: random.Random, usual: Callable[[float], float], *, is_small: bool) -> Account:
    """An account with random size, rhythm and past; one in eight has no past at all.

    `usual`: how hostile comments look on average when that share of them is.
    """
    mean = math.exp(
        rng.uniform(*((math.log(0.5), math.log(12)) if is_small else (math.log(30), math.log(600))))
    )
    swing, peak, weekend = rng.uniform(0.3, 0.85), rng.randrange(24), rng.uniform(0.7, 1.6)
    rates = tuple(
        mean
        * (1 + swing * math.cos((hour % 24 - peak) * math.tau / 24))
        * (weekend if hour // 24 >= 5 else 1.0)
        for hour in range(WEEK_HOURS)
    )
    hostile = rng.uniform(0.005, 0.06)
    now = _BASE_HOUR + rng.randrange(WEEK_HOURS)
    rhythm = COLD if rng.random() < 0.125 else _past(rng, rates, usual(hostile), now)
    return Account(
        rhythm=rhythm,
        hour_rates=rates,
        hostile_share=hostile,
        newcomer_share=rng.uniform(0.15, 0.55),
        regulars=max(20, int(mean * rng.uniform(5, 40))),
        start=now * HOUR_S + rng.random() * HOUR_S,
    )


def poisson(rng: random.Random, mean: float) -> int:
    """A Poisson number; by the normal law where it is as good."""
    if mean > 60:
        return max(0, round(rng.gauss(mean, math.sqrt(mean))))
    limit, count, product = math.exp(-mean), 0, rng.random()
    while product > limit:
        count += 1
        product *= rng.random()
    return count


def arrivals(rng: random.Random, per_hour: float, start: float, seconds: float) -> list[float]:
    """Moments of independent arrivals at an even rate."""
    number = poisson(rng, per_hour * seconds / HOUR_S)
    return sorted(start + rng.random() * seconds for _ in range(number))


def _past(rng: random.Random, rates: tuple[float, ...], usual: float, until: int) -> Rhythm:
    spread = rng.uniform(1.5, 8)
    since = until - WEEKS * WEEK_HOURS
    counts = {
        hour: poisson(rng, rates[hour % WEEK_HOURS] * rng.gammavariate(spread, 1 / spread))
        for hour in range(since, until)
    }
    for _ in range(rng.randrange(3)):  # it has been viral, or attacked, before
        start = rng.randrange(since, until - 6)
        for hour in range(start, start + rng.randint(1, 6)):
            counts[hour] = int(counts[hour] * rng.uniform(5, 30)) + rng.randint(5, 200)
    daily = [min(max(rng.gauss(usual, 0.02), 0.0), 1.0) for _ in range(WEEKS * 7)]
    return learn(counts, since=since, until=until, daily=daily)
