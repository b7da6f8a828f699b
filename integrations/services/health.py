"""What state a connection is in, why, since when, and whether Aura goes on by itself."""

import random
from datetime import datetime, timedelta

from django.db import transaction
from django.utils import timezone

from accounts import live, tenancy
from integrations.models import SocialAccount
from integrations.platforms.base import ErrorKind, PlatformError
from integrations.routing.models import ConnectionRoute
from integrations.services import coverage

Status = SocialAccount.Status

TRY_AGAIN = timedelta(minutes=1)  # when a platform says "later" without saying when
REFUSED_AGAIN = timedelta(days=1)  # a refusal is rarely lifted sooner
AFTER_RESET_SECONDS = 300  # spread over this, so that not every account starts at midnight

_STATUS_OF = {
    ErrorKind.AUTH_EXPIRED: Status.RECONNECT,
    ErrorKind.AUTH_REVOKED: Status.RECONNECT,
    ErrorKind.SCOPE_MISSING: Status.SCOPE_MISSING,
    ErrorKind.QUOTA_EXHAUSTED: Status.QUOTA,
    ErrorKind.RATE_LIMITED: Status.TRYING,
    ErrorKind.TRANSIENT: Status.TRYING,
    ErrorKind.CURSOR_INVALID: Status.TRYING,
}


def record_failure(
    *, account: SocialAccount, error: PlatformError
) -> tuple[SocialAccount.Status, datetime | None]:
    """Give the account the status that the error means; that status, and when Aura tries again.

    Only a person can end "reconnect" and "permission missing": the schedule forgets the account
    until then. Quota and refusals move the next reading; the rest is left to the job's retry,
    whose time is not known here unless the platform named one.
    """
    status = _STATUS_OF.get(error.kind, Status.REFUSED)
    again = _again_at(status, error)
    with transaction.atomic():
        set_status(account=account, status=status, reason=error.message, retry_at=again)
        if status is not Status.TRYING:
            reschedule(account=account, at=again)
    return status, again


def record_success(*, account: SocialAccount) -> None:
    """The account answered: it is healthy, unless a permission is still missing."""
    if account.status != Status.SCOPE_MISSING:
        coverage.end_gap(account=account)
        set_status(account=account, status=Status.ACTIVE)


def set_status(
    *, account: SocialAccount, status: str, reason: str = "", retry_at: datetime | None = None
) -> None:
    """Write the status and tell open pages; since when is kept while it stays the same.

    A trouble opens a gap in the account's coverage, or goes on with the one there is. A
    disconnected account stays disconnected: a job that was still reading cannot revive it.
    """
    before = (account.status, account.status_reason, account.retry_at)
    if before == (status, reason, retry_at):
        return
    since = account.status_since if account.status == status else timezone.now()
    changed = (
        SocialAccount.objects.filter(pk=account.pk)
        .exclude(status=Status.DISCONNECTED)
        .update(status=status, status_reason=reason[:300], status_since=since, retry_at=retry_at)
    )
    if changed:
        account.status, account.status_reason = status, reason[:300]
        account.status_since, account.retry_at = since, retry_at
        if status != Status.ACTIVE:
            coverage.note_trouble(account=account, cause=status, reason=reason)
        live.poke("accounts")


def reschedule(*, account: SocialAccount, at: datetime | None) -> None:
    """Move the account's next scheduled reading; None takes it off the schedule."""
    ConnectionRoute.objects.filter(
        workspace=tenancy.current_workspace(), account_code=account.code
    ).update(next_sync_at=at)


def _again_at(status: str, error: PlatformError) -> datetime | None:
    now = timezone.now()
    if status in {Status.RECONNECT, Status.SCOPE_MISSING}:
        return None
    if status == Status.QUOTA:
        spread = timedelta(seconds=random.uniform(0, AFTER_RESET_SECONDS))  # noqa: S311
        return max(error.reset_at or now + timedelta(hours=1), now) + spread
    if status == Status.REFUSED:
        return now + REFUSED_AGAIN
    if error.kind is ErrorKind.RATE_LIMITED:
        return max(error.retry_at or now + TRY_AGAIN, now)
    return error.retry_at
