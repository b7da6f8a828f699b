"""The sandbox's Reddit as raw HTTP: the very envelopes, headers and refusals of its API."""

import base64

import httpx
import pytest

from integrations.sandbox import keeping
from integrations.sandbox.memory import Memory, Options
from tests.integrations.reddit_cast import REDIRECT, newest_post, sign_in

pytest_plugins = ("tests.integrations.reddit_fixtures",)

AGENT = "web:aura.test:v0.1 (by /u/tester)"


@pytest.fixture
def ask(reddit, reddit_sandbox):
    """`ask(path, **params)`: a GET as Mila; the answer."""
    token = sign_in(reddit, reddit_sandbox).access

    def call(path: str, **params):
        headers = {"Authorization": f"bearer {params.pop('token', token)}"}
        headers["User-Agent"] = params.pop("agent", AGENT)
        url = f"{reddit_sandbox.url}/reddit/oauth/{path}"
        return httpx.get(url, params=params, headers=headers, trust_env=False)

    return call


def test_lists_are_listings_of_things(ask):
    body = ask("user/milabuilds/submitted", limit=2).json()
    assert body["kind"] == "Listing"
    assert set(body["data"]) >= {"after", "before", "dist", "children"}
    first, second = body["data"]["children"]
    assert (first["kind"], body["data"]["after"]) == ("t3", second["data"]["name"])
    gone = ask("user/milabuilds/submitted", after="t3_nothing").json()
    assert gone["data"]["children"] == []  # no error: the listing simply ends


def test_a_post_comes_as_two_listings(ask, reddit_sandbox):
    post = newest_post(reddit_sandbox)
    rows = ask(f"comments/{post[3:]}", limit=3).json()
    assert [row["kind"] for row in rows] == ["Listing", "Listing"]
    assert rows[0]["data"]["children"][0]["data"]["name"] == post


def test_every_answer_tells_the_allowance(ask):
    headers = ask("api/v1/me").headers
    assert float(headers["x-ratelimit-remaining"]) == 999.0
    assert headers["x-ratelimit-used"] == "1"
    assert 0 < int(headers["x-ratelimit-reset"]) <= 600


@pytest.mark.parametrize(
    ("params", "status", "named"),
    [
        ({"token": "nobody"}, 401, 'error="invalid_token"'),
        ({"agent": "python-httpx/0.28"}, 429, ""),
        ({"agent": "Aura (creator protection)"}, 429, ""),
    ],
)
def test_it_refuses_by_status(ask, params, status, named):
    answer = ask("api/v1/me", **params)
    assert answer.status_code == status
    assert answer.json()["error"] == status
    assert named in answer.headers.get("www-authenticate", "")


def test_a_refused_code_is_an_error_with_status_200(reddit_sandbox):
    client_id, secret = reddit_sandbox.memory.options.apps["reddit"]
    packed = base64.b64encode(f"{client_id}:{secret}".encode()).decode()
    answer = httpx.post(
        f"{reddit_sandbox.url}/reddit/api/v1/access_token",
        data={"grant_type": "authorization_code", "code": "x", "redirect_uri": REDIRECT},
        headers={"Authorization": f"Basic {packed}", "User-Agent": AGENT},
        trust_env=False,
    )
    assert (answer.status_code, answer.json()) == (200, {"error": "invalid_grant"})


def test_without_a_lasting_permission_there_is_no_renewal(reddit, reddit_sandbox):
    url = reddit.authorize_url("s", "", REDIRECT).replace("permanent", "temporary")
    tokens = reddit.exchange(reddit_sandbox.approve(url)["code"], "", REDIRECT)
    assert tokens.refresh is None


def test_tokens_survive_a_restart(tmp_path):
    options = Options(comments=5, state_file=str(tmp_path / "state.json"))
    memory = keeping.remember(options)
    memory.crowd_of("reddit")
    wallet = memory.wallet("reddit")
    code = wallet.issue_code(
        redirect_uri=REDIRECT, channel_id="t2_x", scopes=("read",), is_lasting=True
    )
    grant, access = wallet.exchange(code, REDIRECT)
    keeping.save(memory)
    again: Memory = keeping.remember(options)
    assert again.wallet("reddit").holder(access).scopes == ("read",)
    assert grant.refresh in again.wallet("reddit").by_refresh
