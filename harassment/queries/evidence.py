"""The evidence chain of a case: checked each time it is shown, and what is sealed in it."""

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from uuid import UUID

from django.db.models.fields.json import KeyTextTransform, KeyTransform
from django.http import Http404

from accounts.models import Membership
from harassment.chain import ChainCheck, Link, check, utc
from harassment.detection.summary import summarise
from harassment.models import Case, Evidence
from integrations.models import Comment

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
    code: UUID
    is_erased: bool  # nothing of its content is left
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


@dataclass(frozen=True, slots=True)
class EvidenceItem:
    """One sealed item of a case for the page that erases it; it never holds the words."""

    evidence: Evidence
    case: Case
    summary: str
    gone: tuple[str, ...]
    others: tuple[int, ...]  # items of the same chain that hold the same comment

    @property
    def is_gone(self) -> bool:
        """Whether nothing of it is left to erase."""
        return len(self.gone) == len(self.evidence.commitments)


def evidence_for(membership: Membership, code: UUID) -> EvidenceItem:
    """The item, in two queries. Http404 when the person may not see its case."""
    found = (
        Evidence.objects.filter(code=code, case__in=Case.objects.visible_to(membership))
        .select_related("case", "content", "comment__incident")
        .first()
    )
    if found is None or found.case is None:
        raise Http404
    same = Evidence.objects.filter(case=found.case, comment=found.comment_id)
    incident = getattr(found.comment, "incident", None)
    return EvidenceItem(
        evidence=found,
        case=found.case,
        summary=summarise(incident.kinds if incident else ()),
        gone=tuple(name for name, field in found.fields().items() if "salt" not in field),
        others=tuple(
            same.exclude(pk=found.pk).order_by("sequence").values_list("sequence", flat=True)
        ),
    )


def sealed_wordings(comments: Sequence[Comment], *, case: Case | None = None) -> dict[int, str]:
    """SHA-256 of the wording that was sealed last, in any chain or that of `case`, by comment.

    "" where none was. Where it was erased it counts as the present one: what somebody had taken
    away is not sealed again because a model changed.
    """
    wording = KeyTextTransform("1", KeyTransform("comment.text_sha256", "content__fields"))
    links = Evidence.objects.filter(comment__in=comments)
    newest = (
        (links.filter(case=case) if case else links)
        .order_by("comment_id", "-captured_at", "-id")
        .distinct("comment_id")
        .annotate(
            spelled=wording,  # canonical JSON
            # aura-evidence/1 had its words in the link
            plain=KeyTextTransform("text_sha256", KeyTransform("comment", "payload")),
        )
        .values_list("comment_id", "spelled", "plain")
    )
    found = {pk: plain or (json.loads(text) if text else None) for pk, text, plain in newest}
    return {one.pk: found[one.pk] or one.text_hash if one.pk in found else "" for one in comments}


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
                code=row.code,
                is_erased=bool(row.commitments) and not hasattr(row, "content"),
            )
        )
        stated = {
            "sequence": row.sequence,
            "reason": row.reason,
            "captured_at": utc(row.captured_at),
            "case": str(case.code),
        }
        yield Link(row.sequence, row.previous_hash, row.hash, row.payload, stated, row.fields())
