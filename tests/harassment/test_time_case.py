"""The clock of a case: by severity, standing while somebody is waited for, told once when late."""

from datetime import timedelta

import pytest
from django.utils import timezone

from accounts import tenancy
from accounts.models import AuditEntry, Job, Membership
from harassment.models import Case, CaseEvent, CaseNotice, CaseSettings
from harassment.queries.clocks import case_settings, clock_of, overdue_cases
from harassment.services import cases, clocks

HTMX = {"HX-Request": "true"}


@pytest.fixture
def case(account) -> Case:
    """Opened five hours ago; a high one has a day."""
    return Case.objects.create(
        number=1, account=account, author_external_id="UCx", severity=3,
        last_incident_at=timezone.now(), clock_at=timezone.now() - timedelta(hours=5),
    )  # fmt: skip


def url(case: Case, part: str = "") -> str:
    return f"/harassment/cases/{case.code}/{part}"


def late(case: Case) -> bool:
    """What the page says, which must be what the sweep finds."""
    case.refresh_from_db()
    hours = case_settings().hours
    clock = clock_of(case, hours)
    found = overdue_cases(hours, timezone.now()).filter(pk=case.pk).exists()
    assert clock is not None
    assert clock.is_overdue == found
    return found


def test_it_says_what_is_left(client_for, case, bob, lumen):
    page = client_for(bob, lumen).get(url(case)).content.decode()
    assert "Decision due" in page
    assert "18 h 59" in page
    assert "of 24 h left" in page
    listed = client_for(bob, lumen).get("/harassment/cases/").content.decode()
    assert "18 h 59 left" in listed


def test_it_says_by_how_much_it_is_late(client_for, case, bob, lumen):
    Case.objects.update(clock_at=timezone.now() - timedelta(days=3, hours=1))
    page = client_for(bob, lumen).get(url(case)).content.decode()
    assert "Overdue" in page
    assert "2 d 1 h" in page
    assert "late, after 24 h" in page


def test_a_graver_case_has_less_time_and_says_why(client_for, case, bob, lumen):
    client = client_for(bob, lumen)
    assert not late(case)
    assert client.post(url(case, "severity/"), {"severity": "4"}).status_code == 422
    client.post(url(case, "severity/"), {"severity": "4", "reason": "He knows the street"})
    assert late(case)  # four hours, and five have gone
    event = CaseEvent.objects.get(kind="severity")
    assert (event.data, event.note) == ({"from": 3, "to": 4}, "He knows the street")
    words = client.get(url(case, "timeline/"), headers=HTMX).content.decode()
    assert "Now Critical" in words
    assert "by Bob" in words


def test_it_stands_while_somebody_is_waited_for(client_for, case, bob, lumen, monkeypatch):
    client = client_for(bob, lumen)
    client.post(url(case, "wait/"), {"waiting_for": "law", "note": "Sent to Me X"})
    Case.objects.update(waiting_since=timezone.now() - timedelta(hours=2))
    Case.objects.update(severity=4)
    assert not late(case)
    page = client.get(url(case)).content.decode()
    assert "The clock stands" in page
    assert "Waiting for a lawyer or the police" in page
    client.post(url(case, "resume/"))
    case.refresh_from_db()
    assert timedelta(hours=2) <= case.paused_for < timedelta(hours=2, minutes=5)
    assert (case.waiting_since, case.waiting_for) == (None, "")
    assert not late(case)  # three of four hours
    before = case.paused_for
    client.post(url(case, "resume/"))
    case.refresh_from_db()
    assert case.paused_for == before
    words = client.get(url(case, "timeline/"), headers=HTMX).content.decode()
    for line in ("Waiting for a lawyer or the police, the clock stands", "Sent to Me X"):
        assert line in words


def test_reopening_starts_it_anew(case, bob):
    Case.objects.update(severity=4)
    assert late(case)
    cases.resolve_case(case=case, actor=bob)
    case.refresh_from_db()
    assert clock_of(case, None) is None
    cases.reopen_case(case=case, actor=bob)
    assert not late(case)


def test_the_end_is_told_once(case, bob, lumen, client_for, run_jobs):
    assert clocks.promise_case_work() == 0
    Case.objects.update(severity=4)
    assert clocks.promise_case_work() == 1
    run_jobs()
    notice = CaseNotice.objects.get()
    assert (notice.kind, notice.user_id) == ("overdue", None)
    assert clocks.promise_case_work() == 0
    assert clocks.tell_overdue() == 0
    client = client_for(bob, lumen)
    assert "Time has run out" in client.get("/harassment/alerts/").content.decode()
    assert "Its time has run out" in client.get(url(case, "timeline/")).content.decode()


def test_its_assignee_is_told_while_they_are_there(case, bob, lumen):
    me = Membership.objects.get(user=bob, workspace=lumen)
    cases.assign_case(case=case, assignee=me, actor=bob)
    assert not CaseNotice.objects.exists()  # who takes it needs no notice
    Case.objects.update(severity=4)
    clocks.tell_overdue()
    assert CaseNotice.objects.get().user_id == bob.pk
    CaseNotice.objects.all().delete()
    Case.objects.update(overdue_told_at=None)
    me.delete()
    clocks.tell_overdue()
    assert CaseNotice.objects.get().user_id is None


def test_whom_it_is_given_to_hears_it(case, bob, alice, lumen):
    me = Membership.objects.get(user=bob, workspace=lumen)
    cases.assign_case(case=case, assignee=me, actor=alice)
    notice = CaseNotice.objects.get()
    assert (notice.kind, notice.user_id, notice.from_label) == ("assigned", bob.pk, "Alice")


def test_more_time_lets_it_be_told_again(case, bob):
    Case.objects.update(severity=4)
    assert clocks.tell_overdue() == 1
    cases.set_severity(case=case, severity=3, reason="A joke", actor=bob)
    assert clocks.tell_overdue() == 0
    Case.objects.update(clock_at=timezone.now() - timedelta(days=2))
    assert clocks.tell_overdue() == 1
    cases.set_severity(case=case, severity=4, reason="No joke", actor=bob)
    assert clocks.tell_overdue() == 0  # it was late and is late


def test_the_workspace_sets_the_hours(client_for, case, nina, bob, lumen):
    manager = client_for(nina, lumen)
    form = {
        "critical": "2", "high": "4", "medium": "72", "low": "168", "half_life_days": "10",
        "keep_days": "60",
    }  # fmt: skip
    wrong = manager.post("/harassment/cases/settings/", {**form, "critical": "5"})
    assert wrong.status_code == 422
    assert "cannot have more time" in wrong.content.decode()
    assert manager.post("/harassment/cases/settings/", {"critical": "x"}).status_code == 422
    assert not CaseSettings.objects.exists()
    for _ in range(2):
        manager.post("/harassment/cases/settings/", form)
    row = CaseSettings.objects.get()
    assert (row.hours, row.half_life_days, row.keep_days) == ([168, 72, 4, 2], 10, 60)
    assert late(case)
    page = manager.get("/harassment/cases/settings/").content.decode()
    assert "Last changed by Nina" in page
    assert AuditEntry.objects.filter(action="harassment.case_settings.changed").count() == 2
    assert "late, after 4 h" in client_for(bob, lumen).get(url(case)).content.decode()


def test_workspaces_keep_their_own_time(nova, lumen, case, run_jobs):
    with tenancy.enter(nova):
        CaseSettings.objects.create(hours=[1, 1, 1, 1])
        assert not Case.objects.exists()
    assert not late(case)
    Case.objects.update(severity=4)
    clocks.promise_case_work()
    assert Job.objects.get(name="harassment.tell_overdue").workspace == lumen
