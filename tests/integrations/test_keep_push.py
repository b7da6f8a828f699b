"""YouTube's pushes of new videos: asked for, proven, renewed, given back, believed when signed."""

from datetime import UTC, datetime, timedelta
from urllib.parse import parse_qsl

import pytest
from django.test import Client as Web
from django.utils import timezone

from accounts import outbox, tenancy
from accounts.models import Job
from integrations.models import Post, SyncCursor
from integrations.outcomes import Outcome
from integrations.platforms import platform
from integrations.platforms.client import Client
from integrations.platforms.webhooks import Hub, WebhookRefused
from integrations.platforms.youtube import YouTube
from integrations.routing.models import PushLease, WebhookDelivery
from integrations.services import pushes
from integrations.services.connect import disconnect_account

pytest_plugins = ("tests.integrations.youtube_fixtures",)

HOST = "aura.localhost"
SECRET = "aura-sandbox-secret"
State = PushLease.State


@pytest.fixture
def public(settings) -> None:
    """The installation has an address that a hub can call."""
    settings.PUBLIC_BASE_URL = f"https://{HOST}"


@pytest.fixture
def listening(public, account, run_jobs):
    """Mila's channel, connected; the hub was asked."""
    run_jobs()
    return account


def lease():
    with tenancy.public():
        return PushLease.objects.first()


def call(query) -> tuple[int, str]:
    with tenancy.public():
        answer = Web(HTTP_HOST=HOST).get("/webhooks/youtube/", query)
    return answer.status_code, answer.content.decode()


def carry(sandbox, account, event: str, **fields):
    return sandbox.push("youtube", channel_id=account.external_id, event=event, **fields)


def prove(sandbox, account) -> None:
    """The hub asks back, hears its challenge, and grants the lease."""
    _headers, query = carry(sandbox, account, "verify")
    asked = dict(parse_qsl(query.decode()))
    assert call(asked) == (200, asked["hub.challenge"])
    carry(sandbox, account, "prove")


def deliver(sandbox, account, **fields):
    headers, body = carry(sandbox, account, **fields)
    with tenancy.public():
        return Web(HTTP_HOST=HOST, enforce_csrf_checks=True).post(
            "/webhooks/youtube/",
            body,
            content_type="application/atom+xml",
            headers={"X-Hub-Signature": headers["X-Hub-Signature"]},
        )


def kept() -> list[WebhookDelivery]:
    with tenancy.public():
        return list(WebhookDelivery.objects.order_by("pk"))


# --- the lease -----------------------------------------------------------------------------------


def test_connecting_asks_the_hub_and_the_hub_asks_back(listening, sandbox):
    (asked,) = sandbox.requests("/hub/subscribe", "POST")
    assert asked["status"] == 202
    assert asked["body"]["hub.callback"] == f"https://{HOST}/webhooks/youtube/"
    assert asked["body"]["hub.topic"].endswith(f"channel_id={listening.external_id}")
    assert asked["body"]["hub.secret"] == "[secret]"
    assert lease().state == State.ASKED
    prove(sandbox, listening)
    assert lease().state == State.ACTIVE
    assert timedelta(days=4) < lease().ends_at - timezone.now() <= timedelta(days=5)
    assert sandbox.memory.hub.living(listening.external_id)


@pytest.mark.parametrize(
    "changed",
    [
        {"hub.topic": "https://www.youtube.com/xml/feeds/videos.xml?channel_id=UCother"},
        {"hub.topic": "https://evil.example/feed?channel_id={id}"},
        {"hub.mode": "unsubscribe"},
        {"hub.mode": "publish"},
        {"hub.challenge": ""},
    ],
)
def test_nobody_else_gets_a_yes(listening, sandbox, changed):
    _headers, query = carry(sandbox, listening, "verify")
    told = {name: value.format(id=listening.external_id) for name, value in changed.items()}
    assert call({**dict(parse_qsl(query.decode())), **told}) == (403, "")
    assert lease().state == State.ASKED


def test_a_hub_that_refuses_is_believed_and_asked_again(listening, sandbox):
    _headers, query = carry(sandbox, listening, "verify")
    asked = dict(parse_qsl(query.decode()))
    call({"hub.mode": "denied", "hub.topic": asked["hub.topic"], "hub.reason": "no"})
    assert lease().state == State.DENIED
    assert pushes.renew_pushes() == 0
    with tenancy.public():
        PushLease.objects.update(asked_at=timezone.now() - timedelta(hours=7))
    assert pushes.renew_pushes() == 1


def test_a_lease_is_renewed_before_it_ends(listening, sandbox, run_jobs):
    prove(sandbox, listening)
    assert pushes.renew_pushes() == 0
    with tenancy.public():
        PushLease.objects.update(ends_at=timezone.now() + timedelta(hours=20))
    assert pushes.renew_pushes() == 1
    run_jobs()
    assert len(sandbox.requests("/hub/subscribe", "POST")) == 2
    prove(sandbox, listening)
    assert lease().ends_at > timezone.now() + timedelta(days=4)


def test_a_lease_that_is_good_is_left_alone(listening, sandbox):
    prove(sandbox, listening)
    pushes.keep_push(platform_kind="youtube", external_id=listening.external_id)
    assert len(sandbox.requests("/hub/subscribe", "POST")) == 1


def test_an_account_without_a_lease_gets_one(listening, sandbox, run_jobs):
    with tenancy.public():
        PushLease.objects.all().delete()
    assert pushes.renew_pushes() == 1


def test_disconnecting_gives_the_lease_back(listening, sandbox, run_jobs, alice):
    prove(sandbox, listening)
    disconnect_account(account=listening, actor=alice)
    run_jobs()
    assert sandbox.requests("/hub/subscribe")[-1]["body"]["hub.mode"] == "unsubscribe"
    prove(sandbox, listening)
    assert lease() is None
    assert not sandbox.memory.hub.living(listening.external_id)


def test_the_second_workspace_keeps_it(
    charlie, nova, listening, sandbox, run_jobs, consent, alice, lumen
):
    prove(sandbox, listening)
    with tenancy.enter(nova):
        assert consent(charlie, nova) == Outcome.CONNECTED
        run_jobs()
    with tenancy.enter(lumen):
        disconnect_account(account=listening, actor=alice)
        run_jobs()
    assert lease().state == State.ACTIVE
    assert len(sandbox.requests("/hub/subscribe", "POST")) == 1


def test_a_site_that_no_hub_can_reach_asks_none(account, run_jobs, sandbox):
    run_jobs()
    assert not sandbox.requests("/hub/")
    assert pushes.renew_pushes() == 0


def test_a_hub_in_trouble_is_asked_again_later(public, account, sandbox):
    sandbox.fault("status:503", "/hub/")
    with pytest.raises(outbox.Retry):
        pushes.keep_push(platform_kind="youtube", external_id=account.external_id)
    pushes.keep_push(platform_kind="youtube", external_id=account.external_id)
    assert lease().state == State.ASKED


# --- what is pushed ------------------------------------------------------------------------------


def test_a_new_video_is_read_at_once(listening, sandbox, run_jobs):
    prove(sandbox, listening)
    video = Post.objects.latest("published_at").external_id
    before = SyncCursor.objects.get(stream="posts").passed_at
    assert deliver(sandbox, listening, event="video", video=video).status_code == 200
    run_jobs()
    assert SyncCursor.objects.get(stream="posts").passed_at > before  # type: ignore[operator]
    assert [row.state for row in kept()] == [WebhookDelivery.State.ROUTED]


def test_the_same_delivery_twice_is_one(listening, sandbox, run_jobs):
    prove(sandbox, listening)
    headers, body = carry(sandbox, listening, "video", video=Post.objects.first().external_id)  # type: ignore[union-attr]
    with tenancy.public():
        for _ in range(2):
            Web(HTTP_HOST=HOST).post(
                "/webhooks/youtube/",
                body,
                content_type="application/atom+xml",
                headers={"X-Hub-Signature": headers["X-Hub-Signature"]},
            )
    assert len(kept()) == 1


def test_a_deleted_video_is_a_reason_to_look(listening, sandbox, run_jobs):
    prove(sandbox, listening)
    assert deliver(sandbox, listening, event="deleted", video="gone1234567").status_code == 200
    run_jobs()
    assert kept()[0].state == WebhookDelivery.State.ROUTED


def test_a_wrong_signature_is_dropped_without_a_word(listening, sandbox):
    prove(sandbox, listening)
    video = Post.objects.first().external_id  # type: ignore[union-attr]
    answer = deliver(sandbox, listening, event="video", video=video, secret="another")
    assert answer.status_code == 202
    assert kept() == []
    with tenancy.public():
        assert not Job.objects.filter(name="integrations.route_webhook").exists()


# --- the adapter ---------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def tube() -> YouTube:
    """An adapter that sends nothing."""
    names = ("google_auth", "google_token", "youtube", "websub_hub")
    return YouTube(
        http=Client(),
        base_urls=dict.fromkeys(names, "http://127.0.0.1:9"),
        client_id="aura",
        client_secret=SECRET,
    )


def test_the_documented_vector_holds(tube, monkeypatch):
    monkeypatch.setattr(tube, "_push_secret", lambda: SECRET)
    signature = "sha1=f28f0729cb3df89dd1aa299db1bde835df89fe5d"
    assert isinstance(tube, Hub)
    assert tube.verify_webhook({"x-hub-signature": signature}, b"<feed/>").dedupe_key  # type: ignore[attr-defined]
    for headers, raw in (
        ({"x-hub-signature": signature}, b"<feed />"),
        ({"x-hub-signature": signature.replace("sha1", "md5")}, b"<feed/>"),
        ({"x-hub-signature": signature[5:]}, b"<feed/>"),
        ({"x-hub-signature": "sha1=é"}, b"<feed/>"),
        ({}, b"<feed/>"),
    ):
        with pytest.raises(WebhookRefused) as caught:
            tube.verify_webhook(headers, raw)  # type: ignore[attr-defined]
        assert not caught.value.is_told


def test_without_a_secret_nobody_is_believed():
    names = ("google_auth", "google_token", "youtube", "websub_hub")
    bare = YouTube(
        http=Client(), base_urls=dict.fromkeys(names, "http://x"), client_id="", client_secret=""
    )
    with pytest.raises(WebhookRefused):
        bare.verify_webhook({"x-hub-signature": "sha1=da39a3ee5e6b4b0d3255bfef95601890afd8"}, b"")


@pytest.mark.parametrize(
    "raw",
    [
        b"",
        b"<feed>",
        b'{"feed": 1}',
        b'<!DOCTYPE x [<!ENTITY a "b">]><feed>&a;</feed>',
        b'<feed xmlns="http://www.w3.org/2005/Atom"><entry><title/></entry></feed>',
    ],
)
def test_what_is_no_feed_is_refused(tube, raw):
    with pytest.raises(ValueError):  # noqa: PT011  (what the door catches)
        tube.parse_webhook(raw)


def test_a_feed_tells_its_videos(tube, youtube_sandbox):
    from integrations.sandbox import hub

    memory = youtube_sandbox.memory
    video = next(iter(memory.world.videos.values()))
    (came,) = tube.parse_webhook(hub.feed(memory, video.channel_id, video.id, is_gone=False))
    assert (came.kind, came.account_id, came.post_id) == ("post", video.channel_id, video.id)
    assert abs(came.at - datetime.now(UTC)) < timedelta(minutes=1)
    (went,) = tube.parse_webhook(hub.feed(memory, video.channel_id, video.id, is_gone=True))
    assert (went.account_id, went.post_id, went.is_removal) == (video.channel_id, video.id, True)


def test_the_secret_is_not_googles_own(sandbox):
    assert platform("youtube")._push_secret() != platform("youtube")._secret  # type: ignore[attr-defined]
