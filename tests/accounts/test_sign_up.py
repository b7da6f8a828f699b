"""From nothing to a workspace of one's own: sign up, verify, sign in, open."""

import re
from collections.abc import Callable

import pytest
from django.conf import settings
from django.core import mail
from django.test import Client

from accounts.models import Membership, User

pytestmark = pytest.mark.django_db
PASSWORD = "a-long-and-odd-phrase-42"


def _browser() -> Client:
    return Client(headers={"host": settings.PUBLIC_HOST})


def _sign_up(browser: Client, email: str = "new@example.test") -> int:
    fields = {"email": email, "password1": PASSWORD, "password2": PASSWORD}
    return browser.post("/accounts/signup/", fields).status_code


def test_it_verifies_the_address_before_anything_else(
    db: None, client_for: Callable[..., Client]
) -> None:
    browser = _browser()
    assert _sign_up(browser) == 302
    assert browser.get("/workspaces/").status_code == 302
    login = {"login": "new@example.test", "password": PASSWORD}
    assert "/workspaces/" not in browser.post("/accounts/login/", login).get("Location", "")

    link = re.search(
        r"http://aura\.localhost:8000(/accounts/confirm-email/\S+)", str(mail.outbox[0].body)
    )
    assert link
    assert browser.get(link.group(1)).status_code == 200  # a mail scanner's GET confirms nothing
    assert browser.get("/workspaces/").status_code == 302
    browser.post(link.group(1))
    assert _browser().post("/accounts/login/", login)["Location"] == "/workspaces/"

    signed_in = _browser()
    signed_in.post("/accounts/login/", login)
    opened = signed_in.post("/workspaces/", {"name": "Fresh", "slug": "fresh"})
    assert opened["Location"] == "http://fresh.aura.localhost:8000/"
    membership = Membership.objects.get(user__email="new@example.test")
    assert membership.role == "owner"
    assert client_for(membership.user, membership.workspace).get("/").status_code == 200


def test_it_says_what_is_wrong_with_a_workspace_address(
    alice: User, client_for: Callable[..., Client]
) -> None:
    for slug, sentence in [("lumen", "taken"), ("admin", "reserved"), ("A B", "lower-case")]:
        answer = client_for(alice).post("/workspaces/", {"name": "X", "slug": slug})
        assert answer.status_code == 422
        text = answer.content.decode()
        assert sentence in text or "already exists" in text


def test_it_does_not_tell_whether_an_address_is_known(alice: User) -> None:
    known, unknown = _browser(), _browser()
    for browser, email in ((known, "alice@example.test"), (unknown, "nobody@example.test")):
        assert _sign_up(browser, email) == 302
        asked = browser.post("/accounts/password/reset/", {"email": email})
        assert asked.status_code == 302
    assert User.objects.filter(email="alice@example.test").count() == 1


def test_it_resets_a_password(alice: User) -> None:
    browser = _browser()
    browser.post("/accounts/password/reset/", {"email": "alice@example.test"})
    link = re.search(r"http://aura\.localhost:8000(/accounts/password/reset/key/\S+)",
                     str(mail.outbox[-1].body))  # fmt: skip
    assert link
    form = browser.get(link.group(1))["Location"]
    new = "another-odd-phrase-77"
    browser.post(form, {"password1": new, "password2": new})
    answer = _browser().post("/accounts/login/", {"login": alice.email, "password": new})
    assert answer["Location"] == "/workspaces/"
