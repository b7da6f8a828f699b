"""Fetching again: nothing twice, every change as history, a pause where the platform says so."""

from datetime import timedelta
from typing import Any, cast

import pytest
from django.utils import timezone

from accounts import tenancy
from accounts.models import AuditEntry, Job
from integrations.forms import ResyncForm
from integrations.models import Comment, CommentRevision, SocialAccount, SyncCursor, SyncRun
from integrations.outcomes import Outcome
from integrations.services import streams, sync
from integrations.services.ingest import ingest_comments
from integrations.services.schedule import enqueue_sync

State, Wish = SyncRun.State, SyncRun.Wish
THREADS = "commentThreads"
YEAR = 300 * 86_400


@pytest.fixture
def old_comments(account: SocialAccount, sandbox, run_jobs) -> SocialAccount:
    """An account whose 350 comments of the last ten months were read an hour ago."""
    sandbox.burst(350, spread_s=YEAR)
    run_jobs()
    account.refresh_from_db()
    return account


def ask(account, alice, wish=Wish.ALL, months=None) -> SyncRun:
    return sync.request_resync(account=account, actor=alice, wish=wish, months=months)


def oldest(**more) -> Comment:
    return Comment.objects.filter(parent_external_id="", **more).earliest("published_at")


def edit(sandbox, comment: Comment) -> None:
    sandbox.ctl("POST", "clock", advance_s=60)
    sandbox.ctl("POST", "comments", op="edit", id=comment.external_id, text="Quite another text")


def latest() -> SyncRun:
    return SyncRun.objects.latest("created_at")


def test_it_finds_what_no_routine_looks_at(old_comments, sandbox, run_jobs, alice):
    count, changed = Comment.objects.count(), oldest()
    edit(sandbox, changed)
    enqueue_sync(account_code=str(old_comments.code))
    run_jobs()
    assert not CommentRevision.objects.exists()
    run = ask(old_comments, alice)
    assert (run.state, run.wish, run.since) == (State.QUEUED, Wish.ALL, None)
    run_jobs()
    run.refresh_from_db()
    assert (run.state, run.error, run.percent) == (State.DONE, "", 100)
    assert CommentRevision.objects.get().comment_id == changed.pk
    assert Comment.objects.count() == count
    assert run.comments_new == 0
    assert AuditEntry.objects.filter(action="integrations.resync.requested").count() == 1


def test_what_is_gone_is_marked_and_stays(old_comments, sandbox, run_jobs, alice):
    count, gone = Comment.objects.count(), oldest()
    sandbox.ctl("POST", "comments", op="delete", id=gone.external_id)
    ask(old_comments, alice)
    run_jobs()
    gone.refresh_from_db()
    assert gone.visibility == Comment.Visibility.DELETED
    assert gone.text
    assert Comment.objects.count() == count


def test_nothing_is_announced_a_second_time(old_comments, run_jobs, alice, heard):
    ask(old_comments, alice)
    run_jobs()
    assert [fact for fact in heard if fact.get("comment_ids")] == []


def test_it_goes_back_no_further_than_asked(old_comments, sandbox, run_jobs, alice):
    ask(old_comments, alice, Wish.COMMENTS)
    run_jobs()
    whole, changed = latest().pages_read, oldest()
    edit(sandbox, changed)
    run = ask(old_comments, alice, Wish.COMMENTS, months=3)
    assert run.since
    assert abs(timezone.now() - timedelta(days=91) - run.since) < timedelta(days=1)
    run_jobs()
    run.refresh_from_db()
    assert run.state == State.DONE
    assert run.pages_read < whole
    assert not CommentRevision.objects.exists()
    known = Comment.objects.filter(published_at__gte=run.since)
    assert run.comments_expected == known.exclude(visibility="deleted").count()


def test_it_waits_for_the_quota_and_goes_on_from_its_place(old_comments, sandbox, run_jobs, alice):
    changed = oldest()
    edit(sandbox, changed)
    sandbox.fault("quotaExceeded", THREADS, nth=3)
    seen = len(sandbox.requests(THREADS))
    run = ask(old_comments, alice)
    run_jobs()
    run.refresh_from_db()
    assert run.state == State.PAUSED
    assert run.resume_at
    assert run.resume_at > timezone.now()
    assert not CommentRevision.objects.exists()
    run_jobs(later=True)
    run.refresh_from_db()
    assert run.state == State.DONE
    assert CommentRevision.objects.count() == 1
    # Two whole pages before, one look at what came in since, the rest and the two small lists.
    assert len(sandbox.requests(THREADS)) - seen <= 10


def test_it_takes_over_a_run_that_waits_and_keeps_its_time(old_comments, sandbox, run_jobs, alice):
    sandbox.fault("quotaExceeded", THREADS)
    enqueue_sync(account_code=str(old_comments.code))
    run_jobs()
    waiting = latest()
    run = ask(old_comments, alice)
    assert (run.pk, run.state, run.resume_at) == (waiting.pk, State.PAUSED, waiting.resume_at)
    run_jobs(later=True)
    assert latest().state == State.DONE


class Killed(BaseException):
    """kill -9: nothing of ours runs after it."""


def test_a_kill_costs_one_page(old_comments, sandbox, run_jobs, alice, monkeypatch):
    edit(sandbox, oldest())
    ask(old_comments, alice)
    kept, pages = ingest_comments, []

    def dying(**fields):
        pages.append(fields)
        if len(pages) > 2:
            raise Killed
        return kept(**fields)

    with monkeypatch.context() as patch:
        patch.setattr(streams, "ingest_comments", dying)
        with pytest.raises(Killed):
            sync.sync_account(account_code=str(old_comments.code))
    assert SyncCursor.objects.get(stream="published").cursor
    seen = len(sandbox.requests(THREADS))
    run_jobs()
    assert latest().state == State.DONE
    assert CommentRevision.objects.count() == 1
    assert len(sandbox.requests(THREADS)) - seen <= 8


def test_a_person_stops_it_and_the_routine_goes_on_as_before(
    old_comments, sandbox, run_jobs, alice
):
    sandbox.fault("quotaExceeded", THREADS, nth=3)
    ask(old_comments, alice)
    run_jobs()
    sync.cancel_sync(run=latest(), actor=alice)
    assert latest().state == State.CANCELLED
    assert not SyncCursor.objects.filter(passed_at=None).exists()
    sandbox.comment("A late one")
    Job.objects.filter(name="integrations.sync_account").update(run_at=timezone.now())
    seen = len(sandbox.requests(THREADS))
    run_jobs()
    assert latest().wish == ""
    assert Comment.objects.filter(text="A late one").exists()
    assert len(sandbox.requests(THREADS)) - seen <= 4


def test_a_second_wish_has_to_wait(old_comments, alice):
    ask(old_comments, alice)
    with pytest.raises(sync.SyncError):
        ask(old_comments, alice, Wish.POSTS)
    SyncRun.objects.unfinished().update(wish="", state=State.RUNNING)
    with pytest.raises(sync.SyncError):
        ask(old_comments, alice)


def test_a_listing_without_end_ends(old_comments, sandbox, run_jobs, alice):
    sandbox.fault("has_more_forever", THREADS, times=10_000)
    run = ask(old_comments, alice)
    run_jobs()
    run.refresh_from_db()
    assert run.state == State.DONE
    assert run.pages_read < 120


def test_a_long_one_lets_others_read_in_between(old_comments, run_jobs, alice, settings):
    settings.SYNC_PAGE_LIMIT = 2
    run = ask(old_comments, alice)
    run_jobs()
    run.refresh_from_db()
    assert (run.state, run.error) == (State.PAUSED, sync.GOES_ON)
    for _round in range(8):
        run_jobs(later=True)
    run.refresh_from_db()
    assert run.state == State.DONE
    assert run.pages_read > 4


def test_one_that_never_ends_says_so(old_comments, run_jobs, alice, settings, monkeypatch):
    settings.SYNC_PAGE_LIMIT = 2
    monkeypatch.setattr(sync, "MOST_PAGES", 2)
    run = ask(old_comments, alice)
    run_jobs()
    run.refresh_from_db()
    assert (run.state, run.error) == (State.FAILED, sync.ENDLESS)
    assert not SyncCursor.objects.filter(passed_at=None).exists()


def test_posts_alone_cost_no_look_at_comments(old_comments, sandbox, run_jobs, alice):
    seen = len(sandbox.requests(THREADS))
    run = ask(old_comments, alice, Wish.POSTS)
    run_jobs()
    run.refresh_from_db()
    assert run.state == State.DONE
    assert run.posts_seen > 0
    assert len(sandbox.requests(THREADS)) == seen


def test_held_comments_alone(old_comments, sandbox, run_jobs, alice):
    seen = len(sandbox.requests(THREADS))
    ask(old_comments, alice, Wish.HIDDEN)
    run_jobs()
    paths = [request["path"] for request in sandbox.requests(THREADS)][seen:]
    assert paths
    assert all("heldForReview" in path or "likelySpam" in path for path in paths)


def test_post_by_post_nothing_comes_twice(consent, alice, lumen, in_lumen, sandbox, run_jobs):
    assert consent(alice, lumen, "nox", kind="tiktok") == Outcome.CONNECTED
    run_jobs()
    account, count = SocialAccount.objects.get(), Comment.objects.count()
    changed = oldest()
    edit_of = {"platform": "tiktok", "id": changed.external_id}
    sandbox.ctl("POST", "comments", op="edit", text="Quite another text", **edit_of)
    run = ask(account, alice)
    run_jobs()
    run.refresh_from_db()
    assert (run.state, run.comments_new) == (State.DONE, 0)
    assert Comment.objects.count() == count
    assert CommentRevision.objects.get().comment_id == changed.pk


def test_only_what_a_platform_lists_is_offered():
    def offered(kind):
        choices = cast("Any", ResyncForm(platform=kind).fields["what"]).choices
        return [value for value, _name in choices]

    assert offered("youtube") == ["all", "posts", "comments", "hidden"]
    assert offered("tiktok") == ["all", "posts", "comments"]


def test_the_page_asks_shows_and_stops_in_place(
    old_comments, client_for, alice, lumen, run_jobs, sandbox
):
    browser = client_for(alice, lumen)
    page = f"/integrations/accounts/{old_comments.code}/"
    assert "fetch-again" in browser.get(page).content.decode()
    sandbox.fault("quotaExceeded", THREADS, nth=2)
    asked = browser.post(
        f"{page}resync/", {"what": "comments", "months": "6"}, headers={"hx-request": "true"}
    )
    told = asked.content.decode()
    assert "Again: Comments, back to" in told
    assert "fetch-again" not in told
    assert "<html" not in told
    run_jobs()
    told = browser.get(page, headers={"hx-request": "true"}).content.decode()
    assert "Waiting for the platform" in told
    assert "of about" in told
    with tenancy.enter(lumen):
        run = latest()
    stopped = browser.post(f"/integrations/runs/{run.code}/cancel/", headers={"hx-request": "true"})
    assert "Cancelled" in stopped.content.decode()


def test_nonsense_is_told_and_changes_nothing(old_comments, client_for, alice, lumen):
    browser = client_for(alice, lumen)
    answer = browser.post(
        f"/integrations/accounts/{old_comments.code}/resync/",
        {"what": "the moon", "months": "-1"},
        headers={"hx-request": "true"},
    )
    assert "Choose what to fetch again" in answer.content.decode()
    with tenancy.enter(lumen):
        assert not SyncRun.objects.exclude(wish="").exists()
