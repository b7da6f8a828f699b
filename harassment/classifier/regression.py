"""Logistic regression toward a prior: how a few decisions correct a model that knows more."""

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from harassment.classifier.base import Direction

Array = npt.NDArray[np.float64]
Truth = npt.NDArray[np.bool_]

RIDGES = (10.0, 3.0, 1.0, 0.3, 0.1, 0.03)
"""Strengths that are tried, the strongest first: it changes the model least and wins a tie."""
FOLDS = 5
_STEPS = 25
_ENOUGH = 1e-8  # of the loss: a step that gains less was the last one; of a step: less is none
_DIGITS = 6


def learn_direction(pooled: Array, prior: Array, truth: Truth) -> Direction:
    """The correction of `prior` log-odds (n,) that explains `truth` (n,) best without overdoing it.

    `pooled` (n, width) may have width 0: then only an offset is learned. The prior stays a fixed
    part of the sum, so that with nothing to learn the correction is nearly nothing. The ridge is
    chosen by cross-validation over these rows alone. `truth` must hold both kinds.
    """
    middle = pooled.mean(axis=0)
    # Rows of length one on average: a ridge then means the same for every model.
    scale = float(np.sqrt(((pooled - middle) ** 2).sum(axis=1).mean())) or 1.0
    design = np.column_stack([(pooled - middle) / scale, np.ones(len(pooled))])
    *slopes, constant = fit(design, prior, truth, choose_ridge(design, prior, truth))
    weights = np.array(slopes) / scale
    return Direction(
        weights=tuple(round(float(weight), _DIGITS) for weight in weights),
        offset=round(float(constant - weights @ middle), _DIGITS),
    )


def choose_ridge(design: Array, prior: Array, truth: Truth) -> float:
    """The strength with the lowest log loss on rows that were left out, in FOLDS turns."""
    # Dealt out kind by kind, so that every turn leaves out some of both.
    order = np.argsort(truth, kind="stable")
    turn = np.empty(len(truth), dtype=int)
    turn[order] = np.arange(len(truth)) % FOLDS
    losses = dict.fromkeys(RIDGES, 0.0)
    for left_out in (turn == number for number in range(FOLDS)):
        kept = ~left_out
        start: Array | None = None
        for ridge in RIDGES:
            start = fit(design[kept], prior[kept], truth[kept], ridge, start)
            odds = prior[left_out] + design[left_out] @ start
            losses[ridge] += float(_losses(odds, truth[left_out]).sum())
    return min(RIDGES, key=lambda ridge: round(losses[ridge], _DIGITS))


def fit(
    design: Array, prior: Array, truth: Truth, ridge: float, start: Array | None = None
) -> Array:
    """Coefficients (columns,) with the least log loss plus half `ridge` times their square.

    Newton's method with halved steps: the sum is convex, so the start only saves time.
    """
    found = np.zeros(design.shape[1]) if start is None else start
    loss = _penalised(design, prior, truth, ridge, found)
    for _ in range(_STEPS):
        chance = _chance(prior + design @ found)
        slope = design.T @ (chance - truth) + ridge * found
        bend = (design.T * (chance * (1 - chance))) @ design
        bend[np.diag_indices_from(bend)] += ridge
        step = np.linalg.solve(bend, slope)
        size = 1.0
        while size > _ENOUGH:
            further = _penalised(design, prior, truth, ridge, found - size * step)
            if further < loss:
                break
            size /= 2
        else:
            return found
        found, gain, loss = found - size * step, loss - further, further
        if gain < _ENOUGH * max(1.0, abs(loss)):
            return found
    return found


def log_loss(probabilities: Sequence[float] | Array, truth: Sequence[bool] | Truth) -> float:
    """Mean surprise at the truth; probabilities carry four decimals, so none counts as certain."""
    chance = np.clip(np.asarray(probabilities, dtype=float), 1e-4, 1 - 1e-4)
    return float(
        -np.where(np.asarray(truth, dtype=bool), np.log(chance), np.log(1 - chance)).mean()
    )


def _penalised(design: Array, prior: Array, truth: Truth, ridge: float, found: Array) -> float:
    surprise = _losses(prior + design @ found, truth).sum()
    return float(surprise + ridge / 2 * (found @ found))


def _losses(odds: Array, truth: Truth) -> Array:
    losses: Array = np.logaddexp(0, np.where(truth, -odds, odds))
    return losses


def _chance(odds: Array) -> Array:
    chance: Array = 1 / (1 + np.exp(-odds.clip(-50, 50)))
    return chance
