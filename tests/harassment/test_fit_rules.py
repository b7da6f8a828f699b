"""The engine of rules: what it reads, what it refuses, and that nothing can make it slow."""

from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from harassment.detection.normalise import normalise
from harassment.rules import (
    ACTIONS,
    ActionError,
    Facts,
    Lexicon,
    RuleError,
    clean_actions,
    fits,
    read_conditions,
    stored,
)
from harassment.rules.actions import is_intrusive
from harassment.rules.breadth import fits_everything
from harassment.rules.conditions import CONDITIONS_MOST, DEPTH_MOST, NUMBERS
from harassment.rules.packs import CATEGORIES, packs
from harassment.rules.wording import action_words, lines_of
from harassment.rules.words import PhraseError, read_phrase, tokens_of

NONE = Lexicon({})
PACKS = Lexicon(
    {(language, name): words for language, pack in packs().items()
     for name, words in pack.words.items()}
)  # fmt: skip


def rule(*conditions, match="all"):
    """`rule(("score", "least", 0.5))` as it is stored."""
    of = [
        one if isinstance(one, dict) else dict(zip(("what", "op", "value"), one, strict=True))
        for one in conditions
    ]
    return {"match": match, "of": of}


def answer(raw, facts, lexicon=NONE):
    return fits(read_conditions(raw), facts, lexicon)


FACTS = Facts(
    text=normalise("You are such an idi0t, go away"), labels={"insult": 0.8, "toxicity": 0.7},
    toxicity=0.8, severity=2, language="en", signals=frozenset({"doxx"}), account="a",
    platform="youtube", creator="7", earlier=2, strikes=1, hidden=0, post_age_h=5.0,
)  # fmt: skip


@pytest.mark.parametrize(
    ("what", "op", "value", "expected"),
    [
        ("score", "least", 0.8, True),
        ("score", "least", 0.81, False),
        ("score:insult", "below", 0.9, True),
        ("score:threat", "least", 0.0, False),  # the model has no such head
        ("severity", "least", 2, True),
        ("severity", "below", 2, False),
        ("signal", "is", "doxx", True),
        ("signal", "not", "threat", True),
        ("language", "is", "en", True),
        ("language", "not", "en", False),
        ("earlier", "below", 3, True),
        ("strikes", "least", 1, True),
        ("hidden", "least", 1, False),
        ("account", "is", "a", True),
        ("platform", "is", "tiktok", False),
        ("creator", "is", "7", True),
        ("post_age", "below", 6, True),
        ("length", "least", 1000, False),
        ("text", "is", ["nothing", "idiot"], True),
        ("text", "is", ["idio*"], True),
        ("text", "is", ["*diot"], True),
        ("text", "is", ["go  away"], True),
        ("text", "not", ["idiot"], False),
        ("lexicon", "is", "en:insults", True),
        ("lexicon", "is", "fr:insults", False),
        ("lexicon", "is", "all", True),
        ("lexicon", "is", "no such list", False),
    ],
)
def test_it_answers_each_question(what, op, value, expected):
    assert answer(rule((what, op, value)), FACTS, PACKS) is expected


@pytest.mark.parametrize(
    ("match", "expected"), [("all", (True, False, False)), ("any", (True, True, False)),
                            ("none", (False, False, True))],
)  # fmt: skip
def test_it_counts_the_answers_as_its_group_says(match, expected):
    yes, no = ("score", "least", 0.5), ("score", "least", 0.99)
    got = tuple(answer(rule(*two, match=match), FACTS) for two in ((yes, yes), (yes, no), (no, no)))
    assert got == expected


def test_it_never_guesses_what_is_not_known():
    unknown = Facts(labels={}, post_age_h=None)
    for op in ("least", "below"):
        assert not answer(rule(("post_age", op, 5)), unknown)
        assert not answer(rule(("score:insult", op, 0.5)), unknown)


def test_a_word_that_is_often_meant_well_is_found_only_by_name():
    facts = Facts(text="quelle tuerie ce plateau, bravo")
    assert not answer(rule(("lexicon", "is", "all")), facts, PACKS)
    assert answer(rule(("lexicon", "is", "fr:rude")), facts, PACKS)


WIDE = "\uff43\uff4f\uff4e\uff4e\uff41\uff52\uff44"


@pytest.mark.parametrize("disguised", ["c o n n a r d", "c0nnard", WIDE, "CONNARD!"])
def test_it_sees_through_disguises(disguised):
    facts = Facts(text=normalise(f"espèce de {disguised}"))
    assert answer(rule(("lexicon", "is", "fr:insults")), facts, PACKS)


@pytest.mark.parametrize(
    ("raw", "reason"),
    [
        (None, "unknown"),
        ({"match": "all", "of": []}, "empty"),
        ({"match": "most", "of": []}, "unknown"),
        (rule({"match": "any", "of": []}), "empty"),
        (rule(("nose", "is", "long")), "unknown"),
        (rule(("score", "is", 0.5)), "unknown"),
        (rule(("score", "least", "much")), "number"),
        (rule(("score", "least", 1.5)), "range"),
        (rule(("score", "least", "nan")), "range"),
        (rule(("earlier", "least", 0.5)), "whole"),
        (rule(("earlier", "least", 51)), "range"),
        (rule(("language", "is", "")), "choice"),
        (rule(("text", "is", [])), "words"),
        (rule(("text", "is", ["!!!"])), "word_empty"),
        (rule(("text", "is", ["a*"])), "word_short"),
        (rule(("text", "is", ["*"])), "word_short"),
        (rule(("text", "is", ["fo*ot"])), "word_star"),
        (rule(("text", "is", ["a b c d e f g h i"])), "word_long"),
        (rule(("text", "is", ["x" * 61])), "word_long"),
        (rule(("text", "is", [f"w{n}" for n in range(31)])), "many_words"),
        (rule(*[("severity", "least", 1)] * (CONDITIONS_MOST + 1)), "many"),
    ],
)
def test_it_refuses_what_is_no_rule_and_says_why(raw, reason):
    with pytest.raises(RuleError) as refused:
        read_conditions(raw)
    assert refused.value.reason == reason


def test_it_refuses_groups_that_are_too_deep():
    raw = rule(("severity", "least", 1))
    for _ in range(DEPTH_MOST - 1):
        raw = rule(raw)
    assert read_conditions(raw)
    with pytest.raises(RuleError, match="deep"):
        read_conditions(rule(raw))


WORD = st.text(alphabet="abcdéz1", min_size=3, max_size=9)
LEAF = st.one_of(
    st.tuples(st.sampled_from(["score", "score:insult"]), st.sampled_from(["least", "below"]),
              st.floats(0, 1, allow_nan=False)),
    st.tuples(st.sampled_from(["severity", "earlier", "strikes", "hidden"]),
              st.sampled_from(["least", "below"]), st.integers(0, 4)),
    st.tuples(st.just("language"), st.sampled_from(["is", "not"]), st.sampled_from(["fr", "en"])),
    st.tuples(st.just("text"), st.sampled_from(["is", "not"]),
              st.lists(WORD, min_size=1, max_size=3)),
).map(lambda one: dict(zip(("what", "op", "value"), one, strict=True)))  # fmt: skip
GROUP = st.builds(
    lambda match, of: {"match": match, "of": of},
    st.sampled_from(["all", "any", "none"]),
    st.lists(
        st.one_of(LEAF, st.builds(lambda m, of: {"match": m, "of": of},
                                  st.sampled_from(["all", "any", "none"]),
                                  st.lists(LEAF, min_size=1, max_size=3))),
        min_size=1, max_size=4,
    ),
)  # fmt: skip


@given(GROUP)
def test_what_is_stored_is_read_back_to_the_same(raw):
    group = read_conditions(raw)
    assert read_conditions(stored(group)) == group
    assert len(lines_of(group, {})) >= 2


@given(st.recursive(st.none() | st.booleans() | st.floats() | st.text(max_size=9),
                    lambda x: st.lists(x, max_size=4)
                    | st.dictionaries(st.sampled_from(["match", "of", "what", "op", "value"]), x,
                                      max_size=5), max_leaves=12))  # fmt: skip
def test_it_reads_anything_without_breaking(raw):
    with suppress(RuleError):
        read_conditions(raw)
    with suppress(ActionError):
        clean_actions(raw)


@given(st.text(max_size=80))
def test_any_phrase_is_read_or_refused(raw):
    try:
        parts = read_phrase(raw)
    except PhraseError:
        return
    assert 0 < len(parts) <= 8


@given(st.lists(WORD, min_size=1, max_size=12), st.data())
def test_a_phrase_is_found_where_a_slow_and_simple_look_finds_it(words, data):
    tokens = tokens_of(normalise(" ".join(words)))
    start = data.draw(st.integers(0, len(words) - 1))
    phrase = " ".join(words[start : start + data.draw(st.integers(1, 3))])
    wanted = tokens_of(normalise(phrase))
    size = len(wanted)
    simple = any(tokens[i : i + size] == wanted for i in range(len(tokens)))
    found = answer(rule(("text", "is", [phrase])), Facts(text=normalise(" ".join(words))))
    assert found is simple


def test_it_looks_at_no_more_than_the_first_words_of_a_text_made_to_be_slow():
    text = "abc" * 6_000 + " " + "ab " * 3_998 + "first last"
    assert len(tokens_of(text)) == 4_000
    assert answer(rule(("text", "is", ["*bcab*"])), Facts(text=text))
    assert answer(rule(("text", "is", ["first"])), Facts(text=text))
    assert not answer(rule(("text", "is", ["last", "*bac*", "abc* abc* abc*"])), Facts(text=text))


def test_the_actions_are_a_closed_set_of_what_can_be_taken_back():
    assert set(ACTIONS) == {"hide", "hold", "case", "mark", "alert", "label"}
    for never in ("escalate", "report", "delete", "export", "investigate", "block", "ban", "reply"):
        with pytest.raises(ActionError):
            clean_actions([{"do": never}])
    assert clean_actions([{"do": "label", "name": "  new   account "}, {"do": "hold"}]) == [
        {"do": "hold"}, {"do": "label", "name": "new account"},
    ]  # fmt: skip
    for bad in (
        [],
        [{"do": "hide"}, {"do": "hold"}],
        [{"do": "label"}],
        [{"do": "label", "name": "x" * 41}],
    ):
        with pytest.raises(ActionError):
            clean_actions(bad)
    assert not is_intrusive([{"do": "label", "name": "x"}, {"do": "mark"}])
    assert [do for do, _ in action_words([{"do": one, "name": "x"} for one in ACTIONS])] == list(
        ACTIONS
    )


HIDE, LABEL = [{"do": "hide"}], [{"do": "label", "name": "x"}]


@pytest.mark.parametrize(
    ("raw", "actions", "expected"),
    [
        (rule(("score", "least", 0)), HIDE, True),
        (rule(("score", "least", 0)), LABEL, True),
        (rule(("score", "below", 0.9)), HIDE, True),
        (rule(("length", "least", 0)), HIDE, True),
        (rule(("account", "is", "a")), HIDE, True),
        (rule(("account", "not", "a")), HIDE, True),
        (rule(("account", "is", "a"), ("language", "is", "fr")), HIDE, True),
        (rule(("earlier", "below", 1)), HIDE, True),
        (rule(("earlier", "below", 1)), LABEL, False),
        (rule(("signal", "not", "doxx")), HIDE, True),
        (rule(("text", "not", ["zorglub"])), HIDE, True),
        (rule(("score", "least", 0.9), match="none"), HIDE, True),
        (rule(("score:insult", "least", 0.6), ("earlier", "below", 1)), HIDE, False),
        (rule(("lexicon", "is", "all")), HIDE, False),
        (rule(("strikes", "least", 1)), HIDE, False),
    ],
)
def test_it_knows_a_rule_that_would_fit_everything(raw, actions, expected):
    assert fits_everything(read_conditions(raw), actions, PACKS) is expected


def test_the_packs_are_whole_and_every_word_can_be_found():
    for pack in packs().values():
        assert set(pack.words) == set(CATEGORIES)
        for words in pack.words.values():
            assert len(words) >= 15
            assert len(set(words)) == len(words)
            for word in words:
                text = normalise(word.replace("*", ""))
                assert answer(rule(("text", "is", [word])), Facts(text=text)), word
    assert set(NUMBERS) >= {"score", "severity", "earlier"}
