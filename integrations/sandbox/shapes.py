"""YouTube's JSON: errors, envelopes and resources, field for field."""

import hashlib
import html
import json
from datetime import UTC, datetime
from typing import Any

from starlette.responses import JSONResponse, Response

from integrations.sandbox.world import Channel, Comment, Status, Video, World

REPLIES_INCLUDED = 5  # YouTube sends some replies along, never promising how many

_MESSAGES = {
    "quotaExceeded": (
        403,
        "youtube.quota",
        "The request cannot be completed because you have exceeded your "
        '<a href="/youtube/v3/getting-started#quota">quota</a>.',
    ),
    "rateLimitExceeded": (
        403,
        "usageLimits",
        "The request was not completed because too many requests were sent recently.",
    ),
    "commentsDisabled": (
        403,
        "youtube.commentThread",
        "The video identified by the <code><a "
        'href="/youtube/v3/docs/commentThreads/list#videoId">videoId</a></code> parameter '
        "has disabled comments.",
    ),
    "videoNotFound": (
        404,
        "youtube.commentThread",
        "The video identified by the <code>videoId</code> parameter could not be found.",
    ),
    "channelNotFound": (404, "youtube.commentThread", "The channel could not be found."),
    "playlistNotFound": (
        404,
        "youtube.playlistItem",
        "The playlist identified with the request's <code>playlistId</code> parameter "
        "cannot be found.",
    ),
    "commentNotFound": (
        404,
        "youtube.comment",
        "One or more of the specified comments cannot be found.",
    ),
    "parentCommentNotFound": (
        404,
        "youtube.comment",
        "The specified parent comment could not be found.",
    ),
    "processingFailure": (
        400,
        "youtube.commentThread",
        "The API server failed to successfully process the request. While this can be a "
        "transient error, it usually indicates that the request's input is invalid.",
    ),
    "invalidPageToken": (
        400,
        "youtube.parameter",
        "The request specifies an invalid page token.",
    ),
    "banWithoutReject": (
        400,
        "youtube.comment",
        "The <code>banAuthor</code> parameter can only be used if the "
        "<code>moderationStatus</code> parameter value is <code>rejected</code>.",
    ),
    "operationNotSupported": (
        400,
        "youtube.comment",
        "You can't change the moderation status of a rejected comment to published.",
    ),
    "forbidden": (
        403,
        "youtube.comment",
        "The request might not be properly authorized or lacks the permissions it needs.",
    ),
    "commentTextRequired": (400, "youtube.comment", "The comment's text is missing."),
    "commentTextTooLong": (400, "youtube.comment", "The comment's text is too long."),
    "parentCommentIdRequired": (400, "youtube.comment", "The parent comment's id is missing."),
}


class ApiError(Exception):
    """A refusal in the Data API's own shape."""

    def __init__(
        self,
        reason: str,
        *,
        status: int = 0,
        message: str = "",
        domain: str = "",
        location: str = "",
        location_type: str = "parameter",
        rpc: str = "",
        details: list[dict[str, Any]] | None = None,
    ) -> None:
        super().__init__(reason)
        known = _MESSAGES.get(reason, (400, "youtube.parameter", reason))
        self.reason = reason
        self.status = status or known[0]
        self.message = message or known[2]
        self.entry: dict[str, Any] = {
            "message": self.message,
            "domain": domain or known[1],
            "reason": reason,
        }
        if location:
            self.entry |= {"location": location, "locationType": location_type}
        self.extra: dict[str, Any] = {}
        if rpc:
            self.extra["status"] = rpc
        if details:
            self.extra["details"] = details

    def response(self) -> JSONResponse:
        """The HTTP answer."""
        error = {"code": self.status, "message": self.message, "errors": [self.entry]}
        return JSONResponse({"error": error | self.extra}, self.status)


def unauthenticated() -> ApiError:
    """No usable access token."""
    return ApiError(
        "authError",
        status=401,
        message="Request had invalid authentication credentials. Expected OAuth 2 access token, "
        "login cookie or other valid authentication credential.",
        domain="global",
        location="Authorization",
        location_type="header",
        rpc="UNAUTHENTICATED",
    )


def scope_missing(method: str) -> ApiError:
    """A living token without the scope that the method needs."""
    return ApiError(
        "insufficientPermissions",
        status=403,
        message="Request had insufficient authentication scopes.",
        domain="global",
        rpc="PERMISSION_DENIED",
        details=[
            {
                "@type": "type.googleapis.com/google.rpc.ErrorInfo",
                "reason": "ACCESS_TOKEN_SCOPE_INSUFFICIENT",
                "domain": "googleapis.com",
                "metadata": {"service": "youtube.googleapis.com", "method": method},
            }
        ],
    )


def rate_limited(status: int, *, daily: bool = False) -> ApiError:
    """The per-minute limit; with `daily` the newer 429 shape of an exhausted day."""
    if status == 403:
        return ApiError("rateLimitExceeded")
    limit = "defaultPerDayPerProject" if daily else "defaultPerMinutePerProject"
    return ApiError(
        "rateLimitExceeded",
        status=status,
        message=f"Quota exceeded for quota metric 'Queries' and limit '{limit}'.",
        domain="global",
        rpc="RESOURCE_EXHAUSTED",
        details=[
            {
                "@type": "type.googleapis.com/google.rpc.ErrorInfo",
                "reason": "RATE_LIMIT_EXCEEDED",
                "domain": "googleapis.com",
                "metadata": {"quota_limit": limit, "service": "youtube.googleapis.com"},
            }
        ],
    )


def listing(
    kind: str, items: list[dict[str, Any]], *, total: int, size: int, next_token: str | None
) -> dict[str, Any]:
    """The envelope of every list method."""
    body: dict[str, Any] = {"kind": f"youtube#{kind}ListResponse", "etag": etag(items)}
    if next_token:
        body["nextPageToken"] = next_token
    return body | {"pageInfo": {"totalResults": total, "resultsPerPage": size}, "items": items}


def answer(body: dict[str, Any], if_none_match: str) -> Response:
    """200 with an ETag, or 304 when the caller already has it."""
    tag = f'"{body["etag"]}"'
    if if_none_match == tag:
        return Response(status_code=304, headers={"ETag": tag})
    return JSONResponse(body, headers={"ETag": tag})


def etag(value: object) -> str:
    """A tag that changes exactly when the value does."""
    raw = json.dumps(value, sort_keys=True, default=str).encode()
    return hashlib.sha1(raw, usedforsecurity=False).hexdigest()[:27]


def stamp(moment: datetime) -> str:
    """YouTube's timestamps: UTC, whole seconds, Z."""
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def channel_resource(channel: Channel, world: World, parts: set[str], base: str) -> dict[str, Any]:
    """A channel; counters are strings and grow with the sandbox's clock."""
    item: dict[str, Any] = {"kind": "youtube#channel", "id": channel.id}
    if "snippet" in parts:
        item["snippet"] = {
            "title": channel.title,
            "description": channel.description,
            "customUrl": channel.handle,
            "publishedAt": stamp(channel.published_at),
            "thumbnails": _thumbnails(f"{base}avatars/{channel.id}.svg", 88),
            "localized": {"title": channel.title, "description": channel.description},
            "country": channel.country,
        }
    if "contentDetails" in parts:
        item["contentDetails"] = {"relatedPlaylists": {"likes": "", "uploads": channel.uploads}}
    if "statistics" in parts:
        grown = int(world.hours() * channel.views_per_hour)
        item["statistics"] = {
            "viewCount": str(channel.views + grown),
            "subscriberCount": str(channel.subscribers + grown // 900),
            "hiddenSubscriberCount": False,
            "videoCount": str(len(world.uploads(channel.id))),
        }
    return _tagged(item)


def playlist_item(video: Video, position: int, channel: Channel, base: str) -> dict[str, Any]:
    """An entry of the uploads playlist."""
    return _tagged(
        {
            "kind": "youtube#playlistItem",
            "id": f"{channel.uploads}.{video.id}",
            "snippet": {
                "publishedAt": stamp(video.published_at),
                "channelId": channel.id,
                "title": video.title,
                "description": video.description,
                "thumbnails": _thumbnails(f"{base}thumbs/{video.id}.svg", 120),
                "channelTitle": channel.title,
                "playlistId": channel.uploads,
                "position": position,
                "resourceId": {"kind": "youtube#video", "videoId": video.id},
            },
            "contentDetails": {
                "videoId": video.id,
                "videoPublishedAt": stamp(video.published_at),
            },
            "status": {"privacyStatus": "public"},
        }
    )


def video_resource(
    video: Video, channel: Channel, world: World, parts: set[str], base: str
) -> dict[str, Any]:
    """A video; commentCount is absent when comments are switched off."""
    item: dict[str, Any] = {"kind": "youtube#video", "id": video.id}
    if "snippet" in parts:
        item["snippet"] = {
            "publishedAt": stamp(video.published_at),
            "channelId": channel.id,
            "title": video.title,
            "description": video.description,
            "thumbnails": _thumbnails(f"{base}thumbs/{video.id}.svg", 120),
            "channelTitle": channel.title,
            "categoryId": "26",
            "liveBroadcastContent": "none",
            "defaultAudioLanguage": channel.language,
        }
    if "contentDetails" in parts:
        item["contentDetails"] = {"duration": f"PT{video.minutes}M7S", "definition": "hd"}
    if "status" in parts:
        item["status"] = {"uploadStatus": "processed", "privacyStatus": "public"}
    if "statistics" in parts:
        share = channel.views_per_hour / max(len(world.uploads(channel.id)), 1)
        views = video.views + int(world.hours() * share)
        item["statistics"] = {
            "viewCount": str(views),
            "likeCount": str(video.likes + (views - video.views) // 20),
            "favoriteCount": "0",
        }
        if video.comments_enabled:
            item["statistics"]["commentCount"] = str(world.comment_count(video.id))
    return _tagged(item)


def comment_resource(
    comment: Comment,
    world: World,
    base: str,
    *,
    plain: bool,
    with_status: bool = False,
    with_video: bool = False,
) -> dict[str, Any]:
    """A comment. Only listings show its status, and only threads name the video."""
    author = world.authors[comment.author_id]
    shown = comment.text
    if not plain:
        shown = html.escape(comment.text, quote=False).replace("\n", "<br>")
    snippet: dict[str, Any] = {
        "channelId": comment.channel_id,
        "textDisplay": shown,
        "textOriginal": comment.text,
        "authorDisplayName": author.handle,
        "authorProfileImageUrl": f"{base}avatars/{author.id}.svg",
        "authorChannelUrl": f"http://www.youtube.com/{author.handle}",
        "authorChannelId": {"value": author.id},
        "canRate": True,
        "viewerRating": "none",
        "likeCount": comment.likes,
        "publishedAt": stamp(comment.published_at),
        "updatedAt": stamp(comment.updated_at),
    }
    if with_video:
        snippet["videoId"] = comment.video_id
    if comment.parent_id:
        snippet["parentId"] = comment.parent_id
    if with_status:
        snippet["moderationStatus"] = comment.status
    return _tagged({"kind": "youtube#comment", "id": comment.id, "snippet": snippet})


def thread_resource(
    top: Comment, world: World, base: str, *, parts: set[str], status: Status, plain: bool
) -> dict[str, Any]:
    """A thread in one moderation listing, with some of its replies."""

    def shown(comment: Comment) -> dict[str, Any]:
        return comment_resource(
            comment, world, base, plain=plain, with_status=True, with_video=True
        )

    published = world.replies(top.id)
    # No other method lists waiting replies, so their listings bring all of them along.
    included = published[:REPLIES_INCLUDED]
    if status != "published":
        included = world.replies(top.id, status)
    item: dict[str, Any] = {"kind": "youtube#commentThread", "id": top.id}
    if "snippet" in parts:
        item["snippet"] = {
            "channelId": top.channel_id,
            "videoId": top.video_id,
            "topLevelComment": shown(top),
            "canReply": True,
            "totalReplyCount": len(published),
            "isPublic": top.status == "published",
        }
    if "replies" in parts and included:
        item["replies"] = {"comments": [shown(reply) for reply in included]}
    return _tagged(item)


def _thumbnails(url: str, width: int) -> dict[str, Any]:
    return {
        name: {"url": url, "width": width * factor, "height": width * factor * 3 // 4}
        for name, factor in (("default", 1), ("medium", 3), ("high", 9))
    }


def _tagged(item: dict[str, Any]) -> dict[str, Any]:
    return {"kind": item["kind"], "etag": etag(item), **item}
