"""Findings become rows once a day; people accept, put off, dismiss or finish them."""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta
from typing import Any

from django.db import transaction
from django.utils import timezone

from accounts import audit, outbox, tenancy
from accounts.models import Job, User, Workspace
from ai_agents.insights.effect import effect_of
from ai_agents.insights.engine import insights_of
from ai_agents.insights.findings import Finding, Kind
from ai_agents.insights.history import History
from ai_agents.models import Recommendation
from ai_agents.queries.figures import as_data, post_figures
from ai_agents.queries.histories import histories
from integrations.models import Post, SocialAccount

State = Recommendation.State

JOB = "ai_agents.find_recommendations"
EVERY = timedelta(hours=23)  # of one workspace; the beat looks each hour
KEPT = timedelta(days=180)  # rows that are over
MEASURED = timedelta(days=120)  # after acceptance
LONGEST_SNOOZE = timedelta(days=90)


class Over(Exception):
    """The recommendation is no longer in a state that allows this."""


def promise_recommendations() -> int:
    """Promise every open workspace its daily look at the figures; how many. For public code."""
    promised = 0
    since = timezone.now() - EVERY
    with tenancy.public():
        looked_at = Job.objects.filter(name=JOB, created_at__gt=since).values("workspace")
        workspaces = list(Workspace.objects.filter(is_open=True).exclude(pk__in=looked_at))
    for workspace in workspaces:
        with tenancy.enter(workspace), transaction.atomic():
            promised += outbox.enqueue(JOB, key="daily")
    return promised


@transaction.atomic
def find_recommendations(now: datetime | None = None) -> int:
    """Make the rows of the entered workspace say what its figures say now; how many are new.

    A finding that goes on keeps its row and what people decided; one that is gone ends. Twice in a
    row changes nothing.
    """
    now = now or timezone.now()
    _forget(now)
    # First all that takes long, then the locks: nobody who decides waits for the computing.
    computed = [(history, insights_of(history)) for history in histories(now)]
    current: dict[int, dict[str, Recommendation]] = defaultdict(dict)
    for row in Recommendation.objects.select_for_update().current():
        current[row.account_id][f"{row.kind}:{row.subject}"] = row
    found = 0
    for history, insights in computed:
        rows = current.pop(history.account, {})
        told = {one.name: one for one in insights.found}
        loosely = {one.name: one for one in insights.holding} | told
        posts = _posts(one.subject for one in loosely.values() if one.kind == Kind.VIDEO)
        for name, row in rows.items():
            _keep(row, loosely.get(name), history, posts)
        found += _add(history, [one for one in told.values() if one.name not in rows], posts)
        _measure(history)
    for rows in current.values():
        for row in rows.values():
            _end(row, now)
    return found


@transaction.atomic
def accept(*, recommendation: Recommendation, actor: User) -> None:
    """Try it: from now on its effect is measured. Raises Over."""
    _decide(
        recommendation,
        actor,
        State.ACCEPTED,
        {*Recommendation.WAITING, State.DISMISSED},
        accepted_at=timezone.now(),
        effect={},
        why="",
        snoozed_until=None,
    )


@transaction.atomic
def finish(*, recommendation: Recommendation, actor: User) -> None:
    """Say that it was done; the measuring goes on. Raises Over."""
    _decide(recommendation, actor, State.DONE, {State.ACCEPTED})


@transaction.atomic
def dismiss(*, recommendation: Recommendation, actor: User, why: str) -> None:
    """Not wanted, and why; it is not said again while its figures hold. Raises Over."""
    _decide(
        recommendation,
        actor,
        State.DISMISSED,
        {*Recommendation.WAITING, State.ACCEPTED},
        why=Recommendation.Why(why),
        snoozed_until=None,
    )


@transaction.atomic
def snooze(*, recommendation: Recommendation, actor: User, days: int) -> None:
    """Ask again in so many days, 90 at most. Raises Over."""
    until = timezone.now() + min(timedelta(days=days), LONGEST_SNOOZE)
    _decide(recommendation, actor, State.SNOOZED, set(Recommendation.WAITING), snoozed_until=until)


@transaction.atomic
def reopen(*, recommendation: Recommendation, actor: User) -> None:
    """Take a decision back. Raises Over."""
    _decide(
        recommendation,
        actor,
        State.OPEN,
        {State.SNOOZED, State.DISMISSED, State.ACCEPTED},
        why="",
        snoozed_until=None,
        accepted_at=None,
        effect={},
    )


def _decide(
    recommendation: Recommendation, actor: User, state: str, allowed: set[str], **changes: Any
) -> None:
    """Move the row if it is still in one of `allowed` and its figures hold, and keep who did."""
    moved = Recommendation.objects.filter(pk=recommendation.pk, state__in=allowed)
    if state != State.DONE:
        moved = moved.current()
    if not moved.update(
        state=state,
        decided_by_id=actor.pk,
        decided_by_label=actor.label[:80],
        decided_at=timezone.now(),
        **changes,
    ):
        raise Over
    audit.record(f"ai_agents.recommendation.{state}", actor=actor, target=str(recommendation.code))


def _keep(
    row: Recommendation, finding: Finding | None, history: History, posts: Mapping[str, Post]
) -> None:
    figures = _figures(finding, posts) if finding else []
    if finding is None or not figures:
        _end(row, history.now)
        return
    if row.state == State.SNOOZED and row.snoozed_until and row.snoozed_until <= history.now:
        row.state, row.snoozed_until = State.OPEN, None
    row.figures, row.zone = figures, history.zone.key
    row.n, row.chance, row.held_at = finding.n, finding.chance, history.now
    row.save(update_fields=["state", "snoozed_until", "figures", "zone", "n", "chance", "held_at"])


def _end(row: Recommendation, now: datetime) -> None:
    row.ended_at = now
    if row.is_waiting:
        row.state = State.EXPIRED
    row.save(update_fields=["ended_at", "state"])


def _add(history: History, findings: Iterable[Finding], posts: Mapping[str, Post]) -> int:
    rows = [
        Recommendation(
            account_id=history.account,
            post=posts[one.subject] if one.kind == Kind.VIDEO else None,
            kind=one.kind,
            subject=one.subject,
            zone=history.zone.key,
            figures=figures,
            n=one.n,
            chance=one.chance,
            held_at=history.now,
        )
        for one in findings
        if (figures := _figures(one, posts))
    ]
    Recommendation.objects.bulk_create(rows, ignore_conflicts=True)
    return len(rows)


def _figures(finding: Finding, posts: Mapping[str, Post]) -> list[dict[str, Any]]:
    """Without labels; of a video those of its own page, so that the two can never differ.

    Nothing for a video that has gone or has no usual beside it.
    """
    figures = finding.figures
    if finding.kind == Kind.VIDEO:
        figures = post_figures(posts[finding.subject]) if finding.subject in posts else []
        if not any(one.ref == "video.times" for one in figures):
            return []
    return [row | {"label": ""} for row in as_data(figures)]


def _posts(subjects: Iterable[str]) -> dict[str, Post]:
    ids = [int(subject) for subject in subjects]
    return {str(post.pk): post for post in Post.objects.filter(pk__in=ids)} if ids else {}


def _measure(history: History) -> None:
    """Write down what became of what was accepted."""
    tried = Recommendation.objects.filter(
        account=history.account,
        state__in=Recommendation.TRIED,
        accepted_at__gt=history.now - MEASURED,
    )
    for row in tried:
        effect = effect_of(history, Kind(row.kind), row.accepted_at or history.now).as_data()
        if effect != row.effect:
            Recommendation.objects.filter(pk=row.pk).update(effect=effect)


def _forget(now: datetime) -> None:
    """Delete what is long over, and what is about accounts whose data is gone."""
    Recommendation.objects.filter(ended_at__lt=now - KEPT).delete()
    erased = SocialAccount.objects.filter(external_id__startswith="erased-")
    Recommendation.objects.filter(account__in=erased).delete()
