"""Reddit's refusals, by status and inside answers of 200, as `PlatformError` with a sentence."""

import json
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from integrations.platforms.base import ErrorKind, PlatformError
from integrations.platforms.base import sentence as _
from integrations.platforms.client import Reply, by_status, parse_retry_after

EXPIRED = _("The sign-in to Reddit has expired. Aura renews it.")
REVOKED = _("Reddit no longer accepts this connection. Connect the account again.")
SCOPE = _(
    "Reddit did not give Aura the permission for this. Connect the account again and allow it."
)
LIMITED = _("Reddit asks Aura to slow down. It continues by itself.")
GONE = _("Reddit no longer has this.")
REFUSED_INPUT = _("Reddit did not accept the request.")
PASSING = _("Reddit has a passing problem. Aura will try again.")
FORBIDDEN = _("Reddit refused: this account may not do that here.")
LOCKED = _("Reddit takes no more comments here: the thread is locked or archived.")
CURSOR = _("Reddit lost the place in the list. Aura starts the list again.")
NOT_MODERATOR = _(
    "This account does not moderate that community, so Aura cannot do it there. Report the "
    "comment to the community's moderators, or block its author."
)
CODE_USED = _("This sign-in was already used or has expired. Start connecting again.")
CLIENT_REFUSED = _("Reddit does not accept this installation's registration. Tell its operator.")

LONGEST_RESET = timedelta(minutes=10)  # Reddit's window
_BY_KIND: Mapping[ErrorKind, str] = {
    ErrorKind.AUTH_EXPIRED: EXPIRED,
    ErrorKind.DENIED: FORBIDDEN,
    ErrorKind.NOT_FOUND: GONE,
    ErrorKind.RATE_LIMITED: LIMITED,
    ErrorKind.INVALID: REFUSED_INPUT,
    ErrorKind.TRANSIENT: PASSING,
}
# Codes in `json.errors` of a POST, as praw names them.
_BY_CODE: Mapping[str, tuple[ErrorKind, str]] = {
    "USER_REQUIRED": (ErrorKind.AUTH_EXPIRED, EXPIRED),
    "RATELIMIT": (ErrorKind.RATE_LIMITED, LIMITED),
    "DELETED_COMMENT": (ErrorKind.NOT_FOUND, GONE),
    "DELETED_LINK": (ErrorKind.NOT_FOUND, GONE),
    "NO_THING_ID": (ErrorKind.NOT_FOUND, GONE),
    "USER_DOESNT_EXIST": (ErrorKind.NOT_FOUND, GONE),
    "THREAD_LOCKED": (ErrorKind.DENIED, LOCKED),
    "TOO_OLD": (ErrorKind.DENIED, LOCKED),
    "USER_BLOCKED": (ErrorKind.DENIED, FORBIDDEN),
    "SUBREDDIT_NOTALLOWED": (ErrorKind.DENIED, FORBIDDEN),
    "BANNED_FROM_SUBREDDIT": (ErrorKind.DENIED, FORBIDDEN),
}


def classify(reply: Reply, now: datetime, *, with_cursor: bool = False) -> PlatformError:
    """The error of a refused call; a refusal of a call `with_cursor` is of the cursor."""
    kind, told = by_status(reply), ""
    if reply.status == 403 and "insufficient_scope" in reply.headers.get("WWW-Authenticate", ""):
        kind, told = ErrorKind.SCOPE_MISSING, SCOPE
    elif with_cursor and kind is ErrorKind.INVALID:
        kind, told = ErrorKind.CURSOR_INVALID, CURSOR
    retry_at = parse_retry_after(reply.headers.get("Retry-After"), now)
    if kind is ErrorKind.RATE_LIMITED:
        retry_at = retry_at or reset_at(reply.headers, now)
    detail = f"{reply.status} {_object(reply).get('reason', '')}".strip()
    return PlatformError(kind, told or _BY_KIND[kind], detail=detail, retry_at=retry_at)


def classify_moderation(reply: Reply, now: datetime) -> PlatformError:
    """The same for an act of a moderator: a bare 403 says that the account is none there."""
    error = classify(reply, now)
    if error.kind is ErrorKind.DENIED:
        return PlatformError(ErrorKind.DENIED, NOT_MODERATOR, detail=error.detail)
    return error


def inside_json(reply: Reply, now: datetime) -> PlatformError | None:
    """The error in a 200 of a POST with api_type=json."""
    told = _object(reply).get("json")
    errors = told.get("errors") if isinstance(told, dict) else None
    if not isinstance(told, dict) or not isinstance(errors, list) or not errors:
        return None
    first = errors[0]
    code = str(first[0]) if isinstance(first, list) and first else ""
    kind, sentence = _BY_CODE.get(code, (ErrorKind.INVALID, REFUSED_INPUT))
    retry_at = None
    if kind is ErrorKind.RATE_LIMITED:
        retry_at = now + _seconds(told.get("ratelimit"))
    return PlatformError(kind, sentence, detail=f"200 {code}".strip(), retry_at=retry_at)


def classify_oauth(reply: Reply, now: datetime, *, refreshing: bool) -> PlatformError:
    """The error of the token endpoint, which refuses with 200, 400 or 401.

    `invalid_grant` is the end of the connection while refreshing, but only a stale code before.
    """
    told = _object(reply).get("error")
    name = told if isinstance(told, str) else ""
    kind, sentence = by_status(reply), ""
    if reply.status == 401:
        kind, sentence = ErrorKind.DENIED, CLIENT_REFUSED
    elif name and refreshing and kind is not ErrorKind.RATE_LIMITED:
        kind, sentence = ErrorKind.AUTH_REVOKED, REVOKED
    elif name:
        kind, sentence = ErrorKind.INVALID, CODE_USED
    return PlatformError(
        kind,
        sentence or _BY_KIND[kind],
        detail=f"{reply.status} {name}".strip(),
        retry_at=parse_retry_after(reply.headers.get("Retry-After"), now),
    )


def inside_oauth(reply: Reply, now: datetime, *, refreshing: bool) -> PlatformError | None:
    """The same in an answer of 200."""
    if "error" not in _object(reply):
        return None
    return classify_oauth(reply, now, refreshing=refreshing)


def reset_at(headers: Mapping[str, str], now: datetime) -> datetime | None:
    """When the allowance starts anew (x-ratelimit-reset); None when Reddit does not say."""
    told = headers.get("x-ratelimit-reset", "")
    return now + _seconds(told) if told else None


def is_used_up(headers: Mapping[str, str]) -> bool:
    """Whether the answer says that the next call would be one too many."""
    try:
        return float(headers.get("x-ratelimit-remaining", "1")) < 1
    except ValueError:
        return False


def _seconds(value: Any) -> timedelta:
    try:
        seconds = timedelta(seconds=float(value))
    except (TypeError, ValueError, OverflowError):
        return LONGEST_RESET
    return min(max(seconds, timedelta(seconds=1)), LONGEST_RESET)


def _object(reply: Reply) -> dict[str, Any]:
    try:
        body = json.loads(reply.body)
    except (ValueError, RecursionError):
        return {}
    return body if isinstance(body, dict) else {}
