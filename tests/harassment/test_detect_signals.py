"""Signals beside the model: a matrix of comments in which each must be found, or must not."""

import random
import time
import tomllib
from pathlib import Path

import pytest

from harassment.detection.signals import Circumstances, find_signals

MATRIX = tomllib.loads(Path(__file__).with_name("signals.toml").read_text(encoding="utf-8"))
NOBODY = Circumstances()


def written(line: str) -> str:
    """The escapes of a literal string."""
    return line.encode("ascii", "backslashreplace").decode("unicode_escape")


def lines(wanted: str) -> list[tuple[str, str]]:
    return [
        (part["signal"], written(line))
        for part in MATRIX["matrix"]
        for line in part[wanted].strip().splitlines()
    ]


def authors(wanted: str) -> list[tuple[Circumstances, str]]:
    return [
        (Circumstances(handle, name, *part["creator"]), text)
        for part in MATRIX["impersonation"]
        for handle, name, text in part[wanted]
    ]


def kinds(text: str, around: Circumstances = NOBODY) -> set[str]:
    return {signal.kind for signal in find_signals(text, around).signals}


def details(text: str) -> set[str]:
    return {signal.detail for signal in find_signals(text).signals}


@pytest.mark.parametrize(("kind", "text"), lines("found"))
def test_it_finds(kind, text):
    found = find_signals(text)
    assert kind in {signal.kind for signal in found.signals}
    assert found.floor >= 3 or kind == "spam"
    for signal in found.signals:
        assert 0 <= signal.start < signal.end <= len(text)


@pytest.mark.parametrize(("kind", "text"), lines("clean"))
def test_it_finds_no_harm_in_look_alikes(kind, text):
    assert kinds(text) <= {"spam"} - {kind}


@pytest.mark.parametrize(("around", "text"), authors("found"))
def test_it_knows_who_poses_as_the_creator(around, text):
    assert "impersonation" in kinds(text, around)


@pytest.mark.parametrize(("around", "text"), authors("clean"))
def test_it_leaves_other_names_alone(around, text):
    assert "impersonation" not in kinds(text, around)


def test_the_matrix_is_wide_enough():
    for kind in ("doxx", "threat", "self_harm", "blackmail", "spam"):
        for part in (part for part in MATRIX["matrix"] if part["signal"] == kind):
            assert len(part["found"].strip().splitlines()) >= 12, part["language"]
            assert len(part["clean"].strip().splitlines()) >= 12, part["language"]
    assert len(authors("found")) >= 12
    assert len(authors("clean")) >= 12


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("ok so: go k1ll y0urself now", "k1ll y0urself"),
        ("Écoute ! va te p\u200bendre !", "va te p\u200bendre"),
        ("\u0441all her at (212) 555-0188 ok", "(212) 555-0188"),
        (
            "\U0001f1eb\U0001f1f7 elle habite 12 rue des Lilas 75011 Paris",
            "12 rue des Lilas 75011 Par",
        ),
        ("cœur brisé, je sais où tu habites", "je sais où tu habites"),
    ],
)
def test_it_points_at_what_was_written(text, words):
    signal = find_signals(text).signals[-1]
    assert words in text[signal.start : signal.end]


@pytest.mark.parametrize(
    ("text", "detail"),
    [
        ("Son numéro : 06 12 34 56 78", "phone"),
        ("her real email is jane.doe.private@gmail.com", "email"),
        ("12 rue des Lilas 75011 Paris", "address"),
        ("son IBAN : FR14 2004 1010 0505 0001 3M02 606", "iban"),
        ("sa voiture est immatriculée AB-123-CD", "plate"),
        ("someone leak her address please", "announced"),
        ("I will stab you", ""),
        ("I will stab you at your house", "place"),
        ("je vais te planter ce soir", "time"),
        ("je vais te planter avec un couteau", "weapon"),
        ("I will stab you in the face", "body"),
        ("I will kill your daughter", "family"),
    ],
)
def test_it_says_what_it_found(text, detail):
    assert details(text) == ({detail} if detail else set())


def test_violence_without_a_detail_is_left_to_the_model():
    assert find_signals("I will kill you").signals == ()


@pytest.mark.parametrize(
    ("text", "target"),
    [
        ("you are an idiot", "creator"),
        ("ta mère est une idiote", "family"),
        ("I will find your daughter", "family"),
        ("your editor is useless", "team"),
        ("ton monteur est nul", "team"),
        ("@otheruser shut up you clown", "commenter"),
        ("@milabuilds shut up you clown", "creator"),
        ("all these women should stay at home", "group"),
        ("cette marque est une arnaque", "brand"),
        ("this video is bad, I unsubscribe", "nobody"),
        ("06 12 34 56 78", "creator"),
    ],
)
def test_it_says_whom_it_is_aimed_at(text, target):
    around = Circumstances(creator_handle="@milabuilds", creator_name="Mila Builds")
    assert find_signals(text, around).target == target


def test_an_answer_to_somebody_else_is_aimed_at_them():
    around = Circumstances(answers_somebody_else=True)
    assert find_signals("you are an idiot", around).target == "commenter"


@pytest.mark.parametrize(
    "text",
    [
        "this video is bad, I unsubscribe",
        "Cette vidéo est nulle, je me désabonne",
        "Worst episode so far, the editing kills it",
        "Tes arguments sont morts, tu te plantes complètement",
        "this review is garbage and the sponsor segment is endless",
    ],
)
def test_criticism_of_the_work_is_never_a_signal(text):
    assert find_signals(text).floor == 0


def test_an_advertisers_own_number_is_spam_and_no_disclosure():
    found = find_signals("Earn $5000 weekly, WhatsApp +1 212 555 0188 or ana@fxgain.com")
    assert {signal.kind for signal in found.signals} == {"spam"}
    assert found.floor == 0
    assert found.kinds == []


def test_the_creators_own_public_contact_is_no_disclosure():
    around = Circumstances(creator_handle="@milabuilds", creator_name="Mila Builds")
    for address in ("mila.builds@gmail.com", "hey@milabuilds.com"):
        assert kinds(f"her mail is {address}", around) == set()
        assert kinds(f"her mail is {address}") == {"doxx"}


@pytest.mark.parametrize(
    "unit",
    ["a", "1 2 ", "0612345678 ", "kill you ", "i will put a ", "je vais de d' ", "a@", "a.b@c.",
     "12 rue de la ", "12 a b c ", "i know where you ", "your kids ", '" ', "FR76 ", "@x ", "é",
     "\U0001f602", "n't ", "someone said ", "would be a shame if ", "i have your nudes ", "va te "],
)  # fmt: skip
def test_its_time_grows_with_the_length_alone(unit):
    def seconds(length: int) -> float:
        text = (unit * (length // len(unit) + 1))[:length]
        started = time.process_time()
        find_signals(text)
        return time.process_time() - started

    short, long = seconds(25_000), seconds(100_000)
    assert long < max(0.5, 8 * short)


def test_it_accepts_anything():
    some = random.Random(4)
    pieces = ["06", " ", "\ud800", "\u202e", "rue", "12", "@", "kys", "\n", "é", "\U0001f602", '"',
              "FR76", "\x00", "ta mère", "ﬁ", "٠٦", "²"]  # fmt: skip
    for _ in range(200):
        text = "".join(some.choice(pieces) for _ in range(some.randint(0, 60)))
        for signal in find_signals(text).signals:
            assert 0 <= signal.start <= signal.end <= len(text)
