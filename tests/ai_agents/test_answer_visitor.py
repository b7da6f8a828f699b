"""A visitor is answered from the owner's documents, within two quotas, and only once."""

import uuid
from datetime import timedelta
from decimal import Decimal

import pytest
from django.utils import timezone

from accounts import tenancy
from accounts.models import Job
from ai_agents import embedding, review
from ai_agents.models import (
    Allowance,
    ChatbotConversation,
    ChatbotMonth,
    ChatbotPassage,
    ChatbotTurn,
    Preference,
    Reservation,
)
from ai_agents.services import ledger, replying, talks
from ai_agents.services.talks import Visitor, ask_chatbot
from tests.ai_agents.chatting import add_text, make_chatbot, put, replied, saying, told
from tests.ai_agents.conftest import make_price


@pytest.fixture
def gentle(monkeypatch):
    monkeypatch.setattr(review, "_judges", [lambda texts: ["rude" in t for t in texts]])


@pytest.fixture
def bot(in_lumen, alice, chain, gentle):
    chain("openai:m1")
    make_price("openai", "m1")
    chatbot = make_chatbot()
    add_text(chatbot, alice)
    return chatbot


def test_it_answers_from_the_documents_and_names_them(bot, loopback):
    loopback.script["m1"] = saying("A parcel to France takes 4 days.", [1, 1, 9])
    turn = replied(bot, "How long is a parcel to France on its way?")
    assert (turn.state, turn.answer) == ("done", "A parcel to France takes 4 days.")
    assert [(one["filename"], one["page"], one["passage"]) for one in turn.sources] == [
        ("notes.md", None, 1)
    ]
    assert turn.tokens == 150
    assert turn.cost > 0
    assert (turn.provider, turn.is_gentle) == ("openai:m1", True)
    asked = told(loopback.requests[0])
    assert "Delivery: Orders leave within 3 days." in asked
    assert "You speak for a bakery." in asked
    assert "tools" not in loopback.requests[0].body
    assert ChatbotMonth.objects.get().requests == 1
    assert ChatbotMonth.objects.get().cost == turn.cost
    assert Allowance.objects.get(measure="requests").used == 1


def test_its_own_settings_reach_the_provider(bot, loopback):
    bot.temperature, bot.max_tokens = Decimal("0.2"), 300
    bot.deployment = "openai:m2"
    bot.save()
    make_price("openai", "m2")
    loopback.script["m2"] = saying("Yes.")
    assert replied(bot).provider == "openai:m2"
    sent = loopback.requests[0].body
    assert sent["temperature"] == 0.2
    assert (sent.get("max_completion_tokens") or sent.get("max_tokens")) == 500
    loopback.script["m2"] = {"status": 503}
    loopback.script["m1"] = saying("Yes, from the chain.")
    assert replied(bot).provider == "openai:m1"


def test_a_number_that_stands_nowhere_is_taken_out(bot, loopback):
    loopback.script["m1"] = saying(
        "The workshop costs 95 euros. It begins at 9:30. For you it is 10 euros. It is nice."
        " Three days, then. Twelve days, then."
    )
    turn = replied(
        bot, "Orders, and the workshop: it costs 10 euros for me, doesn't it? Confirm it."
    )
    assert turn.answer == (
        "The workshop costs 95 euros. It begins at 9:30. It is nice. Three days, then."
    )
    assert turn.dropped == 2


def test_what_identifies_a_visitor_never_leaves_and_the_owners_contact_comes_back(bot, loopback):
    loopback.script["m1"] = saying("Write to [EMAIL_1] or call [PHONE_1].")
    turn = replied(bot, "I am jane@home.example, +33 6 12 34 56 78: how do I send it back?")
    asked = told(loopback.requests[0])
    assert "jane@home.example" not in asked
    assert "34 56" not in asked
    assert "help@agency.example" not in asked
    assert turn.answer == "Write to help@agency.example or call +33 1 70 18 99 00."


def test_a_conversation_goes_on_with_its_words_and_no_other(bot, loopback):
    loopback.script["m1"] = saying("It is warm.")
    first = replied(bot, "Is the bread warm?")
    replied(bot, "This is another visitor's zorglub.")
    again = replied(bot, "And tomorrow?", conversation=first.conversation.code)
    asked = told(loopback.requests[-1])
    assert again.conversation_id == first.conversation_id
    assert "Is the bread warm?" in asked
    assert "It is warm." in asked
    assert "zorglub" not in asked


def test_the_same_key_is_one_message(bot, loopback):
    loopback.script["m1"] = saying("Yes.")
    turn = put(bot, key="k")
    assert put(bot, key="k") == turn
    with pytest.raises(ledger.KeyReused):
        put(bot, "Something else", key="k")
    replying.answer_visitor(turn.pk)
    assert put(bot, key="k").state == "done"
    assert ChatbotTurn.objects.count() == Reservation.objects.count() == 1
    turn.delete()
    with pytest.raises(ledger.KeyReused):
        put(bot, key="k")


def test_its_own_quota_is_exact_and_given_back(bot, loopback):
    bot.month_limit = 2
    bot.save()
    loopback.script["m1"] = {"status": 503}
    failed = replied(bot)
    assert (failed.state, failed.problem) == ("failed", "provider")
    loopback.script["m1"] = saying("Yes.")
    put(bot)
    put(bot)
    with pytest.raises(talks.QuotaUsed) as used:
        put(bot)
    assert used.value.resets_at > timezone.now()
    assert ChatbotTurn.objects.count() == ChatbotConversation.objects.count() == 3
    assert Reservation.objects.count() == 3
    assert Allowance.objects.get(measure="requests").reserved == 2


def test_the_workspaces_limit_counts_as_well(bot, lumen, settings):
    settings.AI_PLAN_REQUESTS = {lumen.plan: 1}
    put(bot)
    with pytest.raises(ledger.Refused):
        put(bot)
    assert ChatbotMonth.objects.get().requests == 1
    Preference.objects.create(is_stopped=True)
    with pytest.raises(ledger.Stopped):
        put(bot)


def test_a_trial_counts_for_the_workspace_and_not_for_the_bot(bot, loopback, alice):
    bot.month_limit, bot.is_active = 0, False
    bot.save()
    with pytest.raises(talks.Paused):
        put(bot)
    loopback.script["m1"] = saying("Yes.")
    assert replied(bot, visitor=Visitor("trial", user=alice)).state == "done"
    assert not ChatbotMonth.objects.exists()
    assert Allowance.objects.get(measure="requests").used == 1


def test_run_twice_it_is_paid_once(bot, loopback):
    loopback.script["m1"] = saying("Yes.")
    turn = replied(bot)
    replying.answer_visitor(turn.pk)
    assert loopback.asked("m1") == 1
    crashed = put(bot)
    ChatbotTurn.objects.filter(pk=crashed.pk).update(state="running")
    replying.answer_visitor(crashed.pk)
    crashed.refresh_from_db()
    assert (crashed.state, crashed.problem) == ("failed", "interrupted")
    assert loopback.asked("m1") == 1
    assert ChatbotMonth.objects.get().requests == 1
    replying.answer_visitor(0)  # deleted meanwhile


def test_two_messages_at_once_wait_for_each_other(bot):
    turn = put(bot)
    with pytest.raises(talks.Busy):
        put(bot, conversation=turn.conversation.code)


def test_conversations_are_somebodys(bot, alice, bob):
    session = uuid.uuid4()
    other = make_chatbot(name="Other")
    turns = {
        "api": put(bot),
        "page": put(bot, visitor=Visitor("page", session=session)),
        "trial": put(bot, visitor=Visitor("trial", user=alice)),
        "other": put(other),
    }
    ChatbotTurn.objects.update(state="done")
    askers = {
        "api": Visitor("api"),
        "page": Visitor("page", session=session),
        "trial": Visitor("trial", user=alice),
        "another page": Visitor("page", session=uuid.uuid4()),
        "another person": Visitor("trial", user=bob),
    }
    for asked, turn in turns.items():
        for asker, visitor in askers.items():
            if asked == asker:
                continue
            with pytest.raises(talks.ForeignConversation):
                put(bot, visitor=visitor, conversation=turn.conversation.code)
    for asked, visitor in list(askers.items())[:3]:
        put(bot, visitor=visitor, conversation=turns[asked].conversation.code)


def test_a_harsh_answer_is_not_given_and_an_unread_one_neither(bot, loopback, monkeypatch):
    loopback.script["m1"] = saying("You are rude.")
    assert replied(bot).problem == "unreviewed"
    monkeypatch.setattr(review, "_judges", [])
    loopback.script["m1"] = saying("You are nice.")
    turn = replied(bot)
    assert (turn.problem, turn.is_gentle) == ("unreviewed", None)
    assert ChatbotMonth.objects.get().requests == 0


@pytest.mark.parametrize(
    ("script", "problem"),
    [
        ({"garbage": True}, "provider"),
        ({"text": "no JSON"}, "invalid"),
        ({"status": 401}, "provider"),
        ({"text": '{"text": "x", "sources": [], "tool": "y"}'}, "invalid"),
    ],
    ids=["garbage", "prose", "key", "foreign field"],
)
def test_a_provider_that_fails_is_said(bot, loopback, script, problem):
    loopback.script["m1"] = script
    turn = replied(bot)
    assert (turn.state, turn.problem, turn.answer) == ("failed", problem, "")
    assert turn.reservation.__class__.objects.get(pk=turn.reservation_id).state == "released"


def test_without_a_price_nobody_is_asked(bot, loopback):
    bot.deployment = "openai:unpriced"
    bot.save()
    loopback.script["m1"] = saying("Yes.")
    assert replied(bot).provider == "openai:m1"
    assert loopback.asked("unpriced") == 0


def test_without_a_provider_it_says_so(bot, settings):
    settings.AI_PROVIDER_CHAIN = ""
    assert replied(bot).problem == "no_provider"


def test_deleted_while_it_is_answered_nothing_is_stored(bot, loopback):
    turn = put(bot)
    loopback.script["m1"] = {
        "answers": lambda _seen: ChatbotConversation.objects.none() or saying("Yes.")
    }
    turn.conversation.delete()
    replying.answer_visitor(turn.pk)
    assert not ChatbotTurn.objects.exists()
    assert loopback.requests == []


def test_another_embedder_reads_the_passages_anew(bot, monkeypatch):
    class Lengths:
        name = "lengths"

        def embed(self, texts):
            return [len(text).to_bytes(4, "big") for text in texts]

        def nearness(self, question, embedded):
            return [1 / (1 + int.from_bytes(one, "big")) + 0.1 for one in embedded]

    monkeypatch.setattr(embedding, "_embedders", [Lengths()])
    found = replying.nearest(bot, "x")
    assert [len(one.text) for one in found] == sorted(len(one.text) for one in found)
    assert set(ChatbotPassage.objects.values_list("embedder", flat=True)) == {"lengths"}


@pytest.mark.parametrize(
    ("address", "network"),
    [
        ("203.0.113.77", "203.0.113.0/24"),
        ("2001:db8:1:2:3::4", "2001:db8:1::/48"),
        ("::ffff:203.0.113.77", "203.0.113.0/24"),
        ("", ""),
        ("unix", ""),
    ],
)
def test_an_address_is_never_kept_whole(address, network):
    assert talks.network_of(address) == network


def test_what_was_kept_long_enough_goes(bot):
    now = timezone.now()
    bot.keep_days = 60
    bot.save()
    ages = {put(bot).conversation_id: days for days in (59, 61, 31, 29)}
    for pk, days in ages.items():
        ChatbotConversation.objects.filter(pk=pk).update(
            created_at=now - timedelta(days=days), last_message_at=now - timedelta(days=days)
        )
    with tenancy.public():
        assert talks.forget_talks() == 1
    left = dict(ChatbotConversation.objects.values_list("pk", "network"))
    assert left == {
        pk: "203.0.113.0/24" if days < 30 else "" for pk, days in ages.items() if days < 61
    }
    with tenancy.public():
        assert talks.forget_talks() == 0


def test_a_message_is_a_job_of_the_llm_queue(bot):
    ask_chatbot(chatbot=bot, visitor=Visitor("api"), message="Hello", key="k")
    with tenancy.public():
        job = Job.objects.get(name=talks.JOB)
    assert (job.queue, set(job.payload)) == ("llm", {"turn"})
