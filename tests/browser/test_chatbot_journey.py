"""A chatbot from nothing to somebody's website: made, given a document, tried, embedded."""

import threading
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest
from playwright.sync_api import FilePayload, expect

from tests.ai_agents.chatting import saying
from tests.ai_agents.pdfs import pdf_with
from tests.browser.conftest import Person, Provider
from tests.journey import THEO, sql
from tests.stack import Stack

pytestmark = pytest.mark.browser
MODEL = "gpt-6-luna"  # as the default chain names it
LONG = 120_000  # ms: a loaded machine is slow, and nothing here is about speed
SAID = "The bread workshop costs 95 euros and begins at 9:30."
PAGES = ["Our shop is open from Tuesday to Saturday.", SAID]


class Website:
    """An agency's own page on another origin; `body` is what it shows."""

    def __init__(self) -> None:
        self.body = ""
        website = self

        class Page(BaseHTTPRequestHandler):
            def log_message(self, *args: Any) -> None:
                """Stay silent."""

            def do_GET(self) -> None:
                """The page, whatever is asked for."""
                head = "<!doctype html><link rel=icon href=data:,><title>Agency</title>"
                raw = f"{head}<h1>Agency</h1>{website.body}".encode()
                self.send_response(200)
                self.send_header("Content-Type", "text/html; charset=utf-8")
                self.send_header("Content-Length", str(len(raw)))
                self.end_headers()
                self.wfile.write(raw)

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Page)
        self.port = self.server.server_port
        threading.Thread(target=self.server.serve_forever, daemon=True).start()


@pytest.fixture
def website() -> Iterator[Website]:
    """A server of its own."""
    found = Website()
    yield found
    found.server.shutdown()
    found.server.server_close()


@pytest.fixture
def model(provider: Provider, stack: Stack) -> Iterator[Provider]:
    """A model that knows the workshop, and its key only during this journey."""
    provider.loopback.script = {MODEL: saying(SAID)}
    provider.let_in()
    yield provider
    provider.lock_out()
    provider.loopback.script = {}
    sql(stack, "DELETE FROM ai_agents_chatbotturn RETURNING id")


def test_a_chatbot_reaches_a_website(
    stack: Stack, person: Callable[..., Person], model: Provider, website: Website
) -> None:
    theo = person()
    theo.sign_in(THEO)
    page = theo.page
    page.goto(f"{stack.demo}/ai/chatbots/")
    theo.shoot("chatbots-empty")
    page.get_by_role("link", name="New chatbot").first.click()
    page.get_by_label("Name", exact=True).fill("Bakery help")
    page.get_by_label("What it is for").fill("Questions about the shop and its workshops.")
    page.get_by_label("What it should know about itself").fill("You are friendly and brief.")
    page.get_by_label("Websites that may show it").fill(f"http://localhost:{website.port}")
    theo.shoot("chatbot-form")
    page.get_by_role("button", name="Save", exact=True).click()

    # A document is read by a job, and the page says when.
    upload = FilePayload(name="prices.pdf", mimeType="application/pdf", buffer=pdf_with(PAGES))
    page.get_by_label("PDF, text or Markdown").set_input_files([upload])
    page.get_by_role("button", name="Add the document").click()
    expect(page.get_by_text("2 passages")).to_be_visible(timeout=LONG)

    # Tried: the answer quotes the page it stands on.
    page.get_by_label("Your message").fill("When does the bread workshop begin?")
    page.get_by_role("button", name="Send").click()
    talk = page.locator("#talk")
    expect(talk).to_contain_text(SAID, timeout=LONG)
    expect(talk).to_contain_text("prices.pdf")
    expect(talk).to_contain_text("(page 2)")
    expect(talk).to_contain_text("Written by AI")
    expect(talk).to_contain_text(f"openai:{MODEL}")
    theo.shoot("chatbot-detail")
    snippet = page.get_by_label("Code for the website").input_value()
    home = page.url

    # On the agency's website a visitor asks, without a cookie.
    website.body = snippet
    visitor = person(color_scheme="light")
    site = visitor.page
    site.goto(f"http://localhost:{website.port}/contact")
    frame = site.frame_locator("iframe")
    expect(frame.get_by_role("heading", name="Bakery help")).to_be_visible(timeout=LONG)
    frame.get_by_label("Your message").fill("How much is the workshop?")
    frame.get_by_role("button", name="Send").click()
    expect(frame.locator("#talk")).to_contain_text(SAID, timeout=LONG)
    expect(frame.locator("#talk")).not_to_contain_text("openai")
    visitor.shoot("chatbot-website")
    assert visitor.context.cookies() == []

    # Any other website shows nothing of it: the browser refuses.
    thief = person()
    thief.expected += [
        "403",
        "frame-ancestors",
        "Content Security Policy",
        "ERR_BLOCKED_BY_RESPONSE",
    ]
    thief.page.goto(f"http://127.0.0.1:{website.port}/stolen")
    stolen = thief.page.frame_locator("iframe")
    expect(stolen.get_by_label("Your message")).to_have_count(0)

    # The manager reads it: the harmless message is shown, and where it came from is not.
    page.goto(f"{home}conversations/")
    page.get_by_text("Embedded page").click()
    expect(page.get_by_text("How much is the workshop?")).to_be_visible()
    expect(page.locator("main")).not_to_contain_text("127.0.0.1 ")
    theo.shoot("chatbot-conversation")
    page.set_viewport_size({"width": 390, "height": 844})
    page.goto(home)
    theo.shoot("chatbot-detail-phone")
    page.goto(f"{stack.demo}/ai/chatbots/")
    theo.shoot("chatbots-phone")

    # Deleted, after being asked.
    page.goto(f"{home}delete/")
    page.get_by_role("button", name="Delete for good").click()
    expect(page.locator("#toast")).to_contain_text("The chatbot is deleted.")
    thief.page.close()
