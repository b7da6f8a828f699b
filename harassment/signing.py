"""The installation's own keys: one secret, from which signing and the local authority derive."""

import base64
import binascii
from datetime import UTC, datetime
from functools import lru_cache
from typing import NamedTuple

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID
from django.conf import settings

KEY_BYTES = 32
LOCAL_NAME = "Aura local authority, not qualified"
# Fixed, so that the same secret always makes the same certificates.
_VALID = (datetime(2026, 1, 1, tzinfo=UTC), datetime(2066, 1, 1, tzinfo=UTC))


class NoSigningKey(RuntimeError):
    """EVIDENCE_KEY is missing or is not 32 bytes in base64; the message says what to do."""


class Authority(NamedTuple):
    """The local timestamp authority: a root that signs nothing else, and the key it vouches for."""

    root: x509.Certificate
    certificate: x509.Certificate
    key: ec.EllipticCurvePrivateKey

    @property
    def pem(self) -> str:
        """The root, for those who check its tokens."""
        return self.root.public_bytes(serialization.Encoding.PEM).decode()


def sign(message: bytes) -> str:
    """Ed25519 signature in hex. Raises NoSigningKey."""
    return _signer(settings.EVIDENCE_KEY).sign(message).hex()


def public_key() -> str:
    """The key that checks `sign`, in hex: what its owner publishes. Raises NoSigningKey."""
    return _signer(settings.EVIDENCE_KEY).public_key().public_bytes_raw().hex()


def authority() -> Authority:
    """The local timestamp authority. Raises NoSigningKey."""
    return _authority(settings.EVIDENCE_KEY)


def _secret(setting: str) -> bytes:
    try:
        secret = base64.b64decode(setting, validate=True)
    except (binascii.Error, ValueError):
        secret = b""
    if len(secret) != KEY_BYTES:
        raise NoSigningKey(
            "EVIDENCE_KEY is not 32 bytes in base64. Make one with `openssl rand -base64 32`, "
            "keep a copy of it, and never change it: it signs the evidence."
        )
    return secret


@lru_cache(maxsize=2)
def _signer(setting: str) -> Ed25519PrivateKey:
    return Ed25519PrivateKey.from_private_bytes(_secret(setting))


def _derived(setting: str, purpose: str) -> ec.EllipticCurvePrivateKey:
    # 48 bytes for a curve of 32: reduced into its range without a noticeable bias.
    wide = HKDF(hashes.SHA256(), 48, salt=None, info=f"aura {purpose}".encode())
    order = 0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551
    number = int.from_bytes(wide.derive(_secret(setting)), "big") % (order - 1) + 1
    return ec.derive_private_key(number, ec.SECP256R1())


@lru_cache(maxsize=2)
def _authority(setting: str) -> Authority:
    root_key, key = _derived(setting, "authority"), _derived(setting, "timestamps")
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, LOCAL_NAME)])
    stamps = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, f"{LOCAL_NAME} (timestamps)")])
    constraints = x509.BasicConstraints(ca=True, path_length=0)
    root = (
        _unsigned(name, name, root_key, 1)
        .add_extension(constraints, critical=True)
        .add_extension(_usage(is_root=True), critical=True)
        .add_extension(
            x509.SubjectKeyIdentifier.from_public_key(root_key.public_key()), critical=False
        )
        .sign(root_key, hashes.SHA256(), ecdsa_deterministic=True)
    )
    certificate = (
        _unsigned(name, stamps, key, 2)
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .add_extension(_usage(is_root=False), critical=True)
        .add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.TIME_STAMPING]), critical=True)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
        .add_extension(
            x509.AuthorityKeyIdentifier.from_issuer_public_key(root_key.public_key()),
            critical=False,
        )
        .sign(root_key, hashes.SHA256(), ecdsa_deterministic=True)
    )
    return Authority(root, certificate, key)


def _unsigned(
    issuer: x509.Name, subject: x509.Name, key: ec.EllipticCurvePrivateKey, serial: int
) -> x509.CertificateBuilder:
    return x509.CertificateBuilder(issuer, subject, key.public_key(), serial, _VALID[0], _VALID[1])


def _usage(*, is_root: bool) -> x509.KeyUsage:
    return x509.KeyUsage(
        digital_signature=not is_root, content_commitment=False, key_encipherment=False,
        data_encipherment=False, key_agreement=False, key_cert_sign=is_root, crl_sign=False,
        encipher_only=False, decipher_only=False,
    )  # fmt: skip
