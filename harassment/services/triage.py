"""From a score to a person: incidents, the cases they gather in, proof, alerts."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from django.conf import settings
from django.utils import timezone

from accounts import audit, live
from harassment.models import (
    INCIDENT_FROM,
    URGENT_KINDS,
    Alert,
    Case,
    CaseEvent,
    Evidence,
    Incident,
    Severity,
    Shield,
    hold_case_book,
)
from harassment.queries.dogpiles import latest_waves
from harassment.queries.evidence import sealed_wordings
from harassment.queries.merging import merged_authors
from harassment.queries.shields import active_shields
from harassment.services.evidence import Capture, seal
from integrations.models import Comment

AuthorKey = tuple[int, str]  # account, author on its platform
WAVE_RINGS = 3  # for itself and for the first of each urgent kind: it must not drown them


@dataclass(frozen=True, slots=True)
class Judged:
    """A comment with what was found in the wording it has now, by a model, by signals or both."""

    comment: Comment
    severity: int
    kinds: tuple[str, ...]
    target: str = ""


def triage(*, judged: Sequence[Judged], rings: bool = True) -> None:
    """Gather what was just judged. Runs inside the transaction that wrote scores and signals.

    True afterwards: every abusive comment has one incident in the open case of its author on
    that account or, when there is none, in the case of the wave that it is part of; its wording
    is sealed, and it has one alert when grave enough. A wave rings once, and again only when it
    becomes graver, or with its first threat or private details. A known incident may only become
    graver, and is sealed again when its wording changed; what a person decided about a wording
    stands, whatever another model says of it. Without `rings` there is no new alert. Pokes
    "case" and "alerts" when there is something new.
    """
    known = {
        incident.comment_id: incident
        for incident in Incident.objects.filter(
            comment_id__in=[one.comment.pk for one in judged]
        ).select_related("case")
    }
    fresh = [one for one in judged if one.severity >= INCIDENT_FROM and one.comment.pk not in known]
    again = [one for one in judged if one.comment.pk in known]
    if not fresh and not again:
        return
    hold_case_book()
    if fresh:
        _follow_authors({(o.comment.account_id, o.comment.author_external_id) for o in fresh})
    incidents = _open_incidents(fresh) if fresh else []
    worsened = _judge_again(again, known) if again else []
    is_alarming = rings and _alert([*incidents, *worsened])
    live.poke("case")
    if is_alarming:
        live.poke("alerts")
        if any(_is_danger(incident) for incident in [*incidents, *worsened]):
            # Rings even in somebody's quiet hours.
            live.poke("danger")


def _is_danger(incident: Incident) -> bool:
    return incident.severity >= Severity.CRITICAL or bool(URGENT_KINDS & set(incident.kinds))


def _open_incidents(fresh: Sequence[Judged]) -> list[Incident]:
    by_author: dict[AuthorKey, list[Judged]] = defaultdict(list)
    keys = _keys(fresh)
    for one in fresh:
        by_author[keys[one.comment.pk]].append(one)
    cases, new_keys = _cases_for(by_author)
    incidents = Incident.objects.bulk_create(
        [
            Incident(
                case=cases[key],
                comment=one.comment,
                severity=one.severity,
                kinds=list(one.kinds),
                target=one.target,
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


def _follow_authors(keys: set[AuthorKey]) -> None:
    """Let cases that came from files and captures go on where the platform tells of their author.

    Only when all that is in one is by now known to be this author's on this account.
    """
    brought = (
        Case.objects.open()
        .filter(
            takes_new=True,
            account__is_import=True,
            incidents__comment__account_id__in={account_id for account_id, _ in keys},
        )
        .exclude(incidents__comment__account__is_import=True)
        .distinct()
    )
    cases = {case.pk: case for case in brought if case.has_author}
    if not cases:
        return
    theirs: dict[int, set[AuthorKey]] = defaultdict(set)
    for incident in Incident.objects.filter(case__in=cases).select_related("comment"):
        comment = incident.comment
        theirs[incident.case_id].add((comment.account_id, comment.author_external_id))
    taken = set(
        Case.objects.open()
        .filter(account_id__in={account_id for account_id, _ in keys}, takes_new=True)
        .values_list("account_id", "author_external_id")
    )
    for pk in sorted(cases):
        if len(theirs[pk]) == 1 and (found := theirs[pk] & keys) and not found & taken:
            case = cases[pk]
            ((case.account_id, case.author_external_id),) = found
            case.save(update_fields=["account", "author_external_id"])
            audit.record("harassment.case.followed", target=case.label)
            taken |= found


def _keys(fresh: Sequence[Judged]) -> dict[int, AuthorKey]:
    """Whose case each comment belongs to: its author's, or that of the wave it is part of.

    An author whose case a person merged into another one goes on there.
    """
    keys = {
        one.comment.pk: (one.comment.account_id, one.comment.author_external_id) for one in fresh
    }
    merged = merged_authors(set(keys.values()))
    keys = {pk: merged.get(key, key) for pk, key in keys.items()}
    waves = latest_waves({account_id for account_id, _ in keys.values()})
    if not waves:
        return keys
    # Somebody with a case of their own keeps it: a wave must not hide who comes back.
    own = set(
        Case.objects.open()
        .filter(
            account_id__in=waves,
            author_external_id__in={author for _, author in keys.values()},
            takes_new=True,
        )
        .values_list("account_id", "author_external_id")
    )
    for one in fresh:
        wave = waves.get(one.comment.account_id)
        if wave and keys[one.comment.pk] not in own and wave.holds(one.comment.published_at):
            keys[one.comment.pk] = (wave.account_id, wave.case.author_external_id)
    return keys


def _cases_for(
    by_author: dict[AuthorKey, list[Judged]],
) -> tuple[dict[AuthorKey, Case], set[AuthorKey]]:
    """The open case of every author, opened where there is none; and which ones are new."""
    # Filtered again by key: the two lists alone would also pair strangers.
    candidates = Case.objects.open().filter(
        account_id__in={account_id for account_id, _ in by_author},
        author_external_id__in={author for _, author in by_author},
        takes_new=True,
    )
    cases = {
        (case.account_id, case.author_external_id): case
        for case in candidates.select_for_update(no_key=True).order_by("pk")
    }
    new_keys = {key for key in by_author if key not in cases}
    number = Case.objects.order_by("-number").values_list("number", flat=True).first() or 0
    opened = []
    for key, group in by_author.items():
        severity = max(one.severity for one in group)
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
        if case.author_external_id == latest.author_external_id:
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
            "kinds": dict(Counter(kind for one in group for kind in one.kinds)),
            "severity": max(one.severity for one in group),
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
    sealed = sealed_wordings([one.comment for one in again])
    edited = [one for one in again if sealed[one.comment.pk] != one.comment.text_hash]
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
        if one not in edited and incident.state != Incident.State.OPEN:
            continue  # a person decided about these very words
        is_dismissed = incident.state == Incident.State.DISMISSED
        if is_dismissed and one.severity >= INCIDENT_FROM:
            # What was harmless when a person dismissed it is not what it says now.
            incident.open_again()
        if one.severity > incident.severity:
            incident.severity, incident.target = one.severity, one.target
            incident.kinds = list(one.kinds)
            incident.save(update_fields=["severity", "kinds", "target"])
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
    alone = [i for i in alarming if i.pk not in before and not i.case.is_wave]
    rings = [(i, i.severity) for i in alone] + _wave_rings([i for i in alarming if i.case.is_wave])
    quiet = _gathering(rings)
    Alert.objects.bulk_create(
        (
            Alert(incident=i, severity=severity, created_at=now, shield=quiet.get(i.pk))
            for i, severity in rings
        ),
        ignore_conflicts=True,
    )
    return any(i.pk not in quiet for i, _ in rings)


def _gathering(rings: Sequence[tuple[Incident, int]]) -> dict[int, Shield]:
    """The shield that keeps an incident's alert for its digest: all but threats and doxxing."""
    calm = [i for i, _ in rings if not URGENT_KINDS.intersection(i.kinds)]
    shields = active_shields({i.case.account_id for i in calm}) if calm else {}
    return {i.pk: shields[i.case.account_id] for i in calm if i.case.account_id in shields}


def _wave_rings(incidents: Sequence[Incident]) -> list[tuple[Incident, int]]:
    """Those of each wave that are graver than all that rang for it so far: WAVE_RINGS at most.

    The first threat and the first private details ring whatever rang before them, so what is only
    graver rings while room is left for both.
    """
    if not incidents:
        return []
    heard: dict[int, int] = defaultdict(int)
    left: dict[int, int] = defaultdict(lambda: WAVE_RINGS)
    untold: dict[int, set[str]] = defaultdict(lambda: set(URGENT_KINDS))
    rung = Alert.objects.filter(incident__case__in={i.case_id for i in incidents}).order_by()
    for case_id, severity, kinds in rung.values_list(
        "incident__case_id", "severity", "incident__kinds"
    ):
        heard[case_id] = max(heard[case_id], severity)
        left[case_id] -= 1
        untold[case_id].difference_update(kinds)
    rings = []
    for incident in sorted(incidents, key=lambda one: -one.severity):
        severity, case_id = max(incident.severity, Severity.HIGH), incident.case_id
        is_graver = severity > heard[case_id] and left[case_id] > len(untold[case_id])
        if is_graver or untold[case_id].intersection(incident.kinds):
            rings.append((incident, severity))
            heard[case_id] = max(heard[case_id], severity)
            left[case_id] -= 1
            untold[case_id].difference_update(incident.kinds)
    return rings
