"""Made-up accounts whose truth is known: noise alone, or noise with something planted."""

import math
import random
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

from ai_agents.insights.history import EARLY, History, Video
from integrations.models import MetricPoint, Post, SocialAccount

NOW = datetime(2026, 11, 20, 9, 30, tzinfo=UTC)
PARIS = ZoneInfo("Europe/Paris")
WORDS = (
    *("bread", "butter", "cheese", "knife", "oven", "stone", "flour", "salt", "crust", "dough"),
    *("#food", "#short"),
)

Lift = Callable[[datetime, str], float]


def noise(
    seed: int,
    *,
    videos: int = 90,
    days: int = 150,
    zone: ZoneInfo = PARIS,
    now: datetime = NOW,
    lift: Lift = lambda _local, _title: 1.0,
    drop: float = 1.0,
    drift: float = 0.0,
) -> History:
    """An account in which nothing follows from anything, save what `lift` or `drop` plants.

    Views are log-normal around a level (`drift`: that wanders); comments and followers are
    overdispersed counts with a rhythm of the week. `drop`: the factor of what the last weeks hold,
    of views as far as their age allows to compare them.
    """
    chosen = random.Random(f"history {seed}")
    moments = sorted(now - timedelta(minutes=chosen.uniform(0, days * 1440)) for _ in range(videos))
    level, made = 8.0, []
    for pk, moment in enumerate(moments, start=1):
        level += chosen.gauss(0, drift)
        title = " ".join(chosen.sample(WORDS, 4))
        views = math.exp(level + chosen.gauss(0, 0.6)) * lift(moment.astimezone(zone), title)
        age = now - moment
        is_new = timedelta(days=7) <= age < timedelta(days=49)
        early = views * 0.7 * (drop if is_new else 1) * math.exp(chosen.gauss(0, 0.1))
        whole = views * (1 - math.exp(-age / timedelta(days=2)))
        known = int(early) if age >= timedelta(days=7) else None
        made.append(Video(pk, title, moment, int(whole), known))
    today = now.astimezone(zone).date()
    comments: dict[date, int] = {}
    followers: dict[date, int] = {}
    count = 20_000
    for back in range(130, -1, -1):
        day = today - timedelta(days=back)
        factor = drop if 0 < back <= 28 else 1.0
        busy = 30 * (1.5 if day.weekday() >= 5 else 1.0) * factor
        comments[day] = _poisson(chosen, busy * chosen.gammavariate(4, 1 / 4))
        count += int(chosen.gauss(100, 60) * factor)
        followers[day] = count
    return History(1, zone, now, made, comments, followers)


def plant(history: History, account: SocialAccount) -> None:
    """Make the videos and followers of a history those of an account, as reading it would have."""
    posts = Post.objects.bulk_create(
        Post(
            account=account,
            external_id=f"planted{account.pk}-{one.pk}",
            title=one.title,
            published_at=one.published_at,
            view_count=one.views,
        )
        for one in history.videos
    )
    early = [
        MetricPoint(
            account=account,
            post=post,
            name="views",
            value=one.early,
            at=one.published_at + EARLY + timedelta(hours=later),
        )
        for post, one in zip(posts, history.videos, strict=True)
        if one.early is not None
        for later in (1, 30)
    ]
    counted = [
        MetricPoint(
            account=account,
            name="followers",
            value=value,
            at=datetime.combine(day, datetime.min.time(), history.zone) + timedelta(hours=8),
        )
        for day, value in history.followers.items()
    ]
    MetricPoint.objects.bulk_create([*early, *counted])


def _poisson(chosen: random.Random, mean: float) -> int:
    """Knuth's; means here are small."""
    limit, product, count = math.exp(-mean), chosen.random(), 0
    while product > limit:
        product *= chosen.random()
        count += 1
    return count
