"""TikTok's API for Business v1.3, "TikTok Accounts": every answer is HTTP 200 with a code."""

import json
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any, cast

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import BaseRoute, Route
from starlette.types import Scope

from integrations.sandbox.faults import Rule
from integrations.sandbox.tiktok import shapes
from integrations.sandbox.tiktok.grants import Grant, GrantError, Wallet, token_body
from integrations.sandbox.tiktok.shapes import BusinessError, refused, succeeded
from integrations.sandbox.world import Comment, Video, World

if TYPE_CHECKING:
    from integrations.sandbox.memory import Memory

BASE = "/tiktok/business/open_api/v1.3"
MAX_TEXT = 150
SORTED = 500  # of a longer list only so many comments follow the sort
NO_PERMISSION, INVALID, EXPIRED, MISSING, REVOKED = 40001, 40002, 40102, 40104, 40105

FIELD_SCOPES = {"username": "user.info.username", "followers_count": "user.info.stats"}

Handler = Callable[["Ask"], Any]


class Ask:
    """One authorised request: its parameters, wherever they travelled, and who asks."""

    def __init__(self, request: Request, memory: "Memory", grant: Grant, given: Any) -> None:
        self.memory = memory
        self.world: World = memory.world_of("tiktok")
        self.grant = grant
        self.given: Mapping[str, Any] = given
        self.rule = cast("Rule | None", request.scope.get("sandbox.rule"))

    @property
    def action(self) -> str:
        """What a fault rule wants of the handler itself."""
        return self.rule.action if self.rule else ""

    def text(self, name: str, *, default: str | None = None) -> str:
        """A parameter; required unless there is a default."""
        value = self.given.get(name, default)
        if value in {None, ""}:
            raise BusinessError(INVALID, f"{name}: Missing data for required field.")
        return str(value)

    def whole(self, name: str, default: int, most: int, least: int = 1) -> int:
        """A number within its range."""
        try:
            value = int(self.given.get(name, default))
        except ValueError:
            raise BusinessError(INVALID, f"{name}: Not a valid integer.") from None
        if not least <= value <= most:
            raise BusinessError(INVALID, f"{name}: Must be between {least} and {most}.")
        return value

    def listed(self, name: str) -> list[str]:
        """A parameter that is a JSON list in a string."""
        raw = self.given.get(name, "[]")
        try:
            value = json.loads(raw) if isinstance(raw, str) else raw
        except ValueError:
            value = None
        if not isinstance(value, list):
            raise BusinessError(INVALID, f"{name}: Not a valid list.")
        return [str(item) for item in value]

    def video(self) -> Video:
        """The video named by video_id, which must be the account's own."""
        video = self.world.videos.get(self.text("video_id"))
        if video is None or video.channel_id != self.grant.channel_id:
            raise BusinessError(INVALID, "video_id: The video does not exist.")
        return video

    def comment(self) -> Comment:
        """The comment named by comment_id, below that video."""
        video = self.video()
        found = self.world.comments.get(self.text("comment_id"))
        if found is None or found.video_id != video.id or not self.world.is_reachable(found):
            raise BusinessError(INVALID, "comment_id: The comment does not exist.")
        return found


class BusinessEndpoints:
    """The handlers below /tiktok/business."""

    def __init__(self, memory: "Memory") -> None:
        self.memory = memory

    @property
    def wallet(self) -> Wallet:
        """Codes and tokens; a reset replaces them."""
        return cast("Wallet", self.memory.wallet("tiktok"))

    def routes(self) -> list[BaseRoute]:
        """The portal's paths."""
        table: list[tuple[str, str, Handler, str]] = [
            ("GET", "business/get", self.account, "user.info.basic"),
            ("GET", "business/video/list", self.videos, "video.list"),
            ("GET", "business/comment/list", self.comments, "comment.list"),
            ("GET", "business/comment/reply/list", self.replies, "comment.list"),
            ("POST", "business/comment/hide", self.hide, "comment.list.manage"),
            ("POST", "business/comment/reply/create", self.reply, "comment.list.manage"),
            ("POST", "business/comment/create", self.create, "comment.list.manage"),
            ("POST", "business/comment/like", self.like, "comment.list.manage"),
            ("POST", "business/comment/pin", self.like, "comment.list.manage"),
            ("POST", "business/comment/delete", self.delete, "comment.list.manage"),
        ]
        app_calls: list[tuple[str, Callable[[dict[str, Any], str], Response]]] = [
            ("tt_user/oauth2/token", self.token),
            ("tt_user/oauth2/refresh_token", self.token),
            ("tt_user/oauth2/revoke", self.revoke),
            ("tt_user/token_info/get", self.token_info),
            ("business/webhook/update", self.webhook),
            ("business/webhook/list", self.webhook),
            ("business/webhook/delete", self.webhook),
        ]
        return [
            *(
                Route(f"{BASE}/{path}/", self._authorised(handler, scope), methods=[method])
                for method, path, handler, scope in table
            ),
            *(
                Route(f"{BASE}/{path}/", self._as_app(path, handler), methods=["POST"])
                for path, handler in app_calls
            ),
        ]

    # --- tokens and webhooks: calls of the app itself --------------------------------------------

    def token(self, fields: dict[str, Any], rule: str) -> Response:
        """Code exchange and rotating refresh; bodies are JSON here."""
        keep = rule == "refresh_no_new_token"
        self.wallet.check(
            "business", str(fields.get("client_id")), str(fields.get("client_secret"))
        )
        kind = fields.get("grant_type")
        if kind == "authorization_code":
            grant, access = self.wallet.exchange(
                "business", str(fields.get("auth_code")), str(fields.get("redirect_uri"))
            )
        elif kind == "refresh_token":
            grant, access = self.wallet.refresh(
                "business", str(fields.get("refresh_token")), keep=keep
            )
        else:
            raise BusinessError(INVALID, "grant_type: Not a valid choice.")
        return succeeded(token_body(grant, access, with_refresh=not keep))

    def revoke(self, fields: dict[str, Any], _rule: str) -> Response:
        """Ends a grant, by its access token."""
        self.wallet.check(
            "business", str(fields.get("client_id")), str(fields.get("client_secret"))
        )
        self.wallet.revoke(str(fields.get("access_token")))
        return succeeded({})

    def token_info(self, fields: dict[str, Any], _rule: str) -> Response:
        """The scopes of a token."""
        grant = self.wallet.holder(str(fields.get("access_token")))
        if grant is None:
            raise BusinessError(REVOKED, "Access token is incorrect or has been revoked.")
        return succeeded({"scope": ",".join(grant.scopes), "creator_id": grant.open_id})

    def webhook(self, fields: dict[str, Any], path: str) -> Response:
        """One configuration per app and event type."""
        self.wallet.check("business", str(fields.get("app_id")), str(fields.get("secret")))
        event = str(fields.get("event_type", "COMMENT"))
        if path.endswith("update"):
            self.wallet.callbacks[event] = str(fields["callback_url"])
        elif path.endswith("delete"):
            self.wallet.callbacks.pop(event, None)
        address = self.wallet.callbacks.get(event, "")
        return succeeded({"event_type": event, "callback_url": address})

    # --- reading ---------------------------------------------------------------------------------

    def account(self, ask: Ask) -> Any:
        """GET business/get."""
        known = shapes.account(ask.world, ask.grant.channel_id, self.memory.base)
        wanted = ask.listed("fields")
        if unknown := [name for name in wanted if name not in known]:
            raise BusinessError(INVALID, f"fields: {unknown[0]} is not a valid field.")
        for name, scope in FIELD_SCOPES.items():
            if name in wanted and scope not in ask.grant.scopes:
                raise BusinessError(NO_PERMISSION, f"Scope {scope} is not authorized.")
        return {name: known[name] for name in wanted}

    def videos(self, ask: Ask) -> Any:
        """GET business/video/list: newest first, the cursor is a time in milliseconds."""
        fields = ask.listed("fields")
        if "item_id" not in fields:
            raise BusinessError(INVALID, "fields: item_id is required.")
        if "reach" in fields and "video.insights" not in ask.grant.scopes:
            raise BusinessError(NO_PERMISSION, "Scope video.insights is not authorized.")
        size = ask.whole("max_count", 10, 20)
        now = int(self.memory.clock.now().timestamp() * 1000)
        before = ask.whole("cursor", now, 10**14, least=0)
        pool = [v for v in ask.world.uploads(ask.grant.channel_id) if shapes.ms(v) < before]
        shown = pool[:size]
        told = [shapes.video(ask.world, one, self.memory.base) for one in shown]
        return {
            "videos": [{name: video[name] for name in fields if name in video} for video in told],
            "cursor": shapes.ms(shown[-1]) if shown else before,
            "has_more": len(pool) > size,
        }

    def comments(self, ask: Ask) -> Any:
        """GET business/comment/list: top comments of one video, hidden ones included."""
        video = ask.video()
        pool = [c for c in ask.world.of_video(video.id) if c.parent_id is None]
        pool = [c for c in pool if c.status != "rejected"]
        if wanted := ask.listed("comment_ids"):
            if len(wanted) > 30:
                raise BusinessError(INVALID, "comment_ids: Longer than maximum length 30.")
            pool = [c for c in pool if c.id in wanted]
        return self._page(ask, pool if video.comments_enabled else [])

    def replies(self, ask: Ask) -> Any:
        """GET business/comment/reply/list: below one top comment."""
        parent = ask.comment()
        return self._page(
            ask, ask.world.replies(parent.id, "published", "heldForReview", "likelySpam")
        )

    # --- acting ----------------------------------------------------------------------------------

    def hide(self, ask: Ask) -> Any:
        """POST comment/hide: HIDE or UNHIDE, which may silently do nothing."""
        comment = ask.comment()
        action = ask.text("action")
        if action not in {"HIDE", "UNHIDE"}:
            raise BusinessError(INVALID, "action: Must be one of: HIDE, UNHIDE.")
        if ask.action == "write_ignored" or (ask.action == "unhide_noop" and action == "UNHIDE"):
            return {}
        ask.world.moderate([comment], "heldForReview" if action == "HIDE" else "published")
        return {}

    def reply(self, ask: Ask) -> Any:
        """POST comment/reply/create, below a top comment."""
        parent = ask.comment()
        if parent.parent_id:
            parent = ask.world.comments[parent.parent_id]
        return self._said(ask, parent)

    def create(self, ask: Ask) -> Any:
        """POST comment/create: a comment of one's own."""
        ask.video()
        return self._said(ask, None)

    def like(self, ask: Ask) -> Any:
        """POST comment/like and comment/pin."""
        ask.comment()
        return {}

    def delete(self, ask: Ask) -> Any:
        """POST comment/delete: only what the account itself wrote."""
        comment = ask.world.comments.get(ask.text("comment_id"))
        if comment is None:
            raise BusinessError(INVALID, "comment_id: The comment does not exist.")
        if comment.author_id != ask.grant.channel_id:
            raise BusinessError(NO_PERMISSION, "Only comments of the account can be deleted.")
        ask.world.delete(comment.id)
        return {}

    def _said(self, ask: Ask, parent: Comment | None) -> Any:
        text = ask.text("text")
        if len(text) > MAX_TEXT:
            raise BusinessError(INVALID, f"text: Longer than maximum length {MAX_TEXT}.")
        made = ask.world.add(
            video=ask.video(),
            author=ask.world.authors[ask.grant.channel_id],
            text=text,
            at=self.memory.clock.now(),
            parent=parent,
        )
        told = shapes.comment(ask.world, made, self.memory.base)
        if ask.action == "write_ignored":
            ask.world.delete(made.id)
        return told

    # --- pages and doors -------------------------------------------------------------------------

    def _page(self, ask: Ask, pool: list[Comment]) -> Any:
        if ask.text("status", default="ALL") == "PUBLIC":
            pool = [c for c in pool if c.status == "published"]
        pool = shapes.arranged(
            pool,
            by=ask.text("sort_field", default="create_time"),
            order=ask.text("sort_order", default="smart"),
            salt=self.memory.journal.count,
            most=SORTED,
        )
        size = ask.whole("max_count", 20, 30)
        start = ask.whole("cursor", 0, 10**9, least=0)
        offset, shown = start, pool[start : start + size]
        if start and ask.action == "page_shift":
            by = int(ask.rule.params.get("by", 1)) if ask.rule else 1
            offset = max(start + by, 0)
            shown = pool[offset : offset + size]
        elif start and ask.action == "page_duplicate":
            shown = pool[max(start - size, 0) : start]
        elif ask.action == "short_page_has_more":
            shown = shown[: max(len(shown) // 3, 1)]
        elif ask.action == "empty_page_with_next":
            shown = []
        following = offset + (len(shown) if ask.action != "page_duplicate" else 0)
        has_more = following < len(pool)
        if ask.action == "has_more_forever" and not has_more:
            shown, following, has_more = shown or pool[-size:], following + 1, True
        with_replies = str(ask.given.get("include_replies", "false")).lower() == "true"
        return {
            "comments": [
                shapes.comment(ask.world, one, self.memory.base, with_replies=with_replies)
                for one in shown
            ],
            "cursor": following,
            "has_more": has_more,
        }

    def _authorised(self, handler: Handler, scope: str) -> Callable[[Request], Any]:
        async def call(request: Request) -> Response:
            try:
                grant = self._grant(request.scope)
                request.scope["sandbox.channel"] = grant.channel_id
                raw = await request.body()
                given = json.loads(raw) if raw else dict(request.query_params)
                if str(given.get("business_id", "")) != grant.open_id:
                    raise BusinessError(NO_PERMISSION, "No permission for this business_id.")
                if scope not in grant.scopes:
                    raise BusinessError(NO_PERMISSION, f"Scope {scope} is not authorized.")
                return succeeded(handler(Ask(request, self.memory, grant, given)))
            except BusinessError as error:
                return refused(error.code, str(error))
            except ValueError:
                return refused(INVALID, "The request is not as documented.")

        return call

    def _grant(self, scope: Scope) -> Grant:
        token = access_token(scope)
        if not token:
            raise BusinessError(MISSING, "Access token is missing.")
        grant = self.wallet.holder(token)
        if grant is not None and grant.app == "business":
            return grant
        if token in self.wallet.by_access:
            raise BusinessError(EXPIRED, "Access token is expired.")
        raise BusinessError(REVOKED, "Access token is incorrect or has been revoked.")

    def _as_app(
        self, path: str, handler: Callable[[dict[str, Any], str], Response]
    ) -> Callable[[Request], Any]:
        async def call(request: Request) -> JSONResponse | Response:
            rule = cast("Rule | None", request.scope.get("sandbox.rule"))
            told = path if "webhook" in path else (rule.action if rule else "")
            try:
                return handler(dict(await request.json()), told)
            except BusinessError as error:
                return refused(error.code, str(error))
            except GrantError as error:
                code = REVOKED if error.error == "invalid_grant" else INVALID
                return refused(code, error.description)
            except (ValueError, KeyError):
                return refused(INVALID, "The request is not as documented.")

        return call


def access_token(scope: Scope) -> str:
    """The token in TikTok's own header."""
    return str(dict(scope["headers"]).get(b"access-token", b"").decode("latin-1"))
