"""The YouTube Data API v3, as far as comments need it, over the sandbox's world."""

import base64
import hashlib
from collections.abc import Awaitable, Callable, Mapping
from typing import Any, TypeVar, cast

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from integrations.sandbox import live, shapes
from integrations.sandbox.faults import Rule
from integrations.sandbox.grants import FORCE_SSL, READONLY, Grant
from integrations.sandbox.memory import Memory
from integrations.sandbox.shapes import ApiError
from integrations.sandbox.world import Comment, Status

Item = TypeVar("Item")
Handler = Callable[["Ask"], Response]

READ_SCOPES = frozenset({READONLY, FORCE_SSL, "https://www.googleapis.com/auth/youtube"})
COMMENT_SCOPES = frozenset({FORCE_SSL})
MAX_TEXT = 10_000
MAX_IDS = 50


class Ask:
    """One authorised request with its checked parameters."""

    def __init__(self, request: Request, memory: Memory, grant: Grant, body: Any) -> None:
        self.memory = memory
        self.world = memory.world
        self.grant = grant
        self.query: Mapping[str, str] = request.query_params
        self.base = str(request.base_url)
        self.if_none_match = request.headers.get("if-none-match", "")
        self.body = body
        self.rule = cast("Rule | None", request.scope.get("sandbox.rule"))

    def parts(self, *known: str) -> set[str]:
        """The `part` parameter, checked."""
        asked = [part for part in self.query.get("part", "").split(",") if part]
        if not asked:
            raise ApiError(
                "missingRequiredParameter",
                message="No filter selected. Expected one of: part",
                location="part",
            )
        for part in asked:
            if part not in {"id", *known}:
                raise ApiError("unknownPart", message=part, domain="youtube.part", location="part")
        return set(asked)

    def one_filter(self, *names: str) -> str:
        """The single filter that is set."""
        used = [name for name in names if self.query.get(name)]
        if len(used) == 1:
            return used[0]
        if used:
            raise ApiError(
                "incompatibleParameters",
                message=f"Incompatible parameters specified in the request: {', '.join(used)}",
            )
        raise ApiError(
            "missingRequiredParameter",
            message=f"No filter selected. Expected one of: {', '.join(names)}",
            location="parameters.",
            location_type="other",
        )

    def choice(self, name: str, default: str, *allowed: str) -> str:
        """An enumerated parameter."""
        value = self.query.get(name, default)
        if value not in allowed:
            raise ApiError(
                "invalidParameter",
                message=f"Invalid value at '{name}': \"{value}\"",
                domain="global",
                location=name,
            )
        return value

    def size(self, default: int, most: int) -> int:
        """maxResults within its range."""
        value = self.query.get("maxResults", str(default))
        if not value.isdigit() or not 1 <= int(value) <= most:
            raise ApiError(
                "invalidParameter",
                message=f"Invalid value '{value}'. Values must be within the range: [1, {most}]",
                domain="global",
                location="maxResults",
            )
        return int(value)

    def ids(self) -> list[str]:
        """The ids of the `id` parameter, at most 50."""
        found = [part for part in self.query.get("id", "").split(",") if part]
        if len(found) > MAX_IDS:
            raise ApiError("invalidParameter", message="Too many ids", location="id")
        return list(dict.fromkeys(found))

    def page(self, pool: list[Item], size: int) -> tuple[list[Item], str | None]:
        """A slice of `pool` and the token of the next one.

        Tokens count positions, so what is added or removed meanwhile shifts later pages: the
        harshest behaviour a client may meet.
        """
        token = self.query.get("pageToken", "")
        offset = self._offset(token)
        action = self.rule.action if self.rule else ""
        if token and action == "page_shift":
            offset = max(offset + int(self.rule.params.get("by", 1)), 0)  # type: ignore[union-attr]
        if action == "empty_page_with_next":
            return [], self._token(offset)
        start = max(offset - size, 0) if action == "page_duplicate" and token else offset
        following = offset if start != offset else offset + size
        shown = pool[start : start + size]
        if following < len(pool):
            return shown, self._token(following)
        if action == "has_more_forever":
            return shown or pool[-size:], self._token(following + 1)
        return shown, None

    def _fingerprint(self) -> str:
        asked = sorted((k, v) for k, v in self.query.items() if k != "pageToken")
        return hashlib.sha256(repr(asked).encode()).hexdigest()[:12]

    def _token(self, offset: int) -> str:
        # The journal's count makes every token new, so a client cannot tell loops by it.
        raw = f"{offset}.{self._fingerprint()}.{self.memory.journal.count}"
        return base64.urlsafe_b64encode(raw.encode()).decode().rstrip("=")

    def _offset(self, token: str) -> int:
        if not token:
            return 0
        try:
            raw = base64.urlsafe_b64decode(token + "=" * (-len(token) % 4)).decode()
            offset, fingerprint, _ = raw.split(".")
            if fingerprint == self._fingerprint():
                return int(offset)
        except ValueError:
            pass
        raise ApiError("invalidPageToken", location="pageToken")


def channels(ask: Ask) -> Response:
    """GET channels: mine=true, id or forHandle."""
    parts = ask.parts("snippet", "statistics", "contentDetails", "status", "brandingSettings")
    chosen = ask.one_filter("mine", "id", "forHandle")
    known = ask.world.channels
    if chosen == "mine":
        found = [known[ask.grant.channel_id]] if ask.grant.channel_id in known else []
    elif chosen == "id":
        found = [known[i] for i in ask.ids() if i in known]
    else:
        found = [c for c in known.values() if c.handle == ask.query["forHandle"]]
    items = [shapes.channel_resource(c, ask.world, parts, ask.base) for c in found]
    body = shapes.listing("channel", items, total=len(items), size=5, next_token=None)
    return shapes.answer(body, ask.if_none_match)


def playlist_items(ask: Ask) -> Response:
    """GET playlistItems of an uploads playlist, newest first."""
    ask.parts("snippet", "contentDetails", "status")
    ask.one_filter("playlistId")
    size = ask.size(5, 50)
    wanted = ask.query["playlistId"]
    channel = next((c for c in ask.world.channels.values() if c.uploads == wanted), None)
    if channel is None:
        raise ApiError("playlistNotFound", location="playlistId")
    videos = ask.world.uploads(channel.id)
    shown, token = ask.page(videos, size)
    items = [shapes.playlist_item(v, videos.index(v), channel, ask.base) for v in shown]
    body = shapes.listing("playlistItem", items, total=len(videos), size=size, next_token=token)
    return shapes.answer(body, ask.if_none_match)


def videos(ask: Ask) -> Response:
    """GET videos by id; unknown ids are left out."""
    parts = ask.parts("snippet", "statistics", "status", "contentDetails", "liveStreamingDetails")
    ask.one_filter("id")
    found = [ask.world.videos[i] for i in ask.ids() if i in ask.world.videos]
    items = [
        shapes.video_resource(v, ask.world.channels[v.channel_id], ask.world, parts, ask.base)
        for v in found
    ]
    body = shapes.listing("video", items, total=len(items), size=len(items), next_token=None)
    return shapes.answer(body, ask.if_none_match)


def comment_threads(ask: Ask) -> Response:
    """GET commentThreads of a video, of all videos of a channel, or by id."""
    parts = ask.parts("snippet", "replies")
    chosen = ask.one_filter("videoId", "allThreadsRelatedToChannelId", "id")
    plain = ask.choice("textFormat", "html", "html", "plainText") == "plainText"
    status = cast(
        "Status",
        ask.choice("moderationStatus", "published", "published", "heldForReview", "likelySpam"),
    )
    order = ask.choice("order", "time", "time", "relevance")
    size = ask.size(20, 100)
    if chosen == "id":
        if "moderationStatus" in ask.query:
            raise ApiError("incompatibleParameters", location="moderationStatus")
        pool = [c for i in ask.ids() if (c := ask.world.comments.get(i)) and not c.parent_id]
        pool = [c for c in pool if _is_visible(ask, c)]
    else:
        pool = _listed_threads(ask, chosen, status)
    terms = ask.query.get("searchTerms", "").lower()
    if terms:
        pool = [top for top in pool if terms in top.text.lower()]
    if order == "relevance":
        pool = sorted(pool, key=lambda top: top.likes, reverse=True)
    shown, token = ask.page(pool, size)
    items = [
        shapes.thread_resource(top, ask.world, ask.base, parts=parts, status=status, plain=plain)
        for top in shown
    ]
    body = shapes.listing("commentThread", items, total=len(items), size=size, next_token=token)
    return shapes.answer(body, ask.if_none_match)


def _listed_threads(ask: Ask, chosen: str, status: Status) -> list[Comment]:
    wanted = ask.query[chosen]
    if chosen == "videoId":
        video = ask.world.videos.get(wanted)
        if video is None:
            raise ApiError("videoNotFound", location="videoId")
        if not video.comments_enabled:
            raise ApiError("commentsDisabled", location="videoId")
        owner = video.channel_id
        pool = ask.world.threads(status, video_id=wanted)
    else:
        if wanted not in ask.world.channels:
            raise ApiError("channelNotFound", location=chosen)
        owner = wanted
        pool = ask.world.threads(status, channel_id=wanted)
    if status != "published" and owner != ask.grant.channel_id:
        raise ApiError("forbidden", domain="youtube.commentThread", location="moderationStatus")
    return pool


def comments(ask: Ask) -> Response:
    """GET comments by id or the published replies of a thread. No moderationStatus by id."""
    ask.parts("snippet")
    chosen = ask.one_filter("id", "parentId")
    plain = ask.choice("textFormat", "html", "html", "plainText") == "plainText"
    size = ask.size(20, 100)
    if chosen == "id":
        found = [c for i in ask.ids() if (c := ask.world.comments.get(i))]
        shown, token = [c for c in found if _is_visible(ask, c)], None
    else:
        parent = ask.world.comments.get(ask.query["parentId"])
        if parent is None or not _is_visible(ask, parent):
            raise ApiError("commentNotFound", location="parentId")
        shown, token = ask.page(ask.world.replies(parent.id), size)
    items = [
        shapes.comment_resource(
            comment, ask.world, ask.base, plain=plain, with_status=chosen == "parentId"
        )
        for comment in shown
    ]
    body = shapes.listing("comment", items, total=len(items), size=size, next_token=token)
    return shapes.answer(body, ask.if_none_match)


def _is_visible(ask: Ask, comment: Comment) -> bool:
    """By id: rejected ones are gone for everybody, waiting ones exist for the owner only."""
    if not ask.world.is_reachable(comment):
        return False
    return comment.status == "published" or comment.channel_id == ask.grant.channel_id


def set_moderation_status(ask: Ask) -> Response:
    """POST comments/setModerationStatus: all ids or none."""
    status = cast(
        "Status",
        ask.choice("moderationStatus", "", "heldForReview", "published", "rejected"),
    )
    ban = ask.choice("banAuthor", "false", "true", "false") == "true"
    ask.one_filter("id")
    if ban and status != "rejected":
        raise ApiError("banWithoutReject", location="banAuthor")
    found: list[Comment] = []
    for comment_id in ask.ids():
        comment = ask.world.comments.get(comment_id)
        if comment is None:
            raise ApiError("commentNotFound", location="id")
        if comment.channel_id != ask.grant.channel_id:
            raise ApiError("forbidden", location="id")
        if comment.status == "rejected" and status != "rejected":
            raise ApiError("operationNotSupported", location="id")
        found.append(comment)
    if not _ignored(ask):
        ask.world.moderate(found, status, ban=ban)
    return Response(status_code=204)


def insert_comment(ask: Ask) -> Response:
    """POST comments: a reply by the channel itself."""
    ask.parts("snippet")
    snippet = ask.body.get("snippet") if isinstance(ask.body, dict) else None
    snippet = snippet if isinstance(snippet, dict) else {}
    parent_id, text = snippet.get("parentId"), snippet.get("textOriginal")
    if not parent_id:
        raise ApiError("parentCommentIdRequired")
    if not text or not str(text).strip():
        raise ApiError("commentTextRequired")
    if len(str(text)) > MAX_TEXT:
        raise ApiError("commentTextTooLong")
    parent = ask.world.comments.get(str(parent_id))
    if parent is None or parent.parent_id or not _is_visible(ask, parent):
        raise ApiError("parentCommentNotFound")
    made = ask.world.add(
        video=ask.world.videos[parent.video_id],
        author=ask.world.authors[ask.grant.channel_id],
        text=str(text),
        at=ask.memory.clock.now(),
        parent=parent,
    )
    resource = shapes.comment_resource(made, ask.world, ask.base, plain=True)
    if _ignored(ask):
        ask.world.delete(made.id)
    return JSONResponse(resource)


def delete_comment(ask: Ask) -> Response:
    """DELETE comments: only what the channel itself wrote."""
    ask.one_filter("id")
    comment = ask.world.comments.get(ask.query["id"])
    if comment is None or not ask.world.is_reachable(comment):
        raise ApiError("commentNotFound", location="id")
    if comment.author_id != ask.grant.channel_id:
        raise ApiError("forbidden", location="id")
    if not _ignored(ask):
        ask.world.delete(comment.id)
    return Response(status_code=204)


def _ignored(ask: Ask) -> bool:
    return ask.rule is not None and ask.rule.action == "write_ignored"


def endpoint(
    handler: Handler, memory: Memory, *, units: int, scopes: frozenset[str]
) -> Callable[[Request], Awaitable[Response]]:
    """Token, scope and quota checks around a handler; even a refused request costs a unit."""

    async def call(request: Request) -> Response:
        try:
            scheme, _, token = request.headers.get("authorization", "").partition(" ")
            grant = memory.grants.holder(token) if scheme.lower() == "bearer" else None
            if grant is None:
                raise shapes.unauthenticated()
            request.scope["sandbox.channel"] = grant.channel_id
            if not scopes & set(grant.scopes):
                raise shapes.scope_missing(handler.__name__)
            if not memory.ledger.spend(grant.client_id, units):
                raise ApiError("quotaExceeded")
            body: Any = None
            if request.headers.get("content-type", "").startswith("application/json"):
                try:
                    body = await request.json()
                except ValueError:
                    raise ApiError("parseError", domain="global") from None
            return handler(Ask(request, memory, grant, body))
        except ApiError as error:
            return error.response()

    return call


def routes(memory: Memory) -> list[Route]:
    """The paths below /youtube/v3, with their quota cost."""

    def route(
        path: str, method: str, handler: Handler, units: int, scopes: frozenset[str]
    ) -> Route:
        call = endpoint(handler, memory, units=units, scopes=scopes)
        return Route(f"/youtube/v3/{path}", call, methods=[method])

    return [
        route("channels", "GET", channels, 1, READ_SCOPES),
        route("playlistItems", "GET", playlist_items, 1, READ_SCOPES),
        route("videos", "GET", videos, 1, READ_SCOPES),
        route("commentThreads", "GET", comment_threads, 1, COMMENT_SCOPES),
        route("comments", "GET", comments, 1, COMMENT_SCOPES),
        route("comments/setModerationStatus", "POST", set_moderation_status, 50, COMMENT_SCOPES),
        route("comments", "POST", insert_comment, 50, COMMENT_SCOPES),
        route("comments", "DELETE", delete_comment, 50, COMMENT_SCOPES),
        route("liveBroadcasts", "GET", live.broadcasts, 1, READ_SCOPES),
        route("liveChat/messages", "GET", live.messages, 5, READ_SCOPES),
        route("liveChat/messages", "DELETE", live.delete_message, 50, COMMENT_SCOPES),
        route("liveChat/bans", "POST", live.insert_ban, 50, COMMENT_SCOPES),
        route("liveChat/bans", "DELETE", live.delete_ban, 50, COMMENT_SCOPES),
    ]
