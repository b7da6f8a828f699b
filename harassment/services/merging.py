"""Cases that turn out to be one, or several: merged, taken apart, split, linked.

The chain of a case is never rewritten. What joins a case is sealed anew at the end of its chain;
the links that the other chain holds stay there and are exported with that case.
"""

from collections.abc import Collection, Sequence
from uuid import UUID

from django.db import transaction
from django.db.models import QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts import audit
from accounts.models import User
from harassment.models import (
    Case,
    CaseEvent,
    CaseLink,
    CaseMerge,
    Evidence,
    EvidenceErasure,
    Incident,
    hold_case_book,
)
from harassment.queries.evidence import sealed_wordings
from harassment.queries.merging import standing_merge
from harassment.services.casebook import (
    CaseError,
    begin,
    hold,
    next_number,
    refuse_newer,
    restart_clock,
    tell,
    write,
)
from harassment.services.evidence import Capture, seal

Kind = CaseEvent.Kind


@transaction.atomic
def merge_case(*, source: Case, target: Case, reason: str, actor: User) -> CaseMerge:
    """Take a case into an open one on the same account.

    True afterwards: its incidents are in `target`, each sealed in that chain as it stands now;
    the source is closed as merged and keeps its own chain, timeline and exports; what its author
    writes joins `target`. Undone by `unmerge_case`. Raises CaseError. Pokes "inbox" and "case".
    """
    hold_case_book()
    source, target = hold(source, target)
    _refuse_merge(source, target)
    incidents = _movable(source.incidents.all())
    carried = Case.objects.filter(merged_into=source)
    record = CaseMerge.objects.create(
        source=source,
        target=target,
        moved=[str(incident.code) for incident in incidents],
        carried=[str(code) for code in carried.values_list("code", flat=True)],
        status_before=source.status,
        closed_before=source.closed_at,
        actor_id=actor.pk,
        actor_label=actor.label[:80],
    )
    carried.update(merged_into=target)
    source.status, source.merged_into, source.closed_at = (
        Case.Status.MERGED, target, timezone.now(),
    )  # fmt: skip
    source.save(update_fields=["status", "merged_into", "closed_at"])
    if source.escalated_at and not target.escalated_at:
        target.escalated_at = source.escalated_at
        target.escalated_by_label = source.escalated_by_label
        target.save(update_fields=["escalated_at", "escalated_by_label"])
    begin(target)
    data = {"from": source.label, "into": target.label, "count": len(incidents)}
    write(source, Kind.MERGED, actor, note=reason, data={**data, "is_source": True})
    write(target, Kind.MERGED, actor, note=reason, data=data)
    _move(incidents, target, actor)
    audit.record("harassment.case.merged", actor=actor, target=source.label, data=data)
    tell()
    return record


@transaction.atomic
def unmerge_case(*, case: Case, actor: User) -> None:
    """Take a merged case out of the other one again: exactly what had moved, moves back.

    True afterwards: it is as open or closed as it was; what was split off meanwhile stays where
    it is. Raises CaseError. Pokes "inbox" and "case".
    """
    hold_case_book()
    record = standing_merge(case)
    if record is None:
        raise CaseError(_("%(case)s is not part of another case.") % {"case": case.label})
    source, target = hold(case, record.target)
    if target.status == Case.Status.MERGED:
        raise CaseError(
            _("%(case)s is part of another case. Take it out of that one first.")
            % {"case": target.label}
        )
    if record.status_before in Case.OPEN:
        refuse_newer(source)
    incidents = _movable(target.incidents.filter(code__in=record.moved))
    Case.objects.filter(code__in=record.carried, merged_into=target).update(merged_into=source)
    source.status, source.closed_at, source.merged_into = (
        record.status_before, record.closed_before, None,
    )  # fmt: skip
    changed = restart_clock(source) if source.is_open else []
    source.save(update_fields=["status", "closed_at", "merged_into", *changed])
    record.undone_at = timezone.now()
    record.save(update_fields=["undone_at"])
    data = {"from": target.label, "into": source.label, "count": len(incidents), "is_undo": True}
    write(target, Kind.SPLIT, actor, data={**data, "is_source": True})
    write(source, Kind.SPLIT, actor, data=data)
    _move(incidents, source, actor)
    audit.record("harassment.case.unmerged", actor=actor, target=source.label, data=data)
    tell()


@transaction.atomic
def split_case(*, case: Case, comments: Collection[UUID], reason: str, actor: User) -> Case:
    """Move some flagged comments of an open case into a new one, which is returned.

    It is about one author when they all are by one, and takes what that author writes next unless
    another open case does. Undone by merging it back. Raises CaseError. Pokes "inbox" and "case".
    """
    hold_case_book()
    case = hold(case)[0]
    if not case.is_open:
        raise CaseError(_("%(case)s is closed already.") % {"case": case.label})
    chosen = _movable(case.incidents.filter(comment__code__in=comments))
    if not chosen:
        raise CaseError(_("Choose at least one comment of this case."))
    if len(chosen) == case.incidents.count():
        raise CaseError(_("Leave at least one comment in this case."))
    part = _new_part(case, chosen)
    begin(case)
    data = {"from": case.label, "into": part.label, "count": len(chosen)}
    write(part, Kind.OPENED, actor)
    write(part, Kind.SPLIT, actor, note=reason, data=data)
    write(case, Kind.SPLIT, actor, note=reason, data={**data, "is_source": True})
    _move(chosen, part, actor)
    audit.record("harassment.case.split", actor=actor, target=case.label, data=data)
    tell()
    return part


@transaction.atomic
def link_cases(*, case: Case, other: Case, note: str, actor: User) -> CaseLink:
    """Have two cases point at each other. Raises CaseError for one and the same. Pokes "case"."""
    if case.pk == other.pk:
        raise CaseError(_("A case cannot be linked to itself."))
    first, second = sorted((case, other), key=lambda one: one.number)
    link, is_new = CaseLink.objects.get_or_create(
        first=first,
        second=second,
        defaults={"note": note, "actor_id": actor.pk, "actor_label": actor.label[:80]},
    )
    if is_new:
        write(case, Kind.LINKED, actor, note=note, data={"to": other.label})
        write(other, Kind.LINKED, actor, note=note, data={"to": case.label})
        data = {"to": other.label}
        audit.record("harassment.case.linked", actor=actor, target=case.label, data=data)
        tell()
    return link


@transaction.atomic
def unlink_cases(*, case: Case, other: Case, actor: User) -> None:
    """Take the link away; twice is as once. Pokes "case"."""
    first, second = sorted((case, other), key=lambda one: one.number)
    gone, _by_model = CaseLink.objects.filter(first=first, second=second).delete()
    if gone:
        write(case, Kind.LINKED, actor, data={"to": other.label, "is_gone": True})
        write(other, Kind.LINKED, actor, data={"to": case.label, "is_gone": True})
        data = {"to": other.label}
        audit.record("harassment.case.unlinked", actor=actor, target=case.label, data=data)
        tell()


def _refuse_merge(source: Case, target: Case) -> None:
    if source.pk == target.pk:
        raise CaseError(_("A case cannot be merged into itself."))
    if source.account_id != target.account_id:
        # A creator sees the cases of the own account and no others.
        raise CaseError(_("Only cases on the same account can be merged. Link them instead."))
    if source.status == Case.Status.MERGED:
        raise CaseError(
            _("%(case)s is part of another case. Take it out of that one first.")
            % {"case": source.label}
        )
    if source.is_wave:
        raise CaseError(_("The case of a wave stays by itself. Merge the other one into it."))
    if not target.is_open:
        raise CaseError(_("%(case)s is closed already.") % {"case": target.label})


def _movable(incidents: QuerySet[Incident]) -> list[Incident]:
    return list(incidents.select_related("comment__account", "comment__post").order_by("pk"))


def _move(incidents: Sequence[Incident], to: Case, actor: User) -> None:
    """Let incidents join a case, each sealed in its chain unless these very words are.

    What somebody had erased is not sealed again.
    """
    if not incidents:
        return
    comments = [incident.comment for incident in incidents]
    sealed = sealed_wordings(comments, case=to)
    erased = set(
        EvidenceErasure.objects.filter(evidence__comment__in=comments).values_list(
            "evidence__comment_id", flat=True
        )
    )
    links = seal(
        captures=[
            Capture(comment, to, Evidence.Reason.MOVED)
            for comment in comments
            if comment.pk not in erased and sealed[comment.pk] != comment.text_hash
        ]
    )
    Incident.objects.filter(pk__in=[incident.pk for incident in incidents]).update(case=to)
    if links:
        data = {"first": links[0].sequence, "last": links[-1].sequence}
        write(to, Kind.CAPTURED, None, data=data)
    severity = max(incident.severity for incident in incidents)
    if severity > to.severity:
        write(to, Kind.SEVERITY, actor, data={"from": to.severity, "to": severity})
        to.severity = severity
    latest = max(comment.published_at for comment in comments)
    to.last_incident_at = max(to.last_incident_at, latest)
    to.save(update_fields=["severity", "last_incident_at"])


def _new_part(case: Case, chosen: Sequence[Incident]) -> Case:
    newest = max((incident.comment for incident in chosen), key=lambda one: one.published_at)
    part = Case(
        number=next_number(),
        account=case.account,
        severity=max(incident.severity for incident in chosen),
        status=Case.Status.INVESTIGATING,
        last_incident_at=newest.published_at,
        split_from=case,
    )
    if len({incident.comment.author_external_id for incident in chosen}) == 1:
        part.author_external_id = newest.author_external_id
        part.author_handle = newest.author_handle
        part.takes_new = (
            not Case.objects.open()
            .filter(
                account=case.account,
                author_external_id=part.author_external_id,
                takes_new=True,
            )
            .exists()
        )
    else:
        part.author_external_id = f"{Case.HAND}{part.code}"
    part.save()
    return part
