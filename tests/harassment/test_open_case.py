"""Abuse gathers into one open case per author and account, with proof and an alert where due."""

import contextvars
import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from django.db import connection, connections
from django.utils import timezone

from accounts import tenancy
from accounts.models import LiveEvent, Workspace
from harassment.models import Alert, Case, CaseEvent, Evidence, Incident
from harassment.services.cases import resolve_case
from harassment.services.decisions import dismiss_comment
from harassment.services.evidence import erase
from harassment.services.scoring import score_comments
from tests.database import cloned_database, use_database
from tests.factories import make_account, make_comment
from tests.harassment.conftest import HATE, INSULT, ROUGH, THREAT
from tests.harassment.test_score_comments import edit


def test_it_opens_a_case_for_the_first_incident(arrive):
    comment = arrive(INSULT, author_external_id="UCx", author_handle="@x")
    case = Case.objects.get()
    assert (case.label, case.severity, case.status) == ("AUR-0001", 2, Case.Status.NEW)
    assert (case.author_external_id, case.author_handle) == ("UCx", "@x")
    assert case.last_incident_at == comment.published_at
    incident = comment.incident
    assert (incident.kinds, incident.state) == (["insult"], Incident.State.OPEN)
    kinds = [event.kind for event in case.events.order_by("pk")]
    assert kinds == ["opened", "incident", "captured"]


def test_a_doubtful_comment_opens_nothing(arrive):
    arrive(ROUGH)
    assert not Case.objects.exists()


def test_the_same_author_joins_the_open_case(arrive):
    arrive(INSULT, author_external_id="UCx")
    arrive(THREAT, author_external_id="UCx")
    case = Case.objects.get()
    assert case.severity == 4
    assert case.incidents.count() == 2
    assert case.events.filter(kind=CaseEvent.Kind.SEVERITY).get().data == {"from": 2, "to": 4}


def test_the_same_author_on_another_account_is_another_case(arrive, account):
    arrive(INSULT, author_external_id="UCx")
    arrive(INSULT, author_external_id="UCx", account=make_account())
    assert sorted(Case.objects.values_list("number", flat=True)) == [1, 2]


def test_after_the_decision_a_new_case_begins(arrive, alice):
    arrive(INSULT, author_external_id="UCx")
    resolve_case(case=Case.objects.get(), actor=alice)
    arrive(INSULT, author_external_id="UCx")
    assert list(Case.objects.order_by("number").values_list("number", "status")) == [
        (1, "resolved"),
        (2, "new"),
    ]


def test_a_batch_of_one_author_is_one_case_and_one_line_each(account, classifier):
    ids = [make_comment(account, f"{INSULT} {n}", author_external_id="UCx").pk for n in range(30)]
    score_comments(comment_ids=ids)
    case = Case.objects.get()
    assert case.incidents.count() == 30
    found = case.events.get(kind=CaseEvent.Kind.INCIDENT).data
    assert (found["count"], found["kinds"], found["severity"]) == (30, {"insult": 30}, 2)
    assert case.events.get(kind=CaseEvent.Kind.CAPTURED).data == {"first": 1, "last": 30}


def test_authors_of_different_accounts_in_one_batch_are_not_mixed(account, classifier):
    other = make_account()
    rows = [(account, "UCa"), (other, "UCb"), (account, "UCb"), (other, "UCa")]
    ids = [make_comment(owner, INSULT, author_external_id=author).pk for owner, author in rows]
    score_comments(comment_ids=ids)
    assert set(Case.objects.values_list("account_id", "author_external_id")) == {
        (owner.pk, author) for owner, author in rows
    }


def test_an_author_that_the_platform_hides_still_has_a_case(arrive):
    arrive(INSULT, author_external_id="", author_handle="", author_name="")
    assert Case.objects.get().author_external_id == ""


def test_it_rings_once_for_what_is_grave_enough(arrive, classifier, settings):
    settings.ALERT_SEVERITY = 3
    comment = arrive(THREAT)
    arrive(INSULT)
    assert Alert.objects.get().incident.comment == comment
    assert LiveEvent.objects.filter(name="alerts").count() == 1


def test_an_edit_that_makes_it_grave_rings(arrive, classifier, settings):
    settings.ALERT_SEVERITY = 3
    comment = arrive(INSULT)
    edit(comment, THREAT)
    score_comments(comment_ids=[comment.pk])
    incident = Incident.objects.get()
    assert (incident.severity, incident.case.severity, incident.kinds) == (4, 4, ["threat"])
    assert Alert.objects.get().incident == incident
    edit(comment, HATE)
    score_comments(comment_ids=[comment.pk])
    assert Incident.objects.get().severity == 4
    assert Alert.objects.count() == 1


def test_an_edit_seals_both_wordings(arrive, classifier):
    comment = arrive(INSULT)
    edit(comment, "nice")
    score_comments(comment_ids=[comment.pk])
    first, second = Evidence.objects.order_by("sequence")
    assert first.content.read()["comment.text"] == INSULT
    found = second.content.read()
    assert (second.reason, found["comment.text"]) == ("edit", "nice")
    assert found["earlier_wordings"][0]["text"] == INSULT
    assert Incident.objects.get().severity == 2


def test_a_harmless_comment_that_turns_abusive_keeps_its_first_wording(arrive, classifier):
    comment = arrive("nice")
    edit(comment, INSULT)
    score_comments(comment_ids=[comment.pk])
    link = Evidence.objects.get()
    found = link.content.read()
    assert found["comment.text"] == INSULT
    assert [old["text"] for old in found["earlier_wordings"]] == ["nice"]


def test_a_dismissed_comment_needs_a_person_again_after_an_edit(arrive, classifier, bob):
    comment = arrive(INSULT)
    dismiss_comment(comment=comment, actor=bob)
    edit(comment, HATE)
    score_comments(comment_ids=[comment.pk])
    incident = Incident.objects.get()
    assert (incident.state, incident.decided_at) == (Incident.State.OPEN, None)


def test_a_new_model_does_not_seal_the_same_wording_again(arrive, classifier):
    comment = arrive(INSULT)
    classifier.version = "stub-2"
    score_comments(comment_ids=[comment.pk])
    assert Evidence.objects.count() == 1


def test_what_was_erased_is_not_sealed_again_by_a_new_model(arrive, classifier):
    comment = arrive(INSULT)
    erase(evidence=Evidence.objects.get(), reason="asked")
    classifier.version = "stub-2"
    score_comments(comment_ids=[comment.pk])
    assert Evidence.objects.count() == 1


def test_a_rolled_back_case_leaves_no_gap(account, classifier, monkeypatch):
    comments = [make_comment(account, INSULT) for _ in range(2)]
    with monkeypatch.context() as patch:
        patch.setattr("harassment.services.triage.seal", lambda captures: 1 / 0)
        with pytest.raises(ZeroDivisionError):
            score_comments(comment_ids=[comments[0].pk])
    score_comments(comment_ids=[comments[1].pk])
    assert Case.objects.get().number == 1


def test_the_number_of_queries_does_not_grow_with_the_batch(
    account, classifier, django_assert_max_num_queries
):
    # Of last week: so many people at once would be a wave, and one case.
    past = timezone.now() - timedelta(days=7)
    ids = [
        make_comment(account, f"{THREAT} {n}", published_at=past - timedelta(minutes=n)).pk
        for n in range(60)
    ]
    with django_assert_max_num_queries(48):
        score_comments(comment_ids=ids)
    assert Case.objects.count() == 60


def test_many_at_once_number_without_gaps(template_name, django_db_blocker, classifier):
    """Eight workers judge comments of four authors at the same moment."""
    with django_db_blocker.unblock():
        before = connection.settings_dict["NAME"]
        try:
            with cloned_database(template_name):
                _race()
        finally:
            use_database(before)


def _race() -> None:
    workers = 8
    with tenancy.enter(Workspace.objects.get(slug="lumen")):
        account = make_account()
        past = timezone.now() - timedelta(days=7)  # today it would be a wave, and one case
        ids = [
            [
                make_comment(account, THREAT, author_external_id=f"UC{n % 4}", published_at=past).pk
                for n in range(6)
            ]
            for _ in range(workers)
        ]
        start = threading.Barrier(workers)

        def work(batch: list[int]) -> None:
            start.wait(timeout=10)
            try:
                score_comments(comment_ids=batch)
            finally:
                connections.close_all()

        with ThreadPoolExecutor(workers) as pool:
            waiting = [pool.submit(contextvars.copy_context().run, work, batch) for batch in ids]
            for future in waiting:
                future.result(timeout=60)
        assert sorted(Case.objects.values_list("number", flat=True)) == [1, 2, 3, 4]
        assert Incident.objects.count() == Alert.objects.count() == workers * 6
        for case in Case.objects.all():
            numbers = list(case.evidence.order_by("sequence").values_list("sequence", flat=True))
            assert numbers == list(range(1, len(numbers) + 1))
