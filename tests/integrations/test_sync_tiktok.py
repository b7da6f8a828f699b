"""TikTok as a creator has it: connected, read video by video, acted on, its bad days survived."""

import re
from datetime import timedelta

import pytest
from django.utils import timezone

from accounts.models import Job
from harassment.models import ToxicityScore
from integrations.models import Comment, MetricPoint, ModerationAction, Post, SocialAccount, SyncRun
from integrations.outcomes import Outcome
from integrations.services.credentials import access_for, open_token
from integrations.services.moderation import ModerationError, request_action, undo_action
from integrations.services.schedule import enqueue_sync

Status = SocialAccount.Status
State = ModerationAction.State
LISTS = "/business/comment/list"


@pytest.fixture
def tiktok(consent, alice, lumen, in_lumen, sandbox) -> SocialAccount:
    """Nox's TikTok account, connected by Alice in lumen; nothing has been read yet."""
    sandbox.comment("Out of sight", platform="tiktok", channel="nox", status="heldForReview")
    top = sandbox.comment("A thread", platform="tiktok", channel="nox")
    for number in range(5):
        sandbox.comment(f"Answer {number}", platform="tiktok", parent=top["id"])
    assert consent(alice, lumen, "nox", kind="tiktok") == Outcome.CONNECTED
    return SocialAccount.objects.get(platform="tiktok")


@pytest.fixture
def synced(tiktok: SocialAccount, run_jobs) -> SocialAccount:
    """The same, read to the end."""
    run_jobs()
    tiktok.refresh_from_db()
    return tiktok


def again(account: SocialAccount, run_jobs) -> SyncRun:
    enqueue_sync(account_code=str(account.code))
    run_jobs()
    return SyncRun.objects.latest("created_at")


def found(sandbox, **query):
    return sandbox.found(platform="tiktok", channel="nox", limit=5000, **query)


def test_it_connects_reads_and_hides(synced, sandbox, bob, run_jobs):
    run = SyncRun.objects.get()
    assert (run.state, run.error) == (SyncRun.State.DONE, "")
    told = {one["id"]: one for one in found(sandbox) if one["status"] != "rejected"}
    rows = {row.external_id: row for row in Comment.objects.select_related("post")}
    assert set(rows) == set(told)
    for external_id, row in rows.items():
        assert re.fullmatch(r"\d{19}", external_id)
        assert row.text == told[external_id]["text"]
        assert row.post is not None
        assert row.post.external_id == told[external_id]["video_id"]
        assert row.visibility == (
            "public" if told[external_id]["status"] == "published" else "held"
        )
    target = next(row for row in rows.values() if row.visibility == "public" and not row.is_own)
    action = request_action(comment=target, verb="hide", actor=bob)
    run_jobs()
    action.refresh_from_db()
    assert (action.state, action.sentence) == (State.CONFIRMED, "Hidden, confirmed by TikTok")
    assert found(sandbox, text=target.text)[0]["status"] == "heldForReview"
    undone = undo_action(action=action, actor=bob)
    run_jobs()
    undone.refresh_from_db()
    assert undone.state == State.CONFIRMED


def test_it_keeps_the_videos_with_their_counters(synced):
    assert Post.objects.count() == Post.objects.exclude(published_at=None).count() > 10
    names = set(MetricPoint.objects.exclude(post=None).values_list("name", flat=True))
    assert names == {"views", "likes", "comments", "shares", "favorites", "reach"}
    assert (synced.handle[0], synced.follower_count > 0) == ("@", True)


def test_a_second_reading_asks_only_for_what_may_have_changed(synced, sandbox, run_jobs):
    before = len(sandbox.requests(LISTS))
    post = Post.objects.order_by("-published_at")[0]
    made = sandbox.comment("A late one", platform="tiktok", video=post.external_id)
    run = again(synced, run_jobs)
    assert (run.state, run.comments_new) == (SyncRun.State.DONE, 1)
    assert Comment.objects.get(external_id=made["id"]).text == "A late one"
    fresh = Post.objects.filter(published_at__gt=timezone.now() - timedelta(days=3)).count()
    assert len(sandbox.requests(LISTS)) - before == fresh


def test_a_comment_below_an_old_video_shows_in_its_counter(synced, sandbox, run_jobs):
    post = Post.objects.filter(published_at__lt=timezone.now() - timedelta(days=40))[0]
    made = sandbox.comment("Still here?", platform="tiktok", video=post.external_id)
    MetricPoint.objects.update(at=timezone.now() - timedelta(hours=3))
    synced.cursors.update(passed_at=timezone.now() - timedelta(hours=2))
    again(synced, run_jobs)
    assert Comment.objects.filter(external_id=made["id"]).exists()


def test_what_vanished_is_noticed_and_kept(synced, sandbox, run_jobs):
    gone = Comment.objects.filter(parent_external_id="", post__isnull=False).first()
    assert gone is not None
    sandbox.ctl("POST", "comments", op="delete", id=gone.external_id, platform="tiktok")
    long_ago = timezone.now() - timedelta(days=2)
    synced.cursors.update(deepened_at=long_ago, passed_at=long_ago)
    again(synced, run_jobs)
    gone.refresh_from_db()
    assert gone.visibility == "deleted"
    missing = Comment.objects.filter(visibility="deleted").exclude(
        parent_external_id=gone.external_id
    )
    assert list(missing) == [gone]


def test_a_video_that_is_gone_stops_nothing(synced, sandbox, run_jobs):
    sandbox.fault("commentNotFound", LISTS)
    newest = Post.objects.order_by("-published_at")[1]
    made = sandbox.comment("Elsewhere", platform="tiktok", video=newest.external_id)
    synced.cursors.filter(stream__startswith="p").exclude(stream="posts").update(
        passed_at=timezone.now() - timedelta(days=2)
    )
    assert again(synced, run_jobs).state == SyncRun.State.DONE
    assert Comment.objects.filter(external_id=made["id"]).exists()


def test_rotating_tokens_are_stored_with_the_access_token(synced, sandbox):
    before = open_token(synced, "refresh")
    SocialAccount.objects.update(access_expires_at=timezone.now())
    first = access_for(account_id=synced.pk)
    synced.refresh_from_db()
    assert open_token(synced, "refresh") not in {"", before}
    assert synced.refresh_expires_at
    assert access_for(account_id=synced.pk) == first
    assert len(sandbox.requests("/refresh_token/")) == 1


def test_a_lost_rotation_asks_for_a_reconnect_and_keeps_everything(
    synced, sandbox, run_jobs, consent, alice, lumen
):
    count = Comment.objects.count()
    sandbox.ctl("POST", "tokens", op="expire", platform="tiktok")
    SocialAccount.objects.update(access_expires_at=timezone.now())
    sandbox.fault("lost_response", "/refresh_token/")
    run = again(synced, run_jobs)
    synced.refresh_from_db()
    assert (run.state, synced.status) == (SyncRun.State.FAILED, Status.RECONNECT)
    assert "Connect the account again" in synced.status_reason
    assert consent(alice, lumen, "nox", kind="tiktok", account_code=synced.code) == (
        Outcome.RECONNECTED
    )
    run_jobs()
    synced.refresh_from_db()
    assert synced.status == Status.ACTIVE
    assert Comment.objects.count() == count


def test_throttling_pauses_the_reading_for_as_long_as_tiktok_means(synced, sandbox, run_jobs):
    sandbox.fault("throttled", LISTS)
    run = again(synced, run_jobs)
    synced.refresh_from_db()
    assert (run.state, synced.status) == (SyncRun.State.PAUSED, Status.TRYING)
    assert run.resume_at is not None
    wait = run.resume_at - timezone.now()
    assert timedelta(minutes=4) < wait <= timedelta(minutes=5)
    run_jobs(later=True)
    synced.refresh_from_db()
    assert synced.status == Status.ACTIVE


def test_a_used_up_day_waits_for_midnight_utc(synced, sandbox, run_jobs):
    sandbox.fault("quotaExceeded", LISTS)
    again(synced, run_jobs)
    synced.refresh_from_db()
    assert synced.status == Status.QUOTA
    midnight = synced.retry_at.replace(hour=0, minute=0, second=0, microsecond=0)
    assert timedelta() <= synced.retry_at - midnight <= timedelta(minutes=5)


def test_an_unhide_that_did_nothing_is_not_called_done(synced, sandbox, bob, run_jobs):
    hidden = Comment.objects.filter(visibility="held").first()
    assert hidden is not None
    sandbox.fault("unhide_noop", "/comment/hide/")
    action = request_action(comment=hidden, verb="publish", actor=bob)
    for _ in range(6):
        run_jobs(later=True)
    action.refresh_from_db()
    assert action.state == State.UNCONFIRMED
    assert action.sentence == "TikTok accepted it, but does not show it."
    hidden.refresh_from_db()
    assert hidden.visibility == "held"


@pytest.mark.parametrize("fault", ["write_unknown_outcome", "lost_response", "truncated_json"])
def test_a_reply_is_never_sent_twice(synced, sandbox, bob, run_jobs, fault):
    target = Comment.objects.filter(parent_external_id="", is_own=False, visibility="public").last()
    assert target is not None
    sandbox.fault(fault, "/reply/create/")
    action = request_action(comment=target, verb="reply", actor=bob, reply_text="Only once")
    for _ in range(8):
        run_jobs(later=True)
    action.refresh_from_db()
    assert action.state == State.CONFIRMED
    assert len(found(sandbox, text="Only once")) == 1
    assert len(sandbox.requests("/reply/create/")) == 1


def test_what_tiktok_does_not_offer_says_so_with_the_way_by_hand(synced, bob):
    target = Comment.objects.filter(is_own=False, visibility="public").first()
    assert target is not None
    with pytest.raises(ModerationError, match="lets apps delete only") as caught:
        request_action(comment=target, verb="reject", actor=bob)
    assert caught.value.manual_url.startswith("https://support.tiktok.com/")
    with pytest.raises(ModerationError, match="1 to 150"):
        request_action(comment=target, verb="reply", actor=bob, reply_text="x" * 151)


def test_a_display_connection_reads_videos_and_is_healthy(
    sandbox, settings, consent, alice, lumen, in_lumen, run_jobs
):
    settings.TIKTOK_BUSINESS_APP_ID = settings.TIKTOK_BUSINESS_APP_SECRET = ""
    assert consent(alice, lumen, "nox", kind="tiktok") == Outcome.CONNECTED
    run_jobs()
    account = SocialAccount.objects.get(platform="tiktok")
    assert (account.status, SyncRun.objects.get().state) == (Status.ACTIVE, SyncRun.State.DONE)
    assert Post.objects.count() > 10
    assert Comment.objects.count() == 0
    assert not sandbox.requests("/business/")


def test_disconnecting_revokes_with_the_access_token(synced, sandbox, alice, run_jobs):
    from integrations.services.connect import disconnect_account

    disconnect_account(account=synced, actor=alice)
    run_jobs()
    assert sandbox.ctl("GET", "state", platform="tiktok")["channels"]["nox"]["grants"] == 0
    synced.refresh_from_db()
    assert synced.revoking_token_enc == ""


def test_no_token_stands_in_the_journal_or_the_logs(synced, sandbox, caplog, run_jobs):
    secrets = [open_token(synced, name).split(":")[2] for name in ("access", "refresh")]
    SocialAccount.objects.update(access_expires_at=timezone.now())
    sandbox.fault("status:503", LISTS)
    with caplog.at_level("DEBUG"):
        again(synced, run_jobs)
    told = str(sandbox.requests()) + caplog.text
    for secret in secrets:
        assert secret not in told


def test_scoring_is_promised_for_what_came(synced):
    jobs = Job.objects.filter(name="harassment.score_comments")
    ids = [pk for job in jobs for pk in job.payload["comment_ids"]]
    assert sorted(ids) == sorted(Comment.objects.values_list("pk", flat=True))
    assert not ToxicityScore.objects.exists()  # this room's tests only look at the promise
