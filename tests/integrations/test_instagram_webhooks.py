"""What Meta sends by itself: vectors, both shapes, the handshake, signed requests."""

import json
from datetime import UTC, datetime

import pytest
from django.test import Client as Web
from hypothesis import given
from hypothesis import strategies as st

from accounts import tenancy
from integrations.models import Comment, SocialAccount
from integrations.outcomes import Outcome
from integrations.platforms.base import Visibility
from integrations.platforms.client import Client
from integrations.platforms.instagram import Instagram
from integrations.platforms.meta.signed import read_signed_request
from integrations.platforms.webhooks import WebhookRefused
from integrations.routing.models import WebhookDelivery
from integrations.sandbox.instagram import senders
from integrations.services.schedule import enqueue_sync
from tests.integrations.instagram_cast import KIND, VERIFY, account_id, comment

pytest_plugins = ("tests.integrations.instagram_fixtures",)

SECRET = "aura-sandbox-secret"
BODY = b'{"object":"instagram","entry":[]}'
SIGNATURE = "sha256=b3592ceb8a0ddc314acc46328b91d0741a27b2deaa51f3cd771d0664fb59c27b"
REQUEST = (
    "RrTL8UadmgciKKje-kl50BQOhIH8LM4gHBIfGVdqmoc."
    "eyJhbGdvcml0aG0iOiJITUFDLVNIQTI1NiIsImlzc3VlZF9hdCI6MTc5MDAwMDAwMCwidXNlcl9pZCI6IjIxODQ3MSJ9"
)


@pytest.fixture(scope="module")
def meta() -> Instagram:
    """An adapter that sends nothing."""
    return Instagram(
        http=Client(),
        base_urls=dict.fromkeys(
            ("instagram_www", "instagram_api", "instagram_graph"), "http://127.0.0.1:9"
        ),
        client_id="aura",
        client_secret=SECRET,
        verify_token=VERIFY,
    )


def test_the_documented_vectors_hold(meta):
    assert meta.verify_webhook({"x-hub-signature-256": SIGNATURE}, BODY).dedupe_key
    assert meta.parse_webhook(BODY) == []
    assert meta.signed_user(REQUEST) == "218471"
    assert senders.sign(BODY, SECRET) == SIGNATURE
    assert senders.signed_request("218471", 1790000000, SECRET) == REQUEST


@pytest.mark.parametrize(
    ("headers", "body"),
    [
        ({}, BODY),
        ({"x-hub-signature-256": ""}, BODY),
        ({"x-hub-signature-256": SIGNATURE.removeprefix("sha256=")}, BODY),
        ({"x-hub-signature-256": SIGNATURE[:-1]}, BODY),
        ({"x-hub-signature-256": SIGNATURE.replace("b3", "B3")}, BODY + b" "),
        ({"x-hub-signature-256": "sha256=é"}, BODY),
        ({"x-hub-signature": SIGNATURE}, BODY),
        ({"x-hub-signature-256": SIGNATURE}, b'{"object": "instagram", "entry": []}'),
    ],
)
def test_anything_else_is_refused(meta, headers, body):
    with pytest.raises(WebhookRefused):
        meta.verify_webhook(headers, body)


def test_without_a_secret_nothing_is_believed():
    bare = Instagram(
        http=Client(),
        base_urls=dict.fromkeys(("instagram_www", "instagram_api", "instagram_graph"), "http://x"),
        client_id="",
        client_secret="",
    )
    with pytest.raises(WebhookRefused):
        bare.verify_webhook({"x-hub-signature-256": senders.sign(BODY, "")}, BODY)
    with pytest.raises(WebhookRefused):
        bare.signed_user(senders.signed_request("1", 1, ""))
    assert bare.handshake({"hub.mode": "subscribe", "hub.verify_token": ""}) is None


@pytest.mark.parametrize(
    ("query", "answer"),
    [
        ({"hub.mode": "subscribe", "hub.challenge": "42", "hub.verify_token": VERIFY}, "42"),
        ({"hub.mode": "subscribe", "hub.challenge": "42", "hub.verify_token": "wrong"}, None),
        ({"hub.mode": "unsubscribe", "hub.challenge": "42", "hub.verify_token": VERIFY}, None),
        ({"hub.mode": "subscribe", "hub.verify_token": VERIFY}, None),
        ({}, None),
    ],
)
def test_the_handshake_needs_the_verify_token(meta, query, answer):
    assert meta.handshake(query) == answer


@pytest.mark.parametrize("shape", ["entry", "changes"])
def test_both_shapes_tell_the_same(instagram, ig_sandbox, shape):
    top = comment(ig_sandbox, "« ça va » \u202eabc\u202c /x")
    reply = comment(ig_sandbox, "an answer", parent=top["id"])
    headers, raw = senders.push(
        ig_sandbox.memory, {"comments": [top["id"], reply["id"]], "shape": shape}
    )
    lower = {name.lower(): value for name, value in headers.items()}
    assert instagram.verify_webhook(lower, raw)
    first, second = instagram.parse_webhook(raw)
    assert (first.kind, first.account_id) == ("comment", account_id(ig_sandbox))
    assert (first.comment_id, first.post_id, first.parent_id) == (
        top["id"],
        top["video_id"],
        "",
    )
    assert first.comment is not None
    assert first.comment.text == "« ça va » \u202eabc\u202c /x"
    assert first.comment.visibility is Visibility.PUBLIC
    assert not first.comment.is_own
    assert second.parent_id == top["id"]
    # The same JSON in other bytes was not signed by anybody.
    with pytest.raises(WebhookRefused):
        instagram.verify_webhook(lower, json.dumps(json.loads(raw)).encode())


def test_an_echo_of_its_own_reply_is_known_as_such(instagram, ig_access, ig_sandbox):
    top = comment(ig_sandbox, "a question")
    reply_id = instagram.reply(ig_access, top["id"], "an answer").remote_id
    _headers, raw = senders.push(ig_sandbox.memory, {"comment": reply_id})
    (event,) = instagram.parse_webhook(raw)
    assert event.comment is not None
    assert event.comment.is_own


def test_a_comment_without_words_is_only_named(instagram, ig_sandbox):
    made = comment(ig_sandbox, "words")
    _headers, raw = senders.push(ig_sandbox.memory, {"comment": made["id"], "no_text": True})
    (event,) = instagram.parse_webhook(raw)
    assert (event.comment_id, event.comment) == (made["id"], None)


def test_a_thousand_updates_in_one_delivery(instagram, ig_sandbox):
    ids = ig_sandbox.burst(1000, text="wave {i}", platform=KIND)
    for shape in ("entry", "changes"):
        _headers, raw = senders.push(ig_sandbox.memory, {"comments": ids, "shape": shape})
        assert [event.comment_id for event in instagram.parse_webhook(raw)] == ids
    _headers, raw = senders.push(ig_sandbox.memory, {"comments": [*ids, ids[0]]})
    with pytest.raises(ValueError, match="1000"):
        instagram.parse_webhook(raw)


def test_it_reads_ids_that_come_as_numbers_and_times_in_milliseconds(meta):
    value = {"id": 17900000000000001, "text": "x", "media": {"id": 18000000000000001}}
    entry = {"id": 17841400000000001, "time": 1790000000123, "field": "comments", "value": value}
    raw = json.dumps({"object": "instagram", "entry": [entry]}).encode()
    (event,) = meta.parse_webhook(raw)
    assert (event.comment_id, event.post_id) == ("17900000000000001", "18000000000000001")
    assert event.at == datetime.fromtimestamp(1790000000.123, UTC)


def test_other_fields_are_none_of_our_business(meta):
    entry = {"id": "1", "time": 1, "field": "messages", "value": {"x": 1}}
    raw = json.dumps({"object": "instagram", "entry": [entry]}).encode()
    assert meta.parse_webhook(raw) == []


@pytest.mark.parametrize(
    "raw",
    [
        b"",
        b"[]",
        b"null",
        b"{}",
        b'{"object":"page","entry":[]}',
        b'{"object":"instagram","entry":{}}'.replace(b"{}}", b"7}"),
        b'{"object":"instagram","entry":[{"field":"comments","value":{}}]}',
        b'{"object":"instagram","entry":[{"id":"1","time":"x","field":"comments","value":{"id":"1"}}]}',
    ],
)
def test_what_cannot_be_read_says_so(meta, raw):
    with pytest.raises((ValueError, KeyError, TypeError)):
        meta.parse_webhook(raw)


@pytest.mark.parametrize(
    "text",
    [
        "",
        ".",
        "a.b",
        REQUEST[:-1],
        REQUEST.replace("RrTL", "RrTM"),
        REQUEST.partition(".")[2],
        REQUEST + "x" * 5000,
        "é." + REQUEST.partition(".")[2],
        senders.signed_request("", 1, SECRET),
    ],
)
def test_a_signed_request_must_be_signed(text):
    with pytest.raises(WebhookRefused):
        read_signed_request(text, SECRET)


def test_a_signed_request_must_name_its_algorithm():
    payload = senders._base64url(b'{"algorithm":"none","user_id":"1"}')
    good = senders.signed_request("1", 1, SECRET)
    assert read_signed_request(good, SECRET) == "1"
    import hashlib
    import hmac

    signature = hmac.new(SECRET.encode(), payload.encode(), hashlib.sha256).digest()
    with pytest.raises(WebhookRefused, match="algorithm"):
        read_signed_request(f"{senders._base64url(signature)}.{payload}", SECRET)


@given(st.text(max_size=200))
def test_no_text_passes_for_a_signed_request(text):
    with pytest.raises(WebhookRefused):
        read_signed_request(text, SECRET)


# --- at the public door --------------------------------------------------------------------------


@pytest.fixture
def listening(consent, alice, lumen, in_lumen, run_jobs) -> SocialAccount:
    """Nox's Instagram, connected and read in lumen."""
    assert consent(alice, lumen, "nox", kind=KIND) == Outcome.CONNECTED
    run_jobs()
    return SocialAccount.objects.get(platform=KIND)


def post(headers: dict[str, str], body: bytes):
    given = {name: value for name, value in headers.items() if name != "Content-Type"}
    with tenancy.public():
        return Web(HTTP_HOST="aura.localhost", enforce_csrf_checks=True).post(
            "/webhooks/instagram/", body, content_type="application/json", headers=given
        )


@pytest.mark.parametrize("shape", ["entry", "changes"])
def test_a_push_brings_the_comment_at_once(listening, sandbox, run_jobs, shape):
    top = comment(sandbox, "You are nothing.", channel="nox")
    reply = comment(sandbox, "Leave him alone.", channel="nox", parent=top["id"])
    since = sandbox.requests()[-1]["n"]
    headers, body = sandbox.push(KIND, comments=[top["id"], reply["id"]], shape=shape)
    assert [post(headers, body).status_code, post(headers, body).status_code] == [200, 200]
    run_jobs()
    stored = {
        c.external_id: c for c in Comment.objects.filter(text__in=[top["text"], reply["text"]])
    }
    assert set(stored) == {top["id"], reply["id"]}
    below = stored[top["id"]].post
    assert below is not None
    assert below.external_id == top["video_id"]
    assert stored[reply["id"]].parent_external_id == top["id"]
    # The same comment by push and by poll is one comment, and no listing was read.
    assert len(sandbox.requests(since=since)) == 2
    enqueue_sync(account_code=str(listening.code))
    run_jobs()
    assert Comment.objects.filter(external_id__in=stored).count() == 2


def test_a_comment_gone_before_we_looked_is_kept_from_the_push(listening, sandbox, run_jobs):
    made = comment(sandbox, "You are nothing.", channel="nox")
    headers, body = sandbox.push(KIND, comment=made["id"])
    sandbox.ctl("POST", "comments", op="delete", id=made["id"], platform=KIND)
    post(headers, body)
    run_jobs()
    kept = Comment.objects.get(external_id=made["id"])
    assert (kept.visibility, kept.text) == ("deleted", "You are nothing.")


def test_a_push_for_nobody_here_is_kept_and_answered(listening, sandbox, run_jobs):
    made = comment(sandbox, "hello", channel="nox")
    headers, body = sandbox.push(KIND, comment=made["id"], account="17841499999999999")
    assert post(headers, body).status_code == 200
    run_jobs()
    with tenancy.public():
        assert WebhookDelivery.objects.get().state == WebhookDelivery.State.UNROUTED


def test_a_push_with_a_wrong_secret_leaves_nothing(listening, sandbox):
    made = comment(sandbox, "hello", channel="nox")
    headers, body = sandbox.push(KIND, comment=made["id"], secret="wrong")
    assert post(headers, body).status_code == 403
    with tenancy.public():
        assert not WebhookDelivery.objects.exists()


def test_the_door_answers_metas_handshake(sandbox):
    query = {"hub.mode": "subscribe", "hub.challenge": "1158201444"}
    with tenancy.public():
        web = Web(HTTP_HOST="aura.localhost")
        good = web.get("/webhooks/instagram/", {**query, "hub.verify_token": "aura-verify-token"})
        bad = web.get("/webhooks/instagram/", {**query, "hub.verify_token": "x"})
    assert (good.status_code, good.content) == (200, b"1158201444")
    assert good["Content-Type"].startswith("text/plain")
    assert (bad.status_code, bad.content) == (403, b"")
