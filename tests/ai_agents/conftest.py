"""Prices, loopback providers, and a chain made of them."""

from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest

from accounts import tenancy
from accounts.models import User, Workspace
from ai_agents.catalogue.models import AIModel, ModelPrice
from integrations.models import Post, SocialAccount
from tests.ai_agents.answering import obeying
from tests.ai_agents.histories import noise, plant
from tests.ai_agents.loopback import Loopback, serve
from tests.ai_agents.memory import MODEL, Chain, Clock, answer_of
from tests.factories import make_account, make_post

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
def still_clock(monkeypatch: pytest.MonkeyPatch) -> datetime:
    """A moment that lasts: hours and weekdays of made-up histories are the same in every run."""
    moment = datetime(2026, 11, 20, 9, 30, tzinfo=UTC)
    monkeypatch.setattr("django.utils.timezone.now", lambda: moment)
    return moment


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


@pytest.fixture
def memory_clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    """A clock that stands still until it is moved; the cache's own goes on as it likes."""
    clock = Clock()
    monkeypatch.setattr("django.utils.timezone.now", clock)
    return clock


@pytest.fixture
def asked_of(chain: Chain, in_lumen: Workspace) -> Loopback:
    """A provider that answers what it is asked for, in the words of `REPORT` and the like."""
    make_price("openai", MODEL)
    found = chain(f"openai:{MODEL}")
    found.script[MODEL] = obeying(answer_of)
    return found


@pytest.fixture
def memory_video(asked_of: Loopback, memory_clock: Clock) -> Post:
    """One of ten videos, so that it has a usual."""
    account = make_account()
    posts = [
        make_post(
            account,
            view_count=1000 + number,
            published_at=memory_clock.now - timedelta(days=number),
        )
        for number in range(1, 11)
    ]
    return posts[0]


@pytest.fixture
def planted_account(in_lumen: Workspace, alice: User, still_clock: datetime) -> SocialAccount:
    """An account whose videos about food are seen more, and whose newest ones are seen less."""
    User.objects.filter(pk=alice.pk).update(timezone="Europe/Paris")
    account = make_account(display_name="Bread channel")
    about_food = noise(
        2, now=still_clock, drop=0.35, lift=lambda _, title: 3.0 if "#food" in title else 1.0
    )
    plant(about_food, account)
    return account
