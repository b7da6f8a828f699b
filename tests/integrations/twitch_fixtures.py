"""A signed-in Twitch adapter on a fresh sandbox; test modules load it by `pytest_plugins`."""

from collections.abc import Iterator

import pytest

from integrations.platforms.client import Client
from integrations.platforms.egress import Egress
from integrations.platforms.twitch import Twitch
from tests.integrations.sandbox_server import SandboxServer, running_sandbox
from tests.integrations.twitch_cast import SIZE, adapter, sign_in


@pytest.fixture(scope="session")
def twitch_server() -> Iterator[SandboxServer]:
    """One sandbox for all of these tests."""
    with running_sandbox(comments=SIZE) as server:
        yield server


@pytest.fixture
def twitch_sandbox(twitch_server: SandboxServer) -> SandboxServer:
    """The sandbox as new: same crowd, no grants, no faults, an empty journal."""
    twitch_server.reset(comments=SIZE)
    return twitch_server


@pytest.fixture(scope="session")
def twitch_http(twitch_server: SandboxServer) -> Iterator[Client]:
    """The adapter's client, whose retries do not wait."""
    egress = Egress.but(twitch_server.allowed)
    http = Client(timeout_s=5, egress=egress, sleep=lambda _seconds: None)
    yield http
    http.close()


@pytest.fixture
def twitch(twitch_sandbox: SandboxServer, twitch_http: Client) -> Twitch:
    """The adapter of one registered app."""
    return adapter(twitch_sandbox, twitch_http)


@pytest.fixture
def tw_access(twitch: Twitch, twitch_sandbox: SandboxServer) -> str:
    """Mila's access token."""
    return sign_in(twitch, twitch_sandbox).access
