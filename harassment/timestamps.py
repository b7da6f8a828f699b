"""RFC 3161 timestamps: from the local authority, or from another one over HTTP."""

import hashlib
import secrets
from datetime import UTC, datetime
from typing import NamedTuple

import httpx
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from django.conf import settings

from harassment import signing
from harassment.exports.verify import check_token

MAX_BYTES = 64 * 1024  # an answer with a chain of four certificates is below 10 kB
_SEQUENCE, _SET, _INTEGER, _OCTETS, _OID = b"\x30", b"\x31", b"\x02", b"\x04", b"\x06"
_SHA256 = "608648016503040201"
_SIGNED_DATA = "2a864886f70d010702"
_TST_INFO = "2a864886f70d0109100104"
_CONTENT_TYPE, _DIGEST = "2a864886f70d010903", "2a864886f70d010904"
_SIGNING_CERTIFICATE = "2a864886f70d010910022f"
_ECDSA_SHA256 = "2a8648ce3d040302"
_POLICY = "6981b8c598d6d0aceac093afb599a68c96e3ed3d"  # 2.25.<uuid>: this authority's own


class StampError(RuntimeError):
    """No timestamp was had; the message says why and holds nothing of what was stamped."""


class Stamp(NamedTuple):
    """An authority's answer (DER), the time it states, and who that is."""

    response: bytes
    stated_at: datetime
    authority: str


def name() -> str:
    """Whom timestamps come from, as evidence names it."""
    return settings.AURA_TSA_URL or signing.LOCAL_NAME


def stamp(message: bytes) -> Stamp:
    """A timestamp over `message`, checked before it is handed out.

    With AURA_TSA_URL from that authority, else from the local one. Raises StampError, NoSigningKey.
    """
    nonce = secrets.randbits(63) | 1
    if settings.AURA_TSA_URL:
        response, trusted = _ask(message, nonce), ""
    else:
        response, trusted = _answer(message, nonce), signing.authority().pem
    try:
        stated, unchecked = check_token(response, message, trusted)
    except Exception as error:  # whatever an authority may have sent
        raise StampError(f"The answer of the authority is not usable: {error}") from None
    if any("signature" in what for what in unchecked) or _integer(nonce) not in response:
        raise StampError("The answer of the authority is not an answer to this question.")
    return Stamp(response, datetime.fromisoformat(stated), name())


def _ask(message: bytes, nonce: int) -> bytes:
    imprint = _tlv(_SEQUENCE, _algorithm(_SHA256), _tlv(_OCTETS, _digest(message)))
    query = _tlv(_SEQUENCE, _integer(1), imprint, _integer(nonce), b"\x01\x01\xff")
    headers = {"Content-Type": "application/timestamp-query"}
    timeout = httpx.Timeout(settings.TSA_TIMEOUT_SECONDS)
    try:
        with httpx.stream(
            "POST", settings.AURA_TSA_URL, content=query, headers=headers, timeout=timeout
        ) as reply:
            body = b""
            for chunk in reply.iter_bytes(8192):
                body += chunk
                if len(body) > MAX_BYTES:
                    raise StampError("The answer of the authority is too long.")
    except httpx.HTTPError as error:
        raise StampError(f"The authority did not answer ({type(error).__name__}).") from None
    if reply.status_code != httpx.codes.OK:
        raise StampError(f"The authority answered with status {reply.status_code}.")
    return body


def _answer(message: bytes, nonce: int) -> bytes:
    """What an authority of our own says now: a granted response with a signed token."""
    local = signing.authority()
    certificate = local.certificate.public_bytes(serialization.Encoding.DER)
    moment = datetime.now(UTC).strftime("%Y%m%d%H%M%SZ").encode()
    info = _tlv(
        _SEQUENCE,
        _integer(1),
        _oid(_POLICY),
        _tlv(_SEQUENCE, _algorithm(_SHA256), _tlv(_OCTETS, _digest(message))),
        _integer(secrets.randbits(63) | 1),
        _tlv(b"\x18", moment),
        _integer(nonce),
    )
    bound = _tlv(_SEQUENCE, _tlv(_SEQUENCE, _tlv(_SEQUENCE, _tlv(_OCTETS, _digest(certificate)))))
    attributes = b"".join(
        sorted(
            [
                _attribute(_CONTENT_TYPE, _oid(_TST_INFO)),
                _attribute(_DIGEST, _tlv(_OCTETS, _digest(info))),
                _attribute(_SIGNING_CERTIFICATE, bound),
            ]
        )
    )
    signature = local.key.sign(_tlv(_SET, attributes), ec.ECDSA(hashes.SHA256()))
    issuer = local.certificate.issuer.public_bytes()
    signer = _tlv(
        _SEQUENCE,
        _integer(1),
        _tlv(_SEQUENCE, issuer, _integer(local.certificate.serial_number)),
        _algorithm(_SHA256),
        _tlv(b"\xa0", attributes),
        _algorithm(_ECDSA_SHA256),
        _tlv(_OCTETS, signature),
    )
    signed = _tlv(
        _SEQUENCE,
        _integer(3),
        _tlv(_SET, _algorithm(_SHA256)),
        _tlv(_SEQUENCE, _oid(_TST_INFO), _tlv(b"\xa0", _tlv(_OCTETS, info))),
        _tlv(b"\xa0", certificate),
        _tlv(_SET, signer),
    )
    token = _tlv(_SEQUENCE, _oid(_SIGNED_DATA), _tlv(b"\xa0", signed))
    return _tlv(_SEQUENCE, _tlv(_SEQUENCE, _integer(0)), token)


def _digest(data: bytes) -> bytes:
    return hashlib.sha256(data).digest()


def _tlv(tag: bytes, *parts: bytes) -> bytes:
    body = b"".join(parts)
    if len(body) < 0x80:
        return tag + bytes([len(body)]) + body
    length = len(body).to_bytes((len(body).bit_length() + 7) // 8, "big")
    return tag + bytes([0x80 | len(length)]) + length + body


def _integer(number: int) -> bytes:
    return _tlv(_INTEGER, number.to_bytes(number.bit_length() // 8 + 1, "big"))


def _oid(encoded: str) -> bytes:
    return _tlv(_OID, bytes.fromhex(encoded))


def _algorithm(oid: str) -> bytes:
    return _tlv(_SEQUENCE, _oid(oid))


def _attribute(oid: str, value: bytes) -> bytes:
    return _tlv(_SEQUENCE, _oid(oid), _tlv(_SET, value))
