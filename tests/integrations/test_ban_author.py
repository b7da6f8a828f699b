"""People are sent out of a live chat, a channel and a Page, told honestly, and let in again."""

import json

import pytest
from django.utils import timezone

from accounts import outbox, tenancy
from integrations.models import Comment, ModerationAction, SocialAccount
from integrations.outcomes import Outcome
from integrations.platforms.twitch.eventsub import kept, read_frame
from integrations.sandbox.twitch.sockets import chat_event, frame
from integrations.services.chat import keep_frames
from integrations.services.live_chats import listen, look_for_chats
from integrations.services.moderation import (
    ModerationError,
    NotPossibleHere,
    request_action,
    undo_action,
)
from integrations.services.schedule import enqueue_sync

State = ModerationAction.State


def live(sandbox, op, **fields):
    return sandbox.ctl("POST", "live", op=op, **fields)


@pytest.fixture
def said_live(account, sandbox) -> Comment:
    """A message in Mila's live chat; nothing else of her channel was read."""
    live(sandbox, "start")
    live(sandbox, "say", text="mean words", author="@mean.one")
    look_for_chats(account_code=str(account.code))
    with pytest.raises(outbox.Defer):
        listen(account_code=str(account.code))
    return Comment.objects.get(text="mean words")


def done(action: ModerationAction, run_jobs) -> ModerationAction:
    for _ in range(2):
        run_jobs()
    action.refresh_from_db()
    return action


@pytest.mark.parametrize("verb", ["ban", "timeout"])
def test_a_person_is_sent_out_of_a_live_chat_and_let_in_again(
    said_live, sandbox, run_jobs, bob, verb
):
    action = request_action(comment=said_live, verb=verb, actor=bob)
    assert done(action, run_jobs).state == State.CONFIRMED
    assert live(sandbox, "say", text="again", author="@mean.one")["ids"] == []
    said_live.refresh_from_db()
    assert said_live.visibility == "public"  # the message is another matter
    back = undo_action(action=action, actor=bob)
    assert done(back, run_jobs).state == State.CONFIRMED
    assert live(sandbox, "say", text="back", author="@mean.one")["ids"]


def test_a_live_message_is_removed_and_read_back(said_live, sandbox, run_jobs, bob):
    action = request_action(comment=said_live, verb="reject", actor=bob)
    assert done(action, run_jobs).state == State.CONFIRMED
    said_live.refresh_from_db()
    assert said_live.visibility in {"rejected", "deleted"}


@pytest.mark.parametrize("verb", ["hide", "publish", "reply"])
def test_a_live_message_is_neither_held_nor_answered(said_live, bob, verb):
    with pytest.raises(NotPossibleHere, match="only removed"):
        request_action(comment=said_live, verb=verb, actor=bob, reply_text="words")


def test_after_the_broadcast_nobody_can_be_sent_out(said_live, sandbox, run_jobs, bob):
    live(sandbox, "stop")
    action = done(request_action(comment=said_live, verb="ban", actor=bob), run_jobs)
    assert action.state == State.REFUSED
    assert "has ended" in action.detail


def test_an_unanswered_ban_is_sent_again_and_is_one(said_live, sandbox, run_jobs, bob):
    sandbox.fault("write_unknown_outcome", "liveChat/bans", method="POST")
    action = request_action(comment=said_live, verb="ban", actor=bob)
    for _ in range(4):
        run_jobs(later=True)
    action.refresh_from_db()
    assert action.state == State.CONFIRMED
    assert live(sandbox, "say", text="again", author="@mean.one")["ids"] == []


def test_a_ban_for_a_comment_rejects_it_and_cannot_be_taken_back(synced, sandbox, run_jobs, bob):
    made = sandbox.comment("mean words", author="@mean.one")
    enqueue_sync(account_code=str(synced.code))
    run_jobs()
    comment = Comment.objects.get(external_id=made["id"])
    with pytest.raises(NotPossibleHere, match="live chat"):
        request_action(comment=comment, verb="timeout", actor=bob)
    action = done(request_action(comment=comment, verb="ban", actor=bob), run_jobs)
    assert action.state == State.CONFIRMED
    comment.refresh_from_db()
    assert comment.visibility == "rejected"
    assert sandbox.comment("again", author="@mean.one")["status"] == "rejected"
    with pytest.raises(ModerationError, match="cannot take this ban back"):
        undo_action(action=action, actor=bob)


def test_nobody_bans_the_account_itself(said_live, bob):
    Comment.objects.update(is_own=True)
    said_live.refresh_from_db()
    with pytest.raises(ModerationError, match="by the account itself"):
        request_action(comment=said_live, verb="ban", actor=bob)


def test_machines_ban_nobody(said_live):
    with pytest.raises(ValueError, match="person"):
        request_action(comment=said_live, verb="ban", actor=None, asker="a rule")


def test_a_platform_without_bans_says_so(consent, alice, lumen, in_lumen, run_jobs, sandbox, bob):
    assert consent(alice, lumen, "nox", kind="instagram") == Outcome.CONNECTED
    run_jobs()
    comment = Comment.objects.filter(is_own=False).first()
    with pytest.raises(NotPossibleHere, match="Aura bans nobody on Instagram"):
        request_action(comment=comment, verb="ban", actor=bob)  # type: ignore[arg-type]


def test_a_page_bans_and_forgives(consent, alice, lumen, in_lumen, run_jobs, sandbox, bob):
    assert consent(alice, lumen, "nox", kind="facebook") == Outcome.CONNECTED
    made = sandbox.comment("mean words", platform="facebook", channel="nox", author="@mean.one")
    run_jobs()
    comment = Comment.objects.get(external_id=made["id"])
    action = done(request_action(comment=comment, verb="ban", actor=bob), run_jobs)
    assert action.state == State.CONFIRMED
    comment.refresh_from_db()
    assert comment.visibility == "public"
    page = SocialAccount.objects.get(platform="facebook").external_id
    bans = sandbox.memory.world_of("facebook").bans
    assert bans[page] == {comment.author_external_id}
    assert done(undo_action(action=action, actor=bob), run_jobs).state == State.CONFIRMED
    assert bans[page] == set()


@pytest.fixture
def nasty_on_reddit(consent, alice, lumen, in_lumen, run_jobs, sandbox) -> Comment:
    """A comment on Nox's own profile, read."""
    assert consent(alice, lumen, "nox", kind="reddit") == Outcome.CONNECTED
    made = sandbox.comment("mean words", platform="reddit", channel="nox", author="@mean.one")
    run_jobs()
    return Comment.objects.get(external_id=made["id"])


def test_a_profile_bans_is_asked_and_forgives(nasty_on_reddit, sandbox, run_jobs, bob):
    action = done(request_action(comment=nasty_on_reddit, verb="ban", actor=bob), run_jobs)
    assert action.state == State.CONFIRMED
    assert sandbox.requests("about/banned", "GET")  # Reddit said so itself
    nasty_on_reddit.refresh_from_db()
    assert nasty_on_reddit.visibility == "public"  # the comment is another matter
    channels = sandbox.ctl("GET", "state", platform="reddit")["channels"]
    assert channels["nox"]["banned"] == 1
    back = undo_action(action=action, actor=bob)
    assert done(back, run_jobs).state == State.CONFIRMED
    channels = sandbox.ctl("GET", "state", platform="reddit")["channels"]
    assert channels["nox"]["banned"] == 0


def test_a_ban_that_does_not_show_is_not_called_one(nasty_on_reddit, sandbox, run_jobs, bob):
    sandbox.fault("write_ignored", "api/friend", method="POST")
    action = request_action(comment=nasty_on_reddit, verb="ban", actor=bob)
    for _ in range(8):
        run_jobs(later=True)
    action.refresh_from_db()
    assert action.state == State.UNCONFIRMED
    channels = sandbox.ctl("GET", "state", platform="reddit")["channels"]
    assert channels["nox"]["banned"] == 0


def test_where_others_moderate_nobody_is_banned(
    consent, alice, lumen, in_lumen, run_jobs, sandbox, bob
):
    assert consent(alice, lumen, "mila", kind="reddit") == Outcome.CONNECTED
    accounts = sandbox.ctl("GET", "accounts", platform="reddit")
    foreign = next(one for one in accounts if one["key"] == "mila")["videos"][2]["id"]
    made = sandbox.comment("mean words", platform="reddit", video=foreign, author="@mean.one")
    run_jobs()
    comment = Comment.objects.get(external_id=made["id"])
    action = done(request_action(comment=comment, verb="ban", actor=bob), run_jobs)
    assert action.state == State.REFUSED
    assert action.detail


@pytest.fixture
def said_on_twitch(consent, alice, lumen, in_lumen, run_jobs, sandbox) -> Comment:
    """A message in Nox's chat, heard."""
    assert consent(alice, lumen, "nox", kind="twitch") == Outcome.CONNECTED
    run_jobs()
    made = sandbox.comment("mean words", platform="twitch", channel="nox", author="@mean.one")
    event = chat_event(sandbox.memory, sandbox.memory.world_of("twitch").comments[made["id"]])
    told = frame("notification", {"subscription": {"type": "channel.chat.message"}, "event": event})
    keep_frames([("m-1", kept(read_frame(json.dumps(told), timezone.now()), ""))])
    run_jobs()
    return Comment.objects.get(text="mean words")


@pytest.mark.parametrize("verb", ["ban", "timeout"])
def test_a_chat_sends_out_is_asked_and_lets_in(said_on_twitch, sandbox, run_jobs, bob, verb):
    action = done(request_action(comment=said_on_twitch, verb=verb, actor=bob), run_jobs)
    assert action.state == State.CONFIRMED
    (banned,) = sandbox.memory.wallet("twitch").bans.values()
    assert banned == {said_on_twitch.author_external_id: None if verb == "ban" else 300}
    assert sandbox.requests("moderation/banned", "GET")
    assert done(undo_action(action=action, actor=bob), run_jobs).state == State.CONFIRMED
    assert banned == {}


def test_a_ban_that_twitch_forgot_is_not_called_one(said_on_twitch, sandbox, run_jobs, bob):
    sandbox.fault("write_ignored", "moderation/bans", method="POST")
    action = request_action(comment=said_on_twitch, verb="ban", actor=bob)
    for _ in range(8):
        run_jobs(later=True)
    action.refresh_from_db()
    assert action.state == State.UNCONFIRMED


@pytest.mark.parametrize("withheld", ["modcontributors", ""])
def test_the_button_is_there_where_it_may_be(nasty_on_reddit, bob, lumen, client_for, withheld):
    account = nasty_on_reddit.account
    account.scopes_granted = [one for one in account.scopes_granted if one != withheld]
    account.save()
    with tenancy.public():
        path = f"/harassment/comments/{nasty_on_reddit.code}/"
        page = client_for(bob, lumen).get(path).content.decode()
    assert (f"{path}ban/" in page) == (not withheld)


def test_the_buttons_of_a_chat_message(said_on_twitch, bob, lumen, client_for):
    with tenancy.public():
        path = f"/harassment/comments/{said_on_twitch.code}/"
        page = client_for(bob, lumen).get(path).content.decode()
    assert f"{path}ban/" in page
    assert f"{path}time-out/" in page
