"""What Meta sends by itself: the handshake, signed deliveries and their shapes, signed requests."""

import base64
import hashlib
import hmac
import json
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from typing import Any

from integrations.platforms.webhooks import Delivery, WebhookRefused, digest_of, is_signed

SCHEME = "sha256="
MOST_UPDATES = 1_000  # documented size of a batch; more is somebody else's letter
LONGEST_REQUEST = 4_096  # characters of a signed request


def handshake(query: Mapping[str, str], verify_token: str) -> str | None:
    """Meta's challenge, if it knows our verify token."""
    given = query.get("hub.verify_token", "")
    is_known = bool(verify_token) and hmac.compare_digest(given.encode(), verify_token.encode())
    if query.get("hub.mode") != "subscribe" or not is_known:
        return None
    return query.get("hub.challenge") or None


def verify(headers: Mapping[str, str], raw: bytes, secret: str) -> Delivery:
    """The signature covers the bytes as sent; there is no time in it, so no replay window."""
    given = headers.get("x-hub-signature-256", "")
    if not given.startswith(SCHEME):
        raise WebhookRefused("no X-Hub-Signature-256")
    if not is_signed(raw, given.removeprefix(SCHEME), secret):
        raise WebhookRefused("wrong X-Hub-Signature-256")
    return Delivery(digest_of(raw))


def read_signed_request(text: str, secret: str) -> str:
    """The user id in a `signed_request`; WebhookRefused when Meta did not sign it.

    base64url(signature) + "." + base64url(JSON), the signature over the second part as it stands.
    """
    signature, dot, payload = text.partition(".")
    if not secret or not dot or len(text) > LONGEST_REQUEST:
        raise WebhookRefused("not a signed request")
    expected = hmac.new(secret.encode(), payload.encode(), hashlib.sha256).digest()
    try:
        is_ours = hmac.compare_digest(expected, _from_base64url(signature))
        data = json.loads(_from_base64url(payload))
    except (ValueError, RecursionError):
        raise WebhookRefused("unreadable signed request") from None
    if not is_ours:
        raise WebhookRefused("wrong signature in a signed request")
    if not isinstance(data, dict) or str(data.get("algorithm", "")).upper() != "HMAC-SHA256":
        raise WebhookRefused("another algorithm in a signed request")
    user_id = data.get("user_id")
    if not isinstance(user_id, str | int) or isinstance(user_id, bool) or not str(user_id):
        raise WebhookRefused("no user in a signed request")
    return str(user_id)


def changes_of(entry: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """The changes of an entry: `entry.field/value` or `entry.changes[].field/value`."""
    if "field" in entry:
        yield entry
    yield from entry.get("changes") or []


def moment_of(value: Any) -> datetime:
    """An epoch time, in seconds or in milliseconds."""
    seconds = int(value)
    return datetime.fromtimestamp(seconds / 1000 if seconds > 10**11 else seconds, UTC)


def _from_base64url(text: str) -> bytes:
    return base64.b64decode(text + "=" * (-len(text) % 4), altchars=b"-_", validate=True)
