"""How each provider of the chain stands, as the operator reads it: never a key."""

from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any

from django.conf import settings
from django.db.models import Exists, OuterRef

from ai_agents.catalogue.models import AIModel, ModelPrice
from ai_agents.providers import breaker
from ai_agents.providers.entries import Entry, read_entries
from ai_agents.queries.prices import model_named, price_of


@dataclass(frozen=True, slots=True)
class ProviderLine:
    """One entry of the chain: what the environment says now, and what it said when last asked."""

    entry: Entry
    status: str
    """ok, disabled, misconfigured, error, or "" when it was not asked yet."""
    reason: str
    latency_ms: int
    circuit: str
    has_price: bool
    retires_on: date | None


def provider_lines(told: dict[str, dict[str, Any]]) -> list[ProviderLine]:
    """The chain as the environment has it at this moment; `told`: what each said when asked."""
    lines = []
    for entry in read_entries():
        said = told.get(entry.deployment, {})
        is_ready = entry.state == "ready"
        is_same = said.get("model") == entry.model  # else it was another one that answered
        row = model_named(entry.provider, entry.model) if is_ready else None
        lines.append(
            ProviderLine(
                entry=entry,
                status=(said.get("status", "") if is_same else "") if is_ready else entry.state,
                reason=said.get("reason", "") if is_ready and is_same else entry.reason,
                latency_ms=said.get("latency_ms", 0) if is_ready and is_same else 0,
                circuit=breaker.circuit_of(entry.deployment).kind,
                has_price=not is_ready or price_of(entry.provider, entry.model) is not None,
                retires_on=row.retires_on if row else None,
            )
        )
    return lines


def worrying_models() -> tuple[list[AIModel], list[AIModel]]:
    """Models of the catalogue without a price today, and those that retire soon or did."""
    today = datetime.now(UTC).date()
    soon = today + timedelta(days=settings.AI_RETIREMENT_WARNING_DAYS)
    price = ModelPrice.objects.filter(model=OuterRef("pk"), valid_from__lte=today)
    free = AIModel.objects.filter(~Exists(price))
    return list(free), list(AIModel.objects.filter(retires_on__lte=soon).order_by("retires_on"))
