"""Reading again: which places a wish gives up, how far back it goes, and how much that may be."""

from datetime import datetime, timedelta

from django.db.models import Q, Sum
from django.utils import timezone

from integrations.models import Comment, Post, SyncCursor, SyncRun
from integrations.platforms import PLATFORMS, platform
from integrations.platforms.base import Bucket

MONTH = timedelta(days=30.5)
_HIDDEN = (Bucket.HELD.value, Bucket.SPAM.value)
_NOWHERE = {"cursor": "", "pass_newest_at": None, "pass_oldest_at": None, "pass_pages": 0}


def wishes_for(kind: str) -> list[SyncRun.Wish]:
    """What can be asked for on a platform: held comments alone only where they are a listing."""
    if kind not in PLATFORMS:
        return []
    adapter = platform(kind)
    has_hidden = adapter.comments_by == "account" and len(adapter.buckets) > 1
    return [wish for wish in SyncRun.Wish if wish != SyncRun.Wish.HIDDEN or has_hidden]


def months_ago(months: int | None) -> datetime | None:
    """The moment up to which is read again; None: there is no such limit."""
    return timezone.now() - months * MONTH if months else None


def lose_place(*, account_id: int, wish: SyncRun.Wish) -> None:
    """Begin the listings of a wish anew; `passed_at` is what tells, later on, that one is done."""
    posts = Q(stream="posts")
    concerned = {
        SyncRun.Wish.ALL: Q(),
        SyncRun.Wish.POSTS: posts,
        SyncRun.Wish.COMMENTS: ~posts,
        SyncRun.Wish.HIDDEN: Q(stream__in=_HIDDEN),
    }[wish]
    rows = SyncCursor.objects.filter(concerned, account=account_id)
    rows.update(passed_at=None, **_NOWHERE)


def drop_wish(*, account_id: int) -> None:
    """A wish has ended early: what it left unread counts as read once before, as it was."""
    left = SyncCursor.objects.filter(account=account_id, passed_at=None)
    left.exclude(deepened_at=None).update(passed_at=timezone.now(), **_NOWHERE)


def expected_comments(run: SyncRun) -> int | None:
    """About how many comments a wish will see: the platform's own count, or what is known here."""
    if run.wish == SyncRun.Wish.POSTS:
        return None
    if run.wish == SyncRun.Wish.HIDDEN:
        known = Comment.objects.filter(account=run.account_id, visibility__in=_HIDDEN)
    elif run.since:
        known = Comment.objects.filter(account=run.account_id)
    else:
        posts = Post.objects.filter(account=run.account_id)
        return int(posts.aggregate(n=Sum("comment_count"))["n"] or 0) or None
    if run.since:
        known = known.filter(published_at__gte=run.since)
    return known.exclude(visibility=Comment.Visibility.DELETED).count() or None
