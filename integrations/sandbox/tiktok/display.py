"""TikTok's Login Kit v2 and Display API (developers.tiktok.com): consent, profile, videos."""

import json
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any, cast
from urllib.parse import parse_qsl, urlencode

from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, RedirectResponse, Response
from starlette.routing import BaseRoute, Route
from starlette.types import Scope

from integrations.sandbox import pages
from integrations.sandbox.faults import Rule
from integrations.sandbox.oauth import form_of, is_allowed_redirect
from integrations.sandbox.tiktok.grants import SCOPES, Grant, GrantError, Wallet, token_body
from integrations.sandbox.world import Channel, Video

if TYPE_CHECKING:
    from integrations.sandbox.memory import Memory

AUTH, OPEN = "/tiktok/auth", "/tiktok/open"
LOG_ID = "20261121120000SANDBOX"
STATUS = {
    "access_token_invalid": 401,
    "scope_not_authorized": 401,
    "invalid_params": 400,
    "rate_limit_exceeded": 429,
    "internal_error": 500,
}
USER_FIELDS = {
    "user.info.basic": (
        "open_id",
        "union_id",
        "avatar_url",
        "avatar_url_100",
        "avatar_large_url",
        "display_name",
    ),
    "user.info.profile": ("bio_description", "profile_deep_link", "is_verified", "username"),
    "user.info.stats": ("follower_count", "following_count", "likes_count", "video_count"),
}


def refused(code: str, message: str = "") -> Response:
    """The envelope of a refusal."""
    error = {"code": code, "message": message or code, "log_id": LOG_ID}
    return JSONResponse({"data": {}, "error": error}, STATUS[code])


def granted(data: Mapping[str, Any]) -> Response:
    """The envelope of a success: it carries an error, too, whose code is "ok"."""
    return JSONResponse({"data": data, "error": {"code": "ok", "message": "", "log_id": LOG_ID}})


def oauth_refusal(error: GrantError) -> Response:
    """The other error shape, of the token endpoint."""
    body = {"error": error.error, "error_description": error.description, "log_id": LOG_ID}
    return JSONResponse(body, 401 if error.error == "invalid_client" else 400)


def bearer(scope: Scope) -> str:
    """The token in the Authorization header."""
    header = dict(scope["headers"]).get(b"authorization", b"").decode("latin-1")
    return str(header.partition(" ")[2])


class DisplayEndpoints:
    """The handlers below /tiktok/auth and /tiktok/open."""

    def __init__(self, memory: "Memory") -> None:
        self.memory = memory

    @property
    def wallet(self) -> Wallet:
        """Codes and tokens; a reset replaces them."""
        return cast("Wallet", self.memory.wallet("tiktok"))

    def routes(self) -> list[BaseRoute]:
        """The portal's paths."""
        api = self._authorised
        return [
            Route(f"{AUTH}/v2/auth/authorize/", self.authorize, methods=["GET"]),
            Route(f"{AUTH}/v2/auth/consent/", self.consent, methods=["POST"]),
            Route(f"{OPEN}/v2/oauth/token/", self.token, methods=["POST"]),
            Route(f"{OPEN}/v2/oauth/revoke/", self.revoke, methods=["POST"]),
            Route(f"{OPEN}/v2/user/info/", api(self.user_info, "user.info.basic")),
            Route(f"{OPEN}/v2/video/list/", api(self.video_list, "video.list"), methods=["POST"]),
            Route(f"{OPEN}/v2/video/query/", api(self.video_query, "video.list"), methods=["POST"]),
        ]

    # --- consent ---------------------------------------------------------------------------------

    async def authorize(self, request: Request) -> Response:
        """The consent page of both portals; `auto=approve|deny` (with `channel`, `grant`)."""
        query = dict(request.query_params)
        try:
            app, scopes = self._checked(query)
        except GrantError as error:
            return HTMLResponse(pages.consent_error(error.error, error.description), 400)
        if query.get("auto") == "deny":
            return _back(query, _DENIED)
        if query.get("auto") == "approve":
            ticked = query.get("grant", ",".join(scopes)).split(",")
            return self._approved(query, app, query.get("channel", ""), ticked)
        channels = list(self.memory.world_of("tiktok").channels.values())
        return HTMLResponse(
            pages.consent(
                query,
                channels,
                scopes,
                words=SCOPES[app],
                action=f"{AUTH}/v2/auth/consent/",
                platform="TikTok account",
            )
        )

    async def consent(self, request: Request) -> Response:
        """What the person answered on the page."""
        pairs = parse_qsl((await request.body()).decode(errors="replace"), keep_blank_values=True)
        fields = dict(pairs)
        query = dict(parse_qsl(fields.get("request", "")))
        try:
            app, _scopes = self._checked(query)
        except GrantError as error:
            return HTMLResponse(pages.consent_error(error.error, error.description), 400)
        if fields.get("decision") != "approve":
            return _back(query, _DENIED)
        ticked = [value for name, value in pairs if name == "scope"]
        return self._approved(query, app, fields.get("channel", ""), ticked)

    def _checked(self, query: Mapping[str, str]) -> tuple[str, tuple[str, ...]]:
        for name in ("client_key", "redirect_uri", "response_type", "scope", "state"):
            if not query.get(name):
                raise GrantError("invalid_request", f"Missing parameter: {name}")
        app = self.wallet.app_of(query["client_key"])
        uri = query["redirect_uri"]
        if not is_allowed_redirect(uri) or "?" in uri or not uri.endswith("/"):
            raise GrantError("invalid_request", "redirect_uri: https, static, ending in a slash")
        scopes = tuple(dict.fromkeys(query["scope"].split(",")))
        if unknown := [scope for scope in scopes if scope not in SCOPES[app]]:
            raise GrantError("invalid_scope", f"This app may not ask for {unknown[0]}")
        return app, scopes

    def _approved(
        self, query: Mapping[str, str], app: str, channel: str, ticked: list[str]
    ) -> Response:
        channels = self.memory.world_of("tiktok").channels
        found = next(
            (c for c in channels.values() if channel in {c.id, c.key, c.handle}),
            next(iter(channels.values())),
        )
        scopes = tuple(scope for scope in query["scope"].split(",") if scope in ticked)
        if not scopes:
            return _back(query, _DENIED)
        code = self.wallet.issue_code(
            app=app, redirect_uri=query["redirect_uri"], account_id=found.id, scopes=scopes
        )
        return _back(query, {"code": code, "scopes": ",".join(scopes)})

    # --- tokens ----------------------------------------------------------------------------------

    async def token(self, request: Request) -> Response:
        """POST /v2/oauth/token/: code exchange and rotating refresh."""
        fields = await form_of(request)
        rule = cast("Rule | None", request.scope.get("sandbox.rule"))
        keep = rule is not None and rule.action == "refresh_no_new_token"
        try:
            self.wallet.check(
                "display", fields.get("client_key", ""), fields.get("client_secret", "")
            )
            if fields.get("grant_type") == "authorization_code":
                grant, access = self.wallet.exchange(
                    "display", fields.get("code", ""), fields.get("redirect_uri", "")
                )
            elif fields.get("grant_type") == "refresh_token":
                grant, access = self.wallet.refresh(
                    "display", fields.get("refresh_token", ""), keep=keep
                )
            else:
                raise GrantError("unsupported_grant_type", "Unknown grant_type.")
        except GrantError as error:
            return oauth_refusal(error)
        return JSONResponse(token_body(grant, access, with_refresh=not keep))

    async def revoke(self, request: Request) -> Response:
        """POST /v2/oauth/revoke/: an empty answer."""
        fields = await form_of(request)
        try:
            self.wallet.check(
                "display", fields.get("client_key", ""), fields.get("client_secret", "")
            )
        except GrantError as error:
            return oauth_refusal(error)
        self.wallet.revoke(fields.get("token", ""))
        return Response(b"", 200)

    # --- the API ---------------------------------------------------------------------------------

    def user_info(self, grant: Grant, fields: list[str], _body: Any) -> Response:
        """GET /v2/user/info/."""
        channel = self.memory.world_of("tiktok").channels[grant.channel_id]
        for scope, names in USER_FIELDS.items():
            if set(fields) & set(names) and scope not in grant.scopes:
                return refused("scope_not_authorized", f"{scope} is missing")
        known = self._user(channel, grant)
        if unknown := [name for name in fields if name not in known]:
            return refused("invalid_params", f"Unknown field: {unknown[0]}")
        return granted({"user": {name: known[name] for name in fields}})

    def video_list(self, grant: Grant, fields: list[str], body: Any) -> Response:
        """POST /v2/video/list/: newest first, the cursor is a time in milliseconds."""
        size = int(body.get("max_count", 10))
        if not 1 <= size <= 20:
            return refused("invalid_params", "max_count must be between 1 and 20")
        before = int(body.get("cursor") or self.memory.clock.now().timestamp() * 1000)
        world = self.memory.world_of("tiktok")
        pool = [v for v in world.uploads(grant.channel_id) if _ms(v) < before]
        shown = pool[:size]
        return granted(
            {
                "videos": [self._video(video, fields) for video in shown],
                "cursor": _ms(shown[-1]) if shown else before,
                "has_more": len(pool) > size,
            }
        )

    def video_query(self, grant: Grant, fields: list[str], body: Any) -> Response:
        """POST /v2/video/query/: up to 20 of one's own."""
        wanted = body.get("filters", {}).get("video_ids", [])
        if not 1 <= len(wanted) <= 20:
            return refused("invalid_params", "video_ids: 1 to 20")
        world = self.memory.world_of("tiktok")
        found = [v for v in world.uploads(grant.channel_id) if v.id in wanted]
        return granted({"videos": [self._video(video, fields) for video in found]})

    def _authorised(
        self, handler: Callable[[Grant, list[str], Any], Response], scope: str
    ) -> Callable[[Request], Any]:
        async def call(request: Request) -> Response:
            grant = self.wallet.holder(bearer(request.scope))
            if grant is None or grant.app != "display":
                return refused("access_token_invalid", "The access token is invalid.")
            request.scope["sandbox.channel"] = grant.channel_id
            if scope not in grant.scopes:
                return refused("scope_not_authorized", f"{scope} is missing")
            fields = [f for f in request.query_params.get("fields", "").split(",") if f]
            if not fields:
                return refused("invalid_params", "Fields is required")
            raw = await request.body()
            try:
                return handler(grant, fields, json.loads(raw) if raw else {})
            except (ValueError, AttributeError, TypeError):
                return refused("invalid_params", "The body is not as documented")

        return call

    def _user(self, channel: Channel, grant: Grant) -> dict[str, Any]:
        picture = f"{self.memory.base}/avatars/{channel.id}.svg?x-expires=1790000000"
        return {
            "open_id": grant.open_id,
            "union_id": f"union-{channel.id}",
            "avatar_url": picture,
            "avatar_url_100": picture,
            "avatar_large_url": picture,
            "display_name": channel.title,
            "bio_description": channel.description,
            "profile_deep_link": f"https://www.tiktok.com/{channel.handle}",
            "is_verified": False,
            "username": channel.handle.lstrip("@"),
            "follower_count": channel.subscribers,
            "following_count": 120,
            "likes_count": channel.views // 20,
            "video_count": len(self.memory.world_of("tiktok").uploads(channel.id)),
        }

    def _video(self, video: Video, fields: list[str]) -> dict[str, Any]:
        world = self.memory.world_of("tiktok")
        handle = world.channels[video.channel_id].handle
        known = {
            "id": video.id,
            "create_time": int(video.published_at.timestamp()),
            "cover_image_url": f"{self.memory.base}/thumbs/{video.id}.svg?x-expires=1790000000",
            "share_url": f"https://www.tiktok.com/{handle}/video/{video.id}",
            "video_description": video.title,
            "duration": video.minutes * 10,
            "height": 1024,
            "width": 576,
            "title": video.title,
            "embed_link": f"https://www.tiktok.com/embed/v2/{video.id}",
            "like_count": video.likes,
            "comment_count": world.comment_count(video.id),
            "share_count": video.likes // 9,
            "view_count": video.views,
        }
        return {name: known[name] for name in fields if name in known}


_DENIED = {"error": "access_denied", "error_description": "The user has denied the request."}


def _ms(video: Video) -> int:
    return int(video.published_at.timestamp() * 1000)


def _back(query: Mapping[str, str], answer: Mapping[str, str]) -> Response:
    return RedirectResponse(
        f"{query['redirect_uri']}?{urlencode({**answer, 'state': query['state']})}", 302
    )
