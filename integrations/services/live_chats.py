"""Listening to live chats: found after each reading, asked at a pace and within a budget."""

import logging
from datetime import datetime, timedelta

from django.conf import settings
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext_noop

from accounts import live, outbox
from integrations.models import LiveChat, SocialAccount
from integrations.platforms import platform
from integrations.platforms.base import Cap, ErrorKind, PlatformError
from integrations.platforms.live import LiveChat as RemoteChat
from integrations.platforms.live import LiveChats, LivePage
from integrations.services import allowances, health
from integrations.services.credentials import Caller
from integrations.services.ingest import ingest_comments
from integrations.services.texts import storable
from integrations.services.vanished import mark_deleted

logger = logging.getLogger(__name__)

JOB = "integrations.listen_live"
SLOWEST = 30.0  # seconds between two questions when nobody writes
SLOWER = 1.5  # how much longer each silent pause is
AFTER_TROUBLE = timedelta(seconds=30)
FULL_PAGE = 400  # messages: there is more, so the platform's own pause is enough

USED_UP = gettext_noop(
    "What Aura may spend on live chats today is used up. It listens again after midnight of the "
    "platform."
)
# Nothing is asked for an account that only a person can mend.
_DEAD_ENDS = {
    SocialAccount.Status.RECONNECT,
    SocialAccount.Status.SCOPE_MISSING,
    SocialAccount.Status.DISCONNECTED,
}
_NEEDS_PERSON = {ErrorKind.AUTH_REVOKED, ErrorKind.AUTH_EXPIRED, ErrorKind.SCOPE_MISSING}


def look_for_chats(*, account_code: str) -> None:
    """Find out whether the account is on air and promise to listen; for the end of a reading.

    A platform's trouble is left to the next reading, which tells it.
    """
    account = _listener(account_code)
    if account is None or account.status != SocialAccount.Status.ACTIVE:
        return
    adapter = platform(account.platform)
    granted = adapter.capabilities_for(account.scopes_granted)
    if not isinstance(adapter, LiveChats) or granted[Cap.LIVE_CHAT_READ].state != "yes":
        return
    try:
        found = Caller(account)(adapter.live_chats)
    except PlatformError as error:
        logger.info("no look for live chats of account %s: %s", account.pk, error.detail)
        return
    _note(account, found)


def listen(*, account_code: str) -> None:
    """Ask every open chat of the account that is due, once; outbox.Defer until all are over.

    Safe to run again after any crash: a page and its place are one transaction, messages have
    their own ids.
    """
    account = _listener(account_code)
    if account is None:
        return
    adapter = platform(account.platform)
    if not isinstance(adapter, LiveChats):
        return
    now = timezone.now()
    for row in account.live_chats.open().filter(next_at__lte=now):
        try:
            _ask(account, adapter, row)
        except PlatformError as error:
            if error.kind in _NEEDS_PERSON:
                health.record_failure(account=account, error=error)
                return  # the reading after the reconnect finds the chat again
            _put_off(row, error)
    waiting = account.live_chats.open().order_by("next_at").first()
    if waiting is not None:
        raise outbox.Defer(
            "the live chat goes on", max((waiting.next_at - timezone.now()).total_seconds(), 1.0)
        )


def _ask(account: SocialAccount, adapter: LiveChats, row: LiveChat) -> None:
    day, tomorrow = allowances.day_in(platform(account.platform).rate.reset_zone)
    meter = allowances.Meter(account.platform, "live", day, settings.LIVE_CHAT_DAILY_UNITS)
    if not allowances.reserve(meter, adapter.live_units):
        _wait(row, until=tomorrow, reason=USED_UP)
        return
    chat = RemoteChat(row.chat_id, row.post_external_id, row.title, row.began_at)
    asked_at = timezone.now()
    try:
        page = Caller(account)(
            lambda access: adapter.live_messages(access, chat, row.cursor or None)
        )
    finally:
        # YouTube counts refused questions, too.
        allowances.settle(meter, held=adapter.live_units, used=adapter.live_units)
        LiveChat.objects.filter(pk=row.pk).update(units=row.units + adapter.live_units)
    _keep(account, row, page, asked_at)


def _keep(account: SocialAccount, row: LiveChat, page: LivePage, asked_at: datetime) -> None:
    with transaction.atomic():
        outbox.extend_lease()
        done = ingest_comments(account=account, items=page.items, observed_at=asked_at)
        mark_deleted(account=account, ids=list(page.removed), asked_at=timezone.now())
        now = timezone.now()
        row.messages += len(done.new_ids)
        row.cursor = page.next_cursor or row.cursor
        row.wait_seconds = _pause(row, page)
        row.heard_at, row.reason = now, ""
        row.next_at = now + timedelta(seconds=row.wait_seconds)
        row.ended_at = now if page.is_over else None
        row.save(
            update_fields=[
                "messages",
                "cursor",
                "wait_seconds",
                "heard_at",
                "reason",
                "next_at",
                "ended_at",
            ]
        )
        if done.new_ids or page.removed:
            live.poke("inbox")
        live.poke("accounts")


def _pause(row: LiveChat, page: LivePage) -> float:
    """The platform's pause at least; ours is longer, and longer still while nobody writes."""
    if len(page.items) >= FULL_PAGE:
        return page.wait_s
    usual = max(page.wait_s, float(settings.LIVE_CHAT_SECONDS))
    if page.items:
        return usual
    return max(usual, min(row.wait_seconds * SLOWER, SLOWEST))


def _put_off(row: LiveChat, error: PlatformError) -> None:
    if error.kind is ErrorKind.CURSOR_INVALID:
        LiveChat.objects.filter(pk=row.pk).update(cursor="")  # the latest history is next
        return
    until = error.retry_at or error.reset_at or timezone.now() + AFTER_TROUBLE
    _wait(row, until=until, reason=error.message)


def _wait(row: LiveChat, *, until: datetime, reason: str) -> None:
    LiveChat.objects.filter(pk=row.pk).update(next_at=until, reason=reason[:300])
    live.poke("accounts")


def _note(account: SocialAccount, found: tuple[RemoteChat, ...]) -> None:
    now = timezone.now()
    with transaction.atomic():
        account.live_chats.open().exclude(chat_id__in=[chat.id for chat in found]).update(
            ended_at=now
        )
        for chat in found:
            account.live_chats.update_or_create(
                chat_id=storable(chat.id, 200),
                defaults={"ended_at": None, "title": storable(chat.title, 500)},
                create_defaults={
                    "title": storable(chat.title, 500),
                    "post_external_id": storable(chat.post_id, 200),
                    "began_at": chat.began_at or now,
                    "next_at": now,
                },
            )
        if found:
            outbox.enqueue(JOB, key=str(account.code), account=str(account.code))


def _listener(account_code: str) -> SocialAccount | None:
    account = SocialAccount.objects.filter(code=account_code, is_import=False).first()
    if account is None or not account.has_tokens or account.status in _DEAD_ENDS:
        return None
    return account
