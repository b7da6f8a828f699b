"""Models that are not ours: what is mapped, calibrated, refused. Most of it needs torch."""

import json
import shutil
from pathlib import Path

import numpy as np
import pytest

from harassment import classifier
from harassment.classifier import LABELS, ModelUnavailable
from harassment.classifier.artefact import CHECKSUMS, REQUIRED, SHIPPED, checksum
from harassment.classifier.embedded import EmbeddedBackend
from harassment.classifier.heads import map_labels
from harassment.classifier.transformer import TransformerBackend, check_folder
from tests.harassment.networks import save_checkpoint

UNITARY = ["toxicity", "severe_toxicity", "obscene", "threat", "insult", "identity_attack",
           "sexual_explicit", "male", "female"]  # fmt: skip


def _rewrite(folder: Path, name: str, **changes) -> None:
    """Change some entries of a JSON file and write the checksums anew."""
    content = json.loads((folder / name).read_text("utf-8"))
    (folder / name).write_text(json.dumps({**content, **changes}), "utf-8")
    lines = [f"{checksum(folder / one)}  {one}\n" for one in REQUIRED]
    (folder / CHECKSUMS).write_text("".join(lines), "utf-8")


@pytest.fixture
def imported(tmp_path):
    folder = Path(shutil.copytree(SHIPPED, tmp_path / "imported"))
    (folder / "figures.json").unlink(missing_ok=True)
    return folder


@pytest.fixture
def checkpoint(tmp_path):
    return lambda labels, **how: save_checkpoint(tmp_path / "checkpoint", labels, **how)


def test_an_imported_folder_is_used_like_the_shipped_one(settings, imported):
    _rewrite(imported, "config.json", model_version="mine-1")
    (imported / "figures.json").write_text('{"model_version": "mine-1"}', "utf-8")
    settings.CLASSIFIER_MODEL = str(imported)
    assert classifier.version() == "mine-1"
    assert classifier.card() == {"model_version": "mine-1"}
    assert classifier.score(["you are an idiot"])[0].model_version == "mine-1"


def test_an_imported_softmax_model_is_read_as_log_odds(imported):
    names = ["neutral", "toxic", *(f"other {n}" for n in range(5))]
    _rewrite(imported, "config.json", labels=names, activation="softmax")
    backend = EmbeddedBackend(imported, threads=1)
    (found,) = backend.score(["you are an idiot"])
    assert tuple(found.labels) == (*LABELS, "neutral", *names[2:])
    assert found.labels["threat"] == 0
    assert backend.logits(["you are an idiot"]).shape == (1, len(LABELS))


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"labels": ["sunny", "rainy"]}, "labels are not known"),
        ({"labels": ["toxic", "harmless"]}, "other outputs than it says"),
        ({"activation": "magic"}, 'unknown activation "magic"'),
        ({"labels": 7}, "cannot be read"),
    ],
)
def test_an_imported_folder_that_does_not_fit_is_refused(imported, changes, message):
    _rewrite(imported, "config.json", **changes)
    with pytest.raises(ModelUnavailable, match=message):
        EmbeddedBackend(imported, threads=1)


@pytest.mark.parametrize("calibration", [{}, {"de": {}}, {"en": {"toxicity": [1]}}, {"en": 3}])
def test_calibration_that_does_not_fit_is_refused(imported, calibration):
    _rewrite(imported, "thresholds.json", calibration=calibration)
    with pytest.raises(ModelUnavailable, match=r"cannot be read|no known language"):
        EmbeddedBackend(imported, threads=1)


def test_it_maps_the_labels_of_other_models():
    assert map_labels({0: "toxic", 1: "Severe Toxic", 2: "identity_hate", 3: "weather"}) == {
        0: "toxicity",
        1: "severe_toxicity",
        2: "identity_attack",
    }
    with pytest.raises(ModelUnavailable, match="labels are not known"):
        map_labels({0: "LABEL_0", 1: "LABEL_1"})


def test_it_refuses_a_checkpoint_that_could_run_code(tmp_path):
    (tmp_path / "config.json").write_text('{"auto_map": {"AutoModel": "x.Y"}}')
    with pytest.raises(ModelUnavailable, match="run code of its own"):
        check_folder(tmp_path)
    (tmp_path / "config.json").write_text("{}")
    (tmp_path / "pytorch_model.bin").write_bytes(b"pickle")
    with pytest.raises(ModelUnavailable, match="safetensors"):
        check_folder(tmp_path)


def test_it_needs_a_name_for_a_foreign_model():
    with pytest.raises(ModelUnavailable, match="needs CLASSIFIER_MODEL"):
        TransformerBackend("", threads=1)


def test_a_multi_label_checkpoint_is_judged_by_its_sigmoids(checkpoint):
    folder = checkpoint(UNITARY, problem="multi_label_classification")
    backend = TransformerBackend(str(folder), threads=1)
    texts = ["you are an idiot", "hello " * 300, "", "\ud800", "\U0001f602"]
    scores = backend.score(texts)
    assert [tuple(one.labels) for one in scores] == [(*LABELS, "male", "female")] * 5
    assert scores[0].labels["male"] > 0
    assert not any(one.covered for one in scores)
    assert {one.sentiment for one in scores} == {None}
    assert scores[2].severity == 0
    assert scores[0].model_version.startswith("hf:checkpoint@")
    assert backend.features(texts).pooled.shape == (5, 0)
    assert backend.explain("you are an idiot").head in LABELS


def test_it_says_what_transformers_says(checkpoint):
    transformers = pytest.importorskip("transformers")
    folder = checkpoint(["neutral", "hate"])
    backend = TransformerBackend(str(folder), threads=1)
    naive = transformers.pipeline("text-classification", model=str(folder), top_k=None)
    for text in ("you are an idiot", "hello"):
        expected = {one["label"]: one["score"] for one in naive([text])[0]}
        (found,) = backend.score([text])
        # bfloat16, where the processor has it, keeps two or three digits.
        assert found.labels["toxicity"] == pytest.approx(expected["hate"], abs=0.02)
        assert found.labels["neutral"] == pytest.approx(expected["neutral"], abs=0.02)


def test_thresholds_beside_a_checkpoint_are_used(checkpoint, settings):
    folder = checkpoint(["toxic", "threat"], problem="multi_label_classification")
    never = {level: {"toxicity": 1.1, "threat": 1.1} for level in ("review", "alert", "hide")}
    table = {"calibration": {"en": {"toxicity": [1.0, 3.0]}}, "thresholds": {"en": never}}
    plain = TransformerBackend(str(folder), threads=1)
    (folder / "thresholds.json").write_text(json.dumps(table), "utf-8")
    (folder / "figures.json").write_text('{"languages": {}}', "utf-8")
    settings.CLASSIFIER_BACKEND, settings.CLASSIFIER_MODEL = "hf", str(folder)
    english, french = classifier.score(["you are an idiot", "tu es un idiot mon pauvre"])
    raw = plain.logits(["you are an idiot"])[0, 0]
    assert english.labels["toxicity"] == pytest.approx(1 / (1 + np.exp(-raw - 3)), abs=1e-3)
    assert (english.language, english.severity) == ("en", 0)
    assert french.language == "und"
    assert classifier.version() != plain.version
    assert classifier.card() == {"languages": {}}


def test_labels_that_mean_nothing_here_are_refused(checkpoint):
    folder = checkpoint(["LABEL_0", "LABEL_1"])
    with pytest.raises(ModelUnavailable, match="labels are not known here: LABEL_0, LABEL_1"):
        TransformerBackend(str(folder), threads=1)


def test_pickled_weights_are_refused(checkpoint):
    folder = checkpoint(["toxic", "neutral"])
    (folder / "model.safetensors").rename(folder / "pytorch_model.bin")
    with pytest.raises(ModelUnavailable, match="safetensors"):
        TransformerBackend(str(folder), threads=1)


def test_code_in_a_checkpoint_is_refused_before_anything_is_loaded(checkpoint, tmp_path):
    folder = checkpoint(["toxic", "neutral"])
    config = json.loads((folder / "config.json").read_text("utf-8"))
    config["auto_map"] = {"AutoModelForSequenceClassification": "evil.Evil"}
    (folder / "config.json").write_text(json.dumps(config), "utf-8")
    (folder / "evil.py").write_text(f"open({str(tmp_path / 'ran')!r}, 'w')", "utf-8")
    with pytest.raises(ModelUnavailable, match="run code of its own"):
        TransformerBackend(str(folder), threads=1)
    assert not (tmp_path / "ran").exists()


def test_damaged_weights_are_refused(checkpoint):
    folder = checkpoint(["toxic", "neutral"])
    (folder / "model.safetensors").write_bytes(b"\x08\0\0\0\0\0\0\0{broken}")
    with pytest.raises(ModelUnavailable, match="cannot be loaded"):
        TransformerBackend(str(folder), threads=1)
