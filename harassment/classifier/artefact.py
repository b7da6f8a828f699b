"""The shipped model folder: verified by checksum, then read."""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from harassment.classifier.base import LEVELS, Language, ModelUnavailable, Thresholds
from harassment.classifier.labels import LABELS
from harassment.detection.normalise import NORMALISER_VERSION

SHIPPED = Path(__file__).with_name("model")
NETWORK = "model.int8.onnx"
TOKENIZER = "tokenizer.json"
CONFIG = "config.json"
THRESHOLDS = "thresholds.json"
LANGUAGE = "language.json"
CARD = "MODEL_CARD.md"
CREDITS = "CREDITS.md"
CHECKSUMS = "SHA256SUMS"
REQUIRED = (NETWORK, TOKENIZER, CONFIG, THRESHOLDS, LANGUAGE)

Platt = tuple[float, float]


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
class Settings:
    """What the artefact says about itself besides the network."""

    version: str
    calibration: Mapping[str, Mapping[str, Platt]]
    thresholds: Mapping[str, Thresholds]
    odds: Mapping[str, float]

    def calibration_for(self, language: Language) -> Mapping[str, Platt]:
        """Head -> (slope, offset); an unknown language borrows English."""
        return self.calibration["en" if language == "und" else language]

    def thresholds_for(self, language: Language) -> Thresholds:
        """The language's thresholds; for "und" the stricter (higher) one of each pair."""
        if language != "und":
            return self.thresholds[language]
        return {
            level: {
                head: max(of[level][head] for of in self.thresholds.values()) for head in LABELS
            }
            for level in LEVELS
        }


def read_settings(folder: Path) -> Settings:
    """Read config, thresholds and language table; raises ModelUnavailable when they do not fit."""
    try:
        config, thresholds, odds = (
            json.loads((folder / name).read_text("utf-8"))
            for name in (CONFIG, THRESHOLDS, LANGUAGE)
        )
        settings = Settings(
            version=config["model_version"],
            calibration=_platt(thresholds["calibration"]),
            thresholds=thresholds["thresholds"],
            odds=odds,
        )
        labels, normaliser = tuple(config["labels"]), config["normaliser_version"]
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise ModelUnavailable(f"The model in {folder} cannot be read: {error}.") from error
    if labels != LABELS:
        raise ModelUnavailable(f"The model in {folder} has other labels: {', '.join(labels)}.")
    if normaliser != NORMALISER_VERSION:
        raise ModelUnavailable(
            f"The model in {folder} was made for normaliser {normaliser}, "
            f"this is {NORMALISER_VERSION}."
        )
    return settings


def _platt(raw: Mapping[str, Mapping[str, Any]]) -> dict[str, dict[str, Platt]]:
    return {
        language: {head: (float(pair[0]), float(pair[1])) for head, pair in heads.items()}
        for language, heads in raw.items()
    }
