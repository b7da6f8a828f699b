"""Reddit in the sandbox: its OAuth, its things and listings, its moderators."""

from typing import TYPE_CHECKING, Any, cast

from starlette.responses import Response
from starlette.routing import BaseRoute
from starlette.types import Scope

from integrations.sandbox.dialect import Dialect
from integrations.sandbox.faults import Rule
from integrations.sandbox.reddit import api
from integrations.sandbox.reddit.ids import MINT
from integrations.sandbox.reddit.shapes import RedditError
from integrations.sandbox.spoil import Spoiler
from integrations.sandbox.standard import Consent, GrantError, Wallet, bearer

if TYPE_CHECKING:
    from integrations.sandbox.memory import Memory

SCOPES = {
    "identity": "Know your name and your karma",
    "read": "Read what you can read",
    "history": "Read the list of your posts",
    "submit": "Comment for you",
    "modposts": "Remove and approve where you moderate",
    "modcontributors": "Ban people where you moderate",
}
THROTTLED = {"throttled", "rateLimitExceeded", "quotaExceeded"}


def _wallet(memory: "Memory") -> Wallet:
    return Wallet(memory.clock, *memory.options.apps["reddit"], life_s=api.LIFE_S)


def _routes(memory: "Memory") -> list[BaseRoute]:
    consent = Consent(
        memory,
        "reddit",
        "/reddit/api/v1/authorize",
        "/reddit/api/v1/consent",
        SCOPES,
        "Reddit account",
        lambda query: query.get("duration") == "permanent",
    )
    return [*consent.routes(), *api.RedditEndpoints(memory).routes()]


def _refusal(_memory: "Memory", rule: Rule, _scope: Scope) -> Response | None:
    """A fault as Reddit answers it; None where the plain answer will do."""
    if rule.action in THROTTLED:
        response = RedditError(429, "Too Many Requests").response()
        response.headers.update(api.rate_headers(0, 1000, int(rule.params.get("reset_s", 120))))
        return response
    if rule.action in {"system_error", "processingFailure"}:
        return RedditError(503, "Service Unavailable").response()
    if rule.action == "refresh_invalid_grant":
        return api.oauth_refusal(GrantError("invalid_grant"))
    if rule.action == "commentNotFound":
        return RedditError(404, "Not Found").response()
    if rule.action == "commentsDisabled":
        return RedditError(403, "Forbidden", reason="private").response()
    if rule.action == "cursor_invalid":
        return RedditError(400, "Bad Request").response()
    return None


def _spoil(memory: "Memory", action: str, scope: Scope) -> None:
    cast("Wallet", memory.wallet("reddit")).spoil(action, bearer(scope))


def _push(_memory: "Memory", _fields: dict[str, Any]) -> tuple[dict[str, str], bytes]:
    raise ValueError("Reddit announces nothing: it is asked")


DIALECT = Dialect(
    kind="reddit",
    prefix="/reddit/",
    mint=MINT,
    wallet=_wallet,
    routes=_routes,
    refusal=_refusal,
    spoil=_spoil,
    changes=Spoiler(
        having=("body", "link_id"),
        texts=("body",),
        emptied=("author",),
        dropped=("author_fullname",),
        time="created_utc",
    ).changes(),
    push=_push,
)
