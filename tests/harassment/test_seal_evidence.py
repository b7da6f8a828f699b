"""Evidence only grows, and a changed byte in it is noticed."""

import json
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.db import DatabaseError, connection, transaction

from harassment.chain import GENESIS, Link, canonical, check, link_hash
from harassment.models import Case, Evidence
from harassment.queries.evidence import evidence_chain
from harassment.services.evidence import Capture, seal
from tests.factories import make_comment, make_post
from tests.harassment.conftest import INSULT, THREAT


@pytest.fixture
def case(arrive) -> Case:
    """A case of four sealed comments."""
    for number in range(4):
        arrive(f"{INSULT} {number}", author_external_id="UCx")
    return Case.objects.get()


@pytest.fixture
def tamper(monkeypatch: pytest.MonkeyPatch) -> Callable[..., None]:
    """`tamper(2, hash="0")`: link 2 is read as if its row had been changed behind the trigger."""
    load = Evidence.from_db.__func__  # type: ignore[attr-defined]

    def build(sequence: int, **changes: Any) -> None:
        def read(cls, *args):
            row = load(cls, *args)
            if row.sequence == sequence:
                for name, change in changes.items():
                    setattr(row, name, change(getattr(row, name)))
            return row

        monkeypatch.setattr(Evidence, "from_db", classmethod(read))

    return build


def test_it_seals_what_was_said_where_when_and_how(arrive, account):
    post = make_post(account, title="Kiln shelf", url="https://youtube.example/v")
    parent = make_comment(account, "Where is this?", external_id="Uparent", post=post)
    comment = arrive(
        THREAT, post=post, parent_external_id=parent.external_id, raw={"id": "x", "n": 1.5}
    )
    payload = Evidence.objects.get().payload
    assert payload["comment"]["text"] == THREAT
    assert payload["comment"]["text_sha256"] == comment.text_hash
    assert payload["comment"]["published_at"].endswith("+00:00")
    assert payload["author"]["external_id"] == comment.author_external_id
    assert payload["answers"]["text"] == "Where is this?"
    assert payload["post"]["title"] == "Kiln shelf"
    assert payload["platform_payload"] == {"id": "x", "n": 1.5}
    assert payload["method"] == "platform interface"
    assert payload["score"]["severity"] == 4


def test_it_says_what_it_could_not_see(arrive):
    arrive(THREAT, parent_external_id="Unever", post=None, source="import")
    payload = Evidence.objects.get().payload
    assert payload["answers"] == {"external_id": "Unever", "is_missing": True}
    assert payload["post"] is None
    assert payload["method"] == "import"


def test_each_link_holds_the_one_before(case):
    links = list(case.evidence.order_by("sequence"))
    assert [link.sequence for link in links] == [1, 2, 3, 4]
    assert [link.previous_hash for link in links] == [GENESIS, *(link.hash for link in links[:-1])]
    chain = evidence_chain(case)
    assert (chain.check.total, chain.check.intact) == (4, 4)


def test_comments_without_a_case_have_a_chain_of_their_own(account, case):
    comments = [make_comment(account) for _ in range(2)]
    links = seal(captures=[Capture(c, None, Evidence.Reason.ACTION, "hide") for c in comments])
    assert [(link.case, link.sequence) for link in links] == [(None, 1), (None, 2)]
    assert links[1].previous_hash == links[0].hash


@pytest.mark.parametrize(
    ("name", "change"),
    [
        ("payload", lambda old: old | {"comment": old["comment"] | {"text": "kinder"}}),
        ("payload", lambda old: old | {"author": old["author"] | {"handle": "@other"}}),
        ("payload", lambda old: old | {"sequence": 3}),
        ("hash", lambda old: old[::-1]),
        ("previous_hash", lambda old: old[::-1]),
        ("captured_at", lambda old: old + timedelta(seconds=1)),
        ("reason", lambda old: "edit"),
    ],
)
def test_a_changed_link_is_named(case, tamper, name, change):
    tamper(2, **{name: change})
    found = evidence_chain(case).check
    assert not found.is_intact
    assert 2 in found.broken


def test_every_flipped_byte_of_a_payload_is_found(case):
    row = case.evidence.get(sequence=3)
    whole = canonical(row.payload)
    for position in range(0, len(whole), 7):
        flipped = bytearray(whole)
        flipped[position] ^= 1
        try:
            payload = json.loads(flipped)
        except ValueError:
            continue
        if canonical(payload) != whole:
            assert link_hash(row.previous_hash, payload) != row.hash


def test_a_missing_and_a_moved_link_are_found(case):
    def link(row: Evidence) -> Link:
        return Link(
            row.sequence, row.previous_hash, row.hash, row.payload, {"sequence": row.sequence}
        )

    one, two, three, four = (link(row) for row in case.evidence.order_by("sequence"))
    assert check([one, two, three, four]).is_intact
    assert check([one, three, four]).broken == (3,)
    assert set(check([one, three, two, four]).broken) >= {3, 2}
    assert check([]).total == 0


def test_the_application_cannot_change_or_remove_evidence(case):
    for statement in (
        "UPDATE harassment_evidence SET hash = ''",
        "DELETE FROM harassment_evidence",
        "TRUNCATE harassment_evidence",
    ):
        with pytest.raises(DatabaseError), transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(statement)
    assert evidence_chain(case).check.is_intact


def test_the_chain_is_shown_checked(case, client_for, vera, lumen):
    page = client_for(vera, lumen).get(f"/harassment/cases/{case.code}/evidence/")
    assert "4 of 4 links intact" in page.content.decode()


def test_a_broken_chain_is_not_hidden(case, tamper, client_for, vera, lumen):
    tamper(2, hash=lambda old: old[::-1])
    page = client_for(vera, lumen).get(f"/harassment/cases/{case.code}/evidence/")
    assert "Only 2 of 4 links intact" in page.content.decode()
    assert "zorglub" not in page.content.decode()
