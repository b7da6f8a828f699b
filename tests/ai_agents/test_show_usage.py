"""The usage page: the limits for all, people and money for those who manage, nothing foreign."""

from datetime import UTC
from decimal import Decimal
from html import unescape

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from accounts import tenancy
from accounts.models import AuditEntry
from ai_agents import tasks
from ai_agents.models import MonthlyCharge, Preference, Usage
from ai_agents.queries.limits import month_of, standings_of
from ai_agents.queries.usage import month_usage
from ai_agents.services import charges, ledger
from tests.ai_agents.test_reserve_request import make_usage, reserve

PAGE = "/ai/usage/"


def ask(user, key, cost="0.5", agent="content", **fields):
    reservation, _ = reserve(user, key, agent=agent, amount=Decimal(cost))
    ledger.record(make_usage(reservation, cost=cost, **fields))
    ledger.settle(reservation, answered=True)
    return reservation


def now_month():
    return month_of(timezone.now())


@pytest.mark.usefixtures("in_lumen")
def test_the_month_equals_the_rows_and_the_charge(alice, bob, lumen):
    ask(alice, "a", cost="0.25")
    ask(alice, "b", cost="0.000000000001", agent="sales")
    ask(bob, "c", cost="0.125")
    charges.mark_charged(now_month())
    ask(bob, "d", cost="0.0625")
    membership = alice.memberships.get(workspace=lumen)
    found = month_usage(membership, now_month())
    assert [(line.requests, line.calls, line.cost) for line in found.agents] == [
        (3, 3, Decimal("0.4375")),
        (1, 1, Decimal("0.000000000001")),
    ]
    assert [(line.label, line.requests) for line in found.people] == [
        (alice.label, 2),
        (bob.label, 2),
    ]
    assert found.cost == charges.rebuild_charge(now_month())
    assert found.charged == Decimal("0.375000000001")
    assert sum(cost for _, cost in found.days) == found.cost
    assert found.days[-1][0] == timezone.now().astimezone(UTC).date()
    assert len(found.recent) == 4


@pytest.mark.usefixtures("in_lumen")
def test_what_is_reserved_counts_as_gone(alice):
    Preference.objects.create(person_requests=4)
    ask(alice, "a")
    reserve(alice, "b", amount=Decimal("0.5"))
    shares = [one.percent for one in standings_of(Preference.objects.get(), alice, timezone.now())]
    assert shares == [2, 50, 50]


@pytest.mark.usefixtures("in_lumen")
def test_shares_of_no_limit_of_zero_and_of_a_lowered_one(alice, lumen, settings):
    ask(alice, "a")
    settings.AI_PLAN_REQUESTS = {lumen.plan: None}
    for limit, percent in ((Decimal(0), 100), (Decimal("0.001"), 50000)):
        preference = Preference(day_limit=limit)
        requests, money = standings_of(preference, alice, timezone.now())
        assert [requests.gone, requests.percent, money.percent] == [1, None, percent]


def test_a_reader_sees_the_limits_but_no_money_and_no_people(client_for, vera, alice, lumen):
    with tenancy.enter(lumen):
        ask(alice, "a", cost="1.2345")
    page = unescape(client_for(vera, lumen).get(PAGE).content.decode())
    assert "1 of 100" in page
    assert "1.2345" not in page
    assert alice.label not in page.partition("<main")[2]
    assert client_for(vera, lumen).post(PAGE, {"day_limit": "5"}).status_code == 403


def test_who_manages_sees_all_of_this_workspace_only(client_for, nina, alice, charlie, lumen, nova):
    with tenancy.enter(lumen):
        ask(alice, "a", cost="0.25", model="<b>evil</b>")
    with tenancy.enter(nova):
        ask(charlie, "b", cost="0.0777")
    page = client_for(nina, lumen).get(PAGE).content.decode()
    assert alice.label in page
    assert "0.250000" in page
    assert "0.0777" not in page
    assert "&lt;b&gt;evil&lt;/b&gt;" in page


def test_changing_the_limits_is_written_down_and_holds_at_once(client_for, nina, alice, lumen):
    client = client_for(nina, lumen)
    assert client.post(PAGE, {"day_limit": "0.30", "is_stopped": "on"}).status_code == 302
    with tenancy.enter(lumen):
        preference = Preference.objects.get()
        assert (preference.day_limit, preference.is_stopped) == (Decimal("0.30"), True)
        with pytest.raises(ledger.Stopped):
            reserve(alice, "a")
    entry = AuditEntry.objects.get(action="ai_agents.preference.changed")
    assert entry.actor_id == nina.pk
    assert entry.data == {"day_limit": "0.30", "is_stopped": "True"}
    assert "All agents are stopped." in client.get(PAGE).content.decode()


@pytest.mark.parametrize("wrong", ["", "-1", "1e9", "NaN", "0.001", "x" * 5000])
def test_a_wrong_limit_is_refused_with_a_word_and_changes_nothing(client_for, nina, lumen, wrong):
    answer = client_for(nina, lumen).post(PAGE, {"day_limit": wrong, "sends_comments": "on"})
    assert answer.status_code == 422
    assert 'aria-invalid="true"' in answer.content.decode()
    with tenancy.enter(lumen):
        assert not Preference.objects.exists()


@pytest.mark.parametrize(
    "month", ["2026-13", "0001-01", "x", "9999-12", "2026-11' OR 1=1", "²026-01"]
)
def test_a_strange_month_shows_this_one(client_for, nina, lumen, month):
    answer = client_for(nina, lumen).get(PAGE, {"month": month})
    assert answer.status_code == 200
    assert answer.context["month"].strftime("%Y-%m") == now_month()


def test_earlier_months_are_reached_and_end_at_the_first(client_for, nina, alice, lumen):
    with tenancy.enter(lumen):
        reservation = ask(alice, "a")
        Usage.objects.filter(reservation=reservation).update(month="2026-01")
    client = client_for(nina, lumen)
    answer = client.get(PAGE, {"month": "2026-01"})
    assert (answer.context["earlier"], answer.context["later"]) == ("", "2026-02")
    assert len(answer.context["usage"].agents) == 1


def test_the_page_asks_as_little_for_many_rows_as_for_few(client_for, nina, alice, bob, lumen):
    client = client_for(nina, lumen)

    def queries():
        with CaptureQueriesContext(connection) as captured:
            assert client.get(PAGE).status_code == 200
        return len(captured)

    with tenancy.enter(lumen):
        ask(alice, "a", cost="0.01")
    queries()
    few = queries()
    with tenancy.enter(lumen):
        for number in range(12):
            ask(
                (alice, bob)[number % 2],
                f"b{number}",
                cost="0.01",
                agent=("sales", "coach")[number % 2],
            )
    assert queries() == few


def test_the_beat_makes_the_charges_of_those_who_asked(alice, charlie, lumen, nova, run_jobs):
    for user, workspace, cost in ((alice, lumen, "0.25"), (charlie, nova, "0.5")):
        with tenancy.enter(workspace):
            ask(user, "a", cost=cost)
    assert tasks.keep_charges() == 2
    run_jobs()
    assert charges.promise_charges() == 2
    run_jobs()
    for workspace, cost in ((lumen, "0.25"), (nova, "0.5")):
        with tenancy.enter(workspace):
            assert [one.total for one in MonthlyCharge.objects.all()] == [Decimal(cost)]


@pytest.mark.usefixtures("in_lumen")
def test_those_who_manage_hear_once_at_80_and_once_at_100(
    alice, bob, nina, lumen, run_jobs, mailoutbox, settings
):
    settings.AI_PLAN_REQUESTS = {lumen.plan: 5}
    heard = []
    for number in range(5):
        ask((alice, bob)[number % 2], f"k{number}", cost="0.0001")
        run_jobs()
        heard.append(sorted(letter.to[0] for letter in mailoutbox))
        if number < 4:
            mailoutbox.clear()
    told = sorted([alice.email, nina.email])
    assert heard == [[], [], [], told, told]
    assert "used up" in mailoutbox[0].subject
    assert f"{lumen.url}{PAGE}" in mailoutbox[0].body


@pytest.mark.usefixtures("in_lumen")
def test_money_that_an_answer_after_the_deadline_cost_is_told_too(alice, run_jobs, mailoutbox):
    Preference.objects.create(day_limit=Decimal("0.10"))
    reservation, _ = reserve(alice, "a", amount=Decimal("0.01"))
    ledger.settle(reservation, answered=False)
    ledger.record(make_usage(reservation, cost="0.09"))
    run_jobs()
    assert {letter.subject for letter in mailoutbox} == {
        "Aura: 80 % of an AI limit of Lumen are used"
    }
