"""Money that a platform charges for every answer: held before the question, settled after it."""

from collections.abc import Callable
from datetime import UTC, datetime, time, timedelta
from typing import Protocol


class Purse(Protocol):
    """One platform's money of the running month, in millionths of a dollar."""

    def reserve(self, micros: int) -> str:
        """Hold the money before asking; a receipt, or "" when the cap does not cover it."""
        ...

    def settle(self, receipt: str, *, held: int, used: int) -> None:
        """Turn what was held into what was really charged."""
        ...

    def opens_at(self) -> datetime:
        """When there is money again."""
        ...


_makers: list[Callable[[str], Purse]] = []


def provide(make: Callable[[str], Purse]) -> None:
    """Say where money comes from; the room's services do. Called while the application starts."""
    _makers[:] = [make]


def purse_of(platform_kind: str) -> Purse:
    """The purse of a platform; LookupError where nobody keeps one."""
    if not _makers:
        raise LookupError("nobody keeps a purse")
    return _makers[0](platform_kind)


def month(now: datetime | None = None) -> tuple[str, datetime]:
    """The running month in UTC as a period, and when the next one begins."""
    here = (now or datetime.now(UTC)).astimezone(UTC)
    following = (here.replace(day=1) + timedelta(days=32)).date().replace(day=1)
    return f"{here:%Y-%m}", datetime.combine(following, time(), tzinfo=UTC)
