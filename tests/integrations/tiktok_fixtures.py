"""A signed-in TikTok adapter on a fresh sandbox; test modules load it by `pytest_plugins`."""

from collections.abc import Iterator

import pytest

from integrations.platforms.client import Client
from integrations.platforms.egress import Egress
from integrations.platforms.tiktok import TikTok
from tests.integrations.sandbox_server import SandboxServer, running_sandbox
from tests.integrations.tiktok_cast import SIZE, adapter, sign_in


@pytest.fixture(scope="session")
def tiktok_server() -> Iterator[SandboxServer]:
    """One sandbox for all of these tests."""
    with running_sandbox(comments=SIZE) as server:
        yield server


@pytest.fixture
def tiktok_sandbox(tiktok_server: SandboxServer) -> SandboxServer:
    """The sandbox as new: same crowd, no grants, no faults, an empty journal."""
    tiktok_server.reset(comments=SIZE)
    return tiktok_server


@pytest.fixture(scope="session")
def tiktok_http(tiktok_server: SandboxServer) -> Iterator[Client]:
    """The adapter's client, whose retries do not wait."""
    http = Client(
        egress=Egress.but(tiktok_server.allowed), timeout_s=3, sleep=lambda _seconds: None
    )
    yield http
    http.close()


@pytest.fixture
def tiktok(tiktok_sandbox: SandboxServer, tiktok_http: Client) -> TikTok:
    """The adapter with both apps registered."""
    return adapter(tiktok_sandbox, tiktok_http)


@pytest.fixture
def tt_access(tiktok: TikTok, tiktok_sandbox: SandboxServer) -> str:
    """Mila's business access token."""
    return sign_in(tiktok, tiktok_sandbox).access
