"""Alerts: what rings, said without the words that made it ring."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db.models import Count, F, OuterRef, QuerySet, Subquery
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from accounts.models import Membership
from harassment.detection.summary import summarise
from harassment.models import Alert, Case, CaseNotice, Incident
from harassment.queries.counts import CappedCount, ask_together

ALERTS_SHOWN = 8


@dataclass(frozen=True, slots=True)
class AlertLine:
    """One alert in a list."""

    code: UUID
    severity: int
    kinds: tuple[str, ...]
    is_seen: bool
    created_at: datetime
    comment_code: UUID
    case_code: UUID
    case_number: int
    platform: str
    account_name: str
    post_title: str
    incident_state: str
    is_wave: bool  # rings for all comments of a wave, not for one
    is_digest: bool  # rings for all that a shield gathered
    gathered: int
    shield_code: UUID | None

    @property
    def summary(self) -> str:
        """What it is about in neutral words, in the reader's language."""
        if self.is_digest:
            return ngettext(
                "While the shield was up: %(count)d alert",
                "While the shield was up: %(count)d alerts",
                self.gathered,
            ) % {"count": self.gathered}
        return _("Unusual wave of comments") if self.is_wave else summarise(self.kinds)

    @property
    def case_label(self) -> str:
        """The case's number as people write it."""
        return f"AUR-{self.case_number:04d}"

    @property
    def is_waiting(self) -> bool:
        """Whether nobody has decided about its comment yet."""
        return self.incident_state == Incident.State.OPEN


@dataclass(frozen=True, slots=True)
class NoticeLine:
    """Something about a whole case that this person should hear."""

    code: UUID
    kind: str
    is_seen: bool
    created_at: datetime
    case_code: UUID
    case_number: int
    severity: int
    sender: str

    @property
    def title(self) -> str:
        """What it is about."""
        return notice_title(self.kind, self.sender)

    @property
    def case_label(self) -> str:
        """The case's number as people write it."""
        return f"AUR-{self.case_number:04d}"


@dataclass(frozen=True, slots=True)
class AlertPage:
    """Alerts, unseen ones first, with how many are unseen in all."""

    notices: tuple[NoticeLine, ...]  # unseen ones, above all alerts
    lines: tuple[AlertLine, ...]
    unseen: CappedCount
    has_more: bool


def notice_title(kind: str, sender: str) -> str:
    """What a notice is about; `sender`: the colleague whom it comes from."""
    who = {"who": sender}
    return {
        CaseNotice.Kind.OVERDUE: _("Time has run out"),
        CaseNotice.Kind.ESCALATED: _("Escalated by %(who)s") % who,
        CaseNotice.Kind.ASSIGNED: _("Given to you by %(who)s") % who,
        CaseNotice.Kind.ANSWERED: _("Escalation answered by %(who)s") % who,
    }[CaseNotice.Kind(kind)]


def alert_page(membership: Membership, *, size: int = ALERTS_SHOWN) -> AlertPage:
    """The newest alerts, unseen ones first, and above them what is about whole cases: 3 queries."""
    visible = Alert.objects.visible_to(membership).rung()
    together = Alert.objects.filter(shield=OuterRef("shield")).order_by().values("shield")
    found = visible.annotate(
        gathered=Subquery(together.annotate(n=Count("pk")).values("n")),
    ).order_by(F("seen_at").desc(nulls_first=True), "-created_at", "-pk").values(
        "code", "severity", "seen_at", "created_at", "incident__kinds", "incident__state",
        "incident__comment__code", "incident__case__code", "incident__case__number",
        "incident__comment__account__platform", "incident__comment__account__display_name",
        "incident__comment__post__title", "incident__case__author_external_id", "is_digest",
        "gathered", "shield__code",
    )[: size + 1]  # fmt: skip
    lines = [
        AlertLine(
            code=values["code"],
            severity=values["severity"],
            kinds=tuple(values["incident__kinds"]),
            is_seen=values["seen_at"] is not None,
            created_at=values["created_at"],
            comment_code=values["incident__comment__code"],
            case_code=values["incident__case__code"],
            case_number=values["incident__case__number"],
            platform=values["incident__comment__account__platform"],
            account_name=values["incident__comment__account__display_name"],
            post_title=values["incident__comment__post__title"] or "",
            incident_state=values["incident__state"],
            is_wave=values["incident__case__author_external_id"].startswith(Case.WAVE),
            is_digest=values["is_digest"],
            gathered=values["gathered"] or 0,
            shield_code=values["shield__code"],
        )
        for values in found
    ]
    unseen = ask_together(counts={"unseen": unseen_by(membership)})["unseen"]
    notices = _notices(membership, size)
    return AlertPage(notices, tuple(lines[:size]), unseen, len(lines) > size)


def unseen_by(membership: Membership) -> "QuerySet[Any, Any]":
    """One row for everything that the bell counts: alerts, and notices about cases."""
    alerts = Alert.objects.visible_to(membership).unseen().order_by().values("pk")
    notices = CaseNotice.objects.visible_to(membership).unseen().order_by().values("pk")
    return alerts.union(notices, all=True)


def _notices(membership: Membership, size: int) -> tuple[NoticeLine, ...]:
    unseen = CaseNotice.objects.visible_to(membership).unseen().select_related("case")
    return tuple(
        NoticeLine(
            code=one.code,
            kind=one.kind,
            is_seen=False,
            created_at=one.created_at,
            case_code=one.case.code,
            case_number=one.case.number,
            severity=one.case.severity,
            sender=one.from_label,
        )
        for one in unseen[:size]
    )
