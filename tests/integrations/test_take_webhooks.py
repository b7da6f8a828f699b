"""The short way of webhooks: what the long one takes and refuses, many in one transaction."""

import asyncio
from typing import Any

import pytest
from asgiref.sync import async_to_sync, sync_to_async
from asgiref.testing import ApplicationCommunicator
from django.db import OperationalError

from accounts import tenancy
from accounts.models import Job
from integrations.door import WebhookDoor
from integrations.routing.models import WebhookDelivery
from integrations.services import webhooks

HOST = "aura.localhost:8000"


@pytest.fixture
def batches() -> list[int]:
    """How many deliveries each transaction took."""
    return []


@pytest.fixture
def door(db, sandbox, batches) -> WebhookDoor:
    """The door, writing through the test's own connection; behind it a page that says 418."""

    async def page(scope: Any, receive: Any, send: Any) -> None:
        await send({"type": "http.response.start", "status": 418, "headers": []})
        await send({"type": "http.response.body"})

    async def keep(rows: Any) -> Any:
        batches.append(len(rows))
        return await sync_to_async(webhooks.keep_deliveries)(rows=rows)

    return WebhookDoor(page, keep)


def parts(headers: dict[str, str], host: str) -> list[tuple[bytes, bytes]]:
    given = {**headers, "host": host}
    return [(name.lower().encode(), value.encode()) for name, value in given.items()]


async def knock(door, headers, body, *, path="/webhooks/tiktok/", method="POST", host=HOST) -> int:
    """One request, its body in two parts; the status."""
    scope = {"type": "http", "method": method, "path": path, "headers": parts(headers, host)}
    visit = ApplicationCommunicator(door, scope)
    half = len(body) // 2
    await visit.send_input({"type": "http.request", "body": body[:half], "more_body": True})
    await visit.send_input({"type": "http.request", "body": body[half:]})
    answer = await visit.receive_output(timeout=60)
    await visit.wait(timeout=60)
    return int(answer["status"])


def kept() -> list[WebhookDelivery]:
    with tenancy.public():
        return list(WebhookDelivery.objects.order_by("pk"))


def push(sandbox, number: int = 0, **fields) -> tuple[dict[str, str], bytes]:
    found: tuple[dict[str, str], bytes] = sandbox.push(
        "tiktok", channel="nox", comment=str(7_000_000_000_000_000_000 + number), video="7",
        **fields,
    )  # fmt: skip
    return found


def test_a_delivery_is_kept_with_its_job_before_it_is_acknowledged(door, sandbox):
    headers, body = push(sandbox)
    assert async_to_sync(knock)(door, headers, body) == 200
    (row,) = kept()
    assert bytes(row.raw_body) == body
    assert row.headers["tiktok-signature"] == headers["tiktok-signature"]
    with tenancy.public():
        job = Job.objects.get(name="integrations.route_webhook")
    assert job.payload == {"delivery": str(row.code)}
    assert job.workspace_id is None


def test_the_same_delivery_again_is_acknowledged_and_kept_once(door, sandbox):
    headers, body = push(sandbox)

    async def twice() -> list[int]:
        return [await knock(door, headers, body) for _ in range(2)]

    assert async_to_sync(twice)() == [200, 200]
    assert len(kept()) == 1
    with tenancy.public():
        assert Job.objects.filter(name="integrations.route_webhook").count() == 1


@pytest.mark.parametrize("spoil", ["bad_signature", "wrong_secret", "missing_header",
                                   "body_reencoded"])  # fmt: skip
def test_what_is_not_signed_leaves_nothing(door, sandbox, spoil):
    assert async_to_sync(knock)(door, *push(sandbox, spoil=spoil)) == 403
    assert kept() == []


@pytest.mark.parametrize(
    "changed",
    [
        {"path": "/webhooks/tiktok"},
        {"path": "/webhooks/myspace/"},
        {"path": "/webhooks/tiktok/deauthorize/"},
        {"method": "GET"},
        {"host": "lumen.aura.localhost"},
        {"host": "evil.example"},
    ],
)
def test_everything_else_is_for_the_pages(door, sandbox, changed):
    assert async_to_sync(knock)(door, *push(sandbox), **changed) == 418
    assert kept() == []


def test_a_body_without_end_is_not_read_to_it(door, sandbox, settings):
    settings.WEBHOOK_MAX_BYTES = 100
    assert async_to_sync(knock)(door, *push(sandbox)) == 413
    assert kept() == []


def test_what_comes_together_is_written_together(door, sandbox, batches):
    many = [push(sandbox, number) for number in range(30)]

    async def all_at_once() -> list[int]:
        return await asyncio.gather(*(knock(door, *each) for each in many))

    assert set(async_to_sync(all_at_once)()) == {200}
    assert len(kept()) == 30
    assert sum(batches) == 30
    assert len(batches) <= 5


def test_one_that_cannot_be_written_takes_no_other_with_it(sandbox, db):
    many = [push(sandbox, number) for number in range(5)]
    poisoned = many[2][1]

    async def keep(rows: Any) -> Any:
        if any(row.raw_body == poisoned for row in rows):
            raise OperationalError
        return await sync_to_async(webhooks.keep_deliveries)(rows=rows)

    async def all_at_once() -> list[int]:
        door = WebhookDoor(lambda *_: asyncio.sleep(0), keep)
        return await asyncio.gather(*(knock(door, *each) for each in many))

    assert async_to_sync(all_at_once)() == [200, 200, 503, 200, 200]
    assert len(kept()) == 4


def test_whoever_would_wait_too_long_is_asked_to_come_again(door, sandbox, monkeypatch):
    monkeypatch.setattr("integrations.door.MOST_WAITING", 0)
    assert async_to_sync(knock)(door, *push(sandbox)) == 503


def test_hostile_headers_are_kept_as_text(door, sandbox):
    headers, body = push(sandbox)
    assert async_to_sync(knock)(door, {**headers, "user-agent": "a\x00b" * 400}, body) == 200
    assert kept()[0].headers["user-agent"].startswith("a\ufffdb")


def test_a_delivery_costs_three_statements(sandbox, db, django_assert_num_queries):
    headers, body = push(sandbox)
    given = {name.lower(): value for name, value in headers.items()}
    with tenancy.public():
        webhooks.accept_delivery(platform_kind="tiktok", headers=given, raw=body)
    headers, body = push(sandbox, 1)
    given = {name.lower(): value for name, value in headers.items()}
    with tenancy.public(), django_assert_num_queries(5):  # three, in a savepoint of the test
        webhooks.accept_delivery(platform_kind="tiktok", headers=given, raw=body)
