"""The YouTube adapter against the sandbox: moderation, replies, and their read-back."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from integrations.platforms.base import (
    Bucket,
    ErrorKind,
    PlatformError,
    Visibility,
    confirms,
)
from integrations.platforms.youtube import YouTube
from tests.integrations.youtube_cast import channel_id

pytest_plugins = ("tests.integrations.youtube_fixtures",)


@pytest.mark.parametrize(
    ("asked", "seen"),
    [
        (Visibility.HELD, Visibility.HELD),
        (Visibility.PUBLIC, Visibility.PUBLIC),
        (Visibility.REJECTED, Visibility.DELETED),
    ],
)
@pytest.mark.parametrize("as_reply", [False, True])
def test_it_moves_a_comment_and_reads_it_back(
    youtube, access, youtube_sandbox, asked, seen, as_reply
):
    parent = youtube_sandbox.comment("a thread to answer")["id"] if as_reply else None
    made = youtube_sandbox.comment("you again", parent=parent)
    assert youtube.set_visibility(access, [made["id"]], asked).outcome == "done"
    read = _read_back(youtube, access, made, expect=asked)
    assert read is seen
    assert confirms(asked, read) is True


def test_it_hides_and_brings_back(youtube, access, youtube_sandbox):
    made = youtube_sandbox.comment("you again")
    youtube.set_visibility(access, [made["id"]], Visibility.HELD)
    page = youtube.comments(access, channel_id(youtube_sandbox), Bucket.PUBLISHED)
    assert made["id"] not in {item.id for item in page.items}
    youtube.set_visibility(access, [made["id"]], Visibility.PUBLIC)
    assert _read_back(youtube, access, made) is Visibility.PUBLIC


def test_it_moves_many_in_one_call(youtube, access, youtube_sandbox):
    ids = youtube_sandbox.burst(50, text="wave {i}")
    youtube.set_visibility(access, ids, Visibility.HELD)
    assert {c["status"] for c in youtube_sandbox.found(text="wave", limit=50)} == {"heldForReview"}
    assert len(youtube_sandbox.requests("setModerationStatus")) == 1
    assert youtube_sandbox.ctl("GET", "state")["quota"]["used"] == 50
    with pytest.raises(PlatformError) as caught:
        youtube.set_visibility(access, [*ids, "one-more"], Visibility.HELD)
    assert caught.value.kind is ErrorKind.INVALID


def test_it_bans_an_author_only_with_a_rejection(youtube, access, youtube_sandbox):
    made = youtube_sandbox.comment("you again", author="@pest")
    with pytest.raises(PlatformError):
        youtube.set_visibility(access, [made["id"]], Visibility.HELD, ban_author=True)
    youtube.set_visibility(access, [made["id"]], Visibility.REJECTED, ban_author=True)
    assert youtube_sandbox.comment("and again", author="@pest")["status"] == "rejected"


def test_it_says_that_a_rejection_is_final(youtube, access, youtube_sandbox):
    made = youtube_sandbox.comment("you again")
    youtube.set_visibility(access, [made["id"]], Visibility.REJECTED)
    with pytest.raises(PlatformError) as caught:
        youtube.set_visibility(access, [made["id"]], Visibility.PUBLIC)
    assert caught.value.kind is ErrorKind.UNSUPPORTED
    assert "rejected" in caught.value.message


def test_it_may_not_touch_the_comments_of_others(youtube, access, youtube_sandbox):
    made = youtube_sandbox.comment("not yours", channel="ines")
    with pytest.raises(PlatformError) as caught:
        youtube.set_visibility(access, [made["id"]], Visibility.HELD)
    assert caught.value.kind is ErrorKind.DENIED
    with pytest.raises(PlatformError) as caught:
        youtube.comments(access, channel_id(youtube_sandbox, "ines"), Bucket.HELD)
    assert caught.value.kind is ErrorKind.DENIED


def test_it_replies_and_finds_its_reply(youtube, access, youtube_sandbox):
    made = youtube_sandbox.comment("which glue?")
    started = datetime.now(UTC)
    result = youtube.reply(access, made["id"], "Hide glue, always.")
    assert result.outcome == "done"
    assert result.remote_id is not None
    assert result.remote_id.startswith(made["id"] + ".")
    found = youtube.find_reply(access, made["id"], "Hide glue,  always.", since=started)
    assert found == result.remote_id
    assert youtube.find_reply(access, made["id"], "Another text", since=started) is None
    youtube_sandbox.comment("Hide glue, always. Me too", parent=made["id"], author="@other")
    late = datetime.now(UTC) + timedelta(minutes=5)
    assert youtube.find_reply(access, made["id"], "Hide glue, always.", since=late) is None


def test_it_cannot_reply_to_what_is_gone(youtube, access):
    with pytest.raises(PlatformError) as caught:
        youtube.reply(access, "UgNothing", "hello?")
    assert caught.value.kind is ErrorKind.NOT_FOUND


@pytest.mark.parametrize("fault", ["write_unknown_outcome", "lost_response"])
def test_it_never_repeats_a_write_of_unknown_outcome(youtube, access, youtube_sandbox, fault):
    made = youtube_sandbox.comment("you again")
    started = datetime.now(UTC)
    youtube_sandbox.fault(fault, "setModerationStatus", times=9)
    result = youtube.set_visibility(access, [made["id"]], Visibility.HELD)
    assert (result.outcome, bool(result.detail)) == ("unknown", True)
    assert len(youtube_sandbox.requests("setModerationStatus")) == 1
    assert _read_back(youtube, access, made) is Visibility.HELD
    other = youtube_sandbox.comment("which glue?")
    youtube_sandbox.fault(fault, r"/comments\?part=snippet$", method="POST", times=9)
    assert youtube.reply(access, other["id"], "Hide glue").outcome == "unknown"
    assert len(youtube_sandbox.found(text="Hide glue")) == 1
    assert youtube.find_reply(access, other["id"], "Hide glue", since=started)


def test_it_does_not_believe_an_ignored_write(youtube, access, youtube_sandbox):
    made = youtube_sandbox.comment("you again")
    youtube_sandbox.fault("write_ignored", "setModerationStatus")
    assert youtube.set_visibility(access, [made["id"]], Visibility.HELD).outcome == "done"
    read = _read_back(youtube, access, made, expect=Visibility.HELD)
    assert read is Visibility.PUBLIC
    assert confirms(Visibility.HELD, read) is False


def test_it_reports_a_lost_reply_id_as_unknown(youtube, access, youtube_sandbox):
    made = youtube_sandbox.comment("which glue?")
    youtube_sandbox.fault("truncated_json", r"/comments\?", method="POST")
    assert youtube.reply(access, made["id"], "Hide glue").outcome == "unknown"


def test_it_admits_when_a_read_back_cannot_tell(youtube, access, youtube_sandbox):
    made = youtube_sandbox.comment("you again")
    youtube_sandbox.fault("has_more_forever", "commentThreads.*heldForReview", times=99)
    youtube.set_visibility(access, [made["id"]], Visibility.REJECTED)
    assert _read_back(youtube, access, made) is None
    assert confirms(Visibility.REJECTED, None) is None


def test_it_reads_back_an_old_comment_without_walking_everything(youtube, access, youtube_sandbox):
    youtube_sandbox.burst(250, text="wave {i}")
    made = youtube_sandbox.comment("right now")
    since = youtube_sandbox.requests()[-1]["n"]
    read = youtube.read_visibility(
        access,
        post_id=made["video_id"],
        comment_id="UgGone",
        created_at=datetime.fromisoformat(made["published_at"]) + timedelta(minutes=1),
    )
    assert read is Visibility.DELETED
    assert len(youtube_sandbox.requests("moderationStatus=published", since=since)) == 1


def _read_back(
    youtube: YouTube, access: str, made: dict[str, Any], expect: Visibility | None = None
) -> Visibility | None:
    return youtube.read_visibility(
        access,
        post_id=made["video_id"],
        comment_id=made["id"],
        parent_id=made["parent_id"],
        created_at=datetime.fromisoformat(made["published_at"]),
        expect=expect,
    )
