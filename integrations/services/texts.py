"""Outside text as it is stored: what the database refuses replaced, and its fingerprint."""

import hashlib
import re
from collections.abc import Mapping
from typing import Any

# PostgreSQL text holds neither NUL nor half a surrogate pair; both come from real platforms.
UNSTORABLE = re.compile("[\x00\ud800-\udfff]")
_STAND_IN = "\ufffd"


def storable(text: str, limit: int | None = None) -> str:
    """The text without what PostgreSQL refuses, cut; zero-width and RTL marks stay as proof."""
    return UNSTORABLE.sub(_STAND_IN, text[:limit])


def storable_json(value: Any) -> Any:
    """A JSON value with every string storable."""
    if isinstance(value, str):
        return storable(value)
    if isinstance(value, list):
        return [storable_json(item) for item in value]
    if isinstance(value, Mapping):
        return {storable(str(key)): storable_json(item) for key, item in value.items()}
    return value


def hash_text(text: str) -> str:
    """SHA-256 of the whole text as received."""
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()
