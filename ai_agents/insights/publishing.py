"""When, about what and how often to publish: videos beside what was usual at their time."""

import math
import re
import unicodedata
from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import timedelta
from decimal import Decimal
from itertools import pairwise
from statistics import fmean, median

from ai_agents.insights import chance
from ai_agents.insights.findings import Finding, Kind
from ai_agents.insights.history import (
    LEAST_VIDEOS,
    History,
    Video,
    beside_usual,
    figure,
    middle_of,
    times,
)

LEAST_OF_GROUP = 6  # videos: fewer have no interval
WORTH_SAYING = math.log(1.2)  # a fifth more than usual; less changes no plan
BLOCK = 3  # hours of a window
LEAST_WEEKS = 6  # of each kind
GAPS_BACK = 40  # pauses that the present one is set beside
LEAST_GAPS = 10
LEAST_LETTERS = 4
TOKENS = 40  # of the titles, the most frequent

_TOKEN = re.compile(r"#\w+|[^\W\d_]+(?:['\u2019-][^\W\d_]+)*")
_STOP_WORDS = (
    "about after again also avec because been before being best cela cette comme comment "
    "contre could dans depuis deux does doing down each elle elles encore entre et etait etre "
    "even ever faire fait from have here how into just leur leurs like made mais make mes "
    "mieux moins more most much must nos notre nous official only other our over parce "
    "pendant plus pour pourquoi quand que quel quelle quelles quels qui quoi sans ses should "
    "since some sont sous still sur tant than that the their them then there these they this "
    "those through tout toute toutes tous tres trop under until vers very video videos vlog "
    "vos votre vous was were what when where which while who why will with would your youtube "
    "tiktok instagram "
)
_STOP = frozenset(_STOP_WORDS.split())


def publishing_findings(history: History) -> list[Finding]:
    """Every candidate with its chance: hour, weekday, topic, rhythm. Too few videos: none."""
    videos = history.ripe()
    if len(videos) < LEAST_VIDEOS:
        return []
    usual = beside_usual(videos)
    hours: dict[str, list[int]] = defaultdict(list)
    days: dict[str, list[int]] = defaultdict(list)
    words: dict[str, list[int]] = defaultdict(list)
    for place, video in enumerate(videos):
        local = history.local(video)
        start = local.hour // BLOCK * BLOCK
        hours[f"{local.hour}-{local.hour + 1}"].append(place)
        hours[f"{start}-{start + BLOCK}"].append(place)
        days[str(local.weekday())].append(place)
        for word in tokens_of(video.title):
            words[word].append(place)
    common = sorted(words, key=lambda word: (-len(words[word]), word))
    topics = {word: words[word] for word in common if len(words[word]) * 5 <= len(videos) * 3}
    topics = dict(list(topics.items())[:TOKENS])
    found = [
        finding
        for kind, groups in ((Kind.HOUR, hours), (Kind.WEEKDAY, days), (Kind.TOPIC, topics))
        for finding in _grouped(history, kind, groups, videos, usual)
    ]
    return [*found, *_rhythm(history, videos, usual)]


def pause_findings(history: History) -> list[Finding]:
    """Nothing published for twice as long as ever lately.

    For pauses as irregular as can be (exponential), a further one is twice the longest of n in
    2 of (n + 1)(n + 2) cases.
    """
    moments = [video.published_at for video in history.videos]
    gaps = [later - before for before, later in pairwise(moments)]
    gaps = gaps[-GAPS_BACK:]
    if len(gaps) < LEAST_GAPS:
        return []
    present, longest = history.now - moments[-1], max(gaps)
    if present < 2 * longest or present < timedelta(days=3):
        return []
    figures = [
        figure("pause.days", present.days),
        figure("pause.longest", math.ceil(longest / timedelta(days=1))),
        figure("pause.compared", len(gaps)),
    ]
    return [Finding(Kind.PAUSE, "", figures, len(gaps), 2 / ((len(gaps) + 1) * (len(gaps) + 2)))]


def tokens_of(title: str) -> set[str]:
    """Hashtags and telling words of a title, French or English, each once, in small letters."""
    folded = unicodedata.normalize("NFKC", title).casefold()
    found = set()
    for match in _TOKEN.finditer(folded):
        token = match[0][:60]
        bare = "".join(
            sign for sign in unicodedata.normalize("NFKD", token) if not unicodedata.combining(sign)
        )
        if token[0] == "#" or (len(token) >= LEAST_LETTERS and bare not in _STOP):
            found.add(token)
    return found


def _grouped(
    history: History,
    kind: Kind,
    groups: Mapping[str, Sequence[int]],
    videos: Sequence[Video],
    usual: Sequence[float],
) -> list[Finding]:
    """One candidate for each group, with the chance that any group seems so good by luck.

    Groups that hold the same videos say the same: the first of them speaks.
    """
    told: dict[tuple[int, ...], str] = {}
    for name, members in groups.items():
        if LEAST_OF_GROUP <= len(members) <= len(videos) - LEAST_OF_GROUP:
            told.setdefault(tuple(members), name)
    usable = {name: members for members, name in told.items()}
    chances = chance.best_group(usual, usable, kind)
    found = []
    for name, members in usable.items():
        inside = [usual[place] for place in members]
        interval = chance.median_interval(inside)
        if interval is None:
            continue
        chosen = set(members)
        rest = [one.views for place, one in enumerate(videos) if place not in chosen]
        figures = [
            figure("group.videos", len(members)),
            figure("group.times", times(median(inside)), "ratio"),
            figure("group.times_low", times(interval[0]), "ratio"),
            figure("group.times_high", times(interval[1]), "ratio"),
            figure("group.views", middle_of([videos[place].views for place in members])),
            figure("rest.videos", len(rest)),
            figure("rest.views", middle_of(rest)),
        ]
        is_large = median(inside) >= WORTH_SAYING
        found.append(Finding(kind, name, figures, len(members), chances[name], is_large))
    return found


def _rhythm(history: History, videos: Sequence[Video], usual: Sequence[float]) -> list[Finding]:
    """Whether each video is seen more in weeks with many of them or in weeks with few."""
    weeks: dict[tuple[int, int], list[float]] = defaultdict(list)
    for video, own in zip(videos, usual, strict=True):
        year, week, _ = history.local(video).isocalendar()
        weeks[year, week].append(own)
    middle = median(len(one) for one in weeks.values())
    busy = [len(one) > middle for one in weeks.values()]
    if min(sum(busy), len(busy) - sum(busy)) < LEAST_WEEKS:
        return []
    levels = [fmean(one) for one in weeks.values()]
    apart = _mean(levels, busy, is_in=True) - _mean(levels, busy, is_in=False)
    found = chance.two_groups(levels, busy, Kind.RHYTHM)
    figures = [
        figure("rhythm.usual", Decimal(str(middle)), "ratio"),
        figure("rhythm.busy", sum(busy)),
        figure("rhythm.calm", len(busy) - sum(busy)),
        figure("rhythm.times", times(abs(apart)), "ratio"),
    ]
    subject, is_large = "more" if apart > 0 else "less", abs(apart) >= WORTH_SAYING
    return [Finding(Kind.RHYTHM, subject, figures, len(weeks), found, is_large)]


def _mean(values: Sequence[float], flags: Sequence[bool], *, is_in: bool) -> float:
    return fmean(value for value, flag in zip(values, flags, strict=True) if flag is is_in)
