"""EventSub over WebSocket: sessions with a welcome, keepalives, hand-overs and subscriptions."""

import asyncio
import contextlib
import json
import secrets
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, cast

from starlette.routing import WebSocketRoute
from starlette.websockets import WebSocket, WebSocketDisconnect

from integrations.sandbox.standard import Grant, Wallet
from integrations.sandbox.twitch.ids import digits, stream_of
from integrations.sandbox.world import Comment

if TYPE_CHECKING:
    from integrations.sandbox.memory import Memory

PATH = "/twitch/ws"
UNUSED, EXPIRED_RECONNECT, CLIENT_TRAFFIC, BAD_RECONNECT = 4003, 4004, 4001, 4007
GRACE_S = 30.0  # for a client to come over
_DROP = object()


@dataclass
class Session:
    """One client's session; `out` is the queue of the connection that is written to now."""

    id: str
    out: asyncio.Queue[Any] = field(default_factory=asyncio.Queue)
    subscriptions: dict[str, dict[str, Any]] = field(default_factory=dict)
    owner: str = ""  # all subscriptions of a session are of one person
    is_silent: bool = False
    address: str = ""  # where the client found us
    moving: str = ""  # the secret of a hand-over that is under way


@dataclass
class TwitchWallet(Wallet):
    """Twitch's codes and tokens, its sessions, and who is live."""

    sessions: dict[str, Session] = field(default_factory=dict)
    live: set[str] = field(default_factory=set)  # channels
    deleted: set[str] = field(default_factory=set)  # messages
    bans: dict[str, dict[str, int | None]] = field(default_factory=dict)  # seconds, None: for good
    least_keepalive_s: int = 10
    subscribe_within_s: float = 10.0
    page_most: int = 100

    def end(self, grant: Grant) -> None:
        """The person takes the permission back: what was subscribed with it is revoked."""
        super().end(grant)
        for session in self.sessions.values():
            if session.owner == grant.channel_id:
                revoke(session, "authorization_revoked")


class Sockets:
    """The WebSocket server of one sandbox."""

    def __init__(self, memory: "Memory") -> None:
        self.memory = memory

    @property
    def wallet(self) -> TwitchWallet:
        """Where sessions are kept; a reset replaces it."""
        return cast("TwitchWallet", self.memory.wallet("twitch"))

    def routes(self) -> list[WebSocketRoute]:
        """The one address."""
        return [WebSocketRoute(PATH, self.serve)]

    async def serve(self, socket: WebSocket) -> None:
        """A connection from its welcome to its end."""
        await socket.accept()
        wallet = self.wallet
        asked = socket.query_params.get("keepalive_timeout_seconds", "10")
        every = min(max(int(asked) if asked.isdigit() else 10, wallet.least_keepalive_s), 600)
        ticket = socket.query_params.get("id", "")
        if ticket:
            session = next((s for s in wallet.sessions.values() if s.moving == ticket), None)
            if session is None:
                await socket.close(BAD_RECONNECT)
                return
            session.moving, old = "", session.out
            session.out = asyncio.Queue()
            told = self._welcome(session, every)
            # From the welcome on, the new connection is the one that is written to.
            await socket.send_text(json.dumps(told))
            old.put_nowait(EXPIRED_RECONNECT)
        else:
            session = Session(secrets.token_urlsafe(24))
            session.address = f"ws://{socket.url.netloc}{PATH}"
            wallet.sessions[session.id] = session
            await socket.send_text(json.dumps(self._welcome(session, every)))
        mine = session.out
        listening = asyncio.create_task(self._hear(socket, mine))
        unused = asyncio.create_task(self._expect(session, mine))
        try:
            await self._write(socket, session, mine, every)
        finally:
            listening.cancel()
            unused.cancel()
            if session.out is mine and not session.moving:
                wallet.sessions.pop(session.id, None)

    def _welcome(self, session: Session, every: int) -> dict[str, Any]:
        told = {
            "id": session.id,
            "status": "connected",
            "connected_at": _stamp(),
            "keepalive_timeout_seconds": every,
            "reconnect_url": None,
            "recovery_url": None,
        }
        return frame("session_welcome", {"session": told})

    async def _write(
        self, socket: WebSocket, session: Session, out: asyncio.Queue[Any], every: int
    ) -> None:
        while True:
            try:
                told = await asyncio.wait_for(out.get(), every)
            except TimeoutError:
                told = frame("session_keepalive", {})
            if told is _DROP:
                # Without a closing handshake, as when a cable is pulled.
                socket.scope["sandbox.send"].__self__.transport.abort()
                return
            if isinstance(told, int):
                with contextlib.suppress(RuntimeError, WebSocketDisconnect):
                    await socket.close(told)
                return
            if session.is_silent:
                continue
            try:
                await socket.send_text(told if isinstance(told, str) else json.dumps(told))
            except (WebSocketDisconnect, RuntimeError):
                return

    async def _hear(self, socket: WebSocket, out: asyncio.Queue[Any]) -> None:
        try:
            while True:
                await socket.receive_text()
                out.put_nowait(CLIENT_TRAFFIC)  # clients have nothing to say here
        except (WebSocketDisconnect, RuntimeError, KeyError):
            out.put_nowait(1000)

    async def _expect(self, session: Session, out: asyncio.Queue[Any]) -> None:
        await asyncio.sleep(self.wallet.subscribe_within_s)
        if not session.subscriptions:
            out.put_nowait(UNUSED)


def frame(kind: str, payload: dict[str, Any], **more: str) -> dict[str, Any]:
    """A message with its envelope."""
    metadata = {
        "message_id": secrets.token_urlsafe(24),
        "message_type": kind,
        "message_timestamp": _stamp(),
        **more,
    }
    return {"metadata": metadata, "payload": payload}


def notify(session: Session, kind: str, event: dict[str, Any]) -> dict[str, Any] | None:
    """Put an event on a session's wire if it is subscribed to; what was put there."""
    subscription = session.subscriptions.get(kind)
    if subscription is None:
        return None
    told = frame(
        "notification",
        {"subscription": subscription, "event": event},
        subscription_type=kind,
        subscription_version="1",
    )
    session.out.put_nowait(told)
    return told


def revoke(session: Session, status: str) -> None:
    """Twitch takes all subscriptions of a session back, and says so."""
    for kind, subscription in list(session.subscriptions.items()):
        told = {"subscription": {**subscription, "status": status}}
        session.out.put_nowait(
            frame("revocation", told, subscription_type=kind, subscription_version="1")
        )
    session.subscriptions.clear()


def chat_event(memory: "Memory", comment: Comment) -> dict[str, Any]:
    """The event of channel.chat.message."""
    world = memory.world_of("twitch")
    channel, author = world.channels[comment.channel_id], world.authors[comment.author_id]
    parent = world.comments.get(comment.parent_id or "")
    event: dict[str, Any] = {
        **_broadcaster(channel.id, channel.handle, channel.title),
        "chatter_user_id": author.id,
        "chatter_user_login": author.handle.lstrip("@").lower(),
        "chatter_user_name": author.handle.lstrip("@"),
        "message_id": comment.id,
        "message": {
            "text": comment.text,
            "fragments": [
                {
                    "type": "text",
                    "text": comment.text,
                    "cheermote": None,
                    "emote": None,
                    "mention": None,
                }
            ],
        },
        "message_type": "text",
        "badges": [{"set_id": "broadcaster", "id": "1", "info": ""}]
        if author.id == channel.id
        else [],
        "cheer": None,
        "color": f"#{digits(6, author.id)}",
        "reply": None,
        "channel_points_custom_reward_id": None,
        "source_broadcaster_user_id": None,
    }
    if parent:
        event["reply"] = {
            "parent_message_id": parent.id,
            "parent_message_body": parent.text,
            "parent_user_id": parent.author_id,
            "thread_message_id": parent.id,
        }
    return event


def announce(memory: "Memory", comment: Comment) -> None:
    """Tell everybody who listens to the channel of a message."""
    wallet = cast("TwitchWallet", memory.wallet("twitch"))
    if comment.author_id in wallet.bans.get(comment.channel_id, {}):
        return
    for session in wallet.sessions.values():
        if session.owner == comment.channel_id:
            notify(session, "channel.chat.message", chat_event(memory, comment))


def announce_end(memory: "Memory", comment: Comment) -> None:
    """Tell that a message was deleted."""
    world = memory.world_of("twitch")
    channel, author = world.channels[comment.channel_id], world.authors[comment.author_id]
    event = {
        **_broadcaster(channel.id, channel.handle, channel.title),
        "target_user_id": author.id,
        "target_user_login": author.handle.lstrip("@").lower(),
        "target_user_name": author.handle.lstrip("@"),
        "message_id": comment.id,
    }
    for session in cast("TwitchWallet", memory.wallet("twitch")).sessions.values():
        if session.owner == comment.channel_id:
            notify(session, "channel.chat.message_delete", event)


def disturb(memory: "Memory", fields: dict[str, Any]) -> dict[str, Any]:
    """{op, channel?}: what may happen to sessions; how many there are.

    start, stop: the channel goes live or ends. drop: cut without a word. silence: connected, but
    nothing comes. reconnect: asked to come over. malformed: a frame that is none. duplicate: the
    next message twice. revoke: subscriptions taken back.
    """
    wallet = cast("TwitchWallet", memory.wallet("twitch"))
    world = memory.world_of("twitch")
    channel = next(
        (c for c in world.channels.values() if fields.get("channel") in {c.id, c.key, c.handle}),
        next(iter(world.channels.values())),
    )
    op = str(fields.get("op", ""))
    sessions = [s for s in wallet.sessions.values() if s.owner == channel.id]
    if op in {"start", "stop"}:
        (wallet.live.add if op == "start" else wallet.live.discard)(channel.id)
        kind = "stream.online" if op == "start" else "stream.offline"
        event = _broadcaster(channel.id, channel.handle, channel.title)
        if op == "start":
            running = stream_of(world.uploads(channel.id)[0])
            event |= {"id": running, "type": "live", "started_at": _stamp()}
        for session in sessions:
            notify(session, kind, event)
        return {"sessions": len(sessions)}
    if op not in {"drop", "silence", "reconnect", "malformed", "duplicate", "revoke"}:
        raise ValueError(f"unknown op {op!r}")
    for session in sessions:
        _disturb(memory, session, op, fields)
    return {"sessions": len(sessions)}


def _disturb(memory: "Memory", session: Session, op: str, fields: dict[str, Any]) -> None:
    if op == "drop":
        session.out.put_nowait(_DROP)
    elif op == "silence":
        session.is_silent = True
    elif op == "malformed":
        session.out.put_nowait(str(fields.get("frame", '{"metadata": {"message_type": "notif')))
    elif op == "revoke":
        revoke(session, str(fields.get("status", "authorization_revoked")))
    elif op == "duplicate":
        comment = memory.world_of("twitch").comments[str(fields["comment"])]
        told = notify(session, "channel.chat.message", chat_event(memory, comment))
        session.out.put_nowait(told)
    else:
        session.moving = secrets.token_urlsafe(12)
        url = f"{session.address}?id={session.moving}"
        told_session = {
            "id": session.id,
            "status": "reconnecting",
            "keepalive_timeout_seconds": None,
            "reconnect_url": str(fields.get("url") or url),
            "connected_at": _stamp(),
        }
        session.out.put_nowait(frame("session_reconnect", {"session": told_session}))


def _broadcaster(channel_id: str, handle: str, title: str) -> dict[str, Any]:
    return {
        "broadcaster_user_id": channel_id,
        "broadcaster_user_login": handle.lstrip("@").lower(),
        "broadcaster_user_name": title,
    }


def _stamp() -> str:
    return datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%S.%f") + "000Z"
