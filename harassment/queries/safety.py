"""The safety dashboard: what is open, what comes in, how fast people answer, what they carry."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from django.db.models import (
    Aggregate,
    Count,
    DurationField,
    ExpressionWrapper,
    F,
    Min,
    OuterRef,
    Q,
    Subquery,
)
from django.db.models.functions import TruncDate
from django.utils import timezone

from accounts.models import Membership
from harassment.models import Case, Dogpile, Incident, Reveal, Severity
from integrations.models import Comment

PERIODS = (30, 90)  # days
AGES = (timedelta(days=1), timedelta(days=7), timedelta(days=30))
WAVES_SHOWN = 12
LEAST_READERS = 3
"""Fewer people's exposure is not added up: with two, each could tell the other's."""


class Percentile(Aggregate):
    """PostgreSQL's percentile_cont over a duration: a value of the data's own scale."""

    function = "PERCENTILE_CONT"
    template = "%(function)s(%(fraction)s) WITHIN GROUP (ORDER BY %(expressions)s)"
    output_field = DurationField()
    allow_distinct = False

    def __init__(self, expression: Any, fraction: float, **extra: Any) -> None:
        super().__init__(expression, fraction=fraction, **extra)


@dataclass(frozen=True, slots=True)
class OpenCases:
    """The open cases of one severity, by how long they have been open, the youngest first."""

    severity: int
    ages: tuple[int, ...]
    """Up to a day, a week, thirty days, and older."""
    overdue: int

    @property
    def total(self) -> int:
        """All of them."""
        return sum(self.ages)


@dataclass(frozen=True, slots=True)
class DayCount:
    """What came in on one day of the reader's own time zone."""

    day: date
    comments: int
    flagged: int


@dataclass(frozen=True, slots=True)
class ResponseTimes:
    """How long incidents of one severity waited: the middle one and the ninth of ten."""

    severity: int
    incidents: int
    looked: int
    decided: int
    look_half: timedelta | None
    look_most: timedelta | None
    decide_half: timedelta | None
    decide_most: timedelta | None

    @property
    def waits(self) -> tuple[timedelta | None, ...]:
        """To the first look, middle and ninth of ten; then the same to the decision."""
        return (self.look_half, self.look_most, self.decide_half, self.decide_most)


@dataclass(frozen=True, slots=True)
class TeamExposure:
    """What the people of the workspace chose to read; None for each figure that names somebody."""

    readers: int
    reveals: int | None
    each: int | None


def open_cases(membership: Membership) -> list[OpenCases]:
    """Open cases by severity, the gravest first, every severity named. One query."""
    now = timezone.now()
    edges = [now - age for age in AGES]
    rows = (
        Case.objects.visible_to(membership)
        .open()
        .order_by()
        .values("severity")
        .annotate(
            day=Count("pk", filter=Q(opened_at__gt=edges[0])),
            week=Count("pk", filter=Q(opened_at__lte=edges[0], opened_at__gt=edges[1])),
            month=Count("pk", filter=Q(opened_at__lte=edges[1], opened_at__gt=edges[2])),
            older=Count("pk", filter=Q(opened_at__lte=edges[2])),
            overdue=Count("pk", filter=Q(overdue_told_at__isnull=False)),
        )
    )
    found = {
        row["severity"]: OpenCases(
            row["severity"], (row["day"], row["week"], row["month"], row["older"]), row["overdue"]
        )
        for row in rows
    }
    return [
        found.get(severity, OpenCases(severity, (0, 0, 0, 0), 0))
        for severity in sorted(Severity.values, reverse=True)
    ]


def daily_counts(membership: Membership, days: int) -> list[DayCount]:
    """Comments and flagged ones of each of the last days, oldest first, without gaps. 2 queries."""
    today = timezone.localdate()
    first = today - timedelta(days=days - 1)
    start = timezone.localtime().replace(hour=0, minute=0, second=0, microsecond=0) - timedelta(
        days=days - 1
    )
    comments = _by_day(
        Comment.objects.visible_to(membership).filter(is_own=False, published_at__gte=start),
        "published_at",
    )
    flagged = _by_day(
        Incident.objects.visible_to(membership).filter(comment__published_at__gte=start),
        "comment__published_at",
    )
    return [
        DayCount(day, comments.get(day, 0), flagged.get(day, 0))
        for day in (first + timedelta(days=number) for number in range(days))
    ]


def _by_day(rows: Any, moment: str) -> dict[date, int]:
    counted = rows.order_by().annotate(day=TruncDate(moment)).values("day")
    return dict(counted.annotate(n=Count("pk")).values_list("day", "n"))


def response_times(membership: Membership, days: int) -> list[ResponseTimes]:
    """Waiting times of the incidents of the last days, the gravest first. One query.

    The first look is the first reveal of its comment, or the decision where nobody had to read it.
    """
    since = timezone.now() - timedelta(days=days)
    first_reveal = (
        Reveal.objects.filter(comment=OuterRef("comment"), at__gte=OuterRef("created_at"))
        .order_by()
        .values("comment")
        .annotate(first=Min("at"))
        .values("first")
    )
    waits = (
        Incident.objects.visible_to(membership)
        .filter(created_at__gte=since)
        .order_by()
        .annotate(first_reveal=Subquery(first_reveal))
        .annotate(
            look=ExpressionWrapper(
                F("first_reveal") - F("created_at"), output_field=DurationField()
            ),
            decision=ExpressionWrapper(
                F("decided_at") - F("created_at"), output_field=DurationField()
            ),
        )
    )
    rows = waits.values("severity").annotate(
        incidents=Count("pk"),
        looked=Count("look"),
        decided=Count("decision"),
        look_half=Percentile("look", 0.5),
        look_most=Percentile("look", 0.9),
        decide_half=Percentile("decision", 0.5),
        decide_most=Percentile("decision", 0.9),
    )
    return [ResponseTimes(**row) for row in sorted(rows, key=lambda row: -row["severity"])]


def team_exposure(membership: Membership, days: int) -> TeamExposure:
    """How much abuse the people of the workspace chose to read, together. One query."""
    since = timezone.now() - timedelta(days=days)
    reveals = Reveal.objects.filter(at__gte=since)
    if membership.confined_to is not None:
        reveals = reveals.filter(comment__account__owner_id=membership.confined_to)
    found = reveals.aggregate(readers=Count("user_id", distinct=True), reveals=Count("pk"))
    readers, total = found["readers"], found["reveals"]
    if 0 < readers < LEAST_READERS:
        return TeamExposure(readers, None, None)
    return TeamExposure(readers, total, round(total / readers) if readers else 0)


def recent_waves(membership: Membership) -> Sequence[Dogpile]:
    """The newest waves with their cases and accounts, newest first. One query."""
    return list(
        Dogpile.objects.visible_to(membership).select_related("account", "case")[:WAVES_SHOWN]
    )
