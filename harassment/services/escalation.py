"""Handing a case up to the safety lead: a person's act, with a reason, and never a machine's."""

from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts import audit, outbox, tenancy
from accounts.models import Grant, Membership, Role, User
from accounts.queries import members_of
from harassment.models import Case, CaseEvent, CaseNotice
from harassment.services.casebook import CaseError, begin, hold, notify, tell, write

LEADS = (Role.SAFETY_LEAD, Role.MANAGER, Role.OWNER)


class NotAPersonError(RuntimeError):
    """A job tried to do what only a person may."""


def may_escalate(membership: Membership) -> bool:
    """Whether the role may hand a case up: a trusted helper tells whom they help instead."""
    return membership.may(Grant.MODERATE) and membership.role != Role.HELPER


def may_answer(membership: Membership) -> bool:
    """Whether the role may answer what was handed up."""
    return membership.role in LEADS


@transaction.atomic
def escalate_case(*, case: Case, reason: str, actor: User, membership: Membership) -> None:
    """Hand an open case up, with the reason.

    True afterwards: every safety lead has a notice (without one, every owner), the case says so
    until one of them answers, and the audit log has a line. `membership` is that of the person
    who asks, who must be allowed to. Raises PermissionDenied, NotAPersonError inside a job, and
    CaseError for a case that is closed or handed up already. Pokes "case" and "alerts".
    """
    _ask_for_person(actor, membership, may=may_escalate(membership))
    case = hold(case)[0]
    if not case.is_open:
        raise CaseError(_("%(case)s is closed already.") % {"case": case.label})
    if case.escalated_at:
        raise CaseError(
            _("%(who)s has escalated %(case)s already.")
            % {"who": case.escalated_by_label, "case": case.label}
        )
    case.escalated_at, case.escalated_by_label = timezone.now(), actor.label[:80]
    case.save(update_fields=["escalated_at", "escalated_by_label"])
    begin(case)
    told = [lead for lead in leads() if lead.user_id != actor.pk]
    for lead in told:
        notify(case, CaseNotice.Kind.ESCALATED, lead.user_id, sender=actor)
    names = [lead.user.label[:80] for lead in told]
    write(case, CaseEvent.Kind.ESCALATED, actor, note=reason, data={"to": names})
    audit.record(
        "harassment.case.escalated",
        actor=actor,
        target=case.label,
        data={"to": [lead.user_id for lead in told]},
    )
    tell()


@transaction.atomic
def answer_escalation(*, case: Case, answer: str, actor: User, membership: Membership) -> None:
    """Say what is to be done; the case counts as handed up no longer.

    Raises PermissionDenied, NotAPersonError inside a job, CaseError when there is nothing to
    answer. Pokes "case" and "alerts".
    """
    _ask_for_person(actor, membership, may=may_answer(membership))
    case = hold(case)[0]
    if not case.escalated_at:
        raise CaseError(_("%(case)s is not escalated.") % {"case": case.label})
    asked = case.events.filter(kind=CaseEvent.Kind.ESCALATED, data__has_key="to").first()
    case.escalated_at, case.escalated_by_label = None, ""
    case.save(update_fields=["escalated_at", "escalated_by_label"])
    write(case, CaseEvent.Kind.ESCALATED, actor, note=answer, data={"is_answer": True})
    case.notices.filter(kind=CaseNotice.Kind.ESCALATED).unseen().update(seen_at=timezone.now())
    if asked and asked.actor_id and asked.actor_id != actor.pk:
        notify(case, CaseNotice.Kind.ANSWERED, asked.actor_id, sender=actor)
    audit.record("harassment.case.escalation_answered", actor=actor, target=case.label)
    tell()


def leads() -> list[Membership]:
    """Who is told: the active safety leads of the entered workspace, else its owners."""
    now = timezone.now()
    active = [
        member
        for member in members_of(tenancy.current_workspace())
        if member.user.is_active and (member.expires_at is None or member.expires_at > now)
    ]
    found = [member for member in active if member.role == Role.SAFETY_LEAD]
    return found or [member for member in active if member.role == Role.OWNER]


def _ask_for_person(actor: User, membership: Membership, *, may: bool) -> None:
    if outbox.is_running():
        raise NotAPersonError("A job, a rule or an agent may not do this.")
    if not may or membership.user_id != actor.pk:
        raise PermissionDenied
