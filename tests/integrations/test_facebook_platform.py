"""The Facebook adapter against the sandbox, over real HTTP: the grant, reading, acting, pushes."""

import json
from datetime import UTC, datetime, timedelta
from urllib.parse import parse_qs, urlsplit

import pytest

from integrations.platforms.base import (
    Bucket,
    Cap,
    ErrorKind,
    PlatformError,
    UnknownOutcome,
    Visibility,
    walk_pages,
)
from integrations.platforms.facebook.credential import Credential
from integrations.platforms.meta.graph import proof_of
from integrations.platforms.webhooks import WebhookRefused
from integrations.sandbox.facebook import senders
from integrations.sandbox.facebook.ids import person_id
from integrations.sandbox.instagram.senders import signed_request
from tests.integrations.facebook_fixtures import facebook_adapter, pages
from tests.integrations.instagram_cast import VERIFY, sign_in
from tests.integrations.sandbox_server import REDIRECT

pytest_plugins = ("tests.integrations.facebook_fixtures",)

SCOPES = (
    "pages_show_list",
    "pages_read_engagement",
    "pages_read_user_content",
    "pages_manage_engagement",
    "pages_manage_metadata",
    "read_insights",
)


def page_id(sandbox, key="mila"):
    return sandbox.ctl("GET", "state", platform="facebook")["channels"][key]["id"]


def post_ids(sandbox, key="mila"):
    accounts = sandbox.ctl("GET", "accounts", platform="facebook")
    found = next(account for account in accounts if account["key"] == key)
    return [video["id"] for video in found["videos"]]


def say(sandbox, text, **fields):
    return sandbox.comment(text, platform="facebook", **fields)


def everything(facebook, access, post_id):
    pages_read = walk_pages(
        lambda c: facebook.comments(access, "", Bucket.PUBLISHED, c, post_id=post_id), max_pages=50
    )
    return [item for page in pages_read for item in page.items]


# --- the grant -----------------------------------------------------------------------------------


def test_it_asks_for_what_a_page_needs(facebook, fb_sandbox):
    url = urlsplit(facebook.authorize_url("state-1", "challenge", REDIRECT))
    query = {name: values[0] for name, values in parse_qs(url.query).items()}
    assert url.path == "/fb/www/v26.0/dialog/oauth"
    assert query == {
        "client_id": pages(fb_sandbox).client_id,
        "redirect_uri": REDIRECT,
        "response_type": "code",
        "scope": ",".join(SCOPES),
        "state": "state-1",
    }


def test_a_code_becomes_the_pages_own_token(facebook, fb_sandbox):
    tokens = sign_in(facebook, fb_sandbox)
    page, person = Credential.unpack(tokens.access), Credential.unpack(tokens.refresh)  # type: ignore[arg-type]
    assert (page.page_id, page.person_id) == (
        page_id(fb_sandbox),
        person_id(page_id(fb_sandbox)),
    )
    assert page.token in pages(fb_sandbox).tokens
    assert pages(fb_sandbox).people[person.token].is_long
    assert tokens.scopes == SCOPES
    assert tokens.access_expires_at is None
    assert pages(fb_sandbox).subscribed == {page_id(fb_sandbox): ("feed",)}
    assert page.token not in repr(page)


def test_what_was_not_ticked_is_not_granted(facebook, fb_sandbox):
    ticked = " ".join(SCOPES[:3])
    tokens = sign_in(facebook, fb_sandbox, grant=ticked)
    assert tokens.scopes == SCOPES[:3]
    assert facebook.missing_scopes(tokens.scopes) == ()
    supports = facebook.capabilities_for(tokens.scopes)
    assert supports[Cap.COMMENTS_READ].state == "yes"
    assert supports[Cap.COMMENT_HIDE].state == "needs_scope"


def test_several_pages_are_a_question_and_no_guess(facebook, fb_sandbox):
    pages(fb_sandbox).more_pages[page_id(fb_sandbox)] = [page_id(fb_sandbox, "nox")]
    with pytest.raises(PlatformError) as caught:
        sign_in(facebook, fb_sandbox)
    assert caught.value.kind is ErrorKind.UNSUPPORTED


@pytest.mark.parametrize("changed", [{"client_id": "another"}, {"client_secret": "wrong"}])
def test_a_wrong_registration_is_the_operators(fb_sandbox, facebook_http, facebook, changed):
    code = fb_sandbox.approve(facebook.authorize_url("s", "", REDIRECT))["code"]
    with pytest.raises(PlatformError) as caught:
        facebook_adapter(fb_sandbox, facebook_http, **changed).exchange(code, "", REDIRECT)
    assert caught.value.kind is ErrorKind.DENIED


def test_a_code_works_once(facebook, fb_sandbox):
    code = fb_sandbox.approve(facebook.authorize_url("s", "", REDIRECT))["code"]
    facebook.exchange(code, "", REDIRECT)
    with pytest.raises(PlatformError) as caught:
        facebook.exchange(code, "", REDIRECT)
    assert caught.value.kind is ErrorKind.INVALID


def test_a_page_token_that_ended_comes_anew_from_the_persons(facebook, fb_sandbox):
    tokens = sign_in(facebook, fb_sandbox)
    fb_sandbox.ctl("POST", "tokens", op="expire", platform="facebook")
    with pytest.raises(PlatformError) as caught:
        facebook.fetch_account(tokens.access)
    assert caught.value.kind is ErrorKind.AUTH_EXPIRED
    renewed = facebook.refresh(tokens.refresh)
    assert renewed.refresh is None
    assert facebook.fetch_account(renewed.access).id == page_id(fb_sandbox)
    fb_sandbox.ctl("POST", "tokens", op="revoke", platform="facebook")
    with pytest.raises(PlatformError) as caught:
        facebook.refresh(tokens.refresh)
    assert caught.value.kind is ErrorKind.AUTH_REVOKED


def test_letting_go_ends_the_pushes_and_nobody_elses(facebook, fb_access, fb_sandbox):
    facebook.revoke(fb_access)
    assert pages(fb_sandbox).subscribed == {}
    assert facebook.fetch_account(fb_access).id
    fb_sandbox.fault("status:503", "subscribed_apps", method="DELETE")
    with pytest.raises(PlatformError) as caught:
        facebook.revoke(fb_access)
    assert caught.value.kind is ErrorKind.TRANSIENT
    assert not isinstance(caught.value, UnknownOutcome)


def test_every_call_proves_that_it_is_the_apps(facebook, fb_access, fb_sandbox, facebook_http):
    token = Credential.unpack(fb_access).token
    proof = proof_of(token, pages(fb_sandbox).client_secret)
    assert len(proof) == 64
    wrong = facebook_adapter(fb_sandbox, facebook_http, client_secret="stolen token only")
    with pytest.raises(PlatformError) as caught:
        wrong.fetch_account(fb_access)
    assert caught.value.kind is ErrorKind.INVALID
    facebook.fetch_account(fb_access)
    assert proof not in json.dumps(fb_sandbox.requests())
    assert token not in json.dumps(fb_sandbox.requests())


# --- reading -------------------------------------------------------------------------------------


def test_it_reads_the_page(facebook, fb_access, fb_sandbox):
    found = facebook.fetch_account(fb_access)
    assert (found.id, found.uploads_id) == (page_id(fb_sandbox),) * 2
    assert (found.handle, found.name) == ("@milabuilds", "Mila Builds")
    assert found.alias == person_id(found.id)
    assert found.followers


def test_posts_come_with_their_numbers(facebook, fb_access, fb_sandbox):
    page = facebook.posts(fb_access, page_id(fb_sandbox))
    assert [post.id for post in page.items] == post_ids(fb_sandbox)
    newest = page.items[0]
    assert newest.views
    assert newest.comments is not None
    assert set(newest.more) == {"shares", "reach"}
    assert page.exhausted


def test_without_insights_there_are_posts_without_views(facebook, fb_sandbox):
    tokens = sign_in(facebook, fb_sandbox, grant=" ".join(SCOPES[:-1]))
    page = facebook.posts(tokens.access, page_id(fb_sandbox))
    assert page.items
    assert page.items[0].views is None


def test_comments_and_replies_come_in_one_stream(facebook, fb_access, fb_sandbox):
    top = say(fb_sandbox, "the first")
    reply = say(fb_sandbox, "an answer", parent=top["id"])
    hidden = say(fb_sandbox, "out of sight", status="heldForReview")
    post_id = top["video_id"]
    found = {item.id: item for item in everything(facebook, fb_access, post_id)}
    truth = fb_sandbox.found(platform="facebook", video=post_id, limit=5000)
    assert {one["id"]: one["text"] for one in truth if one["status"] != "rejected"} == {
        item.id: item.text for item in found.values()
    }
    assert found[top["id"]].parent_id is None
    assert found[reply["id"]].parent_id == top["id"]
    assert found[hidden["id"]].visibility is Visibility.HELD
    assert found[top["id"]].author_name == "a.passer.by"
    assert [item.id for item in facebook.replies(fb_access, top["id"]).items] == [reply["id"]]


def test_long_posts_are_read_page_by_page(facebook, fb_access, fb_sandbox):
    ids = fb_sandbox.burst(230, platform="facebook", text="wave {i}", spread_s=900)
    post_id = fb_sandbox.found(platform="facebook", id=ids[0])[0]["video_id"]
    found = everything(facebook, fb_access, post_id)
    assert set(ids) <= {item.id for item in found}
    times = [item.created_at for item in found]
    assert times == sorted(times, reverse=True)


def test_states_tell_what_is_left(facebook, fb_access, fb_sandbox):
    made = say(fb_sandbox, "still here")
    gone = say(fb_sandbox, "not for long")
    fb_sandbox.ctl("POST", "comments", op="delete", platform="facebook", id=gone["id"])
    states = facebook.comment_states(fb_access, [made["id"], gone["id"]], post_id="p")
    assert states[gone["id"]] is None
    assert states[made["id"]].text == "still here"


# --- acting --------------------------------------------------------------------------------------


def test_hiding_showing_and_deleting(facebook, fb_access, fb_sandbox):
    made = say(fb_sandbox, "mean words")
    ask = {"post_id": made["video_id"], "comment_id": made["id"]}
    for visibility in (Visibility.HELD, Visibility.PUBLIC):
        assert facebook.set_visibility(fb_access, [made["id"]], visibility).outcome == "done"
        assert facebook.read_visibility(fb_access, **ask) is visibility
    assert facebook.set_visibility(fb_access, [made["id"]], Visibility.REJECTED).outcome == "done"
    assert facebook.read_visibility(fb_access, **ask) is Visibility.DELETED


def test_a_ban_comes_before_the_deletion(facebook, fb_access, fb_sandbox):
    made = say(fb_sandbox, "mean words", author="@mean.one")
    facebook.set_visibility(fb_access, [made["id"]], Visibility.REJECTED, ban_author=True)
    assert say(fb_sandbox, "again", author="@mean.one")["status"] == "rejected"
    writes = [r["path"] for r in fb_sandbox.requests(method="POST") if "blocked" in r["path"]]
    assert len(writes) == 1


def test_nobody_is_banned_whom_facebook_does_not_name(facebook, fb_access, fb_sandbox):
    made = say(fb_sandbox, "mean words")
    fb_sandbox.memory.world_of("facebook")
    own = facebook.reply(fb_access, made["id"], "an answer").remote_id
    with pytest.raises(PlatformError) as caught:
        facebook.set_visibility(fb_access, [own], Visibility.REJECTED, ban_author=True)
    assert caught.value.kind is ErrorKind.UNSUPPORTED
    assert fb_sandbox.found(platform="facebook", id=own)


@pytest.mark.parametrize(
    ("ids", "visibility", "ban"),
    [
        (["1_1", "1_2"], Visibility.HELD, False),
        (["1_1"], Visibility.SPAM, False),
        (["1_1"], Visibility.HELD, True),
    ],
)
def test_what_makes_no_sense_is_not_sent(facebook, fb_access, fb_sandbox, ids, visibility, ban):
    before = len(fb_sandbox.requests())
    with pytest.raises(PlatformError) as caught:
        facebook.set_visibility(fb_access, ids, visibility, ban_author=ban)
    assert caught.value.kind is ErrorKind.INVALID
    assert len(fb_sandbox.requests()) == before


def test_an_answer_is_sent_once_and_found_again(facebook, fb_access, fb_sandbox):
    made = say(fb_sandbox, "a question")
    since = datetime.now(UTC) - timedelta(seconds=5)
    fb_sandbox.fault("write_unknown_outcome", "/comments", method="POST")
    assert facebook.reply(fb_access, made["id"], "an answer").outcome == "unknown"
    found = facebook.find_reply(fb_access, made["id"], "an  answer", since=since)
    assert found
    assert len(fb_sandbox.requests("/comments", "POST")) == 1


@pytest.mark.parametrize(
    ("code", "subcode", "kind"),
    [
        (190, 463, ErrorKind.AUTH_EXPIRED),
        (190, 458, ErrorKind.AUTH_REVOKED),
        (190, 460, ErrorKind.AUTH_REVOKED),
        (10, 0, ErrorKind.SCOPE_MISSING),
        (32, 0, ErrorKind.RATE_LIMITED),
        (80001, 0, ErrorKind.RATE_LIMITED),
        (100, 33, ErrorKind.NOT_FOUND),
        (368, 0, ErrorKind.DENIED),
        (2635, 0, ErrorKind.DENIED),
    ],
)
def test_graphs_errors_speak_of_facebook(facebook, fb_access, fb_sandbox, code, subcode, kind):
    fb_sandbox.fault("graph_error", code=code, subcode=subcode, times=9)
    with pytest.raises(PlatformError) as caught:
        facebook.fetch_account(fb_access)
    assert caught.value.kind is kind
    assert "Instagram" not in caught.value.message


# --- what is pushed ------------------------------------------------------------------------------


def test_a_pushed_comment_is_proven_and_told(facebook, fb_sandbox):
    top = say(fb_sandbox, "« ça va »")
    reply = say(fb_sandbox, "an answer", parent=top["id"])
    headers, raw = senders.push(fb_sandbox.memory, {"comments": [top["id"], reply["id"]]})
    lower = {name.lower(): value for name, value in headers.items()}
    assert facebook.verify_webhook(lower, raw).dedupe_key
    first, second = facebook.parse_webhook(raw)
    assert (first.account_id, first.comment_id, first.post_id, first.parent_id) == (
        page_id(fb_sandbox),
        top["id"],
        top["video_id"],
        "",
    )
    assert first.comment.text == "« ça va »"
    assert second.parent_id == top["id"]
    with pytest.raises(WebhookRefused):
        facebook.verify_webhook(lower, json.dumps(json.loads(raw)).encode())


@pytest.mark.parametrize(
    ("verb", "is_removal"), [("add", False), ("edited", False), ("hide", False), ("remove", True)]
)
def test_every_change_is_a_reason_to_look(facebook, fb_sandbox, verb, is_removal):
    made = say(fb_sandbox, "words")
    _headers, raw = senders.push(fb_sandbox.memory, {"comment": made["id"], "verb": verb})
    (event,) = facebook.parse_webhook(raw)
    assert (event.kind, event.is_removal) == ("comment", is_removal)


def test_posts_are_told_and_likes_are_not(facebook, fb_sandbox):
    _headers, raw = senders.push(fb_sandbox.memory, {"post": post_ids(fb_sandbox)[0]})
    (event,) = facebook.parse_webhook(raw)
    assert (event.kind, event.post_id) == ("post", post_ids(fb_sandbox)[0])
    like = raw.replace(b'"item":"status"', b'"item":"reaction"')
    assert facebook.parse_webhook(like) == []


@pytest.mark.parametrize("raw", [b"{}", b'{"object":"user","entry":[]}', b"[]", b"nonsense"])
def test_what_is_no_delivery_is_refused(facebook, raw):
    with pytest.raises((ValueError, KeyError, TypeError)):
        facebook.parse_webhook(raw)


def test_the_handshake_and_signed_requests_are_metas(facebook, fb_sandbox):
    asked = {"hub.mode": "subscribe", "hub.challenge": "42", "hub.verify_token": VERIFY}
    assert facebook.handshake(asked) == "42"
    assert facebook.handshake({**asked, "hub.verify_token": "x"}) is None
    secret = pages(fb_sandbox).client_secret
    assert facebook.signed_user(signed_request("77", 1, secret)) == "77"
    with pytest.raises(WebhookRefused):
        facebook.signed_user(signed_request("77", 1, "another"))
