"""The JSON of TikTok's API for Business: envelopes, accounts, videos, comments."""

import random
from collections.abc import Mapping
from typing import Any

from starlette.responses import JSONResponse, Response

from integrations.sandbox.world import Comment, Video, World

STATUS = {"published": "PUBLIC"}  # all other states are HIDDEN, by the owner or by TikTok
REPEATS = 3  # beyond the sorted part every so many-th place repeats an earlier comment


class BusinessError(Exception):
    """An answer whose `code` is not 0."""

    def __init__(self, code: int, message: str) -> None:
        super().__init__(message)
        self.code = code


def refused(code: int, message: str) -> Response:
    """The envelope of a refusal: HTTP 200 all the same."""
    return JSONResponse({"code": code, "message": message, "request_id": "r-1", "data": {}})


def succeeded(data: Mapping[str, Any]) -> Response:
    """The envelope of a success."""
    return JSONResponse({"code": 0, "message": "OK", "request_id": "r-1", "data": data})


def ms(video: Video) -> int:
    """When a video was published, as cursors count."""
    return int(video.published_at.timestamp() * 1000)


def account(world: World, channel_id: str, base: str) -> dict[str, Any]:
    """What business/get knows."""
    channel = world.channels[channel_id]
    return {
        "username": channel.handle.lstrip("@"),
        "display_name": channel.title,
        "profile_image": f"{base}/avatars/{channel.id}.svg?x-expires=1790000000",
        "profile_deep_link": f"https://www.tiktok.com/{channel.handle}",
        "bio_description": channel.description,
        "followers_count": channel.subscribers,
        "following_count": 120,
        "total_likes": channel.views // 20,
        "videos_count": len(world.uploads(channel_id)),
        "is_business_account": True,
        "is_verified": False,
    }


def video(world: World, one: Video, base: str) -> dict[str, Any]:
    """What business/video/list knows of a video; numbers of people lag a day or two in truth."""
    handle = world.channels[one.channel_id].handle
    return {
        "item_id": one.id,
        "media_type": "VIDEO",
        "create_time": str(int(one.published_at.timestamp())),
        "caption": one.title,
        "thumbnail_url": f"{base}/thumbs/{one.id}.svg?x-expires=1790000000",
        "share_url": f"https://www.tiktok.com/{handle}/video/{one.id}",
        "embed_url": f"https://www.tiktok.com/player/v1/{one.id}",
        "video_duration": one.minutes * 10 + 0.52,
        "likes": one.likes,
        "comments": world.comment_count(one.id),
        "shares": one.likes // 9,
        "favorites": one.likes // 7,
        "video_views": one.views,
        "reach": one.views * 8 // 10,
    }


def comment(world: World, one: Comment, base: str, *, with_replies: bool = False) -> dict[str, Any]:
    """A comment as listed. The ids inside reply_list are numbers, everywhere else text."""
    author = world.authors[one.author_id]
    is_owner = one.author_id == one.channel_id
    answers = world.replies(one.id, "published", "heldForReview", "likelySpam")
    body: dict[str, Any] = {
        "comment_id": one.id,
        "video_id": one.video_id,
        "user_id": "",
        "unique_identifier": one.author_id,
        "username": author.handle.lstrip("@"),
        "display_name": author.handle.lstrip("@"),
        "profile_image": f"{base}/avatars/{one.author_id}.svg?x-expires=1790000000",
        "text": one.text,
        "create_time": str(int(one.published_at.timestamp())),
        "likes": one.likes,
        "replies": len(answers),
        "owner": is_owner,
        "liked": False,
        "pinned": False,
        "status": STATUS.get(one.status, "HIDDEN"),
    }
    if one.parent_id:
        body["parent_comment_id"] = one.parent_id
    elif with_replies:
        body["reply_list"] = [_inner(world, reply, base) for reply in answers[:3]]
    return body


def arranged(pool: list[Comment], *, by: str, order: str, salt: int, most: int) -> list[Comment]:
    """The order of a listing: random unless asked otherwise, and only at first what was asked."""
    if by not in {"likes", "replies", "create_time"} or order not in {"asc", "desc", "smart"}:
        raise BusinessError(40002, "sort_field or sort_order: Not a valid choice.")
    if order == "smart":
        mixed = list(pool)
        random.Random(salt).shuffle(mixed)  # noqa: S311
        return mixed
    key = {"likes": lambda c: c.likes, "create_time": lambda c: (c.published_at, c.id)}
    ranked = sorted(pool, key=key.get(by, key["create_time"]), reverse=order == "desc")
    head, tail = ranked[:most], ranked[most:]
    random.Random(most).shuffle(tail)  # noqa: S311
    mixed = []
    for place, one in enumerate(tail):
        mixed.append(one)
        if place % REPEATS == 0:
            mixed.append(head[place % len(head)])
    return head + mixed


def _inner(world: World, reply: Comment, base: str) -> dict[str, Any]:
    body = comment(world, reply, base)
    for name in ("comment_id", "video_id", "parent_comment_id"):
        body[name] = int(body[name])
    return body
