"""Does each provider answer? One tiny call each; its result is kept for a minute."""

import asyncio
import time
from dataclasses import asdict, dataclass
from datetime import date
from typing import Any

from asgiref.sync import async_to_sync
from django.core.cache import cache
from pydantic_ai.exceptions import ModelAPIError, ModelHTTPError
from pydantic_ai.messages import ModelRequest
from pydantic_ai.models import ModelRequestParameters

from accounts import tenancy
from ai_agents.providers import breaker
from ai_agents.providers.building import build, current
from ai_agents.providers.entries import Entry, read_entries
from ai_agents.queries.prices import model_named

KEEP_SECONDS = 60
PATIENCE_SECONDS = 5.0
PING_TOKENS = 5
WRONG_KEY = "API_KEY_INVALID"


@dataclass(frozen=True)
class Checked:
    """What one entry of the chain said. Never a key, never a body."""

    provider: str
    deployment: str
    model: str
    status: str
    """ok, disabled, misconfigured, or error."""
    reason: str
    breaker: str
    retires_on: str = ""
    latency_ms: int = 0
    input_tokens: int = 0
    output_tokens: int = 0


def check_providers(*, fresh: bool = False) -> list[Checked]:
    """Ask every configured provider; `fresh` asks again those that answered this very minute."""
    return [_checked(entry, fresh=fresh) for entry in read_entries()]


def as_json(checked: list[Checked]) -> dict[str, Any]:
    """`ok`: one provider at least answers, or none is configured at all."""
    states = [one.status for one in checked]
    fine = "ok" in states or all(state == "disabled" for state in states)
    return {"ok": fine, "providers": [asdict(one) for one in checked]}


def _checked(entry: Entry, *, fresh: bool) -> Checked:
    state = breaker.circuit_of(entry.deployment).kind
    if entry.state != "ready":
        return Checked(
            entry.provider, entry.deployment, entry.model, entry.state, entry.reason, state
        )
    key = f"ai:smoke:{entry.deployment.replace(' ', '_')}:{entry.model}"
    with tenancy.public():
        if not fresh and (kept := cache.get(key)):
            return Checked(**kept | {"breaker": state})
        asked = current(entry)
        found = async_to_sync(_ping)(asked, state, _retirement(asked))
        cache.set(key, asdict(found), KEEP_SECONDS)
    return found


async def _ping(entry: Entry, state: str, retires: str) -> Checked:
    told = (entry.provider, entry.deployment, entry.model)
    started = time.monotonic()
    model, close = build(entry)
    try:
        async with asyncio.timeout(PATIENCE_SECONDS):
            response = await model.request(
                [ModelRequest.user_text_prompt("ping")],
                {"max_tokens": PING_TOKENS},
                ModelRequestParameters(),
            )
    except Exception as error:  # whatever it is, it is the answer to the question
        return Checked(*told, *_verdict(error), breaker=state, retires_on=retires)
    finally:
        await close()
    return Checked(
        *told,
        "ok",
        "",
        breaker=state,
        retires_on=retires,
        latency_ms=int((time.monotonic() - started) * 1000),
        input_tokens=response.usage.input_tokens,
        output_tokens=response.usage.output_tokens,
    )


def _retirement(entry: Entry) -> str:
    row = model_named(entry.provider, entry.model)
    day: date | None = row.retires_on if row else None
    return day.isoformat() if day else ""


def _verdict(error: Exception) -> tuple[str, str]:
    if isinstance(error, ModelHTTPError):
        if error.status_code in (401, 403) or WRONG_KEY in str(error.body):
            return "misconfigured", "The key was refused."
        if error.status_code == 404:
            return "misconfigured", "That model or deployment is not known there."
        return "error", f"It answered {error.status_code}."
    if isinstance(error, TimeoutError):
        return "error", f"No answer within {PATIENCE_SECONDS:.0f} seconds."
    if isinstance(error, ModelAPIError):
        return "error", "It could not be reached."
    return "error", f"Its answer could not be read ({type(error).__name__})."
