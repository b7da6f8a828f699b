"""What happens to an account: praise, give-aways, quarrels, and waves of three kinds; labelled."""

import math
import random
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass

from harassment.dogpiles.records import Heard
from harassment.dogpiles.simulation.accounts import POSTS, Account, arrivals, draw_account
from harassment.dogpiles.simulation.sentences import Category, Judge, Writer

BEFORE_S, AFTER_S = 1800.0, 600.0  # usual traffic around what happens
MOST_PER_MINUTE = 300.0


@dataclass(frozen=True, slots=True)
class Said:
    """One comment before anybody judged it."""

    at: float
    author: str
    post: str
    text: str
    category: Category
    is_first: bool


@dataclass(frozen=True, slots=True)
class Story:
    """What was heard in one run, and whether and when a wave really began."""

    account: Account
    heard: tuple[Heard, ...]
    onset: float | None


Plot = Callable[[random.Random, Account, Writer, float], list[Said]]


def _crowd(
    rng: random.Random, writer: Writer, times: list[float], mix: Mapping[Category, float],
    newcomers: float, regulars: int, posts: int = 1,
) -> list[Said]:  # fmt: skip
    """Independent people, one comment each, a few of them two."""
    said: list[Said] = []
    for at in times:
        (category,) = rng.choices(list(mix), list(mix.values()))
        again = rng.random() < 0.08 and said
        known = rng.choice(said[-50:]) if again else None
        is_first = known.is_first if known else rng.random() < newcomers
        name = f"n{rng.randrange(10**9)}" if is_first else f"r{rng.randrange(regulars)}"
        author = known.author if known else name
        post = f"p{rng.randrange(posts)}"
        said.append(Said(at, author, post, writer.write(category), category, is_first))
    return said


def _usual(rng: random.Random, account: Account, writer: Writer, until: float) -> list[Said]:
    hostile = account.hostile_share
    mix: dict[Category, float] = {
        "hostile": hostile, "criticism": 0.1, "praise": 0.45, "everyday": 0.45 - hostile,
    }  # fmt: skip
    times: list[float] = []
    at = account.start
    while at < until:
        rate = account.hour_rates[int(at // 3600) % len(account.hour_rates)]
        times += arrivals(rng, rate * rng.gammavariate(6, 1 / 6), at, min(600.0, until - at))
        at += 600.0
    return _crowd(rng, writer, times, mix, account.newcomer_share, account.regulars, POSTS)


def _per_minute(account: Account, at: float) -> float:
    return account.hour_rates[int(at // 3600) % len(account.hour_rates)] / 60


def _flood(
    rng: random.Random, account: Account, start: float, times: tuple[float, float]
) -> list[float]:
    """More comments than usual by a factor, rising over minutes, for a quarter of an hour."""
    rate = max(_per_minute(account, start) * rng.uniform(*times), rng.uniform(1, 20))
    rate = min(rate, MOST_PER_MINUTE)
    rise, length = rng.uniform(5, 300), rng.uniform(480, 1200)
    return [
        at
        for at in arrivals(rng, rate * 60, start, length)
        if rng.random() < min(1.0, 0.2 + (at - start) / rise)
    ]


def _viral(rng: random.Random, account: Account, writer: Writer, start: float) -> list[Said]:
    hostile, criticism = rng.uniform(0.0, 0.06), rng.uniform(0.02, 0.12)
    mix: dict[Category, float] = {
        "hostile": hostile, "criticism": criticism, "praise": 0.6,
        "everyday": 0.4 - hostile - criticism,
    }  # fmt: skip
    times = _flood(rng, account, start, (8, 60))
    return _crowd(rng, writer, times, mix, rng.uniform(0.7, 0.97), account.regulars)


def _giveaway(rng: random.Random, account: Account, writer: Writer, start: float) -> list[Said]:
    hostile = rng.uniform(0.0, 0.03)
    mix: dict[Category, float] = {
        "giveaway": rng.uniform(0.6, 0.95), "hostile": hostile, "praise": 0.1, "everyday": 0.1,
    }  # fmt: skip
    times = _flood(rng, account, start, (8, 60))
    posts = rng.randint(1, 3)
    return _crowd(rng, writer, times, mix, rng.uniform(0.4, 0.95), account.regulars, posts)


def _controversy(rng: random.Random, account: Account, writer: Writer, start: float) -> list[Said]:
    hostile = rng.uniform(0.02, 0.12)
    support = rng.uniform(0.05, 0.25)
    mix: dict[Category, float] = {
        "criticism": 0.9 - hostile - support, "hostile": hostile, "praise": support,
        "everyday": 0.1,
    }  # fmt: skip
    times = _flood(rng, account, start, (4, 25))
    return _crowd(rng, writer, times, mix, rng.uniform(0.4, 0.85), account.regulars)


def _attackers(
    rng: random.Random, times: list[float], texts: Iterator[tuple[str, Category]]
) -> list[Said]:
    """People who were sent: mostly strangers, some of them under several posts."""
    newcomers, again = rng.uniform(0.65, 0.98), rng.uniform(0.0, 0.35)
    posts = rng.randint(1, 4)
    people: list[tuple[str, bool]] = []
    said = []
    for at in times:
        if people and rng.random() < again:
            author, is_first = rng.choice(people[-30:])
        else:
            author, is_first = f"a{rng.randrange(10**9)}", rng.random() < newcomers
            people.append((author, is_first))
        text, category = next(texts)
        said.append(Said(at, author, f"p{rng.randrange(posts)}", text, category, is_first))
    return said


def _onslaught(rng: random.Random, account: Account, start: float) -> list[float]:
    """Ten to three hundred comments a minute, at least one and a half times what is usual."""
    rate = math.exp(rng.uniform(math.log(10), math.log(MOST_PER_MINUTE)))
    rate = max(rate, 1.5 * _per_minute(account, start))
    number = rng.randint(60, 1000)
    length = min(max(number / rate * 60, 120.0), 1500.0)
    ramp = rng.uniform(0, 20)
    times = arrivals(rng, rate * 60, start, length)
    return [at for at in times if rng.random() < min(1.0, 0.3 + (at - start) / (ramp + 0.1))]


def _brigade(rng: random.Random, account: Account, writer: Writer, start: float) -> list[Said]:
    """People called together: mostly abuse in their own words, some of it passed around."""
    hostile, copied = rng.uniform(0.7, 0.95), rng.uniform(0.0, 0.5)
    slogans = [writer.write("hostile") for _ in range(rng.randint(1, 4))]

    def texts() -> Iterator[tuple[str, Category]]:
        while True:
            if rng.random() >= hostile:
                other: Category = rng.choice(("criticism", "everyday"))
                yield writer.write(other), other
            elif rng.random() < copied:
                yield writer.edit(rng.choice(slogans)), "hostile"
            else:
                yield writer.write("hostile"), "hostile"

    return _attackers(rng, _onslaught(rng, account, start), texts())


def _mutating(rng: random.Random, account: Account, writer: Writer, start: float) -> list[Said]:
    """One template with changing words and disguises, so that no two comments are the same."""
    frames, disguised = writer.template(), rng.uniform(0.0, 0.6)

    def texts() -> Iterator[tuple[str, Category]]:
        while True:
            yield writer.mutate(frames, disguised), "disguised"

    return _attackers(rng, _onslaught(rng, account, start), texts())


def _slow(rng: random.Random, account: Account, writer: Writer, start: float) -> list[Said]:
    """One text pasted by many, minutes apart: never faster than usual."""
    text = max((writer.write("hostile") for _ in range(5)), key=len)
    gap = rng.uniform(120, 600)
    times, at = [start], start
    for _ in range(rng.randint(19, 59)):
        at += rng.expovariate(1 / gap)
        times.append(at)

    def texts() -> Iterator[tuple[str, Category]]:
        while True:
            yield writer.edit(text), "hostile"

    return _attackers(rng, times, texts())


def _nothing(rng: random.Random, account: Account, writer: Writer, start: float) -> list[Said]:
    """Four usual hours, to see what chance alone does."""
    return _usual(rng, account, writer, start + 4 * 3600)


_PLOTS: Mapping[str, tuple[Plot, bool]] = {
    "organic_viral": (_viral, False),
    "giveaway": (_giveaway, False),
    "controversy": (_controversy, False),
    "quiet": (_nothing, False),
    "brigade": (_brigade, True),
    "mutating_template": (_mutating, True),
    "slow_copy_paste": (_slow, True),
}
SMALL = "_small"
SCENARIOS = tuple(f"{name}{size}" for size in ("", SMALL) for name in _PLOTS)
WAVES = frozenset(name for name in SCENARIOS if _PLOTS[name.removesuffix(SMALL)][1])


def tell(scenario: str, seed: str, judge: Judge | None = None) -> Story:
    """One run of a scenario; everything in it is random and follows from the seed alone."""
    rng = random.Random(f"{scenario}:{seed}")  # noqa: S311
    account = draw_account(rng, is_small=scenario.endswith(SMALL))
    writer = Writer(rng, judge)
    plot, is_wave = _PLOTS[scenario.removesuffix(SMALL)]
    start = account.start + BEFORE_S
    said = plot(rng, account, writer, start)
    end = max((one.at for one in said), default=start)
    if plot is not _nothing:
        said += _usual(rng, account, writer, end + AFTER_S)
    said.sort(key=lambda one: one.at)
    looks = writer.looks([(one.text, one.category) for one in said])
    heard = tuple(
        Heard(one.at, one.author, one.post, text, toxicity, one.is_first)
        for one, (text, toxicity) in zip(said, looks, strict=True)
    )
    onset = min((o.at for o in said if o.author.startswith("a")), default=None)
    return Story(account, heard, onset if is_wave else None)
