"""Threats and published private details reach a person, whatever a model says, or without one."""

from datetime import timedelta

import pytest
from django.utils import timezone

from accounts import outbox
from accounts.models import Job, LiveEvent
from harassment import classifier as seam
from harassment.models import Alert, Case, DetectedSignal, Evidence, Incident, ToxicityScore
from harassment.services.scoring import score_comments
from harassment.services.signals import note_signals
from integrations.models import Comment
from integrations.signals import comments_ingested
from tests.factories import make_comment, make_post
from tests.harassment.conftest import HATE, INSULT

PHONE = "06 12 34 56 78"
DOXX = f"son numéro : {PHONE}"
THREAT = "je vais te planter devant ton lycée avec un couteau"
HTMX = {"HX-Request": "true"}


@pytest.fixture
def no_model(monkeypatch):
    """As on a machine whose model file is missing."""

    def missing(texts, recalibration=None):
        raise seam.ModelUnavailable("The model file model.int8.onnx is missing.")

    monkeypatch.setattr("harassment.classifier.score", missing)


@pytest.mark.parametrize(("text", "kind", "severity"), [(DOXX, "doxx", 3), (THREAT, "threat", 4)])
def test_a_signal_sets_a_floor_whatever_the_score(arrive, text, kind, severity):
    comment = arrive(text)
    score = comment.scores.get()
    assert score.toxicity == pytest.approx(0.01)
    assert (score.severity, score.kinds) == (severity, [kind])
    assert comment.incident.severity == severity
    assert comment.incident.alert.severity == severity
    assert Evidence.objects.filter(comment=comment).exists()


def test_a_model_that_says_more_is_believed(arrive, classifier):
    classifier.verdicts["numéro"] = (4, ["insult"])
    comment = arrive(DOXX)
    assert comment.incident.severity == 4
    assert comment.incident.kinds == ["insult", "doxx"]


def test_it_keeps_what_was_found_per_wording_and_none_of_its_words(arrive):
    comment = arrive(f"{DOXX} et le fixe 01 42 68 53 00")
    row = comment.signals.get()
    assert (row.kind, row.detail, row.count) == ("doxx", "phone", 2)
    assert [comment.text[start:end] for start, end in row.places] == [PHONE, "01 42 68 53 00"]
    assert row.text_hash == comment.text_hash
    stored = {name: value for name, value in vars(row).items() if not name.startswith("_")}
    assert PHONE not in str(stored)


def test_criticism_and_spam_open_no_incident(arrive):
    arrive("this video is bad, I unsubscribe")
    spam = arrive("check out my channel please")
    assert not Incident.objects.exists()
    assert spam.signals.get().kind == "spam"
    assert spam.scores.get().severity == 0


def test_an_incident_says_whom_it_is_aimed_at(arrive):
    assert arrive("I will stab your daughter outside the school").incident.target == "family"
    assert arrive(INSULT).incident.target == "creator"


def test_who_poses_as_the_creator_needs_a_person(arrive, account):
    account.handle = "@milabuilds"
    account.save(update_fields=["handle"])
    comment = arrive("Thanks for watching", author_handle="@mi1abuilds")
    assert (comment.incident.severity, comment.incident.kinds) == (2, ["impersonation"])


def test_signals_alone_ring_while_no_model_can_be_asked(account, no_model, run_jobs):
    doxx, harmless = make_comment(account, DOXX), make_comment(account, "nice")
    comments_ingested.send(sender=Comment, comment_ids=[doxx.pk, harmless.pk], edited_ids=[])
    run_jobs()
    alert = Alert.objects.get()
    assert (alert.incident.comment, alert.severity) == (doxx, 3)
    assert not ToxicityScore.objects.exists()
    assert LiveEvent.objects.filter(name="alerts").count() == 1
    job = Job.objects.get(name="harassment.score_comments")
    assert (job.state, job.attempts) == (Job.State.QUEUED, 0)


def test_asking_again_without_a_model_changes_nothing(account, no_model):
    comment = make_comment(account, DOXX)
    for _ in range(3):
        with pytest.raises(outbox.Defer):
            score_comments(comment_ids=[comment.pk])
    assert Alert.objects.count() == Evidence.objects.count() == DetectedSignal.objects.count() == 1
    assert LiveEvent.objects.filter(name="alerts").count() == 1


def test_a_model_that_breaks_does_not_silence_a_threat(account, classifier, monkeypatch):
    monkeypatch.setattr("harassment.classifier.score", lambda texts, recalibration=None: 1 / 0)
    comment = make_comment(account, THREAT)
    with pytest.raises(ZeroDivisionError):
        score_comments(comment_ids=[comment.pk])
    assert Alert.objects.get().severity == 4


def test_the_model_that_comes_back_joins_the_same_incident(
    account, classifier, no_model, monkeypatch
):
    comment = make_comment(account, DOXX)
    with pytest.raises(outbox.Defer):
        score_comments(comment_ids=[comment.pk])
    monkeypatch.setattr("harassment.classifier.score", classifier.score)
    assert score_comments(comment_ids=[comment.pk]) == 1
    assert comment.scores.get().severity == 3
    assert Incident.objects.count() == Alert.objects.count() == Evidence.objects.count() == 1
    assert DetectedSignal.objects.count() == 1


def test_the_accounts_own_comments_are_not_looked_at(account, in_lumen):
    own = make_comment(account, DOXX, is_own=True)
    assert note_signals(comment_ids=[own.pk]) == 0
    assert not DetectedSignal.objects.exists()


def test_an_answer_under_somebody_elses_comment_is_aimed_at_them(arrive):
    first = arrive("nice", external_id="Uroot")
    answer = arrive("je vais te planter ce soir", parent_external_id="Uroot", post=first.post)
    assert answer.incident.target == "commenter"


def test_the_words_stay_masked_and_the_pages_say_what_it_is(arrive, client_for, bob, vera, lumen):
    comment = arrive(DOXX)
    one, of = (
        f"/harassment/comments/{comment.code}/",
        f"/harassment/cases/{Case.objects.get().code}/",
    )
    for person in (bob, vera):
        client = client_for(person, lumen)
        for url in ("/harassment/inbox/?view=all", one, f"{one}why/", of):
            page = client.get(url).content.decode()
            assert PHONE not in page, url
            if url != "/harassment/inbox/?view=all":
                assert "1 phone number published" in page, url
        assert "Private details published" in client.get("/harassment/alerts/").content.decode()
    assert client_for(vera, lumen).post(f"{one}reveal/", headers=HTMX).status_code == 403
    assert PHONE in client_for(bob, lumen).post(f"{one}reveal/", headers=HTMX).content.decode()


def test_an_unscored_comment_with_a_signal_says_what_it_is(
    account, no_model, client_for, bob, lumen
):
    comment = make_comment(account, DOXX)
    with pytest.raises(outbox.Defer):
        score_comments(comment_ids=[comment.pk])
    page = client_for(bob, lumen).get("/harassment/inbox/").content.decode()
    assert "Private details published" in page
    assert PHONE not in page


def test_the_inbox_filters_by_signal(arrive, client_for, bob, lumen):
    doxx, threat = arrive(DOXX), arrive(THREAT)
    client = client_for(bob, lumen)
    page = client.get("/harassment/inbox/?signal=doxx").content.decode()
    assert f"comment-{doxx.code}" in page
    assert f"comment-{threat.code}" not in page
    nonsense = client.get("/harassment/inbox/?signal=zorglub").content.decode()
    assert f"comment-{threat.code}" in nonsense


def test_what_an_earlier_wording_held_is_not_said_of_the_present_one(
    arrive, client_for, bob, lumen
):
    comment = arrive(DOXX)
    comment.text, comment.text_hash, comment.edited_at = "nice", "0" * 64, timezone.now()
    comment.save(update_fields=["text", "text_hash", "edited_at"])
    score_comments(comment_ids=[comment.pk])
    page = client_for(bob, lumen).get(f"/harassment/comments/{comment.code}/").content.decode()
    assert "phone number" not in page
    assert comment.signals.get().text_hash != comment.text_hash
    assert Incident.objects.get().severity == 3, "an incident never becomes milder by itself"


def test_a_wave_drowns_neither_its_first_threat_nor_its_first_private_details(account, classifier):
    texts = [f"{HATE} {number}" for number in range(300)]
    texts[200:200] = [DOXX, f"{DOXX} encore", "je sais où tu habites", "on sait où tu habites"]
    start = timezone.now() - timedelta(minutes=5)
    post = make_post(account)
    ids = [
        make_comment(
            account, text, post=post, published_at=start + timedelta(seconds=number / 5)
        ).pk
        for number, text in enumerate(texts)
    ]
    for first in range(0, len(ids), 50):
        score_comments(comment_ids=ids[first : first + 50])
    assert Case.objects.get().is_wave
    rung = [set(alert.incident.kinds) for alert in Alert.objects.select_related("incident")]
    assert sum("doxx" in kinds for kinds in rung) == 1
    assert sum("threat" in kinds for kinds in rung) == 1
    assert len(rung) <= 3
