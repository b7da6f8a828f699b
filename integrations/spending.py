"""What a platform that charges has cost this month, as the pages and the command show it."""

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from django.conf import settings

from accounts import tenancy
from integrations.platforms import purse
from integrations.routing.models import MICROS, MONEY, MeterPeriod


@dataclass(frozen=True, slots=True)
class Spending:
    """What a platform has cost this month, of what it may, and when the next one begins."""

    cap: Decimal
    spent: Decimal
    opens_at: datetime

    @property
    def is_used_up(self) -> bool:
        """Whether not even one post could be read any more."""
        return self.cap - self.spent < Decimal("0.02")


def cap_of(platform_kind: str) -> float | None:
    """Dollars that a platform may cost in a month; None for one that charges nothing. No query."""
    cap = settings.PLATFORM_MONTHLY_USD.get(platform_kind)
    return None if cap is None else float(cap)


def spending_of(platform_kind: str) -> Spending | None:
    """The running month of a platform that charges; None for one that does not. 1 query."""
    if platform_kind not in settings.PLATFORM_MONTHLY_USD:
        return None
    period, opens_at = purse.month()
    with tenancy.public():
        row = MeterPeriod.objects.filter(platform=platform_kind, meter=MONEY, period=period).first()
    spent = Decimal(row.used + row.held if row else 0) / MICROS
    return Spending(Decimal(settings.PLATFORM_MONTHLY_USD[platform_kind]), spent, opens_at)
