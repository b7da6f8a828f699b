"""What a browser sends of its person's own screen: read strictly, believed in nothing."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, NoReturn

from django.utils.translation import gettext_noop as _

from integrations.imports.official.shape import digest
from integrations.imports.rows import EARLIEST_YEAR, PLATFORMS
from integrations.platforms.base import RemoteComment, Visibility

SCHEMA = 1
MOST_ITEMS = 50
MOST_TEXT = 20_000  # characters
MOST_SNIPPET = 4_000  # the rest of it is cut
CLOCKS = timedelta(minutes=10)  # that a browser's clock may be ahead
OLDEST = timedelta(days=1)  # a capture that could not be sent at once
# Platforms whose terms forbid even this; their people send a CSV or write it down.
NOT_OFFERED = {"onlyfans"}

NOT_JSON = _("The message is not valid JSON.")
WRONG_SCHEMA = _("The extension and this server do not fit together. Install the extension again.")
BAD_PLATFORM = _("This platform cannot be captured from.")
BAD_PAGE = _("The address of the page is missing or is not a web address.")
BAD_CLOCK = _("The time of the capture is missing, in the future or older than a day.")
BAD_COUNT = _("Send between 1 and 50 comments at once.")
BAD_ITEM = _("A comment is not built as it should be.")
NO_TEXT = _("A comment has no text, or one longer than 20,000 characters.")
NO_AUTHOR = _("A comment does not say who wrote it.")
BAD_TIME = _("The time of a comment is not one that can be.")
BAD_LINK = _("The address of a comment is not a web address.")
TOO_LONG = _("A field of a comment is longer than it can be.")


class CaptureError(Exception):
    """The batch is refused whole; `sentence` is an English msgid, `item` the place of the one."""

    def __init__(self, sentence: str, *, item: int | None = None) -> None:
        super().__init__(sentence)
        self.sentence = sentence
        self.item = item


@dataclass(frozen=True, slots=True)
class Captured:
    """One comment as it stood on a screen."""

    comment: RemoteComment
    post_url: str
    is_named: bool  # by the platform's own id


@dataclass(frozen=True, slots=True)
class Batch:
    """What was sent at once."""

    platform: str
    captured_at: datetime
    items: tuple[Captured, ...]


def read_batch(raw: bytes, *, now: datetime) -> Batch:
    """A batch from its JSON. Raises CaptureError; unknown fields are not looked at."""
    try:
        told = json.loads(raw.decode("utf-8"), parse_constant=_refuse)
    except (ValueError, RecursionError):
        raise CaptureError(NOT_JSON) from None
    if not isinstance(told, dict) or told.get("schema") != SCHEMA:
        raise CaptureError(WRONG_SCHEMA)
    platform = told.get("platform")
    if not isinstance(platform, str) or platform not in PLATFORMS or platform in NOT_OFFERED:
        raise CaptureError(BAD_PLATFORM)
    page = _text(told, "page_url", 1000)
    if not _is_web(page):
        raise CaptureError(BAD_PAGE)
    captured_at = _moment(told.get("captured_at"))
    if captured_at is None or not now - OLDEST <= captured_at <= now + CLOCKS:
        raise CaptureError(BAD_CLOCK)
    items = told.get("items")
    if not isinstance(items, list) or not 0 < len(items) <= MOST_ITEMS:
        raise CaptureError(BAD_COUNT)
    captured_at = min(captured_at, now)
    return Batch(
        platform,
        captured_at,
        tuple(
            _item(item, number, platform, page, captured_at)
            for number, item in enumerate(items, start=1)
        ),
    )


def _item(item: Any, number: int, platform: str, page: str, captured_at: datetime) -> Captured:
    try:
        if not isinstance(item, Mapping):
            raise CaptureError(BAD_ITEM)
        return _captured(item, platform, page, captured_at)
    except CaptureError as error:
        raise CaptureError(error.sentence, item=number) from None


def _captured(item: Mapping[str, Any], platform: str, page: str, captured_at: datetime) -> Captured:
    text = item.get("text")
    if not isinstance(text, str) or not text.strip() or len(text) > MOST_TEXT:
        raise CaptureError(NO_TEXT)
    handle, name = _text(item, "author_handle", 200), _text(item, "author_name", 200)
    if not handle and not name:
        raise CaptureError(NO_AUTHOR)
    permalink, post = _text(item, "permalink", 1000), _text(item, "post_url", 1000) or page
    if not _is_web(post) or (permalink and not _is_web(permalink)):
        raise CaptureError(BAD_LINK)
    named = _text(item, "remote_id", 200)
    author = f"@{handle.lstrip('@')}".casefold() if handle else f"name:{name.casefold()}"
    comment = RemoteComment(
        id=named or f"c{digest(platform, permalink or post, author, text)}",
        post_id=f"u{digest(post)}",
        parent_id=None,
        author_id=author,
        author_handle=handle,
        author_name=name,
        author_avatar="",
        text=text,
        created_at=_written_at(item, captured_at),
        edited_at=None,
        like_count=0,
        reply_count=0,
        visibility=Visibility.PUBLIC,
        is_own=False,
        permalink=permalink,
        raw={
            "captured_by_hand": {
                "at": captured_at.isoformat(),
                "page": page,
                "shown_time": _text(item, "displayed_time", 100),
                "snippet": _text(item, "snippet", None)[:MOST_SNIPPET],
            }
        },
    )
    return Captured(comment, post, is_named=bool(named))


def _written_at(item: Mapping[str, Any], captured_at: datetime) -> datetime:
    """When it was written, else when it was seen: most pages say only "2 h"."""
    if item.get("time") in (None, ""):
        return captured_at
    at = _moment(item.get("time"))
    if at is None or at.year < EARLIEST_YEAR or at > captured_at + CLOCKS:
        raise CaptureError(BAD_TIME)
    return at


def _text(told: Mapping[str, Any], name: str, most: int | None) -> str:
    value = told.get(name)
    if value is None:
        return ""
    if not isinstance(value, str) or (most is not None and len(value) > most):
        raise CaptureError(TOO_LONG)
    return value.strip()


def _moment(value: Any) -> datetime | None:
    try:
        moment = datetime.fromisoformat(value)
    except (ValueError, TypeError):
        return None
    return moment if moment.tzinfo else None


def _is_web(address: str) -> bool:
    return address.startswith(("https://", "http://"))


def _refuse(constant: str) -> NoReturn:
    raise ValueError(constant)
