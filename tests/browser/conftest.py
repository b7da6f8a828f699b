"""One full stack and one Chromium for the browser tests; loud when there is no Chromium."""

import json
import shutil
import warnings
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, Playwright, sync_playwright

from tests.ai_agents.loopback import Loopback, serve
from tests.stack import ROOT, Stack, running_stack

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser")
FLAGS = [
    "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run",
    "--disable-background-networking", "--disable-component-update", "--disable-sync",
]  # fmt: skip
SHOTS = ROOT / ".aura" / "screenshots"


class Provider:
    """A provider of language models on the loopback; the stack has its key while it is let in."""

    def __init__(self, loopback: Loopback, key: Path) -> None:
        self.loopback = loopback
        self._key = key

    def let_in(self) -> None:
        """Lay the key where the stack looks for it: the next request finds it."""
        self._key.write_text("key-of-the-browser-tests", encoding="utf-8")

    def lock_out(self) -> None:
        """Take the key away: no language model is set up, as on a fresh installation."""
        self._key.unlink(missing_ok=True)


@pytest.fixture(scope="package")
def provider(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Provider]:
    """OpenAI as the stack's settings name it, without its key."""
    found, server = serve()
    key = tmp_path_factory.mktemp("provider") / "key"
    told = {"OPENAI_BASE_URL": f"{found.url}/v1", "OPENAI_API_KEY_FILE": str(key)}
    with pytest.MonkeyPatch.context() as patch:
        for name, value in told.items():
            patch.setenv(name, value)
        yield Provider(found, key)
    server.shutdown()
    server.server_close()


@pytest.fixture(scope="package")
def _chromium_is_there() -> None:
    """Skips, loudly, where there is none."""
    if CHROMIUM is None:
        message = "BROWSER TESTS SKIPPED: no Chromium on this machine (`make chromium`)."
        warnings.warn(message, stacklevel=1)
        pytest.skip(message)


@pytest.fixture(scope="package")
def stack(provider: Provider, _chromium_is_there: None) -> Iterator[Stack]:
    """A fresh installation with the demo people; no language model is set up. Journeys share it."""
    with running_stack() as running:
        yield running


@pytest.fixture(scope="package")
def playwright() -> Iterator[Playwright]:
    """The one driver of all browsers: a thread can have no second."""
    with pytest.MonkeyPatch.context() as patch, sync_playwright() as driver:
        # Its loop runs in this thread; the tests only use the database from here.
        patch.setenv("DJANGO_ALLOW_ASYNC_UNSAFE", "1")
        yield driver


@pytest.fixture(scope="package")
def chromium(_chromium_is_there: None, playwright: Playwright) -> Iterator[Browser]:
    """Debian's Chromium, headless."""
    browser = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
    yield browser
    browser.close()


class Person:
    """Somebody in front of a browser window of their own; collects what must never happen."""

    def __init__(self, context: BrowserContext, stack: Stack) -> None:
        self.stack = stack
        self.context = context
        self.problems: list[str] = []
        self.expected: list[str] = []  # words of errors that the test provokes
        context.add_init_script(
            "addEventListener('securitypolicyviolation', e => console.error("
            "'CSP ' + e.violatedDirective + ' ' + e.blockedURI));"
        )
        self.page = self._watched(context.new_page())

    def _watched(self, page: Page) -> Page:
        def heard(message: Any) -> None:
            if message.type == "error" and not any(word in message.text for word in self.expected):
                self.problems.append(f"{message.text} ({message.location.get('url')})")

        page.on("console", heard)
        page.on("pageerror", lambda error: self.problems.append(str(error)))
        page.on("dialog", lambda dialog: self.problems.append(f"dialog {dialog.message}"))
        return page

    def sign_in(self, email: str) -> None:
        """Through the form of the public host."""
        self.page.goto(f"{self.stack.base}/accounts/login/")
        self.page.fill("input[name=login]", email)
        self.page.fill("input[name=password]", self.stack.password)
        self.page.keyboard.press("Enter")
        self.page.wait_for_url("**/workspaces/")

    def shoot(self, name: str) -> Path:
        """A picture of the whole page, for eyes."""
        SHOTS.mkdir(parents=True, exist_ok=True)
        path = SHOTS / f"{name}.png"
        # To hide the caret would leave a style on fields, which htmx copies and the page forbids.
        self.page.screenshot(caret="initial", path=path, full_page=True)
        return path


@pytest.fixture
def person(chromium: Browser, stack: Stack) -> Iterator[Callable[..., Person]]:
    """`person(**context options)`: a new window; every one must end without a problem."""
    opened: list[Person] = []

    def open_window(**options: Any) -> Person:
        options = {"viewport": {"width": 1440, "height": 1000}, "color_scheme": "dark", **options}
        somebody = Person(chromium.new_context(**options), stack)
        opened.append(somebody)
        return somebody

    yield open_window
    problems = [problem for somebody in opened for problem in somebody.problems]
    for somebody in opened:
        somebody.context.close()
    assert not problems, json.dumps(problems, indent=1)
