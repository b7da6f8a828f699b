"""The shipped or an imported model on ONNX Runtime: no torch, no network, bounded memory."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import numpy.typing as npt
import onnxruntime
from tokenizers import Tokenizer

from harassment.classifier import artefact
from harassment.classifier.base import ModelUnavailable
from harassment.classifier.heads import Heads
from harassment.classifier.judging import Judge
from harassment.classifier.rows import Rows


class EmbeddedBackend(Judge):
    """Scores with the artefact in `folder`, on `threads` threads.

    The network has an output `logits`, and may have `sentiment` and `pooled`. Raises
    ModelUnavailable when a file is missing, damaged or made for another normaliser. Create it after
    a fork: an inference session does not survive one.
    """

    def __init__(self, folder: Path, *, threads: int) -> None:
        artefact.verify(folder)
        settings = artefact.read_settings(folder)
        options = onnxruntime.SessionOptions()
        # Batches are small: one thread each and several at once scales, several for each does not.
        options.intra_op_num_threads = options.inter_op_num_threads = 1
        options.log_severity_level = 3
        try:
            self._session = onnxruntime.InferenceSession(
                str(folder / artefact.NETWORK), options, providers=["CPUExecutionProvider"]
            )
            self._tokenizer = Tokenizer.from_file(str(folder / artefact.TOKENIZER))
            self._tokenizer.no_truncation()
            self._tokenizer.no_padding()
            marks = self._tokenizer.encode("").ids
            fill = self._tokenizer.token_to_id("[PAD]") or self._tokenizer.token_to_id("<pad>")
        except Exception as error:  # both libraries raise bare Exception subclasses of their own
            raise ModelUnavailable(f"The model in {folder} cannot be loaded: {error}.") from error
        if len(marks) != 2:
            raise ModelUnavailable(f"The tokeniser in {folder} is of another kind.")
        outputs = {output.name for output in self._session.get_outputs()}
        if "logits" not in outputs:
            raise ModelUnavailable(f"The model in {folder} puts out no logits.")
        self._outputs = [name for name in ("logits", "sentiment", "pooled") if name in outputs]
        self._heads = Heads(settings.outputs, softmax=settings.softmax)
        trial = self._ask(np.array([marks]), np.ones((1, 2), dtype=np.int64))
        if trial["logits"].shape != (1, len(settings.outputs)):
            raise ModelUnavailable(f"The model in {folder} has other outputs than it says.")
        super().__init__(
            version=settings.version,
            heads=self._heads,
            tables=settings.tables,
            marks=(marks[0], marks[1], fill or 0),
            width=trial["pooled"].shape[1] if "pooled" in trial else 0,
            has_sentiment="sentiment" in trial,
            threads=threads,
        )

    def _encode(self, texts: Sequence[str]) -> list[list[int]]:
        encoded = self._tokenizer.encode_batch_fast(list(texts), add_special_tokens=False)
        return [item.ids for item in encoded]

    def _ask(
        self, ids: npt.NDArray[np.int64], mask: npt.NDArray[np.int64]
    ) -> dict[str, npt.NDArray[np.float32]]:
        found = self._session.run(self._outputs, {"input_ids": ids, "attention_mask": mask})
        return dict(zip(self._outputs, found, strict=True))

    def _forward(self, ids: npt.NDArray[np.int64], mask: npt.NDArray[np.int64]) -> Rows:
        found = self._ask(ids, mask)
        rows = Rows.blank(len(ids), len(self._heads.columns), self._width)
        rows.logits[:] = self._heads.log_odds(found["logits"])
        if self._has_sentiment:
            rows.sentiment[:] = found["sentiment"].reshape(-1)
        if self._width:
            rows.pooled[:] = found["pooled"]
        return rows
