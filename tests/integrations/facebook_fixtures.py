"""A signed-in Facebook adapter on a fresh sandbox; test modules load it by `pytest_plugins`."""

from collections.abc import Iterator
from typing import Any

import pytest

from integrations.platforms.client import Client
from integrations.platforms.egress import Egress
from integrations.platforms.facebook import Facebook
from integrations.sandbox.facebook.wallet import PageWallet
from tests.integrations.instagram_cast import VERIFY, sign_in
from tests.integrations.sandbox_server import SandboxServer, running_sandbox

SIZE = 120


def pages(sandbox: SandboxServer) -> PageWallet:
    """Meta's side of tokens and allowance."""
    found: PageWallet = sandbox.memory.wallet("facebook")
    return found


def facebook_adapter(sandbox: SandboxServer, http: Client, **changed: Any) -> Facebook:
    """An adapter for this sandbox."""
    given = {
        "http": http,
        "base_urls": sandbox.base_urls,
        "client_id": pages(sandbox).client_id,
        "client_secret": pages(sandbox).client_secret,
        "verify_token": VERIFY,
        "sleep": lambda _seconds: None,
    }
    return Facebook(**{**given, **changed})


@pytest.fixture(scope="session")
def facebook_server() -> Iterator[SandboxServer]:
    """One sandbox process-wide; `fb_sandbox` makes it fresh."""
    with running_sandbox(comments=SIZE) as server:
        yield server


@pytest.fixture
def fb_sandbox(facebook_server: SandboxServer) -> SandboxServer:
    """The sandbox as new."""
    facebook_server.reset(comments=SIZE)
    return facebook_server


@pytest.fixture(scope="session")
def facebook_http(facebook_server: SandboxServer) -> Iterator[Client]:
    """The adapter's client, whose retries do not wait."""
    http = Client(
        egress=Egress.but(facebook_server.allowed), timeout_s=3, sleep=lambda _seconds: None
    )
    yield http
    http.close()


@pytest.fixture
def facebook(fb_sandbox: SandboxServer, facebook_http: Client) -> Facebook:
    """The adapter on a fresh sandbox."""
    return facebook_adapter(fb_sandbox, facebook_http)


@pytest.fixture
def fb_access(facebook: Facebook, fb_sandbox: SandboxServer) -> str:
    """The credential of Mila's Page."""
    return sign_in(facebook, fb_sandbox).access
