"""What a shield hid on the platform comes back as it was, unless a person decided meanwhile."""

import pytest
from django.utils import timezone

from accounts import outbox
from accounts.models import AuditEntry, Job
from harassment.models import Evidence, Incident, Shield, ShieldHold
from harassment.services.decisions import dismiss_comment
from harassment.services.scoring import score_comments
from harassment.services.shields import (
    hide_held,
    raise_shield,
    release_hold,
    restore_held,
    stop_shields,
)
from integrations.models import Comment, ModerationAction
from integrations.services import moderation
from tests.factories import make_account, make_comment
from tests.harassment.conftest import INSULT

State = ModerationAction.State


@pytest.fixture
def shield(account, bob, classifier) -> Shield:
    """Up, and it may hide."""
    return raise_shield(accounts=[account], hours=4, actor=bob, origin="page", is_hiding=True)[0]


@pytest.fixture
def come(account, shield):
    """`come(text)`: a newcomer's comment, held and asked to be hidden."""

    def build(text: str = "hello", **fields) -> Comment:
        comment = make_comment(account, text, **fields)
        score_comments(comment_ids=[comment.pk])
        hide_held(shield_id=shield.pk)
        return comment

    return build


def answered(action: ModerationAction, state: str = State.CONFIRMED, seen: str = "held") -> None:
    """As the delivery of an action leaves it."""
    now = timezone.now()
    ModerationAction.objects.filter(pk=action.pk).update(
        state=state, sent_at=now, accepted_at=now, finished_at=now
    )
    if state == State.CONFIRMED:
        Comment.objects.filter(pk=action.comment_id).update(visibility=seen)


def verbs(comment: Comment) -> list[str]:
    return list(comment.actions.order_by("pk").values_list("verb", flat=True))


def test_it_hides_with_evidence_first_and_shows_again(come, shield, bob):
    calm, abuse = come("hello"), come(INSULT)
    for comment in (calm, abuse):
        action = comment.actions.get()
        sealed = Evidence.objects.filter(comment=comment, reason="action").get()
        assert sealed.captured_at <= action.requested_at
        assert action.visibility_before == "public"
        answered(action)
    stop_shields(shields=[shield], actor=bob)
    restore_held(shield_id=shield.pk)
    for comment in (calm, abuse):
        assert verbs(comment) == ["hide", "publish"]
        back = comment.actions.get(verb="publish")
        assert back.undoes == comment.actions.get(verb="hide")
        answered(back, seen="public")
    restore_held(shield_id=shield.pk)  # a second run, as after a kill
    assert verbs(calm) == verbs(abuse) == ["hide", "publish"]
    assert set(Comment.objects.values_list("visibility", flat=True)) == {"public"}


def test_it_goes_on_after_a_kill_half_way(come, shield, bob, monkeypatch):
    comments = [come(f"hello {n}") for n in range(3)]
    for comment in comments:
        answered(comment.actions.get())
    stop_shields(shields=[shield], actor=bob)
    whole, calls = moderation.undo_action, []

    def once(**given):
        calls.append(given)
        if len(calls) > 1:
            raise KeyboardInterrupt
        return whole(**given)

    monkeypatch.setattr(moderation, "undo_action", once)
    with pytest.raises(KeyboardInterrupt):
        restore_held(shield_id=shield.pk)
    monkeypatch.undo()
    assert [verbs(c) for c in comments].count(["hide", "publish"]) == 1
    restore_held(shield_id=shield.pk)
    assert [verbs(c) for c in comments] == [["hide", "publish"]] * 3


def test_what_has_not_left_yet_never_leaves(come, shield, bob):
    comment = come()
    stop_shields(shields=[shield], actor=bob)
    restore_held(shield_id=shield.pk)
    assert comment.actions.get().state == State.WITHDRAWN


def test_it_waits_for_an_answer_that_is_under_way(come, shield, bob):
    comment = come()
    comment.actions.update(state=State.SENT, sent_at=timezone.now())
    stop_shields(shields=[shield], actor=bob)
    with pytest.raises(outbox.Defer):
        restore_held(shield_id=shield.pk)
    answered(comment.actions.get())
    restore_held(shield_id=shield.pk)
    assert verbs(comment) == ["hide", "publish"]


def test_what_a_person_decided_meanwhile_stands(come, shield, bob):
    decided, refused = come(INSULT), come("hello")
    answered(decided.actions.get())
    answered(refused.actions.get(), State.REFUSED)
    dismiss_comment(comment=decided, actor=bob)
    stop_shields(shields=[shield], actor=bob)
    restore_held(shield_id=shield.pk)
    assert verbs(decided) == verbs(refused) == ["hide"]
    assert Incident.objects.get(comment=decided).state == "dismissed"


def test_one_that_is_let_through_is_shown_at_once(come, shield, bob):
    through, kept = come("hello"), come("hi")
    for comment in (through, kept):
        answered(comment.actions.get())
    release_hold(comment=through, actor=bob)
    restore_held(shield_id=shield.pk)
    assert verbs(through) == ["hide", "publish"]
    assert verbs(kept) == ["hide"]


def test_only_where_it_can_be_shown_again(bob, account, classifier, settings):
    bare = make_account()  # no permission to moderate
    shields = raise_shield(
        accounts=[account, bare], hours=4, actor=bob, origin="page", is_hiding=True
    )
    assert {one.account_id: one.is_hiding for one in shields} == {account.pk: True, bare.pk: False}
    settings.SHIELD_HIDES_MOST = 2
    comments = [
        make_comment(account, "hello", visibility=seen)
        for seen in ("spam", "held", "public", "public", "public")
    ]
    score_comments(comment_ids=[comment.pk for comment in comments])
    hide_held(shield_id=shields[0].pk)
    hide_held(shield_id=shields[0].pk)
    assert [bool(verbs(c)) for c in comments] == [False, False, True, True, False]
    assert ShieldHold.objects.count() == 5


def test_without_the_box_nothing_is_asked_of_the_platform(bob, account, classifier):
    shield = raise_shield(accounts=[account], hours=4, actor=bob, origin="home")[0]
    comment = make_comment(account, "hello")
    score_comments(comment_ids=[comment.pk])
    assert ShieldHold.objects.filter(comment=comment).exists()
    assert not Job.objects.filter(name="harassment.hide_held").exists()
    stop_shields(shields=[shield], actor=bob)
    assert not ModerationAction.objects.exists()
    assert not Evidence.objects.exists()
    assert not AuditEntry.objects.filter(action__startswith="integrations.").exists()
