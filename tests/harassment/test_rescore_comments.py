"""When the model changes, comments are judged again: behind new ones, once, nothing is lost."""

from datetime import timedelta
from io import StringIO

import pytest
from django.core.management import CommandError, call_command
from django.db import IntegrityError, connection, transaction
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from accounts import outbox, tenancy
from accounts.models import Job, LiveEvent
from harassment import classifier as seam
from harassment.models import Alert, Case, CaseEvent, Evidence, Incident, Rescoring, ToxicityScore
from harassment.services import rescoring, scoring
from harassment.services.decisions import dismiss_comment, resolve_comment
from harassment.tasks import look_at_model
from integrations.models import Comment
from integrations.signals import comments_ingested
from tests.factories import make_comment
from tests.harassment.conftest import HATE, INSULT, ROUGH, THREAT

JOB = "harassment.rescore_comments"


@pytest.fixture
def judged(account, classifier, settings):
    """`judged(*texts)`: comments by the first model, the first text the newest."""
    settings.RESCORE_BATCH = 2

    def build(*texts):
        now = timezone.now()
        made = [
            make_comment(account, text, published_at=now - timedelta(minutes=n))
            for n, text in enumerate(texts)
        ]
        scoring.score_comments(comment_ids=[comment.pk for comment in made])
        rescoring.begin_rescoring()
        classifier.calls.clear()
        return made

    return build


@pytest.fixture
def renew(classifier):
    """A new model arrives and is noticed."""

    def build(version="stub-2", **verdicts):
        classifier.version = version
        classifier.verdicts |= verdicts
        with tenancy.public():
            rescoring.notice_model()

    return build


def handed_over():
    """Id and lease of the promised batch, as the relay gives it to the worker."""
    ours = set(Job.objects.filter(name=JOB).values_list("pk", flat=True))
    ((job_id, lease),) = [(pk, lease) for pk, lease, *_ in outbox.lease_due() if pk in ours]
    return job_id, lease


def current(comment):
    return comment.scores.get(is_current=True)


def test_it_judges_everything_again_and_keeps_both_scores(judged, renew, run_jobs):
    comments = judged("nice", ROUGH, INSULT, THREAT, "fine")
    renew()
    run_jobs()
    for comment in comments:
        first, second = comment.scores.order_by("pk")
        assert (first.model_version, first.is_current) == ("stub-1", False)
        assert (second.model_version, second.is_current) == ("stub-2", True)
        assert first.labels == second.labels
    row = Rescoring.objects.get()
    assert (row.model_version, row.total, row.judged) == ("stub-2", 5, 5)
    assert row.finished_at is not None


def test_what_waits_for_a_person_goes_first_then_the_newest(
    judged, renew, run_jobs, classifier, bob
):
    newest, decided, waiting, older, old = judged("newest", INSULT, HATE, "older", THREAT)
    dismiss_comment(comment=decided, actor=bob)
    renew()
    run_jobs()
    order = [text for call in classifier.calls for text in sorted(call)]
    assert order == [
        *sorted([waiting.text, old.text]), *sorted([newest.text, older.text]), decided.text,
    ]  # fmt: skip


def test_new_comments_go_first(judged, renew, run_jobs, account, in_lumen):
    judged("one", "two", "three")
    renew()
    job = handed_over()
    fresh = make_comment(account, "fresh")
    comments_ingested.send(sender=Comment, comment_ids=[fresh.pk], edited_ids=[])
    outbox.run(job[0], job[1])
    row = Job.objects.get(name=JOB)
    assert (row.state, row.attempts) == (Job.State.QUEUED, 0)
    assert row.run_at > timezone.now()
    assert not ToxicityScore.objects.filter(model_version="stub-2").exists()
    run_jobs()
    assert set(
        ToxicityScore.objects.filter(model_version="stub-2").values_list("comment_id", flat=True)
    ) == {fresh.pk}
    run_jobs(later=True)
    assert not ToxicityScore.objects.older_than("stub-2").exists()


def test_it_also_lets_the_new_comments_of_other_workspaces_pass(nova, judged, renew):
    judged("one")
    renew()
    with tenancy.enter(nova):
        outbox.enqueue("harassment.score_comments", comment_ids=[])
    with pytest.raises(outbox.Defer):
        rescoring.rescore_comments(step=Rescoring.objects.get().step)


def test_one_job_at_a_time_and_each_promises_the_next(judged, renew, classifier):
    judged("one", "two", "three")
    renew()
    for size in (2, 1):
        job = Job.objects.get(name=JOB, state=Job.State.QUEUED)
        job_id, lease = handed_over()
        outbox.run(job_id, lease)
        assert job.pk == job_id
        assert len(classifier.calls.pop()) == size
    job_id, lease = handed_over()
    outbox.run(job_id, lease)
    assert classifier.calls == []
    assert not Job.objects.filter(name=JOB, state__in=Job.UNFINISHED).exists()


def test_it_looks_at_a_bounded_number_of_comments_at_once(
    judged, renew, run_jobs, classifier, monkeypatch
):
    monkeypatch.setattr(rescoring, "WINDOW", 1)
    monkeypatch.setattr(rescoring, "WINDOWS", 2)
    comments = judged("one", INSULT, "two", "three", HATE, "four")
    classifier.version = "stub-2"
    scoring.score_comments(comment_ids=[comment.pk for comment in comments[2:4]])
    renew()
    run_jobs()
    assert {current(comment).model_version for comment in comments} == {"stub-2"}
    row = Rescoring.objects.get()
    assert (row.total, row.judged, row.is_running) == (4, 4, False)


def test_a_batch_is_safe_to_run_twice(judged, renew, classifier):
    judged("one", "two", "three")
    renew()
    step = Rescoring.objects.get().step
    assert rescoring.rescore_comments(step=step) == 2
    classifier.calls.clear()
    assert rescoring.rescore_comments(step=step) == 0
    assert classifier.calls == []
    assert Rescoring.objects.get().judged == 2


def test_a_kill_in_the_middle_of_a_batch_loses_and_doubles_nothing(
    judged, renew, run_jobs, monkeypatch
):
    comments = judged(INSULT, "two", "three", THREAT)
    renew(zorglubinsult=(3, ["insult"]))

    def killed(_):
        raise SystemExit

    with monkeypatch.context() as patch:
        patch.setattr("harassment.services.rescoring._promise", killed)
        job_id, lease = handed_over()
        with pytest.raises(SystemExit), transaction.atomic():
            outbox.run(job_id, lease)
    assert not ToxicityScore.objects.filter(model_version="stub-2").exists()
    Job.objects.filter(pk=job_id).update(leased_until=timezone.now() - timedelta(seconds=1))
    run_jobs()
    assert ToxicityScore.objects.filter(model_version="stub-2").count() == len(comments)
    assert Incident.objects.count() == Alert.objects.count() == 2
    assert Rescoring.objects.get().finished_at is not None


def test_what_became_graver_is_an_incident_like_a_fresh_one(judged, renew, run_jobs):
    (comment,) = judged(ROUGH)
    before = LiveEvent.objects.filter(name="alerts").count()
    renew(zorglubrough=(3, ["insult"]))
    run_jobs()
    incident = Incident.objects.get(comment=comment)
    assert (incident.severity, incident.state) == (3, Incident.State.OPEN)
    assert (
        Evidence.objects.get(comment=comment).content.read()["score"]["model_version"] == "stub-2"
    )
    assert Alert.objects.get().incident == incident
    assert LiveEvent.objects.filter(name="alerts").count() == before + 1
    kinds = set(incident.case.events.values_list("kind", flat=True))
    assert kinds == {CaseEvent.Kind.OPENED, CaseEvent.Kind.INCIDENT, CaseEvent.Kind.CAPTURED}


def test_what_became_milder_keeps_its_case_and_proof_and_may_be_read(
    judged, renew, run_jobs, client_for, vera, lumen
):
    (comment,) = judged(INSULT)
    proof = list(Evidence.objects.values("hash", "payload"))
    renew(zorglubinsult=(0, []))
    run_jobs()
    incident = Incident.objects.get(comment=comment)
    assert (incident.severity, incident.kinds, incident.state) == (2, ["insult"], "open")
    assert Case.objects.get().severity == 2
    assert list(Evidence.objects.values("hash", "payload")) == proof
    assert current(comment).severity == 0
    page = client_for(vera, lumen).get(f"/harassment/comments/{comment.code}/").content.decode()
    assert INSULT in page
    assert "Judged harmless since" in page
    assert INSULT in client_for(vera, lumen).get("/harassment/inbox/").content.decode()


@pytest.mark.parametrize("decide", [dismiss_comment, resolve_comment])
@pytest.mark.parametrize("verdict", [(4, ["threat"]), (0, [])])
def test_what_a_person_decided_stands(
    judged, renew, run_jobs, client_for, bob, lumen, decide, verdict
):
    (comment,) = judged(INSULT)
    decide(comment=comment, actor=bob)
    before = Incident.objects.values().get()
    alerts, events = Alert.objects.count(), CaseEvent.objects.count()
    renew(zorglubinsult=verdict)
    run_jobs()
    assert current(comment).severity == verdict[0]
    assert Incident.objects.values().get() == before
    assert (Alert.objects.count(), CaseEvent.objects.count()) == (alerts, events)
    assert Evidence.objects.count() == 1
    page = client_for(bob, lumen).get(f"/harassment/comments/{comment.code}/").content.decode()
    assert INSULT not in page, "the mask is as it was when the person decided"


def test_an_open_incident_becomes_graver_with_the_model(judged, renew, run_jobs, settings):
    settings.ALERT_SEVERITY = 3
    judged(INSULT)
    assert not Alert.objects.exists()
    renew(zorglubinsult=(4, ["threat"]))
    run_jobs()
    incident = Incident.objects.get()
    assert (incident.severity, incident.case.severity) == (4, 4)
    assert Alert.objects.get().incident == incident


def test_the_accounts_own_comments_are_left_alone(judged, renew, run_jobs, account):
    make_comment(account, THREAT, is_own=True)
    judged("nice")
    renew()
    run_jobs()
    assert Rescoring.objects.get().total == 1


def test_a_model_that_changes_again_meanwhile_begins_anew(judged, renew, run_jobs, classifier):
    comments = judged("one", "two", "three")
    renew()
    rescoring.rescore_comments(step=Rescoring.objects.get().step)
    classifier.version = "stub-3"
    run_jobs()
    assert {current(comment).model_version for comment in comments} == {"stub-3"}
    assert ToxicityScore.objects.filter(model_version="stub-2").count() == 2
    row = Rescoring.objects.get()
    assert (row.model_version, row.total, row.judged) == ("stub-3", 3, 3)


def test_a_model_that_is_taken_back_finds_its_own_scores_again(judged, renew, run_jobs):
    (comment,) = judged("one")
    for version in ("stub-2", "stub-1"):
        renew(version)
        run_jobs()
    assert current(comment).model_version == "stub-1"
    assert comment.scores.count() == 2


def test_the_same_model_changes_nothing(judged, renew, run_jobs, classifier):
    judged("one", INSULT)
    pokes = LiveEvent.objects.count()
    renew("stub-1")
    assert not Job.objects.filter(name=JOB).exists()
    assert LiveEvent.objects.count() == pokes
    assert classifier.calls == []


def test_what_was_left_behind_is_noticed(judged, renew, run_jobs):
    (comment,) = judged("one")
    renew()
    run_jobs()
    comment.scores.filter(model_version="stub-2").delete()
    comment.scores.update(is_current=True)  # an older worker judged it meanwhile
    renew()
    run_jobs()
    assert current(comment).model_version == "stub-2"


def test_a_missing_model_waits_and_is_no_failure(judged, renew, run_jobs, monkeypatch):
    judged("one")
    renew()

    def missing(*_):
        raise seam.ModelUnavailable("The model file is damaged.")

    monkeypatch.setattr("harassment.classifier.version", missing)
    run_jobs(later=True, rounds=12)
    job = Job.objects.get(name=JOB)
    assert (job.state, job.attempts) == (Job.State.QUEUED, 0)


def test_the_beat_promises_one_look(db, run_jobs, classifier, lumen, nova):
    with tenancy.public():
        assert look_at_model()
        assert not look_at_model()
        assert Job.objects.get().workspace is None
    run_jobs()
    for workspace in (lumen, nova):
        with tenancy.enter(workspace):
            row = Rescoring.objects.get()
            assert (row.model_version, row.is_running) == ("stub-1", False)


def test_a_workspace_that_cannot_be_asked_holds_up_no_other(
    db, classifier, lumen, nova, monkeypatch
):
    notice = rescoring.begin_rescoring

    def fail_in_lumen():
        if tenancy.current_schema() == lumen.schema_name:
            raise IntegrityError
        return notice()

    monkeypatch.setattr(rescoring, "begin_rescoring", fail_in_lumen)
    rescoring.notice_model()
    with tenancy.enter(nova):
        assert Rescoring.objects.get().model_version == "stub-1"


def test_one_workspace_is_judged_again_and_not_its_neighbour(nova, judged, renew, run_jobs):
    judged("one")
    renew()
    run_jobs()
    with tenancy.enter(nova):
        assert not ToxicityScore.objects.exists()
        assert Rescoring.objects.get().total == 0


def test_the_command_promises_it(lumen, judged, classifier, run_jobs):
    (comment,) = judged("one")
    classifier.version = "stub-2"
    said = StringIO()
    with tenancy.public():
        call_command("toxicity_rescore", workspace="lumen", stdout=said)
        assert Job.objects.get(name="harassment.begin_rescoring").workspace == lumen
    assert said.getvalue() == "lumen: promised\n"
    run_jobs()
    assert current(comment).model_version == "stub-2"
    with tenancy.public():
        call_command("toxicity_rescore", stdout=said)
    assert "nova: promised" in said.getvalue()
    with pytest.raises(CommandError, match="no open workspace"), tenancy.public():
        call_command("toxicity_rescore", workspace="nowhere")


def test_the_page_says_how_many_are_left(judged, renew, run_jobs, client_for, bob, lumen):
    client = client_for(bob, lumen)
    judged(*(f"comment {n}" for n in range(5)))
    assert "still judged" not in client.get("/harassment/inbox/").content.decode()
    renew()
    rescoring.rescore_comments(step=Rescoring.objects.get().step)
    for url, headers in (
        ("/harassment/inbox/", {}),
        ("/harassment/inbox/backlog/", {"HX-Request": "true"}),
    ):
        page = client.get(url, headers=headers).content.decode()
        assert "3 comments are still judged by the model before." in page
        assert "2 / 5" in page
    assert client.get("/harassment/inbox/backlog/").status_code == 302
    run_jobs()
    page = client.get("/harassment/inbox/backlog/", headers={"HX-Request": "true"})
    assert "still judged" not in page.content.decode()


def test_a_batch_asks_a_fixed_number_of_questions(account, classifier, renew, settings):
    settings.RESCORE_BATCH = 40
    ids = [make_comment(account, f"{THREAT} {n}").pk for n in range(45)]
    scoring.score_comments(comment_ids=ids)
    renew()
    with CaptureQueriesContext(connection) as asked:
        rescoring.rescore_comments(step=Rescoring.objects.get().step)
    assert len(asked) < 48
