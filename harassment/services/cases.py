"""What people do with a whole case: notes, who works on it, how it ends."""

from django.db import transaction
from django.db.models import QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts import audit, live
from accounts.models import Membership, User
from harassment.models import Case, CaseEvent, Dogpile, Incident, hold_case_book
from harassment.services import decisions
from integrations.models import Comment, ModerationAction

HIDE_AT_ONCE = 50  # comments of one click: each is a call of its own to the platform


class CaseError(Exception):
    """The case was not changed; the message is for the person."""


@transaction.atomic
def add_note(*, case: Case, text: str, actor: User) -> CaseEvent:
    """Write a note into the timeline. Pokes "case"."""
    case = _held(case)
    _begin(case)
    event = _event(case, CaseEvent.Kind.NOTE, actor, note=text)
    audit.record("harassment.case.noted", actor=actor, target=case.label)
    live.poke("case")
    return event


@transaction.atomic
def assign_case(*, case: Case, assignee: Membership | None, actor: User) -> None:
    """Give the case to a member, or to nobody. The same person twice changes nothing."""
    case = _held(case)
    user_id = assignee.user_id if assignee else None
    if case.assignee_id == user_id:
        return
    case.assignee_id = user_id
    case.assignee_label = assignee.user.label[:80] if assignee else ""
    case.save(update_fields=["assignee_id", "assignee_label"])
    _begin(case)
    _event(case, CaseEvent.Kind.ASSIGNED, actor, data={"to": case.assignee_label})
    audit.record("harassment.case.assigned", actor=actor, target=case.label, data={"to": user_id})
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
    """Work on a closed case again. Raises CaseError when the author has a newer open one."""
    hold_case_book()
    case = _held(case)
    if case.is_open:
        return
    newer = (
        Case.objects.open()
        .filter(account_id=case.account_id, author_external_id=case.author_external_id)
        .first()
    )
    if newer:
        raise CaseError(
            _("The same author has a newer open case, %(case)s. Work on that one.")
            % {"case": newer.label}
        )
    case.status, case.closed_at, case.dismissal_reason = Case.Status.INVESTIGATING, None, ""
    case.save(update_fields=["status", "closed_at", "dismissal_reason"])
    Dogpile.objects.filter(case=case).reconsider()
    _event(case, CaseEvent.Kind.STATUS, actor, data={"to": case.status})
    audit.record("harassment.case.reopened", actor=actor, target=case.label)
    _tell()


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
    case = _held(case)
    if not case.is_open:
        raise CaseError(_("%(case)s is closed already.") % {"case": case.label})
    case.status, case.dismissal_reason, case.closed_at = status, reason[:300], timezone.now()
    case.save(update_fields=["status", "dismissal_reason", "closed_at"])
    left = case.incidents.open().update(
        state=incident_state,
        decided_at=timezone.now(),
        decided_by_id=actor.pk,
        decided_by_label=actor.label[:80],
    )
    Dogpile.objects.filter(case=case).decide(is_dismissed=status == Case.Status.DISMISSED)
    _event(case, CaseEvent.Kind.STATUS, actor, data={"to": status, "left": left}, note=reason)
    audit.record(f"harassment.case.{status}", actor=actor, target=case.label)
    _tell()


def _held(case: Case) -> Case:
    return Case.objects.select_for_update(no_key=True).get(pk=case.pk)


def _begin(case: Case) -> None:
    """The first act of a person turns a new case into one that is being worked on."""
    if case.status == Case.Status.NEW:
        case.status = Case.Status.INVESTIGATING
        case.save(update_fields=["status"])


def _event(
    case: Case, kind: str, actor: User, *, note: str = "", data: dict[str, object] | None = None
) -> CaseEvent:
    return CaseEvent.objects.create(
        case=case,
        kind=kind,
        actor_id=actor.pk,
        actor_label=actor.label[:80],
        note=note,
        data=data or {},
    )


def _tell() -> None:
    live.poke("inbox")
    live.poke("case")
