"""Answers from memory where nobody can be asked, for several at once, and over a whole day."""

import threading
import uuid
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from html import unescape
from typing import Any

import pytest
from django.core.cache import cache
from django.test import Client

from accounts import tenancy
from accounts.models import Membership, User, Workspace
from ai_agents.models import Preference, Question
from ai_agents.services import knowledge, ledger, questions
from ai_agents.services.answering import answer_question
from integrations.models import Post
from tests.ai_agents.answering import CAPTIONS, answered, told
from tests.ai_agents.loopback import Loopback
from tests.ai_agents.memory import MODEL, Clock, kept, used
from tests.ai_agents.replay import trace


def test_while_nobody_answers_an_older_answer_is_given_with_its_time(
    asked_of: Loopback, memory_clock: Clock, alice: User
) -> None:
    made = memory_clock.now
    answered(alice, "ideas")
    asked_of.script[MODEL] = {"status": 503}
    memory_clock.pass_by(minutes=59)
    older = answered(alice, "ideas")
    assert (older.state, older.recalled_at) == ("done", made)
    assert used() == 1
    memory_clock.pass_by(minutes=1)
    gone = answered(alice, "ideas")
    assert (gone.state, gone.problem) == ("failed", "provider")


def test_an_unusable_answer_is_no_reason_for_an_older_one(
    asked_of: Loopback, memory_clock: Clock, alice: User
) -> None:
    answered(alice, "ideas")
    asked_of.script[MODEL] = {"text": "Hello!"}
    memory_clock.pass_by(minutes=45)
    assert answered(alice, "ideas").state == "failed"


def test_where_the_limit_is_reached_what_is_remembered_is_still_given(
    asked_of: Loopback, memory_clock: Clock, alice: User, settings: Any
) -> None:
    membership = Membership.objects.get(user=alice)
    settings.AI_PLAN_REQUESTS = {membership.workspace.plan: 1}
    answered(alice, "ideas")
    memory_clock.pass_by(minutes=45)

    def ask(text: str = "Bread", key: uuid.UUID | None = None) -> Question:
        return questions.ask_question(
            user=alice,
            key=key or uuid.uuid4(),
            operation="ideas",
            agent="content",
            language="en",
            inputs={"text": text, "platforms": ["youtube", "tiktok"]},
            membership=membership,
        )

    key = uuid.uuid4()
    again = ask(key=key)
    assert (again.state, again.recalled_at) == ("done", memory_clock.now - timedelta(minutes=45))
    assert ask(key=key).pk == again.pk
    assert used() == 1
    with pytest.raises(ledger.Refused):
        ask("Rye")
    memory_clock.pass_by(minutes=20)
    with pytest.raises(ledger.Refused):
        ask()
    Preference.objects.create(is_stopped=True)
    with pytest.raises(ledger.Stopped):
        ask()


def test_who_wants_it_anew_gets_it_anew(asked_of: Loopback, alice: User) -> None:
    answered(alice, "ideas")
    assert answered(alice, "ideas", inputs={knowledge.ANEW: "1"}).recalled_at is None
    assert len(asked_of.requests) == 2
    assert answered(alice, "ideas").recalled_at is not None


def test_what_is_deleted_is_not_remembered(asked_of: Loopback, alice: User) -> None:
    first = answered(alice, "ideas")
    questions.delete_question(question=first, actor=alice)
    assert not kept()
    assert answered(alice, "ideas").recalled_at is None


def test_captions_are_remembered_whole(asked_of: Loopback, alice: User) -> None:
    asked_of.script[MODEL] = told(CAPTIONS)
    first, again = answered(alice, "caption"), answered(alice, "caption")
    assert again.recalled_at is not None
    assert again.answer == first.answer
    assert len(again.answer) == 6


def test_of_two_who_ask_at_once_one_asks() -> None:
    question = Question(user_id=1, language="en", inputs={})
    found = knowledge.Remembered(
        datetime.now(UTC), "ideas", "content", "openai:o1", "o1", [{"text": "x"}], []
    )
    is_asking, is_waiting = threading.Event(), threading.Event()
    calls: list[str] = []
    given: list[knowledge.Remembered | None] = []

    def asks() -> None:
        with knowledge.one_at_a_time(question, "k", lambda: True) as known:
            calls.append("first")
            is_asking.set()
            assert is_waiting.wait(60)
            assert known is None
            knowledge.remember(question, "k", found)

    def waits() -> None:
        assert is_asking.wait(60)

        def is_wanted() -> bool:
            is_waiting.set()
            return True

        with knowledge.one_at_a_time(question, "k", is_wanted) as known:
            given.append(known)

    threads = [threading.Thread(target=run) for run in (asks, waits)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(120)
    assert calls == ["first"]
    assert given == [found]


def test_nobody_waits_for_an_answer_they_do_not_want() -> None:
    question = Question(user_id=1, language="en", inputs={})
    cache.add("ai:knowledge:public:1:k:flight", "other", 60)
    with knowledge.one_at_a_time(question, "k", lambda: False) as known:
        assert known is None
    assert cache.get("ai:knowledge:public:1:k:flight") == "other"


def test_the_page_says_of_when_it_is_and_offers_to_ask_anew(
    asked_of: Loopback, alice: User, lumen: Workspace, client_for: Callable[..., Client]
) -> None:
    answered(alice, "ideas")
    again = answered(alice, "ideas")
    client = client_for(alice, lumen)
    shown = unescape(client.get(f"/ai/answers/{again.code}/").content.decode())
    assert "You had asked this before" in shown
    assert "data from" in shown
    fields = dict(_hidden(shown))
    assert fields["text"] == "Bread"
    sent = client.post("/ai/ask/", {**fields, "platforms": ["youtube", "tiktok"]})
    assert sent.status_code == 302
    with tenancy.enter(lumen):
        newest = Question.objects.latest("pk")
        assert newest.inputs[knowledge.ANEW] == "1"
        answer_question(newest.pk)
        newest.refresh_from_db()
        assert newest.recalled_at is None
    usage = unescape(client.get("/ai/usage/").content.decode())
    assert "This month 1 answer was a remembered one, 33 % of those that may be" in usage


def test_a_day_of_asking_is_answered_from_memory_four_times_of_five(
    memory_video: Post, asked_of: Loopback, memory_clock: Clock, alice: User, bob: User
) -> None:
    people, posts = (alice, bob), list(Post.objects.order_by("pk")[:3])
    start, steps, hits, shown = memory_clock.now, 0, 0, []
    for step in trace():
        memory_clock.now = start + timedelta(minutes=step.minute)
        if step.has_news:
            for number, post in enumerate(posts):
                Post.objects.filter(pk=post.pk).update(view_count=5000 + steps + number)
        question = answered(
            people[step.person],
            step.operation,
            post=posts[step.video] if step.operation == "explain" else None,
            language=step.language,
            inputs={"text": step.text},
        )
        steps += 1
        assert question.state == "done"
        if question.recalled_at is not None:
            hits += 1
            assert memory_clock.now - question.recalled_at < knowledge.FRESH
            shown.append(question)
    assert steps == 168
    assert hits / steps >= 0.8
    assert used() == len(asked_of.requests) == steps - hits
    for question in shown:  # each was made for that person, in that language, of those figures
        made = Question.objects.get(
            user_id=question.user_id,
            memory_key=question.memory_key,
            finished_at=question.recalled_at,
            recalled_at=None,
        )
        assert (made.language, made.figures) == (question.language, question.figures)


def _hidden(page: str) -> Iterator[tuple[str, str]]:
    form = page.partition("You had asked this before")[2].partition("</form>")[0]
    for part in form.split("<input ")[1:]:
        name, value = (part.partition(f'{one}="')[2].partition('"')[0] for one in ("name", "value"))
        yield name, value
