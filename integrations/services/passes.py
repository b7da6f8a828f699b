"""One pass over one listing: what a page brought, how deep the pass goes, and where it stands."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from django.utils import timezone

from integrations.models import SyncCursor

OVERLAP = timedelta(hours=1)  # re-read this much below the watermark: late arrivals, clock skew
DEEP_EVERY = timedelta(days=1)  # replies and edits below old comments move no thread up
DEEP_WINDOW = timedelta(days=30)


@dataclass(frozen=True, slots=True)
class Kept:
    """What became of a page: how many items were new, and the times it covers."""

    new: int
    times: list[datetime]

    def reaches_known(self, floor: datetime | None) -> bool:
        """Whether everything here was known and it goes below `floor`: older ones are too."""
        return floor is not None and not self.new and bool(self.times) and min(self.times) < floor

    def is_before(self, since: datetime | None) -> bool:
        """Whether all of this is older than anybody wants to know."""
        return since is not None and bool(self.times) and max(self.times) < since


def depth_of(row: SyncCursor) -> tuple[bool, datetime | None]:
    """Whether this pass goes deep, and the time below which a wholly known page ends it."""
    now = timezone.now()
    is_deep = row.deepened_at is None or row.deepened_at < now - DEEP_EVERY
    if row.watermark is None:
        return True, None
    floor = row.watermark - OVERLAP
    return is_deep, min(floor, now - DEEP_WINDOW) if is_deep else floor


def reach_of(row: SyncCursor, cursor: str | None) -> datetime:
    """How far back a pass went: to the very beginning when the listing ended."""
    if cursor is None or row.pass_oldest_at is None:
        return datetime.min.replace(tzinfo=UTC)
    return row.pass_oldest_at


def move(row: SyncCursor, kept: Kept, cursor: str | None) -> None:
    """Remember where the next page begins and how far the pass has come."""
    if kept.times:
        row.pass_newest_at = max(kept.times + ([row.pass_newest_at] if row.pass_newest_at else []))
        row.pass_oldest_at = min(kept.times + ([row.pass_oldest_at] if row.pass_oldest_at else []))
    row.cursor = cursor or ""
    row.pass_pages += 1
    row.save()
