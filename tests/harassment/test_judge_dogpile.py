"""The detector itself: what moves it, what must not, and how it comes and goes."""

import random
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from harassment.dogpiles import (
    CALM_S,
    COLD,
    DISMISSED_RAISE,
    OPEN_FROM,
    WEIGHTS,
    Finding,
    Heard,
    Signal,
    Watch,
    judge,
    learn,
    step,
)
from harassment.dogpiles.copies import Groups, alike, sketch
from harassment.dogpiles.measures import surprise

NOW = 1_790_000_000.0
HOSTILE = (
    "nobody wants you here", "what a pathetic clown", "go and hide your face", "you are vermin",
    "delete the channel and vanish", "ugly as ever", "the worst person alive", "shut your mouth",
)  # fmt: skip


def crowd(number: int, toxicity: float, *, seconds: float = 50.0, is_first: bool = True):
    return [
        Heard(
            at=NOW - seconds + seconds * (n + 1) / number,
            author=f"a{n}",
            post="p",
            text=f"{HOSTILE[n % 8]} {n * 7919}",
            toxicity=toxicity,
            is_first=is_first,
        )
        for n in range(number)
    ]  # fmt: skip


records = st.lists(
    st.builds(
        Heard,
        at=st.floats(NOW - 3600, NOW),
        author=st.sampled_from("abcdefghijklmnop"),
        post=st.sampled_from("pqr"),
        text=st.sampled_from(HOSTILE),
        toxicity=st.floats(0, 1),
        is_first=st.booleans(),
    ),
    max_size=60,
)


def test_the_weights_are_one_and_nothing_but_hostility_can_open() -> None:
    assert sum(WEIGHTS.values()) == pytest.approx(1)
    assert sum(w for name, w in WEIGHTS.items() if name != "hostility") < OPEN_FROM


def test_a_brigade_is_found_and_explained() -> None:
    finding = judge(crowd(30, 0.85), COLD, NOW)
    assert finding.score > OPEN_FROM
    assert (finding.comments, finding.authors, finding.newcomers) == (30, 30, 30)
    assert [signal.name for signal in finding.signals] == list(WEIGHTS)
    assert finding.score == pytest.approx(sum(s.weight * s.value for s in finding.signals))


@pytest.mark.parametrize("toxicity", [0.0, 0.05, 0.15])
def test_a_crowd_without_hostility_is_never_a_wave(toxicity: float) -> None:
    _, change = step(Watch(), judge(crowd(1000, toxicity), COLD, NOW), NOW)
    assert change is None


def test_one_person_is_no_crowd() -> None:
    alone = [replace(one, author="a") for one in crowd(200, 0.95)]
    assert judge(alone, COLD, NOW) == Finding()


@settings(deadline=None, max_examples=60)
@given(heard=records, seed=st.integers(0, 99))
def test_the_order_within_a_second_does_not_matter(heard: list[Heard], seed: int) -> None:
    whole = [replace(one, at=float(int(one.at))) for one in heard]
    mixed = random.Random(seed).sample(whole, len(whole))
    assert judge(mixed, COLD, NOW) == judge(whole, COLD, NOW)


@settings(deadline=None, max_examples=60)
@given(st.integers(5, 60), st.floats(0.3, 1), st.floats(0, 1), st.integers(0, 59))
def test_more_hostility_never_lowers_it(
    number: int, before: float, more: float, place: int
) -> None:
    heard = crowd(number, before)
    one = heard[place % number]
    worse = [*heard]
    worse[place % number] = replace(one, toxicity=max(one.toxicity, more))
    assert judge(worse, COLD, NOW).score >= judge(heard, COLD, NOW).score - 1e-9


@settings(deadline=None, max_examples=40)
@given(heard=records)
def test_everything_stays_between_nothing_and_one(heard: list[Heard]) -> None:
    finding = judge(heard, COLD, NOW)
    assert 0 <= finding.score <= 1
    assert all(0 <= signal.value <= 1 for signal in finding.signals)


@given(st.integers(0, 500), st.floats(0.001, 100), st.floats(0.5, 20))
def test_more_comments_are_never_less_of_a_surprise(count: int, mean: float, k: float) -> None:
    assert 0 <= surprise(count, mean, k) <= surprise(count + 1, mean, k) + 1e-9


def test_a_flood_is_judged_in_bounded_time() -> None:
    rng = random.Random(3)
    flood = [
        Heard(
            NOW - rng.random() * 1800, f"a{n}", "p", f"{HOSTILE[n % 8]} {rng.random()}", 0.9, True
        )
        for n in range(20_000)
    ]
    finding = judge(flood, COLD, NOW)
    assert finding.comments <= 1500


def test_copies_are_found_through_small_changes() -> None:
    text = "you really are a pathetic clown, delete your channel now"
    same = [
        text,
        f"{text} lol",
        text.upper(),
        "you really are a pathetic pig, delete your channel now",
    ]
    other = "see you at the market on sunday"
    groups = Groups()
    assert groups.of([*same, other])[0] == same
    assert groups.of([*same, other, f"{other} then"])[1] == [other, f"{other} then"]
    assert groups.of([other, *same]) == Groups().of([other, *same])
    assert not alike(sketch("lol"), sketch("lol"))


def hot(score: float, at: float = NOW) -> Finding:
    rest = sum(w for name, w in WEIGHTS.items() if name != "hostility")
    left = (score - WEIGHTS["hostility"]) / rest
    signals = tuple(Signal(n, 1.0 if n == "hostility" else left) for n in WEIGHTS)
    return Finding(signals, started_at=at)


def test_it_opens_high_goes_on_low_and_ends_calm() -> None:
    watch, change = step(Watch(), hot(0.5), NOW)
    assert change is None
    watch, change = step(watch, hot(0.7), NOW)
    assert (change, watch.is_open) == ("opened", True)
    watch, change = step(watch, hot(0.5), NOW + 60)
    assert (change, watch.hot_at) == ("grown", NOW + 60)
    watch, change = step(watch, Finding(), NOW + CALM_S)
    assert change is None
    watch, change = step(watch, Finding(), NOW + 60 + CALM_S)
    assert (change, watch.is_open) == ("closed", False)


def test_a_dismissal_asks_for_more() -> None:
    assert step(Watch(), hot(0.7), NOW, raised=DISMISSED_RAISE)[1] is None
    assert step(Watch(), hot(0.8), NOW, raised=DISMISSED_RAISE)[1] == "opened"


def test_a_look_out_of_order_does_not_turn_time_back() -> None:
    watch = Watch(is_open=True, started_at=NOW, hot_at=NOW)
    watch, _ = step(watch, hot(0.7, at=NOW - 300), NOW - 240)
    assert (watch.started_at, watch.hot_at) == (NOW - 300, NOW)


def test_a_rhythm_knows_the_hour_and_forgives_one_wave() -> None:
    since, until = 168 * 100, 168 * 104
    counts = {hour: 60 if hour % 24 in (20, 21, 22) else 2 for hour in range(since, until)}
    counts[since + 5] = 5000
    rhythm = learn(counts, since=since, until=until, daily=[0.04] * 28)
    evening, night = rhythm.hours[168 % 168 + 21], rhythm.hours[5]
    assert 45 < evening < 65
    assert night < 40
    assert rhythm.expected((until + 21.5) * 3600, 1800) == pytest.approx(evening / 2)
    assert learn({}, since=since, until=until, daily=[]).is_cold
    assert learn({since: 500}, since=since, until=since + 5, daily=[]).is_cold
