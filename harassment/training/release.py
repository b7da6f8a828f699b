"""From trained weights to the sealed folder: export, calibrate on it, measure it, describe it."""

import shutil
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import numpy as np

from harassment.classifier import artefact
from harassment.classifier.base import LEVELS
from harassment.classifier.embedded import EmbeddedBackend
from harassment.classifier.labels import LABELS
from harassment.detection.normalise import NORMALISER_VERSION
from harassment.training.calibration import LANGUAGES, SENTIMENT, Floats, calibrate
from harassment.training.card import command_line, write_card, write_credits
from harassment.training.dataset import Row
from harassment.training.evaluation import Figures, evaluate
from harassment.training.export import export_network, language_odds
from harassment.training.manifest import Manifest
from harassment.training.parallel import read_translations
from harassment.training.run import Trained
from harassment.training.sealing import seal, write_tables

MAX_BYTES = 30_000_000
CHUNK = 1024


@dataclass(frozen=True)
class Release:
    """A sealed folder, what was measured on it, and the gates that fell."""

    folder: Path
    version: str
    figures: Figures
    failures: list[str]


def make_release(
    trained: Trained,
    manifest: Manifest,
    data: Path,
    out: Path,
    *,
    arguments: Sequence[str],
    threads: int,
    tell: Callable[[str], None],
) -> Release:
    """Write `out/artefact`, complete and sealed; the caller decides whether it ships."""
    folder = out / "artefact"
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    export_network(trained.network, out, folder)
    (folder / artefact.TOKENIZER).write_text(trained.vocabulary.tokenizer, "utf-8")
    today = date.today().isoformat()  # noqa: DTZ011 - a date in a file name, wherever one is
    version = f"{today.replace('-', '.')}-{artefact.checksum(folder / artefact.NETWORK)[:8]}"
    seed = trained.record.seed
    config = {
        "model_version": version,
        "labels": list(LABELS),
        "normaliser_version": NORMALISER_VERSION,
        "max_tokens": 128,
        "base_sha256": manifest.base.sha256,
        "manifest_sha256": manifest.sha256,
        "seed": seed,
    }
    # Thresholds need logits, logits need a folder that loads: neutral tables first.
    neutral = {
        "calibration": {
            name: dict.fromkeys((*LABELS, SENTIMENT), (1.0, 0.0)) for name in LANGUAGES
        },
        "thresholds": {
            name: {level: dict.fromkeys(LABELS, 0.5) for level in LEVELS} for name in LANGUAGES
        },
    }
    odds = language_odds(read_translations(manifest.pairs.locate(data)), seed)
    write_tables(folder, config=config, thresholds=neutral, language=odds)
    seal(folder)
    tell("exported; scoring development rows with the int8 file")
    backend = EmbeddedBackend(folder, threads=threads)
    dataset = trained.dataset
    calibration = calibrate(dataset.tune, *_outputs(backend, dataset.tune))
    figures = evaluate(dataset.report, *_outputs(backend, dataset.report), calibration)
    write_tables(
        folder,
        thresholds=calibration.as_json(data="tuning half of the development rows", date=today),
        figures={
            "model_version": version,
            "made": today,
            "languages": figures.as_json(),
            "published": [],
        },
    )
    size = sum(path.stat().st_size for path in folder.iterdir())
    card = write_card(
        version=version,
        command=command_line(arguments),
        made=today,
        trained=trained,
        manifest=manifest,
        figures=figures,
        calibration=calibration,
        size=size,
    )
    (folder / artefact.CARD).write_text(card, "utf-8")
    (folder / artefact.CREDITS).write_text(write_credits(manifest), "utf-8")
    seal(folder)
    failures = figures.failures()
    if size > MAX_BYTES:
        failures.append(f"the folder has {size:,} bytes, more than {MAX_BYTES:,}")
    return Release(folder, version, figures, failures)


def _outputs(backend: EmbeddedBackend, rows: Sequence[Row]) -> tuple[Floats, Floats]:
    """Logits (n, 7) and sentiment logits (n,) of the int8 file."""
    parts = [
        backend.rows([row.text for row in rows[at : at + CHUNK]])
        for at in range(0, len(rows), CHUNK)
    ]
    return (
        np.concatenate([part.logits for part in parts]).astype(np.float64),
        np.concatenate([part.sentiment for part in parts]).astype(np.float64),
    )


def install(folder: Path, target: Path) -> None:
    """Replace the shipped folder by a sealed one."""
    artefact.verify(folder)
    fresh = target.with_name(f"{target.name}.new")
    shutil.rmtree(fresh, ignore_errors=True)
    shutil.copytree(folder, fresh)
    shutil.rmtree(target, ignore_errors=True)
    fresh.rename(target)
