"""Drawings for the protection pages: values in, coordinates out as strings; no ORM, no template."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.utils import formats
from django.utils.translation import gettext as _
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


_EDGE, _FLOOR, _WIDTH, _HEIGHT = 40.0, 244.0, 304.0, 220.0  # of the 360 x 280 drawing


@dataclass(frozen=True, slots=True)
class Bin:
    """Comments that were given about the same probability, and what became true of them.

    All shares are 0 to 1; `least` and `most` bound the true share in 95 of 100 cases.
    """

    low: float
    high: float
    mean: float
    share: float
    least: float
    most: float
    count: int


@dataclass(frozen=True, slots=True)
class BinMark:
    """One bin in the drawing and in the table beside it."""

    x: str
    y: str
    whisker: str
    said: str
    mean: str
    share: str
    bounds: str
    count: str


@dataclass(frozen=True, slots=True)
class Reliability:
    """What was said against what came true, ready to draw; on the diagonal both are the same."""

    marks: tuple[BinMark, ...]
    path: str
    diagonal: str
    across: tuple[Mark, ...]
    up: tuple[Mark, ...]


def reliability(bins: Sequence[Bin]) -> Reliability | None:
    """Draw bins in the order of their means; None without two of them."""
    if len(bins) < 2:
        return None
    marks = tuple(
        BinMark(
            x=_along(one.mean),
            y=_upward(one.share),
            whisker=f"M{_along(one.mean)} {_upward(one.least)}V{_upward(one.most)}",
            said=_stretch(one.low, one.high),
            mean=_hundredths(one.mean),
            share=_hundredths(one.share),
            bounds=_stretch(one.least, one.most),
            count=formats.number_format(one.count, force_grouping=True),
        )
        for one in bins
    )
    ticks = (0.0, 0.25, 0.5, 0.75, 1.0)
    return Reliability(
        marks=marks,
        path="M" + "L".join(f"{mark.x} {mark.y}" for mark in marks),
        diagonal=f"M{_along(0)} {_upward(0)}L{_along(1)} {_upward(1)}",
        across=tuple(Mark(_along(value), _hundredths(value)) for value in ticks),
        up=tuple(Mark(_upward(value), _hundredths(value)) for value in ticks),
    )


def _along(share: float) -> str:
    return f"{_EDGE + share * _WIDTH:.1f}"


def _upward(share: float) -> str:
    return f"{_FLOOR - share * _HEIGHT:.1f}"


def _stretch(low: float, high: float) -> str:
    return _("%(low)s to %(high)s %%") % {"low": _hundredths(low), "high": _hundredths(high)}


def _hundredths(share: float) -> str:
    return formats.number_format(round(share * 100))


_DAY_TOP, _DAY_FLOOR = 12.0, 168.0  # of the 760 x 200 drawing
_NICE = (1, 2, 5)


@dataclass(frozen=True, slots=True)
class Column:
    """One day: all comments as a pale column, the flagged ones in front of it."""

    x: str
    width: str
    y: str
    height: str
    flagged_y: str
    flagged_height: str


@dataclass(frozen=True, slots=True)
class Columns:
    """Two counts a day over some weeks, ready to draw."""

    columns: tuple[Column, ...]
    grid: tuple[Mark, ...]
    dates: tuple[Mark, ...]


def columns(counts: Sequence[tuple[datetime, int, int]]) -> Columns:
    """Draw (day, all, flagged), oldest first, on one scale that begins at nothing."""
    most = _ceiling(max((count for _day, *both in counts for count in both), default=0))
    slot = (RIGHT - LEFT) / max(len(counts), 1)
    width = max(slot * 0.7, 1.0)

    def height(count: int) -> float:
        return count / most * (_DAY_FLOOR - _DAY_TOP)

    drawn = tuple(
        Column(
            x=f"{LEFT + index * slot + (slot - width) / 2:.1f}",
            width=f"{width:.1f}",
            y=f"{_DAY_FLOOR - height(total):.1f}",
            height=f"{height(total):.1f}",
            flagged_y=f"{_DAY_FLOOR - height(flagged):.1f}",
            flagged_height=f"{height(flagged):.1f}",
        )
        for index, (_day, total, flagged) in enumerate(counts)
    )
    every = max(len(counts) // _DATES, 1)
    return Columns(
        columns=drawn,
        grid=tuple(
            Mark(
                f"{_DAY_FLOOR - share * (_DAY_FLOOR - _DAY_TOP):.1f}",
                formats.number_format(most * share, 0 if most > 1 else 1, force_grouping=True),
            )
            for share in (0.0, 0.5, 1.0)
        ),
        dates=tuple(
            Mark(f"{LEFT + (index + 0.5) * slot:.1f}", "", counts[index][0])
            for index in range(0, len(counts), every)
        ),
    )


def _ceiling(most: int) -> int:
    """The next of 1, 2, 5, 10, 20, 50, … that is not below `most`."""
    power = 1
    while True:
        for step in _NICE:
            if step * power >= most:
                return step * power
        power *= 10


_NAMES, _BARS_END, _ROW = 200.0, 690.0, 28.0  # of the drawing 760 wide, its height by its rows


@dataclass(frozen=True, slots=True)
class Bar:
    """One name with two counts: the first as a pale bar, the second in front of it."""

    name: str
    first: int
    second: int
    y: str
    baseline: str
    first_width: str
    second_width: str
    end: str


@dataclass(frozen=True, slots=True)
class Bars:
    """Two counts a name, one row each, ready to draw."""

    rows: tuple[Bar, ...]
    left: str
    names_end: str
    height: str


def bars(counts: Sequence[tuple[str, int, int]]) -> Bars:
    """Draw (name, first count, second count) downward, on one scale that begins at nothing."""
    most = max((count for _name, *both in counts for count in both), default=0) or 1

    def width(count: int) -> float:
        return count / most * (_BARS_END - _NAMES)

    rows = tuple(
        Bar(
            name=name,
            first=first,
            second=second,
            y=f"{index * _ROW + 4:.1f}",
            baseline=f"{index * _ROW + 18:.1f}",
            first_width=f"{width(first):.1f}",
            second_width=f"{width(second):.1f}",
            end=f"{_NAMES + width(max(first, second)) + 8:.1f}",
        )
        for index, (name, first, second) in enumerate(counts)
    )
    return Bars(rows, f"{_NAMES:.1f}", f"{_NAMES - 10:.1f}", f"{max(len(rows), 1) * _ROW:.0f}")
