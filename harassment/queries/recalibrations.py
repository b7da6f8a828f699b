"""The workspace's own corrections of the model: the ones in use, and how they came about."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, cast

from django.db.models import Q

from accounts import outbox
from accounts.models import Job
from harassment import classifier
from harassment.models import Recalibration, Rescoring

if TYPE_CHECKING:
    from harassment.classifier.base import Language

LEARN_JOB = "harassment.learn_recalibration"
LEARN_KEY = "learn"
HISTORY_SHOWN = 12


def current_recalibration() -> classifier.Recalibration | None:
    """The entered workspace's correction of the configured model; None when it has none.

    Asked anew for every batch and kept nowhere: one workspace never judges by another's. Raises
    classifier.ModelUnavailable.
    """
    rows = list(Recalibration.objects.active().order_by("language"))
    if not rows:
        return None
    return as_recalibration([row for row in rows if row.model_version == classifier.version()])


def as_recalibration(rows: Sequence[Recalibration]) -> classifier.Recalibration | None:
    """Several rows, each of another language, as the classifier takes them; None without any.

    The name follows from the rows, so that the same corrections always give the same version.
    """
    if not rows:
        return None
    return classifier.Recalibration(
        name="-".join(f"{row.language}{row.pk}" for row in rows),
        directions={cast("Language", row.language): direction_of(row) for row in rows},
    )


def direction_of(row: Recalibration) -> classifier.Direction:
    """What one row adds to the log-odds of its language."""
    return classifier.Direction(tuple(row.weights), row.offset)


def recalibration_history() -> list[Recalibration]:
    """What came of learning: first what is in use, then the newest; one query."""
    is_active = Q(state=Recalibration.State.ACTIVE)
    rows = Recalibration.objects.defer("weights").annotate(is_active=is_active)
    return list(rows.order_by("-is_active", "-created_at", "-pk")[:HISTORY_SHOWN])


def learning_job() -> Job | None:
    """The learning that is under way, else the last one if it gave up, else None."""
    return outbox.pending(LEARN_JOB, LEARN_KEY)


def known_model() -> Rescoring | None:
    """By which model the workspace is judged, as far as the scoring worker has said so."""
    return Rescoring.objects.first()


def fits_model(row: Recalibration, known: Rescoring | None) -> bool:
    """Whether a row was learned on the model that judges now. For pages, which load no model."""
    version = known.model_version if known else ""
    return not version or f"{version}+".startswith(f"{row.model_version}+")
