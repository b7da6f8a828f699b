"""An answer grows before its asker's eyes alone, is checked at its end, and is paid once."""

import json
import threading
import uuid
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from asgiref.sync import async_to_sync, sync_to_async
from django.utils import timezone

from accounts import live, tenancy
from accounts.models import Membership
from ai_agents import review
from ai_agents.models import Allowance, Conversation, Message, Preference, Usage
from ai_agents.providers import streaming
from ai_agents.services import conversations, ledger, talking
from ai_agents.services.talking import answer_message
from tests.ai_agents.conftest import make_price
from tests.ai_agents.talking import TEXT, frames, talked, write
from tests.factories import make_account, make_comment, make_post

REQUESTS = Allowance.Measure.REQUESTS


@pytest.fixture
def chain(chain):
    """Providers that say TEXT where a test wants nothing else of them."""

    def build(written):
        loopback = chain(written)
        for name in ("g1", "o1", "a1"):
            loopback.script.setdefault(name, {"text": TEXT})
        return loopback

    return build


@pytest.fixture(autouse=True)
def _ready(in_lumen, monkeypatch):
    for provider, name in (("openai", "o1"), ("gemini", "g1"), ("anthropic", "a1")):
        make_price(provider, name)
    monkeypatch.setattr(review, "_judges", [lambda texts: [3 * ("idiot" in one) for one in texts]])


@pytest.fixture
def heard(monkeypatch):
    """What goes to open pages: each frame with the group it goes to."""
    told: list[dict[str, Any]] = []

    async def say(group: str, **frame: Any) -> None:
        told.append({"group": group, **frame})

    monkeypatch.setattr(live, "say", say)
    return told


def bodies(loopback):
    return [json.dumps(one.body, ensure_ascii=False) for one in loopback.requests]


@pytest.mark.parametrize("entry", ["gemini:g1", "openai:o1", "anthropic:a1"])
def test_it_grows_in_every_protocol(chain, alice, heard, entry):
    chain(entry)
    message = talked(alice)
    assert (message.state, message.text, message.provider) == ("done", TEXT, entry)
    assert message.cost == Usage.objects.get().cost > 0
    assert Usage.objects.get().outcome == "ok"
    assert Allowance.objects.get(measure=REQUESTS).used == 1
    assert frames(heard)[-1] == TEXT
    assert {one["box"] for one in heard} == {f"words-{message.code}"}


def test_it_is_seen_before_it_is_whole(chain, alice, heard):
    loopback = chain("openai:o1")
    gate = threading.Event()
    loopback.script["o1"] = {"text": TEXT, "hold": {2: gate}}
    message = write(alice)

    async def say(group, **frame):
        heard.append({"group": group, **frame})
        gate.set()  # the rest comes only when the beginning was shown

    live.say, real = say, live.say
    try:
        answer_message(message.pk)
    finally:
        live.say = real
    assert frames(heard)[0] in {"Post", "Post more"}
    assert frames(heard)[-1] == TEXT


def test_a_frame_is_for_who_asked_alone(chain, alice, lumen, heard):
    chain("openai:o1")
    talked(alice)
    assert {one["group"] for one in heard} == {live.person_group_of(lumen.schema_name, alice.pk)}


def test_a_reload_finds_what_the_next_frame_builds_on(chain, alice, heard, monkeypatch):
    monkeypatch.setattr(talking, "SAVES_EVERY", 0.0)  # each frame is saved
    seen: list[str] = []
    real = talking._Screen._save

    def save(screen, text):
        real(screen, text)
        seen.append(Message.objects.get(pk=screen.message.pk).text)

    monkeypatch.setattr(talking._Screen, "_save", save)
    chain("openai:o1")
    talked(alice)
    assert seen[-1] == TEXT
    assert set(seen) == set(frames(heard))


def test_frames_go_on_from_the_row_in_the_units_of_a_browser(alice, heard, monkeypatch):
    message = write(alice)
    Message.objects.filter(pk=message.pk).update(state="streaming")
    screen = talking._Screen(message)
    monkeypatch.setattr(talking, "SAVES_EVERY", 0.0)
    async_to_sync(screen.show)("Bread 🍞 é")
    monkeypatch.setattr(talking, "SAVES_EVERY", 60.0)
    async_to_sync(screen.show)("Bread 🍞 é, slowly 🍞")
    async_to_sync(screen.show)("Bread")
    assert [(one["at"], one["text"]) for one in heard] == [
        (0, "Bread 🍞 é"), (10, ", slowly 🍞"), (0, "Bread"),
    ]  # fmt: skip
    assert frames(heard) == ["Bread 🍞 é", "Bread 🍞 é, slowly 🍞", "Bread"]


@pytest.mark.parametrize("first", ["gemini:g1", "openai:o1", "anthropic:a1"])
def test_a_stream_that_breaks_off_begins_anew_elsewhere_once(chain, alice, heard, first):
    second = "openai:o1" if first != "openai:o1" else "gemini:g1"
    loopback = chain(f"{first}, {second}")
    name = first.partition(":")[2]
    loopback.script[name] = {"cut_after": 2, "text": "Never mind all of this, it is cut."}
    loopback.script[second.partition(":")[2]] = {"text": "Whole."}
    message = talked(alice)
    assert (message.state, message.text, message.provider) == ("done", "Whole.", second)
    assert "" in frames(heard)  # the bubble was emptied between the two
    attempts = [(one.deployment, one.outcome) for one in Usage.objects.order_by("attempt")]
    assert attempts == [(first, "interrupted"), (second, "ok")]
    assert Usage.objects.get(deployment=first).cost > 0
    assert message.cost == sum(one.cost for one in Usage.objects.all())
    assert Allowance.objects.get(measure=REQUESTS).used == 1


def test_it_begins_anew_once_and_no_more(chain, alice, heard):
    loopback = chain("gemini:g1, openai:o1, anthropic:a1")
    for name in ("g1", "o1"):
        loopback.script[name] = {"cut_after": 1, "text": "One two three."}
    message = talked(alice)
    assert (message.state, message.problem, message.text) == ("failed", "provider", "")
    assert loopback.asked("a1") == 0
    assert Allowance.objects.get(measure=REQUESTS).used == 0


def test_alone_a_stream_that_breaks_off_is_said(chain, alice):
    chain("gemini:g1").script["g1"] = {"text": TEXT, "cut_after": 1}
    message = talked(alice)
    assert (message.state, message.problem, message.text) == ("failed", "provider", "")


def test_a_provider_whose_streams_break_off_is_skipped_after_a_few(chain, alice, settings):
    settings.AI_BREAKER_WINDOW_SECONDS = settings.AI_BREAKER_OPEN_SECONDS = 3600
    loopback = chain("gemini:g1, openai:o1")
    loopback.script["g1"] = {"text": TEXT, "cut_after": 1}
    assert {talked(alice).state for _ in range(6)} == {"done"}
    assert loopback.asked("g1") == 3


def test_stopped_it_keeps_what_came_and_is_paid(chain, alice, heard, monkeypatch):
    monkeypatch.setattr(streaming, "LOOKS_EVERY", 0.05)
    loopback = chain("openai:o1")
    gate = threading.Event()
    text = "Bread is slow. It has 99 crumbs. Nobody reads this"
    loopback.script["o1"] = {"text": text, "hold": {7: gate}}
    message = write(alice)

    async def say(group, **frame):
        heard.append(frame)
        if "crumbs" in frames(heard)[-1]:
            await sync_to_async(conversations.stop_message)(message=message)

    monkeypatch.setattr(live, "say", say)
    answer_message(message.pk)
    gate.set()
    message.refresh_from_db()
    assert (message.state, message.text, message.dropped) == ("cancelled", "Bread is slow.", 1)
    assert (Usage.objects.get().outcome, message.provider) == ("interrupted", "openai:o1")
    assert message.cost == Usage.objects.get().cost > 0
    requests = Allowance.objects.get(measure=REQUESTS)
    assert (requests.used, requests.reserved) == (1, 0)  # type: ignore[comparison-overlap]


def test_stopped_before_it_began_it_costs_nothing(chain, alice):
    loopback = chain("openai:o1")
    message = write(alice)
    assert conversations.stop_message(message=message)
    answer_message(message.pk)
    message.refresh_from_db()
    assert (message.state, message.text, loopback.requests) == ("cancelled", "", [])
    assert Allowance.objects.get(measure=REQUESTS).reserved == 0
    assert not conversations.stop_message(message=message)


def test_a_run_that_died_is_not_asked_again(chain, alice):
    loopback = chain("openai:o1")
    message = write(alice)
    Message.objects.filter(pk=message.pk).update(state="streaming", text="Unchecked 99")
    for _ in range(2):
        answer_message(message.pk)
        message.refresh_from_db()
        assert (message.state, message.problem, message.text) == ("failed", "interrupted", "")
    assert loopback.requests == []
    assert Allowance.objects.get(measure=REQUESTS).reserved == 0


def test_what_nobody_writes_any_more_is_failed_once(chain, alice, run_jobs):
    chain("openai:o1")
    message = write(alice)
    Message.objects.filter(pk=message.pk).update(state="streaming", text="Unchecked 99")
    assert conversations.expire_message(message_id=message.pk)
    assert not conversations.expire_message(message_id=message.pk)
    run_jobs(later=True)
    message.refresh_from_db()
    assert (message.state, message.problem, message.text) == ("failed", "interrupted", "")
    assert Allowance.objects.get(measure=REQUESTS).reserved == 0


def test_only_figures_that_were_looked_up_are_written(chain, alice):
    account = make_account()
    for views in (100, 3012):
        make_post(account, view_count=views, published_at=timezone.now())
    text = "The best one had 3,012 views. About 90 % were French.\n\n1. Film bread.\n2. Rest."
    chain("openai:o1").script["o1"] = {"text": text}
    message = talked(alice, "How is it going?")
    assert message.text == "The best one had 3,012 views.\n\n• Film bread.\n• Rest."
    assert message.dropped == 1
    assert [one["ref"] for one in message.figures] == ["last28.best"]


def test_the_model_may_look_up_another_period_and_nothing_else(chain, alice):
    loopback = chain("openai:o1")
    turns = iter([{"tool": ("recent_figures", {"days": 90})}, {"text": "In 90 days, nothing."}])
    loopback.script["o1"] = {"answers": lambda _seen: next(turns)}
    message = talked(alice, "And in the last quarter?")
    assert message.text == "In 90 days, nothing."
    assert [one["ref"] for one in message.figures] == ["last90.days"]
    (tool,) = loopback.requests[0].body["tools"]
    assert tool["function"]["name"] == "recent_figures"
    assert list(tool["function"]["parameters"]["properties"]) == ["days"]
    assert Allowance.objects.get(measure=REQUESTS).used == 1


def test_what_leaves_is_redacted_and_what_comes_back_is_whole(chain, alice):
    make_comment(make_account(), author_name="Marie Dupont", author_handle="@marie_d")
    loopback = chain("openai:o1")
    loopback.script["o1"] = {"text": "Call [USER_1] at [PHONE_1]. [EMAIL_7]"}
    message = talked(alice, "Bread with Marie Dupont, 06 12 34 56 78")
    assert message.text == "Call Marie Dupont at 06 12 34 56 78. [EMAIL_7]"
    again = talked(alice, "And then?", conversation=message.conversation)
    for body in bodies(loopback):
        assert "Marie Dupont" not in body
        assert "06 12 34 56 78" not in body
    assert again.state == "done"


def test_a_window_of_the_talk_is_remembered(chain, alice):
    loopback = chain("openai:o1")
    loopback.script["o1"] = {"text": "Of course."}
    message = talked(alice, "Zorglub 0")
    for number in range(1, 15):
        talked(alice, f"Zorglub {number}", conversation=message.conversation)
    last = loopback.requests[-1].body["messages"]
    told = [one["content"] for one in last if one["role"] == "user"]
    assert [
        number for number in range(15) if any(f"Zorglub {number}\n" in one for one in told)
    ] == [*range(2, 15)]
    assert sum(one["role"] == "assistant" for one in last) == 12


def test_harsh_words_and_links_are_left_out(chain, alice):
    text = "Be calm.\nTell the idiot to go.\nSee https://evil.example/x and <b>rest</b>."
    chain("openai:o1").script["o1"] = {"text": text}
    message = talked(alice, "What do I reply?")
    assert message.text == "Be calm.\nSee […] and rest."
    assert message.dropped >= 2


def test_nobody_who_judges_is_no_answer(chain, alice, monkeypatch):
    monkeypatch.setattr(review, "_judges", [])
    chain("openai:o1")
    message = talked(alice)
    assert (message.state, message.problem, message.text) == ("failed", "unreviewed", "")


def test_instructions_are_not_even_shown(chain, alice, heard, caplog):
    def tell(seen):
        whole = json.dumps(seen.body["messages"], ensure_ascii=False)
        canary = whole.partition("the code ")[2][:24]
        return {"text": f"My rules: {canary} and so on"}

    chain("openai:o1").script["o1"] = {"answers": tell}
    message = talked(alice)
    assert (message.state, message.problem, message.text) == ("failed", "leaked", "")
    assert "so on" not in json.dumps(heard)
    assert "held its instructions" in caplog.text


@pytest.mark.parametrize(
    ("script", "problem"),
    [({"status": 503}, "provider"), ({"garbage": True}, "provider"), ({"text": " "}, "unverified")],
)
def test_an_answer_that_does_not_come_is_given_back(chain, alice, script, problem):
    chain("openai:o1").script["o1"] = script
    message = talked(alice)
    assert (message.state, message.text) == ("failed", "")
    assert message.problem in {problem, "invalid"}
    requests = Allowance.objects.get(measure=REQUESTS)
    assert (requests.used, requests.reserved) == (0, 0)  # type: ignore[comparison-overlap]


def test_an_answer_that_the_filter_refuses_goes_nowhere_else(chain, alice):
    loopback = chain("gemini:g1, openai:o1")
    loopback.script["g1"] = {"blocked_prompt": True}
    message = talked(alice)
    assert (message.state, message.problem) == ("failed", "filtered")
    assert loopback.asked("o1") == 0


def test_without_a_key_it_says_so(alice, settings):
    settings.AI_PROVIDER_CHAIN = "openai:o1"
    assert talked(alice).problem == "no_provider"


def test_agents_stopped_meanwhile_are_not_asked(chain, alice):
    loopback = chain("openai:o1")
    message = write(alice)
    Preference.objects.create(is_stopped=True)
    answer_message(message.pk)
    message.refresh_from_db()
    assert (message.problem, loopback.requests) == ("stopped", [])
    with pytest.raises(ledger.Stopped):
        write(alice)


def test_money_that_is_used_up_ends_it(chain, alice):
    loopback = chain("openai:o1")
    message = write(alice)
    Allowance.objects.filter(measure="money").update(limit=Decimal("0.001"))
    answer_message(message.pk)
    message.refresh_from_db()
    assert (message.problem, loopback.requests) == ("refused", [])
    assert message.resets_at is not None


def test_who_left_gets_no_answer(chain, bob, lumen):
    loopback = chain("openai:o1")
    message = write(bob)
    with tenancy.public():
        Membership.objects.filter(user=bob, workspace=lumen).delete()
    answer_message(message.pk)
    message.refresh_from_db()
    assert (message.problem, loopback.requests) == ("gone", [])


def test_one_key_writes_and_pays_once(chain, alice):
    loopback = chain("openai:o1")
    key = uuid.uuid4()
    message = talked(alice, key=key)
    assert write(alice, key=key) == message
    assert Message.objects.count() == 2
    assert loopback.asked("o1") == 1
    with pytest.raises(ledger.KeyReused):
        write(alice, "Other words", key=key)


def test_one_answer_at_a_time(chain, alice):
    chain("openai:o1")
    message = write(alice)
    with pytest.raises(conversations.Busy):
        write(alice, "And?", conversation=message.conversation)
    assert Allowance.objects.get(measure=REQUESTS).reserved == 1
    write(alice, "Elsewhere")


def test_forgetting_while_it_is_written_stores_nothing(chain, alice, heard, monkeypatch):
    monkeypatch.setattr(streaming, "LOOKS_EVERY", 0.05)
    loopback = chain("openai:o1")
    gate = threading.Event()
    loopback.script["o1"] = {"text": TEXT, "hold": {2: gate}}
    message = write(alice)

    async def say(group, **frame):
        heard.append(frame)
        if len(heard) > 1:
            return
        await sync_to_async(conversations.delete_conversation)(
            conversation=message.conversation, actor=alice
        )

    monkeypatch.setattr(live, "say", say)
    answer_message(message.pk)
    gate.set()
    assert not Conversation.objects.exists()
    assert not Message.objects.exists()
    requests = Allowance.objects.get(measure=REQUESTS)
    assert (requests.used, requests.reserved) == (0, 0)  # type: ignore[comparison-overlap]


def test_old_talks_are_forgotten_and_new_ones_kept(chain, alice, lumen):
    chain("openai:o1")
    old, new = write(alice), write(alice)
    long_ago = timezone.now() - timedelta(days=91)
    Conversation.objects.filter(pk=old.conversation_id).update(last_message_at=long_ago)
    assert conversations.forget_old() >= 1
    with tenancy.enter(lumen):
        assert list(Conversation.objects.all()) == [new.conversation]
