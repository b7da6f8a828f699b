"""Learning from people's decisions: asked for by a person, done by the scoring worker, undoable."""

import logging
import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from django.conf import settings
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts import audit, live, outbox
from accounts.models import User
from harassment import classifier
from harassment.classifier.base import Language
from harassment.classifier.regression import learn_direction, log_loss
from harassment.models import INCIDENT_FROM, Recalibration
from harassment.queries.recalibrations import (
    LEARN_JOB,
    LEARN_KEY,
    current_recalibration,
    fits_model,
    known_model,
)
from harassment.queries.verdicts import Verdict, verdicts
from harassment.services.rescoring import ask_for_rescoring
from harassment.services.scoring import MODEL_RETRY_SECONDS

logger = logging.getLogger(__name__)

LANGUAGES: tuple[Language, ...] = ("en", "fr")
HELD_BACK = 0.3  # of the wordings: never learned from, by this or any later learning
HELD_BACK_OF_KIND = 3  # with fewer, "no worse" would say nothing about that kind

State = Recalibration.State
Reason = Recalibration.Reason
Figures = dict[str, float]


class RecalibrationError(Exception):
    """Nothing was changed; the message is for the person."""


@dataclass(frozen=True, slots=True)
class Lesson:
    """What learning came to for one language."""

    language: Language
    harmful: int
    harmless: int
    held_back: int = 0
    before: Figures | None = None
    after: Figures | None = None
    direction: classifier.Direction | None = None  # only when it is to be used
    reason: str = Reason.FEW  # why it is not; empty when it is


def ask_to_learn(*, actor: User) -> bool:
    """Promise that the workspace's decisions are learned from; False when it is promised already.

    The scoring worker does it and pokes "inbox" at the end.
    """
    run = str(uuid.uuid4())
    if not outbox.enqueue(LEARN_JOB, key=LEARN_KEY, run=run, actor_id=actor.pk):
        return False
    audit.record("harassment.recalibration.asked", actor=actor, target=run)
    return True


def learn_recalibration(*, run: str, actor_id: int) -> None:
    """Learn each language by itself from the newest decisions, check, and use what is better.

    True afterwards: each language with decisions has one outcome of this run. One is in use, in
    the place of the one before, exactly if on the held-back decisions neither log loss nor error
    rate is worse than what judges today and one of them is better. When one is, everything is
    judged again. A second run changes nothing. Raises outbox.Defer without a model.
    """
    if Recalibration.objects.filter(run=run).exists():
        return
    try:
        version = classifier.version()
        lessons = _learn(verdicts(most=settings.RECALIBRATION_MOST))
    except classifier.ModelUnavailable as error:
        logger.warning("learning waits for the model: %s", error)
        raise outbox.Defer(str(error), MODEL_RETRY_SECONDS) from error
    _keep(run, version, lessons, User.objects.filter(pk=actor_id).first())


@transaction.atomic
def reset_recalibration(*, recalibration: Recalibration, actor: User) -> None:
    """Judge by the shared model again; nothing is forgotten, `restore_recalibration` undoes it.

    Everything is judged again. Raises RecalibrationError when it is not in use. Pokes "inbox".
    """
    row = _held(recalibration)
    if row.state != State.ACTIVE:
        raise RecalibrationError(_("This is not in use any more."))
    _end(row, State.RESET, actor)
    audit.record("harassment.recalibration.reset", actor=actor, target=str(row.code))
    ask_for_rescoring()
    live.poke("inbox")


@transaction.atomic
def restore_recalibration(*, recalibration: Recalibration, actor: User) -> None:
    """Use one again that was reset or replaced, in the place of the present one.

    Everything is judged again. Raises RecalibrationError when it never was in use or was learned
    on another model. Pokes "inbox".
    """
    row = _held(recalibration)
    if row.state not in Recalibration.KEPT:
        raise RecalibrationError(_("Only what was in use before can be used again."))
    if not fits_model(row, known_model()):
        raise RecalibrationError(_("It was made for another model. Learn again."))
    _make_room(row.language, actor)
    row.state, row.ended_at, row.ended_by_label = State.ACTIVE, None, ""
    row.save(update_fields=["state", "ended_at", "ended_by_label"])
    audit.record("harassment.recalibration.restored", actor=actor, target=str(row.code))
    ask_for_rescoring()
    live.poke("inbox")


def _learn(found: Sequence[Verdict]) -> list[Lesson]:
    """One lesson for each language that people have decided in."""
    if not found:
        return []
    features = classifier.features([verdict.text for verdict in found])
    own = current_recalibration()
    lessons = []
    for language in LANGUAGES:
        chosen = [at for at, name in enumerate(features.languages) if name == language]
        if chosen:
            part = classifier.Features(
                features.logits[chosen], features.pooled[chosen], [language] * len(chosen)
            )
            lessons.append(_lesson(language, [found[at] for at in chosen], part, own))
    return lessons


def _lesson(
    language: Language,
    found: Sequence[Verdict],
    features: classifier.Features,
    own: classifier.Recalibration | None,
) -> Lesson:
    truth = np.array([verdict.is_harmful for verdict in found])
    held = np.array([_is_held_back(verdict) for verdict in found])
    harmful, harmless = int(truth.sum()), int((~truth).sum())
    kinds = (int((truth & held).sum()), int((~truth & held).sum()))
    if (
        len(found) < settings.RECALIBRATION_LEAST
        or min(harmful, harmless) < settings.RECALIBRATION_LEAST_OF_KIND
        or min(kinds) < HELD_BACK_OF_KIND
    ):
        return Lesson(language, harmful, harmless, sum(kinds))
    toxicity = features.logits[:, classifier.LABELS.index("toxicity")]
    direction = learn_direction(
        features.pooled[~held].astype(float), toxicity[~held].astype(float), truth[~held]
    )
    texts = [verdict.text for verdict in found if _is_held_back(verdict)]
    before = _check(texts, truth[held], own)
    after = _check(texts, truth[held], _with(own, language, direction))
    is_better = _is_better(before, after)
    return Lesson(
        language=language,
        harmful=harmful,
        harmless=harmless,
        held_back=len(texts),
        before=before,
        after=after,
        direction=direction if is_better else None,
        reason="" if is_better else Reason.NO_BETTER,
    )


def _is_held_back(verdict: Verdict) -> bool:
    """By the wording and not by the comment: of a copied text no copy may be learned from."""
    return int(verdict.text_hash[:8], 16) / 16**8 < HELD_BACK


def _with(
    own: classifier.Recalibration | None,
    language: Language,
    direction: classifier.Direction,
) -> classifier.Recalibration:
    others: Mapping[Any, classifier.Direction] = own.directions if own else {}
    return classifier.Recalibration("candidate", {**others, language: direction})


def _check(
    texts: Sequence[str], truth: Sequence[bool], own: classifier.Recalibration | None
) -> Figures:
    """How the whole judgement, thresholds and all, meets what people decided."""
    scores = classifier.score(texts, recalibration=own)
    flagged = np.array([score.severity >= INCIDENT_FROM for score in scores])
    real = np.asarray(truth)
    return {
        "false_positives": int((flagged & ~real).sum()),
        "false_negatives": int((~flagged & real).sum()),
        "log_loss": round(log_loss([score.labels["toxicity"] for score in scores], real), 4),
    }


def _is_better(before: Figures, after: Figures) -> bool:
    """Neither worse, and one better. Not a number is never better."""
    fewer = before["false_positives"] - after["false_positives"]
    fewer += before["false_negatives"] - after["false_negatives"]
    gain = before["log_loss"] - after["log_loss"]
    return fewer >= 0 and gain >= 0 and fewer + gain > 0


@transaction.atomic
def _keep(run: str, version: str, lessons: Sequence[Lesson], actor: User | None) -> None:
    for lesson in lessons:
        if lesson.direction:
            _make_room(lesson.language, actor)
        Recalibration.objects.create(
            run=run,
            language=lesson.language,
            model_version=version,
            weights=list(lesson.direction.weights) if lesson.direction else [],
            offset=lesson.direction.offset if lesson.direction else 0.0,
            harmful=lesson.harmful,
            harmless=lesson.harmless,
            held_back=lesson.held_back,
            before=lesson.before or {},
            after=lesson.after or {},
            state=State.ACTIVE if lesson.direction else State.REFUSED,
            reason=lesson.reason,
            created_by_id=actor.pk if actor else None,
            created_by_label=actor.label[:80] if actor else "",
        )
    outcome: dict[str, str] = {one.language: one.reason or "active" for one in lessons}
    audit.record("harassment.recalibration.learned", actor=actor, target=run, data=outcome)
    if "active" in outcome.values():
        ask_for_rescoring()
    live.poke("inbox")


def _make_room(language: str, actor: User | None) -> None:
    for row in Recalibration.objects.active().filter(language=language).select_for_update():
        _end(row, State.REPLACED, actor)


def _end(row: Recalibration, state: str, actor: User | None) -> None:
    row.state, row.ended_at = state, timezone.now()
    row.ended_by_label = actor.label[:80] if actor else ""
    row.save(update_fields=["state", "ended_at", "ended_by_label"])


def _held(recalibration: Recalibration) -> Recalibration:
    return Recalibration.objects.select_for_update().get(pk=recalibration.pk)
