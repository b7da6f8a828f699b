"""`manage.py listen`: hears live chats until told to stop, in one small process."""

import asyncio
import contextlib
import signal
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from django.core.management.base import BaseCommand
from django.db import close_old_connections

from integrations.services.listener import Elsewhere, Listener

THREADS = 3  # for the platform; the database writer has one of its own


class Command(BaseCommand):
    """Run until told to stop. Killed at any point, it goes on at the next start, gap included."""

    help = __doc__ or ""

    def handle(self, *args: Any, **options: Any) -> None:
        """One event loop; what blocks runs in threads."""
        with contextlib.suppress(asyncio.CancelledError):
            asyncio.run(_listen())


async def _listen() -> None:
    running = asyncio.current_task()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, lambda: running and running.cancel())
    with ThreadPoolExecutor(THREADS) as many, ThreadPoolExecutor(1) as one:
        await Listener(elsewhere=_threaded(many), write=_threaded(one)).run()


def _threaded(pool: ThreadPoolExecutor) -> Elsewhere:
    async def run(function: Callable[..., Any], *args: Any) -> Any:
        def fresh() -> Any:
            close_old_connections()
            try:
                return function(*args)
            finally:
                close_old_connections()

        return await asyncio.get_running_loop().run_in_executor(pool, fresh)

    return run
