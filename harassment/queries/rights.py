"""What is held on one handle, and the copy of it that its owner may take."""

import re
from dataclasses import dataclass
from typing import Any

from django.db.models import Q, QuerySet

from accounts.services import hash_token
from harassment.chain import utc
from harassment.models import Case, Evidence, Incident, RightsRequest, ToxicityScore
from harassment.queries.counts import ask_together
from integrations.models import Comment

LISTED = 100
_OTHERS = re.compile(r"@[\w.\-]{2,}")


@dataclass(frozen=True, slots=True)
class Held:
    """How much is held on the person of a request."""

    authors: int  # people who used that handle here; only one can be the requester
    comments: int
    flagged: int
    cases_open: int
    cases: int
    sealed: int

    @property
    def is_nothing(self) -> bool:
        """Whether there is no trace at all."""
        return not self.comments


def request_list(*, is_open: bool) -> list[RightsRequest]:
    """The queue, the most urgent first, or the answered ones, the latest first."""
    if is_open:
        return list(RightsRequest.objects.open().order_by("due_at", "number")[:LISTED])
    closed = RightsRequest.objects.exclude(closed_at=None)
    return list(closed.order_by("-closed_at", "-number")[:LISTED])


def request_of_token(token: str) -> RightsRequest | None:
    """The request behind a private address."""
    return RightsRequest.objects.filter(token_hash=hash_token(token)).first()


def visible_comments(platform: str) -> QuerySet[Comment]:
    """Comments of other people on the accounts of that platform."""
    return Comment.objects.filter(account__platform=platform, is_own=False)


def is_same_handle(one: str, other: str) -> bool:
    """Whether two spellings name the same handle: the @ and the case do not matter."""
    return _plain(one) == _plain(other) != ""


def authors_of(platform: str, handle: str) -> list[str]:
    """Ids of the people who used that handle here, at most a few."""
    plain = _plain(handle)
    if not plain:
        return []
    named = visible_comments(platform).filter(
        Q(author_handle__iexact=plain) | Q(author_handle__iexact=f"@{plain}")
    )
    return sorted(named.values_list("author_external_id", flat=True).distinct()[:5])


def comments_of(asked: RightsRequest) -> QuerySet[Comment]:
    """The comments of the proven person of a request; none without proof."""
    if not asked.is_proven or not asked.author_external_id:
        return Comment.objects.none()
    return visible_comments(asked.platform).filter(author_external_id=asked.author_external_id)


def held_for(asked: RightsRequest) -> Held:
    """How much is held; for a request without proof, on whoever used that handle. Two queries."""
    ids = (
        [asked.author_external_id]
        if asked.author_external_id
        else authors_of(asked.platform, asked.handle)
        if not asked.is_proven
        else []
    )
    comments = visible_comments(asked.platform).filter(author_external_id__in=ids)
    cases = Case.objects.filter(account__platform=asked.platform, author_external_id__in=ids)
    count = ask_together(
        counts={
            "comments": comments,
            "flagged": Incident.objects.filter(comment__in=comments),
            "open": cases.open(),
            "cases": cases,
            "sealed": Evidence.objects.filter(comment__in=comments),
        }
    )
    return Held(
        authors=len(ids),
        comments=count["comments"],
        flagged=count["flagged"],
        cases_open=count["open"],
        cases=count["cases"],
        sealed=count["sealed"],
    )


def copy_of(asked: RightsRequest) -> dict[str, Any]:
    """What is held on the proven person, for themself: JSON values, nobody else in it.

    Left out are other people's words, who works here and what they noted, and who else wrote in
    the thread; other handles in the person's own words are struck out.
    """
    comments = list(comments_of(asked).order_by("published_at", "pk").select_related("account"))
    ids = [comment.pk for comment in comments]
    incidents = {one.comment_id: one for one in Incident.objects.filter(comment_id__in=ids)}
    scores = {
        one.comment_id: one for one in ToxicityScore.objects.current().filter(comment_id__in=ids)
    }
    sealed = Evidence.objects.filter(comment_id__in=ids).order_by("captured_at", "pk")
    cases = (
        Case.objects.filter(
            account__platform=asked.platform, author_external_id=asked.author_external_id
        )
        if asked.author_external_id
        else Case.objects.none()
    )
    return {
        "request": asked.label,
        "handle": asked.handle,
        "platform": asked.platform,
        "author_id": asked.author_external_id,
        "comments": [
            _comment(comment, asked.handle, incidents.get(comment.pk), scores.get(comment.pk))
            for comment in comments
        ],
        "cases": [
            {
                "opened_at": utc(case.opened_at),
                "closed_at": utc(case.closed_at),
                "status": case.status,
                "severity": case.severity,
            }
            for case in cases.order_by("opened_at")
        ],
        "evidence": [
            {"captured_at": utc(item.captured_at), "reason": item.reason, "sha256": item.hash}
            for item in sealed
        ],
        "left_out": [
            "other people's words and names",
            "who works here and what they noted",
        ],
    }


def _comment(
    comment: Comment, handle: str, incident: Incident | None, score: ToxicityScore | None
) -> dict[str, Any]:
    own = _plain(handle)
    return {
        "written_on_account": comment.account.handle or comment.account.display_name,
        "external_id": comment.external_id,
        "text": _OTHERS.sub(
            lambda found: found.group() if _plain(found.group()) == own else "@[…]", comment.text
        ),
        "published_at": utc(comment.published_at),
        "edited_at": utc(comment.edited_at),
        "visibility": comment.visibility,
        "permalink": comment.permalink,
        "judged": {"severity": score.severity, "kinds": score.kinds, "by": score.model_version}
        if score
        else None,
        "flagged": {
            "since": utc(incident.created_at),
            "severity": incident.severity,
            "kinds": incident.kinds,
            "decision": incident.state,
            "decided_at": utc(incident.decided_at),
        }
        if incident
        else None,
    }


def _plain(handle: str) -> str:
    return handle.strip().removeprefix("@").casefold()
