"""The evidence chain of a case: checked each time it is shown."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import datetime

from harassment.chain import ChainCheck, Link, check, utc
from harassment.models import Case, Evidence

LINKS_SHOWN = 5
LINKS_PER_PAGE = 100


@dataclass(frozen=True, slots=True)
class EvidenceLine:
    """One link of the chain in a list."""

    sequence: int
    reason: str
    purpose: str  # the verb that followed, when a person was about to act
    hash: str
    previous_hash: str
    captured_at: datetime
    is_broken: bool = False

    @property
    def short_hash(self) -> str:
        """Enough of the hash to compare two lines by eye."""
        return f"{self.hash[:4]} {self.hash[4:8]}"

    @property
    def short_previous(self) -> str:
        """The same of the link before."""
        return f"{self.previous_hash[:4]} {self.previous_hash[4:8]}"


@dataclass(frozen=True, slots=True)
class EvidenceChain:
    """A checked chain, and a stretch of it, newest first."""

    check: ChainCheck
    lines: tuple[EvidenceLine, ...]
    next_before: int | None


def evidence_chain(
    case: Case, *, size: int = LINKS_SHOWN, before: int | None = None
) -> EvidenceChain:
    """The whole chain checked, and `size` links of it below `before`, newest first: one query.

    Every payload and every field that is still there is hashed again; nothing is believed because
    it was written once.
    """
    lines: list[EvidenceLine] = []
    result = check(_links(case, lines))
    newest = [line for line in reversed(lines) if before is None or line.sequence < before]
    shown = [replace(line, is_broken=line.sequence in result.broken) for line in newest[:size]]
    return EvidenceChain(
        check=result,
        lines=tuple(shown),
        next_before=shown[-1].sequence if len(newest) > size else None,
    )


def _links(case: Case, lines: list[EvidenceLine]) -> Iterator[Link]:
    """The links one by one, so that no more than a few payloads are in memory at once."""
    rows = Evidence.objects.filter(case=case).select_related("content")
    for row in rows.order_by("sequence", "pk").iterator(chunk_size=200):
        lines.append(
            EvidenceLine(
                sequence=row.sequence,
                reason=row.reason,
                purpose=str(row.payload.get("purpose") or ""),
                hash=row.hash,
                previous_hash=row.previous_hash,
                captured_at=row.captured_at,
            )
        )
        stated = {
            "sequence": row.sequence,
            "reason": row.reason,
            "captured_at": utc(row.captured_at),
            "case": str(case.code),
        }
        yield Link(row.sequence, row.previous_hash, row.hash, row.payload, stated, row.fields())
