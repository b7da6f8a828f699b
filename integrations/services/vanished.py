"""Comments that a whole listing no longer held: asked for by id, marked, never deleted."""

from collections.abc import Callable, Collection
from datetime import datetime

from django.utils import timezone

from integrations.models import Comment, Post, SocialAccount
from integrations.platforms.base import RemoteComment

ASKED_AT_ONCE = 50
ASKED_AT_MOST = 500  # of one account in one run; the rest is asked on another day

Ask = Callable[[list[str]], dict[str, RemoteComment | None]]


def missing_ids(
    *,
    account: SocialAccount,
    seen: Collection[str],
    since: datetime,
    before: datetime,
    post: Post | None = None,
) -> list[str]:
    """Top comments (of `post`) written after `since`, known before `before`, in no listing.

    Replies are left out: listings show only some of them.
    """
    known = (
        Comment.objects.filter(
            account=account,
            source=Comment.Source.API,
            parent_external_id="",
            published_at__gt=since,
            first_seen_at__lt=before,
        )
        .filter(**({"post": post} if post else {}))
        .exclude(visibility__in=[Comment.Visibility.DELETED, Comment.Visibility.REJECTED])
        .order_by("-published_at")
        .values_list("external_id", flat=True)
    )
    return [external_id for external_id in known.iterator() if external_id not in seen][
        :ASKED_AT_MOST
    ]


def gone_ids(*, ids: list[str], ask: Ask) -> tuple[list[str], datetime]:
    """Which of them the platform returns no more, and when it was asked.

    One that is still returned was moved by a shifting page, or rejected elsewhere: nothing is
    concluded from that.
    """
    asked_at = timezone.now()
    gone: list[str] = []
    for start in range(0, len(ids), ASKED_AT_ONCE):
        states = ask(ids[start : start + ASKED_AT_ONCE])
        gone += [external_id for external_id, state in states.items() if state is None]
    return gone, asked_at


def mark_deleted(*, account: SocialAccount, ids: list[str], asked_at: datetime) -> int:
    """Remember that the platform returns them no more; how many were not known as such."""
    return Comment.objects.filter(
        account=account, external_id__in=ids, remote_state_at__lt=asked_at
    ).update(visibility=Comment.Visibility.DELETED, remote_state_at=asked_at)
