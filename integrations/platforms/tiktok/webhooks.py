"""TikTok's deliveries: the signature over the raw bytes, and the body inside the body."""

import json
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

from integrations.platforms.base import RemoteComment, Visibility
from integrations.platforms.tiktok.parse import number, video_url
from integrations.platforms.webhooks import (
    Delivery,
    PlatformEvent,
    WebhookRefused,
    digest_of,
    is_signed,
)

_SEEN = {
    "insert": Visibility.PUBLIC,
    "set_to_public": Visibility.PUBLIC,
    "set_to_hidden": Visibility.HELD,
    "delete": Visibility.DELETED,
}


def verify(
    headers: Mapping[str, str],
    raw: bytes,
    *,
    secrets: Sequence[str],
    now: datetime,
    window: timedelta,
    allow_stale: bool,
) -> Delivery:
    """`TikTok-Signature: t=<unix s>,s=<hex>`, HMAC-SHA256 of "t.raw body" with an app's secret."""
    given = dict(
        part.strip().partition("=")[::2]
        for part in headers.get("tiktok-signature", "").split(",")
        if "=" in part
    )
    sent, signature = given.get("t", ""), given.get("s", "")
    if not sent.isascii() or not sent.isdigit() or len(sent) > 12 or not signature:
        raise WebhookRefused("no usable TikTok-Signature header")
    prefix = f"{sent}.".encode()
    if not any(is_signed(raw, signature, secret, prefix=prefix) for secret in secrets):
        raise WebhookRefused("wrong signature")
    age = now - datetime.fromtimestamp(int(sent), UTC)
    if age < -window or (age > window and not allow_stale):
        raise WebhookRefused(f"signed {int(age.total_seconds())} s ago")
    # Deliveries carry no id; a retry repeats the very bytes.
    return Delivery(digest_of(raw))


def parse(raw: bytes) -> list[PlatformEvent]:
    """The one event of a delivery, or none when it is about nothing that Aura keeps."""
    body = json.loads(raw)
    kind, account = str(body["event"]), str(body.get("user_openid") or "")
    if kind == "authorization.removed":
        at = datetime.fromtimestamp(int(body["create_time"]), UTC)
        return [PlatformEvent("grant_ended", account, at)]
    if kind != "comment.update":
        return []
    told = json.loads(body["content"])
    action = str(told["comment_action"])
    at = datetime.fromtimestamp(int(told["timestamp"]) / 1000, UTC)
    parent = number(told.get("parent_comment_id") or 0)
    comment_id, video_id = number(told["comment_id"]), number(told["video_id"])
    parent_id = "" if parent == "0" else parent
    return [
        PlatformEvent(
            "comment",
            account,
            at,
            comment_id=comment_id,
            post_id=video_id,
            parent_id=parent_id,
            comment=_comment(told, comment_id, video_id, parent_id, at, action),
            is_removal=action == "delete",
        )
    ]


def _comment(
    told: Mapping[str, Any],
    comment_id: str,
    video_id: str,
    parent_id: str,
    at: datetime,
    action: str,
) -> RemoteComment | None:
    text = told.get("text")
    if not isinstance(text, str) or not text:
        return None
    return RemoteComment(
        id=comment_id,
        post_id=video_id,
        parent_id=parent_id or None,
        author_id=str(told.get("unique_identifier") or ""),
        author_handle="",
        author_name="",
        author_avatar="",
        text=text,
        created_at=at,
        edited_at=None,
        like_count=0,
        reply_count=0,
        visibility=_SEEN.get(action, Visibility.UNKNOWN),
        is_own=False,
        permalink=video_url(video_id),
        raw=dict(told),
    )
