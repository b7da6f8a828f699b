"""What every adapter does alike with what its platform answers."""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any, TypeVar

from integrations.platforms.base import ErrorKind, Page, PlatformError, RemoteComment, walk_pages
from integrations.platforms.client import GARBLED

Parsed = TypeVar("Parsed")

CLOCKS_DIFFER = timedelta(minutes=1)


def parsed(function: Callable[..., Parsed], *args: Any, **kwargs: Any) -> Parsed:
    """Run a parser; an object without its promised fields is an unreadable answer (TRANSIENT)."""
    try:
        return function(*args, **kwargs)
    except (KeyError, TypeError, ValueError, AttributeError, OverflowError, OSError) as error:
        raise PlatformError(
            ErrorKind.TRANSIENT, GARBLED, detail=f"{type(error).__name__} in a resource"
        ) from error


def own_reply(
    fetch: Callable[[str | None], Page[RemoteComment]],
    text: str,
    *,
    since: datetime,
    max_pages: int,
) -> str | None:
    """Id of the account's own reply with this text, written since then (minus a minute).

    `fetch` gives the page of replies at a cursor; `max_pages` is how many may be read.
    """
    earliest, wanted = since - CLOCKS_DIFFER, text.split()
    for page in walk_pages(fetch, max_pages=max_pages):
        for item in page.items:
            if item.is_own and item.created_at >= earliest and item.text.split() == wanted:
                return item.id
    return None
