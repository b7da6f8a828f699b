"""The roster signal: from k creators on one line, below it nothing, and never a list of people."""

import json
import re
from datetime import timedelta

import pytest
from django.core import serializers
from django.utils import timezone

from accounts import tenancy
from accounts.models import Job, Membership, Role
from harassment.models import Incident, RightsRequest, RosterKey, RosterMark
from harassment.queries.roster import digest_of, is_on_roster
from harassment.services.decisions import dismiss_comment, reopen_comment
from harassment.services.roster import mark_authors, promise_rotation, rotate_roster
from harassment.services.scoring import score_comments
from integrations.models import Comment
from tests.factories import make_account, make_comment
from tests.harassment.conftest import INSULT

LINE = "reached several creators of this workspace"
AUTHOR = {"author_external_id": "UCzorglubroamer", "author_handle": "@zorglubroamer"}


@pytest.fixture
def attack(in_lumen, classifier):
    """`attack(n)`: the roamer insults n more creators; their comments."""

    def build(number: int = 1, **fields) -> list[Comment]:
        made = [make_comment(make_account(**fields), INSULT, **AUTHOR) for _ in range(number)]
        score_comments(comment_ids=[comment.pk for comment in made])
        return made

    return build


def seen(comment: Comment) -> bool:
    return is_on_roster(Comment.objects.select_related("account").get(pk=comment.pk))


def plain(response) -> str:
    return " ".join(re.sub(r"<[^>]+>", " ", response.content.decode()).split())


def test_it_speaks_from_the_third_creator_on(attack, client_for, bob, lumen):
    browser = client_for(bob, lumen)
    first = attack(2)[0]
    at = f"/harassment/comments/{first.code}/context/"
    assert not seen(first)
    assert LINE not in plain(browser.get(at))
    attack()
    assert seen(first)
    words = plain(browser.get(at, headers={"HX-Request": "true"}))
    assert LINE in words
    attack(4)
    # Not how many, nor whose: the words are the same for three and for seven.
    assert plain(browser.get(at, headers={"HX-Request": "true"})) == words


def test_several_accounts_of_one_creator_are_one(attack, vera, bob):
    comments = attack(4, owner_id=vera.pk)
    assert not seen(comments[0])
    assert RosterMark.objects.count() == 1
    attack(1)
    assert not seen(comments[0])
    # One creator's mark goes only with the last of the comments behind it.
    for comment in comments[:3]:
        dismiss_comment(comment=comment, actor=bob)
    assert RosterMark.objects.count() == 2
    dismiss_comment(comment=comments[3], actor=bob)
    assert RosterMark.objects.count() == 1
    mark_authors(comments=[comment.pk for comment in comments])
    assert RosterMark.objects.count() == 1


def test_what_a_person_dismissed_counts_no_more(attack, bob):
    comments = attack(3)
    dismiss_comment(comment=comments[1], actor=bob)
    assert not seen(comments[0])
    reopen_comment(comment=comments[1], actor=bob)
    assert seen(comments[0])


def test_it_never_reaches_another_platform(attack):
    comments = attack(2)
    attack(2, platform="tiktok")
    assert not seen(comments[0])


def test_nobody_can_read_a_person_out_of_it(nova, lumen, attack, client_for, vera):
    comments = attack(3)
    rows = serializers.serialize("json", RosterMark.objects.all())
    for trace in ("zorglub", AUTHOR["author_external_id"], comments[0].external_id):
        assert trace not in rows
    key = RosterKey.objects.get()
    digest = digest_of(key, "youtube", AUTHOR["author_external_id"])
    assert {mark.digest for mark in RosterMark.objects.all()} == {digest}
    # Another workspace with the same attacker shares neither key nor digest.
    with tenancy.enter(nova):
        made = [make_comment(make_account(), INSULT, **AUTHOR) for _ in range(3)]
        score_comments(comment_ids=[comment.pk for comment in made])
        other = set(RosterMark.objects.values_list("digest", flat=True))
        assert len(other) == 1
        assert digest not in other
        assert RosterKey.objects.get().secret != key.secret
        # Two creators there and three here are never five.
        assert RosterMark.objects.count() == 3
    # A creator with one of the accounts learns that there are others, not who they are.
    Membership.objects.filter(user=vera).update(role=Role.CREATOR)
    own = comments[0].account
    own.owner_id = vera.pk
    own.save(update_fields=["owner_id"])
    browser = client_for(vera, lumen)
    at = f"/harassment/comments/{comments[0].code}/"
    page = browser.get(f"{at}context/").content.decode()
    assert LINE in page
    for comment in comments[1:]:
        assert str(comment.account.display_name) not in page
        assert browser.get(f"/harassment/comments/{comment.code}/context/").status_code == 404
    for path in ("/", "/harassment/inbox/?view=all", "/harassment/cases/", at, f"{at}context/"):
        body = browser.get(path).content.decode()
        assert digest not in body
        assert key.secret not in body


def test_a_new_key_leaves_nothing_of_the_old_one(attack):
    comments = attack(3)
    old_key = RosterKey.objects.get()
    old = set(RosterMark.objects.values_list("digest", flat=True))
    rotate_roster()
    assert seen(comments[0])
    assert not RosterKey.objects.filter(pk=old_key.pk).exists()
    assert not old & set(RosterMark.objects.values_list("digest", flat=True))
    assert RosterMark.objects.count() == 3
    rotate_roster()
    assert RosterMark.objects.count() == 3


def test_an_old_key_is_renewed_by_itself(attack, run_jobs):
    attack(3)
    assert promise_rotation() == 0
    RosterKey.objects.update(made_at=timezone.now() - timedelta(days=2))
    before = RosterKey.objects.get().pk
    assert promise_rotation() == 1
    assert promise_rotation() == 0
    assert json.dumps(Job.objects.get(name="harassment.rotate_roster").payload) == "{}"
    run_jobs()
    assert RosterKey.objects.get().pk != before


def test_what_is_older_than_a_year_is_forgotten(attack):
    comments = attack(3)
    Incident.objects.filter(comment=comments[1]).update(
        created_at=timezone.now() - timedelta(days=366)
    )
    rotate_roster()
    assert not seen(comments[0])


def test_who_objected_is_left_out_for_good(attack):
    comments = attack(3)
    RightsRequest.objects.create(
        number=1, kind="objection", platform="youtube", handle="@x", language="en",
        token_hash="x", proof_code="x", proof="comment", outcome="granted",
        author_external_id=AUTHOR["author_external_id"], due_at=timezone.now(),
    )  # fmt: skip
    rotate_roster()
    assert not seen(comments[0])
    attack(3)
    assert not RosterMark.objects.exists()
