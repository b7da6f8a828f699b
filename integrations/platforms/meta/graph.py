"""Calls to Meta's Graph API with one account's token: limits heeded, errors named."""

import hashlib
import hmac
import time
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any, Literal, Protocol
from urllib.parse import parse_qs, urlsplit

from integrations.platforms.base import ErrorKind, PlatformError
from integrations.platforms.client import GARBLED, Call, Client, Reply
from integrations.platforms.meta.errors import Words, classify_graph, error_object
from integrations.platforms.meta.usage import Meter


class Bearer(Protocol):
    """Whoever carries a token."""

    @property
    def token(self) -> str:
        """The token alone."""
        ...


class Graph:
    """One host and version. Every answer tells how much of the allowance is used.

    With `proof_secret`, the app's secret, each call carries the proof that it comes from the app.
    """

    def __init__(
        self,
        *,
        http: Client,
        address: str,
        words: Words,
        proof_secret: str = "",
        now: Callable[[], datetime],
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        self._http = http
        self._address = address
        self._now = now
        self._words = words
        self._proof_secret = proof_secret
        self._meter = Meter(told=words.nearly_used_up, now=now, sleep=sleep)

    def get(self, who: Bearer, path: str, params: Mapping[str, str]) -> dict[str, Any]:
        """Read a node or an edge; a refused `after` is CURSOR_INVALID."""
        self._meter.wait(who.token)
        with_cursor = "after" in params

        def refused(reply: Reply) -> PlatformError:
            self._meter.note(who.token, reply.headers)
            return classify_graph(reply, self._now(), self._words, with_cursor=with_cursor)

        def inside(reply: Reply) -> PlatformError | None:
            self._meter.note(who.token, reply.headers)
            return refused(reply) if error_object(reply) else None

        return self._http.read(self._call("GET", who, path, params), refused, inside)

    def send(
        self,
        method: Literal["POST", "DELETE"],
        who: Bearer,
        path: str,
        fields: Mapping[str, str] | None = None,
    ) -> dict[str, Any]:
        """Write once. Raises UnknownOutcome when it may have happened without a word."""
        self._meter.wait(who.token)

        def refused(reply: Reply) -> PlatformError:
            self._meter.note(who.token, reply.headers)
            return classify_graph(reply, self._now(), self._words)

        def inside(reply: Reply) -> PlatformError | None:
            self._meter.note(who.token, reply.headers)
            return refused(reply) if error_object(reply) else None

        return self._http.write(self._call(method, who, path, fields), refused, inside).json()

    def insights(
        self, who: Bearer, items: Sequence[Mapping[str, Any]], metrics: str
    ) -> dict[str, dict[str, int]]:
        """Insights by post, as far as they can be had; without the permission there are none."""
        found: dict[str, dict[str, int]] = {}
        for item in items:
            post_id = str(item.get("id"))
            try:
                body = self.get(who, f"{post_id}/insights", {"metric": metrics})
            except PlatformError as error:
                if error.kind in {ErrorKind.AUTH_EXPIRED, ErrorKind.AUTH_REVOKED}:
                    raise
                if error.kind in {ErrorKind.INVALID, ErrorKind.NOT_FOUND}:
                    continue  # this kind of post has no such numbers
                break
            found[post_id] = numbers_of(body)
        return found

    def look(self, who: Bearer, node: str, fields: str) -> dict[str, Any] | None:
        """The node; None when there is none any more."""
        try:
            return self.get(who, node, {"fields": fields})
        except PlatformError as error:
            if error.kind is not ErrorKind.NOT_FOUND:
                raise
            return None

    def _call(
        self,
        method: Literal["GET", "POST", "DELETE"],
        who: Bearer,
        path: str,
        fields: Mapping[str, str] | None,
    ) -> Call:
        # Graph takes the token as a parameter. In a POST it goes into the body, which no log keeps.
        sent = {**(fields or {}), "access_token": who.token}
        if self._proof_secret:
            sent["appsecret_proof"] = proof_of(who.token, self._proof_secret)
        url = f"{self._address}/{path}"
        return Call(method, url, form=sent) if method == "POST" else Call(method, url, params=sent)


def proof_of(token: str, secret: str) -> str:
    """`appsecret_proof`: only the app can make it of a token, so a stolen token is of no use."""
    return hmac.new(secret.encode(), token.encode(), hashlib.sha256).hexdigest()


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


def next_cursor(body: Mapping[str, Any]) -> str | None:
    """Where the next page begins: only a page with `paging.next` has one after it.

    The address itself is never followed: it could lead anywhere.
    """
    paging = body.get("paging")
    if not isinstance(paging, dict) or not paging.get("next"):
        return None
    cursors = paging.get("cursors")
    after = cursors.get("after") if isinstance(cursors, dict) else None
    if not after:
        after = parse_qs(urlsplit(str(paging["next"])).query).get("after", [""])[0]
    return str(after) or None


def moment(value: Any) -> datetime:
    """Graph's timestamps, "2017-08-31T18:10:30+0000"; ValueError for anything else."""
    found = datetime.fromisoformat(str(value))
    return found if found.tzinfo else found.replace(tzinfo=UTC)


def numbers_of(body: Mapping[str, Any]) -> dict[str, int]:
    """An insights answer by name; what is missing is not known, never 0."""
    found: dict[str, int] = {}
    data = body.get("data")
    for metric in data if isinstance(data, list) else []:
        values = metric.get("values") if isinstance(metric, dict) else None
        if isinstance(values, list) and values and isinstance(values[-1], dict):
            value = values[-1].get("value")
            if isinstance(value, int) and not isinstance(value, bool):
                found[str(metric.get("name"))] = value
    return found
