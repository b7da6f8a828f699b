"""When each account is read again: spread in time, one promise per account."""

import random
from datetime import datetime, timedelta

from django.conf import settings
from django.db import transaction
from django.utils import timezone

from accounts import outbox, tenancy
from integrations.routing.models import ConnectionRoute

JOB = "integrations.sync_account"
BATCH = 200  # accounts one beat may start


def next_sync_at(platform_kind: str) -> datetime:
    """One interval of the platform from now, ±20 %, so that no two accounts keep step."""
    usual = settings.SYNC_SLOW_SECONDS.get(platform_kind, settings.SYNC_INTERVAL_SECONDS)
    seconds = usual * random.uniform(0.8, 1.2)  # noqa: S311
    return timezone.now() + timedelta(seconds=seconds)


def enqueue_sync(*, account_code: str) -> bool:
    """Promise a reading in the entered workspace; False when one is promised already."""
    return outbox.enqueue(JOB, key=account_code, account=account_code)


def dispatch_due_syncs() -> int:
    """Promise a reading for every account that is due, in its own workspace; how many.

    For public code. Two beats at once share the rows and never take the same one. An account
    whose last job still runs or waits keeps that one.
    """
    started = 0
    with tenancy.public(), transaction.atomic():
        due = list(
            ConnectionRoute.objects.select_for_update(skip_locked=True, of=("self",))
            .filter(next_sync_at__lte=timezone.now(), workspace__is_open=True)
            .select_related("workspace")
            .order_by("next_sync_at")[:BATCH]
        )
        for route in due:
            with tenancy.enter(route.workspace):
                started += enqueue_sync(account_code=str(route.account_code))
            route.next_sync_at = next_sync_at(route.platform)
        ConnectionRoute.objects.bulk_update(due, ["next_sync_at"])
    return started
