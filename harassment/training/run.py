"""One training run from the manifest to trained weights; `resume` keeps finished weights."""

import json
from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import torch

from harassment.detection.normalise import normalise
from harassment.training.alignment import Alignment, align
from harassment.training.dataset import Dataset, build_dataset
from harassment.training.leaks import read_leak_keys
from harassment.training.learning import TURN, learn
from harassment.training.manifest import Manifest, ManifestError
from harassment.training.network import (
    Heads,
    base_tokenizer,
    blend,
    load_base,
    load_tokenizer,
    proceed,
    read_base,
    restore,
    save,
    word_embeddings,
)
from harassment.training.parallel import read_glossary, read_own_pairs, read_translations
from harassment.training.retelling import Retelling
from harassment.training.vocabulary import Vocabulary, extend

WEIGHTS = "weights.safetensors"
WORDS = "tokenizer.json"
RECORD = "record.json"
OWN_PAIRS = 4
"""Our comments are few and on the subject: each counts like so many public translations."""
GLOSSARY_WORDS = 6


@dataclass(frozen=True)
class Record:
    """What the run that made the weights saw; written beside them, quoted by the model card."""

    seed: int
    minutes: float
    steps: int
    rows: int
    rows_digest: str
    labelled_seen: int
    translations_seen: int
    new_words: int
    earlier: dict[str, Any] | None = None
    """The record of the run whose weights this one began with, if any."""
    blended: dict[str, Any] | None = None
    """The record of the run whose weights were averaged with those of this one, if any."""


@dataclass(frozen=True)
class Plan:
    """How long and how to train."""

    seed: int
    minutes: float
    steps: int
    threads: int
    resume: bool
    begin: Path | None = None
    """Folder of an earlier run whose weights are the start."""
    blend: Path | None = None
    """Folder of an earlier run; the result is the mean of its weights and this run's."""


@dataclass(frozen=True)
class Trained:
    """Weights with everything that is needed to export and to judge them."""

    network: Heads
    vocabulary: Vocabulary
    dataset: Dataset
    record: Record


def _alignment(translations: list[tuple[str, str]], own: list[tuple[str, str]]) -> Alignment:
    return align(
        [
            *((english, french, 1) for english, french in translations),
            *((english, french, OWN_PAIRS) for english, french in own),
            *((english, french, GLOSSARY_WORDS) for english, french in read_glossary()),
        ]
    )


def _vocabulary(manifest: Manifest, alignment: Alignment) -> Vocabulary:
    content = base_tokenizer()
    tokenizer = load_tokenizer(content)
    return extend(
        content,
        word_embeddings(read_base(manifest.base)),
        alignment,
        [french for _, french in read_glossary()],
        lambda word: tokenizer.encode(word, add_special_tokens=False).ids,
    )


def _told(run: Path) -> tuple[Path, str, dict[str, Any]]:
    """A finished run: its weights, the JSON of its tokeniser, its record."""
    record: dict[str, Any] = json.loads((run / RECORD).read_text("utf-8"))
    return run / WEIGHTS, (run / WORDS).read_text("utf-8"), record


def train(
    manifest: Manifest, data: Path, out: Path, plan: Plan, tell: Callable[[str], None]
) -> Trained:
    """Train into `out`. Raises ManifestError when data, base or our own sentences fail a check."""
    torch.manual_seed(plan.seed)
    torch.set_num_threads(plan.threads)
    out.mkdir(parents=True, exist_ok=True)
    dataset = build_dataset(manifest, data, seed=plan.seed, leaked=read_leak_keys(), tell=tell)
    held_out = len(dataset.tune) + len(dataset.report)
    tell(f"{len(dataset.train)} rows to learn, {held_out} to be judged by")
    translations = read_translations(manifest.pairs.locate(data))
    own = [
        (normalise(pair.english), normalise(pair.french))
        for pair in read_own_pairs()
        if not pair.held_out
    ]
    alignment = _alignment(translations, own)
    vocabulary = _vocabulary(manifest, alignment)
    tell(f"{len(vocabulary.rows)} French words, {vocabulary.size} pieces")
    if plan.resume and (out / WEIGHTS).is_file() and (out / RECORD).is_file():
        record = Record(**json.loads((out / RECORD).read_text("utf-8")))
        if record.rows_digest != dataset.digest():
            raise ManifestError(f"The weights in {out} were learned from other rows.")
        network = restore(manifest.base, vocabulary, out / WEIGHTS)
        return Trained(network, vocabulary, dataset, record)
    earlier: dict[str, Any] | None = None
    if plan.begin is None:
        network = load_base(manifest.base, vocabulary)
    else:
        weights, words, earlier = _told(plan.begin)
        network = proceed(manifest.base, vocabulary, weights, words)
    learned = learn(
        network,
        dataset.train,
        [*translations, *own * OWN_PAIRS],
        load_tokenizer(vocabulary.tokenizer),
        Retelling(alignment.french_of),
        minutes=plan.minutes,
        steps=plan.steps,
        # Translations already mean the same in weights that have learned before.
        turn=TURN if plan.begin is None else 0.0,
        seed=plan.seed,
        tell=tell,
    )
    blended: dict[str, Any] | None = None
    if plan.blend is not None:
        weights, words, blended = _told(plan.blend)
        blend(network, vocabulary, weights, words)
    record = Record(
        seed=plan.seed,
        minutes=plan.minutes,
        steps=learned.steps,
        rows=len(dataset.train),
        rows_digest=dataset.digest(),
        labelled_seen=learned.labelled,
        translations_seen=learned.translated,
        new_words=len(vocabulary.rows),
        earlier=earlier,
        blended=blended,
    )
    save(network, out / WEIGHTS)
    (out / WORDS).write_text(vocabulary.tokenizer, "utf-8")
    (out / RECORD).write_text(json.dumps(asdict(record), indent=2), "utf-8")
    return Trained(network, vocabulary, dataset, record)
