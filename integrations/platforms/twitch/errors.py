"""Twitch's refusals, turned into `PlatformError` with a sentence for the person."""

import json
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

from integrations.platforms.base import ErrorKind, PlatformError
from integrations.platforms.base import sentence as _
from integrations.platforms.client import Reply, by_status, parse_retry_after

EXPIRED = _("The sign-in to Twitch has expired. Aura renews it.")
REVOKED = _("Twitch no longer accepts this connection. Connect the account again.")
SCOPE = _(
    "Twitch did not give Aura the permission for this. Connect the account again and allow it."
)
LIMITED = _("Twitch asks Aura to slow down. It continues by itself in a minute.")
GONE = _("Twitch no longer has this.")
REFUSED_INPUT = _("Twitch did not accept the request.")
PASSING = _("Twitch has a passing problem. Aura will try again.")
FORBIDDEN = _("Twitch refused: this account may not do that here.")
CURSOR = _("Twitch lost the place in the list. Aura starts the list again.")
DROPPED = _("Twitch did not let the message through.")
NOT_BANNED = _("This person is not banned there.")
IS_BANNED = _("This person is banned there already.")
NO_COMMENTS = _("Twitch has live chats and no comments to read.")
CODE_USED = _("This sign-in was already used or has expired. Start connecting again.")
CLIENT_REFUSED = _("Twitch does not accept this installation's registration. Tell its operator.")

LONGEST_RESET = timedelta(minutes=2)  # the window is a minute
_BY_KIND: Mapping[ErrorKind, str] = {
    ErrorKind.AUTH_EXPIRED: EXPIRED,
    ErrorKind.DENIED: FORBIDDEN,
    ErrorKind.NOT_FOUND: GONE,
    ErrorKind.RATE_LIMITED: LIMITED,
    ErrorKind.INVALID: REFUSED_INPUT,
    ErrorKind.TRANSIENT: PASSING,
}
# Helix names its errors by nothing but their sentences (dev.twitch.tv/docs/api/reference).
_BY_WORDS: tuple[tuple[str, ErrorKind, str], ...] = (
    ("missing scope", ErrorKind.SCOPE_MISSING, SCOPE),
    ("missing proper authorization", ErrorKind.SCOPE_MISSING, SCOPE),
    ("client id and oauth token do not match", ErrorKind.AUTH_REVOKED, REVOKED),
    ("is already banned", ErrorKind.INVALID, IS_BANNED),
    ("is not banned", ErrorKind.NOT_FOUND, NOT_BANNED),
)


def classify(reply: Reply, now: datetime, *, with_cursor: bool = False) -> PlatformError:
    """The error of a refused call; a bad request of a call `with_cursor` is about the cursor."""
    message = str(_object(reply).get("message", "")).lower()
    kind, told = by_status(reply), ""
    for words, meant, sentence in _BY_WORDS:
        if words in message and kind is not ErrorKind.TRANSIENT:
            kind, told = meant, sentence
    if with_cursor and kind is ErrorKind.INVALID:
        kind, told = ErrorKind.CURSOR_INVALID, CURSOR
    retry_at = parse_retry_after(reply.headers.get("Retry-After"), now)
    if kind is ErrorKind.RATE_LIMITED:
        retry_at = retry_at or _reset_at(reply.headers, now)
    return PlatformError(
        kind, told or _BY_KIND[kind], detail=f"{reply.status} twitch", retry_at=retry_at
    )


def classify_oauth(reply: Reply, now: datetime, *, refreshing: bool) -> PlatformError:
    """The error of the token endpoint: no OAuth names, only sentences.

    A refused renewal token is the end of the connection, a refused code is only stale.
    """
    message = str(_object(reply).get("message", "")).lower()
    kind, told = by_status(reply), ""
    if "client" in message:
        kind, told = ErrorKind.DENIED, CLIENT_REFUSED
    elif kind in {ErrorKind.INVALID, ErrorKind.AUTH_EXPIRED}:
        kind, told = (
            (ErrorKind.AUTH_REVOKED, REVOKED) if refreshing else (ErrorKind.INVALID, CODE_USED)
        )
    return PlatformError(
        kind,
        told or _BY_KIND[kind],
        detail=f"{reply.status} token",
        retry_at=parse_retry_after(reply.headers.get("Retry-After"), now),
    )


def _reset_at(headers: Mapping[str, str], now: datetime) -> datetime | None:
    """Ratelimit-Reset is a time since 1970; one that makes no sense is left out."""
    told = headers.get("Ratelimit-Reset", "")
    if not told.isdigit() or len(told) > 12:
        return None
    return min(max(datetime.fromtimestamp(int(told), UTC), now), now + LONGEST_RESET)


def _object(reply: Reply) -> dict[str, Any]:
    try:
        body = json.loads(reply.body)
    except (ValueError, RecursionError):
        return {}
    return body if isinstance(body, dict) else {}
