"""TikTok's three error shapes, turned into `PlatformError` with a sentence for the person."""

import json
from collections.abc import Mapping
from datetime import UTC, datetime, time, timedelta
from typing import Any

from integrations.platforms.base import ErrorKind, PlatformError
from integrations.platforms.base import sentence as _
from integrations.platforms.client import Reply, by_status, parse_retry_after

EXPIRED = _("The sign-in to TikTok has expired. Aura renews it.")
REVOKED = _("TikTok no longer accepts this connection. Connect the account again.")
SCOPE = _(
    "TikTok did not give Aura the permission for this. Connect the account again and allow it."
)
LIMITED = _("TikTok asks Aura to slow down. It continues by itself in a few minutes.")
QUOTA = _("Today's TikTok allowance is used up. Aura continues after midnight, UTC.")
GONE = _("TikTok no longer has this.")
REFUSED_INPUT = _("TikTok did not accept the request.")
PASSING = _("TikTok has a passing problem. Aura will try again.")
FORBIDDEN = _("TikTok refused: this account may not do that here.")
CODE_USED = _("This sign-in was already used or has expired. Start connecting again.")
CLIENT_REFUSED = _("TikTok does not accept this installation's registration. Tell its operator.")
CURSOR = _("TikTok lost the place in the list. Aura starts the list again.")
DISPLAY_ONLY = _(
    "This connection shows profile and videos only. TikTok gives comments to apps that it approved "
    "for the “TikTok Accounts” API."
)

# Suspension of an app that asked too often in one minute; nothing in the answer names its end.
MINUTES = timedelta(minutes=5)
THROTTLED = {40100, 40016, 40133}
_GONE_WORDS = ("not exist", "not found", "been deleted", "has been removed")

# Codes of the API for Business (business-api.tiktok.com, appendix "Return codes").
_BY_CODE: Mapping[int, tuple[ErrorKind, str]] = {
    40001: (ErrorKind.SCOPE_MISSING, SCOPE),
    40002: (ErrorKind.INVALID, REFUSED_INPUT),
    40102: (ErrorKind.AUTH_EXPIRED, EXPIRED),
    40104: (ErrorKind.AUTH_EXPIRED, EXPIRED),
    # "Incorrect or revoked": the renewal that follows tells which of the two.
    40105: (ErrorKind.AUTH_EXPIRED, EXPIRED),
    50000: (ErrorKind.TRANSIENT, PASSING),
}

# `error.code` of the Display API (developers.tiktok.com/doc/tiktok-api-v2-error-handling).
_BY_NAME: Mapping[str, tuple[ErrorKind, str]] = {
    "access_token_invalid": (ErrorKind.AUTH_EXPIRED, EXPIRED),
    "scope_not_authorized": (ErrorKind.SCOPE_MISSING, SCOPE),
    "scope_permission_missed": (ErrorKind.SCOPE_MISSING, SCOPE),
    "rate_limit_exceeded": (ErrorKind.RATE_LIMITED, LIMITED),
    "internal_error": (ErrorKind.TRANSIENT, PASSING),
    "invalid_params": (ErrorKind.INVALID, REFUSED_INPUT),
}

_BY_KIND: Mapping[ErrorKind, str] = {
    ErrorKind.AUTH_EXPIRED: EXPIRED,
    ErrorKind.DENIED: FORBIDDEN,
    ErrorKind.NOT_FOUND: GONE,
    ErrorKind.RATE_LIMITED: LIMITED,
    ErrorKind.INVALID: REFUSED_INPUT,
    ErrorKind.TRANSIENT: PASSING,
}


def next_midnight(now: datetime) -> datetime:
    """When a daily allowance starts anew: midnight UTC."""
    tomorrow = now.astimezone(UTC).date() + timedelta(days=1)
    return datetime.combine(tomorrow, time(), tzinfo=UTC)


def classify_status(reply: Reply, now: datetime) -> PlatformError:
    """An answer whose status is an error: the Display API's envelope, or no envelope at all."""
    name = str(_object(reply, "error").get("code", ""))
    kind, sentence = _BY_NAME.get(name, (by_status(reply), ""))
    retry_at = parse_retry_after(reply.headers.get("Retry-After"), now)
    if kind is ErrorKind.RATE_LIMITED and retry_at is None:
        retry_at = now + timedelta(minutes=1)  # the window slides over one minute
    return PlatformError(
        kind,
        sentence or _BY_KIND[kind],
        detail=f"{reply.status} {name}".strip(),
        retry_at=retry_at,
    )


def inside_business(reply: Reply, now: datetime) -> PlatformError | None:
    """The error in an answer of the API for Business, which is HTTP 200 whatever happened."""
    body = reply.json()
    code = body.get("code")
    if code == 0:
        return None
    if not isinstance(code, int):
        return PlatformError(ErrorKind.TRANSIENT, PASSING, detail="no code in the envelope")
    message = str(body.get("message", "")).lower()
    detail = f"business {code}"
    if code in THROTTLED:
        return _throttled(message, detail, now)
    kind, sentence = _BY_CODE.get(code, (ErrorKind.INVALID, REFUSED_INPUT))
    if code not in _BY_CODE and code >= 50000:
        kind, sentence = ErrorKind.TRANSIENT, PASSING
    if kind is ErrorKind.INVALID and any(words in message for words in _GONE_WORDS):
        kind, sentence = ErrorKind.NOT_FOUND, GONE
    elif kind is ErrorKind.INVALID and message.startswith("cursor"):
        kind, sentence = ErrorKind.CURSOR_INVALID, CURSOR
    return PlatformError(kind, sentence, detail=detail)


def inside_display(reply: Reply) -> PlatformError | None:
    """The error in a 200 of the Display API; a success says `error.code` "ok"."""
    name = str(_object(reply, "error").get("code", ""))
    if name == "ok":
        return None
    kind, sentence = _BY_NAME.get(name, (ErrorKind.TRANSIENT, PASSING))
    return PlatformError(kind, sentence, detail=f"display {name or 'without an error object'}")


def classify_oauth(reply: Reply, now: datetime, *, refreshing: bool) -> PlatformError:
    """The error of the Display token endpoint (RFC 6749 §5.2 body).

    `invalid_grant` is the end of the connection while refreshing, but only a stale code before.
    """
    body = _body(reply)
    told = body.get("error")
    name = told if isinstance(told, str) else ""
    kind, sentence = by_status(reply), ""
    if name == "invalid_grant":
        kind, sentence = (
            (ErrorKind.AUTH_REVOKED, REVOKED) if refreshing else (ErrorKind.INVALID, CODE_USED)
        )
    elif name in {"invalid_client", "unauthorized_client"}:
        kind, sentence = ErrorKind.DENIED, CLIENT_REFUSED
    elif name:
        kind, sentence = ErrorKind.INVALID, CODE_USED
    return PlatformError(
        kind,
        sentence or _BY_KIND[kind],
        detail=f"{reply.status} {name}".strip(),
        retry_at=parse_retry_after(reply.headers.get("Retry-After"), now),
    )


def inside_oauth(reply: Reply, now: datetime, *, refreshing: bool) -> PlatformError | None:
    """The Display token endpoint may refuse with status 200, too."""
    return classify_oauth(reply, now, refreshing=refreshing) if "error" in _body(reply) else None


def inside_business_oauth(reply: Reply, now: datetime, *, refreshing: bool) -> PlatformError | None:
    """The business token endpoints speak in the codes of the API."""
    error = inside_business(reply, now)
    if error is None or error.kind in {
        ErrorKind.TRANSIENT,
        ErrorKind.RATE_LIMITED,
        ErrorKind.QUOTA_EXHAUSTED,
    }:
        return error
    if error.kind is ErrorKind.AUTH_EXPIRED and refreshing:
        return PlatformError(ErrorKind.AUTH_REVOKED, REVOKED, detail=error.detail)
    message = str(_body(reply).get("message", "")).lower()
    if "client" in message or "secret" in message:
        return PlatformError(ErrorKind.DENIED, CLIENT_REFUSED, detail=error.detail)
    return PlatformError(ErrorKind.INVALID, CODE_USED, detail=error.detail)


def _throttled(message: str, detail: str, now: datetime) -> PlatformError:
    # Limits are per second (wait one), minute (suspended five) and day (until midnight UTC).
    if "qpd" in message or "daily" in message or "per day" in message:
        return PlatformError(
            ErrorKind.QUOTA_EXHAUSTED, QUOTA, detail=detail, reset_at=next_midnight(now)
        )
    is_short = "qps" in message or "per second" in message
    wait = timedelta(seconds=1) if is_short else MINUTES
    return PlatformError(ErrorKind.RATE_LIMITED, LIMITED, detail=detail, retry_at=now + wait)


def _body(reply: Reply) -> dict[str, Any]:
    try:
        body = json.loads(reply.body)
    except ValueError:
        return {}
    return body if isinstance(body, dict) else {}


def _object(reply: Reply, name: str) -> dict[str, Any]:
    found = _body(reply).get(name)
    return found if isinstance(found, dict) else {}
