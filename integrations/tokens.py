"""Secrets of connections at rest: AES-256-GCM, bound to their workspace, row and field."""

import base64
import binascii
import secrets
from dataclasses import dataclass
from functools import lru_cache
from typing import Any
from uuid import UUID

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from django.conf import settings
from django.core.checks import CheckMessage, Error, Tags, Warning, register  # noqa: A004
from django.core.exceptions import ImproperlyConfigured

from accounts import tenancy
from integrations.redaction import remember

VERSION = "v1"
KEY_BYTES = 32
NONCE_BYTES = 12  # NIST SP 800-38D: 96 random bits, far below 2^32 values per key here

_HOW = (
    "Set it to kid:key, where key is 32 random bytes in base64, for example from "
    "`openssl rand -base64 32`; several entries are separated by commas and the first one encrypts."
)


class TokenError(Exception):
    """A sealed value cannot be opened: wrong row, unknown key, or damaged."""


@dataclass(frozen=True)
class KeyRing:
    """The keys by id; the first one encrypts, all of them decrypt."""

    keys: dict[str, AESGCM]
    primary: str


def seal(secret: str, *, row: UUID | str, field: str) -> str:
    """Encrypt for one field of one row of the entered schema: `v1.kid.nonce.ciphertext`.

    Raises ImproperlyConfigured when there is no usable key ring.
    """
    ring = key_ring()
    remember(secret)
    nonce = secrets.token_bytes(NONCE_BYTES)
    sealed = ring.keys[ring.primary].encrypt(nonce, secret.encode(), _bound_to(row, field))
    return ".".join([VERSION, ring.primary, _text(nonce), _text(sealed)])


def unseal(value: str, *, row: UUID | str, field: str) -> str:
    """The secret. Raises TokenError when it was sealed for another workspace, row or field."""
    ring = key_ring()
    try:
        version, kid, nonce, sealed = value.split(".")
        if version != VERSION:
            raise TokenError(f"Unknown format {version[:8]!r}.")
        key = ring.keys[kid]
        secret = key.decrypt(_bytes(nonce), _bytes(sealed), _bound_to(row, field)).decode()
    except KeyError:
        raise TokenError("The key that sealed this value is not in TOKEN_KEYRING.") from None
    except (ValueError, InvalidTag):
        # The message never says which part was wrong, and never holds the value.
        raise TokenError("A sealed value could not be opened here.") from None
    remember(secret)
    return secret


def is_stale(value: str) -> bool:
    """Whether the value was sealed with another key than the one that encrypts now."""
    return not value.startswith(primary_mark())


def primary_mark() -> str:
    """How every value begins that was sealed with the key that encrypts now."""
    return f"{VERSION}.{key_ring().primary}."


def key_ring() -> KeyRing:
    """The ring in settings.TOKEN_KEYRING. Raises ImproperlyConfigured with the way out."""
    return _parse(settings.TOKEN_KEYRING)


@lru_cache(maxsize=4)
def _parse(text: str) -> KeyRing:
    if not text.strip():
        raise ImproperlyConfigured(f"TOKEN_KEYRING is not set. {_HOW}")
    keys: dict[str, AESGCM] = {}
    for number, entry in enumerate(text.split(","), start=1):
        kid, _, encoded = entry.strip().partition(":")
        if not kid.isalnum() or not kid.isascii() or len(kid) > 16 or kid in keys:
            raise ImproperlyConfigured(
                f"Entry {number} of TOKEN_KEYRING needs a name of its own: 1 to 16 letters or "
                f"digits before the colon. {_HOW}"
            )
        try:
            altchars = b"-_" if set(encoded) & set("-_") else None
            key = base64.b64decode(encoded, altchars=altchars, validate=True)
        except binascii.Error:
            key = b""
        if len(key) != KEY_BYTES:
            raise ImproperlyConfigured(
                f"The key {kid!r} of TOKEN_KEYRING is not {KEY_BYTES} bytes in base64. {_HOW}"
            )
        keys[kid] = AESGCM(key)
    return KeyRing(keys, next(iter(keys)))


def _bound_to(row: UUID | str, field: str) -> bytes:
    return f"{tenancy.current_schema()}|{row}|{field}".encode()


def _text(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def _bytes(text: str) -> bytes:
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))


@register(Tags.security)
def check_key_ring(app_configs: Any, **kwargs: Any) -> list[CheckMessage]:
    """A broken ring is an error; a missing one only until somebody connects an account."""
    try:
        key_ring()
    except ImproperlyConfigured as error:
        if settings.TOKEN_KEYRING.strip():
            return [Error(str(error), id="integrations.E001")]
        return [
            Warning(
                "TOKEN_KEYRING is not set, so no account can be connected.",
                hint=_HOW,
                id="integrations.W001",
            )
        ]
    return []
