"""`kill -9` of `manage.py listen`, again and again: what the platform offers is kept once."""

import json
import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
from django.db import connections, transaction
from django.utils import timezone

from accounts import outbox, tenancy
from accounts.models import Job, User, Workspace
from integrations.models import Comment, CoverageGap
from integrations.outcomes import Outcome
from integrations.routing.models import WebhookDelivery
from tests.database import cloned_database
from tests.integrations.sandbox_server import SandboxServer
from tests.integrations.twitch_cast import sessions

ROOT = Path(__file__).resolve().parents[2]
PATIENCE_S = 120.0  # a busy machine starts a process slowly
SAID = 20


@pytest.fixture
def listen(sandbox: SandboxServer, settings: Any, tmp_path: Path) -> Iterator[Callable[..., Any]]:
    """`listen()`: the command as a process of its own, which hears all there is to hear."""
    started: list[subprocess.Popen[bytes]] = []
    log = tmp_path / "listen.log"
    environment = {
        "DJANGO_SETTINGS_MODULE": "creator_ai.settings",
        "TOKEN_KEYRING": settings.TOKEN_KEYRING,
        "PLATFORM_ALLOWED_HOSTS": ",".join(sandbox.allowed),
        "TWITCH_CLIENT_ID": settings.TWITCH_CLIENT_ID,
        "TWITCH_CLIENT_SECRET": settings.TWITCH_CLIENT_SECRET,
        **{
            f"PLATFORM_BASE_URL_{name.upper()}": url
            for name, url in sandbox.base_urls.items()
            if name.startswith("twitch")
        },
    }

    def start() -> subprocess.Popen[bytes]:
        with log.open("ab") as output:
            process = subprocess.Popen(
                [sys.executable, "manage.py", "listen"],
                cwd=ROOT,
                env={**os.environ, **environment},
                stdout=output,
                stderr=output,
            )
        started.append(process)
        until(lambda: process.poll() is not None or len(sessions(sandbox)) == 1, "a session")
        assert process.poll() is None, log.read_text(errors="replace")[-3000:]
        return process

    yield start
    for process in started:
        process.kill()
        process.wait()


def until(is_so: Callable[[], bool], what: str) -> None:
    """Wait until something is so."""
    deadline = time.monotonic() + PATIENCE_S
    while not is_so():
        assert time.monotonic() < deadline, f"waited in vain for: {what}"
        time.sleep(0.05)


def kept() -> set[str]:
    """What was said in the frames that are rows."""
    with tenancy.public():
        rows = WebhookDelivery.objects.filter(platform="twitch").values_list("raw_body", flat=True)
        events = [json.loads(bytes(raw))["frame"]["payload"].get("event") or {} for raw in rows]
    return {event["message"]["text"] for event in events if "message" in event}


def kill(process: "subprocess.Popen[bytes]", sandbox: SandboxServer) -> None:
    """As the kernel does it when memory is short."""
    process.kill()
    process.wait()
    until(lambda: not sandbox.memory.wallet("twitch").sessions, "the end of the session")


def work() -> None:
    """Run every due job, as a worker would."""
    with tenancy.public():
        while due := outbox.lease_due():
            for job_id, lease, _queue, schema in due:
                if schema:
                    with tenancy.enter(schema), transaction.atomic():
                        outbox.run(job_id, lease)
                else:
                    outbox.run(job_id, lease)


def test_nothing_offered_is_lost_and_nothing_doubled(
    sandbox, consent, listen, template_name, django_db_blocker
):
    with django_db_blocker.unblock(), cloned_database(template_name):
        alice = User.objects.get(email="alice@example.test")
        lumen = Workspace.objects.get(slug="lumen")
        assert consent(alice, lumen, "mila", kind="twitch") == Outcome.CONNECTED
        unheard_at = live_through_three_kills(sandbox, listen)
        work()
        with tenancy.enter(lumen):
            texts = sorted(Comment.objects.values_list("text", flat=True))
            assert texts == sorted([*(f"said {n}" for n in range(SAID)), "after", "last"])
            assert CoverageGap.objects.filter(
                began_at__lt=unheard_at, ended_at__gt=unheard_at
            ).exists()
        with tenancy.public():
            assert not Job.objects.filter(state=Job.State.DEAD).exists()
            assert not WebhookDelivery.objects.filter(platform="twitch", state="dead").exists()
        connections.close_all()


def live_through_three_kills(sandbox: SandboxServer, listen: Callable[..., Any]) -> datetime:
    """Killed while messages come in, and while they are offered again; when nobody heard."""

    def say(text: str) -> str:
        made: dict[str, str] = sandbox.comment(text, platform="twitch")
        return made["id"]

    def offer_again(ids: list[str]) -> None:
        for comment_id in ids:
            sandbox.ctl("POST", "sockets", op="duplicate", comment=comment_id)

    process = listen()
    ids = [say(f"said {number}") for number in range(SAID)]
    until(lambda: len(kept()) > 0, "the first row")
    kill(process, sandbox)
    before = kept()
    say("said while nobody heard")
    unheard_at = timezone.now()
    process = listen()
    assert kept() >= before  # a row stays one
    offer_again(ids)
    kill(process, sandbox)
    process = listen()
    offer_again(ids)
    until(lambda: len(kept()) == SAID, "every row")
    offer_again(ids)
    say("after")
    until(lambda: "after" in kept(), "the row after")
    kill(process, sandbox)
    listen()
    say("last")
    until(lambda: "last" in kept(), "the last row")
    return unheard_at
