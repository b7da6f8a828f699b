"""A Facebook Page in a workspace: connected, pushed to, taken back, erased."""

import pytest
from django.test import Client as Web

from accounts import tenancy
from integrations.models import Comment, SocialAccount, SyncCursor
from integrations.outcomes import Outcome
from integrations.platforms.base import Cap
from integrations.queries import platform_facts
from integrations.routing.models import DeletionRequest
from integrations.sandbox.facebook.ids import person_id
from integrations.sandbox.instagram.senders import signed_request

HOST = "aura.localhost"


@pytest.fixture
def page(consent, alice, lumen, in_lumen, run_jobs) -> SocialAccount:
    """Nox's Page, connected and read."""
    assert consent(alice, lumen, "nox", kind="facebook") == Outcome.CONNECTED
    run_jobs()
    return SocialAccount.objects.get(platform="facebook")


def post(path, body, **extra):
    with tenancy.public():
        return Web(HTTP_HOST=HOST, enforce_csrf_checks=True).post(path, body, **extra)


def test_it_is_read_to_the_end(page, sandbox):
    truth = {
        one["id"]
        for one in sandbox.found(platform="facebook", channel="nox", limit=5000)
        if one["status"] != "rejected"
    }
    assert set(Comment.objects.values_list("external_id", flat=True)) == truth
    assert page.alias_id == person_id(page.external_id)


def test_several_pages_lead_back_with_a_reason(consent, alice, lumen, in_lumen, sandbox):
    world = sandbox.memory.world_of("facebook")
    mila, nox = list(world.channels)[:2]
    sandbox.memory.wallet("facebook").more_pages[mila] = [nox]
    assert consent(alice, lumen, "mila", kind="facebook") == Outcome.SEVERAL_ACCOUNTS
    assert not SocialAccount.objects.exists()


def test_a_push_brings_the_comment_at_once(page, sandbox, run_jobs):
    made = sandbox.comment("pushed", platform="facebook", channel="nox")
    headers, body = sandbox.push("facebook", comment=made["id"])
    sent = {name: value for name, value in headers.items() if name != "Content-Type"}
    for _ in range(2):
        answer = post("/webhooks/facebook/", body, content_type="application/json", headers=sent)
        assert answer.status_code == 200
    run_jobs()
    assert Comment.objects.filter(external_id=made["id"]).count() == 1


def test_a_pushed_post_is_read_at_once(page, sandbox, run_jobs):
    before = SyncCursor.objects.get(stream="posts").passed_at
    video = sandbox.memory.world_of("facebook").uploads(page.external_id)[0]
    headers, body = sandbox.push("facebook", post=video.id)
    sent = {name: value for name, value in headers.items() if name != "Content-Type"}
    post("/webhooks/facebook/", body, content_type="application/json", headers=sent)
    run_jobs()
    assert SyncCursor.objects.get(stream="posts").passed_at > before  # type: ignore[operator]


def test_the_person_may_have_everything_deleted(page, sandbox, run_jobs):
    secret = sandbox.memory.wallet("facebook").client_secret
    request = signed_request(person_id(page.external_id), 1, secret)
    answer = post("/webhooks/facebook/data-deletion/", {"signed_request": request})
    assert answer.status_code == 200
    run_jobs()
    with tenancy.public():
        assert DeletionRequest.objects.get().state == DeletionRequest.State.DONE
    assert not Comment.objects.exists()
    wrong = signed_request(person_id(page.external_id), 1, "another")
    assert post("/webhooks/facebook/deauthorize/", {"signed_request": wrong}).status_code == 403


def test_the_matrix_says_what_a_page_can(sandbox):
    (fact,) = [fact for fact in platform_facts() if fact["kind"] == "facebook"]
    told = fact["capabilities"]
    assert fact["adapter"]
    assert fact["registered"]
    assert told[Cap.COMMENT_HIDE]["state"] == told[Cap.AUTHOR_BAN]["state"] == "yes"
    assert told[Cap.WEBHOOK]["state"] == "needs_review"
