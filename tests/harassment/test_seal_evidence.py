"""Evidence only grows, and a changed byte in it is noticed."""

import base64
import json
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.db import DatabaseError, connection, transaction
from django.test import override_settings
from django.utils import timezone

from harassment.chain import GENESIS, Link, canonical, check, link_hash, utc
from harassment.models import Case, Evidence, EvidenceContent, EvidenceSeal
from harassment.queries.evidence import evidence_chain
from harassment.services.evidence import Capture, erase, seal
from harassment.services.sealing import seal_day, stamp_seal
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
    link = Evidence.objects.get()
    fields = link.content.read()
    assert fields["comment.text"] == THREAT
    assert fields["comment.text_sha256"] == comment.text_hash
    assert fields["comment.published_at"].endswith("+00:00")
    assert fields["author.external_id"] == comment.author_external_id
    assert fields["thread"]["text"] == "Where is this?"
    assert fields["post"]["title"] == "Kiln shelf"
    assert fields["platform_payload"] == {"id": "x", "n": 1.5}
    assert link.payload["method"] == "platform interface"
    assert fields["score"]["severity"] == 4
    assert THREAT not in canonical([link.payload, link.commitments]).decode()


def test_it_says_what_it_could_not_see(arrive):
    arrive(THREAT, parent_external_id="Unever", post=None, source="import")
    link = Evidence.objects.get()
    fields = link.content.read()
    assert fields["thread"] == {"external_id": "Unever", "is_missing": True}
    assert fields["post"] is None
    assert {"thread_not_seen", "no_post", "not_from_the_platform"} <= {*fields["gaps"]}
    assert link.payload["method"] == "import"


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
        ("payload", lambda old: old | {"captured_at": "2020-01-01T00:00:00+00:00"}),
        ("commitments", lambda old: old | {"comment.text": "0" * 64}),
        ("commitments", lambda old: {n: d for n, d in old.items() if n != "gaps"}),
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
        stated = {"sequence": row.sequence}
        return Link(row.sequence, row.previous_hash, row.hash, row.payload, stated, row.fields())

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


@pytest.mark.parametrize("table", ["erasure", "seal", "stamp", "content"])
def test_nor_what_hangs_on_it(case, table):
    with override_settings(EVIDENCE_KEY=base64.b64encode(b"k" * 32).decode()):
        seal_day(day=timezone.now().date())
        stamp_seal(seal_id=EvidenceSeal.objects.get().pk)
    erase(evidence=case.evidence.get(sequence=1), names=["author.name"], reason="asked")
    for statement in ("UPDATE {} SET id = id", "DELETE FROM {}", "TRUNCATE {} CASCADE"):
        sql = statement.format(f"harassment_evidence{table}")
        with pytest.raises(DatabaseError), transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(sql)


def test_a_changed_word_is_found_where_it_lies(case):
    row = case.evidence.select_related("content").get(sequence=2)
    for name in row.content.fields:
        fields = row.fields()
        fields[name]["value"] = {"another": "value"}
        found = check([Link(1, row.previous_hash, row.hash, row.payload, {}, fields)])
        assert not found.is_intact


def test_an_erased_item_leaves_a_valid_chain(case):
    one, two = case.evidence.filter(sequence__in=[1, 2])
    assert erase(evidence=one, names=["author.name", "author.handle"], reason="asked") == [
        "author.handle",
        "author.name",
    ]
    assert "comment.text" in erase(evidence=one, reason="asked again")
    assert erase(evidence=one, reason="a third time") == []
    assert erase(evidence=two, names=["comment.text"], reason="asked")
    assert evidence_chain(case).check.is_intact
    assert not EvidenceContent.objects.filter(evidence=one).exists()
    assert "comment.text" not in EvidenceContent.objects.get(evidence=two).read()
    with pytest.raises(ValueError, match="No such field"):
        erase(evidence=two, names=["nonsense"], reason="asked")


def test_links_of_the_first_format_still_hold(case, account):
    comment = make_comment(account)
    payload = {"format": "aura-evidence/1", "case": None, "sequence": 1, "reason": "action",
               "captured_at": utc(now := timezone.now()), "comment": {"text": "old"}}  # fmt: skip
    old = Evidence.objects.create(
        case=None, comment=comment, sequence=1, reason="action", payload=payload,
        previous_hash=GENESIS, hash=link_hash(GENESIS, payload), captured_at=now,
    )  # fmt: skip
    (new,) = seal(captures=[Capture(comment, None, Evidence.Reason.ACTION)])
    assert new.previous_hash == old.hash
    links = [
        Link(r.sequence, r.previous_hash, r.hash, r.payload, {}, r.fields())
        for r in Evidence.objects.filter(case=None).select_related("content")
    ]
    assert check(links).is_intact
    with pytest.raises(ValueError, match="inside the link"):
        erase(evidence=old, reason="asked")


def test_the_chain_is_shown_checked(case, client_for, vera, lumen):
    page = client_for(vera, lumen).get(f"/harassment/cases/{case.code}/evidence/")
    assert "4 of 4 links intact" in page.content.decode()


def test_a_broken_chain_is_not_hidden(case, tamper, client_for, vera, lumen):
    tamper(2, hash=lambda old: old[::-1])
    page = client_for(vera, lumen).get(f"/harassment/cases/{case.code}/evidence/")
    assert "Only 2 of 4 links intact" in page.content.decode()
    assert "zorglub" not in page.content.decode()
