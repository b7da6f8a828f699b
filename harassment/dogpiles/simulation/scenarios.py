"""What happens to an account: praise, give-aways, quarrels, and waves of three kinds; labelled."""

import math
import random
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from harassment.dogpiles.records import Heard
from harassment.dogpiles.simulation.accounts import POSTS, Account, arrivals, draw_account
from harassment.dogpiles.simulation.sentences import Category, Judge, Wording, Writer

BEFORE_S, AFTER_S = 1800.0, 600.0  # usual traffic around what happens
QUIET_S = 3600.0
MOST_PER_MINUTE = 300.0
_ATTACKER = "a"  # how their names begin
_FAST, _SLOW = (20.0, MOST_PER_MINUTE), (4.0, 20.0)  # comments a minute of a wave


@dataclass(frozen=True, slots=True)
class Said:
    """One comment before anybody judged it."""

    at: float
    author: str
    post: str
    wording: Wording
    is_first: bool


@dataclass(frozen=True, slots=True)
class Story:
    """What was heard in one run, and whether and when a wave really began."""

    account: Account
    heard: tuple[Heard, ...]
    onset: float | None

    def said_until(self, moment: float) -> int:
        """How many comments of the attackers had come by then."""
        return sum(one.author.startswith(_ATTACKER) and one.at < moment for one in self.heard)


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
        said.append(Said(at, author, post, writer.write(category), is_first))
    return said


def _usual_mix(hostile: float) -> dict[Category, float]:
    return {"hostile": hostile, "criticism": 0.1, "praise": 0.45, "everyday": 0.45 - hostile}


def _usual(rng: random.Random, account: Account, writer: Writer, until: float) -> list[Said]:
    mix = _usual_mix(account.hostile_share)
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
    """More comments than usual by a factor, rising over minutes, for up to twelve."""
    rate = max(_per_minute(account, start) * rng.uniform(*times), rng.uniform(1, 20))
    rate = min(rate, MOST_PER_MINUTE)
    rise, length = rng.uniform(5, 300), rng.uniform(300, 720)
    return [
        at
        for at in arrivals(rng, rate * 60, start, length)
        if rng.random() < min(1.0, 0.2 + (at - start) / rise)
    ]


def _viral(rng: random.Random, account: Account, writer: Writer, start: float) -> list[Said]:
    hostile, criticism = rng.uniform(0.0, 0.06), rng.uniform(0.02, 0.12)
    praise = rng.uniform(0.4, 0.75)
    mix: dict[Category, float] = {
        "hostile": hostile, "criticism": criticism, "praise": praise,
        "everyday": 1 - hostile - criticism - praise,
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


def _attackers(rng: random.Random, times: list[float], texts: Iterator[Wording]) -> list[Said]:
    """People who were sent: mostly strangers, some of them under several posts."""
    newcomers, again = rng.uniform(0.65, 0.98), rng.uniform(0.0, 0.35)
    posts = rng.randint(1, 4)
    people: list[tuple[str, bool]] = []
    said = []
    for at in times:
        if people and rng.random() < again:
            author, is_first = rng.choice(people[-30:])
        else:
            author, is_first = f"{_ATTACKER}{rng.randrange(10**9)}", rng.random() < newcomers
            people.append((author, is_first))
        said.append(Said(at, author, f"p{rng.randrange(posts)}", next(texts), is_first))
    return said


def _onslaught(
    rng: random.Random, account: Account, start: float, per_minute: tuple[float, float]
) -> list[float]:
    """So many comments a minute, and at least one and a half times what is usual."""
    rate = math.exp(rng.uniform(*map(math.log, per_minute)))
    rate = max(rate, 1.5 * _per_minute(account, start))
    number = rng.randint(60, 1000)
    length = min(max(number / rate * 60, 120.0), 1500.0)
    ramp = rng.uniform(0, 20)
    times = arrivals(rng, rate * 60, start, length)
    return [at for at in times if rng.random() < min(1.0, 0.3 + (at - start) / (ramp + 0.1))]


def _brigade(rng: random.Random, account: Account, writer: Writer, start: float) -> list[Said]:
    """People called together: mostly abuse in their own words, some of it passed around."""
    return _attackers(rng, _onslaught(rng, account, start, _FAST), _abuse(rng, writer))


def _slow_brigade(rng: random.Random, account: Account, writer: Writer, start: float) -> list[Said]:
    """The same, but so few a minute that the first minute proves little."""
    return _attackers(rng, _onslaught(rng, account, start, _SLOW), _abuse(rng, writer))


def _abuse(rng: random.Random, writer: Writer) -> Iterator[Wording]:
    hostile, copied = rng.uniform(0.7, 0.95), rng.uniform(0.0, 0.5)
    slogans = [writer.write("hostile") for _ in range(rng.randint(1, 4))]
    while True:
        if rng.random() >= hostile:
            yield writer.write(rng.choice(("criticism", "everyday")))
        elif rng.random() < copied:
            yield writer.edit(rng.choice(slogans))
        else:
            yield writer.write("hostile")


def _mutating(rng: random.Random, account: Account, writer: Writer, start: float) -> list[Said]:
    """One template with changing words and disguises, so that no two comments are the same."""
    frames, disguised = writer.template(), rng.uniform(0.0, 0.6)

    def texts() -> Iterator[Wording]:
        while True:
            yield writer.mutate(frames, disguised)

    return _attackers(rng, _onslaught(rng, account, start, _FAST), texts())


def _slow(rng: random.Random, account: Account, writer: Writer, start: float) -> list[Said]:
    """One text pasted by many, minutes apart: never faster than usual."""
    text = max((writer.write("hostile") for _ in range(5)), key=lambda one: len(one.text))
    gap = rng.uniform(120, 600)
    times, at = [start], start
    for _ in range(rng.randint(19, 59)):
        at += rng.expovariate(1 / gap)
        times.append(at)

    def texts() -> Iterator[Wording]:
        while True:
            yield writer.edit(text)

    return _attackers(rng, times, texts())


def _nothing(rng: random.Random, account: Account, writer: Writer, start: float) -> list[Said]:
    """Only what is usual, to see what chance alone does."""
    return []


_PLOTS: Mapping[str, tuple[Plot, bool]] = {
    "organic_viral": (_viral, False),
    "giveaway": (_giveaway, False),
    "controversy": (_controversy, False),
    "quiet": (_nothing, False),
    "brigade": (_brigade, True),
    "mutating_template": (_mutating, True),
    "slow_brigade": (_slow_brigade, True),
    "slow_copy_paste": (_slow, True),
}
SMALL = "_small"
SCENARIOS = tuple(f"{name}{size}" for size in ("", SMALL) for name in _PLOTS)
WAVES = frozenset(name for name in SCENARIOS if _PLOTS[name.removesuffix(SMALL)][1])


def tell(scenario: str, seed: str, judge: Judge | None = None) -> Story:
    """One run of a scenario; everything in it is random and follows from the seed alone."""
    rng = random.Random(f"{scenario}:{seed}")  # noqa: S311
    crowd, strangers = Writer(rng, judge), Writer(rng, judge)  # each judged rightly as often
    account = draw_account(
        rng, lambda share: crowd.usual(_usual_mix(share)), is_small=scenario.endswith(SMALL)
    )
    plot, is_wave = _PLOTS[scenario.removesuffix(SMALL)]
    start = account.start + BEFORE_S
    events = plot(rng, account, strangers, start)
    end = max((one.at for one in events), default=start + QUIET_S)
    usual = _usual(rng, account, crowd, end + AFTER_S)
    heard = sorted(_judged(usual, crowd) + _judged(events, strangers), key=lambda one: one.at)
    return Story(account, tuple(heard), min(one.at for one in events) if is_wave else None)


def _judged(said: Sequence[Said], writer: Writer) -> list[Heard]:
    looks = writer.looks([one.wording for one in said])
    return [
        Heard(one.at, one.author, one.post, text, toxicity, one.is_first)
        for one, (text, toxicity) in zip(said, looks, strict=True)
    ]
