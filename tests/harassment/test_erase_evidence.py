"""A person may take one item's words away; the chain holds, and nothing of them stays behind."""

import base64
from pathlib import Path

import pytest

from accounts.models import AuditEntry
from harassment.exports import making, verify
from harassment.models import Case, CaseEvent, Evidence, ExportedEvidence
from harassment.queries.evidence import evidence_chain
from harassment.queries.timeline import timeline
from tests.harassment.conftest import INSULT

REASON = "The author asked for it."


@pytest.fixture(autouse=True)
def _own_key_and_files(settings, tmp_path, monkeypatch):
    settings.EVIDENCE_KEY = base64.b64encode(b"k" * 32).decode()
    settings.MEDIA_ROOT = tmp_path / "media"
    monkeypatch.setattr(
        making, "_typeset", lambda folder, goes_on: (folder / "evidence.pdf").write_bytes(b"%PDF")
    )


@pytest.fixture
def case(arrive) -> Case:
    """Two sealed comments."""
    for number in range(2):
        arrive(f"{INSULT} {number}", author_external_id="UCx", author_handle="@x")
    return Case.objects.get()


def where(item: Evidence) -> str:
    return f"/harassment/evidence/{item.code}/erase/"


def left(item: Evidence) -> set[str]:
    return {n for n, field in Evidence.objects.get(pk=item.pk).fields().items() if "salt" in field}


def test_the_whole_item_goes_and_the_chain_holds(case, client_for, nina, lumen):
    item = case.evidence.get(sequence=1)
    client = client_for(nina, lumen)
    page = client.get(where(item)).content.decode()
    assert "zorglub" not in page
    assert "legal claim" in page
    asked = {"part": "whole", "reason": REASON, "is_sure": "on"}
    assert client.post(where(item), {**asked, "is_sure": ""}).status_code == 422
    assert client.post(where(item), {**asked, "reason": ""}).status_code == 422
    assert left(item)
    assert client.post(where(item), asked).status_code == 302
    assert left(item) == set()
    chain = evidence_chain(case)
    assert chain.check.is_intact
    assert [line.is_erased for line in chain.lines] == [False, True]
    entry = AuditEntry.objects.get(action="harassment.evidence.erased")
    assert entry.actor_id == nina.pk
    line = timeline(case).lines[0]
    assert (line.title, line.note) == ("Words of #1 erased; the chain still holds", REASON)
    again = client.post(where(item), asked, follow=True).content.decode()
    assert "erased before" in again
    assert CaseEvent.objects.filter(kind="erased").count() == 1


def test_only_the_author_or_only_the_words_may_go(case, client_for, nina, lumen):
    client = client_for(nina, lumen)
    first, second = case.evidence.order_by("sequence")
    client.post(where(first), {"part": "author", "reason": REASON, "is_sure": "on"})
    assert "comment.text" in left(first)
    assert not {"author.handle", "author.name", "platform_payload"} & left(first)
    client.post(where(second), {"part": "words", "reason": REASON, "is_sure": "on"})
    assert "author.handle" in left(second)
    assert not {"comment.text", "earlier_wordings", "platform_payload"} & left(second)
    assert evidence_chain(case).check.is_intact


def test_copies_that_lie_here_go_with_it_and_later_ones_verify(
    case, client_for, nina, lumen, run_jobs, django_capture_on_commit_callbacks
):
    client = client_for(nina, lumen)
    ask = f"/harassment/cases/{case.code}/export/"
    client.post(ask, {"recipient": "Me Durand"})
    run_jobs()
    stored = Path(ExportedEvidence.objects.get().file.path)
    assert INSULT.encode() in stored.read_bytes()
    item = case.evidence.get(sequence=2)
    with django_capture_on_commit_callbacks(execute=True):
        client.post(where(item), {"part": "whole", "reason": REASON, "is_sure": "on"})
    assert not stored.exists()
    run = ExportedEvidence.objects.get()
    assert (run.state, run.file.name) == ("done", "")
    assert run.sha256
    client.post(ask, {"recipient": "Me Durand"})
    run_jobs()
    report = verify.verify(ExportedEvidence.objects.all()[0].file.path)
    assert report.problems == []
    assert any("item 2: erased on request" in remark for remark in report.remarks)


def test_a_copy_leaves_a_line_in_the_timeline(case, client_for, bob, lumen, run_jobs):
    client_for(bob, lumen).post(
        f"/harassment/cases/{case.code}/export/", {"recipient": "Me Durand"}
    )
    run_jobs()
    line = timeline(case).lines[0]
    assert (line.title, line.detail) == ("Copy made of 2 items", "by Bob")
    assert line.note == "Me Durand"


def test_it_takes_more_than_moderating(nova, charlie, case, client_for, bob, vera, nina, lumen):
    item = case.evidence.get(sequence=1)
    for weak in (bob, vera):
        assert client_for(weak, lumen).get(where(item)).status_code == 403
        assert client_for(weak, lumen).post(where(item), {"part": "whole"}).status_code == 403
    assert client_for(charlie, nova).get(where(item)).status_code == 404
    chain = f"/harassment/cases/{case.code}/evidence/"
    assert where(item) in client_for(nina, lumen).get(chain).content.decode()
    assert where(item) not in client_for(bob, lumen).get(chain).content.decode()
