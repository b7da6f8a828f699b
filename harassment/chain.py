"""The arithmetic of the evidence chain: canonical bytes and the hash that links them; pure."""

import hashlib
import json
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

GENESIS = "0" * 64


@dataclass(frozen=True, slots=True)
class Link:
    """One link as it is stored. `stated` is what its columns say and its payload repeats."""

    sequence: int
    previous_hash: str
    hash: str
    payload: dict[str, Any]
    stated: dict[str, Any]


@dataclass(frozen=True, slots=True)
class ChainCheck:
    """What a check of a chain found: how many links there are, and which do not hold."""

    total: int
    broken: tuple[int, ...]

    @property
    def intact(self) -> int:
        """How many links hold."""
        return self.total - len(self.broken)

    @property
    def is_intact(self) -> bool:
        """Whether every link holds."""
        return not self.broken


def utc(moment: datetime | None) -> str | None:
    """A time as evidence writes it: ISO 8601, UTC, microseconds kept."""
    return moment.astimezone(UTC).isoformat() if moment else None


def canonical(payload: dict[str, Any]) -> bytes:
    """The one spelling of a payload: UTF-8 JSON, sorted keys, no white space, no NaN."""
    return json.dumps(
        payload, sort_keys=True, separators=(",", ":"), ensure_ascii=False, allow_nan=False
    ).encode()


def link_hash(previous_hash: str, payload: dict[str, Any]) -> str:
    """SHA-256 over the previous link's hash (64 hex digits) followed by the canonical payload."""
    return hashlib.sha256(previous_hash.encode() + canonical(payload)).hexdigest()


def check(links: Iterable[Link]) -> ChainCheck:
    """Check a whole chain, ordered by sequence. Changed, moved and orphaned links are named.

    A payload repeats its own number, time and reason, so a link cannot be renumbered or dated
    anew without being noticed.
    """
    broken: list[int] = []
    total = 0
    expected, previous_hash = 1, GENESIS
    for link in links:
        total += 1
        holds = (
            link.sequence == expected
            and all(link.payload.get(name) == value for name, value in link.stated.items())
            and link.previous_hash == previous_hash
            and link.hash == link_hash(link.previous_hash, link.payload)
        )
        if not holds:
            broken.append(link.sequence)
        expected, previous_hash = link.sequence + 1, link.hash
    return ChainCheck(total=total, broken=tuple(broken))
