"""Cases that a person opens: by hand, or from a comment that no machine flagged; huge notes."""

from datetime import timedelta

import pytest
from django.utils import timezone

from accounts.models import Role
from harassment.models import Case, CaseEvent, Evidence, Incident
from harassment.queries.evidence import evidence_chain
from harassment.services import cases
from harassment.services.scoring import score_comments
from integrations.models import Comment
from tests.factories import make_account
from tests.harassment.conftest import INSULT, ROUGH

HTMX = {"HX-Request": "true"}


@pytest.fixture
def client(client_for, bob, lumen):
    return client_for(bob, lumen)


def test_a_case_is_opened_by_hand(client, account):
    assert "Mila Builds" in client.get("/harassment/cases/new/").content.decode()
    form = {
        "account": str(account.code), "subject": "Letters to <b>the studio</b>", "severity": "3",
        "note": "Two so far.",
    }  # fmt: skip
    page = client.post("/harassment/cases/new/", form, follow=True).content.decode()
    assert "Letters to &lt;b&gt;the studio&lt;/b&gt;" in page
    case = Case.objects.get()
    assert (case.has_author, case.severity, case.author_handle) == (False, 3, "")
    words = client.get(f"/harassment/cases/{case.code}/timeline/").content.decode()
    assert "Case opened by hand" in words
    assert "Two so far." in words
    assert client.get(f"/harassment/cases/{case.code}/author/").status_code == 200
    for part in ("evidence", "trajectory", "related", "split"):
        assert client.get(f"/harassment/cases/{case.code}/{part}/").status_code == 200
    assert "Letters to" in client.get("/harassment/cases/").content.decode()


@pytest.mark.parametrize(
    "change", [{"account": "x"}, {"subject": " "}, {"severity": "9"}, {"subject": "x" * 121}]
)
def test_a_wrong_form_opens_nothing_and_loses_nothing(client, account, change):
    form = {"account": str(account.code), "subject": "Calls", "severity": "2", "note": "Kept"}
    answer = client.post("/harassment/cases/new/", {**form, **change})
    assert answer.status_code == 422
    assert "Kept" in answer.content.decode()
    assert not Case.objects.exists()


def test_a_creator_opens_cases_for_the_own_account_only(client_for, vera, lumen, account):
    vera.memberships.update(role=Role.CREATOR)
    mine = make_account(display_name="Mine", owner_id=vera.pk)
    client = client_for(vera, lumen)
    assert "Mila Builds" not in client.get("/harassment/cases/new/").content.decode()
    form = {"account": str(account.code), "subject": "Calls", "severity": "2"}
    assert client.post("/harassment/cases/new/", form).status_code == 422
    client.post("/harassment/cases/new/", {**form, "account": str(mine.code)})
    assert Case.objects.get().account == mine


@pytest.mark.parametrize("headers", [{}, HTMX])
def test_a_comment_that_no_machine_flagged_opens_a_case(client, arrive, headers):
    comment = arrive(ROUGH, author_external_id="UCx", author_handle="@x")
    assert not Incident.objects.exists()
    url = f"/harassment/comments/{comment.code}/case/"
    assert "Open a case" in client.get(url, headers=headers).content.decode()
    assert client.post(url, {"severity": "1"}, headers=headers).status_code == 422
    client.post(url, {"severity": "3"}, headers=headers)
    case = Case.objects.get()
    incident = Incident.objects.get()
    assert (incident.comment, incident.case, incident.severity) == (comment, case, 3)
    assert (case.author_external_id, case.severity, case.status) == ("UCx", 3, "investigating")
    assert Evidence.objects.get(case=case).comment == comment
    assert evidence_chain(case).check.is_intact
    client.post(url, {"severity": "4"}, headers=headers)
    assert Incident.objects.get().severity == 3  # it was flagged already, and stays as it is


def test_it_joins_the_open_case_of_its_author(client, arrive, bob):
    arrive(INSULT, author_external_id="UCx")
    case = Case.objects.get()
    comment = arrive(ROUGH, author_external_id="UCx")
    assert cases.open_case_for_comment(comment=comment, severity=4, actor=bob) == case
    case.refresh_from_db()
    assert (case.severity, case.incidents.count()) == (4, 2)
    machine = CaseEvent.objects.filter(kind="severity").get()
    assert (machine.data, machine.actor_label) == ({"from": 2, "to": 4}, "Bob")


def test_what_is_judged_again_leaves_it_flagged(client, arrive, bob, classifier):
    comment = arrive(ROUGH, author_external_id="UCx")
    cases.open_case_for_comment(comment=comment, severity=3, actor=bob)
    Comment.objects.filter(pk=comment.pk).update(text="zorglubrough now", text_hash="a" * 64)
    score_comments(comment_ids=[comment.pk])
    assert Incident.objects.get().severity == 3
    assert Evidence.objects.filter(reason="edit").count() == 1


@pytest.mark.parametrize("headers", [{}, HTMX])
@pytest.mark.parametrize("size", [1_000_000, 10_000_000])
def test_a_huge_note_is_refused_in_words_and_nothing_is_lost(client, account, bob, size, headers):
    case = cases.open_case(account=account, subject="Calls", severity=2, note="", actor=bob)
    cases.add_note(case=case, text="The first one", actor=bob)
    url = f"/harassment/cases/{case.code}/note/"
    answer = client.post(url, {"text": "x" * size}, headers=headers)
    page = answer.content.decode()
    if size < 2_000_000:
        assert answer.status_code == 422
        assert "at most 10000 characters" in page
        assert "x" * size in page  # what was written comes back
    else:
        assert answer.status_code == 413
        assert "larger than 2 MB, so nothing was saved" in page
        assert "still in its field" in page
        assert ("That is too large" in page) is not bool(headers)  # a page, or a toast
    notes = CaseEvent.objects.filter(kind="note").values_list("note", flat=True)
    assert list(notes) == ["The first one"]


def test_the_page_lets_no_browser_cut_a_note(client, account, bob):
    case = cases.open_case(account=account, subject="Calls", severity=2, note="", actor=bob)
    page = client.get(f"/harassment/cases/{case.code}/").content.decode()
    field = page[page.index("<textarea") :].split(">")[0]
    assert "maxlength" not in field


def test_the_clock_of_a_case_by_hand_runs_from_now(client, account, bob):
    case = cases.open_case(account=account, subject="Calls", severity=4, note="", actor=bob)
    assert timezone.now() - case.clock_at < timedelta(minutes=5)
