"""Networks small enough to read: judges that need no runtime, checkpoints of random weights."""

from pathlib import Path

import numpy as np
import pytest

from harassment.classifier.artefact import SHIPPED, Tables, read_tables
from harassment.classifier.heads import Heads
from harassment.classifier.judging import Judge
from harassment.classifier.labels import LABELS
from harassment.classifier.rows import Rows

WIDTH = 4
VILE = "zorglub"


class WordJudge(Judge):
    """Knows one vile word: every "zorglub" adds 6 to toxicity and insult, and lowers the mood.

    The pooled state is (vile words, other words, 1, 0). Counts the texts it reads.
    """

    def __init__(self, *, tables: Tables | None = None, names=LABELS, softmax=False, threads=1):
        self.read: list[int] = []
        self._words: dict[str, int] = {}
        super().__init__(
            version="words-1",
            heads=Heads(names, softmax=softmax),
            tables=tables or read_tables(SHIPPED),
            marks=(1, 2, 0),
            width=WIDTH,
            has_sentiment=True,
            threads=threads,
        )

    def _encode(self, texts):
        self.read.append(len(texts))
        return [
            [self._words.setdefault(word, len(self._words) + 3) for word in text.lower().split()]
            for text in texts
        ]

    def _forward(self, ids, mask):
        vile = (ids == self._words.get(VILE, -1)).sum(axis=1).astype(np.float32)
        others = (ids > 2).sum(axis=1) - vile
        rows = Rows.blank(len(ids), len(self._heads.columns), WIDTH)
        logits = np.full((len(ids), len(self._heads.columns)), -6.0, dtype=np.float32)
        logits[:, [0, 4]] += 12 * np.minimum(vile, 1)[:, None]
        rows.logits[:] = logits
        rows.sentiment[:] = 2 - 4 * vile
        rows.pooled[:] = np.stack([vile, others, np.ones_like(vile), np.zeros_like(vile)], axis=1)
        return rows


def save_checkpoint(folder: Path, labels, *, problem=None) -> Path:
    """A BERT classifier of random weights, in Hugging Face's format; skips without transformers."""
    torch = pytest.importorskip("torch")
    transformers = pytest.importorskip("transformers")
    folder.mkdir(parents=True, exist_ok=True)
    words = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", "you", "are", "an", "idiot", "hello"]
    (folder / "vocab.txt").write_text("\n".join(words), "utf-8")
    transformers.BertTokenizerFast(str(folder / "vocab.txt")).save_pretrained(folder)
    torch.manual_seed(5)
    config = transformers.BertConfig(
        vocab_size=len(words),
        hidden_size=16,
        num_hidden_layers=1,
        num_attention_heads=2,
        intermediate_size=32,
        max_position_embeddings=160,
        id2label=dict(enumerate(labels)),
        label2id={label: index for index, label in enumerate(labels)},
        problem_type=problem,
    )
    transformers.BertForSequenceClassification(config).save_pretrained(folder)
    return folder
