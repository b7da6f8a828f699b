"""TikTok's "Download your data" as JSON: comments the owner wrote, and conversations."""

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from integrations.imports.official.fields import TIKTOK, key_of, moment, pick, text_of
from integrations.imports.official.json_walk import Path, walk
from integrations.imports.official.shape import (
    NO_RECORD,
    NO_SENDER,
    Found,
    Item,
    Part,
    Source,
    Tell,
    Words,
    judge,
)
from integrations.imports.rows import BadRow

NAME = re.compile(r"(?:^|/)user_data[^/]*\.json$", re.IGNORECASE)
_PARTNER = re.compile(r"^.*?\bwith\s+", re.IGNORECASE)


class TikTok:
    """Sections are known by their own name: the names above them change from year to year."""

    platform = "tiktok"
    expected = "CommentsList: date, comment · ChatHistory: Date, From, Content"

    def __init__(self, sources: Sequence[Source]) -> None:
        self._sources = sources

    def owner(self, tell: Tell) -> str:
        """The handle of the profile."""
        for source in self._sources:
            for _path, value in walk(source.open(), _is_own_name, tell):
                if name := text_of(value).strip():
                    return name
        return ""

    def items(self, owner: str, tell: Tell) -> Iterator[Found]:
        """Comments and messages, in the order of the file."""
        for source in self._sources:
            for line, (path, record) in enumerate(walk(source.open(), _is_wanted, tell), start=1):
                yield self._item(path, record, source.place, line, owner)

    def _item(self, path: Path, record: Any, place: str, line: int, owner: str) -> Found:
        part = Part.COMMENTS if _is_comments(path) else Part.MESSAGES
        if not isinstance(record, Mapping):
            return part, BadRow(line, NO_RECORD, place)
        if part is Part.MESSAGES:
            return part, self._message(path, record, place, line, owner)
        words = Words(
            part=part,
            text=text_of(pick(record, TIKTOK["text"])),
            at=moment(pick(record, TIKTOK["time"])),
            author=owner,
            url=text_of(pick(record, TIKTOK["url"])),
        )
        return part, judge(words, platform=self.platform, place=place, line=line)

    def _message(
        self, path: Path, record: Mapping[str, Any], place: str, line: int, owner: str
    ) -> Item:
        sender = text_of(pick(record, TIKTOK["from"])).strip()
        partner = _PARTNER.sub("", path[-1]).strip().rstrip(":").strip()
        if not sender:
            return BadRow(line, NO_SENDER, place)
        # A conversation of two needs no handle of the owner: whoever is not the partner is them.
        is_own = sender == owner if owner else sender != partner
        if is_own:
            return None
        words = Words(
            part=Part.MESSAGES,
            text=text_of(pick(record, TIKTOK["text"])),
            at=moment(pick(record, TIKTOK["time"])),
            author=sender,
            author_id=f"@{sender.lstrip('@')}".casefold(),
            within=partner,
        )
        return judge(words, platform=self.platform, place=place, line=line)


def _is_own_name(path: Path, is_element: bool) -> bool:  # noqa: FBT001
    return (
        not is_element
        and len(path) > 1
        and key_of(path[-2]) == "profilemap"
        and key_of(path[-1]) in TIKTOK["name"]
    )


def _is_comments(path: Path) -> bool:
    return bool(path) and key_of(path[-1]) in TIKTOK["comments"]


def _is_wanted(path: Path, is_element: bool) -> bool:  # noqa: FBT001
    if not is_element or not path:
        return False
    return _is_comments(path) or (len(path) > 1 and key_of(path[-2]) in TIKTOK["chats"])
