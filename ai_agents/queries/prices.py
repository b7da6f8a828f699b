"""Questions about models and what they cost."""

from datetime import UTC, datetime

from ai_agents.catalogue.models import AIModel, ModelPrice


def model_named(provider: str, name: str) -> AIModel | None:
    """The catalogue's row, if it has one."""
    providers = _listed_under(provider)
    rows = {row.provider: row for row in AIModel.objects.filter(provider__in=providers, name=name)}
    return next((rows[one] for one in providers if one in rows), None)


def price_of(provider: str, name: str) -> ModelPrice | None:
    """The price of today, or None: then that model may not be asked.

    Providers add a date or a build to the name in their answers (`gpt-6-luna-2026-10-01`): the
    longest listed name that begins it counts.
    """
    today = datetime.now(UTC).date()
    prices = ModelPrice.objects.filter(
        model__provider__in=_listed_under(provider), valid_from__lte=today
    )
    matching = [
        price
        for price in prices.select_related("model").order_by("-valid_from")
        if name == price.model.name or name.startswith(f"{price.model.name}-")
    ]
    return max(
        matching,
        key=lambda price: (
            len(price.model.name),
            price.model.provider == provider,
            price.valid_from,
        ),
        default=None,
    )


def _listed_under(provider: str) -> list[str]:
    """Azure serves OpenAI's models, which need not be listed twice."""
    return [provider, "openai"] if provider == "azure" else [provider]
