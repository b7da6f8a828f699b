"""Signals beside the model: found per wording, kept, and enough for an alert by themselves."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import replace

from django.db import transaction

from accounts import live
from harassment.detection.signals import (
    SIGNALS_VERSION,
    Circumstances,
    Detail,
    Findings,
    Signal,
    find_signals,
)
from harassment.models import INCIDENT_FROM, DetectedSignal
from harassment.services.triage import Judged, triage
from integrations.models import Comment

PLACES_KEPT = 50  # of one detail in one wording; the count goes on


def raise_by_signals(judged: Sequence[Judged]) -> list[Judged]:
    """The same comments, each at least as grave as its signals are, with kinds and target.

    True afterwards: the signals of these wordings are stored. Runs inside the caller's
    transaction, which holds the comments. `comment.account` should be loaded.
    """
    found = _look(judged)
    _store(judged, found)
    return [
        replace(
            one,
            severity=max(one.severity, findings.floor),
            kinds=tuple(dict.fromkeys([*one.kinds, *findings.kinds])),
            target=findings.target,
        )
        for one, findings in zip(judged, found, strict=True)
    ]


@transaction.atomic
def note_signals(*, comment_ids: Sequence[int]) -> int:
    """Act on signals alone, for comments that no model can judge now; how many had a harmful one.

    True afterwards: each such comment is an incident, sealed, with its alert; it stays without a
    score and masked. A wording that was looked at already is left alone, so running it again
    changes nothing. Pokes "inbox", "case" and "alerts" when there is something new.
    """
    comments = list(
        Comment.objects.select_for_update(of=("self",), no_key=True)
        .filter(pk__in=comment_ids, is_own=False)
        .select_related("account", "post")
        .order_by("pk")
    )
    known = set(
        DetectedSignal.objects.filter(comment__in=comments).values_list("comment_id", "text_hash")
    )
    fresh = [
        Judged(comment, 0, ())
        for comment in comments
        if (comment.pk, comment.text_hash) not in known
    ]
    harmful = [one for one in raise_by_signals(fresh) if one.severity >= INCIDENT_FROM]
    if harmful:
        triage(judged=harmful)
        live.poke("inbox")
    return len(harmful)


def _look(judged: Sequence[Judged]) -> list[Findings]:
    elsewhere = _answers_to_others([one.comment for one in judged])
    return [
        find_signals(
            one.comment.text,
            Circumstances(
                author_handle=one.comment.author_handle,
                author_name=one.comment.author_name,
                creator_handle=one.comment.account.handle,
                creator_name=one.comment.account.display_name,
                answers_somebody_else=one.comment.pk in elsewhere,
            ),
        )
        for one in judged
    ]


def _answers_to_others(comments: Sequence[Comment]) -> set[int]:
    """Those that stand under somebody else's comment: at most one query."""
    answers = [comment for comment in comments if comment.parent_external_id]
    if not answers:
        return set()
    parents = set(
        Comment.objects.filter(
            account_id__in={comment.account_id for comment in answers},
            external_id__in={comment.parent_external_id for comment in answers},
            is_own=False,
        ).values_list("account_id", "external_id")
    )
    return {c.pk for c in answers if (c.account_id, c.parent_external_id) in parents}


def _store(judged: Sequence[Judged], found: Sequence[Findings]) -> None:
    hashes = {one.comment.pk: one.comment.text_hash for one in judged}
    earlier = DetectedSignal.objects.filter(comment_id__in=hashes).values_list(
        "pk", "comment_id", "text_hash"
    )
    same = [pk for pk, comment_id, text_hash in earlier if hashes[comment_id] == text_hash]
    if same:
        DetectedSignal.objects.filter(pk__in=same).delete()
    DetectedSignal.objects.bulk_create(
        DetectedSignal(
            comment=one.comment,
            text_hash=one.comment.text_hash,
            kind=signals[0].kind,
            detail=detail,
            count=min(len(signals), 32_767),
            places=[[signal.start, signal.end] for signal in signals[:PLACES_KEPT]],
            version=SIGNALS_VERSION,
        )
        for one, findings in zip(judged, found, strict=True)
        for detail, signals in _by_detail(findings).items()
    )


def _by_detail(findings: Findings) -> dict[Detail, list[Signal]]:
    grouped: dict[Detail, list[Signal]] = defaultdict(list)
    for signal in findings.signals:
        grouped[signal.detail].append(signal)
    return grouped
