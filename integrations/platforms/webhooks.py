"""What a platform sends by itself: proof that it is the sender, and the facts it tells."""

import hashlib
import hmac
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from integrations.platforms.base import RemoteComment


class WebhookRefused(Exception):
    """Nothing proves that the platform sent this; the reason is for logs, never for the sender."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


@dataclass(frozen=True, slots=True)
class Delivery:
    """A verified delivery; the same `dedupe_key` again is the same delivery again."""

    dedupe_key: str


@dataclass(frozen=True, slots=True)
class PlatformEvent:
    """One fact about one account.

    "comment": something happened to `comment_id`; `comment` is what the event itself told, kept
    in case that the platform has nothing left to show. "grant_ended": the person took the
    permission back. Order and number of events mean nothing: they are a reason to look.
    """

    kind: Literal["comment", "grant_ended"]
    account_id: str
    at: datetime
    comment_id: str = ""
    post_id: str = ""
    parent_id: str = ""
    comment: "RemoteComment | None" = field(default=None, repr=False)
    is_removal: bool = False


class NoWebhooks:
    """Mixed into adapters of platforms that announce nothing Aura could use."""

    def handshake(self, query: Mapping[str, str]) -> str | None:
        """Nobody to shake hands with."""
        return None

    def verify_webhook(self, headers: Mapping[str, str], raw: bytes) -> Delivery:
        """Nothing can come from here."""
        raise WebhookRefused("this platform has no webhooks")

    def parse_webhook(self, raw: bytes) -> list[PlatformEvent]:
        """Nothing to read."""
        return []


def digest_of(raw: bytes) -> str:
    """The dedupe key of platforms that number their deliveries by nothing: the bytes themselves."""
    return hashlib.sha256(raw).hexdigest()


def is_signed(raw: bytes, signature: str, secret: str, *, prefix: bytes = b"") -> bool:
    """Whether `signature` is the hex HMAC-SHA256 of prefix + raw; compared in constant time."""
    if not secret:
        return False
    expected = hmac.new(secret.encode(), prefix + raw, hashlib.sha256).hexdigest()
    return hmac.compare_digest(expected.encode(), signature.encode("utf-8", "replace"))
