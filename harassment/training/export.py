"""The trained network as the folder that ships: ONNX int8, tokeniser, tables, checksums."""

import json
import math
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import torch
from onnxruntime.quantization import QuantType, quantize_dynamic

from harassment.classifier import artefact
from harassment.classifier.language import features
from harassment.training.grammar import read_frames, write_rows
from harassment.training.network import Heads, base_folder

OPSET = 17
LANGUAGE_FEATURES = 4000
CLIP = 2.0


class _Plain(torch.nn.Module):
    """The network as a function of two tensors, for the exporter."""

    def __init__(self, network: Heads) -> None:
        super().__init__()
        self.network = network

    def forward(self, input_ids: torch.Tensor, attention_mask: torch.Tensor) -> torch.Tensor:
        logits: torch.Tensor = self.network(input_ids, attention_mask)
        return logits


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
        output_names=["logits"],
        dynamic_axes={"input_ids": axes, "attention_mask": axes, "logits": {0: "batch"}},
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


def write_tables(
    folder: Path, *, config: dict[str, Any], thresholds: dict[str, Any], odds: dict[str, float]
) -> None:
    """Write the JSON files and the tokeniser."""
    tokenizer = (base_folder() / "tokenizer.json").read_bytes()
    (folder / artefact.TOKENIZER).write_bytes(tokenizer)
    for name, content in (
        (artefact.CONFIG, config),
        (artefact.THRESHOLDS, thresholds),
        (artefact.LANGUAGE, odds),
    ):
        text = json.dumps(content, indent=1, ensure_ascii=False, sort_keys=name == "language.json")
        (folder / name).write_text(text + "\n", "utf-8")


def seal(folder: Path) -> None:
    """Write SHA256SUMS over every file of the folder; the last thing that happens to it."""
    names = sorted(path.name for path in folder.iterdir() if path.name != artefact.CHECKSUMS)
    lines = [f"{artefact.checksum(folder / name)}  {name}\n" for name in names]
    (folder / artefact.CHECKSUMS).write_text("".join(lines), "utf-8")
