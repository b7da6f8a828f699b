"""The short way for what platforms send: from the socket into its row, past pages and sessions.

A delivery needs no session, language or template; the signature over its bytes is all its proof.
What comes in while one transaction is being written goes along in the next: the more there is to
take, the less each costs. `views.receive_webhook` does the same where no ASGI server runs.
"""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any
from uuid import UUID

from django.conf import settings
from django.db import Error, close_old_connections

from integrations.platforms import PLATFORMS
from integrations.platforms.webhooks import WebhookRefused
from integrations.routing.models import WebhookDelivery
from integrations.services import webhooks

logger = logging.getLogger(__name__)

BASE = "/webhooks/"
MOST_TOGETHER = 200  # deliveries of one transaction
MOST_WAITING = 2000  # beyond that the platform is asked to come again

Scope = dict[str, Any]
Receive = Callable[[], Awaitable[dict[str, Any]]]
Send = Callable[[dict[str, Any]], Awaitable[None]]
Pages = Callable[[Scope, Receive, Send], Awaitable[None]]
Keep = Callable[[Sequence[WebhookDelivery]], Awaitable[set[UUID]]]


class WebhookDoor:
    """Answers POST /webhooks/<platform>/ on the public host and hands everything else on."""

    def __init__(self, pages: Pages, keep: Keep | None = None) -> None:
        self._pages = pages
        self._keep = keep or _in_own_thread()
        self._waiting: list[tuple[WebhookDelivery, asyncio.Future[None]]] = []
        self._writing: asyncio.Task[None] | None = None

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """One request."""
        kind = _platform_of(scope)
        if kind is None:
            await self._pages(scope, receive, send)
            return
        status = await self._take(kind, scope, receive)
        headers = [(b"content-type", b"text/plain"), (b"content-length", b"0")]
        await send({"type": "http.response.start", "status": status, "headers": headers})
        await send({"type": "http.response.body"})

    async def _take(self, kind: str, scope: Scope, receive: Receive) -> int:
        raw = await _body(receive)
        if raw is None:
            return 413
        if len(self._waiting) >= MOST_WAITING:
            return 503
        headers = {name.decode("latin-1"): v.decode("latin-1") for name, v in scope["headers"]}
        try:
            row = webhooks.prove_delivery(platform_kind=kind, headers=headers, raw=raw)
        except WebhookRefused as refusal:
            logger.warning("webhook of %s refused: %s", kind, refusal.reason)
            return 403 if refusal.is_told else 202
        try:
            await self._kept(row)
        except Error as error:
            # Not written, so not acknowledged: the platform sends it again.
            logger.warning("webhook of %s not kept: %s", kind, type(error).__name__)
            return 503
        return 200

    async def _kept(self, row: WebhookDelivery) -> None:
        """Wait until the row is committed. Raises django.db.Error when it is not."""
        done = asyncio.get_running_loop().create_future()
        self._waiting.append((row, done))
        if self._writing is None or self._writing.done():
            self._writing = asyncio.create_task(self._write())
        await done

    async def _write(self) -> None:
        while self._waiting:
            batch = self._waiting[:MOST_TOGETHER]
            del self._waiting[:MOST_TOGETHER]
            try:
                await self._keep([row for row, _ in batch])
            except Exception:
                # One that cannot be written must not take the others with it.
                for row, done in batch:
                    await self._write_alone(row, done)
            else:
                for _, done in batch:
                    if not done.done():
                        done.set_result(None)

    async def _write_alone(self, row: WebhookDelivery, done: asyncio.Future[None]) -> None:
        failure: Exception | None = None
        try:
            await self._keep([row])
        except Exception as error:  # whoever waits for it decides
            failure = error
        if done.done():
            return
        if failure is None:
            done.set_result(None)
        else:
            done.set_exception(failure)


def _in_own_thread() -> Keep:
    # One thread, so that one connection stays open and transactions follow each other.
    writer = ThreadPoolExecutor(max_workers=1, thread_name_prefix="webhooks")

    def write(rows: Sequence[WebhookDelivery]) -> set[UUID]:
        close_old_connections()
        return webhooks.keep_deliveries(rows=rows)

    async def keep(rows: Sequence[WebhookDelivery]) -> set[UUID]:
        return await asyncio.get_running_loop().run_in_executor(writer, write, rows)

    return keep


def _platform_of(scope: Scope) -> str | None:
    """The platform whose delivery this is; None: something else, or at another host."""
    path: str = scope["path"]
    if scope["method"] != "POST" or not path.startswith(BASE):
        return None
    kind, slash, rest = path.removeprefix(BASE).partition("/")
    if not slash or rest or kind not in PLATFORMS:
        return None
    host = next((value for name, value in scope["headers"] if name == b"host"), b"")
    name = host.decode("latin-1").rsplit(":", 1)[0].lower()
    return kind if name == settings.PUBLIC_HOST else None


async def _body(receive: Receive) -> bytes | None:
    """The whole body; None when it is longer than any platform's, or was not sent to its end."""
    raw = b""
    while True:
        message = await receive()
        part: bytes = message.get("body", b"")
        raw += part
        if message["type"] == "http.disconnect" or len(raw) > settings.WEBHOOK_MAX_BYTES:
            return None
        if not message.get("more_body"):
            return raw
