"""Drawings for the protection pages: values in, coordinates out as strings; no ORM, no template."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.utils import formats
from django.utils.translation import pgettext

LEFT, RIGHT, TOP, BOTTOM = 40.0, 748.0, 16.0, 184.0  # of the 760 x 212 drawing
_DATES = 6  # labels under the axis; more would touch each other


@dataclass(frozen=True, slots=True)
class Dot:
    """One comment in the drawing. Coordinates are strings: no locale may turn 1.5 into 1,5."""

    x: str
    y: str
    at: datetime
    score: str
    severity: int
    is_incident: bool


@dataclass(frozen=True, slots=True)
class Mark:
    """A line of the grid or a date below the axis."""

    position: str
    text: str
    at: datetime | None = None
    anchor: str = "middle"


@dataclass(frozen=True, slots=True)
class Trajectory:
    """How hostile an author's comments were over time, ready to draw."""

    dots: tuple[Dot, ...]
    path: str
    grid: tuple[Mark, ...]
    dates: tuple[Mark, ...]

    @property
    def date_format(self) -> str:
        """How the axis writes its times: the shorter the stretch, the finer."""
        span = self.last.at - self.first.at
        if span < timedelta(days=2):
            return "H:i"
        if span < timedelta(days=300):
            return pgettext("day and month, Django date format", "j M")
        return "m/Y"

    @property
    def first(self) -> Dot:
        """The oldest comment in the drawing."""
        return self.dots[0]

    @property
    def last(self) -> Dot:
        """The newest comment in the drawing."""
        return self.dots[-1]


def trajectory(points: Sequence[tuple[datetime, float, int, bool]]) -> Trajectory | None:
    """Draw (time, score 0..1, severity, is an incident), oldest first; None without two points.

    The time axis is true to scale, so that a burst looks like one. A single instant is spread
    over the middle.
    """
    if len(points) < 2:
        return None
    start, end = points[0][0], points[-1][0]
    span = (end - start).total_seconds()
    dots = []
    for index, (at, score, severity, is_incident) in enumerate(points):
        share = (at - start).total_seconds() / span if span else index / (len(points) - 1)
        dots.append(
            Dot(
                x=f"{LEFT + share * (RIGHT - LEFT):.1f}",
                y=_height(score),
                at=at,
                score=formats.number_format(score, 2),
                severity=severity,
                is_incident=is_incident,
            )
        )
    grid = tuple(
        Mark(_height(value), formats.number_format(value, 2))
        for value in (0.0, 0.25, 0.5, 0.75, 1.0)
    )
    return Trajectory(
        dots=tuple(dots),
        path="M" + "L".join(f"{dot.x} {dot.y}" for dot in dots),
        grid=grid,
        dates=_dates(start, end),
    )


def _height(score: float) -> str:
    return f"{BOTTOM - min(max(score, 0.0), 1.0) * (BOTTOM - TOP):.1f}"


def _dates(start: datetime, end: datetime) -> tuple[Mark, ...]:
    if start == end:
        return (Mark(f"{(LEFT + RIGHT) / 2:.1f}", "", start),)
    step = (end - start) / (_DATES - 1)
    width = (RIGHT - LEFT) / (_DATES - 1)
    anchors = {0: "start", _DATES - 1: "end"}
    return tuple(
        Mark(f"{LEFT + index * width:.1f}", "", start + index * step, anchors.get(index, "middle"))
        for index in range(_DATES)
    )
