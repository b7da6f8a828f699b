"""Whether providers answer, for staff: asked by a job, because no page loads the providers."""

from datetime import datetime
from typing import Any

from django.core.cache import cache
from django.utils import timezone

from accounts import outbox, tenancy

JOB = "ai_agents.check_providers"
KEPT_SECONDS = 24 * 3600
_KEY = "ai:checked"


def promise_check() -> bool:
    """Promise to ask every provider; False when that is promised already. For public code."""
    with tenancy.public():
        return outbox.enqueue(JOB, key="all", public=True)


def keep_check(found: dict[str, Any]) -> None:
    """Keep what the providers said, without keys and bodies, for the page."""
    with tenancy.public():
        cache.set(_KEY, {"at": timezone.now().isoformat(), **found}, KEPT_SECONDS)


def last_check() -> tuple[datetime | None, dict[str, dict[str, Any]]]:
    """When they were last asked, and what each deployment said; nothing when that is long ago."""
    with tenancy.public():
        kept = cache.get(_KEY)
    if not kept:
        return None, {}
    told = {one["deployment"]: one for one in kept["providers"]}
    return datetime.fromisoformat(kept["at"]), told
