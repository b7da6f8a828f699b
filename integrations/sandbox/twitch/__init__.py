"""Twitch in the sandbox: its OAuth, Helix, and EventSub over a real WebSocket."""

from typing import TYPE_CHECKING, Any, cast

from starlette.responses import Response
from starlette.routing import BaseRoute
from starlette.types import Scope

from integrations.sandbox.dialect import Dialect
from integrations.sandbox.faults import Rule
from integrations.sandbox.spoil import Spoiler
from integrations.sandbox.standard import Consent, GrantError, bearer
from integrations.sandbox.twitch import helix, login, sockets
from integrations.sandbox.twitch.helix import HelixError
from integrations.sandbox.twitch.ids import MINT
from integrations.sandbox.twitch.sockets import TwitchWallet

if TYPE_CHECKING:
    from integrations.sandbox.memory import Memory

SCOPES = {
    "user:read:chat": "Read your chat",
    "user:write:chat": "Write in your chat for you",
    "moderator:manage:chat_messages": "Delete messages in your chat",
    "moderator:manage:banned_users": "Ban people from your chat and let them in again",
    "moderator:read:followers": "See how many follow you",
}
THROTTLED = {"throttled", "rateLimitExceeded", "quotaExceeded"}


def _wallet(memory: "Memory") -> TwitchWallet:
    return TwitchWallet(memory.clock, *memory.options.apps["twitch"], life_s=login.LIFE_S)


def _routes(memory: "Memory") -> list[BaseRoute]:
    consent = Consent(
        memory,
        "twitch",
        "/twitch/oauth2/authorize",
        "/twitch/oauth2/consent",
        SCOPES,
        "Twitch channel",
    )
    return [
        *consent.routes(),
        *login.Login(memory).routes(),
        *helix.HelixEndpoints(memory).routes(),
        *sockets.Sockets(memory).routes(),
    ]


def _refusal(memory: "Memory", rule: Rule, _scope: Scope) -> Response | None:
    """A fault as Helix answers it; None where the plain answer will do."""
    if rule.action in THROTTLED:
        response = HelixError(429, "You have exceeded your rate limit.").response()
        reset = int(memory.clock.now().timestamp()) + int(rule.params.get("reset_s", 60))
        response.headers.update(helix.rate_headers(0, reset))
        return response
    if rule.action in {"system_error", "processingFailure"}:
        return HelixError(503, "service unavailable").response()
    if rule.action == "refresh_invalid_grant":
        return login.oauth_refusal(GrantError("invalid_grant"), is_renewal=True)
    if rule.action == "commentNotFound":
        return HelixError(404, "The ID in message_id was not found.").response()
    if rule.action == "cursor_invalid":
        return HelixError(400, "Invalid cursor.").response()
    return None


def _spoil(memory: "Memory", action: str, scope: Scope) -> None:
    cast("TwitchWallet", memory.wallet("twitch")).spoil(action, bearer(scope))


def _push(_memory: "Memory", _fields: dict[str, Any]) -> tuple[dict[str, str], bytes]:
    raise ValueError("Twitch tells over its socket here")


DIALECT = Dialect(
    kind="twitch",
    prefix="/twitch/",
    mint=MINT,
    wallet=_wallet,
    routes=_routes,
    refusal=_refusal,
    spoil=_spoil,
    changes=Spoiler(
        having=("stream_id", "title"),
        texts=("title",),
        emptied=("user_id",),
        time="created_at",
        numbers=("id", "stream_id"),
    ).changes(),
    push=_push,
    announce=sockets.announce,
)
