"""Measures and calibration: known answers on small examples."""

import json
import math

import numpy as np
import pytest

from harassment.classifier.base import LEVELS
from harassment.classifier.labels import LABELS
from harassment.training.calibration import (
    FALSE_ALARMS,
    HIGHEST,
    LOWEST,
    calibrate,
    fit_platt,
    harmless_sets,
    probability,
    quantile,
)
from harassment.training.dataset import Row
from harassment.training.evaluation import evaluate
from harassment.training.metrics import Tally, auc, decisions, ece, interval
from harassment.training.sources import CLEAN


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


def test_a_tally_says_what_the_whole_says():
    rng = np.random.default_rng(3)
    truth = rng.integers(0, 2, 3000)
    scores = np.round(np.clip(rng.normal(0.3 + 0.3 * truth, 0.25), 0, 1), 4)
    flagged = scores > 0.5
    tally = Tally()
    for at in range(0, 3000, 700):
        piece = slice(at, at + 700)
        tally.add(scores[piece].tolist(), flagged[piece].tolist(), truth[piece].tolist())
    figures = tally.figures()
    assert (tally.rows, figures["positives"]) == (3000, truth.sum())
    assert figures["auc"] == pytest.approx(auc(scores.tolist(), truth.tolist()))
    assert figures["ece"] == pytest.approx(ece(scores.tolist(), truth.tolist()))
    for name, value in decisions(flagged.tolist(), truth.tolist()).items():
        assert figures[name] == pytest.approx(value)


def test_an_empty_tally_says_nothing():
    assert math.isnan(Tally().figures()["auc"])
    assert math.isnan(Tally().figures()["ece"])


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


def test_a_quantile_is_reached_by_no_more_than_its_share():
    values, even = np.arange(100) / 100, np.ones(100)
    assert (values >= quantile(values, even, 0.05)).mean() == pytest.approx(0.05)
    assert (values >= quantile(values, even, 0.0)).sum() == 0
    assert quantile(values, even, 1.0) == 0.0
    assert quantile(np.array([]), np.array([]), 0.05) == 0.0


def test_expansions_of_one_frame_count_as_one_sentence():
    rows = [
        Row(f"hugs {n}", "fr", CLEAN, 1.0, "own-fr", "praise", 1.0, "hugs" if n < 9 else f"{n}")
        for n in range(18)
    ]
    praise = harmless_sets(rows)["praise"]
    here = np.ones(18, dtype=bool)
    assert praise.sentences(here) == 10
    assert praise.share(np.arange(18) < 9, here) == pytest.approx(0.1)


def _rows(language, count):
    rng = np.random.default_rng(1)
    rows, logits = [], []
    for number in range(count):
        toxic = float(number % 2)
        labels = (toxic, toxic, 0.0, toxic, toxic, 0.0, 0.0)
        group = "insult-plain" if toxic else "criticism-content"
        rows.append(
            Row(f"row {number}", language, labels, 1.0, f"own-{language}", group, 1 - toxic)
        )
        logits.append(rng.normal(3 if toxic else -3, 1.5, len(LABELS)))
    return rows, logits


@pytest.fixture
def both_languages():
    rows, logits = [], []
    for language in ("en", "fr"):
        more, outputs = _rows(language, 400)
        rows += more
        logits += outputs
    outputs = np.array(logits)
    return rows, outputs, -outputs[:, 0]


def test_thresholds_keep_the_order_and_the_limits(both_languages):
    calibration = calibrate(*both_languages)
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
    assert probability(np.array([3.0]), calibration.platt["fr"]["sentiment"])[0] > 0.8


def test_all_heads_together_stay_within_the_bound(both_languages):
    rows, logits, sentiment = both_languages
    figures = evaluate(rows, logits, sentiment, calibrate(rows, logits, sentiment))
    assert figures.values["criticism en"][0] <= FALSE_ALARMS["criticism"]["review"]
    assert figures.values["criticism fr"][0] <= FALSE_ALARMS["criticism"]["review"]


def test_figures_say_what_was_right_and_which_gate_fell(both_languages):
    rows, logits, sentiment = both_languages
    figures = evaluate(rows, logits, sentiment, calibrate(rows, logits, sentiment))
    assert figures.values["auc en own"][0] > 0.95
    assert figures.values["recall fr own"][0] > 0.9
    assert figures.values["auc fr sentiment"][0] > 0.95
    assert "auc en is nan, below 0.91" in figures.failures()
    english = figures.as_json()["en"]
    assert sum(english["decisions"].values()) == english["n"] == 400
    assert sum(step["n"] for step in english["reliability"]) == 400
    assert [group["name"] for group in english["groups"]] == ["criticism-content", "insult-plain"]
    assert json.loads(json.dumps(english)) == english
