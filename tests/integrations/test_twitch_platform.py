"""The Twitch adapter against the sandbox, over real HTTP: the grant, figures, moderation."""

import json
from datetime import UTC, datetime, timedelta
from urllib.parse import parse_qs, urlsplit

import pytest

from integrations.platforms.bans import Bans
from integrations.platforms.base import Cap, ErrorKind, PlatformError, Visibility
from integrations.platforms.twitch import parse
from integrations.platforms.twitch.eventsub import kept, read_frame
from integrations.platforms.twitch.oauth import SCOPES
from integrations.sandbox.twitch.sockets import chat_event, frame
from tests.integrations.twitch_cast import REDIRECT, adapter, sign_in

pytest_plugins = ("tests.integrations.twitch_fixtures",)


def add(sandbox, text, **fields):
    return sandbox.comment(text, platform="twitch", **fields)


# --- the grant -----------------------------------------------------------------------------------


def test_it_asks_for_its_scopes_with_the_state(twitch):
    url = urlsplit(twitch.authorize_url("state-1", "challenge", REDIRECT))
    query = {name: values[0] for name, values in parse_qs(url.query).items()}
    assert url.path == "/twitch/oauth2/authorize"
    assert query == {
        "client_id": "aura-sandbox-twitch",
        "response_type": "code",
        "state": "state-1",
        "redirect_uri": REDIRECT,
        "force_verify": "true",
        "scope": " ".join(SCOPES),
    }


def test_it_trades_a_code_once_and_renews(twitch, twitch_sandbox):
    code = twitch_sandbox.approve(twitch.authorize_url("s", "", REDIRECT))["code"]
    tokens = twitch.exchange(code, "", REDIRECT)
    assert (tokens.scopes, twitch.missing_scopes(tokens.scopes)) == (SCOPES, ())
    left = tokens.access_expires_at - datetime.now(UTC)
    assert timedelta(hours=3, minutes=59) < left <= timedelta(hours=4)
    with pytest.raises(PlatformError) as caught:
        twitch.exchange(code, "", REDIRECT)
    assert caught.value.kind is ErrorKind.INVALID
    new = twitch.refresh(tokens.refresh)
    assert new.access not in {tokens.access, ""}
    with pytest.raises(PlatformError) as caught:
        twitch.refresh("nothing")
    assert caught.value.kind is ErrorKind.AUTH_REVOKED


def test_it_validates_a_token_and_hears_its_end(twitch, twitch_sandbox):
    tokens = sign_in(twitch, twitch_sandbox)
    assert twitch.validate(tokens.access) == twitch.fetch_account(tokens.access).id
    twitch.revoke(tokens.access)
    twitch.revoke(tokens.access)
    with pytest.raises(PlatformError) as caught:
        twitch.validate(tokens.access)
    assert caught.value.kind is ErrorKind.AUTH_EXPIRED


def test_a_denied_consent_and_a_wrong_registration_are_named(twitch, twitch_sandbox, twitch_http):
    answer = twitch_sandbox.deny(twitch.authorize_url("state-1", "", REDIRECT))
    assert answer == {"error": "access_denied", "state": "state-1"}
    with pytest.raises(PlatformError) as caught:
        sign_in(adapter(twitch_sandbox, twitch_http, client_secret="wrong"), twitch_sandbox)
    assert caught.value.kind is ErrorKind.DENIED


def test_what_was_withheld_costs_only_what_needs_it(twitch, twitch_sandbox):
    tokens = sign_in(twitch, twitch_sandbox, grant="user:read:chat")
    support = twitch.capabilities_for(tokens.scopes)
    assert twitch.missing_scopes(tokens.scopes) == ()
    assert support[Cap.LIVE_CHAT_READ].state == "yes"
    assert support[Cap.COMMENT_DELETE].state == "needs_scope"
    assert support[Cap.COMMENTS_READ].state == "no"
    assert set(support) == set(Cap)
    assert twitch.fetch_account(tokens.access).followers is None
    with pytest.raises(PlatformError) as caught:
        twitch.ban(tokens.access, twitch.validate(tokens.access), "1")
    assert caught.value.kind is ErrorKind.SCOPE_MISSING


# --- reading -------------------------------------------------------------------------------------


def test_it_reads_the_channel_its_recordings_and_what_is_live(twitch, tw_access, twitch_sandbox):
    account = twitch.fetch_account(tw_access)
    assert (account.name, account.handle) == ("Mila Builds", "@milabuilds")
    assert account.followers >= 184_000
    before = twitch.posts(tw_access, account.uploads_id)
    assert len(before.items) == 24
    assert twitch.running(tw_access, account.id) is None
    twitch_sandbox.ctl("POST", "sockets", op="start", channel="mila")
    now = twitch.posts(tw_access, account.uploads_id)
    assert [post.id for post in now.items] == [post.id for post in before.items]
    assert now.items[0].more["viewers"] > 0
    assert now.items[0].views == before.items[0].views
    assert twitch.running(tw_access, account.id).id == now.items[0].id


def test_a_limit_names_its_end(twitch, tw_access, twitch_sandbox):
    twitch_sandbox.fault("throttled", "helix/videos", reset_s=40)
    with pytest.raises(PlatformError) as caught:
        twitch.posts(tw_access, "1")
    assert caught.value.kind is ErrorKind.RATE_LIMITED
    assert caught.value.retry_at - datetime.now(UTC) <= timedelta(seconds=40)  # type: ignore[operator]


@pytest.mark.parametrize("ask", ["comments", "replies"])
def test_there_is_no_list_of_messages(twitch, ask):
    with pytest.raises(PlatformError) as caught:
        getattr(twitch, ask)("token", "1", "published")
    assert caught.value.kind is ErrorKind.UNSUPPORTED


def test_a_frame_becomes_a_message_word_for_word(twitch_sandbox):
    nasty = "<b onclick=x>& \u202eabc\u202c \u200bzero {{ 7*7 }} 👩‍👩‍👧"
    top = add(twitch_sandbox, "the first")
    made = add(twitch_sandbox, nasty, author="@<script>", parent=top["id"])
    memory = twitch_sandbox.memory
    event = chat_event(memory, memory.world_of("twitch").comments[made["id"]])
    told = frame(
        "notification",
        {"subscription": {"type": "channel.chat.message"}, "event": event},
        subscription_type="channel.chat.message",
    )
    got = read_frame(json.dumps(told), datetime.now(UTC))
    (heard,) = parse.events(kept(got, "4711"))
    assert (heard.account_id, heard.post_id, heard.is_whole) == (made["channel_id"], "4711", True)
    assert (heard.comment.text, heard.comment.parent_id) == (nasty, f"live:{top['id']}")  # type: ignore[union-attr]
    assert heard.comment.author_id == made["author_id"]  # type: ignore[union-attr]
    assert not heard.comment.is_own  # type: ignore[union-attr]


@pytest.mark.parametrize("raw", ["", "null", "[1]", "{", '{"metadata": 1, "payload": {}}', "é" * 9])
def test_what_is_no_frame_is_kept_as_it_came(raw):
    got = read_frame(raw, datetime.now(UTC))
    assert got.kind == ""
    assert kept(got, "1") == raw.encode()
    with pytest.raises((ValueError, KeyError, TypeError)):
        parse.events(kept(got, "1"))


# --- acting --------------------------------------------------------------------------------------


def test_a_message_is_deleted_and_that_is_read_back(twitch, tw_access, twitch_sandbox):
    made = add(twitch_sandbox, "nasty")
    result = twitch.set_visibility(tw_access, [made["id"]], Visibility.REJECTED)
    assert result.outcome == "done"
    look = {"post_id": "", "comment_id": made["id"], "expect": Visibility.REJECTED}
    assert twitch.read_visibility(tw_access, **look) is Visibility.DELETED
    with pytest.raises(PlatformError) as caught:
        twitch.set_visibility(tw_access, [made["id"]], Visibility.REJECTED)
    assert caught.value.kind is ErrorKind.NOT_FOUND


def test_a_deletion_that_did_nothing_is_done_by_the_look(twitch, tw_access, twitch_sandbox):
    made = add(twitch_sandbox, "stubborn")
    twitch_sandbox.fault("write_ignored", "moderation/chat")
    twitch.set_visibility(tw_access, [made["id"]], Visibility.REJECTED)
    look = {"post_id": "", "comment_id": made["id"], "expect": Visibility.REJECTED}
    assert twitch.read_visibility(tw_access, **look) is Visibility.DELETED
    twitch_sandbox.fault("write_ignored", "moderation/chat", times=2)
    look["comment_id"] = add(twitch_sandbox, "more stubborn")["id"]
    assert twitch.read_visibility(tw_access, **look) is None
    assert twitch.read_visibility(tw_access, post_id="", comment_id=made["id"]) is None


@pytest.mark.parametrize("visibility", [Visibility.HELD, Visibility.PUBLIC, Visibility.SPAM])
def test_it_does_not_pretend_to_hide(twitch, tw_access, twitch_sandbox, visibility):
    with pytest.raises(PlatformError) as caught:
        twitch.set_visibility(tw_access, ["m"], visibility)
    assert caught.value.kind is ErrorKind.UNSUPPORTED
    assert twitch_sandbox.requests("moderation/chat") == []


@pytest.mark.parametrize("seconds", [None, 600])
def test_a_ban_a_timeout_and_the_way_back(twitch, tw_access, twitch_sandbox, seconds):
    own = twitch.validate(tw_access)
    author = add(twitch_sandbox, "go away")["author_id"]
    assert not twitch.is_banned(tw_access, own, author)
    assert twitch.ban(tw_access, own, author, seconds=seconds, reason="x").outcome == "done"
    sent = twitch_sandbox.requests("moderation/bans")[-1]["body"]["data"]
    assert sent.get("duration") == seconds
    assert twitch.is_banned(tw_access, own, author)
    assert twitch.unban(tw_access, own, author).outcome == "done"
    assert not twitch.is_banned(tw_access, own, author)
    with pytest.raises(PlatformError) as caught:
        twitch.unban(tw_access, own, author)
    assert caught.value.kind is ErrorKind.NOT_FOUND


def test_the_author_of_a_message_is_banned_once_and_let_in_again(twitch, tw_access, twitch_sandbox):
    made = add(twitch_sandbox, "go away")
    asked = {"comment_id": f"live:{made['id']}", "author_id": made["author_id"], "post_id": ""}
    assert isinstance(twitch, Bans)
    first = twitch.ban_author(tw_access, **asked)
    again = twitch.ban_author(tw_access, **asked)
    assert (first.outcome, again.outcome) == ("done", "done")
    assert twitch.unban_author(tw_access, first.remote_id).outcome == "done"  # type: ignore[arg-type]
    assert twitch.unban_author(tw_access, first.remote_id).outcome == "done"  # type: ignore[arg-type]
    timeout = twitch.ban_author(tw_access, **asked, for_s=300)
    assert timeout.remote_id == made["author_id"]
    assert twitch_sandbox.requests("moderation/bans")[-1]["body"]["data"]["duration"] == 300


@pytest.mark.parametrize("seconds", [0, -5, 1_209_601])
def test_a_timeout_has_its_bounds(twitch, tw_access, twitch_sandbox, seconds):
    with pytest.raises(PlatformError) as caught:
        twitch.ban(tw_access, "1", "2", seconds=seconds)
    assert caught.value.kind is ErrorKind.INVALID
    assert twitch_sandbox.requests("moderation/bans") == []


def test_a_reply_is_written_into_the_chat(twitch, tw_access, twitch_sandbox):
    made = add(twitch_sandbox, "a question")
    result = twitch.reply(tw_access, made["id"], "Hide glue, always.")
    assert result.remote_id.startswith("live:")
    bare = result.remote_id.removeprefix("live:")
    (told,) = twitch_sandbox.found(platform="twitch", id=bare)
    assert (told["parent_id"], told["text"]) == (made["id"], "Hide glue, always.")
    with pytest.raises(PlatformError) as caught:
        twitch.reply(tw_access, made["id"], "x" * 501)
    assert caught.value.kind is ErrorKind.INVALID
