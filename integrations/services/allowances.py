"""What a meter of a platform may use in a period: booked before each request, by one row."""

from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from django.db.models import F
from django.utils import timezone

from accounts import tenancy
from integrations.routing.models import MeterPeriod


@dataclass(frozen=True, slots=True)
class Meter:
    """One thing that is counted: `limit` units in each `period`."""

    platform: str
    name: str
    period: str
    limit: int


def reserve(meter: Meter, units: int) -> bool:
    """Hold units before they are used; False, and nothing held, when the limit does not cover them.

    One statement decides, so that many workers together never pass the limit. What is held and
    never settled, because a worker died, stays held: the platform may have counted it.
    """
    if units > meter.limit:
        return False
    with tenancy.public():
        _row, is_new = MeterPeriod.objects.get_or_create(**_key(meter))
        if is_new:  # older than the year before this one: of no use to anybody
            last_year = str(timezone.now().year - 1)
            MeterPeriod.objects.filter(period__lt=last_year).delete()
        room = MeterPeriod.objects.filter(
            **_key(meter), held__lte=meter.limit - units - F("used")
        ).update(held=F("held") + units)
    return bool(room)


def settle(meter: Meter, *, held: int, used: int) -> None:
    """Turn what was held into what was really used, be it more, less or nothing."""
    with tenancy.public():
        MeterPeriod.objects.filter(**_key(meter)).update(
            held=F("held") - held, used=F("used") + used
        )


def gone(meter: Meter) -> int:
    """Units that are used or held."""
    with tenancy.public():
        row = MeterPeriod.objects.filter(**_key(meter)).first()
    return row.used + row.held if row else 0


def day_in(zone: str, now: datetime | None = None) -> tuple[str, datetime]:
    """The running day of a zone as a period, and when the next one begins."""
    here = (now or timezone.now()).astimezone(ZoneInfo(zone))
    tomorrow = datetime.combine(here.date() + timedelta(days=1), time(), tzinfo=here.tzinfo)
    return here.date().isoformat(), tomorrow.astimezone(UTC)


def _key(meter: Meter) -> dict[str, Any]:
    return {"platform": meter.platform, "meter": meter.name, "period": meter.period}
