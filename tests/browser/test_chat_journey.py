"""The chat: a creator watches an answer grow, loads the page again meanwhile, and stops another."""

import re
import threading
from collections.abc import Callable, Iterator

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import Person, Provider
from tests.journey import THEO
from tests.stack import Stack

pytestmark = pytest.mark.browser

MODEL = "gpt-6-luna"  # as the settings name it
WAIT = 60_000  # ms
BEGINNING = "The last 28 days tell little: too few videos were published. "
ENDING = "Film the bread again, slowly. <img src=x onerror=alert(1)> It was seen 999 times in Peru."
ANSWER = BEGINNING + ENDING
LONG = "Once upon a time there was a loaf. " * 3 + "It has no end."


@pytest.fixture
def speaking(provider: Provider) -> Iterator[Callable[..., None]]:
    """`speaking(text=…, hold=…)`: what the provider says next."""
    told = provider.loopback.script
    before = dict(told)
    provider.let_in()

    def say(**plan: object) -> None:
        told[MODEL] = plan

    yield say
    provider.lock_out()
    told.clear()
    told.update(before)


def ask(person: Person, text: str) -> None:
    """Write it into the box and send it."""
    person.page.get_by_label("Your message").fill(text)
    person.page.get_by_role("button", name="Send").click()


def test_an_answer_grows_survives_a_reload_and_another_is_stopped(
    stack: Stack, speaking: Callable[..., None], person: Callable[..., Person]
) -> None:
    gates = [threading.Event(), threading.Event()]
    speaking(text=ANSWER, hold={4: gates[0], len(BEGINNING.split()): gates[1]})
    theo = person(locale="en-GB")
    theo.sign_in(THEO)
    page = theo.page
    page.goto(f"{stack.demo}/ai/")
    page.get_by_role("link", name="Talk with it").click()
    expect(page.get_by_text("Ask, and watch the answer come")).to_be_visible()
    theo.shoot("chat-empty-dark")
    ask(theo, "How is my channel going?")

    # It grows: the provider says no more before the page has shown what it said.
    words = page.locator("[id^=words-]")
    expect(words).to_contain_text("The last 28 days", timeout=WAIT)
    expect(page.locator("#live-state")).to_have_attribute("data-state", "live")
    gates[0].set()
    expect(words).to_contain_text(BEGINNING.strip(), timeout=WAIT)
    # The socket brought it: the poller beside it is gone.
    expect(words.locator("[hx-get]")).to_have_count(0, timeout=WAIT)
    theo.shoot("chat-growing-dark")

    # Another page begins with what there is, and goes on.
    page.reload()
    expect(words).to_contain_text(BEGINNING.strip(), timeout=WAIT)
    gates[1].set()
    expect(page.get_by_text("Written by AI")).to_be_visible(timeout=WAIT)
    main = page.locator("main")
    expect(main).to_contain_text("Film the bread again, slowly.")
    expect(main).not_to_contain_text("Peru")  # nobody looked that number up
    expect(main).to_contain_text("left out")
    expect(main.locator("article img")).to_have_count(0)
    expect(main).to_contain_text(f"openai:{MODEL}")
    expect(page.locator("#chat-said")).to_have_text("The answer is complete.")
    page.get_by_text(re.compile(r"\d+ sources?: ")).click()
    theo.shoot("chat-done-dark")
    page.reload()  # a picture leaves empty style attributes behind, and a swap would set them

    # The next one is stopped: what came of it stays.
    held = threading.Event()
    speaking(text=LONG, hold={12: held})
    ask(theo, "Tell me a long story about bread.")
    expect(words).to_contain_text("there was a loaf", timeout=WAIT)
    page.get_by_role("button", name="Stop").click()
    expect(page.get_by_text("You stopped it here.")).to_be_visible(timeout=WAIT)
    held.set()
    expect(main).to_contain_text("Once upon a time there was a loaf.")
    expect(main).not_to_contain_text("It has no end.")

    # The same talk by day, and on a phone.
    here = page.url
    phone = {"width": 390, "height": 844}
    for name, viewport in {
        "chat-light": {"width": 1440, "height": 1000},
        "chat-phone": phone,
    }.items():
        other = person(locale="en-GB", viewport=viewport)
        other.sign_in(THEO)
        other.page.goto(here)
        expect(other.page.get_by_text("You stopped it here.")).to_be_visible()
        if name == "chat-light":
            other.page.evaluate("document.documentElement.dataset.theme = 'light'")
        other.shoot(name)
