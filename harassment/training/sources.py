"""One reader per label map: a third-party file in, rows with a seven-head label vector out."""

import csv
import math
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

NAN = float("nan")
"""No opinion: the head gets no loss from this row."""

Vector = tuple[float, float, float, float, float, float, float]
CLEAN: Vector = (0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0)
NOT_HATEFUL: Vector = (0.0, 0.0, NAN, 0.0, NAN, 0.0, NAN)
HATEFUL: Vector = (1.0, NAN, NAN, NAN, NAN, 1.0, NAN)
TOXIC: Vector = (1.0, NAN, NAN, NAN, NAN, NAN, NAN)
UNKNOWN: Vector = (NAN, NAN, NAN, NAN, NAN, NAN, NAN)
ONLY_NOT_IDENTITY: Vector = (NAN, NAN, NAN, NAN, NAN, 0.0, NAN)

# Positions in labels.txt of GoEmotions.
KIND = {0, 1, 4, 5, 6, 7, 8, 13, 15, 17, 18, 20, 21, 22, 23, 26}
CRITICAL = {9, 10, 25}
WARM = {0, 1, 4, 5, 8, 13, 15, 17, 18, 20, 21, 23}
PRAISING = {0, 5, 13, 15, 17, 18, 21}
COLD = {2, 3, 9, 10, 11, 12, 14, 16, 19, 24, 25}
NEUTRAL = {27}
MILDLY_FRENCH = {"bourré", "bourrée", "meuf", "folle", "gerbe", "jouir", "péter", "pipi", "suce"}


class Lexicon:
    """Word lists that only decide whether a weak label may be trusted; they never label a row."""

    def __init__(self, english: Path, french: Path) -> None:
        mild: list[str] = []
        strong: list[str] = []
        sexual: list[str] = []
        with english.open(encoding="utf-8", errors="replace", newline="") as file:
            for row in csv.DictReader(file):
                word = row["text"].lower()
                mild.append(word)
                if float(row["severity_rating"] or 0) >= 1.6:
                    strong.append(word)
                if row["category_1"].startswith("sexual anatomy"):
                    sexual.append(word)
        words = [word.strip().lower() for word in french.read_text("utf-8").splitlines()]
        self.mild = _any_of(mild)
        self.strong = _any_of(strong)
        self.sexual = _any_of(sexual)
        self.french = _any_of([word for word in words if word and word not in MILDLY_FRENCH])


def _any_of(words: list[str]) -> re.Pattern[str]:
    ordered = sorted(set(words), key=len, reverse=True)
    return re.compile(r"(?<!\w)(?:" + "|".join(map(re.escape, ordered)) + r")(?!\w)")


@dataclass(frozen=True)
class RawRow:
    """A text with its labels; `split` and `sentiment` (0..1) only where the file itself tells."""

    text: str
    labels: Vector
    split: str = ""
    sentiment: float = NAN


Reader = Callable[[Path, Lexicon], Iterator[RawRow]]


def _table(path: Path) -> Iterator[dict[str, str]]:
    csv.field_size_limit(10_000_000)
    with path.open(encoding="utf-8", errors="replace", newline="") as file:
        yield from csv.DictReader(file)


def _jigsaw(path: Path, lexicon: Lexicon) -> Iterator[RawRow]:
    names = ("toxic", "severe_toxic", "obscene", "threat", "insult", "identity_hate")
    for row in _table(path):
        tox, severe, obscene, threat, insult, identity = (float(row[name] or 0) for name in names)
        sexual = float(bool(obscene and lexicon.sexual.search(row["comment_text"].lower())))
        yield RawRow(row["comment_text"], (tox, severe, obscene, threat, insult, identity, sexual))


def _dynahate(path: Path, lexicon: Lexicon) -> Iterator[RawRow]:
    for row in _table(path):
        yield RawRow(row["text"], HATEFUL if row["label"] == "1" else NOT_HATEFUL)


def _mhs(path: Path, lexicon: Lexicon) -> Iterator[RawRow]:
    for row in _table(path):
        if row["label"] == "1":
            yield RawRow(row["text"], HATEFUL)
        elif lexicon.mild.search(row["text"].lower()):
            yield RawRow(row["text"], ONLY_NOT_IDENTITY)
        else:
            yield RawRow(row["text"], (0.0, 0.0, 0.0, NAN, NAN, 0.0, NAN))


def _edos(path: Path, lexicon: Lexicon) -> Iterator[RawRow]:
    for row in _table(path):
        if row["split"] == "test":
            continue
        if row["label_sexist"] == "sexist":
            threat = 1.0 if row["label_category"].startswith("1") else NAN
            labels: Vector = (1.0, NAN, NAN, threat, NAN, 1.0, NAN)
        elif lexicon.strong.search(row["text"].lower()):
            labels = ONLY_NOT_IDENTITY
        else:
            labels = (0.0, 0.0, NAN, 0.0, NAN, 0.0, NAN)
        yield RawRow(row["text"], labels, row["split"])


def _civil(path: Path, lexicon: Lexicon) -> Iterator[RawRow]:
    with path.with_name("tsd_test.csv").open(encoding="utf-8", newline="") as file:
        published_test = {row["text"].strip() for row in csv.DictReader(file)}
    for row in _table(path):
        if row["comment_text"].strip() not in published_test:
            yield RawRow(row["comment_text"], TOXIC)


def _wiki(path: Path, lexicon: Lexicon) -> Iterator[RawRow]:
    for row in _table(path):
        yield RawRow(row["text"], TOXIC if row["label"] == "1" else CLEAN)


def _davidson(path: Path, lexicon: Lexicon) -> Iterator[RawRow]:
    # Class 1 is 77 % of the file and mostly dialect: one row in five of it is plenty.
    for number, row in enumerate(_table(path)):
        if row["class"] == "0":
            yield RawRow(row["tweet"], HATEFUL)
        elif row["class"] == "2":
            yield RawRow(row["tweet"], CLEAN)
        elif number % 6 == 0:
            yield RawRow(row["tweet"], (1.0, NAN, 1.0, NAN, NAN, NAN, NAN))


def _hatemoji(path: Path, lexicon: Lexicon) -> Iterator[RawRow]:
    for row in _table(path):
        if row["label_gold"] == "1":
            threat = 1.0 if row["type"].startswith("threat") else NAN
            yield RawRow(row["text"], (1.0, NAN, NAN, threat, NAN, 1.0, NAN))
        else:
            yield RawRow(row["text"], NOT_HATEFUL)


def _convabuse(path: Path, lexicon: Lexicon) -> Iterator[RawRow]:
    levels = ("1", "0", "-1", "-2", "-3")
    for row in _table(path):
        votes: list[int] = []
        sexual = 0
        for number in range(1, 9):
            prefix = f"Annotator{number}_"
            marked = [
                int(level)
                for level in levels
                if (row.get(f"{prefix}is_abuse.{level}") or "").strip().startswith("1")
            ]
            if marked:
                votes.append(marked[0])
                sexual += (row.get(f"{prefix}sex_harassment") or "").strip().startswith("1")
        abusive = sum(vote < 0 for vote in votes)
        if votes and abusive * 2 > len(votes):
            severe = float(min(votes) == -3)
            labels = (1.0, severe, NAN, NAN, NAN, NAN, float(sexual * 2 > len(votes)))
            yield RawRow(row["user"], labels)
        elif votes and not abusive:
            yield RawRow(row["user"], CLEAN)


def _stormfront(path: Path, lexicon: Lexicon) -> Iterator[RawRow]:
    for row in _table(path):
        if row["split"] != "sampled_train":
            continue
        if row["label"] == "hate":
            yield RawRow(row["text"], HATEFUL, "train")
        elif lexicon.mild.search(row["text"].lower()):
            yield RawRow(row["text"], ONLY_NOT_IDENTITY, "train")
        else:
            yield RawRow(row["text"], (0.0, NAN, NAN, NAN, NAN, 0.0, NAN), "train")


def _goemotions(wanted: set[int], labels: Vector, *, swearing: bool) -> Reader:
    def read(path: Path, lexicon: Lexicon) -> Iterator[RawRow]:
        for line in path.read_text("utf-8").splitlines():
            text, emotions, _ = line.split("\t")
            found = {int(emotion) for emotion in emotions.split(",")}
            if found <= wanted and bool(lexicon.mild.search(text.lower())) == swearing:
                yield RawRow(text, labels, sentiment=_warmth(found))

    return read


def _warmth(emotions: set[int]) -> float:
    for wanted, value in ((WARM, 1.0), (COLD, 0.0), (NEUTRAL, 0.5)):
        if emotions <= wanted:
            return value
    return NAN


def _goemotions_praise(path: Path, lexicon: Lexicon) -> Iterator[RawRow]:
    """Kind rows to be judged by: only those that praise, thank or love have the full sentiment."""
    for line in path.read_text("utf-8").splitlines():
        text, emotions, _ = line.split("\t")
        found = {int(emotion) for emotion in emotions.split(",")}
        if found <= KIND and not lexicon.mild.search(text.lower()):
            warmth = _warmth(found)
            yield RawRow(text, CLEAN, sentiment=warmth if found <= PRAISING else warmth * 0.9)


def _goemotions_mood(path: Path, lexicon: Lexicon) -> Iterator[RawRow]:
    # Emotions say nothing of abuse: only the sentiment learns from these rows.
    for line in path.read_text("utf-8").splitlines():
        text, emotions, _ = line.split("\t")
        found = {int(emotion) for emotion in emotions.split(",")}
        if not found <= KIND | CRITICAL and not math.isnan(warmth := _warmth(found)):
            yield RawRow(text, UNKNOWN, sentiment=warmth)


def _mlma(path: Path, lexicon: Lexicon) -> Iterator[RawRow]:
    for row in _table(path):
        kinds = set(row["sentiment"].split("_"))
        if kinds == {"normal"}:
            yield RawRow(row["tweet"], NOT_HATEFUL)
        elif kinds & {"hateful", "abusive", "offensive"} and "normal" not in kinds:
            group = row["target"] not in {"other", ""} or row["group"] not in {"other", ""}
            person = row["group"] == "individual" and bool(kinds & {"abusive", "offensive"})
            identity = 1.0 if "hateful" in kinds and group else NAN
            yield RawRow(row["tweet"], (1.0, NAN, NAN, NAN, 1.0 if person else NAN, identity, NAN))


def _ftr(path: Path, lexicon: Lexicon) -> Iterator[RawRow]:
    for row in _table(path):
        if row["label"] == "1":
            yield RawRow(row["tweet"], HATEFUL)
        elif lexicon.french.search(row["tweet"].lower()):
            yield RawRow(row["tweet"], ONLY_NOT_IDENTITY)
        else:
            yield RawRow(row["tweet"], (0.0, NAN, NAN, NAN, NAN, 0.0, NAN))


def _tweets_mood(path: Path, lexicon: Lexicon) -> Iterator[RawRow]:
    moods = path.with_name(path.name.replace("_text", "_labels")).read_text("utf-8").split()
    for line, mood in zip(path.read_text("utf-8").splitlines(), moods, strict=True):
        labels = UNKNOWN if lexicon.french.search(line.lower()) else CLEAN
        yield RawRow(line, labels, sentiment=int(mood) / 2)


READERS: dict[str, Reader] = {
    "jigsaw": _jigsaw,
    "dynahate": _dynahate,
    "mhs": _mhs,
    "edos": _edos,
    "civil": _civil,
    "wiki": _wiki,
    "davidson": _davidson,
    "hatemoji": _hatemoji,
    "convabuse": _convabuse,
    "stormfront": _stormfront,
    "goemotions_kind": _goemotions(KIND, CLEAN, swearing=False),
    "goemotions_critical": _goemotions(CRITICAL, CLEAN, swearing=False),
    "goemotions_swearing": _goemotions(KIND, (0.0, 0.0, NAN, 0.0, 0.0, NAN, NAN), swearing=True),
    "mlma": _mlma,
    "ftr": _ftr,
    "goemotions_praise": _goemotions_praise,
    "goemotions_mood": _goemotions_mood,
    "tweets_mood": _tweets_mood,
}
