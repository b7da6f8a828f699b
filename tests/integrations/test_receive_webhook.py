"""Webhooks at the public door: proven, kept once, brought to every workspace, looked into."""

import base64
import hashlib
import hmac
import json
from datetime import timedelta
from io import StringIO

import pytest
from django.core.management import CommandError, call_command
from django.test import Client
from django.utils import timezone

from accounts import tenancy
from accounts.models import Job
from integrations.models import Comment, SocialAccount
from integrations.outcomes import Outcome
from integrations.platforms import platform
from integrations.platforms.webhooks import WebhookRefused
from integrations.routing.models import ConnectionRoute, WebhookDelivery
from integrations.services import webhooks
from integrations.services.connect import disconnect_account

SECRET = "aura-sandbox-secret"
HOST = "aura.localhost"
# platforms.md B17: one line of 281 bytes.
VECTOR = (
    rb'{"client_key":"ck","event":"comment.update","create_time":1790000000,"user_openid":"o1",'
    rb'"content":"{\"comment_id\":7247303576418566913,\"video_id\":7203946942097902849,'
    rb"\"parent_comment_id\":0,\"comment_type\":\"comment\",\"comment_action\":\"insert\","
    rb'\"timestamp\":1790000000109}"}'
)
VECTOR_SIGNATURE = "77e4724d1ab54a9299809f31d8f5ad9a88947e35c28de94d5d9e339979ff50a1"

State = WebhookDelivery.State


@pytest.fixture
def listening(consent, alice, lumen, in_lumen, run_jobs) -> SocialAccount:
    """Nox's TikTok account, connected and read in lumen."""
    assert consent(alice, lumen, "nox", kind="tiktok") == Outcome.CONNECTED
    run_jobs()
    return SocialAccount.objects.get(platform="tiktok")


def post(headers: dict[str, str], body: bytes, kind: str = "tiktok"):
    given = {name: value for name, value in headers.items() if name != "content-type"}
    with tenancy.public():
        return Client(HTTP_HOST=HOST, enforce_csrf_checks=True).post(
            f"/webhooks/{kind}/", body, content_type="application/json", headers=given
        )


def kept() -> list[WebhookDelivery]:
    """All deliveries: they are public rows, which no code inside a workspace may read."""
    with tenancy.public():
        return list(WebhookDelivery.objects.order_by("pk"))


def deliver(sandbox, run_jobs, **fields) -> WebhookDelivery:
    headers, body = sandbox.push("tiktok", channel="nox", **fields)
    assert post(headers, body).status_code == 200
    run_jobs()
    return kept()[-1]


def add(sandbox, text: str, **fields):
    return sandbox.comment(text, platform="tiktok", channel="nox", **fields)


# --- the signature -------------------------------------------------------------------------------


def frozen(monkeypatch, settings, moment: int):
    from datetime import UTC, datetime

    settings.TIKTOK_BUSINESS_APP_ID, settings.TIKTOK_BUSINESS_APP_SECRET = "ck", SECRET
    adapter = platform("tiktok")
    monkeypatch.setattr(adapter, "_now", lambda: datetime.fromtimestamp(moment, UTC))
    return adapter


def test_the_documented_vector_passes(monkeypatch, settings):
    assert len(VECTOR) == 281
    adapter = frozen(monkeypatch, settings, 1_790_000_010)
    header = {"tiktok-signature": f"t=1790000000,s={VECTOR_SIGNATURE}"}
    proven = adapter.verify_webhook(header, VECTOR)
    assert proven.dedupe_key == hashlib.sha256(VECTOR).hexdigest()
    (event,) = adapter.parse_webhook(VECTOR)
    assert (event.comment_id, event.post_id) == ("7247303576418566913", "7203946942097902849")
    assert (event.account_id, event.parent_id, event.comment) == ("o1", "", None)


@pytest.mark.parametrize(
    ("header", "body", "now"),
    [
        (f"t=1790000000,s={VECTOR_SIGNATURE}", json.dumps(json.loads(VECTOR)).encode(), 0),
        (f"t=1790000001,s={VECTOR_SIGNATURE}", VECTOR, 0),
        (f"t=1790000000,s={VECTOR_SIGNATURE[:-1]}0", VECTOR, 0),
        (f"t=1790000000,s={VECTOR_SIGNATURE}", VECTOR, 301),
        (f"t=1790000000,s={VECTOR_SIGNATURE}", VECTOR, -301),
        (f"s={VECTOR_SIGNATURE}", VECTOR, 0),
        ("t=1790000000", VECTOR, 0),
        ("t=²,s=ü", VECTOR, 0),
        ("t=99999999999999999999,s=00", VECTOR, 0),
        ("", VECTOR, 0),
    ],
)
def test_everything_else_is_refused(monkeypatch, settings, header, body, now):
    adapter = frozen(monkeypatch, settings, 1_790_000_000 + now)
    with pytest.raises(WebhookRefused):
        adapter.verify_webhook({"tiktok-signature": header}, body)


def test_an_operator_may_let_old_signatures_in_but_none_of_the_future(monkeypatch, settings):
    settings.ALLOW_STALE_WEBHOOKS = True
    header = {"tiktok-signature": f"t=1790000000,s={VECTOR_SIGNATURE}"}
    assert frozen(monkeypatch, settings, 1_790_086_400).verify_webhook(header, VECTOR)
    adapter = frozen(monkeypatch, settings, 1_789_999_000)
    with pytest.raises(WebhookRefused):
        adapter.verify_webhook(header, VECTOR)


def test_without_a_registration_nobody_can_sign(monkeypatch, settings):
    frozen(monkeypatch, settings, 1_790_000_000)
    settings.TIKTOK_BUSINESS_APP_SECRET = settings.TIKTOK_CLIENT_SECRET = ""
    empty = hmac.new(b"", b"1790000000." + VECTOR, hashlib.sha256).hexdigest()
    with pytest.raises(WebhookRefused):
        platform("tiktok").verify_webhook({"tiktok-signature": f"t=1790000000,s={empty}"}, VECTOR)


# --- the door ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "spoil", ["bad_signature", "wrong_secret", "missing_header", "body_reencoded"]
)
def test_what_is_not_proven_is_refused_and_not_kept(listening, sandbox, spoil):
    made = add(sandbox, "Pushed")
    headers, body = sandbox.push("tiktok", comment=made["id"], spoil=spoil)
    assert post(headers, body).status_code == 403
    assert kept() == []


@pytest.mark.parametrize("age", [3600, -3600])
def test_replays_of_another_hour_are_refused(listening, sandbox, age):
    made = add(sandbox, "Pushed")
    headers, body = sandbox.push("tiktok", comment=made["id"], age_s=age)
    assert post(headers, body).status_code == 403


def test_unknown_platforms_and_handshakes_of_strangers(db):
    with tenancy.public():
        client = Client(HTTP_HOST=HOST)
        assert client.get("/webhooks/myspace/").status_code == 404
        assert client.get("/webhooks/tiktok/?hub.challenge=1").status_code == 403
        assert client.put("/webhooks/tiktok/").status_code == 405


def test_a_body_without_end_is_not_read(db, settings):
    settings.WEBHOOK_MAX_BYTES = 100
    assert post({}, b"x" * 101).status_code == 413


def test_it_does_not_exist_inside_a_workspace(client_for, alice, lumen):
    assert client_for(alice, lumen).post("/webhooks/tiktok/").status_code == 404


# --- what becomes of it --------------------------------------------------------------------------


@pytest.mark.parametrize("spoil", ["", "without_text"])
def test_a_new_comment_is_here_before_any_reading(listening, sandbox, run_jobs, heard, spoil):
    made = add(sandbox, "Pushed")
    row = deliver(sandbox, run_jobs, comment=made["id"], spoil=spoil)
    assert (row.state, row.reason) == (State.ROUTED, "")
    comment = Comment.objects.get(external_id=made["id"])
    assert (comment.text, comment.author_handle) == ("Pushed", "@a.passer.by")
    assert comment.post is not None
    assert comment.post.external_id == made["video_id"]
    assert any(fact.get("comment_ids") == [comment.pk] for fact in heard)


def test_a_reply_is_found_below_its_parent(listening, sandbox, run_jobs):
    top = add(sandbox, "A thread")
    inner = add(sandbox, "Inside", parent=top["id"])
    deliver(sandbox, run_jobs, comment=inner["id"])
    assert Comment.objects.get(external_id=inner["id"]).parent_external_id == top["id"]


def test_the_same_delivery_twice_is_one(listening, sandbox, run_jobs):
    made = add(sandbox, "Pushed")
    headers, body = sandbox.push("tiktok", comment=made["id"])
    assert [post(headers, body).status_code for _ in range(3)] == [200] * 3
    (row,) = kept()
    with tenancy.public():
        assert Job.objects.filter(name="integrations.route_webhook").count() == 1
    run_jobs()
    for _ in range(2):
        code = str(row.code)
        webhooks.apply_delivery(delivery_code=code, account_code=str(listening.code))
    assert Comment.objects.filter(external_id=made["id"]).count() == 1


def test_hidden_on_the_platform_is_hidden_here(listening, sandbox, run_jobs):
    known = Comment.objects.filter(visibility="public", parent_external_id="").first()
    assert known is not None
    sandbox.memory.world_of("tiktok").comments[known.external_id].status = "heldForReview"
    deliver(sandbox, run_jobs, comment=known.external_id, action="set_to_hidden")
    known.refresh_from_db()
    assert known.visibility == "held"


def test_deleted_before_it_was_heard_of_is_kept_as_deleted(listening, sandbox, run_jobs):
    made = add(sandbox, "Cruel, then gone")
    inserted = sandbox.push("tiktok", comment=made["id"])
    deleted = sandbox.push("tiktok", comment=made["id"], action="delete", spoil="without_text")
    sandbox.ctl("POST", "comments", op="delete", id=made["id"], platform="tiktok")
    for headers, body in (deleted, inserted):  # in the wrong order, too
        assert post(headers, body).status_code == 200
        run_jobs()
    comment = Comment.objects.get(external_id=made["id"])
    assert (comment.text, comment.visibility) == ("Cruel, then gone", "deleted")


def test_a_false_word_changes_nothing(listening, sandbox, run_jobs):
    known = Comment.objects.filter(visibility="public", parent_external_id="").first()
    assert known is not None
    deliver(sandbox, run_jobs, comment=known.external_id, action="delete")
    known.refresh_from_db()
    assert known.visibility == "public"


def test_every_workspace_that_listens_gets_it(
    charlie, nova, listening, sandbox, run_jobs, consent, lumen
):
    with tenancy.enter(nova):
        assert consent(charlie, nova, "nox", kind="tiktok") == Outcome.CONNECTED
    made = add(sandbox, "For both")
    with tenancy.public():
        Job.objects.filter(name="integrations.sync_account").delete()
    deliver(sandbox, run_jobs, comment=made["id"])
    for workspace in (lumen, nova):
        with tenancy.enter(workspace):
            assert Comment.objects.filter(external_id=made["id"]).count() == 1


def test_an_account_that_nobody_knows_is_noted(listening, sandbox, run_jobs):
    made = add(sandbox, "For whom?")
    row = deliver(sandbox, run_jobs, comment=made["id"], spoil="unknown_account")
    assert (row.state, row.reason) == (State.UNROUTED, "1 of 1 accounts are not connected here")
    assert not Comment.objects.filter(external_id=made["id"]).exists()


def test_a_disconnected_account_hears_nothing(listening, sandbox, run_jobs, alice):
    disconnect_account(account=listening, actor=alice)
    made = add(sandbox, "Too late")
    row = deliver(sandbox, run_jobs, comment=made["id"])
    assert row.state == State.UNROUTED
    assert not Comment.objects.filter(external_id=made["id"]).exists()


def test_taken_back_on_tiktok_shows_as_reconnect(listening, sandbox, run_jobs):
    sandbox.ctl("POST", "tokens", op="revoke", platform="tiktok", channel="nox")
    deliver(sandbox, run_jobs, event="authorization.removed")
    listening.refresh_from_db()
    assert listening.status == SocialAccount.Status.RECONNECT


def test_an_old_farewell_does_not_end_a_good_connection(listening, sandbox, run_jobs):
    deliver(sandbox, run_jobs, event="authorization.removed")
    listening.refresh_from_db()
    assert listening.status == SocialAccount.Status.ACTIVE


def test_what_is_no_news_to_aura_is_ignored(listening, sandbox, run_jobs):
    row = deliver(sandbox, run_jobs, event="video.publish.completed")
    assert row.state == State.IGNORED


def test_throttled_work_waits_and_is_done(listening, sandbox, run_jobs):
    made = add(sandbox, "Patience")
    sandbox.fault("throttled", "comment_ids")
    deliver(sandbox, run_jobs, comment=made["id"])
    job = Job.objects.get(name="integrations.apply_webhook")
    assert (job.state, job.attempts) == (Job.State.QUEUED, 0)
    run_jobs(later=True)
    assert Comment.objects.filter(external_id=made["id"]).exists()


def test_a_withheld_permission_keeps_the_words_of_the_event(listening, sandbox, run_jobs):
    made = add(sandbox, "Proof")
    sandbox.fault("scope_removed", "comment_ids")
    deliver(sandbox, run_jobs, comment=made["id"])
    assert Comment.objects.get(external_id=made["id"]).text == "Proof"
    listening.refresh_from_db()
    assert listening.status == SocialAccount.Status.SCOPE_MISSING


# --- dead letters --------------------------------------------------------------------------------


def dead(body: bytes = b'{"event":"comment.update","content":"{"}') -> WebhookDelivery:
    with tenancy.public():
        row = WebhookDelivery.objects.create(
            platform="tiktok", dedupe_key=hashlib.sha256(body).hexdigest(), raw_body=body
        )
        webhooks.route_delivery(delivery_code=str(row.code))
        row.refresh_from_db()
        return row


@pytest.mark.parametrize(
    "body",
    [
        b"not json",
        b"[]",
        b'{"event":"comment.update"}',
        b'{"event":"comment.update","content":"{}"}',
        b'{"event":"comment.update","content":"{\\"comment_id\\":7.2e18}"}',
        b'{"event":"authorization.removed","create_time":1e300}',
    ],
)
def test_what_cannot_be_read_is_a_dead_letter_with_its_reason(db, sandbox, body):
    row = dead(body)
    assert row.state == State.DEAD
    assert row.reason.endswith("while reading the body")


def test_dead_letters_are_shown_and_replayed_by_command(listening, sandbox, run_jobs):
    made = add(sandbox, "Once more")
    headers, body = sandbox.push("tiktok", comment=made["id"])
    with tenancy.public():
        ConnectionRoute.objects.update(external_id="moved")
        post(headers, body)
        run_jobs()
        row = WebhookDelivery.objects.get()
        assert row.state == State.UNROUTED
        ConnectionRoute.objects.update(external_id=listening.external_id)
        out = StringIO()
        call_command("webhooks", "status", stdout=out)
        assert json.loads(out.getvalue())["waiting"][0]["code"] == str(row.code)
        call_command("webhooks", "show", str(row.code), stdout=out)
        assert made["id"] in out.getvalue()
        call_command("webhooks", "replay", stdout=out)
        run_jobs()
    assert Comment.objects.filter(external_id=made["id"]).exists()


def test_the_operator_tells_tiktok_where_to_send(sandbox, settings):
    out = StringIO()
    call_command("webhooks", "register", stdout=out)
    address = sandbox.memory.wallet("tiktok").callbacks["COMMENT"]
    assert address == "http://aura.localhost:8000/webhooks/tiktok/"
    assert address in out.getvalue()
    settings.TIKTOK_BUSINESS_APP_SECRET = "wrong"
    with pytest.raises(CommandError, match="registration"):
        call_command("webhooks", "register")


def test_deliveries_go_by_themselves_and_dead_ones_later(db, sandbox, settings):
    row = dead()
    for days, left in (
        (settings.WEBHOOK_KEEP_DAYS + 1, 1),
        (2 * settings.WEBHOOK_KEEP_DAYS + 1, 0),
    ):
        with tenancy.public():
            WebhookDelivery.objects.filter(pk=row.pk).update(
                received_at=timezone.now() - timedelta(days=days)
            )
            webhooks.prune_deliveries()
            assert WebhookDelivery.objects.count() == left


def test_code_inside_a_workspace_cannot_read_deliveries(db, lumen):
    from django.db import DatabaseError, transaction

    with tenancy.enter(lumen), pytest.raises(DatabaseError), transaction.atomic():
        WebhookDelivery.objects.count()


def test_the_body_is_not_shown_to_staff(admin_client, db):
    row = dead(b"secret words")
    page = admin_client.get(f"/admin/routing/webhookdelivery/{row.pk}/change/", HTTP_HOST=HOST)
    told = page.content.decode()
    assert "secret words" not in told
    assert base64.b64encode(b"secret words").decode() not in told
