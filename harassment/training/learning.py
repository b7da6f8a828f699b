"""The two loops: seven heads on labelled rows, then French by distillation from a fixed teacher."""

import time
from collections.abc import Callable, Iterator
from pathlib import Path

import torch
from tokenizers import Tokenizer
from torch import nn
from torch.nn import functional

from harassment.detection.normalise import normalise
from harassment.training.batches import Batch, labelled_batches, pair_batches
from harassment.training.dataset import Row
from harassment.training.network import Heads

RATE = 1.2e-4
POSITIVE = torch.tensor([1.0, 3.0, 1.0, 2.0, 1.5, 1.0, 2.0])
HEAD = torch.tensor([2.0, 0.5, 0.5, 1.0, 0.8, 1.0, 0.8])
BATCH = 48
MIXES = ((48, 40), (64, 16))
"""Labelled rows and translations per step: in the first round of French, and in later ones, when
the languages already agree and the heads need sentences more than translations."""
REPORT_EVERY = 100

Tell = Callable[[str], None]


class Clock:
    """A time budget; `share` is how much of it is used up, from 0 to 1."""

    def __init__(self, minutes: float, steps: int = 0) -> None:
        self.started = time.monotonic()
        self.seconds = minutes * 60
        self.steps = steps

    def share(self, step: int) -> float:
        """Elapsed part: of the steps when they are fixed (reproducible), else of the minutes."""
        if self.steps:
            return step / self.steps
        return (time.monotonic() - self.started) / self.seconds


def _rate(share: float, warm: float = 0.05) -> float:
    """Linear warm-up, then linear decay to 2 %."""
    if share < warm:
        return RATE * max(share / warm, 0.02)
    return RATE * max(1 - (share - warm) / (1 - warm), 0.02)


def _optimiser(network: nn.Module) -> torch.optim.AdamW:
    named = [(name, value) for name, value in network.named_parameters() if value.requires_grad]
    return torch.optim.AdamW(
        [
            {"params": [value for _, value in named if value.ndim > 1], "weight_decay": 0.01},
            {"params": [value for _, value in named if value.ndim == 1], "weight_decay": 0.0},
        ],
        lr=RATE,
        fused=True,
    )


def masked_loss(logits: torch.Tensor, batch: Batch) -> torch.Tensor:
    """Binary cross-entropy over the heads a row has an opinion on, summed, averaged over rows."""
    known = ~batch.labels.isnan()
    target = torch.where(known, batch.labels, 0.0) * 0.96 + 0.02
    raw = functional.binary_cross_entropy_with_logits(
        logits, target, pos_weight=POSITIVE, reduction="none"
    )
    return ((raw * known * HEAD).sum(1) * batch.weights).mean()


def _step(network: Heads, optimiser: torch.optim.AdamW, loss: torch.Tensor, rate: float) -> None:
    for group in optimiser.param_groups:
        group["lr"] = rate
    optimiser.zero_grad(set_to_none=True)
    torch.autograd.backward(loss)
    nn.utils.clip_grad_norm_(network.parameters(), 1.0)
    optimiser.step()


def _labelled_loss(network: Heads, batches: Iterator[Batch]) -> torch.Tensor:
    batch = next(batches)
    with torch.autocast("cpu", torch.bfloat16):
        logits = network(batch.input_ids, batch.attention_mask)
    return masked_loss(logits.float(), batch)


def learn_labels(
    network: Heads,
    rows: list[Row],
    tokenizer: Tokenizer,
    *,
    minutes: float,
    steps: int = 0,
    seed: int,
    tell: Tell,
) -> int:
    """Stage 1: train in place until the budget is spent; returns how many rows were seen."""
    network.train()
    optimiser = _optimiser(network)
    batches = labelled_batches(rows, tokenizer, size=BATCH, seed=seed)
    clock = Clock(minutes, steps)
    step, running = 0, 0.0
    while (share := clock.share(step)) < 1:
        loss = _labelled_loss(network, batches)
        _step(network, optimiser, loss, _rate(share))
        step += 1
        running += loss.item()
        if step % REPORT_EVERY == 0:
            tell(f"labels {share:5.1%} step {step} loss {running / REPORT_EVERY:.3f}")
            running = 0.0
    return step * BATCH


def read_pairs(path: Path) -> list[tuple[str, str]]:
    """Normalised (English, French) sentences whose French side has 2 to 16 words."""
    pairs: list[tuple[str, str]] = []
    for line in path.read_text("utf-8").splitlines():
        english, french, *_ = line.split("\t")
        if 2 <= len(french.split()) <= 16:
            pairs.append((normalise(english), normalise(french)))
    return pairs


def _pair_loss(network: Heads, teacher: Heads, english: tuple[torch.Tensor, torch.Tensor],
               french: tuple[torch.Tensor, torch.Tensor]) -> torch.Tensor:  # fmt: skip
    with torch.autocast("cpu", torch.bfloat16):
        with torch.no_grad():
            wanted_mean, wanted_pooled = teacher.states(*english)
            wanted_logits = teacher.heads(wanted_pooled)
        mean, pooled = network.states(*french)
        logits = network.heads(pooled)
    distance = 1 - functional.cosine_similarity(mean.float(), wanted_mean.float()).mean()
    return (
        4 * distance
        + 4 * functional.mse_loss(pooled.float(), wanted_pooled.float())
        + 0.05 * functional.mse_loss(logits.float(), wanted_logits.float())
    )


def distil_french(
    network: Heads,
    teacher: Heads,
    rows: list[Row],
    pairs: list[tuple[str, str]],
    tokenizer: Tokenizer,
    *,
    mix: tuple[int, int],
    minutes: float,
    steps: int = 0,
    seed: int,
    tell: Tell,
) -> tuple[int, int]:
    """Stage 2: the French side of a pair learns the state the fixed teacher gives its English.

    A labelled batch is replayed at every step, so that the heads are not forgotten and go on
    learning. Pairs come in random order. Returns how many rows and how many pairs were seen.
    """
    teacher.eval().requires_grad_(requires_grad=False)
    network.train()
    optimiser = _optimiser(network)
    batches = labelled_batches(rows, tokenizer, size=mix[0], seed=seed + 1)
    translations = pair_batches(pairs, tokenizer, size=mix[1], seed=seed)
    clock = Clock(minutes, steps)
    step, running = 0, 0.0
    while (share := clock.share(step)) < 1:
        loss = _pair_loss(network, teacher, *next(translations))
        loss = loss + _labelled_loss(network, batches)
        _step(network, optimiser, loss, _rate(share, 0.06))
        step += 1
        running += loss.item()
        if step % REPORT_EVERY == 0:
            tell(f"french {share:5.1%} step {step} loss {running / REPORT_EVERY:.3f}")
            running = 0.0
    return step * mix[0], step * mix[1]
