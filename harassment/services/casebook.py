"""What every act on a whole case has in common: holding it, and writing it down."""

from collections.abc import Mapping
from datetime import timedelta

from django.utils import timezone
from django.utils.translation import gettext as _

from accounts import live
from accounts.models import User
from harassment.models import Case, CaseEvent, CaseNotice, MailItem
from harassment.services.mails import promise_mails


class CaseError(Exception):
    """The case was not changed; the message is for the person."""


def hold(*cases: Case) -> list[Case]:
    """The same cases as they are now, locked in the order of their keys, as they were given."""
    rows = Case.objects.select_for_update(no_key=True, of=("self",)).select_related("account")
    held = {row.pk: row for row in rows.filter(pk__in=[c.pk for c in cases]).order_by("pk")}
    return [held[case.pk] for case in cases]


def begin(case: Case) -> None:
    """The first act of a person turns a new case into one that is being worked on."""
    if case.status == Case.Status.NEW:
        case.status = Case.Status.INVESTIGATING
        case.save(update_fields=["status"])


def write(
    case: Case,
    kind: str,
    actor: User | None,
    *,
    note: str = "",
    data: Mapping[str, object] | None = None,
) -> CaseEvent:
    """One line of its timeline. `data` holds ids, states and figures, never outside text."""
    return CaseEvent.objects.create(
        case=case,
        kind=kind,
        actor_id=actor.pk if actor else None,
        actor_label=actor.label[:80] if actor else "",
        note=note,
        data=dict(data or {}),
    )


def notify(case: Case, kind: str, user_id: int | None, *, sender: User | None = None) -> None:
    """Tell one person, or with None everybody who works on cases, by mail too. Pokes "alerts"."""
    notice = CaseNotice.objects.create(
        case=case, kind=kind, user_id=user_id, from_label=sender.label[:80] if sender else ""
    )
    promise_mails(kind=MailItem.Kind.NOTICE, code=notice.code)
    live.poke("alerts")


def refuse_newer(case: Case) -> None:
    """Raises CaseError when its author has another open case that takes what is new."""
    if not case.takes_new:
        return
    newer = (
        Case.objects.open()
        .filter(
            account_id=case.account_id,
            author_external_id=case.author_external_id,
            takes_new=True,
        )
        .exclude(pk=case.pk)
        .first()
    )
    if newer:
        raise CaseError(
            _("The same author has a newer open case, %(case)s. Work on that one.")
            % {"case": newer.label}
        )


def next_number() -> int:
    """Of the case that is opened now; only while `hold_case_book` is held."""
    return (Case.objects.order_by("-number").values_list("number", flat=True).first() or 0) + 1


def restart_clock(case: Case) -> list[str]:
    """Let its clock run from now on; the fields to save."""
    case.clock_at, case.paused_for = timezone.now(), timedelta()
    case.waiting_since, case.waiting_for, case.overdue_told_at = None, "", None
    return ["clock_at", "paused_for", "waiting_since", "waiting_for", "overdue_told_at"]


def tell() -> None:
    """Open pages look again."""
    live.poke("inbox")
    live.poke("case")
