"""Looking for one comment in YouTube's listings, the only proof of where it stands."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from integrations.platforms.base import (
    Bucket,
    ErrorKind,
    Page,
    PlatformError,
    RemoteComment,
    Visibility,
    walk_pages,
)

QUEUE_PAGES = 5  # budget in the held and spam listings of one video
PUBLISHED_PAGES = 20  # budget in its published listing: 2,000 threads

Fetch = Callable[[str | None], Page[RemoteComment]]


@dataclass(frozen=True, slots=True)
class Look:
    """What one listing told: the comment's status there, and whether all of it was read."""

    seen: Visibility | None
    whole: bool


def in_threads(
    fetch: Fetch,
    bucket: Bucket,
    *,
    comment_id: str,
    parent_id: str | None,
    created_at: datetime | None,
) -> Look:
    """Look through the threads of one video, newest first; `created_at` ends the walk early."""
    page: Page[RemoteComment] = Page(())
    budget = PUBLISHED_PAGES if bucket is Bucket.PUBLISHED else QUEUE_PAGES
    for page in walk_pages(fetch, max_pages=budget):
        for item in page.items:
            if item.id == comment_id and item.visibility is Visibility.UNKNOWN:
                return Look(None, whole=False)
            if item.id == comment_id:
                return Look(item.visibility, whole=True)
        if parent_id and any(ref.parent_id == parent_id for ref in page.incomplete):
            return Look(None, whole=False)  # its thread is here, but not all replies were shown
        tops = [item for item in page.items if item.parent_id is None]
        if created_at and not parent_id and tops and tops[-1].created_at < created_at:
            return Look(None, whole=True)
    return Look(None, whole=page.exhausted)


def in_replies(fetch: Fetch, *, comment_id: str) -> Look:
    """Look through the published replies of one thread."""
    page: Page[RemoteComment] = Page(())
    try:
        for page in walk_pages(fetch, max_pages=PUBLISHED_PAGES):
            for item in page.items:
                if item.id == comment_id:
                    return Look(item.visibility, whole=True)
    except PlatformError as error:
        if error.kind is not ErrorKind.NOT_FOUND:
            raise
        return Look(None, whole=True)  # the whole thread is gone, and its replies with it
    return Look(None, whole=page.exhausted)
