"""Instagram in the sandbox: Instagram Login, the Graph API, and what Meta sends by itself."""

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

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

if TYPE_CHECKING:
    from integrations.sandbox.memory import Memory


def _routes(memory: "Memory") -> list[BaseRoute]:
    return [*Login(memory).routes(), *api.routes(memory)]


def _refusal(_memory: "Memory", rule: Rule, scope: Scope) -> Response | None:
    """A fault in Graph's words; `graph_error` takes code, subcode, status and transient."""
    params = rule.params
    minutes = int(params.get("minutes", 0))
    if rule.action in {"quotaExceeded", "rateLimitExceeded", "throttled"}:
        error = limit_reached(int(params.get("code", 80002)), minutes)
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
        told = api.usage_headers("17841400000000000", int(params.get("usage", 100)), minutes)
        response.headers.update(told)
    return response


def _spoil(_memory: "Memory", action: str, scope: Scope) -> None:
    # A write carries its token in the body: the handler, which reads it, does the rest.
    scope["sandbox.spoil"] = action


def _each(data: Any) -> list[dict[str, Any]]:
    """Every comment object in an answer."""
    found: list[dict[str, Any]] = []
    if isinstance(data, dict):
        if "text" in data and "id" in data:
            found.append(data)
        for value in data.values():
            found += _each(value)
    elif isinstance(data, list):
        for value in data:
            found += _each(value)
    return found


def _long_text(data: Any, params: dict[str, Any]) -> None:
    for comment in _each(data)[:1]:
        size = int(params.get("size", 100_000))
        comment["text"] = ("so long " * (size // 8 + 1))[:size]


def _null_author(data: Any, _params: dict[str, Any]) -> None:
    for comment in _each(data)[:1]:
        comment["from"] = None
        comment.pop("username", None)


def _unknown_fields(data: Any, _params: dict[str, Any]) -> None:
    data["newsroom"] = {"since": 2027}
    for comment in _each(data):
        comment["mood_ring"] = ["amber", None, 3]


def _missing_fields(data: Any, _params: dict[str, Any]) -> None:
    for comment in _each(data)[:1]:
        comment.pop("timestamp", None)


def _ids_as_numbers(data: Any, _params: dict[str, Any]) -> None:
    for comment in _each(data):
        comment["id"] = int(comment["id"])


_CHANGES: dict[str, Callable[[Any, dict[str, Any]], None]] = {
    "long_text": _long_text,
    "null_author": _null_author,
    "unknown_fields": _unknown_fields,
    "missing_fields": _missing_fields,
    "ids_as_numbers": _ids_as_numbers,
}

DIALECT = Dialect(
    kind="instagram",
    prefix="/ig/",
    mint=MINT,
    wallet=new_wallet,
    routes=_routes,
    refusal=_refusal,
    spoil=_spoil,
    changes=_CHANGES,
    push=senders.push,
)
