"""A checkpoint in Hugging Face's format as a network for ONNX Runtime, and its tokeniser."""

from pathlib import Path

import torch
from onnxruntime.quantization import QuantType, quantize_dynamic

from harassment.classifier import artefact
from harassment.classifier.transformer import Checkpoint
from harassment.training.export import OPSET

MOST_PARAMETERS = 450_000_000
"""An ONNX file ends at 2 GB, which is that many float32 weights."""


class ConversionError(Exception):
    """The checkpoint runs on torch only; the message is half a sentence saying why."""


class _Logits(torch.nn.Module):
    """The network as a function of two tensors, for the exporter."""

    def __init__(self, network: torch.nn.Module) -> None:
        super().__init__()
        self.network = network

    def forward(self, input_ids: torch.Tensor, attention_mask: torch.Tensor) -> torch.Tensor:
        logits: torch.Tensor = self.network(
            input_ids=input_ids, attention_mask=attention_mask
        ).logits
        return logits


def convert(checkpoint: Checkpoint, folder: Path) -> Path:
    """Write `folder/tokenizer.json`, and the float network beside it; returns the latter.

    Raises ConversionError when the tokeniser is no fast one or the network cannot be traced.
    """
    fast = getattr(checkpoint.tokenizer, "backend_tokenizer", None)
    if fast is None:
        raise ConversionError("its tokeniser has no tokenizer.json")
    parameters = sum(weights.numel() for weights in checkpoint.network.parameters())
    if parameters > MOST_PARAMETERS:
        raise ConversionError(f"{parameters:,} weights are too many for one ONNX file")
    fast.save(str(folder / artefact.TOKENIZER))
    network = checkpoint.network.float().cpu().eval()
    marks = checkpoint.tokenizer("a b c")["input_ids"]
    ids = torch.tensor([marks, marks])
    axes = {0: "batch", 1: "length"}
    full = folder / "model.fp32.onnx"
    try:
        network.set_attn_implementation("eager")  # what every opset can say
        torch.onnx.export(
            _Logits(network),
            (ids, torch.ones_like(ids)),
            str(full),
            input_names=["input_ids", "attention_mask"],
            output_names=["logits"],
            dynamic_axes={"input_ids": axes, "attention_mask": axes, "logits": {0: "batch"}},
            opset_version=OPSET,
            dynamo=False,
        )
    except Exception as error:  # the exporter raises whatever a foreign network makes it raise
        raise ConversionError(f"the exporter cannot trace it ({type(error).__name__})") from error
    return full


def quantise(full: Path, target: Path) -> None:
    """The same network with int8 weights and embeddings, as the shipped one has them."""
    quantize_dynamic(
        full,
        target,
        op_types_to_quantize=["MatMul", "Gemm", "Gather"],
        per_channel=True,
        reduce_range=True,
        weight_type=QuantType.QInt8,
    )
