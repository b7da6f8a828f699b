"""What Facebook pushes of a Page: changes of its feed, comments and posts."""

import json
from typing import Any

from integrations.platforms.facebook import parse
from integrations.platforms.meta.signed import MOST_UPDATES, changes_of, moment_of
from integrations.platforms.webhooks import PlatformEvent

FIELDS = ("feed",)  # what Aura subscribes to
_POSTS = {"post", "status", "photo", "video", "share", "reel"}


def parse_events(raw: bytes) -> list[PlatformEvent]:
    """Comments and posts that a delivery names; likes and whatever else is new are left out."""
    body = json.loads(raw)
    if body["object"] != "page":
        raise ValueError("not a delivery about Pages")
    events = [
        event
        for entry in body["entry"]
        for change in changes_of(entry)
        if change.get("field") in FIELDS
        for event in _event(entry, change["value"])
    ]
    if len(events) > MOST_UPDATES:
        raise ValueError(f"more than {MOST_UPDATES} updates")
    return events


def _event(entry: dict[str, Any], value: dict[str, Any]) -> list[PlatformEvent]:
    item, page_id = str(value.get("item", "")), str(entry["id"])
    at = moment_of(value.get("created_time") or entry["time"])
    post_id = str(value.get("post_id") or "")
    is_removal = value.get("verb") in {"remove", "delete"}
    if item in _POSTS:
        return [PlatformEvent("post", page_id, at, post_id=post_id, is_removal=is_removal)]
    if item != "comment":
        return []
    parent_id = str(value.get("parent_id") or "")
    return [
        PlatformEvent(
            kind="comment",
            account_id=page_id,
            at=at,
            comment_id=str(value["comment_id"]),
            post_id=post_id,
            parent_id=parent_id if parent_id != post_id else "",
            comment=parse.told(value, page_id=page_id, at=at),
            is_removal=is_removal,
        )
    ]
