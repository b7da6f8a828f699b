"""What became of the figure that a recommendation was about, once somebody acted on it."""

from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any, Literal

from ai_agents.insights import chance
from ai_agents.insights.findings import Kind
from ai_agents.insights.history import EARLY, WEEK, History, change, middle_of, rounded

BEFORE = timedelta(days=84)
AFTER = timedelta(days=84)  # later on, other things have changed as well
LEAST_VIDEOS = 5
LEAST_WEEKS_BEFORE, LEAST_WEEKS_AFTER = 8, 4
CLEAR = 0.05
GAP_DAYS = 28

Measure = Callable[[History, date], int | None]
State = Literal["early", "unclear", "clear", "told"]


@dataclass(frozen=True, slots=True)
class Effect:
    """`measure` before and after, as medians of `n_before` and `n_after` videos or weeks.

    `early`: too little has happened since. `unclear`: chance alone would often do the same.
    `told`: a count that nothing is inferred from.
    """

    measure: Literal["early", "comments", "won", "gap"]
    state: State
    n_before: int
    n_after: int
    before: Decimal | None = None
    after: Decimal | None = None
    change: Decimal | None = None
    chance: float | None = None

    def as_data(self) -> dict[str, Any]:
        """Plain values, exact."""
        return {
            name: str(value) if isinstance(value, Decimal) else value
            for name, value in asdict(self).items()
        }


def effect_of(history: History, kind: Kind, since: datetime) -> Effect:
    """The figure that a recommendation of this kind is about, before and after it was accepted."""
    if kind == Kind.GAP:
        return _unheard(history, since)
    if kind in (Kind.COMMENTS, Kind.DAY):
        return _compared("comments", *_weeks(history, _comments_of, since))
    if kind == Kind.AUDIENCE:
        return _compared("won", *_weeks(history, _won_in, since))
    known = [one for one in history.videos if one.early is not None]
    before = [
        one.early or 0
        for one in known
        if since - BEFORE - EARLY < one.published_at <= since - EARLY
    ]
    after = [one.early or 0 for one in known if since < one.published_at <= since + AFTER]
    return _compared("early", before, after)


def _compared(
    measure: Literal["early", "comments", "won"],
    before: Sequence[int],
    after: Sequence[int],
) -> Effect:
    """Medians and a permutation test; nothing is said of fewer than are needed for one."""
    is_of_videos = measure == "early"
    needed_before = LEAST_VIDEOS if is_of_videos else LEAST_WEEKS_BEFORE
    needed_after = LEAST_VIDEOS if is_of_videos else LEAST_WEEKS_AFTER
    if len(before) < needed_before or len(after) < needed_after:
        return Effect(measure, "early", len(before), len(after))
    found = chance.two_groups(
        [*before, *after], [False] * len(before) + [True] * len(after), measure
    )
    old, new = middle_of(before), middle_of(after)
    return Effect(
        measure,
        "clear" if found <= CLEAR and old != new else "unclear",
        len(before),
        len(after),
        old,
        new,
        change(new, old) if old > 0 else None,
        found,
    )


def _weeks(history: History, measure: Measure, since: datetime) -> tuple[list[int], list[int]]:
    """The measure of each whole week before the day of acceptance, and of each after it."""
    turn = since.astimezone(history.zone).date()
    before, after = [], []
    for number in range(BEFORE // WEEK):
        if (value := measure(history, turn - (number + 1) * WEEK)) is None:
            break
        before.append(value)
    for number in range(AFTER // WEEK):
        start = turn + timedelta(days=1) + number * WEEK
        if start + WEEK > history.today or (value := measure(history, start)) is None:
            break
        after.append(value)
    return before, after


def _comments_of(history: History, start: date) -> int | None:
    if not history.comments or start < min(history.comments):
        return None
    return sum(history.comments.get(start + timedelta(days=back), 0) for back in range(7))


def _won_in(history: History, start: date) -> int | None:
    """Followers at the end of the week, less those at its beginning, as last read by then."""
    counts = []
    for day in (start, start + WEEK):
        near = [one for one in history.followers if day - WEEK / 2 <= one <= day]
        if not near:
            return None
        counts.append(history.followers[max(near)])
    return counts[1] - counts[0]


def _unheard(history: History, since: datetime) -> Effect:
    """Hours in which the account was not heard, four weeks before and up to four after."""
    days = min((history.now - since).days, GAP_DAYS)
    if days < GAP_DAYS // 2:
        return Effect("gap", "early", GAP_DAYS, days)
    before = _hours(history, since - timedelta(days=GAP_DAYS), since)
    after = _hours(history, since, since + timedelta(days=days))
    return Effect("gap", "told", GAP_DAYS, days, before, after)


def _hours(history: History, start: datetime, end: datetime) -> Decimal:
    deaf = sum(
        (
            max(timedelta(), min(one.ended_at, end) - max(one.began_at, start))
            for one in history.gaps
        ),
        timedelta(),
    )
    return rounded(Decimal(deaf / timedelta(hours=1)))
