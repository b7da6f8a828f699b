"""One training run from the manifest to trained weights, in two stages that can be resumed."""

import json
import random
from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path

import torch

from harassment.training.cleaning import read_leak_keys
from harassment.training.dataset import Dataset, Row, build_dataset
from harassment.training.learning import distil_french, learn_labels, read_pairs
from harassment.training.manifest import Manifest
from harassment.training.network import Heads, load_base, load_tokenizer, restore, save

LABEL_SHARE = 0.56
"""Part of the time budget that goes to stage 1; the rest distils French."""
REPLAYED_ENGLISH = 15_000
"""Third-party English rows kept in stage 2, beside all French ones and our own sentences."""

STAGE1 = "stage1"
FINAL = "final"


@dataclass(frozen=True)
class Stage:
    """What one finished stage did; written beside its weights and quoted by the model card."""

    seed: int
    minutes: float
    rows: int
    rows_digest: str
    labelled_seen: int
    pairs_seen: int = 0


@dataclass(frozen=True)
class Record:
    """Both stages of the run that made the weights."""

    labels: Stage
    french: Stage


def replayed(rows: list[Row], seed: int) -> list[Row]:
    """The rows of stage 2: French and our own in full, a sample of the other English ones."""
    kept = [row for row in rows if row.language == "fr" or row.source.startswith("own-")]
    other = [row for row in rows if row.language != "fr" and not row.source.startswith("own-")]
    rng = random.Random(f"{seed}:replay")  # noqa: S311
    return [*kept, *rng.sample(other, min(REPLAYED_ENGLISH, len(other)))]


def _finished(out: Path, name: str) -> Stage | None:
    path = out / f"{name}.json"
    if not path.is_file() or not (out / f"{name}.safetensors").is_file():
        return None
    return Stage(**json.loads(path.read_text("utf-8")))


def _finish(network: Heads, stage: Stage, out: Path, name: str) -> None:
    save(network, out / f"{name}.safetensors")
    (out / f"{name}.json").write_text(json.dumps(asdict(stage), indent=2), "utf-8")


def train(
    manifest: Manifest,
    data: Path,
    out: Path,
    *,
    seed: int,
    minutes: float,
    steps: int,
    threads: int,
    resume: bool,
    tell: Callable[[str], None],
) -> tuple[Heads, Dataset, Record]:
    """Train into `out` and return the network, its data and the record of the run.

    With `resume` a stage whose weights already lie in `out` is not repeated. Raises ManifestError
    when data or base cannot be trusted.
    """
    torch.manual_seed(seed)
    torch.set_num_threads(threads)
    out.mkdir(parents=True, exist_ok=True)
    dataset = build_dataset(manifest, data, seed=seed, leaked=read_leak_keys(), tell=tell)
    tell(f"{len(dataset.train)} rows to learn, {len(dataset.dev)} to tune on")
    digest = dataset.digest()
    tokenizer = load_tokenizer()

    first = _finished(out, STAGE1) if resume else None
    if first is None:
        network = load_base(manifest.base)
        seen = learn_labels(
            network,
            dataset.train,
            tokenizer,
            minutes=minutes * LABEL_SHARE,
            steps=int(steps * LABEL_SHARE),
            seed=seed,
            tell=tell,
        )
        first = Stage(seed, minutes * LABEL_SHARE, len(dataset.train), digest, seen)
        _finish(network, first, out, STAGE1)
    else:
        network = restore(manifest.base, out / f"{STAGE1}.safetensors")

    second = _finished(out, FINAL) if resume else None
    if second is not None:
        return restore(manifest.base, out / f"{FINAL}.safetensors"), dataset, Record(first, second)
    pairs = read_pairs(manifest.pairs.locate(data))
    rows = replayed(dataset.train, seed)
    tell(f"{len(pairs)} translations to distil from, {len(rows)} rows to replay")
    labelled, paired = distil_french(
        network,
        rows,
        pairs,
        tokenizer,
        minutes=minutes * (1 - LABEL_SHARE),
        steps=int(steps * (1 - LABEL_SHARE)),
        seed=seed,
        tell=tell,
    )
    second = Stage(seed, minutes * (1 - LABEL_SHARE), len(rows), digest, labelled, paired)
    _finish(network, second, out, FINAL)
    return network, dataset, Record(first, second)
