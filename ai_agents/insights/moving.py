"""What moved: views, comments and followers against the weeks before, single videos and days."""

import math
from collections.abc import Sequence
from datetime import date, timedelta
from decimal import Decimal
from itertools import pairwise
from statistics import fmean, median

from ai_agents.insights import chance
from ai_agents.insights.findings import Finding, Kind
from ai_agents.insights.history import (
    EARLY,
    LEAST_VIDEOS,
    WEEK,
    History,
    change,
    figure,
    middle_of,
    rounded,
    times,
)

NEW_WEEKS, OLD_WEEKS, LEAST_OLD_WEEKS = 4, 12, 8
VIEW_WEEKS = 6  # of videos that are a week old, against twice as many weeks before
LEAST_EACH = 5  # videos
LARGE = Decimal(20)  # per cent: less is no news
LEAST_A_WEEK = 5  # comments; fewer are chance
LEAST_GAIN = Decimal("0.002")  # of the followers, a week
DEAF = timedelta(hours=12)  # a week in which Aura was deaf for longer cannot be compared

BACK = timedelta(days=28)  # videos that are looked at
OLD_ENOUGH = timedelta(days=14)  # to be called little seen
OTHERS = 100
FAR = 3.5  # robust z: Iglewicz and Hoaglin 1993
SIGMA = 1.4826  # median absolute deviation to standard deviation

BUSY_DAYS = 7  # looked at
WEEKS_OF_DAYS = 8  # that they are set beside
LEAST_A_DAY = 4.0  # comments on average; fewer are too grainy
TIMES_A_DAY = 2  # the usual number, at least

TOLD_GAP = timedelta(hours=6)


def views_finding(history: History) -> list[Finding]:
    """Views at the age of a week, of the newest videos and of those before them.

    Equal age on both sides: an older video would win by having been there longer.
    """
    limit = history.now - EARLY
    turn = limit - VIEW_WEEKS * WEEK
    start = turn - 2 * VIEW_WEEKS * WEEK
    known = [
        (one.published_at > turn, one.early)
        for one in history.videos
        if one.early is not None and start < one.published_at <= limit
    ]
    new = [early for is_new, early in known if is_new]
    old = [early for is_new, early in known if not is_new]
    if min(len(new), len(old)) < LEAST_EACH or not (before := middle_of(old)):
        return []
    found = chance.two_groups(
        [early for _is_new, early in known],
        [is_new for is_new, _early in known],
        Kind.VIEWS,
    )
    moved = change(middle_of(new), before)
    figures = [
        figure("early.new", middle_of(new)),
        figure("early.old", before),
        figure("early.change", moved, "percent"),
        figure("early.videos", len(new)),
        figure("early.videos_old", len(old)),
    ]
    return [Finding(Kind.VIEWS, _way(moved), figures, len(known), found, abs(moved) >= LARGE)]


def comments_finding(history: History) -> list[Finding]:
    """Comments a week, of the last four whole weeks and of the twelve before."""
    if not history.comments:
        return []
    first = min(history.comments)
    sums = []
    for number in range(NEW_WEEKS + OLD_WEEKS):
        days = _week(history.today, number)
        if days[0] < first or _is_deaf(history, days):
            break
        sums.append(sum(history.comments.get(day, 0) for day in days))
    if len(sums) < NEW_WEEKS + LEAST_OLD_WEEKS or fmean(sums) < LEAST_A_WEEK:
        return []
    return _weekly(history, Kind.COMMENTS, sums, "comments", floor=Decimal(0))


def audience_finding(history: History) -> list[Finding]:
    """Followers won a week, of the last four whole weeks and of the twelve before."""
    known = sorted(history.followers)
    if not known:
        return []
    ends = []  # the count at the end of each week, the newest first
    for number in range(NEW_WEEKS + OLD_WEEKS + 1):
        day = _week(history.today, number)[-1]
        near = [one for one in known if day - WEEK / 2 <= one <= day]
        if not near:
            break
        ends.append(history.followers[near[-1]])
    gains = [newer - older for newer, older in pairwise(ends)]
    if len(gains) < NEW_WEEKS + LEAST_OLD_WEEKS:
        return []
    return _weekly(history, Kind.AUDIENCE, gains, "won", floor=LEAST_GAIN * ends[0])


def video_findings(history: History) -> list[Finding]:
    """Videos of the last weeks that were seen far more or less often than the account's others.

    Two tests must agree: a robust z beyond 3.5, and Student's t on logarithms, multiplied by the
    number of videos looked at.
    """
    ripe = history.ripe()[-OTHERS - 1 :]
    looked_at = [one for one in ripe if one.published_at > history.now - BACK]
    if len(ripe) < LEAST_VIDEOS or not looked_at:
        return []
    logs = {one.pk: math.log1p(one.views) for one in ripe}
    found = []
    for video in looked_at:
        others = [value for pk, value in logs.items() if pk != video.pk]
        middle = median(others)
        spread = SIGMA * median(abs(one - middle) for one in others)
        own = logs[video.pk]
        is_old = video.published_at <= history.now - OLD_ENOUGH
        alone = chance.one_beside(own, others) if own > middle or is_old else 1.0
        is_far = abs(own - middle) >= FAR * spread > 0
        figures = [figure("video.times", times(own - middle), "ratio")]
        whole = min(1.0, alone * len(looked_at))
        found.append(Finding(Kind.VIDEO, str(video.pk), figures, len(others), whole, is_far))
    return found


def day_findings(history: History) -> list[Finding]:
    """Days of the last week with far more comments than the same weekday usually has.

    Logarithms, the mean of each weekday taken away; Student's t, multiplied by the days looked at.
    """
    days = [history.today - timedelta(days=back) for back in range(1, BUSY_DAYS + 1)]
    base = [
        history.today - timedelta(days=back)
        for back in range(BUSY_DAYS + 1, BUSY_DAYS * (WEEKS_OF_DAYS + 1) + 1)
    ]
    if not history.comments or min(history.comments) > base[-1] or _is_deaf(history, [*base[::-1]]):
        return []
    counts = {day: history.comments.get(day, 0) for day in [*base, *days]}
    if fmean(counts[day] for day in base) < LEAST_A_DAY:
        return []
    by_weekday = {
        number: [day for day in base if day.weekday() == number] for number in range(BUSY_DAYS)
    }
    usual = {
        number: fmean(math.log1p(counts[day]) for day in same)
        for number, same in by_weekday.items()
    }
    spread = [math.log1p(counts[day]) - usual[day.weekday()] for day in base]
    found = []
    for day in days:
        middle = middle_of([counts[one] for one in by_weekday[day.weekday()]])
        # The mean of its weekday rests on eight days, so it is as uncertain as one of eight.
        above = (math.log1p(counts[day]) - usual[day.weekday()]) / math.sqrt(1 + 1 / WEEKS_OF_DAYS)
        alone = chance.one_beside(above, spread, lost=BUSY_DAYS) if above > 0 else 1.0
        is_large = counts[day] >= TIMES_A_DAY * max(middle, Decimal(1))
        figures = [
            figure("day.comments", counts[day]),
            figure("day.usual", middle),
            figure("day.weeks", WEEKS_OF_DAYS),
        ]
        whole = min(1.0, alone * len(days))
        found.append(Finding(Kind.DAY, day.isoformat(), figures, len(base), whole, is_large))
    return found


def gap_finding(history: History) -> list[Finding]:
    """What could not be heard in the last weeks: told as a fact, so that no figure misleads."""
    since = history.now - BACK
    gaps = [one for one in history.gaps if one.ended_at > since]
    deaf = sum((one.ended_at - max(one.began_at, since) for one in gaps), timedelta())
    if deaf < TOLD_GAP:
        return []
    figures = [
        figure("gap.hours", rounded(Decimal(deaf / timedelta(hours=1)))),
        figure("gap.count", len(gaps)),
        figure("gap.open", sum(not one.is_filled for one in gaps)),
        figure("gap.fetched", sum(one.fetched for one in gaps)),
    ]
    return [Finding(Kind.GAP, "", figures, len(gaps))]


def _weekly(
    history: History, kind: Kind, weeks: Sequence[int], ref: str, *, floor: Decimal
) -> list[Finding]:
    """Four weeks against those before, newest first; every split of the weeks is tried."""
    is_new = [number < NEW_WEEKS for number in range(len(weeks))]
    found = chance.two_groups(weeks, is_new, kind)
    new, old = middle_of(weeks[:NEW_WEEKS]), middle_of(weeks[NEW_WEEKS:])
    figures = [
        figure(f"{ref}.new", new),
        figure(f"{ref}.old", old),
        figure(f"{ref}.weeks", NEW_WEEKS),
        figure(f"{ref}.weeks_old", len(weeks) - NEW_WEEKS),
    ]
    if old > 0:
        figures.append(figure(f"{ref}.change", change(new, old), "percent"))
    is_large = abs(new - old) >= max(floor, abs(old) * LARGE / 100) and new != old
    return [Finding(kind, _way(new - old), figures, len(weeks), found, is_large)]


def _week(today: date, number: int) -> list[date]:
    """The seven whole days that end `number` weeks before yesterday, in order."""
    last = today - timedelta(days=1) - number * WEEK
    return [last - timedelta(days=back) for back in range(6, -1, -1)]


def _is_deaf(history: History, days: Sequence[date]) -> bool:
    """Whether Aura could not hear for long in these days, and has not fetched it all since."""
    deaf = timedelta()
    for one in history.gaps:
        began = max(one.began_at.astimezone(history.zone).date(), days[0])
        ended = min(one.ended_at.astimezone(history.zone).date(), days[-1])
        if not one.is_filled and began <= ended:
            deaf += one.ended_at - one.began_at
    return deaf > DEAF


def _way(moved: Decimal) -> str:
    return "up" if moved > 0 else "down"
