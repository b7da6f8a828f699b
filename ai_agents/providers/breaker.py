"""Stops asking a provider that does not answer; all processes share what they learned.

Closed: asked. Open: skipped until a moment. Then half open: one probe, and its outcome decides.
The state lives in the cache; when that is away, each process goes by what it saw itself.
"""

import logging
import random
import time
from dataclasses import dataclass
from typing import Any, Literal

from django.conf import settings
from django.core.cache import cache
from redis.exceptions import RedisError

from accounts import tenancy

logger = logging.getLogger(__name__)

Kind = Literal["closed", "open", "half-open"]
MOST_OPEN_SECONDS = 15 * 60
PROBE_SECONDS = 60
UNREACHABLE = (OSError, RedisError)
JITTER = 0.1


@dataclass(frozen=True)
class Circuit:
    """What is known of one deployment. `until` is in seconds since the epoch."""

    until: float = 0.0
    wait: float = 0.0
    reason: str = ""

    @property
    def kind(self) -> Kind:
        """Its state now."""
        if not self.until:
            return "closed"
        return "open" if time.time() < self.until else "half-open"


_seen: dict[str, Any] = {}
"""This process's own copy, used when the cache cannot be reached."""


class _Store:
    """The cache on the public schema's keys: a provider is the operator's, no workspace's."""

    def get(self, key: str) -> Any:
        try:
            with tenancy.public():
                return cache.get(key)
        except UNREACHABLE:
            return _seen.get(key)

    def set(self, key: str, value: Any, seconds: float) -> None:
        _seen[key] = value
        try:
            with tenancy.public():
                cache.set(key, value, seconds)
        except UNREACHABLE:
            logger.warning("the breaker's state is this process's own: no cache")

    def add(self, key: str, seconds: float) -> bool:
        try:
            with tenancy.public():
                return bool(cache.add(key, 1, seconds))
        except UNREACHABLE:
            return True

    def count(self, key: str, seconds: float) -> int:
        try:
            with tenancy.public():
                cache.add(key, 0, seconds)
                return int(cache.incr(key))
        except ValueError:  # it expired between the two
            return 1
        except UNREACHABLE:
            _seen[key] = int(_seen.get(key) or 0) + 1
            return int(_seen[key])

    def drop(self, *keys: str) -> None:
        for key in keys:
            _seen.pop(key, None)
        try:
            with tenancy.public():
                cache.delete_many(keys)
        except UNREACHABLE:
            logger.warning("the breaker's state is this process's own: no cache")


_store = _Store()


def circuit_of(deployment: str) -> Circuit:
    """What is known of a deployment."""
    return _store.get(_key(deployment)) or Circuit()


def may_ask(deployment: str) -> bool:
    """Whether to ask now. In a half-open circuit exactly one asker gets True: the probe."""
    circuit = circuit_of(deployment)
    if circuit.kind == "closed":
        return True
    return circuit.kind == "half-open" and _store.add(_key(deployment, "probe"), PROBE_SECONDS)


def succeeded(deployment: str) -> None:
    """An answer came: close the circuit and forget failures."""
    if circuit_of(deployment).until or _store.get(_key(deployment, "failures")):
        _store.drop(_key(deployment), _key(deployment, "failures"), _key(deployment, "probe"))


def failed(deployment: str, *, reason: str, wait: float | None = None, long: bool = False) -> None:
    """The provider failed. `wait`: seconds it asked for; `long`: asking again soon is useless.

    Opens at once when the provider names a wait, for a long failure, or when this was the probe;
    otherwise with the third failure within a minute.
    """
    circuit = circuit_of(deployment)
    failures = _store.count(_key(deployment, "failures"), settings.AI_BREAKER_WINDOW_SECONDS)
    if not (long or wait or circuit.until or failures >= settings.AI_BREAKER_FAILURES):
        return
    if long:
        seconds = float(settings.AI_BREAKER_LONG_SECONDS)
        logger.error("%s is not asked for an hour: %s", deployment, reason)
    else:
        least = max(float(settings.AI_BREAKER_OPEN_SECONDS), circuit.wait * 2)
        seconds = min(max(least, wait or 0.0), MOST_OPEN_SECONDS)
        seconds *= 1 + random.uniform(0, JITTER)  # noqa: S311
    opened = Circuit(time.time() + seconds, seconds, reason)
    _store.set(_key(deployment), opened, seconds + 10 * MOST_OPEN_SECONDS)
    _store.drop(_key(deployment, "probe"))


def _key(deployment: str, part: str = "circuit") -> str:
    return f"ai:breaker:{part}:{deployment.replace(' ', '_')}"
