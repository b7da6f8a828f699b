"""Live chats in the database: whose are heard, what was said, and when nobody listened."""

import hashlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TypeVar, cast

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext_noop

from accounts import live, outbox, tenancy
from integrations.models import CoverageGap, SocialAccount, SyncCursor
from integrations.platforms import PLATFORMS, platform
from integrations.platforms.base import ErrorKind, PlatformError
from integrations.platforms.twitch import Twitch
from integrations.platforms.webhooks import PlatformEvent
from integrations.routing.models import ConnectionRoute, WebhookDelivery
from integrations.services import health, schedule
from integrations.services.credentials import Caller
from integrations.services.webhooks import take_events

T = TypeVar("T")
Status = SocialAccount.Status
State = WebhookDelivery.State

KIND = "twitch"
STREAM = "chat"  # the cursor whose watermark says until when a chat was surely heard
BATCH = 200  # frames of one transaction
SAME_GAP = timedelta(minutes=1)  # heard for less than this between two gaps: it is one gap

UNHEARD = gettext_noop("The chat was not heard then, and Twitch keeps none for later.")
_UNHEARD_STATES = {Status.RECONNECT, Status.SCOPE_MISSING, Status.DISCONNECTED}


@dataclass(frozen=True, slots=True)
class Seat:
    """A connected account in one workspace that wants to hear its chat."""

    schema: str
    account_code: str
    channel_id: str


def list_seats() -> dict[str, list[Seat]]:
    """Whose chats are to be heard now, by channel: one channel may sit in several workspaces."""
    if not PLATFORMS[KIND].is_registered:
        return {}
    with tenancy.public():
        routes = list(
            ConnectionRoute.objects.filter(platform=KIND, workspace__is_open=True).select_related(
                "workspace"
            )
        )
    codes: dict[str, list[ConnectionRoute]] = {}
    for route in routes:
        codes.setdefault(route.workspace.schema_name, []).append(route)
    seats: dict[str, list[Seat]] = {}
    for schema, found in codes.items():
        with tenancy.enter(schema):
            usable = {
                account.code
                for account in SocialAccount.objects.filter(
                    code__in=[route.account_code for route in found]
                ).exclude(status__in=_UNHEARD_STATES)
                if account.has_tokens
            }
        for route in found:
            if route.account_code in usable:
                seat = Seat(schema, str(route.account_code), route.external_id)
                seats.setdefault(route.external_id, []).append(seat)
    return seats


def ask(seat: Seat, call: Callable[[Twitch, str], T]) -> T:
    """`call(adapter, access token)` for a seat.

    Raises PlatformError; when only a person can help, the account says so first.
    """
    adapter = cast("Twitch", platform(KIND))
    with tenancy.enter(seat.schema):
        account = SocialAccount.objects.get(code=seat.account_code)
        try:
            return Caller(account)(lambda access: call(adapter, access))
        except PlatformError as error:
            if error.kind in {ErrorKind.AUTH_REVOKED, ErrorKind.SCOPE_MISSING}:
                health.record_failure(account=account, error=error)
            raise


def keep_frames(frames: Sequence[tuple[str, bytes]]) -> None:
    """Write frames down, each once by its message id, with the promise to read them.

    True afterwards, whatever happens to this process: they are rows. A frame without an id goes
    by its own bytes.
    """
    rows = [
        WebhookDelivery(
            platform=KIND, dedupe_key=(key or hashlib.sha256(raw).hexdigest())[:200], raw_body=raw
        )
        for key, raw in frames
    ]
    with tenancy.public(), transaction.atomic():
        WebhookDelivery.objects.bulk_create(rows, ignore_conflicts=True)
        outbox.enqueue("integrations.read_chat", public=True)


def begin_hearing(seats: Sequence[Seat], at: datetime) -> None:
    """From now on a chat is heard; the time since it last was is a gap that nothing can fill."""
    for seat in seats:
        with tenancy.enter(seat.schema), transaction.atomic():
            account = SocialAccount.objects.filter(code=seat.account_code).first()
            if account is None:
                continue
            row, _is_new = SyncCursor.objects.select_for_update().get_or_create(
                account=account, stream=STREAM
            )
            if row.watermark is not None and at > row.watermark:
                _record_gap(account, row.watermark, at)
            row.watermark = at
            row.save(update_fields=["watermark", "updated_at"])


def note_heard(seats: Sequence[Seat], at: datetime) -> None:
    """The chat was heard without a break until then, and all of it is written down."""
    for seat in seats:
        with tenancy.enter(seat.schema):
            SyncCursor.objects.filter(
                account__code=seat.account_code, stream=STREAM, watermark__lt=at
            ).update(watermark=at)


def read_frames() -> int:
    """Bring kept frames to the workspaces that listen to their channels; how many.

    For a public job. Oldest first, one transaction each BATCH: a frame is read exactly once,
    however often and beside whomever this runs. What cannot be read is a dead letter.
    """
    count = 0
    while True:
        with tenancy.public(), transaction.atomic():
            rows = list(
                WebhookDelivery.objects.select_for_update(skip_locked=True)
                .filter(platform=KIND, state=State.RECEIVED)
                .order_by("pk")[:BATCH]
            )
            _bring(rows)
        if not rows:
            return count
        count += len(rows)
        outbox.extend_lease()


def _bring(rows: Sequence[WebhookDelivery]) -> None:
    now = timezone.now()
    events: dict[str, list[PlatformEvent]] = {}
    found: list[tuple[WebhookDelivery, set[str]]] = []
    for row in rows:
        row.handled_at = now
        try:
            told = platform(KIND).parse_webhook(bytes(row.raw_body))
        except (ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
            # The text of the error may hold what came from outside; its type does not.
            row.state, row.reason = State.DEAD, f"{type(error).__name__} while reading the frame"
            continue
        row.state = State.ROUTED if told else State.IGNORED
        found.append((row, {event.account_id for event in told}))
        for event in told:
            events.setdefault(event.account_id, []).append(event)
    routes = list(
        ConnectionRoute.objects.filter(
            platform=KIND, external_id__in=events, workspace__is_open=True
        ).select_related("workspace")
    )
    known = {route.external_id for route in routes}
    for row, channels in found:
        if channels and not channels & known:
            row.state, row.reason = State.UNROUTED, "nobody here listens to that channel"
    for route in routes:
        with tenancy.enter(route.workspace):
            _apply(str(route.account_code), events[route.external_id])
    WebhookDelivery.objects.bulk_update(rows, ["state", "reason", "handled_at"])


def _apply(account_code: str, events: Sequence[PlatformEvent]) -> None:
    account = SocialAccount.objects.filter(code=account_code, is_import=False).first()
    if account is None or not account.has_tokens:
        return
    if any(event.kind == "grant_ended" for event in events):
        # A reading meets the truth about the grant, and tells it.
        schedule.enqueue_sync(account_code=account_code)
    take_events(account=account, events=[event for event in events if event.is_whole])


def _record_gap(account: SocialAccount, began_at: datetime, ended_at: datetime) -> None:
    """One row a silence; what begins right after another one goes on with it."""
    last = CoverageGap.objects.filter(
        account=account, reason=UNHEARD, ended_at__gt=began_at - SAME_GAP
    ).first()
    if last is not None:
        last.ended_at = last.settled_at = ended_at
        last.save(update_fields=["ended_at", "settled_at"])
    else:
        CoverageGap.objects.create(
            account=account,
            cause=CoverageGap.Cause.ABSENT,
            reason=UNHEARD,
            began_at=began_at,
            ended_at=ended_at,
            settled_at=ended_at,
        )
    live.poke("accounts")
