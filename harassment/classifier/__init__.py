"""The judgement of texts: `score(texts)`, whatever model stands behind it."""

import os
from collections.abc import Sequence
from functools import lru_cache
from pathlib import Path

from django.conf import settings

from harassment.classifier.artefact import SHIPPED
from harassment.classifier.base import Backend, ModelUnavailable, Score
from harassment.classifier.embedded import EmbeddedBackend
from harassment.classifier.labels import LABELS
from harassment.classifier.transformer import TransformerBackend

__all__ = ["LABELS", "Backend", "ModelUnavailable", "Score", "score"]


@lru_cache(maxsize=1)
def _backend(process: int, kind: str, model: str, threads: int) -> Backend:
    # Keyed by process: neither runtime survives a fork.
    if kind == "embedded":
        return EmbeddedBackend(Path(model) if model else SHIPPED, threads=threads)
    if kind == "hf":
        return TransformerBackend(model, threads=threads)
    raise ModelUnavailable(f'CLASSIFIER_BACKEND is "{kind}"; it must be "embedded" or "hf".')


def score(texts: Sequence[str]) -> list[Score]:
    """Judge `texts` with the configured model; one score per text, in order.

    Loads the model on first use in a process. Any text is accepted: empty, huge, broken. Raises
    ModelUnavailable with a sentence for people when the model is missing, damaged or refused: the
    texts then remain unjudged, which is not the same as harmless.
    """
    if not texts:
        return []
    backend = _backend(
        os.getpid(),
        settings.CLASSIFIER_BACKEND,
        settings.CLASSIFIER_MODEL,
        settings.CLASSIFIER_THREADS,
    )
    return backend.score(texts)
