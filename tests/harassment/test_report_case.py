"""A person drafts, approves and sends a report; Aura fills in, checks, keeps track, reminds."""

import base64
from datetime import timedelta
from pathlib import Path

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from accounts import tenancy
from accounts.models import AuditEntry, Job, Membership, Role
from harassment.models import Case, CaseEvent, Evidence, Report
from harassment.queries.reports import report_facts
from harassment.queries.timeline import timeline
from harassment.reports.composing import compose
from harassment.services import reports
from harassment.services.evidence import erase
from tests.harassment.conftest import HATE, INSULT, THREAT

LINK = "https://www.youtube.com/watch?v=abc&lc=Ug{}"
WHY = (
    "The author wrote that he would wait for the person at her door; she fears for her safety. " * 2
)
FILLED = {
    "language": "fr",
    "recipient": "YouTube =1+1 \U0001f600",
    "ground": "threat",
    "why": WHY,
    "addresses": "\n".join(LINK.format(number) for number in range(3)),
    "items": ["1", "2", "3"],
    "sender_name": "Theo Lindqvist",
    "sender_email": "theo@example.test",
    "is_good_faith": "on",
}


@pytest.fixture(autouse=True)
def _own_key_and_files(settings, tmp_path):
    settings.EVIDENCE_KEY = base64.b64encode(b"k" * 32).decode()
    settings.MEDIA_ROOT = tmp_path / "media"


@pytest.fixture
def case(arrive) -> Case:
    """Three sealed comments of one author."""
    for number, text in enumerate((INSULT, THREAT, HATE)):
        arrive(text, author_external_id="UCx", author_handle="@x", permalink=LINK.format(number))
    return Case.objects.get()


@pytest.fixture
def begin(case, client_for, bob, lumen):
    """`begin("notice")`: the draft that Bob asked for, and his browser."""

    def build(kind: str):
        client = client_for(bob, lumen)
        answer = client.post(
            f"/harassment/cases/{case.code}/report/", {"kind": kind, "report_language": "en"}
        )
        assert answer.status_code == 302
        return Report.objects.get(kind=kind), client

    return build


def steps() -> list[str]:
    events = CaseEvent.objects.filter(kind="reported").order_by("pk")
    return [event.data["step"] for event in events]


def where(report: Report, verb: str = "") -> str:
    return f"/harassment/reports/{report.code}/{verb}"


def test_a_draft_knows_what_the_case_knows_and_states_nothing(begin, bob):
    report, client = begin("notice")
    assert (report.state, report.ground, report.items) == ("draft", "threat", [1, 2, 3])
    assert report.addresses.splitlines() == [LINK.format(number) for number in range(3)]
    assert (report.recipient, report.sender_email) == ("YouTube", bob.email)
    assert not report.is_good_faith
    assert report.why == ""
    page = client.get(where(report)).content.decode()
    assert "zorglub" not in page
    assert "Statement of good faith" in page
    assert "5 of 7" in page
    wrong = {**FILLED, "items": ["2"], "sender_email": "x"}
    answer = client.post(where(report, "save/"), wrong)
    assert answer.status_code == 422
    assert 'value="2" checked' in answer.content.decode()
    assert 'value="1" checked' not in answer.content.decode()


def test_it_goes_from_draft_to_answer_and_every_step_leaves_a_trace(begin, case, run_jobs):
    report, client = begin("notice")
    client.post(where(report, "save/"), {**FILLED, "is_good_faith": "", "approve": "1"})
    report.refresh_from_db()
    assert (report.state, report.why) == ("draft", WHY.strip())  # kept, and not approved
    client.post(where(report, "save/"), {**FILLED, "approve": "1"})
    run_jobs()
    report.refresh_from_db()
    assert (report.state, report.approved_by_label, report.error) == ("approved", "Bob", "")
    assert client.post(where(report, "answer/"), {"outcome": "removed"}).status_code == 302
    answer = client.get(where(report, "document/"))
    pdf = b"".join(answer.streaming_content)
    assert pdf.startswith(b"%PDF-1.7")
    assert b"<pdfuaid:part>1</pdfuaid:part>" in pdf
    assert b"zorglub" not in pdf
    assert answer["Content-Disposition"].endswith('.pdf"')
    today = timezone.localdate().isoformat()
    late = (timezone.localdate() + timedelta(days=2)).isoformat()
    assert client.post(where(report, "sent/"), {"sent_on": late}).status_code == 422
    client.post(where(report, "sent/"), {"sent_on": today, "reference": "YT-1"})
    client.post(where(report, "answer/"), {"outcome": "receipt"})
    report.refresh_from_db()
    assert (report.state, report.reference) == ("sent", "YT-1")
    assert report.received_at
    client.post(where(report, "answer/"), {"outcome": "removed", "answer": "Gone."})
    report.refresh_from_db()
    assert (report.state, report.outcome, report.remind_at) == ("answered", "removed", None)
    assert steps() == ["begun", "approved", "downloaded", "sent", "received", "answered"]
    actions = AuditEntry.objects.filter(action__startswith="harassment.report").order_by("pk")
    assert [a.action.rpartition(".")[2] for a in actions] == steps()
    assert "Notice, DSA art. 16: answered" in [line.title for line in timeline(case).lines]
    assert client.get(where(report)).status_code == 200


def test_nobody_is_reminded_too_early_or_twice(begin, run_jobs, bob):
    report, client = begin("notice")
    client.post(where(report, "save/"), {**FILLED, "approve": "1"})
    run_jobs()
    report.refresh_from_db()
    sent = timezone.now() - timedelta(hours=30)
    reports.note_sent(report=report, sent_at=sent, reference="", actor=bob)
    report.refresh_from_db()
    assert report.remind_at == sent + timedelta(days=3)  # the first day is over already
    due = report.remind_at.isoformat()
    run_jobs(later=True, rounds=1)
    report.refresh_from_db()
    assert report.reminded_at
    assert report.remind_at == sent + timedelta(days=7)
    reports.remind_report(code=str(report.code), due=due)
    assert steps().count("reminded") == 1
    assert "No answer yet" in client.get("/harassment/reports/").content.decode()
    client.post(where(report, "withdraw/"))
    run_jobs(later=True, rounds=2)
    assert steps().count("reminded") == 1


def test_an_approved_text_is_fixed_until_a_person_opens_it_again(begin, run_jobs):
    report, client = begin("notice")
    client.post(where(report, "save/"), {**FILLED, "approve": "1"})
    run_jobs()
    client.post(where(report, "save/"), {**FILLED, "why": "other"})
    report.refresh_from_db()
    assert report.why == WHY.strip()
    stored = Path(report.file.path)
    assert stored.exists()
    client.post(where(report, "reopen/"))
    report.refresh_from_db()
    assert (report.state, report.file.name, report.sha256) == ("draft", "", "")


def test_no_job_sends_or_approves(begin, run_jobs):
    begin("notice")
    begin("complaint")
    run_jobs(later=True, rounds=3)
    assert {*Report.objects.values_list("state", flat=True)} == {"draft"}
    assert not Job.objects.filter(name="harassment.typeset_report").exists()


def test_the_words_stand_in_a_complaint_and_not_on_its_page(begin, run_jobs, case):
    report, client = begin("complaint")
    assert report.has_words
    filled = {name: FILLED[name] for name in FILLED if name != "is_good_faith"}
    answer = client.post(
        where(report, "save/"), {**filled, "harm": "Afraid.", "has_words": "on", "approve": "1"},
        follow=True,
    )  # fmt: skip
    assert "zorglub" not in answer.content.decode()
    assert "Masked here" in answer.content.decode()
    run_jobs()
    report.refresh_from_db()
    assert (report.error, bool(report.file)) == ("", True)
    facts = report_facts(report)
    assert THREAT in compose(facts).plain()
    erase(evidence=Evidence.objects.get(case=case, sequence=2), reason="asked")
    report.refresh_from_db()
    assert report.file.name == ""
    run_jobs()
    assert THREAT not in compose(report_facts(report)).plain()
    report.refresh_from_db()
    assert report.file


def test_a_broken_item_stops_the_approval(begin, monkeypatch):
    report, client = begin("notice")
    read = Evidence.from_db

    def tampered(*args):
        row = read(*args)
        if row.sequence == 2:
            row.payload = {**row.payload, "method": "x"}
        return row

    # The database refuses every change; a row that reads otherwise is what is left to fear.
    monkeypatch.setattr(Evidence, "from_db", staticmethod(tampered))
    page = client.post(where(report, "save/"), {**FILLED, "approve": "1"}, follow=True)
    assert "Item 2 is not intact" in page.content.decode()
    assert Report.objects.get().state == "draft"


def test_helpers_look_and_others_learn_nothing(nova, nina, begin, client_for, vera, bob, lumen):
    report, client = begin("notice")
    page = client_for(vera, lumen).get(where(report)).content.decode()
    assert "Keep the draft" not in page
    assert client_for(vera, lumen).post(where(report, "save/"), FILLED).status_code == 403
    assert client_for(nina, nova).get(where(report)).status_code == 404
    with tenancy.public():
        Membership.objects.filter(user=bob).update(role=Role.CREATOR)
    assert client.get(where(report)).status_code == 404
    assert report.short_code not in client.get("/harassment/reports/").content.decode()


def test_pages_ask_the_same_number_of_questions_for_few_and_for_many(
    begin, arrive, case, client_for, bob, lumen
):
    report, client = begin("notice")
    urls = (where(report), "/harassment/reports/", f"/harassment/cases/{case.code}/reports/")

    def asked() -> list[int]:
        counts = []
        for url in urls:
            client.get(url)
            with CaptureQueriesContext(connection) as queries:
                assert client.get(url).status_code == 200
            sent = [q["sql"] for q in queries]
            counts.append(len([s for s in sent if not s.startswith(("SET ", "SAVEPOINT"))]))
        return counts

    few = asked()
    for number in range(3, 9):
        arrive(INSULT, author_external_id="UCx", permalink=LINK.format(number))
        Report.objects.create(case=case, kind="brief", language="fr", created_by_label="Bob")
    Report.objects.filter(pk=report.pk).update(items=list(range(1, 8)))
    many = asked()
    assert few == many
    assert max(many) <= 8, many
