"""Graph API errors, turned into `PlatformError` with a sentence for the person."""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from integrations.platforms.base import ErrorKind, PlatformError
from integrations.platforms.client import Reply, by_status, parse_retry_after
from integrations.platforms.meta.usage import regain_at


@dataclass(frozen=True, slots=True)
class Words:
    """The sentences of one of Meta's platforms, marked for translation where they are written."""

    expired: str
    revoked: str
    app_removed: str
    password: str
    checkpoint: str
    scope: str
    limited: str
    nearly_used_up: str
    gone: str
    refused_input: str
    passing: str
    cursor: str
    forbidden: str
    policy: str
    old_version: str
    code_used: str
    client_refused: str

    def of(self, kind: ErrorKind) -> str:
        """The sentence where nothing more is known than the kind."""
        return {
            ErrorKind.AUTH_EXPIRED: self.expired,
            ErrorKind.DENIED: self.forbidden,
            ErrorKind.NOT_FOUND: self.gone,
            ErrorKind.RATE_LIMITED: self.limited,
            ErrorKind.INVALID: self.refused_input,
        }.get(kind, self.passing)


# Error codes of the Graph API (developers.facebook.com/docs/graph-api/guides/error-handling).
_TOKEN_CODES = {102, 190}
# Of a token that is gone for good: why.
_TOKEN_SUBCODES: Mapping[int, Callable[[Words], str]] = {
    458: lambda words: words.app_removed,
    459: lambda words: words.checkpoint,
    460: lambda words: words.password,
    464: lambda words: words.checkpoint,
    467: lambda words: words.revoked,
}
_LIMIT_CODES = {4, 17, 32, 613}
_BUC_CODES = range(80000, 80015)  # business use case limits; 80002 is Instagram's
_GONE_SUBCODE = 33
LIMIT_PAUSE = timedelta(minutes=15)  # the windows slide over an hour or a day


def classify_graph(
    reply: Reply,
    now: datetime,
    words: Words,
    *,
    refreshing: bool = False,
    with_cursor: bool = False,
) -> PlatformError:
    """The error of a Graph answer, whatever its HTTP status; that decides when no body helps.

    A token that has ended cannot renew itself (`refreshing`); a refused parameter of a request
    `with_cursor` is the cursor.
    """
    error = error_object(reply)
    code, subcode = _number(error.get("code")), _number(error.get("error_subcode"))
    kind, sentence = _judge(reply, error, code, subcode, words)
    if refreshing and kind is ErrorKind.AUTH_EXPIRED:
        kind, sentence = ErrorKind.AUTH_REVOKED, words.revoked
    elif refreshing and kind is ErrorKind.INVALID:
        # Too young, or not to be renewed: it may still be good until its end.
        kind, sentence = ErrorKind.AUTH_EXPIRED, words.revoked
    if with_cursor and kind is ErrorKind.INVALID:
        kind, sentence = ErrorKind.CURSOR_INVALID, words.cursor
    retry_at = parse_retry_after(reply.headers.get("Retry-After"), now)
    if kind is ErrorKind.RATE_LIMITED:
        retry_at = retry_at or regain_at(reply.headers, now) or now + LIMIT_PAUSE
    told = f"{reply.status} {code or ''}{f'/{subcode}' if subcode else ''}"
    return PlatformError(kind, sentence or words.of(kind), detail=told.strip(), retry_at=retry_at)


def classify_code(reply: Reply, now: datetime, words: Words) -> PlatformError:
    """The error of the code exchange, which has a shape of its own beside Graph's."""
    body = _object(reply)
    message = str(body.get("error_message") or error_object(reply).get("message") or "").lower()
    retry_at = parse_retry_after(reply.headers.get("Retry-After"), now)
    detail = f"{reply.status} {body.get('error_type', '')}".strip()
    if "platform app" in message or "client" in message or "redirect_uri" in message:
        return PlatformError(ErrorKind.DENIED, words.client_refused, detail=detail)
    kind = by_status(reply)
    if kind in {ErrorKind.RATE_LIMITED, ErrorKind.TRANSIENT}:
        return PlatformError(kind, words.of(kind), detail=detail, retry_at=retry_at)
    return PlatformError(ErrorKind.INVALID, words.code_used, detail=detail)


def error_object(reply: Reply) -> dict[str, Any]:
    """The `error` of an answer; empty when there is none. Graph may send one with HTTP 200."""
    error = _object(reply).get("error")
    return error if isinstance(error, dict) else {}


def _judge(
    reply: Reply, error: Mapping[str, Any], code: int, subcode: int, words: Words
) -> tuple[ErrorKind, str]:
    if code in _TOKEN_CODES and subcode in _TOKEN_SUBCODES:
        return ErrorKind.AUTH_REVOKED, _TOKEN_SUBCODES[subcode](words)
    if code in _TOKEN_CODES:
        return ErrorKind.AUTH_EXPIRED, words.expired
    if code in _LIMIT_CODES or code in _BUC_CODES:
        return ErrorKind.RATE_LIMITED, words.limited
    if code in {1, 2} or error.get("is_transient") is True:
        return ErrorKind.TRANSIENT, words.passing
    if code == 10 or 200 <= code <= 299:
        return ErrorKind.SCOPE_MISSING, words.scope
    if code == 100 and subcode == _GONE_SUBCODE:
        return ErrorKind.NOT_FOUND, words.gone
    if code == 100:
        return ErrorKind.INVALID, words.refused_input
    if code == 368:
        return ErrorKind.DENIED, words.policy
    if code == 2635:
        return ErrorKind.DENIED, words.old_version
    return (by_status(reply) if not reply.ok else ErrorKind.TRANSIENT), ""


def _object(reply: Reply) -> dict[str, Any]:
    try:
        body = json.loads(reply.body)
    except (ValueError, RecursionError):
        return {}
    return body if isinstance(body, dict) else {}


def _number(value: Any) -> int:
    return value if isinstance(value, int) and not isinstance(value, bool) else 0
