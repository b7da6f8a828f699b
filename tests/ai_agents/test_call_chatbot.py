"""A program asks a chatbot over HTTP: a key that opens that bot, a body that is bounded, CORS."""

import json
import uuid
from typing import Any

import pytest
from django.test import Client

from accounts import tenancy
from accounts.models import AuditEntry
from ai_agents import review
from ai_agents.models import ChatbotConversation, ChatbotKey, ChatbotTurn, Preference, Reservation
from ai_agents.services import chatbots
from tests.ai_agents.chatting import SITE, add_text, make_chatbot, saying
from tests.ai_agents.conftest import make_price

URL = "/api/v1/chatbot/chat"


class Program:
    """Speaks as an agency's server does: no cookie, no session."""

    def __init__(self, client: Client, key: str) -> None:
        self.client = client
        self.key = key

    def ask(self, body: Any = None, **headers: str) -> Any:
        """POST a message."""
        told = {"message": "How long does delivery take?"} if body is None else body
        return self.client.post(
            URL,
            told if isinstance(told, bytes) else json.dumps(told),
            content_type=headers.pop("content_type", "application/json"),
            headers={"authorization": f"Bearer {self.key}", **headers},
        )

    def look(self, url: str, **headers: str) -> Any:
        """GET an answer."""
        return self.client.get(url, headers={"authorization": f"Bearer {self.key}", **headers})


@pytest.fixture
def bot(lumen, alice, chain, monkeypatch):
    chain("openai:m1").script["m1"] = saying("A parcel to France takes 4 days.")
    monkeypatch.setattr(review, "_judges", [lambda texts: [0] * len(texts)])
    with tenancy.enter(lumen):
        make_price("openai", "m1")
        chatbot = make_chatbot()
        add_text(chatbot, alice)
    return chatbot


@pytest.fixture
def program(bot, lumen, alice, client_for):
    with tenancy.enter(lumen):
        key = chatbots.make_key(chatbot=bot, actor=alice)
    return Program(client_for(None, lumen), key)


def test_a_program_asks_waits_and_reads(program, run_jobs, lumen):
    taken = program.ask({"message": "How long to France?", "context": "Page: shop"})
    assert taken.status_code == 202
    assert taken["Retry-After"] == "1"
    told = taken.json()
    assert told["url"] == taken["Location"]
    waiting = program.look(told["url"])
    assert (waiting.status_code, waiting.json()["status"]) == (202, "pending")
    run_jobs()
    done = program.look(told["url"])
    assert done.status_code == 200
    assert done["Cache-Control"].startswith("max-age=0, no-cache, no-store")
    found = done.json()
    assert found["message"] == "A parcel to France takes 4 days."
    assert found["tokens_used"] == 150
    assert found["conversation"] == told["conversation"]
    assert found["sources"] == [{"document": "notes.md", "page": None}]
    assert "T" in found["timestamp"]
    again = program.ask({"message": "Sure?", "conversation": told["conversation"]})
    assert again.json()["conversation"] == told["conversation"]
    assert not taken.cookies
    assert not done.cookies
    with tenancy.enter(lumen):
        assert ChatbotConversation.objects.get().network == "127.0.0.0/24"
        assert ChatbotKey.objects.get().last_used_at is not None


def test_sent_twice_it_is_one_message(program, run_jobs, lumen):
    first = program.ask(**{"idempotency-key": "k"}).json()
    assert program.ask(**{"idempotency-key": "k"}).json()["id"] == first["id"]
    run_jobs()
    assert program.ask(**{"idempotency-key": "k"}).status_code == 200
    other = program.ask({"message": "Other"}, **{"idempotency-key": "k"})
    assert (other.status_code, other.json()["error"]) == (409, "idempotency")
    assert program.ask(**{"idempotency-key": "k" * 101}).status_code == 400
    with tenancy.enter(lumen):
        assert Reservation.objects.count() == 1


@pytest.mark.parametrize(
    ("body", "error"),
    [
        (b"", "size"),
        (b"\x00\xff", "json"),
        (b"[" * 9_000, "json"),
        (b"[]", "fields"),
        (b'"x"', "fields"),
        ({}, "message"),
        ({"message": ""}, "message"),
        ({"message": " \n"}, "message"),
        ({"message": 7}, "message"),
        ({"message": ["x"]}, "message"),
        ({"message": "x" * 1_001}, "message"),
        ({"message": "a\0b"}, "message"),
        (b'{"message": "\\ud800"}', "message"),
        ({"message": "x", "context": "y" * 501}, "context"),
        ({"message": "x", "context": {"a": 1}}, "context"),
        ({"message": "x", "conversation": "y"}, "conversation"),
        ({"message": "x", "system_prompt": "obey"}, "fields"),
        ({"message": "x", "model": "gpt"}, "fields"),
        ({"message": "x" * 20_000}, "size"),
    ],
    ids=range(19),
)
def test_a_wrong_body_is_said_and_costs_nothing(program, lumen, body, error):
    answer = program.ask(body)
    assert (answer.status_code, answer.json()["error"]) == (400, error)
    with tenancy.enter(lumen):
        assert not Reservation.objects.exists()


def test_another_type_and_another_method_are_refused(program):
    assert program.ask(content_type="text/plain").status_code == 400
    assert program.client.get(URL).status_code == 405
    assert program.client.put(URL).status_code == 405


@pytest.mark.parametrize("key", ["", "x", "aura_bot_", "aura_bot_" + "x" * 300, "aura_bot_\u0394"])
def test_a_wrong_key_is_401(program, key):
    program.key = key
    for answer in (program.ask(), program.look(f"{URL}/{uuid.UUID(int=1)}")):
        assert (answer.status_code, answer["WWW-Authenticate"]) == (401, "Bearer")


def test_a_key_opens_its_bot_in_its_workspace_and_nothing_else(
    program, bot, lumen, nova, alice, client_for, run_jobs
):
    with tenancy.enter(lumen):
        other = make_chatbot(name="Other")
        stranger = Program(client_for(None, lumen), chatbots.make_key(chatbot=other, actor=alice))
    told = program.ask().json()
    run_jobs()
    # Another bot's key: neither the answer nor the conversation.
    assert stranger.look(told["url"]).status_code == 404
    foreign = stranger.ask({"message": "x", "conversation": told["conversation"]})
    assert (foreign.status_code, foreign.json()["error"]) == (403, "conversation")
    # The key on another workspace's host, and as a person's sign-in.
    elsewhere = Program(client_for(None, nova), program.key)
    assert elsewhere.ask().status_code == 401
    assert elsewhere.look(told["url"]).status_code == 401
    inside = program.look(f"/ai/chatbots/{bot.code}/")
    assert (inside.status_code, inside["Location"][:11]) == (302, "/sso/start/")
    # A signed-in manager without a key is nobody here.
    assert client_for(alice, lumen).post(URL, {}, "application/json").status_code == 401


def test_rotating_and_revoking_act_at_once(program, bot, lumen, alice):
    with tenancy.enter(lumen):
        fresh = chatbots.make_key(chatbot=bot, actor=alice)
        assert fresh not in repr(list(ChatbotKey.objects.values()))
    assert program.ask().status_code == 401
    program.key = fresh
    assert program.ask().status_code == 202
    with tenancy.enter(lumen):
        assert chatbots.revoke_key(chatbot=bot, actor=alice)
        assert not chatbots.revoke_key(chatbot=bot, actor=alice)
    assert program.ask().status_code == 401
    actions = AuditEntry.objects.filter(action__startswith="ai_agents.chatbot_key.")
    assert list(actions.order_by("pk").values_list("action", flat=True)) == [
        "ai_agents.chatbot_key.created",
        "ai_agents.chatbot_key.rotated",
        "ai_agents.chatbot_key.revoked",
    ]
    assert fresh not in repr(list(actions.values()))


def test_only_allowed_websites_may_ask_from_a_browser(program, bot, lumen):
    answer = program.ask(origin=SITE)
    assert answer.status_code == 202
    assert answer["Access-Control-Allow-Origin"] == SITE
    assert "Origin" in answer["Vary"]
    assert "Access-Control-Allow-Credentials" not in answer
    for origin in ("https://evil.example", "null", f"{SITE}.evil.example", "http://agency.example"):
        refused = program.ask(origin=origin)
        assert (refused.status_code, refused.json()["error"]) == (403, "origin")
        assert "Access-Control-Allow-Origin" not in refused
        preflight = program.client.options(URL, headers={"origin": origin})
        assert preflight.status_code == 403
        assert "Access-Control-Allow-Origin" not in preflight
    preflight = program.client.options(URL, headers={"origin": SITE})
    assert preflight.status_code == 204
    assert "Authorization" in preflight["Access-Control-Allow-Headers"]
    # What is wrong can be read by the page that asked.
    assert program.ask({}, origin=SITE)["Access-Control-Allow-Origin"] == SITE
    with tenancy.enter(lumen):
        bot.is_active = False
        bot.save()
    assert program.client.options(URL, headers={"origin": SITE}).status_code == 403
    with tenancy.enter(lumen):
        assert ChatbotTurn.objects.count() == 1


def test_the_rate_is_exact(program, settings, lumen):
    settings.CHATBOT_REQUESTS_A_MINUTE = 3
    assert [program.ask().status_code for _ in range(5)] == [202, 202, 202, 429, 429]
    limited = program.ask()
    assert (limited.json()["error"], limited["Retry-After"]) == ("rate", "60")
    with tenancy.enter(lumen):
        assert ChatbotTurn.objects.count() == 3


def test_wrong_keys_are_slowed_down(program):
    program.key = "aura_bot_wrong"
    statuses = [program.ask().status_code for _ in range(22)]
    assert statuses == [401] * 20 + [429] * 2


def test_a_quota_says_when_it_begins_anew(program, bot, lumen, settings):
    with tenancy.enter(lumen):
        bot.month_limit = 1
        bot.save()
    assert program.ask().status_code == 202
    used = program.ask()
    assert (used.status_code, used.json()["error"]) == (429, "quota")
    assert 0 < int(used["Retry-After"]) <= 31 * 86_400 + 1
    settings.AI_PLAN_REQUESTS = {lumen.plan: 1}
    with tenancy.enter(lumen):
        bot.month_limit = 9
        bot.save()
    assert program.ask().json()["error"] == "quota"


def test_an_answer_that_does_not_come_is_503(program, bot, lumen, loopback, run_jobs, settings):
    loopback.script["m1"] = {"status": 503}
    told = program.ask().json()
    run_jobs()
    failed = program.look(told["url"])
    assert (failed.status_code, failed.json()["error"]) == (503, "unavailable")
    with tenancy.enter(lumen):
        Preference.objects.create(is_stopped=True)
    assert (program.ask().status_code, program.ask().json()["error"]) == (503, "paused")
    with tenancy.enter(lumen):
        Preference.objects.all().delete()
        bot.is_active = False
        bot.save()
    assert program.ask().json()["error"] == "paused"
    settings.AI_PROVIDER_CHAIN = ""
    unset = program.ask()
    assert (unset.status_code, unset.json()["error"]) == (503, "not_configured")


def test_a_message_while_one_is_answered_is_409(program):
    told = program.ask().json()
    busy = program.ask({"message": "And?", "conversation": told["conversation"]})
    assert (busy.status_code, busy.json()["error"]) == (409, "busy")
