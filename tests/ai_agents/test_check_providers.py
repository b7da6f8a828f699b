"""The chain as written, the smoke test, and the catalogue behind both."""

import json
from datetime import date
from decimal import Decimal
from io import StringIO

import pytest
from django.core.management import call_command

from ai_agents.catalogue.models import AIModel, ModelPrice
from ai_agents.providers.entries import read_entries
from ai_agents.queries.prices import price_of
from ai_agents.services.catalogue import sync_models
from tests.ai_agents.conftest import make_price


def smoke():
    out = StringIO()
    call_command("ai_smoke", json=True, stdout=out)
    return json.loads(out.getvalue())


def dollars(provider, name):
    price = price_of(provider, name)
    return price and price.input


def test_entries_say_why_they_cannot_be_asked():
    chain = "gemini:g1, azure:blue, azure:green, azure:red, openai:, else:x, local:a:b"
    environment = {
        "GEMINI_API_KEY": "k",
        "AZURE_OPENAI_API_KEY": "plain names fill blue",
        "AZURE_OPENAI_ENDPOINT": "http://azure.test",
        "AZURE_OPENAI_GREEN_API_KEY": "k",
        "LOCAL_LLM_BASE_URL": "http://127.0.0.1:1/v1",
    }
    found = {entry.deployment: entry for entry in read_entries(chain, environment)}
    assert [entry.state for entry in found.values()] == [
        "ready", "misconfigured", "misconfigured", "misconfigured", "misconfigured",
        "misconfigured", "ready",
    ]  # fmt: skip
    assert "AZURE_OPENAI_BLUE_DEPLOYMENT" in found["azure:blue"].reason
    assert "ENDPOINT and AZURE_OPENAI_GREEN_DEPLOYMENT" in found["azure:green"].reason
    assert found["local:a:b"].model == "a:b"
    assert "plain names" not in repr(found["azure:blue"])
    assert [entry.state for entry in read_entries(chain, {})][:3] == ["disabled"] * 3


def test_a_key_is_read_from_a_file_again_and_again(tmp_path):
    path = tmp_path / "key"
    environment = {"OPENAI_API_KEY_FILE": str(path)}
    assert read_entries("openai:o1", environment)[0].state == "disabled"
    path.write_text("first\n")
    assert read_entries("openai:o1", environment)[0].key == "first"
    path.write_text("second\n")
    assert read_entries("openai:o1", environment)[0].key == "second"


@pytest.mark.usefixtures("db")
def test_no_key_is_a_state_not_a_failure(settings):
    settings.AI_PROVIDER_CHAIN = "gemini:g1, azure:blue, local:q"
    found = smoke()
    assert found["ok"] is True
    assert {one["status"] for one in found["providers"]} == {"disabled"}


@pytest.mark.usefixtures("db")
def test_each_provider_says_what_is_the_matter(chain):
    loopback = chain("gemini:g1, openai:o1, azure:blue, azure:green, anthropic:c1")
    AIModel.objects.create(provider="gemini", name="g1", retires_on=date(2099, 1, 1))
    loopback.script = {
        "o1": {"status": 401, "error": {"error": {"message": "key-of-openai is wrong"}}},
        "deployed-blue": {"status": 404},
        "deployed-green": {"status": 500},
        "c1": {"garbage": True},
    }
    found = smoke()
    assert [one["status"] for one in found["providers"]] == [
        "ok", "misconfigured", "misconfigured", "error", "error",
    ]  # fmt: skip
    first = found["providers"][0]
    assert (first["retires_on"], first["input_tokens"]) == ("2099-01-01", 120)
    assert "key-of-" not in json.dumps(found)


@pytest.mark.usefixtures("db")
def test_the_reviewed_catalogue_becomes_rows_and_never_overrules_staff():
    AIModel.objects.all().delete()
    made = sync_models()
    assert made.models >= 8
    assert made.prices >= made.models
    AIModel.objects.filter(name="gemini-3.8-flash").update(successor="chosen-by-staff")
    ModelPrice.objects.filter(model__name="gpt-4o-mini").update(input=Decimal(9))
    assert sync_models() == type(made)(0, 0)
    assert AIModel.objects.get(name="gemini-3.8-flash").successor == "chosen-by-staff"
    assert dollars("openai", "gpt-4o-mini-2024-07-18") == 9
    assert dollars("local", "qwen2.5:7b") == 0


@pytest.mark.usefixtures("db")
def test_the_price_of_today_and_of_the_longest_name_counts():
    make_price("openai", "big", "5")
    make_price("openai", "big-mini", "1")
    ModelPrice.objects.create(
        model=AIModel.objects.get(name="big"), valid_from=date(2999, 1, 1),
        input=99, cached_input=99, output=99, source="later",
    )  # fmt: skip
    assert dollars("openai", "big-2026") == 5
    assert dollars("openai", "big-mini-2026") == 1
    assert dollars("azure", "big") == 5
    assert dollars("openai", "biggest") is None
    assert dollars("gemini", "big") is None


def test_money_is_exact():
    price = ModelPrice(input=Decimal("0.1"), cached_input=Decimal("0.01"), output=Decimal("0.5"))
    cost = price.cost(input_tokens=7, cached_tokens=3, output_tokens=1)
    assert cost == Decimal("0.00000093")
    assert price.cost(input_tokens=0, cached_tokens=5, output_tokens=0) == Decimal("0.00000005")
