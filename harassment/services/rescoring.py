"""Judging again what an older model judged: in small batches, behind every new comment."""

import logging
from datetime import datetime
from typing import NamedTuple

from django.conf import settings
from django.db import DatabaseError, transaction
from django.db.models import FilteredRelation, Q
from django.utils import timezone

from accounts import live, outbox, tenancy
from harassment.models import Incident, Rescoring, ToxicityScore
from harassment.models.scores import ScoreQuerySet
from harassment.services import scoring
from integrations.models import Comment

logger = logging.getLogger(__name__)

JOB = "harassment.rescore_comments"
BEGIN_JOB = "harassment.begin_rescoring"
ROW = 1  # the one of a workspace

# Comments are read newest first and in windows: whatever the planner believes about how many an
# older model judged, a batch then takes milliseconds to find.
WINDOW = 2_000
WINDOWS = 10

_State = Incident.State
# What waits for a person first, then what nobody had to see, then what is decided.
_PHASES: tuple[tuple[str, ...], ...] = ((_State.OPEN,), (), (_State.ACTED, _State.DISMISSED))


class _Seen(NamedTuple):
    """A comment with its incident's state and its current score, if it has them."""

    pk: int
    published_at: datetime
    incident_state: str | None
    model_version: str | None
    severity: int | None


def ask_for_rescoring() -> bool:
    """Promise that the entered workspace is judged by its present model; False when promised.

    For callers without a model: the scoring worker finds out what there is to do.
    """
    return outbox.enqueue(BEGIN_JOB, key="begin")


def notice_model() -> None:
    """Begin judging again in every workspace whose model is not the one it was judged by.

    A workspace that cannot be asked now is asked the next time. Raises outbox.Defer without a
    model.
    """
    for workspace in tenancy.for_each_workspace():
        try:
            _notice()
        except DatabaseError as error:
            logger.warning("model not noticed in %s: %s", workspace.pk, type(error).__name__)


def _notice() -> None:
    version = scoring.present_version()
    known = Rescoring.objects.filter(pk=ROW, model_version=version).first()
    if known and (known.is_running or not _older(version).exists()):
        return
    begin_rescoring()


@transaction.atomic
def begin_rescoring() -> bool:
    """Judge again, from the most urgent comment on, what another model judged; whether there is.

    True afterwards: the workspace's row names the present model and the first batch is promised;
    one that was under way goes no further. Running it again changes nothing but the place where
    it stands. Pokes "inbox". Raises outbox.Defer without a model.
    """
    version = scoring.present_version()
    Rescoring.objects.get_or_create(pk=ROW)
    row = Rescoring.objects.select_for_update(no_key=True).get(pk=ROW)
    total = _older(version).count()
    now = timezone.now()
    row.model_version, row.total, row.judged = version, total, 0
    row.step += 1
    row.phase, row.reached_at, row.reached_id = 0, None, None
    row.started_at, row.finished_at = now, None if total else now
    row.save()
    if total:
        _promise(row)
    live.poke("inbox")
    return total > 0


@transaction.atomic
def rescore_comments(*, step: int) -> int:
    """Judge the next batch again and promise the one after it; how many were judged.

    True afterwards: their older scores are kept and current no more; what became graver is an
    incident like a fresh one, sealed, with its alert; what became milder keeps its incident and
    its proof. A batch that is not the promised one does nothing, so a second run is harmless.
    Pokes "inbox" when a severity changed and at the end. Raises outbox.Defer while new comments
    wait, or without a model.
    """
    if outbox.is_waited_for("score", besides=JOB):
        raise outbox.Defer("New comments go first.", settings.RESCORE_PAUSE_SECONDS)
    version = scoring.present_version()
    row = (
        Rescoring.objects.select_for_update(no_key=True)
        .filter(pk=ROW, step=step, finished_at=None)
        .first()
    )
    if row is None:
        return 0
    if row.model_version != version:
        begin_rescoring()
        return 0
    batch = _next_batch(row)
    if row.phase == len(_PHASES):
        row.finished_at = timezone.now()
        row.save(update_fields=["phase", "finished_at"])
        live.poke("inbox")
        return 0
    judged = scoring.judge_comments(comment_ids=[one.pk for one in batch])
    row.judged = min(row.judged + len(batch), row.total)
    row.step += 1
    row.save(update_fields=["phase", "judged", "reached_at", "reached_id", "step"])
    _promise(row)
    before = {one.pk: one.severity for one in batch}
    if any(one.severity != before[one.comment.pk] for one in judged):
        live.poke("inbox")
    return len(judged)


def _older(version: str) -> ScoreQuerySet:
    return ToxicityScore.objects.older_than(version)


def _promise(row: Rescoring) -> None:
    outbox.enqueue(JOB, key=str(row.step), step=row.step)


def _next_batch(row: Rescoring) -> list[_Seen]:
    """The next comments of another model, and the row moved behind what was looked at for them.

    The row is past its last phase when there are none; a batch may be empty before that.
    """
    for _window in range(WINDOWS):
        if row.phase == len(_PHASES):
            break
        seen = _window_of(row)
        older = [one for one in seen if _is_older(one, row)][: settings.RESCORE_BATCH]
        if not seen:
            row.phase, row.reached_at, row.reached_id = row.phase + 1, None, None
            continue
        last = older[-1] if len(older) == settings.RESCORE_BATCH else seen[-1]
        row.reached_at, row.reached_id = last.published_at, last.pk
        if older:
            return older
    return []


def _window_of(row: Rescoring) -> list[_Seen]:
    comments = Comment.objects.filter(is_own=False)
    if states := _PHASES[row.phase]:
        comments = comments.filter(incident__state__in=states)
    if row.reached_at is not None:
        # The first condition alone fits the index; the second settles equal times.
        comments = comments.filter(
            Q(published_at__lte=row.reached_at),
            Q(published_at__lt=row.reached_at) | Q(pk__lt=row.reached_id),
        )
    found = (
        comments.annotate(score=FilteredRelation("scores", condition=Q(scores__is_current=True)))
        .order_by("-published_at", "-pk")
        .values_list(
            "pk", "published_at", "incident__state", "score__model_version", "score__severity"
        )
    )
    return [_Seen(*one) for one in found[:WINDOW]]


def _is_older(one: _Seen, row: Rescoring) -> bool:
    # Without states the window holds everything; the other phases have the incidents.
    is_of_phase = bool(_PHASES[row.phase]) or one.incident_state is None
    return is_of_phase and one.model_version not in {None, row.model_version}
