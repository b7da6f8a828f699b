"""The classifier reads what an agent drafts before a person does: no harsh draft is offered."""

from collections.abc import Sequence

from accounts.outbox import Defer
from ai_agents import review
from harassment.services.scoring import judge_texts


def severities(texts: Sequence[str]) -> list[int]:
    """How harsh each text is, 0 to 4. Raises review.NoJudge without a model."""
    try:
        return [score.severity for score in judge_texts(texts)]
    except Defer as error:
        raise review.NoJudge from error


review.register(severities)
