"""Tells the database that this worker's running jobs are alive, so that leases can be short."""

import logging
import threading
import uuid
from collections.abc import Iterator
from contextlib import contextmanager

from django.conf import settings
from django.db import close_old_connections

from accounts import outbox

logger = logging.getLogger(__name__)

_running: set[tuple[int, uuid.UUID]] = set()
_lock = threading.Lock()
_thread: threading.Thread | None = None


@contextmanager
def beating(job_id: int, lease: str) -> Iterator[None]:
    """Keep the job's lease alive from a thread of its own while the block runs.

    When this process dies, so does the beat, and the job comes up again one lease later.
    """
    held = (job_id, uuid.UUID(lease))
    with _lock:
        _running.add(held)
    _start()
    try:
        yield
    finally:
        with _lock:
            _running.discard(held)


def _start() -> None:
    global _thread  # noqa: PLW0603  (one thread a process, started after the fork)
    with _lock:
        if _thread is None or not _thread.is_alive():
            _thread = threading.Thread(target=_beat, name="job-heartbeat", daemon=True)
            _thread.start()


def _beat() -> None:
    """Public rows only: a raw thread is in no workspace."""
    pause = threading.Event()
    while True:
        pause.wait(settings.JOB_LEASE_SECONDS / 3)
        with _lock:
            held = set(_running)
        if not held:
            continue
        try:
            outbox.prolong(held)
        except Exception as error:
            logger.warning("heartbeat missed: %s", type(error).__name__)
        close_old_connections()
