"""The simulator's gates."""

import json
from io import StringIO
from typing import Any

import pytest
from django.core.management import CommandError, call_command

from harassment.dogpiles.simulation.evaluation import FAST, SILENT, evaluate, fallen_gates, watch
from harassment.dogpiles.simulation.scenarios import SCENARIOS, WAVES, tell

RUNS = 2  # of each: a wrong detector falls within a few; `dogpile_eval` runs any number, any seed
SEED = 90417
# A wording that changes from one person to the next is found late in about one run of eight, which
# `dogpile_eval` says; here it must be found at all.
LATE = "mutating_template"


def test_a_story_follows_from_its_seed_alone() -> None:
    for name in ("brigade_small", "slow_copy_paste_small", "giveaway_small"):
        assert tell(name, "7") == tell(name, "7")
        assert tell(name, "7") != tell(name, "8")


@pytest.mark.parametrize("name", SCENARIOS)
def test_a_story_is_in_order_and_knows_its_onset(name: str) -> None:
    if name == "quiet":
        pytest.skip("hours of a large account, told the same way as quiet_small")
    story = tell(name, "3")
    times = [one.at for one in story.heard]
    assert times == sorted(times)
    assert (story.onset is not None) == (name in WAVES)


@pytest.mark.parametrize("name", [name for name in (*FAST, *SILENT) if name != LATE])
def test_the_gates_hold(name: str) -> None:
    assert fallen_gates(evaluate(SEED, RUNS, scenarios=[name])) == []


def test_a_changing_wording_is_found() -> None:
    assert evaluate(SEED, RUNS, scenarios=[LATE])[LATE]["recall"] == 1


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
    late: dict[str, dict[str, Any]] = {"brigade": {"within_60_s": 0.5}, "giveaway": {"alerts": 1}}
    assert len(fallen_gates(late)) == 2
