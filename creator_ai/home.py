"""The home page: one true sentence about the last day, the figures, what needs a person."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from django.db.models.functions import TruncDate
from django.http import HttpResponse
from django.shortcuts import render
from django.utils import formats, timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET

from accounts.gates import WorkspaceRequest, member
from accounts.models import Grant
from harassment.queries.figures import (
    JUDGED_AT_LEAST,
    CommentFigures,
    DecisionFigures,
    comment_figures,
    decision_figures,
)
from integrations.models import MetricPoint, SocialAccount

FOLLOWER_DAYS = 14
_MORNING, _AFTERNOON, _EVENING = 5, 12, 18  # hours at which each begins


@dataclass(frozen=True, slots=True)
class Tile:
    """One key figure, ready for templates/ui/_kpi.html."""

    label: str
    value: str
    note: str
    delta: str = ""
    trend: str = ""
    tone: str = ""
    points: tuple[float | None, ...] = ()
    summary: str = ""
    spark: str = ""


@member(Grant.READ)
@require_GET
@never_cache
def home(request: WorkspaceRequest) -> HttpResponse:
    """What happened, what waits, how the accounts are. The alerts load by themselves."""
    accounts = list(SocialAccount.objects.visible_to(request.membership))
    connected = [account for account in accounts if not account.is_import]
    comments = comment_figures(request.membership)
    decisions = decision_figures(request.membership)
    tiles = [
        _followers(connected),
        _came_in(comments),
        _abuse(comments),
        _time_to_act(decisions),
    ]
    context = {
        "greeting": _greeting(),
        "first_name": (request.user.label.split() or [""])[0],
        "has_accounts": bool(accounts),
        "accounts": connected,
        "figures": comments,
        "tiles": tiles,
    }
    return render(request, "home.html", context)


def _greeting() -> str:
    hour = timezone.localtime().hour
    if _MORNING <= hour < _AFTERNOON:
        return _("Good morning")
    if _AFTERNOON <= hour < _EVENING:
        return _("Good afternoon")
    return _("Good evening")


def _followers(accounts: Sequence[SocialAccount]) -> Tile:
    known = [a.follower_count for a in accounts if a.follower_count is not None]
    series = _follower_series(accounts)
    delta = int(series[-1] - series[0]) if len(series) > 1 else 0
    return Tile(
        label=_("Followers"),
        value=_figure(sum(known)) if known else "",
        note="" if known else _("after the first sync"),
        delta=_figure(abs(delta)) if delta else "",
        trend="up" if delta > 0 else "dn",
        tone="ok" if delta > 0 else "",
        points=tuple(series),
        summary=_("Followers, last days"),
    )


def _follower_series(accounts: Sequence[SocialAccount]) -> list[float]:
    """Followers of all accounts, one sum a day; days before an account was known are left out."""
    since = timezone.now() - timedelta(days=FOLLOWER_DAYS)
    newest_of_day = (
        MetricPoint.objects.filter(
            account__in=[account.pk for account in accounts],
            post=None,
            name="followers",
            at__gte=since,
        )
        .annotate(day=TruncDate("at"))
        .order_by("account_id", "day", "-at")
        .distinct("account_id", "day")
        .values_list("account_id", "day", "value")
    )
    by_day: dict[date, dict[int, int]] = defaultdict(dict)
    for account_id, day, value in newest_of_day:
        by_day[day][account_id] = value
    latest: dict[int, int] = {}
    sums = []
    counted = {account_id for values in by_day.values() for account_id in values}
    for day in sorted(by_day):
        latest |= by_day[day]
        # A sum over fewer accounts would look like a loss.
        if len(latest) == len(counted):
            sums.append(float(sum(latest.values())))
    return sums


def _came_in(figures: CommentFigures) -> Tile:
    change = figures.total - figures.total_before
    return Tile(
        label=_("Comments, 24 h"),
        value=_figure(figures.total),
        note="",
        delta=_figure(abs(change)) if change and figures.total_before else "",
        trend="up" if change > 0 else "dn",
        points=figures.totals if figures.total else (),
        summary=_("Comments per hour, last 24 hours"),
    )


def _abuse(figures: CommentFigures) -> Tile:
    if figures.share is None:
        note = ngettext(
            "once %(count)d comment of a day is judged",
            "once %(count)d comments of a day are judged",
            JUDGED_AT_LEAST,
        ) % {"count": JUDGED_AT_LEAST}
        return Tile(label=_("Abusive comments"), value="", note=note)
    change = figures.share - figures.share_before if figures.share_before is not None else 0.0
    is_worth_saying = abs(change) >= 0.05  # less would be printed as 0.0
    return Tile(
        label=_("Abusive comments"),
        value=_percent(figures.share),
        note="",
        delta=_("%(points)s pt") % {"points": formats.number_format(abs(change), 1)}
        if is_worth_saying
        else "",
        trend="up" if change > 0 else "dn",
        tone="danger" if change > 0 else "ok",
        points=figures.shares,
        summary=_("Abusive share per hour, last 24 hours"),
        spark="d",
    )


def _time_to_act(figures: DecisionFigures) -> Tile:
    if figures.minutes is None:
        return Tile(label=_("Median time to act"), value="", note=_("after your first decision"))
    change = (
        round(figures.minutes - figures.minutes_before) if figures.minutes_before is not None else 0
    )
    return Tile(
        label=_("Median time to act"),
        value=_duration(figures.minutes),
        note="",
        delta=_duration(abs(change)) if change else "",
        trend="up" if change > 0 else "dn",
        tone="" if change > 0 else "ok",
        points=figures.series,
        summary=_("Median time to act per day, last days"),
        spark="q",
    )


def _figure(value: int) -> str:
    return formats.number_format(value, force_grouping=True)


def _percent(value: float) -> str:
    return _("%(value)s %%") % {"value": formats.number_format(value, 1)}


def _duration(minutes: float) -> str:
    if minutes < 1:
        return _("under 1 min")
    if minutes < 120:
        return _("%(count)d min") % {"count": round(minutes)}
    if minutes < 2880:
        return _("%(count)d h") % {"count": round(minutes / 60)}
    return _("%(count)d d") % {"count": round(minutes / 1440)}
