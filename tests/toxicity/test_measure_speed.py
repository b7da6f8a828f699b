"""`toxicity_bench`: what is compared is comparable, and every method runs in its own process."""

import json
from collections import Counter
from io import StringIO

import numpy as np
import pytest
from django.core.management import CommandError, call_command

from harassment.management.commands import toxicity_bench
from harassment.training.mix import write_mix
from harassment.training.speed import METHODS, OURS, peak_megabytes, percentile_95


@pytest.fixture(scope="module")
def mix():
    return write_mix(4000, seed=3)


@pytest.mark.parametrize("part", [100, 600, 4000])
def test_any_first_part_has_the_lengths_of_comments(mix, part):
    words = [len(text.split()) for text in mix[:part]]
    median, most, long = np.percentile(words, [50, 90, 99])
    assert median == pytest.approx(13, abs=1)
    assert most == pytest.approx(26, abs=2)
    assert long == pytest.approx(82, abs=10)


def test_a_tenth_is_what_everybody_posts(mix):
    often = [text for text, count in Counter(mix).items() if count > 1]
    assert sum(mix.count(text) for text in often) / len(mix) == pytest.approx(0.1, abs=0.005)
    assert all(len(text.split()) <= 4 for text in often)


def test_it_is_the_same_twice(mix):
    assert write_mix(4000, seed=3) == mix
    assert write_mix(50, seed=4) != mix[:50]


@pytest.mark.parametrize("name", [OURS, "pipeline_1", "pipeline_32"])
def test_a_method_is_measured_in_its_own_process(name):
    if name != OURS:
        pytest.importorskip("transformers", reason="torch and transformers are not installed")
    out = StringIO()
    call_command(
        "toxicity_bench", n=40, threads=1, seconds=2, only=[name], json=True, stdout=out,
        stderr=StringIO(),
    )  # fmt: skip
    printed = json.loads(out.getvalue())
    figures = printed["methods"][name]
    assert 1 <= figures["n"] <= 40
    assert figures["comments_per_second"] > 0
    assert figures["comments_per_cpu_second"] > 0
    assert 40 < figures["peak_rss_mb"] < 2000
    assert (figures["p95_ms"] is None) == (name == "pipeline_32")
    assert printed["mix"]["comments"] == 40


@pytest.fixture
def measured(monkeypatch):
    def measure(self, name, asked, threads):
        speed = 1000.0 if name == OURS else 10.0 * METHODS[name].batch
        return {"n": len(asked["texts"]), "seconds": 1.0, "comments_per_second": speed,
                "comments_per_cpu_second": speed / 2, "peak_rss_mb": 100.0,
                "p95_ms": None if "32" in name else 4.5}  # fmt: skip

    monkeypatch.setattr(toxicity_bench.Command, "_measure", measure)


def test_it_says_how_many_times_faster_ours_is(measured):
    out = StringIO()
    call_command("toxicity_bench", n=900, threads=2, json=True, stdout=out, stderr=StringIO())
    printed = json.loads(out.getvalue())
    assert printed["methods"].keys() == {*METHODS, OURS}
    assert printed["methods"][OURS]["n"] == 900
    assert printed["methods"]["xlm_r_base_pipeline_1"]["n"] == 100
    assert printed["ratios"]["pipeline_1"] == 100.0
    assert printed["ratios"]["pipeline_32_max_128"] == 3.1
    assert printed["ratios_per_cpu_second"]["pipeline_1"] == 100.0
    assert any("random weights" in note for note in printed["notes"])


def test_it_prints_a_table_for_people(measured):
    out = StringIO()
    call_command("toxicity_bench", n=50, threads=2, stdout=out, stderr=StringIO())
    (line,) = [row for row in out.getvalue().splitlines() if row.startswith("pipeline_1 ")]
    assert line.split() == ["pipeline_1", "50", "10.0", "5.0", "100.0", "4.5", "100.0", "x"]


def test_it_explains_a_method_that_failed(monkeypatch):
    monkeypatch.setattr("sys.executable", "/bin/false")
    with pytest.raises(CommandError, match="ours failed"):
        call_command("toxicity_bench", n=10, only=[OURS], stderr=StringIO())


def test_it_counts_from_one():
    with pytest.raises(CommandError, match="count from 1"):
        call_command("toxicity_bench", n=0)


def test_it_knows_its_own_memory_and_delay():
    assert 20 < peak_megabytes() < 100_000
    assert percentile_95([0.001] * 99 + [1.0]) == pytest.approx(1.0)
    assert percentile_95([0.001]) is None
