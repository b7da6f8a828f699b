"""A signed-in Reddit adapter on a fresh sandbox; test modules load it by `pytest_plugins`."""

from collections.abc import Iterator

import pytest

from integrations.platforms.client import Client
from integrations.platforms.egress import Egress
from integrations.platforms.reddit import Reddit
from tests.integrations.reddit_cast import SIZE, adapter, sign_in
from tests.integrations.sandbox_server import SandboxServer, running_sandbox


@pytest.fixture(scope="session")
def reddit_server() -> Iterator[SandboxServer]:
    """One sandbox for all of these tests."""
    with running_sandbox(comments=SIZE) as server:
        yield server


@pytest.fixture
def reddit_sandbox(reddit_server: SandboxServer) -> SandboxServer:
    """The sandbox as new: same crowd, no grants, no faults, an empty journal."""
    reddit_server.reset(comments=SIZE)
    return reddit_server


@pytest.fixture(scope="session")
def reddit_http(reddit_server: SandboxServer) -> Iterator[Client]:
    """The adapter's client, whose retries do not wait."""
    egress = Egress.but(reddit_server.allowed)
    http = Client(timeout_s=3, egress=egress, sleep=lambda _seconds: None)
    yield http
    http.close()


@pytest.fixture
def reddit(reddit_sandbox: SandboxServer, reddit_http: Client) -> Reddit:
    """The adapter of one registered app."""
    return adapter(reddit_sandbox, reddit_http)


@pytest.fixture
def rd_access(reddit: Reddit, reddit_sandbox: SandboxServer) -> str:
    """Mila's access token."""
    return sign_in(reddit, reddit_sandbox).access
