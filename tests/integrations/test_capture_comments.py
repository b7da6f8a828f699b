"""Comments captured by hand: one key, one door, nothing believed, said wherever they are shown."""

import json
from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone

from accounts import tenancy
from accounts.models import AuditEntry, Job, Membership, Role
from harassment.services.evidence import Capture as Seal
from harassment.services.evidence import seal
from integrations.imports import capture
from integrations.models import Capture, CaptureToken, Comment, SocialAccount
from integrations.services import captures
from tests.factories import make_account, make_comment

DOOR = "/api/capture/v1/batches"
PAGE = "/integrations/capture/"
ABUSE = "you are worthless, everybody hates you"


@pytest.fixture
def key(bob, lumen):
    """Bob's key for lumen, as his browser holds it."""
    membership = Membership.objects.get(user=bob, workspace=lumen)
    with tenancy.enter(lumen):
        return captures.create_token(name="laptop", member=membership, actor=bob)[1]


def batch(*items, **fields):
    item = {"author_handle": "@troll77", "text": ABUSE, "displayed_time": "2 h"}
    told = {
        "schema": 1,
        "platform": "tiktok",
        "page_url": "https://www.tiktok.com/@lumen/video/7301234567890123456",
        "captured_at": timezone.now().isoformat(),
        "items": [{**item, **each} for each in items or ({},)],
    }
    return {**told, **fields}


def send(body, key="", *, workspace="lumen", **headers):
    host = {"host": f"{workspace}.aura.localhost"}
    if key:
        host["authorization"] = f"Bearer {key}"
    client = Client(headers={**host, **headers}, enforce_csrf_checks=True)
    data = body if isinstance(body, bytes) else json.dumps(body).encode()
    return client.post(DOOR, data, content_type="application/json")


@pytest.fixture(autouse=True)
def _hosts(settings):
    assert settings.PUBLIC_HOST == "aura.localhost"


def test_a_captured_comment_lands_like_an_imported_one(key, bob, lumen):
    answer = send(batch(), key)
    assert (answer.status_code, answer.json()) == (200, {"new": 1, "known": 0})
    with tenancy.enter(lumen):
        comment = Comment.objects.get()
        assert (comment.source, comment.text) == (Comment.Source.CAPTURE, ABUSE)
        assert (comment.author_external_id, comment.account.platform) == ("@troll77", "tiktok")
        assert comment.account.is_import
        told = comment.raw["captured_by_hand"]
        assert (told["by"], told["shown_time"]) == ("Bob", "2 h")
        held = Capture.objects.get()
        assert (held.comment, held.user_id, held.person) == (comment, bob.pk, "Bob")
        scored = Job.objects.filter(name="harassment.score_comments")
        assert comment.pk in [pk for job in scored for pk in job.payload["comment_ids"]]
        assert CaptureToken.objects.get().last_used_at is not None
    with tenancy.public():
        entry = AuditEntry.objects.get(action="integrations.capture.received")
        assert (entry.actor_id, entry.data) == (
            bob.pk,
            {"platform": "tiktok", "new": 1, "known": 0},
        )


@pytest.mark.parametrize("path", ["comments/{}/", "inbox/?view=all"])
def test_it_is_masked_and_says_where_it_comes_from(key, bob, lumen, client_for, path):
    send(batch(), key)
    with tenancy.enter(lumen):
        code = Comment.objects.get().code
    answer = client_for(bob, lumen).get(f"/harassment/{path.format(code)}")
    text = answer.content.decode()
    assert answer.status_code == 200
    assert str(code) in text
    assert ABUSE not in text
    assert "Captured by hand on" in text
    assert "by Bob. The platform has not confirmed it." in text


def test_nothing_says_that_it_is_public(key, bob, lumen, client_for):
    send(batch(), key)
    with tenancy.enter(lumen):
        code = Comment.objects.get().code
    text = client_for(bob, lumen).get(f"/harassment/comments/{code}/").content.decode()
    assert "A person saw it on TikTok; Aura cannot see it there" in text


def test_evidence_says_it_too(key, lumen):
    send(batch(), key)
    with tenancy.enter(lumen):
        comment = Comment.objects.select_related("account", "post").get()
        (sealed,) = seal(captures=[Seal(comment, None, "incident")])
        fields = sealed.content.read()
        assert sealed.payload["method"] == "capture by hand"
        assert {"captured_by_hand", "no_platform_payload"} <= {*fields["gaps"]}
        assert "not_from_the_platform" not in fields["gaps"]
        assert fields["platform_payload"]["captured_by_hand"]["by"] == "Bob"


def test_twice_is_once(key, lumen):
    assert send(batch(), key).json() == {"new": 1, "known": 0}
    assert send(batch(), key).json() == {"new": 0, "known": 1}
    with tenancy.enter(lumen):
        assert (Comment.objects.count(), Capture.objects.count()) == (1, 1)


def test_what_the_platform_told_stays_as_it_is(key, lumen):
    with tenancy.enter(lumen):
        account = make_account(platform="tiktok")
        make_comment(account, "hello", external_id="730")
    assert send(batch({"remote_id": "730"}), key).json() == {"new": 0, "known": 1}
    with tenancy.enter(lumen):
        comment = Comment.objects.get()
        assert (comment.text, comment.source) == ("hello", Comment.Source.API)
        assert not Capture.objects.exists()


def test_a_creators_captures_are_theirs(key, bob, lumen, vera):
    Membership.objects.filter(user=bob).update(role=Role.CREATOR)
    send(batch(), key)
    with tenancy.enter(lumen):
        assert SocialAccount.objects.get().owner_id == bob.pk


# --- who may -------------------------------------------------------------------------------------


@pytest.mark.parametrize("told", ["", "aura_capture_x", "x", "aura_capture_" + "x" * 500])
def test_a_wrong_key_opens_nothing(key, lumen, told):
    answer = send(batch(), told)
    assert answer.status_code == 401
    with tenancy.enter(lumen):
        assert not Comment.objects.exists()


def test_a_key_counts_in_its_own_workspace_only(key, nova):
    assert send(batch(), key, workspace="nova").status_code == 401


def test_a_revoked_key_is_dead_at_once(key, bob, lumen, client_for):
    with tenancy.enter(lumen):
        code = CaptureToken.objects.get().code
    assert client_for(bob, lumen).post(f"{PAGE}{code}/revoke/").status_code == 302
    assert send(batch(), key).status_code == 401


@pytest.mark.parametrize("change", ["role", "gone"])
def test_who_may_no_longer_moderate_sends_nothing(key, bob, lumen, change):
    mine = Membership.objects.filter(user=bob, workspace=lumen)
    mine.update(role=Role.ANALYST) if change == "role" else mine.delete()
    assert send(batch(), key).status_code == 403


def test_a_signed_in_browser_without_a_key_is_nobody(bob, lumen, client_for):
    answer = client_for(bob, lumen).post(DOOR, b"{}", content_type="application/json")
    assert answer.status_code == 401


def test_a_key_is_too_fast(key, settings):
    settings.CAPTURE_BATCHES_A_MINUTE = 2
    assert [send(batch(), key).status_code for _ in range(3)] == [200, 200, 429]
    assert "Retry-After" in send(batch(), key)


def test_wrong_keys_are_slowed_down(lumen):
    assert {send(batch(), "x").status_code for _ in range(20)} == {401}
    assert send(batch(), "x").status_code == 429


# --- origins and sizes ---------------------------------------------------------------------------


def test_only_the_extension_may_ask_from_a_page(key, settings, lumen):
    (ours,) = settings.CAPTURE_ORIGINS
    answer = send(batch(), key, origin=ours)
    assert answer["Access-Control-Allow-Origin"] == ours
    assert "Access-Control-Allow-Credentials" not in answer
    for other in ("https://evil.example", "null", "chrome-extension://" + "a" * 32):
        refused = send(batch(), key, origin=other)
        assert refused.status_code == 403
        assert "Access-Control-Allow-Origin" not in refused


def test_it_answers_the_question_before(settings, lumen):
    (ours,) = settings.CAPTURE_ORIGINS
    client = Client(headers={"host": "lumen.aura.localhost", "origin": ours})
    answer = client.options(DOOR)
    assert (answer.status_code, answer["Access-Control-Allow-Methods"]) == (204, "POST")
    assert client.get(DOOR).status_code == 405


def test_a_large_message_is_not_read(key, settings):
    settings.CAPTURE_MAX_BYTES = 100
    assert send(batch(), key).status_code == 413


def test_only_json_is_read(key, lumen):
    client = Client(headers={"host": "lumen.aura.localhost", "authorization": f"Bearer {key}"})
    assert client.post(DOOR, {"a": "b"}).status_code == 415


ONE = {"remote_id": "x"}


@pytest.mark.parametrize(
    ("body", "sentence"),
    [
        (b"{", capture.NOT_JSON),
        (b"\xff", capture.NOT_JSON),
        (b"[" * 100_000, capture.NOT_JSON),
        (b'{"schema": NaN}', capture.NOT_JSON),
        (b"[]", capture.WRONG_SCHEMA),
        (batch(schema=2), capture.WRONG_SCHEMA),
        (batch(platform="myspace"), capture.BAD_PLATFORM),
        (batch(platform=["tiktok"]), capture.BAD_PLATFORM),
        (batch(platform="onlyfans"), capture.BAD_PLATFORM),
        (batch(page_url="javascript:alert(1)"), capture.BAD_PAGE),
        (batch(captured_at="2026-11-21 10:00"), capture.BAD_CLOCK),
        (batch(captured_at="2099-01-01T00:00:00Z"), capture.BAD_CLOCK),
        (batch(captured_at="2020-01-01T00:00:00Z"), capture.BAD_CLOCK),
        (batch(captured_at=7), capture.BAD_CLOCK),
        (batch(items=[]), capture.BAD_COUNT),
        (batch(items="x"), capture.BAD_COUNT),
        (batch(*[ONE] * 51), capture.BAD_COUNT),
        (batch(items=[7]), capture.BAD_ITEM),
        (batch({"text": " "}), capture.NO_TEXT),
        (batch({"text": "x" * 20_001}), capture.NO_TEXT),
        (batch({"text": None}), capture.NO_TEXT),
        (batch({"author_handle": ""}), capture.NO_AUTHOR),
        (batch({"author_handle": 7}), capture.TOO_LONG),
        (batch({"remote_id": "x" * 201}), capture.TOO_LONG),
        (batch({"permalink": "javascript:alert(1)"}), capture.BAD_LINK),
        (batch({"time": "yesterday"}), capture.BAD_TIME),
        (batch({"time": "2099-01-01T00:00:00Z"}), capture.BAD_TIME),
    ],
)
def test_what_is_not_right_is_refused_whole(key, lumen, body, sentence):
    answer = send(body, key)
    assert (answer.status_code, answer.json()["message"]) == (422, sentence)
    with tenancy.enter(lumen):
        assert not Comment.objects.exists()


def test_the_wrong_one_is_named():
    raw = json.dumps(batch({}, {"text": ""})).encode()
    with pytest.raises(capture.CaptureError) as caught:
        capture.read_batch(raw, now=timezone.now())
    assert caught.value.item == 2


def test_times_ids_and_snippets():
    now = timezone.now()
    written = (now - timedelta(days=3)).isoformat()
    items = [{"time": written}, {"permalink": "https://x.example/1"}, {"snippet": "s" * 9000}]
    told = capture.read_batch(json.dumps(batch(*items)).encode(), now=now).items
    assert told[0].comment.created_at.isoformat() == written
    assert told[1].comment.created_at <= timezone.now()
    assert told[0].comment.id != told[1].comment.id
    assert len(told[2].comment.raw["captured_by_hand"]["snippet"]) == capture.MOST_SNIPPET


def test_hostile_words_stay_words(key, bob, lumen, client_for):
    send(batch({"text": "<img src=x>\x00\u202e", "author_name": "<b hx-get=/x>"}), key)
    with tenancy.enter(lumen):
        comment = Comment.objects.get()
    assert comment.text == "<img src=x>\ufffd\u202e"
    text = client_for(bob, lumen).get(f"/harassment/comments/{comment.code}/").content.decode()
    assert "<b hx-get" not in text


# --- the page of keys ----------------------------------------------------------------------------


def test_a_key_is_shown_once_and_kept_hashed(bob, lumen, client_for):
    client = client_for(bob, lumen)
    answer = client.post(f"{PAGE}new/", {"name": "<i>laptop"})
    text = answer.content.decode()
    plain = text.split('value="aura_capture_')[1].split('"')[0]
    assert "no-store" in answer["Cache-Control"]
    again = client.get(PAGE).content.decode()
    assert plain not in again
    assert "&lt;i&gt;laptop" in again
    with tenancy.enter(lumen):
        assert plain not in repr(list(CaptureToken.objects.values()))
    assert send(batch(), f"aura_capture_{plain}").status_code == 200


def test_ten_keys_are_enough(bob, lumen, client_for):
    client = client_for(bob, lumen)
    answers = [client.post(f"{PAGE}new/", {"name": str(n)}).status_code for n in range(11)]
    assert answers == [200] * 10 + [409]


def test_a_nameless_key_is_refused(bob, lumen, client_for):
    assert client_for(bob, lumen).post(f"{PAGE}new/", {"name": ""}).status_code == 422


def test_who_manages_sees_all_keys_and_others_their_own(key, bob, alice, vera, lumen, client_for):
    Membership.objects.filter(user=vera).update(role=Role.MODERATOR)
    with tenancy.enter(lumen):
        code = str(CaptureToken.objects.get().code)
    assert code in client_for(bob, lumen).get(PAGE).content.decode()
    text = client_for(alice, lumen).get(PAGE).content.decode()
    assert code in text
    assert "Bob" in text
    other = client_for(vera, lumen)
    assert code not in other.get(PAGE).content.decode()
    assert other.post(f"{PAGE}{code}/revoke/").status_code == 404


def test_the_page_costs_at_most_eight(key, bob, lumen, client_for, django_assert_max_num_queries):
    client = client_for(bob, lumen)
    client.get(PAGE)
    with django_assert_max_num_queries(8):
        assert client.get(PAGE).status_code == 200
