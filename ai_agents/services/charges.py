"""The month's charge: rebuilt from the usage rows as often as one likes, frozen once charged."""

from datetime import timedelta
from decimal import Decimal

from django.db import transaction
from django.db.models import Sum
from django.utils import timezone

from accounts import outbox, tenancy
from ai_agents.models import MonthlyCharge, Usage
from ai_agents.models.ledger import ZERO
from ai_agents.queries.limits import month_of

JOB = "ai_agents.rebuild_charge"
LATE = timedelta(days=2)  # a call that began in a month is booked in it, at the latest by then


def promise_charges() -> int:
    """Promise every open workspace its charge of the month, and of the one just over; how many.

    For public code. A workspace that asked nothing costs one query.
    """
    now = timezone.now()
    months = sorted({month_of(now), month_of(now - LATE)})
    promised = 0
    for workspace in tenancy.open_workspaces():
        with tenancy.enter(workspace), transaction.atomic():
            used = Usage.objects.filter(month__in=months).values_list("month", flat=True)
            for month in used.order_by("month").distinct():
                promised += outbox.enqueue(JOB, key=month, month=month)
    return promised


@transaction.atomic
def rebuild_charge(month: str) -> Decimal:
    """Make the open part of a month's charge equal the usage that no charged part covers.

    Returns the total of all parts, which is the sum of the usage rows to the last decimal.
    """
    used = Usage.objects.filter(month=month).aggregate(total=Sum("cost"))["total"] or ZERO
    parts = list(MonthlyCharge.objects.select_for_update().filter(month=month).order_by("part"))
    charged = sum((one.total for one in parts if one.is_charged), ZERO)
    open_part = next((one for one in parts if not one.is_charged), None)
    if open_part is None:
        if parts and used == charged:
            return used
        open_part = MonthlyCharge(month=month, part=len(parts))
    open_part.total = used - charged
    open_part.save()
    return used


def mark_charged(month: str) -> int:
    """Freeze the open part after it was charged; returns how many rows that were (0 or 1)."""
    rebuild_charge(month)
    return MonthlyCharge.objects.filter(month=month, is_charged=False).update(
        is_charged=True, charged_at=timezone.now()
    )
