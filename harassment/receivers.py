"""What this room does when a lower one tells a fact: it promises a job, nothing else."""

from typing import Any

from django.conf import settings
from django.dispatch import receiver

from accounts import outbox
from harassment.services.streams import promise_coaching
from integrations.signals import action_finished, comments_ingested


@receiver(comments_ingested, dispatch_uid="harassment.score")
def promise_scores(comment_ids: list[int], **_: Any) -> None:
    """New and edited comments are judged: the jobs exist exactly if the comments do."""
    for start in range(0, len(comment_ids), settings.SCORE_BATCH):
        batch = comment_ids[start : start + settings.SCORE_BATCH]
        outbox.enqueue("harassment.score_comments", comment_ids=batch)


@receiver(comments_ingested, dispatch_uid="harassment.coach")
def promise_coach(comment_ids: list[int], **_: Any) -> None:
    """Messages of a live chat wake the coach of their stream."""
    promise_coaching(comment_ids=comment_ids)


@receiver(action_finished, dispatch_uid="harassment.settle")
def promise_settling(action_id: int, **_: Any) -> None:
    """What became of an action reaches the timeline of its case."""
    outbox.enqueue("harassment.settle_action", key=str(action_id), action_id=action_id)
