"""Cases that are one, or several: merged, taken apart, split, linked; the chains stay whole."""

import base64
import re
from datetime import timedelta
from zipfile import ZipFile

import pytest
from django.utils import timezone

from accounts.models import AuditEntry, Role
from harassment.exports.making import make
from harassment.models import (
    Case,
    CaseEvent,
    CaseLink,
    Evidence,
    ExportedEvidence,
    Incident,
)
from harassment.queries.evidence import evidence_chain
from harassment.services import cases, exports, merging
from harassment.services.casebook import CaseError
from harassment.services.evidence import erase
from harassment.services.scoring import score_comments
from integrations.models import Comment
from tests.factories import make_account, make_comment
from tests.harassment.conftest import HATE, INSULT, THREAT

HTMX = {"HX-Request": "true"}
PAST = timedelta(days=7)  # today it would be a wave, and one case


@pytest.fixture
def two(account, classifier) -> list[Case]:
    """A case of two comments by one author, and one of a comment by another."""
    past = timezone.now() - PAST
    texts = [(INSULT, "UCx"), (HATE, "UCx"), (THREAT, "UCy")]
    ids = [
        make_comment(
            account,
            text,
            author_external_id=author,
            author_handle=f"@{author}",
            published_at=past + timedelta(hours=number),
        ).pk
        for number, (text, author) in enumerate(texts)
    ]
    score_comments(comment_ids=ids)
    return [Case.objects.get(author_external_id=author) for author in ("UCx", "UCy")]


def merge(source: Case, target: Case, actor) -> None:
    merging.merge_case(source=source, target=target, reason="The same person", actor=actor)
    source.refresh_from_db()
    target.refresh_from_db()


def chains() -> dict[str, list[tuple[int, str]]]:
    """Every link of every case, and that all of them hold."""
    found = {}
    for case in Case.objects.all():
        assert evidence_chain(case).check.is_intact
        rows = Evidence.objects.filter(case=case).order_by("sequence")
        found[case.label] = list(rows.values_list("sequence", "hash"))
    return found


def test_what_is_merged_is_sealed_again_and_no_chain_is_rewritten(two, bob):
    source, target = two
    before = chains()
    merge(source, target, bob)
    after = chains()
    assert after[source.label] == before[source.label]
    assert after[target.label][:1] == before[target.label]
    assert len(after[target.label]) == 3
    reasons = Evidence.objects.filter(case=target).values_list("reason", flat=True)
    assert list(reasons.order_by("sequence")) == ["incident", "moved", "moved"]
    assert target.incidents.count() == 3
    assert (source.status, source.merged_into, source.incidents.count()) == ("merged", target, 0)
    assert (target.status, target.severity) == ("investigating", 4)
    assert AuditEntry.objects.get(action="harassment.case.merged").actor_label == "Bob"


def test_a_split_undoes_a_merge_exactly(two, bob):
    source, target = two
    mine = set(source.incidents.values_list("pk", flat=True))
    merge(source, target, bob)
    links = chains()
    merging.unmerge_case(case=source, actor=bob)
    source.refresh_from_db()
    assert set(source.incidents.values_list("pk", flat=True)) == mine
    assert (source.status, source.merged_into_id, source.closed_at) == ("new", None, None)
    assert target.incidents.count() == 1
    # Both chains hold, and nothing had changed that would have to be sealed once more.
    assert chains() == links
    with pytest.raises(CaseError, match="not part of another"):
        merging.unmerge_case(case=source, actor=bob)


def test_a_closed_case_comes_out_as_closed_as_it_went_in(two, bob):
    source, target = two
    cases.dismiss_case(case=source, reason="A joke", actor=bob)
    merge(source, target, bob)
    merging.unmerge_case(case=source, actor=bob)
    source.refresh_from_db()
    assert (source.status, source.dismissal_reason) == ("dismissed", "A joke")
    assert source.closed_at is not None


def test_what_the_author_writes_next_joins_the_merged_case(two, bob, arrive):
    source, target = two
    merge(source, target, bob)
    new = arrive(INSULT, author_external_id="UCx", author_handle="@UCx")
    assert Incident.objects.get(comment=new).case == target
    target.refresh_from_db()
    assert target.author_handle == "@UCy"  # it is not the other one's case
    merging.unmerge_case(case=source, actor=bob)
    later = arrive(INSULT, author_external_id="UCx")
    assert Incident.objects.get(comment=later).case == source
    assert Incident.objects.get(comment=new).case == target
    chains()


def test_after_the_merged_case_is_closed_a_new_one_opens(two, bob, arrive):
    source, target = two
    merge(source, target, bob)
    cases.resolve_case(case=target, actor=bob)
    new = arrive(INSULT, author_external_id="UCx")
    opened = Incident.objects.get(comment=new).case
    assert opened not in {source, target}
    with pytest.raises(CaseError, match=opened.label):
        merging.unmerge_case(case=source, actor=bob)
    with pytest.raises(CaseError, match="part of another"):
        cases.reopen_case(case=source, actor=bob)


def test_merges_nest_and_come_apart_in_order(two, bob, account, classifier):
    first, second = two
    other = make_comment(
        account, INSULT, author_external_id="UCz", published_at=timezone.now() - PAST
    )
    score_comments(comment_ids=[other.pk])
    third = Case.objects.get(author_external_id="UCz")
    merge(first, second, bob)
    merge(second, third, bob)
    first.refresh_from_db()
    assert (first.merged_into, third.incidents.count()) == (third, 4)
    with pytest.raises(CaseError, match=second.label):
        merging.unmerge_case(case=first, actor=bob)
    merging.unmerge_case(case=second, actor=bob)
    first.refresh_from_db()
    assert (first.merged_into, second.incidents.count(), third.incidents.count()) == (second, 3, 1)
    merging.unmerge_case(case=first, actor=bob)
    assert [case.incidents.count() for case in (first, second, third)] == [2, 1, 1]
    chains()


def test_some_cases_are_not_merged(two, bob, account):
    source, target = two
    elsewhere = cases.open_case(
        account=make_account(), subject="Letters", severity=2, note="", actor=bob
    )
    wave = Case.objects.create(
        number=99, account=account, author_external_id="wave:x", severity=3,
        last_incident_at=timezone.now(),
    )  # fmt: skip
    for one, other, word in [
        (source, source, "itself"),
        (source, elsewhere, "same account"),
        (wave, target, "wave"),
    ]:
        with pytest.raises(CaseError, match=word):
            merging.merge_case(source=one, target=other, reason="x", actor=bob)
    cases.resolve_case(case=target, actor=bob)
    with pytest.raises(CaseError, match="closed already"):
        merging.merge_case(source=source, target=target, reason="x", actor=bob)


def test_an_edit_in_between_is_sealed_where_it_goes(two, bob):
    source, target = two
    merge(source, target, bob)
    comment = Comment.objects.get(text=HATE)
    Comment.objects.filter(pk=comment.pk).update(text="zorglubhate more", text_hash="f" * 64)
    score_comments(comment_ids=[comment.pk])
    assert Evidence.objects.filter(case=target, reason="edit").count() == 1
    merging.unmerge_case(case=source, actor=bob)
    moved = Evidence.objects.filter(case=source, reason="moved")
    assert [link.comment_id for link in moved] == [comment.pk]
    chains()


def test_a_deleted_comment_moves_with_its_proof(two, bob):
    source, target = two
    Comment.objects.filter(text=HATE).update(visibility="deleted")
    merge(source, target, bob)
    link = Evidence.objects.filter(case=target, comment__text=HATE).get()
    assert link.content.read()["comment.visibility"] == "deleted"
    assert Comment.objects.get(text=HATE) not in cases.hideable(target)
    chains()


def test_what_was_erased_is_not_sealed_again(two, bob):
    source, target = two
    erased = Evidence.objects.get(comment__text=HATE)
    erase(evidence=erased, reason="asked for")
    merge(source, target, bob)
    assert not Evidence.objects.filter(case=target, comment__text=HATE).exists()
    assert target.incidents.filter(comment__text=HATE).exists()
    chains()


def test_an_export_that_runs_while_its_case_is_merged_holds_what_was_asked_for(
    two, bob, settings, alice
):
    settings.EVIDENCE_KEY = base64.b64encode(b"k" * 32).decode()
    source, target = two
    run = exports.request_export(case=source, recipient="Maître X", language="en", actor=alice)
    merge(source, target, bob)
    cases.add_note(case=source, text="merged", actor=bob)
    with make(run, lambda _done: True) as made, ZipFile(made.file) as packed:
        text = packed.read("evidence.json").decode()
        lines = packed.read("chain.txt").decode().splitlines()
    assert len(lines) == run.item_count == 2
    assert target.label in text
    assert ExportedEvidence.objects.get().case == source


def test_a_case_is_split_and_merged_back(client_for, bob, lumen, two):
    case = two[0]
    client = client_for(bob, lumen)
    url = f"/harassment/cases/{case.code}/"
    page = client.get(url + "split/").content.decode()
    assert page.count('name="comment"') == 2
    assert HATE not in page
    chosen = Comment.objects.get(text=HATE)
    assert client.post(url + "split/", {"reason": "Two stories"}).status_code == 422
    everything = list(case.incidents.values_list("comment__code", flat=True))
    refused = client.post(url + "split/", {"comment": everything, "reason": "Two stories"})
    assert "Leave at least one" in refused.content.decode()
    answer = client.post(url + "split/", {"comment": str(chosen.code), "reason": "Two stories"})
    part = Case.objects.get(split_from=case)
    assert answer["Location"].endswith(f"/cases/{part.code}/")
    assert (part.author_external_id, part.takes_new, part.severity) == ("UCx", False, 3)
    assert Incident.objects.get(comment=chosen).case == part
    events = CaseEvent.objects.filter(kind="split").values_list("case__number", "note")
    assert set(events) == {(case.number, "Two stories"), (part.number, "Two stories")}
    words = client.get(f"/harassment/cases/{part.code}/timeline/").content.decode()
    assert f"1 comment split off {case.label}" in words
    merge(part, case, bob)
    assert case.incidents.count() == 2
    chains()


def test_what_is_split_off_a_wave_becomes_the_case_of_its_author(bob, two, arrive):
    case, other = two
    merge(other, case, bob)
    threat = Comment.objects.get(text=THREAT)
    part = merging.split_case(case=case, comments=[threat.code], reason="x", actor=bob)
    assert (part.author_external_id, part.takes_new) == ("UCy", True)
    new = arrive(INSULT, author_external_id="UCy")
    assert Incident.objects.get(comment=new).case == part


def test_its_timeline_tells_of_both(client_for, bob, lumen, two):
    source, target = two
    cases.add_note(case=source, text="Before all this", actor=bob)
    merge(source, target, bob)
    client = client_for(bob, lumen)
    words = client.get(f"/harassment/cases/{target.code}/timeline/", headers=HTMX).content.decode()
    for line in (
        f"2 comments joined from {source.label}",
        "The same person",
        "Before all this",
        f"in {source.label}",
        "Sealed as #2 to #3",
    ):
        assert line in words


def test_the_pages_lead_from_one_to_the_other(client_for, bob, lumen, two):
    source, target = two
    client = client_for(bob, lumen)
    url = f"/harassment/cases/{source.code}/"
    form = client.get(url + "merge/", headers=HTMX).content.decode()
    assert target.label in form
    sent = {"target": str(target.code), "reason": "One person"}
    page = client.post(url + "merge/", sent, follow=True).content.decode()
    assert "Take it out again" in page
    assert f"Part of {target.label}" in page
    part = client.get(f"/harassment/cases/{target.code}/related/", headers=HTMX).content.decode()
    assert "was merged into this one" in part
    assert f"/cases/{source.code}/unmerge/" in part
    client.post(url + "unmerge/")
    assert Case.objects.get(pk=source.pk).status == "new"


def test_cases_are_linked_by_number(client_for, bob, lumen, two):
    case, other = two
    client = client_for(bob, lumen)
    url = f"/harassment/cases/{case.code}/"
    for number in ("AUR-9999", "x", "", str(10**12)):
        assert client.post(url + "link/", {"number": number}).status_code == 422
    own = client.post(url + "link/", {"number": case.label}, follow=True).content.decode()
    assert "cannot be linked to itself" in own
    for _ in range(2):
        client.post(url + "link/", {"number": other.label.lower(), "note": "Same words"})
    link = CaseLink.objects.get()
    assert {link.first, link.second} == {case, other}
    seen = client.get(f"/harassment/cases/{other.code}/related/", headers=HTMX).content.decode()
    assert re.search(rf"{case.label}.*linked · Same words", seen, re.DOTALL)
    client.post(url + "unlink/", {"number": str(other.number)})
    assert not CaseLink.objects.exists()
    assert CaseEvent.objects.filter(kind="linked").count() == 4


def test_a_creator_sees_no_link_to_somebody_elses_case(client_for, bob, vera, lumen, two, account):
    case = two[0]
    hidden = cases.open_case(
        account=make_account(), subject="Letters", severity=2, note="", actor=bob
    )
    merging.link_cases(case=case, other=hidden, note="", actor=bob)
    account.owner_id = vera.pk
    account.save(update_fields=["owner_id"])
    vera.memberships.update(role=Role.CREATOR)
    client = client_for(vera, lumen)
    part = client.get(f"/harassment/cases/{case.code}/related/").content.decode()
    assert hidden.label not in part
    sent = {"number": hidden.label}
    assert client.post(f"/harassment/cases/{case.code}/link/", sent).status_code == 422
