"""What is known of each connected account, as the insights read it."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from django.db.models import Count, F, Q, QuerySet
from django.db.models.functions import TruncDate

from accounts import tenancy
from accounts.models import Membership, Role, User
from ai_agents.insights.history import EARLY, RIPE, History, Stretch, Video
from integrations.models import Comment, CoverageGap, MetricPoint, Post, SocialAccount

VIDEOS = 200  # of an account, the newest
VIDEOS_SINCE = timedelta(days=400)
EARLY_SINCE = timedelta(days=240)  # published
EARLY_UNTIL = timedelta(days=1)  # after the age of a week: then it is no longer views of a week
SERIES_SINCE = timedelta(days=190)


def histories(now: datetime) -> list[History]:
    """Every connected account. Six queries, and two more for each further time zone."""
    accounts = list(SocialAccount.objects.connected().order_by("pk"))
    zones = _zones(accounts)
    ids = [account.pk for account in accounts]
    videos = _videos(ids, now)
    gaps = _gaps(ids, now)
    groups: dict[str, list[SocialAccount]] = defaultdict(list)
    for account in accounts:
        groups[zones[account.pk].key].append(account)
    found = []
    for own in groups.values():
        zone = zones[own[0].pk]
        comments, followers = _comments(own, zone, now), _followers(own, zone, now)
        found += [
            History(
                account=account.pk,
                zone=zone,
                now=now,
                videos=videos[account.pk],
                comments=comments[account.pk],
                followers=followers[account.pk],
                gaps=gaps[account.pk],
            )
            for account in own
        ]
    return found


def ripe_counts(accounts: Iterable[int], now: datetime) -> dict[int, int]:
    """How many videos of each account count for the findings that need most of them. One query."""
    rows = (
        _usable(accounts, now)
        .filter(published_at__lte=now - RIPE)
        .values("account")
        .annotate(count=Count("pk"))
        .order_by()
    )
    return {row["account"]: row["count"] for row in rows}


def _zones(accounts: Sequence[SocialAccount]) -> dict[int, ZoneInfo]:
    """The creator's own clock; of an account that is nobody's, the clock of who owns all."""
    owners = {account.owner_id for account in accounts if account.owner_id}
    workspace = tenancy.current_workspace()
    with tenancy.public():
        names = dict(User.objects.filter(pk__in=owners).values_list("pk", "timezone"))
        first = (
            Membership.objects.filter(workspace=workspace, role=Role.OWNER)
            .order_by("pk")
            .values_list("user__timezone", flat=True)
            .first()
        )
    return {
        account.pk: _zone(names.get(account.owner_id or 0) or first or "UTC")
        for account in accounts
    }


def _zone(name: str) -> ZoneInfo:
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError):
        return ZoneInfo("UTC")


def _usable(accounts: Iterable[int], now: datetime) -> QuerySet[Post]:
    return Post.objects.filter(
        account__in=list(accounts),
        published_at__gt=now - VIDEOS_SINCE,
        published_at__lte=now,
        view_count__isnull=False,
    )


def _videos(accounts: Sequence[int], now: datetime) -> dict[int, list[Video]]:
    """The newest of each, oldest first, with their views at the age of a week. Two queries."""
    early = dict(
        MetricPoint.objects.filter(
            account__in=accounts,
            post__published_at__gt=now - EARLY_SINCE,
            name="views",
            at__gte=F("post__published_at") + EARLY,
            at__lt=F("post__published_at") + EARLY + EARLY_UNTIL,
        )
        .order_by("post_id", "at")
        .distinct("post_id")
        .values_list("post_id", "value")
    )
    found: dict[int, list[Video]] = defaultdict(list)
    rows = _usable(accounts, now).order_by("-published_at", "-pk")
    for pk, account, title, published_at, views in rows.values_list(
        "pk", "account_id", "title", "published_at", "view_count"
    ):
        if published_at is not None and views is not None and len(found[account]) < VIDEOS:
            found[account].append(Video(pk, title, published_at, views, early.get(pk)))
    for own in found.values():
        own.reverse()
    return found


def _comments(
    accounts: Sequence[SocialAccount], zone: ZoneInfo, now: datetime
) -> dict[int, dict[date, int]]:
    """Comments of others by day, from the first whole day on which Aura listened. One query.

    What was written before is not counted: the platform no longer has all of it.
    """
    firsts = {
        account.pk: max(account.created_at, now - SERIES_SINCE).astimezone(zone).date()
        + timedelta(days=1)
        for account in accounts
    }
    rows = (
        Comment.objects.filter(
            account__in=list(firsts), published_at__gt=now - SERIES_SINCE, is_own=False
        )
        .exclude(visibility=Comment.Visibility.PRIVATE)
        .annotate(day=TruncDate("published_at", tzinfo=zone))
        .values_list("account_id", "day")
        .annotate(count=Count("pk"))
        .order_by()
    )
    today = now.astimezone(zone).date()
    found = {pk: {first: 0} if first < today else {} for pk, first in firsts.items()}
    for account, day, count in rows:
        if firsts[account] <= day <= today:
            found[account][day] = count
    return found


def _followers(
    accounts: Sequence[SocialAccount], zone: ZoneInfo, now: datetime
) -> dict[int, dict[date, int]]:
    """The last known count of each day. One query."""
    rows = (
        MetricPoint.objects.filter(
            account__in=[account.pk for account in accounts],
            post=None,
            name="followers",
            at__gt=now - SERIES_SINCE,
            at__lte=now,
        )
        .annotate(day=TruncDate("at", tzinfo=zone))
        .order_by("account_id", "day", "-at")
        .distinct("account_id", "day")
        .values_list("account_id", "day", "value")
    )
    found: dict[int, dict[date, int]] = {account.pk: {} for account in accounts}
    for account, day, value in rows:
        found[account][day] = value
    return found


def _gaps(accounts: Sequence[int], now: datetime) -> dict[int, list[Stretch]]:
    """Stretches without hearing; one that lasts ends now. One query."""
    found: dict[int, list[Stretch]] = defaultdict(list)
    recent = Q(ended_at=None) | Q(ended_at__gt=now - SERIES_SINCE)
    rows = CoverageGap.objects.filter(recent, account__in=accounts, began_at__lt=now)
    for gap in rows.order_by("began_at"):
        is_filled = gap.settled_at is not None and gap.is_whole
        stretch = Stretch(gap.began_at, gap.ended_at or now, is_filled, gap.comments_fetched)
        found[gap.account_id].append(stretch)
    return found
