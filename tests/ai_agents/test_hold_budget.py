"""A budget holds through failover, a killed worker and the end of a month."""

import contextvars
import itertools
import os
import signal
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from asgiref.sync import async_to_sync
from django.db import connections
from django.db.models import Sum
from django.utils import timezone
from pydantic_ai import Agent

from accounts import outbox, tenancy
from accounts.models import Job, User, Workspace
from ai_agents.catalogue.models import CostDay
from ai_agents.models import Allowance, Preference, Reservation, Usage
from ai_agents.providers.chain import Call, open_chain
from ai_agents.queries.limits import month_of
from ai_agents.services import charges, ledger
from tests.ai_agents.conftest import make_price
from tests.database import cloned_database
from tests.stack import ROOT

REQUESTS, MONEY = Allowance.Measure.REQUESTS, Allowance.Measure.MONEY
ZERO = Decimal(0)
MINUTE = timedelta(minutes=1)


@pytest.fixture
def lumen_for_real(template_name: str, django_db_blocker: Any) -> Iterator[User]:
    """Lumen in a database of its own, where every thread and process commits; its owner."""
    with django_db_blocker.unblock(), cloned_database(template_name):
        alice = User.objects.get(email="alice@example.test")
        with tenancy.enter(Workspace.objects.get(slug="lumen")):
            yield alice
        connections.close_all()


def at_once(ask: Callable[[int], str], *, count: int, threads: int) -> list[str]:
    """What `ask` said for each number, with that many threads that begin together."""
    start = threading.Barrier(threads)

    def work(numbers: range) -> list[str]:
        start.wait(timeout=60)
        try:
            return [ask(number) for number in numbers]
        finally:
            connections.close_all()

    with ThreadPoolExecutor(threads) as pool:
        waiting = [
            pool.submit(contextvars.copy_context().run, work, range(at, count, threads))
            for at in range(threads)
        ]
        return list(itertools.chain(*(one.result(timeout=300) for one in waiting)))


def reserve(user: User, key: str) -> Reservation:
    return ledger.reserve(
        user=user, agent="content", operation="caption", key=key, request_hash="h"
    )[0]


def spent() -> Decimal:
    return Usage.objects.aggregate(total=Sum("cost"))["total"] or ZERO


def books_agree() -> bool:
    """Whether usage, money, the month's charge and the staff's days are one sum."""
    money = Allowance.objects.filter(measure=MONEY).aggregate(total=Sum("used"))["total"] or ZERO
    with tenancy.public():
        days = CostDay.objects.aggregate(total=Sum("cost"))["total"] or ZERO
    months = Usage.objects.values_list("month", flat=True).order_by("month").distinct()
    charged = sum((charges.rebuild_charge(month) for month in months), ZERO)
    return spent() == money == days == charged


@pytest.fixture
def one_day(monkeypatch: pytest.MonkeyPatch) -> None:
    """No midnight comes between two askers."""
    monkeypatch.setattr(timezone, "now", lambda: datetime(2026, 11, 20, 12, tzinfo=UTC))


@pytest.mark.usefixtures("one_day")
def test_two_hundred_at_once_through_failover_get_exactly_a_hundred(
    lumen_for_real: User, chain: Callable[[str], Any], settings: Any
) -> None:
    settings.AI_BREAKER_OPEN_SECONDS = settings.AI_BREAKER_WINDOW_SECONDS = 3_600
    loopback = chain("gemini:g1, openai:o1")
    loopback.script = {"g1": {"status": 503}}
    make_price("gemini", "g1")
    make_price("openai", "o1", "3")  # the one that answers is dearer
    Preference.objects.create(day_limit=Decimal(9_999))

    async def run(call: Call) -> None:
        async with open_chain(call) as model:
            await Agent(model).run("When should I post?")

    def ask(number: int) -> str:
        try:
            reservation = reserve(lumen_for_real, str(number))
        except ledger.Refused as refused:
            return str(refused.allowance.measure)
        async_to_sync(run)(Call(reservation, 240))
        ledger.settle(reservation, answered=True)
        return "answered"

    answers = at_once(ask, count=200, threads=8)
    assert (answers.count("answered"), answers.count(REQUESTS)) == (100, 100)
    requests = Allowance.objects.get(measure=REQUESTS)
    assert [requests.limit, requests.used, requests.reserved] == [100, 100, 0]
    assert Allowance.objects.get(measure=MONEY).reserved == 0
    assert loopback.asked("o1") == Usage.objects.filter(model="o1").count() == 100
    # Eight may be under way when the third failure opens the circuit.
    assert loopback.asked("g1") <= 3 + 8
    assert books_agree()


@pytest.mark.usefixtures("one_day")
def test_money_is_not_overspent_when_all_fall_over_to_a_dearer_model(lumen_for_real: User) -> None:
    Preference.objects.create(day_limit=Decimal("0.5"))
    cheap, dear = Decimal("0.001"), Decimal("0.02")

    def ask(number: int) -> str:
        reservation = reserve(lumen_for_real, str(number))
        try:
            ledger.cover(reservation, amount=cheap)  # it fails, and the dearer one is next
            ledger.cover(reservation, amount=dear)
        except ledger.Refused as refused:
            ledger.settle(reservation, answered=False)
            return str(refused.allowance.measure)
        ledger.record(
            Usage(
                reservation=reservation, attempt=2, provider="openai", deployment="openai:o1",
                model="o1", input_tokens=1, output_tokens=1, cost=dear, outcome="ok", latency_ms=1,
            )
        )  # fmt: skip
        ledger.settle(reservation, answered=True)
        return "answered"

    answers = at_once(ask, count=90, threads=8)
    money = Allowance.objects.get(measure=MONEY)
    assert money.used == answers.count("answered") * dear <= Decimal("0.5")
    assert money.reserved == 0
    # What others hold for a moment may turn a late one away; alone, the rest of it is given.
    room = 25 - answers.count("answered")
    assert [ask(1_000 + number) for number in range(room + 1)] == ["answered"] * room + [MONEY]
    assert Allowance.objects.get(measure=MONEY).used == Decimal("0.5")
    assert books_agree()


def test_each_month_has_its_own_hundred_at_the_boundary(
    lumen_for_real: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    Preference.objects.create(day_limit=Decimal(9_999))
    edge = datetime(2026, 12, 1, tzinfo=UTC)
    clock = threading.local()
    monkeypatch.setattr(timezone, "now", lambda: clock.at)

    def ask(number: int) -> str:
        clock.at = edge + MINUTE * (1 if number % 2 else -1)
        try:
            reservation = reserve(lumen_for_real, str(number))
        except ledger.Refused:
            return "refused"
        clock.at = edge + MINUTE  # the answer comes after midnight
        ledger.record(
            Usage(
                reservation=reservation, attempt=1, provider="openai", deployment="openai:o1",
                model="o1", input_tokens=1, output_tokens=1, cost=Decimal("0.000000000007"),
                outcome="ok", latency_ms=1,
            )
        )  # fmt: skip
        ledger.settle(reservation, answered=True)
        return "answered"

    answers = at_once(ask, count=320, threads=8)
    assert (answers.count("answered"), answers.count("refused")) == (200, 120)
    used = dict(Allowance.objects.filter(measure=REQUESTS).values_list("period", "used"))
    assert used == {"2026-11": 100, "2026-12": 100}
    clock.at = edge
    assert charges.rebuild_charge("2026-11") == charges.rebuild_charge("2026-12")
    assert books_agree()


KILLED = """
import os, sys, time
os.environ["DJANGO_SETTINGS_MODULE"] = "creator_ai.settings"
import django
django.setup()
from decimal import Decimal
from accounts import tenancy
from accounts.models import User, Workspace
from ai_agents.models import Usage
from ai_agents.services import ledger
alice = User.objects.get(email="alice@example.test")
with tenancy.enter(Workspace.objects.get(slug="lumen")):
    reservation, _ = ledger.reserve(
        user=alice, agent="content", operation="caption", key=sys.argv[1], request_hash="h")
    ledger.cover(reservation, amount=Decimal("0.02"))
    if sys.argv[2] == "answered":
        ledger.record(Usage(
            reservation=reservation, attempt=1, provider="openai", deployment="openai:o1",
            model="o1", input_tokens=1, output_tokens=1, cost=Decimal("0.000000000013"),
            outcome="ok", latency_ms=1))
    print("held", flush=True)
    time.sleep(600)
"""


@pytest.mark.parametrize("how_far", ["asking", "answered"])
def test_a_killed_worker_s_reservation_is_given_back_once(
    lumen_for_real: User, how_far: str
) -> None:
    worker = subprocess.Popen(
        [sys.executable, "-W", "ignore", "-c", KILLED, "lost", how_far],
        cwd=ROOT, env=dict(os.environ), stdout=subprocess.PIPE, text=True,
    )  # fmt: skip
    try:
        assert worker.stdout is not None
        assert worker.stdout.readline() == "held\n"  # ends with the process at the latest
        worker.send_signal(signal.SIGKILL)
        assert worker.wait(timeout=60) == -signal.SIGKILL
    finally:
        worker.kill()
        worker.wait(timeout=60)
    requests = Allowance.objects.get(measure=REQUESTS)
    assert [requests.reserved, requests.used] == [1, 0]
    assert Allowance.objects.get(measure=MONEY).reserved == Decimal("0.02")
    again, is_new = ledger.reserve(
        user=lumen_for_real, agent="content", operation="caption", key="lost", request_hash="h"
    )
    assert not is_new  # a second run sees the first one's and asks nobody
    for _ in range(2):  # and the job that gives it back may itself come twice
        _run_expiry()
    again.refresh_from_db()
    assert again.state == Reservation.State.RELEASED
    requests.refresh_from_db()
    assert [requests.reserved, requests.used] == [0, 0]
    money = Allowance.objects.get(measure=MONEY)
    assert [money.reserved, money.used] == [0, spent()]
    assert spent() == (Decimal("0.000000000013") if how_far == "answered" else ZERO)
    assert books_agree()
    assert charges.rebuild_charge(month_of(timezone.now())) == spent()


def _run_expiry() -> None:
    """Run the job that gives back, as the worker does once its time has come."""
    with tenancy.public():
        jobs = Job.objects.filter(name="ai_agents.expire_reservation")
        assert jobs.count() == 1
        jobs.update(run_at=timezone.now(), state=Job.State.QUEUED, lease=None)
        due = [row for row in outbox.lease_due() if row[3]]
    for job_id, lease, _queue, schema in due:
        with tenancy.enter(schema):
            outbox.run(job_id, lease)
