"""The safety dashboard counts what is there, names nobody, and asks the database little."""

from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from accounts.models import Membership, Role
from harassment.charts import columns
from harassment.models import Case, Incident, Reveal
from harassment.queries import safety
from harassment.services.scoring import score_comments
from tests.factories import make_account, make_comment
from tests.harassment.conftest import HATE, INSULT, THREAT

HTMX = {"HX-Request": "true"}
PARTS = ("trend", "response", "waves")


@pytest.fixture
def crowd(account, classifier):
    def build(number):
        now = timezone.now()
        ids = [
            make_comment(
                account,
                f"{text} {n}",
                author_external_id=f"UC{n}",
                published_at=now - timedelta(hours=5 * n),
            ).pk
            for n in range(number)
            for text in (THREAT, HATE, INSULT, "nice")
        ]
        score_comments(comment_ids=ids)

    return build


@pytest.fixture
def membership(alice, lumen):
    return Membership.objects.get(user=alice, workspace=lumen)


def age(days, **changes):
    Case.objects.filter(**changes).update(opened_at=timezone.now() - timedelta(days=days))


@pytest.mark.usefixtures("in_lumen")
def test_open_cases_by_severity_and_age(crowd, membership):
    crowd(3)
    first, second, third = Case.objects.order_by("pk")
    for case, days in ((first, 0.5), (second, 3), (third, 40)):
        age(days, pk=case.pk)
    Case.objects.filter(pk=third.pk).update(overdue_told_at=timezone.now())
    rows = {row.severity: row for row in safety.open_cases(membership)}
    assert list(rows) == [4, 3, 2, 1]
    row = rows[first.severity]
    assert (row.ages, row.overdue, row.total) == ((1, 1, 0, 1), 1, 3)
    Case.objects.update(status=Case.Status.RESOLVED)
    assert sum(row.total for row in safety.open_cases(membership)) == 0


@pytest.mark.usefixtures("in_lumen")
def test_days_without_gaps_in_the_reader_s_own_time(crowd, membership, account):
    timezone.activate("Pacific/Kiritimati")
    crowd(3)
    counts = safety.daily_counts(membership, 30)
    assert len(counts) == 30
    assert counts[-1].day == timezone.localdate()
    assert sum(one.comments for one in counts) == 12
    assert sum(one.flagged for one in counts) == Incident.objects.count()
    drawing = columns([(timezone.now(), 0, 0), (timezone.now(), 12, 3)])
    assert [one.height for one in drawing.columns] == ["0.0", "93.6"]
    assert drawing.columns[1].flagged_height == "23.4"
    assert columns([]).columns == ()


@pytest.mark.usefixtures("in_lumen")
def test_waits_are_the_middle_one_and_the_ninth_of_ten(crowd, membership, alice):
    crowd(4)
    severity = Incident.objects.order_by("-severity")[0].severity
    incidents = list(Incident.objects.filter(severity=severity).order_by("pk"))
    for number, incident in enumerate(incidents, start=1):
        begun = timezone.now() - timedelta(hours=10)
        decided = begun + timedelta(minutes=10 * number)
        Incident.objects.filter(pk=incident.pk).update(created_at=begun, decided_at=decided)
        for minutes in (number, 5):
            reveal = Reveal.objects.create(comment=incident.comment, user_id=alice.pk)
            Reveal.objects.filter(pk=reveal.pk).update(at=begun + timedelta(minutes=minutes))
    found = {row.severity: row for row in safety.response_times(membership, 30)}[severity]
    count = len(incidents)
    assert (found.incidents, found.looked, found.decided) == (count, count, count)
    middle = (count + 1) / 2
    assert found.look_half == timedelta(minutes=min(middle, 5))
    assert found.decide_half == timedelta(minutes=10 * middle)
    assert found.decide_most is not None
    assert found.decide_half is not None
    assert found.decide_most > found.decide_half


@pytest.mark.usefixtures("in_lumen")
def test_exposure_is_added_up_only_when_it_names_nobody(crowd, membership):
    crowd(1)
    comment = Incident.objects.all()[0].comment
    assert safety.team_exposure(membership, 30) == safety.TeamExposure(0, 0, 0)
    for user_id in (1, 2):
        Reveal.objects.create(comment=comment, user_id=user_id)
    assert safety.team_exposure(membership, 30) == safety.TeamExposure(2, None, None)
    for _ in range(4):
        Reveal.objects.create(comment=comment, user_id=3)
    assert safety.team_exposure(membership, 30) == safety.TeamExposure(3, 6, 2)


@pytest.mark.usefixtures("in_lumen")
def test_a_creator_sees_the_own_accounts_only(crowd, membership, account, bob, lumen):
    crowd(2)
    Membership.objects.filter(user=bob, workspace=lumen).update(role=Role.CREATOR)
    theirs = Membership.objects.get(user=bob, workspace=lumen)
    assert sum(row.total for row in safety.open_cases(membership)) > 0
    assert sum(row.total for row in safety.open_cases(theirs)) == 0
    assert sum(one.comments for one in safety.daily_counts(theirs, 30)) == 0
    assert safety.response_times(theirs, 30) == []


def test_pages_and_parts_ask_a_fixed_number_of_questions(lumen, alice, client_for, crowd, in_lumen):
    client = client_for(alice, lumen)
    asked = []
    for number in (2, 6):
        crowd(number)
        make_account()
        found = {}
        for path, headers in (
            ("/harassment/safety/?days=90", {}),
            *((f"/harassment/safety/{part}/", HTMX) for part in PARTS),
            *((f"/harassment/safety/{part}/", {}) for part in PARTS),
        ):
            client.get(path, headers=headers)
            with CaptureQueriesContext(connection) as queries:
                answer = client.get(path, headers=headers)
            assert answer.status_code == 200
            assert THREAT not in answer.content.decode()
            found[path, bool(headers)] = len(queries)
        asked.append(found)
    assert asked[0] == asked[1]
    assert max(asked[1].values()) <= 8


@pytest.mark.parametrize("path", ["safety/else/", "safety/trend/x/"])
def test_other_parts_do_not_exist(lumen, alice, client_for, path):
    assert client_for(alice, lumen).get(f"/harassment/{path}").status_code == 404


@pytest.mark.parametrize("days", ["90", "7", "abc", "-1", "9" * 400])
def test_any_period_is_answered(lumen, alice, client_for, days):
    answer = client_for(alice, lumen).get("/harassment/safety/", {"days": days})
    assert answer.status_code == 200
    assert "No case is open." in answer.content.decode()
