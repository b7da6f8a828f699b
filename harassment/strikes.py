"""Strikes that fade: their weight now, and the curve it follows; pure."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.utils import formats

LEFT, RIGHT, TOP, BOTTOM = 40.0, 748.0, 20.0, 132.0  # of the 760 x 158 drawing
_STEPS = 40  # pieces of a curve between two strikes and after the last one
_AHEAD = 3  # half-lives that are drawn beyond today


@dataclass(frozen=True, slots=True)
class Tick:
    """A line of the grid, or a time below the axis."""

    position: str
    text: str = ""
    at: datetime | None = None
    anchor: str = "middle"


@dataclass(frozen=True, slots=True)
class Fading:
    """The weight of all strikes over time, ready to draw. Coordinates are strings."""

    past: str
    ahead: str  # if nothing new happens
    today_x: str
    today_y: str
    grid: tuple[Tick, ...]
    dates: tuple[Tick, ...]
    today: str
    later: str  # the weight at the end of the drawing
    until: datetime


def weight(age: timedelta, half_life: timedelta) -> float:
    """What a strike of that age weighs: 1 when it is new, half of it after a half-life."""
    return float(0.5 ** (max(age, timedelta(0)) / half_life))


def fading(times: Sequence[datetime], half_life: timedelta, now: datetime) -> Fading | None:
    """Draw the weight of strikes given at these times, in any order; None without one."""
    given = sorted(min(time, now) for time in times)
    if not given:
        return None
    end = now + _AHEAD * half_life
    span = (end - given[0]).total_seconds()

    def at(moment: datetime, *, is_before: bool = False) -> float:
        return sum(
            weight(moment - time, half_life)
            for time in given
            if (time < moment if is_before else time <= moment)
        )

    # The sum is largest right at a strike, and falls until the next one.
    top = max(1.0, *(at(time) for time in given))

    def point(moment: datetime, value: float) -> str:
        share = (moment - given[0]).total_seconds() / span
        x = LEFT + share * (RIGHT - LEFT)
        return f"{x:.1f} {BOTTOM - value / top * (BOTTOM - TOP):.1f}"

    moments = _moments(given[0], now)
    past = [f"{LEFT:.1f} {BOTTOM:.1f}"]
    for moment in sorted({*moments, *given[-_STEPS:]}):
        if moment in given:
            past.append(point(moment, at(moment, is_before=True)))
        past.append(point(moment, at(moment)))
    ahead = [point(moment, at(moment)) for moment in _moments(now, end)]
    x, y = point(now, at(now)).split()
    return Fading(
        past="M" + "L".join(past),
        ahead="M" + "L".join(ahead),
        today_x=x,
        today_y=y,
        grid=tuple(
            Tick(f"{BOTTOM - share * (BOTTOM - TOP):.1f}", formats.number_format(top * share, 1))
            for share in (0.0, 0.5, 1.0)
        ),
        dates=(
            Tick(f"{LEFT:.1f}", at=given[0], anchor="start"),
            Tick(f"{RIGHT:.1f}", at=end, anchor="end"),
        ),
        today=formats.number_format(at(now), 2),
        later=formats.number_format(at(end), 2),
        until=end,
    )


def _moments(start: datetime, end: datetime) -> list[datetime]:
    step = (end - start) / _STEPS
    return [start + number * step for number in range(_STEPS)] + [end]
