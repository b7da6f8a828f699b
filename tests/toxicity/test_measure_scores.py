"""Measures and calibration: known answers on small examples."""

import math

import numpy as np
import pytest

from harassment.classifier.base import LEVELS
from harassment.classifier.labels import LABELS
from harassment.training.calibration import (
    HIGHEST,
    LOWEST,
    calibrate,
    fit_platt,
    probability,
    quantile,
)
from harassment.training.dataset import Row
from harassment.training.evaluation import evaluate
from harassment.training.metrics import auc, decisions, ece, interval


def test_auc_knows_perfect_reversed_and_tied_scores():
    assert auc([0.1, 0.2, 0.8, 0.9], [0, 0, 1, 1]) == 1.0
    assert auc([0.9, 0.8, 0.2, 0.1], [0, 0, 1, 1]) == 0.0
    assert auc([0.5, 0.5, 0.5, 0.5], [0, 1, 0, 1]) == 0.5
    assert math.isnan(auc([0.5], [1]))


def test_ece_is_zero_for_honest_probabilities():
    assert ece([0.25] * 4, [1, 0, 0, 0]) == pytest.approx(0)
    assert ece([0.95] * 4, [0, 0, 0, 0]) == pytest.approx(0.95)
    assert math.isnan(ece([], []))


def test_decisions_count_both_kinds_of_error():
    found = decisions([True, True, False, False], [1, 0, 1, 0])
    assert found == {
        "accuracy": 0.5,
        "macro_f1": 0.5,
        "recall": 0.5,
        "false_positive_rate": 0.5,
    }
    assert math.isnan(decisions([False], [0])["recall"])


def test_the_interval_holds_the_rate():
    low, high = interval(0.02, 500)
    assert 0 < low < 0.02 < high < 0.05
    assert interval(0.0, 100)[0] == 0.0


def test_platt_undoes_overconfidence():
    rng = np.random.default_rng(0)
    logits = rng.normal(0, 2, 4000)
    truth = (rng.random(4000) < 1 / (1 + np.exp(-(0.5 * logits - 1)))).astype(float)
    slope, offset = fit_platt(logits, truth, np.ones(4000))
    assert slope == pytest.approx(0.5, abs=0.06)
    assert offset == pytest.approx(-1, abs=0.12)


def test_a_weighted_quantile_follows_the_weights():
    values = np.array([3.0, 1.0, 2.0])
    assert quantile(values, np.array([1.0, 1.0, 1.0]), 0.9) == 3.0
    assert quantile(values, np.array([0.01, 1.0, 1.0]), 0.9) == 2.0


def _rows(language, count):
    rng = np.random.default_rng(1)
    rows, logits = [], []
    for number in range(count):
        toxic = float(number % 2)
        labels = (toxic, toxic, 0.0, toxic, toxic, 0.0, 0.0)
        group = "insult-plain" if toxic else "criticism"
        rows.append(Row(f"row {number}", language, labels, 1.0, f"own-{language}", group))
        logits.append(rng.normal(3 if toxic else -3, 1.5, len(LABELS)))
    return rows, logits


def test_thresholds_keep_the_order_and_the_limits():
    rows, logits = [], []
    for language in ("en", "fr"):
        more, outputs = _rows(language, 400)
        rows += more
        logits += outputs
    calibration = calibrate(rows, np.array(logits))
    for language in ("en", "fr"):
        for head in LABELS:
            levels = [calibration.thresholds[language][level][head] for level in LEVELS]
            assert levels == sorted(levels)
            assert all(
                LOWEST[level] <= value <= HIGHEST
                for level, value in zip(LEVELS, levels, strict=True)
            )
    assert "en:obscene" in calibration.borrowed
    assert probability(np.array([3.0]), calibration.platt["en"]["toxicity"])[0] > 0.8
    figures = evaluate(rows, np.array(logits), calibration)
    assert figures.auc["auc en own"][0] > 0.95
    assert figures.false_alarms["criticism fr"][0] < 0.1
    assert "auc en is nan, below 0.91" in figures.failures()
