"""The pages of recommendations: who sees which, and who decides in place."""

from collections.abc import Callable
from datetime import timedelta
from html import unescape
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from accounts import tenancy
from accounts.models import Membership, Role, User, Workspace
from ai_agents.models import Allowance, Question, Recommendation
from ai_agents.services import recommendations as service
from ai_agents.services.answering import answer_question
from integrations.models import SocialAccount
from tests.ai_agents.answering import told
from tests.ai_agents.conftest import make_price
from tests.factories import make_account, make_post

LIST = "/ai/recommendations/"
HTMX = {"HX-Request": "true"}
State = Recommendation.State

pytestmark = pytest.mark.django_db


def page(answer: Any) -> str:
    text: str = answer.content.decode()
    return unescape(text.partition("<main")[2] or text)


def test_people_decide_in_place(
    planted_account: SocialAccount, client_for: Callable[..., Client], lumen: Workspace, bob: User
) -> None:
    service.find_recommendations()
    row = Recommendation.objects.get(kind="topic")
    client, url = client_for(bob, lumen), f"{LIST}{row.code}/"
    shown = page(client.get(LIST))
    assert "A subject that is seen more" in shown
    assert "#food" in shown
    assert "Computed analysis (no AI)" in shown
    assert "Clock of" not in shown
    accepted = client.post(url, {"do": "accept"}, headers=HTMX)
    assert accepted.status_code == 200
    assert "<html" not in accepted.content.decode()
    assert "Its effect is measured" in page(accepted)
    assert "A subject that is seen more" not in page(client.get(LIST))
    assert "A subject that is seen more" in page(client.get(LIST, {"show": "tried"}))
    back = client.post(url, {"do": "reopen"}, headers=HTMX)
    assert "Try it" in page(back)
    assert client.post(url, {"do": "dismiss", "why": "unfit"}).status_code == 302
    assert "It does not fit what I do" in page(client.get(LIST, {"show": "away"}))


@pytest.mark.parametrize(
    "sent",
    [
        {}, {"do": "erase"}, {"do": "snooze"}, {"do": "snooze", "days": "x"},
        {"do": "snooze", "days": "9999"}, {"do": "dismiss"}, {"do": "dismiss", "why": "because"},
        {"do": "done"},
    ],
)  # fmt: skip
def test_an_answer_that_no_button_sends_changes_nothing(
    planted_account: SocialAccount,
    client_for: Callable[..., Client],
    lumen: Workspace,
    bob: User,
    sent: dict[str, str],
) -> None:
    service.find_recommendations()
    row = Recommendation.objects.get(kind="topic")
    answer = client_for(bob, lumen).post(f"{LIST}{row.code}/", sent, headers=HTMX)
    assert answer.status_code in {409, 422}
    with tenancy.enter(lumen):
        row.refresh_from_db()
    assert row.state == State.OPEN


def test_a_creator_sees_only_their_own(
    stranger: User,
    charlie: User,
    vera: User,
    client_for: Callable[..., Client],
    lumen: Workspace,
    planted_account: SocialAccount,
) -> None:
    service.find_recommendations()
    row = Recommendation.objects.get(kind="topic")
    with tenancy.public():
        Membership.objects.create(user=stranger, workspace=lumen, role=Role.CREATOR)
    creator = client_for(stranger, lumen)
    assert "A subject that is seen more" not in page(creator.get(LIST))
    assert creator.post(f"{LIST}{row.code}/", {"do": "accept"}).status_code == 404
    assert client_for(charlie, lumen).get(LIST).status_code == 404
    with tenancy.enter(lumen):
        SocialAccount.objects.filter(pk=planted_account.pk).update(owner_id=stranger.pk)
    assert "A subject that is seen more" in page(creator.get(LIST))
    assert creator.post(f"{LIST}{row.code}/", {"do": "accept"}).status_code == 302
    reader = client_for(vera, lumen)
    assert "Try it" not in page(reader.get(LIST))
    assert reader.post(f"{LIST}{row.code}/", {"do": "accept"}).status_code == 403


def test_another_workspace_knows_nothing(
    nova: Workspace, nina: User, client_for: Callable[..., Client], planted_account: SocialAccount
) -> None:
    service.find_recommendations()
    row = Recommendation.objects.get(kind="topic")
    client = client_for(nina, nova)
    assert "A subject that is seen more" not in page(client.get(LIST))
    assert client.post(f"{LIST}{row.code}/", {"do": "accept"}).status_code == 404


def test_an_empty_page_says_when_there_will_be_something(
    client_for: Callable[..., Client], lumen: Workspace, bob: User
) -> None:
    client = client_for(bob, lumen)
    assert "No account is connected" in page(client.get(LIST))
    old = timezone.now() - timedelta(days=5)
    with tenancy.enter(lumen):
        account = make_account()
        for _ in range(7):
            make_post(account, view_count=3, published_at=old)
    assert "need 20 videos of one account that are three days old: there are 7." in page(
        client.get(LIST)
    )
    with tenancy.enter(lumen):
        for _ in range(20):
            make_post(account, view_count=3, published_at=old)
    assert "Nothing stands out" in page(client.get(LIST))


def test_the_card_of_other_pages_loads_by_itself(
    planted_account: SocialAccount, client_for: Callable[..., Client], lumen: Workspace, bob: User
) -> None:
    service.find_recommendations()
    client = client_for(bob, lumen)
    for url in ("/", "/ai/"):
        assert f'hx-get="{LIST}?card=1"' in client.get(url).content.decode()
    card = client.get(f"{LIST}?card=1", headers=HTMX).content.decode()
    assert "<html" not in card
    assert card.count("<li") == 3


def test_the_page_costs_as_many_queries_whatever_it_shows(
    planted_account: SocialAccount, client_for: Callable[..., Client], lumen: Workspace, bob: User
) -> None:
    client = client_for(bob, lumen)
    service.find_recommendations()

    def queries(url: str, **headers: Any) -> int:
        client.get(url, **headers)
        with CaptureQueriesContext(connection) as captured:
            client.get(url, **headers)
        return sum("SAVEPOINT" not in one["sql"] for one in captured)

    first, card = queries(LIST), queries(f"{LIST}?card=1", headers=HTMX)
    with tenancy.enter(lumen):
        for number in range(4):
            account = make_account()
            Recommendation.objects.create(
                account=account, post=make_post(account), kind="video", subject=str(number),
                zone="UTC", n=9, chance=0.001, held_at=timezone.now(),
                figures=[
                    {"ref": "video.times", "label": "", "value": "4", "unit": "ratio", "moment": ""}
                ],
            )  # fmt: skip
    assert queries(LIST) == first
    assert queries(f"{LIST}?card=1", headers=HTMX) == card


def test_a_title_is_text_and_nothing_else(
    in_lumen: Workspace, client_for: Callable[..., Client], lumen: Workspace, bob: User
) -> None:
    account = make_account(display_name="<b>Eve</b>")
    for kind, subject in (("topic", "<script>alert(1)</script>"), ("video", "1")):
        refs = {"topic": "group.times", "video": "video.times"}
        Recommendation.objects.create(
            account=account, kind=kind, subject=subject, zone="UTC", n=9, chance=0.001,
            post=make_post(account, title="<img src=x onerror=alert(1)>"),
            held_at=timezone.now(),
            figures=[
                {"ref": refs[kind], "label": "", "value": "4", "unit": "ratio", "moment": ""}
            ],
        )  # fmt: skip
    client = client_for(bob, lumen)
    for answer in (client.get(LIST), client.get(f"{LIST}?card=1", headers=HTMX)):
        html = answer.content.decode()
        assert "<script>alert" not in html
        assert "<img src=x" not in html
        assert "&lt;script&gt;alert(1)" in html


def test_a_model_may_say_it_in_other_words_and_no_other_number(
    planted_account: SocialAccount,
    chain: Callable[[str], Any],
    client_for: Callable[..., Client],
    lumen: Workspace,
    bob: User,
) -> None:
    make_price("openai", "o1")
    loopback = chain("openai:o1")
    service.find_recommendations()
    row = Recommendation.objects.get(kind="topic")
    times = next(one["value"] for one in row.figures if one["ref"] == "group.times")
    said = [
        {"text": f"Such videos are seen {times} times as often.", "figures": ["group.times"]},
        {"text": "Expect 90 % more money.", "figures": []},
    ]
    loopback.script["o1"] = told({"sentences": said})
    client = client_for(bob, lumen)
    assert "Say it in other words" in page(client.get(LIST))
    url = f"{LIST}{row.code}/words/"
    sent = {"key": "b8a0e8a2-2f1c-4f9b-9d7e-0c6a6a1d8f11"}
    asked = client.post(url, sent)
    assert client.post(url, sent)["Location"] == asked["Location"]
    with tenancy.enter(lumen):
        question = Question.objects.get()
        answer_question(question.pk)
        question.refresh_from_db()
        assert [one["text"] for one in question.answer] == [said[0]["text"]]
        assert question.answer[0]["refs"] == ["group.times"]
        assert question.dropped == 1
        assert Allowance.objects.get(measure="requests").used == 1
    assert "#food" not in str(loopback.requests[0].body)
    assert "Written by AI" in page(client.get(asked["Location"]))
    assert client.post(url, {"key": "x"}).status_code == 302


def test_without_a_model_nothing_offers_other_words(
    planted_account: SocialAccount, client_for: Callable[..., Client], lumen: Workspace, bob: User
) -> None:
    service.find_recommendations()
    assert "Say it in other words" not in page(client_for(bob, lumen).get(LIST))
