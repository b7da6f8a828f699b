"""The project's own functional suite: sentences nobody trained on, in categories."""

import tomllib
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from harassment.classifier.base import Score

SUITE = Path(__file__).resolve().parents[2] / "tests" / "toxicity"
"""Part of the source tree, not of an installed package."""

LANGUAGES = ("en", "fr")
HARMFUL_FLOOR = 0.90
HARMLESS_FLOOR = 0.97
FLOORS = {
    (language, harmful): HARMFUL_FLOOR if harmful else HARMLESS_FLOOR
    for language in LANGUAGES
    for harmful in (True, False)
}
"""(language, harmful) -> share of right verdicts that is promised; below it the command fails."""


class SuiteError(Exception):
    """The suite cannot be used; the message is one sentence for people."""


@dataclass(frozen=True)
class Category:
    """A behaviour: harmful sentences must reach severity 1, harmless ones must stay at 0."""

    name: str
    language: str
    harmful: bool
    cases: tuple[str, ...]


@dataclass(frozen=True)
class Result:
    """How many cases of a category were judged rightly."""

    category: Category
    scores: tuple[Score, ...]

    @property
    def right(self) -> int:
        """Cases with the right verdict."""
        return sum((score.severity > 0) == self.category.harmful for score in self.scores)


def read_suite(folder: Path = SUITE) -> list[Category]:
    """The categories of every suite*.toml in `folder`, one case per line.

    A category that several files have, by name and language, is one. Raises SuiteError when there
    is no suite, when a file is not one, or when two files call a category harmful and harmless.
    """
    found: dict[tuple[str, str], Category] = {}
    for path in sorted(folder.glob("suite*.toml")):
        try:
            entries = tomllib.loads(path.read_text("utf-8"))["category"]
            categories = [_category(entry) for entry in entries]
        except (ValueError, KeyError, TypeError, AttributeError) as error:
            raise SuiteError(f"{path.name} is not a suite: {error!r}.") from error
        for category in categories:
            key = (category.language, category.name)
            first = found.get(key, category)
            if first.harmful != category.harmful:
                raise SuiteError(f'"{category.name}" is harmful and harmless.')
            cases = first.cases if key in found else ()
            found[key] = Category(
                category.name, category.language, category.harmful, (*cases, *category.cases)
            )
    if not found:
        raise SuiteError("The functional suite is part of the source tree, not of a package.")
    return list(found.values())


def _category(entry: dict[str, Any]) -> Category:
    if entry["language"] not in LANGUAGES:
        raise ValueError(f"no such language: {entry['language']}")
    return Category(
        name=entry["name"],
        language=entry["language"],
        harmful=bool(entry["harmful"]),
        cases=tuple(line.strip() for line in entry["cases"].splitlines() if line.strip()),
    )


def run_suite(
    categories: Sequence[Category], score: Callable[[Sequence[str]], list[Score]]
) -> list[Result]:
    """Score every category in one call."""
    scores = iter(score([case for category in categories for case in category.cases]))
    return [
        Result(category, tuple(next(scores) for _ in category.cases)) for category in categories
    ]


def shares(results: Sequence[Result]) -> dict[tuple[str, bool], float]:
    """(language, harmful) -> share of cases judged rightly."""
    found: dict[tuple[str, bool], float] = {}
    for key in FLOORS:
        part = [item for item in results if (item.category.language, item.category.harmful) == key]
        total = sum(len(item.scores) for item in part)
        found[key] = sum(item.right for item in part) / total if total else 0.0
    return found
