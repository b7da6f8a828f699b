"""One comment on its page: who, what in short, its thread, why it is here, how it stands."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db.models import Count, Min, OuterRef, Q, QuerySet, Subquery
from django.http import Http404
from django.utils import formats
from django.utils.translation import ngettext

from accounts.models import Membership
from harassment.detection.summary import label_word
from harassment.models import Evidence
from harassment.queries.rows import (
    EXCERPT,
    WHOLE,
    CommentRow,
    comment_rows,
    row_of,
    row_values,
    web_address,
)
from harassment.queries.standing import Standing
from integrations.models import Comment, ModerationAction
from integrations.platforms.live import is_live

NEIGHBOURS = 2  # comments shown before and after, in the same thread
ACTIONS_SHOWN = 5
SCORES_SHOWN = 4  # the highest heads; the rest say nothing more


@dataclass(frozen=True, slots=True)
class Seal:
    """The newest capture of a comment."""

    sequence: int
    captured_at: datetime


@dataclass(frozen=True, slots=True)
class ScoreBar:
    """One head of the classifier, ready to draw."""

    label: str
    percent: int
    figure: str


@dataclass(frozen=True, slots=True)
class PostLine:
    """The post that a comment stands under."""

    code: UUID
    title: str
    url: str
    published_at: datetime | None
    view_count: int | None

    @property
    def views(self) -> str:
        """How often it was seen, when the platform says so."""
        if self.view_count is None:
            return ""
        figure = formats.number_format(self.view_count, force_grouping=True)
        return ngettext("%(count)s view", "%(count)s views", self.view_count) % {"count": figure}


@dataclass(frozen=True)
class CommentPage:
    """All that a comment's page shows. The words are in `row.text`, and only if harmless."""

    row: CommentRow
    post: PostLine | None
    seal: Seal | None
    scores: tuple[ScoreBar, ...]
    author_count: int  # comments of this author on this account
    author_since: datetime
    thread: tuple[CommentRow, ...]  # this comment among its neighbours, oldest first
    standing: Standing


_STANDING = (
    "text_hash", "external_id", "account__is_import", "account__status",
    "account__scopes_granted",
)  # fmt: skip
_PAGE = (
    *_STANDING, "parent_external_id", "account_id", "post__code", "post__title",
    "post__url", "post__published_at", "post__view_count", "score__labels", "seal_sequence",
    "seal_at", "author_count", "author_since",
)  # fmt: skip


def comment_page(membership: Membership, code: UUID) -> CommentPage:
    """Everything about one comment, in three queries. Http404 when the person may not see it."""
    comments = _surrounded(Comment.objects.visible_to(membership).filter(code=code))
    found = _found(comments, _PAGE)
    row = row_of(found)
    return CommentPage(
        row=row,
        post=_post(found),
        seal=Seal(found["seal_sequence"], found["seal_at"]) if found["seal_sequence"] else None,
        scores=_bars(found["score__labels"]) if row.score_severity is not None else (),
        author_count=found["author_count"],
        author_since=found["author_since"],
        thread=tuple(_thread(found, row)),
        standing=_standing(found, row, _actions(row)),
    )


def comment_standing(membership: Membership, code: UUID) -> Standing:
    """Only how it stands, in two queries. Http404 when the person may not see it."""
    found = _found(Comment.objects.visible_to(membership).filter(code=code), _STANDING)
    row = row_of(found)
    return _standing(found, row, _actions(row))


def comment_for(membership: Membership, code: UUID) -> Comment:
    """The comment itself, for a service. Http404 when the person may not see it."""
    comments = Comment.objects.visible_to(membership).select_related("account", "post")
    comment = comments.filter(code=code).first()
    if comment is None:
        raise Http404
    return comment


def comment_standings(comments: QuerySet[Comment]) -> list[Standing]:
    """Several comments with how they stand, in the queryset's order, in two queries."""
    found = list(row_values(comments, extra=_STANDING))
    newest = (
        ModerationAction.objects.filter(comment_id__in=[values["pk"] for values in found])
        .order_by("comment_id", "-requested_at", "-pk")
        .distinct("comment_id")
    )
    latest = {action.comment_id: action for action in newest}
    return [
        _standing(values, row_of(values), [latest[values["pk"]]] if values["pk"] in latest else [])
        for values in found
    ]


def _found(comments: QuerySet[Comment], extra: Sequence[str]) -> dict[str, Any]:
    found = row_values(comments, excerpt=WHOLE, extra=extra).first()
    if found is None:
        raise Http404
    return found


def _surrounded(comments: QuerySet[Comment]) -> QuerySet[Comment]:
    seals = Evidence.objects.filter(comment=OuterRef("pk")).order_by("-captured_at", "-pk")
    by_author = (
        Comment.objects.filter(
            account=OuterRef("account"), author_external_id=OuterRef("author_external_id")
        )
        .order_by()
        .values("account")
    )
    return comments.annotate(
        seal_sequence=Subquery(seals.values("sequence")[:1]),
        seal_at=Subquery(seals.values("captured_at")[:1]),
        author_count=Subquery(by_author.annotate(total=Count("pk")).values("total")),
        author_since=Subquery(by_author.annotate(first=Min("published_at")).values("first")),
    )


def _post(found: dict[str, Any]) -> PostLine | None:
    if found["post__code"] is None:
        return None
    return PostLine(
        code=found["post__code"],
        title=found["post__title"],
        url=web_address(found["post__url"]),
        published_at=found["post__published_at"],
        view_count=found["post__view_count"],
    )


def _bars(labels: dict[str, float]) -> tuple[ScoreBar, ...]:
    ordered = sorted(labels.items(), key=lambda item: -item[1])
    return tuple(
        ScoreBar(label_word(name), round(value * 100), formats.number_format(value, 2))
        for name, value in ordered[:SCORES_SHOWN]
    )


def _thread(found: dict[str, Any], row: CommentRow) -> list[CommentRow]:
    """The first comment of the thread, some before this one, this one, some after: one query."""
    root = found["parent_external_id"] or found["external_id"]
    in_thread = Comment.objects.filter(account_id=found["account_id"])
    answers = in_thread.filter(parent_external_id=root).exclude(pk=row.pk)
    earlier = Q(published_at__lt=row.published_at) | Q(published_at=row.published_at, pk__lt=row.pk)
    before = answers.filter(earlier).order_by("-published_at", "-pk")[:NEIGHBOURS]
    after = answers.exclude(earlier).order_by("published_at", "pk")[:NEIGHBOURS]
    # A UNION and not one OR: each part has its own index, and a thread may hold thousands.
    shown = before.values("pk").union(
        after.values("pk"),
        in_thread.filter(external_id=root).values("pk"),
        in_thread.filter(pk=row.pk).values("pk"),
    )
    return comment_rows(
        Comment.objects.filter(pk__in=shown).order_by("published_at", "pk"), excerpt=EXCERPT
    )


def _actions(row: CommentRow) -> QuerySet[ModerationAction]:
    actions = ModerationAction.objects.filter(comment_id=row.pk)
    return actions.order_by("-requested_at", "-pk")[:ACTIONS_SHOWN]


def _standing(
    found: dict[str, Any], row: CommentRow, actions: Iterable[ModerationAction]
) -> Standing:
    return Standing(
        row=row,
        text_hash=found["text_hash"],
        is_import=found["account__is_import"],
        account_status=found["account__status"],
        scopes=tuple(found["account__scopes_granted"]),
        actions=tuple(actions),
        is_said_live=is_live(found["external_id"]),
        has_author=bool(row.author_external_id),
    )
