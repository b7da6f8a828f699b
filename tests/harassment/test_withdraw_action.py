"""The moment before an act leaves: taken back meanwhile, the platform never hears of it."""

import pytest
from django.utils import timezone

from accounts.models import AuditEntry, Job
from harassment.models import CaseEvent, Incident
from harassment.services.decisions import DecisionError, act_on_comment, undo_action
from integrations.models import Comment, ModerationAction
from integrations.platforms.base import ActionResult
from integrations.services import delivery
from tests.harassment.conftest import INSULT

HTMX = {"HX-Request": "true"}
State, Verb = ModerationAction.State, ModerationAction.Verb


@pytest.fixture
def comment(arrive) -> Comment:
    """A flagged comment that everybody can read."""
    flagged: Comment = arrive(INSULT)
    return flagged


@pytest.fixture
def sent(monkeypatch):
    """What left for the platform."""
    heard: list[str] = []

    def send(action):
        heard.append(action.verb)
        return ActionResult("done")

    monkeypatch.setattr("integrations.services.delivery._send", send)
    return heard


@pytest.fixture
def client(client_for, bob, lumen):
    """Bob's browser."""
    return client_for(bob, lumen)


def hide(client, comment) -> ModerationAction:
    client.post(f"/harassment/comments/{comment.code}/hide/", headers=HTMX)
    return ModerationAction.objects.get(comment=comment)


def test_it_waits_before_it_leaves(client, comment, sent, run_jobs):
    page = client.post(f"/harassment/comments/{comment.code}/hide/", headers=HTMX)
    action = ModerationAction.objects.get()
    assert f"/harassment/actions/{action.code}/undo/" in page.content.decode()
    assert Job.objects.get(name="integrations.perform_action").run_at > timezone.now()
    run_jobs()
    assert sent == []
    run_jobs(later=True, rounds=1)
    assert sent == ["hide"]


@pytest.mark.parametrize("headers", [{}, HTMX, HTMX | {"HX-Target": "toast"}])
def test_taken_back_in_time_it_never_leaves(client, comment, sent, run_jobs, headers):
    action = hide(client, comment)
    page = client.post(f"/harassment/actions/{action.code}/undo/", headers=headers)
    if headers:
        assert "It was not sent." in page.content.decode()
    run_jobs(later=True, rounds=2)
    assert sent == []
    action.refresh_from_db()
    assert (action.state, action.sent_at) == (State.WITHDRAWN, None)
    assert Incident.objects.get(comment=comment).state == Incident.State.OPEN
    assert AuditEntry.objects.filter(action="integrations.action.withdrawn").count() == 1
    events = CaseEvent.objects.filter(kind=CaseEvent.Kind.ACTION).order_by("pk")
    assert [event.data["state"] for event in events] == ["requested", "withdrawn"]
    case = client.get(f"/harassment/cases/{events[0].case.code}/timeline/").content.decode()
    assert "Taken back before it was sent" in case


def test_it_can_be_asked_for_again(client, comment, sent, run_jobs):
    first = hide(client, comment)
    client.post(f"/harassment/actions/{first.code}/undo/")
    client.post(f"/harassment/comments/{comment.code}/hide/")
    run_jobs(later=True, rounds=1)
    assert sent == ["hide"]


def test_what_is_just_leaving_is_not_taken_back(comment, bob):
    action = act_on_comment(comment=comment, verb=Verb.HIDE, actor=bob, wait_s=8)
    ModerationAction.objects.update(state=State.SENT, sent_at=timezone.now())
    with pytest.raises(DecisionError, match="just left"):
        undo_action(action=action, actor=bob)


def test_what_was_taken_back_while_it_was_loaded_does_not_leave(comment, bob, sent, monkeypatch):
    action = act_on_comment(comment=comment, verb=Verb.HIDE, actor=bob, wait_s=8)
    load = delivery._load

    def load_then_lose(code):
        loaded = load(code)
        undo_action(action=ModerationAction.objects.get(pk=action.pk), actor=bob)
        return loaded

    monkeypatch.setattr("integrations.services.delivery._load", load_then_lose)
    delivery.perform_action(action_code=str(action.code))
    assert sent == []
    action.refresh_from_db()
    assert action.state == State.WITHDRAWN
