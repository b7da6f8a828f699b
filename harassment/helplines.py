"""Where a person under threat finds help, by country: a data file with sources and review dates."""

import tomllib
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import date
from functools import cache
from pathlib import Path

SELF_HARM, THREAT, MINOR, HARASSMENT = "self_harm", "threat", "minor", "harassment"
ANYWHERE = "eu"  # what is shown when nobody knows the country
_KINDS = {"self_harm": SELF_HARM, "threat": THREAT, "doxx": THREAT, "blackmail": THREAT}


@dataclass(frozen=True, slots=True)
class HelpLine:
    """One number to call, and for what."""

    number: str
    needs: frozenset[str]
    en: str
    fr: str
    source: str

    def text(self, language: str) -> str:
        """What it is, in that language."""
        return self.fr if language == "fr" else self.en

    @property
    def dial(self) -> str:
        """The number as a telephone takes it."""
        return "".join(character for character in self.number if character.isdigit())


@dataclass(frozen=True, slots=True)
class Country:
    """A country with its lines and the time zones people there live in."""

    code: str
    en: str
    fr: str
    zones: frozenset[str]
    lines: tuple[HelpLine, ...]

    def name(self, language: str) -> str:
        """What it is called in that language."""
        return self.fr if language == "fr" else self.en


@dataclass(frozen=True, slots=True)
class Register:
    """All countries, and when a person last looked at the numbers."""

    reviewed: date
    review: date
    countries: dict[str, Country]


@cache
def register() -> Register:
    """What help.toml holds."""
    data = tomllib.loads((Path(__file__).parent / "help.toml").read_text("utf-8"))
    return Register(
        reviewed=data.pop("reviewed"),
        review=data.pop("review"),
        countries={
            code: Country(
                code=code,
                en=entry["en"],
                fr=entry["fr"],
                zones=frozenset(entry["zones"]),
                lines=tuple(
                    HelpLine(one["number"], frozenset(one["for"]), one["en"], one["fr"],
                             one["source"])
                    for one in entry["lines"]
                ),
            )
            for code, entry in data.items()
        },
    )  # fmt: skip


def needs_of(kinds: Iterable[str], *, is_about_family: bool) -> frozenset[str]:
    """What people may need on a case of those kinds; empty when it is not a grave one."""
    found = {_KINDS[kind] for kind in kinds if kind in _KINDS}
    return frozenset(found | {MINOR} if is_about_family else found)


def help_lines(country: str, needs: Collection[str]) -> tuple[HelpLine, ...]:
    """The lines of a country for those needs, in the file's order, then those for harassment."""
    known = register().countries
    lines = known.get(country, known[ANYWHERE]).lines
    wanted = [line for line in lines if line.needs & {*needs}]
    more = [line for line in lines if HARASSMENT in line.needs and line not in wanted]
    return (*wanted, *more)


def guessed_country(zone: str, language: str) -> str:
    """A country from a time zone; without one that is known, from the language."""
    found = (one.code for one in register().countries.values() if zone in one.zones)
    return next(found, "fr" if language == "fr" else ANYWHERE)
