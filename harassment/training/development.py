"""Rows to calibrate a foreign model on: a table somebody brings, or our own held-back sentences."""

import json
import math
from collections import Counter
from collections.abc import Iterator
from dataclasses import replace

from harassment.classifier.artefact import LANGUAGE, SHIPPED
from harassment.classifier.labels import LABELS
from harassment.classifier.language import identify
from harassment.detection.normalise import normalise
from harassment.training.cleaning import leak_key
from harassment.training.dataset import Dataset, Row
from harassment.training.grammar import read_frames, write_rows
from harassment.training.groups import labels_of, sentiment_of
from harassment.training.labelled import LabelledTable, TableError
from harassment.training.parallel import read_own_pairs
from harassment.training.sources import NAN, Vector

SEED = 3
PER_FRAME = 8
MOST_ROWS = 20_000
LANGUAGES = {
    "en": "en", "eng": "en", "english": "en", "anglais": "en",
    "fr": "fr", "fra": "fr", "fre": "fr", "french": "fr", "français": "fr", "francais": "fr",
}  # fmt: skip


def own_rows() -> Dataset:
    """Our sentences that no model of ours learned, in their two halves."""
    dataset = Dataset()
    taken: Counter[str] = Counter()
    for row in write_rows(read_frames(), SEED):
        taken[row.place] += 1
        if row.split == "dev" and taken[row.place] <= PER_FRAME:
            dataset.hold_out(_row(row.text, row.language, row.labels, row.group, NAN), row.place)
    for pair in read_own_pairs():
        if pair.held_out:
            labels, mood = labels_of(pair.group), sentiment_of(pair.group)
            dataset.hold_out(_row(pair.english, "en", labels, pair.group, mood), pair.place)
            dataset.hold_out(_row(pair.french, "fr", labels, pair.group, mood), pair.place)
    return dataset


def table_rows(table: LabelledTable, *, has_language: bool) -> Dataset:
    """The rows of a table in two halves. It decides on toxicity; the other heads learn from ours.

    Its first extra column is the language when `has_language`, else that is heard. Rows in another
    language are left out, and counted under "other language". Raises TableError without rows.
    """
    dataset = Dataset(counts={"table": Counter()})
    for text, truth, language in _told(table, has_language=has_language):
        if dataset.counts["table"]["used"] == MOST_ROWS:
            break
        if language is None or not text.strip():
            dataset.counts["table"]["other language" if text.strip() else "empty"] += 1
            continue
        labels = (float(truth), NAN, NAN, NAN, NAN, NAN, NAN)
        group = f"table-{'harmful' if truth else 'harmless'}"
        dataset.hold_out(_row(text, language, labels, group, NAN), leak_key(text))
        dataset.counts["table"]["used"] += 1
    if not dataset.tune or not dataset.report:
        raise TableError("The development table has too few rows in English or French.")
    ours = own_rows()
    for half, more in ((dataset.tune, ours.tune), (dataset.report, ours.report)):
        half += [replace(row, labels=(NAN, *row.labels[1:])) for row in more]
    return dataset


def _told(table: LabelledTable, *, has_language: bool) -> Iterator[tuple[str, int, str | None]]:
    odds = json.loads((SHIPPED / LANGUAGE).read_text("utf-8"))
    for row in table:
        if has_language:
            # "fr-CA" and "en_GB" too.
            short = row.extra[0].strip().lower().replace("_", "-").partition("-")[0]
            yield row.text, row.truth, LANGUAGES.get(short)
        else:
            heard = identify(row.text, odds)
            yield row.text, row.truth, None if heard == "und" else heard


def _row(text: str, language: str, labels: Vector, group: str, mood: float) -> Row:
    # "own-": comments as this model will see them, all of them equally.
    return Row(normalise(text), language, labels, 1.0, f"own-{language}", group, sentiment=mood)


def enough(rows: list[Row], language: str, least: int) -> bool:
    """Whether `rows` hold that many harmful and that many harmless ones of the language."""
    toxic = [row.labels[LABELS.index("toxicity")] for row in rows if row.language == language]
    known = [value for value in toxic if not math.isnan(value)]
    positives = sum(value > 0 for value in known)
    return min(positives, len(known) - positives) >= least
