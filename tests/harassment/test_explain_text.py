"""Why a text was flagged: the head that decides, the words that carry it, the disguises."""

import pytest

from harassment.classifier import LABELS, explain, score
from harassment.classifier.base import UNCALIBRATED
from harassment.classifier.explaining import (
    MOST_PIECES,
    deciding_head,
    passages,
    pieces,
    shares,
    without,
)
from harassment.detection.normalise import normalise
from tests.harassment.networks import VILE, WordJudge


@pytest.fixture
def judge():
    return WordJudge()


def test_it_names_the_word_that_carries_it(judge):
    text = f"well, you are a {VILE} and that is it"
    found = judge.explain(text)
    assert [text[word.start : word.end] for word in found.words] == [VILE]
    assert found.words[0].weight == 1.0
    assert (found.head, found.level, found.tricks) == ("toxicity", "hide", [])
    assert found.probability >= found.threshold
    assert found.score == judge.score([text])[0]


def test_it_finds_the_word_in_what_was_written(judge):
    text = "well \U0001f621 @somebody  you  z\u200b0rglub !!!!"
    found = judge.explain(text)
    assert [text[word.start : word.end] for word in found.words] == ["z\u200b0rglub"]
    assert found.plain == normalise(text)
    assert found.tricks == ["leet", "hidden"]


def test_it_shares_what_two_words_carry_together(judge):
    found = judge.explain("hello there")
    assert (found.level, found.words) == (None, [])
    assert found.threshold == judge.explain("hello").threshold


def test_it_reads_a_bounded_number_of_texts_however_long_the_text(judge):
    text = f"{'word ' * 400}{VILE} {'word ' * 3000}"
    judge.score([text])
    judge.read.clear()
    found = judge.explain(text)
    assert len(judge.read) == 3
    assert judge.read[0] == 0
    assert judge.read[1] <= 20
    assert judge.read[2] == MOST_PIECES + 1
    (word,) = found.words
    assert VILE in text[word.start : word.end]
    assert word.end - word.start <= 2 * len(VILE)


@pytest.mark.parametrize("text", ["", " ", "\U0001f602" * 3, "\ud800", "\x00", VILE, "a" * 100_000])
def test_it_explains_strange_text_calmly(judge, text):
    found = judge.explain(text)
    assert all(0 <= word.start < word.end <= len(text) for word in found.words)
    assert sum(word.weight for word in found.words) <= 1.001


def test_it_cuts_a_text_into_at_most_sixty_pieces():
    assert passages("") == []
    assert passages("one  two") == [(0, 8)]
    assert pieces("one  two", 0, 8) == [(0, 3), (5, 8)]
    text = " ".join(f"w{n}" for n in range(500))
    parts = passages(text)
    assert len(parts) == 7
    assert " ".join(text[start:end] for start, end in parts) == text
    for part in parts:
        cut = pieces(text, *part)
        assert len(cut) <= MOST_PIECES
        assert " ".join(text[start:end] for start, end in cut) == text[slice(*part)]
    assert without("one two three", (0, 13), (4, 7)) == "one three"
    assert without("one two three", (4, 13), (4, 7)) == "three"
    assert shares([1.0, 0.0, 2.0]) == [1.0, 0.0]
    assert shares([1.0, 1.0]) == [0.0]


@pytest.mark.parametrize(
    ("labels", "expected"),
    [
        ({"toxicity": 0.99, "threat": 0.95}, ("threat", "hide")),
        ({"toxicity": 0.99, "threat": 0.75}, ("toxicity", "hide")),
        ({"toxicity": 0.8, "insult": 0.99}, ("toxicity", "alert")),
        ({"toxicity": 0.55, "sexual_explicit": 0.52}, ("sexual_explicit", "review")),
        ({"toxicity": 0.2, "threat": 0.1}, ("toxicity", None)),
    ],
)
def test_the_head_that_says_most_decides(labels, expected):
    known = {**dict.fromkeys(LABELS, 0.0), **labels}
    assert deciding_head(known, UNCALIBRATED) == expected


@pytest.mark.parametrize(
    ("text", "word"),
    [
        ("The lighting is fine but you are such an idiot honestly", "idiot"),
        ("Bonjour, la vid\u00e9o est bien mais tu es un vrai connard", "connard"),
    ],
)
def test_the_shipped_model_points_at_the_insult(text, word):
    found = explain(text)
    heaviest = sorted(found.words, key=lambda one: -one.weight)[:2]
    assert any(word in text[one.start : one.end] for one in heaviest)
    assert found.score == score([text])[0]
