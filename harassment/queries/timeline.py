"""The timeline of a case in words: who did what, and what Aura noticed."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from accounts.templatetags.aura import severity_word
from harassment.detection.summary import summarise_counts
from harassment.models import Case, CaseEvent
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
    """One event, ready to show. `note` was written by a member; the rest by Aura."""

    icon: str
    tone: str
    title: str
    detail: str
    note: str
    at: datetime


@dataclass(frozen=True, slots=True)
class Timeline:
    """The newest events of a case."""

    lines: tuple[TimelineLine, ...]
    has_more: bool


def timeline(case: Case, *, size: int = EVENTS_SHOWN) -> Timeline:
    """The newest events of a case: one query."""
    events = list(CaseEvent.objects.filter(case=case)[: size + 1])
    return Timeline(tuple(_line(event) for event in events[:size]), len(events) > size)


def _line(event: CaseEvent) -> TimelineLine:
    icon, tone, title, detail = _words(event)
    return TimelineLine(icon, tone, title, detail, event.note, event.at)


def _words(event: CaseEvent) -> Words:
    return _SPOKEN[Kind(event.kind)](event.data, {"who": event.actor_label})


def _opened(data: Data, who: Who) -> Words:
    title = _("Unusual wave of comments noticed") if data.get("is_wave") else _("Case opened")
    return "case", "accent", title, ""


def _graver(data: Data, who: Who) -> Words:
    return "up", "danger", _("Now %(severity)s") % {"severity": severity_word(data["to"])}, ""


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
    icon = {Verb.PUBLISH: "eye", Verb.REPLY: "reply"}.get(data["verb"], "hide")
    if data["state"] in ModerationAction.UNFINISHED:
        asked = {
            Verb.HIDE: _("Hiding asked for"),
            Verb.REJECT: _("Rejection asked for"),
            Verb.PUBLISH: _("Publishing asked for"),
            Verb.REPLY: _("Answer on its way"),
        }[data["verb"]]
        return icon, "", asked, _("by %(who)s") % who if who["who"] else ""
    if data["state"] == State.CONFIRMED:
        done = {
            Verb.HIDE: _("Comment hidden"),
            Verb.REJECT: _("Comment rejected"),
            Verb.PUBLISH: _("Comment public again"),
            Verb.REPLY: _("Answered in public"),
        }[data["verb"]]
        return icon, "ok", done, _("Read back and confirmed")
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
}
