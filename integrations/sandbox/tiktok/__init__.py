"""TikTok in the sandbox: both portals, over a world of its own."""

from datetime import timedelta
from typing import TYPE_CHECKING, cast

from starlette.responses import Response
from starlette.routing import BaseRoute
from starlette.types import Scope

from integrations.sandbox.dialect import Dialect
from integrations.sandbox.faults import Rule
from integrations.sandbox.spoil import Spoiler
from integrations.sandbox.tiktok import business, display
from integrations.sandbox.tiktok.grants import GrantError, Wallet
from integrations.sandbox.tiktok.ids import MINT
from integrations.sandbox.tiktok.push import push
from integrations.sandbox.tiktok.shapes import refused

if TYPE_CHECKING:
    from integrations.sandbox.memory import Memory

THROTTLED = {"throttled", "rateLimitExceeded", "quotaExceeded"}
_WINDOWS = {"second": "QPS", "minute": "QPM", "day": "QPD"}


def _wallet(memory: "Memory") -> Wallet:
    apps = {app: memory.options.apps[f"tiktok_{app}"] for app in ("business", "display")}
    return Wallet(memory.clock, apps)


def _routes(memory: "Memory") -> list[BaseRoute]:
    return [
        *display.DisplayEndpoints(memory).routes(),
        *business.BusinessEndpoints(memory).routes(),
    ]


def _refusal(_memory: "Memory", rule: Rule, scope: Scope) -> Response | None:
    """A fault in the words of the portal that was asked; None where the plain answer will do."""
    is_business = scope["path"].startswith("/tiktok/business")
    if rule.action in THROTTLED:
        window = "day" if rule.action == "quotaExceeded" else rule.params.get("window", "minute")
        if is_business:
            return refused(40100, f"Too many requests: {_WINDOWS[window]} limit reached.")
        return display.refused("rate_limit_exceeded", "The API rate limit was exceeded.")
    if rule.action in {"system_error", "processingFailure"}:
        return refused(50000, "System error") if is_business else display.refused("internal_error")
    if rule.action == "refresh_invalid_grant":
        if is_business:
            return refused(40105, "Refresh token is invalid or expired.")
        return display.oauth_refusal(GrantError("invalid_grant", "Refresh token is invalid."))
    if rule.action in {"commentNotFound", "commentsDisabled", "cursor_invalid"}:
        name = "cursor" if rule.action == "cursor_invalid" else "comment_id"
        told = "Not a valid cursor." if name == "cursor" else "The comment does not exist."
        if is_business:
            return refused(40002, f"{name}: {told}")
        return display.refused("invalid_params", told)
    return None


def _spoil(memory: "Memory", action: str, scope: Scope) -> None:
    wallet = cast("Wallet", memory.wallet("tiktok"))
    token = business.access_token(scope) or display.bearer(scope)
    access = wallet.by_access.get(token)
    if access is None:
        return
    if action == "token_revoked":
        wallet.end(access.grant)
    elif action == "scope_removed":
        access.grant.scopes = ()
    else:
        access.expires_at = memory.clock.now() - timedelta(seconds=1)


DIALECT = Dialect(
    kind="tiktok",
    prefix="/tiktok/",
    mint=MINT,
    wallet=_wallet,
    routes=_routes,
    refusal=_refusal,
    spoil=_spoil,
    changes=Spoiler(
        having=("comment_id", "text"),
        texts=("text",),
        emptied=("unique_identifier", "username", "display_name", "profile_image"),
        time="create_time",
        numbers=("comment_id", "video_id", "parent_comment_id", "create_time"),
    ).changes(),
    push=push,
)
