"""A model folder: verified by checksum, then read."""

import hashlib
import json
import logging
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from harassment.classifier.base import LEVELS, UNCALIBRATED, ModelUnavailable, Thresholds
from harassment.detection.normalise import NORMALISER_VERSION

SHIPPED = Path(__file__).with_name("model")
NETWORK = "model.int8.onnx"
TOKENIZER = "tokenizer.json"
CONFIG = "config.json"
THRESHOLDS = "thresholds.json"
LANGUAGE = "language.json"
FIGURES = "figures.json"
CARD = "MODEL_CARD.md"
CREDITS = "CREDITS.md"
CHECKSUMS = "SHA256SUMS"
REQUIRED = (NETWORK, TOKENIZER, CONFIG, THRESHOLDS, LANGUAGE)

LANGUAGES = ("en", "fr")
"""Those that a model may be calibrated for; a text in any other is not covered."""

Platt = tuple[float, float]

logger = logging.getLogger(__name__)


def checksum(path: Path) -> str:
    """SHA-256 of a file, read in pieces."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def verify(folder: Path) -> None:
    """Compare every file with SHA256SUMS; raises ModelUnavailable naming the first difference."""
    try:
        lines = (folder / CHECKSUMS).read_text("utf-8").split("\n")
    except (OSError, UnicodeDecodeError) as error:
        raise ModelUnavailable(f"The model folder {folder} has no readable {CHECKSUMS}.") from error
    expected = {
        name: digest for digest, _, name in (line.partition("  ") for line in lines) if name
    }
    for name in (*REQUIRED, *expected):
        path = folder / name
        if name not in expected:
            raise ModelUnavailable(f"The model file {name} is not listed in {CHECKSUMS}.")
        if not path.is_file():
            raise ModelUnavailable(f"The model file {name} is missing from {folder}.")
        found = checksum(path)
        if found != expected[name]:
            raise ModelUnavailable(
                f"The model file {name} is damaged: its checksum is {found[:12]}…, "
                f"not {expected[name][:12]}…. Restore the folder {folder}."
            )


@dataclass(frozen=True)
class Tables:
    """What turns log-odds into judgements: per language, slope and offset of each head, thresholds.

    `calibration` may hold an entry "sentiment" beside the heads; a head without entry stays as it
    is. A language that is missing was not calibrated: its texts are not covered. `odds` tells the
    languages apart.
    """

    calibration: Mapping[str, Mapping[str, Platt]]
    thresholds: Mapping[str, Thresholds]
    odds: Mapping[str, float]


@dataclass(frozen=True)
class Settings:
    """What an artefact says about itself besides the network."""

    version: str
    outputs: tuple[str, ...]
    softmax: bool
    tables: Tables


def read_settings(folder: Path) -> Settings:
    """Read config, thresholds and language table; raises ModelUnavailable when they do not fit.

    config.json holds `model_version`, `labels` (the names of the network's outputs, in order),
    `normaliser_version` and, for an imported network, `activation`: "sigmoid" or "softmax".
    """
    config = _read(folder / CONFIG)
    try:
        activation = config.get("activation", "sigmoid")
        settings = Settings(
            version=str(config["model_version"]),
            outputs=tuple(map(str, config["labels"])),
            softmax=activation == "softmax",
            tables=read_tables(folder, odds=folder / LANGUAGE),
        )
        normaliser = config["normaliser_version"]
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise ModelUnavailable(f"The model in {folder} cannot be read: {error!r}.") from error
    if activation not in {"sigmoid", "softmax"}:
        raise ModelUnavailable(f'The model in {folder} has an unknown activation "{activation}".')
    if normaliser != NORMALISER_VERSION:
        raise ModelUnavailable(
            f"The model in {folder} was made for normaliser {normaliser}, "
            f"this is {NORMALISER_VERSION}."
        )
    return settings


def read_tables(folder: Path, *, odds: Path = SHIPPED / LANGUAGE) -> Tables:
    """Read thresholds.json of `folder`; raises ModelUnavailable when it is not as it should be."""
    raw = _read(folder / THRESHOLDS)
    try:
        calibration = {
            language: {head: (float(pair[0]), float(pair[1])) for head, pair in heads.items()}
            for language, heads in raw["calibration"].items()
        }
        thresholds: dict[str, Thresholds] = {
            language: {
                level: {
                    head: float(raw["thresholds"][language][level].get(head, default))
                    for head, default in UNCALIBRATED[level].items()
                }
                for level in LEVELS
            }
            for language in calibration
        }
    except (ValueError, KeyError, TypeError, AttributeError, IndexError) as error:
        raise ModelUnavailable(f"The model in {folder} cannot be read: {error!r}.") from error
    if not calibration or not calibration.keys() <= set(LANGUAGES):
        raise ModelUnavailable(f"The model in {folder} is calibrated for no known language.")
    return Tables(calibration, thresholds, _read(odds))


def uncalibrated() -> Tables:
    """For checkpoints that bring no thresholds of their own: no language is covered."""
    return Tables({}, {}, _read(SHIPPED / LANGUAGE))


def model_folder(backend: str, model: str) -> Path | None:
    """The folder that those two settings mean; None for a model by its name on a hub."""
    if backend == "hf":
        return Path(model) if model and Path(model).is_dir() else None
    return Path(model) if model else SHIPPED


def read_figures(folder: Path) -> dict[str, Any]:
    """The content of figures.json: what the model's errors are; empty when there is none."""
    if not (folder / FIGURES).is_file():
        return {}
    try:
        return _read(folder / FIGURES)
    except ModelUnavailable as error:
        logger.warning("no figures of the model: %s", error)
        return {}


def _read(path: Path) -> dict[str, Any]:
    try:
        content = json.loads(path.read_text("utf-8"))
    except (OSError, ValueError) as error:
        raise ModelUnavailable(f"The model file {path} cannot be read: {error}.") from error
    if not isinstance(content, dict):
        raise ModelUnavailable(f"The model file {path} holds no table.")
    return content
