"""What every official export comes down to: parts of rows, each good, left out, or one's own."""

import hashlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any, BinaryIO, Protocol

from django.utils.translation import gettext_noop as _

from integrations.imports.rows import EARLIEST_YEAR, FAR_TIME, LONG_ID, BadRow, GoodRow
from integrations.platforms.base import RemoteComment, Visibility

UNKNOWN_SHAPE = _(
    "The file looks like an export that Aura knows, but the fields are not those it expected. The "
    "platform may have changed its format."
)
NO_TIME = _("It has no date and time that Aura can read.")
NO_WORDS = _("It holds no text, only a picture, a reaction or a shared post.")
NO_OWNER = _("It cannot be told which of the names in this export is yours.")
NO_SENDER = _("It does not say who wrote it.")
NO_RECORD = _("It is not built like a record of this export.")

Tell = Callable[[int], None]


class Part(StrEnum):
    """What an export may hold and a person may choose to bring."""

    COMMENTS = "comments"
    LIVE = "live"
    MESSAGES = "messages"
    REQUESTS = "requests"


# None stands for what the owner wrote to somebody: it is counted and never taken.
Item = GoodRow | BadRow | None
Found = tuple[Part, Item]


@dataclass(frozen=True, slots=True)
class Source:
    """One file of an export."""

    place: str  # its path in the archive, outside text; empty when it is the whole upload
    open: Callable[[], BinaryIO]


class Export(Protocol):
    """How one platform's export is read, always in the same order."""

    platform: str
    expected: str  # fields, for a person whose file has others

    def owner(self, tell: Tell) -> str:
        """How the export calls the person it belongs to; empty when it does not say."""

    def items(self, owner: str, tell: Tell) -> Iterator[Found]:
        """Every record; `tell` hears of the bytes read. Raises FileError."""


@dataclass(frozen=True, slots=True)
class Words:
    """A record as read, before it is judged."""

    part: Part
    text: str
    at: datetime | None
    author: str = ""  # empty: the owner
    author_id: str = ""
    named: str = ""  # the platform's own id of it
    parent: str = ""
    post: str = ""
    url: str = ""  # of the post
    link: str = ""  # of the comment itself
    within: str = ""  # the conversation or post that tells two equal texts apart


def judge(words: Words, *, platform: str, place: str, line: int) -> Item:
    """The row of a record, or why it is left out."""
    doubts = (
        (words.at is None, NO_TIME),
        (words.at is not None and not _is_plausible(words.at), FAR_TIME),
        (not words.text.strip(), NO_WORDS),
        (any(len(text) > 200 for text in (words.named, words.parent, words.post)), LONG_ID),
    )
    reason = next((reason for is_so, reason in doubts if is_so), "")
    if reason or words.at is None:
        return BadRow(line, reason or NO_TIME, place)
    return GoodRow(
        line,
        platform,
        words.url,
        _comment(words, words.at, platform, place, line),
        is_named=bool(words.named),
    )


def _is_plausible(at: datetime) -> bool:
    return at.year >= EARLIEST_YEAR and at <= datetime.now(at.tzinfo) + timedelta(days=1)


def _comment(words: Words, at: datetime, platform: str, place: str, line: int) -> RemoteComment:
    is_message = words.part in {Part.MESSAGES, Part.REQUESTS}
    made = (platform, words.part.value, words.within, words.author, at.isoformat(), words.text)
    raw: dict[str, Any] = {"part": words.part.value, "file": place, "record": line}
    return RemoteComment(
        id=words.named or f"e{digest(*made)}",
        post_id=words.post,
        parent_id=words.parent or None,
        author_id=words.author_id or "@owner",
        author_handle="",
        author_name=words.author,
        author_avatar="",
        text=words.text,
        created_at=at,
        edited_at=None,
        like_count=0,
        reply_count=0,
        visibility=Visibility.PRIVATE if is_message else Visibility.PUBLIC,
        is_own=not is_message,
        permalink=words.link or words.url if words.url.startswith("https://") else "",
        raw=raw,
    )


def digest(*parts: str) -> str:
    """A stable id from what a record says."""
    return hashlib.sha256("\x1f".join(parts).encode("utf-8", "surrogatepass")).hexdigest()[:40]
