"""Without a key, a provider or a request left, the figures speak for themselves, marked so."""

from collections.abc import Callable
from datetime import datetime, timedelta
from html import unescape
from typing import Any

import pytest
from django.test import Client

from accounts import tenancy
from accounts.models import Membership, Role, User, Workspace
from ai_agents.models import Question
from ai_agents.queries.figures import account_figures, post_figures
from ai_agents.services import recommendations as service
from ai_agents.services.answering import answer_question
from integrations.models import Post, SocialAccount
from tests.ai_agents.answering import answered, put
from tests.ai_agents.conftest import make_price
from tests.ai_agents.histories import noise, plant
from tests.factories import make_account, make_post

MARK = "Computed analysis (no AI)"
FALLING = "A week after they were published, the videos of the last weeks had"


@pytest.fixture
def fallen_video(in_lumen: Workspace, still_clock: datetime) -> Post:
    """The newest video of an account that is seen less lately."""
    account = make_account()
    plant(noise(2, now=still_clock, drop=0.35), account)
    service.find_recommendations()
    return make_post(
        account, view_count=9, published_at=still_clock - timedelta(hours=1), title="Rye"
    )


def main(answer: Any) -> str:
    return unescape(answer.content.decode().partition("<main")[2])


@pytest.mark.parametrize("operation", ["performance", "explain"])
def test_a_question_that_no_provider_answers_shows_the_figures(
    fallen_video: Post,
    chain: Callable[[str], Any],
    client_for: Callable[..., Client],
    lumen: Workspace,
    bob: User,
    operation: str,
) -> None:
    make_price("openai", "o1")
    chain("openai:o1").script["o1"] = {"status": 503}
    post = fallen_video if operation == "explain" else None
    question = answered(bob, operation, post=post)
    assert question.state == "failed"
    membership = Membership.objects.get(user=bob)
    figures = post_figures(fallen_video) if post else account_figures(membership, 28)
    shown = main(client_for(bob, lumen).get(f"/ai/answers/{question.code}/"))
    assert MARK in shown
    assert ("It was seen less than usual" if post else FALLING) in shown
    assert (FALLING in shown) is (post is None)
    assert all(one.label in shown for one in figures)
    assert "Written by AI" not in shown


def test_without_a_key_nothing_stands_for_words_of_a_model(
    fallen_video: Post, client_for: Callable[..., Client], lumen: Workspace, bob: User
) -> None:
    caption = put(bob, "caption")
    figures = put(bob, "performance")
    for question in (caption, figures):
        answer_question(question.pk)
    client = client_for(bob, lumen)
    assert MARK not in main(client.get(f"/ai/answers/{caption.code}/"))
    assert MARK in main(client.get(f"/ai/answers/{figures.code}/"))
    asked = main(client.get("/ai/", {"do": "performance"}))
    assert MARK in asked
    assert FALLING in asked


def test_where_the_limit_is_reached_the_page_of_figures_goes_on(
    fallen_video: Post,
    chain: Callable[[str], Any],
    client_for: Callable[..., Client],
    lumen: Workspace,
    bob: User,
    settings: Any,
) -> None:
    chain("openai:o1")
    settings.AI_PLAN_REQUESTS = {lumen.plan: 0}
    shown = main(client_for(bob, lumen).get("/ai/", {"do": "performance"}))
    assert "Used up." in shown
    assert FALLING in shown


def test_computed_figures_are_those_the_person_may_see_now(
    stranger: User, client_for: Callable[..., Client], lumen: Workspace, fallen_video: Post
) -> None:
    with tenancy.public():
        Membership.objects.create(user=stranger, workspace=lumen, role=Role.CREATOR)
    with tenancy.enter(lumen):
        SocialAccount.objects.update(owner_id=stranger.pk)
        question = answered(stranger, "explain", post=fallen_video)
    client, url = client_for(stranger, lumen), f"/ai/answers/{question.code}/"
    assert MARK in main(client.get(url))
    with tenancy.enter(lumen):
        SocialAccount.objects.update(owner_id=None)
        assert Question.objects.get().state == "failed"
    assert MARK not in main(client.get(url))
