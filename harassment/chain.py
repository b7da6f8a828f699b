"""The arithmetic of the evidence chain: canonical bytes, links, trees of a day; pure.

What a stand-alone verifier needs too is written in `harassment.exports.verify` and used from
there, so that the pages, the jobs and the file in an export can never disagree.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from harassment.exports.verify import (
    GENESIS,
    canonical,
    check_item,
    commitment,
    fields_root,
    leaf_hash,
    link_hash,
    node_hash,
)

__all__ = [
    "GENESIS", "ChainCheck", "Link", "canonical", "check", "commitment", "fields_root",
    "link_hash", "merkle_path", "merkle_root", "utc",
]  # fmt: skip


@dataclass(frozen=True, slots=True)
class Link:
    """One link as it is stored. `stated` is what its columns say and its payload repeats.

    `fields`: per field its commitment and, unless it was erased, its salt and value.
    """

    sequence: int
    previous_hash: str
    hash: str
    payload: dict[str, Any]
    stated: dict[str, Any]
    fields: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)


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


def check(links: Iterable[Link]) -> ChainCheck:
    """Check a whole chain, ordered by sequence. Changed, moved and orphaned links are named.

    A payload repeats its own number, time and reason, so a link cannot be renumbered or dated
    anew without being noticed. A field that was erased leaves its link whole.
    """
    broken: list[int] = []
    total = 0
    expected, previous_hash = 1, GENESIS
    for link in links:
        total += 1
        changed, _ = check_item(link.payload, {"link": link.payload, "fields": link.fields})
        holds = (
            link.sequence == expected
            and not changed
            and all(link.payload.get(name) == value for name, value in link.stated.items())
            and link.previous_hash == previous_hash
            and link.hash == link_hash(link.previous_hash, link.payload)
        )
        if not holds:
            broken.append(link.sequence)
        expected, previous_hash = link.sequence + 1, link.hash
    return ChainCheck(total=total, broken=tuple(broken))


def leaf(chain: object, sequence: int, digest: str) -> bytes:
    """One chain's last link as a leaf of the day's tree; `chain` is the case's code or None."""
    return canonical(leaf_of(chain, sequence, digest))


def leaf_of(chain: object, sequence: int, digest: str) -> dict[str, object]:
    """The same before it is spelled."""
    return {"chain": str(chain) if chain else None, "sequence": sequence, "hash": digest}


def merkle_root(leaves: Sequence[bytes]) -> bytes:
    """Root of the tree over at least one leaf, RFC 6962 section 2.1."""
    if len(leaves) == 1:
        return leaf_hash(leaves[0])
    middle = _split(len(leaves))
    return node_hash(merkle_root(leaves[:middle]), merkle_root(leaves[middle:]))


def merkle_path(index: int, leaves: Sequence[bytes]) -> list[bytes]:
    """The hashes that lead from one leaf to the root, RFC 6962 section 2.1.1."""
    if len(leaves) == 1:
        return []
    middle = _split(len(leaves))
    if index < middle:
        return [*merkle_path(index, leaves[:middle]), merkle_root(leaves[middle:])]
    return [*merkle_path(index - middle, leaves[middle:]), merkle_root(leaves[:middle])]


def _split(count: int) -> int:
    return 1 << ((count - 1).bit_length() - 1)
