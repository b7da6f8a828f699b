"""Instagram's and Facebook's "Download your information" as JSON: own comments, and messages."""

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from integrations.imports.official.fields import META, key_of, moment, pick, repair, text_of
from integrations.imports.official.json_walk import Path, walk
from integrations.imports.official.shape import (
    NO_OWNER,
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

MESSAGES = re.compile(
    r"(?:^|/)messages/(?P<box>[^/]+)/(?P<thread>[^/]+)/message_\d+\.json$", re.IGNORECASE
)
COMMENTS = re.compile(
    r"(?:^|/)(?:comments/[^/]*comments?[^/]*|comments_and_reactions/comments[^/]*)\.json$",
    re.IGNORECASE,
)
PROFILE = re.compile(r"(?:^|/)(?:personal|profile)_information\.json$", re.IGNORECASE)
_FACEBOOK = re.compile(
    r"your_facebook_activity/|comments_and_reactions/|(?:^|/)profile_information/", re.IGNORECASE
)
# Where messages of strangers wait until the owner lets them in.
REQUESTS = {"message_requests", "filtered_threads", "hidden_requests", "spam"}
NAMES_OF_PROFILE = {"name", "username", "fullname", "profileuser", "profilev2", "stringmapdata"}


def platform_of(names: Sequence[str]) -> str:
    """Which of the two it is, by its folders."""
    return "facebook" if any(_FACEBOOK.search(name) for name in names) else "instagram"


class Meta:
    """Texts and names come as UTF-8 read as Latin-1 and are repaired where they are that."""

    expected = (
        "message_1.json: sender_name, timestamp_ms, content · "
        "post_comments_1.json: string_map_data (Comment, Media Owner, Time) · "
        "comments.json: comments_v2 (timestamp, data)"
    )

    def __init__(self, sources: Sequence[Source], platform: str) -> None:
        self.platform = platform
        self._chats = [source for source in sources if MESSAGES.search(source.place)]
        self._comments = [source for source in sources if COMMENTS.search(source.place)]
        self._profiles = [source for source in sources if PROFILE.search(source.place)]

    def owner(self, tell: Tell) -> str:
        """The name that the export's own profile and its conversations share.

        Without a profile: the one name that is in every conversation.
        """
        threads: dict[str, set[str]] = {}
        for source in self._chats:
            thread = _thread_of(source)
            if thread not in threads:
                threads[thread] = self._participants(source, tell)
        said = [
            repair(text_of(pick(value, META["name"]) if isinstance(value, Mapping) else value))
            for source in self._profiles
            for _path, value in walk(source.open(), _is_own_name, tell)
        ]
        names = [name.strip() for name in said if name.strip()]
        present = set().union(*threads.values()) if threads else set()
        shared = set.intersection(*threads.values()) if len(threads) > 1 else set()
        known = next((name for name in names if name in present), "")
        if not known and len(shared) == 1:
            known = shared.pop()
        return known or (names[0] if names and not threads else "")

    def items(self, owner: str, tell: Tell) -> Iterator[Found]:
        """Own comments, then conversations, file by file."""
        for source in self._comments:
            records = walk(source.open(), _is_comment, tell)
            for line, (_path, record) in enumerate(records, start=1):
                yield Part.COMMENTS, self._comment(record, source.place, line, owner)
        for source in self._chats:
            match = MESSAGES.search(source.place)
            box = match["box"].lower() if match else ""
            part = Part.REQUESTS if box in REQUESTS else Part.MESSAGES
            records = walk(source.open(), _is_message, tell)
            for line, (_path, record) in enumerate(records, start=1):
                yield part, self._message(part, record, source, line, owner)

    def _participants(self, source: Source, tell: Tell) -> set[str]:
        names = set()
        for path, record in walk(source.open(), _is_chat, tell):
            if key_of(path[-1]) == "messages":
                break  # the list of people stands before what they wrote
            if isinstance(record, Mapping):
                names.add(repair(text_of(pick(record, ("name",)))).strip())
        return names - {""}

    def _comment(self, record: Any, place: str, line: int, owner: str) -> Item:
        if not isinstance(record, Mapping):
            return BadRow(line, NO_RECORD, place)
        told = record.get("string_map_data")
        fields = _labelled(told) if isinstance(told, Mapping) else _of_facebook(record)
        media_owner = repair(text_of(pick(fields, META["owner"])))
        words = Words(
            part=Part.COMMENTS,
            text=repair(text_of(pick(fields, META["text"]))),
            at=moment(pick(fields, META["time"])),
            author=owner,
            within=media_owner or repair(text_of(record.get("title"))),
        )
        return judge(words, platform=self.platform, place=place, line=line)

    def _message(self, part: Part, record: Any, source: Source, line: int, owner: str) -> Item:
        if not isinstance(record, Mapping):
            return BadRow(line, NO_RECORD, source.place)
        sender = repair(text_of(pick(record, META["sender"]))).strip()
        if not sender:
            return BadRow(line, NO_SENDER, source.place)
        if not owner:
            return BadRow(line, NO_OWNER, source.place)  # own words must not pass for received ones
        if sender == owner:
            return None
        thread = _thread_of(source)
        words = Words(
            part=part,
            text=repair(text_of(pick(record, ("content", "text")))),
            at=moment(pick(record, ("timestampms", "timestamp"))),
            author=sender,
            # Names are not unique on these platforms; within one conversation they are.
            author_id=f"{sender.casefold()[:100]}#{thread[:90]}",
            within=thread,
        )
        return judge(words, platform=self.platform, place=source.place, line=line)


def _labelled(told: Mapping[str, Any]) -> dict[str, Any]:
    """Labels, repaired and without their wrapping: value where there is one, else the time."""
    fields = {}
    for label, inner in told.items():
        if isinstance(inner, Mapping):
            fields[repair(label)] = text_of(inner.get("value")) or inner.get("timestamp")
    return fields


def _of_facebook(record: Mapping[str, Any]) -> dict[str, Any]:
    """A record of comments.json: the comment is wrapped in the first of `data`."""
    fields = dict(record)
    data = record.get("data")
    for inner in data if isinstance(data, list) else []:
        said = inner.get("comment") if isinstance(inner, Mapping) else None
        if isinstance(said, Mapping):
            fields |= {name: said[name] for name in ("comment", "timestamp") if name in said}
    return fields


def _thread_of(source: Source) -> str:
    match = MESSAGES.search(source.place)
    return match["thread"] if match else ""


def _is_comment(path: Path, is_element: bool) -> bool:  # noqa: FBT001
    return is_element and (not path or (len(path) == 1 and "comments" in key_of(path[-1])))


def _is_message(path: Path, is_element: bool) -> bool:  # noqa: FBT001
    return is_element and len(path) == 1 and key_of(path[-1]) == "messages"


def _is_chat(path: Path, is_element: bool) -> bool:  # noqa: FBT001
    return is_element and len(path) == 1 and key_of(path[-1]) in {"participants", "messages"}


def _is_own_name(path: Path, is_element: bool) -> bool:  # noqa: FBT001
    """What stands under a label such as Name, whose parents lead to the profile."""
    if is_element or len(path) < 2:
        return False
    keys = [key_of(repair(name)) for name in path]
    label = keys[-2] if keys[-1] == "value" else keys[-1]
    return label in META["name"] and bool({*keys} & NAMES_OF_PROFILE)
