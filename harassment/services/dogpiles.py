"""Watching accounts for unusual waves: one wave is one case, noticed within a minute."""

from collections import defaultdict
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

from django.db import transaction
from django.db.models import Count
from django.utils import timezone

from accounts import live, outbox
from harassment import dogpiles
from harassment.models import (
    AccountRhythm,
    Alert,
    Case,
    CaseEvent,
    Dogpile,
    Evidence,
    Incident,
    Severity,
    ToxicityScore,
    hold_case_book,
)
from harassment.queries.dogpiles import (
    latest_waves,
    measured_rhythm,
    open_waves,
    rhythms,
    windows,
)
from harassment.services.evidence import Capture, seal
from integrations.models import Comment

FRESH = timedelta(days=1)  # older comments are history: an import rings nobody
AGAIN = timedelta(hours=6)  # a wave that flares up again is the same one until then
RAISED_FOR = timedelta(days=1)
LEARN_EVERY = timedelta(days=1)
GATHERED_MOST = 2  # comments of one author that a wave takes over from a case of their own
LOOK_S = 60
LOOKS_MOST = 12  # of one batch: a long one is looked at evenly, and at its end
CALM = timedelta(seconds=dogpiles.CALM_S)


@transaction.atomic
def watch_dogpiles(*, comments: Sequence[Comment]) -> None:
    """Look at the accounts of comments that were just judged; their scores must be stored.

    True afterwards: an account under an unusual wave has one open dogpile with one case, which
    grows with the wave; cases that the wave had opened before it was noticed are gathered in it.
    A constant number of queries, whatever the batch, unless a wave begins. Pokes "case", and
    "alerts" when there is less to ring for. Running it again changes nothing.
    """
    looks = _looks(comments)
    if not looks:
        return
    waves = latest_waves(looks)
    suspect = set(
        ToxicityScore.objects.current()
        .filter(comment__in=comments, toxicity__gte=dogpiles.HOSTILE_FROM)
        .values_list("comment__account_id", flat=True)
    )
    # Where nothing hostile came, no wave begins; most batches end here.
    looks = {
        account_id: moments
        for account_id, moments in looks.items()
        if account_id in suspect or ((wave := waves.get(account_id)) and wave.is_open)
    }
    if not looks:
        return
    known = rhythms(looks)
    heard = windows({account_id: (at[0], at[-1]) for account_id, at in looks.items()})
    for account_id, moments in looks.items():
        rhythm = known.get(account_id)
        _promise_rhythm(account_id, rhythm)
        _watch(
            account_id,
            heard[account_id],
            rhythm.rhythm if rhythm else dogpiles.COLD,
            waves.get(account_id),
            moments,
        )


@transaction.atomic
def end_calm_dogpile(*, dogpile_id: int) -> None:
    """End a wave that has calmed down. Raises outbox.Defer while it has not. Pokes "case"."""
    dogpile = Dogpile.objects.open().select_for_update().filter(pk=dogpile_id).first()
    if dogpile is None:
        return
    left = (dogpile.hot_at + CALM - timezone.now()).total_seconds()
    if left > 0:
        raise outbox.Defer("the wave goes on", left + 1)
    _end(dogpile)


@transaction.atomic
def learn_rhythm(*, account_id: int) -> None:
    """Learn what is usual for an account from its last weeks; replaces what was learned before."""
    now = timezone.now()
    rhythm = measured_rhythm(account_id, now=now)
    AccountRhythm.objects.update_or_create(
        account_id=account_id,
        defaults={
            "hours": [round(hour, 4) for hour in rhythm.hours],
            "spread": rhythm.spread,
            "hostility": rhythm.hostility,
            "learned_at": now,
        },
    )


def _looks(comments: Sequence[Comment]) -> dict[int, list[datetime]]:
    """When to look at each account: after the last comment of each minute, at most LOOKS_MOST."""
    now = timezone.now()
    latest: dict[int, dict[int, datetime]] = defaultdict(dict)
    for comment in comments:
        at = min(comment.published_at, comment.first_seen_at)  # its platform's clock may be ahead
        if at <= now - FRESH:
            continue
        slots = latest[comment.account_id]
        slot = int(at.timestamp()) // LOOK_S
        slots[slot] = max(slots.get(slot, at), at)
    return {account_id: _evenly(sorted(slots.values())) for account_id, slots in latest.items()}


def _evenly(moments: list[datetime]) -> list[datetime]:
    if len(moments) <= LOOKS_MOST:
        return moments
    step = (len(moments) - 1) / (LOOKS_MOST - 1)
    return [moments[round(index * step)] for index in range(LOOKS_MOST)]


def _promise_rhythm(account_id: int, rhythm: AccountRhythm | None) -> None:
    if rhythm is None or rhythm.learned_at < timezone.now() - LEARN_EVERY:
        outbox.enqueue("harassment.learn_rhythm", key=str(account_id), account_id=account_id)


def _watch(
    account_id: int,
    heard: Sequence[dogpiles.Heard],
    rhythm: dogpiles.Rhythm,
    wave: Dogpile | None,
    moments: Sequence[datetime],
) -> None:
    is_new, is_changed = False, False
    # What a person has decided about is not held against the account a second time.
    since = wave.decided_at.timestamp() if wave and wave.decided_at else 0.0
    heard = [one for one in heard if one.at > since]
    for moment in moments:
        now = moment.timestamp()
        state = dogpiles.Watch()
        if wave and wave.is_open:
            state = dogpiles.Watch(
                is_open=True,
                started_at=wave.started_at.timestamp(),
                hot_at=wave.hot_at.timestamp(),
            )
        finding = dogpiles.judge(heard, rhythm, now)
        state, change = dogpiles.step(state, finding, now, raised=_raised(wave))
        if change == "opened":
            wave, is_new = _open(account_id, wave, state), True
        if change == "closed" and wave:
            _end(wave)
        elif change and wave:
            is_changed |= _grow(wave, state, finding)
    if not wave or not (is_new or is_changed):
        return
    wave.save()
    if is_new:
        _gather(wave)
        outbox.enqueue(
            "harassment.end_calm_dogpile", key=str(wave.pk), run_at=wave.hot_at + CALM,
            dogpile_id=wave.pk,
        )  # fmt: skip
    live.poke("case")


def _raised(wave: Dogpile | None) -> float:
    """For a day after a person said that a wave was nothing, it takes more."""
    is_dismissed = wave is not None and wave.state == Dogpile.State.DISMISSED
    if not (is_dismissed and wave and wave.decided_at):
        return 0.0
    is_recent = wave.decided_at > timezone.now() - RAISED_FOR
    return dogpiles.DISMISSED_RAISE if is_recent else 0.0


def _open(account_id: int, latest: Dogpile | None, state: dogpiles.Watch) -> Dogpile:
    """The wave that begins: a new one with a case, or the one that flares up again."""
    hold_case_book()
    present = open_waves([account_id]).get(account_id)
    if present:
        return present  # another worker noticed it while we waited
    started_at, hot_at = _moment(state.started_at), _moment(state.hot_at)
    is_same = (
        latest is not None
        and latest.state == Dogpile.State.OVER
        and latest.case.is_open
        and latest.ended_at is not None
        and latest.ended_at > timezone.now() - AGAIN
    )
    if is_same and latest:
        latest.state, latest.ended_at = Dogpile.State.OPEN, None
        latest.save(update_fields=["state", "ended_at"])
        return latest
    number = Case.objects.order_by("-number").values_list("number", flat=True).first() or 0
    dogpile = Dogpile(account_id=account_id, started_at=started_at, hot_at=hot_at)
    dogpile.case = Case.objects.create(
        number=number + 1,
        account_id=account_id,
        author_external_id=f"{Case.WAVE}{dogpile.code}",
        severity=Severity.HIGH,
        last_incident_at=hot_at,
    )
    CaseEvent.objects.create(case=dogpile.case, kind=CaseEvent.Kind.OPENED, data={"is_wave": True})
    dogpile.save()
    return dogpile


def _grow(wave: Dogpile, state: dogpiles.Watch, finding: dogpiles.Finding) -> bool:
    """Whether there was anything new in it."""
    before = (wave.started_at, wave.hot_at, wave.score, wave.comments)
    wave.started_at = min(wave.started_at, _moment(state.started_at))
    wave.hot_at = max(wave.hot_at, _moment(state.hot_at))
    wave.comments = max(wave.comments, finding.comments)
    wave.authors = max(wave.authors, finding.authors)
    wave.newcomers = max(wave.newcomers, finding.newcomers)
    if finding.score > wave.score:
        wave.score = round(finding.score, 4)
        wave.signals = [
            {
                "name": signal.name,
                "value": round(signal.value, 4),
                "weight": signal.weight,
                "facts": {key: round(value, 4) for key, value in signal.facts.items()},
            }
            for signal in finding.signals
        ]
    return before != (wave.started_at, wave.hot_at, wave.score, wave.comments)


def _gather(wave: Dogpile) -> None:
    """Take in what the wave's comments had opened before it was noticed.

    Cases that somebody works on stay, and those of authors who wrote before the wave or who write
    again and again: a wave must not hide them.
    """
    often = (
        Incident.objects.filter(case__account_id=wave.account_id)
        .order_by()
        .values("case")
        .annotate(number=Count("pk"))
        .filter(number__gt=GATHERED_MOST)
    )
    early = list(
        Case.objects.filter(
            account_id=wave.account_id,
            status=Case.Status.NEW,
            assignee_id=None,
            opened_at__gt=timezone.now() - FRESH,
            last_incident_at__gte=wave.started_at,
        )
        .exclude(pk=wave.case_id)
        .exclude(incidents__comment__published_at__lt=wave.started_at)
        .exclude(pk__in=often.values("case"))
        .exclude(author_external_id__startswith=Case.WAVE)
        .select_for_update(no_key=True)
        .order_by("pk")
    )
    if not early:
        return
    incidents = list(
        Incident.objects.filter(case__in=early).select_related("comment__account", "comment__post")
    )
    links = seal(
        captures=[
            Capture(incident.comment, wave.case, Evidence.Reason.INCIDENT) for incident in incidents
        ]
    )
    Incident.objects.filter(pk__in=[incident.pk for incident in incidents]).update(case=wave.case)
    Case.objects.filter(pk__in=[case.pk for case in early]).update(
        status=Case.Status.RESOLVED, closed_at=timezone.now()
    )
    kinds = CaseEvent.Kind
    into = {"to": Case.Status.RESOLVED, "into": wave.case.label}
    CaseEvent.objects.bulk_create(CaseEvent(case=c, kind=kinds.STATUS, data=into) for c in early)
    CaseEvent.objects.create(
        case=wave.case,
        kind=kinds.CAPTURED,
        data={"first": links[0].sequence, "last": links[-1].sequence},
    )
    severity = max([wave.case.severity, *(incident.severity for incident in incidents)])
    Case.objects.filter(pk=wave.case_id).update(severity=severity)
    # One of them goes on ringing, for all.
    ringing = Alert.objects.filter(incident__case=wave.case).unseen().order_by("-severity", "pk")
    first = ringing.first()
    if first:
        ringing.exclude(pk=first.pk).delete()
        Alert.objects.filter(pk=first.pk).update(severity=severity)
        live.poke("alerts")


def _end(wave: Dogpile) -> None:
    wave.state, wave.ended_at = Dogpile.State.OVER, timezone.now()
    wave.save(update_fields=["state", "ended_at"])
    live.poke("case")


def _moment(seconds: float) -> datetime:
    return datetime.fromtimestamp(seconds, UTC)
