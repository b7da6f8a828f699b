"""Graph API errors, turned into `PlatformError` with a sentence for the person."""

import json
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from integrations.platforms.base import ErrorKind, PlatformError
from integrations.platforms.base import sentence as _
from integrations.platforms.client import Reply, by_status, parse_retry_after
from integrations.platforms.instagram.usage import regain_at

EXPIRED = _("The sign-in to Instagram has expired. Aura renews it.")
REVOKED = _("Instagram no longer accepts this connection. Connect the account again.")
APP_REMOVED = _("Aura was removed from this account's apps on Instagram. Connect it again.")
PASSWORD = _("The password of the Instagram account was changed. Connect the account again.")
CHECKPOINT = _(
    "Instagram wants to see the account's owner first. Sign in there, answer its question, and "
    "connect the account again."
)
SCOPE = _(
    "Instagram did not give Aura the permission for this. Connect the account again and allow it."
)
LIMITED = _("Instagram asks Aura to slow down. It continues by itself.")
GONE = _("Instagram no longer has this.")
REFUSED_INPUT = _("Instagram did not accept the request.")
PASSING = _("Instagram has a passing problem. Aura will try again.")
CURSOR = _("Instagram lost the place in the list. Aura starts the list again.")
FORBIDDEN = _("Instagram refused: this account may not do that here.")
POLICY = _("Instagram has blocked this kind of action for a while. Do it in the app, or later.")
NOT_DELETABLE = _("Instagram does not let the account delete this comment. Hide it instead.")
OLD_VERSION = _("The Graph API version of this installation has ended. Tell its operator.")
CODE_USED = _("This sign-in was already used or has expired. Start connecting again.")
CLIENT_REFUSED = _("Instagram does not accept this installation's registration. Tell its operator.")

# Error codes of the Graph API (developers.facebook.com/docs/graph-api/guides/error-handling).
_TOKEN_CODES = {102, 190}
_TOKEN_SUBCODES: Mapping[int, str] = {
    458: APP_REMOVED,
    459: CHECKPOINT,
    460: PASSWORD,
    464: CHECKPOINT,
    467: REVOKED,
}
_LIMIT_CODES = {4, 17, 32, 613}
_BUC_CODES = range(80000, 80015)  # business use case limits; 80002 is Instagram's
_GONE_SUBCODE = 33
LIMIT_PAUSE = timedelta(minutes=15)  # the windows slide over an hour or a day

_BY_KIND: Mapping[ErrorKind, str] = {
    ErrorKind.AUTH_EXPIRED: EXPIRED,
    ErrorKind.DENIED: FORBIDDEN,
    ErrorKind.NOT_FOUND: GONE,
    ErrorKind.RATE_LIMITED: LIMITED,
    ErrorKind.INVALID: REFUSED_INPUT,
    ErrorKind.TRANSIENT: PASSING,
}


def classify_graph(
    reply: Reply, now: datetime, *, refreshing: bool = False, with_cursor: bool = False
) -> PlatformError:
    """The error of a Graph answer, whatever its HTTP status; that decides when no body helps.

    A token that has ended cannot renew itself (`refreshing`); a refused parameter of a request
    `with_cursor` is the cursor.
    """
    error = error_object(reply)
    code, subcode = _number(error.get("code")), _number(error.get("error_subcode"))
    kind, sentence = _judge(reply, error, code, subcode)
    if refreshing and kind is ErrorKind.AUTH_EXPIRED:
        kind, sentence = ErrorKind.AUTH_REVOKED, REVOKED
    elif refreshing and kind is ErrorKind.INVALID:
        # Too young, or not to be renewed: it may still be good until its end.
        kind, sentence = ErrorKind.AUTH_EXPIRED, REVOKED
    if with_cursor and kind is ErrorKind.INVALID:
        kind, sentence = ErrorKind.CURSOR_INVALID, CURSOR
    retry_at = parse_retry_after(reply.headers.get("Retry-After"), now)
    if kind is ErrorKind.RATE_LIMITED:
        retry_at = retry_at or regain_at(reply.headers, now) or now + LIMIT_PAUSE
    told = f"{reply.status} {code or ''}{f'/{subcode}' if subcode else ''}"
    return PlatformError(kind, sentence or _BY_KIND[kind], detail=told.strip(), retry_at=retry_at)


def classify_code(reply: Reply, now: datetime) -> PlatformError:
    """The error of the code exchange, which has a shape of its own beside Graph's."""
    body = _object(reply)
    message = str(body.get("error_message") or error_object(reply).get("message") or "").lower()
    retry_at = parse_retry_after(reply.headers.get("Retry-After"), now)
    detail = f"{reply.status} {body.get('error_type', '')}".strip()
    if "platform app" in message or "client" in message or "redirect_uri" in message:
        return PlatformError(ErrorKind.DENIED, CLIENT_REFUSED, detail=detail)
    kind = by_status(reply)
    if kind in {ErrorKind.RATE_LIMITED, ErrorKind.TRANSIENT}:
        return PlatformError(kind, _BY_KIND[kind], detail=detail, retry_at=retry_at)
    return PlatformError(ErrorKind.INVALID, CODE_USED, detail=detail)


def error_object(reply: Reply) -> dict[str, Any]:
    """The `error` of an answer; empty when there is none. Graph may send one with HTTP 200."""
    error = _object(reply).get("error")
    return error if isinstance(error, dict) else {}


def _judge(
    reply: Reply, error: Mapping[str, Any], code: int, subcode: int
) -> tuple[ErrorKind, str]:
    if code in _TOKEN_CODES and subcode in _TOKEN_SUBCODES:
        return ErrorKind.AUTH_REVOKED, _TOKEN_SUBCODES[subcode]
    if code in _TOKEN_CODES:
        return ErrorKind.AUTH_EXPIRED, EXPIRED
    if code in _LIMIT_CODES or code in _BUC_CODES:
        return ErrorKind.RATE_LIMITED, LIMITED
    if code in {1, 2} or error.get("is_transient") is True:
        return ErrorKind.TRANSIENT, PASSING
    if code == 10 or 200 <= code <= 299:
        return ErrorKind.SCOPE_MISSING, SCOPE
    if code == 100 and subcode == _GONE_SUBCODE:
        return ErrorKind.NOT_FOUND, GONE
    if code == 100:
        return ErrorKind.INVALID, REFUSED_INPUT
    if code == 368:
        return ErrorKind.DENIED, POLICY
    if code == 2635:
        return ErrorKind.DENIED, OLD_VERSION
    return (by_status(reply) if not reply.ok else ErrorKind.TRANSIENT), ""


def _object(reply: Reply) -> dict[str, Any]:
    try:
        body = json.loads(reply.body)
    except (ValueError, RecursionError):
        return {}
    return body if isinstance(body, dict) else {}


def _number(value: Any) -> int:
    return value if isinstance(value, int) and not isinstance(value, bool) else 0
