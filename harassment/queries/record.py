"""How the workspace's own decisions met what the model said, and what was learned from them."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from typing import Literal
from uuid import UUID

from django.conf import settings
from django.utils import formats

from accounts.models import Job, Membership
from harassment.models import UNCOVERED, Recalibration, Rescoring
from harassment.queries.accuracy import LANGUAGES
from harassment.queries.counts import Figure
from harassment.queries.recalibrations import (
    fits_model,
    known_model,
    learning_job,
    recalibration_history,
)
from harassment.queries.shares import Share
from harassment.queries.verdicts import VerdictCounts, verdict_counts

LearningState = Literal["idle", "waiting", "late", "failed"]


@dataclass(frozen=True, slots=True)
class Check:
    """How a judgement met the held-back decisions."""

    errors: Share
    false_alarms: int
    misses: int
    log_loss: str


@dataclass(frozen=True)
class Outcome:
    """What one learning came to for one language."""

    code: UUID
    language: str
    state: str  # in-use, outdated, few, no_better, replaced, reset
    decisions: Figure
    before: Check | None
    after: Check | None
    made_at: datetime
    made_by: str
    ended_at: datetime | None
    ended_by: str
    is_resettable: bool
    is_restorable: bool


@dataclass(frozen=True, slots=True)
class RecordLine:
    """The record of one language."""

    language: str
    counts: VerdictCounts
    in_use: Outcome | None

    @property
    def agreed(self) -> Share:
        """How often people found harmful what the model had flagged."""
        return Share(self.counts.confirmed, self.counts.confirmed + self.counts.overruled)

    @property
    def wordings(self) -> int:
        """Different ones that people decided about."""
        return self.counts.harmful_wordings + self.counts.harmless_wordings

    @property
    def is_enough(self) -> bool:
        """Whether there is enough to learn from, as far as a page can tell."""
        fewest = min(self.counts.harmful_wordings, self.counts.harmless_wordings)
        return (
            self.wordings >= settings.RECALIBRATION_LEAST
            and fewest >= settings.RECALIBRATION_LEAST_OF_KIND
        )


@dataclass(frozen=True)
class OwnRecord:
    """Everything the page says about the workspace itself."""

    lines: tuple[RecordLine, ...]
    uncovered: Figure  # decisions about texts in other languages, or not judged yet
    outcomes: tuple[Outcome, ...]
    learning: LearningState
    rescoring: Rescoring | None  # only while everything is judged again
    least: int = settings.RECALIBRATION_LEAST
    least_of_kind: int = settings.RECALIBRATION_LEAST_OF_KIND

    @cached_property
    def decisions(self) -> Figure:
        """All of them."""
        return Figure(sum(line.counts.decisions for line in self.lines) + self.uncovered)

    @property
    def is_learnable(self) -> bool:
        """Whether one language at least has enough to learn from, and nobody is at it."""
        is_free = self.learning in {"idle", "failed"}
        return is_free and any(line.is_enough for line in self.lines)

    @property
    def is_asked_again(self) -> bool:
        """Whether the page looks again by itself: the worker is at it or will be."""
        return self.learning in {"waiting", "late"} or self.rescoring is not None


def own_record(membership: Membership) -> OwnRecord:
    """The workspace's record, its decisions counted where the person may see them; four queries."""
    counts = verdict_counts(membership)
    known = known_model()
    outcomes = tuple(_outcome(row, known) for row in recalibration_history())
    return OwnRecord(
        lines=tuple(
            RecordLine(
                language=language,
                counts=counts.get(language, VerdictCounts()),
                in_use=next(
                    (one for one in outcomes if one.language == language and one.state == "in-use"),
                    None,
                ),
            )
            for language in LANGUAGES
        ),
        uncovered=Figure(counts.get(UNCOVERED, VerdictCounts()).decisions),
        outcomes=outcomes,
        learning=_learning(learning_job()),
        rescoring=known if known and known.is_running else None,
    )


def _outcome(row: Recalibration, known: Rescoring | None) -> Outcome:
    is_active, fits = row.state == Recalibration.State.ACTIVE, fits_model(row, known)
    state = ("in-use" if fits else "outdated") if is_active else row.reason or row.state
    return Outcome(
        code=row.code,
        language=row.language,
        state=state,
        decisions=Figure(row.harmful + row.harmless),
        before=_check(row.before, row.held_back),
        after=_check(row.after, row.held_back),
        made_at=row.created_at,
        made_by=row.created_by_label,
        ended_at=row.ended_at,
        ended_by=row.ended_by_label,
        is_resettable=is_active,
        is_restorable=fits and row.state in Recalibration.KEPT,
    )


def _check(found: Mapping[str, float], held_back: int) -> Check | None:
    if not found:
        return None
    alarms, misses = int(found["false_positives"]), int(found["false_negatives"])
    return Check(
        errors=Share(alarms + misses, held_back),
        false_alarms=alarms,
        misses=misses,
        log_loss=formats.number_format(found["log_loss"], 3),
    )


def _learning(job: Job | None) -> LearningState:
    if job is None:
        return "idle"
    if job.state == Job.State.DEAD:
        return "failed"
    return "late" if job.error else "waiting"
