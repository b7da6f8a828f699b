"""An Instagram account from consent to disconnection, through the services that people use."""

from collections.abc import Callable
from datetime import timedelta
from functools import partial

import pytest
from django.utils import timezone

from integrations.models import (
    Comment,
    MetricPoint,
    ModerationAction,
    Post,
    SocialAccount,
    SyncCursor,
    SyncRun,
)
from integrations.outcomes import Outcome
from integrations.platforms import platform
from integrations.platforms.instagram.credential import Credential
from integrations.routing.models import ConnectionRoute
from integrations.services import connect
from integrations.services.credentials import access_for, open_token
from integrations.services.moderation import ModerationError, request_action, undo_action
from integrations.services.schedule import enqueue_sync
from tests.integrations.instagram_cast import KIND, account_id, comment, found, wallet
from tests.integrations.sandbox_server import SandboxServer

BASIC = "instagram_business_basic"
COMMENTS = "instagram_business_manage_comments"
State = ModerationAction.State


@pytest.fixture
def ig(sandbox: SandboxServer) -> SandboxServer:
    """The sandbox, under the name that the tests use."""
    return sandbox


@pytest.fixture
def ig_consent(consent: Callable[..., Outcome]) -> Callable[..., Outcome]:
    """`ig_consent(user, workspace)`: the whole dance; how it ended."""
    return partial(consent, kind=KIND)


@pytest.fixture
def ig_account(ig_consent, alice, lumen, in_lumen) -> SocialAccount:
    """Mila's Instagram, connected by Alice in lumen; nothing has been read yet."""
    assert ig_consent(alice, lumen) == Outcome.CONNECTED
    return SocialAccount.objects.get(platform=KIND)


@pytest.fixture
def ig_synced(ig_account: SocialAccount, run_jobs) -> SocialAccount:
    """The same, read to the end."""
    run_jobs()
    ig_account.refresh_from_db()
    return ig_account


@pytest.fixture
def nasty(ig_synced, ig, run_jobs) -> Comment:
    """A comment that has just been read."""
    made = comment(ig, "You are nothing.", author="@a.bully")
    again(ig_synced, run_jobs)
    return Comment.objects.get(external_id=made["id"])


def again(account: SocialAccount, run_jobs) -> SyncRun:
    enqueue_sync(account_code=str(account.code))
    run_jobs()
    return SyncRun.objects.latest("created_at")


def perform(run_jobs, later: int = 0, **asked) -> ModerationAction:
    action = request_action(**asked)
    run_jobs()
    for _ in range(later):
        run_jobs(later=True)
    action.refresh_from_db()
    return action


def test_it_connects_under_the_id_of_webhooks(ig_account, ig):
    assert ig_account.external_id == account_id(ig)
    assert (ig_account.handle, ig_account.status) == ("@milabuilds", "active")
    route = ConnectionRoute.objects.get(platform=KIND)
    assert route.external_id == account_id(ig)
    token = Credential.unpack(access_for(account_id=ig_account.pk).token).token
    assert token not in ig_account.access_token_enc
    assert ig_account.access_expires_at > timezone.now() + timedelta(days=59)


def test_without_comments_it_asks_for_the_permission(ig_consent, alice, lumen, in_lumen):
    assert ig_consent(alice, lumen, grant=BASIC) == Outcome.SCOPE_MISSING
    account = SocialAccount.objects.get(platform=KIND)
    assert (account.status, account.scopes_missing) == ("scope_missing", [COMMENTS])


def test_without_insights_it_listens(ig_consent, alice, lumen, in_lumen, run_jobs):
    assert ig_consent(alice, lumen, grant=f"{BASIC},{COMMENTS}") == Outcome.CONNECTED
    run_jobs()
    assert SyncRun.objects.get().state == SyncRun.State.DONE
    assert Comment.objects.exists()
    assert not Post.objects.exclude(view_count=None).exists()


def test_an_installation_without_a_secret_cannot_connect(ig, alice, lumen, settings):
    settings.INSTAGRAM_CLIENT_SECRET = ""
    with pytest.raises(connect.NotConfigured):
        connect.start_connection(platform_kind=KIND, user=alice, workspace=lumen)


def test_it_reads_every_comment_of_every_post_once(ig_synced, ig):
    run = SyncRun.objects.get()
    assert (run.state, run.error, run.percent) == (SyncRun.State.DONE, "", 100)
    truth = {
        c["id"]: c for c in found(ig, channel="mila", limit=10_000) if c["status"] != "rejected"
    }
    stored = {c.external_id: c for c in Comment.objects.select_related("post")}
    assert set(stored) == set(truth)
    for remote_id, row in stored.items():
        remote = truth[remote_id]
        assert row.text == remote["text"]
        assert (row.visibility == "held") == (remote["status"] != "published")
        assert row.post is not None
        assert row.post.external_id == remote["video_id"]
        assert row.parent_external_id == (remote["parent_id"] or "")
    assert SyncCursor.objects.filter(stream__startswith="p", watermark=None).count() == sum(
        not post.comments.exists() for post in Post.objects.all()
    )
    names = set(MetricPoint.objects.values_list("name", flat=True))
    assert {"followers", "posts", "views", "comments", "likes", "reach", "saved"} <= names


def test_the_next_reading_brings_only_what_is_new(ig_synced, ig, run_jobs):
    before, seen = Comment.objects.count(), len(ig.requests())
    comment(ig, "a late one")
    run = again(ig_synced, run_jobs)
    assert (run.state, run.comments_new) == (SyncRun.State.DONE, 1)
    assert Comment.objects.count() == before + 1
    assert len(ig.requests()) - seen <= 6  # fresh posts only, and no profile within the hour


def test_late_replies_below_a_long_thread_arrive(ig_synced, ig, run_jobs):
    top = comment(ig, "a long talk")
    for number in range(40):
        comment(ig, f"answer {number}", parent=top["id"])
    again(ig_synced, run_jobs)
    comment(ig, "one more", parent=top["id"])
    again(ig_synced, run_jobs)
    texts = set(Comment.objects.filter(parent_external_id=top["id"]).values_list("text", flat=True))
    assert texts == {f"answer {n}" for n in range(40)} | {"one more"}


def test_it_is_safe_to_run_twice(ig_synced, run_jobs):
    before = list(Comment.objects.order_by("pk").values())
    assert again(ig_synced, run_jobs).comments_new == 0
    assert list(Comment.objects.order_by("pk").values()) == before


def test_a_post_that_is_gone_stops_nothing(ig_synced, ig, run_jobs):
    newest = Post.objects.order_by("-published_at")[0]
    ig.fault("commentNotFound", f"/{newest.external_id}/comments", times=9)
    Post.objects.update(published_at=timezone.now())
    made = comment(ig, "below another post", video=_another(newest))
    run = again(ig_synced, run_jobs)
    assert run.state == SyncRun.State.DONE
    assert Comment.objects.filter(external_id=made["id"]).exists()


def _another(post: Post) -> str:
    other = Post.objects.exclude(pk=post.pk).filter(has_comments_disabled=False)
    return str(other.order_by("-pk")[0].external_id)


def test_a_deleted_comment_is_remembered_as_deleted(nasty, ig_synced, ig, run_jobs):
    ig.ctl("POST", "comments", op="delete", id=nasty.external_id, platform=KIND)
    SyncCursor.objects.update(deepened_at=timezone.now() - timedelta(days=2))
    again(ig_synced, run_jobs)
    nasty.refresh_from_db()
    assert (nasty.visibility, nasty.text) == ("deleted", "You are nothing.")


# --- acting --------------------------------------------------------------------------------------


def test_hide_and_undo_are_proven(nasty, ig, alice, run_jobs):
    action = perform(run_jobs, comment=nasty, verb="hide", actor=alice)
    assert (action.state, action.sentence) == (
        State.CONFIRMED,
        "Hidden, confirmed by Instagram",
    )
    assert found(ig, id=nasty.external_id)[0]["status"] == "heldForReview"
    nasty.refresh_from_db()
    assert nasty.visibility == "held"
    back = undo_action(action=action, actor=alice)
    run_jobs()
    back.refresh_from_db()
    assert (back.state, back.sentence) == (State.CONFIRMED, "Published, confirmed by Instagram")
    assert found(ig, id=nasty.external_id)[0]["status"] == "published"


def test_a_deletion_is_proven(nasty, ig, alice, run_jobs):
    action = perform(run_jobs, comment=nasty, verb="reject", actor=alice)
    assert action.state == State.CONFIRMED
    assert not [c for c in found(ig, limit=10_000) if c["id"] == nasty.external_id]


def test_a_deletion_that_instagram_refuses_says_what_to_do(nasty, ig, alice, run_jobs):
    ig.fault("graph_error", f"/{nasty.external_id}", method="DELETE", code=10, status=403)
    action = perform(run_jobs, comment=nasty, verb="reject", actor=alice)
    assert action.state == State.REFUSED
    assert action.sentence.endswith("Hide it instead.")
    account = SocialAccount.objects.get(platform=KIND)
    assert account.status == "active"  # one refusal says nothing about the account


def test_a_hide_that_does_not_show_is_not_confirmed(nasty, ig, alice, run_jobs):
    ig.fault("write_ignored", f"/{nasty.external_id}$", method="POST")
    action = perform(run_jobs, later=6, comment=nasty, verb="hide", actor=alice)
    assert action.state == State.UNCONFIRMED


def test_an_unanswered_hide_is_settled(nasty, ig, alice, run_jobs):
    ig.fault("write_unknown_outcome", f"/{nasty.external_id}$", method="POST")
    action = perform(run_jobs, later=3, comment=nasty, verb="hide", actor=alice)
    assert action.state == State.CONFIRMED
    assert len(ig.requests(f"/{nasty.external_id}$", "POST")) == 1


def test_a_reply_is_sent_once_and_found(nasty, ig, alice, run_jobs):
    ig.fault("lost_response", "/replies$", method="POST")
    action = perform(
        run_jobs, later=3, comment=nasty, verb="reply", actor=alice, reply_text="Please stop."
    )
    assert action.state == State.CONFIRMED
    texts = [c["text"] for c in found(ig, text="Please stop.")]
    assert texts == ["Please stop."]


def test_what_instagram_cannot_do_names_the_way_by_hand(nasty, alice, monkeypatch):
    support = platform(KIND).capabilities
    assert support_of(support, "author_block").manual_url.startswith("https://help.instagram")
    SocialAccount.objects.update(scopes_granted=[BASIC])
    nasty.account.refresh_from_db()
    with pytest.raises(ModerationError, match="permission"):
        request_action(comment=nasty, verb="hide", actor=alice)


def support_of(capabilities, name: str):
    return next(support for cap, support in capabilities.items() if cap.value == name)


# --- the life of a token -------------------------------------------------------------------------


def test_it_renews_long_before_the_end(ig_synced, ig, run_jobs):
    before = open_token(ig_synced, "access")
    again(ig_synced, run_jobs)
    assert not ig.requests("/refresh_access_token")
    SocialAccount.objects.update(access_expires_at=timezone.now() + timedelta(days=14))
    ig.ctl("POST", "clock", advance_s=46 * 86_400)
    again(ig_synced, run_jobs)
    ig_synced.refresh_from_db()
    assert open_token(ig_synced, "access") != before
    assert open_token(ig_synced, "access") == open_token(ig_synced, "refresh")
    assert ig_synced.access_expires_at > timezone.now() + timedelta(days=59)
    assert len(ig.requests("/refresh_access_token")) == 1


@pytest.mark.parametrize("subcode", [458, 459, 460, 467])
def test_a_permission_taken_back_asks_for_a_reconnect(
    ig_synced, ig, ig_consent, alice, lumen, run_jobs, subcode
):
    for token in wallet(ig).grants_of():
        wallet(ig).end(token, subcode)
    again(ig_synced, run_jobs)
    ig_synced.refresh_from_db()
    assert ig_synced.status == SocialAccount.Status.RECONNECT
    assert ig_synced.status_reason.endswith((".", "again."))
    made = comment(ig, "while it was silent")
    assert ig_consent(alice, lumen, account_code=ig_synced.code) == Outcome.RECONNECTED
    run_jobs()
    assert Comment.objects.filter(external_id=made["id"]).exists()


def test_a_token_that_ended_asks_for_a_reconnect(ig_synced, ig, run_jobs):
    ig.ctl("POST", "tokens", op="expire", platform=KIND)
    again(ig_synced, run_jobs)
    ig_synced.refresh_from_db()
    assert ig_synced.status == SocialAccount.Status.RECONNECT


def test_at_its_limit_it_waits_and_goes_on(ig_synced, ig, run_jobs):
    comment(ig, "while it waited")
    ig.fault("throttled", "/comments", code=80002, minutes=19)
    run = again(ig_synced, run_jobs)
    assert run.state == SyncRun.State.PAUSED
    ig_synced.refresh_from_db()
    assert ig_synced.status == SocialAccount.Status.TRYING
    wait = ig_synced.retry_at - timezone.now()
    assert timedelta(minutes=18) < wait <= timedelta(minutes=19)


def test_disconnecting_ends_the_pushes_and_forgets_the_token(ig_synced, ig, alice, run_jobs):
    assert wallet(ig).subscribed
    connect.disconnect_account(account=ig_synced, actor=alice)
    run_jobs()
    ig_synced.refresh_from_db()
    assert (ig_synced.access_token_enc, ig_synced.revoking_token_enc) == ("", "")
    assert not wallet(ig).subscribed
    assert Comment.objects.exists()
