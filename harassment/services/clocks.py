"""The clock of a case: letting it stand, letting it run, telling once that it has run out."""

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts import audit, gates, outbox, tenancy
from accounts.models import User
from harassment.models import Case, CaseEvent, CaseNotice, CaseSettings
from harassment.queries.clocks import case_settings, overdue_cases
from harassment.services import authors
from harassment.services.casebook import CaseError, begin, hold, notify, tell, write

JOB = "harassment.tell_overdue"
TOLD_AT_ONCE = 200  # the next round tells the rest
SETTINGS_ROW = 1


@transaction.atomic
def pause_clock(*, case: Case, waiting_for: str, note: str, actor: User) -> None:
    """Let it stand while somebody outside is waited for. Raises CaseError. Pokes "case"."""
    case = hold(case)[0]
    if not case.is_open:
        raise CaseError(_("%(case)s is closed already.") % {"case": case.label})
    if case.waiting_since:
        return
    case.waiting_since, case.waiting_for = timezone.now(), Case.Waiting(waiting_for)
    case.save(update_fields=["waiting_since", "waiting_for"])
    begin(case)
    data: dict[str, object] = {"for": case.waiting_for}
    write(case, CaseEvent.Kind.WAITING, actor, note=note, data=data)
    audit.record("harassment.case.paused", actor=actor, target=case.label, data=data)
    tell()


@transaction.atomic
def resume_clock(*, case: Case, actor: User) -> None:
    """Let it run again; the time in between does not count. Pokes "case"."""
    case = hold(case)[0]
    if not case.waiting_since:
        return
    case.paused_for += timezone.now() - case.waiting_since
    case.waiting_since, case.waiting_for = None, ""
    case.save(update_fields=["paused_for", "waiting_since", "waiting_for"])
    write(case, CaseEvent.Kind.WAITING, actor)
    audit.record("harassment.case.resumed", actor=actor, target=case.label)
    tell()


@transaction.atomic
def change_settings(
    *, hours: list[int], half_life_days: int, keep_days: int, actor: User
) -> CaseSettings:
    """How the workspace works on cases, from now on and for open ones too. Pokes "case"."""
    values = {"hours": hours, "half_life_days": half_life_days, "keep_days": keep_days}
    row, _is_new = CaseSettings.objects.update_or_create(
        pk=SETTINGS_ROW,
        defaults={
            **values,
            "changed_by_label": actor.label[:80],
            "changed_at": timezone.now(),
        },
    )
    audit.record("harassment.case_settings.changed", actor=actor, data=values)
    tell()
    return row


@transaction.atomic
def tell_overdue() -> int:
    """Tell once of every case whose time has run out; how many. Safe to run twice.

    Its assignee hears it; without one, or one who has left, everybody who works on cases.
    """
    now = timezone.now()
    late = overdue_cases(case_settings().hours, now).filter(overdue_told_at=None)
    found = list(
        late.select_for_update(skip_locked=True, no_key=True).order_by("pk")[:TOLD_AT_ONCE]
    )
    workspace = tenancy.current_workspace()
    for case in found:
        case.overdue_told_at = now
        case.save(update_fields=["overdue_told_at"])
        member = gates.membership_of(case.assignee_id, workspace) if case.assignee_id else None
        notify(case, CaseNotice.Kind.OVERDUE, member.user_id if member else None)
        write(case, CaseEvent.Kind.OVERDUE, None)
    if found:
        tell()
    return len(found)


def promise_case_work() -> int:
    """Promise every open workspace what is due on its cases; how many jobs are new.

    For public code. A workspace with nothing due costs three queries.
    """
    promised = 0
    for workspace in tenancy.open_workspaces():
        with tenancy.enter(workspace), transaction.atomic():
            settings, now = case_settings(), timezone.now()
            if overdue_cases(settings.hours, now).filter(overdue_told_at=None).exists():
                promised += outbox.enqueue(JOB, key="overdue")
            if authors.is_any_due(settings, now):
                promised += outbox.enqueue(authors.JOB, key="authors")
    return promised
