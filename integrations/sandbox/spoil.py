"""Ways to spoil a finished answer: the same on every platform, only the names of fields differ."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

Changes = Mapping[str, Callable[[Any, dict[str, Any]], None]]


def objects_with(data: Any, *names: str) -> list[dict[str, Any]]:
    """Every object of an answer that has all these fields, the outer ones first."""
    found: list[dict[str, Any]] = []
    if isinstance(data, dict):
        if all(name in data for name in names):
            found.append(data)
        for value in data.values():
            found += objects_with(value, *names)
    elif isinstance(data, list):
        for value in data:
            found += objects_with(value, *names)
    return found


@dataclass(frozen=True, slots=True)
class Spoiler:
    """What the faults of AFTER do to comments, which are the objects `having` these fields.

    `texts` hold the wording, `emptied` and `dropped` are an author's fields, null or left out once
    the author is gone, `time` is what no comment can do without, `numbers` are ids that the
    platform may send as numbers.
    """

    having: Sequence[str]
    texts: Sequence[str]
    emptied: Sequence[str]
    time: str
    dropped: Sequence[str] = ()
    numbers: Sequence[str] = ()

    def changes(self) -> Changes:
        """Each fault with the function that does it."""
        return {
            "long_text": self.long_text,
            "null_author": self.null_author,
            "unknown_fields": self.unknown_fields,
            "missing_fields": self.missing_fields,
            "ids_as_numbers": self.ids_as_numbers,
        }

    def long_text(self, data: Any, params: dict[str, Any]) -> None:
        """The first comment goes on and on."""
        size = int(params.get("size", 100_000))
        for one in self._comments(data)[:1]:
            one.update(dict.fromkeys(self.texts, ("so long " * (size // 8 + 1))[:size]))

    def null_author(self, data: Any, _params: dict[str, Any]) -> None:
        """The author of the first comment is gone."""
        for one in self._comments(data)[:1]:
            for name in self.dropped:
                one.pop(name, None)
            one.update(dict.fromkeys(self.emptied))

    def unknown_fields(self, data: Any, _params: dict[str, Any]) -> None:
        """Something new that no document mentions."""
        if isinstance(data, dict):
            data["newsroom"] = {"since": 2027}
        for one in self._comments(data):
            one["mood_ring"] = ["amber", None, 3]

    def missing_fields(self, data: Any, _params: dict[str, Any]) -> None:
        """The first comment lacks what it promised."""
        for one in self._comments(data)[:1]:
            one.pop(self.time, None)

    def ids_as_numbers(self, data: Any, _params: dict[str, Any]) -> None:
        """Bare numbers where text was."""
        for one in self._comments(data):
            one.update({n: int(one[n]) for n in self.numbers if one.get(n) is not None})

    def _comments(self, data: Any) -> list[dict[str, Any]]:
        return objects_with(data, *self.having)
