"""Writes a report: sections of labelled texts, the same for the page, the PDF and plain text."""

import calendar
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Any

from harassment.reports.catalogue import texts
from harassment.reports.facts import BRIEF, COMPLAINT, NOTICE, PLATFORM, Facts, Item


@dataclass(frozen=True, slots=True)
class Line:
    """One text with its label, or without. `is_words`: the abusive words themselves."""

    label: str
    text: str
    is_words: bool = False


@dataclass(frozen=True, slots=True)
class Section:
    """A heading with its lines."""

    title: str
    lines: tuple[Line, ...]


@dataclass(frozen=True, slots=True)
class Composed:
    """A whole report."""

    title: str
    sections: tuple[Section, ...]
    colon: str  # between a label and its text, as the language spaces it

    def plain(self) -> str:
        """The report as text for a mail."""
        parts = [self.title]
        for section in self.sections:
            parts += ["", section.title] if section.title else [""]
            parts += [f"{line.label}{self.colon}{line.text}" if line.label else line.text
                      for line in section.lines]  # fmt: skip
        return "\n".join(parts) + "\n"


def compose(facts: Facts) -> Composed:
    """The report in its language. Unfinished facts give an unfinished report, never an error."""
    writer = _Writer(facts)
    title, sections = {
        NOTICE: writer.notice,
        PLATFORM: writer.platform,
        COMPLAINT: writer.complaint,
        BRIEF: writer.brief,
    }[facts.kind]()
    kept = (Section(one.title, tuple(line for line in one.lines if line.text)) for one in sections)
    return Composed(title, tuple(one for one in kept if one.lines), texts(facts.language)["colon"])


def form_text(facts: Facts) -> str:
    """What goes into the one field of a platform's form: short, and without the abusive words."""
    return _Writer(facts).short()


def prescribed_on(facts: Facts) -> date | None:
    """Until when prosecution of the oldest item stays possible; None when only a lawyer can say."""
    if not facts.ground or not facts.ground.months or not facts.items:
        return None
    oldest = min(item.published_at for item in facts.items).astimezone(UTC).date()
    return months_after(oldest, facts.ground.months)


def months_after(day: date, months: int) -> date:
    """The same day some months later, or the last day of that month."""
    year, month = divmod(day.month - 1 + months, 12)
    year, month = day.year + year, month + 1
    return date(year, month, min(day.day, calendar.monthrange(year, month)[1]))


class _Writer:
    """The sections of the four kinds, in the language of the facts."""

    def __init__(self, facts: Facts) -> None:
        words = texts(facts.language)
        self._facts = facts
        self._words = words
        self._labels: dict[str, str] = words["labels"]
        self._titles: dict[str, str] = words["titles"]
        self._lines: dict[str, str] = words["lines"]

    def notice(self) -> tuple[str, list[Section]]:
        facts, lines = self._facts, self._lines
        stated = lines["good_faith"] if facts.is_good_faith else lines["no_good_faith"]
        return self._titles["notice"], [
            Section("", (Line("", lines["basis"]), *self._head())),
            self._section("where", [*self._addresses(), *self._items()]),
            self._section("illegal", [*self._ground(), self._line("why", facts.why)]),
            self._section("sender", self._sender()),
            self._section("statement", [Line("", stated)]),
            self._section("request", [Line("", lines["receipt"]), Line("", lines["decision"])]),
            self._limits(),
        ]

    def platform(self) -> tuple[str, list[Section]]:
        form = self._facts.form
        title = self._titles["platform"].format(platform=self._facts.platform_label)
        return title, [
            Section("", tuple(self._head())),
            self._section(
                "form",
                [
                    self._line("form", form.address if form else ""),
                    *self._addresses(),
                    self._line("text", self.short()),
                ],
            ),
            self._section("items", self._items()),
            self._limits(),
        ]

    def complaint(self) -> tuple[str, list[Section]]:
        facts = self._facts
        return self._titles["complaint"], [
            Section("", (*self._head(), *self._sender())),
            self._section("facts", [Line("", self._counted()), Line("", facts.why)]),
            self._section("items", [*self._items(), *self._quotes(), *self._addresses()]),
            self._section("damage", [self._line("harm", facts.harm)]),
            self._section("law", [*self._ground(), self._line("period", self._period())]),
            self._section("proof", self._proof()),
            self._limits(),
        ]

    def brief(self) -> tuple[str, list[Section]]:
        facts = self._facts
        return self._titles["brief"], [
            Section("", (*self._head(), *self._sender())),
            self._section("mission", [Line("", facts.asked)]),
            self._section("facts", [Line("", self._counted()), Line("", facts.why)]),
            self._section("items", [*self._items(), *self._quotes(), *self._addresses()]),
            self._section("damage", [self._line("harm", facts.harm)]),
            self._section("law", [*self._ground(), self._line("period", self._period())]),
            self._section("proof", self._proof()),
            self._limits(),
        ]

    def short(self) -> str:
        facts = self._facts
        return self._lines["short"].format(
            ground=facts.ground.label(facts.language) if facts.ground else "",
            why=facts.why.strip(),
            count=len(facts.items),
            reference=facts.reference,
        )

    def _section(self, title: str, lines: Iterable[Line]) -> Section:
        return Section(self._titles[title], tuple(lines))

    def _line(self, label: str, text: str, **values: Any) -> Line:
        return Line(self._labels[label].format(**values), text)

    def _head(self) -> list[Line]:
        facts = self._facts
        about = self._lines["about"].format(account=facts.account, platform=facts.platform_label)
        return [
            self._line("to", facts.recipient),
            self._line("reference", facts.reference),
            self._line("on", about),
        ]

    def _sender(self) -> list[Line]:
        if self._facts.is_nameless:
            return [Line("", self._lines["nameless"])]
        return [
            self._line("name", self._facts.sender_name),
            self._line("email", self._facts.sender_email),
        ]

    def _ground(self) -> list[Line]:
        facts = self._facts
        if facts.ground is None:
            return []
        return [
            self._line("ground", facts.ground.label(facts.language)),
            self._line("law", facts.ground.law),
        ]

    def _addresses(self) -> list[Line]:
        return [self._line("addresses", address) for address in self._facts.addresses]

    def _items(self) -> list[Line]:
        return [self._line("item", self._item(item), number=item.number)
                for item in self._facts.items]  # fmt: skip

    def _item(self, item: Item) -> str:
        said = self._lines["item"].format(
            kinds=", ".join(self._words["kinds"].get(kind, self._words["unnamed"])
                            for kind in item.kinds) or self._words["unnamed"],
            author=item.author or self._words["unknown"],
            published=self._moment(item.published_at),
            sealed=self._moment(item.sealed_at),
            post=item.post or self._words["unknown"],
        )  # fmt: skip
        return f"{said} (SHA-256 {item.hash})"

    def _quotes(self) -> list[Line]:
        if not self._facts.has_words:
            return [Line("", self._words["withheld"])] if self._facts.items else []
        label = self._labels["words"]
        return [
            Line(label.format(number=item.number), self._words["erased"])
            if item.is_erased
            else Line(label.format(number=item.number), item.words, is_words=True)
            for item in self._facts.items
        ]

    def _counted(self) -> str:
        facts = self._facts
        if facts.first_at is None or facts.last_at is None:
            return ""
        return self._lines["counted"].format(
            comments=facts.comments,
            authors=facts.authors,
            first=self._moment(facts.first_at),
            last=self._moment(facts.last_at),
        )

    def _period(self) -> str:
        day = prescribed_on(self._facts)
        if day is None:
            return self._lines["open_period"]
        return self._lines["until"].format(day=day.strftime(self._words["day"]))

    def _proof(self) -> list[Line]:
        return [
            Line("", self._lines["recorded"]),
            self._line("head", self._facts.head),
            self._line("key", self._facts.key),
        ]

    def _limits(self) -> Section:
        names = ("presumption", "limit_seen", "limit_machine", "limit_record")
        return self._section("limits", [Line("", self._lines[name]) for name in names])

    def _moment(self, moment: datetime) -> str:
        return moment.astimezone(UTC).strftime(self._words["moment"])
