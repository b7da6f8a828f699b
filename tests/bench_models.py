"""Language models without one: the ledger, and the chain over providers on the loopback.

`python -m tests.bench_models SCHEMA EMAIL`, beside a running stack whose AURA_HOME is in the
environment; prints one JSON line for each part. `tests.bench` starts it.
"""

import contextvars
import json
import os
import statistics
import sys
import time
import uuid
from concurrent.futures import ThreadPoolExecutor
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from creator_ai.embedded import join_running

if TYPE_CHECKING:
    from accounts.models import User
    from tests.ai_agents.loopback import Loopback

PRIMARY, SECOND = "gemini-3.8-flash", "gpt-6-luna"  # of the catalogue: they have prices
RESERVATIONS, THREADS = 400, 8
STREAMS = 30
ASKED = 20


def main(schema: str, email: str) -> int:
    """Print the lines."""
    join_running()
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "creator_ai.settings")
    import django

    django.setup()

    from django.conf import settings

    from accounts import tenancy
    from accounts.models import Plan, User, Workspace
    from ai_agents.models import Preference
    from tests.ai_agents.loopback import serve

    loopback, server = serve()
    settings.AI_PROVIDER_CHAIN = f"gemini:{PRIMARY}, openai:{SECOND}"
    os.environ.update(
        GEMINI_API_KEY="bench", GEMINI_BASE_URL=loopback.url,
        OPENAI_API_KEY="bench", OPENAI_BASE_URL=f"{loopback.url}/v1",
    )  # fmt: skip
    user = User.objects.get(email=email)
    Workspace.objects.filter(schema_name=schema).update(plan=Plan.PREMIUM)
    workspace = Workspace.objects.get(schema_name=schema)
    with tenancy.enter(workspace):
        Preference.objects.update_or_create(only=True, defaults={"day_limit": Decimal(9_999)})
        _print("reservations", **_reserve_many(user))
        _print("first_token_after_failure_ms", **_fail_over(user, loopback))
        _print("dead_provider", **_ask_the_dead(user, loopback))
    server.shutdown()
    return 0


def _print(part: str, **figures: object) -> None:
    print(json.dumps({"part": part, **figures}), flush=True)


def _reserve_many(user: "User") -> dict[str, Any]:
    """Reserved, covered, booked and settled, one after the other and by several at once."""
    from django.db import connections

    from ai_agents.models import Usage
    from ai_agents.services import ledger

    def ask_once(_number: int) -> None:
        reservation = _reserve(user)
        ledger.cover(reservation, amount=Decimal("0.001"))
        ledger.record(
            Usage(
                reservation=reservation, attempt=1, provider="gemini", model=PRIMARY,
                deployment=f"gemini:{PRIMARY}", input_tokens=10, output_tokens=5,
                cost=Decimal("0.0001"), outcome="ok", latency_ms=1,
            )
        )  # fmt: skip
        ledger.settle(reservation, answered=True)

    def work(numbers: range) -> None:
        for number in numbers:
            ask_once(number)
        connections.close_all()

    began = time.monotonic()
    for number in range(RESERVATIONS):
        ask_once(number)
    alone = RESERVATIONS / (time.monotonic() - began)
    began = time.monotonic()
    with ThreadPoolExecutor(THREADS) as pool:
        parts = [range(at, RESERVATIONS, THREADS) for at in range(THREADS)]
        waiting = [pool.submit(contextvars.copy_context().run, work, part) for part in parts]
        for one in waiting:
            one.result()
    together = RESERVATIONS / (time.monotonic() - began)
    return {"n": RESERVATIONS, "per_s": round(alone), f"per_s_of_{THREADS}": round(together)}


def _fail_over(user: "User", loopback: "Loopback") -> dict[str, Any]:
    """From the moment the first provider has said 503 to the first word of the second."""
    from asgiref.sync import async_to_sync
    from pydantic_ai import Agent

    from ai_agents.providers import breaker
    from ai_agents.providers.chain import Call, open_chain
    from ai_agents.services import ledger

    failed_at: list[float] = []

    def fail(_seen: object) -> dict[str, Any]:
        failed_at.append(time.monotonic())
        return {"status": 503}

    loopback.script = {PRIMARY: {"answers": fail}}
    seconds: list[float] = []

    async def listen(call: Call) -> None:
        async with open_chain(call) as model, Agent(model).run_stream("When?") as result:
            async for _piece in result.stream_text(delta=True, debounce_by=None):
                if len(seconds) < len(failed_at):
                    seconds.append(time.monotonic() - failed_at[-1])

    for _ in range(STREAMS + 1):
        breaker.succeeded(f"gemini:{PRIMARY}")  # forgets the failure before
        reservation = _reserve(user)
        async_to_sync(listen)(Call(reservation, 30))
        ledger.settle(reservation, answered=True)
    told = sorted(one * 1000 for one in seconds[1:])  # the first one loads the libraries
    return {
        "n": len(told),
        "p50": round(statistics.median(told), 1),
        "p95": round(told[round(len(told) * 0.95) - 1], 1),
    }


def _ask_the_dead(user: "User", loopback: "Loopback") -> dict[str, Any]:
    """How often a provider that answers 503 is tried while many ask."""
    from asgiref.sync import async_to_sync
    from pydantic_ai import Agent

    from ai_agents.providers import breaker
    from ai_agents.providers.chain import Call, open_chain
    from ai_agents.services import ledger

    breaker.succeeded(f"gemini:{PRIMARY}")
    loopback.script = {PRIMARY: {"status": 503}}
    loopback.requests.clear()

    async def ask(call: Call) -> None:
        async with open_chain(call) as model:
            await Agent(model).run("When?")

    for _ in range(ASKED):
        reservation = _reserve(user)
        async_to_sync(ask)(Call(reservation, 30))
        ledger.settle(reservation, answered=True)
    return {
        "asked": ASKED,
        "tried": loopback.asked(PRIMARY),
        "answered_by_the_next": loopback.asked(SECOND),
    }


def _reserve(user: "User") -> Any:
    from ai_agents.services import ledger

    reservation, _ = ledger.reserve(
        user=user, agent="content", operation="bench", key=uuid.uuid4().hex, request_hash="bench"
    )
    return reservation


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
