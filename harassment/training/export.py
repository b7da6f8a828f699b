"""The trained network as the folder that ships: ONNX int8, tokeniser, tables, checksums."""

import math
from collections import Counter
from collections.abc import Sequence
from pathlib import Path

import torch
from onnxruntime.quantization import QuantType, quantize_dynamic

from harassment.classifier import artefact
from harassment.classifier.labels import LABELS
from harassment.classifier.language import features
from harassment.training.grammar import read_frames, write_rows
from harassment.training.network import Heads
from harassment.training.parallel import read_own_pairs

OPSET = 17
LANGUAGE_FEATURES = 8000
CLIP = 2.0
OUTPUTS = ("logits", "sentiment", "pooled")


class _Plain(torch.nn.Module):
    """The network as a function of two tensors, for the exporter: logits, sentiment, pooled."""

    def __init__(self, network: Heads) -> None:
        super().__init__()
        self.network = network

    def forward(
        self, input_ids: torch.Tensor, attention_mask: torch.Tensor
    ) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
        _, pooled = self.network.states(input_ids, attention_mask)
        logits = self.network.heads(pooled)
        return logits[:, : len(LABELS)], logits[:, len(LABELS)], pooled


def export_network(network: Heads, work: Path, folder: Path) -> None:
    """Write `folder/model.int8.onnx`; the float file stays in `work`, it is not shipped."""
    full = work / "model.fp32.onnx"
    network.eval()
    ids = torch.randint(1000, 2000, (2, 9))
    axes = {0: "batch", 1: "length"}
    torch.onnx.export(
        _Plain(network),
        (ids, torch.ones_like(ids)),
        str(full),
        input_names=["input_ids", "attention_mask"],
        output_names=list(OUTPUTS),
        dynamic_axes={
            "input_ids": axes,
            "attention_mask": axes,
            **{name: {0: "batch"} for name in OUTPUTS},
        },
        opset_version=OPSET,
        dynamo=False,
    )
    # Gather makes the embeddings int8 too (a quarter of the size). Seven-bit weights give the same
    # scores on processors without VNNI, whose 8-bit products overflow.
    quantize_dynamic(
        full,
        folder / artefact.NETWORK,
        op_types_to_quantize=["MatMul", "Gemm", "Gather"],
        per_channel=True,
        reduce_range=True,
        weight_type=QuantType.QInt8,
    )


def _without_accents(text: str) -> str:
    return text.translate(str.maketrans("éèêëàâîïôûùç", "eeeeaaiiouuc"))


def language_odds(pairs: Sequence[tuple[str, str]], seed: int) -> dict[str, float]:
    """Log-odds (French over English) of the most telling words and letter triples."""
    counts: dict[str, Counter[str]] = {"en": Counter(), "fr": Counter()}
    for english, french in pairs:
        counts["en"].update(features(english))
        counts["fr"].update(features(french))
        counts["fr"].update(features(_without_accents(french)))
    for row in write_rows(read_frames(), seed):
        if row.split == "train":
            counts[row.language].update(features(row.text))
    for pair in read_own_pairs():
        if not pair.held_out and pair.group != "code-switching":
            counts["en"].update(features(pair.english))
            counts["fr"].update(features(pair.french))
            counts["fr"].update(features(_without_accents(pair.french)))
    totals = {name: counter.total() for name, counter in counts.items()}
    scored: list[tuple[float, str, float]] = []
    for item in counts["en"].keys() | counts["fr"].keys():
        seen = counts["en"][item] + counts["fr"][item]
        if seen < 8:
            continue
        ratio = math.log((counts["fr"][item] + 0.5) / totals["fr"]) - math.log(
            (counts["en"][item] + 0.5) / totals["en"]
        )
        # Triples overlap, so each says less than a whole word does.
        value = max(-CLIP, min(CLIP, ratio * (1.0 if item.endswith(" ") else 0.25)))
        scored.append((abs(value) * math.log(seen), item, round(value, 2)))
    scored.sort(reverse=True)
    return {item: value for _, item, value in scored[:LANGUAGE_FEATURES]}
