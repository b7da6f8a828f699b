"""From findings to waves: one opens, goes on while it is hot, and ends when it has calmed down."""

from dataclasses import dataclass, replace
from typing import Literal

from harassment.dogpiles.records import (
    HOLD_FROM,
    HOLD_HOSTILITY,
    OPEN_FROM,
    OPEN_HOSTILITY,
    Finding,
)

CALM_S = 1800  # without anything hot for that long, the wave is over
DISMISSED_RAISE = 0.15  # on top of OPEN_FROM for a day after a person said that it was nothing

Change = Literal["opened", "grown", "closed"]


@dataclass(frozen=True, slots=True)
class Watch:
    """What is known of one account between two looks. Times are seconds since 1970."""

    is_open: bool = False
    started_at: float = 0.0  # of the first comment of the wave
    hot_at: float = 0.0  # when it was last as a wave is


def step(
    watch: Watch, finding: Finding, now: float, *, raised: float = 0.0
) -> tuple[Watch, Change | None]:
    """Go on by one look; what that changed, if anything. Looks may come out of order."""
    if watch.is_open:
        if finding.reaches(HOLD_FROM, HOLD_HOSTILITY):
            started_at = min(watch.started_at, finding.started_at)
            hot_at = max(watch.hot_at, now)
            return replace(watch, started_at=started_at, hot_at=hot_at), "grown"
        if now - watch.hot_at >= CALM_S:
            return replace(watch, is_open=False), "closed"
        return watch, None
    if finding.reaches(OPEN_FROM + raised, OPEN_HOSTILITY):
        return Watch(is_open=True, started_at=finding.started_at, hot_at=now), "opened"
    return watch, None
