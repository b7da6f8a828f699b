"""The shipped int8 model on ONNX Runtime: no torch, no network, bounded memory."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import onnxruntime
from tokenizers import Tokenizer

from harassment.classifier import artefact
from harassment.classifier.base import ModelUnavailable, Score, kinds_of, severity_of
from harassment.classifier.batching import (
    Floats,
    LogitCache,
    buckets,
    cache_key,
    shorten,
    windows,
)
from harassment.classifier.labels import LABELS
from harassment.classifier.language import identify
from harassment.detection.normalise import NORMALISER_VERSION, normalise


class EmbeddedBackend:
    """Scores with the artefact in `folder`, on `threads` threads.

    Raises ModelUnavailable when a file is missing, damaged or made for another normaliser. Create
    it after a fork: an inference session does not survive one.
    """

    def __init__(self, folder: Path, *, threads: int) -> None:
        artefact.verify(folder)
        self._settings = artefact.read_settings(folder)
        self._cache = LogitCache()
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = max(1, threads)
        options.inter_op_num_threads = 1
        # The arena keeps the largest batch ever seen; without it memory follows the need.
        options.enable_cpu_mem_arena = False
        options.log_severity_level = 3
        try:
            self._session = onnxruntime.InferenceSession(
                str(folder / artefact.NETWORK), options, providers=["CPUExecutionProvider"]
            )
            self._tokenizer = Tokenizer.from_file(str(folder / artefact.TOKENIZER))
        except Exception as error:  # both libraries raise bare Exception subclasses of their own
            raise ModelUnavailable(f"The model in {folder} cannot be loaded: {error}.") from error
        self._tokenizer.no_truncation()
        self._tokenizer.no_padding()
        marks = [self._tokenizer.token_to_id(mark) for mark in ("[CLS]", "[SEP]")]
        if None in marks:
            raise ModelUnavailable(f"The tokeniser in {folder} is of another kind.")
        self._start, self._end = (mark or 0 for mark in marks)

    @property
    def version(self) -> str:
        """The artefact's version."""
        return self._settings.version

    def score(self, texts: Sequence[str]) -> list[Score]:
        """One score per text, in order; equal texts are judged once."""
        plain = [shorten(normalise(text)) for text in texts]
        logits = self._logits(plain)
        return [self._score(raw, row) for raw, row in zip(texts, logits, strict=True)]

    def logits(self, texts: Sequence[str]) -> Floats:
        """Uncalibrated outputs (n, 7) of already normalised texts, for calibration and tests."""
        rows = self._logits(list(texts))
        return np.stack([np.zeros(len(LABELS), np.float32) if row is None else row for row in rows])

    def _logits(self, texts: list[str]) -> list[Floats | None]:
        keys = [cache_key(text.lower(), self.version, NORMALISER_VERSION) for text in texts]
        found: dict[str, Floats | None] = {}
        fresh: dict[str, str] = {}
        for key, text in zip(keys, texts, strict=True):
            if key in found or key in fresh:
                continue
            cached = self._cache.get(key)
            if cached is not None or not text:
                found[key] = cached
            else:
                fresh[key] = text
        rows = self._run(list(fresh.values()))
        for key, row in zip(fresh, rows, strict=True):
            found[key] = row
            self._cache.put(key, row)
        return [found[key] for key in keys]

    def _run(self, texts: list[str]) -> list[Floats]:
        owners: list[int] = []
        pieces: list[list[int]] = []
        encoded = self._tokenizer.encode_batch_fast(texts, add_special_tokens=False)
        for index, item in enumerate(encoded):
            for window in windows(item.ids, self._start, self._end):
                owners.append(index)
                pieces.append(window)
        best = np.full((len(texts), len(LABELS)), -np.inf, dtype=np.float32)
        for group in buckets([len(piece) for piece in pieces]):
            width = len(pieces[group[-1]])
            ids = np.zeros((len(group), width), dtype=np.int64)
            mask = np.zeros((len(group), width), dtype=np.int64)
            for row, index in enumerate(group):
                ids[row, : len(pieces[index])] = pieces[index]
                mask[row, : len(pieces[index])] = 1
            (logits,) = self._session.run(["logits"], {"input_ids": ids, "attention_mask": mask})
            np.maximum.at(best, [owners[index] for index in group], np.asarray(logits))
        return list(best)

    def _score(self, raw: str, row: Floats | None) -> Score:
        language = identify(raw, self._settings.odds)
        if row is None:
            return Score(dict.fromkeys(LABELS, 0.0), language, 0, [], self.version)
        calibration = self._settings.calibration_for(language)
        labels: dict[str, float] = {}
        for head, logit in zip(LABELS, row.tolist(), strict=True):
            slope, offset = calibration[head]
            labels[head] = round(float(1 / (1 + np.exp(-(slope * logit + offset)))), 4)
        thresholds = self._settings.thresholds_for(language)
        severity = severity_of(labels, thresholds)
        kinds = kinds_of(labels, thresholds, severity)
        return Score(labels, language, severity, kinds, self.version)
