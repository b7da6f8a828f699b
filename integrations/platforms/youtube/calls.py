"""Calls to the Data API with one account's token, and what all its lists have in common."""

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any

from integrations.platforms.base import ErrorKind, PlatformError
from integrations.platforms.client import GARBLED, Call, Client, Reply
from integrations.platforms.youtube.errors import classify_api


class Calls:
    """The shared part of the adapter: one address, one clock, one reading of errors."""

    _http: Client
    _api: str
    _now: Callable[[], datetime]

    def get(self, access: str, resource: str, params: Mapping[str, str]) -> dict[str, Any]:
        """Read a resource of the Data API."""
        call = Call("GET", f"{self._api}/{resource}", params=params, access=access)
        return self._http.read(call, self.refused)

    def refused(self, reply: Reply) -> PlatformError:
        """The error of an answer that is none of 2xx."""
        return classify_api(reply, self._now())


def items_of(body: Mapping[str, Any]) -> list[dict[str, Any]]:
    """The objects of a list; TRANSIENT when there is something else."""
    items = body.get("items", [])  # left out when a list is empty
    if not isinstance(items, list) or not all(isinstance(item, dict) for item in items):
        raise PlatformError(ErrorKind.TRANSIENT, GARBLED, detail="items is not a list of objects")
    return items


def next_of(body: Mapping[str, Any]) -> str | None:
    """Where the next page begins."""
    token = body.get("nextPageToken")
    return str(token) if token else None


def at_page(params: Mapping[str, str], cursor: str | None) -> dict[str, str]:
    """The parameters of a list, from `cursor` on."""
    return {**params, "pageToken": cursor} if cursor else dict(params)
