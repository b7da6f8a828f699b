"""The sandbox's Instagram answers, field by field, as the public reference describes them."""

import json
import re

import httpx
import pytest

from integrations.platforms.instagram.credential import Credential
from integrations.sandbox import keeping
from integrations.sandbox.instagram.ids import scoped_id
from integrations.sandbox.memory import Options
from tests.integrations.instagram_cast import (
    KIND,
    account_id,
    comment,
    found,
    post_ids,
    sign_in,
    wallet,
)

pytest_plugins = ("tests.integrations.instagram_fixtures",)

V = "/ig/graph/v26.0"


@pytest.fixture
def api(ig_sandbox, ig_access):
    """Mila's calls; paths are relative to the version."""
    token = Credential.unpack(ig_access).token
    with httpx.Client(base_url=ig_sandbox.url, trust_env=False, timeout=10) as http:

        def call(verb: str, path: str, version: str = "v26.0", **params: str) -> httpx.Response:
            sent = {"access_token": token, **params}
            url = f"/ig/graph/{version}{path}"
            if verb == "POST":
                return http.post(url, data=sent)
            return http.request(verb, url, params=sent)

        yield call


def error(response: httpx.Response, status: int = 400) -> tuple[int, int]:
    assert response.status_code == status, response.text
    told = response.json()["error"]
    assert {"message", "type", "code", "fbtrace_id"} <= set(told)
    return told["code"], told.get("error_subcode", 0)


def test_me_has_two_ids(api, ig_sandbox):
    only = api("GET", "/me", fields="id").json()
    assert only == {"id": scoped_id(account_id(ig_sandbox))}
    both = api("GET", "/me", fields="user_id,username,account_type,media_count").json()
    assert both["user_id"] == account_id(ig_sandbox)
    assert both["user_id"].startswith("178414")
    assert both["account_type"] == "MEDIA_CREATOR"
    assert both["media_count"] == len(post_ids(ig_sandbox))


def test_a_field_that_is_not_there_is_an_error(api):
    assert error(api("GET", "/me", fields="id,shoe_size")) == (100, 0)


def test_media_comes_newest_first_with_the_fields_asked_for(api, ig_sandbox):
    mine = account_id(ig_sandbox)
    fields = "id,caption,media_type,media_product_type,permalink,timestamp,like_count"
    body = api("GET", f"/{mine}/media", fields=fields, limit="5").json()
    first = body["data"][0]
    assert set(first) == set(fields.split(","))
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\+0000", first["timestamp"])
    assert [item["id"] for item in body["data"]] == post_ids(ig_sandbox)[:5]
    assert set(body["paging"]) == {"cursors", "next"}
    assert "access_token=" in body["paging"]["next"]
    rest = api("GET", f"/{mine}/media", limit="100", after=body["paging"]["cursors"]["after"])
    assert "next" not in rest.json()["paging"]
    assert set(rest.json()["data"][0]) == {"id"}


def test_comments_are_at_most_fifty_whatever_is_asked(api, ig_sandbox):
    post_id = post_ids(ig_sandbox)[0]
    for number in range(60):
        comment(ig_sandbox, f"wave {number}", video=post_id)
    body = api("GET", f"/{post_id}/comments", limit="500").json()
    assert len(body["data"]) == 50
    assert set(body["data"][0]) == {"id", "timestamp", "text"}
    assert error(api("GET", f"/{post_id}/comments", limit="0")) == (100, 0)


def test_nested_replies_and_where_the_rest_is(api, ig_sandbox):
    top = comment(ig_sandbox, "a long talk")
    for number in range(30):
        comment(ig_sandbox, f"answer {number}", parent=top["id"])
    body = api("GET", f"/{top['id']}", fields="id,replies{id,text,parent_id,from}").json()
    assert len(body["replies"]["data"]) == 25
    assert body["replies"]["data"][0]["parent_id"] == top["id"]
    follow = httpx.get(body["replies"]["paging"]["next"], trust_env=False).json()
    assert len(follow["data"]) == 5


def test_the_owner_appears_under_a_scoped_id(api, ig_sandbox):
    top = comment(ig_sandbox, "a question")
    made = api("POST", f"/{top['id']}/replies", message="an answer").json()
    assert set(made) == {"id"}
    told = api("GET", f"/{made['id']}", fields="from,username,parent_id,hidden").json()
    assert told["from"] == {"id": scoped_id(account_id(ig_sandbox)), "username": "milabuilds"}
    assert (told["parent_id"], told["hidden"]) == (top["id"], False)


def test_an_answer_to_a_reply_lands_in_its_thread(api, ig_sandbox):
    top = comment(ig_sandbox, "a question")
    reply = comment(ig_sandbox, "me too", parent=top["id"])
    made = api("POST", f"/{reply['id']}/replies", message="an answer").json()
    assert found(ig_sandbox, id=made["id"])[0]["parent_id"] == top["id"]


def test_hiding_takes_true_and_false_and_nothing_else(api, ig_sandbox):
    made = comment(ig_sandbox, "nasty")
    assert api("POST", f"/{made['id']}", hide="true").json() == {"success": True}
    assert api("GET", f"/{made['id']}", fields="hidden").json()["hidden"] is True
    assert error(api("POST", f"/{made['id']}", hide="maybe")) == (100, 0)
    assert error(api("POST", f"/{made['id']}")) == (100, 0)


def test_objects_of_others_do_not_exist(api, ig_sandbox):
    other = comment(ig_sandbox, "elsewhere", video=post_ids(ig_sandbox, "ines")[0])
    assert error(api("GET", f"/{other['id']}")) == (100, 33)
    assert error(api("DELETE", f"/{other['id']}")) == (100, 33)
    assert error(api("GET", "/17900000000000000")) == (100, 33)


@pytest.mark.parametrize("version", ["v20.0", "v27.0", "v1"])
def test_a_version_lives_and_dies(api, version):
    assert error(api("GET", "/me", version=version)) == (2635, 0)
    assert api("GET", "/me", version="v21.0").status_code == 200


def test_insights_know_their_metrics(api, ig_sandbox):
    post_id = post_ids(ig_sandbox)[0]
    body = api("GET", f"/{post_id}/insights", metric="views,reach,saved").json()
    assert [entry["name"] for entry in body["data"]] == ["views", "reach", "saved"]
    assert body["data"][0]["period"] == "lifetime"
    assert body["data"][0]["values"][0]["value"] > body["data"][1]["values"][0]["value"]
    for dead in ("impressions", "plays", "video_views"):
        assert error(api("GET", f"/{post_id}/insights", metric=dead)) == (100, 0)
    mine = account_id(ig_sandbox)
    whole = api("GET", f"/{mine}/insights", metric="views", metric_type="total_value").json()
    assert whole["data"][0]["total_value"]["value"] > 0


def test_every_answer_tells_how_much_is_used(api, ig_sandbox):
    wallet(ig_sandbox).allowance = 10
    answer = api("GET", "/me")
    meters = json.loads(answer.headers["X-Business-Use-Case-Usage"])
    (told,) = meters[account_id(ig_sandbox)]
    assert set(told) == {
        "type",
        "call_count",
        "total_cputime",
        "total_time",
        "estimated_time_to_regain_access",
    }
    assert 0 < told["call_count"] <= 100
    assert set(json.loads(answer.headers["X-App-Usage"])) == {
        "call_count",
        "total_time",
        "total_cputime",
    }
    for _ in range(10):
        answer = api("GET", "/me")
    assert error(answer) == (80002, 0)
    (told,) = json.loads(answer.headers["X-Business-Use-Case-Usage"])[account_id(ig_sandbox)]
    assert told["call_count"] == 100
    assert told["estimated_time_to_regain_access"] > 1400
    ig_sandbox.ctl("POST", "clock", advance_s=86_400)
    assert api("GET", "/me").status_code == 200


def test_the_token_endpoint_has_an_error_shape_of_its_own(ig_sandbox):
    answer = httpx.post(
        f"{ig_sandbox.url}/ig/api/oauth/access_token",
        data={"client_id": "x"},
        trust_env=False,
    )
    assert answer.status_code == 400
    assert set(answer.json()) == {"error_type", "code", "error_message"}


def test_a_code_is_spent_by_a_failed_try(instagram, ig_sandbox):
    url = instagram.authorize_url("s", "", "https://aura.example/oauth/instagram/callback/")
    code = ig_sandbox.approve(url)["code"]
    told = wallet(ig_sandbox)
    fields = {
        "client_id": told.client_id,
        "client_secret": told.client_secret,
        "grant_type": "authorization_code",
        "code": code,
        "redirect_uri": "https://elsewhere.example/",
    }
    for _ in range(2):
        answer = httpx.post(
            f"{ig_sandbox.url}/ig/api/oauth/access_token", data=fields, trust_env=False
        )
        assert answer.status_code == 400
        fields["redirect_uri"] = "https://aura.example/oauth/instagram/callback/"


def test_the_consent_page_offers_every_account(instagram, ig_sandbox):
    page = httpx.get(
        instagram.authorize_url("s", "", "https://aura.example/x/"), trust_env=False
    ).text
    assert page.count('name="channel"') == len(ig_sandbox.ctl("GET", "accounts", platform=KIND))
    assert page.count('name="scope"') == 3
    bad = instagram.authorize_url("s", "", "http://evil.example/")
    assert httpx.get(bad, trust_env=False).status_code == 400


def test_tokens_survive_a_restart(tmp_path, ig_sandbox, instagram):
    ig_access = Credential.unpack(sign_in(instagram, ig_sandbox).access).token
    made = comment(ig_sandbox, "before the restart")
    memory = ig_sandbox.memory
    options = Options(
        seed=memory.options.seed,
        comments=memory.options.comments,
        state_file=str(tmp_path / "state.json"),
    )
    before, memory.options.state_file = memory.options.state_file, options.state_file
    try:
        keeping.save(memory)
    finally:
        memory.options.state_file = before
    again = keeping.remember(options)
    token = again.wallet(KIND).holder(ig_access)
    assert token.channel_id == account_id(ig_sandbox)
    assert again.wallet(KIND).subscribed == wallet(ig_sandbox).subscribed
    assert again.world_of(KIND).comments[made["id"]].text == "before the restart"
