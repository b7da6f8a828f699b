"""`make bench`: figures of a whole stack on this machine, one JSON line each.

Absolute figures hold for the machine they were taken on; compare runs side by side.
"""

import json
import os
import statistics
import subprocess
import sys
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path
from urllib.parse import urlsplit

from playwright.sync_api import sync_playwright

from tests import bench_brigade, bench_platforms, journey
from tests.browser.conftest import CHROMIUM, FLAGS
from tests.journey import THEO, sql
from tests.stack import ROOT, Browser, Stack, running_stack

COMMENTS = 1000
ALERTS = 20
UNSCORED = (
    "SELECT count(*) FROM integrations_comment c WHERE NOT is_own AND NOT EXISTS "
    "(SELECT FROM harassment_toxicityscore s WHERE s.comment_id = c.id)"
)


def main() -> int:
    """Run every part on one stack."""
    with running_stack() as stack:
        _print("start", first_page_s=round(stack.seconds, 2))
        time.sleep(5)
        _memory(stack)
        stack.ctl("POST", "reset", comments=COMMENTS)
        browser = stack.sign_in(THEO, stack.demo)
        account = _read(stack, browser)
        _pages(stack, browser)
        _workspaces(stack, browser)
        _alerts(stack, browser, account)
        _brigade(stack, browser, account)
        _models(stack)
        _print("webhook_accept", **bench_platforms.take_webhooks(stack))
        # The last one: it leaves a mountain of unscored comments.
        _print("long_reading", **bench_platforms.read_long(stack))
    return 0


def _print(part: str, **figures: object) -> None:
    print(json.dumps({"part": part, **figures}), flush=True)


def _memory(stack: Stack) -> None:
    """Proportional set size of every process of the stack: shared pages are counted once."""
    sizes: dict[str, int] = {}
    for pid in _descendants(stack.pid):
        try:
            lines = Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines()
            command = Path(f"/proc/{pid}/cmdline").read_bytes().replace(b"\0", b" ").decode()
        except OSError:
            continue
        size = next(int(line.split()[1]) for line in lines if line.startswith("Pss:"))
        name = next((name for mark, name in NAMES if mark in command), "other")
        sizes[name] = sizes.get(name, 0) + size
    sizes = {name: round(size / 1024) for name, size in sorted(sizes.items())}
    _print("idle_memory_mb", without_score=sum(sizes.values()) - sizes.get("score", 0), **sizes)


NAMES = [
    ("-Q score", "score"), ("celery", "worker"), ("creator_ai.web", "web"), ("relay", "relay"),
    ("integrations.sandbox", "sandbox"), ("valkey", "valkey"), ("postgres", "postgres"),
    ("creator_ai.up", "supervisor"),
]  # fmt: skip


def _descendants(root: int) -> list[int]:
    parents: dict[int, list[int]] = {}
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            parent = int((folder / "stat").read_text().rpartition(")")[2].split()[1])
        except OSError:
            continue
        parents.setdefault(parent, []).append(int(folder.name))
    found, queue = [], [root]
    while queue:
        found.append(queue.pop())
        queue += parents.get(found[-1], [])
    return found


def _read(stack: Stack, browser: Browser) -> str:
    began = time.monotonic()
    account = journey.connect_youtube(stack, browser, stack.demo)
    done = "SELECT bool_or(state = 'done') FROM integrations_syncrun"
    stack.until(lambda: sql(stack, done), 120, "the reading", 0.1)
    read_s = time.monotonic() - began
    stack.until(lambda: sql(stack, UNSCORED) == 0, 300, "every score", 0.1)
    count = sql(stack, "SELECT count(*) FROM integrations_comment")
    _print(
        "read_and_score", comments=count, read_s=round(read_s, 2),
        scored_s=round(time.monotonic() - began, 2),
        comments_per_s=round(count / (time.monotonic() - began)),
    )  # fmt: skip
    return account


def _pages(stack: Stack, browser: Browser) -> None:
    case = sql(stack, "SELECT code::text FROM harassment_case ORDER BY severity DESC LIMIT 1")
    for name, path in [
        ("home", "/"), ("inbox", "/harassment/inbox/"), ("alerts", "/harassment/alerts/"),
        ("case", f"/harassment/cases/{case}/"), ("accounts", "/integrations/accounts/"),
    ]:  # fmt: skip
        _print("page_ms", page=name, **_times(partial(browser.get, stack.demo + path), 60))


def _workspaces(stack: Stack, browser: Browser) -> None:
    taken = iter(range(100))

    def open_one() -> None:
        browser.post(f"{stack.base}/workspaces/", name="Bench", slug=f"bench-{next(taken)}")

    _print("open_workspace_ms", **_times(open_one, 5))


def _alerts(stack: Stack, browser: Browser, account: str) -> None:
    """From the request to read, over sync, transformer and socket, to the alert in Chromium."""
    if CHROMIUM is None:
        _print("alert_s", skipped="no Chromium")
        return
    seconds = []
    with sync_playwright() as playwright:
        window = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        page = window.new_page()
        page.goto(f"{stack.base}/accounts/login/")
        page.fill("input[name=login]", THEO)
        page.fill("input[name=password]", stack.password)
        page.keyboard.press("Enter")
        page.wait_for_url("**/workspaces/")
        page.goto(stack.demo + "/")
        page.wait_for_selector("#alerts")
        page.wait_for_timeout(1500)
        for number in range(ALERTS):
            stack.ctl(
                "POST", "comments", op="add", author=f"@bench.{number}",
                text=f"You worthless idiot, I will find you and kill you, number {number}",
            )  # fmt: skip
            journey.read_now(stack, browser, stack.demo, account)
            began = time.monotonic()
            handle = (
                f"SELECT code::text FROM harassment_case WHERE author_handle = '@bench.{number}'"
            )
            case = stack.until(partial(sql, stack, handle), 30, "the case", 0.02)
            page.wait_for_selector(f"#alerts a[href*='{case}']", timeout=15_000)
            seconds.append(time.monotonic() - began)
        window.close()
    _print("alert_s", n=len(seconds), **_spread(seconds, 1))


def _brigade(stack: Stack, browser: Browser, account: str) -> None:
    """A thousand hostile comments within a minute, and then the pages and papers about them."""
    for number in range(bench_brigade.COMMENTS):
        stack.ctl("POST", "comments", **bench_brigade.said(number))
    journey.read_now(stack, browser, stack.demo, account)
    kept = "SELECT count(*) FROM integrations_comment WHERE author_handle LIKE '@brigade.%'"
    stack.until(lambda: sql(stack, kept) == bench_brigade.COMMENTS, 120, "the wave", 0.2)
    stack.until(lambda: sql(stack, UNSCORED) == 0, 300, "every score", 0.2)
    schema, host = sql(stack, "SELECT current_schema()"), urlsplit(stack.demo).netloc
    with bench_platforms.resting(stack):
        done = subprocess.run(
            [sys.executable, "-m", "tests.bench_brigade", schema, host, THEO],
            env={**os.environ, "AURA_HOME": str(stack.home)},
            cwd=ROOT, check=True, stdout=subprocess.PIPE, text=True,
        )  # fmt: skip
    print(done.stdout, end="", flush=True)


def _models(stack: Stack) -> None:
    """The ledger and the chain of language models, over providers on the loopback."""
    schema = sql(stack, "SELECT current_schema()")
    done = subprocess.run(
        [sys.executable, "-m", "tests.bench_models", schema, THEO],
        env={**os.environ, "AURA_HOME": str(stack.home)},
        cwd=ROOT, check=True, stdout=subprocess.PIPE, text=True,
    )  # fmt: skip
    print(done.stdout, end="", flush=True)


def _times(run: Callable[[], object], count: int) -> dict[str, float]:
    seconds = []
    for _ in range(count):
        began = time.monotonic()
        run()
        seconds.append(time.monotonic() - began)
    return _spread(seconds, 1000)


def _spread(seconds: list[float], unit: int) -> dict[str, float]:
    ordered = sorted(seconds)
    return {
        "p50": round(statistics.median(ordered) * unit, 2),
        "p95": round(ordered[max(0, round(len(ordered) * 0.95) - 1)] * unit, 2),
    }


if __name__ == "__main__":
    sys.exit(main())
