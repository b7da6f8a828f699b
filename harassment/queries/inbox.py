"""The inbox: its views, filters, pages and counts."""

import json
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from urllib.parse import urlencode
from uuid import UUID

from django.contrib.postgres.aggregates import JSONBAgg
from django.db.models import Count, Exists, OuterRef, Q, Subquery
from django.db.models.functions import Coalesce, JSONObject
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from accounts.models import Membership
from harassment.detection.normalise import normalise
from harassment.models import Incident, SavedView, Severity, ToxicityScore
from harassment.queries.counts import CappedCount, ask_together
from harassment.queries.labels import waits_for_a_look
from harassment.queries.rows import CommentRow, comment_rows
from harassment.queries.signals import has_signal
from integrations.models import Comment, SocialAccount
from integrations.models.content import CommentQuerySet

PAGE_SIZE = 50

VIEWS: dict[str, Promise] = {
    "needs": _("Needs a person"),
    "severe": _("High and critical"),
    "low": _("Low or unsure"),
    "held": _("Held for review"),
    "marked": _("Marked by rules"),
    "done": _("Decided"),
    "all": _("All comments"),
}
GROUPED = frozenset({"needs", "severe"})  # ordered by urgency; the others by time alone
_COUNTED = ("needs", "severe", "low", "held")
_GROUPS: dict[int, Promise] = {
    Severity.CRITICAL: _("Now"),
    Severity.HIGH: _("High"),
    Severity.MEDIUM: _("Medium and low"),
}


@dataclass(frozen=True, slots=True)
class InboxFilter:
    """What the address of an inbox page asks for."""

    view: str = "needs"
    account: UUID | None = None
    language: str = ""
    signal: str = ""
    q: str = ""
    by: UUID | None = None  # a comment: only what its author wrote on that account
    after: UUID | None = None  # the comment that this page follows
    before: UUID | None = None  # or the one that it leads up to

    @property
    def has_filters(self) -> bool:
        """Whether more than the view narrows the list."""
        return bool(self.account or self.language or self.signal or self.q or self.by)

    def query(self, **changes: object) -> str:
        """The query string of this filter with some parts changed; paging is left out."""
        wanted = {
            "view": self.view,
            "account": self.account,
            "language": self.language,
            "signal": self.signal,
            "q": self.q,
            "by": self.by,
            **changes,
        }
        return "?" + urlencode({name: str(value) for name, value in wanted.items() if value})


@dataclass(frozen=True, slots=True)
class InboxGroup:
    """Rows of one urgency under one heading; the heading is empty where time alone orders."""

    heading: str
    rows: tuple[CommentRow, ...]
    is_whole: bool  # whether all of its rows are on this page, so that they may be counted


@dataclass(frozen=True, slots=True)
class InboxPage:
    """One page of the list and the way to its neighbours."""

    groups: tuple[InboxGroup, ...]
    count: int
    newer: UUID | None
    older: UUID | None
    since: str  # what counts as new on this page from now on

    @property
    def first(self) -> CommentRow | None:
        """The row at the top."""
        return self.groups[0].rows[0] if self.groups else None


@dataclass(frozen=True, slots=True)
class ViewLink:
    """One view in the list of views, with how many wait in it (None: nobody asked)."""

    name: str
    label: str
    count: CappedCount | None


@dataclass(frozen=True, slots=True)
class SavedLink:
    """One view that the person keeps."""

    code: str
    name: str
    query: str
    is_default: bool


def inbox_comments(membership: Membership, chosen: InboxFilter) -> CommentQuerySet:
    """All comments of a view and its filters, unordered."""
    comments = Comment.objects.visible_to(membership)
    if chosen.view == "needs":
        comments = comments.filter(incident__state=Incident.State.OPEN)
    elif chosen.view == "severe":
        comments = comments.filter(
            incident__state=Incident.State.OPEN, incident__severity__gte=Severity.HIGH
        )
    elif chosen.view == "low":
        judged_low = ToxicityScore.objects.filter(
            comment=OuterRef("pk"), is_current=True, severity=Severity.LOW
        )
        flagged = Incident.objects.filter(comment=OuterRef("pk"))
        comments = comments.filter(Exists(judged_low), ~Exists(flagged), is_own=False)
    elif chosen.view == "held":
        comments = comments.filter(
            visibility__in=[Comment.Visibility.HELD, Comment.Visibility.SPAM], is_own=False
        )
    elif chosen.view == "marked":
        comments = comments.filter(waits_for_a_look(), is_own=False)
    elif chosen.view == "done":
        comments = comments.filter(
            incident__state__in=[Incident.State.ACTED, Incident.State.DISMISSED]
        )
    else:
        comments = comments.filter(is_own=False)
    return _narrowed(comments, chosen)


def _narrowed(comments: CommentQuerySet, chosen: InboxFilter) -> CommentQuerySet:
    if chosen.account:
        comments = comments.filter(account__code=chosen.account)
    if chosen.language:
        comments = comments.filter(
            Exists(
                ToxicityScore.objects.filter(
                    comment=OuterRef("pk"), is_current=True, language=chosen.language
                )
            )
        )
    if chosen.signal:
        comments = comments.filter(has_signal(chosen.signal))
    if chosen.by:
        written = Comment.objects.filter(code=chosen.by)
        comments = comments.filter(
            account=Subquery(written.values("account")),
            author_external_id=Subquery(written.values("author_external_id")),
        )
    if chosen.q:
        # As asked, and as a disguise of it reads: both are in the index.
        comments = comments.saying([chosen.q, normalise(chosen.q)])
    return comments


def inbox_page(membership: Membership, chosen: InboxFilter) -> InboxPage:
    """One page of the view, by keyset: one query, and one more to find the cursor.

    A cursor that leads nowhere (gone, or not visible to the person) gives the first page.
    """
    comments = inbox_comments(membership, chosen)
    is_grouped = chosen.view in GROUPED
    cursor = _cursor(membership, chosen.after or chosen.before)
    is_backwards = cursor is not None and chosen.after is None
    if cursor:
        comments = comments.filter(_beyond(cursor, is_grouped, is_backwards))
    names = ["incident__severity", "published_at", "pk"] if is_grouped else ["published_at", "pk"]
    order = names if is_backwards else [f"-{name}" for name in names]
    ordered = comments.order_by(*order)
    if is_grouped:
        # Which fifty first, then what is said of them: no index has this order, and what would be
        # read for a thousand others is wide.
        first_ones = ordered.values("pk")[: PAGE_SIZE + 1]
        ordered = Comment.objects.filter(pk__in=first_ones).order_by(*order)
    rows = comment_rows(ordered[: PAGE_SIZE + 1])
    has_more = len(rows) > PAGE_SIZE
    rows = rows[:PAGE_SIZE]
    if is_backwards:
        rows.reverse()
    has_newer = has_more if is_backwards else cursor is not None
    has_older = is_backwards or has_more
    return InboxPage(
        groups=_grouped(rows, has_newer, has_older) if is_grouped else _ungrouped(rows),
        count=len(rows),
        newer=rows[0].code if rows and has_newer else None,
        older=rows[-1].code if rows and has_older else None,
        since=_since(chosen, rows).isoformat(),
    )


@dataclass(frozen=True, slots=True)
class _Cursor:
    severity: int
    published_at: datetime
    pk: int


def _cursor(membership: Membership, code: UUID | None) -> _Cursor | None:
    if code is None:
        return None
    found = (
        Comment.objects.visible_to(membership)
        .filter(code=code)
        .values_list(Coalesce("incident__severity", 0), "published_at", "pk")
        .first()
    )
    return _Cursor(*found) if found else None


def _beyond(cursor: _Cursor, is_grouped: bool, is_backwards: bool) -> Q:  # noqa: FBT001
    way = "gt" if is_backwards else "lt"
    # The first condition alone fits the index; the second settles equal times.
    beyond = Q(**{f"published_at__{way}e": cursor.published_at}) & (
        Q(**{f"published_at__{way}": cursor.published_at}) | Q(**{f"pk__{way}": cursor.pk})
    )
    if not is_grouped:
        return beyond
    return Q(**{f"incident__severity__{way}": cursor.severity}) | (
        Q(incident__severity=cursor.severity) & beyond
    )


def _grouped(
    rows: Sequence[CommentRow],
    has_newer: bool,  # noqa: FBT001
    has_older: bool,  # noqa: FBT001
) -> tuple[InboxGroup, ...]:
    by_severity: dict[int, list[CommentRow]] = {}
    for row in rows:
        by_severity.setdefault(row.severity, []).append(row)
    cut = {rows[0].severity} if rows and has_newer else set()
    cut |= {rows[-1].severity} if rows and has_older else set()
    return tuple(
        InboxGroup(
            heading=str(_GROUPS.get(severity, _GROUPS[Severity.MEDIUM])),
            rows=tuple(group),
            is_whole=severity not in cut,
        )
        for severity, group in by_severity.items()
    )


def _ungrouped(rows: Sequence[CommentRow]) -> tuple[InboxGroup, ...]:
    return (InboxGroup("", tuple(rows), is_whole=False),) if rows else ()


def _since(chosen: InboxFilter, rows: Sequence[CommentRow]) -> datetime:
    if chosen.view in GROUPED or not rows:
        return timezone.now()
    return rows[0].published_at


def new_since(membership: Membership, chosen: InboxFilter, since: datetime) -> CappedCount:
    """How many comments came into the view after the page was made."""
    comments = inbox_comments(membership, chosen)
    if chosen.view in GROUPED:
        comments = comments.filter(incident__created_at__gt=since)
    else:
        comments = comments.filter(published_at__gt=since)
    return CappedCount(ask_together(counts={"new": comments})["new"])


def inbox_views(membership: Membership) -> tuple[list[ViewLink], list[SavedLink]]:
    """The views with how many wait in those that people work off, and the views that the person
    keeps, by name: one statement for all of it.
    """
    own = SavedView.objects.filter(user_id=membership.user_id).order_by().values("user_id")
    line = JSONObject(code="code", name="name", query="query", is_default="is_default")
    found = ask_together(
        counts={name: inbox_comments(membership, InboxFilter(view=name)) for name in _COUNTED},
        values={"saved": own.annotate(lines=JSONBAgg(line)).values("lines")},
    )
    lines = found.pop("saved") or []
    saved = [SavedLink(**one) for one in (json.loads(lines) if isinstance(lines, str) else lines)]
    views = [ViewLink(name, str(label), found.get(name)) for name, label in VIEWS.items()]
    return views, sorted(saved, key=lambda one: one.name.casefold())


def inbox_accounts(membership: Membership) -> list[SocialAccount]:
    """The accounts a person may filter by, each with `waiting`: its open incidents."""
    waiting = (
        Incident.objects.open()
        .filter(case__account=OuterRef("pk"))
        .order_by()
        .values("case__account")
        .annotate(total=Count("pk"))
        .values("total")
    )
    return list(
        SocialAccount.objects.visible_to(membership).annotate(
            waiting=Coalesce(Subquery(waiting), 0)
        )
    )


def without_paging(chosen: InboxFilter) -> InboxFilter:
    """The same list from its top."""
    return replace(chosen, after=None, before=None)
