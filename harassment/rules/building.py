"""A rule while somebody builds it: form fields in, rows out, whether they make sense yet or not."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol

from harassment.rules.actions import ACTIONS
from harassment.rules.conditions import (
    CHOICES,
    CONDITIONS_MOST,
    MATCHES,
    NUMBERS,
    WORDS,
    RuleError,
    read_condition,
)
from harassment.rules.wording import SUBJECTS, error_sentence, op_words

GROUPS_MOST = 5
_FIELD_MOST = 2_000  # characters of one form field
Choices = Mapping[str, Sequence[tuple[str, str]]]  # subject to (value, words)


class Sent(Protocol):
    """What a form sent: Django's QueryDict fits."""

    def get(self, key: str, default: str) -> Any:
        """The last value of that name."""

    def getlist(self, key: str) -> list[Any]:
        """All values of that name."""


@dataclass
class Row:
    """One condition on the page."""

    prefix: str
    what: str = "score"
    op: str = ""
    value: str = ""
    error: str = ""
    choices: Sequence[tuple[str, str]] = ()

    @property
    def kind(self) -> str:
        """How its value is asked for: "choice", "words" or "number"."""
        if self.what == WORDS:
            return "words"
        return "choice" if self.what in CHOICES or self.what == "severity" else "number"

    @property
    def ops(self) -> tuple[tuple[str, str], tuple[str, str]]:
        """The ways of comparing."""
        return op_words(self.what)

    @property
    def step(self) -> str:
        """What the arrows of a number field add."""
        return "0.01" if self.what.startswith("score") else "1"

    @property
    def most(self) -> str:
        """The highest number that makes sense."""
        return f"{NUMBERS.get(self.what, 0):g}"

    def raw(self) -> dict[str, Any]:
        """As `read_condition` wants it."""
        value = self.value.split(",") if self.what == WORDS else self.value
        return {"what": self.what, "op": self.op, "value": value}


@dataclass
class Part:
    """A group on the page: its rows, and how they are taken together."""

    prefix: str
    match: str = "all"
    rows: list[Row] = field(default_factory=list)


@dataclass
class Draft:
    """All of the form. The first part is the rule's own group, the others stand in it."""

    name: str = ""
    note: str = ""
    label: str = ""
    does: tuple[str, ...] = ()
    parts: list[Part] = field(default_factory=lambda: [Part("g0")])

    @property
    def count(self) -> int:
        """How many conditions there are."""
        return sum(len(part.rows) for part in self.parts)

    @property
    def can_grow(self) -> bool:
        """Whether there is room for one more condition."""
        return self.count < CONDITIONS_MOST

    @property
    def can_branch(self) -> bool:
        """Whether there is room for one more group."""
        return self.can_grow and len(self.parts) <= GROUPS_MOST

    @property
    def has_errors(self) -> bool:
        """Whether a condition says nothing yet."""
        return any(row.error for part in self.parts for row in part.rows)

    def conditions(self) -> dict[str, Any]:
        """As JSON, unchecked."""
        root, *others = self.parts
        of: list[dict[str, Any]] = [row.raw() for row in root.rows]
        of += [
            {"match": part.match, "of": [row.raw() for row in part.rows]}
            for part in others
            if part.rows
        ]
        return {"match": root.match, "of": of}

    def actions(self) -> list[dict[str, str]]:
        """As JSON, unchecked."""
        return [{"do": do, "name": self.label} if do == "label" else {"do": do} for do in self.does]

    def check(self) -> None:
        """Write beside each condition what is wrong with it."""
        for part in self.parts:
            for row in part.rows:
                try:
                    read_condition(row.raw())
                except RuleError as error:
                    row.error = error_sentence(error.reason, error.value)

    def dress(self, choices: Choices) -> None:
        """Give every row what can be chosen in it."""
        for part in self.parts:
            for row in part.rows:
                row.choices = choices.get(row.what, ())
                if row.op not in dict(row.ops):
                    row.op = row.ops[0][0]


def sent_draft(data: Sent) -> Draft:
    """What the form sent. Total: anything unknown becomes a default."""
    draft = Draft(
        name=_text(data, "name"),
        note=_text(data, "note"),
        label=_text(data, "label"),
        does=tuple(do for do in ACTIONS if do in data.getlist("does")),
        parts=[],
    )
    for index in range(GROUPS_MOST + 1):
        prefix = f"g{index}"
        match = _text(data, f"{prefix}-match")
        if index and not match:
            continue
        part = Part(f"g{len(draft.parts)}", match if match in MATCHES else "all")
        for place in range(CONDITIONS_MOST):
            name = f"{prefix}-c{place}"
            what = _text(data, f"{name}-what")
            if what not in SUBJECTS or not draft.can_grow:
                continue
            part.rows.append(
                Row(
                    f"{part.prefix}-c{len(part.rows)}",
                    what,
                    _text(data, f"{name}-op"),
                    # A value that was meant for another subject would be nonsense here.
                    _text(data, f"{name}-value") if _text(data, f"{name}-was") == what else "",
                )
            )
        draft.parts.append(part)
    return draft


def kept_draft(
    name: str, conditions: Mapping[str, Any], actions: Sequence[Mapping[str, str]]
) -> Draft:
    """A version as a form. Groups within groups of it were never built here and are left out."""
    label = next((one["name"] for one in actions if one["do"] == "label"), "")
    draft = Draft(name=name, label=label, does=tuple(one["do"] for one in actions), parts=[])
    groups = [conditions, *(one for one in conditions["of"] if "of" in one)]
    for index, group in enumerate(groups[: GROUPS_MOST + 1]):
        part = Part(f"g{index}", group["match"])
        for one in group["of"]:
            if "of" not in one:
                part.rows.append(
                    Row(f"g{index}-c{len(part.rows)}", one["what"], one["op"], _shown(one["value"]))
                )
        draft.parts.append(part)
    return draft


def new_draft() -> Draft:
    """What an empty page begins with."""
    part = Part("g0", rows=[Row("g0-c0", "score", "least", "0.60")])
    return Draft(parts=[part], does=("hold",))


def changed(draft: Draft, step: str) -> Draft:
    """The form after one of its buttons: "add:g0", "group", "drop:g0-c1" or "drop:g1"."""
    verb, _, place = step.partition(":")
    if verb == "group" and draft.can_branch:
        prefix = f"g{len(draft.parts)}"
        draft.parts.append(Part(prefix, "any", [Row(f"{prefix}-c0")]))
    for part in draft.parts:
        if verb == "add" and part.prefix == place and draft.can_grow:
            part.rows.append(Row(f"{place}-c{len(part.rows)}"))
            break
        if verb == "drop":
            part.rows = [row for row in part.rows if row.prefix != place]
    if verb == "drop":
        root, *others = draft.parts
        draft.parts = [root, *(part for part in others if part.prefix != place and part.rows)]
        _number(draft)
    return draft


def _number(draft: Draft) -> None:
    for index, part in enumerate(draft.parts):
        part.prefix = f"g{index}"
        for place, row in enumerate(part.rows):
            row.prefix = f"g{index}-c{place}"


def _shown(value: object) -> str:
    if isinstance(value, list):
        return ", ".join(map(str, value))
    return f"{value:g}" if isinstance(value, float | int) else str(value)


def _text(data: Sent, name: str) -> str:
    return str(data.get(name, "")).strip()[:_FIELD_MOST].replace("\x00", "")
