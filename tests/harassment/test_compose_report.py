"""Reports read as they should, in both languages, word for word; and say what is missing."""

import json
import re
from dataclasses import replace
from datetime import UTC, date, datetime
from pathlib import Path

import pytest
from django.utils import translation

from harassment.reports.catalogue import LANGUAGES, forms, grounds, suggested_ground, texts
from harassment.reports.checking import checks
from harassment.reports.composing import compose, form_text, months_after, prescribed_on
from harassment.reports.document import document
from harassment.reports.facts import BRIEF, COMPLAINT, NOTICE, PLATFORM, Facts, Item
from harassment.reports.following import marks, next_reminder

GOLDEN = Path(__file__).parent / "reports"
ARABIC = "\u0645\u0631\u062d\u0628\u0627"
WHY = (
    "Between 19 and 20 November the author wrote three times under the videos of the person "
    "concerned that he would wait for her at the door of her workshop."
)


def make_item(number: int, **fields) -> Item:
    defaults = {
        "number": number,
        "hash": f"{number:064x}",
        "sealed_at": datetime(2026, 11, 20, 6, 52, 40, tzinfo=UTC),
        "published_at": datetime(2026, 11, 20, 6, 50, number, tzinfo=UTC),
        "address": f"https://www.youtube.com/watch?v=abc&lc=Ug{number}",
        "author": "@north.gable",
        "post": "A lamp {braces} from scrap",
        "post_address": "https://www.youtube.com/watch?v=abc",
        "kinds": ("threat", "insult"),
        "words": f"zorglub {ARABIC} \U0001f52a {{0}} %s",
        "is_erased": False,
    }
    return Item(**{**defaults, **fields})


def make_facts(kind: str = NOTICE, language: str = "en", **fields) -> Facts:
    items = (make_item(1), make_item(34, is_erased=True, words="", kinds=()))
    defaults = {
        "kind": kind,
        "language": language,
        "reference": "AUR-0142 / 0a1b2c3d",
        "platform": "youtube",
        "account": "Mila Builds",
        "recipient": "YouTube" if kind in {NOTICE, PLATFORM} else "Me Claire Aubray",
        "ground_slug": "threat",
        "why": WHY,
        "harm": "Has not slept for three nights; closed the workshop." if kind != NOTICE else "",
        "asked": "Record the two comments and the account." if kind == BRIEF else "",
        "addresses": tuple(item.address for item in items),
        "items": items,
        "sender_name": "Theo Lindqvist, Halcyon Talent",
        "sender_email": "theo@halcyon.example",
        "is_nameless": False,
        "is_good_faith": True,
        "has_words": kind in {COMPLAINT, BRIEF},
        "comments": 13,
        "authors": 1,
        "first_at": datetime(2026, 11, 8, 20, 1, tzinfo=UTC),
        "last_at": datetime(2026, 11, 20, 6, 50, 34, tzinfo=UTC),
        "key": "ab" * 32,
        "head": "cd" * 32,
    }
    return Facts(**{**defaults, **fields})


def problem(facts: Facts, field: str) -> str:
    return next((check.problem for check in checks(facts) if check.field == field), "")


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("kind", [NOTICE, PLATFORM, COMPLAINT, BRIEF])
def test_it_reads_as_the_golden_file_does(kind, language):
    golden = GOLDEN / f"{kind}.{language}.txt"
    assert compose(make_facts(kind, language)).plain() == golden.read_text("utf-8")


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("kind", [NOTICE, PLATFORM, COMPLAINT, BRIEF])
def test_it_alleges_and_never_says_guilty(kind, language):
    text = compose(make_facts(kind, language, why="", harm="", asked="")).plain().lower()
    assert not re.search(r"guilt|coupable|culprit|criminel|perpetrat|harasser|harceleur", text)
    assert re.search(r"alleged|allégu", text)


def test_both_languages_have_the_same_words_and_places_for_values():
    def shape(value):
        if isinstance(value, dict):
            return {name: shape(one) for name, one in value.items()}
        return sorted(re.findall(r"\{\w+\}", value))

    assert shape(texts("en")) == shape(texts("fr"))
    assert all(one.en and one.fr for one in grounds().values())
    assert all(form.address.startswith("https://") for form in forms().values())


def test_the_abusive_words_are_marked_and_left_out_when_not_asked_for():
    said = compose(make_facts(COMPLAINT))
    marked = [line for part in said.sections for line in part.lines if line.is_words]
    assert [line.text for line in marked] == [f"zorglub {ARABIC} \U0001f52a {{0}} %s"]
    assert "zorglub" not in compose(make_facts(COMPLAINT, has_words=False)).plain()
    for kind in (NOTICE, PLATFORM):
        assert "zorglub" not in compose(make_facts(kind)).plain()


def test_a_notice_needs_every_element_of_article_16():
    with translation.override("en"):
        whole = make_facts()
        assert [check.problem for check in checks(whole) if not check.is_met] == []
        assert "exact address" in problem(replace(whole, addresses=()), "addresses")
        assert problem(replace(whole, ground_slug=""), "ground")
        assert "80" in problem(replace(whole, why="Bad."), "why")
        assert problem(replace(whole, sender_name=" "), "sender_name")
        assert problem(replace(whole, sender_email="theo@"), "sender_email")
        assert problem(replace(whole, is_good_faith=False), "is_good_faith")
        assert problem(replace(whole, items=()), "items")
        torn = replace(whole, items=(make_item(1, is_intact=False),))
        assert "Item 1" in problem(torn, "items")


def test_only_one_ground_lets_a_notice_go_without_a_name():
    with translation.override("en"):
        nameless = make_facts(is_nameless=True, sender_name="", sender_email="")
        assert "without a name" in problem(nameless, "is_nameless")
        allowed = replace(nameless, ground_slug="child_abuse")
        assert all(check.is_met for check in checks(allowed))
        assert "2011/93/EU" in compose(allowed).plain()
        assert "theo@" not in compose(replace(allowed, sender_email="theo@x.example")).plain()
        complaint = make_facts(COMPLAINT, is_nameless=True, ground_slug="child_abuse")
        assert problem(complaint, "is_nameless")


@pytest.mark.parametrize(
    ("address", "said"),
    [
        ("javascript:alert(1)", "not a web address"),
        ("https://www.youtube.com/watch?v=abc", "leads to the post"),
        ("https://www.youtube.com/watch?v=other", "names the comment"),
        ("https://youtube.com.evil.example/watch?v=abc&lc=1", "not an address of YouTube"),
        ("https://[broken/watch?lc=1", "not a web address"),
    ],
)
def test_an_address_has_to_lead_to_the_comment(address, said):
    with translation.override("en"):
        facts = make_facts(addresses=(address,), items=(make_item(1),))
        assert said in problem(facts, "addresses")
        lost = make_facts(addresses=(make_item(1).address,))
        assert "item 34" in problem(lost, "addresses")


def test_the_text_for_a_form_fits_into_it():
    with translation.override("en"):
        facts = make_facts(PLATFORM)
        assert len(form_text(facts)) <= forms()["youtube"].characters
        long = replace(facts, why="x" * 600)
        assert "500 fit" in problem(long, "why")
        assert problem(replace(facts, platform="reddit", why=WHY * 2), "why")
        assert problem(replace(facts, why=" "), "why")


def test_words_of_guilt_are_pointed_out():
    with translation.override("en"):
        for word in ("guilty", "Coupable", "the perpetrator", "l\u2019auteur de l\u2019infraction"):
            found = [check.problem for check in checks(make_facts(why=f"{WHY} {word}."))]
            assert any("states guilt" in one for one in found), word


def test_deadlines_count_from_the_oldest_item():
    assert prescribed_on(make_facts()) == date(2032, 11, 20)
    assert prescribed_on(make_facts(ground_slug="insult")) == date(2027, 2, 20)
    assert prescribed_on(make_facts(ground_slug="other")) is None
    assert prescribed_on(make_facts(items=())) is None
    assert months_after(date(2026, 11, 30), 3) == date(2027, 2, 28)
    sent = datetime(2026, 11, 20, 8, tzinfo=UTC)
    first = next_reminder(NOTICE, sent, sent)
    assert first is not None
    assert first.day == 21
    second = next_reminder(NOTICE, sent, datetime(2026, 11, 22, tzinfo=UTC))
    assert second is not None
    assert second.day == 23
    assert next_reminder(NOTICE, sent, datetime(2027, 1, 1, tzinfo=UTC)) is None
    assert [mark.day for mark in marks(NOTICE, sent, sent)][2] == date(2027, 5, 20)
    assert all(marks(kind, None, None) for kind in (NOTICE, PLATFORM, COMPLAINT, BRIEF))


def test_a_machine_suggests_the_gravest_ground():
    assert suggested_ground(["insult", "threat"]) == "threat"
    assert suggested_ground(["identity_attack"]) == "hate"
    assert suggested_ground([]) == "harassment"


def test_the_document_holds_every_text_as_data():
    data = document(compose(make_facts(COMPLAINT)), language="en", watermark="Me \U0001f525 #x")
    assert data["watermark"] == "Me [U+1F525 FIRE] #x"
    rows = [row for part in data["sections"] for row in part["rows"]]
    quoted = next(row for row in rows if row["is_words"])
    assert quoted["pieces"] == [
        (f"zorglub {ARABIC} ", False),
        ("[U+1F52A HOCHO]", True),
        (" {0} %s", False),
    ]
    json.dumps(data)
