"""The judgement of texts: `score(texts)`, whatever model stands behind it."""

import os
from collections.abc import Sequence
from functools import lru_cache
from typing import Any, cast

from django.conf import settings
from django.utils.module_loading import import_string

from harassment.classifier.artefact import model_folder, read_figures
from harassment.classifier.base import (
    EVASION,
    Backend,
    Direction,
    Explanation,
    Features,
    ModelUnavailable,
    Recalibration,
    Score,
    Word,
)
from harassment.classifier.labels import LABELS

__all__ = [
    "EVASION",
    "LABELS",
    "Backend",
    "Direction",
    "Explanation",
    "Features",
    "ModelUnavailable",
    "Recalibration",
    "Score",
    "Word",
    "card",
    "explain",
    "features",
    "score",
    "version",
]

# By name, so that a process which only reads the card loads no runtime.
_BACKENDS = {
    "embedded": "harassment.classifier.embedded.EmbeddedBackend",
    "hf": "harassment.classifier.transformer.TransformerBackend",
}


@lru_cache(maxsize=1)
def _load(process: int, kind: str, model: str, threads: int) -> Backend:
    # Keyed by process: neither runtime survives a fork.
    if kind not in _BACKENDS:
        raise ModelUnavailable(f'CLASSIFIER_BACKEND is "{kind}"; it must be "embedded" or "hf".')
    source = model if kind == "hf" else model_folder(kind, model)
    return cast("Backend", import_string(_BACKENDS[kind])(source, threads=threads))


def _backend() -> Backend:
    return _load(
        os.getpid(),
        settings.CLASSIFIER_BACKEND,
        settings.CLASSIFIER_MODEL,
        settings.CLASSIFIER_THREADS,
    )


def score(texts: Sequence[str], recalibration: Recalibration | None = None) -> list[Score]:
    """Judge `texts` with the configured model; one score per text, in order.

    Loads the model on first use in a process. Any text is accepted: empty, huge, broken. With a
    `recalibration` the scores are that workspace's, and so is their `model_version`. Raises
    ModelUnavailable with a sentence for people when the model is missing, damaged or refused: the
    texts then remain unjudged, which is not the same as harmless.
    """
    return _backend().score(texts, recalibration) if texts else []


def features(texts: Sequence[str]) -> Features:
    """What a recalibration is learned from: one row per text. Raises ModelUnavailable."""
    return _backend().features(texts)


def explain(text: str, recalibration: Recalibration | None = None) -> Explanation:
    """Which head decides over `text` and which of its words carry that. Raises ModelUnavailable.

    Costs one batch of at most sixty shortened copies of the text.
    """
    return _backend().explain(text, recalibration)


def version() -> str:
    """The version of the configured model, loaded if need be. Raises ModelUnavailable."""
    return _backend().version


def card() -> dict[str, Any]:
    """What the configured model's folder says of its errors; empty when it says nothing.

    Reads one small file and loads no model.
    """
    folder = model_folder(settings.CLASSIFIER_BACKEND, settings.CLASSIFIER_MODEL)
    return read_figures(folder) if folder else {}
