"""One comment, one row: what a file or a person brought and the platform tells, in both orders."""

import csv
import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.utils import timezone

from accounts import tenancy
from accounts.models import Membership, Role
from harassment.services.evidence import Capture as Seal
from harassment.services.evidence import seal
from integrations.imports.capture import read_batch
from integrations.models import (
    Capture,
    CaptureToken,
    Comment,
    CommentOrigin,
    CommentRevision,
    SocialAccount,
)
from integrations.platforms.base import RemoteComment, Visibility
from integrations.services import captures, imports
from integrations.services.erasure import erase_account
from integrations.services.ingest import ingest_comments
from tests.factories import make_account, make_post
from tests.integrations.official_exports import OWN_ID, pack, takeout, tiktok

WRITTEN = datetime(2026, 11, 1, 10, tzinfo=UTC)
WORDS = "nobody wants you here"
HEADER = ["platform", "post_url", "comment_id", "parent_id", "author_handle", "author_name",
          "text", "created_at"]  # fmt: skip

# How each platform writes the id, address and post of one comment.
PLACES: dict[str, dict[str, str]] = {
    "youtube": {
        "id": "UgwNox1aBcDeFgHiJkL4AaABAg",
        "post": "dQw4w9WgXcQ",
        "url": "https://www.youtube.com/watch?v=dQw4w9WgXcQ",
        "page": "https://m.youtube.com/watch?v=dQw4w9WgXcQ&lc=UgwNox1aBcDeFgHiJkL4AaABAg",
        "named": "UgwNox1aBcDeFgHiJkL4AaABAg",
    },
    "tiktok": {
        "id": "7301234567890123999",
        "post": "7301234567890123456",
        "url": "https://www.tiktok.com/@nox/video/7301234567890123456?utm_source=api",
        "page": "https://www.tiktok.com/@nox/video/7301234567890123456",
        "named": "7301234567890123999",
    },
    "instagram": {
        "id": "17912345678901234",
        "post": "17987654321098765",
        "url": "https://www.instagram.com/reel/DPn4x_aBcde/",
        "page": "https://www.instagram.com/nox/p/DPn4x_aBcde/",
        "named": "17912345678901234",
    },
    "reddit": {
        "id": "t1_kq3zzz9",
        "post": "t3_1abcd2",
        "url": "https://www.reddit.com/r/nox/comments/1abcd2/a_title/",
        "page": "https://old.reddit.com/r/nox/comments/1abcd2/a_title/",
        "named": "kq3zzz9",
    },
    "facebook": {
        "id": "122100000000000001_998877665544",
        "post": "100200300_122100000000000001",
        "url": "https://www.facebook.com/nox/posts/122100000000000001",
        "page": "https://www.facebook.com/nox/posts/122100000000000001",
        "named": "998877665544",
    },
}


def remote(kind: str = "youtube", **fields: Any) -> RemoteComment:
    """The comment as the platform's interface tells it."""
    place = PLACES[kind]
    return RemoteComment(
        **{
            "id": place["id"],
            "post_id": place["post"],
            "parent_id": None,
            "author_id": "UCtroll00000000000000000",
            "author_handle": "@Troll77",
            "author_name": "Troll",
            "author_avatar": "",
            "text": WORDS,
            "created_at": WRITTEN,
            "edited_at": None,
            "like_count": 3,
            "reply_count": 0,
            "visibility": Visibility.PUBLIC,
            "is_own": False,
            "permalink": place["url"],
            "raw": {"id": place["id"]},
            **fields,
        }
    )


@pytest.fixture
def nox(in_lumen: object) -> Callable[..., SocialAccount]:
    """`nox(kind)`: the connected account there, with the one post that all is about."""

    def make(kind: str = "youtube", **fields: Any) -> SocialAccount:
        account = make_account(platform=kind, **fields)
        make_post(account, external_id=PLACES[kind]["post"], url=PLACES[kind]["url"])
        return account

    return make


def tell(account: SocialAccount, *items: RemoteComment) -> None:
    """The platform tells of comments now."""
    ingest_comments(account=account, items=items, observed_at=timezone.now())


@pytest.fixture
def bring_csv(in_lumen: object, tmp_path: Path) -> Callable[..., None]:
    """`bring_csv(kind, column=value)`: a file with one row, read now."""

    def bring(kind: str = "youtube", *others: dict[str, str], **cells: str) -> None:
        row = {
            "platform": kind,
            "post_url": PLACES[kind]["page"],
            "author_handle": "troll77",
            "text": WORDS,
            "created_at": WRITTEN.isoformat(),
            **cells,
        }
        path = tmp_path / "comments.csv"
        with path.open("w", newline="", encoding="utf-8") as file:
            writer = csv.DictWriter(file, HEADER)
            writer.writeheader()
            writer.writerows([row, *({**row, **other} for other in others)])
        imports.import_file(path=path, platform=kind, report=lambda _run: None)

    return bring


@pytest.fixture
def capture(bob: Any, lumen: Any, in_lumen: object) -> Callable[..., captures.Received]:
    """`capture(kind, field=value)`: Bob's browser sends what stands on his screen."""
    member = Membership.objects.get(user=bob, workspace=lumen)
    token = captures.create_token(name="laptop", member=member, actor=bob)[0]

    def send(kind: str = "youtube", **fields: Any) -> captures.Received:
        item = {"author_handle": "@troll77", "text": WORDS, "displayed_time": "2 h", **fields}
        told = {
            "schema": 1,
            "platform": kind,
            "page_url": PLACES[kind]["page"],
            "captured_at": timezone.now().isoformat(),
            "items": [item],
        }
        batch = read_batch(json.dumps(told).encode(), now=timezone.now())
        return captures.receive_captures(token=token, batch=batch, member=member)

    return send


def the_one(account: SocialAccount) -> Comment:
    """The only comment there is: the account's own, as the platform told it."""
    comment = Comment.objects.get()
    assert (comment.account_id, comment.source) == (account.pk, Comment.Source.API)
    return comment


# --- both orders, by every way -------------------------------------------------------------------


@pytest.mark.parametrize("kind", PLACES)
@pytest.mark.parametrize("how", ["named", "unnamed"])
def test_a_row_of_a_file_becomes_the_platforms(nox, bring_csv, kind, how):
    bring_csv(kind, comment_id=PLACES[kind]["named"] if how == "named" else "")
    before = Comment.objects.get()
    account = nox(kind)
    tell(account, remote(kind))
    comment = the_one(account)
    assert (comment.pk, comment.code) == (before.pk, before.code)
    assert comment.external_id == PLACES[kind]["id"]
    assert comment.post is not None
    assert (comment.post.account_id, comment.like_count) == (account.pk, 3)
    assert comment.first_seen_at == before.first_seen_at
    origin = CommentOrigin.objects.get(comment=comment)
    assert (origin.source, origin.external_id) == (Comment.Source.IMPORT, before.external_id)
    assert origin.raw == before.raw
    tell(account, remote(kind))
    bring_csv(kind, comment_id=PLACES[kind]["named"] if how == "named" else "")
    the_one(account)
    assert CommentOrigin.objects.count() == 1


@pytest.mark.parametrize("kind", [kind for kind in PLACES if kind != "facebook"])
def test_a_row_of_a_file_is_known_when_the_platform_told_first(nox, bring_csv, kind):
    account = nox(kind)
    tell(account, remote(kind))
    bring_csv(kind, comment_id=PLACES[kind]["named"])
    bring_csv(kind)
    the_one(account)
    assert not CommentOrigin.objects.exists()


@pytest.mark.parametrize("kind", PLACES)
@pytest.mark.parametrize("how", ["named", "timed", "undated"])
def test_a_capture_becomes_the_platforms(nox, capture, kind, how):
    told = {"named": {"remote_id": PLACES[kind]["named"]}, "timed": {"time": WRITTEN.isoformat()}}
    capture(kind, **told.get(how, {}))
    before = Comment.objects.get()
    assert before.source == Comment.Source.CAPTURE
    account = nox(kind)
    tell(account, remote(kind))
    comment = the_one(account)
    assert (comment.pk, comment.published_at) == (before.pk, WRITTEN)
    assert Capture.objects.get().comment_id == comment.pk
    origin = CommentOrigin.objects.get()
    assert origin.raw["captured_by_hand"]["by"] == "Bob"
    assert origin.post_url == PLACES[kind]["page"]


@pytest.mark.parametrize("kind", [kind for kind in PLACES if kind != "facebook"])
@pytest.mark.parametrize("how", ["named", "timed", "undated"])
def test_a_capture_is_known_when_the_platform_told_first(nox, capture, kind, how):
    account = nox(kind)
    tell(account, remote(kind))
    told = {"named": {"remote_id": PLACES[kind]["named"]}, "timed": {"time": WRITTEN.isoformat()}}
    received = capture(kind, **told.get(how, {}))
    assert (received.new, received.known) == (0, 1)
    the_one(account)


@pytest.mark.parametrize("order", ["file first", "platform first"])
@pytest.mark.parametrize("kind", ["youtube", "tiktok"])
def test_own_comments_of_an_official_export(nox, bob, lumen, client_for, run_jobs, kind, order):
    """A Takeout names its comments; TikTok's export only says when each was written."""
    account = nox(kind)
    texts = ["Thanks, all!"] if kind == "youtube" else ["Thank you!", "See you é🙂"]
    items = [
        remote(
            kind,
            id=OWN_ID if kind == "youtube" else f"730000000000000000{number}",
            text=text,
            is_own=True,
            author_id=account.external_id,
            author_handle=account.handle,
            created_at=WRITTEN + timedelta(hours=number),
        )
        for number, text in enumerate(texts)
    ]
    data = pack(takeout()) if kind == "youtube" else json.dumps(tiktok()).encode()

    def bring() -> None:
        client = client_for(bob, lumen)
        file = SimpleUploadedFile("export.zip", data)
        with tenancy.public():
            where = client.post(
                "/integrations/imports/new/", {"file": file, "platform": "youtube"}
            )["Location"]
        run_jobs()
        with tenancy.public():
            client.post(f"{where}choose/", {"part": ["comments"]})
        run_jobs()

    steps = [bring, lambda: tell(account, *items)]
    for step in steps if order == "file first" else reversed(steps):
        step()
    told = set(Comment.objects.values_list("account_id", "source", "text", "is_own"))
    assert told == {(account.pk, Comment.Source.API, text, True) for text in texts}
    assert Comment.objects.count() == len(texts)


# --- never two people's --------------------------------------------------------------------------


@pytest.mark.parametrize(
    "other",
    [
        {"author_handle": "@troll78", "author_id": "UCother", "author_name": "Other"},
        {"author_handle": "", "author_id": "UCother", "author_name": "Somebody"},
        {"text": f"{WORDS}!"},
        {"created_at": WRITTEN + timedelta(seconds=1)},
        {"post_id": "zzzzzzzzzzz", "permalink": "https://www.youtube.com/watch?v=zzzzzzzzzzz"},
        {"is_own": True, "author_handle": "@nox", "author_id": "UCnox"},
    ],
)
def test_what_differs_stays_apart(nox, bring_csv, other):
    bring_csv()
    tell(nox(), remote(**other))
    assert Comment.objects.count() == 2
    assert not CommentOrigin.objects.exists()


def test_a_list_that_numbers_its_lines_takes_nobodys_place(nox, bring_csv):
    bring_csv(comment_id=PLACES["youtube"]["id"], author_handle="@else", text="Other words")
    tell(nox(), remote())
    assert Comment.objects.count() == 2


def test_a_real_id_that_differs_is_another_comment(nox, bring_csv):
    bring_csv(comment_id="UgwSomethingElse4AaABAg")
    tell(nox(), remote())
    assert Comment.objects.count() == 2


def test_what_fits_twice_fits_nowhere(nox, bring_csv):
    bring_csv("youtube", {"post_url": PLACES["youtube"]["url"]})
    assert Comment.objects.count() == 2
    tell(nox(), remote())
    assert Comment.objects.count() == 3
    assert not CommentOrigin.objects.exists()


def test_one_that_fits_two_new_ones_stays(nox, bring_csv):
    bring_csv()
    tell(nox(), remote(), remote(id="UgwTwin0000000000004AaABAg"))
    assert Comment.objects.count() == 3


def test_a_capture_of_a_name_alone_is_not_enough(nox, capture):
    capture(author_handle="", author_name="Troll")
    tell(nox(), remote(author_handle="@somebody"))
    assert Comment.objects.count() == 2


def test_an_undated_capture_of_words_said_twice_is_kept(nox, capture):
    tell(nox(), remote(), remote(id="Ugw2", created_at=WRITTEN + timedelta(hours=1)))
    assert capture().new == 1


def test_an_undated_capture_is_not_of_what_was_written_later(nox, capture):
    capture()
    tell(nox(), remote(created_at=timezone.now() + timedelta(hours=1)))
    assert Comment.objects.count() == 2


def test_other_platforms_and_other_creators_keep_theirs(nox, capture, bob, vera, lumen):
    Membership.objects.filter(user=bob).update(role=Role.CREATOR)
    member = Membership.objects.get(user=bob, workspace=lumen)
    token = CaptureToken.objects.get()
    told = {
        "schema": 1, "platform": "youtube", "page_url": PLACES["youtube"]["page"],
        "captured_at": timezone.now().isoformat(),
        "items": [{"author_handle": "@troll77", "text": WORDS}],
    }  # fmt: skip
    batch = read_batch(json.dumps(told).encode(), now=timezone.now())
    captures.receive_captures(token=token, batch=batch, member=member)
    tell(nox(owner_id=vera.pk), remote())
    tell(nox("tiktok", owner_id=bob.pk), remote("tiktok"))
    assert Comment.objects.count() == 3
    mine = nox(owner_id=bob.pk)
    tell(mine, remote())
    assert CommentOrigin.objects.get().comment.account_id == mine.pk


def test_private_messages_are_no_comments(nox, bring_csv):
    bring_csv()
    Comment.objects.update(visibility=Comment.Visibility.PRIVATE)
    tell(nox(), remote())
    assert Comment.objects.count() == 2


# --- what stays ----------------------------------------------------------------------------------


def test_evidence_and_history_stay(nox, capture):
    capture(remote_id=PLACES["youtube"]["id"], text="what it said first")
    comment = Comment.objects.select_related("account", "post").get()
    (sealed,) = seal(captures=[Seal(comment, None, "incident")])
    before = (sealed.hash, sealed.content.read())
    account = nox()
    tell(account, remote())
    comment = the_one(account)
    assert comment.text == WORDS
    assert CommentRevision.objects.get().text == "what it said first"
    sealed.refresh_from_db()
    assert (sealed.hash, sealed.content.read()) == before
    assert sealed.comment_id == comment.pk
    assert sealed.payload["method"] == "capture by hand"


def test_the_page_says_both(nox, capture, bob, lumen, client_for):
    capture()
    tell(nox(), remote())
    code = Comment.objects.get().code
    with tenancy.public():
        page = client_for(bob, lumen).get(f"/harassment/comments/{code}/").content.decode()
    assert "by Bob. The platform told of it later." in page
    assert "has not confirmed it" not in page
    assert "Aura cannot see it there" not in page


def test_who_is_forgotten_is_forgotten_there_too(nox, bring_csv):
    bring_csv()
    account = nox()
    tell(account, remote())
    erase_account(account=account)
    assert not CommentOrigin.objects.exists()
    assert not Comment.objects.exists()


def test_a_whole_reading_after_an_import_doubles_nothing(
    sandbox, consent, alice, lumen, in_lumen, run_jobs, tmp_path
):
    """The first half of what Mila's channel holds is brought as a file; then all is read."""
    told = sandbox.found(limit=5000)
    path = tmp_path / "half.csv"
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.DictWriter(file, ["comment_id", "author_handle", "text", "created_at"])
        writer.writeheader()
        for one in told[: len(told) // 2]:
            writer.writerow(
                {
                    "comment_id": one["id"],
                    "author_handle": "@who.ever",
                    "text": one["text"],
                    "created_at": one["published_at"],
                }
            )
    imports.import_file(path=path, platform="youtube", report=lambda _run: None)
    codes = set(Comment.objects.values_list("code", flat=True))
    assert codes
    assert consent(alice, lumen) is not None
    run_jobs()
    account = SocialAccount.objects.get(is_import=False)
    stored = dict(Comment.objects.values_list("external_id", "text"))
    mila = {one["id"]: one["text"] for one in sandbox.found(channel="mila", limit=5000)}
    assert {key: stored[key] for key in mila} == mila
    assert Comment.objects.count() == len(stored)
    kept = Comment.objects.filter(account=account, code__in=codes)
    assert kept.count() == len(mila.keys() & {one["id"] for one in told[: len(told) // 2]})
    assert not Comment.objects.filter(visibility="deleted").exists()
