"""Calls of TikTok's two APIs, each with its own header, envelope and way to say no."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from integrations.platforms.base import ActionResult, ErrorKind, PlatformError, UnknownOutcome
from integrations.platforms.client import GARBLED, Call, Client, Reply
from integrations.platforms.tiktok.credential import Credential
from integrations.platforms.tiktok.errors import classify_status, inside_business, inside_display


@dataclass(frozen=True, slots=True)
class Calls:
    """The client with both base addresses; answers are the `data` of their envelopes."""

    http: Client
    open_url: str
    business_url: str
    now: Callable[[], datetime]

    def get(self, held: Credential, path: str, params: Mapping[str, str]) -> dict[str, Any]:
        """A GET of the API for Business."""
        call = Call(
            "GET",
            f"{self.business_url}/{path}/",
            params={"business_id": held.open_id, **params},
            headers={"Access-Token": held.token},
        )
        return _data(self.http.read(call, self._status, self._inside))

    def display(
        self,
        held: Credential,
        path: str,
        fields: Sequence[str],
        body: Mapping[str, Any] | None = None,
    ) -> dict[str, Any]:
        """A call of the Display API; with a body it is a POST that changes nothing."""
        call = Call(
            "GET" if body is None else "POST",
            f"{self.open_url}/v2/{path}/",
            params={"fields": ",".join(fields)},
            json_body=body,
            access=held.token,
        )
        return _data(self.http.read(call, self._status, inside_display))

    def write(
        self, held: Credential, path: str, fields: Mapping[str, str]
    ) -> tuple[ActionResult, dict[str, Any]]:
        """A POST of the API for Business that changes something, sent once."""
        call = Call(
            "POST",
            f"{self.business_url}/{path}/",
            json_body={"business_id": held.open_id, **fields},
            headers={"Access-Token": held.token},
        )
        try:
            answer = self.http.write(call, self._status, self._inside)
        except UnknownOutcome as error:
            return ActionResult("unknown", error.message), {}
        return ActionResult("done"), _data(answer.json())

    def _status(self, reply: Reply) -> PlatformError:
        return classify_status(reply, self.now())

    def _inside(self, reply: Reply) -> PlatformError | None:
        return inside_business(reply, self.now())


def with_fields(
    all_of_them: Sequence[str],
    least: Sequence[str],
    ask: Callable[[Sequence[str]], dict[str, Any]],
) -> dict[str, Any]:
    """Ask for all fields; where one withheld permission refuses the call, for the least."""
    try:
        return ask(all_of_them)
    except PlatformError as error:
        if error.kind is not ErrorKind.SCOPE_MISSING:
            raise
    return ask(least)


def items_of(data: Mapping[str, Any], name: str) -> list[dict[str, Any]]:
    """The objects of a listing."""
    items = data.get(name) or []  # null when a list is empty
    if not isinstance(items, list) or not all(isinstance(item, dict) for item in items):
        raise PlatformError(ErrorKind.TRANSIENT, GARBLED, detail=f"{name} is no list of objects")
    return items


def next_of(data: Mapping[str, Any]) -> str | None:
    """Where a listing goes on; has_more decides, however short the page was."""
    cursor = data.get("cursor")
    return str(cursor) if data.get("has_more") and cursor is not None else None


def paged(params: Mapping[str, str], cursor: str | None) -> dict[str, str]:
    """The parameters, from there on."""
    return {**params, "cursor": cursor} if cursor else dict(params)


def _data(body: Mapping[str, Any]) -> dict[str, Any]:
    data = body.get("data", {})
    if not isinstance(data, dict):
        raise PlatformError(ErrorKind.TRANSIENT, GARBLED, detail="data is not an object")
    return data
