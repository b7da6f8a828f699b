"""EventSub over WebSocket: one session, from its welcome through its hand-overs to its end."""

import asyncio
import contextlib
import json
import time
from collections import deque
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any
from urllib.parse import urlsplit

import httpcore
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed, WebSocketException

from integrations.platforms.egress import Egress, EgressRefused

WELCOME_S = 10.0  # for the connection and its welcome
SUBSCRIBE_S = 10.0  # then Twitch closes a session that nobody uses
SLACK_S = 4.0  # beyond the promised keepalive: networks are not exact
OLD_S = 5.0  # an old connection is read on for so long after a hand-over
MOVES, MOVES_S = 20, 60.0  # so many hand-overs in so short a time are a storm
MOVE_TRIES = 3
MAX_FRAME = 1024 * 1024
SEEN = 5_000  # message ids remembered: Twitch may send one twice
WAITING = 1_000  # frames between the wire and whoever takes them; then the wire waits


class SessionEnded(Exception):
    """The session is over; the reason is for logs."""


@dataclass(frozen=True, slots=True)
class Frame:
    """One message as it came. `kind` is "" when it could not be read."""

    raw: str = field(repr=False)
    kind: str
    id: str
    subscription: str
    event: dict[str, Any] = field(repr=False)
    payload: dict[str, Any] = field(repr=False)
    received_at: datetime


def read_frame(raw: str, received_at: datetime) -> Frame:
    """A frame out of what came over the wire, whatever that was."""
    try:
        told = json.loads(raw)
        metadata, payload = told["metadata"], told["payload"]
        event = payload.get("event")
        return Frame(
            raw,
            str(metadata["message_type"]),
            str(metadata["message_id"]),
            str(metadata.get("subscription_type") or ""),
            event if isinstance(event, dict) else {},
            payload,
            received_at,
        )
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
        return Frame(raw, "", "", "", {}, {}, received_at)


def kept(frame: Frame, stream_id: str) -> bytes:
    """What is written down of a frame: itself, with the stream that ran when it came."""
    if not frame.kind:
        return frame.raw.encode("utf-8", "replace")
    told = {"stream_id": stream_id, "frame": json.loads(frame.raw)}
    return json.dumps(told, separators=(",", ":")).encode()


Take = Callable[[Frame], Awaitable[None]]
Subscribe = Callable[[str], Awaitable[None]]


class _NoRedirect(connect):
    """A redirect would lead past the checked address."""

    def process_redirect(self, exc: Exception) -> Exception | str:
        """Never follow."""
        return exc


class Session:
    """One session. `subscribe(session_id)` asks for events, `take(frame)` gets what came.

    `take` is called for notifications, revocations and unreadable frames, each message once, in
    order; `heard(at)` for everything, keepalives included. A hand-over reads both connections
    until the old one is closed, so that nothing falls between them.
    """

    def __init__(
        self,
        *,
        url: str,
        egress: Egress,
        subscribe: Subscribe,
        take: Take,
        heard: Callable[[datetime], Awaitable[None]],
        keepalive_s: int = 10,
        proxy: str | None = None,
    ) -> None:
        self._url = url
        self._egress = egress
        self._subscribe = subscribe
        self._take = take
        self._heard = heard
        self._asked_s = keepalive_s
        self._proxy = proxy
        self._keepalive_s = float(keepalive_s)
        self._current: ClientConnection | None = None
        self._inbox: asyncio.Queue[tuple[ClientConnection, str | Exception]] = asyncio.Queue(
            WAITING
        )
        self._seen: deque[str] = deque(maxlen=SEEN)
        self._known: set[str] = set()
        self._moves: deque[float] = deque(maxlen=MOVES)
        self._tasks: set[asyncio.Task[None]] = set()

    async def run(self) -> None:
        """Listen until the session ends; raises SessionEnded, or what `subscribe` raises."""
        try:
            glue = "&" if urlsplit(self._url).query else "?"
            address = f"{self._url}{glue}keepalive_timeout_seconds={self._asked_s}"
            self._current, session_id = await self._open(address)
            self._spawn(self._pump(self._current))
            async with asyncio.timeout(SUBSCRIBE_S):
                await self._subscribe(session_id)
            await self._heard(datetime.now(UTC))
            await self._listen()
        except TimeoutError:
            raise SessionEnded("subscribing took too long") from None
        finally:
            for task in self._tasks:
                task.cancel()
            await asyncio.gather(*self._tasks, return_exceptions=True)

    async def _listen(self) -> None:
        quiet_since = time.monotonic()
        while True:
            patience = quiet_since + self._keepalive_s + SLACK_S - time.monotonic()
            try:
                source, got = await asyncio.wait_for(self._inbox.get(), max(patience, 0.01))
            except TimeoutError:
                raise SessionEnded(f"silent for {self._keepalive_s + SLACK_S:g} s") from None
            if isinstance(got, Exception):
                if source is self._current:
                    raise SessionEnded(_reason(got))
                continue
            if source is self._current:
                quiet_since = time.monotonic()
            await self._handle(read_frame(got, datetime.now(UTC)))

    async def _handle(self, frame: Frame) -> None:
        if frame.kind in {"notification", "revocation"}:
            if frame.id not in self._known:
                self._remember(frame.id)
                await self._take(frame)
        elif frame.kind == "session_reconnect":
            self._check_storm()
            session = frame.payload.get("session")
            address = session.get("reconnect_url") if isinstance(session, dict) else None
            self._spawn(self._move(str(address or "")))
        elif not frame.kind:
            await self._take(frame)
        await self._heard(frame.received_at)

    def _check_storm(self) -> None:
        now = time.monotonic()
        self._moves.append(now)
        if len(self._moves) == MOVES and now - self._moves[0] < MOVES_S:
            raise SessionEnded("asked to come over again and again")

    def _remember(self, message_id: str) -> None:
        if len(self._seen) == SEEN:
            self._known.discard(self._seen[0])
        self._seen.append(message_id)
        self._known.add(message_id)

    async def _move(self, address: str) -> None:
        """Come over: the new connection counts from its welcome on, the old one is read empty."""
        old = self._current
        ended: Exception = SessionEnded("nowhere to come over to")
        for _ in range(MOVE_TRIES):
            try:
                fresh, _session_id = await self._open(address, is_move=True)
            except SessionEnded as error:
                ended = error
                await asyncio.sleep(1)
                continue
            self._current = fresh
            self._spawn(self._pump(fresh))
            if old is not None:
                await asyncio.sleep(OLD_S)
                await old.close()
            return
        if old is not None:
            await self._inbox.put((old, ended))

    async def _pump(self, connection: ClientConnection) -> None:
        """From the wire into the inbox, until the wire ends."""
        try:
            async for message in connection:
                text = message if isinstance(message, str) else message.decode("utf-8", "replace")
                await self._inbox.put((connection, text))
            await self._inbox.put((connection, SessionEnded("closed")))
        except (WebSocketException, OSError) as error:
            await self._inbox.put((connection, error))
        finally:
            with contextlib.suppress(WebSocketException, OSError):
                await connection.close()

    async def _open(self, address: str, *, is_move: bool = False) -> tuple[ClientConnection, str]:
        try:
            async with asyncio.timeout(WELCOME_S):
                connection = await self._connect(address)
                first = read_frame(str(await connection.recv()), datetime.now(UTC))
        except (WebSocketException, OSError, TimeoutError, httpcore.ConnectError) as error:
            raise SessionEnded(f"no welcome: {_reason(error)}") from None
        except EgressRefused as error:
            raise SessionEnded(f"egress: {error}") from None
        session = first.payload.get("session")
        if first.kind != "session_welcome" or not isinstance(session, dict):
            await connection.close()
            raise SessionEnded("no welcome")
        told = session.get("keepalive_timeout_seconds")
        if isinstance(told, int | float) and 0 < told <= 600:
            self._keepalive_s = float(told)
        return connection, str(session.get("id") or "")

    async def _connect(self, address: str) -> ClientConnection:
        parts, home = urlsplit(address), urlsplit(self._url)
        host, port = parts.hostname or "", parts.port or (443 if parts.scheme == "wss" else 80)
        is_home = host == home.hostname or host.endswith(f".{home.hostname}")
        if parts.scheme != home.scheme or not is_home or parts.username:
            raise EgressRefused("not the platform's own address")
        self._egress.check("https" if parts.scheme == "wss" else "http", host, port)
        where: dict[str, Any] = {"proxy": self._proxy}
        if self._proxy is None:
            found = await asyncio.to_thread(self._egress.addresses, host, port)
            where |= {"host": found[0], "port": port}
        return await _NoRedirect(
            address,
            open_timeout=None,
            ping_interval=None,  # clients say nothing here; Twitch pings
            close_timeout=2,
            max_size=MAX_FRAME,
            compression=None,
            user_agent_header="Aura (creator protection)",
            **where,
        )

    def _spawn(self, work: Any) -> None:
        task: asyncio.Task[None] = asyncio.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)


def _reason(error: BaseException) -> str:
    if isinstance(error, ConnectionClosed):
        return f"closed with {error.rcvd.code}" if error.rcvd else "closed without a word"
    return str(error) if isinstance(error, SessionEnded) else type(error).__name__
