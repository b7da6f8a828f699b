"""The word packs that ship with Aura, written for it; a workspace adds to them and takes away."""

import tomllib
from dataclasses import dataclass
from functools import cache
from pathlib import Path

LANGUAGES = ("en", "fr")
CATEGORIES = ("insults", "looks", "origin", "sexual", "threats", "despair", "rude")
# Rude, and often friendly: found only by a rule that names it.
QUIET = frozenset({"rude"})
_FOLDER = Path(__file__).parent / "packs"


@dataclass(frozen=True, slots=True)
class Pack:
    """One language's words by category, with the version of the file."""

    language: str
    version: int
    words: dict[str, tuple[str, ...]]


@cache
def packs() -> dict[str, Pack]:
    """All packs by language."""
    return {language: _read(language) for language in LANGUAGES}


def _read(language: str) -> Pack:
    raw = tomllib.loads((_FOLDER / f"{language}.toml").read_text(encoding="utf-8"))
    words = {name: tuple(raw["words"].get(name, ())) for name in CATEGORIES}
    return Pack(language, raw["version"], words)
