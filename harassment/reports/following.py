"""When something is due after a report was sent: reminders, and the marks a person reads."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta

from django.utils.translation import gettext as _

from harassment.reports.composing import months_after
from harassment.reports.facts import BRIEF, COMPLAINT, NOTICE, PLATFORM

# Days after sending on which a person is asked whether an answer came. The regulation says
# "without undue delay" and names no figure (Article 16(4) and (5)); a French complaint without an
# answer for three months opens another way (code de procedure penale, art. 85).
REMINDERS: Mapping[str, tuple[int, ...]] = {
    NOTICE: (1, 3, 7),
    PLATFORM: (3, 7),
    COMPLAINT: (90,),
    BRIEF: (3, 7),
}
COMPLAINT_MONTHS = 6  # Article 20(1): the internal complaint stays open at least that long


@dataclass(frozen=True, slots=True)
class Mark:
    """One deadline, in words."""

    title: str
    detail: str
    day: date | None


def next_reminder(kind: str, sent_at: datetime, now: datetime) -> datetime | None:
    """When to remind next; None when the last one is over."""
    due = (sent_at + timedelta(days=days) for days in REMINDERS[kind])
    return next((moment for moment in due if moment > now), None)


def marks(kind: str, sent_at: datetime | None, answered_at: datetime | None) -> tuple[Mark, ...]:
    """What the other side owes and what stays possible, for that kind of report."""

    def after(days: int) -> date | None:
        return (sent_at + timedelta(days=days)).astimezone(UTC).date() if sent_at else None

    if kind == COMPLAINT:
        return (
            Mark(
                _("Answer of the prosecutor"),
                _("After three months without one, a complaint with civil party status is open."),
                after(90),
            ),
        )
    if kind == BRIEF:
        return (Mark(_("Answer"), _("Reminders after 3 and 7 days"), after(7)),)
    if kind == PLATFORM:
        return (Mark(_("Answer of the platform"), _("Reminders after 3 and 7 days"), after(7)),)
    appeal = (
        months_after(answered_at.astimezone(UTC).date(), COMPLAINT_MONTHS) if answered_at else None
    )
    return (
        Mark(_("Receipt confirmed"), _("“Without undue delay”. Reminder after 24 h"), after(1)),
        Mark(_("Reasoned decision"), _("Reminders after 3 and 7 days"), after(7)),
        Mark(_("Internal complaint"), _("Open for six months at least"), appeal),
        Mark(_("Out-of-court settlement"), _("If the complaint fails"), None),
    )
