"""EventSub over a real WebSocket against the sandbox, without a database: the protocol itself."""

import asyncio
from datetime import datetime
from typing import Any

import pytest

from integrations.platforms.egress import Egress
from integrations.platforms.twitch import eventsub
from integrations.platforms.twitch.adapter import EVENTS
from integrations.platforms.twitch.eventsub import Session, SessionEnded
from tests.integrations.twitch_cast import PATIENCE_S, sign_in

pytest_plugins = ("tests.integrations.twitch_fixtures",)


class Hearer:
    """One session in this thread's loop, and what it heard."""

    def __init__(self, twitch, sandbox, access: str, **changed: Any) -> None:
        self.sandbox = sandbox
        self.wallet = sandbox.memory.wallet("twitch")
        self.frames: list[eventsub.Frame] = []
        self.heard_at: list[datetime] = []
        self.own = twitch.validate(access)
        self._twitch, self._access = twitch, access
        given = {
            "url": sandbox.base_urls["twitch_ws"],
            "egress": Egress.but(sandbox.allowed),
            "subscribe": self._subscribe,
            "take": self._take,
            "heard": self._heard,
        }
        self.session = Session(**{**given, **changed})

    @property
    def texts(self) -> list[str]:
        return [frame.event["message"]["text"] for frame in self.frames if frame.kind]

    async def say(self, text: str) -> None:
        await asyncio.to_thread(self.sandbox.comment, text, platform="twitch")

    async def disturb(self, op: str, **fields: Any) -> None:
        await asyncio.to_thread(self.sandbox.ctl, "POST", "sockets", op=op, **fields)

    async def until(self, is_so) -> None:
        async with asyncio.timeout(PATIENCE_S):
            while not is_so():  # noqa: ASYNC110 - the other side is another thread
                await asyncio.sleep(0.02)

    async def ready(self) -> None:
        await self.until(
            lambda: any(len(s.subscriptions) == 4 for s in self.wallet.sessions.values())
        )

    def play(self, story) -> BaseException | None:
        """Tell the story while the session runs; what the session ended with, if it did."""

        async def whole() -> BaseException | None:
            task = asyncio.create_task(self.session.run())
            try:
                async with asyncio.timeout(2 * PATIENCE_S):
                    await story(task)
                return task.exception() if task.done() else None
            finally:
                task.cancel()
                await asyncio.gather(task, return_exceptions=True)

        return asyncio.run(whole())

    async def _subscribe(self, session_id: str) -> None:
        for event in EVENTS:
            await asyncio.to_thread(
                self._twitch.subscribe, self._access, session_id, self.own, event
            )

    async def _take(self, frame: eventsub.Frame) -> None:
        self.frames.append(frame)

    async def _heard(self, at: datetime) -> None:
        self.heard_at.append(at)


@pytest.fixture
def hearer(twitch, twitch_sandbox):
    """`hearer(**changed)`: a session of Mila's channel."""
    access = sign_in(twitch, twitch_sandbox).access
    return lambda **changed: Hearer(twitch, twitch_sandbox, access, **changed)


def test_it_hears_each_message_once_and_in_order(hearer):
    ear = hearer()

    async def story(_task):
        await ear.ready()
        for number in range(20):
            await ear.say(f"number {number}")
        made = ear.sandbox.memory.world_of("twitch").comments
        await ear.disturb("duplicate", comment=list(made)[-1])
        await ear.until(lambda: len(ear.frames) >= 21)
        await asyncio.sleep(0.2)

    assert ear.play(story) is None
    assert ear.texts == [*(f"number {n}" for n in range(20)), "number 19"]
    assert len({frame.id for frame in ear.frames}) == 21


def test_a_hand_over_reads_both_connections(hearer):
    ear = hearer()

    async def story(_task):
        await ear.ready()
        (session,) = ear.wallet.sessions.values()
        for number in range(5):
            await ear.say(f"before {number}")
            await ear.disturb("reconnect")
            await ear.say(f"during {number}")
            await ear.until(lambda: not session.moving)
            await ear.say(f"after {number}")
        await ear.until(lambda: len(ear.frames) >= 15)
        assert list(ear.wallet.sessions.values()) == [session]

    assert ear.play(story) is None
    wanted = [f"{when} {n}" for n in range(5) for when in ("before", "during", "after")]
    assert sorted(ear.texts) == sorted(wanted)


def test_a_storm_of_hand_overs_is_ended(hearer):
    ear = hearer()

    async def story(task):
        await ear.ready()
        for _ in range(eventsub.MOVES + 2):
            await ear.disturb("reconnect")
        await ear.until(task.done)

    ended = ear.play(story)
    assert isinstance(ended, SessionEnded)
    assert "again and again" in str(ended)


@pytest.mark.parametrize(
    "url", ["ws://evil.example/ws", "http://127.0.0.1/x", "", "ws://u:p@[::1]/"]
)
def test_it_goes_nowhere_else(hearer, url, monkeypatch):
    monkeypatch.setattr(eventsub, "MOVE_TRIES", 1)
    ear = hearer()

    async def story(task):
        await ear.ready()
        await ear.disturb("reconnect", url=url or "nowhere")
        await ear.until(task.done)

    ended = ear.play(story)
    assert isinstance(ended, SessionEnded)
    assert "egress" in str(ended)


@pytest.mark.parametrize(("op", "word"), [("drop", "closed without a word"), ("silence", "silent")])
def test_a_lost_connection_is_noticed(hearer, twitch_sandbox, monkeypatch, op, word):
    monkeypatch.setattr(eventsub, "SLACK_S", 0.5)
    twitch_sandbox.memory.wallet("twitch").least_keepalive_s = 1
    ear = hearer(keepalive_s=1)

    async def story(task):
        await ear.ready()
        await ear.disturb(op)
        await ear.until(task.done)

    ended = ear.play(story)
    assert isinstance(ended, SessionEnded)
    assert word in str(ended)


def test_keepalives_count_as_hearing(hearer, twitch_sandbox):
    twitch_sandbox.memory.wallet("twitch").least_keepalive_s = 1
    ear = hearer(keepalive_s=1)

    async def story(_task):
        await ear.until(lambda: len(ear.heard_at) >= 4)

    assert ear.play(story) is None
    assert ear.frames == []


def test_an_unreadable_frame_ends_nothing(hearer):
    ear = hearer()

    async def story(_task):
        await ear.ready()
        await ear.disturb("malformed")
        await ear.say("still here")
        await ear.until(lambda: len(ear.frames) == 2)

    assert ear.play(story) is None
    assert [frame.kind for frame in ear.frames] == ["", "notification"]


def test_ten_thousand_at_once(hearer, twitch_sandbox):
    ear = hearer()

    async def story(_task):
        await ear.ready()
        for part in range(10):
            text = f"wave {part} {{i}}"
            await asyncio.to_thread(twitch_sandbox.burst, 1_000, platform="twitch", text=text)
        await ear.until(lambda: len(ear.frames) == 10_000)

    assert ear.play(story) is None
    assert len(set(ear.texts)) == 10_000


def test_an_unused_session_is_closed_by_twitch(hearer, twitch_sandbox):
    wallet = twitch_sandbox.memory.wallet("twitch")
    wallet.subscribe_within_s = 0.1

    async def idle(_session_id: str) -> None:
        return

    ear = hearer(subscribe=idle)

    async def story(task):
        await ear.until(task.done)

    ended = ear.play(story)
    assert "4003" in str(ended)


def test_a_welcome_that_never_comes_is_no_session(hearer, monkeypatch):
    monkeypatch.setattr(eventsub, "WELCOME_S", 0.3)

    async def mute(reader, writer) -> None:
        await asyncio.sleep(5)

    async def play() -> BaseException | None:
        server = await asyncio.start_server(mute, "127.0.0.1", 0)
        port = server.sockets[0].getsockname()[1]
        url = f"ws://127.0.0.1:{port}/ws"
        ear = hearer(url=url, egress=Egress.but([f"127.0.0.1:{port}"]))
        with pytest.raises(SessionEnded, match="no welcome"):
            await ear.session.run()
        server.close()
        return None

    assert asyncio.run(play()) is None


def test_a_private_address_is_refused():
    async def nothing(_: Any) -> None:
        return

    session = Session(
        url="wss://127.0.0.1/ws", egress=Egress(), subscribe=nothing, take=nothing, heard=nothing
    )
    with pytest.raises(SessionEnded, match="not a public address"):
        asyncio.run(session.run())
