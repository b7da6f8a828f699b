"""What the tests of Twitch share: an adapter on the sandbox, signed in, and a running listener."""

import asyncio
import contextlib
import queue
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import Future
from typing import Any

from integrations.platforms.base import TokenSet
from integrations.platforms.client import Client
from integrations.platforms.twitch import Twitch
from integrations.services.listener import Listener
from tests.integrations.sandbox_server import SandboxServer

REDIRECT = "http://aura.localhost:8000/oauth/twitch/callback/"
SIZE = 20  # messages on each channel
PATIENCE_S = 120.0


def adapter(sandbox: SandboxServer, http: Client, **changed: Any) -> Twitch:
    """An adapter for this sandbox."""
    client_id, client_secret = sandbox.memory.options.apps["twitch"]
    given = {
        "http": http,
        "base_urls": sandbox.base_urls,
        "client_id": client_id,
        "client_secret": client_secret,
    }
    return Twitch(**{**given, **changed})


def sign_in(
    twitch: Twitch, sandbox: SandboxServer, channel: str = "mila", **extra: str
) -> TokenSet:
    """The whole OAuth round trip."""
    url = twitch.authorize_url("state-1", "", REDIRECT)
    return twitch.exchange(sandbox.approve(url, channel, **extra)["code"], "", REDIRECT)


def sessions(sandbox: SandboxServer) -> list[Any]:
    """Sessions that hear all there is to hear."""
    found = sandbox.memory.wallet("twitch").sessions.values()
    return [one for one in found if len(one.subscriptions) == 4]


class Hearing:
    """A listener in a thread of its own, whose database work is done in the test's thread.

    The test's thread alone sees the test's transaction, so it works whenever it waits.
    """

    def __init__(self, **changed: Any) -> None:
        self._asked: queue.Queue[tuple[Future[Any], Callable[..., Any], Any]] = queue.Queue()
        given = {"look_every_s": 0.1, "first_wait_s": 0.05, **changed}
        self._listener = Listener(elsewhere=self._hand_over, write=self._hand_over, **given)
        self._loop = asyncio.new_event_loop()
        self._task = self._loop.create_task(self._listener.run())
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._thread.start()

    def until(self, is_so: Callable[[], bool], what: str) -> None:
        """Work for the listener until something is so."""
        deadline = time.monotonic() + PATIENCE_S
        while not is_so():
            assert time.monotonic() < deadline, f"waited in vain for: {what}"
            self._work()

    def stop(self) -> None:
        """Tell it to stop, and do what it still wants done."""
        self._loop.call_soon_threadsafe(self._task.cancel)
        while self._thread.is_alive():
            self._work()
        self._loop.close()

    def _work(self) -> None:
        with contextlib.suppress(queue.Empty):
            while True:
                future, function, args = self._asked.get(timeout=0.02)
                if not future.set_running_or_notify_cancel():
                    continue
                try:
                    future.set_result(function(*args))
                except Exception as error:
                    future.set_exception(error)

    async def _hand_over(self, function: Callable[..., Any], *args: Any) -> Any:
        future: Future[Any] = Future()
        self._asked.put((future, function, args))
        return await asyncio.wrap_future(future)

    def _run(self) -> None:
        asyncio.set_event_loop(self._loop)
        with contextlib.suppress(asyncio.CancelledError):
            self._loop.run_until_complete(self._task)


@contextlib.contextmanager
def hearing(sandbox: SandboxServer, **changed: Any) -> Iterator[Callable[..., None]]:
    """A listener that has begun to hear; gives the way to wait for something."""
    ear = Hearing(**changed)
    try:
        ear.until(lambda: bool(sessions(sandbox)), "a session")
        yield ear.until
    finally:
        ear.stop()
