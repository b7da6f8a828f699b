"""Labelled tables that somebody brings: found out about first, then read row by row."""

import csv
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from integrations.imports.encoding import NOT_UTF8, FileError, inspect

SEPARATORS = (",", ";", "\t")
LONGEST_CELL = 2_000_000
MOST_GROUPS = 1000
SHOWN = 8
BROKEN = "\ufffd"
"""What bytes that are no text become."""
BROKEN_SHARE = 0.1
FEW = 20
"""That many rows may hold broken bytes, and this share of a long table."""

_POSITIVE = (
    "toxic", "hateful", "hate", "hate speech", "offensive", "abusive", "harmful", "harassment",
    "off", "hof", "sexist", "racist",
)  # fmt: skip
_NEGATED = re.compile(r"(?:not|non|no) ?(.+)")
POSITIVE = {"1", "1.0", "true", "yes", *_POSITIVE}
NEGATIVE = {
    "0", "0.0", "false", "no", "none", "not", "neither", "normal", "neutral", "benign", "clean",
    "harmless", "safe",
}  # fmt: skip


class TableError(Exception):
    """The table cannot be used; the message is one sentence for people."""


def truth_of(label: str) -> int | None:
    """1 for harmful, 0 for harmless, None for a label nobody knows."""
    value = " ".join(re.split(r"[\s_-]+", label.strip().lower()))
    if value in POSITIVE:
        return 1
    negated = _NEGATED.fullmatch(value)
    return 0 if value in NEGATIVE or (negated and negated[1] in _POSITIVE) else None


@dataclass(frozen=True, slots=True)
class Labelled:
    """One row: a text and whether people call it harmful; `extra` holds the other columns asked."""

    text: str
    truth: int
    extra: tuple[str, ...]


@dataclass
class Survey:
    """What one pass over the file told: rows, and which of them are odd."""

    rows: int = 0
    empty: int = 0
    undecodable: int = 0
    unknown: dict[str, int] = field(default_factory=dict)
    """Labels nobody knows, each with the line of its first appearance."""


@dataclass(frozen=True)
class LabelledTable:
    """A CSV file with a header, checked: every label is understood. Iterating reads it anew."""

    path: Path
    encoding: str
    separator: str
    places: tuple[int, ...]
    survey: Survey

    def __iter__(self) -> Iterator[Labelled]:
        """The rows in order, in constant memory."""
        for cells, _ in _read(self.path, self.encoding, self.separator, self.places):
            yield Labelled(cells[0], truth_of(cells[1]) or 0, tuple(cells[2:]))


def open_table(path: Path, *, text: str, label: str, extra: tuple[str, ...] = ()) -> LabelledTable:
    """Find out how the file is written and read it once.

    Comma, semicolon or tab; UTF-8, UTF-16 with its mark, or Windows' western letters; a few broken
    bytes are read as U+FFFD and counted. Empty texts stay. Raises TableError when the file or a
    column is missing, when it has no rows, or when a label is not understood.
    """
    if not path.is_file():
        raise TableError(f"There is no file {path}.")
    csv.field_size_limit(LONGEST_CELL)
    encoding = _encoding(path)
    wanted = (text, label, *extra)
    separator, header = _header(path, encoding, wanted)
    missing = [name for name in wanted if name not in header]
    if missing:
        raise TableError(
            f"The file has no column {', '.join(missing)}. It has: {', '.join(header)}."
        )
    places = tuple(header.index(name) for name in wanted)
    survey = _survey(path, encoding, separator, places)
    if not survey.rows:
        raise TableError(f"{path} has no rows below its header.")
    if survey.unknown:
        raise TableError(_not_understood(label, survey))
    if survey.undecodable > max(FEW, survey.rows * BROKEN_SHARE):
        raise TableError(
            f"{survey.undecodable} of {survey.rows} rows hold bytes that are not UTF-8. "
            "Save the file as UTF-8."
        )
    return LabelledTable(path, encoding, separator, places, survey)


def _encoding(path: Path) -> str:
    try:
        with path.open("rb") as stream:
            return inspect(stream).encoding
    except OSError as error:
        raise TableError(f"{path} cannot be read: {error}.") from error
    except FileError as error:
        # Mostly UTF-8 with broken places: read on, and count them.
        if error.sentence == NOT_UTF8 and error.line is not None:
            return "utf-8-sig"
        raise TableError(f"{path}: {error.sentence}") from error


def _header(path: Path, encoding: str, wanted: tuple[str, ...]) -> tuple[str, list[str]]:
    """The separator under which most of the wanted columns exist, else the one that cuts most."""
    found: list[tuple[int, int, str, list[str]]] = []
    for separator in SEPARATORS:
        with path.open(encoding=encoding, errors="replace", newline="") as file:
            try:
                first = next((row for row in csv.reader(file, delimiter=separator) if row), [])
            except csv.Error as error:
                raise TableError(f"The first line of {path} cannot be read: {error}.") from error
        names = [name.strip() for name in first]
        found.append((sum(name in names for name in wanted), len(names), separator, names))
    _, _, separator, names = max(found, key=lambda item: item[:2])
    return separator, names


def _read(
    path: Path, encoding: str, separator: str, places: tuple[int, ...]
) -> Iterator[tuple[list[str], int]]:
    with path.open(encoding=encoding, errors="replace", newline="") as file:
        reader = csv.reader(file, delimiter=separator)
        rows = filter(None, reader)
        try:
            next(rows)
            for row in rows:
                cells = [row[place] if place < len(row) else "" for place in places]
                yield cells, reader.line_num
        except csv.Error as error:
            raise TableError(
                f"Line {reader.line_num} of {path} cannot be read: {error}. "
                "Is a quotation mark left open above it?"
            ) from error


def _survey(path: Path, encoding: str, separator: str, places: tuple[int, ...]) -> Survey:
    survey = Survey()
    groups: set[str] = set()
    for cells, line in _read(path, encoding, separator, places):
        survey.rows += 1
        survey.empty += not cells[0].strip()
        survey.undecodable += BROKEN in cells[0]
        if truth_of(cells[1]) is None and len(survey.unknown) <= SHOWN:
            survey.unknown.setdefault(cells[1][:60], line)
        groups.update(cells[2:])
        if len(groups) > MOST_GROUPS:
            raise TableError(f"A column to group by has more than {MOST_GROUPS} values.")
    return survey


def _not_understood(column: str, survey: Survey) -> str:
    found = [
        f'"{value}" (line {line})' if value else f"nothing (line {line})"
        for value, line in survey.unknown.items()
    ]
    more = ", …" if len(found) > SHOWN else ""
    return (
        f"The column {column} holds labels that are not understood: {', '.join(found[:SHOWN])}"
        f"{more}. Understood are 1/0, true/false, hateful/non-hateful, toxic/not toxic and "
        "harmful/harmless."
    )
