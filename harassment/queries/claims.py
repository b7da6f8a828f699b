"""Who else has a comment open just now."""

from accounts.models import User
from harassment.models import CommentClaim
from integrations.models import Comment


def others_at(comment: Comment, user: User) -> list[str]:
    """Names of the other people who have it open, by name; one query."""
    claims = CommentClaim.objects.live().filter(comment=comment).exclude(user_id=user.pk)
    return list(claims.order_by("user_label").values_list("user_label", flat=True))
