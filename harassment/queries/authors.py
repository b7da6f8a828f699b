"""What one author did to this workspace's creators: only what is tied to a case.

An author is one id on one platform. Nothing here looks for the same person elsewhere.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import Exists, Max, OuterRef, Q, QuerySet, Subquery
from django.db.models.functions import Coalesce, Greatest, JSONObject
from django.utils import timezone

from accounts.models import Membership
from harassment.charts import Trajectory, trajectory
from harassment.models import AuthorHold, Case, CaseSettings, Incident, ToxicityScore
from harassment.strikes import Fading, fading, weight

TRAJECTORY_COMMENTS = 60  # the newest ones; older ones would only crowd the line
STRIKES_READ = 500  # the newest ones; what is older has lost nearly all of its weight
STRIKES_SHOWN = 20
CASES_SHOWN = 50


@dataclass(frozen=True, slots=True)
class Strike:
    """One flagged comment that a person acted on."""

    at: datetime
    severity: int
    kinds: tuple[str, ...]
    weight: float
    case: Case
    comment_code: str


@dataclass(frozen=True, slots=True)
class AuthorPage:
    """The profile of an author, as much of it as the person may see."""

    case: Case  # the one it was opened from
    cases: tuple[Case, ...]
    handles: tuple[str, ...]
    first_at: datetime | None
    flagged: int
    severity: int
    trajectory: Trajectory | None
    strikes: tuple[Strike, ...]  # the newest ones
    strike_count: int
    weight: float
    fading: Fading | None
    settings: CaseSettings
    kept_until: datetime | None  # None while a case is open
    hold: AuthorHold | None

    @property
    def days_left(self) -> int:
        """Until the author is forgotten."""
        return max(0, (self.kept_until - timezone.now()).days) if self.kept_until else 0


def author_page(case: Case, membership: Membership) -> AuthorPage:
    """The profile of a case's author, from the accounts that the person may see: 3 queries."""
    now = timezone.now()
    days = JSONObject(half_life_days="half_life_days", keep_days="keep_days")
    visible = Case.objects.visible_to(membership).filter(pk=OuterRef("pk"))
    cases: list[Any] = list(  # with an annotation that its type does not know
        cases_of_author(case)
        .select_related("account", "merged_into")
        .annotate(
            is_visible=Exists(visible),
            settings=Subquery(CaseSettings.objects.values(days=days)[:1]),
        )
        .order_by("-last_incident_at", "-number")
    )
    settings = CaseSettings(**(cases[0].settings or {}))
    incidents = list(_incidents(case, membership)[:STRIKES_READ]) if case.has_author else []
    hold = _hold(case)
    strikes = _strikes(incidents, settings, now)
    times = [strike.at for strike in strikes]
    until = kept_until(cases, settings, hold)
    return AuthorPage(
        case=case,
        cases=tuple(one for one in cases if one.is_visible)[:CASES_SHOWN],
        handles=_handles(incidents, case),
        first_at=min((one.comment.published_at for one in incidents), default=None),
        flagged=len(incidents),
        severity=max((one.severity for one in cases if one.is_visible), default=case.severity),
        trajectory=_trajectory(incidents),
        strikes=tuple(strikes[:STRIKES_SHOWN]),
        strike_count=len(strikes),
        weight=sum(strike.weight for strike in strikes),
        fading=fading(times, settings.half_life, now),
        settings=settings,
        kept_until=until,
        hold=hold,
    )


def cases_of_author(case: Case) -> "QuerySet[Case]":
    """Cases about the same author on the same platform; of one without an author, itself."""
    if not case.has_author and not case.author_external_id.startswith(Case.GONE):
        return Case.objects.filter(pk=case.pk)
    return Case.objects.filter(
        account__platform=case.account.platform, author_external_id=case.author_external_id
    )


def kept_until(
    cases: Iterable[Case], settings: CaseSettings, hold: AuthorHold | None
) -> datetime | None:
    """When the author of these cases is forgotten; None while one of them is open."""
    ends = []
    for case in cases:
        goes_on = case.merged_into if case.status == Case.Status.MERGED else case
        if goes_on and goes_on.is_open:
            return None
        ends.append(max(case.last_incident_at, case.closed_at or case.last_incident_at))
    until = max(ends, default=timezone.now()) + settings.keep
    return max(until, hold.until) if hold else until


def forgettable_authors(settings: CaseSettings, now: datetime) -> list[tuple[str, str]]:
    """(platform, id there) of authors whose review date has passed: one query.

    All of their cases are closed, the last of it lies longer back than the workspace keeps
    authors, and nobody gave a reason to keep them.
    """
    special = Q()
    for prefix in (Case.WAVE, Case.HAND, Case.GONE):
        special |= Q(author_external_id__startswith=prefix)
    known = Case.objects.exclude(special).exclude(author_external_id="")
    still_open = Q(status__in=Case.OPEN) | Q(
        status=Case.Status.MERGED, merged_into__status__in=Case.OPEN
    )
    busy = known.filter(still_open).values_list("account__platform", "author_external_id")
    ended = (
        known.order_by()
        .values("account__platform", "author_external_id")
        .annotate(last=Max(Greatest("last_incident_at", Coalesce("closed_at", "last_incident_at"))))
        .filter(last__lt=now - settings.keep)
        .values_list("account__platform", "author_external_id")
    )
    held = AuthorHold.objects.filter(until__gt=now).values_list("platform", "author_external_id")
    due = ended.difference(busy, held)
    return [(platform, author) for platform, author in due]


def _incidents(case: Case, membership: Membership) -> "QuerySet[Incident]":
    # Scores of another wording or model say nothing about this one.
    scores = ToxicityScore.objects.filter(
        comment=OuterRef("comment"), is_current=True, text_hash=OuterRef("comment__text_hash")
    )
    return (
        Incident.objects.visible_to(membership)
        .filter(
            comment__account__platform=case.account.platform,
            comment__author_external_id=case.author_external_id,
        )
        .select_related("comment", "case")
        .only(
            "severity",
            "kinds",
            "state",
            "comment__code",
            "comment__published_at",
            "comment__author_handle",
            "case__code",
            "case__number",
        )
        .annotate(toxicity=Subquery(scores.values("toxicity")[:1]))
        .order_by("-comment__published_at", "-pk")
    )


def _hold(case: Case) -> AuthorHold | None:
    return AuthorHold.objects.filter(
        platform=case.account.platform, author_external_id=case.author_external_id
    ).first()


def _handles(incidents: Iterable[Incident], case: Case) -> tuple[str, ...]:
    """What the author was called under these very comments, the newest first."""
    named = [one.comment.author_handle for one in incidents] + [case.author_handle]
    return tuple(dict.fromkeys(handle for handle in named if handle))[:5]


def _strikes(incidents: Iterable[Incident], settings: CaseSettings, now: datetime) -> list[Strike]:
    return [
        Strike(
            at=one.comment.published_at,
            severity=one.severity,
            kinds=tuple(one.kinds),
            weight=weight(now - one.comment.published_at, settings.half_life),
            case=one.case,
            comment_code=str(one.comment.code),
        )
        for one in incidents
        if one.state == Incident.State.ACTED
    ]


def _trajectory(incidents: Iterable[Any]) -> Trajectory | None:
    points = [
        (one.comment.published_at, one.toxicity, one.severity, one.state == Incident.State.ACTED)
        for one in incidents
        if one.toxicity is not None
    ]
    return trajectory(points[:TRAJECTORY_COMMENTS][::-1])
