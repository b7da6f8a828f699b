"""What `toxicity_import` refuses before anything of a checkpoint is loaded; needs no torch."""

import json
import math
from io import StringIO

import pytest
from django.core.management import CommandError, call_command

from harassment.classifier import ModelUnavailable
from harassment.training.checkpoint import LicenceError, inspect_checkpoint
from harassment.training.development import own_rows, table_rows
from harassment.training.labelled import TableError, open_table

HEADER = b'{"__metadata__": {"format": "pt"}}'
WEIGHTS = len(HEADER).to_bytes(8, "little") + HEADER
CONFIG = {
    "architectures": ["BertForSequenceClassification"],
    "id2label": {"1": "insult", "0": "toxic", "2": "weather"},
}


@pytest.fixture
def checkpoint(tmp_path):
    def write(config=CONFIG, readme="---\nlicense: mit\n---\n# A model\n", weights=WEIGHTS):
        folder = tmp_path / "checkpoint"
        folder.mkdir()
        (folder / "config.json").write_text(json.dumps(config))
        if readme is not None:
            (folder / "README.md").write_text(readme)
        (folder / "model.safetensors").write_bytes(weights)
        return str(folder)

    return write


def inspect(model, **options):
    return inspect_checkpoint(model, **{"accept_licence": False, **options})


def test_it_reads_what_the_checkpoint_says_of_itself(checkpoint):
    found = inspect(checkpoint())
    assert (found.name, found.revision, found.licence) == ("checkpoint", "", "mit")
    assert found.labels == ("toxic", "insult", "weather")
    assert found.heads == {"toxicity", "insult"}
    assert len(found.weights["model.safetensors"]) == 64


@pytest.mark.parametrize(
    ("readme", "config", "said"),
    [
        (None, {}, "names no licence"),
        ("# no front matter\nlicense: mit\n", {}, "names no licence"),
        ("---\nlicense: [broken\n---\n", {}, "names no licence"),
        ("---\nlicense: cc-by-nc-4.0\n---\n", {}, 'says "cc-by-nc-4.0"'),
        ("---\nlicense:\n- mit\n- other\n---\n", {}, 'says "other"'),
        (None, {"license": "Proprietary"}, 'says "proprietary"'),
    ],
)
def test_a_person_reads_the_licence_first(checkpoint, readme, config, said):
    folder = checkpoint({**CONFIG, **config}, readme)
    with pytest.raises(LicenceError, match=said):
        inspect(folder)
    assert inspect(folder, accept_licence=True).labels


@pytest.mark.parametrize(
    ("readme", "config"),
    [("---\r\nlicense: Apache-2.0\r\n---\r\n", {}), (None, {"license": "mit"}),
     ("---\nlicence: cc-by-sa-4.0\n---", {})],
)  # fmt: skip
def test_free_licences_pass(checkpoint, readme, config):
    assert inspect(checkpoint({**CONFIG, **config}, readme)).licence


@pytest.mark.parametrize(
    ("config", "message"),
    [
        ({"auto_map": {"AutoModel": "x.Y"}}, "code of its own"),
        ({"architectures": ["BertForMaskedLM"]}, "no classifier of texts"),
        ({"id2label": {"0": "LABEL_0", "1": "LABEL_1"}}, "labels are not known here"),
        ({"id2label": None}, "does not name its labels"),
        ({"id2label": {"a": "toxic"}}, "labels have no numbers"),
    ],
)
def test_it_refuses_what_it_cannot_trust_or_use(checkpoint, config, message):
    with pytest.raises(ModelUnavailable, match=message):
        inspect(checkpoint({**CONFIG, **config}))


def test_it_refuses_code_of_the_tokeniser(checkpoint, tmp_path):
    folder = checkpoint()
    (tmp_path / "checkpoint" / "tokenizer_config.json").write_text('{"auto_map": {}}')
    with pytest.raises(ModelUnavailable, match="code of its own"):
        inspect(folder)


@pytest.mark.parametrize(
    "weights", [b"", b"\x80\x04pickle", b"PK\x03\x04" + bytes(60), b"\x02" * 9]
)
def test_it_refuses_weights_that_are_something_else(checkpoint, weights):
    with pytest.raises(ModelUnavailable, match=r"model\.safetensors is no safetensors file"):
        inspect(checkpoint(weights=weights))


def test_it_refuses_a_folder_with_pickles_only(checkpoint, tmp_path):
    folder = checkpoint()
    (tmp_path / "checkpoint" / "model.safetensors").rename(
        tmp_path / "checkpoint" / "pytorch_model.bin"
    )
    with pytest.raises(ModelUnavailable, match="holds no safetensors weights"):
        inspect(folder)


@pytest.mark.parametrize("model", ["./none", "/none/at/all", "a/b/c", "who is this"])
def test_it_refuses_what_is_neither_folder_nor_id(model):
    with pytest.raises(ModelUnavailable, match="is no folder and no id of a hub"):
        inspect(model)


def test_it_asks_the_local_cache_before_the_hub(checkpoint, monkeypatch):
    asked = []

    def snapshot_download(name, *, local_files_only, allow_patterns):
        asked.append(local_files_only)
        assert not {"*.bin", "*.py", "*"} & set(allow_patterns)
        if local_files_only:
            raise FileNotFoundError("not cached")
        return folder

    folder = checkpoint()
    monkeypatch.setattr("huggingface_hub.snapshot_download", snapshot_download)
    found = inspect("someone/model")
    assert (asked, found.name, found.revision) == ([True, False], "someone/model", "checkpoint")


def test_it_says_what_to_do_without_a_network(monkeypatch):
    def snapshot_download(name, **options):
        raise ConnectionError("no route")

    monkeypatch.setattr("huggingface_hub.snapshot_download", snapshot_download)
    message = r"not in the local cache and cannot be fetched \(ConnectionError\)"
    with pytest.raises(CommandError, match=message):
        call_command("toxicity_import", "someone/model", stderr=StringIO())


def test_the_command_never_overwrites(checkpoint, tmp_path):
    with pytest.raises(CommandError, match=r"exists\. Name another folder"):
        call_command("toxicity_import", checkpoint(), out=tmp_path)


def test_our_own_development_sentences_cover_both_languages():
    rows = own_rows()
    for half in (rows.tune, rows.report):
        for language in ("en", "fr"):
            truth = [row.labels[0] for row in half if row.language == language]
            assert len(truth) > 300
            assert 0.2 < sum(truth) / len(truth) < 0.8
    assert not {row.text for row in rows.tune} & {row.text for row in rows.report}


def _table(tmp_path, content, *extra):
    path = tmp_path / "dev.csv"
    path.write_text(content, "utf-8")
    return open_table(path, text="text", label="label", extra=extra)


def test_a_table_may_say_its_languages(tmp_path):
    lines = "".join(f"row {n},{n % 2},{('fr-CA', 'English', 'de')[n % 3]}\n" for n in range(60))
    table = _table(tmp_path, f"text,label,tongue\n{lines}", "tongue")
    rows = table_rows(table, has_language=True)
    assert rows.counts["table"] == {"used": 40, "other language": 20}
    own = [row for row in rows.tune if not row.group.startswith("table-")]
    assert all(math.isnan(row.labels[0]) for row in own)
    assert {row.language for row in rows.tune if row not in own} == {"en", "fr"}


def test_a_table_is_listened_to_otherwise(tmp_path):
    lines = "".join(
        f"I really like this number {n},0\nj'aime vraiment ce nombre {n},1\n,0\n" for n in range(30)
    )
    rows = table_rows(_table(tmp_path, f"text,label\n{lines}"), has_language=False)
    assert rows.counts["table"] == {"used": 60, "empty": 30}
    told = {(row.language, row.labels[0]) for row in rows.tune if "table" in row.group}
    assert told == {("en", 0.0), ("fr", 1.0)}


def test_a_table_without_our_languages_is_refused(tmp_path):
    table = _table(tmp_path, "text,label\n你好,0\n谢谢,1\n")
    with pytest.raises(TableError, match="too few rows in English or French"):
        table_rows(table, has_language=False)
