"""X in a workspace: off without a limit, and never beyond it."""

from datetime import UTC, datetime
from decimal import Decimal

import pytest

from accounts import tenancy
from integrations.models import Comment, SocialAccount
from integrations.outcomes import Outcome
from integrations.platforms import purse
from integrations.queries import platform_facts
from integrations.routing.models import MeterPeriod
from integrations.services import connect, money
from integrations.services.schedule import enqueue_sync
from integrations.spending import spending_of

Status = SocialAccount.Status


def cap(settings, dollars) -> None:
    settings.X_MONTHLY_USD = Decimal(str(dollars))
    settings.PLATFORM_MONTHLY_USD = {"x": Decimal(str(dollars))}


@pytest.fixture
def reader(consent, alice, lumen, in_lumen, run_jobs, settings) -> SocialAccount:
    """Nox's account at X, connected and read."""
    assert consent(alice, lumen, "nox", kind="x") == Outcome.CONNECTED
    run_jobs()
    return SocialAccount.objects.get(platform="x")


def test_without_a_limit_it_is_off(settings, sandbox, alice, lumen, in_lumen):
    cap(settings, 0)
    with pytest.raises(connect.NotConfigured):
        connect.start_connection(platform_kind="x", user=alice, workspace=lumen)
    (fact,) = [fact for fact in platform_facts() if fact["kind"] == "x"]
    assert fact["adapter"]
    assert not fact["registered"]
    assert "0.005 dollars" in fact["capabilities"]["comments_read"]["reason"]


def test_what_is_read_is_what_is_paid(reader, sandbox):
    truth = sandbox.found(platform="x", channel="nox", limit=5000)
    stored = set(Comment.objects.values_list("external_id", flat=True))
    assert stored == {one["id"] for one in truth if one["status"] != "rejected"}
    spent = spending_of("x").spent  # type: ignore[union-attr]
    assert spent == Decimal(sandbox.memory.wallet("x").billed_micros) / 1_000_000 > 0


def test_it_stops_at_the_limit_and_says_so(reader, sandbox, run_jobs, settings):
    cap(settings, spending_of("x").spent + Decimal("0.01"))  # type: ignore[union-attr]
    sandbox.comment("unheard", platform="x", channel="nox")
    before = len(sandbox.requests("/x/api/2/users"))
    enqueue_sync(account_code=str(reader.code))
    run_jobs()
    reader.refresh_from_db()
    assert reader.status == Status.QUOTA
    assert "money" in reader.status_reason
    assert reader.retry_at >= purse.month()[1]
    # The profile was read an hour ago at most: only what cannot be paid was left to ask.
    assert len(sandbox.requests("/x/api/2/users")) == before
    assert spending_of("x").is_used_up  # type: ignore[union-attr]
    cap(settings, 1000)
    run_jobs(later=True)
    reader.refresh_from_db()
    assert reader.status == Status.ACTIVE
    assert Comment.objects.filter(text="unheard").exists()


def test_two_workspaces_share_one_limit(settings, db):
    cap(settings, 1)
    purse = money.MonthlyPurse("x")
    assert purse.reserve(600_000)
    assert not purse.reserve(600_000)
    assert purse.reserve(400_000)
    assert spending_of("x").spent == 1  # type: ignore[union-attr]


def test_an_answer_after_midnight_belongs_to_its_question(settings, monkeypatch, db):
    cap(settings, 1)
    november, december = ("2026-11", None), ("2026-12", datetime(2027, 1, 1, tzinfo=UTC))
    monkeypatch.setattr(purse, "month", lambda: november)
    pot = money.MonthlyPurse("x")
    receipt = pot.reserve(900_000)
    monkeypatch.setattr(purse, "month", lambda: december)
    pot.settle(receipt, held=900_000, used=250_000)
    with tenancy.public():
        (row,) = MeterPeriod.objects.all()
    assert (row.period, row.used, row.held) == ("2026-11", 250_000, 0)
    assert pot.reserve(1_000_000) == "2026-12"


def test_what_a_dead_worker_held_counts_as_spent(settings, db):
    cap(settings, 1)
    money.MonthlyPurse("x").reserve(700_000)  # and it was never seen again
    assert spending_of("x").spent == Decimal("0.7")  # type: ignore[union-attr]
    assert not money.MonthlyPurse("x").reserve(400_000)


def test_a_platform_without_prices_has_no_purse(settings):
    assert spending_of("youtube") is None
