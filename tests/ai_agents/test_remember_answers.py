"""The same question and figures cost nothing twice; nobody else's answer, and no old one."""

import json
from collections.abc import Callable
from typing import Any

import pytest
from django.core.cache import cache

from accounts import tenancy
from accounts.models import User, Workspace
from ai_agents.catalogue.models import RecallDay
from ai_agents.models import Preference, Question, Reservation
from ai_agents.services import knowledge
from integrations.models import Post
from tests.ai_agents.answering import GIST, answered, obeying, told
from tests.ai_agents.conftest import make_price
from tests.ai_agents.loopback import Loopback
from tests.ai_agents.memory import MODEL, REPORT, Chain, Clock, kept, used
from tests.factories import make_account, make_comment, make_post


def test_the_second_time_nobody_is_asked_and_nothing_is_used(
    memory_video: Post, asked_of: Loopback, memory_clock: Clock, alice: User
) -> None:
    first = answered(alice, "explain", post=memory_video)
    made = memory_clock.now
    memory_clock.pass_by(minutes=29, seconds=59)
    again = answered(alice, "explain", post=memory_video)
    assert len(asked_of.requests) == 1
    assert used() == 1
    assert first.recalled_at is None
    assert (again.state, again.recalled_at) == ("done", made)
    assert not again.cost
    for name in ("answer", "figures", "provider", "model", "operation", "agent", "memory_key"):
        assert getattr(again, name) == getattr(first, name)
    assert again.reservation.state == Reservation.State.RELEASED
    with tenancy.public():
        day = RecallDay.objects.get()
    assert (day.answers, day.recalled) == (2, 1)


def test_after_half_an_hour_it_is_asked_anew(
    memory_video: Post, asked_of: Loopback, memory_clock: Clock, alice: User
) -> None:
    answered(alice, "explain", post=memory_video)
    memory_clock.pass_by(minutes=30)
    assert answered(alice, "explain", post=memory_video).recalled_at is None
    assert len(asked_of.requests) == 2


def test_another_person_is_not_given_it(
    memory_video: Post, asked_of: Loopback, alice: User, bob: User
) -> None:
    answered(alice, "explain", post=memory_video)
    assert answered(bob, "explain", post=memory_video).recalled_at is None
    assert len(asked_of.requests) == 2


def test_another_workspace_is_not_given_it(
    nina: User, nova: Workspace, memory_clock: Clock, asked_of: Loopback
) -> None:
    answered(nina, "ideas")
    assert answered(nina, "ideas").recalled_at is not None
    with tenancy.enter(nova):
        assert answered(nina, "ideas").recalled_at is None
    assert len(asked_of.requests) == 2


@pytest.mark.parametrize(
    "change",
    [
        lambda post: Post.objects.filter(pk=post.pk).update(view_count=7),
        lambda post: Post.objects.filter(pk=post.pk).update(title="Rye"),
        lambda post: make_post(post.account, view_count=1, published_at=post.published_at),
        lambda post: Post.objects.exclude(pk=post.pk).first().delete(),  # type: ignore[union-attr]
    ],
    ids=["views", "title", "another", "gone"],
)
def test_changed_data_is_another_question(
    memory_video: Post, asked_of: Loopback, alice: User, change: Callable[[Post], Any]
) -> None:
    answered(alice, "explain", post=memory_video)
    change(memory_video)
    assert answered(alice, "explain", post=memory_video).recalled_at is None
    assert len(asked_of.requests) == 2


@pytest.mark.parametrize("operation", ["performance", ""])
def test_figures_of_the_accounts_are_part_of_the_question(
    memory_video: Post, asked_of: Loopback, alice: User, operation: str
) -> None:
    inputs = {"text": "How do the views develop?"}
    route = {"operation": "performance"}
    asked_of.script[MODEL] = obeying(
        lambda seen: route if "You sort requests" in json.dumps(seen.body) else REPORT
    )
    answered(alice, operation, inputs=inputs)
    calls = len(asked_of.requests)
    again = answered(alice, operation, inputs=inputs)
    assert again.recalled_at is not None
    assert again.operation == "performance"
    assert len(asked_of.requests) == calls
    Post.objects.filter(pk=memory_video.pk).update(view_count=9)
    assert answered(alice, operation, inputs=inputs).recalled_at is None


@pytest.mark.parametrize(
    "other",
    [
        {"language": "fr"}, {"inputs": {"text": "Rye"}}, {"inputs": {"platforms": ["tiktok"]}},
        {"inputs": {"tone": "short"}},
    ],
    ids=["language", "text", "networks", "tone"],
)  # fmt: skip
def test_another_wish_is_another_question(
    asked_of: Loopback, alice: User, other: dict[str, Any]
) -> None:
    answered(alice, "ideas")
    assert answered(alice, "ideas", **other).recalled_at is None
    assert len(asked_of.requests) == 2


def test_the_same_wish_written_a_little_differently_is_the_same(
    asked_of: Loopback, alice: User
) -> None:
    answered(alice, "ideas", inputs={"text": "Bread  and\nbutter"})
    wish = {"text": " Bread and butter", "platforms": ["tiktok", "youtube"]}
    assert answered(alice, "ideas", inputs=wish).recalled_at is not None


def test_another_prompt_or_chain_is_another_question(
    asked_of: Loopback, alice: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    answered(alice, "ideas")
    monkeypatch.setattr(knowledge, "RULES", "Other rules.")
    assert answered(alice, "ideas").recalled_at is None


@pytest.mark.parametrize(
    "kept", ['{"v": 2}', "{}", "no JSON", '{"v": 1, "created_at": "yesterday"}', '{"v": 1}', "[]"]
)
def test_what_is_not_understood_is_a_miss(asked_of: Loopback, alice: User, kept: str) -> None:
    first = answered(alice, "ideas")
    place = f"ai:knowledge:{tenancy.current_schema()}:{alice.pk}:{first.memory_key}"
    assert cache.get(place)
    cache.set(place, kept)
    assert answered(alice, "ideas").recalled_at is None


def test_another_version_is_a_miss(
    asked_of: Loopback, alice: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    answered(alice, "ideas")
    monkeypatch.setattr(knowledge, "VERSION", 2)
    assert answered(alice, "ideas").recalled_at is None


def test_what_another_person_wrote_is_never_kept(
    chain: Chain, in_lumen: Workspace, alice: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("ai_agents.review._judges", [lambda texts: [0 for _ in texts]])
    make_price("openai", MODEL)
    Preference.objects.create(sends_comments=True)
    loopback = chain(f"openai:{MODEL}")
    drafts = {"drafts": [{"text": "Thank you."}]}
    loopback.script[MODEL] = obeying(
        lambda seen: GIST if "You sort a message" in json.dumps(seen.body) else drafts
    )
    before = len(kept())
    for operation in ("reply", ""):
        answered(alice, operation, inputs={"text": "Reply to this: you are bad"})
    assert len(kept()) == before
    assert not Question.objects.exclude(memory_key="").exists()


def test_names_that_came_back_are_never_kept(asked_of: Loopback, alice: User) -> None:
    make_comment(make_account(), author_name="Marie Dupont")
    named = {"ideas": [{"title": "With [USER_1]", "hook": "Smell it.", "reason": "Bread."}]}
    asked_of.script[MODEL] = told(named)
    inputs = {"text": "Bread with Marie Dupont"}
    assert "Marie Dupont" in str(answered(alice, "ideas", inputs=inputs).answer)
    assert not kept()
    assert answered(alice, "ideas", inputs=inputs).recalled_at is None


@pytest.mark.parametrize(
    ("script", "state"),
    [
        ({"status": 503}, "failed"),
        ({"garbage": True}, "failed"),
        (
            told(
                {
                    "ideas": [
                        {"title": "Rye", "hook": "Seen by 7 people.", "reason": "x"},
                        {"title": "Oat", "hook": "Smell it.", "reason": "They ask."},
                    ]
                }
            ),
            "done",
        ),
    ],
    ids=["down", "unreadable", "cut"],
)
def test_errors_and_cut_answers_are_never_kept(
    asked_of: Loopback, alice: User, script: dict[str, Any], state: str
) -> None:
    asked_of.script[MODEL] = script
    assert answered(alice, "ideas").state == state
    assert not kept()
