"""How far judging is behind: new comments that wait, and older ones that are judged again."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db.models import Case, Count, F, Max, Min, Q, Subquery, When
from django.utils import timezone

from accounts.models import Membership
from harassment.models import Rescoring
from harassment.queries.counts import CappedCount, Figure
from harassment.queries.rows import current_score
from integrations.models import Comment

SCORING_LATE_SECONDS = 60
# Unjudged comments are looked for among the newest of this many: reading all would take seconds.
BACKLOG_WINDOW = 3_000


@dataclass(frozen=True, slots=True)
class Backlog:
    """What should have been judged by now, and what is being judged again."""

    count: CappedCount
    oldest_at: datetime | None
    total: Figure  # comments to judge again since the model changed; 0 when all are
    judged: Figure  # of them

    @property
    def left(self) -> Figure:
        """How many are still judged by an older model only."""
        return Figure(self.total - self.judged)

    @property
    def is_there(self) -> bool:
        """Whether there is something to say."""
        return bool(self.count or self.total)


def scoring_backlog(membership: Membership) -> Backlog:
    """How far scoring is behind, in one query; late is a wording after more than a minute."""
    late = timezone.now() - timedelta(seconds=SCORING_LATE_SECONDS)
    # A join and not NOT EXISTS, for which PostgreSQL would hash every score there is.
    is_late = (Q(edited_at=None) | Q(edited_at__lt=late)) & Q(first_seen_at__lt=late, is_own=False)
    again = Rescoring.objects.filter(finished_at=None, started_at__isnull=False)
    newest = (
        Comment.objects.visible_to(membership)
        .annotate(score=current_score())
        .order_by("-pk")
        .annotate(
            is_late=Case(
                When(score__text_hash=F("text_hash"), then=False),
                When(is_late, then=True),
                default=False,
            ),
            total=Subquery(again.values("total")[:1]),
            judged=Subquery(again.values("judged")[:1]),
        )[:BACKLOG_WINDOW]
    )
    found = newest.aggregate(
        count=Count("pk", filter=Q(is_late=True)),
        oldest_at=Min("first_seen_at", filter=Q(is_late=True)),
        to_judge=Max("total"),
        judged_again=Max("judged"),
    )
    return Backlog(
        count=CappedCount(found["count"]),
        oldest_at=found["oldest_at"],
        total=Figure(found["to_judge"] or 0),
        judged=Figure(found["judged_again"] or 0),
    )
