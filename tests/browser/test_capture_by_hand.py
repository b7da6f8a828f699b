"""The extension in a real Chromium: nothing before a click, what is shown is what is sent."""

import json
import shutil
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.utils import timezone
from playwright.sync_api import BrowserContext, Page, Playwright

from integrations.imports.capture import read_batch
from tests.browser.conftest import CHROMIUM, FLAGS, SHOTS

ROOT = Path(__file__).resolve().parents[2] / "static" / "extension"
COMMENT = (
    '<article itemprop="comment"><a href="/@{who}">{who}</a> <time datetime="2026-11-20T10:00:00Z">'
    '1 d</time><div itemprop="text">{words}</div></article>'
)
PAGE = (
    "<!doctype html><title>x</title><h1>Comments</h1>"
    + COMMENT.format(who="troll77", words="go away")
    + COMMENT.format(who="kind", words="lovely")
    + COMMENT.format(who="mean", words="<img src=/stolen.png>you fraud")
)


class _Host(BaseHTTPRequestHandler):
    """A page with comments, and a server that writes down what reaches it."""

    heard: list[tuple[str, dict[str, str], bytes]] = []

    def do_GET(self) -> None:
        self._answer(PAGE.encode(), "text/html; charset=utf-8")

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        self.heard.append((self.path, dict(self.headers.items()), body))
        self._answer(b'{"new": 2, "known": 0}', "application/json")

    def _answer(self, body: bytes, kind: str) -> None:
        self.send_response(200)
        self.send_header("Content-Type", kind)
        self.send_header("Set-Cookie", "session=secret; Path=/")
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: Any) -> None:
        """Quiet."""


@pytest.fixture
def host() -> Iterator[str]:
    """Where the page and the server are."""
    _Host.heard.clear()
    server = ThreadingHTTPServer(("localhost", 0), _Host)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://localhost:{server.server_address[1]}"
    server.shutdown()


@pytest.fixture
def window(tmp_path: Path, playwright: Playwright) -> Iterator[BrowserContext]:
    """A Chromium with the extension. Its copy may see localhost: no hand is there to grant it."""
    if CHROMIUM is None:
        pytest.skip("BROWSER TESTS SKIPPED: no Chromium on this machine (`make chromium`).")
    copy = tmp_path / "extension"
    shutil.copytree(ROOT, copy)
    manifest = json.loads((copy / "manifest.json").read_text())
    manifest["host_permissions"] = ["http://localhost/*"]
    (copy / "manifest.json").write_text(json.dumps(manifest))
    flags = [
        *FLAGS,
        f"--disable-extensions-except={copy}",
        f"--load-extension={copy}",
        "--headless=new",
    ]
    context = playwright.chromium.launch_persistent_context(
        str(tmp_path / "profile"), executable_path=CHROMIUM, headless=False, args=flags,
        ignore_default_args=["--disable-extensions"], locale="en-US",
    )  # fmt: skip
    yield context
    context.close()


def _own(window: BrowserContext, name: str) -> Page:
    (origin,) = settings.CAPTURE_ORIGINS
    page = window.new_page()
    page.set_viewport_size({"width": 420, "height": 700})
    page.goto(f"{origin}/{name}")
    return page


def _popup(window: BrowserContext, page: Page) -> Page:
    """The extension's list for that page, as its button would open it."""
    page.bring_to_front()
    asking = _own(window, "options.html")
    tabs = asking.evaluate(
        "async () => (await chrome.tabs.query({})).map(tab => [tab.id, tab.url])"
    )
    asking.close()
    (tab,) = [number for number, address in tabs if (address or "").startswith(page.url)]
    return _own(window, f"popup.html?tab={tab}")


@pytest.mark.browser
def test_a_person_picks_looks_and_sends(host: str, window: BrowserContext) -> None:
    options = _own(window, "options.html")
    options.fill("#server", host)
    options.fill("#key", "aura_capture_test")
    options.keyboard.press("Enter")
    options.get_by_text("Saved.").wait_for()
    SHOTS.mkdir(parents=True, exist_ok=True)
    options.screenshot(caret="initial", path=SHOTS / "capture-options.png")
    page = window.new_page()
    page.goto(f"{host}/post")
    popup = _popup(window, page)
    popup.get_by_text("Nothing chosen yet.").wait_for()
    assert popup.locator("#send").is_disabled()
    assert not page.locator("aura-capture").count()
    popup.locator("#pick").click()
    page.bring_to_front()
    page.locator("aura-capture").wait_for(state="attached")
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Enter")  # by keyboard
    page.get_by_role("link", name="mean").click()  # by hand; the page itself hears no click
    assert page.url == f"{host}/post"
    page.screenshot(caret="initial", path=SHOTS / "capture-picking.png")
    page.keyboard.press("Escape")
    assert not page.locator("aura-capture").count()
    popup = _popup(window, page)
    popup.get_by_text("2 ready to be sent.").wait_for()
    popup.screenshot(caret="initial", path=SHOTS / "capture-popup.png")
    assert not _Host.heard
    popup.locator("#send").click()
    popup.get_by_text("Arrived: 2 new, 0 already known.").wait_for()
    ((path, headers, body),) = _Host.heard
    assert path == "/api/capture/v1/batches"
    assert headers["Authorization"] == "Bearer aura_capture_test"
    assert headers["Origin"] in settings.CAPTURE_ORIGINS
    assert not {"Cookie", "Referer"} & {*headers}
    batch = read_batch(body, now=timezone.now())
    assert batch.platform == "other"
    assert [(item.comment.author_handle, item.comment.text) for item in batch.items] == [
        ("@troll77", "go away"),
        ("@mean", "you fraud"),
    ]
    again = _popup(window, page)
    again.get_by_text("Nothing chosen yet.").wait_for()


@pytest.mark.browser
def test_marked_words_are_offered_and_can_be_taken_out(host: str, window: BrowserContext) -> None:
    page = window.new_page()
    page.goto(f"{host}/post")
    page.get_by_text("lovely").click(click_count=3)
    popup = _popup(window, page)
    popup.get_by_text("1 ready to be sent.").wait_for()
    assert popup.locator(".author").input_value() == "@kind"
    popup.get_by_role("button", name="Take comment 1 out").click()
    popup.get_by_text("Nothing chosen yet.").wait_for()
    assert not _Host.heard
