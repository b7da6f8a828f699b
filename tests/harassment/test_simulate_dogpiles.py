"""The simulator and its gates, on known seeds and on one drawn anew each time and printed."""

import json
import secrets
from io import StringIO
from typing import Any

import pytest
from django.core.management import CommandError, call_command

from harassment.dogpiles.simulation.evaluation import (
    FAST,
    RECALL_FLOOR,
    SILENT,
    evaluate,
    fallen_gates,
    misses_allowed,
    watch,
)
from harassment.dogpiles.simulation.scenarios import SCENARIOS, WAVES, tell

RUNS = 3  # of each scenario and seed; `dogpile_eval` runs any number
KNOWN = (2, 77)
SEED = secrets.randbelow(10**9)
SEEDS = (*KNOWN, SEED)


@pytest.fixture(autouse=True)
def seed() -> int:
    """What a failure has to be repeated with."""
    print(f"dogpile_eval --seed {SEED} --runs {RUNS}")
    return SEED


def test_a_story_follows_from_its_seed_alone() -> None:
    for name in ("brigade_small", "slow_copy_paste_small", "giveaway_small"):
        assert tell(name, "7") == tell(name, "7")
        assert tell(name, "7") != tell(name, "8")


@pytest.mark.parametrize("name", SCENARIOS)
def test_a_story_is_in_order_and_knows_its_onset(name: str, seed: int) -> None:
    story = tell(name, f"{seed}")
    times = [one.at for one in story.heard]
    assert times == sorted(times)
    assert (story.onset is not None) == (name in WAVES)
    # A quiet account may have heard nothing at all.
    end = times[-1] + 1 if times else 0
    assert (story.said_until(end) > 0) == (name in WAVES)


def test_waves_are_noticed_within_a_minute() -> None:
    found = {seed: evaluate(seed, RUNS, scenarios=FAST) for seed in SEEDS}
    late = sum(
        round((1 - one["within_60_s"]) * RUNS) for of in found.values() for one in of.values()
    )
    # All together: one evaluation in 10,000 would miss more at the promised recall.
    assert late <= misses_allowed(RUNS * len(FAST) * len(SEEDS)), found


def test_praise_and_giveaways_ring_nobody(seed: int) -> None:
    for known in KNOWN:
        figures = evaluate(known, RUNS, scenarios=SILENT)
        assert not any(found["runs_with_alert"] for found in figures.values()), (known, figures)
    figures = evaluate(seed, RUNS, scenarios=SILENT)
    loud = sum(found["runs_with_alert"] for found in figures.values())
    # A model that takes much of one crowd's praise for abuse fools it once in some hundred crowds.
    assert loud <= misses_allowed(RUNS * len(SILENT), floor=0.99), figures


def test_a_slow_copy_is_found_by_its_copies(seed: int) -> None:
    found = evaluate(seed, 4 * RUNS, scenarios=["slow_copy_paste_small"])["slow_copy_paste_small"]
    assert found["runs_with_alert"] >= 1, found


def test_what_chance_explains_is_a_binomial_tail() -> None:
    assert misses_allowed(1) == 1  # one miss in one run happens once in twenty times
    assert misses_allowed(24) == 7
    assert misses_allowed(400) / 400 < 2 * (1 - RECALL_FLOOR)
    assert misses_allowed(24, floor=0.5) > misses_allowed(24)


def test_running_a_story_twice_says_the_same() -> None:
    story = tell("brigade_small", "11")
    assert watch(story) == watch(story)


def test_the_command_prints_json() -> None:
    out = StringIO()
    call_command("dogpile_eval", seed=5, runs=1, scenario=["brigade_small"], json=True, stdout=out)
    found = json.loads(out.getvalue())["scenarios"]["brigade_small"]
    assert {"recall", "precision", "alerts", "seconds_to_alert"} <= set(found)


def test_the_command_refuses_no_runs() -> None:
    with pytest.raises(CommandError):
        call_command("dogpile_eval", seed=5, runs=0)


def test_a_gate_that_falls_is_named() -> None:
    found: dict[str, dict[str, Any]] = {
        "brigade": {"within_60_s": 0.5, "runs": 40},
        "brigade_small": {"within_60_s": 0.95, "runs": 40},
        "giveaway": {"alerts": 1},
    }
    assert [gate.partition(":")[0] for gate in fallen_gates(found)] == ["brigade", "giveaway"]
