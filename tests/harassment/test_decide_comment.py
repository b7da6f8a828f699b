"""Deciding about a comment: sealed first, asked once, told honestly, and nobody overrun."""

import pytest
from django.utils import timezone

from accounts.models import AuditEntry, Job, LiveEvent
from harassment.models import Case, CaseEvent, Evidence, Incident
from harassment.services.decisions import DecisionError, act_on_comment, settle_action
from integrations.models import Comment, ModerationAction
from integrations.signals import action_finished
from tests.factories import make_comment
from tests.harassment.conftest import INSULT

HTMX = {"HX-Request": "true"}
State, Verb = ModerationAction.State, ModerationAction.Verb


@pytest.fixture
def comment(arrive) -> Comment:
    """A flagged comment that everybody can read."""
    flagged: Comment = arrive(INSULT, permalink="https://www.youtube.com/watch?v=x&lc=1")
    return flagged


@pytest.fixture
def client(client_for, bob, lumen):
    """Bob's browser."""
    return client_for(bob, lumen)


def finish(action: ModerationAction, state: str, visibility: str = "held") -> None:
    """The platform answered, as integrations writes it."""
    action.state, action.sent_at = state, timezone.now()
    action.finished_at = timezone.now()
    action.save()
    if state == State.CONFIRMED:
        Comment.objects.filter(pk=action.comment_id).update(visibility=visibility)
    action_finished.send(sender=ModerationAction, action_id=action.pk)
    settle_action(action_id=action.pk)


@pytest.fixture(autouse=True)
def quiet_platform(monkeypatch):
    """Promised actions wait: these tests say themselves what the platform answers."""
    monkeypatch.setattr("integrations.services.delivery.perform_action", lambda **_: None)


def url(comment: Comment, verb: str) -> str:
    return f"/harassment/comments/{comment.code}/{verb}/"


def state_of(comment: Comment) -> str:
    return Incident.objects.get(comment=comment).state


@pytest.mark.parametrize("headers", [{}, HTMX])
def test_hiding_seals_first_and_asks_once(client, comment, headers, bob):
    answer = client.post(url(comment, "hide"), headers=headers)
    assert answer.status_code == (200 if headers else 302)
    action = ModerationAction.objects.get()
    assert (action.verb, action.state, action.actor_id) == (Verb.HIDE, State.REQUESTED, bob.pk)
    link = Evidence.objects.get(reason="action")
    assert link.captured_at <= action.requested_at
    assert link.payload["purpose"] == "hide"
    assert state_of(comment) == Incident.State.ACTED
    assert Case.objects.get().status == Case.Status.INVESTIGATING
    assert AuditEntry.objects.filter(action="integrations.action.requested").exists()


def test_nothing_is_asked_when_it_cannot_be_sealed(client, comment, monkeypatch):
    def broken(captures):
        raise OSError("disk full")

    monkeypatch.setattr("harassment.services.decisions.seal", broken)
    with pytest.raises(OSError, match="disk full"):
        client.post(url(comment, "hide"))
    assert not ModerationAction.objects.exists()


def test_an_ordinary_comment_is_sealed_in_the_workspaces_own_chain(client, arrive):
    comment = arrive("nice")
    client.post(url(comment, "hide"), headers=HTMX)
    assert Evidence.objects.get().case is None
    assert ModerationAction.objects.count() == 1


def test_the_page_tells_each_step_until_the_platform_confirms(client, comment):
    page = client.post(url(comment, "hide"), headers=HTMX).content.decode()
    assert "Bob asked to hide it" in page
    assert "Waiting to be sent" in page
    assert "every 2s" in page
    action = ModerationAction.objects.get()
    ModerationAction.objects.update(state=State.SENT, sent_at=timezone.now())
    page = client.get(url(comment, "standing"), headers=HTMX).content.decode()
    assert "Waiting for YouTube to confirm" in page
    action.refresh_from_db()
    finish(action, State.CONFIRMED)
    page = client.get(url(comment, "standing"), headers=HTMX).content.decode()
    assert "Hidden, confirmed by YouTube" in page
    assert "every 2s" not in page
    assert "/undo/" in page
    assert state_of(comment) == Incident.State.ACTED
    assert "zorglub" not in page


@pytest.mark.parametrize("state", [State.REFUSED, State.UNCONFIRMED])
def test_what_the_platform_did_not_do_needs_a_person_again(client, comment, state):
    client.post(url(comment, "hide"), headers=HTMX)
    action = ModerationAction.objects.get()
    action.detail = "You have reached the limit of this platform."
    finish(action, state)
    assert state_of(comment) == Incident.State.OPEN
    page = client.get(url(comment, "standing"), headers=HTMX).content.decode()
    assert "You have reached the limit of this platform." in page
    assert "Hide on YouTube" in page


def test_undoing_brings_the_comment_back_to_a_person(client, comment):
    client.post(url(comment, "hide"), headers=HTMX)
    action = ModerationAction.objects.get()
    finish(action, State.CONFIRMED)
    undo = f"/harassment/actions/{action.code}/undo/"
    page = client.post(undo, headers=HTMX | {"HX-Target": f"standing-{comment.code}"})
    assert "asked to publish it" in page.content.decode()
    assert state_of(comment) == Incident.State.OPEN
    undoing = ModerationAction.objects.get(undoes=action)
    finish(undoing, State.REFUSED)
    assert state_of(comment) == Incident.State.ACTED


def test_an_end_is_told_once_in_the_timeline(client, comment):
    client.post(url(comment, "hide"), headers=HTMX)
    action = ModerationAction.objects.get()
    finish(action, State.CONFIRMED)
    settle_action(action_id=action.pk)
    events = CaseEvent.objects.filter(kind=CaseEvent.Kind.ACTION).order_by("pk")
    assert [event.data["state"] for event in events] == ["requested", "confirmed"]
    assert events[0].actor_label == "Bob"


def test_a_finished_action_promises_a_job(comment, bob, in_lumen):
    action = act_on_comment(comment=comment, verb=Verb.HIDE, actor=bob)
    action_finished.send(sender=ModerationAction, action_id=action.pk)
    action_finished.send(sender=ModerationAction, action_id=action.pk)
    assert Job.objects.filter(name="harassment.settle_action").count() == 1


@pytest.mark.parametrize(
    ("verb", "state", "words"),
    [("dismiss", "dismissed", "Not abuse, says Bob"), ("resolve", "acted", "Dealt with by Bob")],
)
@pytest.mark.parametrize("headers", [{}, HTMX])
def test_a_decision_made_here_can_be_taken_back(client, comment, headers, verb, state, words):
    client.post(url(comment, verb), headers=headers)
    assert state_of(comment) == state
    assert words in client.get(url(comment, "standing"), headers=HTMX).content.decode()
    assert AuditEntry.objects.filter(action__startswith="harassment.comment.").count() == 1
    client.post(url(comment, "reopen"), headers=headers)
    assert state_of(comment) == Incident.State.OPEN
    client.post(url(comment, "reopen"), headers=headers)
    words = [e.data["word"] for e in CaseEvent.objects.filter(kind="decided").order_by("pk")]
    assert words[1:] == ["reopened"]


def test_the_toast_takes_a_decision_back_too(client, comment):
    page = client.post(url(comment, "dismiss"), headers=HTMX).content.decode()
    assert 'id="toast"' in page
    assert url(comment, "reopen") in page
    page = client.post(url(comment, "reopen"), headers=HTMX | {"HX-Target": "toast"})
    body = page.content.decode()
    assert body.index("data-toast") < body.index(f'id="standing-{comment.code}"')
    assert body.count('hx-swap-oob="true"') == 3  # the row, the pill of new ones, who else is on it


def test_the_row_says_how_it_was_decided_and_stays(client, comment):
    headers = HTMX | {"HX-Current-URL": "http://lumen.aura.localhost/harassment/inbox/?view=severe"}
    page = client.post(url(comment, "dismiss"), headers=headers).content.decode()
    assert f'id="comment-{comment.code}" hx-swap-oob="true"' in page
    assert "view=severe" in page
    page = client.post(url(comment, "reopen") + "?in=case", headers=headers).content.decode()
    assert f'id="comment-{comment.code}"' not in page


def test_somebody_who_was_faster_is_not_overrun(client_for, alice, bob, lumen, comment):
    seen = client_for(bob, lumen).get(url(comment, "standing"), headers=HTMX).content.decode()
    stamp = seen.split('name="seen" value="')[1].split('"')[0]
    client_for(alice, lumen).post(url(comment, "dismiss"), {"seen": stamp})
    for verb in ("hide", "resolve", "dismiss"):
        answer = client_for(bob, lumen).post(url(comment, verb), {"seen": stamp}, headers=HTMX)
        assert "Alice was faster" in answer.content.decode()
    assert state_of(comment) == Incident.State.DISMISSED
    assert not ModerationAction.objects.exists()


def test_an_edit_in_between_is_not_overlooked(client, comment):
    seen = client.get(url(comment, "standing"), headers=HTMX).content.decode()
    stamp = seen.split('name="seen" value="')[1].split('"')[0]
    Comment.objects.filter(pk=comment.pk).update(text_hash="0" * 64)
    answer = client.post(url(comment, "hide"), {"seen": stamp}, headers=HTMX)
    assert "has changed since you opened it" in answer.content.decode()
    assert not ModerationAction.objects.exists()


def test_two_actions_at_once_are_one(client, comment):
    client.post(url(comment, "hide"), headers=HTMX)
    answer = client.post(url(comment, "hide"), headers=HTMX)
    assert "still under way" in answer.content.decode()
    assert ModerationAction.objects.count() == 1
    assert Evidence.objects.filter(reason="action").count() == 1


def test_a_platform_that_cannot_is_done_by_hand(client, comment, account):
    account.is_import = True
    account.save(update_fields=["is_import"])
    page = client.get(url(comment, "standing"), headers=HTMX).content.decode()
    assert "To be done by hand." in page
    assert "Hide on YouTube" not in page
    assert "https://www.youtube.com/watch?v=x&amp;lc=1" in page
    with pytest.raises(DecisionError):
        act_on_comment(comment=comment, verb=Verb.HIDE, actor=None)  # type: ignore[arg-type]


def test_a_missing_permission_is_named(client, comment, account):
    account.scopes_granted = ["https://www.googleapis.com/auth/youtube.readonly"]
    account.save(update_fields=["scopes_granted"])
    page = client.get(url(comment, "standing"), headers=HTMX).content.decode()
    assert "permission to moderate is missing" in page


@pytest.mark.parametrize(
    "link", ["javascript:alert(1)", "data:text/html,x", "//evil", "http://a b"]
)
def test_a_link_from_outside_is_a_link_only_when_it_is_one(client, comment, account, link):
    account.is_import = True
    account.save(update_fields=["is_import"])
    Comment.objects.filter(pk=comment.pk).update(permalink=link)
    for path in (url(comment, "standing"), f"/harassment/comments/{comment.code}/"):
        assert link not in client.get(path, headers=HTMX).content.decode()


def test_a_held_comment_can_be_shown_to_everybody(client, comment):
    Comment.objects.filter(pk=comment.pk).update(visibility="held")
    page = client.get(url(comment, "standing"), headers=HTMX).content.decode()
    assert "Show on YouTube" in page
    client.post(url(comment, "publish"), headers=HTMX)
    assert ModerationAction.objects.get().verb == Verb.PUBLISH


def test_it_answers_in_public(client, comment):
    form = client.get(url(comment, "reply"), headers=HTMX).content.decode()
    assert "<dialog" in form
    assert "zorglub" not in form
    answer = client.post(url(comment, "reply"), {"reply_text": "Please stop."}, headers=HTMX)
    assert "dialog:close" in answer.headers["HX-Trigger"]
    action = ModerationAction.objects.get()
    assert (action.verb, action.reply_text) == (Verb.REPLY, "Please stop.")
    assert state_of(comment) == Incident.State.OPEN


@pytest.mark.parametrize("headers", [{}, HTMX])
def test_a_refused_answer_is_not_lost(client, comment, account, headers):
    account.access_token_enc = ""
    account.save(update_fields=["access_token_enc"])
    answer = client.post(url(comment, "reply"), {"reply_text": "Please stop."}, headers=headers)
    assert answer.status_code == 422
    assert "Please stop.</textarea>" in answer.content.decode()
    assert "Connect the account again" in answer.content.decode()
    assert client.post(url(comment, "reply"), {"reply_text": " "}).status_code == 422


def test_a_decision_about_a_comment_that_was_not_flagged_is_refused(client, account, classifier):
    comment = make_comment(account)
    for verb in ("dismiss", "resolve", "reopen"):
        answer = client.post(url(comment, verb), headers=HTMX)
        assert "was not flagged" in answer.content.decode()


def test_a_decision_reaches_open_pages(client, comment):
    newest = LiveEvent.objects.order_by("-pk").values_list("pk", flat=True)[0]
    client.post(url(comment, "dismiss"), headers=HTMX)
    pokes = LiveEvent.objects.filter(pk__gt=newest).values_list("name", flat=True)
    assert set(pokes) == {"inbox", "case"}


@pytest.mark.parametrize("verb", ["hide", "publish", "reply", "dismiss", "resolve", "reopen"])
def test_who_only_views_decides_nothing(client_for, vera, lumen, comment, verb):
    client = client_for(vera, lumen)
    assert client.post(url(comment, verb), {"reply_text": "x"}).status_code == 403
    page = client.get(f"/harassment/comments/{comment.code}/").content.decode()
    assert 'method="post" action="/harassment/' not in page
    assert not ModerationAction.objects.exists()


@pytest.mark.parametrize("verb", ["hide", "publish", "dismiss", "resolve", "reopen"])
def test_a_get_decides_nothing(client, comment, verb):
    assert client.get(url(comment, verb)).status_code == 405
