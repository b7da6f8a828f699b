"""Reserve before asking, settle once after: concurrent askers can never pass a limit together."""

import uuid
from datetime import UTC, datetime, timedelta
from decimal import Decimal

from django.conf import settings
from django.db import transaction
from django.db.models import F, Sum
from django.utils import timezone

from accounts import outbox, tenancy
from accounts.models import User
from ai_agents.catalogue.models import CostDay
from ai_agents.models import Allowance, Hold, Preference, Reservation, Usage
from ai_agents.models.ledger import ZERO
from ai_agents.queries.limits import (
    Limit,
    limits_of,
    month_of,
    period_end,
    preference_of_workspace,
)

Measure = Allowance.Measure
ONE = Decimal(1)
MARKS = (100, 80)  # per cents of a limit at which people are told, the highest first


class Refused(Exception):
    """A limit would be passed; nothing was reserved. `resets_at` is when the period ends, UTC."""

    def __init__(self, allowance: Allowance, resets_at: datetime) -> None:
        super().__init__(f"{allowance.measure} of {allowance.period} are used up.")
        self.allowance = allowance
        self.resets_at = resets_at


class Stopped(Exception):
    """A person has stopped all agents of this workspace."""


class TooLate(LookupError):
    """The reservation is settled already: whoever asks under it must stop."""


class KeyReused(Exception):
    """The same idempotency key came with another request."""


def standing_preference() -> Preference:
    """How the entered workspace uses agents. Raises Stopped when a person has stopped them all."""
    preference = preference_of_workspace()
    if preference.is_stopped:
        raise Stopped
    return preference


def reserve(
    *,
    user: User | None,
    agent: str,
    operation: str,
    key: str,
    request_hash: str,
    amount: Decimal = ZERO,
) -> tuple[Reservation, bool]:
    """Take one request and `amount` US dollars, or nothing; `cover` takes more as calls need it.

    Returns the reservation and whether it is new: a key that is known to this person gives the one
    it had, for which nothing may be asked again. Raises Refused, Stopped, or KeyReused.
    """
    now = timezone.now()
    code = _code(user, key)
    with transaction.atomic():
        reservation, is_new = Reservation.objects.get_or_create(
            pk=code,
            defaults={
                "user_id": user.pk if user else None,
                "agent": agent,
                "operation": operation,
                "request_hash": request_hash,
                "month": month_of(now),
                "expires_at": now + timedelta(seconds=settings.AI_RESERVATION_SECONDS),
            },
        )
        if not is_new:
            if reservation.request_hash != request_hash:
                raise KeyReused
            return reservation, False
        for limit in limits_of(standing_preference(), user, now):
            allowance = _row_of(limit)
            part = ONE if limit.measure == Measure.REQUESTS else amount
            if not Allowance.objects.take(allowance.pk, part):
                raise Refused(allowance, limit.resets_at)
            Hold.objects.create(reservation=reservation, allowance=allowance, amount=part)
        outbox.enqueue(
            "ai_agents.expire_reservation",
            key=str(code),
            run_at=reservation.expires_at,
            reservation=str(code),
        )
    return reservation, True


def note_unpaid(
    *, user: User, agent: str, operation: str, key: str, request_hash: str
) -> Reservation:
    """The reservation of what is answered without asking anybody: it holds and costs nothing."""
    now = timezone.now()
    return Reservation.objects.create(
        pk=_code(user, key),
        user_id=user.pk,
        agent=agent,
        operation=operation,
        request_hash=request_hash,
        state=Reservation.State.RELEASED,
        month=month_of(now),
        expires_at=now,
        settled_at=now,
    )


def _code(user: User | None, key: str) -> uuid.UUID:
    told = f"{tenancy.current_schema()}:{user.pk if user else 0}:{key}"
    return uuid.uuid5(uuid.NAMESPACE_URL, told)


def _row_of(limit: Limit) -> Allowance:
    """The allowance's row; a changed plan or preference reaches the open period here."""
    allowance, _ = Allowance.objects.get_or_create(
        measure=limit.measure,
        user_id=limit.user_id,
        period=limit.period,
        defaults={"limit": limit.limit},
    )
    if allowance.limit != limit.limit:
        Allowance.objects.filter(pk=allowance.pk).update(limit=limit.limit)
        allowance.limit = limit.limit
    return allowance


def cover(reservation: Reservation, *, amount: Decimal) -> None:
    """Before another attempt: what was spent so far and this call's worst case must be reserved.

    Raises Refused when the missing part does not fit, and TooLate.
    """
    with transaction.atomic():
        locked = Reservation.objects.select_for_update().get(pk=reservation.pk)
        if locked.state != Reservation.State.RESERVED:
            raise TooLate(f"Reservation {locked.pk} is {locked.state}.")
        wanted = _spent(locked) + amount
        for hold in _money(locked):
            if (missing := wanted - hold.amount) > 0:
                if not Allowance.objects.take(hold.allowance_id, missing):
                    raise Refused(hold.allowance, period_end(hold.allowance.period))
                Hold.objects.filter(pk=hold.pk).update(amount=wanted)


def record(usage: Usage) -> bool:
    """Store one attempt that answered; returns False when it was stored before.

    An answer that comes after its reservation was given back is spent money all the same: it is
    booked at once.
    """
    workspace = tenancy.current_workspace()
    with transaction.atomic():
        reservation = Reservation.objects.select_for_update().get(pk=usage.reservation_id)
        usage.agent, usage.month = reservation.agent, reservation.month
        known = Usage.objects.filter(reservation=reservation, attempt=usage.attempt).exists()
        if known:
            return False
        usage.save(force_insert=True)
        if reservation.state != Reservation.State.RESERVED:
            for hold in _money(reservation):
                Allowance.objects.settle(hold.allowance_id, reserved=ZERO, used=usage.cost)
                _notice_marks(hold.allowance)
        day, _ = CostDay.objects.get_or_create(
            workspace=workspace,
            day=timezone.now().astimezone(UTC).date(),
            provider=usage.provider,
            model=usage.model,
            agent=usage.agent,
        )
        CostDay.objects.filter(pk=day.pk).update(
            attempts=F("attempts") + 1, cost=F("cost") + usage.cost
        )
    return True


def settle(reservation: Reservation, *, answered: bool) -> bool:
    """Book what was used and give back the rest; returns False when that was done before.

    Not answered: the request is given back. Money that attempts cost is spent in any case.
    """
    state = Reservation.State.COMMITTED if answered else Reservation.State.RELEASED
    with transaction.atomic():
        done = Reservation.objects.filter(
            pk=reservation.pk, state=Reservation.State.RESERVED
        ).update(state=state, settled_at=timezone.now())
        if not done:
            return False
        spent = _spent(reservation)
        for hold in reservation.holds.select_related("allowance").order_by("pk"):
            requests = ONE if answered else ZERO
            used = requests if hold.allowance.measure == Measure.REQUESTS else spent
            Allowance.objects.settle(hold.allowance_id, reserved=hold.amount, used=used)
            _notice_marks(hold.allowance)
    return True


def _notice_marks(allowance: Allowance) -> None:
    """Promise to tell of a limit of the workspace that is nearly or wholly used, once a mark."""
    if allowance.user_id is not None:
        return
    row = Allowance.objects.get(pk=allowance.pk)
    if row.limit is None:
        return
    for mark in MARKS:
        if row.used * 100 >= row.limit * mark:
            fresh = Allowance.objects.filter(pk=row.pk, told_percent__lt=mark)
            if fresh.update(told_percent=mark):
                outbox.enqueue("ai_agents.tell_limit", allowance=row.pk, percent=mark)
            return


def _spent(reservation: Reservation) -> Decimal:
    total = Usage.objects.filter(reservation=reservation).aggregate(total=Sum("cost"))["total"]
    return total or ZERO


def _money(reservation: Reservation) -> list[Hold]:
    holds = reservation.holds.select_related("allowance").order_by("pk")
    return list(holds.filter(allowance__measure=Measure.MONEY))
