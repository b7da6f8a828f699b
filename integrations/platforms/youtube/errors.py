"""Google's error bodies, turned into `PlatformError` with a sentence for the person."""

import json
from collections.abc import Mapping
from datetime import UTC, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from integrations.platforms.base import ErrorKind, PlatformError
from integrations.platforms.base import sentence as _
from integrations.platforms.client import Reply, by_status, parse_retry_after

PACIFIC = ZoneInfo("America/Los_Angeles")

EXPIRED = _("The sign-in to YouTube has expired. Aura renews it.")
REVOKED = _("YouTube no longer accepts this connection. Connect the account again.")
SCOPE = _(
    "YouTube did not give Aura the permission for this. Connect the account again and allow it."
)
LIMITED = _("YouTube asks Aura to slow down. It continues by itself in a moment.")
QUOTA = _("Today's YouTube allowance is used up. Aura continues after midnight, Pacific time.")
GONE = _("YouTube no longer has this.")
NO_COMMENTS = _("Comments are switched off for this video.")
REFUSED_INPUT = _("YouTube did not accept the request.")
PASSING = _("YouTube has a passing problem. Aura will try again.")
CURSOR = _("YouTube lost the place in the list. Aura starts the list again.")
NOT_POSSIBLE = _(
    "YouTube does not allow this change. A rejected comment, say, cannot be published again."
)
FORBIDDEN = _("YouTube refused: this account may not do that here.")
CLOSED = _("The YouTube account is closed or suspended.")
NO_LIVE_CHAT = _("This broadcast has no live chat, or it has ended.")
NO_CHANNEL = _("This Google account has no YouTube channel.")
NOT_ENABLED = _("The YouTube API is not switched on for this installation. Tell its operator.")
CODE_USED = _("This sign-in was already used or has expired. Start connecting again.")
CLIENT_REFUSED = _("Google does not accept this installation's registration. Tell its operator.")

# Reasons of the Data API (developers.google.com/youtube/v3/docs/errors and each method's page).
_BY_REASON: Mapping[str, tuple[ErrorKind, str]] = {
    "authError": (ErrorKind.AUTH_EXPIRED, EXPIRED),
    "authorizationRequired": (ErrorKind.AUTH_EXPIRED, EXPIRED),
    "insufficientPermissions": (ErrorKind.SCOPE_MISSING, SCOPE),
    "quotaExceeded": (ErrorKind.QUOTA_EXHAUSTED, QUOTA),
    "dailyLimitExceeded": (ErrorKind.QUOTA_EXHAUSTED, QUOTA),
    "rateLimitExceeded": (ErrorKind.RATE_LIMITED, LIMITED),
    "userRateLimitExceeded": (ErrorKind.RATE_LIMITED, LIMITED),
    "commentsDisabled": (ErrorKind.COMMENTS_DISABLED, NO_COMMENTS),
    "videoNotFound": (ErrorKind.NOT_FOUND, GONE),
    "commentNotFound": (ErrorKind.NOT_FOUND, GONE),
    "commentThreadNotFound": (ErrorKind.NOT_FOUND, GONE),
    "parentCommentNotFound": (ErrorKind.NOT_FOUND, GONE),
    "channelNotFound": (ErrorKind.NOT_FOUND, GONE),
    "playlistNotFound": (ErrorKind.NOT_FOUND, GONE),
    "liveChatNotFound": (ErrorKind.NOT_FOUND, NO_LIVE_CHAT),
    "liveChatEnded": (ErrorKind.NOT_FOUND, NO_LIVE_CHAT),
    "liveChatMessageNotFound": (ErrorKind.NOT_FOUND, GONE),
    "liveChatBanNotFound": (ErrorKind.NOT_FOUND, GONE),
    "liveChatDisabled": (ErrorKind.COMMENTS_DISABLED, NO_LIVE_CHAT),
    "liveChatBanInsertionNotAllowed": (ErrorKind.DENIED, FORBIDDEN),
    "liveStreamingNotEnabled": (ErrorKind.UNSUPPORTED, NO_LIVE_CHAT),
    "pageTokenInvalid": (ErrorKind.CURSOR_INVALID, CURSOR),
    "processingFailure": (ErrorKind.TRANSIENT, PASSING),
    "backendError": (ErrorKind.TRANSIENT, PASSING),
    "invalidPageToken": (ErrorKind.CURSOR_INVALID, CURSOR),
    "operationNotSupported": (ErrorKind.UNSUPPORTED, NOT_POSSIBLE),
    "forbidden": (ErrorKind.DENIED, FORBIDDEN),
    "ineligibleAccount": (ErrorKind.DENIED, FORBIDDEN),
    "accessNotConfigured": (ErrorKind.DENIED, NOT_ENABLED),
    "authenticatedUserAccountClosed": (ErrorKind.DENIED, CLOSED),
    "authenticatedUserAccountSuspended": (ErrorKind.DENIED, CLOSED),
    "accountClosed": (ErrorKind.DENIED, CLOSED),
    "accountSuspended": (ErrorKind.DENIED, CLOSED),
    "channelClosed": (ErrorKind.DENIED, CLOSED),
    "channelSuspended": (ErrorKind.DENIED, CLOSED),
    "youtubeSignupRequired": (ErrorKind.NOT_FOUND, NO_CHANNEL),
    "authenticatedUserNotChannel": (ErrorKind.NOT_FOUND, NO_CHANNEL),
}

_BY_KIND: Mapping[ErrorKind, str] = {
    ErrorKind.AUTH_EXPIRED: EXPIRED,
    ErrorKind.DENIED: FORBIDDEN,
    ErrorKind.NOT_FOUND: GONE,
    ErrorKind.RATE_LIMITED: LIMITED,
    ErrorKind.INVALID: REFUSED_INPUT,
    ErrorKind.TRANSIENT: PASSING,
}


def next_quota_reset(now: datetime) -> datetime:
    """The next midnight in Los Angeles, where the daily quota starts anew."""
    tomorrow = now.astimezone(PACIFIC).date() + timedelta(days=1)
    return datetime.combine(tomorrow, time(), tzinfo=PACIFIC).astimezone(UTC)


def classify_api(reply: Reply, now: datetime) -> PlatformError:
    """The error of a Data API answer; the bare status decides when the body says nothing."""
    error = _error_object(reply)
    reason = _reason(error)
    kind, sentence = _BY_REASON.get(reason, (by_status(reply), ""))
    if kind is ErrorKind.RATE_LIMITED and _is_daily(error):
        kind, sentence = ErrorKind.QUOTA_EXHAUSTED, QUOTA
    return PlatformError(
        kind,
        sentence or _BY_KIND[kind],
        detail=f"{reply.status} {reason}".strip(),
        retry_at=parse_retry_after(reply.headers.get("Retry-After"), now),
        reset_at=next_quota_reset(now) if kind is ErrorKind.QUOTA_EXHAUSTED else None,
    )


def classify_oauth(reply: Reply, now: datetime, *, refreshing: bool) -> PlatformError:
    """The error of the token endpoint (RFC 6749 §5.2 body).

    `invalid_grant` is the end of the connection while refreshing, but only a stale code before.
    """
    try:
        body = json.loads(reply.body)
    except ValueError:
        body = {}
    reason = body.get("error", "") if isinstance(body, dict) else ""
    kind, sentence = by_status(reply), ""
    if reason == "invalid_grant" and refreshing:
        kind, sentence = ErrorKind.AUTH_REVOKED, REVOKED
    elif reason == "invalid_grant":
        kind, sentence = ErrorKind.INVALID, CODE_USED
    elif reason in {"invalid_client", "unauthorized_client", "redirect_uri_mismatch"}:
        kind, sentence = ErrorKind.DENIED, CLIENT_REFUSED
    return PlatformError(
        kind,
        sentence or _BY_KIND[kind],
        detail=f"{reply.status} {reason}".strip(),
        retry_at=parse_retry_after(reply.headers.get("Retry-After"), now),
    )


def _error_object(reply: Reply) -> dict[str, Any]:
    try:
        body = json.loads(reply.body)
    except ValueError:
        return {}
    error = body.get("error") if isinstance(body, dict) else None
    return error if isinstance(error, dict) else {}


def _reason(error: Mapping[str, Any]) -> str:
    errors = error.get("errors")
    if isinstance(errors, list) and errors and isinstance(errors[0], dict):
        return str(errors[0].get("reason", ""))
    return ""


def _is_daily(error: Mapping[str, Any]) -> bool:
    # The newer shape of an exhausted day: 429 rateLimitExceeded whose ErrorInfo names a
    # per-day limit ("defaultPerDayPerProject").
    details = error.get("details")
    return isinstance(details, list) and any(
        "PerDay" in str(entry.get("metadata", {}).get("quota_limit", ""))
        for entry in details
        if isinstance(entry, dict)
    )
