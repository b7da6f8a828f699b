"""The one way to a platform: a shared httpx client with limits, bounded retries and redaction."""

import json
import logging
import os
import time
import zlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from typing import Any, Literal, TypeVar

import httpcore
import httpx
import tenacity

from integrations.platforms.base import ErrorKind, PlatformError, UnknownOutcome
from integrations.platforms.base import sentence as _
from integrations.platforms.egress import Egress, EgressRefused, GuardedBackend, within
from integrations.redaction import redact

log = logging.getLogger("integrations.platforms")

T = TypeVar("T")

MAX_BYTES = 8 * 1024 * 1024  # a full page of 100 threads is well below 1 MB
LONGEST_RETRY_AFTER = timedelta(days=1)  # a longer wait is a mistake of the sender

NOT_ALLOWED = _(
    "Aura refuses to connect to the platform's address from here. Tell the operator of this "
    "installation."
)
UNREACHABLE = _("The platform could not be reached. Aura will try again.")
TOO_SLOW = _("The platform did not answer in time. Aura will try again.")
GARBLED = _("The platform sent an answer that could not be read. Aura will try again.")
UNANSWERED = _("The platform did not confirm the action. Aura will check whether it happened.")


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
        return self._json(dict)

    def rows(self) -> list[Any]:
        """The JSON array, where a platform answers with one; TRANSIENT when it is none."""
        return self._json(list)

    def _json(self, shape: type[T]) -> T:
        try:
            data = json.loads(self.body)
        except (ValueError, RecursionError):
            data = None
        if not isinstance(data, shape):
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
    """HTTP for adapters. Thread-safe; the connection pool is opened once per process.

    Connects to what `egress` lets through, or through the operator's `proxy`, which then decides
    for names. `timeout_s` limits each step, twice as much a whole call, retries not included.
    """

    def __init__(
        self,
        *,
        timeout_s: float = 15.0,
        connect_timeout_s: float = 5.0,
        max_bytes: int = MAX_BYTES,
        attempts: int = 3,
        egress: Egress | None = None,
        proxy: str | None = None,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        self._timeout_s = timeout_s
        self._timeout = httpx.Timeout(timeout_s, connect=connect_timeout_s)
        self._max_bytes = max_bytes
        self._attempts = attempts
        self._egress = egress or Egress()
        self._proxy = proxy
        self._sleep = sleep
        self._pool: httpx.Client | None = None
        self._pid = 0

    def read(self, call: Call, classify: Classify, inside: Inside | None = None) -> dict[str, Any]:
        """JSON of a call that changes nothing; TRANSIENT failures are tried again, briefly.

        A failure that names its own time (`retry_at`) is left to the caller, who can wait longer.
        `inside` finds the errors that some platforms put into an answer of status 200.
        """

        return self._read(call, classify, inside, Reply.json)

    def read_rows(self, call: Call, classify: Classify, inside: Inside | None = None) -> list[Any]:
        """`read`, where the answer is a JSON array."""
        return self._read(call, classify, inside, Reply.rows)

    def _read(
        self, call: Call, classify: Classify, inside: Inside | None, parse: Callable[[Reply], T]
    ) -> T:
        def once() -> T:
            reply = self._send(call)
            if not reply.ok:
                raise classify(reply)
            body = parse(reply)
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
            with (
                within(2 * self._timeout_s),
                self._client().stream(
                    call.method,
                    self._checked(call.url),
                    params=call.params,
                    data=call.form,
                    json=call.json_body,
                    headers=headers,
                ) as response,
            ):
                return Reply(response.status_code, response.headers, self._body(response))
        except EgressRefused as error:
            raise NotSent(ErrorKind.TRANSIENT, NOT_ALLOWED, detail=f"egress: {error}") from None
        except (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout) as error:
            raise NotSent(ErrorKind.TRANSIENT, UNREACHABLE, detail=_named(error)) from None
        except httpx.TimeoutException as error:
            raise PlatformError(ErrorKind.TRANSIENT, TOO_SLOW, detail=_named(error)) from None
        except (httpx.HTTPError, httpx.InvalidURL) as error:
            raise PlatformError(ErrorKind.TRANSIENT, UNREACHABLE, detail=_named(error)) from None

    def _checked(self, text: str) -> httpx.URL:
        url = httpx.URL(text)
        if url.userinfo:
            raise EgressRefused("not a plain address")
        self._egress.check(url.scheme, url.raw_host.decode("ascii"), url.port)
        return url

    def _body(self, response: httpx.Response) -> bytes:
        """The whole body, unpacked here: httpx would unpack a bomb before anybody counts."""
        packing = response.headers.get("content-encoding", "identity").strip().lower()
        if packing not in {"identity", "gzip", "deflate"}:
            raise _garbled(f"packed as {packing[:20]}")
        unpack = None if packing == "identity" else zlib.decompressobj(wbits=zlib.MAX_WBITS | 32)
        parts: list[bytes] = []
        size = taken = 0
        for raw in response.iter_raw():
            taken += len(raw)
            try:
                part = unpack.decompress(raw, self._max_bytes - size + 1) if unpack else raw
            except zlib.error:
                raise _garbled("badly packed") from None
            size += len(part)
            if max(size, taken) > self._max_bytes:
                raise _garbled(f"body over {self._max_bytes} bytes")
            parts.append(part)
        if unpack and parts and not unpack.eof:
            raise _garbled("cut off")
        return b"".join(parts)

    def _client(self) -> httpx.Client:
        # A pool must not be shared with a forked child: both would read the same sockets.
        if self._pool is None or self._pid != os.getpid():
            self._pool = httpx.Client(
                timeout=self._timeout,
                follow_redirects=False,
                headers={
                    "User-Agent": "Aura (creator protection)",
                    "Accept": "application/json",
                    "Accept-Encoding": "gzip",
                },
                transport=_Transport(self._egress, self._proxy),
                trust_env=False,
            )
            self._pid = os.getpid()
        return self._pool


class _Transport(httpx.HTTPTransport):
    """httpx over a guarded httpcore pool, which httpx itself offers no way to hand in."""

    def __init__(self, egress: Egress, proxy: str | None) -> None:
        limits: dict[str, Any] = {
            "ssl_context": httpx.create_ssl_context(trust_env=False),
            "max_connections": 20,
            "max_keepalive_connections": 10,
            "keepalive_expiry": 5.0,
        }
        self._pool: httpcore.ConnectionPool
        if proxy is None:
            self._pool = httpcore.ConnectionPool(network_backend=GuardedBackend(egress), **limits)
            return
        to = httpx.Proxy(proxy)
        self._pool = httpcore.HTTPProxy(
            proxy_url=httpcore.URL(
                scheme=to.url.raw_scheme, host=to.url.raw_host, port=to.url.port, target=b"/"
            ),
            proxy_auth=to.raw_auth,
            network_backend=GuardedBackend(None),
            **limits,
        )


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


def _garbled(detail: str) -> PlatformError:
    return PlatformError(ErrorKind.TRANSIENT, GARBLED, detail=detail)


def _named(error: Exception) -> str:
    return redact(f"{type(error).__name__}: {error}")[:200]
