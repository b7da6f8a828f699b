"""Prices, loopback providers, and a chain made of them."""

from collections.abc import Callable, Iterator
from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from accounts import tenancy
from ai_agents.catalogue.models import AIModel, ModelPrice
from tests.ai_agents.loopback import Loopback, serve

ENVIRONMENT = (
    "GEMINI_API_KEY", "GEMINI_BASE_URL", "GOOGLE_API_KEY", "OPENAI_API_KEY", "OPENAI_BASE_URL",
    "ANTHROPIC_API_KEY", "ANTHROPIC_BASE_URL", "LOCAL_LLM_BASE_URL", "AZURE_OPENAI_API_KEY",
    "AZURE_OPENAI_ENDPOINT", "AZURE_OPENAI_DEPLOYMENT",
)  # fmt: skip


def make_price(provider: str, name: str, price: str = "1", **fields: Any) -> ModelPrice:
    """A model that costs `price` dollars a million tokens in, four times that out."""
    with tenancy.public():
        model, _ = AIModel.objects.get_or_create(provider=provider, name=name, defaults=fields)
        return ModelPrice.objects.create(
            model=model,
            valid_from=date(2026, 1, 1),
            input=Decimal(price),
            cached_input=Decimal(price) / 4,
            output=Decimal(price) * 4,
            source="test",
        )


@pytest.fixture(autouse=True)
def _no_keys(monkeypatch: pytest.MonkeyPatch) -> None:
    """What the developer's own shell holds is nobody's business here."""
    for name in ENVIRONMENT:
        monkeypatch.delenv(name, raising=False)


@pytest.fixture
def loopback() -> Iterator[Loopback]:
    """A server that speaks every provider's protocol."""
    found, server = serve()
    yield found
    server.shutdown()
    server.server_close()


@pytest.fixture
def chain(
    loopback: Loopback, monkeypatch: pytest.MonkeyPatch, settings: Any
) -> Callable[[str], Loopback]:
    """`chain("gemini:g1, azure:blue")`: all of it answered by the loopback."""

    def build(written: str) -> Loopback:
        settings.AI_PROVIDER_CHAIN = written
        for name in ("GEMINI", "OPENAI", "ANTHROPIC"):
            monkeypatch.setenv(f"{name}_API_KEY", f"key-of-{name.lower()}")
        monkeypatch.setenv("GEMINI_BASE_URL", loopback.url)
        monkeypatch.setenv("OPENAI_BASE_URL", f"{loopback.url}/v1")
        monkeypatch.setenv("ANTHROPIC_BASE_URL", loopback.url)
        monkeypatch.setenv("LOCAL_LLM_BASE_URL", f"{loopback.url}/v1")
        for slot in ("BLUE", "GREEN"):
            monkeypatch.setenv(f"AZURE_OPENAI_{slot}_API_KEY", f"key-of-{slot.lower()}")
            monkeypatch.setenv(f"AZURE_OPENAI_{slot}_ENDPOINT", loopback.url)
            monkeypatch.setenv(f"AZURE_OPENAI_{slot}_DEPLOYMENT", f"deployed-{slot.lower()}")
        return loopback

    return build
