"""The generic CSV of comments: its columns, and its rows one by one with their line numbers.

Columns (any order; the first line names them; comma, semicolon or tab between them):
author_handle, text and created_at (ISO 8601) are required; platform, post_url, comment_id,
parent_id, author_name, like_count and permalink may be left out. Without a comment_id a stable
one is made from platform, post, author, time and text, so that a file can be read twice.
"""

import csv
import hashlib
import io
from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import BinaryIO

from django.utils.translation import gettext_noop as _

from integrations.imports.encoding import EMPTY, FileError
from integrations.platforms.base import RemoteComment, Visibility

COLUMNS = (
    "platform",
    "post_url",
    "comment_id",
    "parent_id",
    "author_handle",
    "author_name",
    "text",
    "created_at",
    "like_count",
    "permalink",
)
REQUIRED = frozenset({"author_handle", "text", "created_at"})
# Where comments may come from, by the word in the column; the label is how people write it.
PLATFORMS = {
    "youtube": "YouTube",
    "tiktok": "TikTok",
    "instagram": "Instagram",
    "facebook": "Facebook",
    "reddit": "Reddit",
    "x": "X",
    "twitch": "Twitch",
    "onlyfans": "OnlyFans",
    "other": "Other",
}
DELIMITERS = ",;\t"
MAX_LINE = 1_000_000  # characters; a longer one is no comment and would cost memory
MAX_FIELD = 500_000  # characters; the longest comment is far below
MAX_RECOVERIES = 200  # open quotes after which swallowed lines are not looked at again
EARLIEST_YEAR = 1990

NO_COLUMNS = _(
    "The first line must name the columns. Needed are author_handle, text and created_at."
)
NOT_READABLE = _("A quote on this line is never closed, or something stands behind a quote.")
TOO_LONG = _("This line is longer than a comment can be.")
TOO_MANY = _("There are more values than columns. Put texts that hold the separator in quotes.")
NO_AUTHOR = _("author_handle is empty.")
NO_TEXT = _("text is empty.")
BAD_TIME = _("created_at is not an ISO date and time, such as 2026-11-20T15:00:00Z.")
FAR_TIME = _("created_at lies in the future or before 1990.")
BAD_PLATFORM = _("platform is not one that Aura knows.")
BAD_LIKES = _("like_count is not a whole number.")
BAD_ADDRESS = _("post_url or permalink is not a web address.")
LONG_ID = _("comment_id or parent_id is longer than 200 characters.")


@dataclass(frozen=True, slots=True)
class BadRow:
    """A row that is left out: its line (the header is line 1) and why, as an English msgid.

    In an archive `place` is the file inside it; what is no table counts its records as lines.
    """

    line: int
    reason: str
    place: str = ""


@dataclass(frozen=True, slots=True)
class GoodRow:
    """A comment as the file tells it."""

    line: int
    platform: str
    post_url: str
    comment: RemoteComment
    is_named: bool = True  # by the platform's own id; else by one made from its content


class Reader:
    """Reads a file row by row in constant memory. Raises FileError before the first row only."""

    def __init__(self, stream: BinaryIO, *, encoding: str, platform: str, now: datetime) -> None:
        stream.seek(0)
        self._stream = stream
        self._platform = platform
        self._latest = now + timedelta(days=1)  # clocks and time zones of other tools
        self._feed = _Feed(io.TextIOWrapper(stream, encoding=encoding, newline=""))
        self.delimiter, self._names = self._read_header()

    @property
    def bytes_read(self) -> int:
        """How far the file has been read, for a progress bar."""
        return self._stream.tell()

    def rows(self, *, skip: int = 0) -> Iterator[GoodRow | BadRow | None]:
        """Every row after the header, None for a blank line; `skip` of them are passed over."""
        for number, (line, values) in enumerate(self._records()):
            if number < skip:
                continue
            if isinstance(values, str):
                yield BadRow(line, values)
            elif any(value.strip() for value in values):
                yield self._row(line, values)
            else:
                yield None

    def close(self) -> None:
        """Let go of the stream without closing it."""
        self._feed.text.detach()

    def _read_header(self) -> tuple[str, list[str]]:
        try:
            header = next(self._feed, "")
        except _LongLineError:
            raise FileError(NO_COLUMNS, line=1) from None
        if not header:
            raise FileError(EMPTY)
        best = max(DELIMITERS, key=lambda sign: len(set(_names(header, sign)) & set(COLUMNS)))
        names = _names(header, best)
        if not set(names) >= REQUIRED:
            raise FileError(NO_COLUMNS, line=1)
        self._feed.forget()
        return best, names

    def _records(self) -> Iterator[tuple[int, list[str] | str]]:
        feed = self._feed
        csv.field_size_limit(MAX_FIELD)
        recoveries = 0
        reader = csv.reader(feed, delimiter=self.delimiter, strict=True)
        while True:
            try:
                values: list[str] | str = next(reader)
            except StopIteration:
                return
            except (_LongLineError, csv.Error) as error:
                values = TOO_LONG if isinstance(error, _LongLineError) else NOT_READABLE
                # An open quote swallows what follows: only its first line is given up.
                if recoveries < MAX_RECOVERIES:
                    recoveries += 1
                    feed.push_back()
                reader = csv.reader(feed, delimiter=self.delimiter, strict=True)
            line = feed.first_line
            feed.forget()
            yield line, values

    def _row(self, line: int, values: list[str]) -> GoodRow | BadRow:
        if len(values) > len(self._names):
            return BadRow(line, TOO_MANY)
        cells = dict.fromkeys(COLUMNS, "")
        cells.update(zip(self._names, values, strict=False))
        platform = cells["platform"].strip().lower() or self._platform
        created_at = _moment(cells["created_at"])
        reason = self._doubt(cells, platform, created_at)
        if reason or created_at is None:
            return BadRow(line, reason or BAD_TIME)
        return GoodRow(
            line,
            platform,
            cells["post_url"].strip(),
            _comment(line, cells, platform, created_at),
            is_named=bool(cells["comment_id"].strip()),
        )

    def _doubt(self, cells: dict[str, str], platform: str, created_at: datetime | None) -> str:
        likes = cells["like_count"].strip()
        addresses = (cells["post_url"].strip(), cells["permalink"].strip())
        ids = (cells["comment_id"].strip(), cells["parent_id"].strip())
        doubts = (
            (not cells["author_handle"].strip(), NO_AUTHOR),
            (not cells["text"].strip(), NO_TEXT),
            (created_at is None, BAD_TIME),
            (created_at is not None and not self._is_plausible(created_at), FAR_TIME),
            (platform not in PLATFORMS, BAD_PLATFORM),
            (bool(likes) and not (likes.isascii() and likes.isdigit()), BAD_LIKES),
            (any(text and not _is_web(text) for text in addresses), BAD_ADDRESS),
            (any(len(text) > 200 for text in ids), LONG_ID),
        )
        return next((reason for is_so, reason in doubts if is_so), "")

    def _is_plausible(self, moment: datetime) -> bool:
        return moment.year >= EARLIEST_YEAR and moment <= self._latest


class _LongLineError(Exception):
    """A physical line went over MAX_LINE; it has been read past."""


class _Feed:
    """Physical lines with their numbers, able to give back those a broken record swallowed."""

    def __init__(self, text: io.TextIOWrapper) -> None:
        self.text = text
        self._number = 0
        self._taken: list[tuple[int, str]] = []
        self._returned: deque[tuple[int, str]] = deque()

    def __iter__(self) -> "_Feed":
        return self

    def __next__(self) -> str:
        number, line = self._returned.popleft() if self._returned else self._read()
        self._taken.append((number, line))
        return line

    @property
    def first_line(self) -> int:
        """Where the record in hand began."""
        return self._taken[0][0] if self._taken else self._number

    def forget(self) -> None:
        """The record in hand is done."""
        self._taken.clear()

    def push_back(self) -> None:
        """Give back all but the first line of the record in hand."""
        self._returned.extendleft(reversed(self._taken[1:]))
        del self._taken[1:]

    def _read(self) -> tuple[int, str]:
        line = self.text.readline(MAX_LINE)
        if not line:
            raise StopIteration
        self._number += 1
        if len(line) == MAX_LINE and not line.endswith(("\n", "\r")):
            while (rest := self.text.readline(MAX_LINE)) and not rest.endswith(("\n", "\r")):
                pass
            if not self._taken:
                self._taken.append((self._number, ""))
            raise _LongLineError
        return self._number, line


def _names(header: str, delimiter: str) -> list[str]:
    try:
        names = next(csv.reader([header], delimiter=delimiter), [])
    except csv.Error:
        return []
    return [name.strip().lower().replace(" ", "_").replace("-", "_") for name in names]


def _moment(text: str) -> datetime | None:
    try:
        moment = datetime.fromisoformat(text.strip())
    except ValueError:
        return None
    return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment


def _is_web(address: str) -> bool:
    return address.startswith(("https://", "http://")) and len(address) <= 1000


def _comment(
    line: int, cells: dict[str, str], platform: str, created_at: datetime
) -> RemoteComment:
    handle, post_url = cells["author_handle"].strip(), cells["post_url"].strip()
    parts = (platform, post_url, handle, created_at.isoformat(), cells["text"])
    return RemoteComment(
        id=cells["comment_id"].strip() or f"h{_digest(*parts)}",
        post_id=f"u{_digest(post_url)}" if post_url else "",
        parent_id=cells["parent_id"].strip() or None,
        author_id=f"@{handle.lstrip('@')}".casefold(),
        author_handle=handle,
        author_name=cells["author_name"].strip(),
        author_avatar="",
        text=cells["text"],
        created_at=created_at,
        edited_at=None,
        like_count=int(cells["like_count"].strip()[:10] or 0),
        reply_count=0,
        visibility=Visibility.PUBLIC,
        is_own=False,
        permalink=cells["permalink"].strip(),
        raw={"line": line, **{name: cells[name] for name in COLUMNS if name != "text"}},
    )


def _digest(*parts: str) -> str:
    return hashlib.sha256("\x1f".join(parts).encode("utf-8", "surrogatepass")).hexdigest()[:40]
