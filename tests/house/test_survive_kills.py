"""`kill -9` of the worker, Valkey and PostgreSQL in the middle of 1,000 comments: exactly 1,000."""

import hashlib
import json
import os
import shutil
import signal
import time
from collections.abc import Iterator
from functools import partial
from pathlib import Path

import pytest

from tests import journey
from tests.journey import THEO, sql
from tests.stack import ROOT, Stack, running_stack

COMMENTS = 1000
VICTIMS = [b"sync,llm", b"valkey-server", b"bin/postgres"]
SCORING_WORKER = b"score@"


@pytest.fixture(scope="module")
def stack() -> Iterator[Stack]:
    """A stack of its own: these tests break things."""
    with running_stack() as running:
        yield running


def _kill(stack: Stack, mark: bytes) -> int:
    """SIGKILL to the process of this stack whose command line holds `mark`; its pid."""
    port = stack.urls["database_url"].rsplit(":", 1)[1].split("/")[0].encode()
    redis = stack.urls["redis_url"].rsplit(":", 1)[1].split("/")[0].encode()
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            line = (folder / "cmdline").read_bytes()
            environment = (folder / "environ").read_bytes() if b"celery" in line else b""
        except OSError:
            continue
        ours = {VICTIMS[1]: redis in line, VICTIMS[2]: port in line}.get(
            mark, f"PORT={stack.port}".encode() in environment
        )
        if mark in line and ours:
            os.kill(int(folder.name), signal.SIGKILL)
            return int(folder.name)
    raise AssertionError(f"nothing runs with {mark!r}")


def _count(stack: Stack, query: str) -> int:
    """A count, while the database may be away for a moment."""
    try:
        return int(sql(stack, query))
    except Exception:  # it was killed on purpose
        return -1


def _has(stack: Stack, query: str, least: float) -> bool:
    return _count(stack, query) >= least


def test_nothing_is_lost_and_nothing_doubled(stack: Stack) -> None:
    stack.ctl("POST", "reset", comments=COMMENTS)
    # The crowd goes on commenting meanwhile; these are the ones that were there at the start.
    crowd = stack.ctl("GET", "comments", channel="mila", limit=5000)["comments"]
    expected = {comment["id"] for comment in crowd if comment["status"] != "rejected"}
    assert len(expected) > COMMENTS * 0.98
    stack.ctl("POST", "faults", action="slow", ms=150, times=10_000,
              match={"path_re": "commentThreads"})  # fmt: skip
    browser = stack.sign_in(THEO, stack.demo)
    journey.connect_youtube(stack, browser, stack.demo)
    stored = "SELECT count(*) FROM integrations_comment"
    for share, victim in zip((0.1, 0.3, 0.5), VICTIMS, strict=True):
        wanted = COMMENTS * share
        stack.until(partial(_has, stack, stored, wanted), 180, f"{wanted:g} comments")
        _kill(stack, victim)
    stack.until(partial(_has, stack, stored, len(expected)), 300, "every comment", 0.5)
    stack.until(
        partial(_has, stack, "SELECT count(*) FROM integrations_syncrun WHERE state = 'done'", 1),
        180, "the end of the reading",
    )  # fmt: skip
    unscored = (
        "SELECT count(*) FROM integrations_comment c WHERE NOT is_own AND NOT EXISTS "
        "(SELECT FROM harassment_toxicityscore s WHERE s.comment_id = c.id)"
    )
    stack.until(lambda: _count(stack, unscored) == 0, 300, "every score", 0.5)
    time.sleep(3)  # whatever would be doubled has the time to be

    kept = set(sql(stack, "SELECT string_agg(external_id, ' ') FROM integrations_comment").split())
    assert expected - kept == set()
    one = "SELECT count(*) - count(DISTINCT {}) FROM {}"
    assert sql(stack, one.format("external_id", "integrations_comment")) == 0
    assert sql(stack, one.format("comment_id", "harassment_toxicityscore WHERE is_current")) == 0
    assert sql(stack, one.format("comment_id", "harassment_incident")) == 0
    assert sql(stack, one.format("incident_id", "harassment_alert")) == 0
    incidents = "SELECT count(*) FROM harassment_incident"
    alerts = sql(stack, "SELECT count(*) FROM harassment_alert")
    assert alerts == sql(stack, incidents) > 0
    assert sql(stack, "SELECT count(*) FROM public.accounts_job WHERE state = 'dead'") == 0


def _renamed_model(folder: Path) -> str:
    """A copy of the shipped model that calls itself another; the version it gives itself."""
    shutil.copytree(ROOT / "harassment/classifier/model", folder)
    config = json.loads((folder / "config.json").read_text())
    config["model_version"] = "renamed"
    (folder / "config.json").write_text(json.dumps(config))
    sums = [
        f"{hashlib.sha256(path.read_bytes()).hexdigest()}  {path.name}"
        for path in sorted(folder.iterdir())
        if path.name != "SHA256SUMS"
    ]
    (folder / "SHA256SUMS").write_text("\n".join(sums) + "\n")
    return "renamed"


def test_judging_again_goes_on_where_it_was_killed(
    stack: Stack, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """After the test above: its comments are judged again by a model with another name."""
    scores = "SELECT count(*) FROM harassment_toxicityscore WHERE "
    before = _count(stack, scores + "is_current")
    assert before > COMMENTS * 0.9
    version = _renamed_model(tmp_path / "model")
    stack.stop()
    monkeypatch.setenv("CLASSIFIER_MODEL", str(tmp_path / "model"))
    stack.start()
    renewed = f"{scores} is_current AND model_version = '{version}'"
    for share in (0.2, 0.6):
        stack.until(partial(_has, stack, renewed, before * share), 180, f"{share:.0%} judged")
        _kill(stack, SCORING_WORKER)
    finished = "SELECT count(*) FROM harassment_rescoring WHERE finished_at IS NOT NULL"
    stack.until(
        partial(_has, stack, f"{finished} AND model_version = '{version}'", 1), 180, "the end", 0.5
    )
    assert sql(stack, f"{scores} is_current AND model_version <> '{version}'") == 0
    assert sql(stack, f"{scores} NOT is_current AND model_version <> '{version}'") >= before
    one = "SELECT count(*) - count(DISTINCT {}) FROM {}"
    assert sql(stack, one.format("comment_id", "harassment_toxicityscore WHERE is_current")) == 0
    assert sql(stack, one.format("comment_id", "harassment_incident")) == 0
    assert sql(stack, one.format("incident_id", "harassment_alert")) == 0
    assert sql(stack, "SELECT count(*) FROM public.accounts_job WHERE state = 'dead'") == 0
