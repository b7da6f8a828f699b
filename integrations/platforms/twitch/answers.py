"""Helix's answers: what cannot be read is named so."""

from collections.abc import Mapping
from typing import Any

from integrations.platforms.base import ErrorKind, PlatformError
from integrations.platforms.client import GARBLED


def items_of(body: Mapping[str, Any]) -> list[dict[str, Any]]:
    """The objects in the envelope of an answer."""
    items = body.get("data")
    if not isinstance(items, list) or not all(isinstance(item, dict) for item in items):
        raise PlatformError(ErrorKind.TRANSIENT, GARBLED, detail="data is no list of objects")
    return items
