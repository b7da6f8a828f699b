"""The chain over real HTTP: who is asked, who is left alone, and what each answer costs."""

import logging
import time
from datetime import UTC, date, datetime
from decimal import Decimal

import pytest
from asgiref.sync import async_to_sync
from pydantic_ai import Agent
from pydantic_ai.exceptions import ContentFilterError, FallbackExceptionGroup, ModelAPIError

from accounts import tenancy
from ai_agents.catalogue.models import AIModel, CostDay
from ai_agents.models import Allowance, Preference, Usage
from ai_agents.providers import breaker
from ai_agents.providers.chain import Call, NoProvider, entries_for, open_chain
from ai_agents.services import ledger
from tests.ai_agents.conftest import make_price
from tests.ai_agents.loopback import ANSWER, USAGE

COST = (Decimal(100) + Decimal(20) / 4 + Decimal(30) * 4) / 1_000_000
"""100 fresh input tokens, 20 cached, 30 of output, at a dollar, a quarter and four a million."""
ERROR_429 = {
    "error": {
        "code": 429,
        "message": "slow down",
        "status": "RESOURCE_EXHAUSTED",
        "details": [{"@type": "type.googleapis.com/google.rpc.RetryInfo", "retryDelay": "77s"}],
    }
}
WRONG_KEY = {
    "error": {
        "code": 400,
        "message": "API key not valid.",
        "status": "INVALID_ARGUMENT",
        "details": [
            {"@type": "type.googleapis.com/google.rpc.ErrorInfo", "reason": "API_KEY_INVALID"}
        ],
    }
}


@pytest.fixture(autouse=True)
def _prices(in_lumen):
    make_price("gemini", "g1")
    make_price("gemini", "g2")
    make_price("azure", "deployed-blue")
    make_price("azure", "deployed-green")
    make_price("openai", "o1")
    make_price("anthropic", "claude-1")
    make_price("local", "qwen", "0")


def ask(user, *, key="k", text="When should I post?", settle=True, **options):
    """One question through the chain; the answer's text and the rows it left."""
    reservation, _ = ledger.reserve(
        user=user, agent="content", operation="caption", key=key, request_hash="h"
    )
    call = Call(reservation, options.pop("seconds", 20), **options)

    async def run():
        async with open_chain(call) as model:
            return await Agent(model).run(text)

    answered = False
    try:
        result = async_to_sync(run)()
        answered = True
    finally:
        if settle:
            ledger.settle(reservation, answered=answered)
    return result.output, list(Usage.objects.filter(reservation=reservation).order_by("attempt"))


@pytest.mark.parametrize(
    ("entry", "model", "path", "header"),
    [
        ("gemini:g1", "g1", "/v1beta/models/g1:generateContent", "x-goog-api-key"),
        ("azure:blue", "deployed-blue", "/openai/deployments/deployed-blue/chat/", "api-key"),
        ("openai:o1", "o1", "/v1/chat/completions", "authorization"),
        ("anthropic:claude-1", "claude-1", "/v1/messages", "authorization"),
    ],
)
def test_each_provider_is_asked_its_own_way_and_costs_the_same(
    chain, alice, entry, model, path, header
):
    loopback = chain(entry)
    text, (used,) = ask(alice)
    assert text == ANSWER
    seen = loopback.requests[0]
    assert path in seen.path
    assert "key-of-" in seen.headers[header]
    assert (used.provider, used.deployment, used.model) == (entry.split(":")[0], entry, model)
    counts = (used.input_tokens, used.cached_tokens, used.output_tokens)
    assert counts == (USAGE["input"], USAGE["cached"], USAGE["output"])
    assert (used.cost, used.outcome, used.is_estimated) == (COST, "ok", False)
    assert Allowance.objects.get(measure="money").used == COST
    with tenancy.public():
        assert [one.cost for one in CostDay.objects.all()] == [COST]


def test_azure_names_the_version_of_its_interface(chain, alice):
    loopback = chain("azure:green")
    ask(alice)
    assert "api-version=2024-08-01-preview" in loopback.requests[0].path


def test_a_local_model_costs_nothing_and_is_counted(chain, alice):
    chain("local:qwen")
    _, (used,) = ask(alice)
    assert (used.cost, used.output_tokens, used.is_estimated) == (0, 30, False)


def test_the_next_one_answers_when_the_first_is_down(chain, alice):
    loopback = chain("gemini:g1, azure:blue, azure:green")
    loopback.script = {"g1": {"status": 503}, "deployed-blue": {"status": 503}}
    text, (used,) = ask(alice)
    assert (text, used.deployment, used.attempt) == (ANSWER, "azure:green", 3)
    assert [one.model for one in loopback.requests] == ["g1", "deployed-blue", "deployed-green"]


def test_a_dead_provider_is_asked_three_times_and_then_left_alone(chain, alice):
    loopback = chain("gemini:g1, openai:o1")
    loopback.script = {"g1": {"status": 500}}
    for number in range(8):
        ask(alice, key=str(number))
    assert (loopback.asked("g1"), loopback.asked("o1")) == (3, 8)
    assert breaker.circuit_of("gemini:g1").kind == "open"


def test_after_the_wait_one_probe_decides(chain, alice, settings):
    loopback = chain("gemini:g1, openai:o1")
    settings.AI_BREAKER_OPEN_SECONDS = 0.05
    loopback.script = {"g1": {"status": 500}}
    for number in range(3):
        ask(alice, key=str(number))
    first = breaker.circuit_of("gemini:g1")
    time.sleep(first.wait)
    assert [breaker.may_ask("gemini:g1") for _ in range(3)] == [True, False, False]
    breaker.failed("gemini:g1", reason="again")
    assert breaker.circuit_of("gemini:g1").wait > first.wait
    time.sleep(breaker.circuit_of("gemini:g1").wait)
    loopback.script = {}
    _, (used,) = ask(alice, key="probe")
    assert used.deployment == "gemini:g1"
    assert breaker.circuit_of("gemini:g1").kind == "closed"


def test_a_wait_that_the_provider_names_is_kept(chain, alice):
    loopback = chain("gemini:g1, openai:o1")
    loopback.script = {"g1": {"status": 429, "error": ERROR_429}}
    ask(alice)
    circuit = breaker.circuit_of("gemini:g1")
    assert 77 <= circuit.wait < 77 * 1.11
    loopback.script = {"o1": {"status": 429, "headers": {"Retry-After": "120"}}}
    with pytest.raises(FallbackExceptionGroup):
        ask(alice, key="2")
    assert breaker.circuit_of("openai:o1").wait >= 120


@pytest.mark.parametrize(
    "plan",
    [
        {"status": 400, "error": WRONG_KEY},
        {"status": 404, "error": {"error": {"code": 404, "status": "NOT_FOUND"}}},
        {"status": 403},
    ],
)
def test_what_asking_again_cannot_mend_opens_for_an_hour(chain, alice, plan, caplog):
    loopback = chain("gemini:g1, openai:o1")
    loopback.script = {"g1": plan}
    with caplog.at_level(logging.ERROR):
        _, (used,) = ask(alice)
    assert used.deployment == "openai:o1"
    assert breaker.circuit_of("gemini:g1").wait == 3600
    assert "gemini:g1 is not asked for an hour" in caplog.text
    assert "key-of-" not in caplog.text


def test_our_own_mistake_is_not_shopped_around(chain, alice):
    loopback = chain("openai:o1, azure:blue")
    error = {"error": {"message": "bad field", "type": "invalid_request_error"}}
    loopback.script = {"o1": {"status": 400, "error": error}}
    with pytest.raises(ModelAPIError):
        ask(alice)
    assert loopback.asked("deployed-blue") == 0
    assert breaker.circuit_of("openai:o1").kind == "closed"
    assert Allowance.objects.get(measure="requests").used == 0


@pytest.mark.parametrize("plan", [{"blocked_prompt": True}, {"blocked_answer": True}])
def test_a_filter_has_the_last_word(chain, alice, plan):
    loopback = chain("gemini:g1, openai:o1")
    loopback.script = {"g1": plan}
    with pytest.raises(ContentFilterError):
        ask(alice)
    assert loopback.asked("o1") == 0
    assert breaker.circuit_of("gemini:g1").kind == "closed"
    assert Allowance.objects.get(measure="requests").used == 0


def test_garbage_and_silence_are_failures(chain, alice, settings):
    settings.AI_ATTEMPT_SECONDS = 1.0
    loopback = chain("openai:o1, azure:blue, azure:green")
    loopback.script = {"o1": {"garbage": True}, "deployed-blue": {"slow_s": 3}}
    text, (used,) = ask(alice)
    assert (text, used.deployment) == (ANSWER, "azure:green")


def test_no_time_left_asks_nobody(chain, alice):
    loopback = chain("gemini:g1, openai:o1")
    with pytest.raises(FallbackExceptionGroup):
        ask(alice, seconds=0.5)
    assert loopback.requests == []


def test_a_dearer_second_model_does_not_slip_past_the_ceiling(chain, alice):
    loopback = chain("gemini:g1, openai:dear")
    make_price("openai", "dear", "900")
    Preference.objects.create(day_limit=Decimal("0.05"))
    loopback.script = {"g1": {"status": 503}}
    with pytest.raises(ledger.Refused):
        ask(alice)
    assert loopback.asked("dear") == 0
    assert Allowance.objects.get(measure="money").used == 0


def test_a_model_without_a_price_is_not_asked(chain, alice, caplog):
    loopback = chain("openai:unheard-of, gemini:g1")
    _, (used,) = ask(alice)
    assert used.deployment == "gemini:g1"
    assert loopback.asked("unheard-of") == 0
    assert "openai:unheard-of has no price" in caplog.text


def test_a_dated_name_in_the_answer_has_its_model_s_price(chain, alice):
    loopback = chain("openai:o1")
    loopback.script = {"o1": {"as": "o1-2026-10-01"}}
    _, (used,) = ask(alice)
    assert (used.model, used.cost, used.is_estimated) == ("o1-2026-10-01", COST, False)


def test_an_answer_under_a_foreign_name_is_priced_as_asked_and_says_so(chain, alice, caplog):
    loopback = chain("openai:o1")
    loopback.script = {"o1": {"as": "somebody-else"}}
    _, (used,) = ask(alice)
    assert (used.cost, used.is_estimated) == (COST, True)
    assert "which has no price" in caplog.text


def test_an_answer_without_a_count_is_estimated(chain, alice):
    loopback = chain("openai:o1")
    loopback.script = {"o1": {"no_usage": True}}
    _, (used,) = ask(alice)
    assert (used.is_estimated, used.output_tokens) == (True, len(ANSWER) // 4)


def test_a_retired_model_s_successor_is_asked(chain, alice, caplog):
    loopback = chain("gemini:g1")
    with tenancy.public():
        AIModel.objects.filter(name="g1").update(retires_on=date(2026, 1, 1), successor="g2")
    ask(alice)
    assert (loopback.asked("g1"), loopback.asked("g2")) == (0, 1)
    assert "g1 retired on 2026-01-01" in caplog.text


def test_other_people_s_words_stay_here_unless_a_person_agreed(chain, alice):
    loopback = chain("gemini:g1, local:qwen")
    _, (used,) = ask(alice, has_comments=True)
    assert used.deployment == "local:qwen"
    assert loopback.asked("g1") == 0
    Preference.objects.create(sends_comments=True)
    _, (used,) = ask(alice, key="2", has_comments=True)
    assert used.deployment == "gemini:g1"


def test_without_any_key_nobody_is_asked(alice, settings):
    settings.AI_PROVIDER_CHAIN = "gemini:g1, azure:blue, local:qwen"
    with pytest.raises(NoProvider):
        ask(alice)
    assert Allowance.objects.get(measure="requests").used == 0


def test_stopped_means_stopped(chain, alice):
    loopback = chain("gemini:g1")
    reservation, _ = ledger.reserve(
        user=alice, agent="content", operation="caption", key="k", request_hash="h"
    )
    Preference.objects.create(is_stopped=True)
    with pytest.raises(ledger.Stopped):
        entries_for(Call(reservation, 5))
    assert loopback.requests == []


def stream(user, *, key="s"):
    reservation, _ = ledger.reserve(
        user=user, agent="content", operation="chat", key=key, request_hash="h"
    )
    pieces = []

    async def run():
        async with (
            open_chain(Call(reservation, 20)) as model,
            Agent(model).run_stream("Hello?") as result,
        ):
            async for piece in result.stream_text(delta=True, debounce_by=None):
                pieces.append(piece)  # noqa: PERF401 - what came before a cut is looked at

    try:
        async_to_sync(run)()
    finally:
        ledger.settle(reservation, answered=bool(pieces))
        found = list(Usage.objects.filter(reservation=reservation).order_by("attempt"))
    return pieces, found


@pytest.mark.parametrize("entry", ["gemini:g1", "openai:o1"])
def test_a_stream_arrives_in_pieces_and_is_booked_whole(chain, alice, entry):
    chain(entry)
    pieces, (used,) = stream(alice)
    assert "".join(pieces) == ANSWER
    assert len(pieces) == 3
    assert (used.cost, used.outcome) == (COST, "ok")


def test_a_stream_that_cannot_begin_begins_elsewhere(chain, alice):
    loopback = chain("gemini:g1, openai:o1")
    loopback.script = {"g1": {"status": 503}}
    pieces, (used,) = stream(alice)
    assert ("".join(pieces), used.deployment) == (ANSWER, "openai:o1")


def test_a_stream_that_is_cut_is_booked_as_far_as_it_came(chain, alice):
    loopback = chain("gemini:g1")
    loopback.script = {"g1": {"cut_after": 2}}
    pieces, found = stream(alice)
    assert "".join(pieces) == "Post at"
    assert [one.deployment for one in found] == ["gemini:g1"]
    assert found[0].is_estimated


def test_time_is_utc_and_nothing_of_the_question_is_kept(chain, alice):
    chain("gemini:g1")
    _, (used,) = ask(alice, text="a very private question")
    fields = {name: str(value) for name, value in vars(used).items()}
    assert not any("private" in value for value in fields.values())
    assert used.month == datetime.now(UTC).strftime("%Y-%m")
