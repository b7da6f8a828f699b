"""The assistant's page: each state says what works, one's questions are one's own."""

import uuid
from decimal import Decimal
from html import unescape

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from accounts import tenancy
from accounts.models import AuditEntry, User
from ai_agents.models import Allowance, Preference, Question, Reservation, Usage
from ai_agents.services import questions
from tests.ai_agents.answering import CAPTIONS, answered, put, told
from tests.ai_agents.conftest import make_price
from tests.factories import make_account, make_post

PAGE = "/ai/"
HTMX = {"HX-Request": "true"}


def form(**fields):
    return {
        "key": str(uuid.uuid4()), "do": "caption", "text": "Bread",
        "platforms": ["youtube", "tiktok"],
        "tone": "warm", "language": "en", **fields,
    }  # fmt: skip


def words(answer):
    return unescape(answer.content.decode().partition("<main")[2] or answer.content.decode())


@pytest.fixture(autouse=True)
def _price(lumen):
    with tenancy.enter(lumen):
        make_price("openai", "o1")


def test_a_creator_asks_and_reads_the_answer(client_for, bob, lumen, chain, run_jobs):
    chain("openai:o1").script["o1"] = told(CAPTIONS)
    client = client_for(bob, lumen)
    waiting = client.post("/ai/ask/", form(), headers=HTMX)
    assert waiting.status_code == 200
    with tenancy.enter(lumen):
        question = Question.objects.get()
    url = f"/ai/answers/{question.code}/"
    assert f'hx-get="{url}"' in waiting.content.decode()
    assert "<html" not in waiting.content.decode()
    run_jobs()
    done = client.get(url, headers=HTMX).content.decode()
    assert "hx-get" not in done
    assert "Written by AI" in done
    assert done.count("Bread, slowly.") == 6
    assert done.count("data-copy=") == 6
    assert "openai:o1" in done
    assert "$0.0" in done
    page = words(client.get(PAGE))
    assert url in page
    assert "Answered" in page


def test_without_scripts_it_is_a_page_of_its_own(client_for, bob, lumen, chain):
    chain("openai:o1")
    answer = client_for(bob, lumen).post("/ai/ask/", form())
    assert answer.status_code == 302
    assert client_for(bob, lumen).get(answer["Location"]).status_code == 200


def test_sent_twice_it_is_one_question(client_for, bob, lumen, chain):
    chain("openai:o1")
    client, sent = client_for(bob, lumen), form()
    assert client.post("/ai/ask/", sent)["Location"] == client.post("/ai/ask/", sent)["Location"]
    with tenancy.enter(lumen):
        assert Question.objects.count() == Reservation.objects.count() == 1
    changed = client.post("/ai/ask/", sent | {"text": "Other"})
    assert changed.status_code == 422
    assert "sent before" in words(changed)


@pytest.mark.parametrize(
    "wrong",
    [
        {"text": ""}, {"text": "x" * 2001}, {"key": "x"}, {"platforms": ["myspace"]},
        {"language": "tlh"}, {"tone": "<b>"}, {"do": "sales", "price": "1e30"},
        {"do": "sales", "growth": "NaN"}, {"do": "reply", "intent": "avenge"},
    ],
)  # fmt: skip
def test_a_wrong_form_is_said_and_costs_nothing(client_for, bob, lumen, chain, wrong):
    chain("openai:o1")
    answer = client_for(bob, lumen).post("/ai/ask/", form(**wrong), headers=HTMX)
    assert answer.status_code == 422
    with tenancy.enter(lumen):
        assert not Reservation.objects.exists()


def test_without_a_key_figures_still_speak(client_for, bob, lumen, settings):
    settings.AI_PROVIDER_CHAIN = "openai:o1"
    with tenancy.enter(lumen):
        account = make_account()
        for views in range(6):
            make_post(account, view_count=100 + views)
        post = make_post(account, view_count=900, title="<b>Bread</b>")
    page = words(client_for(bob, lumen).get(PAGE, {"do": "explain", "post": post.code}))
    assert "No language model is set up." in page
    assert "LOCAL_LLM_BASE_URL" in page
    assert "Computed analysis (no AI)" in page
    assert "It was seen 8.7 times as often as usual." in page
    assert "disabled" in page


def test_a_limit_that_is_reached_says_until_when(client_for, bob, lumen, chain, settings):
    loopback = chain("openai:o1")
    settings.AI_PLAN_REQUESTS = {lumen.plan: 1}
    client = client_for(bob, lumen)
    assert client.post("/ai/ask/", form(), headers=HTMX).status_code == 200
    again = client.post("/ai/ask/", form(), headers=HTMX)
    assert again.status_code == 422
    assert "It begins anew on" in words(again)
    assert "Used up." in words(client.get(PAGE))
    assert loopback.requests == []


def test_stopped_agents_take_no_question(client_for, bob, lumen, chain):
    chain("openai:o1")
    with tenancy.enter(lumen):
        Preference.objects.create(is_stopped=True)
    answer = client_for(bob, lumen).post("/ai/ask/", form(), headers=HTMX)
    assert answer.status_code == 422
    assert "All agents are stopped." in words(answer)


def test_messages_that_may_not_leave_are_announced(client_for, bob, lumen, chain):
    chain("openai:o1")
    client = client_for(bob, lumen)
    note = "Messages of others stay on this server."
    assert note in words(client.get(PAGE, {"do": "reply"}))
    assert note not in words(client.get(PAGE, {"do": "caption"}))
    chain("local:qwen")
    assert note not in words(client.get(PAGE, {"do": "reply"}))


def test_a_provider_that_fails_is_named_as_such_and_costs_no_request(
    client_for, bob, lumen, chain, run_jobs
):
    chain("openai:o1").script["o1"] = {"status": 503}
    client = client_for(bob, lumen)
    location = client.post("/ai/ask/", form())["Location"]
    run_jobs()
    page = words(client.get(location))
    assert "No provider answered." in page
    assert "Your request was given back." in page
    with tenancy.enter(lumen):
        assert Allowance.objects.get(measure="requests").used == 0


def test_cancelling_and_deleting(client_for, bob, lumen, chain, run_jobs):
    loopback = chain("openai:o1")
    client = client_for(bob, lumen)
    location = client.post("/ai/ask/", form())["Location"]
    assert "You cancelled this." in words(client.post(f"{location}cancel/", headers=HTMX))
    run_jobs()
    assert loopback.requests == []
    assert client.post(f"{location}delete/").status_code == 302
    assert client.get(location).status_code == 404
    assert AuditEntry.objects.filter(action="ai_agents.question.deleted").count() == 1


def test_what_was_paid_stays_in_the_ledger_without_words(client_for, bob, lumen, chain):
    chain("openai:o1").script["o1"] = told(CAPTIONS)
    with tenancy.enter(lumen):
        question = answered(bob, "caption")
    client_for(bob, lumen).post(f"/ai/answers/{question.code}/delete/")
    with tenancy.enter(lumen):
        assert Usage.objects.get().cost > Decimal(0)
        assert not Question.objects.exists()


def test_nobody_else_reads_it_whatever_their_role(client_for, bob, alice, nina, lumen, nova, chain):
    chain("openai:o1")
    with tenancy.enter(lumen):
        question = put(bob, "reply", inputs={"text": "zorglub", "intent": "calm"})
    for person, workspace in ((alice, lumen), (nina, lumen), (nina, nova)):
        client = client_for(person, workspace)
        assert client.get(f"/ai/answers/{question.code}/").status_code == 404
        assert client.post(f"/ai/answers/{question.code}/delete/").status_code == 404
        assert str(question.code) not in words(client.get(PAGE))
    # A message of somebody else is not shown again, not even to who pasted it.
    assert "zorglub" not in words(client_for(bob, lumen).get(PAGE))


def test_a_video_of_somebody_else_is_none(client_for, bob, lumen, nova, chain):
    chain("openai:o1")
    with tenancy.enter(nova):
        foreign = make_post(make_account(), title="Secret of nova", view_count=7)
    client = client_for(bob, lumen)
    for code in (foreign.code, "x", "' OR 1=1", ""):
        page = words(client.get(PAGE, {"do": "explain", "post": code}))
        assert "Secret of nova" not in page
    client.post("/ai/ask/", form(do="explain", post=str(foreign.code)), headers=HTMX)
    with tenancy.enter(lumen):
        assert not Question.objects.filter(operation="explain").exists()


def test_words_choose_who_answers_a_free_question(client_for, bob, lumen, chain):
    chain("openai:o1")
    client_for(bob, lumen).post("/ai/ask/", form(do="", text="Des idées de vidéos ?"))
    with tenancy.enter(lumen):
        assert Question.objects.get().operation == "ideas"


def test_the_page_asks_as_little_for_many_rows_as_for_few(client_for, bob, lumen, chain):
    chain("openai:o1")
    client = client_for(bob, lumen)
    with tenancy.enter(lumen):
        account = make_account()
        post = make_post(account, view_count=900)

    def queries(**asked):
        with CaptureQueriesContext(connection) as captured:
            assert client.get(PAGE, asked).status_code == 200
        return len(captured)

    asked = {"do": "explain", "post": post.code}
    with tenancy.enter(lumen):
        put(bob, "explain", post=post)
    queries(**asked)
    few = queries(**asked)
    with tenancy.enter(lumen):
        for views in range(12):
            put(bob, "explain", post=make_post(account, view_count=views))
    assert queries(**asked) == few


def test_the_answer_is_in_the_readers_language_unless_they_say_otherwise(
    client_for, bob, lumen, chain
):
    chain("openai:o1")
    User.objects.filter(pk=bob.pk).update(language="fr")
    page = client_for(bob, lumen).get(PAGE).content.decode()
    assert 'value="fr" selected' in page


def test_the_link_stands_at_each_video(client_for, bob, vera, lumen):
    with tenancy.enter(lumen):
        post = make_post(make_account(), view_count=900)
    url = reverse(
        "integrations:account-detail",
        urlconf="creator_ai.urls_workspace",
        kwargs={"code": post.account.code},
    )
    link = f"/ai/?do=explain&amp;post={post.code}"
    assert link in client_for(bob, lumen).get(url).content.decode()
    assert link not in client_for(vera, lumen).get(url).content.decode()


def test_deleting_while_it_is_answered_stores_nothing(chain, bob, lumen):
    chain("openai:o1")
    with tenancy.enter(lumen):
        question = put(bob, "caption")
        questions.delete_question(question=question, actor=bob)
        assert not Question.objects.exists()
        assert Allowance.objects.get(measure="requests").reserved == 0
