"""How much of Meta's allowance is used, read from the headers of every answer."""

import hashlib
import json
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from integrations.platforms.base import ErrorKind, PlatformError

SLOW_AT = 75  # percent: from here every call waits a little
STOP_AT = 90  # percent: from here nothing is sent
LONGEST_PAUSE_S = 2.0
REST = timedelta(minutes=10)  # when Meta does not estimate: its windows slide
KEPT = 1_000  # tokens remembered by one process

_PERCENTAGES = ("call_count", "total_cputime", "total_time")


@dataclass(frozen=True, slots=True)
class Usage:
    """The highest percentage told, and the minutes until access comes back (0: not told)."""

    percent: float
    regain_minutes: int


def read_usage(headers: Mapping[str, str]) -> Usage:
    """What `X-App-Usage` and `X-Business-Use-Case-Usage` say; zero for what cannot be read."""
    meters: list[Any] = [_json(headers.get("X-App-Usage"))]
    by_account = _json(headers.get("X-Business-Use-Case-Usage"))
    for listed in by_account.values():
        meters += listed if isinstance(listed, list) else []
    percent, minutes = 0.0, 0
    for meter in meters:
        if not isinstance(meter, dict):
            continue
        percent = max([percent, *(_positive(meter.get(name)) for name in _PERCENTAGES)])
        minutes = max(minutes, int(_positive(meter.get("estimated_time_to_regain_access"))))
    return Usage(percent, min(minutes, 24 * 60))


def regain_at(headers: Mapping[str, str], now: datetime) -> datetime | None:
    """When Meta expects to let this account in again; None when it does not say."""
    minutes = read_usage(headers).regain_minutes
    return now + timedelta(minutes=minutes) if minutes else None


class Meter:
    """Slows down from 75 % on and stops at 90 %, per token. Thread-safe, one per adapter."""

    def __init__(
        self, *, told: str, now: Callable[[], datetime], sleep: Callable[[float], None]
    ) -> None:
        self._told = told  # the sentence for people when nothing is sent
        self._now = now
        self._sleep = sleep
        self._lock = threading.Lock()
        self._rest_until: dict[str, datetime] = {}
        self._percent: dict[str, float] = {}

    def wait(self, token: str) -> None:
        """Before a call: wait a little, or raise RATE_LIMITED with the time to come back."""
        key = _key(token)
        with self._lock:
            until, percent = self._rest_until.get(key), self._percent.get(key, 0.0)
        now = self._now()
        if until is not None and until > now:
            raise PlatformError(
                ErrorKind.RATE_LIMITED, self._told, detail=f"usage {percent:.0f} %", retry_at=until
            )
        if SLOW_AT <= percent < STOP_AT:
            self._sleep(LONGEST_PAUSE_S * (percent - SLOW_AT + 1) / (STOP_AT - SLOW_AT))

    def note(self, token: str, headers: Mapping[str, str]) -> None:
        """After an answer: remember how full the meter is."""
        usage, key, now = read_usage(headers), _key(token), self._now()
        with self._lock:
            if len(self._percent) > KEPT:
                self._percent.clear()
                self._rest_until.clear()
            self._percent[key] = usage.percent
            if usage.percent >= STOP_AT:
                minutes = timedelta(minutes=usage.regain_minutes)
                self._rest_until[key] = now + (minutes or REST)
            else:
                self._rest_until.pop(key, None)


def _key(token: str) -> str:
    # Not the token itself: it would stay in memory after the account is gone.
    return hashlib.sha256(token.encode()).hexdigest()[:16]


def _json(text: str | None) -> dict[str, Any]:
    try:
        value = json.loads(text or "")
    except (ValueError, RecursionError):
        return {}
    return value if isinstance(value, dict) else {}


def _positive(value: Any) -> float:
    is_number = isinstance(value, int | float) and not isinstance(value, bool)
    return float(value) if is_number and 0 < value < 1e9 else 0.0
