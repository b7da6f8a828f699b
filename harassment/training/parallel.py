"""Sentences in both languages: public translations, our own comments, our glossary."""

import tomllib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from harassment.detection.normalise import normalise
from harassment.training.cleaning import bucket, leak_key
from harassment.training.groups import HARMFUL, HARMLESS
from harassment.training.manifest import ManifestError

CORPUS = Path(__file__).with_name("corpus")
GLOSSARY = CORPUS / "glossary.tsv"
BETWEEN = " || "
HELD_OUT = 7
"""One pair in seven is development data."""


@dataclass(frozen=True)
class OwnPair:
    """One comment of ours, as an English and as a French native would write it."""

    english: str
    french: str
    group: str
    place: str
    """What decides its split: equal places fall together (the two sides of a minimal pair)."""

    @property
    def held_out(self) -> bool:
        """Whether both sides are development data."""
        return bucket(f"pair:{self.place}", HELD_OUT) == 0


def read_translations(path: Path) -> list[tuple[str, str]]:
    """Normalised public (English, French) sentences whose French side has 2 to 16 words."""
    pairs: list[tuple[str, str]] = []
    for line in path.read_text("utf-8").splitlines():
        english, french, *_ = line.split("\t")
        if 2 <= len(french.split()) <= 16:
            pairs.append((normalise(english), normalise(french)))
    return pairs


def read_glossary(path: Path = GLOSSARY) -> list[tuple[str, str]]:
    """(English, French) words of comments that no public translation has."""
    lines = path.read_text("utf-8").splitlines()[1:]
    return [(english, french) for french, english in (line.split("\t") for line in lines)]


def read_own_pairs(corpus: Path = CORPUS) -> Iterator[OwnPair]:
    """Our comments in both languages; raises ManifestError on a group or a line nobody knows."""
    for path in sorted(corpus.glob("pairs_*.toml")):
        for group in tomllib.loads(path.read_text("utf-8"))["group"]:
            name = group["name"]
            if name not in (HARMFUL if group["harmful"] else HARMLESS):
                raise ManifestError(f"{path.name}: nobody has said what {name} means.")
            for number, line in enumerate(
                filter(None, map(str.strip, group["pairs"].splitlines()))
            ):
                english, between, french = line.partition(BETWEEN)
                if not between or BETWEEN in french:
                    raise ManifestError(f"{path.name}, {name}: not one pair: {line}")
                minimal = name.startswith("minimal-")
                place = f"minimal {number}" if minimal else leak_key(english)
                yield OwnPair(english.strip(), french.strip(), name, place)
