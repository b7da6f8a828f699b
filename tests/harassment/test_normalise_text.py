"""The normaliser: tricks undone, ordinary text left alone, any string accepted."""

import time

import pytest

from harassment.detection.normalise import normalise

TRICKS = [
    ("c o n n a r d de merde", "connard de merde"),
    ("c.o.n.n.a.r.d", "connard"),
    ("i-d-i-o-t", "idiot"),
    ("sal0pe", "salope"),
    ("k1ll y0urself", "kill yourself"),
    ("t'es un c0nn4rd !!!", "t'es un connard !!"),
    ("a$$hole @sshole", "asshole asshole"),
    ("sh!t", "shit"),
    ("f***k", "f*k"),
    ("v\u200ba mo\u200buri\u00adr", "va mourir"),
    ("tu es un \u202etoidi\u202c va", "tu es un idiot va"),
    ("\u0441onnard", "connard"),
    ("\U0001d55a\U0001d555\U0001d55a\U0001d560\U0001d565", "idiot"),
    ("\U0001f172\U0001f17e\U0001f17d", "con"),
    ("\uff43\uff4f\uff4e", "con"),
    ("z\u0337a\u0337l\u0337g\u0337o\u0337", "zalgo"),
    ("nuuuuuul", "nuul"),
    ("t\u2019es nul", "t'es nul"),
    ("\U0001f621\U0001f621\U0001f621 va", "pouting va"),
    ("\U0001f44b\U0001f3ff", "waving hand sign black"),
    ("\U0001f1eb\U0001f1f7", "fr"),
    ("https://example.test/a?b=1 ok", "url ok"),
    ("@some.body tu viens", "@user tu viens"),
    ("aa\tbb\r\n\r\n  cc", "aa bb cc"),
]
ORDINARY = [
    "ps5 r6 4k 1st 3e 60fps 1080p gr8 3h30 5€/mois",
    "Привет мир",
    "Καλημέρα",
    "J'ai 3 chats et 2 chiens",
    "Ça coûte 50% de moins, soit 100$",
    "bob@mail.test",
    "s01e05",
    "Il y a 4 à 5 morceaux",
    "n'importe quoi, à côté",
    "user1234",
    "مرحبا بكم",
    "नमस्ते",
]
BROKEN = ["", " ", "\x00\x01\x02", "\ud800", "\udfff abc", "\u200b\u200d\ufeff", "\U0010ffff"]


@pytest.mark.parametrize(("raw", "plain"), TRICKS)
def test_it_undoes_tricks(raw, plain):
    assert normalise(raw) == plain


@pytest.mark.parametrize("text", ORDINARY)
def test_it_leaves_ordinary_text_alone(text):
    assert normalise(text) == text


@pytest.mark.parametrize("text", BROKEN)
def test_it_accepts_broken_text(text):
    normalise(text).encode("utf-8")


@pytest.mark.parametrize("text", [raw for raw, _ in TRICKS] + ORDINARY + BROKEN)
def test_it_changes_nothing_the_second_time(text):
    assert normalise(normalise(text)) == normalise(text)


@pytest.mark.parametrize(
    "text",
    ["a" * 100_000, "a." * 50_000, "*" * 100_000, "a1!" * 33_000, "\U0001f602" * 100_000,
     "@" * 99_999,      "é\u0301" * 50_000, "a b " * 25_000],
)  # fmt: skip
def test_it_is_quick_on_a_hundred_thousand_characters(text):
    started = time.perf_counter()
    normalise(text)
    assert time.perf_counter() - started < 2
