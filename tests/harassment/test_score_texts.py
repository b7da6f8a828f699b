"""The shipped model through `score(texts)`: right on plain cases, calm on strange ones."""

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from harassment.classifier import (
    EVASION,
    LABELS,
    ModelUnavailable,
    card,
    features,
    score,
    version,
)
from harassment.classifier.artefact import CHECKSUMS, SHIPPED
from harassment.classifier.base import UNCALIBRATED, kinds_of, severity_of
from harassment.classifier.batching import MAX_PADDED, buckets, windows
from harassment.classifier.embedded import EmbeddedBackend

ROOT = Path(__file__).resolve().parents[2]

ATTACKS = [
    "You are a pathetic idiot and everybody hates you",
    "shut up you stupid ugly bitch",
    "I am going to find you and kill you",
    "I know where you live, sleep well",
    "nobody would miss you, go and hang yourself",
    "show us your tits slut",
    "y0u are an 1d1ot",
    "Tu es vraiment un pauvre abruti",
    "ferme ta gueule sale connasse",
    "je vais te retrouver et te tuer",
    "on sait où tu habites, fais attention à toi",
    "va te pendre, personne ne pleurera",
    "montre tes seins salope",
    "esp3ce de c0nn4rd",
]
HARMLESS = [
    "This video is far too long and the sound is bad",
    "I disagree with everything you said about the law",
    "Your joke killed me, I'm dead 😂",
    "holy shit this is beautiful",
    "Thank you so much, lovely work!",
    "Where did you buy that lamp?",
    "Cette vidéo est trop longue et le son est mauvais",
    "Je ne suis pas d'accord avec toi sur ce point",
    "Ta blague m'a tué, je suis mort de rire 😂",
    "putain que c'est beau",
    "Merci beaucoup, superbe travail !",
    "Tu as acheté où cette lampe ?",
]
STRANGE = ["", "   ", "😂😂😂", "\x00\x07\x1b", "\ud800\udfff", "a" * 100_000, "\u202e", "7",
           "!!!", "你好世界", "Здравствуйте, спасибо за видео", "\U0001f595" * 500]  # fmt: skip


@pytest.fixture(scope="module")
def shipped():
    return EmbeddedBackend(SHIPPED, threads=1)


@pytest.fixture
def copy_of_model(tmp_path):
    return Path(shutil.copytree(SHIPPED, tmp_path / "model"))


@pytest.mark.parametrize("text", ATTACKS)
def test_it_flags_attacks(text):
    (found,) = score([text])
    assert found.severity >= 1
    assert found.labels["toxicity"] > 0.4


@pytest.mark.parametrize("text", HARMLESS)
def test_it_leaves_criticism_slang_and_praise_alone(text):
    assert score([text])[0].severity == 0


def test_it_calls_threats_critical_or_high_in_both_languages():
    english, french = score(["I will come to your house and kill you", "je vais venir te tuer"])
    assert english.severity >= 3
    assert french.severity >= 3
    assert "threat" in english.kinds
    assert "threat" in french.kinds


def test_it_answers_in_order_whatever_the_lengths():
    texts = ["ok", "I will kill you " * 40, "merci", *ATTACKS, *HARMLESS]
    together = score(texts)
    for text, found in zip(texts, together, strict=True):
        (alone,) = score([text])
        assert alone.labels == found.labels


def test_it_gives_every_head_a_probability_and_a_version():
    (found,) = score(["bonjour"])
    assert tuple(found.labels) == LABELS
    assert all(0 <= value <= 1 for value in found.labels.values())
    assert found.model_version == json.loads((SHIPPED / "config.json").read_text())["model_version"]


@pytest.mark.parametrize("text", STRANGE)
def test_it_survives_strange_text(text):
    (found,) = score([text])
    assert 0 <= found.severity <= 4


def test_it_says_und_for_text_without_words():
    assert [found.language for found in score(["", "😂😂", "12345", "你好世界"])] == ["und"] * 4
    assert score([""])[0].severity == 0


@pytest.mark.parametrize(
    ("text", "language"),
    [
        ("I really enjoyed the second half of this", "en"),
        ("you are the best", "en"),
        ("shut up", "en"),
        ("J'ai beaucoup aimé la deuxième partie", "fr"),
        ("t'es trop forte", "fr"),
        ("ferme la", "fr"),
        ("c'est nul", "fr"),
        ("Das ist ein sehr schönes Video und ich mag es", "und"),
        ("Muchas gracias por este video, eres la mejor, pero muy corto", "und"),
        ("Te voy a matar", "und"),
        ("Du bist so dumm", "und"),
        ("Cala a boca", "und"),
        ("Je bent zo dom", "und"),
        ("la musica è troppo alta", "und"),
        ("y0u are an 1d1ot", "en"),
        ("t u e s m o c h e", "fr"),
    ],
)
def test_it_tells_the_language(text, language):
    assert score([text])[0].language == language


@pytest.mark.parametrize(
    "text", ["franchement best video ever, continue comme ça", "ferme ta gueule you stupid bitch"]
)
def test_it_covers_text_that_goes_back_and_forth(shipped, text):
    assert shipped._listen(text).mixed
    assert score([text])[0].covered


@pytest.mark.parametrize("text", ["a very nice café, bravo", "I love New York", "c'est trop cool"])
def test_a_borrowed_word_does_not_mix_languages(shipped, text):
    assert not shipped._listen(text).mixed


def test_a_disguise_that_mattered_shows():
    plain, disguised = score(["i will kill you", "1 w1ll k1ll y0u"])
    assert plain.evasion == 0
    assert disguised.evasion > EVASION
    assert disguised.severity >= 2


def test_it_says_its_version_and_its_card():
    assert version() == json.loads((SHIPPED / "config.json").read_text())["model_version"]
    figures = SHIPPED / "figures.json"
    assert card() == (json.loads(figures.read_text("utf-8")) if figures.is_file() else {})


def test_features_fit_the_scores():
    found = features(["you are an idiot", "bonjour"])
    assert found.logits.shape == (2, len(LABELS))
    assert len(found.pooled) == 2
    assert found.languages == ["en", "fr"]


def test_it_reads_abuse_hidden_behind_a_wall_of_text():
    wall = "What a lovely garden you have and what a nice day it is. " * 60
    assert score([wall])[0].severity == 0
    assert score([f"{wall} I am going to kill you, stupid bitch"])[0].severity >= 1


def test_it_judges_equal_texts_once(shipped, monkeypatch):
    runs = []
    judge = shipped._run

    def count(texts):
        runs.append(len(texts))
        return judge(texts)

    monkeypatch.setattr(shipped, "_run", count)
    text = "An unusual sentence about herons"
    first = shipped.score([*[text] * 50, "an unusual  SENTENCE about herons"])
    again = shipped.score([text])
    assert runs == [1, 0]
    assert {found.labels["toxicity"] for found in first + again} == {first[0].labels["toxicity"]}


def test_it_scores_nothing_for_nothing():
    assert score([]) == []


@pytest.mark.parametrize("name", ["model.int8.onnx", "thresholds.json", "tokenizer.json"])
def test_it_refuses_a_damaged_file(copy_of_model, name):
    path = copy_of_model / name
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 0xFF
    path.write_bytes(content)
    with pytest.raises(ModelUnavailable, match=f"{name} is damaged: its checksum is"):
        EmbeddedBackend(copy_of_model, threads=1)


def test_it_refuses_a_missing_file(copy_of_model):
    (copy_of_model / "config.json").unlink()
    with pytest.raises(ModelUnavailable, match=r"config\.json is missing"):
        EmbeddedBackend(copy_of_model, threads=1)


def test_it_refuses_a_folder_without_checksums(copy_of_model):
    (copy_of_model / CHECKSUMS).unlink()
    with pytest.raises(ModelUnavailable, match="no readable SHA256SUMS"):
        EmbeddedBackend(copy_of_model, threads=1)


def test_it_refuses_a_model_made_for_another_normaliser(copy_of_model, monkeypatch):
    monkeypatch.setattr("harassment.classifier.artefact.NORMALISER_VERSION", "999")
    with pytest.raises(ModelUnavailable, match="was made for normaliser"):
        EmbeddedBackend(copy_of_model, threads=1)


def test_it_is_never_silently_safe_without_a_model(settings, tmp_path):
    settings.CLASSIFIER_MODEL = str(tmp_path)
    with pytest.raises(ModelUnavailable):
        score(["hello"])


def test_it_refuses_an_unknown_backend(settings):
    settings.CLASSIFIER_BACKEND = "oracle"
    with pytest.raises(ModelUnavailable, match='CLASSIFIER_BACKEND is "oracle"'):
        score(["hello"])


def test_it_does_not_need_torch():
    code = (
        "import sys\n"
        "from django.conf import settings\n"
        "settings.configure(CLASSIFIER_BACKEND='embedded', CLASSIFIER_MODEL='',\n"
        "    CLASSIFIER_THREADS=1)\n"
        "from harassment.classifier import card, score\n"
        "card()\n"
        "assert 'onnxruntime' not in sys.modules\n"
        "assert score(['je vais te tuer'])[0].severity\n"
        "assert not {'torch', 'transformers'} & set(sys.modules)\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", code],
        cwd=ROOT,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr


def test_it_ships_small_and_whole():
    names = {path.name for path in SHIPPED.iterdir()}
    assert {"MODEL_CARD.md", "CREDITS.md", CHECKSUMS} <= names
    assert sum(path.stat().st_size for path in SHIPPED.iterdir()) <= 30_000_000


def _labels(**known):
    return {**dict.fromkeys(LABELS, 0.0), **known}


@pytest.mark.parametrize(
    ("labels", "severity", "kinds"),
    [
        (_labels(), 0, []),
        (_labels(obscene=0.99), 0, []),
        (_labels(toxicity=0.55), 1, []),
        (_labels(toxicity=0.95, insult=0.9), 2, ["insult"]),
        (_labels(toxicity=0.95, obscene=0.95, insult=0.8), 3, ["obscene", "insult"]),
        (_labels(toxicity=0.8, sexual_explicit=0.75), 3, ["sexual"]),
        (_labels(toxicity=0.8, identity_attack=0.75), 3, ["identity_attack"]),
        (_labels(toxicity=0.3, threat=0.95), 4, ["threat"]),
        (_labels(toxicity=0.9, severe_toxicity=0.95), 4, []),
    ],
)
def test_it_turns_probabilities_into_a_severity(labels, severity, kinds):
    assert severity_of(labels, UNCALIBRATED) == severity
    assert kinds_of(labels, UNCALIBRATED, severity) == kinds


def test_it_never_pads_beyond_the_budget():
    lengths = [3, 128, 4, 90, 5, *[10] * 500]
    groups = list(buckets(lengths))
    assert sorted(index for group in groups for index in group) == list(range(len(lengths)))
    assert all(
        len(group) * max(lengths[index] for index in group) <= MAX_PADDED for group in groups
    )
    assert all(len(group) <= 128 for group in groups)


@pytest.mark.parametrize("length", [0, 1, 126, 127, 236, 400, 5000])
def test_it_reads_a_long_text_in_windows(length):
    cuts = windows(list(range(length)), -1, -2)
    assert 1 <= len(cuts) <= 6
    assert all(len(cut) <= 128 and cut[0] == -1 and cut[-1] == -2 for cut in cuts)
    if length:
        assert cuts[-1][-2] == length - 1
