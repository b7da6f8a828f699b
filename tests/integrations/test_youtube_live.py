"""YouTube's live chats through the adapter, over real HTTP: hearing, removing, sending out."""

from datetime import UTC, datetime, timedelta

import pytest

from integrations.platforms.base import Cap, ErrorKind, PlatformError, Visibility
from integrations.platforms.live import LIVE, LiveChat, LiveChats, is_live
from tests.integrations.youtube_cast import channel_id

pytest_plugins = ("tests.integrations.youtube_fixtures",)


def live(sandbox, op, **fields):
    return sandbox.ctl("POST", "live", op=op, **fields)


@pytest.fixture
def on_air(youtube_sandbox, youtube, access):
    """Mila is on air; three people have written."""
    live(youtube_sandbox, "start")
    live(youtube_sandbox, "say", text="hello {i}", n=3, author="@early.bird")
    (chat,) = youtube.live_chats(access)
    return chat


def later(sandbox, seconds=10):
    sandbox.ctl("POST", "clock", advance_s=seconds)


def test_who_is_not_on_air_has_no_chat(youtube, access):
    assert isinstance(youtube, LiveChats)
    assert youtube.live_chats(access) == ()


def test_the_chat_names_its_broadcast(on_air, youtube_sandbox):
    chat = youtube_sandbox.memory.stage.chats[on_air.id]
    assert (on_air.post_id, on_air.began_at) == (chat.video_id, chat.began_at)


def test_what_was_said_is_heard_once_and_in_order(on_air, youtube, access, youtube_sandbox):
    first = youtube.live_messages(access, on_air)
    assert [item.text for item in first.items] == ["hello 0", "hello 1", "hello 2"]
    assert all(is_live(item.id) and item.post_id == on_air.post_id for item in first.items)
    assert first.items[0].author_handle == "@early.bird"
    assert not first.is_over
    later(youtube_sandbox)
    assert youtube.live_messages(access, on_air, first.next_cursor).items == ()
    live(youtube_sandbox, "say", text="<b>late</b>")
    later(youtube_sandbox)
    (said,) = youtube.live_messages(access, on_air, first.next_cursor).items
    assert said.text == "<b>late</b>"
    assert said.visibility is Visibility.PUBLIC


def test_the_platforms_own_pause_is_told(on_air, youtube, access, youtube_sandbox):
    assert youtube.live_messages(access, on_air).wait_s == 4.0
    page = youtube.live_messages(access, on_air)
    youtube_sandbox.fault("slow:1", "liveChat/messages")
    with pytest.raises(PlatformError) as caught:  # asked again at once
        youtube.live_messages(access, on_air, page.next_cursor)
    assert caught.value.kind is ErrorKind.RATE_LIMITED


def test_a_question_costs_five_units(on_air, youtube, access, youtube_sandbox):
    before = youtube_sandbox.ctl("GET", "state")["quota"]["used"]
    youtube.live_messages(access, on_air)
    assert youtube_sandbox.ctl("GET", "state")["quota"]["used"] == before + youtube.live_units


def test_a_chat_that_ended_is_over_and_no_error(on_air, youtube, access, youtube_sandbox):
    live(youtube_sandbox, "stop")
    page = youtube.live_messages(access, on_air)
    assert page.is_over
    assert youtube.live_chats(access) == ()


@pytest.mark.parametrize("chat_id", ["KicKunknown", ""])
def test_a_chat_that_nobody_knows_is_over(youtube, access, chat_id):
    assert youtube.live_messages(access, LiveChat(chat_id or "x", "v", "", None)).is_over


def test_a_lost_place_is_a_lost_cursor(on_air, youtube, access):
    with pytest.raises(PlatformError) as caught:
        youtube.live_messages(access, on_air, "nonsense")
    assert caught.value.kind is ErrorKind.CURSOR_INVALID


def test_a_removed_message_is_told_and_proven(on_air, youtube, access, youtube_sandbox):
    first = youtube.live_messages(access, on_air)
    target = first.items[1]
    asked = {"post_id": on_air.post_id, "comment_id": target.id, "created_at": target.created_at}
    assert youtube.read_visibility(access, **asked) is Visibility.PUBLIC
    done = youtube.set_visibility(access, [target.id], Visibility.REJECTED, post_id=on_air.post_id)
    assert done.outcome == "done"
    assert youtube.read_visibility(access, **asked) is Visibility.DELETED
    later(youtube_sandbox)
    page = youtube.live_messages(access, on_air, first.next_cursor)
    assert (page.items, page.removed) == ((), (target.id,))
    # The same again: it is gone already, and that is the goal.
    assert youtube.set_visibility(access, [target.id], Visibility.REJECTED).outcome == "done"


def test_after_the_end_nothing_can_be_proven(on_air, youtube, access, youtube_sandbox):
    target = youtube.live_messages(access, on_air).items[0]
    live(youtube_sandbox, "stop")
    seen = youtube.read_visibility(access, post_id=on_air.post_id, comment_id=target.id)
    assert seen is None


def test_a_live_message_is_neither_held_nor_answered(on_air, youtube, access):
    target = youtube.live_messages(access, on_air).items[0]
    with pytest.raises(PlatformError) as caught:
        youtube.set_visibility(access, [target.id], Visibility.HELD)
    assert caught.value.kind is ErrorKind.UNSUPPORTED
    with pytest.raises(PlatformError) as caught:
        youtube.reply(access, target.id, "an answer")
    assert caught.value.kind is ErrorKind.UNSUPPORTED


def test_it_is_never_asked_for_by_id(on_air, youtube, access, youtube_sandbox):
    target = youtube.live_messages(access, on_air).items[0]
    assert youtube.comment_states(access, [target.id]) == {}
    assert not youtube_sandbox.requests(f"id={LIVE}")


@pytest.mark.parametrize("seconds", [None, 300])
def test_sending_out_and_letting_in(on_air, youtube, access, youtube_sandbox, seconds):
    author = youtube.live_messages(access, on_air).items[0].author_id
    done = youtube.send_out(access, on_air.id, author, for_s=seconds)
    assert done.outcome == "done"
    assert live(youtube_sandbox, "say", text="again", author="@early.bird")["ids"] == []
    if seconds:
        later(youtube_sandbox, seconds + 1)
    else:
        assert youtube.let_in(access, done.remote_id).outcome == "done"
    assert live(youtube_sandbox, "say", text="back", author="@early.bird")["ids"]
    assert youtube.let_in(access, done.remote_id).outcome == "done"  # over already


def test_nobody_sends_out_the_owner(on_air, youtube, access, youtube_sandbox):
    with pytest.raises(PlatformError) as caught:
        youtube.send_out(access, on_air.id, channel_id(youtube_sandbox))
    assert caught.value.kind is ErrorKind.DENIED


def test_an_unanswered_ban_is_unknown(on_air, youtube, access, youtube_sandbox):
    author = youtube.live_messages(access, on_air).items[0].author_id
    youtube_sandbox.fault("write_unknown_outcome", "liveChat/bans", method="POST")
    assert youtube.send_out(access, on_air.id, author).outcome == "unknown"
    assert len(youtube_sandbox.requests("liveChat/bans", "POST")) == 1


@pytest.mark.parametrize(
    ("fault", "kind"),
    [
        ("status:503", ErrorKind.TRANSIENT),
        ("truncated_json", ErrorKind.TRANSIENT),
        ("empty_200", ErrorKind.TRANSIENT),
        ("quotaExceeded", ErrorKind.QUOTA_EXHAUSTED),
        ("token_revoked", ErrorKind.AUTH_EXPIRED),
        ("scope_removed", ErrorKind.SCOPE_MISSING),
    ],
)
def test_a_bad_answer_is_named(on_air, youtube, access, youtube_sandbox, fault, kind):
    youtube_sandbox.fault(fault, "liveChat/messages", times=9)
    with pytest.raises(PlatformError) as caught:
        youtube.live_messages(access, on_air)
    assert caught.value.kind is kind


def test_the_matrix_says_so(youtube):
    assert youtube.capabilities[Cap.LIVE_CHAT_READ].state == "yes"
    assert youtube.capabilities[Cap.LIVE_CHAT_MODERATE].state == "yes"
    assert youtube.capabilities[Cap.WEBHOOK].state == "yes"


def test_a_message_without_an_author_is_still_heard(on_air, youtube, access, youtube_sandbox):
    from integrations.platforms.youtube import parse

    moment = datetime.now(UTC)
    item = {"id": "m", "snippet": {"type": "superChatEvent", "publishedAt": moment.isoformat()}}
    item["snippet"]["superChatDetails"] = {"userComment": "money talks", "amountMicros": "1"}  # type: ignore[index]
    said = parse.live_message(item, post_id="v")
    assert (said.text, said.author_id, said.is_own) == ("money talks", "", False)  # type: ignore[union-attr]
    assert said.created_at - moment < timedelta(seconds=1)  # type: ignore[union-attr]
    item["snippet"]["superChatDetails"] = {}  # type: ignore[index]
    assert parse.live_message(item, post_id="v") is None
