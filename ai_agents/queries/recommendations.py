"""Recommendations as people read them: words and labels in their language, made when shown."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Literal
from uuid import UUID

from django.db.models import Case, Count, Q, When
from django.http import Http404

from accounts.models import Membership
from ai_agents.insights.findings import Kind
from ai_agents.insights.history import LEAST_VIDEOS
from ai_agents.insights.words import Words, effect_words, labelled, words_of
from ai_agents.models import Recommendation
from ai_agents.models.recommendations import RecommendationQuerySet
from ai_agents.numbers import Figure
from ai_agents.queries.figures import from_data
from ai_agents.queries.histories import ripe_counts
from integrations.models import SocialAccount

State = Recommendation.State
Shelf = Literal["open", "tried", "away", "past"]

SHOWN = 40
ON_CARD = 3
# A fact has no chance and nothing to try: it comes last.
SUREST = (Case(When(chance=0, then=1), default=0), "chance", "-created_at", "pk")


@dataclass(frozen=True, slots=True)
class Told:
    """One recommendation with its words, its labelled figures and what became of it."""

    row: Recommendation
    words: Words
    figures: Sequence[Figure]
    effect: str

    @property
    def is_of_publishing(self) -> bool:
        """Whether it is something to try with the next videos."""
        return self.row.kind in {Kind.HOUR, Kind.WEEKDAY, Kind.TOPIC, Kind.RHYTHM}

    @property
    def is_of_hours(self) -> bool:
        """Whether it names hours or days, so that the reader must know whose clock it is."""
        return self.row.kind in {Kind.HOUR, Kind.WEEKDAY, Kind.DAY}


@dataclass(frozen=True, slots=True)
class Waiting:
    """What is still missing for the findings that need most: `most` videos of `needed`."""

    accounts: int
    most: int
    needed: int = LEAST_VIDEOS


def shelf_of(membership: Membership, shelf: Shelf, now: datetime) -> list[Told]:
    """The newest of one shelf, surest first where somebody has to decide. One query."""
    rows = _on(shelf, membership, now).select_related("account", "post")
    order = SUREST if shelf == "open" else ("-decided_at", "-created_at", "pk")
    return [told_of(row) for row in rows.order_by(*order)[:SHOWN]]


def shelf_counts(membership: Membership, now: datetime) -> dict[str, int]:
    """How many each shelf holds. One query."""
    found = Recommendation.objects.visible_to(membership).aggregate(
        **{shelf: Count("pk", filter=rule) for shelf, rule in _rules(now).items()}
    )
    return {shelf: found[shelf] for shelf in _rules(now)}


def on_card(membership: Membership, now: datetime) -> list[Told]:
    """The few that a card shows. One query."""
    rows = _on("open", membership, now).select_related("account", "post")
    return [told_of(row) for row in rows.order_by(*SUREST)[:ON_CARD]]


def recommendation_of(membership: Membership, code: UUID) -> Recommendation:
    """One that the person may see. Raises Http404."""
    rows = Recommendation.objects.visible_to(membership).select_related("account", "post")
    found = rows.filter(code=code).first()
    if found is None:
        raise Http404
    return found


def finding_figures(membership: Membership, code: str) -> list[Figure]:
    """The labelled figures of one that the person may see; none when it is gone. One query."""
    try:
        wanted = UUID(code)
    except ValueError:
        return []
    row = Recommendation.objects.visible_to(membership).filter(code=wanted).first()
    return labelled(from_data(row.figures)) if row else []


def told_of(row: Recommendation) -> Told:
    """A row in words. No query when its account and post were read with it."""
    figures = from_data(row.figures)
    words = words_of(Kind(row.kind), row.subject, figures, n=row.n, chance=row.chance)
    return Told(row, words, labelled(figures), effect_words(row.effect))


def waiting_for(membership: Membership, now: datetime) -> Waiting:
    """How far the person's accounts are from a first finding. Two queries."""
    accounts = list(
        SocialAccount.objects.visible_to(membership).connected().values_list("pk", flat=True)
    )
    counts = ripe_counts(accounts, now)
    return Waiting(len(accounts), max(counts.values(), default=0))


def _on(shelf: Shelf, membership: Membership, now: datetime) -> RecommendationQuerySet:
    return Recommendation.objects.visible_to(membership).filter(_rules(now)[shelf])


def _rules(now: datetime) -> dict[Shelf, Q]:
    holds, is_due = Q(ended_at=None), Q(state=State.SNOOZED, snoozed_until__lte=now)
    is_open = holds & (Q(state=State.OPEN) | is_due)
    is_tried = Q(state__in=Recommendation.TRIED)
    is_away = holds & (Q(state=State.DISMISSED) | Q(state=State.SNOOZED, snoozed_until__gt=now))
    return {
        "open": is_open,
        "tried": is_tried,
        "away": is_away,
        "past": ~is_open & ~is_tried & ~is_away,
    }
