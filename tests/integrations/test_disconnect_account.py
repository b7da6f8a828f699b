"""Letting an account go: tokens wiped at once, the grant given back, comments kept."""

from datetime import timedelta

import pytest
from django.utils import timezone

from accounts import tenancy
from accounts.models import AuditEntry, Job
from integrations.models import Comment, SocialAccount, SyncRun
from integrations.outcomes import Outcome
from integrations.routing.models import ConnectionRoute
from integrations.services.connect import disconnect_account


def revocations(sandbox) -> int:
    return len(sandbox.requests("/revoke", "POST"))


def test_it_wipes_tokens_and_keeps_comments(synced, alice, heard):
    disconnect_account(account=synced, actor=alice)
    synced.refresh_from_db()
    assert synced.status == SocialAccount.Status.DISCONNECTED
    assert (synced.access_token_enc, synced.refresh_token_enc) == ("", "")
    assert (synced.scopes_granted, synced.scopes_missing) == ([], [])
    assert not ConnectionRoute.objects.exists()
    assert Comment.objects.exists()
    assert heard[-1] == {"account_id": synced.pk}
    with tenancy.public():
        assert AuditEntry.objects.filter(action="integrations.account.disconnected").exists()


def test_it_gives_the_grant_back(synced, alice, sandbox, run_jobs):
    disconnect_account(account=synced, actor=alice)
    run_jobs()
    assert revocations(sandbox) == 1
    synced.refresh_from_db()
    assert synced.revoking_token_enc == ""
    assert sandbox.ctl("GET", "state")["channels"]["mila"]["grants"] == 0


def test_it_never_writes_a_token_into_a_job(synced, alice):
    disconnect_account(account=synced, actor=alice)
    payload = Job.objects.get(name="integrations.revoke_grant").payload
    assert payload == {"account": str(synced.code)}


def test_it_tries_again_while_the_platform_is_away(synced, alice, sandbox, run_jobs):
    sandbox.fault("status:503", "/revoke", times=3)
    disconnect_account(account=synced, actor=alice)
    run_jobs()
    synced.refresh_from_db()
    assert synced.revoking_token_enc
    run_jobs(later=True)
    synced.refresh_from_db()
    assert synced.revoking_token_enc == ""


def test_it_gives_up_after_a_day(synced, alice, sandbox, run_jobs):
    disconnect_account(account=synced, actor=alice)
    SocialAccount.objects.update(status_since=timezone.now() - timedelta(days=2))
    run_jobs()
    synced.refresh_from_db()
    assert (synced.revoking_token_enc, revocations(sandbox)) == ("", 0)


def test_it_leaves_the_grant_that_another_workspace_uses(
    charlie, nova, synced, consent, alice, sandbox, run_jobs
):
    assert consent(charlie, nova) == Outcome.CONNECTED
    disconnect_account(account=synced, actor=alice)
    run_jobs()
    assert revocations(sandbox) == 0
    with tenancy.enter(nova):
        assert SocialAccount.objects.get().status == SocialAccount.Status.ACTIVE


def test_a_new_connection_is_not_revoked_by_an_old_job(
    synced, consent, alice, lumen, sandbox, run_jobs
):
    disconnect_account(account=synced, actor=alice)
    assert consent(alice, lumen) == Outcome.RECONNECTED
    run_jobs()
    assert revocations(sandbox) == 0
    synced.refresh_from_db()
    assert synced.status == SocialAccount.Status.ACTIVE


def test_it_stops_the_reading_that_waits(account, alice):
    disconnect_account(account=account, actor=alice)
    assert SyncRun.objects.get().state == SyncRun.State.CANCELLED


@pytest.mark.parametrize("times", [2])
def test_it_is_safe_to_do_twice(synced, alice, heard, times):
    for _ in range(times):
        disconnect_account(account=synced, actor=alice)
    assert sum("account_id" in fact for fact in heard) == 1
    assert Job.objects.filter(name="integrations.revoke_grant").count() == 1
