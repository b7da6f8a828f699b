"""Alerts: what rings, said without the words that made it ring."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db.models import F
from django.utils.translation import gettext as _

from accounts.models import Membership
from harassment.detection.summary import summarise
from harassment.models import Alert, Case, Incident
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

    @property
    def summary(self) -> str:
        """What it is about in neutral words, in the reader's language."""
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
class AlertPage:
    """Alerts, unseen ones first, with how many are unseen in all."""

    lines: tuple[AlertLine, ...]
    unseen: CappedCount
    has_more: bool


def alert_page(membership: Membership, *, size: int = ALERTS_SHOWN) -> AlertPage:
    """The newest alerts, unseen ones first: two queries."""
    visible = Alert.objects.visible_to(membership)
    found = visible.order_by(F("seen_at").desc(nulls_first=True), "-created_at", "-pk").values(
        "code", "severity", "seen_at", "created_at", "incident__kinds", "incident__state",
        "incident__comment__code", "incident__case__code", "incident__case__number",
        "incident__comment__account__platform", "incident__comment__account__display_name",
        "incident__comment__post__title", "incident__case__author_external_id",
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
        )
        for values in found
    ]
    unseen = ask_together(counts={"unseen": visible.unseen()})["unseen"]
    return AlertPage(tuple(lines[:size]), unseen, len(lines) > size)
