"""The consent dance: every way it can end, and what is true afterwards."""

from datetime import timedelta
from urllib.parse import parse_qs, urlsplit

import pytest
from django.utils import timezone

from accounts import tenancy
from accounts.models import AuditEntry, Job, Membership, Role
from integrations.models import SocialAccount, SyncRun
from integrations.outcomes import NOTES, Outcome
from integrations.routing.models import ConnectionRoute, OAuthState
from integrations.services import connect
from integrations.services.credentials import access_for, open_token

FORCE_SSL = "https://www.googleapis.com/auth/youtube.force-ssl"
READONLY = "https://www.googleapis.com/auth/youtube.readonly"


@pytest.fixture
def dance(sandbox, alice, lumen):
    """`dance()`: Alice begins in lumen and says yes; what her browser brings back."""

    def begin(channel: str = "mila", **extra):
        url = connect.start_connection(platform_kind="youtube", user=alice, workspace=lumen)
        return sandbox.approve(url, channel, **extra)

    return begin


def finish(answer, user, platform="youtube"):
    return connect.finish_connection(
        platform_kind=platform,
        state=answer.get("state", ""),
        code=answer.get("code", ""),
        error=answer.get("error", ""),
        user=user,
    )


def accounts_in(workspace) -> list[SocialAccount]:
    with tenancy.enter(workspace):
        return list(SocialAccount.objects.all())


def test_it_connects(dance, alice, lumen, nova, sandbox):
    done = finish(dance(), alice)
    assert (done.outcome, done.workspace) == (Outcome.CONNECTED, lumen)
    (account,) = accounts_in(lumen)
    assert accounts_in(nova) == []
    assert account.status == SocialAccount.Status.ACTIVE
    assert account.owner_id is None
    assert set(account.scopes_granted) == {FORCE_SSL, READONLY}
    assert account.scopes_missing == []
    with tenancy.enter(lumen):
        assert access_for(account_id=account.pk).token not in account.access_token_enc
        assert open_token(account, "refresh")
        assert SyncRun.objects.get().state == SyncRun.State.QUEUED
    route = ConnectionRoute.objects.get(next_sync_at__gt=timezone.now())
    assert (route.workspace, route.account_code) == (lumen, account.code)
    assert Job.objects.get(name="integrations.sync_account").workspace == lumen
    entry = AuditEntry.objects.get(action="integrations.account.connected")
    assert (entry.workspace, entry.actor_id) == (lumen, alice.pk)


def test_it_keeps_only_hashes_and_sealed_verifiers(sandbox, alice, lumen):
    url = connect.start_connection(platform_kind="youtube", user=alice, workspace=lumen)
    query = parse_qs(urlsplit(url).query)
    row = OAuthState.objects.get()
    assert query["state"][0] not in row.state_hash
    assert query["code_challenge_method"] == ["S256"]
    assert row.verifier_enc.startswith("v1.")
    assert timedelta(minutes=9) < row.expires_at - timezone.now() <= timedelta(minutes=10)
    assert query["redirect_uri"] == ["http://aura.localhost:8000/oauth/youtube/callback/"]


def test_an_unknown_state_leads_nowhere(sandbox, alice):
    done = finish({"state": "made-up", "code": "x"}, alice)
    assert (done.outcome, done.workspace) == (Outcome.UNKNOWN, None)


def test_a_state_of_another_platform_is_unknown(dance, alice):
    assert finish(dance(), alice, platform="tiktok").outcome == Outcome.UNKNOWN


def test_an_expired_state_connects_nothing(dance, alice, lumen):
    answer = dance()
    OAuthState.objects.update(expires_at=timezone.now() - timedelta(seconds=1))
    assert finish(answer, alice).outcome == Outcome.EXPIRED
    assert accounts_in(lumen) == []


def test_a_state_works_once(dance, alice, lumen, sandbox):
    answer = dance()
    assert finish(answer, alice).outcome == Outcome.CONNECTED
    assert finish(answer, alice).outcome == Outcome.USED
    assert len(sandbox.requests("/token$", "POST")) == 1
    assert len(accounts_in(lumen)) == 1


def test_denied_consent_spends_the_state(sandbox, alice, lumen):
    url = connect.start_connection(platform_kind="youtube", user=alice, workspace=lumen)
    answer = sandbox.deny(url)
    done = finish(answer, alice)
    assert (done.outcome, done.workspace) == (Outcome.DENIED, lumen)
    assert finish(answer, alice).outcome == Outcome.USED


def test_another_person_learns_nothing_and_spends_it(dance, alice, charlie, lumen):
    answer = dance()
    done = finish(answer, charlie)
    assert (done.outcome, done.workspace) == (Outcome.OTHER_PERSON, None)
    assert finish(answer, alice).outcome == Outcome.USED
    assert accounts_in(lumen) == []


def test_who_lost_the_role_meanwhile_connects_nothing(dance, alice, lumen):
    answer = dance()
    Membership.objects.filter(user=alice, workspace=lumen).update(role=Role.ANALYST)
    done = finish(answer, alice)
    assert (done.outcome, done.workspace) == (Outcome.NO_ACCESS, lumen)


def test_who_left_meanwhile_is_not_led_back(dance, alice, lumen):
    answer = dance()
    Membership.objects.filter(user=alice, workspace=lumen).delete()
    assert finish(answer, alice).workspace is None


def test_a_code_of_another_dance_is_refused(dance, alice, lumen):
    first, second = dance(), dance()
    assert finish({**first, "code": second["code"]}, alice).outcome == Outcome.CODE_REFUSED
    assert accounts_in(lumen) == []


@pytest.mark.parametrize(
    ("fault", "path", "outcome"),
    [
        ("status:503", "/token", Outcome.CODE_REFUSED),
        ("truncated_json", "/token", Outcome.UNREACHABLE),
        ("status:503", "channels", Outcome.UNREACHABLE),
        ("quotaExceeded", "channels", Outcome.QUOTA),
        ("token_revoked", "channels", Outcome.CODE_REFUSED),
    ],
)
def test_trouble_on_the_platform_connects_nothing(
    dance, alice, lumen, sandbox, fault, path, outcome
):
    answer = dance()
    sandbox.fault(fault, path, times=5)
    assert finish(answer, alice).outcome == outcome
    assert accounts_in(lumen) == []
    assert not ConnectionRoute.objects.exists()


def test_a_withheld_permission_is_told(dance, alice, lumen):
    assert finish(dance(scope=READONLY), alice).outcome == Outcome.SCOPE_MISSING
    (account,) = accounts_in(lumen)
    assert account.status == SocialAccount.Status.SCOPE_MISSING
    assert account.scopes_missing == [FORCE_SSL]
    assert ConnectionRoute.objects.get().next_sync_at is None


def test_connecting_again_renews_the_same_account(dance, alice, lumen):
    finish(dance(), alice)
    (before,) = accounts_in(lumen)
    with tenancy.enter(lumen):
        SocialAccount.objects.update(status=SocialAccount.Status.RECONNECT, status_reason="x")
    assert finish(dance(), alice).outcome == Outcome.RECONNECTED
    (after,) = accounts_in(lumen)
    assert (after.code, after.status) == (before.code, SocialAccount.Status.ACTIVE)
    assert after.token_generation > before.token_generation
    assert ConnectionRoute.objects.count() == 1


def test_a_reconnect_with_another_account_changes_nothing(consent, alice, lumen, sandbox):
    assert consent(alice, lumen) == Outcome.CONNECTED
    (before,) = accounts_in(lumen)
    other = sandbox.ctl("GET", "accounts")[1]["key"]
    assert consent(alice, lumen, other, account_code=before.code) == Outcome.OTHER_ACCOUNT
    (after,) = accounts_in(lumen)
    assert after.access_token_enc == before.access_token_enc
    assert len(sandbox.requests("/revoke", "POST")) == 0


@pytest.mark.parametrize("how", ["denied", "left alone", "expired", "spoiled"])
def test_a_cancelled_reconnect_keeps_the_good_token(consent, alice, lumen, sandbox, how):
    assert consent(alice, lumen) == Outcome.CONNECTED
    (before,) = accounts_in(lumen)
    url = connect.start_connection(
        platform_kind="youtube", user=alice, workspace=lumen, account_code=before.code
    )
    if how == "denied":
        assert finish(sandbox.deny(url), alice).outcome == Outcome.DENIED
    elif how == "expired":
        answer = sandbox.approve(url)
        OAuthState.objects.update(expires_at=timezone.now() - timedelta(seconds=1))
        assert finish(answer, alice).outcome == Outcome.EXPIRED
    elif how == "spoiled":
        answer = {**sandbox.approve(url), "code": "4/0made-up"}
        assert finish(answer, alice).outcome == Outcome.CODE_REFUSED
    (after,) = accounts_in(lumen)
    names = ("access_token_enc", "refresh_token_enc", "token_generation", "status")
    assert [getattr(after, name) for name in names] == [getattr(before, name) for name in names]
    with tenancy.enter(lumen):
        assert access_for(account_id=after.pk).token


def test_a_failed_reconnect_keeps_the_good_token(consent, alice, lumen, sandbox):
    assert consent(alice, lumen) == Outcome.CONNECTED
    (before,) = accounts_in(lumen)
    sandbox.fault("status:503", "channels", times=5)
    assert consent(alice, lumen, account_code=before.code) == Outcome.UNREACHABLE
    assert consent(alice, lumen, account_code=before.code, scope=READONLY) in {
        Outcome.SCOPE_MISSING,
        Outcome.UNREACHABLE,
    }
    (after,) = accounts_in(lumen)
    assert after.access_token_enc == before.access_token_enc
    assert after.status == SocialAccount.Status.ACTIVE


def test_the_same_channel_may_be_in_two_workspaces(consent, alice, charlie, lumen, nova):
    assert consent(alice, lumen) == Outcome.CONNECTED
    assert consent(charlie, nova) == Outcome.CONNECTED
    (mine,), (theirs,) = accounts_in(lumen), accounts_in(nova)
    assert mine.external_id == theirs.external_id
    assert ConnectionRoute.objects.count() == 2
    with tenancy.enter(nova):
        SocialAccount.objects.update(code=mine.code, access_token_enc=mine.access_token_enc)
        stolen = SocialAccount.objects.get()
        with pytest.raises(Exception, match="sign-in"):
            open_token(stolen, "access")  # sealed for lumen, shut in nova


def test_a_creator_owns_what_they_connect(consent, vera, lumen):
    Membership.objects.filter(user=vera).update(role=Role.CREATOR)
    assert consent(vera, lumen) == Outcome.CONNECTED
    (account,) = accounts_in(lumen)
    assert account.owner_id == vera.pk


@pytest.mark.parametrize("name", ["GOOGLE_CLIENT_ID", "TOKEN_KEYRING"])
def test_an_installation_that_is_not_set_up_says_so(sandbox, alice, lumen, settings, name):
    setattr(settings, name, "")
    with pytest.raises(connect.NotConfigured):
        connect.start_connection(platform_kind="youtube", user=alice, workspace=lumen)


def test_old_states_are_forgotten(sandbox, alice, lumen):
    connect.start_connection(platform_kind="youtube", user=alice, workspace=lumen)
    OAuthState.objects.update(expires_at=timezone.now() - timedelta(days=2))
    connect.start_connection(platform_kind="youtube", user=alice, workspace=lumen)
    assert OAuthState.objects.count() == 1


def test_every_outcome_has_words():
    assert set(NOTES) == set(Outcome)
