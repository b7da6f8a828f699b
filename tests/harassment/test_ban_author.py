"""A person sends an author out from the comment's page: sealed first, asked once, taken back."""

import pytest

from harassment.models import Evidence
from integrations.models import Comment, ModerationAction
from tests.harassment.conftest import INSULT

HTMX = {"HX-Request": "true"}


@pytest.fixture(autouse=True)
def waiting_platform(monkeypatch):
    """Promised actions wait."""
    monkeypatch.setattr("integrations.services.delivery.perform_action", lambda **_: None)


@pytest.fixture
def said_live(arrive):
    """A flagged message of a live chat."""
    return arrive(INSULT, external_id="live:m1")


def url(comment: Comment, verb: str) -> str:
    return f"/harassment/comments/{comment.code}/{verb}/"


def test_a_live_message_can_be_removed_and_never_hidden(client_for, bob, lumen, said_live):
    page = client_for(bob, lumen).get(url(said_live, "standing"), headers=HTMX).content.decode()
    for verb in ("remove", "time-out", "ban"):
        assert url(said_live, verb) in page
    for verb in ("hide", "reply"):
        assert url(said_live, verb) not in page


def test_a_comment_offers_the_ban_and_no_time_out(client_for, bob, lumen, arrive):
    comment = arrive(INSULT)
    page = client_for(bob, lumen).get(url(comment, "standing"), headers=HTMX).content.decode()
    assert url(comment, "ban") in page
    assert url(comment, "hide") in page
    for verb in ("remove", "time-out"):
        assert url(comment, verb) not in page


@pytest.mark.parametrize(
    ("path", "verb"), [("ban", "ban"), ("time-out", "timeout"), ("remove", "reject")]
)
def test_it_is_sealed_first_and_asked_once(client_for, bob, lumen, said_live, path, verb):
    client = client_for(bob, lumen)
    assert client.post(url(said_live, path), headers=HTMX).status_code == 200
    action = ModerationAction.objects.get()
    assert (action.verb, action.actor_id) == (verb, bob.pk)
    assert Evidence.objects.filter(comment=said_live).exists()
    assert client.post(url(said_live, path), headers=HTMX).status_code == 200
    assert ModerationAction.objects.count() == 1
    client.post(f"/harassment/actions/{action.code}/undo/", headers=HTMX)
    action.refresh_from_db()
    assert action.state == ModerationAction.State.WITHDRAWN


def test_what_nobody_is_named_for_offers_no_ban(client_for, bob, lumen, arrive):
    comment = arrive(INSULT, author_external_id="")
    page = client_for(bob, lumen).get(url(comment, "standing"), headers=HTMX).content.decode()
    assert url(comment, "ban") not in page
