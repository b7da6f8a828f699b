"""What an error of a provider means for the chain: whose fault, and when to ask again."""

from dataclasses import dataclass
from typing import Literal

from pydantic_ai.exceptions import (
    ModelAPIError,
    ModelAuthenticationError,
    ModelContextWindowExceededError,
    ModelHTTPError,
    ModelNotFoundError,
    ModelQuotaExceededError,
    ModelRequestRejectedError,
)

Fault = Literal["passing", "long", "ours"]
REFUSED = frozenset({401, 402, 403, 404})
DAY_MARKS = ("PerDay", "per_day", "insufficient_quota", "API_KEY_INVALID")
"""In error bodies: a daily quota of Gemini, an empty OpenAI account, a wrong Gemini key (a 400)."""


@dataclass(frozen=True)
class Failure:
    """`passing`: the provider's, soon over. `long`: its, for hours. `ours`: the request was bad."""

    fault: Fault
    reason: str
    wait: float | None = None


class NotAsked(ModelAPIError):
    """A provider that is skipped: its circuit is open, it has no price, or no time is left."""


def failure_of(error: Exception) -> Failure | None:
    """Classify what a provider's call raised; None: not a provider's failure at all."""
    if isinstance(error, NotAsked) or not isinstance(error, ModelAPIError):
        return None
    status = error.status_code if isinstance(error, ModelHTTPError) else None
    reason = f"{type(error).__name__.strip('_')}{f' {status}' if status else ''}"
    body = str(error.body)[:4000]
    long = (
        isinstance(error, ModelAuthenticationError | ModelNotFoundError | ModelQuotaExceededError)
        or status in REFUSED
        or any(mark in body for mark in DAY_MARKS)
    )
    if long:
        return Failure("long", reason)
    if isinstance(error, ModelContextWindowExceededError | ModelRequestRejectedError):
        return Failure("ours", reason)
    return Failure("passing", reason, error.retry_after)


def hops(error: Exception) -> bool:
    """Whether the next provider is asked. A filter's refusal and our own mistakes are final."""
    if isinstance(error, NotAsked):
        return True
    failure = failure_of(error)
    return failure is not None and failure.fault != "ours"
