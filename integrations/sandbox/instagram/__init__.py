"""Instagram in the sandbox: Instagram Login, the Graph API, and what Meta sends by itself."""

from typing import TYPE_CHECKING

from starlette.responses import Response
from starlette.routing import BaseRoute
from starlette.types import Scope

from integrations.sandbox.dialect import Dialect
from integrations.sandbox.faults import Rule
from integrations.sandbox.instagram import api, senders
from integrations.sandbox.instagram.ids import MINT
from integrations.sandbox.instagram.oauth import Login
from integrations.sandbox.instagram.shapes import GraphError, gone, limit_reached
from integrations.sandbox.instagram.wallet import new_wallet
from integrations.sandbox.spoil import Spoiler

if TYPE_CHECKING:
    from integrations.sandbox.memory import Memory


def _routes(memory: "Memory") -> list[BaseRoute]:
    return [*Login(memory).routes(), *api.routes(memory)]


def graph_refusal(
    _memory: "Memory",
    rule: Rule,
    scope: Scope,
    *,
    limit_code: int = 80002,
    usage: str = "instagram",
) -> Response | None:
    """A fault in Graph's words; `graph_error` takes code, subcode, status and transient."""
    params = rule.params
    minutes = int(params.get("minutes", 0))
    if rule.action in {"quotaExceeded", "rateLimitExceeded", "throttled"}:
        error = limit_reached(int(params.get("code", limit_code)), minutes)
    elif rule.action == "cursor_invalid":
        error = GraphError(100, "(#100) Invalid parameter")
    elif rule.action == "commentNotFound":
        error = gone(scope["path"].rsplit("/", 1)[-1])
    elif rule.action == "refresh_invalid_grant":
        error = GraphError(190, "Error validating access token: expired", subcode=463)
    elif rule.action in {"system_error", "processingFailure"}:
        error = GraphError(2, "Service temporarily unavailable", status=500, transient=True)
    elif rule.action == "graph_error":
        error = GraphError(
            int(params.get("code", 1)),
            str(params.get("message", "An error")),
            subcode=int(params.get("subcode", 0)),
            status=int(params.get("status", 400)),
            transient=bool(params.get("transient")),
        )
    else:
        return None
    response = error.response()
    if "usage" in params or error.minutes or rule.action == "throttled":
        told = api.usage_headers("17841400000000000", int(params.get("usage", 100)), minutes, usage)
        response.headers.update(told)
    return response


def spoil_later(_memory: "Memory", action: str, scope: Scope) -> None:
    """Leave the fault to the handler."""
    # A write carries its token in the body: the handler, which reads it, does the rest.
    scope["sandbox.spoil"] = action


DIALECT = Dialect(
    kind="instagram",
    prefix="/ig/",
    mint=MINT,
    wallet=new_wallet,
    routes=_routes,
    refusal=graph_refusal,
    spoil=spoil_later,
    changes=Spoiler(
        having=("id", "text"),
        texts=("text",),
        emptied=("from",),
        dropped=("username",),
        time="timestamp",
        numbers=("id",),
    ).changes(),
    push=senders.push,
)
