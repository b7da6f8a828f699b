"""News by e-mail: to those it concerns, once, gathered, quiet when they want it, without abuse."""

from datetime import datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from django.core import mail
from django.utils import timezone, translation

from accounts import tenancy
from accounts.models import Job, Membership, Role
from harassment.chain import utc
from harassment.models import (
    Case,
    CaseNotice,
    Incident,
    MailItem,
    Report,
    Reveal,
    RightsRequest,
    Wellbeing,
)
from harassment.services import cases, clocks, mails, reports, rights
from harassment.services.casebook import notify
from tests.factories import make_comment
from tests.harassment.conftest import INSULT, THREAT

HANDLE = "@zorglubhandle"


@pytest.fixture
def mailed_case(account) -> Case:
    """A case about an insult; nobody works on it yet."""
    comment = make_comment(account, INSULT, author_handle=HANDLE)
    case = Case.objects.create(
        number=7, account=account, author_external_id="UCx", author_handle=HANDLE, severity=2,
        subject=INSULT, last_incident_at=timezone.now(), clock_at=timezone.now(),
    )  # fmt: skip
    Incident.objects.create(case=case, comment=comment, severity=2, kinds=["insult"])
    return case


@pytest.fixture
def awaited_report(mailed_case, bob) -> Report:
    """Sent by Bob eight days ago, to a recipient with a name that is nobody's business."""
    return Report.objects.create(
        case=mailed_case, kind="notice", language="en", state="sent", recipient=HANDLE,
        approved_by_id=bob.pk, created_by_label="Bob", sent_at=timezone.now() - timedelta(days=2),
    )  # fmt: skip


@pytest.fixture
def tell(run_jobs):
    """`tell()`: run what is due, and what gathers for a minute; the mails that left."""

    def run() -> list[mail.EmailMessage]:
        before = len(mail.outbox)
        run_jobs()
        with tenancy.public():
            soon = Job.objects.filter(name=mails.JOB_SEND, run_at__lt=timezone.now() + mails.GATHER)
            soon.update(run_at=timezone.now())
        run_jobs()
        return list(mail.outbox[before:])

    return run


def waiting_moments() -> list[datetime]:
    """When what waits is tried next."""
    with tenancy.public():
        unfinished = Job.objects.filter(name=mails.JOB_SEND, state=Job.State.QUEUED)
        return list(unfinished.order_by("run_at").values_list("run_at", flat=True))


def quiet_now(user, **fields) -> Wellbeing:
    """Quiet hours from an hour ago until in two hours, on the person's own clock."""
    here = timezone.localtime(timezone.now(), ZoneInfo(user.timezone))
    begin, end = here - timedelta(hours=1), here + timedelta(hours=2)
    return Wellbeing.objects.create(
        user_id=user.pk,
        quiet_from=time(begin.hour, begin.minute),
        quiet_until=time(end.hour, end.minute),
        **fields,
    )


def to(letters) -> list[str]:
    return sorted(address for letter in letters for address in letter.to)


def test_whom_a_case_is_given_to_gets_a_mail_once(mailed_case, bob, alice, lumen, tell):
    me = Membership.objects.get(user=bob, workspace=lumen)
    cases.assign_case(case=mailed_case, assignee=me, actor=alice)
    (letter,) = tell()
    assert letter.to == ["bob@example.test"]
    assert letter.subject == "Aura: AUR-0007 (Medium): Given to you by Alice"
    assert f"{lumen.url}/harassment/cases/{mailed_case.code}/" in letter.body
    assert f"{lumen.url}/harassment/wellbeing/" in letter.body
    assert letter.extra_headers["Auto-Submitted"] == "auto-generated"
    notice = CaseNotice.objects.get()
    for _ in range(2):  # however often the jobs run
        mails.address_mails(kind="notice", code=str(notice.code))
        mails.send_mails(user_id=bob.pk)
    assert not tell()
    assert MailItem.objects.get().state == MailItem.State.SENT


def test_it_holds_no_abuse_and_no_author(mailed_case, awaited_report, bob, tell):
    notify(mailed_case, CaseNotice.Kind.OVERDUE, bob.pk)
    mails.promise_mails(kind="report_due", code=awaited_report.code)
    (letter,) = tell()
    whole = f"{letter.subject} {letter.body}"
    assert "AUR-0007 (Medium): No answer yet to “Notice, DSA art. 16”" in whole
    for secret in ("zorglub", "UCx", HANDLE):
        assert secret not in whole


def test_an_overdue_case_is_told_to_everybody_who_works_on_cases(mailed_case, tell):
    Case.objects.update(severity=1, clock_at=timezone.now() - timedelta(days=30))
    clocks.tell_overdue()
    letters = tell()
    # Not Vera, who only looks, and nobody of another workspace.
    assert to(letters) == ["alice@example.test", "bob@example.test", "nina@example.test"]
    assert "Time has run out" in letters[0].subject


def test_a_creator_hears_only_of_their_own_account(mailed_case, vera, tell):
    Membership.objects.filter(user=vera).update(role=Role.CREATOR)
    notify(mailed_case, CaseNotice.Kind.OVERDUE, None)
    assert "vera@example.test" not in to(tell())
    mailed_case.account.owner_id = vera.pk
    mailed_case.account.save()
    notify(mailed_case, CaseNotice.Kind.OVERDUE, None)
    with tenancy.public():
        Job.objects.filter(name=mails.JOB_SEND).update(run_at=timezone.now())
    assert "vera@example.test" in to(tell())


def test_many_things_are_one_mail(mailed_case, bob, tell):
    for kind in ("overdue", "answered", "escalated"):
        notify(mailed_case, kind, bob.pk)
    (letter,) = tell()
    assert letter.subject == "Aura: 3 things to look at in Lumen"
    assert letter.body.count("/harassment/cases/") == 3


def test_the_next_mail_waits_a_while(mailed_case, bob, tell):
    notify(mailed_case, "overdue", bob.pk)
    assert len(tell()) == 1
    notify(mailed_case, "answered", bob.pk)
    assert not tell()
    last = MailItem.objects.get(state="sent").settled_at
    assert last is not None
    assert last + mails.PACE in waiting_moments()
    MailItem.objects.filter(state="sent").update(settled_at=last - mails.PACE)
    mails.send_mails(user_id=bob.pk)
    assert len(mail.outbox) == 2


def test_what_was_seen_or_decided_meanwhile_is_not_mailed(mailed_case, bob, alice, tell):
    notify(mailed_case, "answered", bob.pk)
    CaseNotice.objects.update(seen_at=timezone.now())
    notify(mailed_case, "overdue", bob.pk)
    cases.resolve_case(case=mailed_case, actor=alice)
    assert not tell()
    assert {item.state for item in MailItem.objects.all()} == {"dropped"}


def test_who_has_left_gets_no_mail(mailed_case, bob, tell):
    notify(mailed_case, "overdue", bob.pk)
    with tenancy.public():
        Membership.objects.filter(user=bob).update(expires_at=timezone.now())
    assert not tell()


def test_it_speaks_the_language_of_the_person(mailed_case, bob, tell, monkeypatch):
    monkeypatch.setattr(
        "harassment.services.mails.mail_subject",
        lambda _lines, _workspace: str(translation.get_language()),
    )
    bob.language = "fr"
    bob.save()
    notify(mailed_case, "overdue", bob.pk)
    (letter,) = tell()
    assert letter.subject == "fr"


def test_quiet_hours_hold_it_back_until_they_end(mailed_case, bob, tell):
    own = quiet_now(bob)
    notify(mailed_case, "overdue", bob.pk)
    assert not tell()
    assert MailItem.objects.get().state == MailItem.State.WAITING
    (moment,) = {m for m in waiting_moments() if m > timezone.now() + timedelta(minutes=5)}
    assert timezone.localtime(moment, ZoneInfo(bob.timezone)).time() == own.quiet_until
    own.delete()
    mails.send_mails(user_id=bob.pk)
    assert len(mail.outbox) == 1


def test_danger_is_told_in_quiet_hours_unless_that_was_turned_off(mailed_case, bob, tell):
    own = quiet_now(bob)
    Incident.objects.update(kinds=["doxx"])
    notify(mailed_case, "overdue", bob.pk)
    assert len(tell()) == 1
    own.rings_for_danger = False
    own.save()
    notify(mailed_case, "answered", bob.pk)
    assert not tell()


def test_danger_waits_for_no_pace(mailed_case, bob, tell):
    notify(mailed_case, "overdue", bob.pk)
    assert len(tell()) == 1
    Case.objects.update(severity=4)
    Incident.objects.update(severity=4)
    notify(mailed_case, "answered", bob.pk)
    assert len(tell()) == 1


def test_after_the_own_limit_it_waits_for_tomorrow(mailed_case, bob, tell):
    Wellbeing.objects.create(user_id=bob.pk, daily_limit=1)
    comment = Incident.objects.get().comment
    Reveal.objects.create(user_id=bob.pk, comment=comment, text_hash=comment.text_hash)
    notify(mailed_case, "overdue", bob.pk)
    assert not tell()
    late = max(waiting_moments())
    assert timezone.localtime(late, ZoneInfo(bob.timezone)).time() == time(0, 0)


def test_a_limit_of_nothing_holds_no_mail_back(mailed_case, bob, tell):
    Wellbeing.objects.create(user_id=bob.pk, daily_limit=0)
    notify(mailed_case, "overdue", bob.pk)
    assert len(tell()) == 1


def test_mails_are_turned_off_on_the_wellbeing_page_except_danger(
    mailed_case, bob, lumen, client_for, tell
):
    client = client_for(bob, lumen)
    page = client.get("/harassment/wellbeing/").content.decode()
    assert "Tell me by e-mail too" in page
    client.post("/harassment/wellbeing/", {"daily_limit": "20", "rings_for_danger": "on"})
    assert not Wellbeing.objects.get(user_id=bob.pk).has_mails
    notify(mailed_case, "overdue", bob.pk)
    assert not tell()
    Incident.objects.update(kinds=["threat"])
    notify(mailed_case, "answered", bob.pk)
    assert len(tell()) == 1


def test_an_answer_to_a_report_is_told_to_who_approved_it(
    awaited_report, mailed_case, bob, alice, tell
):
    reports.note_answer(report=awaited_report, outcome="removed", answer=THREAT, actor=alice)
    (letter,) = tell()
    assert letter.to == ["bob@example.test"]
    assert "is written down" in letter.subject
    assert "zorglub" not in letter.body


def test_who_writes_the_answer_down_needs_no_mail(awaited_report, bob, tell):
    reports.note_answer(report=awaited_report, outcome="refused", answer="no", actor=bob)
    assert not tell()


def test_an_overdue_answer_is_told_once_a_reminder(awaited_report, tell):
    for _ in range(2):
        Report.objects.update(remind_at=timezone.now())
        awaited_report.refresh_from_db()
        due = utc(awaited_report.remind_at) or ""
        reports.remind_report(code=str(awaited_report.code), due=due)
        reports.remind_report(code=str(awaited_report.code), due=due)
    assert MailItem.objects.count() == 0  # written down by a job
    (letter,) = tell()
    assert letter.body.count("No answer yet") == 2


def test_a_rights_request_is_told_and_then_reminded_of(lumen, in_lumen, bob, tell, run_jobs):
    asked, _token = rights.receive_request(
        kind="access", platform="youtube", handle=HANDLE, message=THREAT, language="en"
    )
    letters = tell()
    # Whoever may answer: not Bob, who moderates.
    assert to(letters) == ["alice@example.test", "nina@example.test"]
    assert letters[0].subject.startswith("Aura: R-0001: a new request")
    for secret in ("zorglub", HANDLE):
        assert secret not in f"{letters[0].subject} {letters[0].body}"
    MailItem.objects.update(settled_at=timezone.now() - mails.PACE)

    due = timezone.now() + mails.REQUEST_WARNING
    RightsRequest.objects.update(due_at=due)
    mails.remind_request(code=str(asked.code), due=asked.due_at.isoformat())
    assert not tell()  # extended meanwhile: that reminder is void
    for _ in range(2):
        mails.remind_request(code=str(asked.code), due=due.isoformat())
    letters = tell()
    assert len(letters) == 2
    assert "is due on" in letters[0].subject
    MailItem.objects.update(settled_at=timezone.now() - mails.PACE)

    late = timezone.now() - timedelta(minutes=1)
    RightsRequest.objects.update(due_at=late)
    mails.remind_request(code=str(asked.code), due=late.isoformat())
    assert "is over since" in tell()[0].subject


def test_an_answered_request_is_reminded_of_no_more(lumen, in_lumen, alice, tell):
    asked, _token = rights.receive_request(
        kind="access", platform="youtube", handle=HANDLE, message="", language="en"
    )
    with tenancy.public():
        moments = Job.objects.filter(name=mails.JOB_REMIND).values_list("run_at", flat=True)
        assert sorted(moments) == [
            asked.due_at - mails.REQUEST_WARNING + timedelta(seconds=1),
            asked.due_at + timedelta(seconds=1),
        ]
    rights.answer_request(asked=asked, outcome="refused", text="No", has_copy=False, actor=alice)
    mails.remind_request(code=str(asked.code), due=asked.due_at.isoformat())
    assert not tell()


def test_a_mail_that_fails_leaves_everything_waiting(mailed_case, bob, tell, monkeypatch):
    notify(mailed_case, "overdue", bob.pk)

    def refuse(self):
        raise OSError("no mail server")

    with monkeypatch.context() as broken:
        broken.setattr("django.core.mail.EmailMessage.send", refuse)
        assert not tell()
    assert MailItem.objects.get().state == MailItem.State.WAITING
    with tenancy.public():
        Job.objects.filter(name=mails.JOB_SEND).update(run_at=timezone.now())
    assert len(tell()) == 1
