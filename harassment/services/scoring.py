"""Judging comments: what the classifier says of a wording becomes its current score."""

import logging
from collections.abc import Sequence

from django.conf import settings
from django.db import transaction

from accounts import live, outbox
from harassment.detection.normalise import normalise
from harassment.models import ToxicityScore
from harassment.services.triage import Judged, triage
from integrations.models import Comment

logger = logging.getLogger(__name__)

MODEL_RETRY_SECONDS = 30


@transaction.atomic
def score_comments(*, comment_ids: Sequence[int]) -> int:
    """Judge the present wording of those comments and act on what was found; how many were new.

    True afterwards: each of them, the account's own excepted, has one current score for the
    wording it has now; abusive ones are incidents of a case, sealed, with an alert where it is
    due. Running it again changes nothing. Pokes "inbox", and "case" and "alerts" when they
    changed. Raises outbox.Defer while the model cannot be loaded: the comments stay masked.
    """
    comments = list(
        Comment.objects.filter(pk__in=comment_ids, is_own=False)
        .select_related("account", "post")
        .order_by("pk")
    )
    judged = _unknown(_judge(comments))
    if not judged:
        return 0
    _store(judged)
    triage(judged=judged)
    live.poke("inbox")
    return len(judged)


def _judge(comments: Sequence[Comment]) -> list[Judged]:
    # Here and not above: web processes import this module and must not load a model's runtime.
    from harassment import classifier  # noqa: PLC0415

    try:
        scores = classifier.score([comment.text for comment in comments])
    except classifier.ModelUnavailable as error:
        # Not counted as an attempt: a dead job would leave comments unjudged for good.
        logger.warning("scoring waits for its model: %s", error)
        raise outbox.Defer(str(error), MODEL_RETRY_SECONDS) from error
    return [Judged(comment, one) for comment, one in zip(comments, scores, strict=True)]


def _unknown(judged: Sequence[Judged]) -> list[Judged]:
    """Those whose judgement is news, with their comments locked until the end.

    Scoring takes its time and locks nothing, so a wording may have changed meanwhile: the edit
    brought a job of its own, and this judgement is of no use to it.
    """
    ids = [one.comment.pk for one in judged]
    present = dict(
        Comment.objects.select_for_update(no_key=True)
        .filter(pk__in=ids)
        .order_by("pk")
        .values_list("pk", "text_hash")
    )
    known = {
        (comment_id, text_hash, model_version)
        for comment_id, text_hash, model_version in ToxicityScore.objects.filter(
            comment_id__in=ids, is_current=True
        ).values_list("comment_id", "text_hash", "model_version")
    }
    return [
        one
        for one in judged
        if present.get(one.comment.pk) == one.comment.text_hash
        and (one.comment.pk, one.comment.text_hash, one.score.model_version) not in known
    ]


def _store(judged: Sequence[Judged]) -> None:
    ids = [one.comment.pk for one in judged]
    ToxicityScore.objects.filter(comment_id__in=ids, is_current=True).update(is_current=False)
    # A wording that comes back (A, B, A) is judged again on its old row.
    ToxicityScore.objects.bulk_create(
        [
            ToxicityScore(
                comment=one.comment,
                text_hash=one.comment.text_hash,
                model_version=one.score.model_version,
                labels=one.score.labels,
                toxicity=max(one.score.labels.values(), default=0.0),
                severity=one.score.severity,
                kinds=list(one.score.kinds),
                language=one.score.language,
            )
            for one in judged
        ],
        update_conflicts=True,
        unique_fields=["comment", "text_hash", "model_version"],
        update_fields=["labels", "toxicity", "severity", "kinds", "language", "is_current"],
    )
    comments = [one.comment for one in judged]
    for comment in comments:
        # Emoji are spelled out, so the plain form may be longer than what was written.
        comment.text_norm = normalise(comment.text)[: settings.COMMENT_MAX_CHARACTERS]
    Comment.objects.bulk_update(comments, ["text_norm"])
