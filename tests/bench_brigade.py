"""A thousand comments at once, and what follows from them: the inbox, the export, the verifier.

`python -m tests.bench_brigade SCHEMA HOST EMAIL`, beside a running stack whose AURA_HOME is in the
environment; prints one JSON line for each part. `tests.bench` makes the wave and starts it.
"""

import gc
import hashlib
import json
import os
import statistics
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from creator_ai.embedded import join_running

COMMENTS, AUTHORS = 1000, 400
ABUSE = (
    "You are a worthless idiot and everybody hates you",
    "What a pathetic ugly pig, delete your channel",
    "Nobody wants you here, you disgusting clown",
    "Shut your stupid mouth, you filthy liar",
    "You fat worthless cow, go and hide",
    "Piece of trash, I hope you lose everything",
)
ITEMS = 500  # of one export
LINKS = 100_000  # of one chain
PAGES = 60


def said(number: int) -> dict[str, Any]:
    """One comment of the wave, as the sandbox takes it."""
    text = f"{ABUSE[number % len(ABUSE)]} {number * 7919}"
    return {"op": "add", "text": text, "author": f"@brigade.{number % AUTHORS}"}


def main(schema: str, host: str, email: str) -> int:
    """Print the lines."""
    join_running()
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "creator_ai.settings")
    import django

    django.setup()

    from accounts import tenancy

    # As the web process does when it begins.
    gc.collect()
    gc.freeze()
    _print("inbox_under_brigade", **_read_inbox(schema, host, email))
    with tenancy.enter(schema):
        _print("brigade", **_count_what_rang())
        _print("export", **_export(email))
        _print("verifier", **_walk_chain())
    return 0


def _print(part: str, **figures: object) -> None:
    print(json.dumps({"part": part, **figures}), flush=True)


def _read_inbox(schema: str, host: str, email: str) -> dict[str, Any]:
    """Server time of the page in this process: no socket, no browser, the database as it is."""
    from django.db import connection
    from django.test import Client
    from django.test.utils import CaptureQueriesContext

    from accounts import tenancy
    from accounts.models import User

    client = Client(headers={"host": host})
    client.force_login(User.objects.get(email=email), "accounts.backends.EmailBackend")
    session = client.session
    session["schema"] = schema
    session.save()

    def read() -> None:
        answer = client.get("/harassment/inbox/")
        assert answer.status_code == 200, answer.status_code

    for _ in range(5):
        read()
    with tenancy.enter(schema), CaptureQueriesContext(connection) as asked:
        read()
        # Counted now: the next page forgets them.
        queries = sum(query["sql"].startswith("SELECT") for query in asked.captured_queries)
    cpu: list[float] = []
    wall: list[float] = []
    for depth in range(PAGES):
        began, busy = time.perf_counter(), time.thread_time()
        _deeper(depth, read)
        wall.append(time.perf_counter() - began)
        cpu.append(time.thread_time() - busy)
    return {"wall_ms": _spread(wall), "cpu_ms": _spread(cpu), "queries": queries}


def _deeper(frames: int, run: Callable[[], None]) -> None:
    """A call at the edge of a piece of the interpreter's stack costs more: none may decide."""
    if frames:
        _deeper(frames - 1, run)
    else:
        run()


def _count_what_rang() -> dict[str, Any]:
    """How many cases the wave made, and how often anybody was called."""
    from harassment.models import Alert, Case, CaseNotice, Incident

    theirs = "@brigade."
    flagged = Incident.objects.filter(comment__author_handle__startswith=theirs)
    cases = flagged.values("case").distinct()
    alerts = Alert.objects.filter(incident__in=flagged)
    return {
        "flagged": flagged.count(),
        "cases": cases.count(),
        "waves": Case.objects.filter(pk__in=cases, author_external_id__startswith="wave:").count(),
        "notifications": alerts.rung().count() + CaseNotice.objects.filter(case__in=cases).count(),
    }


def _export(email: str) -> dict[str, Any]:
    """What a worker does when a person asks for a copy of ITEMS items."""
    from accounts.models import User
    from harassment.exports import verify
    from harassment.models import Case, Evidence, ExportedEvidence
    from harassment.services.exports import build_export

    case = Case.objects.filter(author_external_id__startswith="wave:").order_by("-pk")[0]
    sealed = Evidence.objects.filter(case=case).count()
    wall: list[float] = []
    cpu: list[float] = []
    for _ in range(3):
        run = ExportedEvidence.objects.create(
            case=case, recipient="Bench", language="en", actor_label="Bench",
            actor_id=User.objects.get(email=email).pk, item_count=min(ITEMS, sealed),
        )  # fmt: skip
        began, busy = time.perf_counter(), _cpu()
        build_export(code=str(run.code))
        wall.append(time.perf_counter() - began)
        cpu.append(_cpu() - busy)
    run.refresh_from_db()
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "export.zip"
        path.write_bytes(run.file.open("rb").read())
        began = time.perf_counter()
        report = verify.verify(str(path))
        verified = time.perf_counter() - began
    assert report.is_intact, report.problems
    return {
        "items": run.item_count,
        "seconds": round(statistics.median(wall), 2),
        "cpu_s": round(statistics.median(cpu), 2),
        "size_kb": round((run.size or 0) / 1024),
        "verify_s": round(verified, 3),
    }


def _cpu() -> float:
    """CPU seconds of this process and of those it waited for: the typesetter is one of them."""
    used = os.times()
    return used.user + used.system + used.children_user + used.children_system


def _walk_chain() -> dict[str, Any]:
    """How many links a second the verifier that travels in an export checks."""
    from harassment.exports import verify
    from harassment.exports.items import chain_line
    from harassment.models import Evidence

    sealed = chain_line(Evidence.objects.order_by("-pk")[0])
    link = json.loads(sealed[130:])
    previous, lines = verify.GENESIS, []
    for number in range(1, LINKS + 1):
        payload = verify.canonical({**link, "sequence": number})
        own = hashlib.sha256(previous.encode() + payload).hexdigest()
        lines.append(f"{previous} {own} ".encode() + payload + b"\n")
        previous = own
    raw, problems = b"".join(lines), list[str]()
    wall: list[float] = []
    cpu: list[float] = []
    for _ in range(3):
        began, busy = time.perf_counter(), time.thread_time()
        links = verify.check_chain(raw, problems, [])
        wall.append(time.perf_counter() - began)
        cpu.append(time.thread_time() - busy)
    assert (len(links), problems) == (LINKS, [])
    return {
        "links": LINKS,
        "links_per_s": round(LINKS / statistics.median(wall)),
        "links_per_cpu_s": round(LINKS / statistics.median(cpu)),
    }


def _spread(seconds: Sequence[float]) -> dict[str, float]:
    ordered = sorted(seconds)
    return {
        "p50": round(statistics.median(ordered) * 1000, 1),
        "p95": round(ordered[round(len(ordered) * 0.95) - 1] * 1000, 1),
    }


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:4]))
