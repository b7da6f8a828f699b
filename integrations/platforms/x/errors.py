"""X's refusals, turned into `PlatformError` with a sentence for the person."""

import json
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

from integrations.platforms.base import ErrorKind, PlatformError
from integrations.platforms.base import sentence as _
from integrations.platforms.client import Reply, by_status, parse_retry_after

EXPIRED = _("The sign-in to X has expired. Aura renews it.")
REVOKED = _("X no longer accepts this connection. Connect the account again.")
SCOPE = _("X did not give Aura the permission for this. Connect the account again and allow it.")
LIMITED = _("X asks Aura to slow down. It continues by itself.")
CAPPED = _(
    "The money that Aura may spend on X this month is used up. It goes on with the next month."
)
NO_CREDIT = _("X's own credits of this installation are used up. Tell its operator.")
GONE = _("X no longer has this.")
REFUSED_INPUT = _("X did not accept the request.")
PASSING = _("X has a passing problem. Aura will try again.")
CURSOR = _("X lost the place in the list. Aura starts the list again.")
FORBIDDEN = _("X refused: this account may not do that here.")
READ_ONLY = _("Aura only reads on X: every act there would cost money. Do it on X itself.")
CODE_USED = _("This sign-in was already used or has expired. Start connecting again.")
CLIENT_REFUSED = _("X does not accept this installation's registration. Tell its operator.")

LONGEST_RESET = timedelta(hours=24)
_BY_KIND: Mapping[ErrorKind, str] = {
    ErrorKind.AUTH_EXPIRED: EXPIRED,
    ErrorKind.DENIED: FORBIDDEN,
    ErrorKind.NOT_FOUND: GONE,
    ErrorKind.RATE_LIMITED: LIMITED,
    ErrorKind.INVALID: REFUSED_INPUT,
    ErrorKind.TRANSIENT: PASSING,
}
# The last part of a problem's `type`, https://api.x.com/2/problems/...
_BY_PROBLEM: Mapping[str, tuple[ErrorKind, str]] = {
    "usage-capped": (ErrorKind.QUOTA_EXHAUSTED, NO_CREDIT),
    "credits": (ErrorKind.QUOTA_EXHAUSTED, NO_CREDIT),
    "oauth1-permissions": (ErrorKind.SCOPE_MISSING, SCOPE),
    "not-authorized-for-resource": (ErrorKind.DENIED, FORBIDDEN),
    "resource-not-found": (ErrorKind.NOT_FOUND, GONE),
    "client-forbidden": (ErrorKind.DENIED, CLIENT_REFUSED),
}


def classify(reply: Reply, now: datetime, *, with_cursor: bool = False) -> PlatformError:
    """The error of a refused question; one `with_cursor` that is INVALID is of the cursor."""
    body = _object(reply)
    problem = str(body.get("type", "")).rstrip("/").rsplit("/", 1)[-1]
    kind, told = _BY_PROBLEM.get(problem, (by_status(reply), ""))
    if reply.status == 402:
        kind, told = ErrorKind.QUOTA_EXHAUSTED, NO_CREDIT
    if reply.status == 403 and "scope" in str(body.get("detail", "")).lower():
        kind, told = ErrorKind.SCOPE_MISSING, SCOPE
    if with_cursor and kind is ErrorKind.INVALID:
        kind, told = ErrorKind.CURSOR_INVALID, CURSOR
    retry_at = parse_retry_after(reply.headers.get("Retry-After"), now)
    if kind is ErrorKind.RATE_LIMITED:
        retry_at = retry_at or _reset(reply.headers, now)
    return PlatformError(
        kind, told or _BY_KIND[kind], detail=f"{reply.status} {problem}".strip(), retry_at=retry_at
    )


def classify_oauth(reply: Reply, now: datetime, *, refreshing: bool) -> PlatformError:
    """The error of the token endpoint (RFC 6749 §5.2 body)."""
    reason = str(_object(reply).get("error", ""))
    kind, told = by_status(reply), ""
    if reason in {"invalid_client", "unauthorized_client"}:
        kind, told = ErrorKind.DENIED, CLIENT_REFUSED
    elif kind in {ErrorKind.INVALID, ErrorKind.AUTH_EXPIRED} and refreshing:
        kind, told = ErrorKind.AUTH_REVOKED, REVOKED
    elif kind in {ErrorKind.INVALID, ErrorKind.AUTH_EXPIRED}:
        kind, told = ErrorKind.INVALID, CODE_USED
    return PlatformError(
        kind,
        told or _BY_KIND[kind],
        detail=f"{reply.status} {reason}".strip(),
        retry_at=parse_retry_after(reply.headers.get("Retry-After"), now),
    )


def _reset(headers: Mapping[str, str], now: datetime) -> datetime | None:
    told = headers.get("x-rate-limit-reset", "")
    if not told.isdigit():
        return None
    try:
        return min(max(datetime.fromtimestamp(int(told), UTC), now), now + LONGEST_RESET)
    except (ValueError, OverflowError, OSError):
        return None


def _object(reply: Reply) -> dict[str, Any]:
    try:
        body = json.loads(reply.body)
    except (ValueError, RecursionError):
        return {}
    return body if isinstance(body, dict) else {}
