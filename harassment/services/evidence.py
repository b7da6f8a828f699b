"""Sealing proof: what was said, where, when and how it was heard, linked to what came before."""

import secrets
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import connection, transaction
from django.utils import timezone

from accounts import audit, live
from accounts.models import User
from harassment.chain import GENESIS, canonical, commitment, fields_root, link_hash, utc
from harassment.models import Case, Evidence, EvidenceContent, EvidenceErasure, ToxicityScore
from harassment.services.exports import remove_copies
from harassment.services.reports import renew_documents
from integrations.models import Comment, CommentRevision

FORMAT = "aura-evidence/2"
METHODS: dict[str, str] = {
    Comment.Source.API: "platform interface",
    Comment.Source.IMPORT: "import",
    Comment.Source.CAPTURE: "capture by hand",
}
SALT_BYTES = 16  # nobody can guess a short comment from its commitment
_LOOSE_CHAIN = 0x41555245  # class of the advisory lock of the chain without a case


@dataclass(frozen=True, slots=True)
class Capture:
    """One comment to seal, in the chain of its case or, without one, in the workspace's own."""

    comment: Comment
    case: Case | None
    reason: str
    purpose: str = ""  # the verb that follows, when a person is about to act


@transaction.atomic
def seal(*, captures: Sequence[Capture]) -> list[Evidence]:
    """Append one link per capture, in their order; returns them as stored.

    True afterwards: each chain has grown without a gap, whoever else was sealing. The content
    holds the wording, author, place, thread, times (UTC), the platform's own payload and what is
    missing from all that; the link holds number, time, reason, method and, through a salted
    commitment per field, that content. `comment.account` and `comment.post` should be loaded.
    Nothing is announced.
    """
    if not captures:
        return []
    case_ids = sorted({capture.case.pk for capture in captures if capture.case})
    _hold_chains(case_ids, is_loose=any(capture.case is None for capture in captures))
    ends = _chain_ends(case_ids, is_loose=any(capture.case is None for capture in captures))
    around = _Surroundings([capture.comment for capture in captures])
    now = timezone.now()
    links, contents = [], []
    for capture in captures:
        case_id = capture.case.pk if capture.case else None
        sequence, previous_hash = ends[case_id]
        fields = _fields(capture.comment, around)
        salts = {name: secrets.token_hex(SALT_BYTES) for name in fields}
        commitments = {name: commitment(name, salts[name], fields[name]) for name in fields}
        payload = _payload(capture, sequence + 1, now, commitments)
        link = Evidence(
            case=capture.case,
            comment=capture.comment,
            sequence=sequence + 1,
            reason=capture.reason,
            payload=payload,
            commitments=commitments,
            previous_hash=previous_hash,
            hash=link_hash(previous_hash, payload),
            captured_at=now,
        )
        ends[case_id] = (link.sequence, link.hash)
        links.append(link)
        kept = {name: [salts[name], canonical(value).decode()] for name, value in fields.items()}
        contents.append(EvidenceContent(evidence=link, fields=kept))
    Evidence.objects.bulk_create(links)
    EvidenceContent.objects.bulk_create(contents)
    return links


@transaction.atomic
def erase(
    *, evidence: Evidence, reason: str, names: Sequence[str] = (), actor: User | None = None
) -> list[str]:
    """Take fields of one item away for good (all of them without `names`); which ones went.

    The link and its commitments stay, so the chain still holds and says that something was
    there. The act is audited and written down in rows that nobody can change; exports that still
    lie here and hold the item are removed, PDFs of reports are made anew. Raises ValueError for
    an item of the first format, whose words are part of its link, and for unknown names.
    """
    if not evidence.commitments:
        raise ValueError("This item was sealed with its words inside the link.")
    if unknown := {*names} - {*evidence.commitments}:
        raise ValueError(f"No such field: {', '.join(sorted(unknown))}.")
    content = EvidenceContent.objects.filter(evidence=evidence).first()
    gone = sorted(content.fields.keys() & (names or content.fields)) if content else []
    if not content or not gone:
        return []
    EvidenceErasure.objects.create(
        evidence=evidence, content_id=content.pk, fields=gone, reason=reason
    )
    kept = {name: held for name, held in content.fields.items() if name not in gone}
    content.delete()
    if kept:
        EvidenceContent.objects.create(evidence=evidence, fields=kept)
    audit.record(
        "harassment.evidence.erased",
        actor=actor,
        target=str(evidence.code),
        data={"fields": gone},
    )
    if evidence.case:
        remove_copies(case=evidence.case, number=evidence.sequence)
        renew_documents(case=evidence.case, number=evidence.sequence)
    live.poke("case")
    return gone


def _hold_chains(case_ids: list[int], *, is_loose: bool) -> None:
    # Ordered, so that two transactions that share cases cannot wait for each other.
    list(Case.objects.select_for_update(no_key=True).filter(pk__in=case_ids).order_by("pk"))
    if is_loose:
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT pg_advisory_xact_lock(%s, hashtext(current_schema()))", [_LOOSE_CHAIN]
            )


def _chain_ends(case_ids: list[int], *, is_loose: bool) -> dict[int | None, tuple[int, str]]:
    ends: dict[int | None, tuple[int, str]] = defaultdict(lambda: (0, GENESIS))
    last = Evidence.objects.values_list("case_id", "sequence", "hash")
    if case_ids:
        newest = last.filter(case_id__in=case_ids).order_by("case_id", "-sequence")
        for case_id, sequence, digest in newest.distinct("case_id"):
            ends[case_id] = (sequence, digest)
    if is_loose:
        for _, sequence, digest in last.filter(case=None).order_by("-sequence")[:1]:
            ends[None] = (sequence, digest)
    return ends


class _Surroundings:
    """What stands around the captured comments, read in three queries for all of them."""

    def __init__(self, comments: Sequence[Comment]) -> None:
        ids = [comment.pk for comment in comments]
        parent_ids = {c.parent_external_id for c in comments if c.parent_external_id}
        account_ids = {comment.account_id for comment in comments}
        parents = Comment.objects.filter(
            account_id__in=account_ids, external_id__in=parent_ids
        ).only(
            "account_id", "external_id", "author_external_id", "author_handle", "text",
            "text_hash", "published_at",
        )  # fmt: skip
        self._parents = {(p.account_id, p.external_id): p for p in parents} if parent_ids else {}
        self._earlier: dict[int, list[dict[str, Any]]] = defaultdict(list)
        for revision in CommentRevision.objects.filter(comment_id__in=ids).order_by("seen_until"):
            self._earlier[revision.comment_id].append(
                {
                    "text": revision.text,
                    "text_sha256": revision.text_hash,
                    "seen_until": utc(revision.seen_until),
                }
            )
        scores = ToxicityScore.objects.filter(comment_id__in=ids, is_current=True)
        self._scores = {score.comment_id: score for score in scores}

    def thread(self, comment: Comment) -> dict[str, Any] | None:
        """The comment that was answered; named but empty when it was never seen."""
        if not comment.parent_external_id:
            return None
        parent = self._parents.get((comment.account_id, comment.parent_external_id))
        if parent is None:
            return {"external_id": comment.parent_external_id, "is_missing": True}
        return {
            "external_id": parent.external_id,
            "author_external_id": parent.author_external_id,
            "author_handle": parent.author_handle,
            "text": parent.text,
            "text_sha256": parent.text_hash,
            "published_at": utc(parent.published_at),
        }

    def earlier(self, comment: Comment) -> list[dict[str, Any]]:
        """Wordings seen before the present one, oldest first."""
        return self._earlier[comment.pk]

    def score(self, comment: Comment) -> dict[str, Any] | None:
        """The judgement of the present wording, or None when there is none yet."""
        score = self._scores.get(comment.pk)
        if score is None or score.text_hash != comment.text_hash:
            return None
        return {
            "model_version": score.model_version,
            "severity": score.severity,
            "kinds": score.kinds,
            # Four digits survive the trip through jsonb unchanged.
            "labels": {name: round(value, 4) for name, value in score.labels.items()},
        }


def _payload(
    capture: Capture, sequence: int, now: datetime, commitments: dict[str, str]
) -> dict[str, Any]:
    return {
        "format": FORMAT,
        "case": str(capture.case.code) if capture.case else None,
        "sequence": sequence,
        "reason": capture.reason,
        "purpose": capture.purpose,
        "captured_at": utc(now),
        "method": METHODS[capture.comment.source],
        "fields": fields_root(commitments),
    }


def _fields(comment: Comment, around: _Surroundings) -> dict[str, Any]:
    account, post = comment.account, comment.post
    thread, score = around.thread(comment), around.score(comment)
    return {
        "account.platform": account.platform,
        "account.external_id": account.external_id,
        "account.handle": account.handle,
        "account.name": account.display_name,
        "post": {"external_id": post.external_id, "title": post.title, "url": post.url}
        if post
        else None,
        "comment.code": str(comment.code),
        "comment.external_id": comment.external_id,
        "comment.text": comment.text,
        "comment.text_sha256": comment.text_hash,  # of the whole text, also when it was cut
        "comment.is_cut": comment.is_cut,
        "comment.published_at": utc(comment.published_at),
        "comment.edited_at": utc(comment.edited_at),
        "comment.first_seen_at": utc(comment.first_seen_at),
        "comment.visibility": comment.visibility,
        "comment.visibility_seen_at": utc(comment.remote_state_at),
        "comment.like_count": comment.like_count,
        "comment.permalink": comment.permalink,
        "author.external_id": comment.author_external_id,
        "author.handle": comment.author_handle,
        "author.name": comment.author_name,
        "thread": thread,
        "earlier_wordings": around.earlier(comment),
        "score": score,
        "gaps": _gaps(comment, thread, score),
        "platform_payload": comment.raw,
    }


def _gaps(
    comment: Comment, thread: dict[str, Any] | None, score: dict[str, Any] | None
) -> list[str]:
    """What an honest witness would say was not seen."""
    is_by_hand = comment.source == Comment.Source.CAPTURE
    missing = {
        "text_cut": comment.is_cut,
        "no_permalink": not comment.permalink,
        "no_post": comment.post is None,
        "thread_not_seen": bool(thread and thread.get("is_missing")),
        "not_from_the_platform": comment.source == Comment.Source.IMPORT,
        "captured_by_hand": is_by_hand,
        "no_platform_payload": not comment.raw or is_by_hand,
        "not_scored": score is None,
    }
    return [name for name, is_missing in missing.items() if is_missing]
