"""Instagram's JSON: errors, requested fields, media and comment objects."""

import hashlib
import json
from datetime import UTC, datetime
from typing import Any

from starlette.responses import JSONResponse

from integrations.sandbox.instagram.ids import digits, scoped_id
from integrations.sandbox.world import Channel, Comment, Video, World, token

REPLIES_INCLUDED = 25  # a nested edge without a limit
HIDDEN = {"heldForReview", "likelySpam"}
GRAPH_DOCS = "For more info, see https://developers.facebook.com/docs/instagram-platform"

_ACCOUNT = {
    "id", "user_id", "username", "name", "account_type", "profile_picture_url",
    "followers_count", "follows_count", "media_count", "biography", "website",
}  # fmt: skip
_MEDIA = {
    "id", "caption", "media_type", "media_product_type", "permalink", "thumbnail_url", "media_url",
    "timestamp", "like_count", "comments_count", "shortcode", "username", "is_comment_enabled",
}  # fmt: skip
_COMMENT = {
    "id", "text", "timestamp", "username", "from", "like_count", "hidden", "parent_id", "media",
    "replies",
}  # fmt: skip


class GraphError(Exception):
    """A refusal in the Graph API's own shape."""

    def __init__(
        self,
        code: int,
        message: str,
        *,
        subcode: int = 0,
        status: int = 400,
        transient: bool = False,
        kind: str = "OAuthException",
        minutes: int = 0,
    ) -> None:
        super().__init__(message)
        self.code = code
        self.status = status
        self.minutes = minutes
        self.error: dict[str, Any] = {"message": message, "type": kind, "code": code}
        if subcode:
            self.error["error_subcode"] = subcode
        if transient:
            self.error["is_transient"] = True

    def response(self) -> JSONResponse:
        """The HTTP answer."""
        trace = "A" + hashlib.sha256(json.dumps(self.error).encode()).hexdigest()[:22]
        return JSONResponse({"error": {**self.error, "fbtrace_id": trace}}, self.status)


def gone(node: str) -> GraphError:
    """No such object, or none that this token may see: Graph does not tell them apart."""
    return GraphError(
        100,
        f"Unsupported get request. Object with ID '{node}' does not exist, cannot be loaded due "
        "to missing permissions, or does not support this operation.",
        subcode=33,
        kind="IGApiException",
    )


def no_permission() -> GraphError:
    """A living token without the permission that the edge needs."""
    return GraphError(10, "(#10) Application does not have permission for this action", status=403)


def limit_reached(code: int, minutes: int) -> GraphError:
    """One of Meta's limits; 80002 is Instagram's own."""
    words = {4: "(#4) Application request limit reached", 17: "(#17) User request limit reached"}
    text = words.get(code, f"(#{code}) There have been too many calls to this Instagram account.")
    return GraphError(code, text, status=400 if code == 80002 else 403, minutes=minutes)


Fields = dict[str, "Fields"]


def parse_fields(text: str) -> Fields:
    """`a,b{c,d}` as nested names. GraphError 2500-like syntax errors become code 100."""
    found, rest = _fields(text)
    if rest:
        raise GraphError(100, f"(#100) Syntax error in field specification at '{rest}'")
    return found


def _fields(text: str) -> tuple[Fields, str]:
    found: Fields = {}
    name = ""
    while text:
        head, text = text[0], text[1:]
        if head == "{":
            inner, text = _fields(text)
            if not text.startswith("}") or not name:
                raise GraphError(100, "(#100) Syntax error in field specification")
            found[name], name, text = inner, "", text[1:]
        elif head == ",":
            if name:
                found[name] = {}
            name = ""
        elif head == "}":
            text = head + text
            break
        else:
            name += head
    if name:
        found[name] = {}
    return found, text


def _check(fields: Fields, known: set[str], kind: str) -> None:
    for name in fields:
        if name not in known:
            raise GraphError(
                100, f"(#100) Tried accessing nonexisting field ({name}) on node type ({kind})"
            )


def stamp(moment: datetime) -> str:
    """Graph's timestamps: UTC, whole seconds, +0000."""
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S+0000")


def username(handle: str) -> str:
    """A handle without the at-sign: that is how Instagram writes names."""
    return handle.removeprefix("@")


def account_object(channel: Channel, world: World, fields: Fields, base: str) -> dict[str, Any]:
    """The account of a token. `id` and `user_id` are different numbers."""
    _check(fields, _ACCOUNT, "IGUser")
    grown = int(world.hours() * channel.views_per_hour) // 900
    whole = {
        "id": scoped_id(channel.id),
        "user_id": channel.id,
        "username": username(channel.handle),
        "name": channel.title,
        "account_type": "MEDIA_CREATOR",
        "profile_picture_url": f"{base}avatars/{channel.id}.svg",
        "followers_count": channel.subscribers + grown,
        "follows_count": 210,
        "media_count": len(world.uploads(channel.id)),
        "biography": channel.description,
        "website": "",
    }
    return _chosen(whole, fields)


def media_object(
    video: Video, channel: Channel, world: World, fields: Fields, base: str
) -> dict[str, Any]:
    """A post: every other one is a reel."""
    _check(fields, _MEDIA, "IGMedia")
    is_reel = int(video.id[-1]) % 2 == 0
    code = shortcode(video)
    picture = f"{base}thumbs/{video.id}.svg"
    whole = {
        "id": video.id,
        "caption": f"{video.title}\n\n{channel.description}",
        "media_type": "VIDEO" if is_reel else "IMAGE",
        "media_product_type": "REELS" if is_reel else "FEED",
        "permalink": f"https://www.instagram.com/{'reel' if is_reel else 'p'}/{code}/",
        "media_url": f"{base}film/{video.id}.mp4" if is_reel else picture,
        "timestamp": stamp(video.published_at),
        "like_count": video.likes,
        "comments_count": world.comment_count(video.id),
        "shortcode": code,
        "username": username(channel.handle),
        "is_comment_enabled": video.comments_enabled,
    }
    if is_reel:
        whole["thumbnail_url"] = picture
    return _chosen(whole, fields)


def comment_object(
    comment: Comment, world: World, fields: Fields, *, next_url: str = ""
) -> dict[str, Any]:
    """A comment; `next_url` is where the rest of its replies would be."""
    _check(fields, _COMMENT, "IGComment")
    author = world.authors[comment.author_id]
    is_own = comment.author_id == comment.channel_id
    video = world.videos[comment.video_id]
    whole: dict[str, Any] = {
        "id": comment.id,
        "text": comment.text,
        "timestamp": stamp(comment.published_at),
        "username": username(author.handle),
        # Even the owner appears under a scoped id.
        "from": {
            "id": scoped_id(author.id) if is_own else author.id,
            "username": username(author.handle),
        },
        "like_count": comment.likes,
        "hidden": comment.status in HIDDEN,
    }
    if comment.parent_id:
        whole["parent_id"] = comment.parent_id
    if "media" in fields:
        media = {"id": video.id, "permalink": f"https://www.instagram.com/p/{shortcode(video)}/"}
        whole["media"] = _chosen(media, fields["media"])
    shown = _chosen(whole, fields or {"timestamp": {}, "text": {}})
    if "replies" in fields and not comment.parent_id:
        replies = listed_replies(world, comment.id)
        if replies:
            inner = fields["replies"]
            page = [comment_object(r, world, inner) for r in replies[:REPLIES_INCLUDED]]
            shown["replies"] = {"data": page}
            if len(replies) > REPLIES_INCLUDED:
                after = f"{next_url}&after={token(24, 'nested', comment.id)}"
                shown["replies"]["paging"] = {"cursors": {}, "next": after}
    return shown


def listed_replies(world: World, parent_id: str) -> list[Comment]:
    """Replies as the owner sees them, hidden ones included, oldest first."""
    return world.replies(parent_id, "published", "heldForReview", "likelySpam")


def listed_comments(world: World, video_id: str) -> list[Comment]:
    """Top comments of a post as the owner sees them, newest first."""
    tops: dict[str, Comment] = {}
    for status in ("published", "heldForReview", "likelySpam"):
        tops |= {
            top.id: top for top in world.threads(status, video_id=video_id) if top.status == status
        }
    return sorted(tops.values(), key=lambda top: (top.published_at, top.id), reverse=True)


def shortcode(video: Video) -> str:
    """The part of a permalink that names the post."""
    return "D" + token(10, "shortcode", video.id)


def numbers_of(video: Video, channel: Channel, world: World) -> dict[str, int]:
    """Insights of a post, which grow with the sandbox's clock."""
    share = channel.views_per_hour / max(len(world.uploads(channel.id)), 1)
    views = video.views + int(world.hours() * share)
    saved = int(digits(3, "saved", video.id))
    counted = {"likes": video.likes, "comments": world.comment_count(video.id), "saved": saved}
    counted |= {"views": views, "reach": views * 7 // 10, "shares": saved // 4}
    total = counted["likes"] + counted["comments"] + saved + counted["shares"]
    return {**counted, "total_interactions": total}


def _chosen(whole: dict[str, Any], fields: Fields) -> dict[str, Any]:
    return {name: value for name, value in whole.items() if name in fields or name == "id"}
