"""All the state of one sandbox: options, world, grants, quota, faults, journal."""

import re
import secrets
from collections import deque
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from typing import Any
from zoneinfo import ZoneInfo

from integrations.sandbox.crowd import Crowd
from integrations.sandbox.faults import Faults
from integrations.sandbox.grants import Grants
from integrations.sandbox.world import Clock, World

PACIFIC = ZoneInfo("America/Los_Angeles")
JOURNAL_LENGTH = 5_000
MAIN_CHANNEL = "mila"  # the one that `comments` sizes


@dataclass
class Options:
    """What the command line decides."""

    port: int = 9100
    seed: int = 42
    growth: bool = False
    every_s: float = 8.0
    comments: int | None = None
    quota: int = 10_000
    token: str = field(default_factory=lambda: secrets.token_urlsafe(24), repr=False)
    client_id: str = "aura-sandbox.apps.googleusercontent.com"
    client_secret: str = field(default="aura-sandbox-secret", repr=False)
    state_file: str = ""


@dataclass
class Ledger:
    """Quota units per client and day in Los Angeles, where YouTube's quota starts anew."""

    clock: Clock
    limit: int
    used: dict[tuple[str, date], int] = field(default_factory=dict)

    def spend(self, client_id: str, units: int) -> bool:
        """Book the units; False when the day's allowance does not cover them."""
        key = (client_id, self.today())
        if self.used.get(key, 0) + units > self.limit:
            return False
        self.used[key] = self.used.get(key, 0) + units
        return True

    def today(self) -> date:
        """The date in Los Angeles."""
        return self.clock.now().astimezone(PACIFIC).date()


@dataclass
class Journal:
    """The last calls received, for asserts; secrets are never kept."""

    entries: deque[dict[str, Any]] = field(default_factory=lambda: deque(maxlen=JOURNAL_LENGTH))
    count: int = 0

    def add(self, entry: dict[str, Any]) -> dict[str, Any]:
        """Number and keep an entry; the caller fills in the outcome later."""
        self.count += 1
        entry["n"] = self.count
        self.entries.append(entry)
        return entry

    def find(self, path_re: str = "", method: str = "", since: int = 0) -> list[dict[str, Any]]:
        """Entries whose path (with query) and method match, newer than number `since`."""
        pattern = re.compile(path_re)
        return [
            entry
            for entry in self.entries
            if entry["n"] > since
            and (not method or entry["method"] == method.upper())
            and pattern.search(entry["path"])
        ]


class Memory:
    """One running sandbox."""

    def __init__(self, options: Options, epoch: datetime | None = None) -> None:
        self.options = options
        self.clock = Clock()
        self.faults = Faults()
        self.journal = Journal()
        self.reset(epoch=epoch)

    def reset(
        self,
        *,
        seed: int | None = None,
        comments: int | None = None,
        epoch: datetime | None = None,
        keep_grants: bool = False,
    ) -> None:
        """Begin again; the comments hang before `epoch`, which is now unless given."""
        if seed is not None:
            self.options.seed = seed
        if comments is not None:
            self.options.comments = comments
        self.clock.offset *= 0
        self.faults.clear()
        self.journal = Journal()
        self.world = World(self.clock, (epoch or datetime.now(UTC)).replace(microsecond=0))
        self.crowd = Crowd(self.world, self.options.seed)
        sizes = {} if self.options.comments is None else {MAIN_CHANNEL: self.options.comments}
        self.crowd.populate(sizes)
        self.ledger = Ledger(self.clock, self.options.quota)
        if not keep_grants:
            self.grants = Grants(self.clock, self.options.client_id, self.options.client_secret)
