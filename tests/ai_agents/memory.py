"""A provider that answers in fixed words, a clock that is moved by hand, and what is remembered."""

import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

from django.core.cache import cache

from ai_agents.models import Allowance
from tests.ai_agents.loopback import Loopback, Seen

REPORT = {"findings": [{"text": "It goes up.", "figures": []}], "advice": []}
IDEAS = {"ideas": [{"title": "Rye", "hook": "Smell it.", "reason": "They ask for it."}]}
PLAN = {
    name: [{"text": "Keep it.", "figures": []}] if name == "pricing" else []
    for name in ("pricing", "upsell", "funnel", "projection")
}
MODEL = "o1"

Chain = Callable[[str], Loopback]


class Clock:
    """The time of everything that asks Django for it."""

    def __init__(self) -> None:
        self.now = datetime(2026, 11, 20, 14, 5, tzinfo=UTC)

    def __call__(self) -> datetime:
        return self.now

    def pass_by(self, **span: float) -> None:
        self.now += timedelta(**span)


def answer_of(seen: Seen) -> Any:
    body = json.dumps(seen.body)
    if "Propose ideas for videos" in body:
        return IDEAS
    return PLAN if "pricing" in body else REPORT


def used() -> int:
    found = Allowance.objects.filter(measure=Allowance.Measure.REQUESTS, user_id=None).first()
    return int(found.used) if found else 0


def kept() -> list[str]:
    """What the cache in memory holds of answers."""
    return [key for key in cache._cache if "knowledge" in key]  # type: ignore[attr-defined]
