"""Helix's answers: what cannot be read is named so."""

from collections.abc import Callable, Mapping
from typing import Any, TypeVar

from integrations.platforms.base import ErrorKind, PlatformError
from integrations.platforms.client import GARBLED

Parsed = TypeVar("Parsed")


def parsed(function: Callable[..., Parsed], *args: Any) -> Parsed:
    """Run a parser; a resource without its promised fields is an unreadable answer."""
    try:
        return function(*args)
    except (KeyError, TypeError, ValueError, AttributeError, OverflowError) as error:
        raise PlatformError(
            ErrorKind.TRANSIENT, GARBLED, detail=f"{type(error).__name__} in a resource"
        ) from error


def items_of(body: Mapping[str, Any]) -> list[dict[str, Any]]:
    """The objects in the envelope of an answer."""
    items = body.get("data")
    if not isinstance(items, list) or not all(isinstance(item, dict) for item in items):
        raise PlatformError(ErrorKind.TRANSIENT, GARBLED, detail="data is no list of objects")
    return items
