"""Durable jobs: the row is the promise, the Celery message only a hint that may be lost or doubled.

States: queued -> sent -> running -> done | queued (again, later) | dead. A lease says how long a
hand-over is believed; whoever claims by compare-and-set on the lease runs it, nobody else.
"""

import logging
import random
import uuid
from collections.abc import Callable, Collection, Mapping
from contextvars import ContextVar
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, TypeVar

from django.conf import settings
from django.db import connection, transaction
from django.db.models import Q
from django.utils import timezone

from accounts import tenancy
from accounts.models import Job, Workspace

logger = logging.getLogger(__name__)

F = TypeVar("F", bound=Callable[..., None])

CHANNEL = "aura_jobs"  # PostgreSQL NOTIFY channel that wakes the relay
QUEUES = ("sync", "score", "llm", "osint", "default")


class Retry(Exception):
    """A job's own word that it failed and should be tried again after `delay_s` seconds."""

    def __init__(self, reason: str, delay_s: float | None = None) -> None:
        super().__init__(reason)
        self.delay_s = delay_s


class Defer(Exception):
    """Not now: run again in `delay_s` seconds without counting an attempt (rate limit, quota)."""

    def __init__(self, reason: str, delay_s: float) -> None:
        super().__init__(reason)
        self.delay_s = delay_s


class LeaseLost(RuntimeError):
    """Another runner owns the job now; this one must stop without effect."""


@dataclass(frozen=True)
class Registered:
    """A job function and how to run it."""

    name: str
    fn: Callable[..., None]
    queue: str
    atomic: bool


_registry: dict[str, Registered] = {}
_scrubbers: list[Callable[[str], str]] = []
_running: ContextVar[tuple[int, uuid.UUID] | None] = ContextVar("aura_job", default=None)


def job(name: str, *, queue: str = "default", atomic: bool = True) -> Callable[[F], F]:
    """Register a job function under `room.task`.

    `atomic=True`: its effect and the done flag commit in one transaction. `atomic=False`: for
    work that talks to a network; the function keeps its own transactions and is safe to run
    twice.
    """
    if queue not in QUEUES:
        raise ValueError(f"Unknown queue {queue!r}; choose one of {', '.join(QUEUES)}.")

    def register(fn: F) -> F:
        _registry[name] = Registered(name, fn, queue, atomic)
        return fn

    return register


def scrub_errors(scrub: Callable[[str], str]) -> None:
    """Let a room take its secrets out of the errors that rows keep. Called at start."""
    if scrub not in _scrubbers:
        _scrubbers.append(scrub)


def registered(name: str) -> Registered:
    """The registered job. Raises LookupError when no room registered the name."""
    try:
        return _registry[name]
    except KeyError:
        raise LookupError(f"No job is registered as {name!r}.") from None


def enqueue(
    name: str,
    *,
    key: str = "",
    run_at: datetime | None = None,
    public: bool = False,
    **payload: Any,
) -> bool:
    """Promise a job inside the caller's transaction; it exists exactly if the cause commits.

    The workspace is the entered one (`public=True`: none, and it says so). With a `key` at most
    one unfinished job of that name and workspace exists; returns False when it already does.
    `payload` is JSON: ids, never objects or texts. Raises NoWorkspace outside a workspace.
    """
    workspace = None if public else tenancy.current_workspace()
    # Rows first: a name is checked when the row is written, not when a worker meets it.
    spec = registered(name)
    created = Job.objects.bulk_create(
        [
            Job(
                workspace=workspace,
                name=name,
                queue=spec.queue,
                key=key,
                payload=payload,
                run_at=run_at or timezone.now(),
            )
        ],
        ignore_conflicts=True,
    )
    _wake()
    if not key:
        return True
    # ON CONFLICT DO NOTHING returns no row; the code tells ours from the one that was there.
    return Job.objects.filter(code=created[0].code).exists()


def enqueue_each(name: str, *, payloads: Mapping[str, Mapping[str, Any]]) -> None:
    """Promise one job on public rows for every key, in two statements however many they are.

    As `enqueue`; a key whose job is unfinished already keeps that one, and nobody is told.
    """
    spec = registered(name)
    now = timezone.now()
    Job.objects.bulk_create(
        [
            Job(name=name, queue=spec.queue, key=key, payload=payload, run_at=now)
            for key, payload in payloads.items()
        ],
        ignore_conflicts=True,
    )
    _wake()


def is_waited_for(queue: str, *, besides: str) -> bool:
    """Whether a due job of that queue, in any workspace, has not begun; `besides` is not counted.

    For a long job in small steps that lets everything else go first.
    """
    not_begun = Q(state=Job.State.SENT) | Q(state=Job.State.QUEUED, run_at__lte=timezone.now())
    with tenancy.public():
        return Job.objects.filter(not_begun, queue=queue).exclude(name=besides).exists()


def pending(name: str, key: str) -> Job | None:
    """The unfinished job of that key in the entered workspace, else the dead one, else None."""
    jobs = Job.objects.filter(workspace=tenancy.current_workspace(), name=name, key=key)
    return jobs.filter(state__in=[*Job.UNFINISHED, Job.State.DEAD]).order_by("-pk").first()


def _wake() -> None:
    """NOTIFY is transactional: the relay hears it when and only if the caller commits."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_notify(%s, '')", [CHANNEL])


def lease_due(limit: int = 200) -> list[tuple[int, str, str, str]]:
    """Take due rows, and rows whose lease ran out, for handing over.

    Returns (job id, lease, queue, schema or "") per row. A row whose runner died counts as a
    failed attempt; one that was only sent and never claimed does not.
    """
    with tenancy.public(), connection.cursor() as cursor:
        cursor.execute(
            """
            WITH due AS (
                SELECT id FROM accounts_job
                WHERE (state = 'queued' AND run_at <= clock_timestamp())
                   OR (state IN ('sent', 'running') AND leased_until < clock_timestamp())
                ORDER BY run_at LIMIT %s FOR UPDATE SKIP LOCKED
            ), taken AS (
                UPDATE accounts_job job SET
                    attempts = attempts + (job.state = 'running')::int,
                    state = CASE WHEN job.state = 'running' AND attempts + 1 >= %s
                                 THEN 'dead' ELSE 'sent' END,
                    error = CASE WHEN job.state = 'running'
                                 THEN 'The worker stopped before it finished.' ELSE error END,
                    finished_at = CASE WHEN job.state = 'running' AND attempts + 1 >= %s
                                       THEN clock_timestamp() END,
                    lease = gen_random_uuid(),
                    leased_until = clock_timestamp() + %s * interval '1 second'
                FROM due WHERE job.id = due.id
                RETURNING job.id, job.lease, job.queue, job.workspace_id, job.state, job.run_at
            )
            SELECT taken.id, taken.lease, taken.queue, coalesce(w.schema_name, '')
            FROM taken LEFT JOIN accounts_workspace w ON w.id = taken.workspace_id
            WHERE taken.state = 'sent' ORDER BY taken.run_at, taken.id
            """,
            [
                limit,
                settings.JOB_MAX_ATTEMPTS,
                settings.JOB_MAX_ATTEMPTS,
                settings.JOB_HANDOVER_SECONDS,
            ],
        )
        return [(row[0], str(row[1]), row[2], row[3]) for row in cursor.fetchall()]


def run(job_id: int, lease: str) -> bool:
    """Claim a sent job and run it in the workspace that was entered by the caller.

    Returns False when the claim is not ours any more (doubled or late message). Raises
    NoWorkspace or tenancy.UnknownWorkspace when the entered workspace is not the job's.
    """
    with tenancy.public():
        row = Job.objects.select_related("workspace").filter(pk=job_id, lease=lease).first()
        if row is None:
            return False
        spec = registered(row.name)
        claimed = Job.objects.filter(pk=job_id, lease=lease, state=Job.State.SENT).update(
            state=Job.State.RUNNING,
            leased_until=timezone.now() + timedelta(seconds=settings.JOB_LEASE_SECONDS),
        )
    if not claimed:
        return False
    _check_workspace(row.workspace)
    token = _running.set((row.pk, uuid.UUID(lease)))
    try:
        if spec.atomic:
            with transaction.atomic():
                spec.fn(**row.payload)
                _finish(row.pk, lease)
        else:
            spec.fn(**row.payload)
            _finish(row.pk, lease)
    except LeaseLost:
        logger.warning("job %s lost its lease; another runner has it", row.pk)
    except Defer as later:
        _again(row, lease, _scrubbed(str(later)), later.delay_s, counts=False)
    except Retry as later:
        _again(row, lease, _scrubbed(str(later)), later.delay_s)
    except Exception as error:
        # The text of an exception may hold what came from outside; its type does not.
        logger.exception("job %s (%s) failed", row.pk, row.name)
        _again(row, lease, _scrubbed(f"{type(error).__name__}: {error}"), None)
    finally:
        _running.reset(token)
    return True


def is_running() -> bool:
    """Whether a job runs this code: what only a person may do asks before it acts."""
    return _running.get() is not None


def extend_lease() -> None:
    """Between two steps of a long job: go on believing that it is ours.

    Does nothing outside a job. Raises LeaseLost when another runner took over: stop then.
    """
    running = _running.get()
    if running is not None and not prolong([running]):
        raise LeaseLost("The lease of this job ran out and another runner has it.")


def prolong(running: Collection[tuple[int, uuid.UUID]]) -> int:
    """Believe in these (job id, lease) pairs for another settings.JOB_LEASE_SECONDS; how many."""
    until = timezone.now() + timedelta(seconds=settings.JOB_LEASE_SECONDS)
    ours = Job.objects.filter(state=Job.State.RUNNING, lease__in=[lease for _, lease in running])
    return ours.filter(pk__in=[pk for pk, _ in running]).update(leased_until=until)


def replay(*, codes: list[str] | None = None) -> int:
    """Queue dead jobs again (all of them, or those codes) with fresh attempts; how many."""
    with tenancy.public(), transaction.atomic():
        dead = Job.objects.filter(state=Job.State.DEAD)
        if codes is not None:
            dead = dead.filter(code__in=codes)
        count = 0
        for row in dead.select_for_update(skip_locked=True):
            twin = Job.objects.filter(
                workspace=row.workspace, name=row.name, key=row.key, state__in=Job.UNFINISHED
            )
            if row.key and twin.exists():
                continue
            row.state, row.attempts, row.run_at = Job.State.QUEUED, 0, timezone.now()
            row.finished_at = None
            row.save(update_fields=["state", "attempts", "run_at", "finished_at"])
            count += 1
        _wake()
    return count


def prune() -> int:
    """Drop finished rows older than settings.JOB_KEEP_DAYS. Dead ones stay. How many went."""
    limit = timezone.now() - timedelta(days=settings.JOB_KEEP_DAYS)
    with tenancy.public():
        count, _ = Job.objects.filter(state=Job.State.DONE, finished_at__lt=limit).delete()
    return count


def _check_workspace(workspace: Workspace | None) -> None:
    entered = tenancy.current_schema()
    wanted = workspace.schema_name if workspace else "public"
    if entered != wanted:
        raise tenancy.UnknownWorkspace(f"The job belongs to {wanted}, not to {entered}.")


def _scrubbed(reason: str) -> str:
    for scrub in _scrubbers:
        reason = scrub(reason)
    return reason


def _finish(job_id: int, lease: str) -> None:
    done = Job.objects.filter(pk=job_id, lease=lease, state=Job.State.RUNNING).update(
        state=Job.State.DONE, finished_at=timezone.now(), leased_until=None, error=""
    )
    if not done:
        # Raised inside the atomic block this also undoes the effect: the other runner has it.
        raise LeaseLost("The lease of this job ran out before it finished.")


def _again(
    row: Job, lease: str, reason: str, delay_s: float | None, *, counts: bool = True
) -> None:
    attempts = row.attempts + counts
    if delay_s is None:
        ceiling = settings.JOB_BACKOFF_SECONDS * 2 ** (attempts - 1)
        delay_s = min(ceiling, settings.JOB_BACKOFF_MAX_SECONDS) * random.uniform(0.5, 1.5)  # noqa: S311
    is_dead = attempts >= settings.JOB_MAX_ATTEMPTS
    now = timezone.now()
    Job.objects.filter(pk=row.pk, lease=lease).update(
        state=Job.State.DEAD if is_dead else Job.State.QUEUED,
        attempts=attempts,
        error=reason[:500],
        run_at=now + timedelta(seconds=delay_s),
        leased_until=None,
        finished_at=now if is_dead else None,
    )
