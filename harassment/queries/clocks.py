"""The clock of a case: how long there is to decide, what of it is used, which cases are late."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db.models import F, Q, QuerySet, Subquery
from django.utils import timezone
from django.utils.translation import gettext as _

from harassment.models import DEFAULT_HOURS, Case, CaseSettings

_NEARLY = 0.5  # of the time is used: the bar turns to amber


@dataclass(frozen=True, slots=True)
class Clock:
    """How much time a case had and has."""

    allowed: timedelta
    used: timedelta
    waiting_for: str  # whom, in words; empty while it runs

    @property
    def is_overdue(self) -> bool:
        """Whether all of its time is used; never while somebody is waited for."""
        return not self.waiting_for and self.used >= self.allowed

    @property
    def words(self) -> str:
        """What is left, or by how much it is late."""
        return spoken(abs(self.allowed - self.used))

    @property
    def allowed_words(self) -> str:
        """All the time there is."""
        return spoken(self.allowed)

    @property
    def tone(self) -> str:
        """Class of the bar."""
        if self.is_overdue:
            return "danger"
        return "warn" if self.used > self.allowed * _NEARLY else "ok"

    @property
    def minutes(self) -> int:
        """For the bar, as are the used ones."""
        return max(1, int(self.allowed.total_seconds() // 60))

    @property
    def used_minutes(self) -> int:
        """Never more than there were."""
        return min(self.minutes, int(self.used.total_seconds() // 60))


def case_settings() -> CaseSettings:
    """How this workspace works on cases: one query."""
    return CaseSettings.objects.first() or CaseSettings()


def hours_of_workspace() -> Subquery:
    """The hours by severity, to be annotated to cases; null where nobody chose any."""
    return Subquery(CaseSettings.objects.values("hours")[:1])


def clock_of(case: Case, hours: Sequence[int] | None) -> Clock | None:
    """The clock of an open case; None once it is decided."""
    if not case.is_open:
        return None
    allowed = timedelta(hours=(hours or DEFAULT_HOURS)[case.severity - 1])
    until = case.waiting_since or timezone.now()
    waiting = Case.Waiting(case.waiting_for).label if case.waiting_since else ""
    used = max(timedelta(0), until - case.clock_at - case.paused_for)
    return Clock(allowed, used, str(waiting))


def overdue_cases(hours: Sequence[int], now: datetime) -> QuerySet[Case]:
    """Open cases whose time is used up; what waits for somebody is never late."""
    late = Q()
    for severity, allowed in enumerate(hours, start=1):
        begun_before = now - timedelta(hours=allowed)
        late |= Q(severity=severity, clock_at__lte=begun_before - F("paused_for"))
    return Case.objects.open().filter(late, waiting_since=None)


def spoken(span: timedelta) -> str:
    """A stretch of time in words, in at most two units."""
    minutes = int(span.total_seconds() // 60)
    if minutes < 60:
        return _("%(minutes)d min") % {"minutes": minutes}
    if minutes < 48 * 60:
        hours, rest = divmod(minutes, 60)
        if not rest:
            return _("%(hours)d h") % {"hours": hours}
        return _("%(hours)d h %(minutes)02d") % {"hours": hours, "minutes": rest}
    days, rest = divmod(minutes, 24 * 60)
    if rest < 60:
        return _("%(days)d d") % {"days": days}
    return _("%(days)d d %(hours)d h") % {"days": days, "hours": rest // 60}
