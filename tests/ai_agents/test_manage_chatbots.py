"""A manager makes a chatbot, tries it, reads what visitors wrote, and ends it all."""

import re
import uuid
from html import unescape

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test.utils import CaptureQueriesContext

from accounts import tenancy
from accounts.models import AuditEntry
from ai_agents import review
from ai_agents.models import (
    Chatbot,
    ChatbotConversation,
    ChatbotDocument,
    ChatbotKey,
    ChatbotPassage,
    ChatbotTurn,
    Usage,
)
from tests.ai_agents.chatting import SITE, add_text, make_chatbot, put, replied, saying
from tests.ai_agents.conftest import make_price

LIST = "/ai/chatbots/"
HTMX = {"HX-Request": "true"}
RUDE = "qwzzk you rude frobnicator"


@pytest.fixture(autouse=True)
def _ready(lumen, chain, monkeypatch):
    chain("openai:m1").script["m1"] = saying("A parcel to France takes 4 days.")
    monkeypatch.setattr(review, "_judges", [lambda texts: ["rude" in one for one in texts]])
    with tenancy.enter(lumen):
        make_price("openai", "m1")


@pytest.fixture
def bot(lumen, alice):
    with tenancy.enter(lumen):
        chatbot = make_chatbot()
        add_text(chatbot, alice)
    return chatbot


@pytest.fixture
def manager(client_for, nina, lumen):
    return client_for(nina, lumen)


def form(**fields):
    return {
        "name": "Lumière", "description": "Ask about bread.", "system_prompt": "Speak kindly.",
        "deployment": "", "temperature": "0.7", "max_tokens": "500", "month_limit": "100",
        "origins": "https://agency.example", "keep_days": "30", "is_active": "on", **fields,
    }  # fmt: skip


def words(answer):
    return unescape(answer.content.decode().partition("<main")[2] or answer.content.decode())


def test_a_bot_is_made_tried_and_quoted(manager, lumen, run_jobs):
    assert "No chatbot yet" in words(manager.get(LIST))
    made = manager.post(f"{LIST}new/", form())
    page = made["Location"]
    upload = SimpleUploadedFile("notes.md", b"A parcel to France takes 4 days.")
    assert manager.post(f"{page}documents/", {"file": upload}).status_code == 302
    assert "Waiting to be read" in words(manager.get(page))
    run_jobs()
    assert "1 passage" in words(manager.get(page))
    tried = manager.post(
        f"{page}try/", {"key": str(uuid.uuid4()), "message": "To France?"}, headers=HTMX
    )
    with tenancy.enter(lumen):
        turn = ChatbotTurn.objects.select_related("conversation").get()
    url = f"{LIST}turns/{turn.code}/"
    assert f'hx-get="{url}"' in tried.content.decode()
    run_jobs()
    done = words(manager.get(url, headers=HTMX))
    assert "A parcel to France takes 4 days." in done
    assert "notes.md" in done
    assert "Lumière" in done
    assert "openai:m1" in done
    assert "$0.0" in done
    more = manager.post(
        f"{page}try/",
        {"key": str(uuid.uuid4()), "message": "Sure?",
         "conversation": str(turn.conversation.code)},
        headers=HTMX,
    )  # fmt: skip
    assert more.content.decode().count("<article") == 2
    assert "0 of 100" in words(manager.get(page))  # a trial is no visitor


@pytest.mark.parametrize(
    "wrong",
    [
        {"name": ""}, {"name": "x" * 61}, {"temperature": "1.1"}, {"temperature": "0.55"},
        {"temperature": "-0.1"}, {"temperature": "NaN"}, {"max_tokens": "49"},
        {"max_tokens": "2001"}, {"month_limit": "-1"}, {"keep_days": "0"}, {"keep_days": "366"},
        {"deployment": "openai:gpt-9-unknown"}, {"deployment": "../../etc"},
        {"system_prompt": "x" * 4_001}, {"name": "a\0b"},
        {"origins": "agency.example"}, {"origins": "http://agency.example"},
        {"origins": "https://agency.example/path"}, {"origins": "https://a@b.example"},
        {"origins": "https://*"}, {"origins": "https://*.example"}, {"origins": "*"},
        {"origins": "https://a.example; script-src *"}, {"origins": "https://a.example,b"},
        {"origins": "https://a.example:0"}, {"origins": "https://a.example:99999"},
        {"origins": "https://[::1"}, {"origins": "https://bücher.example"},
        {"origins": "javascript:alert(1)"}, {"origins": "data:x"}, {"origins": "null"},
        {"origins": " ".join(f"https://a{n}.example" for n in range(11))},
    ],
    ids=range(32),
)  # fmt: skip
def test_a_wrong_setting_is_said(manager, lumen, wrong):
    answer = manager.post(f"{LIST}new/", form(**wrong))
    assert answer.status_code == 422
    assert "error" in answer.content.decode()
    with tenancy.enter(lumen):
        assert not Chatbot.objects.exists()


def test_a_new_one_begins_with_what_is_usual(manager):
    page = manager.get(f"{LIST}new/").content.decode()
    for name, value in (("temperature", "0.7"), ("max_tokens", "500"), ("keep_days", "30")):
        assert re.search(rf'name="{name}" value="{value}"', page), name
    assert "[]" not in page


def test_addresses_of_websites_are_kept_as_browsers_say_them(manager, lumen):
    manager.post(
        f"{LIST}new/",
        form(origins="HTTPS://Agency.Example/\n https://agency.example:443 https://b.example:8443"
             " http://localhost:3000"),
    )  # fmt: skip
    with tenancy.enter(lumen):
        assert Chatbot.objects.get().origins == [
            "https://agency.example", "https://b.example:8443", "http://localhost:3000",
        ]  # fmt: skip


def test_only_models_with_a_price_are_offered(manager, lumen):
    with tenancy.enter(lumen):
        make_price("openai", "m2")
        make_price("anthropic", "priced")  # no key of it in this chain
    page = manager.get(f"{LIST}new/").content.decode()
    assert 'value="openai:m1"' in page
    assert 'value="openai:m2"' in page
    assert "priced" not in page
    manager.post(f"{LIST}new/", form(deployment="openai:m2"))
    with tenancy.enter(lumen):
        assert Chatbot.objects.get().deployment == "openai:m2"


def test_a_change_names_the_fields_and_never_the_prompt(manager, bot, lumen):
    page = f"{LIST}{bot.code}/edit/"
    assert SITE in manager.get(page).content.decode()
    changed = form(system_prompt="Zorglub.", temperature="0.2", is_active="")
    assert manager.post(page, changed).status_code == 302
    with tenancy.enter(lumen):
        bot.refresh_from_db()
    assert (bot.system_prompt, str(bot.temperature), bot.is_active) == ("Zorglub.", "0.2", False)
    entry = AuditEntry.objects.get(action="ai_agents.chatbot.changed")
    assert "system_prompt" in entry.data["fields"]
    assert "Zorglub" not in repr(vars(entry))
    assert manager.post(page, changed).status_code == 302
    assert AuditEntry.objects.filter(action="ai_agents.chatbot.changed").count() == 1
    assert manager.post(page, form(temperature="7")).status_code == 422


def test_a_key_is_shown_once(manager, bot, lumen):
    made = manager.post(f"{LIST}{bot.code}/key/")
    text = made.content.decode()
    with tenancy.enter(lumen):
        key = ChatbotKey.objects.get()
    plain = text.partition('value="aura_bot_')[2].partition('"')[0]
    assert len(plain) >= 43
    assert "no-store" in made["Cache-Control"]
    assert plain.endswith(key.hint)
    page = manager.get(f"{LIST}{bot.code}/").content.decode()
    assert plain not in page
    assert key.hint in page
    manager.post(f"{LIST}{bot.code}/key/revoke/")
    assert "No key." in manager.get(f"{LIST}{bot.code}/").content.decode()


def test_the_snippet_can_be_pasted_as_it_is(manager, bot):
    page = manager.get(f"{LIST}{bot.code}/").content.decode()
    snippet = unescape(page.partition('id="snippet"')[2].partition(">")[2].partition("</text")[0])
    assert snippet.startswith("<iframe src=")
    assert f"/bot/{bot.code}/" in snippet
    assert 'referrerpolicy="origin"' in snippet


@pytest.mark.parametrize(
    ("name", "content", "words_of_it"),
    [("a.exe", b"MZ", "Only PDF"), ("a.pdf", b"<html>", "no PDF"), ("a.txt", b"", "empty")],
)
def test_a_file_that_cannot_be_read_is_said(manager, bot, lumen, name, content, words_of_it):
    upload = SimpleUploadedFile(name, content)
    answer = manager.post(f"{LIST}{bot.code}/documents/", {"file": upload})
    assert answer.status_code == 422
    assert words_of_it in words(answer)
    with tenancy.enter(lumen):
        assert ChatbotDocument.objects.count() == 1


def test_without_a_file_the_form_says_so(manager, bot):
    assert manager.post(f"{LIST}{bot.code}/documents/").status_code == 422


def test_what_visitors_wrote_is_masked_until_it_is_known_to_be_harmless(manager, bot, lumen):
    with tenancy.enter(lumen):
        kind = replied(bot, "A kind question?")
        rude = replied(bot, RUDE)
        unread = put(bot, RUDE.replace("rude", "unread"))
    for turn, is_shown in ((kind, True), (rude, False), (unread, False)):
        page = f"{LIST}conversations/{turn.conversation.code}/"
        for url in (page, f"{LIST}turns/{turn.code}/"):
            text = manager.get(url, headers=HTMX).content.decode()
            assert (turn.message in text) is is_shown, url
            assert ("/reveal/" in text) is not is_shown
    listed = manager.get(f"{LIST}{bot.code}/conversations/").content.decode()
    assert "frobnicator" not in listed
    assert "kind question" not in listed
    assert "203.0.113.0/24" in listed
    assert "203.0.113.77" not in listed
    shown = manager.post(f"{LIST}turns/{rude.code}/reveal/", headers=HTMX)
    assert RUDE in shown.content.decode()
    assert AuditEntry.objects.filter(action="ai_agents.chatbot_message.revealed").count() == 1
    whole = manager.post(f"{LIST}turns/{rude.code}/reveal/")
    assert RUDE in whole.content.decode()


def test_a_trial_is_its_persons_own_words(manager, client_for, alice, bot, lumen):
    manager.post(f"{LIST}{bot.code}/try/", {"key": str(uuid.uuid4()), "message": RUDE})
    with tenancy.enter(lumen):
        talk = ChatbotConversation.objects.get()
    url = f"{LIST}conversations/{talk.code}/"
    assert RUDE in manager.get(url).content.decode()
    assert RUDE not in client_for(alice, lumen).get(url).content.decode()
    answer = client_for(alice, lumen).post(
        f"{LIST}{bot.code}/try/",
        {"key": str(uuid.uuid4()), "message": "x", "conversation": str(talk.code)},
        headers=HTMX,
    )
    assert answer.status_code == 422
    assert RUDE not in answer.content.decode()


def test_deleting_a_conversation_and_a_bot(manager, bot, lumen):
    with tenancy.enter(lumen):
        talk = replied(bot).conversation
        replied(bot)
    assert manager.post(f"{LIST}conversations/{talk.code}/delete/").status_code == 302
    assert manager.get(f"{LIST}conversations/{talk.code}/").status_code == 404
    asks = manager.get(f"{LIST}{bot.code}/delete/")
    assert "1 conversation go" in words(asks)
    with tenancy.enter(lumen):
        assert Chatbot.objects.exists()
    assert manager.post(f"{LIST}{bot.code}/delete/").status_code == 302
    with tenancy.enter(lumen):
        for model in (Chatbot, ChatbotKey, ChatbotDocument, ChatbotPassage, ChatbotTurn):
            assert not model._default_manager.exists()
        assert Usage.objects.count() == 2  # what was paid stays
    actions = set(AuditEntry.objects.values_list("action", flat=True))
    assert {"ai_agents.chatbot.deleted", "ai_agents.chatbot_conversation.deleted"} <= actions


def test_there_are_not_endless_bots(manager, bot, settings):
    settings.CHATBOTS_MOST = 1
    answer = manager.post(f"{LIST}new/", form())
    assert answer.status_code == 422
    assert "Delete one." in words(answer)


def test_each_state_is_said(manager, bot, lumen, settings):
    page = f"{LIST}{bot.code}/"
    with tenancy.enter(lumen):
        bot.is_active = False
        bot.save()
    assert "It is switched off." in words(manager.get(page))
    settings.AI_PROVIDER_CHAIN = ""
    assert "No language model is set up." in words(manager.get(page))
    assert "No language model is set up." in words(manager.get(LIST))


def test_older_conversations_are_a_page_away(manager, bot, lumen):
    with tenancy.enter(lumen):
        for _ in range(32):
            put(bot)
    first = manager.get(f"{LIST}{bot.code}/conversations/").content.decode()
    assert first.count("/conversations/") >= 30
    older = unescape(first.partition('rel="next" href="')[2].partition('"')[0])
    second = manager.get(f"{LIST}{bot.code}/conversations/{older}").content.decode()
    assert second.count('<li class="row m"><a class="grow"') == 2
    assert manager.get(f"{LIST}{bot.code}/conversations/?before=x").status_code == 200


def test_pages_ask_as_little_for_many_rows_as_for_few(manager, bot, alice, lumen):
    def queries(url):
        with CaptureQueriesContext(connection) as captured:
            assert manager.get(url).status_code == 200
        return len(captured)

    with tenancy.enter(lumen):
        talk = replied(bot).conversation
    urls = [
        LIST, f"{LIST}{bot.code}/", f"{LIST}{bot.code}/conversations/",
        f"{LIST}conversations/{talk.code}/",
    ]  # fmt: skip
    for url in urls:
        queries(url)
    few = [queries(url) for url in urls]
    with tenancy.enter(lumen):
        for number in range(6):
            make_chatbot(name=f"Bot {number}")
            add_text(bot, alice, f"Words of {number}.")
            replied(bot)
            replied(bot, conversation=talk.code)
    assert [queries(url) for url in urls] == few
    assert max(few) <= 8
