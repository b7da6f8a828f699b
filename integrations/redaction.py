"""Texts without the secrets of connections: for logs, stored errors and error pages."""

import re
from collections import OrderedDict

REMEMBERED = 512  # secrets of one process, the latest
SHORTEST = 12  # a shorter one would be found in words

_known: OrderedDict[str, None] = OrderedDict()

_FIELDS = (
    "access_token|access-token|refresh_token|client_secret|app_secret|fb_exchange_token|"
    "code_verifier|auth_code|code|token|id_token|key|secret|signed_request"
)
_REDACTIONS = (
    (re.compile(r"(?i)\b(bearer|basic)\s+[\w.~+/=-]+"), r"\1 [redacted]"),
    # Google's own token shapes, wherever they stand: ya29. access, 1// refresh, 4/0 code.
    (re.compile(r"\bya29\.[\w.-]+|\b1//[\w-]+|\b4/0[\w-]+"), "[redacted]"),
    # TikTok's (act. access, rft. refresh, clt. client) and Meta's (IG..., EAA...).
    (re.compile(r"\b(?:act|rft|clt)\.[\w.!*-]{8,}|\b(?:IG(?:Q|AA)|EAA)[\w-]{16,}"), "[redacted]"),
    (re.compile(r"(?i)\b(access-token:\s*)\S+"), r"\1[redacted]"),
    (re.compile(rf"(?i)\b({_FIELDS})(=|%3D)[^&\s\"'<>]+"), r"\1\2[redacted]"),
    (
        re.compile(rf"(?i)([\"'](?:{_FIELDS}|authorization)[\"']\s*:\s*)[\"'][^\"']*[\"']"),
        r'\1"[redacted]"',
    ),
)


def remember(secret: str) -> None:
    """Hide this very text from now on: many platforms' tokens have no shape of their own.

    Adapters put a name before a token, with colons; its last part is hidden alone, too.
    """
    for part in (secret, secret.rpartition(":")[2]):
        if len(part) >= SHORTEST:
            _known[part] = None
            _known.move_to_end(part)
    while len(_known) > REMEMBERED:
        _known.popitem(last=False)


def redact(text: str) -> str:
    """`text` without tokens, codes and secrets, whether in headers, queries, forms or JSON."""
    for secret in tuple(_known):
        if secret in text:
            text = text.replace(secret, "[redacted]")
    for pattern, replacement in _REDACTIONS:
        text = pattern.sub(replacement, text)
    return text
