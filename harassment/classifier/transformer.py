"""Any sequence classifier in Hugging Face's format, on torch: imported only when asked for."""

import hashlib
import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from harassment.classifier import artefact
from harassment.classifier.base import ModelUnavailable
from harassment.classifier.heads import Heads
from harassment.classifier.judging import Judge
from harassment.classifier.rows import Rows

GPU_PADDED = 65_536
GPU_ROWS = 1024
VERSION_CHARACTERS = 60
"""A version is stored with every score, with the name of a workspace's correction behind it."""

_CPU_FLAGS = Path("/proc/cpuinfo")


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
class Checkpoint:
    """The torch side of a checkpoint; typed loosely because torch may not be installed."""

    torch: Any
    tokenizer: Any
    network: Any
    device: str

    @property
    def labels(self) -> list[str]:
        """The names of the outputs, in order."""
        names = self.network.config.id2label
        return [str(names[index]) for index in range(self.network.config.num_labels)]

    @property
    def softmax(self) -> bool:
        """Whether its outputs exclude each other."""
        config = self.network.config
        return bool(config.num_labels > 1 and config.problem_type != "multi_label_classification")


def load_checkpoint(model: str, *, threads: int) -> Checkpoint:
    """Load a folder or a hub id onto the best device, from the local cache if it is there.

    Raises ModelUnavailable when torch is missing, when there is nothing to load, or when the
    checkpoint could run code: one that brings its own, or weights that are not safetensors.
    """
    try:
        import torch
        from transformers import AutoConfig, AutoModelForSequenceClassification, AutoTokenizer
    except ImportError as error:
        raise ModelUnavailable(
            'CLASSIFIER_BACKEND "hf" needs torch and transformers, which are not installed.'
        ) from error
    torch.set_num_threads(max(1, threads))
    device = "cuda" if torch.cuda.is_available() else "cpu"
    if Path(model).is_dir():
        check_folder(Path(model))
    precision = torch.bfloat16 if _halves_pay(torch) else torch.float32
    failure: Exception | None = None
    for local in (True,) if Path(model).is_dir() else (True, False):
        safe = {"local_files_only": local, "trust_remote_code": False}
        try:
            config = AutoConfig.from_pretrained(model, **safe)
            if getattr(config, "auto_map", None):
                raise ModelUnavailable(f"{model} wants to run code of its own, which is refused.")
            tokenizer = AutoTokenizer.from_pretrained(model, **safe)
            network = AutoModelForSequenceClassification.from_pretrained(
                model, use_safetensors=True, dtype=precision, **safe
            )
        except ModelUnavailable:
            raise
        except Exception as error:  # three libraries raise errors of their own
            failure = error
        else:
            return Checkpoint(torch, tokenizer, network.to(device).eval(), device)
    raise ModelUnavailable(f'The model "{model}" cannot be loaded: {failure}') from failure


def _halves_pay(torch: Any) -> bool:
    """Whether bfloat16 is faster here: on GPUs that have it, on processors with AMX."""
    if torch.cuda.is_available():
        return bool(torch.cuda.is_bf16_supported(including_emulation=False))
    return _CPU_FLAGS.is_file() and "amx_bf16" in _CPU_FLAGS.read_text("utf-8", "replace")


class TransformerBackend(Judge):
    """Scores with a local folder or hub id: sigmoid for multi-label checkpoints, else softmax.

    A folder with a thresholds.json as `toxicity_import` writes it is calibrated, and covers the
    languages named there; without one no language is covered. Raises ModelUnavailable when torch,
    the weights or a usable label are missing.
    """

    def __init__(self, model: str, *, threads: int) -> None:
        if not model:
            raise ModelUnavailable('CLASSIFIER_BACKEND "hf" needs CLASSIFIER_MODEL.')
        self._loaded = load_checkpoint(model, threads=threads)
        if self._loaded.device == "cuda":
            self.padded, self.most_rows = GPU_PADDED, GPU_ROWS
        marks = self._loaded.tokenizer("")["input_ids"]
        if len(marks) != 2:
            raise ModelUnavailable(f'The tokeniser of "{model}" is of another kind.')
        folder = Path(model)
        calibrated = (folder / artefact.THRESHOLDS).is_file()
        super().__init__(
            version=_version(model, self._loaded),
            heads=Heads(self._loaded.labels, softmax=self._loaded.softmax),
            tables=artefact.read_tables(folder) if calibrated else artefact.uncalibrated(),
            marks=(marks[0], marks[1], self._loaded.tokenizer.pad_token_id or 0),
            width=0,
            has_sentiment=False,
        )

    def _encode(self, texts: Sequence[str]) -> list[list[int]]:
        if not texts:
            return []
        encoded = self._loaded.tokenizer(list(texts), add_special_tokens=False, verbose=False)
        found: list[list[int]] = encoded["input_ids"]
        return found

    def _forward(self, ids: npt.NDArray[np.int64], mask: npt.NDArray[np.int64]) -> Rows:
        torch, device = self._loaded.torch, self._loaded.device
        with torch.inference_mode():
            found = self._loaded.network(
                input_ids=torch.from_numpy(ids).to(device),
                attention_mask=torch.from_numpy(mask).to(device),
            )
        rows = Rows.blank(len(ids), len(self._heads.columns), 0)
        rows.logits[:] = self._heads.log_odds(found.logits.float().cpu().numpy())
        return rows


def _version(model: str, loaded: Checkpoint) -> str:
    """The folder's name or hub id, and what tells its weights and calibration from others."""
    folder = Path(model)
    if not folder.is_dir():
        mark = getattr(loaded.network.config, "_commit_hash", None) or ""
        return f"hf:{model[-VERSION_CHARACTERS:]}" + (f"@{mark[:8]}" if mark else "")
    files = sorted((*folder.glob("*.safetensors"), *folder.glob(artefact.THRESHOLDS)))
    mark = hashlib.sha256("".join(map(artefact.checksum, files)).encode()).hexdigest()
    return f"hf:{folder.resolve().name[-VERSION_CHARACTERS:]}@{mark[:8]}"
