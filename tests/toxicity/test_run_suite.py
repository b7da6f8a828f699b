"""The gate: the shipped model against the project's own functional suite."""

import json
from collections import Counter
from io import StringIO

import pytest
from django.core.management import CommandError, call_command

from harassment.classifier import score
from harassment.training.cleaning import leak_key
from harassment.training.grammar import read_frames, write_rows
from harassment.training.leaks import near_keys
from harassment.training.parallel import read_own_pairs
from harassment.training.suite import FLOORS, SuiteError, read_suite, run_suite, shares

SEED = 11
# What the shipped model must not lose. The promise is higher (FLOORS: 0.90 and 0.97) and not kept
# yet; `toxicity_eval` says so. Raise these with every better model.
REACHED = {("en", True): 0.85, ("en", False): 0.945, ("fr", True): 0.83, ("fr", False): 0.945}
COMMAND = "harassment.management.commands.toxicity_eval"


@pytest.fixture(scope="module")
def results():
    return run_suite(read_suite(), score)


@pytest.mark.parametrize(("language", "harmful"), list(REACHED))
def test_it_does_not_fall_behind(results, language, harmful):
    wrong = [
        f"{item.category.name}: {case}"
        for item in results
        if (item.category.language, item.category.harmful) == (language, harmful)
        for case, found in zip(item.category.cases, item.scores, strict=True)
        if (found.severity > 0) != harmful
    ]
    assert shares(results)[language, harmful] >= REACHED[language, harmful], "\n".join(wrong)


def test_it_covers_both_languages_broadly():
    categories = read_suite()
    by_language = Counter(category.language for category in categories)
    assert by_language["en"] >= 60
    assert by_language["fr"] >= 60
    assert all(len(category.cases) >= 6 for category in categories)


def test_it_was_never_trained_on():
    suite = {key for item in read_suite() for case in item.cases for key in near_keys(case)}
    suite |= {leak_key(case).encode() for item in read_suite() for case in item.cases}
    ours = [row.text for row in write_rows(read_frames(), SEED)]
    ours += [text for pair in read_own_pairs() for text in (pair.english, pair.french)]
    hits = [
        text for text in ours if not suite.isdisjoint((*near_keys(text), leak_key(text).encode()))
    ]
    # Emoji are spelled out, so a row of four says the same as any other such row.
    assert [text for text in hits if any(char.isalpha() for char in text)] == []


def test_the_command_prints_the_suite_as_json(monkeypatch):
    monkeypatch.setattr(f"{COMMAND}.FLOORS", dict.fromkeys(FLOORS, 0.0))
    out = StringIO()
    call_command("toxicity_eval", json=True, stdout=out)
    printed = json.loads(out.getvalue())
    assert set(printed["shares"]) == {"en harmful", "en harmless", "fr harmful", "fr harmless"}
    assert len(printed["categories"]) == len(read_suite())
    assert printed["n"] == sum(len(category.cases) for category in read_suite())
    assert 0.9 < printed["auc"] <= 1


def test_the_command_fails_below_a_floor(monkeypatch):
    monkeypatch.setattr(f"{COMMAND}.FLOORS", dict.fromkeys(FLOORS, 1.01))
    with pytest.raises(CommandError, match="Below the floor"):
        call_command("toxicity_eval", stdout=StringIO())


def test_the_command_explains_a_missing_model(settings, tmp_path):
    settings.CLASSIFIER_MODEL = str(tmp_path)
    with pytest.raises(CommandError, match="no readable SHA256SUMS"):
        call_command("toxicity_eval", stdout=StringIO())


def _suite(name, language="en", harmful="true", cases="a\n  b  \n\n"):
    return (
        f'[[category]]\nname = "{name}"\nlanguage = "{language}"\nharmful = {harmful}\n'
        f"cases = '''\n{cases}'''\n"
    )


def test_it_reads_several_files_as_one_suite(tmp_path):
    (tmp_path / "suite.toml").write_text(_suite("threats"))
    (tmp_path / "suite_more.toml").write_text(
        _suite("threats", cases="c\n") + _suite("threats", language="fr") + _suite("praise")
    )
    assert [(item.language, item.name, item.cases) for item in read_suite(tmp_path)] == [
        ("en", "threats", ("a", "b", "c")),
        ("fr", "threats", ("a", "b")),
        ("en", "praise", ("a", "b")),
    ]


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (_suite("threats") + _suite("threats", harmful="false"), "is harmful and harmless"),
        (_suite("threats", language="de"), "suite.toml is not a suite: .*no such language: de"),
        ("[[category]]\nname = 3\n", "suite.toml is not a suite"),
        ("category = ", "suite.toml is not a suite"),
    ],
)
def test_it_explains_a_suite_that_is_none(tmp_path, content, message):
    (tmp_path / "suite.toml").write_text(content)
    with pytest.raises(SuiteError, match=message):
        read_suite(tmp_path)


def test_it_says_so_where_there_is_no_suite(tmp_path):
    with pytest.raises(SuiteError, match="part of the source tree"):
        read_suite(tmp_path)
