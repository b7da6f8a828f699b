"""The relay: wakes on NOTIFY or once a second and hands due jobs to their runner."""

import logging
import select
import threading
from collections.abc import Callable

from django.db import close_old_connections

from accounts import outbox
from accounts.database import connect_directly

logger = logging.getLogger(__name__)

POLL_SECONDS = 1.0
Send = Callable[[int, str, str, str], None]


def listen_forever(send: Send, stop: threading.Event) -> None:
    """Hand over due jobs until `stop` is set. A lost database or broker is retried, not fatal.

    `send(job_id, lease, queue, schema)` gives one leased job to the runner.
    """
    while not stop.is_set():
        try:
            # LISTEN needs a session of its own: a pooled or recycled one would go deaf.
            with connect_directly(autocommit=True) as ear:
                ear.execute(f"LISTEN {outbox.CHANNEL}")
                while not stop.is_set():
                    hand_over(send)
                    if select.select([ear.fileno()], [], [], POLL_SECONDS)[0]:
                        for _ in ear.notifies(timeout=0):
                            pass
        except Exception as error:
            logger.warning("relay starts again: %s", type(error).__name__)
            close_old_connections()
            stop.wait(POLL_SECONDS)


def hand_over(send: Send) -> int:
    """Lease what is due and send it; how many. A message that cannot be sent keeps its lease.

    The lease then runs out and the row comes up again: nothing is lost with the broker.
    """
    count = 0
    while due := outbox.lease_due():
        for job in due:
            send(*job)
        count += len(due)
    return count
