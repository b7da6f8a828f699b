"""What was asked and what it cost, from the same rows that make the month's charge."""

import calendar
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

from django.db.models import Count, F, Q, QuerySet, Sum
from django.db.models.functions import TruncDate

from accounts.models import Membership
from accounts.queries import members_of
from ai_agents.models import MonthlyCharge, Question, Reservation, Usage
from ai_agents.models.ledger import ZERO, Agent

RECENT = 20
SUMS = ("requests", "calls", "read", "written", "spent")


@dataclass(frozen=True, slots=True)
class AgentLine:
    """One agent's month. Tokens count thinking as output; `cost` is exact US dollars."""

    label: str
    requests: int
    calls: int
    input_tokens: int
    output_tokens: int
    cost: Decimal


@dataclass(frozen=True, slots=True)
class PersonLine:
    """One person's month; without a name when the person has left the workspace."""

    label: str
    requests: int


@dataclass(frozen=True, slots=True)
class Month:
    """All a month holds, as the page shows it to those who manage."""

    agents: tuple[AgentLine, ...]
    people: tuple[PersonLine, ...]
    days: tuple[tuple[date, Decimal], ...]
    charged: Decimal
    recent: tuple[Usage, ...]

    @property
    def cost(self) -> Decimal:
        """The sum of all usage rows of the month."""
        return sum((line.cost for line in self.agents), ZERO)

    @property
    def requests(self) -> int:
        """Answered requests."""
        return sum(line.requests for line in self.agents)


def month_usage(membership: Membership, month: str) -> Month:
    """The month YYYY-MM. Five queries, however many rows there are."""
    used = Usage.objects.filter(month=month)
    answered = Q(reservation__state=Reservation.State.COMMITTED)
    groups = list(
        used.values("agent", user=F("reservation__user_id"))
        .annotate(
            requests=Count("reservation", distinct=True, filter=answered),
            calls=Count("pk"),
            read=Sum("input_tokens"),
            written=Sum("output_tokens"),
            spent=Sum("cost"),
        )
        .order_by()
    )
    charged = MonthlyCharge.objects.filter(month=month, is_charged=True)
    return Month(
        agents=_agents(groups),
        people=_people(membership, groups),
        days=_days(used, month),
        charged=charged.aggregate(total=Sum("total"))["total"] or ZERO,
        recent=tuple(used.order_by("-created_at", "-pk")[:RECENT]),
    )


def recall_counts(since: datetime) -> tuple[int, int]:
    """Answers that may be remembered since then, and how many of them were. One query."""
    done = Question.objects.filter(state=Question.State.DONE, finished_at__gte=since)
    found = done.exclude(memory_key="").aggregate(
        answers=Count("pk"), recalled=Count("pk", filter=Q(recalled_at__isnull=False))
    )
    return found["answers"], found["recalled"]


def first_month(now: str) -> str:
    """The first month with usage, or `now` when nothing was ever asked."""
    found = Usage.objects.order_by("month").values_list("month", flat=True).first()
    return min(found or now, now)


def _agents(groups: Sequence[Mapping[str, Any]]) -> tuple[AgentLine, ...]:
    lines = []
    for agent in Agent:
        own = [group for group in groups if group["agent"] == agent]
        if own:
            sums = [sum(group[name] for group in own) for name in SUMS]
            lines.append(AgentLine(str(agent.label), *sums))
    return tuple(sorted(lines, key=lambda line: -line.cost))


def _people(membership: Membership, groups: Sequence[Mapping[str, Any]]) -> tuple[PersonLine, ...]:
    names = {one.user_id: one.user.label for one in members_of(membership.workspace)}
    counts: Counter[int | None] = Counter()
    for group in groups:
        counts[group["user"]] += group["requests"]
    return tuple(
        PersonLine(names.get(user or 0, ""), number) for user, number in counts.most_common()
    )


def _days(used: QuerySet[Usage], month: str) -> tuple[tuple[date, Decimal], ...]:
    """The cost of each UTC day on which calls answered, up to today, days without any as zero."""
    costs = dict(
        used.annotate(day=TruncDate("created_at", tzinfo=UTC))
        .values_list("day")
        .annotate(total=Sum("cost"))
        .order_by()
    )
    year, number = map(int, month.split("-"))
    today = datetime.now(UTC).date()
    last = calendar.monthrange(year, number)[1]
    days = [date(year, number, day) for day in range(1, last + 1)]
    return tuple((day, costs.get(day, ZERO)) for day in days if day <= today)
