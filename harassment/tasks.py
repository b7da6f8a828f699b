"""This room's durable jobs: load, call one service."""

from accounts.outbox import job
from harassment.services import decisions, scoring


@job("harassment.score_comments", queue="score")
def score_comments(comment_ids: list[int]) -> None:
    """Judge those comments and gather what is abusive; the effect commits with the job."""
    scoring.score_comments(comment_ids=comment_ids)


@job("harassment.settle_action")
def settle_action(action_id: int) -> None:
    """Write what became of an action into the case of its comment."""
    decisions.settle_action(action_id=action_id)
