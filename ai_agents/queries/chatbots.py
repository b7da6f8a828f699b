"""Chatbots, their documents and their conversations, as the pages list them."""

from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal
from typing import TypeVar
from uuid import UUID

from django.db.models import Count, Model, OuterRef, Q, QuerySet, Subquery
from django.db.models.functions import Coalesce
from django.http import Http404
from django.utils import timezone

from ai_agents.catalogue.models import AIModel
from ai_agents.models import (
    Chatbot,
    ChatbotConversation,
    ChatbotDocument,
    ChatbotKey,
    ChatbotMonth,
    ChatbotTurn,
)
from ai_agents.providers.entries import read_entries
from ai_agents.queries.limits import month_of

TALKS = 30  # of one page
M = TypeVar("M", bound=Model)


@dataclass(frozen=True, slots=True)
class BotUse:
    """What visitors used of a bot this month."""

    requests: int
    limit: int
    tokens: int
    cost: Decimal

    @property
    def percent(self) -> int:
        """Whole per cents of the limit, rounded down, 100 at most."""
        return min(100, self.requests * 100 // self.limit) if self.limit else 100


@dataclass(frozen=True, slots=True)
class BotKey:
    """A usable key as pages name it: never its text."""

    hint: str
    created_at: datetime
    last_used_at: datetime | None


def chatbots_of_workspace() -> QuerySet[Chatbot]:
    """All, each with `asked` requests of this month and `documents_ready`. One query."""
    month = month_of(timezone.now())
    asked = ChatbotMonth.objects.filter(chatbot=OuterRef("pk"), month=month).values("requests")
    return Chatbot.objects.annotate(
        asked=Coalesce(Subquery(asked[:1]), 0),
        documents_ready=Count("documents", filter=Q(documents__state=ChatbotDocument.State.READY)),
    ).order_by("name", "pk")


def chatbot_of(code: UUID) -> Chatbot:
    """One of this workspace. Raises Http404."""
    return _found(Chatbot.objects.filter(code=code))


def documents_of(chatbot: Chatbot) -> list[ChatbotDocument]:
    """Its documents without their bytes, each with the number of its `pieces`."""
    return list(chatbot.documents.defer("content").annotate(pieces=Count("passages")))


def document_of(code: UUID) -> ChatbotDocument:
    """One of this workspace, with its bot and without its bytes. Raises Http404."""
    found = ChatbotDocument.objects.defer("content").select_related("chatbot")
    return _found(found.annotate(pieces=Count("passages")).filter(code=code))


def standing_of(chatbot: Chatbot) -> tuple[BotUse, BotKey | None]:
    """What it used this month, and its usable key. One query."""
    month = ChatbotMonth.objects.filter(chatbot=OuterRef("pk"), month=month_of(timezone.now()))
    key = ChatbotKey.objects.filter(chatbot=OuterRef("pk"), revoked_at=None)
    row = (
        Chatbot.objects.filter(pk=chatbot.pk)
        .annotate(
            **{name: Subquery(month.values(name)[:1]) for name in ("requests", "tokens", "cost")},
            hint=Subquery(key.values("hint")[:1]),
            made_at=Subquery(key.values("created_at")[:1]),
            used_at=Subquery(key.values("last_used_at")[:1]),
        )
        .values("requests", "tokens", "cost", "hint", "made_at", "used_at")
        .get()
    )
    cost = row["cost"] or Decimal(0)
    use = BotUse(row["requests"] or 0, chatbot.month_limit, row["tokens"] or 0, cost)
    return use, BotKey(row["hint"], row["made_at"], row["used_at"]) if row["hint"] else None


def talks_of(chatbot: Chatbot, before: datetime | None) -> list[ChatbotConversation]:
    """The newest conversations before a moment, one more than a page has; `said` messages each."""
    found = chatbot.conversations.annotate(said=Count("turns"))
    if before is not None:
        found = found.filter(last_message_at__lt=before)
    return list(found.order_by("-last_message_at", "-pk")[: TALKS + 1])


def talk_of(code: UUID) -> ChatbotConversation:
    """One conversation of this workspace with its bot. Raises Http404."""
    return _found(ChatbotConversation.objects.select_related("chatbot").filter(code=code))


def turn_of(code: UUID) -> ChatbotTurn:
    """One message with its answer. Raises Http404."""
    return _found(ChatbotTurn.objects.select_related("conversation__chatbot").filter(code=code))


def is_allowed_somewhere(origin: str) -> bool:
    """Whether any active bot of the workspace may be called from there: before a key is known."""
    return Chatbot.objects.filter(is_active=True, origins__contains=[origin]).exists()


def is_any_provider_ready() -> bool:
    """Whether a language model can be asked at all."""
    return any(entry.state == "ready" for entry in read_entries())


def deployments() -> list[tuple[str, str]]:
    """What a bot may be answered by: the chain's own entries and priced models of their providers.

    Pairs of value and label; no free text, so no model that nobody has a price for.
    """
    ready = [entry for entry in read_entries() if entry.state == "ready"]
    found = {entry.deployment: entry.deployment for entry in ready}
    providers = {entry.provider for entry in ready} - {"azure"}  # there a name is a deployment
    today = datetime.now(UTC).date()
    rows = AIModel.objects.filter(provider__in=providers, prices__valid_from__lte=today)
    for row in rows.exclude(retires_on__lte=today).distinct():
        found.setdefault(f"{row.provider}:{row.name}", f"{row.provider}:{row.name}")
    return sorted(found.items())


def _found(rows: "QuerySet[M]") -> M:
    found = rows.first()
    if found is None:
        raise Http404
    return found
