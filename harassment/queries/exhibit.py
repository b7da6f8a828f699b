"""The pack exhibit: what each author of a pile-on could already read when they wrote."""

from collections.abc import Iterable
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from django.contrib.postgres.expressions import ArraySubquery
from django.db.models import Exists, OuterRef, Q, QuerySet
from django.db.models.functions import JSONObject
from django.http import Http404
from django.utils.translation import gettext as _

from harassment.chain import utc
from harassment.detection.summary import summarise
from harassment.exhibit import Before, Heard, PostHistory, Sight, Turn
from harassment.models import Case, Evidence, Incident
from harassment.queries.rows import CommentRow, comment_rows
from integrations.models import Comment, ModerationAction

PAGE_SIZE = 50
MOST = 20_000  # comments under the posts of one case that are looked at, the newest
_OPENS: dict[str, bool] = {
    ModerationAction.Verb.PUBLISH: True,
    ModerationAction.Verb.HIDE: False,
    ModerationAction.Verb.REJECT: False,
}


@dataclass(frozen=True, slots=True)
class ExhibitRow:
    """One flagged comment and what stood under its post before it; never the words."""

    code: UUID
    external_id: str
    author: str
    post: str
    published_at: datetime
    summary: str
    before: Before | None  # None: the post is not known


@dataclass(frozen=True, slots=True)
class Exhibit:
    """A stretch of the exhibit in the order of time, with what it cannot say."""

    rows: tuple[ExhibitRow, ...]
    next_after: str
    total: int
    is_cut: bool
    limits: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class SeenLine:
    """One comment that stood there before, masked, and whether it could be read."""

    row: CommentRow
    sight: Sight
    was_captured: bool


@dataclass(frozen=True, slots=True)
class SeenBefore:
    """What one author could already read: counted, and listed newest first."""

    row: ExhibitRow
    lines: tuple[SeenLine, ...]
    next_after: str


def exhibit(case: Case, *, after: UUID | None = None, size: int | None = PAGE_SIZE) -> Exhibit:
    """Flagged comments of the case, oldest first, each with what stood there: three queries.

    `after`: code of the comment that the stretch follows; `size` None for all of them. Those
    that a person found harmless are left out.
    """
    flagged = _flagged(case)
    total = flagged.count()
    if after:
        flagged = _following(flagged, after)
    ordered = flagged.select_related("post", "incident").order_by("published_at", "pk")
    found = list(ordered[: size + 1] if size else ordered)
    shown = found[:size] if size else found
    histories, is_cut = _histories(shown)
    return Exhibit(
        rows=tuple(_row(comment, histories) for comment in shown),
        next_after=str(shown[-1].code) if size and len(found) > size else "",
        total=total,
        is_cut=is_cut,
        limits=exhibit_limits(is_cut=is_cut),
    )


def seen_before(case: Case, code: UUID, *, after: UUID | None = None) -> SeenBefore:
    """What stood under the post before one flagged comment of the case. Http404 without one."""
    comment = _flagged(case).select_related("post", "incident").filter(code=code).first()
    if comment is None or comment.post_id is None:
        raise Http404
    moment = comment.published_at
    earlier = Comment.objects.filter(post_id=comment.post_id, published_at__lt=moment)
    heard = {one.key: one for one in _heard(earlier.order_by("-published_at", "-pk")[:MOST])}
    stretch: QuerySet[Comment] = earlier
    if after:
        stretch = _following(earlier, after, is_descending=True)
    rows = comment_rows(stretch.order_by("-published_at", "-pk")[: PAGE_SIZE + 1])
    page = rows[:PAGE_SIZE]
    has_more = len(rows) > PAGE_SIZE and page[-1].pk in heard
    return SeenBefore(
        row=_row(comment, {comment.post_id: PostHistory(heard.values())}),
        lines=tuple(
            SeenLine(row, heard[row.pk].sight_at(moment), heard[row.pk].seen_at <= moment)
            for row in page
            if row.pk in heard
        ),
        next_after=str(page[-1].code) if has_more else "",
    )


def exhibit_limits(*, is_cut: bool) -> tuple[str, ...]:
    """What the exhibit cannot say, in plain words."""
    limits = [
        _(
            "It shows what could be read, not what anybody did read. Platforms sort comments for "
            "each reader and fold many of them away."
        ),
        _("Times are the platform's. What carries the same time is not counted as earlier."),
        _(
            "What was deleted or hidden by others before Aura first looked is missing. What is not "
            "public any more, without a known moment, is counted apart as unsure."
        ),
        _("Edited comments may have said something else at that time."),
    ]
    if is_cut:
        limits.append(
            _("Only the newest %(count)d comments under these posts were looked at.")
            % {"count": MOST}
        )
    return tuple(limits)


def exhibit_data(case: Case, *, until: int) -> dict[str, Any]:
    """The whole exhibit as JSON, for an export: item numbers, times and counts, no words, no names.

    `until`: the last item of the export; a comment that is sealed in none of them is left out.
    """
    whole = exhibit(case, size=None)
    sealed = Evidence.objects.filter(case=case, sequence__lte=until).order_by("-sequence")
    numbers = dict(sealed.values_list("comment__code", "sequence"))  # the first of each comment
    return {
        "format": "aura-exhibit/1",
        "limits": list(whole.limits),
        "rows": [
            {
                "item": numbers[row.code],
                "published_at": utc(row.published_at),
                "before": row.before and asdict(row.before),
            }
            for row in whole.rows
            if row.code in numbers
        ],
    }


def _flagged(case: Case) -> QuerySet[Comment]:
    return Comment.objects.filter(incident__case=case).exclude(
        incident__state=Incident.State.DISMISSED
    )


def _following(
    comments: QuerySet[Comment], code: UUID, *, is_descending: bool = False
) -> QuerySet[Comment]:
    place = comments.filter(code=code).values_list("published_at", "pk").first()
    if place is None:
        return comments
    at, pk = place
    if is_descending:
        return comments.filter(Q(published_at__lt=at) | Q(published_at=at, pk__lt=pk))
    return comments.filter(Q(published_at__gt=at) | Q(published_at=at, pk__gt=pk))


def _row(comment: Comment, histories: dict[int, PostHistory]) -> ExhibitRow:
    history = histories.get(comment.post_id or 0)
    return ExhibitRow(
        code=comment.code,
        external_id=comment.external_id,
        author=comment.author_handle or comment.author_name,
        post=comment.post.title if comment.post else "",
        published_at=comment.published_at,
        summary=summarise(comment.incident.kinds),
        before=history.before(comment.published_at) if history else None,
    )


def _histories(shown: Iterable[Comment]) -> tuple[dict[int, PostHistory], bool]:
    """The history of each post that these stand under, up to the last of them."""
    last = {c.post_id: c.published_at for c in sorted(shown, key=lambda c: c.published_at)
            if c.post_id}  # fmt: skip
    if not last:
        return {}, False
    under = Comment.objects.filter(post_id__in=last, published_at__lt=max(last.values()))
    heard = _heard(under.order_by("-published_at", "-pk")[: MOST + 1])
    by_post: dict[int, list[Heard]] = {post_id: [] for post_id in last}
    for one in heard[:MOST]:
        by_post[one.post].append(one)
    return {post_id: PostHistory(found) for post_id, found in by_post.items()}, len(heard) > MOST


def _heard(comments: QuerySet[Comment]) -> list[Heard]:
    """The comments with the confirmed acts on each: one query."""
    flagged = Incident.objects.filter(comment=OuterRef("pk")).exclude(
        state=Incident.State.DISMISSED
    )
    confirmed = ModerationAction.objects.filter(
        comment=OuterRef("pk"),
        state=ModerationAction.State.CONFIRMED,
        verb__in=_OPENS,
        finished_at__isnull=False,
    ).order_by("finished_at", "pk")
    act = JSONObject(verb="verb", at="finished_at", before="visibility_before")
    rows = comments.annotate(
        is_flagged=Exists(flagged),
        acts=ArraySubquery(confirmed.values(act=act)),
    ).values_list(
        "pk", "post_id", "published_at", "first_seen_at", "visibility", "edited_at", "is_flagged",
        "acts",
    )  # fmt: skip
    return [
        Heard(
            key=pk,
            post=post_id,
            published_at=published_at,
            seen_at=seen_at,
            is_public=visibility == Comment.Visibility.PUBLIC,
            is_flagged=is_flagged,
            is_edited=edited_at is not None,
            was_open=not acts or acts[0]["before"] == Comment.Visibility.PUBLIC,
            turns=tuple(
                Turn(datetime.fromisoformat(one["at"]), _OPENS[one["verb"]]) for one in acts
            ),
        )
        for pk, post_id, published_at, seen_at, visibility, edited_at, is_flagged, acts in rows
    ]
