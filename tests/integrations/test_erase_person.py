"""Meta's two mandatory doors: a permission taken back, and a person who wants to be forgotten."""

import json

import pytest
from django.test import Client
from django.utils import translation

from accounts import tenancy
from accounts.models import AuditEntry, Job
from integrations import holds
from integrations.models import Comment, MetricPoint, Post, SocialAccount, SyncCursor
from integrations.outcomes import Outcome
from integrations.routing.models import ConnectionRoute, DeletionRequest
from integrations.sandbox.instagram.ids import scoped_id
from integrations.sandbox.instagram.senders import signed_request
from integrations.services import erasure
from integrations.services.connect import disconnect_account
from integrations.services.schedule import enqueue_sync
from tests.factories import make_account, make_comment
from tests.integrations.instagram_cast import KIND, account_id, wallet

Status = SocialAccount.Status


@pytest.fixture
def ig(consent, alice, lumen, in_lumen, run_jobs) -> SocialAccount:
    """Nox's Instagram, connected and read in lumen."""
    assert consent(alice, lumen, "nox", kind=KIND) == Outcome.CONNECTED
    run_jobs()
    return SocialAccount.objects.get(platform=KIND)


@pytest.fixture
def send(sandbox):
    """`send("data-deletion", user_id)`: Meta's signed call; the answer."""

    def call(door: str, user_id: str, secret: str = "", kind: str = KIND):
        request = signed_request(user_id, 1790000000, secret or wallet(sandbox).client_secret)
        with tenancy.public():
            return Client(HTTP_HOST="aura.localhost", enforce_csrf_checks=True).post(
                f"/webhooks/{kind}/{door}/", {"signed_request": request}
            )

    return call


def status_page(code: str) -> str:
    with tenancy.public():
        answer = Client(HTTP_HOST="aura.localhost").get(f"/data-deletion/{code}/")
    assert answer.status_code == 200
    return answer.content.decode()


def test_the_other_id_of_an_account_is_known(ig, sandbox):
    assert ig.external_id == account_id(sandbox, "nox")
    assert ig.alias_id == scoped_id(ig.external_id)


def test_a_permission_taken_back_is_noticed_at_once(ig, send, sandbox, run_jobs):
    for token in wallet(sandbox).grants_of():
        wallet(sandbox).end(token)
    assert send("deauthorize", ig.alias_id).status_code == 200
    run_jobs()
    ig.refresh_from_db()
    assert ig.status == Status.RECONNECT
    assert ig.status_reason.startswith("Aura was removed from this account's apps")


def test_an_old_farewell_ends_nothing(ig, send, run_jobs):
    assert send("deauthorize", ig.external_id).status_code == 200
    run_jobs()
    ig.refresh_from_db()
    assert (ig.status, ig.has_tokens) == (Status.ACTIVE, True)


@pytest.mark.parametrize("by", ["external_id", "alias_id"])
def test_a_person_is_forgotten(ig, send, sandbox, run_jobs, by):
    count = Comment.objects.filter(account=ig).count()
    kept = make_comment(make_account(), "of another account")
    answer = json.loads(send("data-deletion", getattr(ig, by)).content)
    code = answer["confirmation_code"]
    assert answer["url"] == f"http://aura.localhost:8000/data-deletion/{code}/"
    assert "Received." in status_page(code)
    run_jobs()
    assert list(Comment.objects.all()) == [kept]
    assert not SocialAccount.objects.filter(platform=KIND).exists()
    assert not Post.objects.filter(account=ig.pk).exists()
    assert not MetricPoint.objects.filter(account=ig.pk).exists()
    assert not SyncCursor.objects.filter(account=ig.pk).exists()
    with tenancy.public():
        assert not ConnectionRoute.objects.filter(platform=KIND).exists()
        row = DeletionRequest.objects.get()
    assert (row.state, row.deleted, row.kept, row.user_id) == ("done", count, 0, "")
    page = status_page(code)
    assert f"{count} comments were deleted" in page
    assert ig.handle not in page
    assert "stay" not in page
    entry = AuditEntry.objects.get(action="integrations.account.erased")
    assert (entry.actor_id, entry.data["deleted"]) == (None, count)


def test_a_disconnected_account_is_forgotten_too(ig, send, alice, run_jobs):
    disconnect_account(account=ig, actor=alice)
    run_jobs()
    send("data-deletion", ig.external_id)
    run_jobs()
    assert not Comment.objects.exists()


def test_every_workspace_forgets(charlie, nova, ig, send, consent, run_jobs):
    assert consent(charlie, nova, "nox", kind=KIND) == Outcome.CONNECTED
    run_jobs()
    send("data-deletion", ig.external_id)
    run_jobs()
    for workspace in ("lumen", "nova"):
        with tenancy.enter(_schema(workspace)):
            assert not SocialAccount.objects.exists()
            assert not Comment.objects.exists()


def _schema(slug: str) -> str:
    from accounts.models import Workspace

    with tenancy.public():
        return str(Workspace.objects.get(slug=slug).schema_name)


def test_what_a_room_must_keep_stays(ig, send, run_jobs, monkeypatch):
    proof = Comment.objects.filter(account=ig, parent_external_id="").first()
    assert proof is not None
    monkeypatch.setattr(holds, "_holders", [lambda ids: {proof.pk} & set(ids)])
    code = json.loads(send("data-deletion", ig.external_id).content)["confirmation_code"]
    run_jobs()
    (left,) = Comment.objects.all()
    assert (left.pk, left.text, left.raw) == (proof.pk, proof.text, {})
    account = SocialAccount.objects.get()
    assert (account.status, account.handle) == (Status.DISCONNECTED, ig.handle)
    assert account.external_id == f"erased-{account.code}"
    assert (account.alias_id, account.avatar_url, account.access_token_enc) == ("", "", "")
    page = status_page(code)
    assert "1 comment stays" in page
    with translation.override("fr"):
        assert "1 comment" in status_page(code)


def test_connecting_again_begins_anew(ig, send, consent, alice, lumen, run_jobs, monkeypatch):
    proof = Comment.objects.filter(account=ig).first()
    assert proof is not None
    monkeypatch.setattr(holds, "_holders", [lambda ids: {proof.pk} & set(ids)])
    send("data-deletion", ig.external_id)
    run_jobs()
    assert consent(alice, lumen, "nox", kind=KIND) == Outcome.CONNECTED
    run_jobs()
    assert SocialAccount.objects.filter(platform=KIND).count() == 2
    assert SocialAccount.objects.get(external_id=ig.external_id).pk != ig.pk


def test_it_goes_on_after_a_crash(ig, send, run_jobs, monkeypatch):
    monkeypatch.setattr(erasure, "BATCH", 10)
    count = Comment.objects.count()
    assert count > 20
    code = json.loads(send("data-deletion", ig.external_id).content)["confirmation_code"]
    real, calls = erasure._tell, []

    def tell(*given, **counts):
        calls.append(counts)
        if len(calls) == 2:
            raise OSError("the machine went away")
        real(*given, **counts)

    monkeypatch.setattr(erasure, "_tell", tell)
    with pytest.raises(OSError, match="went away"):
        erasure.erase_person(request_code=code)
    assert Comment.objects.count() == count - 10
    erasure.erase_person(request_code=code)
    erasure.erase_person(request_code=code)
    with tenancy.public():
        row = DeletionRequest.objects.get(code=code)
    assert (row.deleted, row.state) == (count, "done")


def test_the_same_wish_twice_is_one(ig, send):
    first, second = (json.loads(send("data-deletion", ig.external_id).content) for _ in range(2))
    assert first == second
    with tenancy.public():
        assert DeletionRequest.objects.count() == 1
        assert Job.objects.filter(name="integrations.erase_person").count() == 1


def test_a_stranger_to_us_is_forgotten_as_well(sandbox, send, run_jobs, in_lumen):
    code = json.loads(send("data-deletion", "218471").content)["confirmation_code"]
    run_jobs()
    assert "0 comments were deleted" in status_page(code)


@pytest.mark.parametrize("door", ["deauthorize", "data-deletion"])
def test_only_meta_gets_in(ig, send, door, settings):
    assert send(door, ig.external_id, secret="wrong").status_code == 403
    assert send(door, ig.external_id, kind="youtube").status_code == 404
    with tenancy.public():
        web = Client(HTTP_HOST="aura.localhost")
        assert web.get(f"/webhooks/instagram/{door}/").status_code == 405
        assert web.post(f"/webhooks/instagram/{door}/").status_code == 403
        assert not DeletionRequest.objects.exists()
    settings.INSTAGRAM_CLIENT_SECRET = ""
    assert send(door, ig.external_id).status_code == 403


def test_a_reading_in_flight_cannot_bring_the_words_back(ig, send, run_jobs):
    enqueue_sync(account_code=str(ig.code))
    send("data-deletion", ig.external_id)
    run_jobs()
    assert not Comment.objects.exists()


def test_an_unknown_code_shows_nothing(db):
    with tenancy.public():
        web = Client(HTTP_HOST="aura.localhost")
        path = "/data-deletion/00000000-0000-4000-8000-000000000000/"
        assert web.get(path).status_code == 404
