"""Calls of Reddit's API: the User-Agent it demands, its allowance heeded, errors named."""

import threading
from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any

from integrations.platforms.answers import parsed
from integrations.platforms.base import ActionResult, ErrorKind, PlatformError, UnknownOutcome
from integrations.platforms.client import GARBLED, Call, Classify, Client, Reply
from integrations.platforms.reddit.errors import (
    LIMITED,
    classify,
    inside_json,
    is_used_up,
    reset_at,
)


class Calls:
    """The API of one app. Its allowance is for all its people together; thread-safe."""

    def __init__(
        self, *, http: Client, address: str, agent: str, now: Callable[[], datetime]
    ) -> None:
        self._http = http
        self._address = address
        self._agent = agent
        self._now = now
        self._lock = threading.Lock()
        self._rest_until: datetime | None = None

    def get(self, access: str, path: str, params: Mapping[str, str]) -> dict[str, Any]:
        """Read an object."""
        self._wait()
        refused = self._refusal(with_cursor="after" in params or "children" in params)
        return self._http.read(self._call(access, path, params), refused, self._noted)

    def tree(self, access: str, path: str, params: Mapping[str, str]) -> list[dict[str, Any]]:
        """Read a post with its comments, an array of two listings; the things of the second."""
        self._wait()
        call = self._call(access, path, params)
        rows = self._http.read_rows(call, self._refusal(with_cursor=False), self._noted)
        if len(rows) != 2:
            raise PlatformError(ErrorKind.TRANSIENT, GARBLED, detail="not two listings")
        found = parsed(lambda: rows[1]["data"]["children"])
        if not isinstance(found, list):
            raise PlatformError(ErrorKind.TRANSIENT, GARBLED, detail="children is no list")
        return found

    def write(
        self, access: str, path: str, form: Mapping[str, str], classified: Classify | None = None
    ) -> tuple[ActionResult, dict[str, Any]]:
        """A POST that changes something, sent once."""
        self._wait()
        call = Call(
            "POST",
            f"{self._address}/{path}",
            form={"api_type": "json", "raw_json": "1", **form},
            access=access,
            headers={"User-Agent": self._agent},
        )

        def inside(reply: Reply) -> PlatformError | None:
            self._noted(reply)
            return inside_json(reply, self._now())

        try:
            answer = self._http.write(call, classified or self._refusal(with_cursor=False), inside)
        except UnknownOutcome as error:
            return ActionResult("unknown", error.message), {}
        return ActionResult("done"), answer.json()

    def _call(self, access: str, path: str, params: Mapping[str, str]) -> Call:
        return Call(
            "GET",
            f"{self._address}/{path}",
            params={"raw_json": "1", **params},
            access=access,
            headers={"User-Agent": self._agent},
        )

    def _refusal(self, *, with_cursor: bool) -> Classify:
        return lambda reply: classify(reply, self._now(), with_cursor=with_cursor)

    def _wait(self) -> None:
        with self._lock:
            until = self._rest_until
        if until is not None and until > self._now():
            raise PlatformError(
                ErrorKind.RATE_LIMITED, LIMITED, detail="allowance used up", retry_at=until
            )

    def _noted(self, reply: Reply) -> None:
        """Remember an allowance that is used up; never an error of this answer."""
        until = reset_at(reply.headers, self._now()) if is_used_up(reply.headers) else None
        with self._lock:
            self._rest_until = until
