"""The figures of the home page: what came in, how much of it was abuse, how fast people acted."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from statistics import median

from django.db.models import Count, DurationField, ExpressionWrapper, F, IntegerField, Q, Value
from django.db.models.functions import Cast, Extract, Floor
from django.utils import timezone

from accounts.models import Membership
from harassment.models import MASKED_FROM, UNCOVERED, Incident
from harassment.queries.counts import Figure
from harassment.queries.rows import with_judgement
from integrations.models import Comment

HOURS = 24
JUDGED_AT_LEAST = 20  # a share of fewer comments would be noise
DECIDED_DAYS = 14
DECIDED_MOST = 2_000  # decisions read for the median


@dataclass(frozen=True, slots=True)
class CommentFigures:
    """The last 24 hours beside the 24 before them. Series are per hour, oldest first."""

    total: Figure
    judged: int
    abusive: int
    total_before: int
    share: float | None  # of the judged ones, in percent; None when there are too few
    share_before: float | None
    totals: tuple[float, ...]
    shares: tuple[float | None, ...]

    @property
    def ordinary(self) -> int | None:
        """Percent of the judged comments that are not abusive, rounded down; None without any."""
        return (self.judged - self.abusive) * 100 // self.judged if self.judged else None


@dataclass(frozen=True, slots=True)
class DecisionFigures:
    """How long incidents waited for a person; medians in minutes, None without decisions."""

    minutes: float | None  # the last seven days
    minutes_before: float | None  # the seven before
    series: tuple[float | None, ...]  # one a day, oldest first


def comment_figures(membership: Membership) -> CommentFigures:
    """What came in within the last 24 hours, in one query."""
    now = timezone.now()
    age = ExpressionWrapper(Value(now) - F("published_at"), output_field=DurationField())
    hours = (
        with_judgement(
            Comment.objects.visible_to(membership).filter(
                is_own=False, published_at__gt=now - timedelta(hours=2 * HOURS),
                published_at__lte=now,
            )
        )
        .annotate(hours_ago=Cast(Floor(Extract(age, "epoch") / 3600), IntegerField()))
        .order_by()
        .values("hours_ago")
        .annotate(
            total=Count("pk"),
            # What the model cannot read it has not judged: it must not count as ordinary.
            judged=Count(
                "score_severity",
                filter=~Q(score_language=UNCOVERED) | Q(score_severity__gte=MASKED_FROM),
            ),
            abusive=Count("pk", filter=Q(score_severity__gte=MASKED_FROM)),
        )
        .values_list("hours_ago", "total", "judged", "abusive")
    )  # fmt: skip
    by_hour = {hour: (total, judged, abusive) for hour, total, judged, abusive in hours}
    recent = [by_hour.get(hour, (0, 0, 0)) for hour in range(HOURS - 1, -1, -1)]
    earlier = [by_hour.get(hour, (0, 0, 0)) for hour in range(2 * HOURS - 1, HOURS - 1, -1)]
    total, judged, abusive = (sum(column) for column in zip(*recent, strict=True))
    total_before, judged_before, abusive_before = (
        sum(column) for column in zip(*earlier, strict=True)
    )
    return CommentFigures(
        total=Figure(total),
        judged=judged,
        abusive=abusive,
        total_before=total_before,
        share=_share(abusive, judged),
        share_before=_share(abusive_before, judged_before),
        totals=tuple(float(hour[0]) for hour in recent),
        shares=tuple(hour[2] * 100 / hour[1] if hour[1] else None for hour in recent),
    )


def _share(abusive: int, judged: int) -> float | None:
    return abusive * 100 / judged if judged >= JUDGED_AT_LEAST else None


def decision_figures(membership: Membership) -> DecisionFigures:
    """How long incidents waited until a person decided, in one query."""
    now = timezone.now()
    decided = (
        Incident.objects.visible_to(membership)
        .filter(decided_at__gt=now - timedelta(days=DECIDED_DAYS))
        .order_by("-decided_at")
        .values_list("decided_at", "created_at")[:DECIDED_MOST]
    )
    by_day: dict[int, list[float]] = defaultdict(list)
    for decided_at, created_at in decided:
        if decided_at:
            by_day[(now - decided_at).days].append(_minutes(created_at, decided_at))
    half = DECIDED_DAYS // 2
    return DecisionFigures(
        minutes=_median([m for day, found in by_day.items() if day < half for m in found]),
        minutes_before=_median([m for day, found in by_day.items() if day >= half for m in found]),
        series=tuple(_median(by_day.get(day, [])) for day in range(DECIDED_DAYS - 1, -1, -1)),
    )


def _minutes(start: datetime, end: datetime) -> float:
    return max(0.0, (end - start).total_seconds() / 60)


def _median(values: Sequence[float]) -> float | None:
    return median(values) if values else None
