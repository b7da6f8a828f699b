"""The one way to a platform: a shared httpx client with limits, bounded retries and redaction."""

import json
import logging
import os
import re
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from typing import Any, Literal

import httpx
import tenacity

from integrations.platforms.base import ErrorKind, PlatformError, UnknownOutcome
from integrations.platforms.base import sentence as _

log = logging.getLogger("integrations.platforms")

MAX_BYTES = 8 * 1024 * 1024  # a full page of 100 threads is well below 1 MB
LONGEST_RETRY_AFTER = timedelta(days=1)  # a longer wait is a mistake of the sender

UNREACHABLE = _("The platform could not be reached. Aura will try again.")
TOO_SLOW = _("The platform did not answer in time. Aura will try again.")
GARBLED = _("The platform sent an answer that could not be read. Aura will try again.")
UNANSWERED = _("The platform did not confirm the action. Aura will check whether it happened.")

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


def redact(text: str) -> str:
    """`text` without tokens, codes and secrets, whether in headers, queries, forms or JSON."""
    for pattern, replacement in _REDACTIONS:
        text = pattern.sub(replacement, text)
    return text


class RedactingFilter(logging.Filter):
    """Redacts the finished message of a log record; httpx logs whole URLs at INFO."""

    def filter(self, record: logging.LogRecord) -> bool:
        """Rewrite the record in place and let it pass."""
        record.msg = redact(record.getMessage())
        record.args = ()
        return True


for _name in ("httpx", "httpcore.http11", "httpcore.connection", "integrations.platforms"):
    logging.getLogger(_name).addFilter(RedactingFilter())


def parse_retry_after(value: str | None, now: datetime) -> datetime | None:
    """`Retry-After` as a moment (RFC 9110 §10.2.3: seconds or an HTTP date); None if unusable."""
    if not value:
        return None
    value = value.strip()
    if value.isdigit():
        wait = timedelta(seconds=min(int(value), int(LONGEST_RETRY_AFTER.total_seconds())))
        return now + wait
    try:
        moment = parsedate_to_datetime(value)
    except ValueError:
        return None
    if moment.tzinfo is None:
        moment = moment.replace(tzinfo=UTC)
    return min(max(moment, now), now + LONGEST_RETRY_AFTER)


@dataclass(frozen=True, slots=True)
class Reply:
    """A finished HTTP answer, already read within the size limit."""

    status: int
    headers: httpx.Headers
    body: bytes

    @property
    def ok(self) -> bool:
        """True for 2xx."""
        return 200 <= self.status < 300

    def json(self) -> dict[str, Any]:
        """The JSON object; TRANSIENT when it is cut off, empty or not an object."""
        try:
            data = json.loads(self.body)
        except (ValueError, RecursionError):
            data = None
        if not isinstance(data, dict):
            raise PlatformError(
                ErrorKind.TRANSIENT, GARBLED, detail=f"{self.status} unreadable body"
            )
        return data


@dataclass(frozen=True, slots=True)
class Call:
    """One request: at most one of `form` and `json_body`; `access` becomes the Bearer header.

    `headers` are for platforms that want the token, or something else, in one of their own.
    """

    method: Literal["GET", "POST", "PUT", "DELETE"]
    url: str
    params: Mapping[str, str] | None = None
    form: Mapping[str, str] | None = None
    json_body: Mapping[str, Any] | None = None
    access: str = field(default="", repr=False)
    headers: Mapping[str, str] | None = field(default=None, repr=False)


Classify = Callable[[Reply], PlatformError]
# Finds an error in an answer whose status says that all is well.
Inside = Callable[[Reply], PlatformError | None]


class Client:
    """HTTP for adapters. Thread-safe; the connection pool is opened once per process."""

    def __init__(
        self,
        *,
        timeout_s: float = 15.0,
        connect_timeout_s: float = 5.0,
        max_bytes: int = MAX_BYTES,
        attempts: int = 3,
        proxy: str | None = None,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        self._timeout_s = timeout_s
        self._timeout = httpx.Timeout(timeout_s, connect=connect_timeout_s)
        self._max_bytes = max_bytes
        self._attempts = attempts
        self._proxy = proxy
        self._sleep = sleep
        self._pool: httpx.Client | None = None
        self._pid = 0

    def read(self, call: Call, classify: Classify, inside: Inside | None = None) -> dict[str, Any]:
        """JSON of a call that changes nothing; TRANSIENT failures are tried again, briefly.

        A failure that names its own time (`retry_at`) is left to the caller, who can wait longer.
        `inside` finds the errors that some platforms put into an answer of status 200.
        """

        def once() -> dict[str, Any]:
            reply = self._send(call)
            if not reply.ok:
                raise classify(reply)
            body = reply.json()
            if inside and (error := inside(reply)):
                raise error
            return body

        retrying = tenacity.Retrying(
            stop=tenacity.stop_after_attempt(self._attempts),
            wait=tenacity.wait_random_exponential(multiplier=0.3, max=4),
            retry=tenacity.retry_if_exception(_is_worth_repeating),
            sleep=self._sleep,
            reraise=True,
        )
        return retrying(once)

    def write(self, call: Call, classify: Classify, inside: Inside | None = None) -> Reply:
        """Send once. Raises `UnknownOutcome` when the platform may have acted without telling.

        With `inside` the answer must be readable, because a refusal may be in there.
        """
        try:
            reply = self._send(call)
        except PlatformError as error:
            if isinstance(error, NotSent):
                raise
            raise UnknownOutcome(ErrorKind.TRANSIENT, UNANSWERED, detail=error.detail) from None
        if reply.status >= 500:
            # A server error says nothing about whether the change was applied before it.
            raise UnknownOutcome(
                ErrorKind.TRANSIENT, UNANSWERED, detail=f"{reply.status} after a write"
            )
        if not reply.ok:
            raise classify(reply)
        if inside:
            _check_inside(reply, inside)
        return reply

    def close(self) -> None:
        """Close the pool; the next call opens a new one."""
        if self._pool is not None:
            self._pool.close()
            self._pool = None

    def _send(self, call: Call) -> Reply:
        headers = {"Authorization": f"Bearer {call.access}"} if call.access else {}
        headers |= call.headers or {}
        try:
            with self._client().stream(
                call.method,
                call.url,
                params=call.params,
                data=call.form,
                json=call.json_body,
                headers=headers,
            ) as response:
                return Reply(response.status_code, response.headers, self._body(response))
        except (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout) as error:
            raise NotSent(ErrorKind.TRANSIENT, UNREACHABLE, detail=_named(error)) from None
        except httpx.TimeoutException as error:
            raise PlatformError(ErrorKind.TRANSIENT, TOO_SLOW, detail=_named(error)) from None
        except httpx.HTTPError as error:
            raise PlatformError(ErrorKind.TRANSIENT, UNREACHABLE, detail=_named(error)) from None

    def _body(self, response: httpx.Response) -> bytes:
        # httpx limits each single read; a body that drips for ever needs a limit of its own.
        deadline = time.monotonic() + 2 * self._timeout_s
        parts: list[bytes] = []
        size = 0
        for part in response.iter_bytes():
            size += len(part)
            if size > self._max_bytes:
                raise PlatformError(
                    ErrorKind.TRANSIENT, GARBLED, detail=f"body over {self._max_bytes} bytes"
                )
            if time.monotonic() > deadline:
                raise PlatformError(ErrorKind.TRANSIENT, TOO_SLOW, detail="body too slow")
            parts.append(part)
        return b"".join(parts)

    def _client(self) -> httpx.Client:
        # A pool must not be shared with a forked child: both would read the same sockets.
        if self._pool is None or self._pid != os.getpid():
            self._pool = httpx.Client(
                timeout=self._timeout,
                follow_redirects=False,
                headers={"User-Agent": "Aura (creator protection)", "Accept": "application/json"},
                limits=httpx.Limits(max_connections=20, max_keepalive_connections=10),
                proxy=self._proxy,
                trust_env=False,
            )
            self._pid = os.getpid()
        return self._pool


class NotSent(PlatformError):
    """The request never reached the platform, so nothing can have happened."""


def _check_inside(reply: Reply, inside: Inside) -> None:
    """Raise the error in the answer to a write; one that settles nothing is an unknown outcome."""
    try:
        reply.json()
        error = inside(reply)
    except PlatformError as unreadable:
        error = unreadable
    if error is None:
        return
    if error.kind is ErrorKind.TRANSIENT:
        raise UnknownOutcome(ErrorKind.TRANSIENT, UNANSWERED, detail=error.detail)
    raise error


def by_status(reply: Reply) -> ErrorKind:
    """The kind that the bare status suggests, for answers without a readable error body."""
    known = {
        401: ErrorKind.AUTH_EXPIRED,
        403: ErrorKind.DENIED,
        404: ErrorKind.NOT_FOUND,
        410: ErrorKind.NOT_FOUND,
        429: ErrorKind.RATE_LIMITED,
    }
    if reply.status in known:
        return known[reply.status]
    return ErrorKind.INVALID if 400 <= reply.status < 500 else ErrorKind.TRANSIENT


def _is_worth_repeating(error: BaseException) -> bool:
    return (
        isinstance(error, PlatformError)
        and error.kind is ErrorKind.TRANSIENT
        and error.retry_at is None
    )


def _named(error: Exception) -> str:
    return redact(f"{type(error).__name__}: {error}")[:200]
