"""A live sandbox, settings that point at it, and accounts connected through the real dance."""

import dataclasses
from collections.abc import Callable, Iterator
from typing import Any, cast

import pytest

from accounts import outbox
from accounts.models import User, Workspace
from integrations.models import SocialAccount
from integrations.outcomes import Outcome
from integrations.platforms import PLATFORMS, platform
from integrations.services import connect
from tests.integrations.sandbox_server import SandboxServer, running_sandbox

KEY = "k1:" + "QUJDREVGR0hJSktMTU5PUFFSU1RVVldYWVowMTIzNDU="


@pytest.fixture(scope="session")
def sandbox_server() -> Iterator[SandboxServer]:
    """One sandbox for all tests; each gets a fresh world from `sandbox`."""
    with running_sandbox(comments=30) as server:
        yield server


@pytest.fixture
def key_ring(settings) -> None:
    """Tokens can be sealed."""
    settings.TOKEN_KEYRING = KEY


@pytest.fixture
def sandbox(sandbox_server: SandboxServer, settings, key_ring, monkeypatch) -> SandboxServer:
    """A fresh world, reached through the settings as in production; passing errors cost no time."""
    sandbox_server.reset(comments=30)
    settings.PLATFORM_BASE_URLS = sandbox_server.base_urls
    settings.PLATFORM_ALLOWED_HOSTS = sandbox_server.allowed
    settings.GOOGLE_CLIENT_ID = sandbox_server.client_id
    settings.GOOGLE_CLIENT_SECRET = sandbox_server.client_secret
    apps = sandbox_server.memory.options.apps
    settings.TIKTOK_BUSINESS_APP_ID, settings.TIKTOK_BUSINESS_APP_SECRET = apps["tiktok_business"]
    settings.TIKTOK_CLIENT_KEY, settings.TIKTOK_CLIENT_SECRET = apps["tiktok_display"]
    settings.INSTAGRAM_CLIENT_ID, settings.INSTAGRAM_CLIENT_SECRET = apps["instagram"]
    settings.TWITCH_CLIENT_ID, settings.TWITCH_CLIENT_SECRET = apps["twitch"]
    settings.REDDIT_CLIENT_ID, settings.REDDIT_CLIENT_SECRET = apps["reddit"]
    settings.REDDIT_USERNAME = "aura-tests"
    settings.INSTAGRAM_VERIFY_TOKEN = "aura-verify-token"
    settings.FACEBOOK_CLIENT_ID, settings.FACEBOOK_CLIENT_SECRET = apps["facebook"]
    settings.X_CLIENT_ID, settings.X_CLIENT_SECRET = apps["x"]
    settings.X_MONTHLY_USD = 1_000
    settings.PLATFORM_MONTHLY_USD = {"x": 1_000}
    settings.FACEBOOK_VERIFY_TOKEN = "aura-verify-token"
    settings.PLATFORM_TIMEOUT_SECONDS = 2.0
    for kind in PLATFORMS:
        http = cast("Any", platform(kind))._http
        monkeypatch.setattr(http, "_sleep", lambda _seconds: None)
    monkeypatch.setattr("integrations.services.delivery.time.sleep", lambda _seconds: None)
    return sandbox_server


@pytest.fixture
def consent(sandbox: SandboxServer) -> Callable[..., Outcome]:
    """`consent(user, workspace, channel="mila", kind="youtube")`: the whole dance, to its end."""

    def dance(user: User, workspace: Workspace, channel: str = "mila", **extra) -> Outcome:
        account_code = extra.pop("account_code", None)
        kind = extra.pop("kind", "youtube")
        url = connect.start_connection(
            platform_kind=kind, user=user, workspace=workspace, account_code=account_code
        )
        answer = sandbox.approve(url, channel, **extra)
        done = connect.finish_connection(
            platform_kind=kind,
            state=answer["state"],
            code=answer.get("code", ""),
            error=answer.get("error", ""),
            user=user,
        )
        return done.outcome

    return dance


@pytest.fixture
def account(consent, alice: User, lumen: Workspace, in_lumen: Workspace) -> SocialAccount:
    """Mila's channel, connected by Alice in lumen; nothing has been read yet."""
    assert consent(alice, lumen) == Outcome.CONNECTED
    return SocialAccount.objects.get(is_import=False)


@pytest.fixture
def synced(account: SocialAccount, run_jobs) -> SocialAccount:
    """The same, read to the end."""
    run_jobs()
    account.refresh_from_db()
    return account


@pytest.fixture(autouse=True)
def _own_files(settings, tmp_path) -> None:
    """Uploads go where the test's folder goes."""
    settings.MEDIA_ROOT = tmp_path / "media"


@pytest.fixture(autouse=True)
def _only_this_room(monkeypatch) -> None:
    """Jobs that upper rooms promise on our facts are taken and do nothing here."""
    for name, spec in list(outbox._registry.items()):
        if name.startswith("harassment."):
            idle = dataclasses.replace(spec, fn=lambda **_payload: None)
            monkeypatch.setitem(outbox._registry, name, idle)


@pytest.fixture
def heard() -> Iterator[list[dict[str, Any]]]:
    """What the facts of this room said, in order."""
    from integrations.signals import account_disconnected, action_finished, comments_ingested

    facts: list[dict[str, Any]] = []

    def note(signal, **fields) -> None:
        facts.append({name: value for name, value in fields.items() if name != "sender"})

    for signal in (comments_ingested, account_disconnected, action_finished):
        signal.connect(note)
    yield facts
    for signal in (comments_ingested, account_disconnected, action_finished):
        signal.disconnect(note)
