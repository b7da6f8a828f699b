"""What a released model did on a published test set enters its folder: figures, card, checksums."""

import json
from collections.abc import Mapping
from datetime import date
from pathlib import Path

from harassment.classifier import artefact
from harassment.training.card import with_published
from harassment.training.sealing import seal, write_tables

SHOWN = ("accuracy", "auc", "macro_f1", "recall", "false_positive_rate", "ece")


def publish(folder: Path, *, name: str, language: str, figures: Mapping[str, float | None]) -> None:
    """Write the figures of one published set into a sealed folder.

    `figures` holds `n` and some of `SHOWN`. Raises ModelUnavailable when the folder is damaged, and
    ValueError when this set was run on this model before: once is the rule.
    """
    artefact.verify(folder)
    content = json.loads((folder / artefact.FIGURES).read_text("utf-8"))
    results = content["published"]
    if any((one["name"], one["language"]) == (name, language) for one in results):
        raise ValueError(f"{name} ({language}) was already run on {content['model_version']}.")
    today = date.today().isoformat()  # noqa: DTZ011 - a date in a table, wherever one is
    results += [
        {
            "name": name,
            "language": language,
            "metric": metric,
            "value": round(value, 4),
            "n": figures["n"],
            "date": today,
        }
        for metric in SHOWN
        if (value := figures.get(metric)) is not None
    ]
    write_tables(folder, figures=content)
    card = (folder / artefact.CARD).read_text("utf-8")
    (folder / artefact.CARD).write_text(with_published(card, results), "utf-8")
    seal(folder)
