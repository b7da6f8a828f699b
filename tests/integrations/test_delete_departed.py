"""A disconnected account's data goes on its day, unless the account comes back first."""

from datetime import timedelta

import pytest
from django.conf import settings as real_settings
from django.utils import timezone

from accounts import tenancy
from accounts.models import AuditEntry, Job
from integrations import holds
from integrations.models import Comment, CoverageGap, Post, SocialAccount, SyncRun
from integrations.outcomes import Outcome
from integrations.services import departure
from integrations.services.connect import disconnect_account, keep_days
from integrations.services.departure import delete_departed
from integrations.tasks import delete_due

LIST = "/integrations/accounts/"
DAY_HAS_COME = timedelta(days=31)


@pytest.fixture
def gone(synced: SocialAccount, alice) -> SocialAccount:
    """Mila's account, read to the end and disconnected by Alice."""
    disconnect_account(account=synced, actor=alice)
    synced.refresh_from_db()
    return synced


@pytest.fixture
def overdue(gone: SocialAccount) -> SocialAccount:
    """The same, a second after its day."""
    gone.delete_data_at = timezone.now() - timedelta(seconds=1)
    gone.save(update_fields=["delete_data_at"])
    return gone


@pytest.fixture
def held(monkeypatch, gone) -> Comment:
    """One comment that a room needs as evidence."""
    comment = Comment.objects.filter(account=gone).earliest("pk")
    monkeypatch.setattr(holds, "_holders", [lambda ids: {comment.pk} & set(ids)])
    return comment


@pytest.mark.parametrize("kind", ["youtube", "tiktok", "instagram", "new"])
def test_every_platform_has_its_days(kind):
    days = real_settings.DISCONNECTED_KEEP_DAYS
    assert keep_days(kind) == days.get(kind, days["other"]) > 0
    assert keep_days("youtube") <= 30  # the developer policies' own figure


def test_disconnecting_sets_the_day_and_says_it(gone):
    left = gone.delete_data_at - timezone.now()
    assert timedelta(days=29, hours=23) < left <= timedelta(days=keep_days("youtube"))
    with tenancy.public():
        entry = AuditEntry.objects.get(action="integrations.account.disconnected")
    assert entry.data["delete_data_at"].startswith(str(gone.delete_data_at.date()))


def test_before_its_day_nothing_goes(gone, run_jobs):
    before = Comment.objects.count()
    assert delete_due() == 0
    delete_departed(account_code=str(gone.code))
    assert Comment.objects.count() == before > 0


def test_on_its_day_everything_goes(overdue, run_jobs):
    CoverageGap.objects.create(account=overdue, cause="quota", began_at=timezone.now())
    assert delete_due() == 1
    assert delete_due() == 0  # promised once
    run_jobs()
    assert not SocialAccount.objects.exists()
    for model in (Comment, Post, SyncRun, CoverageGap):
        assert not model.objects.exists()
    with tenancy.public():
        assert AuditEntry.objects.filter(action="integrations.account.erased").count() == 1


def test_evidence_stays_and_the_page_says_why(overdue, held, run_jobs, alice, lumen, client_for):
    delete_due()
    run_jobs()
    assert list(Comment.objects.all()) == [held]
    overdue.refresh_from_db()
    assert overdue.is_erased
    assert overdue.delete_data_at is None
    text = client_for(alice, lumen).get(f"{LIST}{overdue.code}/").content.decode()
    assert "What stays is evidence in your cases" in text
    assert f'name="account" value="{overdue.code}"' not in text  # there is no way back to it
    assert delete_due() == 0


def test_connecting_again_stops_the_clock(gone, consent, alice, lumen, run_jobs):
    before = Comment.objects.count()
    assert consent(alice, lumen, account_code=gone.code) == Outcome.RECONNECTED
    gone.refresh_from_db()
    assert gone.delete_data_at is None
    SocialAccount.objects.update(delete_data_at=timezone.now() - DAY_HAS_COME)  # a stale promise
    assert delete_due() == 0
    delete_departed(account_code=str(gone.code))
    assert Comment.objects.count() >= before
    gone.refresh_from_db()
    assert gone.status == SocialAccount.Status.ACTIVE
    assert gone.access_token_enc


def test_who_connects_while_it_is_emptied_begins_anew(
    overdue, held, consent, alice, lumen, monkeypatch, run_jobs
):
    """The deletion is killed after its first step; the person does not wait for the next try."""

    def die(**_given: object) -> None:
        raise RuntimeError("killed")

    with monkeypatch.context() as patched:
        patched.setattr(departure, "erase_account", die)
        with pytest.raises(RuntimeError):
            delete_departed(account_code=str(overdue.code))
    assert consent(alice, lumen) == Outcome.CONNECTED
    fresh = SocialAccount.objects.exclude(pk=overdue.pk).get()
    assert delete_due() == 1
    run_jobs()
    fresh.refresh_from_db()
    assert fresh.status == SocialAccount.Status.ACTIVE
    assert Comment.objects.filter(account=fresh).count() > 1
    assert list(Comment.objects.filter(account=overdue)) == [held]


def test_a_deletion_is_safe_to_run_twice(overdue, held):
    for _ in range(2):
        delete_departed(account_code=str(overdue.code))
    assert list(Comment.objects.all()) == [held]


def test_the_pages_tell_the_day(gone, alice, lumen, client_for):
    client = client_for(alice, lumen)
    year = str(gone.delete_data_at.year)
    for path in (LIST, f"{LIST}{gone.code}/"):
        text = client.get(path).content.decode()
        assert "Its comments are kept until" in text
        assert year in text.partition("Its comments are kept until")[2][:40]


@pytest.mark.parametrize(
    ("kind", "words"),
    [
        ("youtube", "YouTube&#x27;s rules let Aura keep the comments for 30 days"),
        ("instagram", "Aura keeps the comments for 30 days"),
        ("tiktok", "Aura keeps the comments for 30 days"),
    ],
)
def test_the_question_before_says_so_too(alice, lumen, client_for, kind, words):
    from tests.factories import make_account

    with tenancy.enter(lumen):
        account = make_account(platform=kind)
    text = client_for(alice, lumen).get(f"{LIST}{account.code}/").content.decode()
    assert words.replace("&#x27;", "'") in text.replace("&#x27;", "'")
    assert "Evidence in cases stays" in text


def test_tokens_are_gone_at_once_and_not_on_the_day(gone):
    assert gone.access_token_enc == gone.refresh_token_enc == ""
    assert Job.objects.filter(name="integrations.revoke_grant").exists()
