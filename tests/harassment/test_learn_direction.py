"""A few decisions correct what the model says: toward them, and no further than they prove."""

import numpy as np
import pytest

from harassment.classifier import Direction
from harassment.classifier.regression import choose_ridge, learn_direction, log_loss


def test_with_nothing_to_learn_the_prior_stands():
    random = np.random.default_rng(5)
    prior = random.normal(0, 2, 600)
    truth = random.random(600) < 1 / (1 + np.exp(-prior))
    direction = learn_direction(random.normal(size=(600, 20)), prior, truth)
    assert max(map(abs, direction.weights)) < 0.15
    assert abs(direction.offset) < 0.3


def test_it_finds_a_direction_and_an_offset():
    random = np.random.default_rng(6)
    pooled, prior = random.normal(3, 5, (900, 4)), random.normal(0, 1, 900)
    odds = prior + 0.5 * pooled[:, 0] - 1
    truth = random.random(900) < 1 / (1 + np.exp(-odds))
    direction = learn_direction(pooled, prior, truth)
    assert direction.weights == pytest.approx((0.5, 0, 0, 0), abs=0.1)
    assert direction.offset == pytest.approx(-1, abs=0.4)


def test_without_a_pooled_state_it_learns_an_offset():
    random = np.random.default_rng(7)
    prior = random.normal(0, 1, 500)
    truth = random.random(500) < 1 / (1 + np.exp(-(prior - 2)))
    direction = learn_direction(np.empty((500, 0)), prior, truth)
    assert direction == Direction((), direction.offset)
    assert direction.offset == pytest.approx(-2, abs=0.4)


def test_few_rows_get_a_strong_ridge_and_extremes_do_no_harm():
    random = np.random.default_rng(8)
    truth = random.random(40) < 0.5
    assert choose_ridge(random.normal(size=(40, 30)), np.zeros(40), truth) >= 1
    for prior in (np.full(40, 60.0), np.full(40, -60.0)):
        found = learn_direction(np.full((40, 3), 7.0), prior, truth)
        assert np.isfinite([*found.weights, found.offset]).all()
    assert log_loss([0.0, 1.0], [True, False]) == pytest.approx(9.21, abs=0.01)
