"""One reading of one account in a process of its own, and what it cost: one JSON line.

`python -m tests.bench_reading SCHEMA ACCOUNT SANDBOX_PID`, beside a running stack whose AURA_HOME
is in the environment. `tests.bench` starts it.
"""

import json
import os
import sys
import threading
import time
from pathlib import Path
from typing import Any

from creator_ai.embedded import join_running

_TICKS = os.sysconf("SC_CLK_TCK")
_PAGE = os.sysconf("SC_PAGE_SIZE")


def cpu_of(pid: int) -> float:
    """CPU seconds that a process has used."""
    fields = Path(f"/proc/{pid}/stat").read_text(encoding="utf-8").rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / _TICKS


def resident_mb(pid: int | str = "self") -> float:
    """Memory that a process holds, in MB."""
    pages = int(Path(f"/proc/{pid}/statm").read_text(encoding="utf-8").split()[1])
    return pages * _PAGE / 1024**2


class Waiting:
    """Seconds in which a call did not compute: it waited for the platform."""

    def __init__(self, call: Any) -> None:
        self.seconds = 0.0
        self.calls = 0
        self._call = call

    def __call__(self, *args: Any, **named: Any) -> Any:
        """The call itself."""
        began, busy = time.monotonic(), time.thread_time()
        try:
            return self._call(*args, **named)
        finally:
            self.seconds += (time.monotonic() - began) - (time.thread_time() - busy)
            self.calls += 1


def main(schema: str, account: str, sandbox: int) -> int:
    """Read it and print the line."""
    join_running()
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "creator_ai.settings")
    import django

    django.setup()

    from django.db import connection

    from accounts import tenancy
    from integrations.models import Comment
    from integrations.platforms.client import Call, Client, Reply
    from integrations.services import sync

    waiting = Waiting(Client._send)

    def send(client: Client, call: Call) -> Reply:
        reply: Reply = waiting(client, call)
        return reply

    Client._send = send  # type: ignore[method-assign, assignment]
    sizes: list[float] = []
    is_over = threading.Event()

    def watch() -> None:
        while not is_over.wait(0.2):
            sizes.append(resident_mb())

    with tenancy.enter(schema):
        connection.ensure_connection()
        backend = connection.connection.info.backend_pid
        threading.Thread(target=watch, daemon=True).start()
        began, busy = time.monotonic(), time.process_time()
        served, theirs = cpu_of(backend), cpu_of(sandbox)
        sync.sync_account(account_code=account)
        seconds, busy = time.monotonic() - began, time.process_time() - busy
        served, theirs = cpu_of(backend) - served, cpu_of(sandbox) - theirs
        is_over.set()
        count = Comment.objects.filter(account__code=account).count()
    tenth = max(len(sizes) // 10, 1)
    early = max(sizes[: 2 * tenth])
    line = {
        "comments": count,
        "calls": waiting.calls,
        "seconds": round(seconds, 1),
        "waited_s": round(waiting.seconds, 1),
        "per_s": round(count / max(seconds - waiting.seconds, 0.001)),
        "per_cpu_s": round(count / max(busy + served, 0.001)),
        "cpu_python_s": round(busy, 1),
        "cpu_database_s": round(served, 1),
        "cpu_sandbox_s": round(theirs, 1),
        "memory_mb": round(sizes[-1]),
        "memory_growth_mb": round(max(sizes[-2 * tenth :]) - early, 1),
    }
    print(json.dumps(line))
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1], sys.argv[2], int(sys.argv[3])))
