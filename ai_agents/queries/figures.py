"""Figures of videos and accounts: what the screen shows is what an agent may say."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict
from datetime import datetime, timedelta
from decimal import ROUND_HALF_UP, Decimal
from statistics import median
from typing import Any

from django.utils import timezone
from django.utils.formats import number_format
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from accounts.models import Membership
from ai_agents.numbers import Figure
from integrations.models import Post

OTHERS = 100  # videos that one is set beside: the newest of its account
LEAST_OTHERS = 5  # fewer are no habit
PERIODS = (7, 28, 90)  # days
STANDS_OUT = Decimal("1.5")  # times the usual, or the usual that many times it
HUNDRED = Decimal(100)
THOUSAND = Decimal(1_000)


def post_figures(post: Post) -> list[Figure]:
    """One video beside the newest others of its account. One query."""
    others = list(
        Post.objects.filter(account=post.account_id)
        .exclude(pk=post.pk)
        .exclude(view_count=None)
        .exclude(published_at=None)
        .order_by("-published_at")[:OTHERS]
    )
    found = [Figure("video.published", _("Published"), unit="moment", moment=_local(post))]
    if post.published_at is None:
        found = []
    found += _counts("video", post, _("Views"), _("Likes"), _("Comments"))
    found += _rates("video", post)
    found.append(Figure("others.count", _("Other videos compared"), Decimal(len(others))))
    if len(others) < LEAST_OTHERS or post.view_count is None:
        return found
    usual = _rounded(Decimal(median(other.view_count or 0 for other in others)), 0)
    found.append(Figure("usual.views", _("Usual views of the account (median)"), usual))
    if usual:
        times = Decimal(post.view_count) / usual
        more = (times - 1) * HUNDRED
        found += [
            Figure("video.times", _("Times the usual views"), _rounded(times, 2), "ratio"),
            Figure("video.more", _("More or fewer views than usual"), _rounded(more), "percent"),
        ]
    rank = 1 + sum((other.view_count or 0) > post.view_count for other in others)
    found.append(Figure("video.rank", _("Rank by views among them"), Decimal(rank)))
    for ref, label in (
        ("likes_rate", _("Usual likes for 100 views (median)")),
        ("comments_rate", _("Usual comments for 1,000 views (median)")),
    ):
        told = [rate for other in others if (rate := _rate(other, ref)) is not None]
        if len(told) >= LEAST_OTHERS:
            unit = "percent" if ref == "likes_rate" else "ratio"
            middle = _rounded(Decimal(median(told)), 2)
            found.append(Figure(f"usual.{ref}", label, middle, unit))  # type: ignore[arg-type]
    return found


def account_figures(membership: Membership, days: int) -> list[Figure]:
    """The videos of the accounts that the person may see, `days` back, and as many before.

    One query.
    """
    now = timezone.now()
    since = now - timedelta(days=days)
    posts = list(
        Post.objects.visible_to(membership)
        .filter(published_at__gt=since - timedelta(days=days), published_at__lte=now)
        .exclude(view_count=None)
        .order_by("-published_at")[: OTHERS * 5]
    )
    new = [post for post in posts if post.published_at and post.published_at > since]
    old = [post for post in posts if post.published_at and post.published_at <= since]
    ref = f"last{days}"
    found = [
        Figure(f"{ref}.days", _("Days"), Decimal(days)),
        Figure(f"{ref}.videos", _("Videos published"), Decimal(len(new))),
        Figure(f"{ref}.before", _("Videos in the days before"), Decimal(len(old))),
    ]
    if new:
        total = sum(post.view_count or 0 for post in new)
        best = max(post.view_count or 0 for post in new)
        middle = _rounded(Decimal(median(post.view_count or 0 for post in new)), 0)
        found += [
            Figure(f"{ref}.views", _("Views of these videos"), Decimal(total)),
            Figure(f"{ref}.best", _("Views of the best one"), Decimal(best)),
            Figure(f"{ref}.usual", _("Usual views (median)"), middle),
        ]
        earlier = Decimal(median(post.view_count or 0 for post in old)) if old else Decimal(0)
        if earlier and min(len(new), len(old)) >= LEAST_OTHERS:
            change = (middle / earlier - 1) * HUNDRED
            label = _("Change of the usual views against the days before")
            found.append(Figure(f"{ref}.change", label, _rounded(change), "percent"))
    return found


def sales_figures(numbers: Mapping[str, Decimal]) -> list[Figure]:
    """What follows from a price, buyers and visitors a month, and a growth in per cent a month."""
    price, buyers = numbers.get("price"), numbers.get("buyers")
    visitors, growth = numbers.get("visitors"), numbers.get("growth")
    found = [
        Figure(f"given.{ref}", label, value, unit)  # type: ignore[arg-type]
        for ref, label, value, unit in (
            ("price", _("Price"), price, "money"),
            ("buyers", _("Buyers a month"), buyers, "count"),
            ("visitors", _("Visitors a month"), visitors, "count"),
            ("growth", _("Growth of buyers a month"), growth, "percent"),
        )
        if value is not None
    ]
    if buyers is not None and visitors:
        share = _rounded(buyers / visitors * HUNDRED)
        found.append(Figure("now.conversion", _("Visitors who buy"), share, "percent"))
    if price is None or buyers is None:
        return found
    found.append(Figure("now.revenue", _("Revenue a month"), price * buyers, "money"))
    dearer = _rounded(price * Decimal("1.1"), 2)
    may_leave = _rounded(HUNDRED - HUNDRED / Decimal("1.1"))
    found += [
        Figure("dearer.by", _("Price raised by"), Decimal(10), "percent"),
        Figure("dearer.price", _("Price then"), dearer, "money"),
        Figure(
            "dearer.leave", _("Buyers who may leave until it costs revenue"), may_leave, "percent"
        ),
    ]
    if growth is not None:
        for months in (3, 12):
            then = _rounded(buyers * (1 + growth / HUNDRED) ** months, 0)
            found += [
                Figure(f"in{months}.months", _("Months ahead"), Decimal(months)),
                Figure(f"in{months}.buyers", _("Buyers a month then"), then),
                Figure(f"in{months}.revenue", _("Revenue a month then"), then * price, "money"),
            ]
    return found


def computed_findings(figures: Sequence[Figure]) -> list[str]:
    """What the figures of one video say without a model; nothing where a habit is missing."""
    by_ref = {figure.ref: figure for figure in figures}
    others, times = by_ref.get("others.count"), by_ref.get("video.times")
    found: list[str] = []
    if others is None or times is None:
        return found
    count = int(others.value)
    words = {"times": _written(times.value), "count": count}
    if times.value >= STANDS_OUT:
        found.append(_("It was seen %(times)s times as often as usual.") % words)
    elif times.value <= 1 / STANDS_OUT:
        found.append(_("It was seen less than usual: %(times)s times as often.") % words)
    else:
        found.append(_("It was seen about as often as usual."))
    for ref, higher, lower in (
        (
            "likes_rate",
            _("More people liked it than usual."),
            _("Fewer people liked it than usual."),
        ),
        (
            "comments_rate",
            _("More people commented than usual."),
            _("Fewer people commented than usual."),
        ),
    ):
        own, usual = by_ref.get(f"video.{ref}"), by_ref.get(f"usual.{ref}")
        if own and usual and usual.value:
            if own.value >= usual.value * STANDS_OUT:
                found.append(higher)
            elif own.value * STANDS_OUT <= usual.value:
                found.append(lower)
    text = ngettext(
        "Compared with %(count)d other video of the account.",
        "Compared with %(count)d other videos of the account.",
        count,
    )
    return [*found, text % words]


def as_data(figures: Iterable[Figure]) -> list[dict[str, Any]]:
    """Figures as a row and a prompt keep them: plain values, exact."""
    told = []
    for figure in figures:
        row = asdict(figure) | {"value": str(figure.value)}
        row["moment"] = figure.moment.isoformat(timespec="minutes") if figure.moment else ""
        told.append(row)
    return told


def from_data(rows: Iterable[Mapping[str, Any]]) -> list[Figure]:
    """The inverse of `as_data`."""
    return [
        Figure(
            row["ref"],
            row["label"],
            Decimal(row["value"]),
            row["unit"],
            datetime.fromisoformat(row["moment"]) if row["moment"] else None,
        )
        for row in rows
    ]


def _counts(prefix: str, post: Post, *labels: str) -> list[Figure]:
    values = (post.view_count, post.like_count, post.comment_count)
    refs = ("views", "likes", "comments")
    return [
        Figure(f"{prefix}.{ref}", label, Decimal(value))
        for ref, label, value in zip(refs, labels, values, strict=True)
        if value is not None
    ]


def _rates(prefix: str, post: Post) -> list[Figure]:
    found = []
    if (rate := _rate(post, "likes_rate")) is not None:
        found.append(Figure(f"{prefix}.likes_rate", _("Likes for 100 views"), rate, "percent"))
    if (rate := _rate(post, "comments_rate")) is not None:
        label = _("Comments for 1,000 views")
        found.append(Figure(f"{prefix}.comments_rate", label, rate, "ratio"))
    return found


def _rate(post: Post, ref: str) -> Decimal | None:
    """Likes for 100 views, or comments for 1,000."""
    value, of = (
        (post.like_count, HUNDRED) if ref == "likes_rate" else (post.comment_count, THOUSAND)
    )
    if value is None or not post.view_count:
        return None
    return _rounded(Decimal(value) * of / post.view_count, 2)


def _local(post: Post) -> datetime | None:
    return timezone.localtime(post.published_at) if post.published_at else None


def _rounded(value: Decimal, places: int = 1) -> Decimal:
    return value.quantize(Decimal(1).scaleb(-places), ROUND_HALF_UP)


def _written(value: Decimal) -> str:
    return str(number_format(_rounded(value), decimal_pos=1))
