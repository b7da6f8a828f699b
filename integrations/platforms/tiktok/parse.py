"""TikTok's JSON as Aura's values; KeyError, TypeError or ValueError when it is another one."""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from integrations.platforms.base import (
    RemoteAccount,
    RemoteComment,
    RemotePost,
    ThreadRef,
    Visibility,
)

WWW = "https://www.tiktok.com"
_VISIBILITY = {"PUBLIC": Visibility.PUBLIC, "HIDDEN": Visibility.HELD}


def business_account(open_id: str, data: Mapping[str, Any]) -> RemoteAccount:
    """data of business/get."""
    return _account(
        open_id,
        data,
        handle=str(data.get("username") or ""),
        avatar=str(data.get("profile_image") or ""),
        followers=count(data, "followers_count"),
    )


def display_account(open_id: str, user: Mapping[str, Any]) -> RemoteAccount:
    """data.user of user/info."""
    return _account(
        open_id,
        user,
        handle=str(user.get("username") or ""),
        avatar=str(user.get("avatar_url") or ""),
        followers=count(user, "follower_count"),
        posts=count(user, "video_count"),
    )


def business_post(video: Mapping[str, Any]) -> RemotePost:
    """A video of business/video/list."""
    more = {name: count(video, name) for name in ("shares", "favorites", "reach")}
    return RemotePost(
        id=number(video["item_id"]),
        title=str(video.get("caption") or ""),
        text=str(video.get("caption") or ""),
        url=str(video.get("share_url") or ""),
        thumbnail=str(video.get("thumbnail_url") or ""),
        created_at=moment(video["create_time"]),
        privacy="public",
        views=count(video, "video_views"),
        likes=count(video, "likes"),
        comments=count(video, "comments"),
        comments_enabled=True,  # TikTok does not tell; a closed video lists no comments
        raw=dict(video),
        more={name: value for name, value in more.items() if value is not None},
    )


def display_post(video: Mapping[str, Any]) -> RemotePost:
    """A video of video/list."""
    shares = count(video, "share_count")
    return RemotePost(
        id=number(video["id"]),
        title=str(video.get("title") or video.get("video_description") or ""),
        text=str(video.get("video_description") or ""),
        url=str(video.get("share_url") or ""),
        thumbnail=str(video.get("cover_image_url") or ""),
        created_at=moment(video["create_time"]),
        privacy="public",
        views=count(video, "view_count"),
        likes=count(video, "like_count"),
        comments=count(video, "comment_count"),
        comments_enabled=True,
        raw=dict(video),
        more={} if shares is None else {"shares": shares},
    )


def comment(item: Mapping[str, Any], *, parent_id: str = "") -> RemoteComment:
    """A comment or reply; ids may be numbers, and an author who is gone has no identifier."""
    handle = str(item.get("username") or "")
    parent = parent_id or number(item.get("parent_comment_id") or 0)
    video_id = number(item["video_id"])
    return RemoteComment(
        id=number(item["comment_id"]),
        post_id=video_id,
        parent_id=None if parent == "0" else parent,
        author_id=str(item.get("unique_identifier") or ""),
        author_handle=f"@{handle}" if handle else "",
        author_name=str(item.get("display_name") or ""),
        author_avatar=str(item.get("profile_image") or ""),
        text=str(item.get("text") or ""),
        created_at=moment(item["create_time"]),
        edited_at=None,
        like_count=count(item, "likes") or 0,
        reply_count=count(item, "replies") or 0,
        visibility=_VISIBILITY.get(str(item.get("status")), Visibility.UNKNOWN),
        is_own=bool(item.get("owner")),
        permalink=video_url(video_id),
        raw=dict(item),
    )


def thread(item: Mapping[str, Any]) -> tuple[list[RemoteComment], ThreadRef | None]:
    """A top comment with the replies sent along, and a reference when some were not."""
    top = comment(item)
    inner = item.get("reply_list") or []
    replies = [comment(reply, parent_id=top.id) for reply in inner]
    missing = None
    if top.reply_count > len(replies):
        missing = ThreadRef(top.id, top.post_id, top.reply_count)
    return [top, *replies], missing


def video_url(video_id: str) -> str:
    """A link to a video that needs no handle. There are no links to single comments."""
    return f"https://m.tiktok.com/v/{video_id}.html"


def number(value: Any) -> str:
    """An id as text. Both spellings come; a float would have lost digits already."""
    if isinstance(value, str) and value:
        return value
    if isinstance(value, bool) or not isinstance(value, int):
        raise TypeError("an id is neither text nor a whole number")
    return str(value)


def moment(value: Any) -> datetime:
    """Seconds since 1970, as a number or as text."""
    return datetime.fromtimestamp(int(value), UTC)


def count(item: Mapping[str, Any], name: str) -> int | None:
    """A counter; None when TikTok does not tell it."""
    value = item.get(name)
    return None if value is None else int(value)


def _account(
    open_id: str,
    data: Mapping[str, Any],
    *,
    handle: str,
    avatar: str,
    followers: int | None,
    posts: int | None = None,
) -> RemoteAccount:
    return RemoteAccount(
        id=open_id,
        handle=f"@{handle}" if handle else "",
        name=str(data.get("display_name") or ""),
        avatar=avatar,
        url=f"{WWW}/@{handle}" if handle else "",
        uploads_id=open_id,
        followers=followers,
        posts=posts,
        views=None,
        created_at=None,
        raw=dict(data),
    )
