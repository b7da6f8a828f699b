"""What people do with a whole case: opening it, notes, who works on it, severity, its end."""

from django.db import transaction
from django.db.models import QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts import audit, live
from accounts.models import Membership, User
from harassment.models import (
    Case,
    CaseEvent,
    CaseNotice,
    Dogpile,
    Evidence,
    Incident,
    hold_case_book,
)
from harassment.queries.clocks import case_settings, clock_of
from harassment.services import decisions
from harassment.services.casebook import (
    CaseError,
    begin,
    hold,
    next_number,
    notify,
    refuse_newer,
    restart_clock,
    tell,
    write,
)
from harassment.services.evidence import Capture, seal
from integrations.models import Comment, ModerationAction, SocialAccount

__all__ = [
    "CaseError", "add_note", "assign_case", "dismiss_case", "hide_case_comments", "hideable",
    "open_case", "open_case_for_comment", "reopen_case", "resolve_case", "set_severity",
]  # fmt: skip

HIDE_AT_ONCE = 50  # comments of one click: each is a call of its own to the platform


@transaction.atomic
def open_case(
    *, account: SocialAccount, subject: str, severity: int, note: str, actor: User
) -> Case:
    """Open a case by hand, about something that Aura did not hear. Pokes "case".

    It has no author: who is behind something outside the platform is not for Aura to keep.
    """
    hold_case_book()
    case = Case(
        number=next_number(),
        account=account,
        subject=subject,
        severity=severity,
        status=Case.Status.INVESTIGATING,
        last_incident_at=timezone.now(),
    )
    case.author_external_id = f"{Case.HAND}{case.code}"
    case.save()
    write(case, CaseEvent.Kind.OPENED, actor, note=note, data={"is_by_hand": True})
    audit.record("harassment.case.opened", actor=actor, target=case.label)
    tell()
    return case


@transaction.atomic
def open_case_for_comment(*, comment: Comment, severity: int, actor: User) -> Case:
    """Flag a comment that no machine flagged; the case it is in afterwards.

    That is the open case of its author on that account, opened when there is none. The wording is
    sealed. A comment that is flagged already stays where it is. Pokes "inbox" and "case".
    """
    hold_case_book()
    comment = (
        Comment.objects.select_for_update(of=("self",), no_key=True)
        .select_related("account", "post")
        .get(pk=comment.pk)
    )
    known = Incident.objects.select_related("case").filter(comment=comment).first()
    if known:
        return known.case
    case = _case_of_author(comment, severity, actor)
    Incident.objects.create(case=case, comment=comment, severity=severity)
    link = seal(captures=[Capture(comment, case, Evidence.Reason.INCIDENT)])[0]
    data = {"count": 1, "kinds": {}, "severity": severity}
    write(case, CaseEvent.Kind.INCIDENT, actor, data=data)
    write(case, CaseEvent.Kind.CAPTURED, None, data={"first": link.sequence, "last": link.sequence})
    audit.record("harassment.comment.flagged", actor=actor, target=str(comment.code))
    begin(case)
    tell()
    return case


@transaction.atomic
def set_severity(*, case: Case, severity: int, reason: str, actor: User) -> None:
    """Say how grave it is, with the reason; its clock counts by that from now on. Pokes "case"."""
    case = hold(case)[0]
    if case.severity == severity:
        return
    before, case.severity = case.severity, severity
    clock = clock_of(case, case_settings().hours)
    if clock and not clock.is_overdue:
        case.overdue_told_at = None  # there is time again, so its end is told again
    case.save(update_fields=["severity", "overdue_told_at"])
    begin(case)
    write(case, CaseEvent.Kind.SEVERITY, actor, note=reason, data={"from": before, "to": severity})
    audit.record(
        "harassment.case.severity_set",
        actor=actor,
        target=case.label,
        data={"from": before, "to": severity},
    )
    tell()


@transaction.atomic
def add_note(*, case: Case, text: str, actor: User) -> CaseEvent:
    """Write a note into the timeline. Pokes "case"."""
    case = hold(case)[0]
    begin(case)
    event = write(case, CaseEvent.Kind.NOTE, actor, note=text)
    audit.record("harassment.case.noted", actor=actor, target=case.label)
    live.poke("case")
    return event


@transaction.atomic
def assign_case(*, case: Case, assignee: Membership | None, actor: User) -> None:
    """Give the case to a member, or to nobody. The same person twice changes nothing."""
    case = hold(case)[0]
    user_id = assignee.user_id if assignee else None
    if case.assignee_id == user_id:
        return
    case.assignee_id = user_id
    case.assignee_label = assignee.user.label[:80] if assignee else ""
    case.save(update_fields=["assignee_id", "assignee_label"])
    begin(case)
    write(case, CaseEvent.Kind.ASSIGNED, actor, data={"to": case.assignee_label})
    audit.record("harassment.case.assigned", actor=actor, target=case.label, data={"to": user_id})
    if user_id and user_id != actor.pk:
        notify(case, CaseNotice.Kind.ASSIGNED, user_id, sender=actor)
    live.poke("case")


@transaction.atomic
def resolve_case(*, case: Case, actor: User) -> None:
    """Close it as dealt with; what was still open in it counts as acted on."""
    _close(case, actor, Case.Status.RESOLVED, Incident.State.ACTED, "")


@transaction.atomic
def dismiss_case(*, case: Case, reason: str, actor: User) -> None:
    """Close it as no harassment, with the reason; what was still open in it is not abuse."""
    _close(case, actor, Case.Status.DISMISSED, Incident.State.DISMISSED, reason)


@transaction.atomic
def reopen_case(*, case: Case, actor: User) -> None:
    """Work on a closed case again; its clock starts anew.

    Raises CaseError when the author has a newer open one, or when it was merged.
    """
    hold_case_book()
    case = hold(case)[0]
    if case.is_open:
        return
    if case.status == Case.Status.MERGED:
        raise CaseError(
            _("%(case)s is part of another case. Take it out of that one first.")
            % {"case": case.label}
        )
    refuse_newer(case)
    case.status, case.closed_at, case.dismissal_reason = Case.Status.INVESTIGATING, None, ""
    case.save(update_fields=["status", "closed_at", "dismissal_reason", *restart_clock(case)])
    Dogpile.objects.filter(case=case).reconsider()
    write(case, CaseEvent.Kind.STATUS, actor, data={"to": case.status})
    audit.record("harassment.case.reopened", actor=actor, target=case.label)
    tell()


def hide_case_comments(*, case: Case, actor: User) -> tuple[int, str]:
    """Hide what is still public of the case, at most HIDE_AT_ONCE; how many, and why not more.

    Each comment is sealed and requested in a transaction of its own: one that the platform
    refuses does not undo the others. The sentence is empty when nothing was refused.
    """
    asked, sentence = 0, ""
    for comment in hideable(case)[:HIDE_AT_ONCE]:
        try:
            decisions.act_on_comment(comment=comment, verb=ModerationAction.Verb.HIDE, actor=actor)
        except decisions.DecisionError as error:
            sentence = str(error)
        else:
            asked += 1
    return asked, sentence


def hideable(case: Case) -> QuerySet[Comment]:
    """Its flagged comments that everybody can still read and nobody has decided about."""
    return (
        Comment.objects.filter(
            incident__case=case,
            incident__state=Incident.State.OPEN,
            visibility=Comment.Visibility.PUBLIC,
        )
        .exclude(actions__state__in=ModerationAction.UNFINISHED)
        .order_by("-published_at")
    )


def _close(case: Case, actor: User, status: str, incident_state: str, reason: str) -> None:
    case = hold(case)[0]
    if not case.is_open:
        raise CaseError(_("%(case)s is closed already.") % {"case": case.label})
    case.status, case.dismissal_reason, case.closed_at = status, reason[:300], timezone.now()
    case.escalated_at, case.waiting_since, case.waiting_for = None, None, ""
    case.save(
        update_fields=[
            "status", "dismissal_reason", "closed_at", "escalated_at", "waiting_since",
            "waiting_for",
        ]
    )  # fmt: skip
    left = case.incidents.open().update(
        state=incident_state,
        decided_at=timezone.now(),
        decided_by_id=actor.pk,
        decided_by_label=actor.label[:80],
    )
    Dogpile.objects.filter(case=case).decide(is_dismissed=status == Case.Status.DISMISSED)
    write(case, CaseEvent.Kind.STATUS, actor, data={"to": status, "left": left}, note=reason)
    audit.record(f"harassment.case.{status}", actor=actor, target=case.label)
    tell()


def _case_of_author(comment: Comment, severity: int, actor: User) -> Case:
    """The open case that the author's comments join, or a new one."""
    case = (
        Case.objects.open()
        .filter(
            account=comment.account, author_external_id=comment.author_external_id, takes_new=True
        )
        .select_for_update(no_key=True)
        .first()
    )
    if case is None:
        case = Case.objects.create(
            number=next_number(),
            account=comment.account,
            author_external_id=comment.author_external_id,
            author_handle=comment.author_handle,
            severity=severity,
            last_incident_at=comment.published_at,
        )
        write(case, CaseEvent.Kind.OPENED, actor)
        return case
    if severity > case.severity:
        data: dict[str, object] = {"from": case.severity, "to": severity}
        write(case, CaseEvent.Kind.SEVERITY, actor, data=data)
        case.severity = severity
    case.last_incident_at = max(case.last_incident_at, comment.published_at)
    case.save(update_fields=["severity", "last_incident_at"])
    return case
