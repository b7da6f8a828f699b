"""What rules may know of comments: read alike for a new comment, a preview and a replay."""

from bisect import bisect_left
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.contrib.postgres.aggregates import ArrayAgg
from django.db.models import F, OuterRef, QuerySet, Subquery
from django.db.models.functions import Coalesce

from harassment.models import EVASIVE_FROM, DetectedSignal, Incident, ToxicityScore
from harassment.rules import Condition, Facts
from harassment.rules.facts import COUNTED_MOST
from integrations.models import Comment, ModerationAction

AuthorKey = tuple[int, str]
Verb = ModerationAction.Verb
_HISTORY = frozenset({"earlier", "strikes", "hidden"})
_COLUMNS = (
    "comment_id", "labels", "toxicity", "severity", "language", "evasion", "comment__text_norm",
    "comment__account_id", "comment__author_external_id", "comment__published_at",
    "comment__first_seen_at", "comment__account__code", "comment__account__platform",
    "comment__account__owner_id", "comment__post__published_at", "signals_found",
)  # fmt: skip


@dataclass(frozen=True)
class _History:
    """What is known of one author on one account, each list in order of time."""

    comments: list[tuple[datetime, int, datetime]] = field(default_factory=list)
    strikes: list[datetime] = field(default_factory=list)
    hidden: list[datetime] = field(default_factory=list)

    def earlier(self, published_at: datetime, pk: int, seen_at: datetime) -> int:
        """Comments published before that Aura knew by then; one heard later changes nothing."""
        count = 0
        for _, _, known_at in self.comments[: bisect_left(self.comments, (published_at, pk))]:
            count += known_at <= seen_at
            if count == COUNTED_MOST:
                break
        return count


def facts_of(
    comments: QuerySet[Comment, Any], asked: Iterable[Condition]
) -> Iterator[tuple[int, Facts]]:
    """The facts of those comments that have a score of their present wording, by comment.

    History is that of the moment when Aura first heard the comment, whenever this is asked; a
    decision that people take back is as if it had not been. One query, and three more only when
    one of the `asked` conditions is about an author's history.
    """
    rows = list(
        ToxicityScore.objects.current()
        .filter(comment__in=comments, text_hash=F("comment__text_hash"), comment__is_own=False)
        .annotate(signals_found=_signals())
        .values(*_COLUMNS)
    )
    history: Mapping[AuthorKey, _History] = {}
    if any(condition.what in _HISTORY for condition in asked):
        history = _histories({_author(row) for row in rows})
    for row in rows:
        yield row["comment_id"], _facts(row, history.get(_author(row), _History()))


def _signals() -> Subquery:
    found = DetectedSignal.objects.filter(
        comment=OuterRef("comment"), text_hash=OuterRef("text_hash")
    )
    return Subquery(
        found.order_by()
        .values("comment")
        .annotate(kinds=ArrayAgg("kind", distinct=True))
        .values("kinds")
    )


def _author(row: Mapping[str, Any]) -> AuthorKey:
    return row["comment__account_id"], row["comment__author_external_id"]


def _facts(row: Mapping[str, Any], history: _History) -> Facts:
    published, seen = row["comment__published_at"], row["comment__first_seen_at"]
    posted = row["comment__post__published_at"]
    signals = frozenset(row["signals_found"] or ())
    return Facts(
        text=row["comment__text_norm"],
        labels=row["labels"],
        toxicity=row["toxicity"],
        severity=row["severity"],
        language=row["language"],
        signals=signals | {"disguise"} if row["evasion"] > EVASIVE_FROM else signals,
        account=str(row["comment__account__code"]),
        platform=row["comment__account__platform"],
        creator=str(row["comment__account__owner_id"] or ""),
        earlier=history.earlier(published, row["comment_id"], seen),
        strikes=_before(history.strikes, seen),
        hidden=_before(history.hidden, seen),
        post_age_h=(published - posted).total_seconds() / 3600 if posted else None,
    )


def _before(moments: Sequence[datetime], seen_at: datetime) -> int:
    return min(bisect_left(moments, seen_at), COUNTED_MOST)


def _histories(authors: set[AuthorKey]) -> dict[AuthorKey, _History]:
    found: dict[AuthorKey, _History] = defaultdict(_History)
    named = {author for _, author in authors}
    accounts = {account_id for account_id, _ in authors}
    # The two lists alone would also pair strangers; those are never asked for.
    comments = Comment.objects.filter(
        account_id__in=accounts, author_external_id__in=named, is_own=False
    )
    for account_id, author, published_at, pk, seen_at in comments.values_list(
        "account_id", "author_external_id", "published_at", "pk", "first_seen_at"
    ).order_by("published_at", "pk"):
        found[account_id, author].comments.append((published_at, pk, seen_at))
    strikes = Incident.objects.filter(
        comment__account_id__in=accounts,
        comment__author_external_id__in=named,
        state=Incident.State.ACTED,
        decided_by_id__isnull=False,
        decided_at__isnull=False,
    ).order_by("decided_at")
    for account_id, author, at in strikes.values_list(
        "comment__account_id", "comment__author_external_id", "decided_at"
    ):
        if at:
            found[account_id, author].strikes.append(at)
    hidden = (
        ModerationAction.objects.filter(
            comment__account_id__in=accounts,
            comment__author_external_id__in=named,
            verb__in=[Verb.HIDE, Verb.REJECT],
            state=ModerationAction.State.CONFIRMED,
            undoes=None,
        )
        .exclude(undone_by__state=ModerationAction.State.CONFIRMED)
        .annotate(ended_at=Coalesce("finished_at", "requested_at"))
        .order_by("ended_at")
    )
    for account_id, author, at in hidden.values_list(
        "comment__account_id", "comment__author_external_id", "ended_at"
    ):
        found[account_id, author].hidden.append(at)
    return found
