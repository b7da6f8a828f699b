"""YouTube's resources, turned into the dataclasses of `platforms.base`."""

from datetime import datetime
from typing import Any
from urllib.parse import urlencode

from integrations.platforms.base import (
    Bucket,
    RemoteAccount,
    RemoteComment,
    RemotePost,
    ThreadRef,
    Visibility,
)
from integrations.platforms.live import LIVE, LiveChat

WWW = "https://www.youtube.com"

# Comment.snippet.moderationStatus; "rejected" never shows up in a listing.
_VISIBILITY = {
    "published": Visibility.PUBLIC,
    "heldForReview": Visibility.HELD,
    "likelySpam": Visibility.SPAM,
    "rejected": Visibility.REJECTED,
}
_BUCKET_VISIBILITY = {
    Bucket.PUBLISHED: Visibility.PUBLIC,
    Bucket.HELD: Visibility.HELD,
    Bucket.SPAM: Visibility.SPAM,
}


def account(item: dict[str, Any]) -> RemoteAccount:
    """A channel resource with snippet, statistics and contentDetails."""
    snippet = _object(item, "snippet")
    statistics = _object(item, "statistics")
    playlists = _object(_object(item, "contentDetails"), "relatedPlaylists")
    handle = str(snippet.get("customUrl", ""))
    hidden = bool(statistics.get("hiddenSubscriberCount"))
    return RemoteAccount(
        id=str(item["id"]),
        handle=handle,
        name=str(snippet.get("title", "")),
        avatar=_thumbnail(snippet),
        url=f"{WWW}/{handle}" if handle.startswith("@") else f"{WWW}/channel/{item['id']}",
        uploads_id=str(playlists.get("uploads", "")),
        followers=None if hidden else _count(statistics, "subscriberCount"),
        posts=_count(statistics, "videoCount"),
        views=_count(statistics, "viewCount"),
        created_at=_moment(snippet.get("publishedAt")),
        raw=item,
    )


def post(entry: dict[str, Any], video: dict[str, Any] | None) -> RemotePost:
    """A playlistItem resource joined with its video resource, which may be missing."""
    snippet = _object(entry, "snippet")
    details = _object(entry, "contentDetails")
    video = video or {}
    statistics = _object(video, "statistics")
    video_id = str(details["videoId"])
    comments = _count(statistics, "commentCount")
    return RemotePost(
        id=video_id,
        title=str(snippet.get("title", "")),
        text=str(snippet.get("description", "")),
        url=f"{WWW}/watch?v={video_id}",
        thumbnail=_thumbnail(snippet),
        created_at=_moment(details.get("videoPublishedAt"))
        or _required_moment(snippet["publishedAt"]),
        privacy=str(_object(entry, "status").get("privacyStatus", "")),
        views=_count(statistics, "viewCount"),
        likes=_count(statistics, "likeCount"),
        comments=comments,
        # commentCount is absent exactly when comments are switched off.
        comments_enabled=not statistics or comments is not None,
        raw={"playlistItem": entry, "video": video},
    )


def thread(item: dict[str, Any], bucket: Bucket) -> tuple[list[RemoteComment], ThreadRef | None]:
    """A commentThread: its top comment and the replies sent along, and what is still missing."""
    snippet = _object(item, "snippet")
    top = _object(snippet, "topLevelComment")
    post_id = str(snippet.get("videoId", ""))
    total = int(snippet.get("totalReplyCount", 0))
    included = _object(item, "replies").get("comments", [])
    channel_id = str(snippet.get("channelId", ""))
    # A thread is in the held or spam listing because of its top comment or of one reply: with
    # replies aboard, a comment that does not carry its own status could be either.
    certain = bucket is Bucket.PUBLISHED or not included
    fallback = _BUCKET_VISIBILITY[bucket] if certain else Visibility.UNKNOWN
    first = comment(
        top, post_id=post_id, reply_count=total, channel_id=channel_id, fallback=fallback
    )
    replies = [
        comment(
            reply, post_id=post_id, parent_id=first.id, channel_id=channel_id, fallback=fallback
        )
        for reply in included
    ]
    missing = ThreadRef(first.id, post_id, total) if total > len(included) else None
    return [first, *replies], missing


def comment(
    item: dict[str, Any],
    *,
    post_id: str = "",
    parent_id: str | None = None,
    reply_count: int = 0,
    channel_id: str = "",
    fallback: Visibility = Visibility.UNKNOWN,
) -> RemoteComment:
    """A comment resource. The keywords fill what the resource itself may leave out."""
    snippet = _object(item, "snippet")
    comment_id = str(item["id"])
    post_id = str(snippet.get("videoId") or post_id)
    author_id = str(_object(snippet, "authorChannelId").get("value", ""))
    name = str(snippet.get("authorDisplayName") or "")
    created_at = _required_moment(snippet["publishedAt"])
    edited_at = _moment(snippet.get("updatedAt"))
    owner_id = str(snippet.get("channelId") or channel_id)
    # textOriginal is promised to the comment's author only; with textFormat=plainText
    # textDisplay is the same text for everybody else.
    text = snippet.get("textOriginal", snippet.get("textDisplay")) or ""
    return RemoteComment(
        id=comment_id,
        post_id=post_id,
        parent_id=str(snippet.get("parentId") or parent_id or "") or None,
        author_id=author_id,
        author_handle=name if name.startswith("@") else "",
        author_name=name,
        author_avatar=str(snippet.get("authorProfileImageUrl") or ""),
        text=str(text),
        created_at=created_at,
        edited_at=edited_at if edited_at and edited_at > created_at else None,
        like_count=int(snippet.get("likeCount") or 0),
        reply_count=reply_count,
        visibility=_VISIBILITY.get(str(snippet.get("moderationStatus", "")), fallback),
        is_own=bool(author_id) and author_id == owner_id,
        permalink=permalink(post_id, comment_id),
        raw=item,
    )


def live_chat(item: dict[str, Any]) -> LiveChat:
    """A liveBroadcast; its chat id is absent when the chat is switched off."""
    snippet = _object(item, "snippet")
    return LiveChat(
        id=str(snippet.get("liveChatId") or ""),
        post_id=str(item["id"]),
        title=str(snippet.get("title", "")),
        began_at=_moment(snippet.get("actualStartTime")),
    )


def live_kind(item: dict[str, Any]) -> str:
    """What a liveChatMessage is: many are no words of anybody."""
    return str(_object(item, "snippet").get("type", ""))


def live_deleted(item: dict[str, Any]) -> str:
    """Our id of the message that a messageDeletedEvent takes away."""
    details = _object(_object(item, "snippet"), "messageDeletedDetails")
    return f"{LIVE}{details['deletedMessageId']}"


def live_message(item: dict[str, Any], *, post_id: str) -> RemoteComment | None:
    """A liveChatMessage as a comment; None for what holds no words."""
    snippet, author = _object(item, "snippet"), _object(item, "authorDetails")
    text = next((words for words in _words(snippet) if words), "")
    if not text:
        return None
    author_id = str(author.get("channelId") or snippet.get("authorChannelId") or "")
    name = str(author.get("displayName") or "")
    return RemoteComment(
        id=f"{LIVE}{item['id']}",
        post_id=post_id,
        parent_id=None,
        author_id=author_id,
        author_handle=name if name.startswith("@") else "",
        author_name=name,
        author_avatar=str(author.get("profileImageUrl") or ""),
        text=text,
        created_at=_required_moment(snippet["publishedAt"]),
        edited_at=None,
        like_count=0,
        reply_count=0,
        visibility=Visibility.PUBLIC,
        is_own=author.get("isChatOwner") is True,
        permalink=permalink(post_id, ""),
        raw=item,
    )


def _words(snippet: dict[str, Any]) -> tuple[str, ...]:
    return (
        str(_object(snippet, "textMessageDetails").get("messageText") or ""),
        str(_object(snippet, "superChatDetails").get("userComment") or ""),
        str(_object(snippet, "memberMilestoneChatDetails").get("userComment") or ""),
    )


def permalink(post_id: str, comment_id: str) -> str:
    """The page where YouTube highlights the comment, if one; "" when the video is not known."""
    if not post_id:
        return ""
    return f"{WWW}/watch?" + urlencode({"v": post_id} | ({"lc": comment_id} if comment_id else {}))


def _object(parent: dict[str, Any], key: str) -> dict[str, Any]:
    value = parent.get(key)
    return value if isinstance(value, dict) else {}


def _count(statistics: dict[str, Any], key: str) -> int | None:
    # Counters are decimal strings, absent when the owner hides them.
    value = str(statistics.get(key, ""))
    return int(value) if value.isdigit() else None


def _moment(value: Any) -> datetime | None:
    return datetime.fromisoformat(value) if isinstance(value, str) and value else None


def _required_moment(value: Any) -> datetime:
    return datetime.fromisoformat(str(value))


def _thumbnail(snippet: dict[str, Any]) -> str:
    thumbnails = _object(snippet, "thumbnails")
    for size in ("medium", "default", "high"):
        if url := _object(thumbnails, size).get("url"):
            return str(url)
    return ""
