"""When Aura could not hear an account: since when, why, who was told, what was fetched later."""

from datetime import timedelta

import pytest
from django.core import mail
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from accounts import tenancy
from accounts.models import Job, Membership, Role
from integrations.models import Comment, CoverageGap, SocialAccount, SyncRun
from integrations.outcomes import Outcome
from integrations.platforms.base import ErrorKind, PlatformError
from integrations.services import coverage, health
from integrations.services.connect import disconnect_account
from integrations.services.schedule import enqueue_sync
from integrations.services.telling import tell_trouble
from tests.factories import make_account

Status = SocialAccount.Status
LIST = "/integrations/accounts/"
LISTING = "/youtube/v3/commentThreads"


def again(account: SocialAccount, run_jobs, *, later: bool = False) -> SocialAccount:
    enqueue_sync(account_code=str(account.code))
    for _ in range(4 if later else 1):
        run_jobs(later=later)
    account.refresh_from_db()
    return account


def was_read(account, *, ago: timedelta) -> None:
    """The last whole reading was so long ago, and what is known was known then."""
    moment = timezone.now() - ago
    SocialAccount.objects.filter(pk=account.pk).update(last_synced_at=moment)
    account.last_synced_at = moment


@pytest.mark.parametrize(
    ("fault", "cause"),
    [
        ("status:503", "trying"),
        ("rateLimitExceeded", "trying"),
        ("quotaExceeded", "quota"),
        ("token_revoked", "reconnect"),
        ("scope_removed", "scope_missing"),
    ],
)
def test_every_trouble_is_a_gap_with_its_cause(synced, sandbox, run_jobs, fault, cause):
    was_read(synced, ago=timedelta(hours=1))
    sandbox.fault(fault, LISTING, times=9)
    again(synced, run_jobs)
    gap = CoverageGap.objects.get()
    assert (gap.cause, gap.reason) == (cause, synced.status_reason)
    assert gap.began_at == synced.last_synced_at
    assert gap.ended_at is None


def test_the_gap_ends_with_the_first_answer_and_says_what_was_fetched(synced, sandbox, run_jobs):
    was_read(synced, ago=timedelta(hours=1))
    sandbox.fault("quotaExceeded", LISTING, times=1)
    again(synced, run_jobs)
    ids = sandbox.burst(3, text="meanwhile {i}", spread_s=600)
    sandbox.ctl("DELETE", "faults")
    again(synced, run_jobs, later=True)
    assert synced.status == Status.ACTIVE
    gap = CoverageGap.objects.get()
    assert gap.ended_at is not None
    assert gap.settled_at is not None
    assert gap.is_whole
    written = Comment.objects.filter(external_id__in=ids, published_at__gte=gap.began_at)
    assert gap.comments_fetched == written.filter(published_at__lte=gap.ended_at).count() > 0


def test_a_listing_that_goes_in_circles_is_told(synced, sandbox, run_jobs):
    was_read(synced, ago=timedelta(hours=1))
    health.record_failure(
        account=synced, error=PlatformError(ErrorKind.TRANSIENT, "A passing problem.")
    )
    sandbox.fault("has_more_forever", LISTING, times=200)
    again(synced, run_jobs)
    gap = CoverageGap.objects.get()
    assert gap.settled_at is not None
    assert not gap.is_whole


def test_a_short_hiccup_is_no_gap(synced, sandbox, run_jobs):
    sandbox.fault("status:503", LISTING, times=4)
    again(synced, run_jobs)
    assert CoverageGap.objects.open().exists()
    again(synced, run_jobs, later=True)
    assert synced.status == Status.ACTIVE
    assert not CoverageGap.objects.exists()


def test_many_polls_are_one_gap_and_one_mail(synced, run_jobs, alice, nina, mailoutbox):
    for _ in range(3):
        for kind in (ErrorKind.TRANSIENT, ErrorKind.DENIED):
            health.record_failure(account=synced, error=PlatformError(kind, f"It is {kind}."))
        run_jobs()
    assert CoverageGap.objects.count() == 1
    assert sorted(sent.to[0] for sent in mailoutbox) == [alice.email, nina.email]


def test_trouble_before_a_whole_reading_goes_on_with_the_gap(synced, sandbox, run_jobs):
    was_read(synced, ago=timedelta(hours=1))
    trouble = PlatformError(ErrorKind.TRANSIENT, "A passing problem.")
    health.record_failure(account=synced, error=trouble)
    health.record_success(account=synced)
    assert not CoverageGap.objects.open().exists()
    health.record_failure(account=synced, error=trouble)
    assert CoverageGap.objects.open().count() == CoverageGap.objects.count() == 1


def test_aura_being_away_is_a_gap_too(synced, run_jobs):
    was_read(synced, ago=timedelta(hours=5))
    again(synced, run_jobs)
    gap = CoverageGap.objects.get()
    assert (gap.cause, gap.reason, gap.is_whole) == ("absent", coverage.ABSENT, True)
    assert gap.ended_at is not None
    assert gap.ended_at - gap.began_at >= timedelta(hours=5)
    again(synced, run_jobs)
    assert CoverageGap.objects.count() == 1


def test_the_time_without_a_connection_is_named_so(synced, alice, lumen, consent, run_jobs):
    was_read(synced, ago=timedelta(hours=5))
    disconnect_account(account=synced, actor=alice)
    assert consent(alice, lumen) == Outcome.RECONNECTED
    run_jobs()
    gap = CoverageGap.objects.get()
    assert (gap.reason, gap.settled_at is not None) == (coverage.LET_GO, True)


def test_gaps_do_not_pile_up(synced, monkeypatch):
    monkeypatch.setattr(coverage, "KEPT_GAPS", 2)
    for day in range(1, 5):
        CoverageGap.objects.create(
            account=synced,
            cause="trying",
            began_at=timezone.now() - timedelta(days=day, hours=1),
            ended_at=timezone.now() - timedelta(days=day),
        )
    coverage.settle_gaps(account_id=synced.pk, is_whole=True)
    assert CoverageGap.objects.count() == 2


# --- the mail ------------------------------------------------------------------------------------


def test_those_who_can_help_are_written_to_once(alice, nina, bob, vera, in_lumen, run_jobs):
    Membership.objects.filter(user=vera).update(role=Role.CREATOR)
    account = make_account(owner_id=vera.pk, display_name="Mila\r\nBcc: all@example.test\u202e")
    error = PlatformError(ErrorKind.AUTH_REVOKED, "YouTube no longer has this.")
    for _ in range(5):
        health.record_failure(account=account, error=error)
        run_jobs()
    helpful = [alice.email, nina.email, vera.email]  # owner, manager, and whose account it is
    assert sorted(sent.to[0] for sent in mail.outbox) == helpful
    sent = mail.outbox[0]
    assert sent.subject == "Aura: Your YouTube account needs a hand"
    assert f"http://lumen.aura.localhost:8000{LIST}{account.code}/" in sent.body
    assert "YouTube no longer has this." in sent.body
    assert "Mila  Bcc: all@example.test" in sent.body
    assert bob.email not in {to for one in mail.outbox for to in one.to}


def test_a_creator_hears_of_their_own_accounts_only(vera, in_lumen):
    Membership.objects.filter(user=vera).update(role=Role.CREATOR)
    account = make_account(status=Status.RECONNECT)
    assert tell_trouble(account_code=str(account.code)) == 2
    assert vera.email not in {to for sent in mail.outbox for to in sent.to}


def test_what_was_mended_meanwhile_is_not_told(in_lumen, alice):
    account = make_account(status=Status.ACTIVE)
    assert tell_trouble(account_code=str(account.code)) == 0


@pytest.mark.parametrize("kind", [ErrorKind.TRANSIENT, ErrorKind.QUOTA_EXHAUSTED])
def test_what_ends_by_itself_is_written_to_nobody(synced, kind):
    health.record_failure(account=synced, error=PlatformError(kind, "It passes."))
    assert not Job.objects.filter(name="integrations.tell_trouble").exists()


# --- the pages -----------------------------------------------------------------------------------


def gap_of(account, **fields) -> CoverageGap:
    now = timezone.now()
    defaults = {"cause": "quota", "reason": "It is blind.", "began_at": now - timedelta(hours=2)}
    return CoverageGap.objects.create(account=account, **{**defaults, **fields})


def test_the_account_says_when_it_was_blind_and_what_came_of_it(bob, lumen, client_for):
    now = timezone.now()
    with tenancy.enter(lumen):
        account = make_account(status=Status.QUOTA, status_since=now, status_reason="It is blind.")
        gap_of(account)
        gap_of(account, began_at=now - timedelta(days=1), ended_at=now - timedelta(hours=20))
        done = {"ended_at": now - timedelta(days=2), "settled_at": now, "comments_fetched": 17}
        gap_of(account, began_at=now - timedelta(days=3), is_whole=True, **done)
        gap_of(account, began_at=now - timedelta(days=4), **done)
    text = client_for(bob, lumen).get(f"{LIST}{account.code}/").content.decode()
    assert text.count("It is blind.") == 5
    assert "They are fetched as soon as the account answers." in text
    assert "They are being fetched." in text
    assert text.count("17 were fetched afterwards.") == 2
    assert "What was deleted meanwhile cannot be fetched." in text
    assert "The platform&#x27;s list broke off" in text or "The platform's list broke off" in text
    assert "Not heard since" in client_for(bob, lumen).get(LIST).content.decode()


def test_a_half_connected_account_says_what_is_missing(alice, bob, lumen, client_for):
    with tenancy.enter(lumen):
        account = make_account(scopes_granted=["https://www.googleapis.com/auth/youtube.readonly"])
    for path in (LIST, f"{LIST}{account.code}/"):
        text = client_for(alice, lumen).get(path).content.decode()
        assert "Half connected" in text
        assert "Not permitted on the platform:" in text
        assert f'name="account" value="{account.code}"' in text  # the button that grants more
        told = client_for(bob, lumen).get(path).content.decode()
        assert "Ask the owner of the workspace to connect it again." in told
        assert f'name="account" value="{account.code}"' not in told


def test_a_whole_connection_is_not_half(synced, bob, lumen, client_for):
    assert "Half connected" not in client_for(bob, lumen).get(LIST).content.decode()


def test_gaps_cost_the_same_for_one_and_for_many(bob, lumen, client_for):
    client = client_for(bob, lumen)

    def cost(path: str, **headers: str) -> int:
        client.get(path, headers=headers)
        with CaptureQueriesContext(connection) as queries:
            assert client.get(path, headers=headers).status_code == 200
        return len(queries)

    with tenancy.enter(lumen):
        account = make_account(owner_id=bob.pk)
        SyncRun.objects.create(account=account)
        gap_of(account)
    detail = f"{LIST}{account.code}/"
    one = [cost(LIST), cost(LIST, **{"HX-Request": "true"}), cost(detail)]
    with tenancy.enter(lumen):
        for day in range(1, 9):
            ended = timezone.now() - timedelta(days=day)
            gap_of(account, began_at=ended - timedelta(hours=1), ended_at=ended)
            gap_of(make_account(owner_id=bob.pk))
    assert [cost(LIST), cost(LIST, **{"HX-Request": "true"}), cost(detail)] == one
    assert one[0] <= 8
    assert one[1] <= 3 + 4
    assert one[2] <= 8
