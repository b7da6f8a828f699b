"""From a network's rows to scores: languages, calibration, severity, evasion. No runtime here."""

from abc import ABC, abstractmethod
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import numpy.typing as npt

from harassment.classifier.artefact import Tables
from harassment.classifier.base import (
    Explanation,
    Features,
    Floats,
    Recalibration,
    Score,
    Word,
    kinds_of,
    severity_of,
)
from harassment.classifier.batching import (
    MAX_PADDED,
    MAX_ROWS,
    buckets,
    shorten,
    unshorten,
    windows,
)
from harassment.classifier.explaining import (
    LEAST_SHARE,
    deciding_head,
    passages,
    pieces,
    shares,
    without,
)
from harassment.classifier.heads import Heads
from harassment.classifier.labels import LABELS
from harassment.classifier.language import Speech, listen
from harassment.classifier.rows import RowCache, Rows, cache_key
from harassment.classifier.tables import Table, make_tables
from harassment.detection.normalise import (
    EVASIVE,
    NORMALISER_VERSION,
    Edit,
    as_typed,
    normalise,
    unmask,
)

SUSPECT = 0.3
"""Toxicity from which a disguise is looked for: below, `EVASION` cannot be reached."""

Doubles = npt.NDArray[np.float64]


class Judge(ABC):
    """A backend but for its network: `_encode` and `_forward` are left to the runtime.

    `width` is that of the pooled states, `marks` are the ids around every window and the one that
    fills a batch up.
    """

    padded = MAX_PADDED
    most_rows = MAX_ROWS

    def __init__(
        self,
        *,
        version: str,
        heads: Heads,
        tables: Tables,
        marks: tuple[int, int, int],
        width: int,
        has_sentiment: bool,
        threads: int = 1,
    ) -> None:
        self.version = version
        self._heads = heads
        self._odds = tables.odds
        self._tables = make_tables(tables, heads.columns)
        self._start, self._end, self._fill = marks
        self._width = width
        self._has_sentiment = has_sentiment
        self._cache = RowCache(len(heads.columns), width)
        self._threads = ThreadPoolExecutor(threads) if threads > 1 else None
        upper, lower = self._encode(["A", "a"])
        self._ignores_case = upper == lower

    @abstractmethod
    def _encode(self, texts: Sequence[str]) -> list[list[int]]:
        """Token ids of each text, without marks."""

    @abstractmethod
    def _forward(self, ids: npt.NDArray[np.int64], mask: npt.NDArray[np.int64]) -> Rows:
        """What the network says of a batch of windows."""

    def score(
        self, texts: Sequence[str], recalibration: Recalibration | None = None
    ) -> list[Score]:
        """One score per text, in order; equal texts are judged once."""
        plain = [shorten(normalise(text)) for text in texts]
        speech = [self._listen(text) for text in texts]
        rows = self.rows(plain)
        found = self._probabilities(plain, rows, speech, recalibration)
        evasion = self._evasion(texts, plain, speech, found[:, 0], recalibration)
        version = f"{self.version}+{recalibration.name}" if recalibration else self.version
        scores: list[Score] = []
        for index, probabilities in enumerate(np.round(found, 4).tolist()):
            table = self._table(speech[index])
            labels = dict(zip(self._heads.columns, probabilities, strict=True))
            severity = severity_of(labels, table.thresholds)
            scores.append(
                Score(
                    labels=labels,
                    language=speech[index].language,
                    severity=severity,
                    kinds=kinds_of(labels, table.thresholds, severity),
                    model_version=version,
                    sentiment=self._sentiment(table, float(rows.sentiment[index])),
                    evasion=evasion[index],
                )
            )
        return scores

    def features(self, texts: Sequence[str]) -> Features:
        """Calibrated log-odds and pooled states, one row per text."""
        speech = [self._listen(text) for text in texts]
        rows = self.rows([shorten(normalise(text)) for text in texts])
        odds = self._log_odds(rows, speech, None)[:, : len(LABELS)]
        return Features(
            odds.astype(np.float32),
            rows.pooled.astype(np.float32),
            [one.language for one in speech],
        )

    def explain(self, text: str, recalibration: Recalibration | None = None) -> Explanation:
        """Take the words out one after the other, and see what that does to the deciding head.

        Of a text that is longer than what the network reads at once, the worst passage decides.
        """
        (score,) = self.score([text], recalibration)
        unmasked = unmask(text)
        plain = shorten(unmasked.text)
        speech = self._listen(text)
        thresholds = self._table(speech).thresholds
        head, level = deciding_head(score.labels, thresholds)

        def read(texts: Sequence[str]) -> list[float]:
            # Not through the cache: int8 rows differ by a hair from batch to batch.
            odds = self._log_odds(self._judge(texts), [speech] * len(texts), recalibration)
            return [float(value) for value in odds[:, LABELS.index(head)]]

        words: list[Word] = []
        parts = passages(plain)
        if parts:
            found = read([plain[start:end] for start, end in parts]) if len(parts) > 1 else [0.0]
            worst = parts[found.index(max(found))]
            spans = pieces(plain, *worst)
            odds = read([plain[slice(*worst)], *(without(plain, worst, span) for span in spans)])
            for (start, end), share in zip(spans, shares(odds), strict=True):
                if share >= LEAST_SHARE:
                    raw = unmasked.raw_span(
                        unshorten(start, len(unmasked.text)),
                        unshorten(end - 1, len(unmasked.text)) + 1,
                    )
                    words.append(Word(*raw, round(share, 3)))
        return Explanation(
            score=score,
            head=head,
            probability=score.labels[head],
            threshold=thresholds[level or "review"][head],
            level=level,
            plain=plain,
            words=words,
            tricks=_disguises(unmasked.edits),
        )

    def logits(self, texts: Sequence[str]) -> Floats:
        """Log-odds (n, 7) of already normalised texts before calibration, to calibrate on."""
        return self.rows(texts).logits[:, : len(LABELS)]

    def rows(self, texts: Sequence[str]) -> Rows:
        """What the network says of already normalised texts; those seen before are not read again.

        A recalibration comes after this, so nothing kept here belongs to one workspace.
        """
        keys = [
            cache_key(
                text.lower() if self._ignores_case else text, self.version, NORMALISER_VERSION
            )
            for text in texts
        ]
        fresh: dict[bytes, str] = {}
        for key, text in zip(keys, texts, strict=True):
            if text and key not in self._cache:
                fresh.setdefault(key, text)
        found = Rows.blank(len(texts), len(self._heads.columns), self._width)
        known = [index for index, key in enumerate(keys) if key in self._cache]
        found.put(known, self._cache.get([keys[index] for index in known]))
        read = self._run(list(fresh.values()))
        place = {key: index for index, key in enumerate(fresh)}
        new = [index for index, key in enumerate(keys) if key in place]
        found.put(new, read.take([place[keys[index]] for index in new]))
        self._cache.put(list(fresh), read)
        return found

    def _judge(self, texts: Sequence[str]) -> Rows:
        found = Rows.blank(len(texts), len(self._heads.columns), self._width)
        worded = [index for index, text in enumerate(texts) if text]
        found.put(worded, self._run([texts[index] for index in worded]))
        return found

    def _run(self, texts: Sequence[str]) -> Rows:
        owners: list[int] = []
        cuts: list[list[int]] = []
        for index, ids in enumerate(self._encode(texts)):
            for window in windows(ids, self._start, self._end):
                owners.append(index)
                cuts.append(window)
        found = Rows.blank(len(cuts), len(self._heads.columns), self._width)
        groups = list(buckets([len(cut) for cut in cuts], self.padded, self.most_rows))
        read = self._threads.map if self._threads else map
        batches = ([cuts[index] for index in group] for group in groups)
        for group, rows in zip(groups, read(self._read_batch, batches), strict=True):
            found.put(group, rows)
        return found.merge(owners, len(texts))

    def _read_batch(self, cuts: Sequence[Sequence[int]]) -> Rows:
        """Fill the windows of a batch up to the longest one, which is the last."""
        ids = np.full((len(cuts), len(cuts[-1])), self._fill, dtype=np.int64)
        mask = np.zeros_like(ids)
        for row, cut in enumerate(cuts):
            ids[row, : len(cut)] = cut
            mask[row, : len(cut)] = 1
        return self._forward(ids, mask)

    def _listen(self, text: str) -> Speech:
        """The text's language, as far as this model was calibrated for it."""
        speech = listen(text, self._odds)
        if speech.language == "und" and text.isascii():
            # Disguised words are of no language; beyond ASCII there are emoji, named in English.
            speech = listen(normalise(text), self._odds)
        if speech.mixed and "mixed" in self._tables:
            return speech
        return Speech(speech.language if speech.language in self._tables else "und")

    def _table(self, speech: Speech) -> Table:
        return self._tables["mixed" if speech.mixed else speech.language]

    def _log_odds(
        self, rows: Rows, speech: Sequence[Speech], recalibration: Recalibration | None
    ) -> Doubles:
        """Calibrated for each text's language, then corrected for the workspace."""
        odds = np.empty(rows.logits.shape, dtype=np.float64)
        for one in set(speech):
            table = self._table(one)
            chosen = [index for index, other in enumerate(speech) if other == one]
            odds[chosen] = rows.logits[chosen] * table.slopes + table.offsets
            direction = recalibration.directions.get(one.language) if recalibration else None
            if direction is not None:
                shift = direction.offset + _dot(rows.take(chosen), direction.weights)
                odds[np.ix_(chosen, range(len(LABELS)))] += np.reshape(shift, (-1, 1))
        return odds

    def _probabilities(
        self,
        plain: Sequence[str],
        rows: Rows,
        speech: Sequence[Speech],
        recalibration: Recalibration | None,
    ) -> Doubles:
        """(n, columns); all 0 for a text without a word, whatever the workspace thinks of it."""
        odds = self._log_odds(rows, speech, recalibration)
        found: Doubles = 1 / (1 + np.exp(-odds.clip(-50, 50)))
        found[[index for index, text in enumerate(plain) if not text]] = 0
        return found

    def _evasion(
        self,
        texts: Sequence[str],
        plain: Sequence[str],
        speech: Sequence[Speech],
        toxicity: Doubles,
        recalibration: Recalibration | None,
    ) -> list[float]:
        """Toxicity as understood minus as typed, for the few texts where a disguise was undone."""
        disguised = {
            index: typed
            for index in np.flatnonzero(toxicity >= SUSPECT).tolist()
            if (typed := shorten(as_typed(texts[index]))) != plain[index]
            and any(edit.trick in EVASIVE for edit in unmask(texts[index]).edits)
        }
        evasion = [0.0] * len(texts)
        if not disguised:
            return evasion
        seen = list(disguised.values())
        found = self._probabilities(
            seen, self.rows(seen), [speech[index] for index in disguised], recalibration
        )
        for index, naive in zip(disguised, found[:, 0], strict=True):
            evasion[index] = round(max(0.0, float(toxicity[index] - naive)), 4)
        return evasion

    def _sentiment(self, table: Table, logit: float) -> float | None:
        if not self._has_sentiment:
            return None
        if np.isnan(logit):
            return 0.0
        slope, offset = table.sentiment
        return round(float(2 / (1 + np.exp(-(slope * logit + offset))) - 1), 4)


def _dot(rows: Rows, weights: tuple[float, ...]) -> Doubles:
    if not weights:
        return np.zeros(len(rows))
    if len(weights) != rows.pooled.shape[1]:
        raise ValueError("This recalibration was learned with another model.")
    product: Doubles = rows.pooled.astype(np.float64) @ np.asarray(weights)
    return product


def _disguises(edits: Sequence[Edit]) -> list[str]:
    return [
        trick
        for trick in dict.fromkeys(edit.trick for edit in edits)
        if trick in EVASIVE or trick == "stretched"
    ]
