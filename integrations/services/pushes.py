"""Pushes that platforms grant by leases: asked for, proven to be ours, renewed, given back."""

import logging
from datetime import timedelta

from django.conf import settings
from django.db.models import Q
from django.urls import reverse
from django.utils import timezone

from accounts import outbox, tenancy
from integrations.platforms import PLATFORMS, platform
from integrations.platforms.base import ErrorKind, PlatformError
from integrations.platforms.webhooks import Hub, PushWish
from integrations.routing.models import ConnectionRoute, PushLease

logger = logging.getLogger(__name__)

State = PushLease.State

JOB = "integrations.keep_push"
RENEW_AHEAD = timedelta(days=1)
ASK_AGAIN = timedelta(hours=6)  # a hub that never asked back, or said no
PASSING = {ErrorKind.TRANSIENT, ErrorKind.RATE_LIMITED}
BATCH = 200  # of one beat


def promise_push(*, platform_kind: str, external_id: str) -> None:
    """See to the lease of an account that was connected or let go. For code in a workspace, too."""
    if not _can_be_reached() or not isinstance(platform(platform_kind), Hub):
        return
    with tenancy.public():
        outbox.enqueue(
            JOB,
            public=True,
            key=f"{platform_kind}:{external_id}"[:120],
            platform=platform_kind,
            account=external_id,
        )


def keep_push(*, platform_kind: str, external_id: str) -> None:
    """Ask for a lease while somebody listens to the account, give it back when nobody does.

    For a public job. Safe to run twice: asking a hub twice is the same wish.
    """
    adapter = platform(platform_kind)
    if not isinstance(adapter, Hub):
        return
    now = timezone.now()
    with tenancy.public():
        is_wanted = ConnectionRoute.objects.filter(
            platform=platform_kind, external_id=external_id, workspace__is_open=True
        ).exists()
        row = PushLease.objects.filter(platform=platform_kind, external_id=external_id).first()
        if row is None and not is_wanted:
            return
        if row is None:
            row = PushLease(platform=platform_kind, external_id=external_id)
        ends_at = row.ends_at or now
        is_held = ends_at > now
        if is_wanted and row.state == State.ACTIVE and ends_at > now + RENEW_AHEAD:
            return
        if not is_wanted and not is_held and row.state != State.ASKED:
            row.delete()
            return
        row.state, row.asked_at = State.ASKED if is_wanted else State.LEAVING, now
        row.save()  # before the question: the hub may ask back at once
    try:
        adapter.ask_push(external_id, _callback(platform_kind), is_wanted=is_wanted)
    except PlatformError as error:
        if error.kind in PASSING:
            raise outbox.Retry(str(error)) from None
        logger.warning("the hub of %s refused a lease: %s", platform_kind, error.detail)


def confirm_wish(*, platform_kind: str, wish: PushWish) -> bool:
    """Whether the hub asks back about what we really want; the lease is noted when it does.

    Anybody may call the address: only a question of ours that is open gets a yes.
    """
    now = timezone.now()
    with tenancy.public():
        row = PushLease.objects.filter(platform=platform_kind, external_id=wish.account_id).first()
        if row is None:
            return False
        if wish.is_denied:
            PushLease.objects.filter(pk=row.pk).update(state=State.DENIED, ends_at=None)
            return False
        if wish.is_wanted and row.state in {State.ASKED, State.ACTIVE}:
            row.state, row.ends_at = State.ACTIVE, now + timedelta(seconds=wish.lease_s)
            row.save(update_fields=["state", "ends_at"])
            return True
        if not wish.is_wanted and row.state == State.LEAVING:
            row.delete()
            return True
    return False


def renew_pushes() -> int:
    """Promise a look at every lease that ends soon, went unanswered or is missing; how many."""
    if not _can_be_reached():
        return 0
    now = timezone.now()
    kinds = [kind for kind in PLATFORMS if isinstance(platform(kind), Hub)]
    with tenancy.public():
        due = PushLease.objects.filter(
            Q(state=State.ACTIVE, ends_at__lt=now + RENEW_AHEAD)
            | (~Q(state=State.ACTIVE) & Q(asked_at__lt=now - ASK_AGAIN))
        ).values_list("platform", "external_id")
        held = set(PushLease.objects.values_list("platform", "external_id"))
        routes = (
            ConnectionRoute.objects.filter(platform__in=kinds, workspace__is_open=True)
            .values_list("platform", "external_id")
            .distinct()
        )
        wanted = [*due[:BATCH], *(one for one in routes if one not in held)]
    for kind, external_id in wanted[:BATCH]:
        promise_push(platform_kind=kind, external_id=external_id)
    return len(wanted[:BATCH])


def _can_be_reached() -> bool:
    # A hub on the net calls back: an address without https is one that it cannot reach.
    return bool(settings.PUBLIC_BASE_URL.startswith("https://"))


def _callback(platform_kind: str) -> str:
    path = reverse("webhook", args=[platform_kind], urlconf=settings.PUBLIC_SCHEMA_URLCONF)
    return f"{settings.PUBLIC_BASE_URL}{path}"
