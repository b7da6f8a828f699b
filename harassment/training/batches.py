"""Token batches of similar length, padded to their longest row."""

import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import torch
from tokenizers import Tokenizer

from harassment.detection.normalise import normalise
from harassment.training.dataset import Row
from harassment.training.noise import disguise
from harassment.training.retelling import Retelling
from harassment.training.sources import CLEAN

MAX_TOKENS = 128
CHUNK = 40
DISGUISED = 0.12
RETOLD = 0.25
JOINED = 0.08
"""Parts of an epoch: disguised; retold in French (of English rows); beside a harmless comment."""
CARRIER_WORDS = 60
COVERED = 0.12
"""Share of a row's pieces that are covered: a row that is met again must not be known by heart."""
MASK = "[MASK]"


@dataclass(frozen=True)
class Batch:
    """Padded tokens with (rows, 8) labels, sentiment last; NaN in `labels` means no loss."""

    input_ids: torch.Tensor
    attention_mask: torch.Tensor
    labels: torch.Tensor
    weights: torch.Tensor


def pad(rows: Sequence[list[int]]) -> tuple[torch.Tensor, torch.Tensor]:
    """Rows of token ids as (ids, mask), padded with 0 to the longest."""
    width = max(map(len, rows))
    ids = torch.zeros(len(rows), width, dtype=torch.long)
    mask = torch.zeros(len(rows), width, dtype=torch.long)
    for index, row in enumerate(rows):
        ids[index, : len(row)] = torch.tensor(row)
        mask[index, : len(row)] = 1
    return ids, mask


def encode(tokenizer: Tokenizer, texts: Sequence[str], limit: int = MAX_TOKENS) -> list[list[int]]:
    """Token ids of each text, cut at `limit` with the closing token kept."""
    return [
        [*item.ids[: limit - 1], item.ids[-1]] if len(item.ids) > limit else item.ids
        for item in tokenizer.encode_batch(list(texts))
    ]


def cover(ids: list[int], mask: int, rng: random.Random) -> list[int]:
    """The row with some pieces hidden, never its opening and closing ones."""
    last = len(ids) - 1
    return [
        mask if 0 < place < last and rng.random() < COVERED else piece
        for place, piece in enumerate(ids)
    ]


class Company:
    """Puts a harmless comment before or behind a row: abuse often hides in friendly words.

    What is said beside it changes no label, but a comment that is harmless on every head must not
    become an excuse either: both kinds of rows get company, equally often.
    """

    def __init__(self, rows: Sequence[Row]) -> None:
        self._carriers: dict[str, list[str]] = {}
        for row in rows:
            if row.labels == CLEAN and len(row.text.split()) <= CARRIER_WORDS:
                self._carriers.setdefault(row.language, []).append(row.text)

    def join(self, row: Row, rng: random.Random) -> str:
        """The text of `row`, in one of two cases with a harmless one in front of it."""
        if (carriers := self._carriers.get(row.language)) is None:
            return row.text
        both = [rng.choice(carriers), row.text]
        rng.shuffle(both)
        return rng.choice((" ", ". ", " ... ")).join(both)


def vary(
    rows: Sequence[Row], company: Company, retelling: Retelling, rng: random.Random
) -> Iterator[str]:
    """The texts of rows, some beside others, disguised or retold; normalised as when scoring."""
    for row in rows:
        text = company.join(row, rng) if rng.random() < JOINED else row.text
        # Our own comments exist in both languages: theirs need no retelling.
        if row.language == "en" and row.source != "own-en" and rng.random() < RETOLD:
            text = retelling.retell(text, rng)
        if rng.random() < DISGUISED:
            text = normalise(disguise(text, rng))
        yield text


def labelled_batches(
    rows: list[Row], tokenizer: Tokenizer, retelling: Retelling, *, size: int, seed: int
) -> Iterator[Batch]:
    """Endless shuffled batches; every epoch is varied anew."""
    company = Company(rows)
    if (mask := tokenizer.token_to_id(MASK)) is None:
        raise ValueError(f"The tokeniser has no {MASK}.")
    epoch = 0
    while True:
        rng = random.Random(f"{seed}:{epoch}")  # noqa: S311
        order = rng.sample(rows, len(rows))
        for start in range(0, len(order), size * CHUNK):
            chunk = order[start : start + size * CHUNK]
            tokens = encode(tokenizer, list(vary(chunk, company, retelling, rng)))
            ranked = sorted(range(len(chunk)), key=lambda index: len(tokens[index]))
            groups = [ranked[at : at + size] for at in range(0, len(ranked), size)]
            rng.shuffle(groups)
            for group in groups:
                ids, present = pad([cover(tokens[index], mask, rng) for index in group])
                yield Batch(
                    ids,
                    present,
                    torch.tensor(
                        [(*chunk[index].labels, chunk[index].sentiment) for index in group]
                    ),
                    torch.tensor([chunk[index].weight for index in group]),
                )
        epoch += 1


def pair_batches(
    pairs: list[tuple[str, str]], tokenizer: Tokenizer, *, size: int, seed: int
) -> Iterator[tuple[tuple[torch.Tensor, torch.Tensor], tuple[torch.Tensor, torch.Tensor]]]:
    """Endless batches of translations, in random order: (English, French), each (ids, mask)."""
    epoch = 0
    while True:
        rng = random.Random(f"{seed}:pairs:{epoch}")  # noqa: S311
        order = rng.sample(pairs, len(pairs))
        for start in range(0, len(order), size * CHUNK):
            chunk = order[start : start + size * CHUNK]
            chunk.sort(key=lambda pair: len(pair[1]))
            groups = [chunk[at : at + size] for at in range(0, len(chunk), size)]
            rng.shuffle(groups)
            for group in groups:
                english = encode(tokenizer, [pair[0] for pair in group], 40)
                french = encode(tokenizer, [pair[1] for pair in group], 40)
                yield pad(english), pad(french)
        epoch += 1
