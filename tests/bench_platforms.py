"""What the platforms cost on a running stack: taking webhooks, and one very long reading."""

import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from tests import bench_webhooks, journey
from tests.bench_reading import cpu_of
from tests.journey import NADIA, sql
from tests.stack import ROOT, Stack

WEBHOOKS = 5000
LONG = 100_000  # comments
WORKERS = ("celery", "manage.py relay", "manage.py listen")


def children(stack: Stack) -> dict[int, str]:
    """The processes that the stack's supervisor holds, by pid, with their command lines."""
    found = {}
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            parent = int((folder / "stat").read_text().rpartition(")")[2].split()[1])
            line = (folder / "cmdline").read_bytes().replace(b"\0", b" ").decode()
        except OSError:
            continue
        if parent == stack.pid:
            found[int(folder.name)] = line
    return found


def child(stack: Stack, mark: str) -> int:
    """The one whose command line holds `mark`."""
    return next(pid for pid, line in children(stack).items() if mark in line)


@contextmanager
def resting(stack: Stack) -> Iterator[None]:
    """Whoever runs jobs stands still meanwhile: only what is measured uses the machine."""
    workers = [
        pid for pid, line in children(stack).items() if any(mark in line for mark in WORKERS)
    ]
    for pid in workers:
        os.kill(pid, signal.SIGSTOP)
    try:
        yield
    finally:
        for pid in workers:
            os.kill(pid, signal.SIGCONT)


def take_webhooks(stack: Stack, count: int = WEBHOOKS) -> dict[str, Any]:
    """Signed deliveries as fast as they are taken; rate, latency and CPU of one."""
    secrets = json.loads((stack.home / "secrets.json").read_text(encoding="utf-8"))
    signed = {"secret": secrets["sandbox_tiktok_secret"], "app_id": "aura-demo-business"}
    kept = "SELECT count(*) FROM public.routing_webhookdelivery"
    with resting(stack):
        # What a web process does once, it has done.
        bench_webhooks.send(stack.port, bench_webhooks.deliveries(200, first=count, **signed))
        before = sql(stack, kept)
        web, server = child(stack, "creator_ai.web"), child(stack, "bin/postgres")
        busy, served = cpu_of(web), _cpu_of_family(server)
        sent = bench_webhooks.send(stack.port, bench_webhooks.deliveries(count, **signed))
        busy = cpu_of(web) - busy
        # Whoever ended meanwhile (autovacuum) took its figure along.
        spent = sum(s - served.get(pid, 0.0) for pid, s in _cpu_of_family(server).items())
        found = sql(stack, kept) - before
    ordered = sorted(sent.latencies)
    return {
        "sent": count,
        "kept": found,
        "statuses": sent.statuses,
        "per_s": round(count / sent.seconds),
        "p50_ms": round(ordered[len(ordered) // 2] * 1000, 1),
        "p95_ms": round(ordered[int(len(ordered) * 0.95)] * 1000, 1),
        "cpu_web_us": round(busy / count * 1e6),
        "cpu_database_us": round(spent / count * 1e6),
    }


def read_long(stack: Stack, comments: int = LONG) -> dict[str, Any]:
    """One reading of a large channel in an agency where nothing is known; see bench_reading."""
    with resting(stack):
        stack.ctl("POST", "reset", comments=comments)
        browser = stack.sign_in(NADIA, stack.nova)
        account = journey.connect_youtube(stack, browser, stack.nova)
        sandbox = child(stack, "integrations.sandbox")
        schema = sql(stack, "SELECT current_schema()", "nova")
        done = subprocess.run(
            [sys.executable, "-m", "tests.bench_reading", schema, account, str(sandbox)],
            env={**os.environ, "AURA_HOME": str(stack.home)},
            cwd=ROOT, check=True, capture_output=True, text=True,
        )  # fmt: skip
    figures: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return figures


def _cpu_of_family(server: int) -> dict[int, float]:
    """CPU of the database server and of each process it holds, by pid."""
    found = {server: cpu_of(server)}
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            parent = int((folder / "stat").read_text().rpartition(")")[2].split()[1])
            if parent == server:
                found[int(folder.name)] = cpu_of(int(folder.name))
        except OSError:
            continue
    return found
