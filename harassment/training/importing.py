"""A foreign checkpoint as a model folder of this product: converted, calibrated, measured."""

import shutil
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Any

import numpy as np

from harassment.classifier import artefact
from harassment.classifier.base import LEVELS, ModelUnavailable
from harassment.classifier.embedded import EmbeddedBackend
from harassment.classifier.judging import Judge
from harassment.classifier.labels import LABELS
from harassment.classifier.transformer import TransformerBackend, load_checkpoint
from harassment.detection.normalise import NORMALISER_VERSION, normalise
from harassment.training.calibration import ENOUGH, Floats, calibrate
from harassment.training.canaries import HARMFUL, HARMLESS, ask_canaries
from harassment.training.checkpoint import WANTED, Origin
from harassment.training.dataset import Dataset, Row
from harassment.training.development import enough
from harassment.training.evaluation import evaluate
from harassment.training.metrics import auc
from harassment.training.sealing import seal, write_tables

COVERED = 0.7
"""Area under the curve on development rows from which a language counts as understood."""
LOST = 0.05
"""Mean difference of the canaries' probabilities up to which int8 stands for the original."""
FEWEST = 10
"""Harmful and harmless rows below which the other half measures nothing."""
CHUNK = 256

Tell = Callable[[str], None]


@dataclass
class Imported:
    """A folder that the runtime loads, and what is to be said of it."""

    folder: Path
    backend: str
    origin: Origin
    version: str = ""
    canaries: dict[str, Any] = field(default_factory=dict)
    languages: dict[str, Any] = field(default_factory=dict)
    uncovered: list[str] = field(default_factory=list)
    network: str = ""
    notes: list[str] = field(default_factory=list)

    @property
    def settings(self) -> list[str]:
        """The two lines that make the product use it."""
        return [f"CLASSIFIER_BACKEND={self.backend}", f"CLASSIFIER_MODEL={self.folder}"]

    def as_json(self) -> dict[str, Any]:
        """The summary."""
        return {
            "name": self.origin.name,
            "revision": self.origin.revision,
            "licence": self.origin.licence,
            "labels": list(self.origin.labels),
            "heads": [name for name in LABELS if name in self.origin.heads],
            "model_version": self.version,
            "backend": self.backend,
            "network": self.network,
            "folder": str(self.folder),
            "bytes": sum(path.stat().st_size for path in self.folder.iterdir()),
            "canaries": self.canaries,
            "languages": {
                name: {key: part[key] for key in ("n", "auc", "ece", "decisions")}
                for name, part in self.languages.items()
            },
            "not_covered": self.uncovered,
            "notes": self.notes,
            "settings": self.settings,
        }


def import_checkpoint(
    origin: Origin, out: Path, development: Dataset, *, source: str, threads: int, tell: Tell
) -> Imported:
    """Turn an inspected checkpoint into the model folder `out`, which must not exist.

    An ONNX folder for the embedded backend where that can be made and says the same; else a
    calibrated copy for torch. `source` names the development rows. A language that the model does
    not understand is left uncovered. Raises ModelUnavailable when no language is left, or when the
    canaries fail; nothing stays behind then.
    """
    out.mkdir(parents=True)
    try:
        tell("asking the checkpoint about twenty plain sentences")
        original = TransformerBackend(str(origin.folder), threads=threads)
        canaries = ask_canaries(original.logits)
        made = convert_checkpoint(original, origin, out, threads=threads, tell=tell)
        made.canaries = canaries
        backend = original if made.backend == "hf" else _open(made, threads)
        tell(f"calibrating on {len(development.tune)} rows, measuring on {len(development.report)}")
        calibration = _calibrate(made, backend, development, source)
        made.version = _open(made, threads).version
        _describe(made, calibration, source)
    except BaseException:
        shutil.rmtree(out, ignore_errors=True)
        raise
    return made


def _open(made: Imported, threads: int) -> Judge:
    if made.backend == "embedded":
        return EmbeddedBackend(made.folder, threads=threads)
    return TransformerBackend(str(made.folder), threads=threads)


def convert_checkpoint(
    original: TransformerBackend, origin: Origin, out: Path, *, threads: int, tell: Tell
) -> Imported:
    """Fill `out` with neutral tables and an ONNX network, or with the checkpoint's own files.

    The network is kept only if it gives the canaries the probabilities that `original` gives them:
    int8 first, then float32.
    """
    try:
        from harassment.training import conversion  # noqa: PLC0415 - requirements-train.txt
    except ImportError as error:
        reason = f"requirements-train.txt is not installed ({error.name} is missing)"
        return _copy(origin, out, reason, tell)
    checkpoint = load_checkpoint(str(origin.folder), threads=threads)
    try:
        tell("converting to ONNX")
        full = conversion.convert(checkpoint, out)
        for network in ("int8", "float32"):
            target = out / artefact.NETWORK
            if network == "int8":
                conversion.quantise(full, target)
            else:
                shutil.copyfile(full, target)
            _write_neutral(out, origin, softmax=checkpoint.softmax)
            lost = _difference(original, EmbeddedBackend(out, threads=threads))
            tell(f"{network}: mean difference of probabilities {lost:.3f}")
            if lost <= LOST:
                full.unlink()
                made = Imported(out, "embedded", origin, network=network)
                if network != "int8":
                    made.notes.append("int8 weights would have changed its scores: float32 kept")
                seal(out)
                return made
        reason = "its ONNX network scores differently"
    except (conversion.ConversionError, ModelUnavailable) as error:
        reason = str(error)
    return _copy(origin, out, reason, tell)


def _difference(original: Judge, converted: Judge) -> float:
    texts = [
        normalise(text)
        for side in (HARMFUL, HARMLESS)
        for part in side.values()
        for text in part
    ]  # fmt: skip
    first, second = (
        1 / (1 + np.exp(-backend.logits(texts).astype(float))) for backend in (original, converted)
    )
    return float(np.abs(first - second).mean(axis=0).max())


def _copy(origin: Origin, out: Path, reason: str, tell: Tell) -> Imported:
    """The checkpoint as it is, for torch: weights, tables and texts, no pickle and no code."""
    tell(f"no ONNX file: {reason}; copying the checkpoint")
    for path in out.iterdir():
        path.unlink()
    skipped = (artefact.THRESHOLDS, artefact.FIGURES, artefact.CARD, artefact.CREDITS)
    for path in sorted({found for pattern in WANTED for found in origin.folder.glob(pattern)}):
        if path.is_file() and path.name not in skipped:
            shutil.copyfile(path, out / path.name)
    made = Imported(out, "hf", origin, network="torch")
    made.notes.append(f"no ONNX file: {reason}; it needs torch and transformers to run")
    return made


def _write_neutral(out: Path, origin: Origin, *, softmax: bool) -> None:
    """Tables with which the folder loads; logits are taken before they matter."""
    mark = artefact.checksum(out / artefact.NETWORK)[:8]
    config = {
        "model_version": f"{origin.name.replace('/', '-')[-40:]}@{mark}",
        "labels": list(origin.labels),
        "activation": "softmax" if softmax else "sigmoid",
        "normaliser_version": NORMALISER_VERSION,
        "max_tokens": 128,
        "imported_from": origin.name,
        "revision": origin.revision,
        "licence": origin.licence,
    }
    thresholds = {
        "calibration": {name: {} for name in artefact.LANGUAGES},
        "thresholds": {name: {level: {} for level in LEVELS} for name in artefact.LANGUAGES},
    }
    write_tables(out, config=config, thresholds=thresholds)
    shutil.copyfile(artefact.SHIPPED / artefact.LANGUAGE, out / artefact.LANGUAGE)
    seal(out)


def _calibrate(made: Imported, backend: Judge, development: Dataset, source: str) -> dict[str, Any]:
    """Fit on one half, measure on the other, write thresholds.json; returns its content.

    A language that the model does not understand is left out, and so is a head it does not have.
    """
    logits = _logits(backend, development.tune)
    for language in artefact.LANGUAGES:
        reached = _reached(development, logits, language)
        if not reached >= COVERED:
            made.uncovered.append(language)
            why = "too few development rows" if np.isnan(reached) else f"AUC {reached:.2f}"
            made.notes.append(f"{language} is not covered: {why}")
    covered = [name for name in artefact.LANGUAGES if name not in made.uncovered]
    if not covered:
        raise ModelUnavailable(f"No language is left: {'; '.join(made.notes)}.")
    calibration = calibrate(development.tune, logits, np.zeros(len(logits)))
    figures = evaluate(
        development.report,
        _logits(backend, development.report),
        np.zeros(len(development.report)),
        calibration,
    ).as_json()
    made.languages = {name: figures[name] for name in covered}
    content = calibration.as_json(data=source, date=_today())
    heads = made.origin.heads
    content["calibration"] = {
        name: {head: pair for head, pair in calibration.platt[name].items() if head in heads}
        for name in covered
    }
    content["thresholds"] = {
        name: {
            level: {head: value for head, value in cuts.items() if head in heads}
            for level, cuts in calibration.thresholds[name].items()
        }
        for name in covered
    }
    content["borrowed"] = [
        item
        for item in calibration.borrowed
        if item.partition(":")[0] in covered and item.partition(":")[2] in heads
    ]
    write_tables(made.folder, thresholds=content)
    seal(made.folder)
    return content


def _reached(development: Dataset, logits: Floats, language: str) -> float:
    """Area under the curve in the tuning half; NaN when a half has too few rows to say."""
    rows = development.tune
    if not (enough(rows, language, ENOUGH) and enough(development.report, language, FEWEST)):
        return float("nan")
    here = [index for index, row in enumerate(rows) if row.language == language]
    return auc(logits[here, 0], np.array([rows[index].labels[0] for index in here]))


def _logits(backend: Judge, rows: Sequence[Row]) -> Floats:
    parts = [
        backend.logits([row.text for row in rows[at : at + CHUNK]])
        for at in range(0, len(rows), CHUNK)
    ]
    return np.concatenate(parts).astype(np.float64)


def _describe(made: Imported, thresholds: dict[str, Any], source: str) -> None:
    """The figures for the product's error page, the card and the credits."""
    origin = made.origin
    write_tables(
        made.folder,
        figures={
            "model_version": made.version,
            "made": _today(),
            "languages": made.languages,
            "published": [],
        },
    )
    lines = [
        f"# {origin.name}, imported as {made.version}",
        "",
        "Written by `manage.py toxicity_import`. The weights are somebody else's: what they were",
        "trained on, and their limits, stand in their own card.",
        "",
        f"- Network: {made.network}, backend `{made.backend}`.",
        f"- Labels: {', '.join(origin.labels)}.",
        f"- Heads of ours: {', '.join(name for name in LABELS if name in origin.heads)}.",
        f"- Calibrated {thresholds['made']['date']} on {source}; one half chose calibration and",
        "  thresholds, the other gives the figures.",
        f"- Not calibrated, so not covered: {', '.join(made.uncovered) or 'none'}, and every other",
        "  language.",
        "",
        "| language | n | AUC | calibration error | harmful found | harmless flagged |",
        "|---|---|---|---|---|---|",
    ]
    for name, part in made.languages.items():
        counts = part["decisions"]
        lines.append(
            f"| {name} | {part['n']:,} | {part['auc']:.3f} | {part['ece']:.3f} | "
            f"{counts['tp']} of {counts['tp'] + counts['fn']} | "
            f"{counts['fp']} of {counts['fp'] + counts['tn']} |"
        )
    (made.folder / artefact.CARD).write_text("\n".join([*lines, ""]), "utf-8")
    thanks = [
        "# Credits",
        "",
        f"- Weights: {origin.name}" + (f", revision {origin.revision}" if origin.revision else ""),
        f"- Licence, as they say: {origin.licence}",
        *(f"- {name}, sha256 `{mark}`" for name, mark in origin.weights.items()),
        "",
    ]
    (made.folder / artefact.CREDITS).write_text("\n".join(thanks), "utf-8")
    seal(made.folder)


def _today() -> str:
    return date.today().isoformat()  # noqa: DTZ011 - a date in a file, wherever one is
