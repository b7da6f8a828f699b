"""Hears live chats: one session a channel, every message a row before anything else happens."""

import asyncio
import contextlib
import itertools
import logging
import random
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.utils import timezone

from integrations.platforms.base import PlatformError
from integrations.platforms.egress import Egress
from integrations.platforms.twitch.adapter import EVENTS, Twitch
from integrations.platforms.twitch.eventsub import Frame, Session, SessionEnded, kept
from integrations.services import chat
from integrations.services.chat import Seat

logger = logging.getLogger(__name__)

# Runs a function that talks to the database or a platform somewhere else than in the loop.
Elsewhere = Callable[..., Awaitable[Any]]

LOOK_EVERY_S = 5.0  # for channels that were connected or let go
FIRST_WAIT_S, LONGEST_WAIT_S = 0.5, 60.0  # before the next session
HEALTHY_S = 60.0  # of a session, and earlier troubles are forgiven
VALIDATE_EVERY_S = 3600.0  # Twitch demands it
NOTE_EVERY = timedelta(seconds=1)  # a channel's "heard until" is written no more often
WAITING = 5_000  # frames between the sessions and the database; then the sessions wait
PAUSES_S = (0.2, 1.0, 3.0)  # while the database is away
LAST_WORDS_S = 5.0  # to write down what came in, when told to stop


@dataclass(frozen=True, slots=True)
class Heard:
    """What waits to be written: a frame, or only the word that a channel was heard until then."""

    ear: "Ear"
    at: datetime
    frame: tuple[str, bytes] | None = None


class Ear:
    """One channel, heard for every workspace it sits in."""

    def __init__(
        self,
        channel_id: str,
        seats: list[Seat],
        *,
        elsewhere: Elsewhere,
        write: Elsewhere,
        waiting: "asyncio.Queue[Heard]",
        first_wait_s: float,
    ) -> None:
        self.seats = seats
        self._id = channel_id
        self._elsewhere = elsewhere
        self._write = write
        self._waiting = waiting
        self._first_wait_s = first_wait_s
        self._stream_id = ""  # of the stream that runs now
        self._noted_at: datetime | None = None

    async def run(self) -> None:
        """Session after session, with growing pauses while they fail."""
        loop, wait = asyncio.get_running_loop(), self._first_wait_s
        while True:
            began = loop.time()
            try:
                await self._hear()
            except SessionEnded as ended:
                logger.warning("chat of channel %s: %s", self._id, ended)
            except PlatformError as error:
                logger.warning("chat of channel %s: %s", self._id, error.detail)
            except Exception:
                logger.exception("chat of channel %s", self._id)
            if loop.time() - began > HEALTHY_S:
                wait = self._first_wait_s
            await asyncio.sleep(wait * random.uniform(0.5, 1.0))  # noqa: S311
            wait = min(wait * 2, LONGEST_WAIT_S)

    async def join(self, seats: list[Seat]) -> None:
        """Other workspaces than before: a new one hears from now on."""
        fresh = [seat for seat in seats if seat not in self.seats]
        self.seats = seats
        if fresh:
            await self._write(chat.begin_hearing, fresh, timezone.now())

    async def _hear(self) -> None:
        """One session, with the question whose the token is beside it, every hour."""
        await self._ask(Twitch.validate)
        running = await self._ask(Twitch.running, self._id)
        self._stream_id = running.id if running else ""
        session = Session(
            url=settings.PLATFORM_BASE_URLS["twitch_ws"],
            egress=Egress.but(settings.PLATFORM_ALLOWED_HOSTS),
            subscribe=self._subscribe,
            take=self._take,
            heard=self._heard,
            keepalive_s=settings.CHAT_KEEPALIVE_SECONDS,
            proxy=settings.PLATFORM_PROXY or None,
        )
        tasks = [asyncio.create_task(self._validate()), asyncio.create_task(session.run())]
        try:
            done, _ = await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
            for task in done:
                task.result()
        finally:
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)

    async def _ask(self, method: Callable[..., Any], *args: Any) -> Any:
        return await self._elsewhere(
            chat.ask, self.seats[0], lambda adapter, access: method(adapter, access, *args)
        )

    async def _subscribe(self, session_id: str) -> None:
        for event in EVENTS:
            await self._ask(Twitch.subscribe, session_id, self._id, event)
        await self._write(chat.begin_hearing, self.seats, timezone.now())

    async def _take(self, frame: Frame) -> None:
        if frame.subscription == "stream.online":
            self._stream_id = str(frame.event.get("id") or "")
        elif frame.subscription == "stream.offline":
            self._stream_id = ""
        raw = kept(frame, self._stream_id)
        await self._waiting.put(Heard(self, frame.received_at, (frame.id, raw)))
        if frame.kind == "revocation":
            raise SessionEnded("the permission was taken back")

    async def _heard(self, at: datetime) -> None:
        if self._noted_at is None or at - self._noted_at >= NOTE_EVERY:
            self._noted_at = at
            await self._waiting.put(Heard(self, at))

    async def _validate(self) -> None:
        """Ends only with the error that says that the permission is gone."""
        while True:
            await asyncio.sleep(VALIDATE_EVERY_S)
            await self._ask(Twitch.validate)


@dataclass
class Listener:
    """All channels of this installation; `run` until cancelled.

    `elsewhere(function, *args)` runs blocking code and waits for it; `write` is the same for the
    database writer alone, so that a slow platform never holds up what was heard.
    """

    elsewhere: Elsewhere
    write: Elsewhere
    look_every_s: float = LOOK_EVERY_S
    first_wait_s: float = FIRST_WAIT_S
    _ears: dict[str, tuple[Ear, "asyncio.Task[None]"]] = field(default_factory=dict)

    async def run(self) -> None:
        """Hear whoever is connected, for ever."""
        waiting: asyncio.Queue[Heard] = asyncio.Queue(WAITING)
        writer = asyncio.create_task(self._keep_writing(waiting))
        try:
            while True:
                try:
                    await self._take_up(await self.elsewhere(chat.list_seats), waiting)
                except Exception as error:
                    logger.warning("chats are looked for again: %s", type(error).__name__)
                await asyncio.sleep(self.look_every_s)
        finally:
            for channel_id in list(self._ears):
                await self._let_go(channel_id)
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(waiting.join(), LAST_WORDS_S)
            writer.cancel()
            await asyncio.gather(writer, return_exceptions=True)

    async def _take_up(self, seats: dict[str, list[Seat]], waiting: "asyncio.Queue[Heard]") -> None:
        for channel_id in self._ears.keys() - seats.keys():
            await self._let_go(channel_id)
        for channel_id, found in seats.items():
            known = self._ears.get(channel_id)
            if known:
                await known[0].join(found)
                continue
            ear = Ear(
                channel_id,
                found,
                elsewhere=self.elsewhere,
                write=self.write,
                waiting=waiting,
                first_wait_s=self.first_wait_s,
            )
            self._ears[channel_id] = ear, asyncio.create_task(ear.run())

    async def _let_go(self, channel_id: str) -> None:
        _ear, task = self._ears.pop(channel_id)
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)

    async def _keep_writing(self, waiting: "asyncio.Queue[Heard]") -> None:
        """Frames in the order they came, as many at once as there are; a lost database waits."""
        while True:
            batch = [await waiting.get()]
            while len(batch) < chat.BATCH and not waiting.empty():
                batch.append(waiting.get_nowait())
            await self._write_down(batch)
            for _ in batch:
                waiting.task_done()

    async def _write_down(self, batch: list[Heard]) -> None:
        frames = [item.frame for item in batch if item.frame]
        for pause in itertools.chain(PAUSES_S, itertools.repeat(PAUSES_S[-1])):
            try:
                if frames:
                    await self.write(chat.keep_frames, frames)
                # Only now: until then was the channel heard, and all of it is safe.
                for item in {id(item.ear): item for item in batch}.values():
                    await self.write(chat.note_heard, item.ear.seats, item.at)
            except Exception as error:
                logger.warning("what was heard waits for the database: %s", type(error).__name__)
                await asyncio.sleep(pause)
            else:
                return
