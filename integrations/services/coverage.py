"""Gaps in hearing: when they began, when they ended, what was fetched afterwards, who was told."""

from datetime import timedelta

from django.conf import settings
from django.utils import timezone
from django.utils.translation import gettext_noop

from accounts import live, outbox
from integrations.models import Comment, CoverageGap, SocialAccount

Cause = CoverageGap.Cause

LEAST = timedelta(minutes=10)  # what ends sooner was no gap: readings are minutes apart anyway
ABSENT_READINGS = 6  # as many intervals without any reading: Aura was off, or far behind
KEPT_GAPS = 50  # of one account

# Aura does not come out of these by itself, or not within the day.
NEEDS_PERSON = frozenset({Cause.RECONNECT, Cause.SCOPE_MISSING, Cause.REFUSED})

LET_GO = gettext_noop("The account was disconnected.")
ABSENT = gettext_noop("Aura itself was not running, or could not keep up.")


def note_trouble(*, account: SocialAccount, cause: str, reason: str) -> None:
    """The account cannot be heard: one open gap an account says since when, and why at last.

    It begins with the last whole reading, because that is what Aura is sure of. A gap that no
    whole reading followed goes on. Who can help is written to once a gap.
    """
    now = timezone.now()
    gap = CoverageGap.objects.filter(account=account, settled_at=None).first()
    if gap is None:
        gap, _is_new = CoverageGap.objects.open().get_or_create(
            account=account,
            defaults={
                "cause": cause,
                "reason": reason[:300],
                "began_at": account.last_synced_at or now,
            },
        )
    if (gap.cause, gap.reason, gap.ended_at) != (cause, reason[:300], None):
        gap.cause, gap.reason, gap.ended_at = cause, reason[:300], None
        gap.save(update_fields=["cause", "reason", "ended_at"])
    if cause in NEEDS_PERSON and gap.told_at is None:
        gap.told_at = now
        gap.save(update_fields=["told_at"])
        outbox.enqueue(
            "integrations.tell_trouble", key=str(account.code), account=str(account.code)
        )


def note_absence(*, account: SocialAccount, reason: str = ABSENT) -> None:
    """A reading begins: when the one before is long past without any trouble, say so."""
    last = account.last_synced_at
    longest = ABSENT_READINGS * timedelta(seconds=settings.SYNC_INTERVAL_SECONDS)
    now = timezone.now()
    if last is None or last > now - max(longest, LEAST):
        return
    if CoverageGap.objects.filter(account=account, settled_at=None).exists():
        return
    CoverageGap.objects.create(
        account=account, cause=Cause.ABSENT, reason=reason, began_at=last, ended_at=now
    )


def end_gap(*, account: SocialAccount) -> None:
    """The account answers again, or is let go. 1 query when there was no gap."""
    gap = CoverageGap.objects.open().filter(account=account).first()
    if gap is None:
        return
    now = timezone.now()
    if now - gap.began_at < LEAST and gap.told_at is None:
        gap.delete()
        return
    gap.ended_at = now
    gap.save(update_fields=["ended_at"])
    live.poke("accounts")


def settle_gaps(*, account_id: int, is_whole: bool) -> None:
    """A reading went to its end: count what it fetched of the time that was missed.

    `is_whole`: no listing was given up on its way. What was deleted meanwhile, nobody can fetch.
    """
    now = timezone.now()
    unsettled = CoverageGap.objects.filter(account=account_id, settled_at=None)
    gaps = list(unsettled.exclude(ended_at=None))
    for gap in gaps:
        gap.settled_at, gap.is_whole = now, is_whole
        gap.comments_fetched = Comment.objects.filter(
            account=account_id,
            published_at__range=(gap.began_at, gap.ended_at),
            first_seen_at__gte=gap.ended_at,
        ).count()
        gap.save(update_fields=["settled_at", "is_whole", "comments_fetched"])
    if gaps:
        mine = CoverageGap.objects.filter(account=account_id)
        kept = list(mine.order_by("-began_at").values_list("pk", flat=True)[:KEPT_GAPS])
        mine.exclude(pk__in=kept).delete()
