"""The loop: every step learns labels in both languages and that translations mean the same."""

import time
from collections.abc import Callable
from dataclasses import dataclass

import torch
from tokenizers import Tokenizer
from torch import nn
from torch.nn import functional

from harassment.training.batches import Batch, labelled_batches, pair_batches
from harassment.training.dataset import Row
from harassment.training.network import Heads
from harassment.training.retelling import Retelling

RATE = 1.5e-4
POSITIVE = torch.tensor([1.0, 3.0, 1.0, 2.0, 1.5, 1.0, 2.0, 1.0])
HEAD = torch.tensor([2.0, 0.5, 0.5, 1.0, 0.8, 1.0, 0.8, 0.5])
LABELLED = 48
TRANSLATED = 32
TURN = 0.6
"""Share of the run after which translations are halved: then the heads need the time more."""
WARM_UP = 0.05
TEMPERATURE = 0.05
REPORT_EVERY = 100

Tell = Callable[[str], None]
Tokens = tuple[torch.Tensor, torch.Tensor]


@dataclass(frozen=True)
class Learned:
    """What one run saw."""

    steps: int
    labelled: int
    translated: int


class Clock:
    """A budget; `share` is how much of it is used up, from 0 to 1."""

    def __init__(self, minutes: float, steps: int = 0) -> None:
        self.started = time.monotonic()
        self.seconds = minutes * 60
        self.steps = steps

    def share(self, step: int) -> float:
        """Elapsed part: of the steps when they are fixed (reproducible), else of the minutes."""
        if self.steps:
            return step / self.steps
        return (time.monotonic() - self.started) / self.seconds


def _rate(share: float) -> float:
    """Linear warm-up, then linear decay to 1 %."""
    if share < WARM_UP:
        return RATE * max(share / WARM_UP, 0.02)
    return RATE * max(1 - (share - WARM_UP) / (1 - WARM_UP), 0.01)


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


def _labelled_loss(network: Heads, batch: Batch) -> torch.Tensor:
    with torch.autocast("cpu", torch.bfloat16):
        logits = network(batch.input_ids, batch.attention_mask)
    return masked_loss(logits.float(), batch)


def agreement_loss(network: Heads, english: Tokens, french: Tokens) -> torch.Tensor:
    """How far the French side of translations is from the state of their English side.

    The English side is the teacher and gets no gradient. Closeness alone would be perfect if all
    sentences had one state, so each French sentence must also find its own English one among the
    batch (InfoNCE).
    """
    with torch.autocast("cpu", torch.bfloat16):
        with torch.no_grad():
            wanted_mean, wanted_pooled = network.states(*english)
            wanted_logits = network.heads(wanted_pooled)
        mean, pooled = network.states(*french)
        logits = network.heads(pooled)
    theirs = functional.normalize(wanted_mean.float(), dim=1)
    ours = functional.normalize(mean.float(), dim=1)
    likeness = ours @ theirs.T / TEMPERATURE
    distance = 1 - (ours * theirs).sum(1).mean()
    return (
        functional.cross_entropy(likeness, torch.arange(len(likeness)))
        + distance
        + functional.mse_loss(pooled.float(), wanted_pooled.float())
        + 0.05 * functional.mse_loss(logits.float(), wanted_logits.float())
    )


def learn(
    network: Heads,
    rows: list[Row],
    pairs: list[tuple[str, str]],
    tokenizer: Tokenizer,
    retelling: Retelling,
    *,
    minutes: float,
    steps: int = 0,
    turn: float = TURN,
    seed: int,
    tell: Tell,
) -> Learned:
    """Train in place until the budget is spent; from the share `turn` on with half translations."""
    network.train()
    optimiser = _optimiser(network)
    labelled = labelled_batches(rows, tokenizer, retelling, size=LABELLED, seed=seed)
    translations = pair_batches(pairs, tokenizer, size=TRANSLATED, seed=seed)
    clock = Clock(minutes, steps)
    step, translated = 0, 0
    of_labels, of_pairs = 0.0, 0.0
    while (share := clock.share(step)) < 1:
        for group in optimiser.param_groups:
            group["lr"] = _rate(share)
        optimiser.zero_grad(set_to_none=True)
        loss = _labelled_loss(network, next(labelled))
        of_labels += loss.item()
        if share < turn or step % 2 == 0:
            apart = agreement_loss(network, *next(translations))
            of_pairs += apart.item()
            translated += TRANSLATED
            loss = loss + apart
        torch.autograd.backward(loss)
        nn.utils.clip_grad_norm_(network.parameters(), 1.0)
        optimiser.step()
        step += 1
        if step % REPORT_EVERY == 0:
            tell(
                f"{share:5.1%} step {step} labels {of_labels / REPORT_EVERY:.3f}"
                f" translations {of_pairs / REPORT_EVERY:.3f}"
            )
            of_labels, of_pairs = 0.0, 0.0
    return Learned(step, step * LABELLED, translated)
