"""What rules may know of comments: read alike for a new comment, a preview and a replay."""

from bisect import bisect_left
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.contrib.postgres.aggregates import ArrayAgg
from django.db.models import F, OuterRef, QuerySet, Subquery
from django.db.models.functions import Coalesce

from harassment.models import EVASIVE_FROM, DetectedSignal, Incident, ToxicityScore
from harassment.queries.counts import ask_together
from harassment.rules import Condition, Facts
from harassment.rules.facts import COUNTED_MOST
from integrations.models import Comment, ModerationAction

AuthorKey = tuple[int, str]
Beside = Mapping[str, QuerySet[Any, Any]]
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


def facts_of(comments: QuerySet[Comment, Any], asked: Iterable[Condition]) -> dict[int, Facts]:
    """The facts of those comments that have a score of their present wording, by comment.

    History is that of the moment when Aura first heard the comment, whenever this is asked; a
    decision that people take back is as if it had not been. One query, and one more only when
    one of the `asked` conditions is about an author's history.
    """
    return facts_beside(comments, asked, {})[0]


def facts_beside(
    comments: QuerySet[Comment, Any], asked: Iterable[Condition], beside: Beside
) -> tuple[dict[int, Facts], dict[str, list[list[Any]]]]:
    """`facts_of`, and the rows of other lists that the second query brings along.

    `beside` and its rows are those of `ask_together(lists=...)`.
    """
    rows = list(
        ToxicityScore.objects.current()
        .filter(comment__in=comments, text_hash=F("comment__text_hash"), comment__is_own=False)
        .annotate(signals_found=_signals())
        .values(*_COLUMNS)
    )
    asks_history = any(condition.what in _HISTORY for condition in asked)
    found = ask_together(
        lists={**beside, **(_history_lists({_author(row) for row in rows}) if asks_history else {})}
    )
    history = _histories(found) if asks_history else {}
    facts = {row["comment_id"]: _facts(row, history.get(_author(row), _History())) for row in rows}
    return facts, found


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


def _history_lists(authors: set[AuthorKey]) -> Beside:
    named = {author for _, author in authors}
    accounts = {account_id for account_id, _ in authors}
    # The two lists alone would also pair strangers; those are never asked for.
    comments = Comment.objects.filter(
        account_id__in=accounts, author_external_id__in=named, is_own=False
    ).order_by("published_at", "pk")
    strikes = Incident.objects.filter(
        comment__account_id__in=accounts,
        comment__author_external_id__in=named,
        state=Incident.State.ACTED,
        decided_by_id__isnull=False,
        decided_at__isnull=False,
    ).order_by("decided_at")
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
    author = ("comment__account_id", "comment__author_external_id")
    return {
        "earlier": comments.values_list(
            "account_id", "author_external_id", "published_at", "pk", "first_seen_at"
        ),
        "strikes": strikes.values_list(*author, "decided_at"),
        "hidden": hidden.values_list(*author, "ended_at"),
    }


def _histories(rows: Mapping[str, Sequence[Sequence[Any]]]) -> Mapping[AuthorKey, _History]:
    found: dict[AuthorKey, _History] = defaultdict(_History)
    at = datetime.fromisoformat
    for account_id, author, published_at, pk, seen_at in rows["earlier"]:
        found[account_id, author].comments.append((at(published_at), pk, at(seen_at)))
    for account_id, author, decided_at in rows["strikes"]:
        found[account_id, author].strikes.append(at(decided_at))
    for account_id, author, ended_at in rows["hidden"]:
        found[account_id, author].hidden.append(at(ended_at))
    return found
