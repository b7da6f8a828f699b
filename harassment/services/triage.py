"""From a score to a person: incidents, the cases they gather in, proof, alerts."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from django.conf import settings
from django.utils import timezone

from accounts import live
from harassment.models import (
    INCIDENT_FROM,
    Alert,
    Case,
    CaseEvent,
    Evidence,
    Incident,
    hold_case_book,
)
from harassment.services.evidence import Capture, seal
from integrations.models import Comment

if TYPE_CHECKING:
    from harassment.classifier import Score  # importing it would load a model's runtime

AuthorKey = tuple[int, str]  # account, author on its platform


@dataclass(frozen=True, slots=True)
class Judged:
    """A comment with what the classifier says of the wording it has now."""

    comment: Comment
    score: "Score"


def triage(*, judged: Sequence[Judged]) -> None:
    """Gather what was just judged. Runs inside the transaction that wrote the scores.

    True afterwards: every abusive comment has one incident in the open case of its author on
    that account, its wording is sealed, and it has one alert when grave enough. A known
    incident whose wording changed is sealed again and may only become graver. Pokes "case" and
    "alerts" when there is something new.
    """
    known = {
        incident.comment_id: incident
        for incident in Incident.objects.filter(
            comment_id__in=[one.comment.pk for one in judged]
        ).select_related("case")
    }
    fresh = [
        one for one in judged if one.score.severity >= INCIDENT_FROM and one.comment.pk not in known
    ]
    again = [one for one in judged if one.comment.pk in known]
    if not fresh and not again:
        return
    hold_case_book()
    incidents = _open_incidents(fresh) if fresh else []
    worsened = _judge_again(again, known) if again else []
    is_alarming = _alert([*incidents, *worsened])
    live.poke("case")
    if is_alarming:
        live.poke("alerts")


def _open_incidents(fresh: Sequence[Judged]) -> list[Incident]:
    by_author: dict[AuthorKey, list[Judged]] = defaultdict(list)
    for one in fresh:
        by_author[one.comment.account_id, one.comment.author_external_id].append(one)
    cases, new_keys = _cases_for(by_author)
    incidents = Incident.objects.bulk_create(
        [
            Incident(
                case=cases[key],
                comment=one.comment,
                severity=one.score.severity,
                kinds=list(one.score.kinds),
            )
            for key, group in by_author.items()
            for one in group
        ]
    )
    links = seal(
        captures=[
            Capture(incident.comment, incident.case, Evidence.Reason.INCIDENT)
            for incident in incidents
        ]
    )
    _tell_timelines(cases, by_author, new_keys, links)
    return incidents


def _cases_for(
    by_author: dict[AuthorKey, list[Judged]],
) -> tuple[dict[AuthorKey, Case], set[AuthorKey]]:
    """The open case of every author, opened where there is none; and which ones are new."""
    # Filtered again by key: the two lists alone would also pair strangers.
    candidates = Case.objects.open().filter(
        account_id__in={account_id for account_id, _ in by_author},
        author_external_id__in={author for _, author in by_author},
    )
    cases = {
        (case.account_id, case.author_external_id): case
        for case in candidates.select_for_update(no_key=True).order_by("pk")
    }
    new_keys = {key for key in by_author if key not in cases}
    number = Case.objects.order_by("-number").values_list("number", flat=True).first() or 0
    opened = []
    for key, group in by_author.items():
        severity = max(one.score.severity for one in group)
        latest = max(group, key=lambda one: one.comment.published_at).comment
        if key in new_keys:
            number += 1
            case = Case(
                number=number,
                account_id=key[0],
                author_external_id=key[1],
                author_handle=latest.author_handle,
                severity=severity,
                last_incident_at=latest.published_at,
            )
            opened.append(case)
            continue
        case = cases[key]
        if severity > case.severity:
            _severity_event(case, case.severity, severity)
        case.severity = max(case.severity, severity)
        case.last_incident_at = max(case.last_incident_at, latest.published_at)
        case.author_handle = latest.author_handle or case.author_handle
        case.save(update_fields=["severity", "last_incident_at", "author_handle"])
    for case in Case.objects.bulk_create(opened):
        cases[case.account_id, case.author_external_id] = case
    return cases, new_keys


def _tell_timelines(
    cases: dict[AuthorKey, Case],
    by_author: dict[AuthorKey, list[Judged]],
    new_keys: set[AuthorKey],
    links: Iterable[Evidence],
) -> None:
    """One line per case and batch: a flood must not bury what people did."""
    sealed: dict[int | None, list[int]] = defaultdict(list)
    for link in links:
        sealed[link.case_id].append(link.sequence)
    kinds = CaseEvent.Kind
    events = []
    for key, group in by_author.items():
        case = cases[key]
        found = {
            "count": len(group),
            "kinds": dict(Counter(kind for one in group for kind in one.score.kinds)),
            "severity": max(one.score.severity for one in group),
        }
        if key in new_keys:
            events.append(CaseEvent(case=case, kind=kinds.OPENED))
        events.append(CaseEvent(case=case, kind=kinds.INCIDENT, data=found))
        numbers = sealed[case.pk]
        events.append(
            CaseEvent(
                case=case, kind=kinds.CAPTURED, data={"first": min(numbers), "last": max(numbers)}
            )
        )
    CaseEvent.objects.bulk_create(events)


def _judge_again(again: Sequence[Judged], known: dict[int, Incident]) -> list[Incident]:
    """Seal new wordings; an incident may become graver and, once dismissed, need a person again."""
    sealed = dict(
        Evidence.objects.filter(comment_id__in=known)
        .order_by("comment_id", "-captured_at", "-id")
        .distinct("comment_id")
        .values_list("comment_id", "payload__comment__text_sha256")
    )
    edited = [one for one in again if sealed.get(one.comment.pk) != one.comment.text_hash]
    links = seal(
        captures=[
            Capture(one.comment, known[one.comment.pk].case, Evidence.Reason.EDIT) for one in edited
        ]
    )
    CaseEvent.objects.bulk_create(
        CaseEvent(
            case_id=link.case_id,
            kind=CaseEvent.Kind.CAPTURED,
            data={"first": link.sequence, "last": link.sequence, "is_edit": True},
        )
        for link in links
        if link.case_id
    )
    worsened = []
    for one in again:
        incident = known[one.comment.pk]
        is_dismissed = incident.state == Incident.State.DISMISSED
        if one in edited and is_dismissed and one.score.severity >= INCIDENT_FROM:
            # What was harmless when a person dismissed it is not what it says now.
            incident.open_again()
        if one.score.severity > incident.severity:
            incident.severity = one.score.severity
            incident.kinds = list(one.score.kinds)
            incident.save(update_fields=["severity", "kinds"])
            _raise_case(incident)
            worsened.append(incident)
    return worsened


def _raise_case(incident: Incident) -> None:
    case = Case.objects.select_for_update(no_key=True).get(pk=incident.case_id)
    if incident.severity > case.severity:
        _severity_event(case, case.severity, incident.severity)
        case.severity = incident.severity
    case.last_incident_at = max(case.last_incident_at, incident.comment.published_at)
    case.save(update_fields=["severity", "last_incident_at"])


def _severity_event(case: Case, before: int, after: int) -> None:
    CaseEvent.objects.create(
        case=case, kind=CaseEvent.Kind.SEVERITY, data={"from": before, "to": after}
    )


def _alert(incidents: Sequence[Incident]) -> bool:
    """One alert for each incident that is grave enough and has none; whether there was one."""
    alarming = [i for i in incidents if i.severity >= settings.ALERT_SEVERITY]
    if not alarming:
        return False
    now = timezone.now()
    before = set(Alert.objects.filter(incident__in=alarming).values_list("incident_id", flat=True))
    fresh = [i for i in alarming if i.pk not in before]
    Alert.objects.bulk_create(
        (Alert(incident=i, severity=i.severity, created_at=now) for i in fresh),
        ignore_conflicts=True,
    )
    return bool(fresh)
