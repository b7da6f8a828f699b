"""Every comment is judged once for each wording, and a crash or a rerun changes nothing."""

import hashlib

import pytest
from django.conf import settings
from django.utils import timezone

from accounts import outbox
from accounts.models import Job, LiveEvent
from harassment import classifier as seam
from harassment.models import Alert, Case, CaseEvent, Evidence, Incident, Reveal, ToxicityScore
from harassment.services.scoring import score_comments
from integrations.models import Comment, CommentRevision
from integrations.signals import comments_ingested
from tests.factories import make_comment
from tests.harassment.conftest import HATE, INSULT, ROUGH, THREAT

TABLES = (ToxicityScore, Incident, Case, CaseEvent, Evidence, Alert, Reveal)


def edit(comment: Comment, text: str) -> None:
    """The author changes the wording, as the sync writes it."""
    CommentRevision.objects.create(
        comment=comment, text=comment.text, text_hash=comment.text_hash, seen_until=timezone.now()
    )
    comment.text, comment.text_hash = text, hashlib.sha256(text.encode()).hexdigest()
    comment.edited_at = timezone.now()
    comment.save(update_fields=["text", "text_hash", "edited_at"])


def everything() -> dict[str, int]:
    return {model.__name__: model.objects.count() for model in TABLES}


def test_it_judges_what_was_heard(account, arrive):
    comment = arrive("Lo\u200bvely   shelf")
    score = comment.scores.get()
    assert (score.severity, score.language, score.is_current) == (0, "en", True)
    assert score.text_hash == comment.text_hash
    assert score.toxicity == pytest.approx(0.01)
    assert comment.text_norm == "Lovely shelf"
    assert not hasattr(comment, "incident")


def test_it_promises_a_job_in_the_transaction_of_the_comments(account, in_lumen, classifier):
    comments = [make_comment(account) for _ in range(3)]
    ids = [comment.pk for comment in comments]
    comments_ingested.send(sender=Comment, comment_ids=ids, edited_ids=[])
    job = Job.objects.get(name="harassment.score_comments")
    assert (job.queue, job.payload, job.workspace) == ("score", {"comment_ids": ids}, in_lumen)
    assert classifier.calls == []


def test_it_cuts_a_flood_into_batches(account, settings):
    settings.SCORE_BATCH = 2
    ids = [make_comment(account).pk for _ in range(5)]
    comments_ingested.send(sender=Comment, comment_ids=ids, edited_ids=[])
    jobs = Job.objects.filter(name="harassment.score_comments").order_by("pk")
    assert [job.payload["comment_ids"] for job in jobs] == [ids[:2], ids[2:4], ids[4:]]


def test_it_asks_the_classifier_once_a_batch(account, classifier):
    ids = [make_comment(account, f"text {number}").pk for number in range(4)]
    assert score_comments(comment_ids=ids) == 4
    assert [len(call) for call in classifier.calls] == [4]


def test_it_is_safe_to_run_twice(account, classifier):
    ids = [make_comment(account, text).pk for text in (THREAT, HATE, INSULT, ROUGH, "nice")]
    assert score_comments(comment_ids=ids) == 5
    before, pokes = everything(), LiveEvent.objects.count()
    assert score_comments(comment_ids=ids) == 0
    assert everything() == before
    assert LiveEvent.objects.count() == pokes


def test_it_leaves_the_accounts_own_replies_alone(account, classifier):
    own = make_comment(account, THREAT, is_own=True)
    assert score_comments(comment_ids=[own.pk]) == 0
    assert everything() == dict.fromkeys(everything(), 0)


def test_it_forgets_nothing_when_ids_are_gone(account, classifier):
    kept = make_comment(account)
    assert score_comments(comment_ids=[kept.pk, 10**9]) == 1


def test_it_judges_a_new_wording_anew(arrive, classifier):
    comment = arrive("nice")
    edit(comment, INSULT)
    assert score_comments(comment_ids=[comment.pk]) == 1
    current = comment.scores.get(is_current=True)
    assert (current.severity, current.text_hash) == (2, comment.text_hash)
    assert comment.scores.count() == 2


def test_a_wording_that_comes_back_is_current_again(arrive, classifier):
    comment = arrive("nice")
    for text in (INSULT, "nice"):
        edit(comment, text)
        score_comments(comment_ids=[comment.pk])
    assert comment.scores.count() == 2
    assert comment.scores.get(is_current=True).severity == 0


def test_a_new_model_judges_again(arrive, classifier):
    comment = arrive(ROUGH)
    classifier.version = "stub-2"
    assert score_comments(comment_ids=[comment.pk]) == 1
    assert comment.scores.get(is_current=True).model_version == "stub-2"
    assert score_comments(comment_ids=[comment.pk]) == 0


def test_a_wording_that_changed_meanwhile_is_left_to_its_own_job(account, classifier, monkeypatch):
    comment = make_comment(account, "nice")

    def slow(texts, recalibration=None):
        edit(Comment.objects.get(pk=comment.pk), INSULT)
        return classifier.score(texts)

    monkeypatch.setattr("harassment.classifier.score", slow)
    assert score_comments(comment_ids=[comment.pk]) == 0
    assert not ToxicityScore.objects.exists()


def test_a_missing_model_keeps_the_job_for_later(account, run_jobs, monkeypatch):
    def missing(texts, recalibration=None):
        raise seam.ModelUnavailable("The model file model.int8.onnx is missing.")

    monkeypatch.setattr("harassment.classifier.score", missing)
    comment = make_comment(account, THREAT)
    comments_ingested.send(sender=Comment, comment_ids=[comment.pk], edited_ids=[])
    run_jobs(later=True, rounds=12)
    job = Job.objects.get(name="harassment.score_comments")
    assert (job.state, job.attempts) == (Job.State.QUEUED, 0)
    assert "model.int8.onnx" in job.error
    assert everything() == dict.fromkeys(everything(), 0)


def test_nothing_is_written_when_the_end_of_the_job_fails(account, classifier, monkeypatch):
    comment = make_comment(account, THREAT)
    monkeypatch.setattr("accounts.live.poke", lambda name: 1 / 0)
    with pytest.raises(ZeroDivisionError):
        score_comments(comment_ids=[comment.pk])
    assert everything() == dict.fromkeys(everything(), 0)


def test_it_takes_a_comment_of_any_length_and_alphabet(account, classifier):
    texts = [
        "x" * 100_000,
        "\u200b\u200d\ufeff",
        "\u202etxet desrever",
        "🔥" * 20_000,
        "",
        "﷽" * 9_000,
    ]
    ids = [make_comment(account, text).pk for text in texts]
    assert score_comments(comment_ids=ids) == len(texts)
    longest = max(len(text) for text in Comment.objects.values_list("text_norm", flat=True))
    assert longest <= settings.COMMENT_MAX_CHARACTERS


def test_an_unknown_job_argument_is_refused(run_jobs, in_lumen):
    outbox.enqueue("harassment.score_comments", other=1)
    run_jobs()
    assert "TypeError" in Job.objects.get().error


def test_the_shipped_model_finds_a_threat(account):
    threat = make_comment(account, "I know where you live and I will kill you tonight, you bitch")
    praise = make_comment(account, "What a lovely shelf, thank you for the clear explanation!")
    assert score_comments(comment_ids=[threat.pk, praise.pk]) == 2
    assert threat.scores.get().severity >= 3
    assert praise.scores.get().severity == 0
    assert Alert.objects.get().incident.comment == threat
