"""What may be asked and spent in the entered workspace, and in which period."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from decimal import Decimal

from django.conf import settings

from accounts import tenancy
from accounts.models import User
from ai_agents.models import Allowance, Preference
from ai_agents.models.ledger import ZERO

Measure = Allowance.Measure


@dataclass(frozen=True, slots=True)
class Limit:
    """One allowance as it should be now, before it is a row."""

    measure: str
    user_id: int | None
    period: str
    limit: Decimal | None

    @property
    def resets_at(self) -> datetime:
        """The end of its period."""
        return period_end(self.period)


@dataclass(frozen=True, slots=True)
class Standing:
    """How much of one limit is gone, reserved for calls under way included."""

    limit: Limit
    gone: Decimal

    @property
    def is_money(self) -> bool:
        """Whether it counts US dollars; else requests."""
        return self.limit.measure == Measure.MONEY

    @property
    def percent(self) -> int | None:
        """Whole per cents of the limit, rounded down; None without a limit."""
        if self.limit.limit is None:
            return None
        if not self.limit.limit:
            return 100
        return int(self.gone * 100 / self.limit.limit)


def month_of(moment: datetime) -> str:
    """The UTC month, as YYYY-MM."""
    return moment.astimezone(UTC).strftime("%Y-%m")


def period_end(period: str) -> datetime:
    """When a period YYYY-MM or YYYY-MM-DD is over, UTC."""
    year, month, *day = map(int, period.split("-"))
    if day:
        return datetime(year, month, day[0], tzinfo=UTC) + timedelta(days=1)
    return datetime(year + month // 12, month % 12 + 1, 1, tzinfo=UTC)


def preference_of_workspace() -> Preference:
    """How the entered workspace uses agents: the row, or what holds before there is one."""
    return Preference.objects.first() or Preference()


def limits_of(preference: Preference, user: User | None, moment: datetime) -> list[Limit]:
    """What holds for this person at that moment, in locking order. No query."""
    month, day = month_of(moment), moment.astimezone(UTC).strftime("%Y-%m-%d")
    of_plan: int | None = settings.AI_PLAN_REQUESTS[tenancy.current_workspace().plan]
    found = [Limit(Measure.REQUESTS, None, month, None if of_plan is None else Decimal(of_plan))]
    if user is not None and preference.person_requests is not None:
        found.append(Limit(Measure.REQUESTS, user.pk, month, Decimal(preference.person_requests)))
    return [*found, Limit(Measure.MONEY, None, day, preference.day_limit)]


def standings_of(preference: Preference, user: User, moment: datetime) -> list[Standing]:
    """The person's limits with what is gone of each. One query."""
    limits = limits_of(preference, user, moment)
    rows = Allowance.objects.filter(period__in={limit.period for limit in limits})
    gone = {(row.measure, row.user_id, row.period): row.used + row.reserved for row in rows}
    return [
        Standing(limit, gone.get((limit.measure, limit.user_id, limit.period), ZERO))
        for limit in limits
    ]
