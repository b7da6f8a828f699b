"""Why a comment was judged as it was: worked out by the scoring worker when somebody asks."""

from django.db import transaction

from accounts import live, outbox
from harassment.models import Explanation, ToxicityScore
from harassment.queries.reasons import EXPLAIN_JOB
from harassment.services import scoring
from integrations.models import Comment


def ask_for_explanation(*, comment: Comment) -> bool:
    """Promise an explanation of the comment's present score; False when it is there or promised."""
    score = _present_score(comment)
    if score is None or Explanation.objects.filter(score=score).exists():
        return False
    return outbox.enqueue(EXPLAIN_JOB, key=str(comment.code), comment_id=comment.pk)


@transaction.atomic
def explain_comment(*, comment_id: int) -> None:
    """Keep where in the comment the words are that carried its present score.

    True afterwards: its current score has one explanation, unless it has none to explain. A
    score of an older model is first judged again: only the model that judged can explain. Running
    it again changes nothing. Pokes "inbox". Raises outbox.Defer while the model cannot be loaded.
    """
    comment = Comment.objects.filter(pk=comment_id, is_own=False).first()
    score = _present_score(comment) if comment else None
    if comment is None or score is None or Explanation.objects.filter(score=score).exists():
        return
    found = scoring.explain_text(comment.text)
    if score.model_version != found.score.model_version:
        scoring.score_comments(comment_ids=[comment_id])
        score = _present_score(comment)
    if score is None or score.model_version != found.score.model_version:
        return  # edited meanwhile: the edit brought a job of its own
    Explanation.objects.get_or_create(
        score=score,
        defaults={
            "head": found.head,
            "probability": found.probability,
            "threshold": found.threshold,
            "level": found.level or "",
            "words": [[word.start, word.end, round(word.weight, 3)] for word in found.words],
            "tricks": list(found.tricks),
        },
    )
    live.poke("inbox")


def _present_score(comment: Comment) -> ToxicityScore | None:
    return (
        ToxicityScore.objects.current().filter(comment=comment, text_hash=comment.text_hash).first()
    )
