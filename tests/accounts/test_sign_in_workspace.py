"""Sign-in travels from the public host to a workspace once, for members, in one browser."""

from collections.abc import Callable
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from django.conf import settings
from django.test import Client

from accounts.models import Membership, User, Workspace
from tests.conftest import PASSWORD

pytestmark = pytest.mark.django_db


def _query(url: str) -> dict[str, str]:
    return {key: value[0] for key, value in parse_qs(urlsplit(url).query).items()}


def _browser(slug: str = "") -> Client:
    return Client(
        headers={"host": f"{slug}.{settings.PUBLIC_HOST}" if slug else settings.PUBLIC_HOST}
    )


def _handoff(
    user: User, workspace: Workspace, client_for: Callable[..., Client]
) -> tuple[Client, str]:
    """A workspace browser that asked, and the token the public host gave."""
    there = _browser(workspace.slug)
    asked = there.get("/sso/start/", {"next": "/accounts/members/"})
    answer = client_for(user).get("/sso/handoff/", _query(asked["Location"]))
    return there, _query(answer["Location"])["token"]


def test_it_signs_a_member_in_and_goes_where_they_wanted(
    alice: User, lumen: Workspace, client_for: Callable[..., Client]
) -> None:
    there, token = _handoff(alice, lumen, client_for)
    answer = there.get("/sso/consume/", {"token": token})
    assert (answer.status_code, answer["Location"]) == (302, "/accounts/members/")
    assert there.get("/accounts/members/").status_code == 200


def test_it_refuses_a_token_twice(
    alice: User, lumen: Workspace, client_for: Callable[..., Client]
) -> None:
    there, token = _handoff(alice, lumen, client_for)
    nonce = there.session["sso_nonce"]
    assert there.get("/sso/consume/", {"token": token}).status_code == 302
    session = there.session
    session["sso_nonce"] = nonce
    session.save()
    assert there.get("/sso/consume/", {"token": token}).status_code == 403


def test_it_refuses_another_browser_and_another_host(
    nina: User, lumen: Workspace, nova: Workspace, client_for: Callable[..., Client]
) -> None:
    _, token = _handoff(nina, lumen, client_for)
    assert _browser("lumen").get("/sso/consume/", {"token": token}).status_code == 403
    there = _browser("nova")
    there.get("/sso/start/")
    assert there.get("/sso/consume/", {"token": token}).status_code == 403


def test_it_refuses_an_old_or_forged_token(
    alice: User, lumen: Workspace, client_for: Callable[..., Client], settings: Any
) -> None:
    there, token = _handoff(alice, lumen, client_for)
    settings.SSO_TOKEN_SECONDS = -1
    assert there.get("/sso/consume/", {"token": token}).status_code == 403
    assert there.get("/sso/consume/", {"token": token[:-2] + "xx"}).status_code == 403
    assert there.get("/sso/consume/").status_code == 403


def test_it_shows_a_stranger_nothing(
    stranger: User, lumen: Workspace, client_for: Callable[..., Client]
) -> None:
    asked = _browser("lumen").get("/sso/start/")
    answer = client_for(stranger).get("/sso/handoff/", _query(asked["Location"]))
    assert answer.status_code == 404


def test_it_never_leads_to_another_site(lumen: Workspace) -> None:
    there = _browser("lumen")
    for target in ("https://evil.example/", "//evil.example/", "/\\evil.example", "javascript:x"):
        asked = there.get("/sso/start/", {"next": target})
        assert "evil" not in asked["Location"].partition("request=")[0]
        from accounts import sso

        assert sso.requested(_query(asked["Location"])["request"])[1]["next"] == "/"


def test_it_ignores_a_cookie_replayed_on_another_host(
    nina: User, lumen: Workspace, nova: Workspace, client_for: Callable[..., Client]
) -> None:
    signed_in = client_for(nina, lumen)
    replayed = _browser("nova")
    replayed.cookies[settings.SESSION_COOKIE_NAME] = signed_in.cookies[settings.SESSION_COOKIE_NAME]
    answer = replayed.get("/accounts/members/")
    assert answer.status_code == 302
    assert answer["Location"].startswith("/sso/start/")
    assert signed_in.get("/accounts/members/").status_code == 200


def test_it_ends_access_with_the_membership(
    bob: User, lumen: Workspace, client_for: Callable[..., Client]
) -> None:
    browser = client_for(bob, lumen)
    assert browser.get("/accounts/members/").status_code == 200
    Membership.objects.filter(user=bob).delete()
    assert browser.get("/accounts/members/").status_code == 404


def test_it_ends_a_helpers_access_in_time(
    bob: User, lumen: Workspace, client_for: Callable[..., Client]
) -> None:
    Membership.objects.filter(user=bob).update(role="helper", expires_at="2020-01-01T00:00:00Z")
    answer = client_for(bob, lumen).get("/accounts/members/")
    assert answer.status_code == 403
    assert "Your access to this workspace has ended" in answer.content.decode()


def test_it_answers_404_on_an_unknown_host(db: None) -> None:
    for host in ("nothere.aura.localhost", "evil.example", "lumen.aura.localhost.evil.example"):
        answer = Client(headers={"host": host}).get("/")
        assert answer.status_code == 404
        assert "Set-Cookie" not in answer.headers


def test_it_signs_out_on_both_hosts(
    alice: User, bob: User, lumen: Workspace, client_for: Callable[..., Client]
) -> None:
    there, here = client_for(alice, lumen), client_for(alice)
    answer = there.post("/accounts/sign-out/")
    token = _query(answer["Location"])
    assert there.get("/accounts/members/").status_code == 302
    # The link is of no use to somebody else, nor is a forged one.
    other = client_for(bob)
    assert other.get("/sso/farewell/", token)["Location"] == "/accounts/logout/"
    assert here.get("/sso/farewell/", {"token": "x"})["Location"] == "/accounts/logout/"
    assert other.get("/workspaces/").status_code == here.get("/workspaces/").status_code == 200
    assert here.get("/sso/farewell/", token)["Location"] == "/"
    assert here.get("/workspaces/").status_code == 302


def test_it_signs_in_by_e_mail_and_password(alice: User, lumen: Workspace) -> None:
    browser = _browser()
    answer = browser.post("/accounts/login/", {"login": "ALICE@example.test", "password": PASSWORD})
    assert (answer.status_code, answer["Location"]) == (302, "/workspaces/")
    page = browser.get("/workspaces/").content.decode()
    assert "Lumen" in page
    assert "Nova" not in page


def test_it_answers_known_and_unknown_addresses_alike(alice: User) -> None:
    texts = []
    for email in ("alice@example.test", "nobody@example.test"):
        answer = _browser().post("/accounts/login/", {"login": email, "password": "wrong-password"})
        texts.append((answer.status_code, answer.content.decode().count("not correct")))
    assert texts[0] == texts[1]
