"""The beat that promises readings: every due account once, in its own workspace, spread in time."""

from datetime import timedelta

import pytest
from django.utils import timezone

from accounts import tenancy
from accounts.models import Job, Workspace
from integrations.models import SocialAccount, SyncRun
from integrations.routing.models import ConnectionRoute
from integrations.tasks import dispatch_due


@pytest.fixture
def route(db):
    """`route(workspace, due_s)`: an account whose next reading is due then."""

    def make(workspace: Workspace, due_s: float | None = -1) -> ConnectionRoute:
        with tenancy.enter(workspace):
            number = SocialAccount.objects.count()
            account = SocialAccount.objects.create(platform="youtube", external_id=f"UC{number}")
        due = None if due_s is None else timezone.now() + timedelta(seconds=due_s)
        return ConnectionRoute.objects.create(
            workspace=workspace,
            platform="youtube",
            external_id=account.external_id,
            account_code=account.code,
            next_sync_at=due,
        )

    return make


def test_it_promises_each_due_account_in_its_workspace(route, lumen, nova):
    mine, theirs = route(lumen), route(nova)
    route(lumen, due_s=60)
    route(nova, due_s=None)
    assert dispatch_due() == 2
    promised = {(job.workspace, job.payload["account"]) for job in Job.objects.all()}
    assert promised == {(lumen, str(mine.account_code)), (nova, str(theirs.account_code))}
    assert tenancy.current_schema() == "public"


def test_a_second_beat_finds_nothing(route, lumen):
    route(lumen)
    assert dispatch_due() == 1
    assert dispatch_due() == 0


def test_a_reading_that_still_waits_is_not_doubled(route, lumen):
    row = route(lumen)
    assert dispatch_due() == 1
    ConnectionRoute.objects.filter(pk=row.pk).update(next_sync_at=timezone.now())
    assert dispatch_due() == 0
    assert Job.objects.count() == 1


def test_the_next_readings_are_spread(route, lumen, settings):
    settings.SYNC_INTERVAL_SECONDS = 300
    for _ in range(20):
        route(lumen)
    before = timezone.now()
    assert dispatch_due() == 20
    dues = ConnectionRoute.objects.values_list("next_sync_at", flat=True)
    waits = [(due - before).total_seconds() for due in dues if due]
    assert all(240 <= wait <= 361 for wait in waits)
    assert max(waits) - min(waits) > 10


def test_a_closed_workspace_is_left_alone(route, lumen):
    route(lumen)
    Workspace.objects.filter(pk=lumen.pk).update(is_open=False)
    assert dispatch_due() == 0


def test_the_promise_is_kept(synced, sandbox, run_jobs):
    sandbox.comment("By the beat")
    with tenancy.public():
        ConnectionRoute.objects.update(next_sync_at=timezone.now())
        dispatch_due()
    run_jobs()
    assert SyncRun.objects.latest("created_at").comments_new == 1
