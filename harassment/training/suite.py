"""The project's own functional suite: sentences nobody trained on, in categories."""

import tomllib
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from harassment.classifier.base import Score

SUITE = Path(__file__).resolve().parents[2] / "tests" / "toxicity" / "suite.toml"

FLOORS = {("en", True): 0.92, ("en", False): 0.96, ("fr", True): 0.75, ("fr", False): 0.94}
"""(language, harmful) -> share of right verdicts below which the command and the tests fail."""


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


def read_suite(path: Path = SUITE) -> list[Category]:
    """The categories of a suite file, one case per line."""
    content = tomllib.loads(path.read_text("utf-8"))
    return [
        Category(
            name=entry["name"],
            language=entry["language"],
            harmful=entry["harmful"],
            cases=tuple(line.strip() for line in entry["cases"].splitlines() if line.strip()),
        )
        for entry in content["category"]
    ]


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
