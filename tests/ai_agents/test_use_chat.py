"""The chat's page: one's talks are one's own, each state is said, nothing in it is active."""

import json
import uuid
from collections.abc import Callable
from html import unescape
from typing import Any

import pytest
from asgiref.sync import async_to_sync
from channels.auth import AuthMiddlewareStack
from channels.routing import URLRouter
from django.conf import settings as django_settings
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import path

from accounts import live, tenancy
from accounts.consumers import LiveConsumer
from accounts.models import AuditEntry, User, Workspace
from ai_agents import review
from ai_agents.models import Allowance, Conversation, Message, Preference, Reservation, Usage
from tests.ai_agents.conftest import make_price
from tests.ai_agents.talking import TEXT, talked, write
from tests.sockets import Socket

PAGE = "/ai/chat/"
HTMX = {"HX-Request": "true"}


def form(**fields):
    return {"key": str(uuid.uuid4()), "text": "How is it going?", "language": "en", **fields}


def words(answer):
    return unescape(answer.content.decode().partition("<main")[2] or answer.content.decode())


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
def _ready(lumen, monkeypatch):
    monkeypatch.setattr(review, "_judges", [lambda texts: [0] * len(texts)])
    with tenancy.enter(lumen):
        make_price("openai", "o1")


def test_a_creator_talks_and_reads_the_answer(client_for, bob, lumen, chain, run_jobs):
    chain("openai:o1")
    client = client_for(bob, lumen)
    begun = client.post(f"{PAGE}send/", form(), headers=HTMX)
    page, _, place = begun["HX-Redirect"].partition("#")
    assert place == "latest"
    waiting = client.get(page).content.decode()
    with tenancy.enter(lumen):
        message = Message.objects.get(role="assistant")
    url = f"/ai/chat/messages/{message.code}/"
    assert f'id="words-{message.code}"' in waiting
    assert f'hx-get="{url}" hx-trigger="load delay:3s" hx-target="closest article"' in waiting
    assert "Writing" in waiting
    run_jobs()
    done = client.get(url, headers=HTMX).content.decode()
    assert "hx-get" not in done
    for told in (TEXT, "Written by AI", "openai:o1", "$0.0", "The answer is complete."):
        assert told in done
    assert "The answer is complete." not in client.get(page).content.decode()
    more = client.post(f"{page}send/", form(text="And then?"), headers=HTMX)
    assert more.status_code == 200
    assert "<html" not in more.content.decode()
    assert words(more).count("<article") == 4
    run_jobs()
    assert words(client.get(page)).count(TEXT) == 2


def test_without_scripts_everything_is_a_page(client_for, bob, lumen, chain):
    chain("openai:o1")
    client = client_for(bob, lumen)
    begun = client.post(f"{PAGE}send/", form())
    assert begun.status_code == 302
    assert client.get(begun["Location"]).status_code == 200
    with tenancy.enter(lumen):
        message = Message.objects.get(role="assistant")
    stopped = client.post(f"/ai/chat/messages/{message.code}/stop/")
    assert stopped["Location"].endswith(f"/#message-{message.code}")
    assert client.get(f"/ai/chat/messages/{message.code}/")["Location"] == stopped["Location"]
    assert "before its first word" in words(client.get(stopped["Location"]))


def test_a_page_that_is_loaded_while_it_is_written_shows_it_so_far(client_for, bob, lumen, chain):
    chain("openai:o1")
    with tenancy.enter(lumen):
        message = write(bob)
        Message.objects.filter(pk=message.pk).update(state="streaming", text="Half <b>of it")
    page = client_for(bob, lumen).get(f"/ai/chat/{message.conversation.code}/").content.decode()
    assert "<bdi>Half &lt;b&gt;of it</bdi>" in page
    assert "Provisional" in page


def test_sent_twice_it_is_one_message(client_for, bob, lumen, chain):
    chain("openai:o1")
    client, sent = client_for(bob, lumen), form()
    first = client.post(f"{PAGE}send/", sent)["Location"]
    assert client.post(f"{PAGE}send/", sent)["Location"] == first
    with tenancy.enter(lumen):
        assert Reservation.objects.count() == Conversation.objects.count() == 1
    changed = client.post(f"{PAGE}send/", sent | {"text": "Other"})
    assert changed.status_code == 422
    assert "sent before" in words(changed)
    busy = client.post(f"{first.partition('#')[0]}send/", form(), headers=HTMX)
    assert busy.status_code == 422
    assert "An answer is being written here." in words(busy)


@pytest.mark.parametrize(
    "wrong",
    [{"text": ""}, {"text": " \n "}, {"text": "x" * 100_000}, {"key": "x"}, {"language": "tlh"},
     {"text": "\x00"}],
)  # fmt: skip
def test_a_wrong_form_is_said_and_costs_nothing(client_for, bob, lumen, chain, wrong):
    chain("openai:o1")
    answer = client_for(bob, lumen).post(f"{PAGE}send/", form(**wrong), headers=HTMX)
    assert answer.status_code == 422
    with tenancy.enter(lumen):
        assert not Reservation.objects.exists()


def test_each_state_says_what_stands_in_the_way(client_for, bob, vera, lumen, chain, settings):
    settings.AI_PROVIDER_CHAIN = "openai:o1"
    client = client_for(bob, lumen)
    empty = words(client.get(PAGE))
    assert "Ask, and watch the answer come" in empty
    assert "No language model is set up." in empty
    assert "disabled" in empty
    chain("openai:o1")
    assert "No language model" not in words(client.get(PAGE))
    settings.AI_PLAN_REQUESTS = {lumen.plan: 0}
    assert "Used up." in words(client.get(PAGE))
    refused = client.post(f"{PAGE}send/", form(), headers=HTMX)
    assert refused.status_code == 422
    assert "It begins anew on" in words(refused)
    with tenancy.enter(lumen):
        Preference.objects.create(is_stopped=True)
    assert "All agents are stopped." in words(client.post(f"{PAGE}send/", form(), headers=HTMX))
    assert "Your role reads." in words(client_for(vera, lumen).get(PAGE))


def test_a_provider_that_fails_is_said_and_costs_no_request(
    client_for, bob, lumen, chain, run_jobs
):
    chain("openai:o1").script["o1"] = {"status": 503}
    client = client_for(bob, lumen)
    location = client.post(f"{PAGE}send/", form())["Location"]
    run_jobs()
    page = words(client.get(location))
    assert "No provider answered." in page
    assert "Your request was given back." in page
    with tenancy.enter(lumen):
        assert Allowance.objects.get(measure="requests").used == 0


def test_nobody_else_reads_it_whatever_their_role(client_for, bob, alice, nina, lumen, nova, chain):
    chain("openai:o1")
    with tenancy.enter(lumen):
        message = talked(bob, "zorglub")
    talk, answer = f"{PAGE}{message.conversation.code}/", f"{PAGE}messages/{message.code}/"
    for person, workspace in ((alice, lumen), (nina, lumen), (nina, nova)):
        client = client_for(person, workspace)
        for url in (talk, f"{talk}export/", answer):
            assert client.get(url, headers=HTMX).status_code == 404
        for url in (f"{talk}send/", f"{talk}delete/", f"{answer}stop/"):
            assert client.post(url, form()).status_code == 404
        assert "zorglub" not in words(client.get(PAGE))
    with tenancy.enter(lumen):
        assert Message.objects.count() == 2


def test_what_the_person_wrote_is_no_message_to_stop(client_for, bob, lumen, chain):
    chain("openai:o1")
    with tenancy.enter(lumen):
        own = talked(bob).conversation.messages.get(role="user")
    assert client_for(bob, lumen).get(f"{PAGE}messages/{own.code}/").status_code == 404


def test_a_talk_is_taken_away_as_a_file(client_for, bob, lumen, chain):
    loopback = chain("openai:o1")
    loopback.script["o1"] = {"text": "Film <b>bread</b>."}
    with tenancy.enter(lumen):
        message = talked(bob, "=cmd|' /C calc'!A0 <script>alert(1)</script>")
    url = f"{PAGE}{message.conversation.code}/export/"
    client = client_for(bob, lumen)
    answer = client.get(url)
    assert answer["Content-Type"] == "application/json"
    assert answer["Content-Disposition"].startswith('attachment; filename="aura-chat-')
    found = json.loads(answer.content)
    asked, told = found["messages"]
    assert asked["text"] == "=cmd|' /C calc'!A0 <script>alert(1)</script>"
    assert (told["text"], told["provider"], told["by"]) == (
        "Film bread.", "openai:o1", "assistant",
    )  # fmt: skip
    text = client.get(url, {"as": "text"})
    assert text["Content-Type"] == "text/plain; charset=utf-8"
    assert text["X-Content-Type-Options"] == "nosniff"
    assert "Film bread." in text.content.decode()


def test_what_is_not_checked_yet_is_not_taken_away(client_for, bob, lumen, chain):
    chain("openai:o1")
    with tenancy.enter(lumen):
        message = write(bob)
        Message.objects.filter(pk=message.pk).update(state="streaming", text="Unchecked 99")
    url = f"{PAGE}{message.conversation.code}/export/"
    assert b"Unchecked" not in client_for(bob, lumen).get(url).content


def test_deleted_it_is_gone_and_its_cost_stays(client_for, bob, lumen, chain):
    chain("openai:o1")
    with tenancy.enter(lumen):
        message = talked(bob)
    client = client_for(bob, lumen)
    url = f"{PAGE}{message.conversation.code}/"
    assert client.post(f"{url}delete/").status_code == 302
    assert client.get(url).status_code == 404
    with tenancy.enter(lumen):
        assert not Message.objects.exists()
        assert Usage.objects.get().cost > 0
    assert AuditEntry.objects.filter(action="ai_agents.conversation.deleted").count() == 1


def test_titles_and_words_are_text(client_for, bob, lumen, chain):
    attack = '</bdi></span><img src=x onerror=alert(1)><div hx-get="/evil" hx-trigger="load">'
    chain("openai:o1").script["o1"] = {"text": attack}
    with tenancy.enter(lumen):
        message = talked(bob, attack)
    client = client_for(bob, lumen)
    for url in (PAGE, f"{PAGE}{message.conversation.code}/"):
        html = client.get(url).content.decode()
        assert "<img src=x" not in html
        assert 'hx-get="/evil"' not in html


def test_the_page_asks_as_little_for_many_rows_as_for_few(client_for, bob, lumen, chain):
    chain("openai:o1")
    client = client_for(bob, lumen)
    with tenancy.enter(lumen):
        message = talked(bob)
    page, fragment = f"{PAGE}{message.conversation.code}/", f"{PAGE}messages/{message.code}/"

    def queries(url, **options):
        with CaptureQueriesContext(connection) as captured:
            assert client.get(url, **options).status_code == 200
        return [one["sql"] for one in captured.captured_queries]

    queries(page)
    few = queries(page)
    with tenancy.enter(lumen):
        for number in range(8):
            talked(bob, f"More {number}", conversation=message.conversation)
            talked(bob, f"Other {number}")
    assert len(queries(page)) == len(few)
    own = [sql for sql in queries(fragment, headers=HTMX) if "ai_agents_" in sql]
    assert len(own) == 1
    assert len([sql for sql in few if "ai_agents_" in sql]) <= 5


def test_the_assistant_leads_here(client_for, bob, lumen):
    assert f'href="{PAGE}"' in client_for(bob, lumen).get("/ai/").content.decode()


@pytest.fixture
def _one_transaction(monkeypatch: pytest.MonkeyPatch) -> None:
    """Channels drops connections between frames; here that would drop the test's transaction."""
    monkeypatch.setattr("channels.db.close_old_connections", lambda: None)


@pytest.mark.usefixtures("_one_transaction")
def test_words_reach_the_sockets_of_their_person_alone(
    alice: User, nina: User, lumen: Workspace, nova: Workspace, client_for: Callable[..., Client]
) -> None:
    application = AuthMiddlewareStack(URLRouter([path("live/", LiveConsumer.as_asgi())]))

    def socket(user: User, workspace: Workspace) -> Socket:
        host = f"{workspace.slug}.{django_settings.PUBLIC_HOST}"
        name = django_settings.SESSION_COOKIE_NAME
        cookie = f"{name}={client_for(user, workspace).cookies[name].value}"
        headers = [(b"host", host), (b"origin", f"http://{host}"), (b"cookie", cookie)]
        return Socket(application, "/live/", [(key, text.encode()) for key, text in headers])

    own, other, elsewhere = socket(nina, lumen), socket(alice, lumen), socket(nina, nova)
    group = live.person_group_of(lumen.schema_name, nina.pk)

    @async_to_sync
    async def play() -> Any:
        for one in (own, other, elsewhere):
            assert await one.connect() is None
        await live.say(group, box="words-x", at=3, text="<b>bread</b>")
        frame = await own.receive()
        assert await other.receive_nothing()
        assert await elsewhere.receive_nothing()
        for one in (own, other, elsewhere):
            await one.leave()
        return frame

    assert play() == {"box": "words-x", "at": 3, "text": "<b>bread</b>"}


@pytest.mark.usefixtures("_one_transaction")
def test_words_stop_when_access_ends(
    bob: User,
    lumen: Workspace,
    client_for: Callable[..., Client],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    from asgiref.sync import sync_to_async

    from accounts import consumers
    from accounts.models import Membership

    monkeypatch.setattr(consumers, "RECHECK_SECONDS", -1)
    application = AuthMiddlewareStack(URLRouter([path("live/", LiveConsumer.as_asgi())]))
    host = f"{lumen.slug}.{django_settings.PUBLIC_HOST}"
    name = django_settings.SESSION_COOKIE_NAME
    cookie = f"{name}={client_for(bob, lumen).cookies[name].value}"
    headers = [(b"host", host), (b"origin", f"http://{host}"), (b"cookie", cookie)]
    socket = Socket(application, "/live/", [(key, text.encode()) for key, text in headers])
    group = live.person_group_of(lumen.schema_name, bob.pk)

    @async_to_sync
    async def play() -> int:
        assert await socket.connect() is None
        await sync_to_async(Membership.objects.filter(user=bob).delete)()
        await live.say(group, box="words-x", at=0, text="secret")
        return await socket.closed()

    assert play() == 4403
