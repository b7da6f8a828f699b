"""What a signal is, how grave each kind is at least, and what it is judged by."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

Kind = Literal["doxx", "threat", "self_harm", "blackmail", "impersonation", "spam"]
Detail = Literal[
    "phone", "email", "address", "iban", "plate", "announced",
    "place", "time", "weapon", "body", "family", "home",
    "incitement", "coded",
    "extortion",
    "author", "pointer",
    "scam", "advert",
]  # fmt: skip
Target = Literal["creator", "family", "team", "commenter", "group", "brand", "nobody"]

SIGNALS_VERSION = "1"
"""Stored with every signal: findings of one version are not comparable with another's."""

FLOORS: Mapping[Kind, int] = {
    "doxx": 3,
    "threat": 3,
    "self_harm": 3,
    "blackmail": 3,
    "impersonation": 2,
    "spam": 0,
}
"""A comment with such a signal is at least this grave, whatever a model says of it."""
_EXPLICIT_THREAT = 4
_VEILED: frozenset[Detail] = frozenset({"home"})


@dataclass(frozen=True, slots=True)
class Signal:
    """One thing that was found, and where it stands in the raw text.

    The author's name is no part of the text: such a signal has an empty stretch at its start.
    """

    kind: Kind
    detail: Detail
    start: int
    end: int

    @property
    def floor(self) -> int:
        """How grave a comment with it is at least: violence with a detail is critical."""
        if self.kind == "threat" and self.detail not in _VEILED:
            return _EXPLICIT_THREAT
        return FLOORS[self.kind]


@dataclass(frozen=True, slots=True)
class Circumstances:
    """What is known beside the text; empty where nothing is."""

    author_handle: str = ""
    author_name: str = ""
    creator_handle: str = ""
    creator_name: str = ""
    answers_somebody_else: bool = False  # it stands under a comment that the creator did not write
