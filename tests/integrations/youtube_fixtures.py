"""A signed-in YouTube adapter on a fresh sandbox; test modules load it by `pytest_plugins`."""

from collections.abc import Iterator

import httpx
import pytest

from integrations.platforms.client import Client
from integrations.platforms.egress import Egress
from integrations.platforms.youtube import YouTube
from tests.integrations.sandbox_server import SandboxServer, running_sandbox
from tests.integrations.youtube_cast import SIZE, adapter, sign_in


@pytest.fixture(scope="session")
def youtube_server() -> Iterator[SandboxServer]:
    """One sandbox process-wide; `youtube_sandbox` makes it fresh."""
    with running_sandbox(comments=SIZE) as server:
        yield server


@pytest.fixture
def youtube_sandbox(youtube_server: SandboxServer) -> SandboxServer:
    """The sandbox as new: same crowd, no grants, no faults, an empty journal."""
    youtube_server.reset(comments=SIZE)
    return youtube_server


@pytest.fixture(scope="session")
def youtube_http(youtube_server: SandboxServer) -> Iterator[Client]:
    """The adapter's client, whose retries do not wait; one for all, as a pool costs 20 ms."""
    http = Client(
        egress=Egress.but(youtube_server.allowed), timeout_s=3, sleep=lambda _seconds: None
    )
    yield http
    http.close()


@pytest.fixture(scope="session")
def youtube_browser(youtube_server: SandboxServer) -> Iterator[httpx.Client]:
    """A plain client of the sandbox; it follows nothing and keeps nothing."""
    with httpx.Client(base_url=youtube_server.url, trust_env=False, timeout=5) as client:
        yield client


@pytest.fixture
def youtube(youtube_sandbox: SandboxServer, youtube_http: Client) -> YouTube:
    """The adapter on a fresh sandbox."""
    return adapter(youtube_sandbox, youtube_http)


@pytest.fixture
def access(youtube: YouTube, youtube_sandbox: SandboxServer) -> str:
    """Mila's access token."""
    return sign_in(youtube, youtube_sandbox).access
