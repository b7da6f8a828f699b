"""Connecting, reading and disconnecting by the buttons, over HTTP, as a browser would."""

from urllib.parse import urlencode

import pytest

from accounts import tenancy
from accounts.models import Job
from integrations.models import SocialAccount, SyncRun
from integrations.outcomes import NOTES, Outcome
from tests.factories import make_account

LIST = "/integrations/accounts/"
CALLBACK = "/oauth/youtube/callback/"


def come_back(client, answer):
    response = client.get(f"{CALLBACK}?{urlencode(answer)}")
    assert response.status_code == 302
    return response["Location"]


def test_the_whole_dance(alice, lumen, client_for, sandbox, run_jobs):
    inside, outside = client_for(alice, lumen), client_for(alice)
    sent = inside.post(f"{LIST}connect/youtube/")
    assert sent["Location"].startswith(sandbox.base_urls["google_auth"])
    back = come_back(outside, sandbox.approve(sent["Location"]))
    assert back == "http://lumen.aura.localhost:8000/integrations/accounts/?result=connected"
    text = inside.get(f"{LIST}?result=connected").content.decode()
    assert "The account is connected." in text
    run_jobs()
    assert "Healthy" in inside.get(LIST).content.decode()


def test_denied_consent_is_explained_in_the_workspace(alice, lumen, client_for, sandbox):
    sent = client_for(alice, lumen).post(f"{LIST}connect/youtube/")
    back = come_back(client_for(alice), sandbox.deny(sent["Location"]))
    assert back.endswith("?result=denied")
    text = client_for(alice, lumen).get(f"{LIST}?result=denied").content.decode()
    assert str(NOTES[Outcome.DENIED].title) in text


@pytest.mark.parametrize("query", ["", "state=x&code=y", "state=%ED%A0%80%00", "error=<b>x</b>"])
def test_an_answer_nobody_asked_for_is_explained(alice, client_for, sandbox, query):
    response = client_for(alice).get(f"{CALLBACK}?{query}")
    assert response.status_code == 400
    assert str(NOTES[Outcome.UNKNOWN].title) in response.content.decode()


def test_somebody_elses_answer_names_no_workspace(alice, charlie, lumen, client_for, sandbox):
    sent = client_for(alice, lumen).post(f"{LIST}connect/youtube/")
    answer = sandbox.approve(sent["Location"])
    response = client_for(charlie).get(f"{CALLBACK}?{urlencode(answer)}")
    assert response.status_code == 400
    assert b"lumen" not in response.content.lower()


def test_an_unknown_code_or_text_in_the_address_is_not_repeated(alice, lumen, client_for):
    text = client_for(alice, lumen).get(f"{LIST}?result=<b>hello</b>").content.decode()
    assert "hello" not in text.partition("<main")[2]


def test_the_callback_needs_a_person(client_for, sandbox):
    response = client_for(None).get(CALLBACK, {"state": "x", "code": "y"})
    assert response.status_code == 302
    assert "/accounts/login/" in response["Location"]


def test_an_unknown_platform_is_not_found(alice, lumen, client_for):
    assert client_for(alice, lumen).post(f"{LIST}connect/myspace/").status_code == 404
    assert client_for(alice).get("/oauth/myspace/callback/").status_code == 404


def test_the_callback_does_not_exist_inside_a_workspace(alice, lumen, client_for):
    assert client_for(alice, lumen).get(CALLBACK).status_code == 404


def test_an_installation_without_keys_says_whom_to_tell(alice, lumen, client_for, settings):
    settings.GOOGLE_CLIENT_ID = ""
    response = client_for(alice, lumen).post(f"{LIST}connect/youtube/", follow=True)
    assert "Tell the operator" in response.content.decode()


def test_reconnect_needs_an_account_one_may_see(alice, lumen, client_for, sandbox):
    client = client_for(alice, lumen)
    for code in ("not-a-code", "6f1c2f6e-0000-4000-8000-000000000000"):
        assert client.post(f"{LIST}connect/youtube/", {"account": code}).status_code == 404
    with tenancy.enter(lumen):
        account = make_account(status=SocialAccount.Status.RECONNECT)
    response = client.post(f"{LIST}connect/youtube/", {"account": account.code})
    assert response.status_code == 302


@pytest.mark.parametrize("headers", [{}, {"HX-Request": "true"}])
def test_read_now_and_stop(alice, lumen, client_for, headers):
    with tenancy.enter(lumen):
        account = make_account(access_token_enc="x")
    client = client_for(alice, lumen)
    response = client.post(f"{LIST}{account.code}/sync/", headers=headers)
    assert response.status_code == (200 if headers else 302)
    with tenancy.enter(lumen):
        run = SyncRun.objects.get()
        assert Job.objects.filter(name="integrations.sync_account").count() == 1
    client.post(f"{LIST}{account.code}/sync/", headers=headers)
    client.post(f"/integrations/runs/{run.code}/cancel/", headers=headers)
    with tenancy.enter(lumen):
        assert SyncRun.objects.get().state == SyncRun.State.CANCELLED
    if headers:
        assert 'id="account-status"' in response.content.decode()
        assert "Aura reads the account now." in response.content.decode()


def test_read_now_explains_what_a_reconnect_would_help(alice, lumen, client_for):
    with tenancy.enter(lumen):
        account = make_account(status=SocialAccount.Status.RECONNECT)
    response = client_for(alice, lumen).post(f"{LIST}{account.code}/sync/", follow=True)
    assert "until it is connected again" in response.content.decode()


def test_disconnecting_asks_first_and_works_without_scripts(alice, lumen, client_for):
    with tenancy.enter(lumen):
        account = make_account()
    client = client_for(alice, lumen)
    text = client.get(f"{LIST}{account.code}/?confirm=disconnect").content.decode()
    assert text.count(f'action="{LIST}{account.code}/disconnect/"') == 2  # the note, the dialog
    response = client.post(f"{LIST}{account.code}/disconnect/", follow=True)
    assert "Its comments are kept until" in response.content.decode()
    with tenancy.enter(lumen):
        assert SocialAccount.objects.get().status == SocialAccount.Status.DISCONNECTED
