"""Writing what was heard: natural keys, order of what the platform said, storable texts."""

from datetime import UTC, datetime, timedelta

import pytest
from django.db import transaction
from django.utils import timezone

from accounts.models import Job
from integrations.models import Comment, CommentRevision, Post
from integrations.platforms.base import RemoteComment, Visibility
from integrations.services.ingest import ingest_comments
from tests.factories import make_account

WRITTEN = datetime(2026, 11, 20, 12, tzinfo=UTC)


def remote(**fields) -> RemoteComment:
    return RemoteComment(
        **{
            "id": "Ug1",
            "post_id": "v1",
            "parent_id": None,
            "author_id": "UCa",
            "author_handle": "@a",
            "author_name": "A",
            "author_avatar": "",
            "text": "Hi",
            "created_at": WRITTEN,
            "edited_at": None,
            "like_count": 0,
            "reply_count": 0,
            "visibility": Visibility.PUBLIC,
            "is_own": False,
            "permalink": "https://v.example/?lc=Ug1",
            "raw": {"id": "Ug1"},
            **fields,
        }
    )


@pytest.fixture
def hear(in_lumen):
    """`hear(comment, ..., ago=seconds)`: as seen so long ago; the only comment there is."""
    account = make_account()

    def ingest(*items: RemoteComment, ago: float = 0) -> Comment:
        seen = timezone.now() - timedelta(seconds=ago)
        ingest_comments(account=account, items=items, observed_at=seen)
        return Comment.objects.get()

    return ingest


def test_a_later_state_wins_whatever_comes_last(hear):
    hear(remote(), ago=100)
    assert hear(remote(visibility=Visibility.HELD), ago=10).visibility == "held"
    assert hear(remote(visibility=Visibility.PUBLIC), ago=50).visibility == "held"
    assert hear(remote(visibility=Visibility.PUBLIC), ago=1).visibility == "public"


def test_silence_about_the_state_changes_nothing(hear):
    hear(remote(visibility=Visibility.SPAM), ago=10)
    assert hear(remote(visibility=Visibility.UNKNOWN)).visibility == "spam"


def test_an_older_wording_does_not_come_back(hear):
    edited = WRITTEN + timedelta(hours=1)
    hear(remote(text="new", edited_at=edited), ago=10)
    assert hear(remote(text="old"), ago=100).text == "new"
    assert not CommentRevision.objects.exists()


def test_every_wording_is_kept(hear):
    for number in range(4):
        at = WRITTEN + timedelta(hours=number) if number else None
        hear(remote(text=f"wording {number}", edited_at=at), ago=10 - number)
    assert [r.text for r in CommentRevision.objects.order_by("seen_until")] == [
        "wording 0",
        "wording 1",
        "wording 2",
    ]


def test_the_first_payload_is_kept(hear):
    hear(remote(raw={"v": 1}), ago=10)
    assert hear(remote(text="b", raw={"v": 2})).raw == {"v": 1}


def test_an_edit_clears_the_normalised_text(hear):
    hear(remote(), ago=10)
    Comment.objects.update(text_norm="hi")
    assert hear(remote(text="Ho")).text_norm == ""


@pytest.mark.parametrize("bad", ["a\x00b", "a" + chr(0xD83D) + "b"])
def test_what_postgresql_cannot_hold_is_replaced_everywhere(hear, bad):
    comment = hear(
        remote(
            id=bad,
            post_id=bad,
            author_id=bad,
            author_handle=bad,
            author_name=bad,
            text=bad,
            permalink=bad,
            raw={"text": bad, bad: [bad, {"deep": bad}], "n": 1},
        )
    )
    good = "a\ufffdb"
    assert (comment.external_id, comment.text, comment.author_name) == (good, good, good)
    assert comment.raw == {"text": good, good: [good, {"deep": good}], "n": 1}
    assert comment.post.external_id == good
    assert hear(remote(id=bad, post_id=bad, text=bad)).pk == comment.pk


def test_long_names_and_odd_numbers_fit(hear):
    comment = hear(remote(author_name="x" * 5000, like_count=10**12, permalink="p" * 5000))
    assert (len(comment.author_name), len(comment.permalink)) == (200, 1000)
    assert comment.like_count == 2_147_483_647


def test_ids_that_cannot_be_keys_are_left_out(in_lumen):
    done = ingest_comments(
        account=make_account(),
        items=[remote(id=""), remote(id="x" * 201)],
        observed_at=timezone.now(),
    )
    assert (done.seen, done.new_ids) == (0, [])


def test_the_same_id_twice_in_a_batch_is_one(hear):
    assert hear(remote(text="first"), remote(text="second")).text == "second"


def test_a_post_is_known_by_its_first_comment(hear):
    assert hear(remote()).post == Post.objects.get(external_id="v1")
    assert hear(remote(post_id="")).post is not None


def test_the_facts_go_with_the_rows(in_lumen):
    account = make_account()
    with transaction.atomic():
        ingest_comments(account=account, items=[remote()], observed_at=timezone.now())
        assert Job.objects.filter(name="harassment.score_comments").exists()
        transaction.set_rollback(True)
    assert not Comment.objects.exists()
    assert not Job.objects.exists()
