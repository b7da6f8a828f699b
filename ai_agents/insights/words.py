"""Sentences for findings, in the reader's language, written from the figures when they are shown.

A word of a title is text from outside: no sentence holds it, the page sets it beside.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, time
from decimal import Decimal
from typing import Any

from django.utils.dates import WEEKDAYS
from django.utils.formats import date_format, number_format, time_format
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from ai_agents.insights.findings import Kind
from ai_agents.numbers import Figure

LABELS: Mapping[str, Promise] = {
    "group.videos": gettext_lazy("Videos of this kind"),
    "group.times": gettext_lazy("Times the usual views of their time (median)"),
    "group.times_low": gettext_lazy("At least, 95 times of 100"),
    "group.times_high": gettext_lazy("At most, 95 times of 100"),
    "group.views": gettext_lazy("Their views (median)"),
    "rest.videos": gettext_lazy("Other videos compared"),
    "rest.views": gettext_lazy("Views of the others (median)"),
    "rhythm.usual": gettext_lazy("Videos in a usual week (median)"),
    "rhythm.busy": gettext_lazy("Weeks with more"),
    "rhythm.calm": gettext_lazy("Weeks with that many or fewer"),
    "rhythm.times": gettext_lazy("Views of each video, better weeks beside the others, times"),
    "pause.days": gettext_lazy("Days since the last video"),
    "pause.longest": gettext_lazy("Longest pause before, days"),
    "pause.compared": gettext_lazy("Pauses compared"),
    "early.new": gettext_lazy("Views at the age of a week, last six weeks (median)"),
    "early.old": gettext_lazy("Views at the age of a week, twelve weeks before (median)"),
    "early.change": gettext_lazy("Change"),
    "early.videos": gettext_lazy("Videos"),
    "early.videos_old": gettext_lazy("Videos before"),
    "comments.new": gettext_lazy("Comments a week, last four weeks (median)"),
    "comments.old": gettext_lazy("Comments a week before (median)"),
    "comments.change": gettext_lazy("Change"),
    "comments.weeks": gettext_lazy("Weeks"),
    "comments.weeks_old": gettext_lazy("Weeks before"),
    "won.new": gettext_lazy("Followers won a week, last four weeks (median)"),
    "won.old": gettext_lazy("Followers won a week before (median)"),
    "won.change": gettext_lazy("Change"),
    "won.weeks": gettext_lazy("Weeks"),
    "won.weeks_old": gettext_lazy("Weeks before"),
    "video.published": gettext_lazy("Published"),
    "video.views": gettext_lazy("Views"),
    "video.likes": gettext_lazy("Likes"),
    "video.comments": gettext_lazy("Comments"),
    "video.likes_rate": gettext_lazy("Likes for 100 views"),
    "video.comments_rate": gettext_lazy("Comments for 1,000 views"),
    "others.count": gettext_lazy("Other videos compared"),
    "usual.views": gettext_lazy("Usual views of the account (median)"),
    "video.times": gettext_lazy("Times the usual views"),
    "video.more": gettext_lazy("More or fewer views than usual"),
    "video.rank": gettext_lazy("Rank by views among them"),
    "usual.likes_rate": gettext_lazy("Usual likes for 100 views (median)"),
    "usual.comments_rate": gettext_lazy("Usual comments for 1,000 views (median)"),
    "day.comments": gettext_lazy("Comments on that day"),
    "day.usual": gettext_lazy("Usual on that weekday (median)"),
    "day.weeks": gettext_lazy("Weeks compared"),
    "gap.hours": gettext_lazy("Hours not heard, last 28 days"),
    "gap.count": gettext_lazy("Stretches"),
    "gap.open": gettext_lazy("Of these, not fetched whole since"),
    "gap.fetched": gettext_lazy("Comments fetched afterwards"),
}


@dataclass(frozen=True, slots=True)
class Words:
    """What a recommendation says: what was found, what could be done, what it rests on."""

    title: str
    found: str
    advice: str
    reason: str


def labelled(figures: Sequence[Figure]) -> list[Figure]:
    """The figures with their labels in the reader's language."""
    return [
        replace(one, label=str(LABELS[one.ref])) if one.ref in LABELS else one for one in figures
    ]


def words_of(
    kind: Kind, subject: str, figures: Sequence[Figure], *, n: int, chance: float
) -> Words:
    """The words of one finding."""
    of = {one.ref: one.value for one in figures}
    title, found, advice = _SAYING[kind](subject, of)
    reason = _reason(kind, n, chance)
    if (
        kind in {Kind.HOUR, Kind.WEEKDAY, Kind.TOPIC}
        and {"group.times_low", "group.times_high"} <= of.keys()
    ):
        told = {"low": _times(of["group.times_low"]), "high": _times(of["group.times_high"])}
        between = _("Between %(low)s and %(high)s times, 95 times of 100.") % told
        reason = f"{reason} {between}"
    return Words(title, found, advice, reason)


def effect_words(effect: Mapping[str, Any]) -> str:
    """What became of it, from Effect.as_data; "" before the first measuring."""
    if not effect:
        return ""
    told = {"before": effect["n_before"], "after": effect["n_after"]}
    if effect["state"] == "early":
        if effect["measure"] == "early":
            return (
                _(
                    "Too early to say: %(after)d videos since then are a week old and were read at"
                    " that age, %(before)d before."
                )
                % told
            )
        if effect["measure"] == "gap":
            return _("Too early to say: %(after)d days have passed.") % told
        return _("Too early to say: %(after)d whole weeks since then, %(before)d before.") % told
    told |= {"old": _plain(Decimal(effect["before"])), "new": _plain(Decimal(effect["after"]))}
    if effect["measure"] == "gap":
        return (
            _("Not heard: %(new)s hours in the %(after)d days since, %(old)s in %(before)d before.")
            % told
        )
    found = {
        "early": _(
            "Views at the age of a week (median): %(new)s of %(after)d videos since,"
            " %(old)s of %(before)d before."
        ),
        "comments": _(
            "Comments a week (median): %(new)s in %(after)d weeks since,"
            " %(old)s in %(before)d before."
        ),
        "won": _(
            "Followers won a week (median): %(new)s in %(after)d weeks since,"
            " %(old)s in %(before)d before."
        ),
    }[effect["measure"]]
    if effect["state"] == "unclear":
        verdict = _("No clear effect: chance alone would often do the same.")
    else:
        verdict = _("A clear change; that this caused it is not proven.")
    return f"{found} {verdict}" % told


def _hour(subject: str, of: Mapping[str, Decimal]) -> tuple[str, str, str]:
    start, end = (int(part) for part in subject.split("-"))
    told = {
        "start": time_format(time(start), "TIME_FORMAT"),
        "end": time_format(time(end % 24), "TIME_FORMAT"),
        "times": _times(of["group.times"]),
    }
    return (
        _("Best hour to publish"),
        _(
            "Videos published between %(start)s and %(end)s were seen %(times)s times as often as"
            " was usual at their time."
        )
        % told,
        _("Publish the next videos between %(start)s and %(end)s and see whether it lasts.") % told,
    )


def _weekday(subject: str, of: Mapping[str, Decimal]) -> tuple[str, str, str]:
    told = {"day": WEEKDAYS[int(subject)], "times": _times(of["group.times"])}
    return (
        _("Best day to publish"),
        _(
            "Videos published on a %(day)s were seen %(times)s times as often as was usual at"
            " their time."
        )
        % told,
        _("Publish on a %(day)s in the next weeks and see whether it lasts.") % told,
    )


def _topic(_subject: str, of: Mapping[str, Decimal]) -> tuple[str, str, str]:
    told = {"times": _times(of["group.times"])}
    return (
        _("A subject that is seen more"),
        _(
            "Videos with this word in the title were seen %(times)s times as often as was usual at"
            " their time:"
        )
        % told,
        _("Plan another video about it. The word may stand for the subject, not cause the views."),
    )


def _rhythm(subject: str, of: Mapping[str, Decimal]) -> tuple[str, str, str]:
    told = {"usual": _plain(of["rhythm.usual"]), "times": _times(of["rhythm.times"])}
    if subject == "more":
        found = _(
            "In weeks with more than %(usual)s videos each one was seen %(times)s times as often as"
            " in the other weeks."
        )
        advice = _("A week with more videos did not take views from each of them: try it again.")
    else:
        found = _(
            "In weeks with %(usual)s videos or fewer each one was seen %(times)s times as often as"
            " in the other weeks."
        )
        advice = _("Fewer videos a week may be enough: try some calmer weeks.")
    return _("How often to publish"), found % told, advice


def _pause(_subject: str, of: Mapping[str, Decimal]) -> tuple[str, str, str]:
    told = {"days": _plain(of["pause.days"]), "longest": _plain(of["pause.longest"])}
    return (
        _("A long pause"),
        _("Nothing was published for %(days)s days; the longest pause before was %(longest)s days.")
        % told,
        _("If the pause is wanted, dismiss this. Else a short video shows that you are there."),
    )


def _views(subject: str, of: Mapping[str, Decimal]) -> tuple[str, str, str]:
    told = {
        "new": _plain(of["early.new"]),
        "old": _plain(of["early.old"]),
        "change": _plain(abs(of["early.change"])),
    }
    found = _(
        "A week after they were published, the videos of the last weeks had %(new)s views; before"
        " it was %(old)s."
    )
    if subject == "up":
        more = _("That is %(change)s %% more.")
        advice = _("Look at what the newest videos have in common, and keep it.")
        return _("Views are rising"), f"{found} {more}" % told, advice
    fewer = _("That is %(change)s %% fewer.")
    advice = _("Look at what has changed since: subject, title, hour. One cause is not proven.")
    return _("Views are falling"), f"{found} {fewer}" % told, advice


def _comments(subject: str, of: Mapping[str, Decimal]) -> tuple[str, str, str]:
    told = {"new": _plain(of["comments.new"]), "old": _plain(of["comments.old"])}
    found = _("%(new)s comments a week came in lately; before it was %(old)s.") % told
    if subject == "up":
        advice = _("Look into the inbox whether it is interest or an attack.")
        return _("More comments"), found, advice
    return _("Fewer comments"), found, _("Ask the viewers something in the next video.")


def _audience(subject: str, of: Mapping[str, Decimal]) -> tuple[str, str, str]:
    told = {"new": _plain(of["won.new"]), "old": _plain(of["won.old"])}
    found = _("%(new)s followers a week were won lately; before it was %(old)s.") % told
    if subject == "up":
        title, advice = _("The audience grows faster"), _("Greet who is new: say what you make.")
    else:
        title = _("The audience grows more slowly")
        advice = _("Look which videos won followers before, and make one like it.")
    return title, found, advice


def _video(_subject: str, of: Mapping[str, Decimal]) -> tuple[str, str, str]:
    told = {"times": _times(of["video.times"])}
    found = _("This video was seen %(times)s times as often as usual.") % told
    if of["video.times"] >= 1:
        advice = _("Look at what sets it apart, and whether a second part makes sense.")
        return _("A video far above the usual"), found, advice
    return (
        _("A video far below the usual"),
        found,
        _("Look at its title and hour beside the others, or whether the platform restricts it."),
    )


def _day(subject: str, of: Mapping[str, Decimal]) -> tuple[str, str, str]:
    told = {
        "day": date_format(date.fromisoformat(subject), "DATE_FORMAT"),
        "count": _plain(of["day.comments"]),
        "usual": _plain(of["day.usual"]),
    }
    return (
        _("A day with far more comments"),
        _("On %(day)s %(count)s comments came in; usual on that weekday are %(usual)s.") % told,
        _("Look into the inbox whether it is interest or an attack."),
    )


def _gap(_subject: str, of: Mapping[str, Decimal]) -> tuple[str, str, str]:
    told = {"hours": _plain(of["gap.hours"])}
    if of["gap.open"]:
        found = _(
            "Aura could not hear this account for %(hours)s hours of the last 28 days, and not all"
            " of it was fetched since. Figures of these days are incomplete."
        )
    else:
        found = _(
            "Aura could not hear this account for %(hours)s hours of the last 28 days. What there"
            " was to fetch was fetched since."
        )
    return (
        _("Not everything was heard"),
        found % told,
        _("The page of the account says why and what helps."),
    )


_SAYING = {
    Kind.HOUR: _hour,
    Kind.WEEKDAY: _weekday,
    Kind.TOPIC: _topic,
    Kind.RHYTHM: _rhythm,
    Kind.PAUSE: _pause,
    Kind.VIEWS: _views,
    Kind.COMMENTS: _comments,
    Kind.AUDIENCE: _audience,
    Kind.VIDEO: _video,
    Kind.DAY: _day,
    Kind.GAP: _gap,
}


def _reason(kind: Kind, n: int, chance: float) -> str:
    """What it rests on, and how often chance alone would do the same."""
    if kind == Kind.GAP:
        text = ngettext(
            "A fact, from %(n)d stretch without contact.",
            "A fact, from %(n)d stretches without contact.",
            n,
        )
        return text % {"n": n}
    if kind in {Kind.RHYTHM, Kind.COMMENTS, Kind.AUDIENCE}:
        rests = ngettext("It rests on %(n)d week.", "It rests on %(n)d weeks.", n)
    elif kind == Kind.DAY:
        rests = ngettext("It rests on %(n)d day.", "It rests on %(n)d days.", n)
    elif kind == Kind.PAUSE:
        rests = ngettext("It rests on %(n)d pause.", "It rests on %(n)d pauses.", n)
    else:
        rests = ngettext("It rests on %(n)d video.", "It rests on %(n)d videos.", n)
    count = round(chance * 1000)
    if not count:
        luck = _("Chance alone would do this less than once in 1,000 times.")
    else:
        luck = ngettext(
            "Chance alone would do this about %(count)d time in 1,000.",
            "Chance alone would do this about %(count)d times in 1,000.",
            count,
        )
    return f"{rests} {luck}" % {"n": n, "count": count}


def _times(value: Decimal) -> str:
    return str(number_format(value, decimal_pos=1, force_grouping=True))


def _plain(value: Decimal) -> str:
    is_whole = value == value.to_integral_value()
    return str(number_format(value, decimal_pos=0 if is_whole else 1, force_grouping=True))
