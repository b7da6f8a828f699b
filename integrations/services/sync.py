"""Runs that read an account: asking for one, stopping it, and what each ending means."""

from datetime import datetime, timedelta

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from accounts import audit, live, outbox
from accounts.models import User
from integrations.models import SocialAccount, SyncRun
from integrations.platforms import platform
from integrations.platforms.base import ErrorKind, PlatformError
from integrations.services import coverage, health, resync, schedule
from integrations.services.streams import Cancelled, PageLimit, Reader

KEPT_RUNS = 30  # finished runs an account shows; one every few minutes adds up
SOON_SECONDS = 5.0  # after a passing error in a run that was getting on

MOST_PAGES = 50_000  # of one wish; a listing that is still going on then has no end

GOES_ON = gettext_noop("This was a long reading. Aura goes on from here at the next one.")
ENDLESS = gettext_noop("The platform's listing did not end. What was read until then is kept.")
UNEXPECTED = gettext_noop("Aura met an answer it did not expect. It tries again by itself.")

_HEARS_ALL = {SyncRun.Wish.ALL, SyncRun.Wish.COMMENTS}
_DEAD_ENDS = {
    SocialAccount.Status.RECONNECT,
    SocialAccount.Status.SCOPE_MISSING,
    SocialAccount.Status.DISCONNECTED,
}


class SyncError(Exception):
    """The account cannot be read now; the message is for the person."""


def request_sync(*, account: SocialAccount, actor: User) -> SyncRun:
    """A run of the account that is waiting, reading or paused, made if there was none.

    Raises SyncError when only a reconnect could help.
    """
    _check_readable(account)
    with transaction.atomic():
        run, is_new = SyncRun.objects.unfinished().get_or_create(account=account)
        schedule.enqueue_sync(account_code=str(account.code))
        if is_new:
            audit.record("integrations.sync.requested", actor=actor, target=str(account.code))
        live.poke("sync")
    return run


def request_resync(
    *, account: SocialAccount, actor: User, wish: SyncRun.Wish, months: int | None
) -> SyncRun:
    """A run that reads again what was read before: everything of the wish, or `months` back.

    It takes over a run that waits or is paused, and keeps that one's time: a quota is not asked
    twice. Raises SyncError while the account is being read, or when only a reconnect could help.
    """
    _check_readable(account)
    with transaction.atomic():
        unfinished = SyncRun.objects.unfinished().select_for_update(no_key=True)
        run, _is_new = unfinished.get_or_create(account=account)
        if run.wish or run.state == SyncRun.State.RUNNING:
            raise SyncError(_("Aura is reading this account. Ask again when it has finished."))
        run.wish, run.since = wish, resync.months_ago(months)
        run.comments_expected = None
        run.save(update_fields=["wish", "since", "comments_expected"])
        resync.lose_place(account_id=account.pk, wish=wish)
        schedule.enqueue_sync(account_code=str(account.code))
        audit.record(
            "integrations.resync.requested",
            actor=actor,
            target=str(account.code),
            data={"wish": wish.value, "months": months},
        )
        live.poke("sync")
    return run


def _check_readable(account: SocialAccount) -> None:
    if account.is_import or account.status in _DEAD_ENDS or not account.has_tokens:
        raise SyncError(_("Aura cannot read this account until it is connected again."))


def cancel_sync(*, run: SyncRun, actor: User) -> SyncRun:
    """Stop the run: at once when it waits, after the page in flight when it reads."""
    with transaction.atomic():
        run = SyncRun.objects.select_for_update(no_key=True).get(pk=run.pk)
        if run.state not in SyncRun.UNFINISHED:
            return run
        run.is_cancel_requested = True
        if run.state != SyncRun.State.RUNNING:
            run.state, run.finished_at = SyncRun.State.CANCELLED, timezone.now()
            if run.wish:
                resync.drop_wish(account_id=run.account_id)
        run.save(update_fields=["is_cancel_requested", "state", "finished_at"])
        audit.record("integrations.sync.cancelled", actor=actor, target=str(run.code))
        live.poke("sync")
    return run


def sync_account(*, account_code: str) -> None:
    """Read one account to the end of what is due, from wherever the last attempt stopped.

    Safe to run twice: comments have natural keys, cursors move with their page. Raises
    outbox.Defer for quota and rate limits, outbox.Retry for passing troubles, and ends quietly
    when only a person can help; the account's status and the run say why.
    """
    account = SocialAccount.objects.filter(code=account_code, is_import=False).first()
    if account is None:
        return
    if account.status in _DEAD_ENDS or not account.has_tokens:
        for left in SyncRun.objects.unfinished().filter(account=account):
            _finish(left, SyncRun.State.FAILED, account.status_reason)
        return
    run = _begin(account)
    reader = Reader(account=account, run=run, platform=platform(account.platform))
    try:
        reader.read()
    except Cancelled:
        _finish(run, SyncRun.State.CANCELLED)
    except PageLimit:
        _rest(run)
    except PlatformError as error:
        _stop(run, error, has_progress=reader.pages > 0)
    except outbox.LeaseLost:
        raise
    except Exception:
        _pause(run, UNEXPECTED, None)
        raise
    else:
        _complete(run, reader)


def _begin(account: SocialAccount) -> SyncRun:
    with transaction.atomic():
        # Locked: what a person wishes of it meanwhile is waited for.
        unfinished = SyncRun.objects.unfinished().select_for_update(no_key=True)
        run, _is_new = unfinished.get_or_create(account=account)
        if run.started_at is None:
            coverage.note_absence(account=account)
        run.state, run.error, run.resume_at = SyncRun.State.RUNNING, "", None
        run.started_at = run.started_at or timezone.now()
        run.save(update_fields=["state", "error", "resume_at", "started_at"])
    run.account = account
    return run


def _complete(run: SyncRun, reader: Reader) -> None:
    _finish(run, SyncRun.State.DONE)
    if not run.wish or (run.wish in _HEARS_ALL and run.since is None):
        coverage.settle_gaps(account_id=run.account_id, is_whole=not reader.is_cut)


def _stop(run: SyncRun, error: PlatformError, *, has_progress: bool) -> None:
    status, again = health.record_failure(account=run.account, error=error)
    if status in _DEAD_ENDS or status == SocialAccount.Status.REFUSED:
        _finish(run, SyncRun.State.FAILED, error.message)
        return
    _pause(run, error.message, again)
    if again is not None:
        raise outbox.Defer(str(error), (again - timezone.now()).total_seconds())
    if has_progress and error.kind is ErrorKind.TRANSIENT:
        # Counted as an attempt, a long reading with a few bad moments would be given up.
        raise outbox.Defer(str(error), SOON_SECONDS)
    raise outbox.Retry(str(error))


def _rest(run: SyncRun) -> None:
    """A run has read its share of pages: the next one goes on, or, of a wish, this one itself."""
    if not run.wish:
        _finish(run, SyncRun.State.DONE, GOES_ON)
    elif run.pages_read >= MOST_PAGES:
        _finish(run, SyncRun.State.FAILED, ENDLESS)
    else:
        _pause(run, GOES_ON, timezone.now() + timedelta(seconds=SOON_SECONDS))
        raise outbox.Defer("others are read first", SOON_SECONDS)


def _pause(run: SyncRun, reason: str, resume_at: datetime | None) -> None:
    with transaction.atomic():
        SyncRun.objects.unfinished().filter(pk=run.pk).update(
            state=SyncRun.State.PAUSED, error=reason[:300], resume_at=resume_at
        )
        live.poke("sync")


def _finish(run: SyncRun, state: SyncRun.State, reason: str = "") -> None:
    now = timezone.now()
    with transaction.atomic():
        SyncRun.objects.unfinished().filter(pk=run.pk).update(
            state=state, error=reason[:300], resume_at=None, finished_at=now
        )
        if run.wish and state != SyncRun.State.DONE:
            resync.drop_wish(account_id=run.account_id)
        if state == SyncRun.State.DONE:
            SocialAccount.objects.filter(pk=run.account_id).update(last_synced_at=now)
        finished = SyncRun.objects.filter(account_id=run.account_id).exclude(
            state__in=SyncRun.UNFINISHED
        )
        kept = finished.order_by("-created_at").values_list("pk", flat=True)[:KEPT_RUNS]
        finished.exclude(pk__in=list(kept)).delete()
        live.poke("sync")
        live.poke("accounts")
