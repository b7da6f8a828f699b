"""The X API v2, as far as reading posts and mentions needs it, over the sandbox's world."""

import base64
import hashlib
from collections.abc import Awaitable, Callable, Mapping
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, cast

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import BaseRoute, Route

from integrations.sandbox.faults import Rule
from integrations.sandbox.oauth import form_of
from integrations.sandbox.standard import Grant, GrantError, bearer
from integrations.sandbox.world import Channel, Comment, Video
from integrations.sandbox.x.wallet import LIFE_S, RotatingWallet

if TYPE_CHECKING:
    from integrations.sandbox.memory import Memory

POST_MICROS, USER_MICROS = 5_000, 10_000
MOST_IDS = 100


class Problem(Exception):
    """A refusal in X's shape."""

    def __init__(
        self, status: int, title: str, detail: str = "", kind: str = "about:blank"
    ) -> None:
        super().__init__(title)
        self.status = status
        self.body = {"title": title, "detail": detail or title, "type": kind, "status": status}

    def response(self) -> Response:
        """The HTTP answer."""
        return JSONResponse(self.body, self.status)


def invalid(name: str) -> Problem:
    """A parameter that X does not take."""
    return Problem(
        400,
        "Invalid Request",
        f"One or more parameters to your request was invalid: {name}",
        "https://api.x.com/2/problems/invalid-request",
    )


class Ask:
    """One authorised question."""

    def __init__(self, request: Request, memory: "Memory", grant: Grant) -> None:
        self.memory = memory
        self.world = memory.world_of("x")
        self.grant = grant
        self.query: Mapping[str, str] = request.query_params
        self.node = str(request.path_params.get("node", ""))
        self.path = request.url.path
        self.base = str(request.base_url)
        self.rule = cast("Rule | None", request.scope.get("sandbox.rule"))

    @property
    def channel(self) -> Channel:
        """The account of the path, which has to be the token's."""
        if self.node != self.grant.channel_id:
            raise Problem(
                403, "Forbidden", "", "https://api.x.com/2/problems/not-authorized-for-resource"
            )
        return self.world.channels[self.node]

    def page(self, pool: list[Any]) -> tuple[list[Any], dict[str, Any]]:
        """A slice of `pool` with its `meta`. Tokens count positions: lists may shift."""
        given = self.query.get("max_results", "10")
        if not given.isdigit() or not 5 <= int(given) <= 100:
            raise invalid("max_results")
        size, after = int(given), self.query.get("pagination_token", "")
        start, action = self._position(after), self.rule.action if self.rule else ""
        if after and action == "page_shift" and self.rule:
            start = max(start + int(self.rule.params.get("by", 1)), 0)
        first = max(start - size, 0) if action == "page_duplicate" and after else start
        end = start if first != start else start + size
        shown = pool[first : first + size]
        if action == "empty_page_with_next":
            shown, end = [], start
        elif action == "has_more_forever" and end >= len(pool):
            shown = shown or pool[-size:]
        meta: dict[str, Any] = {"result_count": len(shown)}
        if shown:
            meta |= {"newest_id": shown[0].id, "oldest_id": shown[-1].id}
        goes_on = end < len(pool) or action in {"empty_page_with_next", "has_more_forever"}
        if goes_on:
            meta["next_token"] = self._token(end)
        return shown, meta

    def bill(self, posts: int, people: int) -> None:
        """What X charges for an answer."""
        wallet = cast("RotatingWallet", self.memory.wallet("x"))
        wallet.billed_micros += posts * POST_MICROS + people * USER_MICROS

    def _key(self) -> str:
        return hashlib.sha256(self.path.encode()).hexdigest()[:10]

    def _token(self, position: int) -> str:
        # The journal's count makes every token new, so a client cannot tell loops by it.
        raw = f"{position}.{self._key()}.{self.memory.journal.count}"
        return base64.b32encode(raw.encode()).decode().rstrip("=").lower()

    def _position(self, given: str) -> int:
        if not given:
            return 0
        try:
            text = given.upper()
            raw = base64.b32decode(text + "=" * (-len(text) % 8)).decode()
            position, key, _count = raw.split(".")
            if key == self._key():
                return int(position)
        except ValueError:
            pass
        raise invalid("pagination_token")


def me(ask: Ask) -> Response:
    """GET /2/users/me."""
    channel = ask.world.channels[ask.grant.channel_id]
    ask.bill(0, 1)
    grown = int(ask.world.hours() * channel.views_per_hour) // 900
    metrics = {
        "followers_count": channel.subscribers + grown,
        "following_count": 12,
        "tweet_count": len(ask.world.uploads(channel.id)),
    }
    user = {**_user(ask, channel.id), "name": channel.title, "public_metrics": metrics}
    return JSONResponse({"data": user})


def posts(ask: Ask) -> Response:
    """GET /2/users/:id/tweets, newest first."""
    shown, meta = ask.page(ask.world.uploads(ask.channel.id))
    ask.bill(len(shown), 0)
    return _listing([_post(video, ask) for video in shown], meta)


def mentions(ask: Ask) -> Response:
    """GET /2/users/:id/mentions: everything below the account's posts names it."""
    found = [
        comment
        for comment in ask.world.comments.values()
        if comment.channel_id == ask.channel.id and ask.world.is_reachable(comment)
    ]
    found.sort(key=lambda one: (one.published_at, one.id), reverse=True)
    shown, meta = ask.page(found)
    return _listing([_answer(comment) for comment in shown], meta, _people(ask, shown))


def lookup(ask: Ask) -> Response:
    """GET /2/tweets?ids=: what is there, and an error for each that is not."""
    ids = [part for part in ask.query.get("ids", "").split(",") if part]
    if not ids or len(ids) > MOST_IDS:
        raise invalid("ids")
    known = [c for i in ids if (c := ask.world.comments.get(i)) and ask.world.is_reachable(c)]
    missing = [i for i in ids if i not in {comment.id for comment in known}]
    body: dict[str, Any] = {"data": [_answer(comment) for comment in known]} if known else {}
    body |= {"includes": {"users": _people(ask, known)}} if known else {}
    if missing:
        kind = "https://api.x.com/2/problems/resource-not-found"
        body["errors"] = [{"value": i, "title": "Not Found Error", "type": kind} for i in missing]
    return JSONResponse(body)


def _people(ask: Ask, shown: list[Comment]) -> list[dict[str, Any]]:
    ids = list(dict.fromkeys(comment.author_id for comment in shown))
    ask.bill(len(shown), len(ids))
    return [_user(ask, author_id) for author_id in ids]


def _user(ask: Ask, author_id: str) -> dict[str, Any]:
    name = ask.world.authors[author_id].handle.removeprefix("@")
    return {
        "id": author_id,
        "name": name,
        "username": name,
        "profile_image_url": f"{ask.base}avatars/{author_id}.svg",
    }


def _post(video: Video, ask: Ask) -> dict[str, Any]:
    counted = {
        "retweet_count": video.likes // 9,
        "reply_count": ask.world.comment_count(video.id),
        "like_count": video.likes,
        "quote_count": video.likes // 40,
        "impression_count": video.views,
    }
    return {
        "id": video.id,
        "text": video.title,
        "created_at": _stamp(video.published_at),
        "public_metrics": counted,
    }


def _answer(comment: Comment) -> dict[str, Any]:
    return {
        "id": comment.id,
        "text": comment.text,
        "created_at": _stamp(comment.published_at),
        "author_id": comment.author_id,
        "conversation_id": comment.video_id,
        "referenced_tweets": [{"type": "replied_to", "id": comment.parent_id or comment.video_id}],
        "public_metrics": {"like_count": comment.likes, "reply_count": 0},
    }


def _listing(
    data: list[dict[str, Any]], meta: dict[str, Any], users: list[dict[str, Any]] | None = None
) -> Response:
    body: dict[str, Any] = {"data": data} if data else {}
    if users:
        body["includes"] = {"users": users}
    return JSONResponse({**body, "meta": meta})


def _stamp(moment: datetime) -> str:
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.000Z")


def _endpoint(
    handler: Callable[[Ask], Response], memory: "Memory", scope: str
) -> Callable[[Request], Awaitable[Response]]:
    async def call(request: Request) -> Response:
        try:
            wallet = cast("RotatingWallet", memory.wallet("x"))
            grant = wallet.holder(bearer(request.scope))
            if grant is None:
                raise Problem(401, "Unauthorized")
            request.scope["sandbox.channel"] = grant.channel_id
            if scope not in grant.scopes:
                raise Problem(403, "Forbidden", f"Missing scope: {scope}")
            return handler(Ask(request, memory, grant))
        except Problem as problem:
            return problem.response()

    return call


def oauth_refusal(error: GrantError) -> Response:
    """The token endpoint's error body."""
    status = 401 if error.error == "invalid_client" else 400
    body = {"error": error.error, "error_description": error.description}
    return JSONResponse(body, status)


def routes(memory: "Memory") -> list[BaseRoute]:
    """The paths below /x/api."""

    async def token(request: Request) -> Response:
        wallet = cast("RotatingWallet", memory.wallet("x"))
        form = await form_of(request)
        try:
            _check_app(wallet, request)
            if form.get("grant_type") == "authorization_code":
                code = form.get("code", "")
                grant, access = wallet.exchange(code, form.get("redirect_uri", ""))
                wallet.prove(code, form.get("code_verifier", ""))
            elif form.get("grant_type") == "refresh_token":
                grant, access = wallet.refresh(form.get("refresh_token", ""))
            else:
                raise GrantError("unsupported_grant_type")
        except GrantError as error:
            return oauth_refusal(error)
        body: dict[str, Any] = {
            "token_type": "bearer",
            "expires_in": LIFE_S,
            "access_token": access,
            "scope": " ".join(grant.scopes),
        }
        return JSONResponse(body | ({"refresh_token": grant.refresh} if grant.refresh else {}))

    async def revoke(request: Request) -> Response:
        wallet = cast("RotatingWallet", memory.wallet("x"))
        try:
            _check_app(wallet, request)
        except GrantError as error:
            return oauth_refusal(error)
        return JSONResponse({"revoked": wallet.revoke((await form_of(request)).get("token", ""))})

    def route(path: str, handler: Callable[[Ask], Response], scope: str) -> Route:
        return Route(f"/x/api/2/{path}", _endpoint(handler, memory, scope), methods=["GET"])

    return [
        Route("/x/api/2/oauth2/token", token, methods=["POST"]),
        Route("/x/api/2/oauth2/revoke", revoke, methods=["POST"]),
        route("users/me", me, "users.read"),
        route("users/{node}/tweets", posts, "tweet.read"),
        route("users/{node}/mentions", mentions, "tweet.read"),
        route("tweets", lookup, "tweet.read"),
    ]


def _check_app(wallet: RotatingWallet, request: Request) -> None:
    scheme, _, packed = request.headers.get("authorization", "").partition(" ")
    try:
        known, _, secret = base64.b64decode(packed).decode().partition(":")
    except ValueError:
        known = secret = ""
    wallet.check(known if scheme.lower() == "basic" else "", secret)
