"""What answers cost the operator, by day, workspace, provider, model and agent."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from django.db.models import F, QuerySet, Sum

from ai_agents.catalogue.models import CostDay
from ai_agents.models.ledger import ZERO

LINES = 50  # of one table; what comes after is one line
HUNDRED = Decimal(100)


@dataclass(frozen=True, slots=True)
class CostFilter:
    """Which costs: both days belong to it; an empty word asks for all."""

    since: date
    until: date
    workspace: str = ""
    provider: str = ""
    model: str = ""
    agent: str = ""

    @property
    def days(self) -> int:
        """How many days it is about."""
        return (self.until - self.since).days + 1

    @property
    def before(self) -> "CostFilter":
        """The same for as many days right before."""
        until = self.since - timedelta(days=1)
        return replace(self, since=until - timedelta(days=self.days - 1), until=until)

    def rows(self) -> QuerySet[CostDay]:
        """The rows of it, without an order."""
        wanted = {"workspace__slug": self.workspace, "provider": self.provider,
                  "model": self.model, "agent": self.agent}  # fmt: skip
        given = {name: value for name, value in wanted.items() if value}
        return CostDay.objects.filter(day__gte=self.since, day__lte=self.until, **given).order_by()


@dataclass(frozen=True, slots=True)
class CostLine:
    """One workspace, provider, model, agent or day with its sums. `key` is what a filter takes."""

    key: str
    label: str
    attempts: int
    cost: Decimal
    percent: int = 0
    """Of the whole cost, in whole per cents."""

    @property
    def each(self) -> Decimal:
        """US dollars of one call, on average."""
        return self.cost / self.attempts if self.attempts else ZERO


@dataclass(frozen=True, slots=True)
class CostPage:
    """The sums of one filter."""

    total: CostLine
    before: CostLine
    days: tuple[tuple[date, Decimal, int], ...]
    workspaces: tuple[CostLine, ...]
    providers: tuple[CostLine, ...]
    models: tuple[CostLine, ...]
    agents: tuple[CostLine, ...]

    @property
    def change(self) -> int | None:
        """Per cents more or less than in as many days before; None without a cost then."""
        if not self.before.cost:
            return None
        return round((self.total.cost - self.before.cost) * HUNDRED / self.before.cost)


def cost_page(wanted: CostFilter) -> CostPage:
    """All sums of a filter. Six queries, however many rows there are."""
    days = {row["day"]: (row["spent"], row["calls"]) for row in _sums(wanted.rows(), "day")}
    total = CostLine(
        "", "", sum(calls for _, calls in days.values()),
        sum((spent for spent, _ in days.values()), ZERO),
    )  # fmt: skip
    earlier = wanted.before.rows().aggregate(spent=Sum("cost"), calls=Sum("attempts"))
    every = (wanted.since + timedelta(days=step) for step in range(wanted.days))
    return CostPage(
        total=total,
        before=CostLine("", "", earlier["calls"] or 0, earlier["spent"] or ZERO),
        days=tuple((day, *days.get(day, (ZERO, 0))) for day in every),
        workspaces=_lines(wanted, total, "workspace__slug", "workspace__name"),
        providers=_lines(wanted, total, "provider", "provider"),
        models=_lines(wanted, total, "model", "model"),
        agents=_lines(wanted, total, "agent", "agent"),
    )


def cost_rows(wanted: CostFilter) -> Iterator[tuple[date, str, str, str, str, int, Decimal]]:
    """Its rows as stored: day, workspace, provider, model, agent, calls, cost."""
    rows = wanted.rows().order_by("day", "workspace__slug", "provider", "model", "agent")
    return rows.values_list(
        "day", "workspace__slug", "provider", "model", "agent", "attempts", "cost"
    ).iterator(chunk_size=2_000)


def _sums(rows: QuerySet[CostDay], *names: str) -> QuerySet[CostDay, dict[str, Any]]:
    grouped: QuerySet[CostDay, dict[str, Any]] = rows.values(*names).annotate(
        spent=Sum("cost"), calls=Sum("attempts")
    )
    return grouped


def _lines(wanted: CostFilter, total: CostLine, key: str, label: str) -> tuple[CostLine, ...]:
    """The dearest first; after LINES of them the rest is one line without a key."""
    rows = _sums(wanted.rows(), *dict.fromkeys([key, label])).order_by(F("spent").desc(), key)
    lines = [
        _line(total, row[key], str(row[label]), row["calls"], row["spent"]) for row in rows[:LINES]
    ]
    calls = total.attempts - sum(line.attempts for line in lines)
    if calls:
        rest = total.cost - sum((line.cost for line in lines), ZERO)
        lines.append(_line(total, "", "", calls, rest))
    return tuple(lines)


def _line(total: CostLine, key: str, label: str, attempts: int, cost: Decimal) -> CostLine:
    percent = round(cost * HUNDRED / total.cost) if total.cost else 0
    return CostLine(key, label, attempts, cost, percent)
