"""Cases: the list, and what the page of one shows."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db.models import Count, F, OuterRef, Q, QuerySet, Subquery
from django.db.models.functions import Coalesce
from django.http import Http404
from django.utils import timezone
from django.utils.dateparse import parse_datetime
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from accounts.models import Grant, Membership, Workspace
from accounts.queries import members_of
from harassment.chain import utc
from harassment.charts import Trajectory, trajectory
from harassment.detection.summary import case_title, summarise_counts
from harassment.models import Case, Dogpile, Evidence, Incident
from harassment.queries.clocks import Clock, clock_of, hours_of_workspace
from harassment.queries.comments import comment_standings
from harassment.queries.counts import CappedCount, ask_together
from harassment.queries.dogpiles import Reason, reasons
from harassment.queries.signals import SignalLine, signal_lines, signals_of_case
from harassment.queries.standing import Standing
from integrations.models import Comment

PAGE_SIZE = 50
INCIDENTS_SHOWN = 10
TRAJECTORY_COMMENTS = 60  # the newest ones; older ones would only crowd the line
# Others than the creator could still read it, or nobody else ever could: not hidden either way.
_IN_SIGHT = (Comment.Visibility.PUBLIC, Comment.Visibility.PRIVATE)
_OPEN_ORDER = ("severity", "last_incident_at", "number")
_CLOSED_ORDER = ("closed_at", "number")


@dataclass(frozen=True, slots=True)
class CaseSummary:
    """A case with what its incidents add up to."""

    case: Case
    kinds: Counter[str]
    total: int
    waiting: int
    clock: Clock | None = None

    @property
    def title(self) -> str:
        """A neutral line that names nobody, or what the member wrote who opened it by hand."""
        if self.case.subject:
            return self.case.subject
        if self.case.status == Case.Status.MERGED and self.case.merged_into:
            return _("Part of %(case)s") % {"case": self.case.merged_into.label}
        if self.case.is_wave:
            return ngettext(
                "Unusual wave of comments, %(count)d flagged",
                "Unusual wave of comments, %(count)d flagged",
                self.total,
            ) % {"count": self.total}
        return case_title([kind for kind, _count in self.kinds.most_common()], self.total)

    @property
    def counted(self) -> str:
        """ "1 threat, 2 insults"; empty when the classifier named no kind."""
        return summarise_counts(self.kinds)

    @property
    def threats(self) -> int:
        """How many of its comments hold a threat."""
        return self.kinds["threat"]


@dataclass(frozen=True, slots=True)
class CaseList:
    """One page of a tab of the case list."""

    summaries: tuple[CaseSummary, ...]
    next_after: str
    open_count: CappedCount
    closed_count: CappedCount


@dataclass(frozen=True, slots=True)
class CasePage:
    """What the page of a case shows at once; the rest are fragments that load themselves."""

    summary: CaseSummary
    standings: tuple[Standing, ...]  # the newest flagged comments
    next_after: str
    hidden: int  # flagged comments that nobody but the account can see
    hideable: int  # flagged comments that everybody can see and that wait for a person
    sealed: int
    author_count: int
    author_since: datetime | None
    wave: Dogpile | None
    reasons: tuple[Reason, ...]  # why the wave was noticed
    signals: tuple[SignalLine, ...]


def case_list(membership: Membership, *, is_open: bool, after: str = "") -> CaseList:
    """One page of open cases (the gravest first) or closed ones (the latest first).

    Three queries. `after` is `next_after` of the page before; one that makes no sense gives the
    first page.
    """
    visible = Case.objects.visible_to(membership)
    cases = (
        (visible.open() if is_open else visible.closed())
        .select_related("account", "merged_into")
        .annotate(hours=hours_of_workspace())
    )
    order = _OPEN_ORDER if is_open else _CLOSED_ORDER
    page = list(
        _after(cases, order, after).order_by(*(f"-{name}" for name in order))[: PAGE_SIZE + 1]
    )
    has_more, page = len(page) > PAGE_SIZE, page[:PAGE_SIZE]
    counts = ask_together(counts={"open": visible.open(), "closed": visible.closed()})
    return CaseList(
        summaries=tuple(_summaries(page)),
        next_after=_cursor_of(page[-1], order) if has_more else "",
        open_count=counts["open"],
        closed_count=counts["closed"],
    )


def _cursor_of(case: Case, order: tuple[str, ...]) -> str:
    values = (getattr(case, name) for name in order)
    return "_".join(utc(v) or "" if isinstance(v, datetime) else str(v) for v in values)


def _after(cases: QuerySet[Case], order: tuple[str, ...], cursor: str) -> QuerySet[Case]:
    values: list[Any] = []
    for name, part in zip(order, cursor.split("_"), strict=False):
        value = _moment(part) if name.endswith("_at") else _number(part)
        if value is None:
            return cases
        values.append(value)
    if len(values) != len(order):
        return cases
    beyond, equal = Q(), Q()
    for name, value in zip(order, values, strict=True):
        beyond |= equal & Q(**{f"{name}__lt": value})
        equal &= Q(**{name: value})
    return cases.filter(beyond)


def _moment(part: str) -> datetime | None:
    try:
        moment = parse_datetime(part)
    except ValueError:
        return None
    return moment if moment and timezone.is_aware(moment) else None


def _number(part: str) -> int | None:
    return int(part) if part.isascii() and part.isdigit() and len(part) < 10 else None


def _summaries(cases: Iterable[Case]) -> list[CaseSummary]:
    """What the incidents of each case add up to: one query for all of them."""
    cases = list(cases)
    kinds: dict[int, Counter[str]] = {case.pk: Counter() for case in cases}
    totals: Counter[int] = Counter()
    waiting: Counter[int] = Counter()
    # Grouped by kinds and state: a case of thousands comes back as a handful of rows.
    groups = (
        Incident.objects.filter(case_id__in=kinds)
        .order_by()
        .values_list("case_id", "kinds", "state")
        .annotate(number=Count("pk"))
    )
    for case_id, names, state, number in groups:
        totals[case_id] += number
        waiting[case_id] += number if state == Incident.State.OPEN else 0
        for name in names:
            kinds[case_id][name] += number
    return [
        CaseSummary(
            case,
            kinds[case.pk],
            totals[case.pk],
            waiting[case.pk],
            clock_of(case, getattr(case, "hours", None)),
        )
        for case in cases
    ]


def case_for(membership: Membership, code: UUID) -> Case:
    """The case itself. Http404 when the person may not see it."""
    case = Case.objects.visible_to(membership).select_related("account").filter(code=code).first()
    if case is None:
        raise Http404
    return case


def case_page(membership: Membership, code: UUID, *, after: UUID | None = None) -> CasePage:
    """The page of a case, in four queries. Http404 when the person may not see it.

    `after`: code of the comment that the shown stretch of incidents follows.
    """
    flagged = Incident.objects.filter(case=OuterRef("pk")).order_by()
    per_case = flagged.values("case").annotate(
        hidden=Count("pk", filter=~Q(comment__visibility__in=_IN_SIGHT)),
        hideable=Count(
            "pk",
            filter=Q(comment__visibility=Comment.Visibility.PUBLIC, state=Incident.State.OPEN),
        ),
    )
    by_author = (
        Comment.objects.filter(
            account=OuterRef("account"), author_external_id=OuterRef("author_external_id")
        )
        .order_by()
        .values("account")
    )
    sealed = Evidence.objects.filter(case=OuterRef("pk")).order_by().values("case")
    case: Any = (  # with annotations that its type does not know
        Case.objects.visible_to(membership)
        .select_related("account", "dogpile", "merged_into")
        .annotate(
            hours=hours_of_workspace(),
            hidden=Coalesce(Subquery(per_case.values("hidden")), 0),
            signals_found=signals_of_case(),
            hideable=Coalesce(Subquery(per_case.values("hideable")), 0),
            sealed=Coalesce(Subquery(sealed.annotate(n=Count("pk")).values("n")), 0),
            author_count=Coalesce(Subquery(by_author.annotate(n=Count("pk")).values("n")), 0),
            author_since=Subquery(
                Comment.objects.filter(
                    account=OuterRef("account"),
                    author_external_id=OuterRef("author_external_id"),
                )
                .order_by("published_at")
                .values("published_at")[:1]
            ),
        )
        .filter(code=code)
        .first()
    )
    if case is None:
        raise Http404
    standings, next_after = case_standings(case, after=after)
    wave = case.dogpile if case.is_wave else None
    return CasePage(
        summary=_summaries([case])[0],
        standings=standings,
        next_after=next_after,
        hidden=case.hidden,
        hideable=case.hideable,
        sealed=case.sealed,
        author_count=case.author_count,
        author_since=case.author_since,
        wave=wave,
        reasons=reasons(wave) if wave else (),
        signals=signal_lines(case.signals_found),
    )


def case_standings(case: Case, *, after: UUID | None = None) -> tuple[tuple[Standing, ...], str]:
    """Flagged comments of a case, newest first, and the code that the next stretch follows."""
    comments = Comment.objects.filter(incident__case=case)
    if after:
        last = comments.filter(code=after).values("published_at")
        same = comments.filter(code=after).values("pk")
        comments = comments.filter(
            Q(published_at__lt=Subquery(last))
            | Q(published_at=Subquery(last), pk__lt=Subquery(same))
        )
    found = comment_standings(comments.order_by("-published_at", "-pk")[: INCIDENTS_SHOWN + 1])
    shown = found[:INCIDENTS_SHOWN]
    next_after = str(shown[-1].row.code) if len(found) > INCIDENTS_SHOWN else ""
    return tuple(shown), next_after


def case_trajectory(case: Case) -> Trajectory | None:
    """The author's judged comments on this account over time; one query, None below two."""
    comments = (
        Comment.objects.filter(
            account_id=case.account_id,
            author_external_id=case.author_external_id,
            scores__is_current=True,
            scores__text_hash=F("text_hash"),
        )
        .order_by("-published_at", "-pk")
        .values_list("published_at", "scores__toxicity", "scores__severity", "incident__pk")
    )[:TRAJECTORY_COMMENTS]
    points = [(at, score, severity, bool(flag)) for at, score, severity, flag in comments]
    return trajectory(points[::-1])


def assignable(workspace: Workspace) -> list[Membership]:
    """Members who may work on a case, by name."""
    now = timezone.now()
    return [
        member
        for member in members_of(workspace)
        if member.may(Grant.MODERATE)
        and member.user.is_active
        and (member.expires_at is None or member.expires_at > now)
    ]
