"""How fast a wave came: the comments around it, column by column, and the flagged ones of them."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from django.db.models import Count
from django.db.models.functions import TruncMinute
from django.utils import timezone

from harassment.charts import Columns, columns
from harassment.models import Case, Dogpile
from integrations.models import Comment

AROUND = timedelta(minutes=15)  # shown before a wave and behind it: what is usual there
LONGEST = timedelta(hours=48)  # the last part of a longer one
_COLUMNS_MOST = 60
_STEPS = (1, 2, 5, 10, 15, 30, 60)  # minutes


@dataclass(frozen=True, slots=True)
class Slot:
    """The comments of one column, which begins `at`."""

    at: datetime
    comments: int
    flagged: int


@dataclass(frozen=True, slots=True)
class Pace:
    """The comments around a wave, ready to draw."""

    minutes: int  # of one column
    slots: tuple[Slot, ...]
    drawing: Columns

    @property
    def busiest(self) -> Slot:
        """The column with the most comments."""
        return max(self.slots, key=lambda slot: slot.comments)


def pace_of_wave(case: Case) -> Pace | None:
    """The pace of the wave that a case gathers, None when it gathers none: two queries.

    Columns are of one length, as short as it may be with at most _COLUMNS_MOST of them, and the
    empty ones are there.
    """
    wave = Dogpile.objects.filter(case=case).first()
    if wave is None:
        return None
    until = min((wave.ended_at or wave.hot_at) + AROUND, timezone.now())
    since = max(wave.started_at - AROUND, until - LONGEST)
    span = (until - since) / timedelta(minutes=1)
    step = next((step for step in _STEPS if span < (_COLUMNS_MOST - 1) * step), _STEPS[-1])
    length = step * 60
    first = int(since.timestamp()) // length
    slots = [[0, 0] for _ in range(first, int(until.timestamp()) // length + 1)]
    minutes = (
        Comment.objects.filter(
            account_id=case.account_id,
            is_own=False,
            published_at__gte=_moment(first * length),
            published_at__lte=until,
        )
        .annotate(minute=TruncMinute("published_at", tzinfo=UTC))
        .order_by()
        .values_list("minute")
        .annotate(comments=Count("pk"), flagged=Count("incident"))
    )
    for minute, comments, flagged in minutes:
        slot = slots[int(minute.timestamp()) // length - first]
        slot[0] += comments
        slot[1] += flagged
    told = tuple(Slot(_moment((first + n) * length), *slot) for n, slot in enumerate(slots))
    return Pace(step, told, columns([(one.at, one.comments, one.flagged) for one in told]))


def _moment(seconds: int) -> datetime:
    return datetime.fromtimestamp(seconds, UTC)
