"""The timeline of a case in words: who did what, and what Aura noticed."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import Q
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from accounts.templatetags.aura import severity_word
from harassment.detection.summary import summarise_counts
from harassment.models import Case, CaseEvent, Report
from integrations.models import ModerationAction

EVENTS_SHOWN = 12
EVENTS_PER_PAGE = 100

Data = Mapping[str, Any]
Who = Mapping[str, str]
Words = tuple[str, str, str, str]  # icon, tone, title, detail

Kind = CaseEvent.Kind
Verb = ModerationAction.Verb
State = ModerationAction.State


@dataclass(frozen=True, slots=True)
class TimelineLine:
    """One event, ready to show. `note` was written by a member; the rest by Aura.

    `of`: the label of the case it happened in, when that one was merged into this one.
    """

    icon: str
    tone: str
    title: str
    detail: str
    note: str
    at: datetime
    of: str = ""


@dataclass(frozen=True, slots=True)
class Timeline:
    """The newest events of a case."""

    lines: tuple[TimelineLine, ...]
    has_more: bool


def timeline(case: Case, *, size: int = EVENTS_SHOWN) -> Timeline:
    """The newest events of a case and of those merged into it: one query."""
    of_case = CaseEvent.objects.filter(Q(case=case) | Q(case__merged_into=case))
    events = list(of_case.select_related("case")[: size + 1])
    return Timeline(tuple(_line(event, case) for event in events[:size]), len(events) > size)


def _line(event: CaseEvent, case: Case) -> TimelineLine:
    icon, tone, title, detail = _words(event)
    of = "" if event.case_id == case.pk else event.case.label
    return TimelineLine(icon, tone, title, detail, event.note, event.at, of)


def _words(event: CaseEvent) -> Words:
    return _SPOKEN[Kind(event.kind)](event.data, {"who": event.actor_label})


def _opened(data: Data, who: Who) -> Words:
    if who["who"]:
        return "case", "accent", _("Case opened by hand"), _("by %(who)s") % who
    title = _("Unusual wave of comments noticed") if data.get("is_wave") else _("Case opened")
    return "case", "accent", title, ""


def _graver(data: Data, who: Who) -> Words:
    title = _("Now %(severity)s") % {"severity": severity_word(data["to"])}
    is_graver = data["to"] > data["from"]
    by = _("by %(who)s") % who if who["who"] else ""
    return ("up" if is_graver else "dn"), ("danger" if is_graver else ""), title, by


def _revealed(data: Data, who: Who) -> Words:
    return "eye", "", _("Read by %(who)s") % who, _("The words were revealed once.")


def _assigned(data: Data, who: Who) -> Words:
    if not data.get("to"):
        return "user", "", _("Nobody is assigned any more"), _("by %(who)s") % who
    title = _("Assigned to %(name)s") % {"name": data["to"]}
    return "user", "", title, _("by %(who)s") % who


def _noted(data: Data, who: Who) -> Words:
    return "note", "", _("Note by %(who)s") % who, ""


def _found(data: Data, who: Who) -> Words:
    count = data["count"]
    title = ngettext("%(count)d abusive comment", "%(count)d abusive comments", count)
    return "warn", "danger", title % {"count": count}, summarise_counts(data["kinds"])


def _captured(data: Data, who: Who) -> Words:
    first, last = data["first"], data["last"]
    if data.get("is_edit"):
        return "seal", "ok", _("New wording sealed as #%(number)d") % {"number": first}, ""
    if first == last:
        return "seal", "ok", _("Sealed as #%(number)d") % {"number": first}, ""
    return "seal", "ok", _("Sealed as #%(first)d to #%(last)d") % {
        "first": first, "last": last,
    }, ""  # fmt: skip


def _acted(data: Data, who: Who) -> Words:
    icon = {
        Verb.PUBLISH: "eye",
        Verb.REPLY: "reply",
        Verb.BAN: "block",
        Verb.TIMEOUT: "clock",
        Verb.UNBAN: "eye",
    }.get(data["verb"], "hide")
    if data["state"] in ModerationAction.UNFINISHED:
        asked = {
            Verb.HIDE: _("Hiding asked for"),
            Verb.REJECT: _("Rejection asked for"),
            Verb.PUBLISH: _("Publishing asked for"),
            Verb.REPLY: _("Answer on its way"),
            Verb.BAN: _("Ban of the author asked for"),
            Verb.TIMEOUT: _("Time-out of the author asked for"),
            Verb.UNBAN: _("End of the ban asked for"),
        }[data["verb"]]
        return icon, "", asked, _("by %(who)s") % who if who["who"] else ""
    if data["state"] == State.CONFIRMED:
        done = {
            Verb.HIDE: _("Comment hidden"),
            Verb.REJECT: _("Comment rejected"),
            Verb.PUBLISH: _("Comment public again"),
            Verb.REPLY: _("Answered in public"),
            Verb.BAN: _("Author banned"),
            Verb.TIMEOUT: _("Author sent out for five minutes"),
            Verb.UNBAN: _("Author let in again"),
        }[data["verb"]]
        return icon, "ok", done, _("Read back and confirmed")
    if data["state"] == State.WITHDRAWN:
        back = _("Taken back before it was sent")
        return "undo", "", back, _("by %(who)s") % who if who["who"] else ""
    if data["state"] == State.REFUSED:
        return icon, "danger", _("The platform refused"), _("Nothing was changed there.")
    return icon, "warn", _("The platform did not confirm"), _("The comment needs a person again.")


def _decided(data: Data, who: Who) -> Words:
    if data["word"] == "dismissed":
        return "check", "", _("One comment is not abuse"), _("says %(who)s") % who
    if data["word"] == "reopened":
        return "undo", "", _("One comment needs a person again"), _("says %(who)s") % who
    return "check", "ok", _("One comment dealt with"), _("by %(who)s") % who


def _status(data: Data, who: Who) -> Words:
    by = _("by %(who)s") % who
    if data.get("into"):
        return "case", "", _("Gathered into %(case)s") % {"case": data["into"]}, _("part of a wave")
    if data["to"] == Case.Status.RESOLVED:
        return "check", "ok", _("Case resolved"), by
    if data["to"] == Case.Status.DISMISSED:
        return "x", "", _("Case dismissed"), by
    return "undo", "accent", _("Case reopened"), by


_STEPS: Mapping[str, tuple[str, str, Callable[[], str]]] = {
    "begun": ("note", "", lambda: _("%(report)s: draft begun")),
    "approved": ("check", "ok", lambda: _("%(report)s: approved")),
    "reopened": ("undo", "", lambda: _("%(report)s: open for changes again")),
    "sent": ("send", "accent", lambda: _("%(report)s: sent")),
    "received": ("check", "", lambda: _("%(report)s: receipt confirmed")),
    "answered": ("reply", "accent", lambda: _("%(report)s: answered")),
    "reminded": ("clock", "warn", lambda: _("%(report)s: no answer yet")),
    "withdrawn": ("x", "", lambda: _("%(report)s: withdrawn")),
    "downloaded": ("file", "", lambda: _("%(report)s: PDF taken")),
}


def _reported(data: Data, who: Who) -> Words:
    icon, tone, title = _STEPS[data["step"]]
    by = _("by %(who)s") % who if who["who"] else ""
    return icon, tone, title() % {"report": Report.Kind(data["report"]).label}, by


def _exported(data: Data, who: Who) -> Words:
    count = data["items"]
    title = ngettext("Copy made of %(count)d item", "Copy made of %(count)d items", count)
    return "out", "accent", title % {"count": count}, _("by %(who)s") % who


def _erased(data: Data, who: Who) -> Words:
    title = _("Words of #%(number)d erased; the chain still holds") % {"number": data["number"]}
    return "x", "warn", title, _("by %(who)s") % who


def _merged(data: Data, who: Who) -> Words:
    by = _("by %(who)s") % who
    if data.get("is_source"):
        return "link", "accent", _("Merged into %(case)s") % {"case": data["into"]}, by
    count = data["count"]
    title = ngettext(
        "%(count)d comment joined from %(case)s", "%(count)d comments joined from %(case)s", count
    )
    return "link", "accent", title % {"count": count, "case": data["from"]}, by


def _split(data: Data, who: Who) -> Words:
    by, count = _("by %(who)s") % who, data["count"]
    if data.get("is_source"):
        title = ngettext(
            "%(count)d comment moved to %(case)s", "%(count)d comments moved to %(case)s", count
        )
        return "ud", "accent", title % {"count": count, "case": data["into"]}, by
    if data.get("is_undo"):
        return "undo", "accent", _("Taken out of %(case)s again") % {"case": data["from"]}, by
    title = ngettext(
        "%(count)d comment split off %(case)s", "%(count)d comments split off %(case)s", count
    )
    return "ud", "accent", title % {"count": count, "case": data["from"]}, by


def _linked(data: Data, who: Who) -> Words:
    words = _("No longer linked to %(case)s") if data.get("is_gone") else _("Linked to %(case)s")
    return "link", "", words % {"case": data["to"]}, _("by %(who)s") % who


def _escalated(data: Data, who: Who) -> Words:
    if data.get("is_answer"):
        return "check", "ok", _("Escalation answered by %(who)s") % who, ""
    to = _("to %(names)s") % {"names": ", ".join(data["to"])} if data["to"] else ""
    return "up", "danger", _("Escalated by %(who)s") % who, to


def _waited(data: Data, who: Who) -> Words:
    by = _("by %(who)s") % who
    if not data.get("for"):
        return "clock", "", _("The clock runs again"), by
    whom = Case.Waiting(data["for"]).label
    return "clock", "", _("Waiting for %(whom)s, the clock stands") % {"whom": whom}, by


def _late(data: Data, who: Who) -> Words:
    return "clock", "danger", _("Its time has run out"), ""


def _forgotten(data: Data, who: Who) -> Words:
    by = _("by %(who)s") % who if who["who"] else ""
    if data.get("is_kept"):
        days = data["days"]
        title = ngettext(
            "Author kept for %(count)d more day", "Author kept for %(count)d more days", days
        )
        return "lock", "", title % {"count": days}, by
    return "x", "", _("Author forgotten"), by or _("The review date has passed.")


_SPOKEN: Mapping[CaseEvent.Kind, Callable[[Data, Who], Words]] = {
    Kind.OPENED: _opened,
    Kind.INCIDENT: _found,
    Kind.SEVERITY: _graver,
    Kind.CAPTURED: _captured,
    Kind.ACTION: _acted,
    Kind.DECIDED: _decided,
    Kind.REVEALED: _revealed,
    Kind.STATUS: _status,
    Kind.ASSIGNED: _assigned,
    Kind.NOTE: _noted,
    Kind.MERGED: _merged,
    Kind.SPLIT: _split,
    Kind.LINKED: _linked,
    Kind.ESCALATED: _escalated,
    Kind.WAITING: _waited,
    Kind.OVERDUE: _late,
    Kind.FORGOTTEN: _forgotten,
    Kind.REPORTED: _reported,
    Kind.EXPORTED: _exported,
    Kind.ERASED: _erased,
}
