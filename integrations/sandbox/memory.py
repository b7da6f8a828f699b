"""All the state of one sandbox: options, world, grants, quota, faults, journal."""

import re
import secrets
from collections import deque
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from typing import Any
from zoneinfo import ZoneInfo

from integrations.sandbox.crowd import Crowd, channel_keys
from integrations.sandbox.dialects import DIALECTS
from integrations.sandbox.faults import Faults
from integrations.sandbox.grants import Grants
from integrations.sandbox.hub import Hub
from integrations.sandbox.live import Stage
from integrations.sandbox.world import YOUTUBE, Clock, Comment, World

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
    # The other platforms' registrations: name -> (id, secret).
    apps: dict[str, tuple[str, str]] = field(
        default_factory=lambda: {
            name: (f"aura-sandbox-{name}", "aura-sandbox-secret")
            for name in (
                "tiktok_business",
                "tiktok_display",
                "instagram",
                "facebook",
                "reddit",
                "twitch",
                "x",
            )
        },
        repr=False,
    )


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
        self.epoch = (epoch or datetime.now(UTC)).replace(microsecond=0)
        self.crowds: dict[str, Crowd] = {}
        self.ledger = Ledger(self.clock, self.options.quota)
        self.stage = Stage(self.clock)
        self.hub = Hub(self.clock)
        if not keep_grants:
            self.grants = Grants(self.clock, self.options.client_id, self.options.client_secret)
            self._wallets: dict[str, Any] = {}

    @property
    def base(self) -> str:
        """Where pictures are."""
        return f"http://127.0.0.1:{self.options.port}"

    @property
    def world(self) -> World:
        """What YouTube knows."""
        return self.world_of("youtube")

    @property
    def crowd(self) -> Crowd:
        """YouTube's people."""
        return self.crowd_of("youtube")

    def crowd_of(self, kind: str) -> Crowd:
        """The same people and stories on every platform, with its ids; made on first use."""
        if kind not in self.crowds:
            mint = YOUTUBE if kind == "youtube" else DIALECTS[kind].mint
            self.crowds[kind] = self._crowd(World(self.clock, self.epoch, mint))
        return self.crowds[kind]

    def world_of(self, kind: str) -> World:
        """What that platform knows."""
        return self.crowd_of(kind).world

    def wallet(self, kind: str) -> Any:
        """That platform's codes and tokens, of the dialect's own class."""
        if kind == "youtube":
            return self.grants
        if kind not in self._wallets:
            self._wallets[kind] = DIALECTS[kind].wallet(self)
        return self._wallets[kind]

    def announce(self, kind: str, comment: Comment) -> None:
        """Tell a new comment to whoever listens on that platform's sockets."""
        dialect = DIALECTS.get(kind)
        if dialect and dialect.announce:
            dialect.announce(self, comment)

    def _crowd(self, world: World) -> Crowd:
        count = self.options.comments
        # A size that is asked for is the first channel's on YouTube, and everybody's elsewhere.
        keys = [MAIN_CHANNEL] if world.mint is YOUTUBE else channel_keys()
        sizes = {} if count is None else dict.fromkeys(keys, count)
        crowd = Crowd(world, self.options.seed)
        crowd.populate(sizes)
        return crowd
