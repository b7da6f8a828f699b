"""Word lists: packs with a workspace's own steps, as a file and back, and nothing shown unasked."""

import csv
import io

import pytest

from accounts.models import AuditEntry, Membership
from harassment.detection.normalise import normalise
from harassment.models import LexiconChange
from harassment.queries.lexicons import present_lexicon, steps, words_after
from harassment.rules.packs import packs
from harassment.rules.words import tokens_of
from harassment.services import lexicons

pytestmark = pytest.mark.django_db
PAGE = "/harassment/rules/words/"
WORD = "zorglubword"
PACK_WORD = packs()["en"].words["insults"][0]


@pytest.fixture
def owner(alice, in_lumen):
    return Membership.objects.select_related("user").get(user=alice, workspace=in_lumen)


@pytest.fixture
def browser(client_for, alice, lumen):
    return client_for(alice, lumen)


def finds(text):
    return present_lexicon().finds("en:insults", tokens_of(normalise(text)))


def add(owner, word=WORD):
    return lexicons.add_word(language="en", category="insults", word=word, membership=owner)


def remove(owner, word=WORD):
    return lexicons.remove_word(language="en", category="insults", word=word, membership=owner)


def test_a_workspace_adds_words_and_takes_away_those_of_the_pack(owner):
    assert not finds(f"such a {WORD}")
    assert (add(owner), add(owner)) == (1, 0)
    assert finds(f"such a {WORD.upper()}")
    stem = PACK_WORD.strip("*")
    assert finds(stem)
    assert (remove(owner, PACK_WORD), remove(owner, PACK_WORD)) == (1, 0)
    assert not finds(stem)
    said = AuditEntry.objects.filter(action__startswith="harassment.lexicon.")
    assert [entry.data["version"] for entry in said.order_by("pk")] == [1, 2]
    assert WORD not in str([entry.data for entry in said])


def test_other_workspaces_keep_their_own(nova, owner):
    from accounts import tenancy

    add(owner)
    with tenancy.enter(nova):
        assert not finds(WORD)


def test_an_export_is_read_back_to_the_same_lists(owner):
    add(owner)
    remove(owner, PACK_WORD)
    before = words_after(steps())
    file = lexicons.export_words().encode()
    lexicons.revert_lexicon(version=0, membership=owner)
    assert not finds(WORD)
    assert lexicons.import_words(raw=file, membership=owner) == 2
    assert words_after(steps()) == before
    assert lexicons.import_words(raw=file, membership=owner) == 0


@pytest.mark.parametrize("word", ["=cmd|calc", "+one two", "-one", "@sum(a1)", "=1+1+plop"])
def test_no_cell_of_an_export_is_a_formula(owner, word):
    add(owner, word)
    rows = list(csv.reader(io.StringIO(lexicons.export_words().removeprefix("\ufeff"))))
    assert rows[0] == ["language", "category", "word", "from"]
    assert not [cell for row in rows for cell in row if cell.lstrip()[:1] in set("=+-@\t\r")]
    lexicons.revert_lexicon(version=0, membership=owner)
    raw = "\n".join(",".join(f'"{cell}"' for cell in row) for row in rows).encode()
    assert lexicons.import_words(raw=raw, membership=owner) == 1
    assert ("en", "insults", word, "added") in steps()


def test_every_version_can_be_gone_back_to(owner):
    add(owner, "zorglubone")
    add(owner, "zorglubtwo")
    remove(owner, "zorglubone")
    assert lexicons.revert_lexicon(version=1, membership=owner) == 2
    assert (finds("zorglubone"), finds("zorglubtwo")) == (True, False)
    with pytest.raises(lexicons.LexiconError):
        lexicons.revert_lexicon(version=99, membership=owner)
    assert LexiconChange.objects.count() == 5


@pytest.mark.parametrize(
    ("raw", "says"),
    [
        (b"", "first line"),
        (b"\xff\xfe\x00", "UTF-8"),
        (b"word\nplop\n", "first line"),
        (b"language,category,word,from\nen,insults,plop\nde,insults,plop\n", "Line 3"),
        (b"language,category,word,from\nen,insults,a*\n", "Line 2: At least three letters"),
        (b"language,category,word,from\n" + b"en,insults,plop\n" * 2001, "2000 words"),
        (b"x" * (lexicons.FILE_BYTES_MOST + 1), "too big"),
    ],
)
def test_a_file_that_makes_no_sense_changes_nothing(owner, raw, says):
    with pytest.raises(lexicons.LexiconError, match=says):
        lexicons.import_words(raw=raw, membership=owner)
    assert not LexiconChange.objects.exists()


def test_words_are_on_no_page_until_somebody_opens_their_list(browser, owner):
    add(owner)
    closed = browser.get(PAGE).content.decode()
    assert WORD not in closed
    assert PACK_WORD not in closed
    opened = browser.post(f"{PAGE}open/", {"list": "en:insults"}).content.decode()
    assert WORD in opened
    assert packs()["fr"].words["insults"][0] not in opened
    entry = AuditEntry.objects.get(action="harassment.lexicon.opened")
    assert entry.data == {"list": "en:insults"}


def test_the_page_adds_takes_off_imports_and_goes_back(browser, owner):
    word = {"language": "en", "category": "insults", "word": WORD}
    assert browser.post(f"{PAGE}change/", word).status_code == 302
    assert finds(WORD)
    browser.post(f"{PAGE}change/", word | {"step": "remove"})
    assert not finds(WORD)
    browser.post(f"{PAGE}revert/", {"version": "1"})
    assert finds(WORD)
    file = io.BytesIO(browser.get(f"{PAGE}export/").content)
    browser.post(f"{PAGE}revert/", {"version": "0"})
    file.name = "words.csv"
    browser.post(f"{PAGE}import/", {"file": file})
    assert finds(WORD)
    assert browser.post(f"{PAGE}change/", word | {"word": ""}).status_code == 422
    assert browser.post(f"{PAGE}import/", {}).status_code == 422
    browser.post(f"{PAGE}change/", word | {"word": "!!!"})
    assert "no letter" in browser.get(PAGE).content.decode()


def test_a_rule_finds_the_workspaces_own_word_at_once(owner, arrive):
    from harassment.models import RuleHit
    from harassment.services import rules
    from tests.harassment.test_fit_rules import rule as build

    add(owner)
    rules.save_rule(
        membership=owner, name="Own words", actions=[{"do": "hide"}],
        conditions=build(("lexicon", "is", "en:insults")),
    )  # fmt: skip
    comment = arrive(f"you {WORD}")
    arrive("nice")
    assert RuleHit.objects.get().comment == comment
