"""What a masked comment is about, in neutral words and in the reader's language."""

import pytest
from django.utils import translation

from harassment.classifier.base import KINDS
from harassment.classifier.labels import LABELS
from harassment.detection.summary import (
    case_title,
    kind_word,
    label_word,
    summarise,
    summarise_counts,
    telling,
)


@pytest.mark.parametrize(
    ("kinds", "words"),
    [
        (["insult", "threat"], "Threat, insult"),
        (["obscene", "insult"], "Insult"),
        (["obscene"], "Obscene words"),
        (["sexual", "identity_attack"], "Attack on who they are, sexual remark"),
        ([], "Hostile remark"),
        (["of tomorrow"], "Hostile remark"),
        (["insult", "insult"], "Insult"),
    ],
)
def test_it_leads_with_the_gravest(kinds, words):
    assert summarise(kinds) == words


def test_it_knows_every_kind_and_head_of_the_classifier():
    for kind in KINDS.values():
        assert telling([kind]) == [kind]
        assert kind_word(kind) != kind_word("unknown")
    assert all(label_word(label) != label for label in LABELS)
    assert label_word("of tomorrow") == "of tomorrow"


def test_it_counts_in_words():
    counts = {"insult": 2, "obscene": 9, "threat": 1, "sexual": 0}
    assert summarise_counts(counts) == "1 threat, 2 insults"
    assert summarise_counts({}) == ""


@pytest.mark.parametrize(
    ("kinds", "total", "title"),
    [
        (["insult"], 1, "Insult, 1 comment"),
        (["insult", "threat", "sexual"], 4, "Threat and sexual remark, 4 comments"),
        ([], 2, "Hostile remark, 2 comments"),
    ],
)
def test_a_case_has_a_title_without_names(kinds, total, title):
    assert case_title(kinds, total) == title


def test_it_speaks_the_readers_language():
    with translation.override("fr"):
        assert summarise(["threat"]) == "Menace"
        assert summarise_counts({"insult": 2}) == "2 insultes"
