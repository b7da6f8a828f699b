"""Webhooks: a platform's own words are proven, kept, brought to each workspace, and looked into."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import timedelta
from uuid import UUID

from django.conf import settings
from django.db import connection, transaction
from django.utils import timezone
from psycopg import sql

from accounts import live, outbox, tenancy
from integrations.models import SocialAccount, SyncCursor
from integrations.platforms import platform
from integrations.platforms.base import ErrorKind, PlatformError, Visibility
from integrations.platforms.webhooks import Hub, PlatformEvent
from integrations.routing.models import ConnectionRoute, WebhookDelivery
from integrations.services import health, pushes, schedule
from integrations.services.credentials import Caller
from integrations.services.ingest import ingest_comments
from integrations.services.texts import storable
from integrations.services.vanished import mark_deleted

State = WebhookDelivery.State

# Kept because they help to understand a delivery later; nothing in them is a secret.
HEADERS = (
    "content-type",
    "user-agent",
    "x-tt-logid",
    "webhook-schema-version",
    "tiktok-signature",
    "x-hub-signature-256",
    "x-hub-signature",
)
_KEEP = sql.SQL(
    "INSERT INTO {table} "
    "(code, platform, dedupe_key, headers, raw_body, state, reason, received_at) "
    "SELECT given.*, %s, '', clock_timestamp() "
    "FROM unnest(%s::uuid[], %s::text[], %s::text[], %s::text[]::jsonb[], %s::bytea[]) AS given "
    "ON CONFLICT DO NOTHING RETURNING code"
).format(table=sql.Identifier(WebhookDelivery._meta.db_table))
PASSING = {ErrorKind.TRANSIENT}
LATER = {ErrorKind.RATE_LIMITED, ErrorKind.QUOTA_EXHAUSTED}


def shake_hands(*, platform_kind: str, query: Mapping[str, str]) -> str | None:
    """What to echo to a platform that asks whether the address is ours; None: refuse."""
    adapter = platform(platform_kind)
    if isinstance(adapter, Hub):
        wish = adapter.read_wish(query)
        if wish is None or not pushes.confirm_wish(platform_kind=platform_kind, wish=wish):
            return None
    return adapter.handshake(query)


def prove_delivery(
    *, platform_kind: str, headers: Mapping[str, str], raw: bytes
) -> WebhookDelivery:
    """The unsaved row of a delivery that its platform has signed. Raises WebhookRefused."""
    proven = platform(platform_kind).verify_webhook(headers, raw)
    return WebhookDelivery(
        platform=platform_kind,
        dedupe_key=storable(proven.dedupe_key, 200),
        headers={name: storable(headers[name], 300) for name in HEADERS if name in headers},
        raw_body=raw,
    )


def keep_deliveries(*, rows: Sequence[WebhookDelivery]) -> set[UUID]:
    """Write proven deliveries down with the jobs that read them; the codes of those not known yet.

    For the public host. True afterwards for all of them, so the platforms may be told that all is
    well. Three statements and one transaction, however many came together.
    """
    columns = (
        [row.code for row in rows],
        [row.platform for row in rows],
        [row.dedupe_key for row in rows],
        [json.dumps(row.headers) for row in rows],
        [row.raw_body for row in rows],
    )
    with tenancy.public(), transaction.atomic():
        with connection.cursor() as cursor:
            cursor.execute(_KEEP, [State.RECEIVED, *columns])
            kept = {row[0] for row in cursor.fetchall()}
        if kept:
            outbox.enqueue_each(
                "integrations.route_webhook",
                payloads={str(code): {"delivery": str(code)} for code in kept},
            )
    return kept


def accept_delivery(*, platform_kind: str, headers: Mapping[str, str], raw: bytes) -> bool:
    """Prove a delivery and write it down; False for a known one. Raises WebhookRefused."""
    row = prove_delivery(platform_kind=platform_kind, headers=headers, raw=raw)
    return bool(keep_deliveries(rows=[row]))


def route_delivery(*, delivery_code: str) -> None:
    """Promise one job to every workspace that listens to an account the delivery speaks of.

    For a public job. A body that cannot be read becomes a dead letter with its reason; accounts
    that nobody listens to are noted and no error. Safe to run twice.
    """
    row = WebhookDelivery.objects.select_for_update().filter(code=delivery_code).first()
    if row is None or row.state != State.RECEIVED:
        return
    try:
        events = platform(row.platform).parse_webhook(bytes(row.raw_body))
    except (ValueError, KeyError, TypeError, AttributeError, OverflowError, OSError) as error:
        # The text of the error may hold what came from outside; its type does not.
        _settle(row, State.DEAD, f"{type(error).__name__} while reading the body")
        return
    accounts = {event.account_id for event in events}
    if not accounts:
        _settle(row, State.IGNORED)
        return
    routes = list(
        ConnectionRoute.objects.filter(
            platform=row.platform, external_id__in=accounts, workspace__is_open=True
        ).select_related("workspace")
    )
    for route in routes:
        with tenancy.enter(route.workspace):
            outbox.enqueue(
                "integrations.apply_webhook",
                key=f"{row.code}:{route.account_code}",
                delivery=str(row.code),
                account=str(route.account_code),
            )
    unknown = len(accounts - {route.external_id for route in routes})
    note = f"{unknown} of {len(accounts)} accounts are not connected here" if unknown else ""
    _settle(row, State.ROUTED if routes else State.UNROUTED, note)


def apply_delivery(*, delivery_code: str, account_code: str) -> None:
    """Look at every comment that a delivery names, as the platform has it now, and keep that.

    What the platform shows is the truth, so neither order nor repetition matters. A comment that
    is gone already is kept from the words of the event, as deleted. Raises outbox.Retry and
    outbox.Defer; when only a person can help, the account says so and the event's own words stay.
    """
    account = SocialAccount.objects.filter(code=account_code, is_import=False).first()
    if account is None or not account.has_tokens:
        return
    with tenancy.public():
        row = WebhookDelivery.objects.filter(code=delivery_code).first()
    if row is None:
        return
    events = [
        event
        for event in platform(row.platform).parse_webhook(bytes(row.raw_body))
        if event.account_id == account.external_id
    ]
    if any(event.kind == "grant_ended" for event in events):
        # Anybody may replay an old farewell: the reading meets the truth, and tells it.
        schedule.enqueue_sync(account_code=str(account.code))
    if any(event.kind == "post" for event in events):
        # The reading meets the truth about posts, too; it only must not wait for its hour.
        SyncCursor.objects.filter(account=account, stream="posts").update(passed_at=None)
        schedule.enqueue_sync(account_code=str(account.code))
    take_events(account=account, events=[event for event in events if event.is_whole])
    threads: dict[tuple[str, str], list[PlatformEvent]] = {}
    for event in events:
        if event.kind == "comment" and not event.is_whole:
            threads.setdefault((event.post_id, event.parent_id), []).append(event)
    try:
        for (post_id, parent_id), named in threads.items():
            _look_at(account, post_id, parent_id, named)
    except PlatformError as error:
        _failed(account, error, events)


@transaction.atomic
def take_events(*, account: SocialAccount, events: Sequence[PlatformEvent]) -> None:
    """Keep what events tell where the platform has nothing more to say: a chat's messages."""
    if not events:
        return
    told = [event.comment for event in events if event.comment and not event.is_removal]
    ingest_comments(account=account, items=told, observed_at=timezone.now())
    gone = [event.comment_id for event in events if event.is_removal]
    if gone:
        mark_deleted(account=account, ids=gone, asked_at=timezone.now())
    live.poke("inbox")


def replay_deliveries(*, codes: Sequence[str] | None = None) -> int:
    """Read dead and unrouted deliveries again (all of them, or those codes); how many."""
    with tenancy.public(), transaction.atomic():
        rows = WebhookDelivery.objects.exclude(state=State.RECEIVED)
        if codes is None:
            rows = rows.filter(state__in=[State.DEAD, State.UNROUTED])
        else:
            rows = rows.filter(code__in=codes)
        found = list(rows.select_for_update(skip_locked=True))
        for row in found:
            row.state, row.reason, row.handled_at = State.RECEIVED, "", None
            row.save(update_fields=["state", "reason", "handled_at"])
            _promise(row.code)
    return len(found)


def prune_deliveries() -> int:
    """Drop what was brought where it belongs; what was not is kept twice as long. How many."""
    now, days = timezone.now(), timedelta(days=settings.WEBHOOK_KEEP_DAYS)
    with tenancy.public():
        handled = WebhookDelivery.objects.filter(state__in=[State.ROUTED, State.IGNORED])
        count = handled.filter(received_at__lt=now - days).delete()[0]
        left = WebhookDelivery.objects.filter(received_at__lt=now - 2 * days)
        return count + left.delete()[0]


def _promise(code: UUID) -> None:
    outbox.enqueue("integrations.route_webhook", public=True, key=str(code), delivery=str(code))


def _settle(row: WebhookDelivery, state: str, reason: str = "") -> None:
    row.state, row.reason, row.handled_at = state, reason[:300], timezone.now()
    row.save(update_fields=["state", "reason", "handled_at"])


def _look_at(
    account: SocialAccount, post_id: str, parent_id: str, named: Sequence[PlatformEvent]
) -> None:
    adapter = platform(account.platform)
    asked_at = timezone.now()
    ids = list(dict.fromkeys(event.comment_id for event in named))
    states = Caller(account)(
        lambda access: adapter.comment_states(access, ids, post_id=post_id, parent_id=parent_id)
    )
    gone = [comment_id for comment_id, state in states.items() if state is None]
    # Its own words are all that is left of a comment that was deleted before we looked.
    words = {e.comment_id: e.comment for e in named if e.comment and e.comment_id in gone}
    with transaction.atomic():
        found = [state for state in states.values() if state is not None]
        last = [replace(comment, visibility=Visibility.DELETED) for comment in words.values()]
        ingest_comments(account=account, items=[*found, *last], observed_at=asked_at)
        mark_deleted(account=account, ids=gone, asked_at=asked_at)
        live.poke("inbox")


def _failed(account: SocialAccount, error: PlatformError, events: Sequence[PlatformEvent]) -> None:
    now = timezone.now()
    if error.kind in LATER:
        again = error.retry_at or error.reset_at or now + health.TRY_AGAIN
        raise outbox.Defer(str(error), max((again - now).total_seconds(), 1.0))
    if error.kind in PASSING:
        raise outbox.Retry(str(error))
    told = [event.comment for event in events if event.comment and not event.is_removal]
    ingest_comments(account=account, items=told, observed_at=now)
    if error.kind in {ErrorKind.AUTH_REVOKED, ErrorKind.SCOPE_MISSING}:
        health.record_failure(account=account, error=error)
