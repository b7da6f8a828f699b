"""Judging comments: what the classifier says of a wording becomes its current score."""

import logging
from collections.abc import Callable, Sequence
from types import ModuleType
from typing import TYPE_CHECKING, TypeVar

from django.conf import settings
from django.db import DatabaseError, transaction

from accounts import live, outbox
from harassment.detection.normalise import normalise
from harassment.models import INCIDENT_FROM, ToxicityScore
from harassment.queries.recalibrations import current_recalibration
from harassment.services.dogpiles import watch_dogpiles
from harassment.services.roster import mark_authors
from harassment.services.rule_running import promise_rules
from harassment.services.shields import hold_newcomers
from harassment.services.signals import note_signals, raise_by_signals
from harassment.services.triage import Judged, triage
from integrations.models import Comment

if TYPE_CHECKING:
    from harassment.classifier import Explanation, Score

logger = logging.getLogger(__name__)

MODEL_RETRY_SECONDS = 30
T = TypeVar("T")


def score_comments(*, comment_ids: Sequence[int]) -> int:
    """Judge the present wording of those comments and act on what was found; how many were new.

    True afterwards: each of them, the account's own excepted, has one current score for the
    wording it has now; abusive ones are incidents of a case, sealed, with an alert where it is
    due; the workspace's rules are promised a look. Running it again changes nothing. Pokes
    "inbox", and "case" and "alerts" when they changed. Raises outbox.Defer while the model cannot
    be loaded: the comments stay masked, but what their signals say is acted on. Keeps its own
    transactions.
    """
    try:
        with transaction.atomic():
            judged = judge_comments(comment_ids=comment_ids)
            if judged:
                promise_rules(comment_ids=[one.comment.pk for one in judged])
                live.poke("inbox")
    except DatabaseError:
        raise
    except Exception:
        # A threat must reach a person also while no model can be asked.
        note_signals(comment_ids=comment_ids)
        raise
    return len(judged)


@transaction.atomic
def judge_comments(*, comment_ids: Sequence[int]) -> list[Judged]:
    """As `score_comments`, but leaves the poke of "inbox" to the caller; the ones that were new."""
    comments = list(
        Comment.objects.filter(pk__in=comment_ids, is_own=False)
        .select_related("account", "post")
        .order_by("pk")
    )
    scores = judge_texts([comment.text for comment in comments])
    fresh = _unknown(list(zip(comments, scores, strict=True)))
    if not fresh:
        return []
    judged = raise_by_signals(
        [Judged(comment, score.severity, tuple(score.kinds)) for comment, score in fresh]
    )
    _store(judged, [score for _, score in fresh])
    watch_dogpiles(comments=[one.comment for one in judged])
    triage(judged=judged)
    hold_newcomers(judged=judged)
    flagged = [one.comment.pk for one in judged if one.severity >= INCIDENT_FROM]
    if flagged:
        mark_authors(comments=flagged)
    return judged


def judge_texts(texts: Sequence[str]) -> "list[Score]":
    """What the workspace's model says of those texts. Raises outbox.Defer without a model."""
    scores: list[Score] = _ask(
        lambda classifier: classifier.score(texts, recalibration=current_recalibration())
    )
    return scores


def explain_text(text: str) -> "Explanation":
    """Why the workspace's model says so. Raises outbox.Defer without a model."""
    found: Explanation = _ask(
        lambda classifier: classifier.explain(text, recalibration=current_recalibration())
    )
    return found


def present_version() -> str:
    """The version of the workspace's model, as its scores carry it.

    Raises outbox.Defer without a model.
    """
    version: str = _ask(lambda classifier: classifier.version())
    own = _ask(lambda _: current_recalibration())
    return f"{version}+{own.name}" if own else version


def _ask(question: Callable[[ModuleType], T]) -> T:
    # Here and not above: web processes import this module and must not load a model's runtime.
    from harassment import classifier  # noqa: PLC0415

    try:
        return question(classifier)
    except classifier.ModelUnavailable as error:
        # Not counted as an attempt: a dead job would leave comments unjudged for good.
        logger.warning("scoring waits for its model: %s", error)
        raise outbox.Defer(str(error), MODEL_RETRY_SECONDS) from error


def _unknown(judged: Sequence[tuple[Comment, "Score"]]) -> list[tuple[Comment, "Score"]]:
    """Those whose judgement is news, with their comments locked until the end.

    Scoring takes its time and locks nothing, so a wording may have changed meanwhile: the edit
    brought a job of its own, and this judgement is of no use to it.
    """
    ids = [comment.pk for comment, _ in judged]
    present = dict(
        Comment.objects.select_for_update(no_key=True)
        .filter(pk__in=ids)
        .order_by("pk")
        .values_list("pk", "text_hash")
    )
    known = {
        (comment_id, text_hash, model_version)
        for comment_id, text_hash, model_version in ToxicityScore.objects.current()
        .filter(comment_id__in=ids)
        .values_list("comment_id", "text_hash", "model_version")
    }
    return [
        (comment, score)
        for comment, score in judged
        if present.get(comment.pk) == comment.text_hash
        and (comment.pk, comment.text_hash, score.model_version) not in known
    ]


def _store(judged: Sequence[Judged], scores: Sequence["Score"]) -> None:
    ids = [one.comment.pk for one in judged]
    ToxicityScore.objects.current().filter(comment_id__in=ids).update(is_current=False)
    # A wording that comes back (A, B, A) is judged again on its old row.
    ToxicityScore.objects.bulk_create(
        [
            ToxicityScore(
                comment=one.comment,
                text_hash=one.comment.text_hash,
                model_version=score.model_version,
                labels=score.labels,
                toxicity=max(score.labels.values(), default=0.0),
                severity=one.severity,
                kinds=list(one.kinds),
                language=score.language,
                sentiment=score.sentiment,
                evasion=score.evasion,
            )
            for one, score in zip(judged, scores, strict=True)
        ],
        update_conflicts=True,
        unique_fields=["comment", "text_hash", "model_version"],
        update_fields=[
            "labels", "toxicity", "severity", "kinds", "language", "sentiment", "evasion",
            "is_current",
        ],
    )  # fmt: skip
    changed = []
    for comment in (one.comment for one in judged):
        # Emoji are spelled out, so the plain form may be longer than what was written.
        plain = normalise(comment.text)[: settings.COMMENT_MAX_CHARACTERS]
        if plain != comment.text_norm:
            comment.text_norm = plain
            changed.append(comment)
    Comment.objects.bulk_update(changed, ["text_norm"])
