"""A signed-in Instagram adapter on a fresh sandbox; test modules load it by `pytest_plugins`."""

from collections.abc import Iterator

import pytest

from integrations.platforms.client import Client
from integrations.platforms.egress import Egress
from integrations.platforms.instagram import Instagram
from tests.integrations.instagram_cast import SIZE, adapter, sign_in
from tests.integrations.sandbox_server import SandboxServer, running_sandbox


@pytest.fixture(scope="session")
def instagram_server() -> Iterator[SandboxServer]:
    """One sandbox process-wide; `ig_sandbox` makes it fresh."""
    with running_sandbox(comments=SIZE) as server:
        yield server


@pytest.fixture
def ig_sandbox(instagram_server: SandboxServer) -> SandboxServer:
    """The sandbox as new: same crowd, no grants, no faults, an empty journal."""
    instagram_server.reset(comments=SIZE)
    return instagram_server


@pytest.fixture(scope="session")
def instagram_http(instagram_server: SandboxServer) -> Iterator[Client]:
    """The adapter's client, whose retries do not wait; one for all, as a pool costs 20 ms."""
    http = Client(
        egress=Egress.but(instagram_server.allowed), timeout_s=3, sleep=lambda _seconds: None
    )
    yield http
    http.close()


@pytest.fixture
def instagram(ig_sandbox: SandboxServer, instagram_http: Client) -> Instagram:
    """The adapter on a fresh sandbox."""
    return adapter(ig_sandbox, instagram_http)


@pytest.fixture
def ig_access(instagram: Instagram, ig_sandbox: SandboxServer) -> str:
    """Mila's credential."""
    return sign_in(instagram, ig_sandbox).access
