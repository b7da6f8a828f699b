"""Which posts to read again, on platforms whose comments are listed post by post."""

from datetime import timedelta

from django.db.models import BigIntegerField, CharField, F, OuterRef, Q, Subquery, Value
from django.db.models.functions import Cast, Concat
from django.utils import timezone

from integrations.models import MetricPoint, Post, SocialAccount, SyncCursor

FRESH = timedelta(days=3)  # comments come mostly in these days: read every time
RECENT = timedelta(days=30)
RECENT_EVERY = timedelta(hours=1)
OLD_EVERY = timedelta(days=1)


def stream_of(post: Post) -> str:
    """The name of a post's own cursor."""
    return f"p{post.pk}"


def due_posts(account: SocialAccount) -> list[Post]:
    """Posts to read now, newest first. 1 query.

    Fresh posts are always due, older ones hourly and daily, and every post at once that was
    never read to its end or whose counter of comments has moved since.
    """
    now = timezone.now()
    cursors = SyncCursor.objects.filter(
        account=account,
        stream=Concat(Value("p"), Cast(OuterRef("pk"), CharField())),
    )
    counted = (
        MetricPoint.objects.filter(
            account=account, post=OuterRef("pk"), name="comments", at__lte=OuterRef("passed_at")
        )
        .order_by("-at")
        .values("value")[:1]
    )
    posts = (
        Post.objects.filter(account=account)
        .annotate(passed_at=Subquery(cursors.values("passed_at")[:1]))
        .annotate(left_at=Subquery(cursors.values("cursor")[:1]))
        .annotate(counted=Subquery(counted, output_field=BigIntegerField()))
    )
    is_due = (
        Q(passed_at=None)
        | ~Q(left_at="")
        | Q(published_at__gte=now - FRESH)
        | Q(published_at__gte=now - RECENT, passed_at__lt=now - RECENT_EVERY)
        | Q(passed_at__lt=now - OLD_EVERY)
        | (Q(comment_count__isnull=False) & ~Q(comment_count=F("counted")))
    )
    return list(posts.filter(is_due).order_by(F("published_at").desc(nulls_first=True), "-pk"))
