"""How an English encoder comes by French: aligned words, new pieces, rows told again."""

import json
import random

import numpy as np
import pytest

from harassment.training.alignment import align, words
from harassment.training.retelling import Retelling
from harassment.training.vocabulary import choose, extend

PAIRS = [
    ("the heron sleeps", "le héron dort", 1),
    ("the heron eats", "le héron mange", 1),
    ("the frog eats", "la grenouille mange", 1),
    ("the frog sleeps", "la grenouille dort", 1),
    ("a heron and a frog", "un héron et une grenouille", 1),
]


@pytest.fixture(scope="module")
def alignment():
    return align(PAIRS)


def test_words_are_read_as_the_tokeniser_reads_them():
    assert words("L'Été, ÇA va ? Œuf") == ["l", "ete", "ca", "va", "oeuf"]


def test_it_finds_translations_in_both_directions(alignment):
    assert alignment.english_of["heron"][0][0] == "heron"
    assert alignment.english_of["grenouille"][0][0] == "frog"
    assert alignment.french_of["eats"][0][0] == "mange"
    assert alignment.french_counts["dort"] == 2


def test_a_weight_repeats_a_sentence():
    few = align([*PAIRS, ("toad", "grenouille", 1)])
    many = align([*PAIRS, ("toad", "grenouille", 50)])
    assert dict(many.english_of["grenouille"])["toad"] > dict(few.english_of["grenouille"])["toad"]


def test_nothing_to_align_is_no_error():
    empty = align([("", "", 1), ("...", "!", 1)])
    assert empty.english_of == {}
    assert empty.french_of == {}


def test_the_glossary_comes_first_and_known_pieces_stay(alignment):
    chosen = choose(alignment, ["grenouille"], {"heron": 5})
    assert chosen[0] == "grenouille"
    assert "heron" not in chosen


def test_a_new_word_starts_where_its_translation_is(alignment):
    vocabulary = {"[PAD]": 0, "[unused0]": 1, "ж": 2, "frog": 3, "##s": 4, "heron": 5}
    tokenizer = json.dumps({"model": {"type": "WordPiece", "vocab": vocabulary}})
    matrix = np.arange(12, dtype=np.float32).reshape(6, 2)
    pieces = {"frog": [3], "heron": [5]}
    grown = extend(tokenizer, matrix, alignment, ["grenouille"], lambda word: pieces.get(word, [0]))
    learned = json.loads(grown.tokenizer)["model"]["vocab"]
    assert learned["frog"] == 3
    assert "ж" not in learned
    number = learned["grenouille"]
    assert number == 1
    closest = np.abs(matrix - grown.rows[number]).sum(axis=1).argmin()
    assert closest == 3
    assert grown.size >= 6


def test_rows_are_told_again_word_by_word(alignment):
    retelling = Retelling(alignment.french_of)
    told = {retelling.retell("the Heron eats url, @user!", random.Random(n)) for n in range(40)}
    assert any("mange" in text for text in told)
    assert all("url" in text and "@user!" in text for text in told)
    assert len(told) > 3
