"""Two people at the same comment know of each other; nobody is kept from deciding."""

from datetime import timedelta

import pytest
from django.utils import timezone

from accounts.models import LiveEvent
from harassment.models import CommentClaim
from tests.harassment.conftest import INSULT

HTMX = {"HX-Request": "true"}


@pytest.fixture
def comment(arrive):
    """A flagged comment."""
    return arrive(INSULT)


@pytest.fixture
def browsers(client_for, bob, alice, lumen):
    """Bob's and Alice's."""
    return client_for(bob, lumen), client_for(alice, lumen)


def claim(client, comment) -> str:
    url = f"/harassment/comments/{comment.code}/claim/"
    page: str = client.post(url, headers=HTMX).content.decode()
    return page


def test_the_second_one_is_told_at_once_and_the_first_by_a_poke(browsers, comment):
    first, second = browsers
    assert "has it open" not in claim(first, comment)
    assert not LiveEvent.objects.filter(name="claims").exists()
    assert "Bob has it open too" in claim(second, comment)
    assert LiveEvent.objects.filter(name="claims").count() == 1
    others = first.get(f"/harassment/comments/{comment.code}/others/", headers=HTMX)
    assert "Alice has it open too" in others.content.decode()


def test_who_opens_the_next_has_left_this_one(browsers, comment, arrive):
    first, second = browsers
    claim(first, comment)
    claim(first, arrive(f"{INSULT} again"))
    assert "has it open" not in claim(second, comment)
    assert CommentClaim.objects.count() == 2


def test_a_claim_ends_by_itself(browsers, comment):
    first, second = browsers
    claim(first, comment)
    CommentClaim.objects.update(until=timezone.now() - timedelta(seconds=1))
    assert "has it open" not in claim(second, comment)


def test_a_claim_keeps_nobody_from_deciding(browsers, comment):
    first, second = browsers
    claim(first, comment)
    second.post(f"/harassment/comments/{comment.code}/dismiss/", headers=HTMX)
    comment.incident.refresh_from_db()
    assert comment.incident.state == "dismissed"


def test_looking_claims_nothing(browsers, comment):
    page = browsers[0].get(f"/harassment/comments/{comment.code}/", headers=HTMX)
    assert f"/harassment/comments/{comment.code}/claim/" in page.content.decode()
    assert not CommentClaim.objects.exists()
