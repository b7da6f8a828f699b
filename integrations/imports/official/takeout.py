"""YouTube's part of Google Takeout: comments and live chat messages that the owner wrote."""

import csv
import io
import json
import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, cast

from integrations.imports.encoding import DAMAGED, FileError
from integrations.imports.official.fields import YOUTUBE, key_of, moment, pick, text_of
from integrations.imports.official.json_walk import Path, Utf8Text, walk
from integrations.imports.official.shape import (
    NO_RECORD,
    UNKNOWN_SHAPE,
    Found,
    Part,
    Source,
    Tell,
    Words,
    judge,
)
from integrations.imports.rows import MAX_FIELD, NOT_READABLE, BadRow

# Folders are named in the owner's language, so the columns decide. Under these names a file whose
# columns are unknown is one whose format has changed.
HINT = re.compile(r"(comment|kommentar|comentario|commenti|opmerking|chat)", re.IGNORECASE)
FILE = re.compile(r"\.(csv|json)$", re.IGNORECASE)
ROOT = re.compile(r"(?:^|/)(?:takeout|youtube( [^/]*)?)/", re.IGNORECASE)

_COMMENT_ID = re.compile(r"Ug[\w-]{16,}(\.[\w-]+)?")
_CHANNEL_ID = re.compile(r"UC[\w-]{22}")
_VIDEO_ID = re.compile(r"[\w-]{11}")
_SEGMENTS = re.compile(r'\s*\{\s*"text"')
NEEDED = {"id", "time", "text"}
WATCH = "https://www.youtube.com/watch?v="


def is_ours(name: str) -> bool:
    """Whether an entry may hold comments: any table of YouTube's part, JSON only where it says so.

    Takeout's other products have tables too; none of theirs has these columns.
    """
    if not FILE.search(name) or not ROOT.search(name):
        return False
    return name.lower().endswith(".csv") or bool(HINT.search(name))


class Takeout:
    """Column names come in the owner's language; unknown ones are told by what stands in them."""

    platform = "youtube"
    expected = (
        "comments.csv: Comment ID, Channel ID, Comment Create Timestamp, Video ID, Comment Text"
    )

    def __init__(self, sources: Sequence[Source]) -> None:
        self._sources = sources

    def owner(self, tell: Tell) -> str:
        """Nothing here needs a name: every row is the owner's own."""
        del tell
        return ""

    def items(self, owner: str, tell: Tell) -> Iterator[Found]:
        """Every comment and live chat message, file by file."""
        del owner
        for source in self._sources:
            is_json = source.place.lower().endswith(".json")
            rows = self._json_rows if is_json else self._csv_rows
            for line, record in rows(source, tell):
                part, words = _words(record)
                if words is None:
                    yield part, BadRow(line, NO_RECORD, source.place)
                else:
                    item = judge(words, platform=self.platform, place=source.place, line=line)
                    yield part, item

    def _json_rows(self, source: Source, tell: Tell) -> Iterator[tuple[int, Any]]:
        records = walk(source.open(), _is_row, tell)
        for line, (_path, record) in enumerate(records, start=1):
            yield line, record

    def _csv_rows(self, source: Source, tell: Tell) -> Iterator[tuple[int, Any]]:
        csv.field_size_limit(MAX_FIELD)
        reader = csv.reader(_lines(source, tell))
        try:
            header = next(reader, [])
            names: list[str] = []
            for values in reader:
                names = names or _columns(header, values)
                if not names and not HINT.search(source.place):
                    return  # a list of something else
                if not names:
                    raise FileError(UNKNOWN_SHAPE, line=1, expected=self.expected)
                if any(values):
                    yield reader.line_num, dict(zip(names, values, strict=False))
        except csv.Error:
            raise FileError(NOT_READABLE, line=reader.line_num) from None


def _lines(source: Source, tell: Tell) -> Iterator[str]:
    raw = io.BufferedReader(cast("io.RawIOBase", _Raw(Utf8Text(source.open(), tell))))
    try:
        yield from io.TextIOWrapper(raw, encoding="utf-8", newline="")
    except UnicodeDecodeError:
        raise FileError(DAMAGED) from None


class _Raw(io.RawIOBase):
    """A stream whose reads may bring more than asked, as one that keeps the rest."""

    def __init__(self, stream: Utf8Text) -> None:
        super().__init__()
        self._stream, self._kept = stream, b""

    def readable(self) -> bool:
        """Yes."""
        return True

    def readinto(self, buffer: Any) -> int:
        """As much as fits."""
        self._kept = self._kept or self._stream.read(len(buffer))
        part, self._kept = self._kept[: len(buffer)], self._kept[len(buffer) :]
        buffer[: len(part)] = part
        return len(part)


def _columns(header: Sequence[str], first: Sequence[str]) -> list[str]:
    """Aura's own name of each column; nothing at all when the needed ones are not there."""
    names = [_known(title) for title in header]
    is_live = any("chat" in key_of(title) for title in header)
    for place, value in enumerate(first[: len(names)]):
        guess = _guess(value)
        if not names[place] and guess and guess not in names:
            names[place] = guess
    if not set(names) >= NEEDED - ({"id"} if is_live else set()):
        return []
    return [f"live{name}" if is_live and name else name for name in names]


def _known(title: str) -> str:
    key = key_of(title)
    return next((name for name, spelled in YOUTUBE.items() if key in spelled), "")


def _guess(value: str) -> str:
    shapes = (("id", _COMMENT_ID), ("channel", _CHANNEL_ID), ("video", _VIDEO_ID))
    for name, shape in shapes:
        if shape.fullmatch(value.strip()):
            return name
    if _SEGMENTS.match(value):
        return "text"
    return "time" if "-" in value and moment(value) else ""


def _words(record: Any) -> tuple[Part, Words | None]:
    if not isinstance(record, Mapping) or not record:
        return Part.COMMENTS, None
    is_live = any(str(name).startswith("live") for name in record)
    part = Part.LIVE if is_live else Part.COMMENTS
    told = {
        name: text_of(record.get(f"live{name}" if is_live else name) or pick(record, spelled))
        for name, spelled in YOUTUBE.items()
    }
    # A live chat's id is that of the chat, not of the message.
    named = "" if is_live else told["id"].strip()
    video = told["video"].strip()
    url = f"{WATCH}{video}" if _VIDEO_ID.fullmatch(video) else ""
    words = Words(
        part=part,
        text=_plain(told["text"]),
        at=moment(told["time"]),
        author_id=told["channel"].strip(),
        named=named,
        parent=told["parent"].strip(),
        post=video or told["post"].strip(),
        url=url,
        link=f"{url}&lc={named}" if url and named else "",
        within=told["id"].strip() or video,
    )
    return part, words


def _plain(text: str) -> str:
    """Takeout writes a text as JSON segments without brackets; older ones as it is."""
    if not _SEGMENTS.match(text):
        return text
    try:
        segments = json.loads(f"[{text}]")
    except ValueError:
        return text
    return "".join(text_of(part.get("text")) for part in segments if isinstance(part, dict))


def _is_row(path: Path, is_element: bool) -> bool:  # noqa: FBT001
    return is_element and len(path) <= 1
