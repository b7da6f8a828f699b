"""The Reddit adapter against the sandbox, over real HTTP: the grant, trees, a moderator's acts."""

from datetime import UTC, datetime, timedelta
from urllib.parse import parse_qs, urlsplit

import pytest

from integrations.platforms.bans import Bans
from integrations.platforms.base import Bucket, Cap, ErrorKind, PlatformError, Visibility
from integrations.platforms.reddit import parse
from integrations.platforms.reddit.oauth import SCOPES
from tests.integrations.reddit_cast import REDIRECT, adapter, everything, newest_post, sign_in

pytest_plugins = ("tests.integrations.reddit_fixtures",)


def add(sandbox, text, **fields):
    return sandbox.comment(text, platform="reddit", **fields)


def first_page(reddit, access, post, cursor=None):
    return reddit.comments(access, "", Bucket.PUBLISHED, cursor, post_id=post)


# --- the grant -----------------------------------------------------------------------------------


def test_it_asks_for_a_lasting_permission_with_the_state(reddit):
    url = urlsplit(reddit.authorize_url("state-1", "challenge", REDIRECT))
    query = {name: values[0] for name, values in parse_qs(url.query).items()}
    assert url.path == "/reddit/api/v1/authorize"
    assert query == {
        "client_id": "aura-sandbox-reddit",
        "response_type": "code",
        "state": "state-1",
        "redirect_uri": REDIRECT,
        "duration": "permanent",
        "scope": " ".join(SCOPES),
    }


def test_it_trades_a_code_once(reddit, reddit_sandbox):
    code = reddit_sandbox.approve(reddit.authorize_url("s", "", REDIRECT))["code"]
    tokens = reddit.exchange(code, "", REDIRECT)
    assert tokens.access_expires_at is not None
    left = tokens.access_expires_at - datetime.now(UTC)
    assert timedelta(hours=23, minutes=59) < left <= timedelta(days=1)
    assert (tokens.scopes, reddit.missing_scopes(tokens.scopes)) == (SCOPES, ())
    assert tokens.access not in repr(tokens)
    with pytest.raises(PlatformError) as caught:
        reddit.exchange(code, "", REDIRECT)  # refused with HTTP 200
    assert caught.value.kind is ErrorKind.INVALID
    assert reddit_sandbox.requests("access_token")[-1]["status"] == 200
    assert code not in str(caught.value)


def test_a_refresh_token_stays_good(reddit, reddit_sandbox):
    old = sign_in(reddit, reddit_sandbox)
    new = reddit.refresh(old.refresh)
    assert new.access != old.access
    assert new.refresh in {None, old.refresh}
    assert reddit.refresh(old.refresh).access
    reddit_sandbox.fault("lost_response", "access_token")
    assert reddit.refresh(old.refresh).access


def test_it_revokes_and_does_not_mind_a_dead_token(reddit, reddit_sandbox):
    tokens = sign_in(reddit, reddit_sandbox)
    reddit.revoke(tokens.refresh)
    reddit.revoke(tokens.refresh)
    with pytest.raises(PlatformError) as caught:
        reddit.refresh(tokens.refresh)
    assert caught.value.kind is ErrorKind.AUTH_REVOKED
    with pytest.raises(PlatformError) as caught:
        reddit.fetch_account(tokens.access)
    assert caught.value.kind is ErrorKind.AUTH_EXPIRED


def test_a_denied_consent_and_a_wrong_registration_are_named(reddit, reddit_sandbox, reddit_http):
    answer = reddit_sandbox.deny(reddit.authorize_url("state-1", "", REDIRECT))
    assert answer == {"error": "access_denied", "state": "state-1"}
    with pytest.raises(PlatformError) as caught:
        sign_in(adapter(reddit_sandbox, reddit_http, client_secret="wrong"), reddit_sandbox)
    assert caught.value.kind is ErrorKind.DENIED


def test_who_does_not_name_the_operator_is_shut_out(reddit, reddit_sandbox, reddit_http):
    access = sign_in(reddit, reddit_sandbox).access
    nameless = adapter(reddit_sandbox, reddit_http, username="")
    with pytest.raises(PlatformError) as caught:
        nameless.fetch_account(access)
    assert caught.value.kind is ErrorKind.RATE_LIMITED
    assert reddit.fetch_account(access).handle == "u/milabuilds"


def test_what_was_withheld_costs_only_what_needs_it(reddit, reddit_sandbox):
    tokens = sign_in(reddit, reddit_sandbox, grant="identity read history")
    support = reddit.capabilities_for(tokens.scopes)
    assert reddit.missing_scopes(tokens.scopes) == ()
    assert support[Cap.COMMENTS_READ].state == "yes"
    assert support[Cap.COMMENT_HIDE].state == "needs_scope"
    assert support[Cap.COMMENT_DELETE].state == "no"
    assert set(support) == set(Cap)
    made = add(reddit_sandbox, "stays")
    with pytest.raises(PlatformError) as caught:
        reddit.set_visibility(tokens.access, [made["id"]], Visibility.HELD)
    assert caught.value.kind is ErrorKind.SCOPE_MISSING


# --- reading -------------------------------------------------------------------------------------


def test_it_reads_the_account_and_every_post_by_fullname(reddit, rd_access, reddit_sandbox):
    account = reddit.fetch_account(rd_access)
    assert (account.name, account.handle) == ("Mila Builds", "u/milabuilds")
    assert account.followers >= 184_000
    posts = reddit.posts(rd_access, account.uploads_id)
    assert posts.exhausted
    assert len(posts.items) == 24
    assert all(post.id.startswith("t3_") for post in posts.items)
    assert posts.items[0].more["upvoted_percent"] == 93
    after = posts.items[9].id
    later = reddit.posts(rd_access, account.uploads_id, after)
    assert [post.id for post in later.items] == [post.id for post in posts.items[10:]]
    assert f"after={after}" in reddit_sandbox.requests("submitted")[-1]["path"]


def test_it_finds_every_comment_in_a_deep_tree(reddit, rd_access, reddit_sandbox):
    post = newest_post(reddit_sandbox)
    made = add(reddit_sandbox, "level 0", video=post)
    chain = [made["id"]]
    for level in range(1, 24):  # beyond ten levels Reddit says "continue this thread"
        chain.append(add(reddit_sandbox, f"level {level}", parent=chain[-1])["id"])
    seen = {item.id: item for item in everything(reddit, rd_access, post)}
    assert set(chain) <= set(seen)
    assert all(seen[one].parent_id == chain[0] for one in chain[1:])
    assert seen[chain[5]].raw["parent_id"] == chain[4]
    assert "replies" not in seen[chain[0]].raw


def test_it_reads_everything_that_stubs_leave_out(reddit, rd_access, reddit_sandbox):
    post = newest_post(reddit_sandbox)
    wave = reddit_sandbox.burst(230, platform="reddit", video=post, text="wave {i}", spread_s=9000)
    answers = [add(reddit_sandbox, f"answer {n}", parent=wave[3])["id"] for n in range(130)]
    seen = everything(reddit, rd_access, post)
    assert {*wave, *answers} <= {item.id for item in seen}
    truth = reddit_sandbox.found(platform="reddit", video=post, limit=1000)
    assert {item.id for item in seen} == {one["id"] for one in truth}
    assert len(reddit_sandbox.requests("morechildren")) < 12


def test_a_place_that_is_gone_starts_the_list_again(reddit, rd_access, reddit_sandbox):
    post = newest_post(reddit_sandbox)
    reddit_sandbox.burst(130, platform="reddit", video=post, text="wave {i}", spread_s=9000)
    page = first_page(reddit, rd_access, post)
    reddit_sandbox.ctl("POST", "comments", op="delete", id=page.next_cursor, platform="reddit")
    with pytest.raises(PlatformError) as caught:
        first_page(reddit, rd_access, post, page.next_cursor)
    assert caught.value.kind is ErrorKind.CURSOR_INVALID


def test_what_morechildren_leaves_out_is_asked_by_id(reddit, rd_access, reddit_sandbox):
    post = newest_post(reddit_sandbox)
    reddit_sandbox.burst(130, platform="reddit", video=post, text="wave {i}", spread_s=9000)
    truth = {one["id"] for one in reddit_sandbox.found(platform="reddit", video=post, limit=999)}
    reddit_sandbox.fault("empty_page_with_next", "morechildren", times=9)
    assert {item.id for item in everything(reddit, rd_access, post)} == truth
    assert reddit_sandbox.requests("api/info")


@pytest.mark.parametrize("status", ["heldForReview", "likelySpam"])
def test_a_moderator_sees_what_is_removed(reddit, rd_access, reddit_sandbox, status):
    made = add(reddit_sandbox, "out of sight", status=status)
    page = first_page(reddit, rd_access, made["video_id"])
    (found,) = [item for item in page.items if item.id == made["id"]]
    expected = Visibility.HELD if status == "heldForReview" else Visibility.SPAM
    assert (found.text, found.visibility) == ("out of sight", expected)


def test_a_removed_word_is_no_new_wording(reddit, rd_access, reddit_sandbox):
    foreign = newest_post(reddit_sandbox, 2)
    top = add(reddit_sandbox, "removed by others", video=foreign, status="heldForReview")
    below = add(reddit_sandbox, "an answer", parent=top["id"])
    found = {item.id for item in first_page(reddit, rd_access, foreign).items}
    assert top["id"] not in found
    assert below["id"] in found
    states = reddit.comment_states(rd_access, [top["id"], "t1_nothing"], post_id=foreign)
    assert states["t1_nothing"] is None
    assert states[top["id"]].visibility is Visibility.HELD


@pytest.mark.parametrize("body", ["[deleted]", "[removed]"])
def test_placeholders_are_told_apart(body):
    assert parse.is_placeholder({"body": body})
    expected = Visibility.DELETED if body == "[deleted]" else Visibility.HELD
    assert parse.visibility({"body": body}) is expected


def test_it_reads_text_and_edits_as_they_are(reddit, rd_access, reddit_sandbox):
    nasty = "<b onclick=x>& \u202eabc\u202c \u200bzero\nline {{ 7*7 }} 👩‍👩‍👧"
    made = add(reddit_sandbox, "before", author="@<script>")
    reddit_sandbox.ctl("POST", "comments", op="edit", id=made["id"], text=nasty, platform="reddit")
    page = first_page(reddit, rd_access, made["video_id"])
    (found,) = [item for item in page.items if item.id == made["id"]]
    assert found.text == nasty
    assert found.edited_at is not None
    assert found.permalink.startswith("https://www.reddit.com/r/u_milabuilds/comments/")


def test_it_stops_where_the_allowance_ends(reddit, rd_access, reddit_sandbox):
    wallet = reddit_sandbox.memory.wallet("reddit")
    wallet.calls["allowance"] = 2
    reddit.fetch_account(rd_access)
    reddit.fetch_account(rd_access)  # the answer says: nothing remains
    with pytest.raises(PlatformError) as caught:
        reddit.fetch_account(rd_access)
    assert caught.value.kind is ErrorKind.RATE_LIMITED
    assert len(reddit_sandbox.requests("api/v1/me")) == 2
    assert caught.value.retry_at is not None
    assert caught.value.retry_at - datetime.now(UTC) <= timedelta(minutes=10)


def test_a_refusal_names_its_end(reddit, rd_access, reddit_sandbox):
    reddit_sandbox.fault("throttled", "api/v1/me", reset_s=90)
    with pytest.raises(PlatformError) as caught:
        reddit.fetch_account(rd_access)
    wait = caught.value.retry_at - datetime.now(UTC)  # type: ignore[operator]
    assert timedelta(seconds=80) < wait <= timedelta(seconds=90)


# --- acting --------------------------------------------------------------------------------------


def where(reddit, rd_access, made):
    return reddit.read_visibility(rd_access, post_id=made["video_id"], comment_id=made["id"])


def test_remove_and_approve_are_read_back(reddit, rd_access, reddit_sandbox):
    top = add(reddit_sandbox, "a thread")
    for target in (top, add(reddit_sandbox, "inside", parent=top["id"])):
        for asked in (Visibility.HELD, Visibility.PUBLIC):
            result = reddit.set_visibility(rd_access, [target["id"]], asked)
            assert result.outcome == "done"
            assert where(reddit, rd_access, target) is asked
    assert all(call["body"]["spam"] == "false" for call in reddit_sandbox.requests("api/remove"))


def test_where_others_moderate_it_says_so(reddit, rd_access, reddit_sandbox):
    made = add(reddit_sandbox, "not ours", video=newest_post(reddit_sandbox, 2))
    with pytest.raises(PlatformError) as caught:
        reddit.set_visibility(rd_access, [made["id"]], Visibility.HELD)
    assert caught.value.kind is ErrorKind.DENIED
    assert "does not moderate that community" in caught.value.message
    assert where(reddit, rd_access, made) is Visibility.PUBLIC


def test_a_ban_and_its_end(reddit, rd_access, reddit_sandbox):
    add(reddit_sandbox, "go away", author="@someone")
    result = reddit.ban(rd_access, "u_milabuilds", "someone", days=30, reason="harassment")
    assert result.outcome == "done"
    sent = reddit_sandbox.requests("api/friend")[-1]["body"]
    assert (sent["type"], sent["name"], sent["duration"]) == ("banned", "someone", "30")
    state = reddit_sandbox.ctl("GET", "state", platform="reddit")["channels"]["mila"]
    assert state["banned"] == 1
    assert reddit.unban(rd_access, "u_milabuilds", "someone").outcome == "done"
    state = reddit_sandbox.ctl("GET", "state", platform="reddit")["channels"]["mila"]
    assert state["banned"] == 0
    for place, name, kind in [
        ("t_small_workshops", "someone", ErrorKind.DENIED),
        ("u_milabuilds", "nobody-here", ErrorKind.NOT_FOUND),
    ]:
        with pytest.raises(PlatformError) as caught:
            reddit.ban(rd_access, place, name)
        assert caught.value.kind is kind
    with pytest.raises(PlatformError) as caught:
        reddit.ban(rd_access, "u_milabuilds", "someone", days=0)
    assert caught.value.kind is ErrorKind.INVALID


def test_the_author_of_a_comment_is_banned_where_it_was_written(reddit, rd_access, reddit_sandbox):
    made = add(reddit_sandbox, "go away", author="@someone")
    assert isinstance(reddit, Bans)
    asked = {"author_id": made["author_id"], "post_id": made["video_id"]}
    done = reddit.ban_author(rd_access, comment_id=made["id"], **asked)
    assert (done.outcome, done.remote_id) == ("done", "u_milabuilds/someone")
    assert reddit.unban_author(rd_access, done.remote_id).outcome == "done"  # type: ignore[arg-type]
    reddit.ban_author(rd_access, comment_id=made["id"], **asked, for_s=100_000)
    assert reddit_sandbox.requests("api/friend")[-1]["body"]["duration"] == "2"
    foreign = add(reddit_sandbox, "there", video=newest_post(reddit_sandbox, 2))
    for comment_id, kind in [(foreign["id"], ErrorKind.DENIED), ("t1_x", ErrorKind.NOT_FOUND)]:
        with pytest.raises(PlatformError) as caught:
            reddit.ban_author(rd_access, comment_id=comment_id, **asked)
        assert caught.value.kind is kind


@pytest.mark.parametrize("visibility", [Visibility.REJECTED, Visibility.SPAM])
def test_it_does_not_pretend_to_delete(reddit, rd_access, reddit_sandbox, visibility):
    with pytest.raises(PlatformError) as caught:
        reddit.set_visibility(rd_access, ["t1_x"], visibility)
    assert caught.value.kind is ErrorKind.UNSUPPORTED
    assert reddit_sandbox.requests("api/(remove|approve)") == []


def test_a_reply_goes_below_any_comment_and_is_found_again(reddit, rd_access, reddit_sandbox):
    top = add(reddit_sandbox, "a thread")
    inner = add(reddit_sandbox, "a question", parent=top["id"])
    since = datetime.now(UTC)
    result = reddit.reply(rd_access, inner["id"], "Hide glue,  always.")
    assert result.outcome == "done"
    (told,) = reddit_sandbox.found(platform="reddit", id=result.remote_id)
    assert told["parent_id"] == inner["id"]
    look = {"since": since, "post_id": inner["video_id"]}
    found = reddit.find_reply(rd_access, inner["id"], "Hide glue, always.", **look)
    assert found == result.remote_id
    look["since"] += timedelta(hours=1)
    assert not reddit.find_reply(rd_access, inner["id"], "Hide glue, always.", **look)


@pytest.mark.parametrize(
    ("parent", "text", "kind"),
    [
        ("", "x" * 10_001, ErrorKind.INVALID),
        ("t1_gone", "hello", ErrorKind.NOT_FOUND),
    ],
)
def test_a_refusal_inside_a_200_is_heard(reddit, rd_access, reddit_sandbox, parent, text, kind):
    parent = parent or add(reddit_sandbox, "a question")["id"]
    with pytest.raises(PlatformError) as caught:
        reddit.reply(rd_access, parent, text)
    assert caught.value.kind is kind
    assert reddit_sandbox.requests("api/comment")[-1]["status"] == 200


def test_a_locked_thread_says_so(reddit, rd_access, reddit_sandbox):
    accounts = reddit_sandbox.ctl("GET", "accounts", platform="reddit")
    locked = [video["id"] for video in accounts[0]["videos"] if not video["comments_enabled"]]
    with pytest.raises(PlatformError) as caught:
        reddit.reply(rd_access, locked[0], "hello")
    assert caught.value.kind is ErrorKind.DENIED
    assert "locked" in caught.value.message
