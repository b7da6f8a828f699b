"""Puts the rows together: cleaned, without duplicates or leaks, capped, split and hashed."""

import hashlib
import json
import random
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

from harassment.detection.normalise import normalise
from harassment.training.cleaning import bucket, clean, duplicate_key, leak_key
from harassment.training.grammar import OwnRow, dress, read_frames, write_rows
from harassment.training.groups import labels_of, sentiment_of
from harassment.training.leaks import leaks
from harassment.training.manifest import Manifest, ManifestError, Source
from harassment.training.parallel import read_own_pairs
from harassment.training.sources import NAN, READERS, Lexicon, Vector

NEVER_TRAIN = (
    "ConvAbuseEMNLPtest.csv",
    "tsd_test.csv",
    "bias_madlibs_77k.csv",
    "en_sentence_templates.csv",
    "goemotions/test.tsv",
    "xlmt_sentiment_fr/test_text.txt",
    "test_2000.csv",
)
"""Published test files; naming one of them in a manifest is refused."""

OWN_WEIGHT = 1.0
WRITINGS = 3
"""How often a comment of ours is learned per epoch: as it is, and as other phones would send it."""


@dataclass(frozen=True)
class Row:
    """A normalised text ready for the tokeniser."""

    text: str
    language: str
    labels: Vector
    weight: float
    source: str
    group: str = ""
    sentiment: float = NAN
    place: str = ""
    """What it was made from; rows of one place are nearly one sentence."""


@dataclass
class Dataset:
    """Everything a run learns from and is judged by, with an account of what was left out.

    Development rows have two halves that share no sentence: `tune` chooses calibration and
    thresholds, `report` gives the figures that are published and gated.
    """

    train: list[Row] = field(default_factory=list)
    tune: list[Row] = field(default_factory=list)
    report: list[Row] = field(default_factory=list)
    counts: dict[str, Counter[str]] = field(default_factory=dict)

    def digest(self) -> str:
        """Hash of all rows in order: equal manifests and seeds give equal digests."""
        state = hashlib.sha256()
        for row in [*self.train, *self.tune, *self.report]:
            state.update(json.dumps([row.text, row.labels, row.weight, row.source]).encode())
        return state.hexdigest()

    def hold_out(self, row: Row, place: str) -> None:
        """Put a development row into its half; rows of one place go together."""
        (self.tune if bucket(f"half:{place}", 2) == 0 else self.report).append(row)


def _split_of(source: Source, told: str, text: str) -> str:
    if source.split == "column":
        return told
    if source.split == "hash":
        return "dev" if bucket(leak_key(text)) == 0 else "train"
    return source.split


def _rows_of(
    source: Source, path: Path, lexicon: Lexicon, seen: set[str], leaked: frozenset[bytes]
) -> tuple[list[Row], list[tuple[Row, str]], Counter[str]]:
    train: list[Row] = []
    dev: list[tuple[Row, str]] = []
    counts: Counter[str] = Counter()
    for raw in READERS[source.label_map](path, lexicon):
        counts["read"] += 1
        text = clean(raw.text)
        key = duplicate_key(text)
        if len(text) < 2 or key in seen:
            counts["empty or duplicate"] += 1
            continue
        seen.add(key)
        if leaks(text, leaked):
            counts["leak"] += 1
            continue
        row = Row(
            normalise(text),
            source.language,
            raw.labels,
            source.weight,
            source.name,
            sentiment=raw.sentiment,
        )
        split = _split_of(source, raw.split, text)
        if split == "dev":
            dev.append((row, leak_key(text)))
        elif split == "train":
            train.append(row)
    return train, dev, counts


def build_dataset(
    manifest: Manifest,
    data: Path,
    *,
    seed: int,
    leaked: frozenset[bytes],
    tell: Callable[[str], None],
) -> Dataset:
    """Read every source and our own grammar.

    Raises ManifestError when a file is missing, altered, published as a test set, yields fewer
    rows than promised, or when a sentence of our own equals a published test case.
    """
    dataset = Dataset()
    seen: set[str] = set()
    lexicon = Lexicon(
        manifest.lexicons["profanity_en"].locate(data), manifest.lexicons["words_fr"].locate(data)
    )
    _add_own(dataset, seed=seed, leaked=leaked, seen=seen)
    # Development files first: a text that stands in both must not be learned.
    for source in sorted(manifest.sources, key=lambda entry: entry.split != "dev"):
        if source.path.endswith(NEVER_TRAIN):
            raise ManifestError(f"{source.path} is a published test file and may not be used.")
        path = source.locate(data)
        train, dev, counts = _rows_of(source, path, lexicon, seen, leaked)
        if len(train) + len(dev) < source.min_rows:
            raise ManifestError(
                f"{source.name} gave {len(train) + len(dev)} rows, expected {source.min_rows}."
            )
        if source.cap and len(train) > source.cap:
            train = random.Random(f"{seed}:{source.name}").sample(train, source.cap)  # noqa: S311
        counts.update(train=len(train), dev=len(dev))
        dataset.train += train
        for row, place in dev:
            dataset.hold_out(row, place)
        dataset.counts[source.name] = counts
        tell(f"{source.name}: {dict(counts)}")
    return dataset


def _own_rows(seed: int) -> Iterator[tuple[OwnRow, float, int]]:
    """Our sentences with their sentiment and how many writings of each are learned."""
    for row in write_rows(read_frames(), seed):
        yield row, NAN, 1
    for pair in read_own_pairs():
        split = "dev" if pair.held_out else "train"
        labels = labels_of(pair.group)
        for language, text in (("en", pair.english), ("fr", pair.french)):
            row = OwnRow(text, pair.group, language, labels, split, pair.place)
            yield row, sentiment_of(pair.group), WRITINGS


def _add_own(dataset: Dataset, *, seed: int, leaked: frozenset[bytes], seen: set[str]) -> None:
    counts: Counter[str] = Counter()
    hits: list[str] = []
    for own, sentiment, writings in _own_rows(seed):
        if leaks(own.text, leaked):
            if writings == 1:
                # The grammar cannot know all it can say: such a sentence is left out.
                counts["leak"] += 1
            else:
                hits.append(f"{own.language} {own.group}: {own.text}")
            continue
        rng = random.Random(f"{seed}:{own.text}")  # noqa: S311
        for number in range(1 if own.split == "dev" else writings):
            text = dress(own.text, own.language, rng) if number else own.text
            key = duplicate_key(text)
            if key in seen:
                continue
            seen.add(key)
            row = Row(
                normalise(text),
                own.language,
                own.labels,
                OWN_WEIGHT,
                f"own-{own.language}",
                own.group,
                sentiment,
                own.place,
            )
            counts[f"{own.split} {own.language}"] += 1
            if own.split == "dev":
                dataset.hold_out(row, own.place)
            else:
                dataset.train.append(row)
    dataset.counts["own"] = counts
    if hits:
        raise ManifestError(
            f"{len(hits)} of our sentences are, or nearly are, published test cases; rewrite them: "
            + "; ".join(hits)
        )
