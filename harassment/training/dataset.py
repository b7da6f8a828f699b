"""Puts the rows together: cleaned, without duplicates or leaks, capped, split and hashed."""

import hashlib
import json
import random
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

from harassment.detection.normalise import normalise
from harassment.training.cleaning import bucket, clean, duplicate_key, leak_key, leaks
from harassment.training.grammar import read_frames, write_rows
from harassment.training.manifest import Manifest, ManifestError, Source
from harassment.training.noise import disguise
from harassment.training.sources import READERS, Lexicon, Vector

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

DISGUISED = 0.12
OWN_WEIGHT = 1.0


@dataclass(frozen=True)
class Row:
    """A normalised text ready for the tokeniser."""

    text: str
    language: str
    labels: Vector
    weight: float
    source: str
    group: str = ""


@dataclass
class Dataset:
    """Everything a run learns from and is tuned on, with an account of what was left out."""

    train: list[Row] = field(default_factory=list)
    dev: list[Row] = field(default_factory=list)
    counts: dict[str, Counter[str]] = field(default_factory=dict)

    def digest(self) -> str:
        """Hash of all rows in order: equal manifests and seeds give equal digests."""
        state = hashlib.sha256()
        for row in [*self.train, *self.dev]:
            state.update(json.dumps([row.text, row.labels, row.weight, row.source]).encode())
        return state.hexdigest()


def _split_of(source: Source, told: str, text: str) -> str:
    if source.split == "column":
        return told
    if source.split == "hash":
        return "dev" if bucket(leak_key(text)) == 0 else "train"
    return source.split


def _rows_of(
    source: Source, path: Path, lexicon: Lexicon, seen: set[str], leaked: frozenset[bytes]
) -> tuple[list[Row], list[Row], Counter[str]]:
    train: list[Row] = []
    dev: list[Row] = []
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
        row = Row(normalise(text), source.language, raw.labels, source.weight, source.name)
        split = _split_of(source, raw.split, text)
        if split == "dev":
            dev.append(row)
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
        dataset.dev += dev
        dataset.counts[source.name] = counts
        tell(f"{source.name}: {dict(counts)}")
    return dataset


def _add_own(dataset: Dataset, *, seed: int, leaked: frozenset[bytes], seen: set[str]) -> None:
    counts: Counter[str] = Counter()
    hits: list[str] = []
    for own in write_rows(read_frames(), seed):
        if leaks(own.text, leaked):
            hits.append(own.text)
            continue
        key = duplicate_key(own.text)
        if key in seen:
            continue
        seen.add(key)
        name = f"own-{own.language}"
        row = Row(normalise(own.text), own.language, own.labels, OWN_WEIGHT, name, own.group)
        counts[f"{own.split} {own.language}"] += 1
        (dataset.dev if own.split == "dev" else dataset.train).append(row)
    if hits:
        counts["leak"] = len(hits)
    dataset.counts["own"] = counts


def with_noise(rows: list[Row], seed: int) -> Iterator[str]:
    """The texts of one epoch: about one in eight disguised, then normalised as when scoring."""
    rng = random.Random(seed)  # noqa: S311
    for row in rows:
        if rng.random() < DISGUISED:
            yield normalise(disguise(row.text, rng))
        else:
            yield row.text
