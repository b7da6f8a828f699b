"""One training run from the manifest to trained weights, in two stages that can be resumed."""

import json
import random
from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path

import torch

from harassment.training.cleaning import read_leak_keys
from harassment.training.dataset import Dataset, Row, build_dataset
from harassment.training.learning import MIXES, distil_french, learn_labels, read_pairs
from harassment.training.manifest import Manifest
from harassment.training.network import (
    Heads,
    load_base,
    load_tokenizer,
    restore,
    restore_mean,
    save,
)

LABEL_SHARE = 0.56
"""Part of the time budget that goes to stage 1; the rest distils French."""
REPLAYED_ENGLISH = 15_000
"""Third-party English rows kept in stage 2, beside all French ones and our own sentences."""

STAGE1 = "stage1"
ROUND = "round{}"


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
    """The stages of the run that made the weights: labels first, then rounds of French."""

    labels: Stage
    french: list[Stage]


def replayed(rows: list[Row], seed: int) -> list[Row]:
    """The rows of stage 2: French and our own in full, a sample of the other English ones."""
    kept = [row for row in rows if row.language == "fr" or row.source.startswith("own-")]
    other = [row for row in rows if row.language != "fr" and not row.source.startswith("own-")]
    rng = random.Random(f"{seed}:replay")  # noqa: S311
    return [*kept, *rng.sample(other, min(REPLAYED_ENGLISH, len(other)))]


def _stages(out: Path, name: str) -> list[Stage]:
    path = out / f"{name}.json"
    if not path.is_file() or not (out / f"{name}.safetensors").is_file():
        return []
    return [Stage(**json.loads(path.read_text("utf-8")))]


def _keep(network: Heads, stage: Stage, out: Path, name: str) -> None:
    save(network, out / f"{name}.safetensors")
    (out / f"{name}.json").write_text(json.dumps(asdict(stage), indent=2), "utf-8")


@dataclass(frozen=True)
class Plan:
    """How long and how to train; `resume` keeps finished stages, `rounds` is of French."""

    seed: int
    minutes: float
    steps: int
    threads: int
    resume: bool
    rounds: int


def train(
    manifest: Manifest, data: Path, out: Path, plan: Plan, tell: Callable[[str], None]
) -> tuple[Heads, Dataset, Record]:
    """Train into `out` and return the network, its data and the record of the run.

    The minutes of the plan are for stage 1 and one round of French; each further round starts
    from the weights of the one before, with the same fixed teacher; the result is the mean of the
    rounds' weights. Raises ManifestError when data or base cannot be trusted.
    """
    torch.manual_seed(plan.seed)
    torch.set_num_threads(plan.threads)
    out.mkdir(parents=True, exist_ok=True)
    dataset = build_dataset(manifest, data, seed=plan.seed, leaked=read_leak_keys(), tell=tell)
    tell(f"{len(dataset.train)} rows to learn, {len(dataset.dev)} to tune on")
    labels = _stages(out, STAGE1) if plan.resume else []
    if not labels:
        labels = [_learn(manifest, dataset, out, plan, tell)]
    pairs = read_pairs(manifest.pairs.locate(data))
    rounds: list[Stage] = []
    for number in range(1, plan.rounds + 1):
        done = _stages(out, ROUND.format(number)) if plan.resume else []
        if not done:
            tell(f"round {number} of French, {len(pairs)} translations")
            done = [_distil(manifest, dataset, pairs, number, out, plan, tell)]
        rounds += done
    paths = [out / f"{ROUND.format(number)}.safetensors" for number in range(1, plan.rounds + 1)]
    return restore_mean(manifest.base, paths), dataset, Record(labels[0], rounds)


def _learn(
    manifest: Manifest, dataset: Dataset, out: Path, plan: Plan, tell: Callable[[str], None]
) -> Stage:
    network = load_base(manifest.base)
    minutes = plan.minutes * LABEL_SHARE
    seen = learn_labels(
        network,
        dataset.train,
        load_tokenizer(),
        minutes=minutes,
        steps=int(plan.steps * LABEL_SHARE),
        seed=plan.seed,
        tell=tell,
    )
    stage = Stage(plan.seed, minutes, len(dataset.train), dataset.digest(), seen)
    _keep(network, stage, out, STAGE1)
    return stage


def _distil(
    manifest: Manifest,
    dataset: Dataset,
    pairs: list[tuple[str, str]],
    number: int,
    out: Path,
    plan: Plan,
    tell: Callable[[str], None],
) -> Stage:
    minutes = plan.minutes * (1 - LABEL_SHARE)
    seed = plan.seed + number - 1
    rows = replayed(dataset.train, seed)
    teacher = restore(manifest.base, out / f"{STAGE1}.safetensors")
    before = ROUND.format(number - 1) if number > 1 else STAGE1
    network = restore(manifest.base, out / f"{before}.safetensors")
    labelled, paired = distil_french(
        network,
        teacher,
        rows,
        pairs,
        load_tokenizer(),
        mix=MIXES[min(number, len(MIXES)) - 1],
        minutes=minutes,
        steps=int(plan.steps * (1 - LABEL_SHARE)),
        seed=seed,
        tell=tell,
    )
    stage = Stage(seed, minutes, len(rows), dataset.digest(), labelled, paired)
    _keep(network, stage, out, ROUND.format(number))
    return stage
