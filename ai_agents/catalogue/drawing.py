"""The trend of costs as coordinates: values in, strings out; no locale may turn 1.5 into 1,5."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

LEFT, RIGHT, TOP, FLOOR = 70.0, 950.0, 14.0, 180.0  # of the 960 x 210 drawing
DATES = 6  # labels under the axis; more would touch each other


@dataclass(frozen=True, slots=True)
class Bar:
    """One day as a column."""

    x: str
    y: str
    width: str
    height: str
    day: date
    cost: Decimal


@dataclass(frozen=True, slots=True)
class Trend:
    """Costs by day, ready to draw, on one scale that begins at nothing."""

    bars: tuple[Bar, ...]
    grid: tuple[tuple[str, Decimal], ...]
    dates: tuple[tuple[str, date], ...]


def draw_trend(days: Sequence[tuple[date, Decimal, int]]) -> Trend | None:
    """Draw (day, cost, calls), oldest first; None when nothing was spent."""
    most = max((cost for _day, cost, _calls in days), default=Decimal(0))
    if not most:
        return None
    slot = (RIGHT - LEFT) / len(days)
    width = max(slot * 0.7, 1.0)
    bars = []
    for index, (day, cost, _calls) in enumerate(days):
        height = float(cost / most) * (FLOOR - TOP)
        x = LEFT + index * slot + (slot - width) / 2
        bars.append(
            Bar(f"{x:.1f}", f"{FLOOR - height:.1f}", f"{width:.1f}", f"{height:.1f}", day, cost)
        )
    every = max(len(days) // DATES, 1)
    return Trend(
        bars=tuple(bars),
        grid=tuple(
            (f"{FLOOR - float(share) * (FLOOR - TOP):.1f}", most * share)
            for share in (Decimal(0), Decimal("0.5"), Decimal(1))
        ),
        dates=tuple(
            (f"{LEFT + (index + 0.5) * slot:.1f}", days[index][0])
            for index in range(0, len(days), every)
        ),
    )
