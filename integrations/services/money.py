"""The monthly cap on what a platform may cost: one row, booked before every question."""

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from django.conf import settings

from integrations.platforms import purse
from integrations.routing.models import MICROS, MONEY
from integrations.services import allowances
from integrations.services.allowances import Meter


@dataclass(frozen=True, slots=True)
class MonthlyPurse:
    """`Purse` of a platform; months begin in UTC, as X's bills do.

    What is held and never settled, because a worker died, counts as spent: X may have charged it.
    """

    platform: str

    def reserve(self, micros: int) -> str:
        """The receipt is the month: an answer after midnight still belongs to its question."""
        meter = _meter(self.platform)
        return meter.period if allowances.reserve(meter, micros) else ""

    def settle(self, receipt: str, *, held: int, used: int) -> None:
        """Write down what was charged."""
        meter = Meter(self.platform, MONEY, receipt, 0)
        allowances.settle(meter, held=held, used=used)

    def opens_at(self) -> datetime:
        """The first moment of the next month."""
        return purse.month()[1]


def _meter(platform_kind: str) -> Meter:
    cap = int(Decimal(str(settings.PLATFORM_MONTHLY_USD.get(platform_kind, 0))) * MICROS)
    return Meter(platform_kind, MONEY, purse.month()[0], cap)
