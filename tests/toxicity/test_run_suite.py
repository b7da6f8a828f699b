"""The gate: the shipped model against the project's own functional suite."""

import json
from collections import Counter
from io import StringIO

import pytest
from django.core.management import CommandError, call_command

from harassment.classifier import score
from harassment.training.cleaning import leak_key
from harassment.training.grammar import read_frames, write_rows
from harassment.training.suite import FLOORS, read_suite, run_suite, shares

SEEDS = (0, 11)


@pytest.fixture(scope="module")
def results():
    return run_suite(read_suite(), score)


@pytest.mark.parametrize(("language", "harmful"), list(FLOORS))
def test_it_stays_above_the_floor(results, language, harmful):
    wrong = [
        f"{item.category.name}: {case}"
        for item in results
        if (item.category.language, item.category.harmful) == (language, harmful)
        for case, found in zip(item.category.cases, item.scores, strict=True)
        if (found.severity > 0) != harmful
    ]
    assert shares(results)[language, harmful] >= FLOORS[language, harmful], "\n".join(wrong)


def test_it_covers_both_languages_broadly():
    categories = read_suite()
    by_language = Counter(category.language for category in categories)
    assert by_language["en"] >= 12
    assert by_language["fr"] >= 12
    assert all(len(category.cases) >= 6 for category in categories)


@pytest.mark.parametrize("seed", SEEDS)
def test_it_was_never_trained_on(seed):
    suite = {leak_key(case) for category in read_suite() for case in category.cases}
    rows = write_rows(read_frames(), seed)
    assert [row.text for row in rows if leak_key(row.text) in suite] == []


def test_the_command_prints_the_suite_as_json():
    out = StringIO()
    call_command("toxicity_eval", json=True, stdout=out)
    printed = json.loads(out.getvalue())
    assert set(printed["shares"]) == {"en harmful", "en harmless", "fr harmful", "fr harmless"}
    assert len(printed["categories"]) == len(read_suite())


def test_the_command_measures_a_table(tmp_path):
    table = tmp_path / "cases.csv"
    table.write_text(
        "comment,verdict,part\n"
        '"You are a stupid, ugly idiot",1,a\n'
        "je vais te tuer,hateful,b\n"
        "What a lovely video thank you,0,a\n"
        "merci beaucoup,non-hateful,b\n",
        "utf-8",
    )
    out = StringIO()
    call_command(
        "toxicity_eval",
        input=table,
        text_column="comment",
        label_column="verdict",
        group_column="part",
        json=True,
        stdout=out,
    )
    figures = json.loads(out.getvalue())
    assert figures["n"] == 4
    assert figures["auc"] == 1.0
    assert figures["recall"] == 1.0
    assert figures["false_positive_rate"] == 0.0
    assert figures["groups"] == {"a": 1.0, "b": 1.0}


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("text,label\nhello,perhaps\n", 'Line 2: the label "perhaps"'),
        ("comment,label\nhello,1\n", "has no column text"),
        ("text,label\n", "has no rows"),
        (b"text,label\n\xff\xfe\xfa,1\n", "cannot be read"),
    ],
)
def test_the_command_explains_a_bad_table(tmp_path, content, message):
    table = tmp_path / "bad.csv"
    table.write_bytes(content if isinstance(content, bytes) else content.encode())
    with pytest.raises(CommandError, match=message):
        call_command("toxicity_eval", input=table)


def test_the_command_fails_below_a_floor(monkeypatch):
    monkeypatch.setattr(
        "harassment.management.commands.toxicity_eval.FLOORS", dict.fromkeys(FLOORS, 1.01)
    )
    with pytest.raises(CommandError, match="Below the floor"):
        call_command("toxicity_eval", stdout=StringIO())


def test_the_command_explains_a_missing_model(settings, tmp_path):
    settings.CLASSIFIER_MODEL = str(tmp_path)
    with pytest.raises(CommandError, match="no readable SHA256SUMS"):
        call_command("toxicity_eval", stdout=StringIO())
