"""Durable jobs: promised with their cause, run once in their workspace, retried, parked."""

from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import Any

import pytest
from django.db import transaction
from django.utils.timezone import now

from accounts import outbox, tenancy
from accounts.models import AuditEntry, Job, Workspace

pytestmark = pytest.mark.django_db
RunJobs = Callable[..., int]


@pytest.fixture
def job() -> Iterator[Callable[..., Any]]:
    """Register jobs for one test."""
    before = dict(outbox._registry)
    yield outbox.job
    outbox._registry.clear()
    outbox._registry.update(before)


def _enqueue(name: str, lumen: Workspace, **options: Any) -> Job:
    with tenancy.enter(lumen):
        outbox.enqueue(name, **options)
    return Job.objects.filter(name=name).latest("id")


def test_it_runs_inside_its_workspace(job: Any, lumen: Workspace, run_jobs: RunJobs) -> None:
    seen: list[tuple[str, int]] = []
    job("test.look")(lambda number: seen.append((tenancy.current_schema(), number)))
    row = _enqueue("test.look", lumen, number=7)
    assert run_jobs() == 1
    assert seen == [(lumen.schema_name, 7)]
    row.refresh_from_db()
    assert row.state == Job.State.DONE
    assert run_jobs() == 0


def test_it_exists_only_if_its_cause_commits(job: Any, lumen: Workspace) -> None:
    job("test.cause")(lambda: None)

    def fail_after_promising() -> None:
        with tenancy.enter(lumen), transaction.atomic():
            outbox.enqueue("test.cause")
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        fail_after_promising()
    assert not Job.objects.filter(name="test.cause").exists()


def test_it_undoes_the_effect_of_a_failed_run(
    job: Any, lumen: Workspace, run_jobs: RunJobs
) -> None:
    @job("test.half")
    def half() -> None:
        AuditEntry.objects.create(workspace=tenancy.current_workspace(), action="half")
        raise ValueError("later")

    row = _enqueue("test.half", lumen)
    run_jobs()
    row.refresh_from_db()
    assert (row.state, row.attempts) == (Job.State.QUEUED, 1)
    assert row.run_at > now()
    assert not AuditEntry.objects.filter(action="half").exists()


def test_it_parks_after_eight_attempts_and_replays_once(
    job: Any, lumen: Workspace, run_jobs: RunJobs
) -> None:
    runs: list[int] = []

    @job("test.poison")
    def poison() -> None:
        runs.append(1)
        raise ValueError("never works")

    row = _enqueue("test.poison", lumen)
    run_jobs(later=True)
    row.refresh_from_db()
    assert (row.state, len(runs)) == (Job.State.DEAD, 8)
    assert row.error == "ValueError: never works"
    assert outbox.replay() == 1
    assert outbox.replay() == 0
    row.refresh_from_db()
    assert (row.state, row.attempts) == (Job.State.QUEUED, 0)


def test_it_defers_without_counting(job: Any, lumen: Workspace, run_jobs: RunJobs) -> None:
    @job("test.quota")
    def quota() -> None:
        raise outbox.Defer("quota", 3600)

    row = _enqueue("test.quota", lumen)
    for _ in range(10):
        run_jobs(later=True, rounds=1)
    row.refresh_from_db()
    assert (row.state, row.attempts) == (Job.State.QUEUED, 0)
    assert row.run_at > now() + timedelta(minutes=59)


def test_it_keeps_one_unfinished_job_of_a_key(job: Any, lumen: Workspace, nova: Workspace) -> None:
    job("test.key")(lambda: None)
    with tenancy.enter(lumen):
        assert outbox.enqueue("test.key", key="a") is True
        assert outbox.enqueue("test.key", key="a") is False
        assert outbox.enqueue("test.key", key="b") is True
    with tenancy.enter(nova):
        assert outbox.enqueue("test.key", key="a") is True
    assert Job.objects.filter(name="test.key").count() == 3


def test_it_ignores_a_doubled_message(job: Any, lumen: Workspace) -> None:
    runs: list[int] = []
    job("test.double")(lambda: runs.append(1))
    _enqueue("test.double", lumen)
    [(job_id, lease, _, schema)] = outbox.lease_due()
    with tenancy.enter(schema):
        assert outbox.run(job_id, lease) is True
        assert outbox.run(job_id, lease) is False
    assert runs == [1]


def test_it_comes_back_after_a_lost_message_and_after_a_dead_worker(
    job: Any, lumen: Workspace
) -> None:
    job("test.lost")(lambda: None)
    row = _enqueue("test.lost", lumen)
    [(_, first, _, _)] = outbox.lease_due()
    assert outbox.lease_due() == []
    Job.objects.filter(pk=row.pk).update(leased_until=now() - timedelta(seconds=1))
    [(_, second, _, _)] = outbox.lease_due()
    row.refresh_from_db()
    assert (first != second, row.attempts) == (True, 0)
    Job.objects.filter(pk=row.pk).update(
        state=Job.State.RUNNING, leased_until=now() - timedelta(seconds=1)
    )
    assert len(outbox.lease_due()) == 1
    row.refresh_from_db()
    assert row.attempts == 1
    with tenancy.enter(lumen):
        assert outbox.run(row.pk, second) is False


def test_it_says_when_its_lease_is_lost(job: Any, lumen: Workspace) -> None:
    steps: list[str] = []

    @job("test.pages", atomic=False)
    def pages() -> None:
        outbox.extend_lease()
        steps.append("one")
        Job.objects.filter(name="test.pages").update(lease="00000000-0000-0000-0000-000000000001")
        outbox.extend_lease()
        steps.append("two")

    _enqueue("test.pages", lumen)
    [(job_id, lease, _, schema)] = outbox.lease_due()
    with tenancy.enter(schema):
        outbox.run(job_id, lease)
    assert steps == ["one"]


def test_it_undoes_a_run_that_lost_its_lease(job: Any, lumen: Workspace) -> None:
    @job("test.slow")
    def slow() -> None:
        AuditEntry.objects.create(workspace=tenancy.current_workspace(), action="slow")
        # Another runner takes over meanwhile.
        Job.objects.filter(name="test.slow").update(lease="00000000-0000-0000-0000-000000000001")

    row = _enqueue("test.slow", lumen)
    [(job_id, lease, _, schema)] = outbox.lease_due()
    with tenancy.enter(schema):
        outbox.run(job_id, lease)
    row.refresh_from_db()
    assert row.state == Job.State.RUNNING
    assert not AuditEntry.objects.filter(action="slow").exists()


def test_it_refuses_the_wrong_workspace(job: Any, lumen: Workspace, nova: Workspace) -> None:
    runs: list[int] = []
    job("test.wrong")(lambda: runs.append(1))
    row = _enqueue("test.wrong", lumen)
    [(job_id, lease, _, _)] = outbox.lease_due()
    with tenancy.enter(nova), pytest.raises(tenancy.UnknownWorkspace):
        outbox.run(job_id, lease)
    assert runs == []
    assert Job.objects.get(pk=row.pk).state == Job.State.RUNNING  # comes back with its lease


def test_it_refuses_an_unregistered_name(in_lumen: Workspace) -> None:
    with pytest.raises(LookupError, match="No job is registered"):
        outbox.enqueue("test.unheard_of")
