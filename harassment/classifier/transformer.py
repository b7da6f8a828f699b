"""Any sequence classifier in Hugging Face's format, on torch: imported only when asked for."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from harassment.classifier.base import (
    UNCALIBRATED,
    Language,
    ModelUnavailable,
    Score,
    kinds_of,
    severity_of,
)
from harassment.classifier.batching import MAX_TOKENS, Floats, buckets, shorten
from harassment.classifier.labels import LABELS
from harassment.detection.normalise import normalise

# Names in use by public checkpoints, lower-cased, over ours.
LABEL_MAP = {
    **{label: label for label in LABELS},
    "toxic": "toxicity",
    "severe_toxic": "severe_toxicity",
    "identity_hate": "identity_attack",
    "hate": "toxicity",
    "hateful": "toxicity",
    "hate_speech": "toxicity",
    "offensive": "toxicity",
    "sexual": "sexual_explicit",
}


def map_labels(names: Mapping[int, str]) -> dict[int, str]:
    """Output index -> our head; labels nobody knows are left out, an empty result is refused."""
    mapped = {
        index: LABEL_MAP[name.strip().lower().replace(" ", "_").replace("-", "_")]
        for index, name in names.items()
        if name.strip().lower().replace(" ", "_").replace("-", "_") in LABEL_MAP
    }
    if not mapped:
        raise ModelUnavailable(
            f"The model's labels are not known here: {', '.join(map(str, names.values()))}."
        )
    return mapped


def check_folder(folder: Path) -> None:
    """Refuse a checkpoint that could run code: safetensors only, no modelling code of its own."""
    try:
        config = json.loads((folder / "config.json").read_text("utf-8"))
    except (OSError, ValueError) as error:
        raise ModelUnavailable(f"{folder} has no readable config.json.") from error
    if "auto_map" in config:
        raise ModelUnavailable(f"{folder} wants to run code of its own, which is refused.")
    if not any(folder.glob("*.safetensors")):
        raise ModelUnavailable(f"{folder} holds no safetensors weights; other formats are refused.")


@dataclass(frozen=True)
class _Loaded:
    """The torch side of a checkpoint; typed loosely because torch may not be installed."""

    torch: Any
    tokenizer: Any
    network: Any
    device: str


def _load(model: str, threads: int) -> _Loaded:
    try:
        import torch
        from transformers import AutoModelForSequenceClassification, AutoTokenizer
    except ImportError as error:
        raise ModelUnavailable(
            'CLASSIFIER_BACKEND "hf" needs torch and transformers, which are not installed.'
        ) from error
    torch.set_num_threads(max(1, threads))
    device = "cuda" if torch.cuda.is_available() else "cpu"
    if Path(model).is_dir():
        check_folder(Path(model))
    failure: Exception | None = None
    for local in (True, False):
        try:
            tokenizer = AutoTokenizer.from_pretrained(
                model, local_files_only=local, trust_remote_code=False
            )
            network = AutoModelForSequenceClassification.from_pretrained(
                model, local_files_only=local, trust_remote_code=False, use_safetensors=True
            )
        except (OSError, ValueError, ImportError) as error:
            failure = error
        else:
            return _Loaded(torch, tokenizer, network.to(device).eval(), device)
    raise ModelUnavailable(f'The model "{model}" cannot be loaded: {failure}') from failure


class TransformerBackend:
    """Scores with a local folder or hub id; its probabilities are as the checkpoint gives them.

    Sigmoid for multi-label checkpoints, softmax otherwise; languages are not identified. Raises
    ModelUnavailable when torch, the weights or a usable label are missing.
    """

    def __init__(self, model: str, *, threads: int) -> None:
        if not model:
            raise ModelUnavailable('CLASSIFIER_BACKEND "hf" needs CLASSIFIER_MODEL.')
        self._loaded = _load(model, threads)
        config = self._loaded.network.config
        self._heads = map_labels({int(key): name for key, name in config.id2label.items()})
        self._sigmoid = (
            config.problem_type == "multi_label_classification" or config.num_labels == 1
        )
        self._version = f"hf:{model}"

    @property
    def version(self) -> str:
        """The folder or hub id."""
        return self._version

    def score(self, texts: Sequence[str]) -> list[Score]:
        """One score per text, in order."""
        plain = [shorten(normalise(text)) for text in texts]
        language: Language = "und"
        scores: list[Score] = []
        for text, row in zip(plain, self._probabilities(plain), strict=True):
            labels = dict.fromkeys(LABELS, 0.0)
            for index, head in self._heads.items():
                labels[head] = max(labels[head], round(float(row[index]), 4) if text else 0.0)
            severity = severity_of(labels, UNCALIBRATED)
            kinds = kinds_of(labels, UNCALIBRATED, severity)
            scores.append(Score(labels, language, severity, kinds, self._version))
        return scores

    def _probabilities(self, texts: list[str]) -> Floats:
        torch, network = self._loaded.torch, self._loaded.network
        encoded = self._loaded.tokenizer(texts, truncation=True, max_length=MAX_TOKENS)
        rows = np.zeros((len(texts), network.config.num_labels), dtype=np.float32)
        for group in buckets([len(ids) for ids in encoded["input_ids"]]):
            batch = self._loaded.tokenizer.pad(
                {name: [values[index] for index in group] for name, values in encoded.items()},
                return_tensors="pt",
            ).to(self._loaded.device)
            with torch.inference_mode():
                logits = network(**batch).logits.float()
            chosen = torch.sigmoid(logits) if self._sigmoid else torch.softmax(logits, dim=-1)
            rows[group] = chosen.cpu().numpy()
        return rows
