"""A workspace's own decisions correct the model for that workspace, and only if that helps."""

import hashlib
import re
from collections.abc import Sequence

import numpy as np
import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from accounts import outbox, tenancy
from accounts.models import AuditEntry, Job
from harassment.classifier import Features, Recalibration, Score
from harassment.classifier.base import UNCALIBRATED, kinds_of, severity_of
from harassment.classifier.labels import LABELS
from harassment.models import Case, Incident, Rescoring, ToxicityScore
from harassment.models import Recalibration as Row
from harassment.queries.recalibrations import current_recalibration
from harassment.queries.verdicts import decided_comments, verdicts
from harassment.services import decisions, recalibration, scoring
from integrations.models import Comment, CommentRevision, ModerationAction
from tests.factories import make_account, make_comment

pytestmark = pytest.mark.django_db

FRENCH = "voilà"


class LinearModel:
    """Reads "a=1 b=0" as its pooled state and finds a comment hostile when it says "rude".

    Everybody calls each other rude here; whether it is meant, only "a" tells.
    """

    version = "linear-1"

    def features(self, texts: Sequence[str]) -> Features:
        pooled = np.array([[float(f"{name}=1" in text) for name in "abc"] for text in texts])
        logits = np.full((len(texts), len(LABELS)), -4.0)
        logits[:, 0] = [1.5 if "rude" in text else -1.5 for text in texts]
        languages = ["fr" if FRENCH in text else "en" for text in texts]
        return Features(logits.astype(np.float32), pooled.astype(np.float32), languages)  # type: ignore[arg-type]

    def score(self, texts: Sequence[str], recalibration: Recalibration | None = None):
        found = self.features(texts)
        scores = []
        for row, pooled, language in zip(found.logits, found.pooled, found.languages, strict=True):
            shift = 0.0
            if recalibration and language in recalibration.directions:
                direction = recalibration.directions[language]
                shift = direction.offset + float(pooled @ np.array(direction.weights))
            chances = 1 / (1 + np.exp(-(row + shift)))
            labels = dict(zip(LABELS, chances.round(4).tolist(), strict=True))
            severity = severity_of(labels, UNCALIBRATED)
            kinds = kinds_of(labels, UNCALIBRATED, severity)
            version = f"{self.version}+{recalibration.name}" if recalibration else self.version
            scores.append(Score(labels, language, severity, kinds, version))
        return scores


@pytest.fixture
def model(monkeypatch):
    linear = LinearModel()
    monkeypatch.setattr("harassment.classifier.score", linear.score)
    monkeypatch.setattr("harassment.classifier.features", linear.features)
    monkeypatch.setattr("harassment.classifier.version", lambda: linear.version)
    return linear


def decide(account, actor, number, *, french=False, only_means=None, noise=0.0, seed=1):
    """`number` flagged comments that a person confirmed or dismissed."""
    random = np.random.default_rng(seed)
    now = timezone.now()
    comments, states = [], []
    for index in range(number):
        means = bool(random.random() < 0.4) if only_means is None else only_means
        shown = means if random.random() >= noise else not means
        words = f"a={int(shown)} b={random.integers(2)} c={random.integers(2)}"
        text = f"{FRENCH if french else 'hey'} rude {words} {seed} {index}"
        comments.append(
            Comment(
                account=account, external_id=f"Ug-{french}-{seed}-{index}", text=text,
                text_hash=hashlib.sha256(text.encode()).hexdigest(), published_at=now,
                remote_state_at=now,
            )
        )  # fmt: skip
        states.append(Incident.State.ACTED if means else Incident.State.DISMISSED)
    Comment.objects.bulk_create(comments)
    case = Case.objects.create(
        number=Case.objects.count() + 1, account=account, severity=2, last_incident_at=now,
        author_external_id=f"UC-{french}-{only_means}-{seed}",
    )  # fmt: skip
    Incident.objects.bulk_create(
        Incident(
            case=case, comment=comment, severity=2, state=state, decided_at=now,
            decided_by_id=actor.pk,
        )
        for comment, state in zip(comments, states, strict=True)
    )  # fmt: skip


def in_use() -> Recalibration:
    found = current_recalibration()
    assert found is not None
    return found


def learn(actor, run_jobs):
    assert recalibration.ask_to_learn(actor=actor)
    run_jobs()


@pytest.fixture
def account(in_lumen, model):
    return make_account(display_name="Mila Builds")


def test_it_learns_what_people_mean_and_says_what_that_changes(account, alice, run_jobs):
    decide(account, alice, 200)
    learn(alice, run_jobs)
    row = Row.objects.get()
    assert (row.language, row.state, row.reason) == ("en", Row.State.ACTIVE, "")
    assert row.model_version == "linear-1"
    assert row.harmful + row.harmless == 200
    assert 40 < row.held_back < 80
    assert row.before["false_positives"] > 10 > row.after["false_positives"]
    assert row.after["false_negatives"] <= row.before["false_negatives"] == 0
    assert row.after["log_loss"] < row.before["log_loss"]
    assert (row.created_by_id, row.created_by_label) == (alice.pk, "Alice")
    weights = in_use().directions["en"].weights
    assert weights[0] > 1 > abs(weights[1])
    assert AuditEntry.objects.filter(action="harassment.recalibration.learned").count() == 1


def test_it_judges_again_by_what_it_learned(account, alice, run_jobs):
    decide(account, alice, 200)
    fresh = make_comment(account, "hey rude a=0 b=1 c=0")
    scoring.score_comments(comment_ids=[fresh.pk])
    before = ToxicityScore.objects.current().get(comment=fresh)
    assert (before.severity, before.model_version) == (2, "linear-1")
    learn(alice, run_jobs)
    run_jobs(later=True)
    after = ToxicityScore.objects.current().get(comment=fresh)
    name = in_use().name
    assert (after.severity, after.model_version) == (0, f"linear-1+{name}")
    assert ToxicityScore.objects.filter(comment=fresh).count() == 2
    assert scoring.present_version() == after.model_version


def test_it_refuses_what_is_no_better(account, alice, run_jobs):
    decide(account, alice, 200, noise=0.5)
    for incident in Incident.objects.filter(comment__text_hash__lt="4d"):
        # The held-back ones are as the model says: all that was learned is wrong there.
        incident.decide(Incident.State.ACTED, alice)
    learn(alice, run_jobs)
    row = Row.objects.get()
    assert (row.state, row.reason) == (Row.State.REFUSED, Row.Reason.FEW)  # one kind held back
    held = Incident.objects.filter(comment__text_hash__lt="4d")
    for incident in held[:4]:
        incident.decide(Incident.State.DISMISSED, alice)
    learn(alice, run_jobs)
    row = Row.objects.latest("pk")
    assert (row.state, row.reason) == (Row.State.REFUSED, Row.Reason.NO_BETTER)
    assert row.after["log_loss"] > row.before["log_loss"]
    assert (row.weights, row.offset) == ([], 0.0)
    assert current_recalibration() is None
    assert scoring.present_version() == "linear-1"


def test_a_second_learning_from_the_same_decisions_changes_nothing(account, alice, run_jobs):
    decide(account, alice, 200)
    learn(alice, run_jobs)
    first = current_recalibration()
    learn(alice, run_jobs)
    assert current_recalibration() == first
    assert list(Row.objects.order_by("pk").values_list("state", "reason")) == [
        ("active", ""),
        ("refused", "no_better"),
    ]


@pytest.mark.parametrize(
    ("harmful", "harmless", "state"),
    [(25, 24, "refused"), (10, 60, "refused"), (60, 10, "refused"), (30, 60, "active")],
)
def test_it_asks_for_enough_of_both_kinds(account, alice, run_jobs, harmful, harmless, state):
    decide(account, alice, harmful, only_means=True, seed=3)
    decide(account, alice, harmless, only_means=False, seed=4)
    learn(alice, run_jobs)
    row = Row.objects.get()
    assert (row.harmful, row.harmless, row.state) == (harmful, harmless, state)
    assert row.reason == ("few" if state == "refused" else "")


def test_each_language_learns_by_itself(account, alice, run_jobs):
    decide(account, alice, 200)
    decide(account, alice, 30, french=True)
    learn(alice, run_jobs)
    assert dict(Row.objects.values_list("language", "state")) == {"en": "active", "fr": "refused"}
    assert set(in_use().directions) == {"en"}
    (french,) = scoring.judge_texts([f"{FRENCH} rude a=0"])
    assert french.severity == 2
    decide(account, alice, 200, french=True, seed=2)
    learn(alice, run_jobs)
    assert set(in_use().directions) == {"en", "fr"}
    (french,) = scoring.judge_texts([f"{FRENCH} rude a=0"])
    assert french.severity == 0


def test_it_is_safe_to_run_twice(account, alice, run_jobs):
    decide(account, alice, 200)
    assert recalibration.ask_to_learn(actor=alice)
    assert not recalibration.ask_to_learn(actor=alice)
    job = Job.objects.get(name="harassment.learn_recalibration")
    recalibration.learn_recalibration(**job.payload)
    recalibration.learn_recalibration(**job.payload)
    run_jobs()
    assert Row.objects.count() == 1
    assert AuditEntry.objects.filter(action="harassment.recalibration.learned").count() == 1


def test_it_waits_for_the_model(account, alice, run_jobs, monkeypatch):
    from harassment.classifier import ModelUnavailable

    def gone():
        raise ModelUnavailable("The model file is missing.")

    monkeypatch.setattr("harassment.classifier.version", gone)
    learn(alice, run_jobs)
    job = Job.objects.get(name="harassment.learn_recalibration")
    assert (job.state, job.attempts) == (Job.State.QUEUED, 0)
    assert "missing" in job.error
    assert not Row.objects.exists()


def test_a_job_of_an_unknown_workspace_raises(account, alice):
    recalibration.ask_to_learn(actor=alice)
    with tenancy.public():
        (due,) = [row for row in outbox.lease_due() if row[2] == "score"]
        with pytest.raises((tenancy.NoWorkspace, tenancy.UnknownWorkspace)):
            outbox.run(due[0], due[1])


def test_without_decisions_there_is_nothing_to_say(account, alice, run_jobs):
    learn(alice, run_jobs)
    assert not Row.objects.exists()


def test_it_can_be_reset_and_taken_back(account, alice, run_jobs):
    decide(account, alice, 200)
    probe = "hey rude a=0 b=1 c=0"
    shared = scoring.judge_texts([probe])
    learn(alice, run_jobs)
    learned = scoring.judge_texts([probe])
    row = Row.objects.get()
    recalibration.reset_recalibration(recalibration=row, actor=alice)
    assert scoring.judge_texts([probe]) == shared != learned
    row.refresh_from_db()
    assert (row.state, row.ended_by_label) == (Row.State.RESET, "Alice")
    with pytest.raises(recalibration.RecalibrationError):
        recalibration.reset_recalibration(recalibration=row, actor=alice)
    recalibration.restore_recalibration(recalibration=row, actor=alice)
    assert scoring.judge_texts([probe]) == learned
    with pytest.raises(recalibration.RecalibrationError):
        recalibration.restore_recalibration(recalibration=row, actor=alice)
    run_jobs(later=True)
    assert Rescoring.objects.get().model_version == scoring.present_version()
    actions = AuditEntry.objects.filter(action__startswith="harassment.recalibration.")
    assert [entry.action.rpartition(".")[2] for entry in actions.order_by("pk")] == [
        "asked", "learned", "reset", "restored",
    ]  # fmt: skip


def test_a_better_one_takes_the_place_of_the_one_before(account, alice, run_jobs):
    decide(account, alice, 120, noise=0.15)
    learn(alice, run_jobs)
    first = Row.objects.get()
    assert first.state == Row.State.ACTIVE
    decide(account, alice, 300, seed=2)
    learn(alice, run_jobs)
    first.refresh_from_db()
    second = Row.objects.get(state=Row.State.ACTIVE)
    assert first.state == Row.State.REPLACED
    assert second.after["log_loss"] < second.before["log_loss"]
    recalibration.restore_recalibration(recalibration=first, actor=alice)
    assert list(Row.objects.active()) == [first]


def test_another_model_makes_it_inactive(account, alice, run_jobs, model):
    decide(account, alice, 200)
    learn(alice, run_jobs)
    run_jobs(later=True)
    row = Row.objects.get()
    model.version = "linear-2"
    assert current_recalibration() is None
    assert scoring.present_version() == "linear-2"
    recalibration.reset_recalibration(recalibration=row, actor=alice)
    run_jobs(later=True)
    with pytest.raises(recalibration.RecalibrationError, match="another model"):
        recalibration.restore_recalibration(recalibration=row, actor=alice)
    learn(alice, run_jobs)
    assert Row.objects.get(state=Row.State.ACTIVE).model_version == "linear-2"


def test_it_never_reaches_another_workspace(nova, charlie, account, alice, run_jobs):
    decide(account, alice, 200)
    learn(alice, run_jobs)
    probe = "hey rude a=0 b=1 c=0"
    (ours,) = scoring.judge_texts([probe])
    with tenancy.enter(nova):
        assert current_recalibration() is None
        assert not Row.objects.exists()
        (theirs,) = scoring.judge_texts([probe])
        assert (theirs.severity, theirs.model_version) == (2, "linear-1")
        learn(charlie, run_jobs)
        assert not Row.objects.exists()
    assert ours.severity == 0
    assert scoring.judge_texts([probe]) == [ours]


def test_the_cache_of_texts_holds_nothing_of_a_workspace(nova, in_lumen):
    """The shipped model, one process, the same text: lumen's correction stays lumen's."""
    from harassment import classifier

    probe = "You are a pathetic idiot and everybody hates you"
    Row.objects.create(
        run="00000000-0000-0000-0000-000000000001", language="en", offset=-6.0, harmful=60,
        harmless=60, model_version=classifier.version(), state=Row.State.ACTIVE,
    )  # fmt: skip
    with tenancy.enter(nova):
        (first,) = scoring.judge_texts([probe])
    (ours,) = scoring.judge_texts([probe])
    with tenancy.enter(nova):
        (again,) = scoring.judge_texts([probe])
    assert first == again
    assert first.severity >= 2 > ours.severity
    assert "+" not in first.model_version
    assert ours.model_version == f"{classifier.version()}+{in_use().name}"
    explained = scoring.explain_text(probe)
    assert explained.score == ours


def test_the_newest_word_of_a_person_counts(account, alice, bob):
    def labels():
        return dict(
            decided_comments(Comment.objects.all()).values_list("text", "is_harmful").order_by()
        )

    def act(comment, verb, **fields):
        fields = {"state": "confirmed", "visibility_before": "public", "actor_id": bob.pk, **fields}
        return ModerationAction.objects.create(comment=comment, verb=verb, **fields)

    words = [
        "dismissed", "resolved", "hidden", "published", "open", "answered", "changed-mind",
        "hidden-then-dismissed", "reopened",
    ]  # fmt: skip
    comments = {word: make_comment(account, f"hey rude {word} {n}") for n, word in enumerate(words)}
    comments["missed"] = make_comment(account, "hey missed")
    scoring.score_comments(comment_ids=[one.pk for one in comments.values()])
    assert not Incident.objects.filter(comment=comments["missed"]).exists()
    decisions.dismiss_comment(comment=comments["dismissed"], actor=bob)
    decisions.resolve_comment(comment=comments["resolved"], actor=bob)
    for word in ("hidden", "hidden-then-dismissed", "reopened"):
        act(comments[word], "hide")
        Incident.objects.get(comment=comments[word]).decide("acted", bob)
    act(comments["published"], "publish")
    Incident.objects.get(comment=comments["published"]).decide("acted", bob)
    act(comments["missed"], "hide")
    act(make_comment(account, "hey never happened"), "hide", state="refused")
    hide = act(make_comment(account, "hey taken back"), "hide")
    act(hide.comment, "publish", undoes=hide)
    failed = act(make_comment(account, "hey not taken back"), "hide")
    act(failed.comment, "publish", undoes=failed, state="refused")
    act(comments["answered"], "reply")
    act(make_comment(account, "hey nobody"), "hide", actor_id=None)
    decisions.dismiss_comment(comment=comments["changed-mind"], actor=alice)
    act(comments["changed-mind"], "hide")
    decisions.dismiss_comment(comment=comments["hidden-then-dismissed"], actor=alice)
    decisions.reopen_comment(comment=comments["reopened"], actor=alice)
    assert labels() == {
        comments["dismissed"].text: False,
        comments["resolved"].text: True,
        comments["hidden"].text: True,
        comments["published"].text: False,
        comments["missed"].text: True,
        "hey not taken back": True,
        comments["changed-mind"].text: True,
        comments["hidden-then-dismissed"].text: False,
    }


def test_a_wording_counts_as_it_was_judged(account, bob):
    comment = make_comment(account, "hey rude first wording")
    scoring.score_comments(comment_ids=[comment.pk])
    decisions.dismiss_comment(comment=comment, actor=bob)
    for text in ("hey rude first wording", "hey rude second wording"):
        CommentRevision.objects.create(
            comment=comment, text=text, seen_until=timezone.now(),
            text_hash=hashlib.sha256(text.encode()).hexdigest(),
        )  # fmt: skip
    Comment.objects.filter(pk=comment.pk).update(text="hey rude third", text_hash="0" * 64)
    assert [verdict.text for verdict in verdicts(most=10)] == ["hey rude first wording"]


def test_a_copied_wording_counts_once_with_the_newest_word(account, alice):
    pairs = [make_comment(account, "hey rude copy") for _ in range(5)]
    scoring.score_comments(comment_ids=[comment.pk for comment in pairs])
    for comment in pairs[:4]:
        decisions.dismiss_comment(comment=comment, actor=alice)
    decisions.resolve_comment(comment=pairs[4], actor=alice)
    (verdict,) = verdicts(most=10)
    assert verdict.is_harmful


def test_reading_the_decisions_takes_two_questions(account, alice):
    decide(account, alice, 40)
    with CaptureQueriesContext(connection) as asked:
        assert len(verdicts(most=30)) == 30
    assert len(asked) == 2


def test_a_name_is_short_and_plain(account, alice, run_jobs):
    decide(account, alice, 200)
    learn(alice, run_jobs)
    assert re.fullmatch(r"en\d+", in_use().name)
