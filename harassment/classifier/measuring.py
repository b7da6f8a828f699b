"""Verdicts as a measurement wants them: as the product gives them, or in a language laid down."""

from collections.abc import Callable, Sequence
from typing import NamedTuple, cast

import numpy as np
from django.conf import settings

from harassment.classifier import _backend, artefact, score
from harassment.classifier.base import Language, ModelUnavailable, severity_of
from harassment.classifier.batching import shorten
from harassment.classifier.judging import Judge
from harassment.classifier.labels import LABELS
from harassment.classifier.language import identify
from harassment.classifier.tables import make_tables
from harassment.detection.normalise import normalise


class Verdict(NamedTuple):
    """The toxicity of a text, whether it is shown to a person, and the language heard in it."""

    toxicity: float
    flagged: bool
    language: Language


Judging = Callable[[Sequence[str]], list[Verdict]]


def as_shipped(texts: Sequence[str]) -> list[Verdict]:
    """One verdict per text as comments get it. Raises ModelUnavailable."""
    return [
        Verdict(found.labels["toxicity"], found.severity > 0, found.language)
        for found in score(texts)
    ]


def in_language(language: Language) -> Judging:
    """As `as_shipped`, with the calibration and thresholds of `language` whatever a text sounds.

    Raises ModelUnavailable when the model is not calibrated for it.
    """
    judge = cast("Judge", _backend())
    folder = artefact.model_folder(settings.CLASSIFIER_BACKEND, settings.CLASSIFIER_MODEL)
    calibrated = folder is not None and (folder / artefact.THRESHOLDS).is_file()
    tables = artefact.read_tables(folder) if folder and calibrated else artefact.uncalibrated()
    if language not in tables.calibration:
        raise ModelUnavailable(f'The model {judge.version} is not calibrated for "{language}".')
    table = make_tables(tables, LABELS)[language]

    def judged(texts: Sequence[str]) -> list[Verdict]:
        plain = [shorten(normalise(text)) for text in texts]
        odds = judge.logits(plain) * table.slopes + table.offsets
        found = np.round(1 / (1 + np.exp(-odds.clip(-50, 50))), 4)
        found[[index for index, text in enumerate(plain) if not text]] = 0
        verdicts: list[Verdict] = []
        for text, row in zip(texts, found.tolist(), strict=True):
            labels = dict(zip(LABELS, row, strict=True))
            flagged = severity_of(labels, table.thresholds) > 0
            verdicts.append(Verdict(row[0], flagged, identify(text, tables.odds)))
        return verdicts

    return judged
