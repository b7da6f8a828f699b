"""The socket: only members of this very host, only their workspace's pokes, nothing missed."""

from collections.abc import Callable
from typing import Any

import pytest
from asgiref.sync import async_to_sync, sync_to_async
from channels.auth import AuthMiddlewareStack
from channels.routing import URLRouter
from django.conf import settings
from django.test import Client
from django.urls import path

from accounts import live, tenancy
from accounts.consumers import LiveConsumer
from accounts.models import LiveEvent, Membership, User, Workspace
from tests.sockets import Socket

pytestmark = pytest.mark.django_db
application = AuthMiddlewareStack(URLRouter([path("live/", LiveConsumer.as_asgi())]))
ClientFor = Callable[..., Client]


@pytest.fixture(autouse=True)
def _one_transaction(monkeypatch: pytest.MonkeyPatch) -> None:
    """Channels drops connections between frames; here that would drop the test's transaction."""
    monkeypatch.setattr("channels.db.close_old_connections", lambda: None)


def _socket(client: Client | None, host: str, origin: str | None = "") -> Socket:
    headers = [(b"host", host.encode())]
    if origin is not None:
        headers.append((b"origin", (origin or f"http://{host}").encode()))
    if client is not None:
        cookie = client.cookies[settings.SESSION_COOKIE_NAME].value
        headers.append((b"cookie", f"{settings.SESSION_COOKIE_NAME}={cookie}".encode()))
    return Socket(application, "/live/", headers)


def _host(workspace: Workspace) -> str:
    return f"{workspace.slug}.{settings.PUBLIC_HOST}"


def test_it_refuses_everybody_else(
    alice: User, charlie: User, lumen: Workspace, nova: Workspace, client_for: ClientFor
) -> None:
    member, foreign = client_for(alice, lumen), client_for(charlie, nova)
    here = _host(lumen)
    ghost = client_for(charlie, lumen)  # a session bound to lumen, but no membership there
    cases = [
        (_socket(None, here), 4401),
        (_socket(foreign, here), 4401),
        (_socket(ghost, here), 4403),
        (_socket(member, here, origin=f"http://{_host(nova)}"), 4403),
        (_socket(member, here, origin="https://evil.example"), 4403),
        (_socket(member, here, origin=f"http://{here}.evil.example"), 4403),
        (_socket(member, here, origin="null"), 4403),
        (_socket(member, here, origin=None), 4403),
        (_socket(member, "nothere.aura.localhost"), 4404),
    ]

    @async_to_sync
    async def play() -> list[Any]:
        return [await socket.closing_code() for socket, _ in cases]

    assert play() == [code for _, code in cases]


def test_it_forwards_its_own_workspaces_pokes_only(
    alice: User, lumen: Workspace, nova: Workspace, client_for: ClientFor,
    django_capture_on_commit_callbacks: Any,
) -> None:  # fmt: skip
    socket = _socket(client_for(alice, lumen), _host(lumen))

    def poke(workspace: Workspace) -> None:
        with django_capture_on_commit_callbacks(execute=True), tenancy.enter(workspace):
            live.poke("alerts")

    @async_to_sync
    async def play() -> dict[str, Any]:
        assert await socket.connect() is None
        await sync_to_async(poke)(nova)
        assert await socket.receive_nothing()
        await sync_to_async(poke)(lumen)
        message: dict[str, Any] = await socket.receive()
        assert await socket.receive_nothing()
        await socket.leave()
        return message

    assert play() == {"seq": LiveEvent.objects.latest("id").pk, "name": "alerts"}


def test_it_replays_what_was_missed(
    alice: User, lumen: Workspace, nova: Workspace, client_for: ClientFor
) -> None:
    with tenancy.enter(lumen):
        live.poke("inbox")
        since = LiveEvent.objects.latest("id").pk
        live.poke("alerts")
        live.poke("alerts")
        live.poke("case")
    with tenancy.enter(nova):
        live.poke("sync")
    socket = _socket(client_for(alice, lumen), _host(lumen))

    @async_to_sync
    async def play() -> list[str]:
        await socket.connect()
        odd_frames: list[Any] = ['"x"', {"since": "1; DROP"}, {"since": True}, [], {"since": -1}]
        for odd in odd_frames:
            await socket.send(odd)
        assert await socket.receive_nothing()
        await socket.send({"since": since})
        names = [(await socket.receive())["name"] for _ in range(2)]
        assert await socket.receive_nothing()
        await socket.leave()
        return names

    assert play() == ["alerts", "case"]


def test_it_closes_when_access_ends(
    bob: User, lumen: Workspace, client_for: ClientFor, django_capture_on_commit_callbacks: Any
) -> None:
    socket = _socket(client_for(bob, lumen), _host(lumen))

    def revoke() -> None:
        with django_capture_on_commit_callbacks(execute=True):
            Membership.objects.filter(user=bob).delete()
            live.end_sockets(lumen.schema_name, bob.pk)

    @async_to_sync
    async def play() -> int:
        await socket.connect()
        await sync_to_async(revoke)()
        return await socket.closed()

    assert play() == 4403


def test_it_bounds_what_a_browser_sends(
    alice: User, lumen: Workspace, client_for: ClientFor
) -> None:
    @async_to_sync
    async def play(frames: list[str]) -> int:
        socket = _socket(client, _host(lumen))
        await socket.connect()
        for frame in frames:
            await socket.send(frame)
        return await socket.closed()

    client = client_for(alice, lumen)
    assert play(["x" * 9000]) == 4429
    assert play(["{}"] * 31) == 4429
    assert play(["{not json"]) == 4400


def test_it_refuses_an_unknown_name(in_lumen: Workspace) -> None:
    with pytest.raises(ValueError, match="Unknown live name"):
        live.poke("secrets")
