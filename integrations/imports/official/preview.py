"""A surveyed export in words: what it holds, what it does not, what can be chosen."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.utils.functional import Promise
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from integrations.imports.official.absences import ABSENT
from integrations.imports.official.shape import Part

LABELS: dict[str, Promise] = {
    Part.COMMENTS: _("Comments you wrote"),
    Part.LIVE: _("Live chat messages you wrote"),
    Part.MESSAGES: _("Direct messages you received"),
    Part.REQUESTS: _("Message requests from people you do not know"),
}
NOTES: dict[str, Promise] = {
    Part.COMMENTS: _(
        "They are kept as your own, so that threads can be read. They are not judged."
    ),
    Part.LIVE: _("They are kept as your own, so that threads can be read. They are not judged."),
    Part.MESSAGES: _(
        "Everybody who may see imported comments in this workspace will see them. They are judged "
        "and masked like all others."
    ),
    Part.REQUESTS: _("They are judged and masked like all others."),
}


@dataclass(frozen=True, slots=True)
class PartLine:
    """One part of an export on the page where a person chooses."""

    part: str
    label: str
    note: str
    rows: int
    own: int
    bad: int
    is_offered: bool


@dataclass(frozen=True, slots=True)
class Preview:
    """All that is told before anything is taken."""

    lines: tuple[PartLine, ...]
    absent: tuple[str, ...]
    left_out: tuple[tuple[str, int], ...]  # reason and how often: rows, then files
    since: datetime | None
    until: datetime | None


def preview_of(found: Mapping[str, Any]) -> Preview | None:
    """The preview of a run's survey; None when there was none."""
    if "parts" not in found:
        return None
    lines = tuple(
        PartLine(
            part=part,
            label=str(LABELS[part]),
            note=str(NOTES[part]),
            is_offered=part in found["offered"],
            **found["parts"][part],
        )
        for part in Part
        if part in found["parts"]
    )
    reasons = {**found["reasons"], **found["passed_over"]}
    return Preview(
        lines=lines,
        absent=tuple(gettext(text) for text in ABSENT.get(found["platform"], ())),
        left_out=tuple((gettext(reason), count) for reason, count in reasons.items()),
        since=_moment(found["since"]),
        until=_moment(found["until"]),
    )


def _moment(text: str | None) -> datetime | None:
    return datetime.fromisoformat(text) if text else None
