"""What Instagram tells by itself: comments, in either of two shapes."""

import json
from typing import Any

from integrations.platforms.base import Visibility
from integrations.platforms.instagram import parse
from integrations.platforms.meta.signed import MOST_UPDATES, changes_of, moment_of
from integrations.platforms.webhooks import PlatformEvent

FIELDS = ("comments", "live_comments")  # what Aura subscribes to


def parse_events(raw: bytes) -> list[PlatformEvent]:
    """Comments out of both shapes: `entry.field/value` and `entry.changes[].field/value`."""
    body = json.loads(raw)
    if body["object"] != "instagram":
        raise ValueError("not an Instagram delivery")
    events = [
        _comment_event(entry, change["value"])
        for entry in body["entry"]
        for change in changes_of(entry)
        if change.get("field") in FIELDS
    ]
    if len(events) > MOST_UPDATES:
        raise ValueError(f"more than {MOST_UPDATES} updates")
    return events


def _comment_event(entry: dict[str, Any], value: dict[str, Any]) -> PlatformEvent:
    account_id = str(entry["id"])
    at = moment_of(entry["time"])
    media = value.get("media") or {}
    said = None
    if value.get("text") is not None:
        said = parse.comment(
            value, own=parse.Own(account_id, ""), fallback=Visibility.PUBLIC, at=at
        )
    return PlatformEvent(
        kind="comment",
        account_id=account_id,
        at=at,
        comment_id=str(value["id"]),
        post_id=str(media.get("id") or ""),
        parent_id=str(value.get("parent_id") or ""),
        comment=said,
    )
