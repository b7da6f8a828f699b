"""Renewing access: ahead of time, once for everybody, and never losing a token that works."""

import contextvars
import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from django.db import connections
from django.utils import timezone

from accounts import tenancy
from accounts.models import User, Workspace
from integrations import tokens
from integrations.models import SocialAccount, SyncRun
from integrations.outcomes import Outcome
from integrations.platforms import PLATFORMS
from integrations.platforms.base import ErrorKind, PlatformError
from integrations.services.credentials import access_for
from integrations.services.schedule import enqueue_sync
from tests.database import cloned_database


def renewals(sandbox) -> int:
    # The first call to /token of each dance trades the code.
    return len(sandbox.requests("/token$", "POST")) - 1


def ends_in(account: SocialAccount, **delta) -> None:
    SocialAccount.objects.filter(pk=account.pk).update(
        access_expires_at=timezone.now() + timedelta(**delta)
    )


def test_it_uses_a_fresh_token_as_it_is(account, sandbox):
    first = access_for(account_id=account.pk)
    assert access_for(account_id=account.pk) == first
    assert renewals(sandbox) == 0


def test_it_renews_ahead_of_the_end(account, sandbox):
    before = access_for(account_id=account.pk)
    ends_in(account, minutes=5)
    after = access_for(account_id=account.pk)
    assert after.token != before.token
    assert after.generation == before.generation + 1
    account.refresh_from_db()
    assert account.access_expires_at > timezone.now() + timedelta(minutes=30)
    assert account.refresh_token_enc  # Google sends no new one: the old one stays


def test_a_reading_renews_what_the_platform_turned_away(synced, sandbox, run_jobs):
    sandbox.comment("After the renewal")
    sandbox.ctl("POST", "tokens", op="expire")
    enqueue_sync(account_code=str(synced.code))
    run_jobs()
    synced.refresh_from_db()
    assert synced.status == SocialAccount.Status.ACTIVE
    assert renewals(sandbox) == 1
    assert SyncRun.objects.latest("created_at").comments_new == 1


def test_a_platform_that_refuses_every_token_asks_for_a_reconnect(synced, sandbox, run_jobs):
    sandbox.fault("token_expired", "commentThreads", times=50)
    enqueue_sync(account_code=str(synced.code))
    run_jobs()
    synced.refresh_from_db()
    assert synced.status == SocialAccount.Status.RECONNECT
    assert renewals(sandbox) == 1


def test_a_renewal_that_fails_early_uses_the_token_that_still_works(account, sandbox):
    before = access_for(account_id=account.pk)
    ends_in(account, minutes=5)
    sandbox.fault("status:503", "/token", times=3)
    assert access_for(account_id=account.pk) == before


def test_a_renewal_that_fails_late_is_told(account, sandbox):
    ends_in(account, seconds=5)
    sandbox.fault("status:503", "/token", times=3)
    with pytest.raises(PlatformError) as caught:
        access_for(account_id=account.pk)
    assert caught.value.kind is ErrorKind.TRANSIENT


def test_a_revoked_grant_is_told(account, sandbox):
    sandbox.fault("refresh_invalid_grant", "/token")
    ends_in(account, minutes=5)
    with pytest.raises(PlatformError) as caught:
        access_for(account_id=account.pk)
    assert caught.value.kind is ErrorKind.AUTH_REVOKED


def test_a_token_of_another_row_is_no_token(account, sandbox):
    stolen = tokens.seal("ya29.other", row="another-row", field="access")
    SocialAccount.objects.filter(pk=account.pk).update(access_token_enc=stolen)
    with pytest.raises(PlatformError) as caught:
        access_for(account_id=account.pk)
    assert caught.value.kind is ErrorKind.AUTH_REVOKED


# Where each platform renews. Those that replace the renewal token along with it, too, end the
# connection at a second call with the old one: TikTok and X.
RENEWED_AT = {
    "youtube": r"/google/token$",
    "tiktok": r"/tt_user/oauth2/refresh_token",
    "instagram": r"/ig/graph/refresh_access_token",
    "facebook": r"/fb/graph/v[\d.]+/\d+\?fields=access_token",
    "reddit": r"/reddit/api/v1/access_token",
    "twitch": r"/twitch/oauth2/token",
    "x": r"/x/api/2/oauth2/token",
}


def test_every_platform_is_asked_how_it_renews():
    assert RENEWED_AT.keys() == PLATFORMS.keys()


@pytest.mark.parametrize(("kind", "path"), RENEWED_AT.items())
def test_twenty_at_once_renew_once(kind, path, sandbox, consent, template_name, django_db_blocker):
    """Twenty workers find the same old token: one of them asks, the others take what it got."""
    with django_db_blocker.unblock(), cloned_database(template_name):
        alice = User.objects.get(email="alice@example.test")
        lumen = Workspace.objects.get(slug="lumen")
        assert consent(alice, lumen, "nox", kind=kind) == Outcome.CONNECTED
        # Some renew nothing that is younger than a day.
        sandbox.ctl("POST", "clock", advance_s=2 * 86_400 if kind == "instagram" else 0)
        before = len(sandbox.requests(path))
        with tenancy.enter(lumen):
            account = SocialAccount.objects.get()
            ends_in(account, minutes=-1)
            sandbox.fault("slow:200", path)
            found = _all_at_once(20, account.pk)
            account.refresh_from_db()
            assert set(found) == {access_for(account_id=account.pk).token}
        assert len(sandbox.requests(path)) - before == 1
        connections.close_all()


def test_a_reply_that_was_lost_is_asked_for_again(account, sandbox):
    """Google keeps the renewal token: the second question is answered like the first."""
    ends_in(account, seconds=5)
    sandbox.fault("lost_response", "/token$")
    before = access_for(account_id=account.pk)
    account.refresh_from_db()
    assert account.token_generation == before.generation
    assert account.access_expires_at > timezone.now() + timedelta(minutes=30)


def test_a_rotation_whose_reply_was_lost_asks_for_a_reconnect(
    sandbox, consent, alice, lumen, in_lumen, run_jobs
):
    """TikTok has replaced the token and nobody knows the new one: said once, and mendable."""
    assert consent(alice, lumen, "nox", kind="tiktok") == Outcome.CONNECTED
    run_jobs()
    account = SocialAccount.objects.get()
    sandbox.ctl("POST", "tokens", op="expire", platform="tiktok")
    ends_in(account, seconds=5)
    sandbox.fault("lost_response", "/oauth2/refresh_token")
    for _ in range(2):
        enqueue_sync(account_code=str(account.code))
        run_jobs()
    account.refresh_from_db()
    assert account.status == SocialAccount.Status.RECONNECT
    asked = len(sandbox.requests("/oauth2/refresh_token"))
    enqueue_sync(account_code=str(account.code))
    run_jobs()
    assert len(sandbox.requests("/oauth2/refresh_token")) == asked  # no poll asks again
    assert consent(alice, lumen, "nox", kind="tiktok", account_code=account.code) == (
        Outcome.RECONNECTED
    )
    run_jobs()
    account.refresh_from_db()
    assert account.status == SocialAccount.Status.ACTIVE


def test_a_crash_between_the_reply_and_the_commit_is_survived(account, sandbox, monkeypatch):
    """The old renewal token is still stored, and Google still takes it."""
    before = access_for(account_id=account.pk)
    ends_in(account, seconds=5)

    def die(*_args, **_kwargs) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patched:
        patched.setattr(SocialAccount, "save", die)
        with pytest.raises(KeyboardInterrupt):
            access_for(account_id=account.pk)
    account.refresh_from_db()
    assert account.token_generation == before.generation
    after = access_for(account_id=account.pk)
    assert after.token != before.token
    assert after.generation == before.generation + 1


def _all_at_once(count: int, account_id: int) -> list[str]:
    start = threading.Barrier(count)

    def ask() -> str:
        start.wait(timeout=10)
        try:
            return access_for(account_id=account_id).token
        finally:
            connections.close_all()

    with ThreadPoolExecutor(count) as pool:
        waiting = [pool.submit(contextvars.copy_context().run, ask) for _ in range(count)]
        return [future.result(timeout=30) for future in waiting]
