"""What people decided about comments: the labels that the model is measured by and learns from."""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import (
    BooleanField,
    Case,
    Count,
    DateTimeField,
    Exists,
    F,
    OuterRef,
    Q,
    QuerySet,
    Subquery,
    Value,
    When,
)
from django.db.models.functions import Coalesce

from accounts.models import Membership
from harassment.models import UNCOVERED, Incident
from harassment.queries.rows import with_judgement
from integrations.models import Comment, CommentRevision, ModerationAction

Verb = ModerationAction.Verb
State = ModerationAction.State
# An action that the platform refused or never showed did not happen: it decides nothing.
STANDING = (State.REQUESTED, State.SENT, State.CONFIRMED)
_DECIDED = Q(incident__state__in=[Incident.State.ACTED, Incident.State.DISMISSED])


@dataclass(frozen=True, slots=True)
class Verdict:
    """One wording as a person judged it."""

    text: str
    text_hash: str
    is_harmful: bool


@dataclass(frozen=True, slots=True)
class VerdictCounts:
    """How people's decisions and the model's flags met, for one language."""

    confirmed: int = 0  # flagged, and harmful for a person too
    overruled: int = 0  # flagged, and harmless for a person
    missed: int = 0  # not flagged, and harmful for a person
    shared: int = 0  # not flagged, and harmless for a person
    harmful_wordings: int = 0
    harmless_wordings: int = 0

    @property
    def decisions(self) -> int:
        """All of them."""
        return self.confirmed + self.overruled + self.missed + self.shared


def decided_comments(comments: QuerySet[Comment]) -> QuerySet[Any]:
    """Those that a person has decided about, with `is_harmful` and `verdict_at`.

    Harmful: hidden or rejected on the platform, or dealt with here, alone or with its case.
    Harmless: published, or marked as not abuse, alone or with its case. The latest of these
    counts. A comment that waits for a person again, by an undo or because the platform did not do
    what was asked, is not decided about.
    """
    undone = ModerationAction.objects.filter(undoes=OuterRef("pk"), state__in=STANDING)
    actions = ModerationAction.objects.filter(
        # Taking back what a rule did is a person's first word on the comment, not their second.
        Q(undoes=None) | Q(undoes__actor_id=None),
        ~Exists(undone),
        verb__in=[Verb.HIDE, Verb.REJECT, Verb.PUBLISH],
        state__in=STANDING,
        actor_id__isnull=False,
    )
    latest = actions.filter(comment=OuterRef("pk")).order_by("-requested_at", "-pk")
    decided = Incident.objects.filter(
        state__in=[Incident.State.ACTED, Incident.State.DISMISSED], decided_by_id__isnull=False
    )
    # A union of two short lists; one OR would read every comment there is.
    candidates = decided.values("comment_id").union(actions.values("comment_id"))
    return (
        comments.filter(pk__in=candidates, is_own=False)
        .annotate(
            verb=Subquery(latest.values("verb")[:1]),
            asked_at=Subquery(
                latest.values("requested_at")[:1], output_field=DateTimeField(null=True)
            ),
        )
        .annotate(
            is_harmful=Case(
                When(
                    Q(incident__state=Incident.State.DISMISSED)
                    & (Q(asked_at=None) | Q(incident__decided_at__gte=F("asked_at"))),
                    then=Value(False),  # noqa: FBT003
                ),
                When(verb=Verb.PUBLISH, then=Value(False)),  # noqa: FBT003
                default=Value(True),  # noqa: FBT003
                output_field=BooleanField(),
            ),
            verdict_at=Case(
                When(asked_at__gt=F("incident__decided_at"), then=F("asked_at")),
                default=Coalesce("incident__decided_at", "asked_at"),
            ),
        )
        .filter(_DECIDED | Q(incident=None, verb__isnull=False))
    )


def verdicts(*, most: int) -> list[Verdict]:
    """The newest decisions, at most that many, each wording once with the latest word on it.

    The wording is the one that was there when the person decided, also if it was edited since.
    """
    rows = list(
        decided_comments(Comment.objects.all())
        .order_by("-verdict_at", "-pk")
        .values_list("pk", "text", "text_hash", "is_harmful", "verdict_at")[:most]
    )
    earlier = _earlier_wordings(row[0] for row in rows)
    found: dict[str, Verdict] = {}
    for pk, text, text_hash, is_harmful, at in rows:
        # The first that was replaced after the decision is the one that was decided about.
        judged = next((old for old in earlier[pk] if old.seen_until > at), None)
        if judged:
            text, text_hash = judged.text, judged.text_hash  # noqa: PLW2901
        found.setdefault(text_hash, Verdict(text, text_hash, is_harmful))
    return list(found.values())


@dataclass(frozen=True, slots=True)
class _Wording:
    text: str
    text_hash: str
    seen_until: datetime


def _earlier_wordings(comment_ids: Iterable[int]) -> dict[int, list[_Wording]]:
    """The wordings that each comment had before, oldest first."""
    found: dict[int, list[_Wording]] = defaultdict(list)
    revisions = CommentRevision.objects.filter(comment_id__in=list(comment_ids))
    for pk, text, text_hash, seen_until in revisions.order_by("seen_until", "pk").values_list(
        "comment_id", "text", "text_hash", "seen_until"
    ):
        found[pk].append(_Wording(text, text_hash, seen_until))
    return found


def verdict_counts(membership: Membership) -> dict[str, VerdictCounts]:
    """By language, on the accounts that the person may see; one query.

    "und" gathers the texts in other languages and those that are not judged yet. A comment counts
    as flagged when the model made an incident of it, also one that an older model made.
    """
    rows = (
        with_judgement(decided_comments(Comment.objects.visible_to(membership)))
        .order_by()
        .annotate(is_flagged=Q(incident__isnull=False))
        .values("score_language", "is_flagged", "is_harmful")
        .annotate(total=Count("pk"), wordings=Count("text_hash", distinct=True))
    )
    found: dict[str, dict[str, int]] = defaultdict(lambda: defaultdict(int))
    for row in rows:
        cell = {
            (True, True): "confirmed",
            (True, False): "overruled",
            (False, True): "missed",
            (False, False): "shared",
        }[row["is_flagged"], row["is_harmful"]]
        counts = found[row["score_language"] or UNCOVERED]
        counts[cell] += row["total"]
        kind = "harmful_wordings" if row["is_harmful"] else "harmless_wordings"
        counts[kind] += row["wordings"]
    return {language: VerdictCounts(**counts) for language, counts in found.items()}
