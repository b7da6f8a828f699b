"""The TikTok adapter against the sandbox, over real HTTP: the grant, reading, acting."""

import re
from datetime import UTC, datetime, timedelta
from urllib.parse import parse_qs, urlsplit

import pytest

from integrations.platforms.base import Bucket, Cap, ErrorKind, PlatformError, Visibility
from integrations.platforms.tiktok.oauth import BUSINESS_SCOPES, DISPLAY_SCOPES
from tests.integrations.tiktok_cast import (
    COMMENTS,
    HIDE,
    REDIRECT,
    adapter,
    everything,
    first_page,
    newest_video,
    sign_in,
)

pytest_plugins = ("tests.integrations.tiktok_fixtures",)

# --- the grant -----------------------------------------------------------------------------------


def test_it_asks_the_business_app_for_every_permission(tiktok):
    url = urlsplit(tiktok.authorize_url("state-1", "challenge", REDIRECT))
    query = {name: values[0] for name, values in parse_qs(url.query).items()}
    assert url.path == "/tiktok/auth/v2/auth/authorize/"
    assert query == {
        "client_key": "aura-sandbox-tiktok_business",
        "scope": ",".join(BUSINESS_SCOPES),
        "response_type": "code",
        "redirect_uri": REDIRECT,
        "state": "state-1",
        "disable_auto_auth": "1",
    }


def test_it_asks_the_display_app_when_that_is_all_there_is(tiktok_sandbox, tiktok_http):
    tiktok = adapter(tiktok_sandbox, tiktok_http, business_id="", business_secret="")
    query = parse_qs(urlsplit(tiktok.authorize_url("s", "", REDIRECT)).query)
    assert query["client_key"] == ["aura-sandbox-tiktok_display"]
    assert query["scope"] == [",".join(DISPLAY_SCOPES)]


def test_it_trades_a_code_and_keeps_app_and_account_with_the_token(tiktok, tiktok_sandbox):
    tokens = sign_in(tiktok, tiktok_sandbox)
    app, open_id, token = tokens.access.split(":")
    assert (app, open_id[:4], token[:4]) == ("business", "-000", "act.")
    assert tiktok.missing_scopes(tokens.scopes) == ()
    assert tokens.access_expires_at is not None
    assert tokens.refresh_expires_at is not None
    left = tokens.access_expires_at - datetime.now(UTC)
    assert timedelta(hours=23, minutes=59) < left <= timedelta(days=1)
    assert tokens.refresh_expires_at - datetime.now(UTC) > timedelta(days=364)
    assert token not in repr(tokens)


def test_it_spends_a_code_once(tiktok, tiktok_sandbox):
    code = tiktok_sandbox.approve(tiktok.authorize_url("s", "", REDIRECT))["code"]
    tiktok.exchange(code, "", REDIRECT)
    with pytest.raises(PlatformError) as caught:
        tiktok.exchange(code, "", REDIRECT)
    assert caught.value.kind is ErrorKind.INVALID
    assert code not in str(caught.value)


def test_it_hears_a_denied_consent(tiktok, tiktok_sandbox):
    answer = tiktok_sandbox.deny(tiktok.authorize_url("state-1", "", REDIRECT))
    assert (answer["error"], answer["state"]) == ("access_denied", "state-1")


@pytest.mark.parametrize("app", ["business", "display"])
def test_refresh_tokens_rotate_and_the_old_one_is_dead(tiktok_sandbox, tiktok_http, app):
    tiktok = adapter(
        tiktok_sandbox, tiktok_http, **({"business_id": ""} if app == "display" else {})
    )
    old = sign_in(tiktok, tiktok_sandbox)
    assert old.refresh is not None
    new = tiktok.refresh(old.refresh)
    assert new.refresh not in {None, old.refresh}
    assert new.access.startswith(f"{app}:")
    assert tiktok.fetch_account(new.access).handle == "@milabuilds"
    with pytest.raises(PlatformError) as caught:
        tiktok.refresh(old.refresh)
    assert caught.value.kind is ErrorKind.AUTH_REVOKED


def test_a_lost_refresh_that_had_rotated_ends_honestly(tiktok, tiktok_sandbox):
    tokens = sign_in(tiktok, tiktok_sandbox)
    tiktok_sandbox.fault("lost_response", "/refresh_token/")
    with pytest.raises(PlatformError) as caught:
        tiktok.refresh(tokens.refresh)
    assert caught.value.kind is ErrorKind.AUTH_REVOKED
    assert len(tiktok_sandbox.requests("/refresh_token/")) == 2


def test_a_refresh_that_never_arrived_is_repeated(tiktok, tiktok_sandbox):
    tokens = sign_in(tiktok, tiktok_sandbox)
    tiktok_sandbox.fault("status:503", "/refresh_token/")
    assert tiktok.refresh(tokens.refresh).refresh


def test_it_revokes_and_does_not_mind_a_dead_token(tiktok, tiktok_sandbox):
    tokens = sign_in(tiktok, tiktok_sandbox)
    tiktok.revoke(tokens.access)
    tiktok.revoke(tokens.access)
    with pytest.raises(PlatformError) as caught:
        tiktok.fetch_account(tokens.access)
    assert caught.value.kind is ErrorKind.AUTH_EXPIRED


def test_a_wrong_registration_is_named(tiktok_sandbox, tiktok_http):
    tiktok = adapter(tiktok_sandbox, tiktok_http, business_secret="wrong")
    with pytest.raises(PlatformError) as caught:
        sign_in(tiktok, tiktok_sandbox)
    assert caught.value.kind is ErrorKind.DENIED


def test_what_was_withheld_costs_only_what_needs_it(tiktok, tiktok_sandbox):
    granted = [scope for scope in BUSINESS_SCOPES if scope != "comment.list.manage"]
    tokens = sign_in(tiktok, tiktok_sandbox, grant=",".join(granted))
    assert tiktok.missing_scopes(tokens.scopes) == ()
    support = tiktok.capabilities_for(tokens.scopes)
    assert support[Cap.COMMENTS_READ].state == "yes"
    assert support[Cap.COMMENT_HIDE].state == "needs_scope"
    assert support[Cap.COMMENT_DELETE].state == "no"
    assert support[Cap.COMMENT_DELETE].manual_url
    assert set(support) == set(Cap)


def test_the_least_profile_is_read_when_names_and_numbers_are_withheld(tiktok, tiktok_sandbox):
    tokens = sign_in(tiktok, tiktok_sandbox, grant="user.info.basic,video.list,comment.list")
    account = tiktok.fetch_account(tokens.access)
    assert (account.name, account.handle, account.followers) == ("Mila Builds", "", None)
    post = tiktok.posts(tokens.access, account.uploads_id).items[0]
    assert post.views is not None
    assert "reach" not in post.more


def test_a_display_connection_says_what_it_cannot(tiktok_sandbox, tiktok_http):
    tiktok = adapter(tiktok_sandbox, tiktok_http, business_id="", business_secret="")
    tokens = sign_in(tiktok, tiktok_sandbox)
    assert tiktok.missing_scopes(tokens.scopes) == ()
    assert tiktok.capabilities_for(tokens.scopes)[Cap.COMMENTS_READ].state == "needs_review"
    assert tiktok.capabilities[Cap.COMMENTS_READ].state == "needs_review"
    account = tiktok.fetch_account(tokens.access)
    assert (account.handle, account.posts) == ("@milabuilds", 24)
    page = tiktok.posts(tokens.access, account.uploads_id)
    following = tiktok.posts(tokens.access, account.uploads_id, page.next_cursor)
    assert (len(page.items), len(following.items), following.exhausted) == (20, 4, True)
    with pytest.raises(PlatformError) as caught:
        first_page(tiktok, tokens.access, page.items[0].id)
    assert caught.value.kind is ErrorKind.UNSUPPORTED
    assert "approved" in caught.value.message


# --- reading -------------------------------------------------------------------------------------


def test_it_reads_the_account(tiktok, tt_access):
    account = tiktok.fetch_account(tt_access)
    assert account.id == account.uploads_id == tt_access.split(":")[1]
    assert (account.name, account.handle) == ("Mila Builds", "@milabuilds")
    assert account.followers >= 184_000
    assert account.url == "https://www.tiktok.com/@milabuilds"


def test_it_reads_every_video_with_counters_and_insights(tiktok, tt_access):
    first = tiktok.posts(tt_access, "")
    second = tiktok.posts(tt_access, "", first.next_cursor)
    posts = [*first.items, *second.items]
    assert len(posts) == len({post.id for post in posts}) == 24
    assert [p.created_at for p in posts] == sorted((p.created_at for p in posts), reverse=True)
    assert all(set(post.more) == {"shares", "favorites", "reach"} for post in posts)
    assert all(re.fullmatch(r"\d{19}", post.id) for post in posts)


def test_it_finds_every_comment_and_reply_hidden_ones_too(tiktok, tt_access, tiktok_sandbox):
    video = newest_video(tiktok_sandbox)
    top = tiktok_sandbox.comment("a long talk", platform="tiktok", video=video)
    for number in range(7):
        tiktok_sandbox.comment(f"answer {number}", platform="tiktok", parent=top["id"])
    tiktok_sandbox.comment("out of sight", platform="tiktok", video=video, status="heldForReview")
    told = tiktok_sandbox.found(platform="tiktok", video=video, limit=1000)
    truth = {comment["id"]: comment for comment in told}
    seen = {comment.id: comment for comment in everything(tiktok, tt_access, video)}
    assert set(seen) == set(truth)
    for comment_id, item in seen.items():
        known = truth[comment_id]
        is_public = known["status"] == "published"
        assert item.visibility is (Visibility.PUBLIC if is_public else Visibility.HELD)
        assert (item.text, item.post_id) == (known["text"], video)
        assert item.parent_id == known["parent_id"]
        assert item.author_id == known["author_id"]
        assert item.created_at.isoformat() == known["published_at"]
        assert item.is_own == (item.author_handle == "@milabuilds")


def test_it_asks_for_newest_first_because_the_default_is_random(tiktok, tt_access, tiktok_sandbox):
    video = newest_video(tiktok_sandbox)
    tiktok_sandbox.burst(40, text="wave {i}", video=video, spread_s=4000, platform="tiktok")
    page = first_page(tiktok, tt_access, video)
    tops = [item for item in page.items if item.parent_id is None]
    times = [item.created_at for item in tops]
    assert len(tops) == 30
    assert times == sorted(times, reverse=True)
    path = tiktok_sandbox.requests(COMMENTS)[-1]["path"]
    assert "sort_field=create_time&sort_order=desc" in path


def test_it_reads_all_of_more_than_500_where_the_rest_repeats(tiktok, tt_access, tiktok_sandbox):
    video = newest_video(tiktok_sandbox)
    made = tiktok_sandbox.burst(620, text="wave {i}", video=video, spread_s=9000, platform="tiktok")
    seen = [item.id for item in everything(tiktok, tt_access, video)]
    assert set(made) <= set(seen)
    assert len(seen) == len(set(seen))


def test_ids_beyond_a_double_survive_as_numbers_and_as_text(tiktok, tt_access, tiktok_sandbox):
    video = newest_video(tiktok_sandbox)
    made = tiktok_sandbox.comment("exact", platform="tiktok", video=video)
    plain = {item.id for item in first_page(tiktok, tt_access, video).items}
    tiktok_sandbox.fault("ids_as_numbers", COMMENTS)
    assert {item.id for item in first_page(tiktok, tt_access, video).items} == plain
    assert made["id"] in plain
    assert int(float(made["id"])) != int(made["id"])


def test_it_reads_text_as_text(tiktok, tt_access, tiktok_sandbox):
    nasty = "<b onclick=x>& \u202eabc\u202c \u200bzero\nline {{ 7*7 }} 👩‍👩‍👧"
    made = tiktok_sandbox.comment(nasty, platform="tiktok", author="@<script>")
    video = newest_video(tiktok_sandbox)
    found = {item.id: item for item in first_page(tiktok, tt_access, video).items}
    assert found[made["id"]].text == nasty
    assert found[made["id"]].author_name == "<script>"


def test_it_answers_what_still_exists_by_id(tiktok, tt_access, tiktok_sandbox):
    video = newest_video(tiktok_sandbox)
    ids = tiktok_sandbox.burst(35, text="wave {i}", video=video, platform="tiktok")
    tiktok_sandbox.ctl("POST", "comments", op="delete", id=ids[0], platform="tiktok")
    states = tiktok.comment_states(tt_access, ids, post_id=video)
    assert states[ids[0]] is None
    assert all(states[one] for one in ids[1:])
    assert len(tiktok_sandbox.requests("comment_ids")) == 2  # 30 at most in one call
    gone = tiktok.comment_states(tt_access, ["1"], post_id="7000000000000000000")
    assert gone == {"1": None}


def test_it_finds_replies_only_below_their_parent(tiktok, tt_access, tiktok_sandbox):
    top = tiktok_sandbox.comment("a thread", platform="tiktok")
    inner = tiktok_sandbox.comment("inside", platform="tiktok", parent=top["id"])
    states = tiktok.comment_states(
        tt_access, [inner["id"], "404"], post_id=top["video_id"], parent_id=top["id"]
    )
    assert states[inner["id"]].parent_id == top["id"]
    assert states["404"] is None


# --- acting --------------------------------------------------------------------------------------


def where(tiktok, tt_access, comment, parent=None):
    return tiktok.read_visibility(
        tt_access, post_id=comment["video_id"], comment_id=comment["id"], parent_id=parent
    )


@pytest.mark.parametrize("is_reply", [False, True])
def test_hide_and_show_are_read_back(tiktok, tt_access, tiktok_sandbox, is_reply):
    top = tiktok_sandbox.comment("a thread", platform="tiktok")
    target, parent = top, None
    if is_reply:
        parent = top["id"]
        target = tiktok_sandbox.comment("inside", platform="tiktok", parent=parent)
    for asked in (Visibility.HELD, Visibility.PUBLIC):
        result = tiktok.set_visibility(tt_access, [target["id"]], asked, post_id=top["video_id"])
        assert result.outcome == "done"
        assert where(tiktok, tt_access, target, parent) is asked


def test_an_unhide_that_does_nothing_is_seen(tiktok, tt_access, tiktok_sandbox):
    made = tiktok_sandbox.comment("stays away", platform="tiktok", status="heldForReview")
    tiktok_sandbox.fault("unhide_noop", HIDE)
    video = made["video_id"]
    result = tiktok.set_visibility(tt_access, [made["id"]], Visibility.PUBLIC, post_id=video)
    assert result.outcome == "done"
    assert where(tiktok, tt_access, made) is Visibility.HELD


def test_a_deleted_comment_reads_back_as_deleted(tiktok, tt_access, tiktok_sandbox):
    made = tiktok_sandbox.comment("gone soon", platform="tiktok")
    tiktok_sandbox.ctl("POST", "comments", op="delete", id=made["id"], platform="tiktok")
    assert where(tiktok, tt_access, made) is Visibility.DELETED
    with pytest.raises(PlatformError) as caught:
        tiktok.set_visibility(tt_access, [made["id"]], Visibility.HELD, post_id=made["video_id"])
    assert caught.value.kind is ErrorKind.NOT_FOUND


@pytest.mark.parametrize("visibility", [Visibility.REJECTED, Visibility.SPAM])
def test_it_does_not_pretend_to_delete(tiktok, tt_access, tiktok_sandbox, visibility):
    with pytest.raises(PlatformError) as caught:
        tiktok.set_visibility(tt_access, ["1"], visibility, post_id="2")
    assert caught.value.kind is ErrorKind.UNSUPPORTED
    assert tiktok_sandbox.requests(HIDE) == []


def test_a_reply_is_sent_and_found_again(tiktok, tt_access, tiktok_sandbox):
    made = tiktok_sandbox.comment("a question", platform="tiktok")
    since = datetime.now(UTC)
    result = tiktok.reply(tt_access, made["id"], "Hide glue,  always.", post_id=made["video_id"])
    assert result.outcome == "done"
    (told,) = tiktok_sandbox.found(platform="tiktok", id=result.remote_id)
    assert told["parent_id"] == made["id"]
    found = tiktok.find_reply(
        tt_access, made["id"], "Hide glue, always.", since=since, post_id=made["video_id"]
    )
    assert found == result.remote_id
    late = since + timedelta(hours=1)
    assert not tiktok.find_reply(
        tt_access, made["id"], "Hide glue, always.", since=late, post_id=made["video_id"]
    )


def test_a_reply_longer_than_tiktok_takes_is_refused(tiktok, tt_access, tiktok_sandbox):
    made = tiktok_sandbox.comment("a question", platform="tiktok")
    with pytest.raises(PlatformError) as caught:
        tiktok.reply(tt_access, made["id"], "x" * (tiktok.reply_max + 1), post_id=made["video_id"])
    assert caught.value.kind is ErrorKind.INVALID


def test_there_is_one_list_and_it_is_per_video(tiktok):
    assert (tiktok.buckets, tiktok.comments_by) == ((Bucket.PUBLISHED,), "post")
