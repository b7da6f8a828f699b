"""The normaliser: tricks undone, ordinary text left alone, any string accepted."""

import random
import time

import pytest

from harassment.detection.normalise import EVASIVE, as_typed, normalise, unmask

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


UNDONE = [
    ("c o n n a r d de merde", [("c o n n a r d", "connard", "spacing")]),
    ("un c0nn4rd !!!", [("c0nn4rd", "connard", "leet")]),
    ("f***k you", [("***", "*", "stars")]),
    ("mo\u200bu\u00adrir", [("\u200b", "", "hidden"), ("\u00ad", "", "hidden")]),
    ("un \u202etoidi\u202c va", [("\u202etoidi\u202c", "idiot", "reversed")]),
    ("\u0441onnard", [("\u0441onnard", "connard", "look-alike")]),
    ("\uff43\uff4f\uff4e", [("\uff43\uff4f\uff4e", "con", "look-alike")]),
    ("\U0001f172\U0001f17e\U0001f17d", [("\U0001f172\U0001f17e\U0001f17d", "con", "look-alike")]),
    ("z\u0337a", [("\u0337", "", "hidden")]),
    ("nuuuuul", [("uuuuu", "uu", "stretched")]),
    ("va \U0001f621", [("\U0001f621", "pouting", "emoji")]),
    ("https://x.test ok", [("https://x.test", "url", "link")]),
    ("@some.body tu viens", [("@some.body", "@user", "mention")]),
]


@pytest.mark.parametrize(("raw", "edits"), UNDONE)
def test_it_says_what_it_undid_and_where(raw, edits):
    found = unmask(raw)
    assert [
        (
            raw[edit.start : edit.end],
            found.text[edit.plain_start : edit.plain_end].strip(),
            edit.trick,
        )
        for edit in found.edits
    ] == edits


@pytest.mark.parametrize(
    "text", [*ORDINARY, "\u00e9t\u00e9", "e\u0301te\u0301", "2\u00ba", "!!!!", "a\u200b b"]
)
def test_it_calls_nothing_a_disguise_that_is_none(text):
    assert not [edit for edit in unmask(text).edits if edit.trick in EVASIVE]


def test_a_word_of_another_alphabet_is_no_disguise():
    found = unmask("\u041f\u0440\u0438\u0432\u0435\u0442 my \u0441\u043e\u0440\u0435")
    assert [edit.trick for edit in found.edits] == ["look-alike"]
    assert found.edits[0].start == 10


def test_a_word_is_found_again_in_what_was_written():
    raw = "oh \U0001f621 t'es un  c.o.n, va \u202etoidi\u202c"
    found = unmask(raw)
    assert found.text == "oh pouting t'es un con, va idiot"
    for plain, written in (("pouting", "\U0001f621"), ("con", "c.o.n"), ("idiot", "toidi")):
        at = found.text.index(plain)
        start, end = found.raw_span(at, at + len(plain))
        assert raw[start:end] == written
    assert found.raw_span(0, 0) == (0, 0)
    assert found.raw_span(len(found.text), len(found.text)) == (len(raw) - 1, len(raw) - 1)


def _inventions():
    rng = random.Random(3)
    blocks = [(0, 0x250), (0x300, 0x600), (0x900, 0xC00), (0x1100, 0x1200), (0x2000, 0x2C00),
              (0x3000, 0x3200), (0xAC00, 0xAD00), (0xD800, 0xE010), (0xFE00, 0xFFFF),
              (0x1D400, 0x1D800), (0x1F100, 0x1F700), (0, 0x110000)]  # fmt: skip
    known = "aabcdeiou013457@$!*. -_\u202e\u202c\u200b\u0301\n'"
    for _ in range(3000):
        yield "".join(
            chr(rng.randrange(*rng.choice(blocks))) if rng.random() < 0.4 else rng.choice(known)
            for _ in range(rng.randrange(40))
        )


def test_the_slow_way_reads_exactly_as_the_fast_one():
    for text in [*(raw for raw, _ in TRICKS), *ORDINARY, *BROKEN, *_inventions()]:
        found = unmask(text)
        assert found.text == normalise(text), ascii(text)
        assert len(found.starts) == len(found.ends) == len(found.text)
        assert all(
            0 <= start < end <= len(text)
            for start, end in zip(found.starts, found.ends, strict=True)
        )
        for edit in found.edits:
            assert 0 <= edit.start < edit.end <= len(text)
            assert 0 <= edit.plain_start <= edit.plain_end <= len(found.text)
        as_typed(text).encode()


@pytest.mark.parametrize(
    ("raw", "typed"),
    [
        ("un c0nn4rd \u2019 \U0001f621\U0001f621", "un c0nn4rd ' pouting"),
        ("c o n\u200b  @me https://x.test", "c o n\u200b @user url"),
        ("\u0441on\ud800", "\u0441on"),
    ],
)
def test_as_typed_leaves_every_trick_in(raw, typed):
    assert as_typed(raw) == typed


@pytest.mark.parametrize(
    "text", ["a" * 100_000, "a." * 50_000, "\U0001f602" * 50_000, "\u0430b " * 30_000]
)
def test_it_finds_its_way_in_a_hundred_thousand_characters(text):
    started = time.process_time()
    assert unmask(text).text == normalise(text)
    assert time.process_time() - started < 5
