"""The embedded page: framed by the bot's websites alone, without a cookie, for its own session."""

import re
import uuid
from datetime import timedelta
from html import unescape

import pytest
from django.core import signing
from django.utils import timezone

from accounts import tenancy
from ai_agents import bot_page, review
from ai_agents.models import ChatbotConversation, ChatbotTurn
from tests.ai_agents.chatting import SITE, add_text, make_chatbot, put, saying
from tests.ai_agents.conftest import make_price

HTMX = {"HX-Request": "true"}
OTHER = "https://shop.example:8443"


@pytest.fixture
def bot(lumen, alice, chain, monkeypatch):
    chain("openai:m1").script["m1"] = saying("A parcel to France takes 4 days.")
    monkeypatch.setattr(review, "_judges", [lambda texts: [0] * len(texts)])
    with tenancy.enter(lumen):
        make_price("openai", "m1")
        chatbot = make_chatbot(origins=[SITE, OTHER], description="Ask about <b>bread</b>.")
        add_text(chatbot, alice)
    return chatbot


@pytest.fixture
def visitor(client_for, lumen):
    return client_for(None, lumen)


def opened(visitor, bot, referer=f"{SITE}/contact?x=1"):
    return visitor.get(f"/bot/{bot.code}/", headers={"referer": referer} if referer else {})


def field(page, name):
    found = re.search(rf'name="{name}" value="([^"]+)"', page.content.decode())
    assert found, page.content.decode()[-2000:]
    return unescape(found[1])


def write(visitor, bot, page, message="How long to France?", **fields):
    told = {
        "token": field(page, "token"), "key": field(page, "key"), "message": message, **fields,
    }  # fmt: skip
    return visitor.post(f"/bot/{bot.code}/messages/", told, headers=HTMX)


def test_a_visitor_asks_and_reads(visitor, bot, run_jobs, lumen):
    page = opened(visitor, bot)
    assert page.status_code == 200
    policy = page["Content-Security-Policy"]
    assert f"frame-ancestors {SITE} {OTHER}" in policy
    assert "default-src 'none'" in policy
    assert "X-Frame-Options" not in page
    assert not page.cookies
    text = page.content.decode()
    assert "&lt;b&gt;bread&lt;/b&gt;" in text
    assert "kept for 30 days" in text
    assert "You speak for a bakery" not in text
    asked = write(visitor, bot, page)
    assert asked.status_code == 200
    assert not asked.cookies
    with tenancy.enter(lumen):
        turn = ChatbotTurn.objects.get()
    url = f"/bot/{bot.code}/turns/{turn.code}/"
    assert f'hx-get="{url}"' in asked.content.decode()
    run_jobs()
    done = visitor.get(url, headers=HTMX)
    shown = done.content.decode()
    assert "hx-get" not in shown
    assert "A parcel to France takes 4 days." in shown
    assert "notes.md" in shown
    assert "Written by AI" in shown
    assert "openai" not in shown
    assert not done.cookies
    # The form that came back goes on with the same conversation.
    write(visitor, bot, asked, "And to Spain?")
    with tenancy.enter(lumen):
        talk = ChatbotConversation.objects.get()
        assert (talk.channel, talk.turns.count(), talk.network) == ("page", 2, "127.0.0.0/24")


def test_without_scripts_it_works_by_pages(visitor, bot, run_jobs, lumen):
    page = opened(visitor, bot)
    told = {"token": field(page, "token"), "key": field(page, "key"), "message": "To France?"}
    answer = visitor.post(f"/bot/{bot.code}/messages/", told)
    assert "<html" in answer.content.decode()
    found = re.search(rf'href="(/bot/{bot.code}/turns/[^"]+)"', answer.content.decode())
    assert found
    run_jobs()
    later = visitor.get(found[1])
    assert "A parcel to France" in later.content.decode()
    assert f"frame-ancestors {SITE}" in later["Content-Security-Policy"]


@pytest.mark.parametrize(
    "referer",
    ["", "https://evil.example/", f"{SITE}.evil.example/", "http://agency.example/", "x", "//[",
     "https://agency.example:444/"],
)  # fmt: skip
def test_elsewhere_there_is_nothing_to_write_with(visitor, bot, referer):
    page = opened(visitor, bot, referer)
    assert page.status_code == 403
    assert 'name="token"' not in page.content.decode()
    assert f"frame-ancestors {SITE} {OTHER};" in page["Content-Security-Policy"] + ";"


def test_a_bot_without_websites_is_framed_by_nobody(visitor, bot, lumen):
    with tenancy.enter(lumen):
        bot.origins = []
        bot.save()
    page = opened(visitor, bot)
    assert page.status_code == 403
    assert "frame-ancestors 'none'" in page["Content-Security-Policy"]


def test_a_token_is_for_its_bot_its_workspace_and_its_hour(
    visitor, bot, lumen, nova, client_for, settings, monkeypatch
):
    page = opened(visitor, bot)
    with tenancy.enter(lumen):
        other = make_chatbot(name="Other")
    with tenancy.enter(nova):
        foreign = make_chatbot(name="Foreign")
    tokens = [
        "",
        "x",
        field(page, "token") + "x",
        signing.dumps(["t", str(bot.code), SITE, str(uuid.uuid4())], salt="another"),
        signing.dumps([lumen.schema_name, str(bot.code), SITE], salt=bot_page.SALT),
        signing.dumps({"a": 1}, salt=bot_page.SALT),
        signing.dumps([nova.schema_name, str(bot.code), SITE, "x"], salt=bot_page.SALT),
    ]
    for token in tokens:
        assert write(visitor, bot, page, token=token).status_code == 401, token
    assert write(visitor, other, page).status_code == 401
    elsewhere = client_for(None, nova)
    assert write(elsewhere, bot, page).status_code == 404
    assert write(elsewhere, foreign, page).status_code == 401
    settings.CHATBOT_TOKEN_SECONDS = -1
    late = write(visitor, bot, page)
    assert late.status_code == 401
    assert "Load the page of the website again" in late.content.decode()
    settings.CHATBOT_TOKEN_SECONDS = 3600
    with tenancy.enter(lumen):
        bot.origins = [OTHER]  # the website was taken off the list meanwhile
        bot.save()
    assert write(visitor, bot, page).status_code == 401
    with tenancy.enter(lumen):
        assert not ChatbotTurn.objects.exists()


def test_a_bot_that_is_off_or_foreign_is_not_there(visitor, bot, lumen, nova, client_for):
    assert opened(client_for(None, nova), bot).status_code == 404
    page = opened(visitor, bot)
    with tenancy.enter(lumen):
        bot.is_active = False
        bot.save()
    assert opened(visitor, bot).status_code == 404
    assert write(visitor, bot, page).status_code == 404


def test_two_visitors_never_meet(visitor, bot, lumen, run_jobs):
    first, second = opened(visitor, bot), opened(visitor, bot)
    write(visitor, bot, first, "I am the first zorglub.")
    run_jobs()
    shown = write(visitor, bot, second, "And I the second.").content.decode()
    assert "zorglub" not in shown
    with tenancy.enter(lumen):
        assert ChatbotConversation.objects.count() == 2
        trial = put(bot)  # of the API
    assert visitor.get(f"/bot/{bot.code}/turns/{trial.code}/").status_code == 404
    assert visitor.get(f"/bot/{bot.code}/turns/{uuid.uuid4()}/").status_code == 404


def test_what_is_wrong_is_said_in_the_form(visitor, bot, lumen, settings):
    page = opened(visitor, bot)
    for message in ("", " ", "x" * 1_001):
        assert write(visitor, bot, page, message).status_code == 422
    assert write(visitor, bot, page, key="x").status_code == 422
    first = write(visitor, bot, page)
    busy = write(visitor, bot, first, "Again?")
    assert busy.status_code == 422
    assert "Wait for the answer" in busy.content.decode()
    same = write(visitor, bot, page)  # the button was pressed twice
    assert same.status_code == 200
    with tenancy.enter(lumen):
        assert ChatbotTurn.objects.count() == 1
        bot.month_limit = 1
        bot.save()
    used = write(visitor, bot, opened(visitor, bot))
    assert "a limit was reached" in used.content.decode()
    settings.CHATBOT_VISITOR_REQUESTS_A_MINUTE = 0
    assert "Too many at once" in write(visitor, bot, opened(visitor, bot)).content.decode()


def test_without_a_model_it_says_so(visitor, bot, settings, lumen):
    settings.AI_PROVIDER_CHAIN = ""
    answer = write(visitor, bot, opened(visitor, bot))
    assert answer.status_code == 422
    assert "not set up yet" in answer.content.decode()
    with tenancy.enter(lumen):
        assert not ChatbotTurn.objects.exists()


def test_an_old_conversation_is_gone_for_its_visitor_too(visitor, bot, lumen, run_jobs):
    page = write(visitor, bot, opened(visitor, bot))
    run_jobs()
    with tenancy.enter(lumen):
        long_ago = timezone.now() - timedelta(days=31)
        ChatbotConversation.objects.update(last_message_at=long_ago)
    with tenancy.public():
        from ai_agents.services.talks import forget_talks

        forget_talks()
    assert write(visitor, bot, page, "Still there?").status_code == 200
    with tenancy.enter(lumen):
        assert ChatbotTurn.objects.get().message == "Still there?"
