"""What becomes of a network's rows: sentiment, evasion, windows, and a workspace's correction."""

import numpy as np
import pytest

from harassment.classifier.artefact import SHIPPED, Tables, read_tables
from harassment.classifier.base import Direction, Recalibration
from harassment.classifier.heads import ABSENT, Heads
from harassment.classifier.labels import LABELS
from harassment.classifier.rows import RowCache, Rows
from harassment.classifier.tables import make_tables
from tests.harassment.networks import VILE, WIDTH, WordJudge

LENIENT = Recalibration("w7.3", {"en": Direction((-20.0, 0.0, 0.0, 0.0), -1.0)})


@pytest.fixture
def judge():
    return WordJudge()


def _mood(**of: tuple[float, float]) -> Tables:
    shipped = read_tables(SHIPPED)
    calibration = {
        language: {**heads, "sentiment": of.get(language, (1.0, 0.0))}
        for language, heads in shipped.calibration.items()
    }
    return Tables(calibration, shipped.thresholds, shipped.odds)


def test_it_tells_the_mood():
    judge = WordJudge(tables=_mood())
    warm, hostile, blank = judge.score(["you are lovely", f"you are a {VILE}", ""])
    assert warm.sentiment == pytest.approx(np.tanh(1), abs=1e-4)
    assert hostile.sentiment == pytest.approx(np.tanh(-1), abs=1e-4)
    assert blank.sentiment == 0.0


def test_it_calibrates_the_mood_per_language():
    judge = WordJudge(tables=_mood(en=(0.0, 2.0)))
    english, french = judge.score(["you are lovely", "tu es adorable"])
    assert english.sentiment == pytest.approx(np.tanh(1), abs=1e-4)
    assert french.sentiment == pytest.approx(np.tanh(1), abs=1e-4)
    assert judge.score([f"you are a {VILE}"])[0].sentiment == english.sentiment


@pytest.mark.parametrize(
    "text", ["you are a z0rglub", "you are z o r g l u b", "you are a z\u043erglub"]
)
def test_a_disguise_that_mattered_shows(judge, text):
    (found,) = judge.score([text])
    assert found.severity > 0
    assert found.evasion > 0.9


@pytest.mark.parametrize(
    "text",
    [
        f"you are a {VILE}",
        f"you are a {VILE} \U0001f621 https://x.test @me",
        f"you are a {VILE}, 4 r3al",
        "you are l0vely",
        "",
    ],
)
def test_without_a_disguise_there_is_no_evasion(judge, text):
    assert judge.score([text])[0].evasion < 0.01


def test_only_the_suspects_are_read_twice(judge):
    judge.read.clear()
    judge.score(["l0vely you", "hello you", f"you {VILE}", "you z0rglub"])
    assert judge.read == [3, 1]
    judge.score(["you z0rglub"] * 50)
    assert judge.read == [3, 1, 0, 0]


def test_it_corrects_for_a_workspace_and_for_no_other(judge):
    text = f"you are a {VILE}"
    (shared,) = judge.score([text])
    (corrected,) = judge.score([text], LENIENT)
    assert (shared.severity, corrected.severity) == (2, 0)
    assert corrected.model_version == "words-1+w7.3"
    assert judge.score([text]) == [shared]
    assert judge.read[-2:] == [0, 0]


def test_a_correction_is_for_its_language(judge):
    french = f"tu es une vraie {VILE} toi"
    assert judge.score([french], LENIENT)[0].labels == judge.score([french])[0].labels


def test_a_correction_without_weights_shifts(judge):
    found = judge.features(["hello you"])
    shift = Recalibration("x", {"en": Direction((), 2.5)})
    (score,) = judge.score(["hello you"], shift)
    odds = found.logits[0] + 2.5
    assert list(score.labels.values()) == pytest.approx(list(1 / (1 + np.exp(-odds))), abs=1e-4)


def test_a_correction_learned_with_another_model_is_refused(judge):
    with pytest.raises(ValueError, match="another model"):
        judge.score(["you are here"], Recalibration("x", {"en": Direction((1.0,), 0.0)}))


def test_no_correction_speaks_of_a_text_without_words(judge):
    harsh = Recalibration("x", {name: Direction((), 50.0) for name in ("en", "fr", "und")})
    assert judge.score(["", "\u200b"], harsh)[0].severity == 0


def test_features_are_what_a_correction_is_learned_from(judge):
    found = judge.features(["hello you", f"bonjour {VILE} mon ami", ""])
    assert found.logits.shape == (3, len(LABELS))
    assert found.pooled.shape == (3, WIDTH)
    assert found.languages == ["en", "fr", "und"]
    probability = judge.score(["hello you"])[0].labels["toxicity"]
    assert 1 / (1 + np.exp(-found.logits[0, 0])) == pytest.approx(probability, abs=1e-4)


def test_the_worst_window_speaks_for_a_long_text(judge):
    text = "word " * 300 + VILE
    (found,) = judge.score([text])
    assert found.labels["toxicity"] == judge.score([f"word {VILE}"])[0].labels["toxicity"]
    assert judge.features([text]).pooled[0, 0] == 1


def test_several_threads_say_the_same(judge):
    texts = [f"word {'more ' * (n % 150)} {VILE if n % 3 == 0 else ''}" for n in range(200)]
    assert [one.labels for one in WordJudge(threads=3).score(texts)] == [
        one.labels for one in judge.score(texts)
    ]


def test_mixed_text_is_held_to_the_stricter_language_head_by_head():
    tables = read_tables(SHIPPED)
    made = make_tables(tables, LABELS)
    for index, head in enumerate(LABELS):
        needs = {
            name: (np.log(cut / (1 - cut)) - table.offsets[index]) / table.slopes[index]
            for name, table in made.items()
            for cut in [table.thresholds["review"][head]]
        }
        assert needs["mixed"] == pytest.approx(max(needs["en"], needs["fr"]))


def test_a_language_without_calibration_is_not_covered():
    shipped = read_tables(SHIPPED)
    english = Tables(
        {"en": shipped.calibration["en"]}, {"en": shipped.thresholds["en"]}, shipped.odds
    )
    french, both, own = WordJudge(tables=english).score(
        [
            "tu es vraiment adorable",
            "franchement best video ever, continue comme ça",
            "you are here",
        ]
    )
    assert not french.covered
    assert own.covered
    assert both.language in {"en", "und"}


def test_it_adds_up_what_excludes_each_other():
    heads = Heads(["normal", "offensive", "hate"], softmax=True)
    assert heads.columns == (*LABELS, "normal")
    odds = heads.log_odds(np.array([[0.0, 0.0, 0.0]], dtype=np.float32))
    assert 1 / (1 + np.exp(-odds[0, 0])) == pytest.approx(2 / 3)
    assert 1 / (1 + np.exp(-odds[0, 7])) == pytest.approx(1 / 3)
    assert odds[0, 3] == ABSENT


def test_a_model_without_a_general_head_is_as_toxic_as_its_worst():
    odds = Heads(["insult", "threat"], softmax=False).log_odds(np.array([[1, 3]], np.float32))
    assert odds[0, 0] == 3


def test_labels_we_do_not_know_are_shown_and_decide_nothing():
    judge = WordJudge(names=(*LABELS, "weather"))
    (found,) = judge.score(["you are here"])
    assert list(found.labels) == [*LABELS, "weather"]
    assert found.severity == 0


def test_the_cache_forgets_the_oldest():
    cache = RowCache(1, 1, size=3)

    def row(value):
        return Rows(np.full((1, 1), value, np.float32), np.zeros(1, np.float32),
                    np.zeros((1, 1), np.float16))  # fmt: skip

    for value in (1, 2, 3):
        cache.put([bytes([value])], row(value))
    assert cache.get([b"\1"]).logits.tolist() == [[1.0]]
    cache.put([b"\4"], row(4))
    assert [bytes([value]) in cache for value in (1, 2, 3, 4)] == [True, False, True, True]
    assert cache.get([b"\4", b"\1"]).logits.tolist() == [[4.0], [1.0]]
    many = Rows.blank(5, 1, 1)
    cache.put([bytes([value]) for value in range(10, 15)], many)
    assert [bytes([value]) in cache for value in range(10, 15)] == [False, False, True, True, True]
