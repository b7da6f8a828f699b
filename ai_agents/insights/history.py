"""What is known of one account, as plain values: what the findings are computed from."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from decimal import ROUND_HALF_UP, Decimal
from statistics import median
from zoneinfo import ZoneInfo

from ai_agents.numbers import Figure, Unit

RIPE = timedelta(days=3)  # a younger video still gathers its first views
EARLY = timedelta(days=7)  # the age at which videos of different age are compared
LEAST_VIDEOS = 20  # fewer are no habit
BESIDE = 10  # videos before and after, whose middle is what was usual at that time
WEEK = timedelta(days=7)


@dataclass(frozen=True, slots=True)
class Video:
    """One video; `early` is its views at the age of a week, where they were read then."""

    pk: int
    title: str
    published_at: datetime
    views: int
    early: int | None = None


@dataclass(frozen=True, slots=True)
class Stretch:
    """A time in which the account could not be heard; `is_filled`: all was fetched afterwards."""

    began_at: datetime
    ended_at: datetime
    is_filled: bool
    fetched: int = 0


@dataclass(frozen=True, slots=True)
class History:
    """One account until `now`. Days are those of `zone`; videos come oldest first.

    `comments` counts the comments of each day, none left out from the first day on; `followers` is
    the last known count of each day on which it was read.
    """

    account: int
    zone: ZoneInfo
    now: datetime
    videos: Sequence[Video] = ()
    comments: Mapping[date, int] = field(default_factory=dict)
    followers: Mapping[date, int] = field(default_factory=dict)
    gaps: Sequence[Stretch] = ()

    @property
    def today(self) -> date:
        """The day it is for the creator."""
        return self.now.astimezone(self.zone).date()

    def local(self, video: Video) -> datetime:
        """When it was published by the creator's own clock, daylight saving time included."""
        return video.published_at.astimezone(self.zone)

    def ripe(self) -> list[Video]:
        """The videos that had time to be seen."""
        return [video for video in self.videos if video.published_at <= self.now - RIPE]


def beside_usual(videos: Sequence[Video]) -> list[float]:
    """How many times the views that were usual around its time each video has, as a logarithm.

    The trend of the account falls out: who publishes at another hour since the account grew shall
    not hear that it is the hour.
    """
    logs = [math.log1p(video.views) for video in videos]
    return [
        own - median(logs[max(0, place - BESIDE) : place] + logs[place + 1 : place + 1 + BESIDE])
        for place, own in enumerate(logs)
    ]


def times(logarithm: float) -> Decimal:
    """A logarithm as a factor that is written with two places."""
    return rounded(Decimal(math.exp(logarithm)), 2)


def rounded(value: Decimal, places: int = 0) -> Decimal:
    """Rounded as every page of figures does."""
    return value.quantize(Decimal(1).scaleb(-places), ROUND_HALF_UP)


def middle_of(values: Sequence[int]) -> Decimal:
    """The median, as a whole number."""
    return rounded(Decimal(median(values)))


def figure(ref: str, value: Decimal | int, unit: Unit = "count") -> Figure:
    """One figure without words: its label is written when somebody reads it."""
    return Figure(ref, "", Decimal(value), unit)


def change(new: Decimal, old: Decimal) -> Decimal:
    """In per cent of the old one, with one place."""
    return rounded((new / old - 1) * 100, 1)
