"""A reading that is interrupted, refused or led in circles: it goes on, and says why it waits."""

from datetime import timedelta

import pytest
from django.utils import timezone

from accounts import outbox
from accounts.models import Job
from integrations.models import Comment, SocialAccount, SyncCursor, SyncRun
from integrations.routing.models import ConnectionRoute
from integrations.services import streams, sync
from integrations.services.ingest import ingest_comments
from integrations.services.schedule import enqueue_sync

Status = SocialAccount.Status
State = SyncRun.State
THREADS = "commentThreads"


def job() -> Job:
    return Job.objects.filter(name="integrations.sync_account").latest("pk")


def total(sandbox):
    state = sandbox.ctl("GET", "state")["channels"]["mila"]
    return state["comments"] - state["rejected"]


def health(account):
    account.refresh_from_db()
    return account


class Killed(BaseException):
    """kill -9: nothing of ours runs after it."""


def killed_after(pages: int, monkeypatch) -> None:
    """Die when the next page has been fetched, before it is kept."""
    count = 0
    keep = ingest_comments

    def dying(**fields):
        nonlocal count
        count += 1
        if count > pages:
            raise Killed
        return keep(**fields)

    monkeypatch.setattr(streams, "ingest_comments", dying)


@pytest.mark.parametrize("pages", [0, 1, 4, 8])
def test_it_reads_everything_once_after_a_kill(account, sandbox, run_jobs, monkeypatch, pages):
    sandbox.burst(1000, spread_s=3600)
    with monkeypatch.context() as patch:
        killed_after(pages, patch)
        with pytest.raises(Killed):
            sync.sync_account(account_code=str(account.code))
    assert SyncRun.objects.get().state == State.RUNNING
    assert Comment.objects.count() < 1000
    run_jobs()
    assert SyncRun.objects.get().state == State.DONE
    assert Comment.objects.count() == total(sandbox) >= 1000
    scored = [
        pk
        for row in Job.objects.filter(name="harassment.score_comments")
        for pk in row.payload["comment_ids"]
    ]
    assert len(scored) == len(set(scored)) == Comment.objects.count()


def test_it_goes_on_from_its_place_and_reads_what_came_in_since(
    account, sandbox, run_jobs, monkeypatch
):
    sandbox.burst(500, spread_s=3600)
    with monkeypatch.context() as patch:
        killed_after(4, patch)
        with pytest.raises(Killed):
            sync.sync_account(account_code=str(account.code))
    row = SyncCursor.objects.get(stream="published")
    assert row.cursor
    sandbox.burst(150)  # while nobody was reading
    seen = len(sandbox.requests())
    run_jobs()
    assert Comment.objects.count() == total(sandbox)
    published = [r for r in sandbox.requests(THREADS)[0:] if r]
    assert len(published) < 25
    assert len(sandbox.requests()) > seen


def test_another_runner_stops_the_first_one(account, sandbox, monkeypatch):
    sandbox.burst(300)
    monkeypatch.setattr(
        outbox, "extend_lease", lambda *_: (_ for _ in ()).throw(outbox.LeaseLost("gone"))
    )
    with pytest.raises(outbox.LeaseLost):
        sync.sync_account(account_code=str(account.code))
    assert not Comment.objects.exists()


def test_it_waits_for_the_quota(synced, sandbox, run_jobs):
    sandbox.comment("Later")
    sandbox.fault("quotaExceeded", THREADS)
    enqueue_sync(account_code=str(synced.code))
    run_jobs()
    account, run = health(synced), SyncRun.objects.latest("created_at")
    assert account.status == Status.QUOTA
    assert "midnight" in account.status_reason
    assert account.status_since
    assert account.retry_at > timezone.now()
    assert (run.state, run.resume_at) == (State.PAUSED, account.retry_at)
    assert job().attempts == 0
    assert abs(job().run_at - account.retry_at) < timedelta(seconds=5)
    assert ConnectionRoute.objects.get().next_sync_at == account.retry_at
    run_jobs(later=True)
    assert health(synced).status == Status.ACTIVE
    assert (health(synced).status_reason, health(synced).retry_at) == ("", None)
    assert Comment.objects.filter(text="Later").exists()
    assert SyncRun.objects.latest("created_at").pk == run.pk


def test_it_honours_retry_after(synced, sandbox, run_jobs):
    sandbox.fault("rateLimitExceeded", THREADS, retry_after="90", status=429)
    enqueue_sync(account_code=str(synced.code))
    run_jobs()
    assert health(synced).status == Status.TRYING
    assert job().attempts == 0
    wait = job().run_at - timezone.now()
    assert timedelta(seconds=30) < wait < timedelta(seconds=95)


@pytest.mark.parametrize(
    "fault",
    [
        {"action": "status:503"},
        {"action": "status:500"},
        {"action": "truncated_json"},
        {"action": "empty_200"},
        {"action": "reset_connection"},
        {"action": "missing_fields"},
    ],
)
def test_it_tries_again_after_a_passing_failure(synced, sandbox, run_jobs, fault):
    sandbox.comment("Patience")
    sandbox.fault(fault["action"], THREADS, times=3)  # as often as one call is repeated
    enqueue_sync(account_code=str(synced.code))
    run_jobs()
    account = health(synced)
    assert account.status == Status.TRYING
    assert account.status_reason
    assert SyncRun.objects.latest("created_at").state == State.PAUSED
    assert job().state == Job.State.QUEUED
    run_jobs(later=True)
    assert health(synced).status == Status.ACTIVE
    assert Comment.objects.filter(text="Patience").count() == 1


def test_a_passing_failure_in_a_long_reading_is_not_an_attempt(account, sandbox, run_jobs):
    sandbox.burst(300)
    sandbox.fault("status:503", THREADS, nth=3, times=3)
    run_jobs()
    assert (job().state, job().attempts) == (Job.State.QUEUED, 0)
    run_jobs(later=True)
    assert Comment.objects.count() == total(sandbox)


def test_it_asks_for_a_reconnect_when_consent_is_taken_back(synced, sandbox, run_jobs):
    sandbox.ctl("POST", "tokens", op="revoke")
    enqueue_sync(account_code=str(synced.code))
    run_jobs()
    account = health(synced)
    assert account.status == Status.RECONNECT
    assert "again" in account.status_reason
    assert account.retry_at is None
    assert ConnectionRoute.objects.get().next_sync_at is None
    assert SyncRun.objects.latest("created_at").state == State.FAILED
    assert job().state == Job.State.DONE
    assert Comment.objects.exists()


def test_it_says_which_permission_is_missing(synced, sandbox, run_jobs):
    sandbox.fault("scope_removed", THREADS, times=10)
    enqueue_sync(account_code=str(synced.code))
    run_jobs()
    assert health(synced).status == Status.SCOPE_MISSING
    assert SyncRun.objects.latest("created_at").state == State.FAILED


def test_a_channel_without_uploads_is_read_all_the_same(account, sandbox, run_jobs):
    sandbox.fault("status:404", "playlistItems", times=10)
    run_jobs()
    assert SyncRun.objects.get().state == State.DONE
    assert Comment.objects.count() == total(sandbox)


def test_a_refusal_is_asked_again_the_next_day(synced, sandbox, run_jobs):
    SyncCursor.objects.filter(stream="posts").update(passed_at=None)
    sandbox.fault("status:404", "channels", times=10)
    enqueue_sync(account_code=str(synced.code))
    run_jobs()
    assert health(synced).status == Status.REFUSED
    tomorrow = timezone.now() + timedelta(hours=20)
    assert ConnectionRoute.objects.filter(next_sync_at__gt=tomorrow).exists()
    assert SyncRun.objects.latest("created_at").state == State.FAILED


def test_a_lost_place_restarts_the_listing(account, sandbox, run_jobs):
    sandbox.burst(300)
    sandbox.fault("cursor_invalid", THREADS, nth=3)
    run_jobs()
    assert SyncRun.objects.get().state == State.DONE
    assert Comment.objects.count() == total(sandbox)


def test_a_place_that_is_always_lost_pauses_the_reading(account, sandbox, run_jobs):
    sandbox.burst(300)
    sandbox.fault("cursor_invalid", THREADS, nth=2, times=50)
    run_jobs()
    assert SyncRun.objects.get().state == State.PAUSED
    assert health(account).status == Status.TRYING


@pytest.mark.parametrize("action", ["page_shift", "page_duplicate", "empty_page_with_next"])
def test_shifting_and_repeated_pages_lose_nothing(account, sandbox, run_jobs, action):
    sandbox.burst(350, spread_s=3600)
    sandbox.fault(action, THREADS, nth=2)
    run_jobs()
    enqueue_sync(account_code=str(account.code))
    run_jobs()
    assert Comment.objects.count() == total(sandbox)


def test_a_listing_without_end_ends(account, sandbox, run_jobs):
    sandbox.fault("has_more_forever", THREADS, times=10_000)
    run_jobs()
    run = SyncRun.objects.get()
    assert run.state == State.DONE
    assert run.pages_read < 100
    assert Comment.objects.count() == total(sandbox)


def test_a_run_reads_no_more_than_its_pages(account, sandbox, run_jobs, settings):
    sandbox.burst(500, spread_s=3600)
    settings.SYNC_PAGE_LIMIT = 4
    run_jobs()
    run = SyncRun.objects.get()
    assert (run.state, run.pages_read) == (State.DONE, 4)
    assert run.error
    settings.SYNC_PAGE_LIMIT = 2000
    enqueue_sync(account_code=str(account.code))
    run_jobs()
    assert Comment.objects.count() == total(sandbox)


def test_a_person_stops_it_between_two_pages(account, sandbox, run_jobs, monkeypatch, alice):
    sandbox.burst(500, spread_s=3600)
    keep = ingest_comments

    def then_cancel(**fields):
        sync.cancel_sync(run=SyncRun.objects.get(), actor=alice)
        return keep(**fields)

    monkeypatch.setattr(streams, "ingest_comments", then_cancel)
    run_jobs()
    run = SyncRun.objects.get()
    assert run.state == State.CANCELLED
    assert 0 < Comment.objects.count() < 500
    assert job().state == Job.State.DONE


def test_a_waiting_run_is_stopped_at_once(account, alice, sandbox):
    run = SyncRun.objects.get()
    assert run.state == State.QUEUED
    assert sync.cancel_sync(run=run, actor=alice).state == State.CANCELLED


def test_a_bug_pauses_the_run_and_is_tried_again(account, sandbox, run_jobs, monkeypatch):
    def broken(**_fields):
        raise ZeroDivisionError

    with monkeypatch.context() as patch:
        patch.setattr(streams, "ingest_posts", broken)
        run_jobs()
    assert SyncRun.objects.get().state == State.PAUSED
    assert (job().state, job().attempts) == (Job.State.QUEUED, 1)
    run_jobs(later=True)
    assert SyncRun.objects.get().state == State.DONE
