"""Twitch's JSON as Aura's values; KeyError, TypeError or ValueError when it is another one."""

import json
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from integrations.platforms.base import RemoteAccount, RemoteComment, RemotePost, Visibility
from integrations.platforms.live import LIVE
from integrations.platforms.webhooks import PlatformEvent

WWW = "https://www.twitch.tv"
MESSAGE, DELETION = "channel.chat.message", "channel.chat.message_delete"


def account(user: Mapping[str, Any], followers: int | None) -> RemoteAccount:
    """An entry of users."""
    login = str(user["login"])
    born = user.get("created_at")
    return RemoteAccount(
        id=text(user["id"]),
        handle=f"@{login}",
        name=str(user.get("display_name") or login),
        avatar=str(user.get("profile_image_url") or ""),
        url=f"{WWW}/{login}",
        uploads_id=text(user["id"]),
        followers=followers,
        posts=None,
        views=None,
        created_at=moment(born) if born else None,
        raw=dict(user),
    )


def recording(video: Mapping[str, Any]) -> RemotePost:
    """An entry of videos. A recording goes by the id of its stream, as its chat does."""
    picture = str(video.get("thumbnail_url") or "")
    return RemotePost(
        id=text(video.get("stream_id") or video["id"]),
        title=str(video.get("title") or ""),
        text=str(video.get("description") or ""),
        url=str(video.get("url") or ""),
        thumbnail=picture.replace("%{width}", "320").replace("%{height}", "180"),
        created_at=moment(video["created_at"]),
        privacy=str(video.get("viewable") or "public"),
        views=count(video, "view_count"),
        likes=None,
        comments=None,
        comments_enabled=True,
        raw=dict(video),
    )


def live(stream: Mapping[str, Any]) -> RemotePost:
    """An entry of streams: what runs at this moment."""
    viewers = count(stream, "viewer_count")
    picture = str(stream.get("thumbnail_url") or "")
    return RemotePost(
        id=text(stream["id"]),
        title=str(stream.get("title") or ""),
        text=str(stream.get("game_name") or ""),
        url=f"{WWW}/{stream.get('user_login', '')}",
        thumbnail=picture.replace("{width}", "320").replace("{height}", "180"),
        created_at=moment(stream["started_at"]),
        privacy="public",
        views=None,
        likes=None,
        comments=None,
        comments_enabled=True,
        raw=dict(stream),
        more={} if viewers is None else {"viewers": viewers},
    )


def events(raw: bytes) -> list[PlatformEvent]:
    """What a kept frame tells of the chat; nothing when it is about something else.

    `raw` is what `eventsub.kept` made: the frame with the stream that ran when it came.
    """
    told = json.loads(raw)
    frame, stream_id = told["frame"], str(told.get("stream_id") or "")
    metadata, payload = frame["metadata"], frame["payload"]
    at = moment(metadata["message_timestamp"])
    subscription = payload["subscription"]
    if metadata["message_type"] == "revocation":
        condition = subscription.get("condition") or {}
        return [PlatformEvent("grant_ended", text(condition["broadcaster_user_id"]), at)]
    event = payload["event"]
    if subscription["type"] not in {MESSAGE, DELETION}:
        return []
    message_id = LIVE + text(event["message_id"])
    is_message = subscription["type"] == MESSAGE
    return [
        PlatformEvent(
            "comment",
            text(event["broadcaster_user_id"]),
            at,
            comment_id=message_id,
            post_id=stream_id,
            comment=message(event, at, stream_id) if is_message else None,
            is_removal=not is_message,
            is_whole=True,
        )
    ]


def message(event: Mapping[str, Any], at: datetime, stream_id: str) -> RemoteComment:
    """The event of channel.chat.message."""
    reply = event.get("reply")
    reply = reply if isinstance(reply, dict) else {}
    thread = reply.get("thread_message_id") or reply.get("parent_message_id")
    author, login = (
        text(event.get("chatter_user_id") or ""),
        str(event.get("chatter_user_login") or ""),
    )
    return RemoteComment(
        id=LIVE + text(event["message_id"]),
        post_id=stream_id,
        parent_id=LIVE + text(thread) if thread else None,
        author_id=author,
        author_handle=f"@{login}" if login else "",
        author_name=str(event.get("chatter_user_name") or login),
        author_avatar="",
        text=str(event["message"]["text"]),
        created_at=at,
        edited_at=None,
        like_count=0,
        reply_count=0,
        visibility=Visibility.PUBLIC,
        is_own=bool(author) and author == text(event["broadcaster_user_id"]),
        permalink="",  # Twitch has no page for one message
        raw=dict(event),
    )


def text(value: Any) -> str:
    """An id as text; a float would have lost digits already."""
    if isinstance(value, str):
        return value
    if isinstance(value, bool) or not isinstance(value, int):
        raise TypeError("an id is neither text nor a whole number")
    return str(value)


def moment(value: Any) -> datetime:
    """RFC 3339; EventSub's nanoseconds are more than Python counts."""
    return datetime.fromisoformat(str(value))


def count(item: Mapping[str, Any], name: str) -> int | None:
    """A counter; None when Twitch does not tell it."""
    value = item.get(name)
    return None if value is None else int(value)
