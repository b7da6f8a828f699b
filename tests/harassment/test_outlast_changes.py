"""What happens to a case meanwhile: a comment goes, a clock is wrong; proof and page hold."""

import base64
from datetime import timedelta
from zipfile import ZipFile

import pytest
from django.utils import timezone

from harassment import signing
from harassment.exports import verify
from harassment.exports.making import make
from harassment.models import Alert, Case, Dogpile, Evidence, Incident
from harassment.queries.clocks import case_settings, clock_of
from harassment.services import cases, exports
from harassment.services.evidence import Capture, seal
from harassment.services.scoring import score_comments
from integrations.models import Comment, ModerationAction
from tests.factories import make_comment, make_post
from tests.harassment.conftest import HATE, INSULT
from tests.harassment.test_score_comments import edit

HTMX = {"HX-Request": "true"}
CROWD = 40


@pytest.fixture(autouse=True)
def _own_key(settings):
    settings.EVIDENCE_KEY = base64.b64encode(b"k" * 32).decode()


def exported(case: Case, actor, folder) -> tuple[verify.Report, str]:
    """What the verifier says of a copy made now, and its words."""
    run = exports.request_export(case=case, recipient="Me X", language="en", actor=actor)
    with make(run, lambda _done: True) as made:
        path = folder / "export.zip"
        path.write_bytes(made.file.read())
    with ZipFile(path) as packed:
        return verify.verify(str(path), signing.public_key()), packed.read("evidence.json").decode()


@pytest.fixture
def vanished(arrive) -> Comment:
    """A sealed insult that its author has taken away; another one of theirs is still there."""
    gone = arrive(INSULT, author_external_id="UCx")
    arrive(HATE, author_external_id="UCx")
    Comment.objects.filter(pk=gone.pk).update(visibility=Comment.Visibility.DELETED)
    return Comment.objects.get(pk=gone.pk)


def test_a_comment_that_goes_leaves_its_proof_behind(vanished, alice, tmp_path):
    case = Case.objects.get()
    report, words = exported(case, alice, tmp_path)
    assert (report.problems, report.is_readable) == ([], True)
    assert INSULT in words
    assert HATE in words


def test_a_comment_that_goes_can_be_decided_but_not_hidden(vanished, client_for, bob, lumen):
    case = Case.objects.get()
    client = client_for(bob, lumen)
    page = client.get(f"/harassment/cases/{case.code}/").content.decode()
    assert "Deleted on YouTube" in page
    assert INSULT not in page
    assert vanished not in cases.hideable(case)
    of = f"/harassment/comments/{vanished.code}/"
    assert f"{of}hide/" not in client.get(of).content.decode()
    client.post(f"{of}hide/", headers=HTMX)  # a page that was open before
    client.post(f"/harassment/cases/{case.code}/hide/")
    assert not ModerationAction.objects.filter(comment=vanished).exists()
    client.post(f"{of}resolve/", headers=HTMX)
    assert Incident.objects.get(comment=vanished).state == Incident.State.ACTED


def test_an_edit_just_before_it_goes_is_sealed_too(arrive, classifier):
    comment = arrive(INSULT, author_external_id="UCx")
    edit(comment, HATE)
    Comment.objects.filter(pk=comment.pk).update(visibility=Comment.Visibility.DELETED)
    score_comments(comment_ids=[comment.pk])
    first, second = Evidence.objects.order_by("sequence")
    assert first.content.read()["comment.text"] == INSULT
    found = second.content.read()
    assert (found["comment.text"], found["comment.visibility"]) == (HATE, "deleted")


def test_a_clock_that_was_set_back_is_remarked_and_breaks_nothing(
    arrive, alice, tmp_path, monkeypatch
):
    comment = arrive(INSULT, author_external_id="UCx")
    case = Case.objects.get()
    with monkeypatch.context() as earlier:
        back = timezone.now() - timedelta(hours=2)
        earlier.setattr("harassment.services.evidence.timezone.now", lambda: back)
        seal(captures=[Capture(comment, case, Evidence.Reason.INCIDENT)])
    report, _words = exported(case, alice, tmp_path)
    assert report.problems == []
    assert "link 2: sealed by a clock that had been set back" in report.remarks


@pytest.mark.parametrize("ahead", [timedelta(minutes=20), timedelta(days=2)])
def test_a_comment_from_the_future_is_a_case_like_any_other(arrive, client_for, bob, lumen, ahead):
    comment = arrive(INSULT, author_external_id="UCx", published_at=timezone.now() + ahead)
    case = Case.objects.get()
    assert Alert.objects.get().incident.comment == comment
    clock = clock_of(case, case_settings().hours)
    assert clock is not None
    assert timedelta(0) <= clock.used < timedelta(minutes=10)  # ours runs, not the platform's
    client = client_for(bob, lumen)
    for path in ("", "author/", "timeline/", "trajectory/"):
        page = client.get(f"/harassment/cases/{case.code}/{path}")
        assert page.status_code == 200, path
        assert INSULT not in page.content.decode()
    assert client.get("/harassment/inbox/").status_code == 200


@pytest.mark.parametrize("ahead", [timedelta(0), timedelta(minutes=20), timedelta(hours=3)])
def test_a_wave_is_noticed_on_a_platform_whose_clock_is_ahead(account, classifier, ahead):
    begun = timezone.now() - timedelta(minutes=2)
    post = make_post(account)
    ids = []
    for number in range(CROWD):
        at = begun + timedelta(seconds=number)
        text = f"{INSULT} {number * 7919} {'abcdefgh'[number % 8] * 5}"
        comment = make_comment(account, text, post=post, published_at=at + ahead)
        Comment.objects.filter(pk=comment.pk).update(first_seen_at=at + timedelta(seconds=5))
        ids.append(comment.pk)
    score_comments(comment_ids=ids)
    wave = Dogpile.objects.get()
    assert wave.case.incidents.count() == CROWD
    assert wave.hot_at <= timezone.now()
