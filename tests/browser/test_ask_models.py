"""Language models as a person meets them: none, captions, a limit; and a stream with a coach."""

import json
import uuid
from collections.abc import Callable, Iterator

import pytest
from playwright.sync_api import Page, expect

from tests.ai_agents.answering import CAPTIONS
from tests.browser.conftest import Person, Provider
from tests.journey import THEO, connect_youtube, read_now, sql
from tests.stack import Stack

pytestmark = pytest.mark.browser
MODEL = "gpt-6-luna"  # as the default chain names it
ABUSE = "You are a worthless stupid idiot and everybody hates you"
LONG = 120_000  # ms: a loaded machine is slow, and nothing here is about speed
USAGE = "/ai/usage/"


@pytest.fixture
def model(provider: Provider, stack: Stack) -> Iterator[Provider]:
    """A model that writes captions, its key and the limits only during this journey."""
    provider.loopback.script = {MODEL: {"text": json.dumps(CAPTIONS)}}
    provider.loopback.requests.clear()
    yield provider
    provider.lock_out()
    provider.loopback.script = {}
    sql(stack, "UPDATE ai_agents_preference SET person_requests = NULL RETURNING is_stopped")
    sql(stack, "UPDATE ai_agents_allowance SET used = 0 WHERE user_id IS NOT NULL RETURNING id")


def ask_for_captions(page: Page, about: str) -> None:
    """About something new each time: what was asked before may be answered from memory."""
    page.get_by_label("What is it about?").fill(f"{about} {uuid.uuid4()}")
    page.get_by_label("YouTube").check()
    page.get_by_label("TikTok").check()
    page.get_by_role("button", name="Ask", exact=True).click()


def limit_each_person(page: Page, stack: Stack, number: str) -> None:
    page.goto(stack.demo + USAGE)
    page.get_by_label("Most requests of one person a month").fill(number)
    page.get_by_role("button", name="Save", exact=True).click()
    expect(page.locator("#toast")).to_contain_text("Saved.", timeout=LONG)


def test_captions_without_a_key_with_one_and_after_the_last_request(
    stack: Stack, person: Callable[..., Person], model: Provider
) -> None:
    theo = person()
    theo.sign_in(THEO)
    page = theo.page
    asking = page.get_by_role("button", name="Ask", exact=True)

    # Nothing is set up: the page says so and what would change it.
    page.goto(f"{stack.demo}/ai/?do=caption")
    expect(page.locator("#ask")).to_contain_text("No language model is set up.")
    expect(asking).to_be_disabled()
    theo.shoot("ai-no-key")

    # A key, and captions: marked as AI's, with who wrote them and what they cost.
    model.let_in()
    page.reload()
    expect(page.locator("#ask")).not_to_contain_text("No language model is set up.")
    ask_for_captions(page, "Slow bread with my neighbour")
    answer = page.locator("section[id^='answer-']")
    expect(answer).to_contain_text("Written by AI", timeout=LONG)
    expect(answer).to_contain_text("Bread, slowly. Smell it.")
    expect(answer).to_contain_text(f"openai:{MODEL}")
    expect(answer).to_contain_text("$0.")
    theo.shoot("ai-captions")
    sent = json.dumps([one.body for one in model.loopback.requests])
    assert "Slow bread with my neighbour" in sent
    assert THEO not in sent

    # One request a month, and it is used: the page says which limit and until when.
    limit_each_person(page, stack, "1")
    page.goto(f"{stack.demo}/ai/?do=caption")
    asked_before = len(model.loopback.requests)
    ask_for_captions(page, "Cake")  # the limit begins to count with the first request under it
    expect(answer).to_contain_text("Written by AI", timeout=LONG)
    page.goto(f"{stack.demo}/ai/?do=caption")
    expect(page.locator("#ask")).to_contain_text("Used up.")
    theo.expected.append("422")
    with page.expect_response("**/ai/ask/", timeout=LONG) as refused:
        ask_for_captions(page, "Pie")  # what was never asked is not remembered either
    assert refused.value.status == 422
    # A picture puts a style on fields, which htmx would hand on: taken while nothing is swapped.
    page.goto(f"{stack.demo}/ai/?do=caption")
    expect(page.locator("#ask")).to_contain_text("Used up.")
    assert len(model.loopback.requests) == asked_before + 1
    theo.shoot("ai-used-up")
    limit_each_person(page, stack, "")
    theo.shoot("ai-usage")
    page.goto(f"{stack.demo}/ai/?do=caption")
    expect(asking).to_be_enabled()


@pytest.fixture
def on_air(stack: Stack) -> Iterator[Callable[[str, int], None]]:
    """Mila streams on YouTube, and Aura hears it; `say(text, n)`: so many people write that."""
    somebody = stack.sign_in(THEO, stack.demo)
    find_account = "SELECT code::text FROM integrations_socialaccount WHERE platform = 'youtube'"
    account = sql(stack, find_account) or connect_youtube(stack, somebody, stack.demo)
    is_read = "SELECT bool_or(state = 'done') FROM integrations_syncrun"
    stack.until(lambda: sql(stack, is_read), 240, "the first reading", 0.3)
    stack.ctl("POST", "live", op="start")

    def say(text: str, n: int) -> None:
        for number in range(n):
            stack.ctl("POST", "live", op="say", text=text, author=f"@chat.{number}")

    say("Hello from Lyon", 3)
    read_now(stack, somebody, stack.demo, account)
    is_heard = "SELECT count(*) > 0 FROM integrations_livechat WHERE messages > 0"
    stack.until(lambda: sql(stack, is_heard), 240, "the chat", 0.3)
    yield say
    stack.ctl("POST", "live", op="stop")
    sql(stack, "DELETE FROM ai_agents_coachtip RETURNING id")


def test_a_stream_is_watched_and_its_coach_speaks(
    stack: Stack, person: Callable[..., Person], on_air: Callable[[str, int], None]
) -> None:
    theo = person()
    theo.sign_in(THEO)
    page = theo.page
    page.goto(f"{stack.demo}/harassment/live/")
    chat, coach = page.locator("#live-chat"), page.locator("#coach")
    expect(chat).to_contain_text("Hello from Lyon", timeout=LONG)
    expect(coach).to_contain_text("Computed from the figures, without AI", timeout=LONG)

    # What is said appears by itself; what is abusive does not appear at all, and the coach tells.
    on_air(ABUSE, 8)
    on_air("Which clamp is that?", 3)
    expect(chat).to_contain_text("Which clamp is that?", timeout=LONG)
    expect(coach).to_contain_text("slow mode", timeout=LONG)
    expect(page.locator("#live-figures")).to_contain_text("Very rough", timeout=LONG)
    assert ABUSE not in page.content()
    theo.shoot("live-page")
    tip = coach.locator("li").filter(has_text="slow mode")
    tip.get_by_role("button", name="Dismiss this tip").click()
    expect(tip).to_have_count(0, timeout=LONG)

    # The end of the stream ends the page.
    stack.ctl("POST", "live", op="stop")
    expect(page.locator("#live-none")).to_be_visible(timeout=LONG)
    theo.shoot("live-none")
    stack.ctl("POST", "live", op="start")  # the fixture ends the one it began
