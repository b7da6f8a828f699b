"""What is planted is found, what is noise stays unsaid, and clocks are those of the creator."""

import math
import random
from collections import Counter
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from zoneinfo import ZoneInfo

import pytest

from ai_agents.insights import chance
from ai_agents.insights.effect import effect_of
from ai_agents.insights.engine import insights_of
from ai_agents.insights.findings import Finding, Kind
from ai_agents.insights.history import History, Stretch, Video, beside_usual
from ai_agents.insights.publishing import publishing_findings, tokens_of
from tests.ai_agents.histories import NOW, PARIS, noise

ADVICE = {Kind.HOUR, Kind.WEEKDAY, Kind.TOPIC, Kind.RHYTHM}


def found(history: History) -> dict[str, Finding]:
    return {one.name: one for one in insights_of(history).found}


def figures(finding: Finding) -> dict[str, Decimal]:
    return {one.ref: one.value for one in finding.figures}


def test_noise_alone_says_something_in_one_account_of_twenty_at_most() -> None:
    # Seeds are fixed, so the count is always the same: 3 to 4 per cent.
    accounts = 240
    wrong = sum(bool(found(noise(seed))) for seed in range(accounts))
    assert wrong <= accounts * chance.FALSE_SHARE


def test_growth_and_decline_are_not_mistaken_for_an_hour_or_a_subject() -> None:
    accounts = 80
    told = [insights_of(noise(seed, drift=0.1)).found for seed in range(accounts)]
    wrong = sum(any(one.kind in ADVICE for one in own) for own in told)
    assert wrong <= accounts * chance.FALSE_SHARE


def test_a_planted_hour_is_found_with_its_number_and_interval() -> None:
    accounts = 30
    seen: Counter[str] = Counter()
    for seed in range(accounts):
        history = noise(seed, lift=lambda local, _: 3.0 if 18 <= local.hour < 21 else 1.0)
        told = found(history)
        seen.update(list(told))
        if finding := told.get("hour:18-21"):
            of = figures(finding)
            inside = [one for one in history.ripe() if 18 <= history.local(one).hour < 21]
            assert of["group.videos"] == len(inside) == finding.n
            assert of["group.times_low"] <= of["group.times"] <= of["group.times_high"]
            assert of["rest.videos"] == len(history.ripe()) - len(inside)
    hours = {name: count for name, count in seen.items() if name.startswith("hour:")}
    assert hours["hour:18-21"] >= accounts * 0.8
    assert all(18 <= int(name[5:].split("-")[0]) < 21 for name in hours)


def test_a_planted_subject_and_weekday_are_found() -> None:
    accounts = 10
    subjects, days = 0, 0
    for seed in range(accounts):
        about_food = noise(seed, lift=lambda _, title: 1 + 2 * ("#food" in title))
        subjects += "topic:#food" in found(about_food)
        on_friday = noise(seed, lift=lambda local, _: 3.0 if local.weekday() == 4 else 1.0)
        days += "weekday:4" in found(on_friday)
    assert subjects >= 0.9 * accounts
    assert days >= 0.7 * accounts


def test_a_planted_drop_is_found_everywhere_it_was_planted() -> None:
    for seed in range(10):
        told = found(noise(seed, drop=0.4))
        assert {"views:down", "comments:down", "audience:down"} <= set(told)
        assert figures(told["views:down"])["early.change"] < -30


def test_a_planted_video_and_day_stand_out() -> None:
    history = noise(1)
    videos = list(history.videos)
    videos[-10] = replace(videos[-10], views=videos[-10].views * 60)
    day = history.today - timedelta(days=3)
    comments = {**history.comments, day: 700}
    told = found(replace(history, videos=videos, comments=comments))
    assert f"video:{videos[-10].pk}" in told
    assert figures(told[f"day:{day}"])["day.comments"] == 700


def test_a_pause_is_told_when_it_is_twice_the_longest() -> None:
    moments = [NOW - timedelta(days=60 + 3 * number) for number in range(15)][::-1]
    videos = [Video(pk, "", moment, 100) for pk, moment in enumerate(moments)]
    told = found(History(1, PARIS, NOW, videos))
    assert figures(told["pause:"]) == {
        "pause.days": 60, "pause.longest": 3, "pause.compared": 14,
    }  # fmt: skip
    later = [*videos, Video(99, "", NOW - timedelta(days=4), 100)]
    assert "pause:" not in found(History(1, PARIS, NOW, later))


@pytest.mark.parametrize("videos", [0, 1, 6, 19])
def test_too_little_says_nothing(videos: int) -> None:
    history = noise(3, videos=videos, lift=lambda local, _: 9.0 if local.hour > 12 else 1.0)
    empty = replace(history, comments={}, followers={})
    assert not found(empty)
    assert not publishing_findings(empty)


def test_a_week_that_was_not_heard_is_not_compared() -> None:
    deaf = Stretch(NOW - timedelta(days=10), NOW - timedelta(days=7), is_filled=False)
    told = found(replace(noise(1, drop=0.4), gaps=[deaf]))
    assert "comments:down" not in told
    assert figures(told["gap:"])["gap.hours"] == 72
    assert told["gap:"].chance == 0
    filled = replace(deaf, is_filled=True)
    assert "comments:down" in found(replace(noise(1, drop=0.4), gaps=[filled]))


@pytest.mark.parametrize(
    ("zone", "hours"),
    [("Europe/Paris", "18-21"), ("America/New_York", "12-15"), ("Asia/Kolkata", "21-24")],
)
def test_the_hour_is_that_of_the_creators_clock(zone: str, hours: str) -> None:
    # 18 h in Paris is 17 h UTC in winter; the same moments elsewhere.
    winter = datetime(2026, 2, 20, 9, tzinfo=UTC)
    moments = [
        winter.replace(hour=17 if number % 3 == 0 else 6) - timedelta(days=number + 4, minutes=-20)
        for number in range(60)
    ][::-1]
    chosen = random.Random(zone)
    videos = [
        Video(
            pk, "", one, int(1000 * (4 if one.hour == 17 else 1) * math.exp(chosen.gauss(0, 0.3)))
        )
        for pk, one in enumerate(moments)
    ]
    names = {name for name in found(History(1, ZoneInfo(zone), winter, videos)) if "hour" in name}
    local = moments[0].astimezone(ZoneInfo(zone))
    assert len(names) == 1
    start, end = (int(part) for part in names.pop()[5:].split("-"))
    good = next(one for one in moments if one.hour == 17).astimezone(ZoneInfo(zone)).hour
    assert start <= good < end, (names, local)
    assert int(hours.split("-")[0]) <= good < int(hours.split("-")[1])


def test_the_clock_change_does_not_split_an_hour() -> None:
    # 18:30 in Paris on both sides of 25 October 2026: 16:30 and 17:30 UTC.
    evenings = [
        datetime(2026, 10, 25, 18, 30, tzinfo=PARIS) + timedelta(days=number)
        for number in range(-30, 20)
    ]
    chosen = random.Random("dst")
    videos = [
        Video(
            pk,
            "",
            (one if pk % 3 else one.replace(hour=9)).astimezone(UTC),
            int(1000 * (4 if pk % 3 == 1 else 1) * math.exp(chosen.gauss(0, 0.2))),
        )
        for pk, one in enumerate(evenings)
    ]
    assert {one.published_at.hour for one in videos if one.pk % 3} == {16, 17}
    candidates = publishing_findings(History(1, PARIS, NOW, videos))
    evening = [one for one in candidates if one.kind == Kind.HOUR and one.subject[:2] == "18"]
    assert [one.n for one in evening] == [sum(pk % 3 > 0 for pk in range(len(videos)))]


def test_the_same_figures_say_the_same() -> None:
    assert insights_of(noise(5, drop=0.5)) == insights_of(noise(5, drop=0.5))


def test_students_t_is_the_table_of_the_books() -> None:
    for free, distance in ((1, 12.706), (2, 4.303), (3, 3.182), (10, 2.228), (29, 2.045)):
        assert chance.student(distance, free) == pytest.approx(0.05, abs=1e-4)
    assert chance.student(0, 7) == 1


def test_a_median_interval_holds_the_median_as_often_as_it_says() -> None:
    chosen = random.Random("interval")
    held = 0
    for _ in range(400):
        low, high = chance.median_interval([chosen.gauss(0, 1) for _ in range(15)]) or (1, 1)
        held += low <= 0 <= high
    assert held >= 0.93 * 400
    assert chance.median_interval([1, 2, 3, 4, 5]) is None


@pytest.mark.parametrize("sizes", [(4, 8), (4, 12), (5, 30)])
def test_two_groups_of_noise_differ_as_rarely_as_they_should(sizes: tuple[int, int]) -> None:
    chosen = random.Random(str(sizes))
    flags = [number < sizes[0] for number in range(sum(sizes))]
    low = sum(
        chance.two_groups([chosen.expovariate(1) for _ in flags], flags, str(run)) <= 0.05
        for run in range(200)
    )
    assert low <= 20  # ten are expected
    assert chance.two_groups([float(one) for one in flags], flags, "x") < 0.01


def test_tests_made_together_are_judged_together() -> None:
    assert chance.passing([0.04, 0.5, 0.9]) == 0
    assert chance.passing([0.01, 0.03, 0.9]) == pytest.approx(0.05 * 2 / 3)
    assert chance.passing([]) == 0


def test_words_of_titles_are_telling_ones() -> None:
    title = "Comment faire du PAIN avec l'été #Recette2 — the best bread, pourquoi ?"
    assert tokens_of(title) == {"pain", "l'été", "#recette2", "bread"}
    assert tokens_of("🥖 12345 a b") == set()


def test_views_are_set_beside_their_own_time() -> None:
    videos = [Video(pk, "", NOW, 100 * 2 ** (pk // 30)) for pk in range(90)]
    usual = beside_usual(videos)
    assert sorted(usual)[45] == 0
    assert max(map(abs, usual)) < 1


def _as_of(history: History, days: int) -> History:
    return replace(history, now=history.now + timedelta(days=days))


@pytest.mark.parametrize(
    ("lift", "state"), [(lambda: 3.0, "clear"), (lambda: 1.0, "unclear")], ids=["real", "none"]
)
def test_an_effect_is_clear_or_it_is_not(lift: Callable[[], float], state: str) -> None:
    since = NOW - timedelta(days=50)
    history = noise(7, videos=120)
    videos = [
        replace(one, early=int((one.early or 0) * lift())) if one.published_at > since else one
        for one in history.videos
        if one.early is not None
    ]
    effect = effect_of(replace(history, videos=videos), Kind.HOUR, since)
    assert (effect.measure, effect.state) == ("early", state)
    assert effect.n_after == sum(one.published_at > since for one in videos)


def test_an_effect_is_not_told_too_early() -> None:
    history = noise(7)
    for kind in (Kind.TOPIC, Kind.COMMENTS, Kind.AUDIENCE, Kind.GAP):
        assert effect_of(history, kind, NOW - timedelta(days=9)).state == "early"


def test_an_effect_on_comments_and_followers_is_counted_in_whole_weeks() -> None:
    history = noise(2, drop=0.3)
    for kind in (Kind.COMMENTS, Kind.AUDIENCE):
        effect = effect_of(history, kind, NOW - timedelta(days=29))
        assert (effect.n_after, effect.state) == (4, "clear")
        assert effect.after is not None
        assert effect.before is not None
        assert effect.after < effect.before
