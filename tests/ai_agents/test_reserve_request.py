"""The ledger: limits hold whatever happens at once, and every sum agrees to the last decimal."""

import contextvars
import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from decimal import Decimal

import pytest
from django.db import connections
from django.db.models import Sum
from django.utils import timezone
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from accounts import tenancy
from accounts.models import Job, Plan, User, Workspace
from ai_agents.catalogue.models import CostDay
from ai_agents.models import Allowance, MonthlyCharge, Preference, Reservation, Usage
from ai_agents.queries.limits import month_of, period_end
from ai_agents.services import charges, ledger
from tests.database import cloned_database

REQUESTS, MONEY = Allowance.Measure.REQUESTS, Allowance.Measure.MONEY
NOVEMBER = datetime(2026, 11, 30, 23, 59, 59, tzinfo=UTC)
DECEMBER = datetime(2026, 12, 1, 0, 0, 1, tzinfo=UTC)


def reserve(user, key, **options):
    values = {"agent": "content", "operation": "caption", "request_hash": "h", **options}
    return ledger.reserve(user=user, key=key, **values)


def make_usage(reservation, attempt=1, cost="0.000123456789", **fields):
    values = {
        "provider": "gemini", "deployment": "gemini:g1", "model": "g1", "input_tokens": 10,
        "output_tokens": 5, "outcome": "ok", "latency_ms": 3,
    }  # fmt: skip
    return Usage(reservation=reservation, attempt=attempt, cost=Decimal(cost), **(values | fields))


def allowance(measure):
    return Allowance.objects.get(measure=measure)


@pytest.mark.usefixtures("in_lumen")
def test_it_takes_a_request_and_gives_it_back_once(alice):
    reservation, is_new = reserve(alice, "a")
    assert is_new
    assert (allowance(REQUESTS).reserved, allowance(REQUESTS).limit) == (1, 100)
    assert ledger.settle(reservation, answered=False)
    assert not ledger.settle(reservation, answered=True)
    assert (allowance(REQUESTS).reserved, allowance(REQUESTS).used) == (0, 0)


@pytest.mark.usefixtures("in_lumen")
def test_the_same_key_asks_once(alice, bob):
    first, _ = reserve(alice, "a")
    again, is_new = reserve(alice, "a")
    assert (again.pk, is_new) == (first.pk, False)
    assert allowance(REQUESTS).reserved == 1
    with pytest.raises(ledger.KeyReused):
        reserve(alice, "a", request_hash="other")
    other, is_new = reserve(bob, "a")
    assert is_new
    assert other.pk != first.pk


def test_the_same_key_in_two_workspaces_is_two(nina, lumen, nova):
    with tenancy.enter(lumen):
        here, _ = reserve(nina, "a")
    with tenancy.enter(nova):
        there, is_new = reserve(nina, "a")
        assert is_new
        assert not Reservation.objects.filter(pk=here.pk).exists()
    assert here.pk != there.pk


@pytest.mark.usefixtures("in_lumen")
def test_money_is_refused_before_it_is_spent_and_nothing_stays_reserved(alice):
    Preference.objects.create(day_limit=Decimal("0.01"))
    reservation, _ = reserve(alice, "a", amount=Decimal("0.004"))
    ledger.cover(reservation, amount=Decimal("0.009"))
    assert allowance(MONEY).reserved == Decimal("0.009")
    with pytest.raises(ledger.Refused) as refusal:
        ledger.cover(reservation, amount=Decimal("0.011"))
    assert refusal.value.allowance.measure == MONEY
    with pytest.raises(ledger.Refused):
        reserve(alice, "b", amount=Decimal("0.002"))
    assert allowance(REQUESTS).reserved == 1
    assert not Reservation.objects.filter(operation="caption").exclude(pk=reservation.pk).exists()


@pytest.mark.usefixtures("in_lumen")
def test_a_dearer_attempt_counts_what_was_spent_before(alice):
    Preference.objects.create(day_limit=Decimal("0.01"))
    reservation, _ = reserve(alice, "a")
    ledger.cover(reservation, amount=Decimal("0.004"))
    ledger.record(make_usage(reservation, cost="0.004"))
    ledger.cover(reservation, amount=Decimal("0.006"))
    with pytest.raises(ledger.Refused):
        ledger.cover(reservation, amount=Decimal("0.0061"))
    ledger.settle(reservation, answered=True)
    assert (allowance(MONEY).used, allowance(MONEY).reserved) == (Decimal("0.004"), 0)


@pytest.mark.usefixtures("in_lumen")
def test_an_answer_after_the_reservation_was_given_back_is_still_paid(alice):
    reservation, _ = reserve(alice, "a")
    ledger.settle(reservation, answered=False)
    assert ledger.record(make_usage(reservation))
    assert not ledger.record(make_usage(reservation))
    assert allowance(MONEY).used == Decimal("0.000123456789")
    with pytest.raises(LookupError):
        ledger.cover(reservation, amount=Decimal(0))


def test_who_never_comes_back_is_settled_by_a_job(lumen, alice, run_jobs):
    with tenancy.enter(lumen):
        reservation, _ = reserve(alice, "a")
        ledger.record(make_usage(reservation))
    assert run_jobs() == 0
    assert run_jobs(later=True) >= 1
    with tenancy.enter(lumen):
        reservation.refresh_from_db()
        assert reservation.state == Reservation.State.RELEASED
        assert (allowance(REQUESTS).used, allowance(MONEY).used) == (0, Decimal("0.000123456789"))
    assert Job.objects.filter(name="ai_agents.expire_reservation", state="done").exists()


@pytest.mark.usefixtures("in_lumen")
def test_a_month_ends_while_a_question_is_open(alice, monkeypatch):
    monkeypatch.setattr(timezone, "now", lambda: NOVEMBER)
    reservation, _ = reserve(alice, "a")
    monkeypatch.setattr(timezone, "now", lambda: DECEMBER)
    ledger.record(make_usage(reservation))
    ledger.settle(reservation, answered=True)
    reserve(alice, "b")
    months = dict(Allowance.objects.filter(measure=REQUESTS).values_list("period", "used"))
    assert months == {"2026-11": 1, "2026-12": 0}
    assert charges.rebuild_charge("2026-11") == Decimal("0.000123456789")
    assert charges.rebuild_charge("2026-12") == 0


@pytest.mark.usefixtures("in_lumen")
def test_limits_follow_plan_and_person(lumen, alice, bob):
    reserve(alice, "a")
    lumen.plan = Plan.PREMIUM
    Preference.objects.create(person_requests=1)
    reserve(bob, "a")
    assert Allowance.objects.get(measure=REQUESTS, user_id=None).limit is None
    with pytest.raises(ledger.Refused) as refusal:
        reserve(bob, "b")
    assert refusal.value.allowance.user_id == bob.pk
    assert refusal.value.resets_at.day == 1
    Preference.objects.update(is_stopped=True)
    with pytest.raises(ledger.Stopped):
        reserve(alice, "b")


@pytest.mark.parametrize(
    ("period", "end"),
    [
        ("2026-11", datetime(2026, 12, 1, tzinfo=UTC)),
        ("2026-12", datetime(2027, 1, 1, tzinfo=UTC)),
        ("2028-02-28", datetime(2028, 2, 29, tzinfo=UTC)),
    ],
)
def test_when_a_limit_begins_anew(period, end):
    assert period_end(period) == end


def test_two_hundred_at_once_get_exactly_a_hundred(template_name, django_db_blocker):
    with django_db_blocker.unblock(), cloned_database(template_name):
        alice = User.objects.get(email="alice@example.test")
        with tenancy.enter(Workspace.objects.get(slug="lumen")):
            Preference.objects.create(day_limit=Decimal("0.75"))
            answers = _all_at_once(alice, count=200, threads=16)
            assert answers.count("answered") == 75
            assert answers.count(MONEY) + answers.count(REQUESTS) == 125
            assert allowance(MONEY).used == Decimal("0.75")
            assert allowance(MONEY).reserved == allowance(REQUESTS).reserved == 0
            Preference.objects.update(day_limit=Decimal(99))
            answers = _all_at_once(alice, count=200, threads=16, round_name="second")
            assert answers.count("answered") == 25
            assert allowance(REQUESTS).used == 100
        connections.close_all()


def _all_at_once(user, *, count, threads, round_name="first"):
    start = threading.Barrier(threads)
    first = threading.local()

    def ask(number):
        if not hasattr(first, "waited"):
            first.waited = True
            start.wait(timeout=20)
        try:
            reservation, _ = reserve(user, f"{round_name} {number}", amount=Decimal("0.01"))
            ledger.record(make_usage(reservation, cost="0.01"))
            ledger.settle(reservation, answered=True)
        except ledger.Refused as refusal:
            return refusal.allowance.measure
        return "answered"

    def work(numbers):
        try:
            return [ask(number) for number in numbers]
        finally:
            connections.close_all()

    with ThreadPoolExecutor(threads) as pool:
        waiting = [
            pool.submit(contextvars.copy_context().run, work, range(at, count, threads))
            for at in range(threads)
        ]
        return [answer for future in waiting for answer in future.result(timeout=120)]


STEPS = st.lists(
    st.tuples(
        st.sampled_from(["reserve", "cover", "record", "commit", "release", "charge"]),
        st.integers(0, 5),
        st.decimals("0", "0.02", places=12),
    ),
    max_size=40,
)


@pytest.mark.usefixtures("in_lumen")
@settings(
    max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(steps=STEPS)
def test_every_sum_agrees_whatever_the_order(alice, steps):
    for model in (Usage, Reservation, Allowance, Preference, MonthlyCharge):
        model.objects.all().delete()
    CostDay.objects.update(cost=0, attempts=0)
    Preference.objects.create(day_limit=Decimal("0.05"))
    known: dict[int, Reservation] = {}
    attempts = 0
    for step, number, amount in steps:
        reservation = known.get(number)
        try:
            if step == "reserve":
                known[number], _ = reserve(alice, str(number), amount=amount)
            elif step == "charge":
                charges.mark_charged(month_of(datetime.now(UTC)))
            elif reservation is None:
                continue
            elif step == "cover":
                ledger.cover(reservation, amount=amount)
            elif step == "record":
                attempts += 1
                ledger.record(make_usage(reservation, attempts, cost=str(amount)))
            else:
                ledger.settle(reservation, answered=step == "commit")
        except (ledger.Refused, LookupError):
            continue
    open_ones = Reservation.objects.filter(state=Reservation.State.RESERVED)
    for reservation in open_ones:
        ledger.settle(reservation, answered=False)
    spent = Usage.objects.aggregate(total=Sum("cost"))["total"] or Decimal(0)
    money = Allowance.objects.filter(measure=MONEY).aggregate(total=Sum("used"))["total"]
    assert (money or Decimal(0)) == spent
    assert not Allowance.objects.exclude(reserved=0).exists()
    assert charges.rebuild_charge(month_of(datetime.now(UTC))) == spent
    parts = MonthlyCharge.objects.aggregate(total=Sum("total"))["total"] or Decimal(0)
    assert parts == spent
    assert (CostDay.objects.aggregate(total=Sum("cost"))["total"] or Decimal(0)) == spent
    committed = Reservation.objects.filter(state=Reservation.State.COMMITTED).count()
    counted = Allowance.objects.filter(measure=REQUESTS).aggregate(total=Sum("used"))["total"]
    assert (counted or 0) == committed
