"""What the model may learn from: checked by hash, cleaned, without leaks, split by frame."""

import hashlib
import math
import random
from dataclasses import replace

import pytest

from harassment.detection.normalise import normalise
from harassment.training.cleaning import (
    bucket,
    clean,
    duplicate_key,
    leak_key,
)
from harassment.training.dataset import build_dataset
from harassment.training.grammar import read_frames, write_rows
from harassment.training.groups import HARMFUL, HARMLESS, labels_of, sentiment_of
from harassment.training.leaks import leaks, read_leak_keys, write_leak_keys
from harassment.training.manifest import ManifestError, read_manifest
from harassment.training.noise import disguise
from harassment.training.parallel import OwnPair, read_glossary, read_own_pairs
from harassment.training.sources import CLEAN, HATEFUL, READERS, TOXIC, Lexicon


@pytest.fixture
def data(tmp_path):
    (tmp_path / "words.csv").write_text(
        "text,category_1,severity_rating\nblasted,other / general insult,1.0\n"
        "vilest,sexual anatomy / sexual acts,2.5\n",
        "utf-8",
    )
    (tmp_path / "mots").write_text("zut\nmeuf\n", "utf-8")
    return tmp_path


@pytest.fixture
def lexicon(data):
    return Lexicon(data / "words.csv", data / "mots")


def _digest(path):
    return hashlib.sha256(path.read_bytes()).hexdigest()


@pytest.fixture
def manifest(data):
    (data / "rows.csv").write_text(
        "text,label\nthe herons are vermin,1\nherons are birds of the marsh,0\n"
        "Herons are  birds of the marsh,0\na planted published sentence,0\n",
        "utf-8",
    )
    shipped = read_manifest()
    source = replace(
        shipped.sources[0], name="birds", path="rows.csv", label_map="dynahate", split="train",
        cap=0, min_rows=1, sha256=_digest(data / "rows.csv"),
    )  # fmt: skip
    words, mots = shipped.lexicons["profanity_en"], shipped.lexicons["words_fr"]
    return replace(
        shipped,
        sources=[source],
        lexicons={
            "profanity_en": replace(words, path="words.csv", sha256=_digest(data / "words.csv")),
            "words_fr": replace(mots, path="mots", sha256=_digest(data / "mots")),
        },
    )


@pytest.fixture(autouse=True)
def few_frames(monkeypatch):
    frames = read_frames()[::40]
    monkeypatch.setattr("harassment.training.dataset.read_frames", lambda: frames)
    pairs = list(read_own_pairs())[::40]
    monkeypatch.setattr("harassment.training.dataset.read_own_pairs", lambda: iter(pairs))


def _build(manifest, data, leaked=frozenset()):
    return build_dataset(manifest, data, seed=1, leaked=leaked, tell=lambda line: None)


def test_it_drops_duplicates_and_planted_test_cases(manifest, data, tmp_path):
    keys = tmp_path / "keys.bin"
    write_leak_keys(["A planted, published sentence!"], keys)
    built = _build(manifest, data, read_leak_keys(keys))
    texts = [row.text for row in built.train if row.source == "birds"]
    assert texts == ["the herons are vermin", "herons are birds of the marsh"]
    assert built.counts["birds"]["leak"] == 1


def test_it_is_the_same_twice(manifest, data):
    assert _build(manifest, data).digest() == _build(manifest, data).digest()


def test_it_refuses_an_altered_file(manifest, data):
    (data / "rows.csv").write_text("text,label\n", "utf-8")
    with pytest.raises(ManifestError, match="has hash"):
        _build(manifest, data)


def test_it_refuses_a_missing_file(manifest, data):
    (data / "rows.csv").unlink()
    with pytest.raises(ManifestError, match="is missing"):
        _build(manifest, data)


def test_it_refuses_a_source_that_shrank(manifest, data):
    short = replace(manifest, sources=[replace(manifest.sources[0], min_rows=100)])
    with pytest.raises(ManifestError, match="gave 3 rows, expected 100"):
        _build(short, data)


@pytest.mark.parametrize(
    "path", ["convabuse/ConvAbuseEMNLPtest.csv", "goemotions/test.tsv", "x/bias_madlibs_77k.csv"]
)
def test_it_refuses_a_published_test_file(manifest, data, path):
    named = replace(manifest, sources=[replace(manifest.sources[0], path=path)])
    with pytest.raises(ManifestError, match="published test file"):
        _build(named, data)


def test_it_explains_a_broken_manifest(tmp_path):
    path = tmp_path / "manifest.toml"
    path.write_text("[base]\nname = 3\n")
    with pytest.raises(ManifestError, match="is not a manifest"):
        read_manifest(path)


def test_the_manifest_names_licence_and_commit_everywhere():
    manifest = read_manifest()
    for file in manifest.files():
        assert file.licence
        assert len(file.commit) == 40
        assert len(file.sha256) == 64
    assert {source.label_map for source in manifest.sources} <= set(READERS)


def test_own_sentences_are_no_published_test_cases():
    keys = read_leak_keys()
    hits = [row.text for row in write_rows(read_frames(), 11) if leaks(row.text, keys)]
    # The few are things everybody says ("I will hurt you") and are dropped before training; more
    # would mean that a frame was copied.
    assert len(hits) <= 120
    assert [
        pair.english
        for pair in read_own_pairs()
        if leaks(pair.english, keys) or leaks(pair.french, keys)
    ] == []


def test_a_frame_is_never_in_both_splits():
    splits: dict[tuple[str, str], bool] = {}
    for frame in read_frames():
        assert splits.setdefault((frame.language, frame.text), frame.held_out) == frame.held_out
    assert 0.08 < sum(splits.values()) / len(splits) < 0.22


def test_every_frame_expands_to_text_without_marks():
    rng = random.Random(5)
    for frame in read_frames():
        text = frame.expand(rng)
        assert text
        assert not set("{}|") & set(text), frame.text


def test_own_sentences_cover_both_sides_in_both_languages():
    rows = list(write_rows(read_frames(), 3))
    for language in ("en", "fr"):
        toxic = [row.labels[0] for row in rows if row.language == language]
        assert len(toxic) > 10_000
        assert 0.4 < sum(toxic) / len(toxic) < 0.6


def test_it_cleans_rows():
    assert clean("RT @bob: &quot;hi&quot; [USER] @URL  x") == '"hi" @user url x'
    assert clean(r"caf\u00e9") == "café"
    assert len(clean("a" * 5000)) == 1500


def test_keys_know_what_is_the_same_sentence():
    assert duplicate_key("A  b") == duplicate_key("a b")
    assert duplicate_key("a 😂") != duplicate_key("a 🔪")
    assert leak_key("Y0u are... an IDIOT!") == leak_key("you are an idiot")
    assert bucket("x") == bucket("x")


def test_leak_keys_hold_no_text(tmp_path):
    path = tmp_path / "keys.bin"
    long = "this is a sentence of a published test set, certainly longer than sixty letters"
    write_leak_keys([long], path)
    assert b"published" not in path.read_bytes()
    keys = read_leak_keys(path)
    assert leaks(long.upper() + "!", keys)
    assert leaks(long + " and goes on", keys)
    assert leaks(long.replace("certainly", "surely"), keys)
    assert not leaks("another sentence altogether, which shares nothing but its subject", keys)
    assert not leaks("ok", keys)


def test_a_sentence_of_ours_that_is_a_test_case_stops_everything(
    manifest, data, monkeypatch, tmp_path
):
    pair = OwnPair("a planted published sentence", "une phrase publiée", "praise", "x")
    monkeypatch.setattr("harassment.training.dataset.read_own_pairs", lambda: iter([pair]))
    keys = tmp_path / "keys.bin"
    write_leak_keys(["A planted, published sentence!"], keys)
    with pytest.raises(ManifestError, match="rewrite them: en praise: a planted"):
        _build(manifest, data, read_leak_keys(keys))


def test_the_halves_of_development_share_no_sentence(manifest, data, monkeypatch):
    pairs = [OwnPair(f"herons {n} wade", f"{n} hérons", "praise", f"place {n}") for n in range(90)]
    monkeypatch.setattr("harassment.training.dataset.read_own_pairs", lambda: iter(pairs))
    built = _build(manifest, data)
    places = [
        {row.text.removeprefix("herons ").removesuffix(" hérons").split()[0]
         for row in half if row.group == "praise" and "h" in row.text}
        for half in (built.tune, built.report)
    ]  # fmt: skip
    assert all(places)
    assert not places[0] & places[1]


def test_our_comments_are_many_and_say_what_they_mean():
    pairs = list(read_own_pairs())
    assert len(pairs) > 4_000
    assert {pair.group for pair in pairs} == HARMFUL.keys() | HARMLESS.keys()
    assert labels_of("threat-direct")[3] == 1
    assert sentiment_of("praise") == 1
    assert 0.1 < sum(pair.held_out for pair in pairs) / len(pairs) < 0.19
    with pytest.raises(KeyError):
        labels_of("nobody-knows")


def test_both_sides_of_a_minimal_pair_fall_together():
    split: dict[str, set[bool]] = {}
    for pair in read_own_pairs():
        if pair.group.startswith("minimal"):
            split.setdefault(pair.place, set()).add(pair.held_out)
    assert split
    assert all(len(sides) == 1 for sides in split.values())


def test_the_glossary_has_words_in_both_languages():
    entries = read_glossary()
    assert len(entries) > 2_000
    assert all(english and french for english, french in entries)


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ('name = "praise"\nharmful = false\npairs = "only english"', "not one pair"),
        ('name = "praise"\nharmful = true\npairs = "a || b"', "nobody has said"),
    ],
)
def test_a_corpus_that_says_nothing_clear_is_refused(tmp_path, content, message):
    (tmp_path / "pairs_x.toml").write_text(f"[[group]]\n{content}\n")
    with pytest.raises(ManifestError, match=message):
        list(read_own_pairs(tmp_path))


def test_a_disguise_can_often_be_undone():
    rng = random.Random(2)
    texts = [disguise("sentence about gardens everywhere", rng) for _ in range(200)]
    undone = sum(normalise(text) == "sentence about gardens everywhere" for text in texts)
    assert undone > 20


def _only(reader, path, content, lexicon):
    path.write_text(content, "utf-8")
    return [row.labels for row in READERS[reader](path, lexicon)]


def test_labels_are_mapped_as_documented(tmp_path, lexicon):
    path = tmp_path / "file"
    assert _only("dynahate", path, "text,label\na,1\n", lexicon) == [HATEFUL]
    assert _only("wiki", path, "id,text,label\n1,a,1\n2,b,0\n", lexicon) == [TOXIC, CLEAN]
    (row,) = _only(
        "jigsaw",
        path,
        "comment_text,toxic,severe_toxic,obscene,threat,insult,identity_hate\nvilest,1,0,1,0,1,0\n",
        lexicon,
    )
    assert row == (1, 0, 1, 0, 1, 0, 1)
    rows = _only("mhs", path, "text,label\nhate,1\nblasted,0\nkind,0\n", lexicon)
    assert rows[0] == HATEFUL
    assert math.isnan(rows[1][0])
    assert rows[2][0] == 0
    edos = "text,label_sexist,label_category,split\n"
    rows = _only(
        "edos", path, f"{edos}a,sexist,1. threats,train\nb,not sexist,none,test\n", lexicon
    )
    assert len(rows) == 1
    assert rows[0][3] == 1
    rows = _only("davidson", path, "class,tweet\n1,a\n0,b\n2,c\n", lexicon)
    assert rows[0][2] == 1
    assert rows[1:] == [HATEFUL, CLEAN]
    (row,) = _only(
        "mlma", path, "tweet,sentiment,target,group\nx,offensive,other,individual\n", lexicon
    )
    assert row[4] == 1
    rows = _only("goemotions_kind", path, "nice\t0\tid\nblasted nice\t0\tid\nbad\t2\tid\n", lexicon)
    assert rows == [CLEAN]
