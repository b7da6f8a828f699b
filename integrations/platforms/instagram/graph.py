"""Calls to the Graph API with one account's token: limits heeded, errors named."""

import time
from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any, Literal

from integrations.platforms.base import ErrorKind, PlatformError
from integrations.platforms.client import GARBLED, Call, Client, Reply
from integrations.platforms.instagram.credential import Credential
from integrations.platforms.instagram.errors import classify_graph, error_object
from integrations.platforms.instagram.usage import Meter


class Graph:
    """One host and version. Every answer tells how much of the allowance is used."""

    def __init__(
        self,
        *,
        http: Client,
        address: str,
        now: Callable[[], datetime],
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        self._http = http
        self._address = address
        self._now = now
        self._meter = Meter(now=now, sleep=sleep)

    def get(self, who: Credential, path: str, params: Mapping[str, str]) -> dict[str, Any]:
        """Read a node or an edge; a refused `after` is CURSOR_INVALID."""
        self._meter.wait(who.token)
        with_cursor = "after" in params

        def refused(reply: Reply) -> PlatformError:
            self._meter.note(who.token, reply.headers)
            return classify_graph(reply, self._now(), with_cursor=with_cursor)

        def inside(reply: Reply) -> PlatformError | None:
            self._meter.note(who.token, reply.headers)
            return refused(reply) if error_object(reply) else None

        return self._http.read(self._call("GET", who, path, params), refused, inside)

    def send(
        self,
        method: Literal["POST", "DELETE"],
        who: Credential,
        path: str,
        fields: Mapping[str, str] | None = None,
    ) -> dict[str, Any]:
        """Write once. Raises UnknownOutcome when it may have happened without a word."""
        self._meter.wait(who.token)

        def refused(reply: Reply) -> PlatformError:
            self._meter.note(who.token, reply.headers)
            return classify_graph(reply, self._now())

        def inside(reply: Reply) -> PlatformError | None:
            self._meter.note(who.token, reply.headers)
            return refused(reply) if error_object(reply) else None

        return self._http.write(self._call(method, who, path, fields), refused, inside).json()

    def _call(
        self,
        method: Literal["GET", "POST", "DELETE"],
        who: Credential,
        path: str,
        fields: Mapping[str, str] | None,
    ) -> Call:
        # Graph takes the token as a parameter. In a POST it goes into the body, which no log keeps.
        sent = {**(fields or {}), "access_token": who.token}
        url = f"{self._address}/{path}"
        return Call(method, url, form=sent) if method == "POST" else Call(method, url, params=sent)


def items_of(body: Mapping[str, Any]) -> list[dict[str, Any]]:
    """The objects of an edge; TRANSIENT when there is no list of them."""
    items = body.get("data")
    if not isinstance(items, list) or not all(isinstance(item, dict) for item in items):
        raise PlatformError(ErrorKind.TRANSIENT, GARBLED, detail="data is not a list of objects")
    return items


def unwrapped(body: dict[str, Any]) -> dict[str, Any]:
    """The one object in `{"data": [...]}`: some answers are documented both ways."""
    wrapped = body.get("data")
    if isinstance(wrapped, list) and wrapped and isinstance(wrapped[0], dict):
        return wrapped[0]
    return body
