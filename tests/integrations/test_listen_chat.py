"""Hearing a Twitch chat over a real WebSocket: nothing lost, nothing doubled, silences named."""

from datetime import timedelta

import pytest
from django.utils import timezone

from accounts import tenancy
from accounts.models import Job
from integrations.models import Comment, CoverageGap, SocialAccount, SyncCursor
from integrations.outcomes import Outcome
from integrations.platforms.base import Visibility
from integrations.routing.models import WebhookDelivery
from integrations.services import chat
from integrations.services.connect import disconnect_account
from integrations.services.webhooks import replay_deliveries
from tests.integrations.twitch_cast import hearing, sessions

Status = SocialAccount.Status
GONE = Visibility.REJECTED


@pytest.fixture
def twitch_account(consent, alice, lumen, in_lumen, sandbox, run_jobs) -> SocialAccount:
    """Mila's channel, connected in lumen and read once."""
    assert consent(alice, lumen, "mila", kind="twitch") == Outcome.CONNECTED
    run_jobs()
    return SocialAccount.objects.get(platform="twitch")


def say(sandbox, text, **fields):
    return sandbox.comment(text, platform="twitch", **fields)


def disturb(sandbox, op, **fields):
    return sandbox.ctl("POST", "sockets", op=op, **fields)


def rows(**query):
    with tenancy.public():
        return list(WebhookDelivery.objects.filter(platform="twitch", **query).order_by("pk"))


def count_rows():
    with tenancy.public():
        return WebhookDelivery.objects.filter(platform="twitch").count()


def texts():
    return list(Comment.objects.order_by("pk").values_list("text", flat=True))


def test_a_message_is_a_row_before_it_is_a_comment(twitch_account, sandbox, run_jobs):
    disturb(sandbox, "start")

    with hearing(sandbox) as until:
        say(sandbox, "salut le chat", author="@lea")
        until(lambda: count_rows() == 1, "the row")
        assert not Comment.objects.exists()
    (row,) = rows()
    assert (row.state, b"salut le chat" in bytes(row.raw_body)) == ("received", True)
    run_jobs()
    comment = Comment.objects.get()
    assert (comment.text, comment.author_handle, comment.visibility) == (
        "salut le chat",
        "@lea",
        "public",
    )
    assert comment.post is not None
    assert comment.post.title == "A walnut coffee table from one single board"
    assert rows()[0].state == "routed"


def test_a_message_that_comes_twice_is_kept_once(twitch_account, sandbox, run_jobs):
    with hearing(sandbox) as until:
        made = say(sandbox, "once")
        until(lambda: count_rows() > 0, "the row")
        disturb(sandbox, "duplicate", comment=made["id"])
        say(sandbox, "afterwards")
        until(lambda: b"afterwards" in bytes(rows()[-1].raw_body), "the last")
    run_jobs()
    assert texts() == ["once", "afterwards"]


def test_a_hand_over_loses_nothing(twitch_account, sandbox, run_jobs):
    with hearing(sandbox) as until:
        (session,) = sessions(sandbox)
        for number in range(6):
            say(sandbox, f"before {number}")
            disturb(sandbox, "reconnect")
            say(sandbox, f"during {number}")
            until(lambda: not session.moving, "the hand-over")
            say(sandbox, f"after {number}")
        until(lambda: count_rows() == 18, "all the rows")
        assert len(sessions(sandbox)) == 1
    run_jobs()
    assert sorted(texts()) == sorted(
        f"{when} {n}" for when in ("before", "during", "after") for n in range(6)
    )
    assert not CoverageGap.objects.exists()


def test_a_storm_of_hand_overs_ends_in_a_new_session(twitch_account, sandbox, caplog):
    with hearing(sandbox) as until:
        (session,) = sessions(sandbox)
        for _ in range(25):
            disturb(sandbox, "reconnect")
        until(lambda: "again and again" in caplog.text, "the end of patience")
        until(lambda: any(s is not session for s in sessions(sandbox)), "a new session")
    assert len(sandbox.requests("eventsub/subscriptions")) <= 4 * 4


@pytest.mark.parametrize("op", ["drop", "silence"])
def test_a_lost_socket_is_opened_again_and_the_silence_is_named(
    twitch_account, sandbox, run_jobs, settings, op
):
    settings.CHAT_KEEPALIVE_SECONDS = 1
    sandbox.memory.wallet("twitch").least_keepalive_s = 1

    with hearing(sandbox) as until:
        say(sandbox, "heard")
        until(lambda: count_rows() == 1, "the row")
        (lost,) = sessions(sandbox)
        disturb(sandbox, op)
        say(sandbox, "nobody hears this")
        said_at = timezone.now()
        until(lambda: any(s is not lost for s in sessions(sandbox)), "another session")
        until(CoverageGap.objects.exists, "the gap")
        say(sandbox, "heard again")
        until(lambda: count_rows() == 2, "the second row")
    run_jobs()
    assert texts() == ["heard", "heard again"]
    gap = CoverageGap.objects.get()
    assert gap.ended_at is not None
    assert gap.began_at < said_at < gap.ended_at
    assert gap.reason == chat.UNHEARD
    assert not gap.is_whole
    assert gap.settled_at == gap.ended_at


def test_after_a_crash_it_goes_on_and_says_since_when(twitch_account, sandbox, run_jobs):
    with hearing(sandbox) as until:
        say(sandbox, "written down")
        until(lambda: count_rows() == 1, "the row")
    heard_until = SyncCursor.objects.get(stream="chat").watermark
    assert heard_until is not None
    SyncCursor.objects.filter(stream="chat").update(watermark=heard_until - timedelta(hours=1))
    say(sandbox, "said while it was dead")
    with hearing(sandbox) as until:
        until(CoverageGap.objects.exists, "the gap")
    run_jobs()
    assert texts() == ["written down"]
    gap = CoverageGap.objects.get()
    assert gap.began_at == heard_until - timedelta(hours=1)
    assert gap.ended_at is not None
    assert gap.ended_at > heard_until


def test_gaps_one_after_the_other_are_one(twitch_account):
    now = timezone.now()
    chat._record_gap(twitch_account, now - timedelta(minutes=9), now - timedelta(minutes=5))
    chat._record_gap(
        twitch_account, now - timedelta(minutes=4, seconds=50), now - timedelta(minutes=1)
    )
    gap = CoverageGap.objects.get()
    assert gap.ended_at is not None
    assert gap.ended_at - gap.began_at == timedelta(minutes=8)


def test_a_malformed_frame_is_a_dead_letter_and_the_next_is_heard(
    twitch_account, sandbox, run_jobs
):
    with hearing(sandbox) as until:
        disturb(sandbox, "malformed")
        disturb(sandbox, "malformed", frame="[1, 2]")
        disturb(sandbox, "malformed", frame="not even JSON")
        say(sandbox, "still here")
        until(lambda: count_rows() == 4, "the rows")
    run_jobs()
    assert texts() == ["still here"]
    dead = rows(state="dead")
    assert len(dead) == 3
    assert all("while reading" in row.reason for row in dead)
    assert replay_deliveries() == 3
    run_jobs()
    assert len(rows(state="dead")) == 3
    with tenancy.public():
        assert not Job.objects.filter(state=Job.State.DEAD).exists()


def test_a_burst_of_ten_thousand(twitch_account, sandbox, run_jobs):
    with hearing(sandbox) as until:
        for part in range(10):
            sandbox.burst(1_000, platform="twitch", text=f"wave {part} {{i}}")
        until(lambda: count_rows() == 10_000, "every row")
    run_jobs()
    assert Comment.objects.count() == 10_000
    assert Comment.objects.values("text").distinct().count() == 10_000
    assert not CoverageGap.objects.exists()


def test_a_deleted_message_stays_as_deleted(twitch_account, sandbox, run_jobs):
    with hearing(sandbox) as until:
        made = say(sandbox, "take this back")
        (seat,) = chat.list_seats()[twitch_account.external_id]
        chat.ask(seat, lambda twitch, access: twitch.set_visibility(access, [made["id"]], GONE))
        until(lambda: count_rows() == 2, "both rows")
    run_jobs()
    comment = Comment.objects.get()
    assert (comment.text, comment.visibility) == ("take this back", "deleted")


def test_a_permission_taken_back_ends_the_listening(twitch_account, sandbox, run_jobs):
    with hearing(sandbox) as until:
        sandbox.ctl("POST", "tokens", op="revoke", platform="twitch", channel="mila")
        until(
            lambda: SocialAccount.objects.get(pk=twitch_account.pk).status == Status.RECONNECT,
            "the account's own word",
        )
        assert chat.list_seats() == {}
    run_jobs()
    twitch_account.refresh_from_db()
    assert twitch_account.status == Status.RECONNECT
    assert "Connect the account again" in twitch_account.status_reason


def test_an_expired_token_is_renewed_on_the_way(twitch_account, sandbox):
    sandbox.ctl("POST", "tokens", op="expire", platform="twitch")

    with hearing(sandbox) as until:
        say(sandbox, "with a new token")
        until(lambda: count_rows() > 0, "the row")
    assert len(sandbox.requests("/twitch/oauth2/token")) == 2  # the code, then one renewal


def test_who_is_disconnected_is_heard_no_more(twitch_account, sandbox, alice):
    with hearing(sandbox) as until:
        disconnect_account(account=twitch_account, actor=alice)
        until(lambda: not sandbox.memory.wallet("twitch").sessions, "the end of the session")


def test_one_channel_in_two_workspaces_has_one_session(
    charlie, nova, twitch_account, sandbox, consent, run_jobs
):
    assert consent(charlie, nova, "mila", kind="twitch") == Outcome.CONNECTED

    with hearing(sandbox) as until:
        say(sandbox, "to both")
        until(lambda: count_rows() > 0, "the row")
        assert len(sandbox.memory.wallet("twitch").sessions) == 1
    run_jobs()
    assert texts() == ["to both"]
    with tenancy.enter(nova):
        assert texts() == ["to both"]
