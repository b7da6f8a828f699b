"""`make bench-ledger`: webhooks under random `kill -9`, then the books are compared; one JSON line.

The sandbox's words are carried to the public door as a platform would: again and again until it
says 200, one in ten twice. Meanwhile web, worker, cache server and PostgreSQL are killed. In the
end every delivery that was acknowledged has to be there once, and so has every comment.
"""

import argparse
import asyncio
import hashlib
import json
import os
import random
import secrets
import signal
import sys
import threading
import time
from dataclasses import dataclass, field
from typing import Any

from tests.bench_platforms import children
from tests.bench_webhooks import LINES, answer_of, request
from tests.journey import THEO, sql
from tests.stack import Stack, running_stack

VICTIMS = {
    "web": "creator_ai.web",
    "worker": "sync,llm",
    "cache": "valkey-server",
    "database": "bin/postgres",
}
CHUNK = 500  # comments made at once
TWICE = 10  # one in so many is sent again although it was acknowledged
SETTLE_S = 600  # the most that the jobs may take after the last delivery


@dataclass
class Books:
    """What the platform's side knows: which bodies got a 200, for which comments."""

    acknowledged: dict[str, str] = field(default_factory=dict)  # digest of the body: comment
    attempts: int = 0
    kills: dict[str, int] = field(default_factory=lambda: dict.fromkeys(VICTIMS, 0))


def main() -> int:
    """Run it on a stack of its own; 1 when something is lost or doubled."""
    parser = argparse.ArgumentParser(prog="make bench-ledger", description=__doc__)
    parser.add_argument("--webhooks", type=int, default=3000, help="50000 for the whole proof")
    parser.add_argument("--kills", type=int, default=20)
    parser.add_argument("--seed", type=int, default=secrets.randbelow(10**6))
    parser.add_argument("--minutes", type=float, default=10.0, help="then no more are sent")
    given = parser.parse_args()
    # Nobody reads by the clock meanwhile: what is there came by webhook.
    os.environ["SYNC_INTERVAL_SECONDS"] = "86400"
    with running_stack() as stack:
        line = keep_books(
            stack, webhooks=given.webhooks, kills=given.kills, seed=given.seed,
            seconds=given.minutes * 60,
        )  # fmt: skip
    print(json.dumps({"part": "ledger", **line}), flush=True)
    return 0 if line["ok"] else 1


def keep_books(
    stack: Stack, *, webhooks: int, kills: int, seed: int, seconds: float
) -> dict[str, Any]:
    """Send, kill, wait until everything has settled, compare."""
    # One for each thread, or the seed would not tell the same story twice.
    chance, twice, books = random.Random(seed), random.Random(seed + 1), Books()
    connect_tiktok(stack)
    began, sent = time.monotonic(), 0
    # Half of them while deliveries come in, half while their jobs are at work.
    later = kills // 2
    at = sorted(chance.sample(range(1, webhooks), kills - later))
    is_over = threading.Event()
    killer = threading.Thread(target=_kill_at, args=(stack, books, at, chance, is_over))
    killer.start()
    try:
        while sent < webhooks and time.monotonic() - began < seconds:
            size = min(CHUNK, webhooks - sent)
            asyncio.run(_send_all(stack, books, _make(stack, size, sent), twice))
            sent += size
    finally:
        is_over.set()
        killer.join()
    sending_s = time.monotonic() - began
    for _ in range(later):
        time.sleep(chance.uniform(0.3, 2.0))
        _kill(stack, books, chance)
    stack.until(lambda: _unfinished(stack) == 0, SETTLE_S, "the end of the jobs", 0.5)
    found = compare(stack, books)
    return {
        "ok": not any(found.values()) and len(books.acknowledged) == sent,
        "seed": seed,
        "webhooks": sent,
        "acknowledged": len(books.acknowledged),
        "attempts": books.attempts,
        "kills": books.kills,
        **found,
        "sending_s": round(sending_s, 1),
        "settled_s": round(time.monotonic() - began, 1),
    }


def connect_tiktok(stack: Stack) -> None:
    """Connect the account that the sandbox's words are about, and wait for its first reading."""
    browser = stack.sign_in(THEO, stack.demo)
    page = f"{stack.demo}/integrations/accounts/"
    consent = browser.post(f"{page}connect/tiktok/", page)
    answer = browser.get(f"{consent.url}&auto=approve&channel=nox")
    assert answer.status_code == 200, (answer.status_code, answer.url)
    done = (
        "SELECT count(*) FROM integrations_syncrun r JOIN integrations_socialaccount a "
        "ON a.id = r.account_id WHERE a.platform = 'tiktok' AND r.state = 'done'"
    )
    stack.until(lambda: _count(stack, done) > 0, 180, "the first reading", 0.2)


def compare(stack: Stack, books: Books) -> dict[str, int]:
    """What the platform's book says against what is stored; all zero when nothing went wrong."""
    kept = _column(stack, "SELECT string_agg(dedupe_key, ' ') FROM public.routing_webhookdelivery")
    stored = _column(stack, "SELECT string_agg(external_id, ' ') FROM integrations_comment")
    wanted = set(books.acknowledged.values())
    dead = "SELECT count(*) FROM public.accounts_job WHERE state = 'dead'"
    unrouted = "SELECT count(*) FROM public.routing_webhookdelivery WHERE state <> 'routed'"
    alike = "SELECT count(*) - count(DISTINCT comment_id) FROM harassment_toxicityscore "
    return {
        "lost_deliveries": len(set(books.acknowledged) - set(kept)),
        "doubled_deliveries": len(kept) - len(set(kept)),
        "lost_comments": len(wanted - set(stored)),
        "doubled_comments": len(stored) - len(set(stored)),
        "doubled_scores": int(sql(stack, f"{alike} WHERE is_current")),
        "unrouted": int(sql(stack, unrouted)),
        "dead_jobs": int(sql(stack, dead)),
    }


def _make(stack: Stack, size: int, first: int) -> list[tuple[str, str, bytes]]:
    """Comments that somebody wrote, each as (digest of the body, comment, whole request)."""
    made = stack.ctl(
        "POST", "comments", op="burst", n=size, platform="tiktok", channel="nox",
        text=f"Number {first} and {{i}}",
    )["ids"]  # fmt: skip
    found = []
    for comment in made:
        push = stack.ctl("POST", "webhooks", platform="tiktok", channel="nox", comment=comment)
        body = push["body"].encode()
        headers = {n: v for n, v in push["headers"].items() if n != "content-type"}
        found.append((hashlib.sha256(body).hexdigest(), comment, request(body, headers)))
    return found


async def _send_all(
    stack: Stack, books: Books, made: list[tuple[str, str, bytes]], chance: random.Random
) -> None:
    again = [each for each in made if chance.randrange(TWICE) == 0]
    left = iter([*made, *again])

    async def line() -> None:
        for digest, comment, raw in left:
            while await _post(stack.port, raw) != 200:
                books.attempts += 1
                await asyncio.sleep(0.2)
            books.attempts += 1
            books.acknowledged[digest] = comment

    await asyncio.gather(*(line() for _ in range(LINES)))


async def _post(port: int, raw: bytes) -> int:
    """One delivery on a line of its own; 0 when no answer came back."""
    try:
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        writer.write(raw)
        try:
            return await asyncio.wait_for(answer_of(reader), 15)
        finally:
            writer.close()
    except (OSError, EOFError, TimeoutError):
        return 0


def _kill_at(
    stack: Stack, books: Books, at: list[int], chance: random.Random, is_over: threading.Event
) -> None:
    """Kill somebody whenever that many deliveries have been acknowledged."""
    for number in at:
        while len(books.acknowledged) < number:
            if is_over.wait(0.01):
                return
        _kill(stack, books, chance)


def _kill(stack: Stack, books: Books, chance: random.Random) -> None:
    """SIGKILL to one of the four; whoever is just being started again is waited for."""
    name = chance.choice(list(VICTIMS))
    found = stack.until(
        lambda: [pid for pid, line in children(stack).items() if VICTIMS[name] in line], 60, name
    )
    os.kill(found[0], signal.SIGKILL)
    books.kills[name] += 1


def _unfinished(stack: Stack) -> int:
    waiting = (
        "SELECT count(*) FROM public.accounts_job WHERE state IN ('queued', 'sent', 'running') "
        "AND name IN ('integrations.route_webhook', 'integrations.apply_webhook')"
    )
    return _count(stack, waiting)


def _count(stack: Stack, query: str) -> int:
    """A count; -1 while the database is away."""
    try:
        return int(sql(stack, query))
    except Exception:  # it was killed on purpose
        return -1


def _column(stack: Stack, query: str) -> list[str]:
    return str(sql(stack, query) or "").split()


if __name__ == "__main__":
    sys.exit(main())
