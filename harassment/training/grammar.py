"""Our own sentences: frames and slots from `corpus/frames_*.toml`, expanded into labelled rows."""

import random
import re
import tomllib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from harassment.classifier.labels import LABELS
from harassment.training.cleaning import bucket, duplicate_key
from harassment.training.sources import NAN, Vector

CORPUS = Path(__file__).with_name("corpus")
ROWS_PER_SHARE = 170
"""Rows written for a group with share 1, over both splits."""

_CHOICE = re.compile(r"\(([^()]*)\)")
_SLOT = re.compile(r"\{(\w+)\}")
_BLANKS = re.compile(r"\s+")
_LOOSE_MARK = re.compile(r"\s+([,.])")

# The same openers, tails and emoji go around hostile and friendly frames: none decides alone.
OPENERS = {
    "en": ("lol", "bro", "honestly", "omg", "dude", "hey", "so", "ok", "@user", "well",
           "look", "no"),
    "fr": ("mdr", "frère", "franchement", "bon", "wesh", "hé", "non mais", "sérieux", "@user",
           "ptdr", "alors", "eh", "jpp", "en vrai"),
}  # fmt: skip
TAILS = {
    "en": ("lol", "lmao", "bro", "man", "honestly", "fr", "tbh", "for real", "haha",
           "seriously", "..."),
    "fr": ("mdr", "ptdr", "frère", "sérieux", "franchement", "en vrai", "lol", "quoi", "voilà",
           "...", "wallah", "jpp", "mdrr"),
}  # fmt: skip
EMOJI = ("😂", "🤣", "💀", "🔥", "🙄", "😭", "👀", "🙏", "😡", "🤡", "❤️", "😅", "👏")
SMS = (
    ("qu'", "k"), ("que ", "ke "), ("quoi", "koi"), ("c'est", "c"), ("pas ", "pa "), ("t'es", "t"),
    ("tu es", "t"), ("est ", "e "), ("trop", "tro"), ("vraiment", "vrmt"), ("toi", "toa"),
    ("j'ai", "g"), ("beaucoup", "bcp"), ("pourquoi", "pk"), ("quand", "qd"), ("avec", "avc"),
    ("je ", "j "), ("jamais", "jms"), ("toujours", "tjr"), ("aussi", "ossi"), ("ça", "sa"),
    ("tout ", "tt "), ("dans", "ds"), ("s'il te plaît", "stp"), ("parce que", "pcq"),
)  # fmt: skip


@dataclass(frozen=True)
class Frame:
    """One pattern with what it means; a frame belongs wholly to training or to development."""

    text: str
    group: str
    language: str
    labels: Vector
    share: float
    slots: dict[str, Sequence[str]]

    @property
    def held_out(self) -> bool:
        """Whether this frame is development data: about one in seven, by hash of its text."""
        return bucket(f"frame:{self.text}", 7) == 0

    def expand(self, rng: random.Random) -> str:
        """One sentence of this frame."""
        text = self.text
        while True:
            previous = text
            text = _SLOT.sub(lambda match: rng.choice(self.slots[match.group(1)]), text)
            text = _CHOICE.sub(lambda match: rng.choice(match.group(1).split("|")), text)
            if text == previous:
                break
        return _LOOSE_MARK.sub(r"\1", _BLANKS.sub(" ", text.replace("\\", ""))).strip(" ,")


@dataclass(frozen=True)
class OwnRow:
    """A sentence of ours, the group it illustrates and the split it belongs to."""

    text: str
    group: str
    language: str
    labels: Vector
    split: str
    place: str
    """What it was made from: rows of one place stay on one side of every split."""


def read_frames(corpus: Path = CORPUS) -> list[Frame]:
    """All frames of the corpus; raises KeyError or ValueError on a head or slot nobody knows."""
    contents = [
        tomllib.loads(path.read_text("utf-8")) for path in sorted(corpus.glob("frames_*.toml"))
    ]
    slots: dict[str, dict[str, Sequence[str]]] = {}
    for content in contents:
        known = slots.setdefault(content["language"], {})
        for name, words in content["slots"].items():
            known[name] = [word.strip() for word in words.strip().split("|")]
    return [
        Frame(
            text=line,
            group=group["name"],
            language=content["language"],
            labels=_vector(group),
            share=group["share"] / len(group["frames"].split("\n")),
            slots=slots[content["language"]],
        )
        for content in contents
        for group in content["group"]
        for line in map(str.strip, group["frames"].splitlines())
        if line
    ]


def _vector(group: Mapping[str, Any]) -> Vector:
    values = [0.0] * len(LABELS)
    for head in group.get("heads", []):
        values[LABELS.index(head)] = 1.0
    for head in group.get("unsure", []):
        values[LABELS.index(head)] = NAN
    a, b, c, d, e, f, g = values
    return a, b, c, d, e, f, g


def write_rows(frames: Sequence[Frame], seed: int) -> Iterator[OwnRow]:
    """Expand every frame into as many different sentences as its share asks for."""
    seen: set[str] = set()
    for frame in frames:
        rng = random.Random(f"{seed}:{frame.language}:{frame.text}")  # noqa: S311
        wanted = max(4, round(frame.share * ROWS_PER_SHARE))
        for _ in range(wanted):
            text = dress(frame.expand(rng), frame.language, rng)
            key = duplicate_key(text)
            if key and key not in seen:
                seen.add(key)
                split = "dev" if frame.held_out else "train"
                yield OwnRow(text, frame.group, frame.language, frame.labels, split, frame.text)


def dress(text: str, language: str, rng: random.Random) -> str:
    """The sentence as somebody types it on a phone: openers, tails, emoji, case, spelling."""
    if language == "fr" and rng.random() < 0.15:
        for plain, short in SMS:
            if rng.random() < 0.6:
                text = text.replace(plain, short)
    if rng.random() < 0.18:
        text = f"{rng.choice(OPENERS[language])}{rng.choice((' ', ', '))}{text}"
    if rng.random() < 0.15:
        text = f"{text} {rng.choice(TAILS[language])}"
    if rng.random() < 0.15:
        text = f"{text} {rng.choice(EMOJI) * rng.choice((1, 1, 2, 3))}"
    elif rng.random() < 0.25:
        text += rng.choice(("!", "!!", ".", "!!!", " !", "..."))
    if rng.random() < 0.10:
        text = text.replace("'", rng.choice((" ", "", "\u2019")))
    if rng.random() < 0.06:
        return text.upper()
    return text if rng.random() < 0.6 else text[:1].upper() + text[1:]
