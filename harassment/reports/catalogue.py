"""What a report may allege, where it can be filed, and the words it is written in: data files."""

import tomllib
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

HERE = Path(__file__).parent
LANGUAGES = ("en", "fr")


@dataclass(frozen=True, slots=True)
class Ground:
    """One allegation: what it is called, the French text it points to, how long there is."""

    slug: str
    en: str
    fr: str
    law: str
    months: int  # 0: longer, or only a lawyer can say
    kinds: tuple[str, ...]
    nameless: bool

    def label(self, language: str) -> str:
        """What it is called in that language."""
        return self.fr if language == "fr" else self.en


@dataclass(frozen=True, slots=True)
class Form:
    """Where a person files a report on one platform, and how much its form takes."""

    label: str
    address: str
    hosts: tuple[str, ...]
    marks: tuple[str, ...]
    characters: int


@cache
def grounds() -> dict[str, Ground]:
    """Every ground by its slug, in the order in which they are offered."""
    return {
        slug: Ground(
            slug=slug,
            en=entry["en"],
            fr=entry["fr"],
            law=entry["law"],
            months=entry["months"],
            kinds=tuple(entry["kinds"]),
            nameless=entry.get("nameless", False),
        )
        for slug, entry in _read("grounds").items()
    }


def suggested_ground(kinds: list[str]) -> str:
    """The gravest ground that one of these kinds points to; a person confirms or changes it."""
    found = (slug for slug, ground in grounds().items() if {*kinds} & {*ground.kinds})
    return next(found, "harassment")


@cache
def forms() -> dict[str, Form]:
    """The forms by platform; a platform that is not there has none that Aura knows."""
    return {
        platform: Form(
            label=entry["label"],
            address=entry["form"],
            hosts=tuple(entry["hosts"]),
            marks=tuple(entry["marks"]),
            characters=entry["characters"],
        )
        for platform, entry in _read("platforms").items()
    }


@cache
def texts(language: str) -> dict[str, Any]:
    """The words of a report in one of LANGUAGES."""
    return _read(f"texts.{language}")


def _read(name: str) -> dict[str, Any]:
    return tomllib.loads((HERE / f"{name}.toml").read_text("utf-8"))
