"""Sealing proof: what was said, where, when and how it was heard, linked to what came before."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import connection, transaction
from django.utils import timezone

from harassment.chain import GENESIS, link_hash, utc
from harassment.models import Case, Evidence, ToxicityScore
from integrations.models import Comment, CommentRevision

FORMAT = "aura-evidence/1"
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

    True afterwards: each chain has grown without a gap, whoever else was sealing. A payload
    holds the wording, author, place, thread, times (UTC), the way it was heard, the platform's
    own payload and what is missing from all that. `comment.account` and `comment.post` should
    be loaded. Nothing is announced.
    """
    if not captures:
        return []
    case_ids = sorted({capture.case.pk for capture in captures if capture.case})
    _hold_chains(case_ids, is_loose=any(capture.case is None for capture in captures))
    ends = _chain_ends(case_ids, is_loose=any(capture.case is None for capture in captures))
    around = _Surroundings([capture.comment for capture in captures])
    now = timezone.now()
    links = []
    for capture in captures:
        case_id = capture.case.pk if capture.case else None
        sequence, previous_hash = ends[case_id]
        payload = _payload(capture, sequence + 1, now, around)
        link = Evidence(
            case=capture.case,
            comment=capture.comment,
            sequence=sequence + 1,
            reason=capture.reason,
            payload=payload,
            previous_hash=previous_hash,
            hash=link_hash(previous_hash, payload),
            captured_at=now,
        )
        ends[case_id] = (link.sequence, link.hash)
        links.append(link)
    return Evidence.objects.bulk_create(links)


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
    capture: Capture, sequence: int, now: datetime, around: _Surroundings
) -> dict[str, Any]:
    comment, account, post = capture.comment, capture.comment.account, capture.comment.post
    return {
        "format": FORMAT,
        "case": str(capture.case.code) if capture.case else None,
        "sequence": sequence,
        "reason": capture.reason,
        "purpose": capture.purpose,
        "captured_at": utc(now),
        "method": "platform interface" if comment.source == Comment.Source.API else "import",
        "account": {
            "platform": account.platform,
            "external_id": account.external_id,
            "handle": account.handle,
            "name": account.display_name,
        },
        "post": {"external_id": post.external_id, "title": post.title, "url": post.url}
        if post
        else None,
        "comment": {
            "code": str(comment.code),
            "external_id": comment.external_id,
            "text": comment.text,
            "text_sha256": comment.text_hash,  # of the whole text, also when it was cut
            "is_cut": comment.is_cut,
            "published_at": utc(comment.published_at),
            "edited_at": utc(comment.edited_at),
            "first_seen_at": utc(comment.first_seen_at),
            "visibility": comment.visibility,
            "visibility_seen_at": utc(comment.remote_state_at),
            "like_count": comment.like_count,
            "permalink": comment.permalink,
        },
        "author": {
            "external_id": comment.author_external_id,
            "handle": comment.author_handle,
            "name": comment.author_name,
        },
        "answers": around.thread(comment),
        "earlier_wordings": around.earlier(comment),
        "score": around.score(comment),
        "platform_payload": comment.raw,
    }
