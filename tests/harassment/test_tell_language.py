"""Which language a comment is in: French, English, both, or one that nobody promised to read."""

import json

import pytest

from harassment.classifier.artefact import LANGUAGE, SHIPPED
from harassment.classifier.language import Speech, identify, listen

ELSEWHERE = [
    "Eres una persona horrible y no sirves para nada", "la verdad es que no se", "hola que tal",
    "Du bist so dumm", "Halt die Fresse", "Die Musik ist zu laut",
    "Sei una persona orribile", "La musica \u00e8 troppo alta", "ti ammazzo",
    "Voc\u00ea \u00e9 muito feia", "Cala a boca", "Que lixo de canal",
    "Ik haat je", "Je bent zo dom", "Jeste\u015b g\u0142upia", "\u00c7ok g\u00fczel bir video",
    "Jag hatar dig", "Foarte frumos video", "Kamu jelek sekali", "Vihaan sinua", "ut\u00e1llak",
    "Ets molt dolenta", "wallah khouya machi hakka", "kya baat hai bhai", "nakuchukia",
    "\u041f\u0440\u0438\u0432\u0435\u0442, \u043a\u0430\u043a \u0434\u0435\u043b\u0430",
    "\u4f60\u597d\u4e16\u754c", "\u0645\u0631\u062d\u0628\u0627", "", "\U0001f602", "12 345",
    "\ud800",
]  # fmt: skip
OURS = [
    ("hello amigo, you are my friend", "en"), ("I live in El Paso", "en"), ("die, you liar", "en"),
    ("the van is in the hat", "en"), ("hola ma belle, tu es trop jolie", "fr"),
    ("wesh t'es o\u00f9 ?", "fr"), ("ciao les amis, \u00e0 demain", "fr"),
    ("tu es de la merde", "fr"),
]  # fmt: skip
BOTH = [
    "bro t'es trop dr\u00f4le I can't", "I will find you et je vais te tuer",
    "je suis dead, this is too funny", "what the fuck c'est quoi ce truc",
]  # fmt: skip
ONE = [
    "I love New York", "a very nice caf\u00e9, bravo", "c'est trop cool",
    "f u c k y o u", "wh4t an 1mbec1le you are", "everyone h4tes you, ugly c*nt",
    "what a p.a.t.h.e.t.i.c loser", "https://example.test/le/la/les you see it",
]  # fmt: skip


@pytest.fixture(scope="module")
def odds():
    return json.loads((SHIPPED / LANGUAGE).read_text("utf-8"))


@pytest.mark.parametrize("text", ELSEWHERE)
def test_a_language_it_does_not_read_is_not_covered(odds, text):
    assert listen(text, odds) == Speech("und")


@pytest.mark.parametrize(("text", "language"), OURS)
def test_a_word_from_elsewhere_changes_nothing(odds, text, language):
    assert identify(text, odds) == language


@pytest.mark.parametrize("text", BOTH)
def test_it_hears_two_languages(odds, text):
    found = listen(text, odds)
    assert found.mixed
    assert found.language in {"en", "fr"}


@pytest.mark.parametrize("text", ONE)
def test_a_borrowed_or_broken_word_is_no_second_language(odds, text):
    assert not listen(text, odds).mixed
