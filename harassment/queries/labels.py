"""What rules put on comments, for rows and the inbox."""

from django.contrib.postgres.expressions import ArraySubquery
from django.db.models import Exists, OuterRef, Q

from harassment.models import CommentLabel, Incident


def labels_of_comment() -> ArraySubquery:
    """For a queryset of comments: the names that stand on them; "" is the wish for a look."""
    standing = CommentLabel.objects.filter(comment=OuterRef("pk"), removed_at=None)
    return ArraySubquery(standing.order_by("name").values("name"))


def waits_for_a_look() -> Q:
    """For a queryset of comments: marked for review, and no person has decided."""
    marked = CommentLabel.objects.filter(
        comment=OuterRef("pk"), name=CommentLabel.REVIEW, removed_at=None
    )
    return Q(Exists(marked)) & (Q(incident=None) | Q(incident__state=Incident.State.OPEN))
