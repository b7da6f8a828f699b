"""Searching the inbox: folded words by index, phrases, exclusions, authors, disguises."""

import pytest
from django.db import connection

from integrations.models import Comment
from integrations.models.search import COMMENT_WORDS, FOLD_FROM, FOLD_TO, words_query
from tests.factories import make_comment
from tests.harassment.test_filter_inbox import shown


@pytest.fixture
def client(client_for, bob, lumen):
    """Bob's browser."""
    return client_for(bob, lumen)


@pytest.fixture
def texts(account):
    """Comments by their words."""
    return {
        text: str(make_comment(account, text, text_norm=plain, **fields).code)
        for text, plain, fields in [
            ("Le chef-d'œuvre de l'ÉTÉ", "", {}),
            ("Break your legs, he said", "", {}),
            ("Your legs break the silence", "", {}),
            ("n1ce sh3lf", "nice shelf", {}),
            ("素晴らしい動画です", "", {}),
            ("Hello there", "", {"author_handle": "@late.caller", "author_name": "Zoé K."}),
        ]
    }


@pytest.mark.parametrize(
    ("asked", "found"),
    [
        ("ete", ["Le chef-d'œuvre de l'ÉTÉ"]),
        ("ÉTÉ oeuvre", ["Le chef-d'œuvre de l'ÉTÉ"]),
        ("chef-d'œuvre", ["Le chef-d'œuvre de l'ÉTÉ"]),
        ("legs break", ["Break your legs, he said", "Your legs break the silence"]),
        ('"break your legs"', ["Break your legs, he said"]),
        ("legs -silence", ["Break your legs, he said"]),
        ("brea leg", ["Break your legs, he said", "Your legs break the silence"]),
        ("shelf", ["n1ce sh3lf"]),
        ("sh3lf", ["n1ce sh3lf"]),
        ("@late.caller", ["Hello there"]),
        ("caller", ["Hello there"]),
        ("zoe", ["Hello there"]),
        ("動画", ["素晴らしい動画です"]),
        ("nobody", []),
        ("%_';--", []),
        ("-legs", []),
    ],
)
def test_it_finds_words_however_they_were_written(client, texts, asked, found):
    page = client.get("/harassment/inbox/", {"view": "all", "q": asked})
    assert sorted(shown(page)) == sorted(texts[text] for text in found)


def test_every_letter_has_a_plain_one():
    assert len(FOLD_FROM) > len(FOLD_TO) > 60
    assert not set(FOLD_TO) - set("abcdefghijklmnopqrstuvwxyz ")


def test_the_question_is_answered_by_the_index(texts):
    found = Comment.objects.alias(words=COMMENT_WORDS).filter(words_query(["shelf"]))
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL enable_seqscan = off")
        plan = found.order_by().explain()
    assert "comment_words" in plan
