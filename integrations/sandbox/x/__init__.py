"""X in the sandbox: its OAuth 2.0 with PKCE, and the questions that cost money."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, cast

from starlette.responses import Response
from starlette.routing import BaseRoute
from starlette.types import Scope

from integrations.sandbox.dialect import Dialect
from integrations.sandbox.faults import Rule
from integrations.sandbox.spoil import Spoiler
from integrations.sandbox.standard import Consent, GrantError, bearer
from integrations.sandbox.x import api
from integrations.sandbox.x.ids import MINT
from integrations.sandbox.x.wallet import RotatingWallet, new_wallet

if TYPE_CHECKING:
    from integrations.sandbox.memory import Memory

SCOPES = {
    "tweet.read": "See the posts that you can see",
    "users.read": "See accounts that you can see",
    "offline.access": "Stay connected until you take it back",
}


@dataclass(frozen=True)
class ProvenConsent(Consent):
    """A consent page that remembers the PKCE challenge of the code it gives out."""

    def _approved(
        self, query: Mapping[str, str], channel: str, scopes: tuple[str, ...], ticked: list[str]
    ) -> Response:
        wallet = cast("RotatingWallet", self.wallet)
        before = set(wallet.codes)
        answer = super()._approved(query, channel, scopes, ticked)
        for code in set(wallet.codes) - before:
            wallet.challenges[code] = query.get("code_challenge", "")
        return answer


def _routes(memory: "Memory") -> list[BaseRoute]:
    consent = ProvenConsent(
        memory,
        "x",
        "/x/auth/i/oauth2/authorize",
        "/x/auth/consent",
        SCOPES,
        "X account",
        lambda query: "offline.access" in query.get("scope", ""),
    )
    return [*consent.routes(), *api.routes(memory)]


def _refusal(memory: "Memory", rule: Rule, _scope: Scope) -> Response | None:
    """A fault as X answers it; None where the plain answer will do."""
    if rule.action in {"rateLimitExceeded", "throttled"}:
        response = api.Problem(429, "Too Many Requests").response()
        reset = int(memory.clock.now().timestamp()) + int(rule.params.get("reset_s", 120))
        response.headers.update(
            {
                "x-rate-limit-limit": "300",
                "x-rate-limit-remaining": "0",
                "x-rate-limit-reset": str(reset),
            }
        )
        return response
    if rule.action == "quotaExceeded":
        kind = "https://api.x.com/2/problems/usage-capped"
        return api.Problem(429, "UsageCapExceeded", "Usage cap exceeded", kind).response()
    if rule.action in {"system_error", "processingFailure"}:
        return api.Problem(503, "Service Unavailable").response()
    if rule.action == "cursor_invalid":
        return api.invalid("pagination_token").response()
    if rule.action == "refresh_invalid_grant":
        return api.oauth_refusal(GrantError("invalid_request", "Value passed was invalid."))
    return None


def _spoil(memory: "Memory", action: str, scope: Scope) -> None:
    cast("RotatingWallet", memory.wallet("x")).spoil(action, bearer(scope))


def _push(_memory: "Memory", _fields: dict[str, Any]) -> tuple[dict[str, str], bytes]:
    raise ValueError("X announces nothing here: it is asked")


DIALECT = Dialect(
    kind="x",
    prefix="/x/",
    mint=MINT,
    wallet=new_wallet,
    routes=_routes,
    refusal=_refusal,
    spoil=_spoil,
    changes=Spoiler(
        having=("id", "text", "author_id"),
        texts=("text",),
        emptied=("author_id",),
        time="created_at",
    ).changes(),
    push=_push,
)
