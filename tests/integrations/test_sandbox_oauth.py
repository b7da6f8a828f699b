"""The sandbox's Google sign-in: the page a person sees, and the answers a program gets."""

import re
from html import unescape
from typing import Any
from urllib.parse import parse_qs, urlsplit

import httpx
import pytest

from integrations.sandbox.grants import FORCE_SSL, READONLY, s256
from tests.integrations.sandbox_server import REDIRECT, SandboxServer
from tests.integrations.youtube_cast import VERIFIER, channel_id

pytest_plugins = ("tests.integrations.youtube_fixtures",)


@pytest.fixture
def browser(youtube_browser, youtube_sandbox):
    return youtube_browser


def asked(sandbox: SandboxServer, **changed: str | None) -> dict[str, str]:
    query = {
        "client_id": sandbox.client_id,
        "redirect_uri": REDIRECT,
        "response_type": "code",
        "scope": f"{READONLY} {FORCE_SSL}",
        "access_type": "offline",
        "prompt": "consent",
        "state": "s-1",
        "code_challenge": s256(VERIFIER),
        "code_challenge_method": "S256",
    }
    merged: dict[str, str | None] = {**query, **changed}
    return {name: value for name, value in merged.items() if value is not None}


def answered(response: httpx.Response) -> dict[str, str]:
    assert response.status_code == 302, response.text
    query = parse_qs(urlsplit(response.headers["location"]).query)
    return {name: values[0] for name, values in query.items()}


def exchanged(
    browser: httpx.Client, sandbox: SandboxServer, code: str, **changed: str | None
) -> httpx.Response:
    form = {
        "grant_type": "authorization_code",
        "code": code,
        "client_id": sandbox.client_id,
        "client_secret": sandbox.client_secret,
        "redirect_uri": REDIRECT,
        "code_verifier": VERIFIER,
    }
    merged: dict[str, str | None] = {**form, **changed}
    sent = {name: value for name, value in merged.items() if value is not None}
    return browser.post("/google/token", data=sent)


def page_form(html: str, channel: str) -> dict[str, Any]:
    """The consent form as a browser would send it with everything ticked."""
    [request] = re.findall(r'name="request" value="([^"]*)"', html)
    scopes = re.findall(r'name="scope" value="([^"]*)" checked', html)
    return {"request": unescape(request), "channel": channel, "scope": scopes}


def test_it_shows_a_page_with_all_channels_and_takes_the_answer(browser, youtube_sandbox):
    page = browser.get("/google/o/oauth2/v2/auth", params=asked(youtube_sandbox))
    assert page.status_code == 200
    for title in ("Mila Builds", "La Table d&#x27;Inès", "Nox Pixel", "nobody real"):
        assert title in page.text
    form = page_form(page.text, channel_id(youtube_sandbox, "nox"))
    back = browser.post("/google/o/oauth2/v2/consent", data={**form, "decision": "approve"})
    query = answered(back)
    assert query["state"] == "s-1"
    assert query["scope"].split() == [READONLY, FORCE_SSL]
    tokens = exchanged(browser, youtube_sandbox, query["code"]).json()
    me = browser.get(
        "/youtube/v3/channels",
        params={"part": "snippet", "mine": "true"},
        headers={"Authorization": f"Bearer {tokens['access_token']}"},
    )
    assert me.json()["items"][0]["snippet"]["title"] == "Nox Pixel"


def test_it_takes_a_no_and_a_partial_yes(browser, youtube_sandbox):
    page = browser.get("/google/o/oauth2/v2/auth", params=asked(youtube_sandbox)).text
    form = page_form(page, channel_id(youtube_sandbox))
    denied = browser.post("/google/o/oauth2/v2/consent", data={**form, "decision": "deny"})
    assert answered(denied) == {"state": "s-1", "error": "access_denied"}
    form["scope"] = [READONLY]
    part = browser.post("/google/o/oauth2/v2/consent", data={**form, "decision": "approve"})
    assert answered(part)["scope"] == READONLY
    form["scope"] = []
    none = browser.post("/google/o/oauth2/v2/consent", data={**form, "decision": "approve"})
    assert answered(none)["error"] == "access_denied"


@pytest.mark.parametrize(
    ("changed", "error"),
    [
        ({"client_id": "somebody-else"}, "invalid_client"),
        ({"client_id": None}, "invalid_request"),
        ({"redirect_uri": "http://evil.example/"}, "redirect_uri_mismatch"),
        ({"redirect_uri": "javascript:alert(1)"}, "redirect_uri_mismatch"),
        ({"redirect_uri": "http://localhost.evil.example/"}, "redirect_uri_mismatch"),
        ({"response_type": "token"}, "unsupported_response_type"),
        ({"scope": "everything"}, "invalid_scope"),
        ({"code_challenge_method": "plain"}, "invalid_request"),
    ],
)
def test_it_never_redirects_a_wrong_request(browser, youtube_sandbox, changed, error):
    response = browser.get("/google/o/oauth2/v2/auth", params=asked(youtube_sandbox, **changed))
    assert response.status_code == 400
    assert error in response.text


def test_it_escapes_what_the_address_brings(browser, youtube_sandbox):
    hostile = '"><script>alert(1)</script>'
    for changed in ({"state": hostile}, {"scope": hostile}, {"login_hint": hostile}):
        page = browser.get("/google/o/oauth2/v2/auth", params=asked(youtube_sandbox, **changed))
        assert "<script" not in page.text


@pytest.mark.parametrize(
    ("changed", "status", "error"),
    [
        ({"code_verifier": None}, 400, "invalid_grant"),
        ({"code_verifier": "x" * 64}, 400, "invalid_grant"),
        ({"redirect_uri": "https://aura.example/"}, 400, "redirect_uri_mismatch"),
        ({"client_secret": "wrong"}, 401, "invalid_client"),
        ({"client_id": "wrong"}, 401, "invalid_client"),
        ({"code": "4/0nothing"}, 400, "invalid_grant"),
        ({"grant_type": "password"}, 400, "unsupported_grant_type"),
    ],
)
def test_it_refuses_a_wrong_exchange(browser, youtube_sandbox, changed, status, error):
    query = asked(youtube_sandbox, auto="approve")
    code = answered(browser.get("/google/o/oauth2/v2/auth", params=query))["code"]
    response = exchanged(browser, youtube_sandbox, changed.pop("code", code), **changed)
    assert response.status_code == status
    assert response.json()["error"] == error
    assert set(response.json()) == {"error", "error_description"}


def test_it_lets_a_code_live_ten_minutes(browser, youtube_sandbox):
    query = asked(youtube_sandbox, auto="approve")
    code = answered(browser.get("/google/o/oauth2/v2/auth", params=query))["code"]
    youtube_sandbox.ctl("POST", "clock", advance_s=601)
    assert exchanged(browser, youtube_sandbox, code).json()["error"] == "invalid_grant"


def test_it_gives_a_refresh_token_with_consent_only(browser, youtube_sandbox):
    def tokens(**changed: str | None) -> dict[str, Any]:
        query = asked(youtube_sandbox, auto="approve", **changed)
        code = answered(browser.get("/google/o/oauth2/v2/auth", params=query))["code"]
        body: dict[str, Any] = exchanged(browser, youtube_sandbox, code).json()
        return body

    assert "refresh_token" in tokens(prompt=None)
    assert "refresh_token" not in tokens(prompt=None)
    assert "refresh_token" in tokens()
    assert "refresh_token" not in tokens(access_type="online")


def test_it_lets_access_tokens_run_out(browser, youtube_sandbox):
    query = asked(youtube_sandbox, auto="approve")
    code = answered(browser.get("/google/o/oauth2/v2/auth", params=query))["code"]
    tokens = exchanged(browser, youtube_sandbox, code).json()
    assert tokens["expires_in"] == 3599
    assert tokens["token_type"] == "Bearer"
    youtube_sandbox.ctl("POST", "clock", advance_s=3600)
    refused = browser.get(
        "/youtube/v3/channels",
        params={"part": "id", "mine": "true"},
        headers={"Authorization": f"Bearer {tokens['access_token']}"},
    )
    assert refused.status_code == 401
    assert refused.json()["error"]["errors"][0]["reason"] == "authError"


@pytest.mark.parametrize("which", ["access_token", "refresh_token"])
@pytest.mark.parametrize("place", ["params", "data"])
def test_it_revokes_the_whole_grant(browser, youtube_sandbox, which, place):
    query = asked(youtube_sandbox, auto="approve")
    code = answered(browser.get("/google/o/oauth2/v2/auth", params=query))["code"]
    tokens = exchanged(browser, youtube_sandbox, code).json()
    sent = {place: {"token": tokens[which]}}
    assert browser.post("/google/revoke", **sent).status_code == 200
    again = browser.post("/google/revoke", **sent)
    assert (again.status_code, again.json()["error"]) == (400, "invalid_token")
    refused = browser.post(
        "/google/token",
        data={
            "grant_type": "refresh_token",
            "refresh_token": tokens["refresh_token"],
            "client_id": youtube_sandbox.client_id,
            "client_secret": youtube_sandbox.client_secret,
        },
    )
    assert refused.json() == {
        "error": "invalid_grant",
        "error_description": "Token has been expired or revoked.",
    }
