"""The coach's rules: what the figures of a chat suggest, and when they suggest nothing."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from django.utils import translation

from ai_agents.coaching import (
    MILESTONES,
    Advice,
    StreamFigures,
    Stretch,
    Told,
    advise,
    reason_of,
    tip_of,
)
from ai_agents.models import CoachTip

Kind = CoachTip.Kind
AT = datetime(2026, 11, 20, 20, 0, tzinfo=UTC)
NOW = Stretch(3, messages=30, judged=30, masked=0, chatters=12, questions=2)
BEFORE = Stretch(12, messages=120, judged=120, masked=2, chatters=30, questions=8)
EVEN = StreamFigures(minutes=40, messages=90, quiet_minutes=0.1, now=NOW, before=BEFORE)


def now(**changes: int) -> StreamFigures:
    return replace(EVEN, now=replace(NOW, **changes))


def told(kind: str, minutes_ago: float, **figures: int) -> Told:
    return Told(kind, AT - timedelta(minutes=minutes_ago), figures)


def kind_of(figures: StreamFigures, *before: Told) -> str | None:
    advice = advise(figures, before, AT)
    return None if advice is None else advice.kind


def test_an_ordinary_chat_is_left_alone() -> None:
    assert kind_of(EVEN) is None
    assert kind_of(StreamFigures(1, 0, 1, Stretch(1), Stretch(0))) is None


@pytest.mark.parametrize(
    ("figures", "kind"),
    [
        (now(masked=6), Kind.ABUSE),
        (now(masked=3), None),  # too few to be a trend
        (now(masked=8, messages=100, judged=100), None),  # a small share of a lively chat
        (now(masked=8, chatters=50), Kind.RAID),
        (now(masked=0, chatters=50), None),  # many people, and kind ones
        (now(questions=9), Kind.QUESTIONS),
        (now(questions=4), None),
        (now(questions=9, messages=60), None),
        (replace(EVEN, quiet_minutes=5, now=Stretch(3)), Kind.SILENCE),
        (now(messages=8, judged=8), Kind.DROP),
        (now(messages=20, judged=20), None),
        (replace(EVEN, messages=260), Kind.MILESTONE),
        (replace(EVEN, messages=99), None),
    ],
)
def test_what_the_figures_suggest(figures: StreamFigures, kind: str | None) -> None:
    assert kind_of(figures) == kind


def test_a_share_that_was_as_high_before_is_no_rise() -> None:
    rough = replace(BEFORE, masked=20)
    assert kind_of(replace(now(masked=6), before=rough)) is None
    assert kind_of(replace(now(masked=12), before=rough)) == Kind.ABUSE


def test_the_end_of_a_rough_patch_is_told_once() -> None:
    over = replace(EVEN, before=replace(BEFORE, masked=20))
    assert kind_of(over) is None
    assert kind_of(over, told(Kind.ABUSE, 12)) == Kind.CALM
    assert kind_of(over, told(Kind.RAID, 12)) == Kind.CALM
    assert kind_of(over, told(Kind.ABUSE, 12), told(Kind.CALM, 11)) is None
    assert kind_of(over, told(Kind.ABUSE, 31)) is None


def test_the_same_is_not_said_again_at_once() -> None:
    rough = now(masked=6)
    assert kind_of(rough, told(Kind.ABUSE, 4)) is None
    assert kind_of(rough, told(Kind.RAID, 4)) is None  # the same advice in other words
    assert kind_of(rough, told(Kind.QUESTIONS, 4)) == Kind.ABUSE
    assert kind_of(rough, told(Kind.ABUSE, 6)) == Kind.ABUSE


def test_each_milestone_is_told_once_and_only_the_highest() -> None:
    figures = replace(EVEN, messages=600)
    advice = advise(figures, (), AT)
    assert advice is not None
    assert advice.figures["reached"] == 500
    known = told(Kind.MILESTONE, 1, reached=500)
    assert kind_of(figures, known) is None
    assert kind_of(replace(figures, messages=1_000), known) == Kind.MILESTONE
    assert list(MILESTONES) == sorted(MILESTONES)


def test_danger_goes_first() -> None:
    everything = replace(now(masked=8, chatters=50, questions=12), messages=10_000)
    assert kind_of(everything) == Kind.RAID
    assert kind_of(everything, told(Kind.RAID, 1)) == Kind.QUESTIONS


@pytest.mark.parametrize("language", ["en", "fr"])
def test_every_tip_has_its_sentences(language: str) -> None:
    cases = [
        now(masked=8, chatters=50),
        now(masked=6),
        now(questions=9),
        replace(EVEN, quiet_minutes=5, now=Stretch(3)),
        now(messages=8, judged=8),
        replace(EVEN, messages=2_600),
    ]
    advices = [advise(figures, (), AT) for figures in cases]
    over = replace(EVEN, before=replace(BEFORE, masked=20))
    advices.append(advise(over, [told(Kind.ABUSE, 12)], AT))
    found = [advice for advice in advices if isinstance(advice, Advice)]
    assert {advice.kind for advice in found} == set(Kind)
    with translation.override(language):
        for advice in found:
            assert advice.ref in advice.figures
            tip, reason = (
                tip_of(advice.kind, advice.figures),
                reason_of(advice.kind, advice.figures),
            )
            assert tip
            assert "%(" not in tip + reason
            assert any(sign.isdigit() for sign in reason), reason


@pytest.mark.parametrize(
    "changes", [{"masked": 8, "chatters": 50}, {"masked": 6}, {"questions": 9}]
)
def test_a_stream_that_just_began_is_compared_with_nothing(changes: dict[str, int]) -> None:
    advice = advise(replace(now(**changes), before=Stretch(0)), (), AT)
    assert advice is not None
    reason = reason_of(advice.kind, advice.figures)
    assert "before" not in reason
    assert " 0 " not in reason
