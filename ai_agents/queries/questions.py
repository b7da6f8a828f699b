"""A person's own questions, as the assistant's page lists them."""

from uuid import UUID

from django.http import Http404

from accounts.models import Membership
from ai_agents.models import Question
from integrations.models import Comment, Post

SHOWN = 20
NAMES = 500  # authors whose names are looked for in what leaves


def questions_of(user_id: int) -> list[Question]:
    """The newest. One query."""
    newest = Question.objects.of(user_id).select_related("post__account").order_by("-created_at")
    return list(newest[:SHOWN])


def question_of(user_id: int, code: UUID) -> Question:
    """One of the person's own. Raises Http404."""
    found = Question.objects.of(user_id).filter(code=code).select_related("post__account").first()
    if found is None:
        raise Http404
    return found


def post_for(membership: Membership, code: str) -> Post | None:
    """A video that the person may see, by its public code as it came."""
    try:
        wanted = UUID(code)
    except ValueError:
        return None
    return Post.objects.visible_to(membership).select_related("account").filter(code=wanted).first()


def names_to_hide(membership: Membership) -> set[str]:
    """Names and handles of those who wrote last, on accounts that the person may see. One query."""
    newest = Comment.objects.visible_to(membership).order_by("-published_at", "-pk")
    rows = newest.values_list("author_name", "author_handle")[:NAMES]
    return {name for row in rows for name in row if name}
