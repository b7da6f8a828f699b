"""What a platform sends by itself: proof that it is the sender, and the facts it tells."""

import hashlib
import hmac
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING, Literal, Protocol, runtime_checkable

if TYPE_CHECKING:
    from integrations.platforms.base import RemoteComment


class WebhookRefused(Exception):
    """Nothing proves that the platform sent this; the reason is for logs, never for the sender."""

    def __init__(self, reason: str, *, is_told: bool = True) -> None:
        super().__init__(reason)
        self.reason = reason
        self.is_told = is_told  # False: the platform's rules want it dropped without a word


@dataclass(frozen=True, slots=True)
class Delivery:
    """A verified delivery; the same `dedupe_key` again is the same delivery again."""

    dedupe_key: str


@dataclass(frozen=True, slots=True)
class PlatformEvent:
    """One fact about one account.

    "comment": something happened to `comment_id`; `comment` is what the event itself told, kept
    in case that the platform has nothing left to show. "post": the same of a post. "grant_ended":
    the person took the permission back. Order and number of events mean nothing: they are a reason
    to look.
    """

    kind: Literal["comment", "post", "grant_ended"]
    account_id: str
    at: datetime
    comment_id: str = ""
    post_id: str = ""
    parent_id: str = ""
    comment: "RemoteComment | None" = field(default=None, repr=False)
    is_removal: bool = False
    is_whole: bool = False  # its own words are all there will ever be: nothing can be asked again


@dataclass(frozen=True, slots=True)
class PushWish:
    """What a hub wants to be confirmed, or says that it refuses, about one account's feed."""

    account_id: str
    is_wanted: bool
    lease_s: int
    is_denied: bool = False


@runtime_checkable
class Hub(Protocol):
    """What an adapter can do when its platform pushes by leases that somebody has to renew."""

    def ask_push(self, account_id: str, callback: str, *, is_wanted: bool) -> None:
        """Ask for pushes to `callback`, or for their end; the hub then asks back."""
        ...

    def read_wish(self, query: Mapping[str, str]) -> PushWish | None:
        """The question that the hub asks back; None when it is none."""
        ...


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
