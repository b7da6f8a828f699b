"""A number in an answer was looked up, however it is written, or its sentence goes."""

from datetime import datetime
from decimal import Decimal

import pytest

from ai_agents.cleaning import harmless, leaks, plain
from ai_agents.coordinator import route
from ai_agents.numbers import Figure, is_known, refs_of, stated, verified

FIGURES = [
    Figure("views", "", Decimal(12345)),
    Figure("more", "", Decimal("22.4"), "percent"),
    Figure("times", "", Decimal("2.94"), "ratio"),
    Figure("published", "", unit="moment", moment=datetime(2026, 11, 17, 20, 5)),  # noqa: DTZ001
    Figure("less", "", Decimal("-12.3"), "percent"),
    Figure("revenue", "", Decimal("1234.5"), "money"),
    Figure("half", "", Decimal(50), "percent"),
    Figure("three", "", Decimal(3)),
]


@pytest.mark.parametrize(
    "text",
    [
        "12 345 vues", "12\u202f345 vues", "12,345 views", "12.345 vues", "12345", "12.3k views",
        "12 k", "22 %", "22,4 %", "22.4%", "22 pour cent", "22 percent", "x2,9", "2.9x",
        "2,94 fois", "3 times", "three", "trois vidéos", "le 17 novembre à 20h05", "à 20 h",
        "17/11/2026",
        "on November 17, 2026 at 8:05 pm", "2026-11-17", "-12,3 %", "fell by 12 %", "1 234,5 €",
        "$1,234.50", "la moitié", "half of it",
        "\uff11\uff12\uff13\uff14\uff15 vues", "- 3 videos", "[PHONE_9] called",
        "no number at all", "",
    ],
)  # fmt: skip
def test_these_were_looked_up(text):
    assert is_known(text, FIGURES)


@pytest.mark.parametrize(
    "text",
    [
        "12 346 vues", "12.4k", "23 %", "22", "12345 %", "4 times", "quatre", "18 novembre",
        "à 21 h", "17 November 2025", "20:06", "+12.3 %", "doublé", "twelve thousand", "½", "v2",
        "12345vues", "10\u201312", "0 million", "12th", "#top10", "٤", "⑦", "3²", "1e9", "99,9 %",
        "un million",
    ],
)  # fmt: skip
def test_these_were_not(text):
    assert not is_known(text, FIGURES)


def test_only_the_sentence_goes():
    text = "Seen 12,345 times. That is 99 % more! It was good.\nIn 2019 too."
    assert verified(text, FIGURES) == ("Seen 12,345 times. It was good.", 2)


def test_what_the_person_said_may_be_said_again():
    figures = stated("7 recettes pour 20 % de moins, deux fois")
    assert is_known("7 recettes", figures)
    assert is_known("20 %", figures)
    assert is_known("two", figures)
    assert not is_known("8 recettes", figures)
    assert not is_known("20", figures)


def test_a_source_nobody_gave_is_none():
    assert refs_of(["views", "secret", "views"], FIGURES) == ["views"]


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("see [here](https://evil.example/a) now", "see here now"),
        ("![x](https://evil.example/p.png?d=1)", "x"),
        ("<img src=x onerror=alert(1)>hi", "hi"),
        ("javascript:alert(1)", "[…]"),
        ("www.evil.example/x y", "[…] y"),
        ("go to evil.com now", "go to […] now"),
        ("a\u202eb\u200bc\U000e0041", "abc"),
        ("I <3 you", "I <3 you"),
        ("Some data: fine", "Some data: fine"),
    ],
)
def test_an_answer_has_no_link_and_no_markup(text, shown):
    assert harmless(text)[0] == shown


def test_a_canary_is_found_in_disguise():
    for told in ("xx a1b2c3 yy", "A1-B2-C3", "3c2b1a", "\uff41\uff11\uff42\uff12\uff43\uff13"):
        assert leaks(told, "a1b2c3")
    assert not leaks("a1b2", "a1b2c3")


def test_a_long_text_is_cut_and_unseen_signs_go():
    assert plain("x" * 100_000, 10) == "x" * 10
    assert plain("a\x00b\u2066c\n") == "abc\n"


@pytest.mark.parametrize(
    ("text", "is_about_video", "operation"),
    [
        ("Trouve-moi des idées de vidéos sur le pain", False, "ideas"),
        ("Why did Tuesday's video work?", True, "explain"),
        ("Pourquoi cette vidéo marche ?", False, "performance"),
        ("Écris une légende", False, "caption"),
        ("Quel prix pour mon abonnement ?", False, "sales"),
        ("hashtags for bread", False, "hashtags"),
        ("Réponse à ce hater", False, "reply"),
        ("bonjour", False, ""),
        ("ideas and hashtags", False, ""),
        ("", False, ""),
    ],
)
def test_words_choose_who_answers(text, is_about_video, operation):
    assert route(text, is_about_video=is_about_video) == operation
