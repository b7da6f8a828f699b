"""Fills the catalogue of models and prices; what staff wrote is never changed."""

import tomllib
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path

from django.db import transaction

from ai_agents.catalogue.models import AIModel, ModelPrice

REVIEWED = Path(__file__).parents[1] / "catalogue" / "models.toml"


@dataclass(frozen=True)
class Synced:
    """How many rows were made."""

    models: int
    prices: int


@transaction.atomic
def sync_models(
    path: Path = REVIEWED,
    *,
    model_class: type[AIModel] = AIModel,
    price_class: type[ModelPrice] = ModelPrice,
) -> Synced:
    """Make the rows that the reviewed file has and the catalogue lacks.

    The first migration passes the classes of its own time.
    """
    models = prices = 0
    for entry in tomllib.loads(path.read_text("utf-8"))["model"]:
        told = entry.pop("prices")
        names = {"provider": entry.pop("provider"), "name": entry.pop("name")}
        model, is_new = model_class.objects.get_or_create(**names, defaults=entry)
        models += is_new
        for price in told:
            numbers = {name: Decimal(price[name]) for name in ("input", "cached_input", "output")}
            _, is_new = price_class.objects.get_or_create(
                model=model,
                valid_from=price["from"],
                defaults={**numbers, "source": f"{path.name}, reviewed 2026-11-20"},
            )
            prices += is_new
    return Synced(models, prices)
