"""The roster signal: who was flagged at several creators here, known by keyed digests alone."""

import secrets
from collections.abc import Collection, Iterable
from datetime import timedelta

from django.conf import settings
from django.db import transaction
from django.utils import timezone

from accounts import outbox, tenancy
from harassment.models import Case, Incident, RosterKey, RosterMark
from harassment.queries.roster import (
    AuthorAt,
    creator_of,
    digest_of,
    objectors,
    present_key,
)

JOB = "harassment.rotate_roster"
_AUTHOR_AT = (
    "comment__account__platform", "comment__author_external_id", "comment__account__owner_id",
    "comment__account_id",
)  # fmt: skip


@transaction.atomic
def mark_authors(*, comments: Collection[int]) -> None:
    """Bring the marks of those comments' authors up to date: one per author and creator.

    A mark stands while a flagged comment of the author at that creator is not dismissed. Running
    it again changes nothing.
    """
    found = Incident.objects.filter(comment_id__in=comments, comment__is_own=False).values_list(
        *_AUTHOR_AT
    )
    _renew(found)


@transaction.atomic
def rotate_roster() -> None:
    """Begin anew with a fresh key, from the flagged comments of the last year.

    The earlier key and all its marks are gone: nobody can tie an old digest to a new one.
    """
    RosterKey.objects.all().delete()
    RosterKey.objects.create(secret=secrets.token_hex(32))
    since = timezone.now() - timedelta(days=settings.ROSTER_DAYS)
    recent = (
        Incident.objects.filter(created_at__gte=since, comment__is_own=False)
        .exclude(state=Incident.State.DISMISSED)
        .order_by()
        .values_list(*_AUTHOR_AT)
        .distinct()
    )
    _renew(recent)


def promise_rotation() -> int:
    """Promise a fresh key to every workspace whose key is old; how many. For public code."""
    old = timezone.now() - timedelta(days=settings.ROSTER_KEY_DAYS)
    promised = 0
    for workspace in tenancy.open_workspaces():
        with tenancy.enter(workspace), transaction.atomic():
            key = present_key()
            if key and key.made_at < old:
                promised += outbox.enqueue(JOB, key=str(key.pk))
    return promised


@transaction.atomic
def forget_author(*, platform: str, author: str) -> None:
    """Drop every mark of one author."""
    key = present_key()
    if key and author:
        RosterMark.objects.filter(key=key, digest=digest_of(key, platform, author)).delete()


def _renew(found: Iterable[AuthorAt]) -> None:
    wanted = {one for one in found if one[1] and not one[1].startswith(Case.GONE)}
    if not wanted:
        return
    key = present_key() or RosterKey.objects.create(secret=secrets.token_hex(32))
    flagged = _still_flagged({author for _, author, *_ in wanted})
    opposed = objectors({platform for platform, *_ in wanted})
    keep: set[tuple[str, str]] = set()
    drop: set[tuple[str, str]] = set()
    for platform, author, owner_id, account_id in wanted:
        creator = creator_of(owner_id, account_id)
        stands = (platform, author, creator) in flagged and (platform, author) not in opposed
        (keep if stands else drop).add((digest_of(key, platform, author), creator))
    for digest, creator in drop:
        RosterMark.objects.filter(key=key, digest=digest, creator=creator).delete()
    RosterMark.objects.bulk_create(
        [RosterMark(key=key, digest=digest, creator=creator) for digest, creator in sorted(keep)],
        ignore_conflicts=True,
    )


def _still_flagged(authors: Collection[str]) -> set[tuple[str, str, str]]:
    """Platform, author and creator with a flagged comment that nobody dismissed, in the last year.

    Over all accounts of a creator: a mark goes only with the last comment behind it.
    """
    since = timezone.now() - timedelta(days=settings.ROSTER_DAYS)
    found = (
        Incident.objects.filter(
            comment__author_external_id__in=authors, created_at__gte=since, comment__is_own=False
        )
        .exclude(state=Incident.State.DISMISSED)
        .order_by()
        .values_list(*_AUTHOR_AT)
        .distinct()
    )
    return {
        (platform, author, creator_of(owner_id, account_id))
        for platform, author, owner_id, account_id in found
    }
