"""`toxicity_eval --input`: figures of a table that somebody brings, whatever it looks like."""

import json
import shutil
from io import StringIO

import pytest
from django.core.management import CommandError, call_command

from harassment.classifier import artefact
from harassment.classifier.measuring import Verdict, as_shipped, in_language
from harassment.training.labelled import Labelled, open_table, truth_of
from harassment.training.measurement import CHUNK_ROWS, measure

COMMAND = "harassment.management.commands.toxicity_eval"
ROWS = [
    ("You are a stupid, ugly idiot", 1, "a"),
    ("je vais te tuer", 1, "b"),
    ("What a lovely video thank you", 0, "a"),
    ("merci beaucoup", 0, "b"),
]


def by_words(texts):
    """A judge without a model: the word "bad" is toxic, "le" is French."""
    return [
        Verdict(0.9 if "bad" in text else 0.1, "bad" in text, "fr" if "le" in text else "en")
        for text in texts
    ]


@pytest.fixture
def quick(monkeypatch):
    monkeypatch.setattr(f"{COMMAND}.as_shipped", by_words)


@pytest.fixture
def write(tmp_path):
    def write_table(content, encoding="utf-8"):
        path = tmp_path / "table.csv"
        path.write_bytes(content if isinstance(content, bytes) else content.encode(encoding))
        return path

    return write_table


def run(path, **options):
    out, err = StringIO(), StringIO()
    call_command("toxicity_eval", input=path, json=True, stdout=out, stderr=err, **options)
    return json.loads(out.getvalue()), err.getvalue()


def test_it_measures_with_the_shipped_model(write):
    lines = [f'"{text}",{truth},{part}' for text, truth, part in ROWS]
    figures, _ = run(
        write("\n".join(["comment,verdict,part", *lines])),
        text_column="comment",
        label_column="verdict",
        group_column="part",
    )
    assert (figures["n"], figures["positives"], figures["auc"]) == (4, 2, 1.0)
    assert (figures["accuracy"], figures["macro_f1"], figures["recall"]) == (1.0, 1.0, 1.0)
    assert figures["false_positive_rate"] == 0.0
    assert 0 <= figures["ece"] < 0.5
    assert figures["seconds"] >= 0
    assert figures["groups"] == {"a": {"n": 2, "accuracy": 1.0}, "b": {"n": 2, "accuracy": 1.0}}
    assert {name: part["n"] for name, part in figures["languages"].items()} == {"en": 2, "fr": 2}
    assert figures["decision"] == "severity >= 1"


def test_it_takes_a_threshold_or_the_shipped_decision(write, quick):
    path = write("text,label\nbad,1\nnice,0\n")
    assert run(path)[0]["accuracy"] == 1.0
    figures, _ = run(path, threshold=0.05)
    assert (figures["false_positive_rate"], figures["decision"]) == (1.0, "toxicity >= 0.05")
    assert run(path, threshold=0.95)[0]["recall"] == 0.0


def test_a_language_can_be_laid_down(write):
    path = write("\n".join(["text,label", *(f'"{text}",{truth}' for text, truth, _ in ROWS)]))
    told, heard = run(path, language="fr")[0], run(path)[0]
    assert told["calibration"] == "fr"
    assert told["languages"].keys() == heard["languages"].keys() == {"en", "fr"}
    assert told["ece"] != heard["ece"]


def test_the_laid_down_language_changes_nothing_where_it_was_heard():
    texts = ["je vais te tuer", "merci beaucoup pour cette vidéo", "t'es vraiment un abruti", ""]
    for told, heard in zip(in_language("fr")(texts), as_shipped(texts), strict=True):
        assert told.language == heard.language
        assert told.flagged == heard.flagged
        assert told.toxicity == pytest.approx(heard.toxicity, abs=0.02)


def test_figures_are_null_where_nothing_can_be_said(write, quick):
    figures, _ = run(write("text,label\nbad,1\nnice,1\n"))
    assert figures["auc"] is None
    assert figures["false_positive_rate"] is None
    assert figures["recall"] == 0.5


@pytest.mark.parametrize("separator", [",", ";", "\t"])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16"])
def test_it_finds_out_how_the_file_is_written(write, quick, separator, encoding):
    table = '"text";"label"\r\n"bad; éh, bien";1\r\n\r\n"une ligne\nle reste";0\r\n'
    figures, _ = run(write(table.replace('";', f'"{separator}'), encoding))
    assert (figures["n"], figures["accuracy"]) == (2, 1.0)
    assert figures["languages"]["fr"]["n"] == 1


def test_it_reads_the_letters_of_old_spreadsheets(write, quick):
    path = write("text;label\nça c'est bad, mon café;1\nété;0\n", "cp1252")
    table = open_table(path, text="text", label="label")
    assert [row.text for row in table] == ["ça c'est bad, mon café", "été"]
    assert table.survey.undecodable == 0


def test_it_counts_broken_bytes_and_empty_texts(write, quick):
    good = "bad é è à ç,1\n" * 40
    path = write(f"text,label\n{good}".encode() + b"nice \xc3\x28 \xf0\x9f,0\n,0\n  ,0\n")
    figures, told = run(path)
    assert (figures["n"], figures["undecodable"], figures["empty"]) == (43, 1, 2)
    assert "1 rows hold bytes" in told


def test_it_reads_very_long_cells(write):
    figures, _ = run(write(f'text,label\n"{"a lovely day, " * 7500}",0\n'))
    assert (figures["n"], figures["accuracy"]) == (1, 1.0)


@pytest.mark.parametrize(
    ("label", "truth"),
    [("1", 1), ("0", 0), ("1.0", 1), (" True ", 1), ("FALSE", 0), ("hateful", 1),
     ("non-hateful", 0), ("toxic", 1), ("not toxic", 0), ("not_toxic", 0), ("Harmful", 1),
     ("harmless", 0), ("nothate", 0), ("OFF", 1), ("NOT", 0), ("", None), ("2", None),
     ("not sure", None), ("nobody", None)],
)  # fmt: skip
def test_it_knows_the_usual_labels(label, truth):
    assert truth_of(label) == truth


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("text,label\nhello,perhaps\nbye,\nbad,1\n", r'understood: "perhaps" \(line 2\), nothing '
         r"\(line 3\)\. Understood are 1/0"),
        ("comment;verdict\nhello;1\n", "has no column text, label. It has: comment, verdict."),
        ("text,label\n", "has no rows"),
        ("", "The file is empty"),
        (("text,label\n" + "привет мир,1\n" * 300).encode("cp1251"), "are not UTF-8"),
        (f'text,label\n"{"x" * 2_000_001}', "Line 2 .* quotation mark left open"),
    ],
)  # fmt: skip
def test_it_explains_a_bad_table(write, quick, content, message):
    with pytest.raises(CommandError, match=message):
        run(write(content))


def test_it_explains_a_missing_file(tmp_path):
    with pytest.raises(CommandError, match="There is no file"):
        run(tmp_path / "none.csv")
    with pytest.raises(CommandError, match="There is no file"):
        run(tmp_path)


def test_it_refuses_to_group_by_a_column_of_ids(write, quick):
    path = write("text,label,id\n" + "".join(f"nice,0,{number}\n" for number in range(1002)))
    with pytest.raises(CommandError, match="more than 1000 values"):
        run(path, group_column="id")


@pytest.mark.parametrize("option", [{"threshold": 0.5}, {"language": "fr"}, {"group_column": "x"}])
def test_options_of_a_table_need_one(option):
    with pytest.raises(CommandError, match="needs --input"):
        call_command("toxicity_eval", **option)


def test_a_threshold_is_a_probability(write, quick):
    with pytest.raises(CommandError, match="0 to 1"):
        run(write("text,label\nbad,1\n"), threshold=50.0)


def test_it_prints_for_people_too(write, quick):
    out = StringIO()
    path = write("text,label,part\nbad,1,a\nnice,0,b\n")
    call_command("toxicity_eval", input=path, group_column="part", stdout=out)
    assert "accuracy: 1.0\n" in out.getvalue()
    assert "groups b: n 1, accuracy 1.0\n" in out.getvalue()


def test_it_never_holds_more_than_a_piece_of_the_table():
    sizes = []

    def watch(texts):
        sizes.append(len(texts))
        return by_words(texts)

    short = (Labelled("bad", 1, ()) for _ in range(2 * CHUNK_ROWS + 5))
    found = measure(short, watch, threshold=None, tell=print)
    assert (sizes, found.whole.rows) == ([1, CHUNK_ROWS, CHUNK_ROWS, 5], 2 * CHUNK_ROWS + 5)
    sizes.clear()
    huge = (Labelled("le " * 40_000, 0, ()) for _ in range(20))
    measure(huge, watch, threshold=None, tell=print)
    assert max(sizes) < 10


@pytest.mark.usefixtures("quick")
def test_figures_of_a_published_set_enter_the_model(write, tmp_path, monkeypatch):
    folder = shutil.copytree(artefact.SHIPPED, tmp_path / "model")
    monkeypatch.setattr(f"{COMMAND}.SHIPPED", folder)
    table = write("text,label\nbad bird,1\ngood bird,0\n")
    run(table, publish="Herons", language="en")
    artefact.verify(folder)
    published = json.loads((folder / artefact.FIGURES).read_text())["published"]
    assert {one["value"] for one in published if one["name"] == "Herons"} >= {1.0, 0.0}
    with pytest.raises(CommandError, match="already run"):
        run(table, publish="Herons", language="en")


@pytest.mark.parametrize("options", [{}, {"language": "en", "threshold": 0.5}])
def test_only_the_shipped_decision_is_published(write, options):
    with pytest.raises(CommandError, match="--publish needs --language"):
        run(write("text,label\na,1\nb,0\n"), publish="Herons", **options)
