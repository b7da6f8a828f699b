"""The Instagram Graph API of professional accounts, over the sandbox's world."""

import base64
import hashlib
import json
from collections.abc import Awaitable, Callable, Mapping
from typing import TYPE_CHECKING, Any, TypeVar, cast
from urllib.parse import urlencode

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import BaseRoute, Route

from integrations.sandbox.faults import Rule
from integrations.sandbox.instagram import shapes
from integrations.sandbox.instagram.shapes import Fields, GraphError, parse_fields
from integrations.sandbox.instagram.wallet import Token, Wallet
from integrations.sandbox.oauth import form_of
from integrations.sandbox.world import Channel, Comment, Video

if TYPE_CHECKING:
    from integrations.sandbox.memory import Memory

Item = TypeVar("Item")
BASIC = "instagram_business_basic"
COMMENTS = "instagram_business_manage_comments"
INSIGHTS = "instagram_business_manage_insights"
VERSIONS = {f"v{number}.0" for number in range(21, 27)}
MOST = 50  # of one page of comments, whatever is asked
MAX_TEXT = 2_200
METRICS = {"reach", "views", "likes", "comments", "saved", "shares", "total_interactions"}
DEAD_METRICS = {"impressions", "plays", "video_views"}
PUSHED = {"comments", "live_comments", "mentions", "messages", "story_insights"}


class Ask:
    """One authorised request with its parameters, in Instagram's world."""

    kind = "instagram"
    usage = "instagram"  # how Meta's meter of an account is called

    def __init__(
        self, request: Request, memory: "Memory", token: Token, sent: Mapping[str, str]
    ) -> None:
        self.memory = memory
        self.world = memory.world_of(self.kind)
        self.wallet = cast("Wallet", memory.wallet(self.kind))
        self.token = token
        self.sent = sent
        self.node = str(request.path_params.get("node", ""))
        self.method = request.method
        self.path = request.url.path
        self.base = str(request.base_url)
        self.rule = cast("Rule | None", request.scope.get("sandbox.rule"))
        self.channel: Channel = self.world.channels[token.channel_id]

    def need(self, scope: str) -> None:
        """Refuse when the token does not carry the permission."""
        if scope not in self.token.scopes:
            raise shapes.no_permission()

    def fields(self, default: str = "id") -> Fields:
        """The `fields` parameter."""
        return parse_fields(self.sent.get("fields") or default)

    def is_rule(self, action: str) -> bool:
        """Whether a fault of that name disturbs this call."""
        return self.rule is not None and self.rule.action == action

    def media(self) -> Video:
        """The node as a post of the account."""
        video = self.world.videos.get(self.node)
        if video is None or video.channel_id != self.channel.id:
            raise shapes.gone(self.node)
        return video

    def comment(self) -> Comment:
        """The node as a comment below one of the account's posts."""
        comment = self.world.comments.get(self.node)
        if (
            comment is None
            or comment.channel_id != self.channel.id
            or not self.world.is_reachable(comment)
        ):
            raise shapes.gone(self.node)
        return comment

    def page(self, pool: list[Item], most: int = MOST) -> tuple[list[Item], dict[str, Any]]:
        """A slice of `pool` and its paging object. Cursors count positions: lists may shift."""
        given = self.sent.get("limit", "25")
        if not given.isdigit() or not int(given):
            raise GraphError(100, f"(#100) Param limit must be a positive number: '{given}'")
        size = min(int(given), most)
        after = self.sent.get("after", "")
        start = self._position(after)
        action = self.rule.action if self.rule else ""
        if after and action == "page_shift" and self.rule:
            start = max(start + int(self.rule.params.get("by", 1)), 0)
        if action == "empty_page_with_next":
            return [], self._paging(start, start)
        first = max(start - size, 0) if action == "page_duplicate" and after else start
        end = start if first != start else start + size
        if action == "short_page_has_more":
            end = start + max(1, size // 2)
        shown = pool[first : max(end, first + size) if first != start else end]
        if end < len(pool):
            return shown, self._paging(first, end)
        if action == "has_more_forever":
            return shown or pool[-size:], self._paging(first, end + 1)
        paging: dict[str, Any] = {}
        if shown:
            paging = {"cursors": {"before": self._cursor(first), "after": self._cursor(end)}}
        return shown, paging

    def _paging(self, first: int, end: int) -> dict[str, Any]:
        after = self._cursor(end)
        query = {**self.sent, "after": after}
        url = f"{self.base.rstrip('/')}{self.path}?{urlencode(query)}"
        return {"cursors": {"before": self._cursor(first), "after": after}, "next": url}

    def _cursor(self, position: int) -> str:
        # The journal's count makes every cursor new, so a client cannot tell loops by it.
        raw = f"{position}.{self._list_key()}.{self.memory.journal.count}"
        return "QVFI" + base64.urlsafe_b64encode(raw.encode()).decode().rstrip("=")

    def _position(self, cursor: str) -> int:
        if not cursor:
            return 0
        try:
            text = cursor.removeprefix("QVFI")
            raw = base64.urlsafe_b64decode(text + "=" * (-len(text) % 4)).decode()
            position, key, _count = raw.split(".")
            if key == self._list_key():
                return int(position)
        except ValueError:
            pass
        if self.path.endswith("/replies") and cursor.isascii():
            return shapes.REPLIES_INCLUDED  # the cursor of a nested edge
        raise GraphError(100, "(#100) Invalid parameter")

    def _list_key(self) -> str:
        return hashlib.sha256(self.path.encode()).hexdigest()[:12]


Handler = Callable[[Ask], Response]


def listing(data: list[dict[str, Any]], paging: dict[str, Any]) -> Response:
    """The envelope of every edge."""
    return JSONResponse({"data": data, "paging": paging} if paging else {"data": data})


def me(ask: Ask) -> Response:
    """GET /me."""
    ask.need(BASIC)
    return JSONResponse(shapes.account_object(ask.channel, ask.world, ask.fields("id"), ask.base))


def media_list(ask: Ask) -> Response:
    """GET /{account}/media, newest first."""
    ask.need(BASIC)
    if ask.node not in {ask.channel.id, "me"}:
        raise shapes.gone(ask.node)
    fields = ask.fields()
    shown, paging = ask.page(ask.world.uploads(ask.channel.id), 100)
    return listing(
        [shapes.media_object(v, ask.channel, ask.world, fields, ask.base) for v in shown], paging
    )


def comment_list(ask: Ask) -> Response:
    """GET /{media}/comments: top comments only, newest first, no filter by time."""
    ask.need(COMMENTS)
    video = ask.media()
    fields = ask.fields("timestamp,text,id")
    shown, paging = ask.page(shapes.listed_comments(ask.world, video.id))
    return listing([_with_replies(ask, comment, fields) for comment in shown], paging)


def reply_list(ask: Ask) -> Response:
    """GET /{comment}/replies."""
    ask.need(COMMENTS)
    comment = ask.comment()
    fields = ask.fields("timestamp,text,id")
    pool = [] if comment.parent_id else shapes.listed_replies(ask.world, comment.id)
    shown, paging = ask.page(pool)
    return listing([shapes.comment_object(c, ask.world, fields) for c in shown], paging)


def reply_create(ask: Ask) -> Response:
    """POST /{comment}/replies; an answer to a reply lands in its thread."""
    ask.need(COMMENTS)
    parent = ask.comment()
    text = ask.sent.get("message", "").strip()
    if not text:
        raise GraphError(100, "(#100) The parameter message is required")
    if len(text) > MAX_TEXT:
        raise GraphError(100, "(#100) The message is too long")
    parent = ask.world.comments[parent.parent_id] if parent.parent_id else parent
    if parent.status in shapes.HIDDEN:
        raise GraphError(100, "(#100) A hidden comment cannot be replied to")
    made = ask.world.add(
        video=ask.world.videos[parent.video_id],
        author=ask.world.authors[ask.channel.id],
        text=text,
        at=ask.memory.clock.now(),
        parent=parent,
    )
    if ask.is_rule("write_ignored"):
        ask.world.delete(made.id)
    return JSONResponse({"id": made.id})


def node_read(ask: Ask) -> Response:
    """GET /{id}: a comment or a post."""
    if ask.node in ask.world.comments:
        ask.need(COMMENTS)
        return JSONResponse(_with_replies(ask, ask.comment(), ask.fields("timestamp,text,id")))
    ask.need(BASIC)
    if ask.node == ask.channel.id:
        return me(ask)
    video = ask.media()
    return JSONResponse(shapes.media_object(video, ask.channel, ask.world, ask.fields(), ask.base))


def node_update(ask: Ask) -> Response:
    """POST /{comment}?hide= or POST /{media}?comment_enabled=."""
    ask.need(COMMENTS)
    if ask.node in ask.world.videos:
        ask.media().comments_enabled = _flag(ask, "comment_enabled")
        return JSONResponse({"success": True})
    comment = ask.comment()
    hide = _flag(ask, "hide")
    is_own = comment.author_id == ask.channel.id  # takes it and stays visible
    ignored = ask.is_rule("write_ignored") or (ask.is_rule("unhide_noop") and not hide)
    if not is_own and not ignored:
        ask.world.moderate([comment], "heldForReview" if hide else "published")
    return JSONResponse({"success": True})


def node_delete(ask: Ask) -> Response:
    """DELETE /{comment}, with its replies."""
    ask.need(COMMENTS)
    comment = ask.comment()
    if not ask.is_rule("write_ignored"):
        ask.world.delete(comment.id)
    return JSONResponse({"success": True})


def insights(ask: Ask) -> Response:
    """GET /{media}/insights and GET /{account}/insights."""
    ask.need(INSIGHTS)
    wanted = [name for name in ask.sent.get("metric", "").split(",") if name]
    if not wanted:
        raise GraphError(100, "(#100) The parameter metric is required")
    is_account = ask.node in {ask.channel.id, "me"}
    known = METRICS | {"saves", "replies", "follower_count"} if is_account else METRICS
    for name in wanted:
        if name in DEAD_METRICS or name not in known:
            raise GraphError(100, f"(#100) metric[0] must be one of: {', '.join(sorted(known))}")
    videos = ask.world.uploads(ask.channel.id) if is_account else [ask.media()]
    counted = [shapes.numbers_of(video, ask.channel, ask.world) for video in videos]
    data = []
    for name in wanted:
        total = sum(numbers.get(name, 0) for numbers in counted)
        entry: dict[str, Any] = {"name": name, "title": name.title(), "id": f"{ask.node}/{name}"}
        if is_account and ask.sent.get("metric_type") == "total_value":
            entry |= {"period": "day", "total_value": {"value": total}}
        else:
            period = "day" if is_account else "lifetime"
            entry |= {"period": period, "values": [{"value": total}]}
        data.append(entry)
    return listing(data, {})


def subscribe(ask: Ask) -> Response:
    """POST and DELETE /me/subscribed_apps. It "succeeds" without Advanced Access, too."""
    asked = tuple(name for name in ask.sent.get("subscribed_fields", "").split(",") if name)
    if any(name not in PUSHED for name in asked):
        raise GraphError(100, "(#100) Param subscribed_fields must be one of the known fields")
    if asked:
        ask.wallet.subscribed[ask.channel.id] = asked
    else:
        ask.wallet.subscribed.pop(ask.channel.id, None)
    return JSONResponse({"success": True})


def _with_replies(ask: Ask, comment: Comment, fields: Fields) -> dict[str, Any]:
    version = ask.path.split("/")[3]
    rest = f"{ask.base}ig/graph/{version}/{comment.id}/replies?limit=25"
    token = urlencode({"access_token": ask.sent.get("access_token", "")})
    return shapes.comment_object(comment, ask.world, fields, next_url=f"{rest}&{token}")


def _flag(ask: Ask, name: str) -> bool:
    value = ask.sent.get(name, "").lower()
    if value not in {"true", "false"}:
        raise GraphError(100, f"(#100) The parameter {name} is required")
    return value == "true"


def endpoint(
    handler: Callable[[Any], Response], memory: "Memory", asks: type[Ask] = Ask
) -> Callable[[Request], Awaitable[Response]]:
    """Version, token and allowance around a handler; every answer tells how much is used."""

    async def call(request: Request) -> Response:
        sent = {**request.query_params, **(await form_of(request))}
        wallet = cast("Wallet", memory.wallet(asks.kind))
        channel_id = ""
        try:
            if request.path_params["version"] not in VERSIONS:
                raise GraphError(2635, "(#2635) You are calling a deprecated version of the API.")
            text = sent.get("access_token") or _bearer(request)
            if not text:
                raise GraphError(190, "An access token is required to request this resource.")
            _spoil(wallet, text, str(request.scope.get("sandbox.spoil", "")))
            wallet.check_proof(text, sent)
            token = wallet.holder(text)
            channel_id = request.scope["sandbox.channel"] = token.channel_id
            wallet.spend(channel_id)
            response = handler(asks(request, memory, token, sent))
            minutes = 0
        except GraphError as error:
            response, minutes = error.response(), error.minutes
        rule = cast("Rule | None", request.scope.get("sandbox.rule"))
        usage = int(rule.params["usage"]) if rule and "usage" in rule.params else None
        percent = wallet.percent(channel_id) if usage is None else usage
        for name, value in usage_headers(channel_id, percent, minutes, asks.usage).items():
            response.headers[name] = value
        return response

    return call


def usage_headers(
    channel_id: str, percent: int, minutes: int, kind: str = "instagram"
) -> dict[str, str]:
    """Meta's two meters."""
    meter = {"call_count": percent, "total_cputime": percent // 2, "total_time": percent // 2}
    told = {"type": kind, **meter, "estimated_time_to_regain_access": minutes}
    headers = {"X-App-Usage": json.dumps({"call_count": 1, "total_time": 1, "total_cputime": 1})}
    if channel_id:
        headers["X-Business-Use-Case-Usage"] = json.dumps({channel_id: [told]})
    return headers


def _bearer(request: Request) -> str:
    return request.headers.get("authorization", "").partition(" ")[2]


def _spoil(wallet: Wallet, text: str, action: str) -> None:
    token = wallet.tokens.get(text)
    if token is None or not action:
        return
    if action == "token_expired":
        wallet.expire(token.channel_id)
    elif action == "token_revoked":
        for living in wallet.grants_of(token.channel_id):
            wallet.end(living)
    else:
        token.scopes = ()


def routes(memory: "Memory") -> list[BaseRoute]:
    """The versioned paths below /ig/graph."""

    def route(path: str, handler: Handler, *methods: str) -> Route:
        call = endpoint(handler, memory)
        return Route(f"/ig/graph/{{version}}/{path}", call, methods=list(methods))

    return [
        route("me/subscribed_apps", subscribe, "POST", "DELETE"),
        route("me", me, "GET"),
        route("{node}/media", media_list, "GET"),
        route("{node}/comments", comment_list, "GET"),
        route("{node}/replies", reply_list, "GET"),
        route("{node}/replies", reply_create, "POST"),
        route("{node}/insights", insights, "GET"),
        route("{node}", node_read, "GET"),
        route("{node}", node_update, "POST"),
        route("{node}", node_delete, "DELETE"),
    ]
