"""The sandbox's TikTok as raw HTTP: the very envelopes, orders and refusals of the documents."""

import httpx
import pytest

from integrations.sandbox import keeping
from integrations.sandbox.memory import Memory, Options
from tests.integrations.tiktok_cast import REDIRECT, newest_video, sign_in

pytest_plugins = ("tests.integrations.tiktok_fixtures",)

BASE = "/tiktok/business/open_api/v1.3"


@pytest.fixture
def ask(tiktok, tiktok_sandbox):
    """`ask(path, **params)`: a GET of the API for Business, as Mila; the JSON."""
    _app, open_id, token = sign_in(tiktok, tiktok_sandbox).access.split(":")

    def call(path: str, **params):
        token_ = params.pop("token", token)
        answer = httpx.get(
            f"{tiktok_sandbox.url}{BASE}/{path}/",
            params={"business_id": open_id, **params},
            headers={"Access-Token": token_},
            trust_env=False,
        )
        assert answer.status_code == 200  # whatever happened
        return answer.json()

    return call


def test_a_success_and_a_refusal_have_the_same_envelope(ask):
    assert ask("business/get", fields='["username"]') == {
        "code": 0,
        "message": "OK",
        "request_id": "r-1",
        "data": {"username": "milabuilds"},
    }
    refused = ask("business/get", fields='["shoe_size"]')
    assert (refused["code"], refused["data"]) == (40002, {})


@pytest.mark.parametrize(
    ("params", "code"),
    [
        ({"token": ""}, 40104),
        ({"token": "act.nobody"}, 40105),
        ({"business_id": "another"}, 40001),
        ({"video_id": ""}, 40002),
        ({"video_id": "1"}, 40002),
        ({"max_count": "31"}, 40002),
        ({"sort_field": "colour"}, 40002),
        ({"comment_ids": "x"}, 40002),
    ],
)
def test_it_refuses_in_codes(ask, tiktok_sandbox, params, code):
    given = {"video_id": newest_video(tiktok_sandbox), **params}
    assert ask("business/comment/list", **given)["code"] == code


def test_an_expired_token_has_a_code_of_its_own(ask, tiktok_sandbox):
    tiktok_sandbox.ctl("POST", "tokens", op="expire", platform="tiktok")
    assert ask("business/get", fields='["username"]')["code"] == 40102


def test_throttling_is_a_200(ask, tiktok_sandbox):
    tiktok_sandbox.fault("throttled", "business/get")
    told = ask("business/get", fields='["username"]')
    assert told["code"] == 40100


def test_the_default_order_is_random(ask, tiktok_sandbox):
    video = newest_video(tiktok_sandbox)
    tiktok_sandbox.burst(25, text="wave {i}", video=video, platform="tiktok", spread_s=900)
    orders = [
        [
            one["comment_id"]
            for one in ask("business/comment/list", video_id=video)["data"]["comments"]
        ]
        for _ in range(3)
    ]
    assert orders[0] != orders[1] or orders[1] != orders[2]


def test_ids_are_text_in_lists_and_numbers_in_reply_list(ask, tiktok_sandbox):
    top = tiktok_sandbox.comment("top", platform="tiktok")
    inner = tiktok_sandbox.comment("in", platform="tiktok", parent=top["id"])
    comments = ask(
        "business/comment/list", video_id=top["video_id"], include_replies="true", max_count="30",
        sort_field="create_time", sort_order="desc",
    )["data"]["comments"]  # fmt: skip
    found = next(one for one in comments if one["comment_id"] == top["id"])
    assert found["reply_list"][0]["comment_id"] == int(inner["id"])
    assert found["create_time"].isdigit()
    assert (found["owner"], found["status"]) == (False, "PUBLIC")


def test_the_display_api_says_ok_in_its_error(tiktok_sandbox):
    http = httpx.Client(base_url=tiktok_sandbox.url, trust_env=False)
    told = http.get("/tiktok/open/v2/user/info/?fields=open_id")
    assert told.status_code == 401
    assert told.json()["error"]["code"] == "access_token_invalid"
    oauth = http.post("/tiktok/open/v2/oauth/token/", data={"client_key": "x"})
    assert oauth.json()["error"] == "invalid_client"
    http.close()


@pytest.mark.parametrize(
    ("changed", "words"),
    [
        ({"client_key": "nobody"}, "incorrect"),
        ({"redirect_uri": REDIRECT.rstrip("/")}, "ending in a slash"),
        ({"redirect_uri": f"{REDIRECT}?a=b/"}, "ending in a slash"),
        ({"scope": "comment.everything"}, "may not ask"),
        ({"state": ""}, "state"),
    ],
)
def test_the_consent_page_refuses_wrong_requests(tiktok, tiktok_sandbox, changed, words):
    url = httpx.URL(tiktok.authorize_url("s", "", REDIRECT)).copy_merge_params(changed)
    page = httpx.get(url, trust_env=False)
    assert page.status_code == 400
    assert words in page.text


def test_the_consent_page_names_tiktok_and_every_permission(tiktok):
    page = httpx.get(tiktok.authorize_url("s", "", REDIRECT), trust_env=False).text
    assert "your TikTok account" in page
    assert "Answer, hide and show comments" in page


def test_a_webhook_address_is_set_per_app(tiktok_sandbox):
    app_id, secret = tiktok_sandbox.memory.options.apps["tiktok_business"]
    fields = {"app_id": app_id, "secret": secret, "event_type": "COMMENT"}
    http = httpx.Client(base_url=f"{tiktok_sandbox.url}{BASE}", trust_env=False)
    http.post("/business/webhook/update/", json={**fields, "callback_url": "https://a.example/"})
    told = http.post("/business/webhook/list/", json=fields).json()
    assert told["data"]["callback_url"] == "https://a.example/"
    wrong = http.post("/business/webhook/list/", json={**fields, "secret": "x"}).json()
    assert wrong["code"] == 40002
    http.close()


def test_tokens_and_comments_survive_a_restart(tmp_path):
    options = Options(state_file=str(tmp_path / "s.json"), comments=10)
    first = Memory(options)
    world = first.world_of("tiktok")
    video = next(iter(world.videos.values()))
    made = world.add(video=video, author=world.author("@x"), text="kept", at=first.clock.now())
    wallet = first.wallet("tiktok")
    code = wallet.issue_code(
        app="business", redirect_uri="r", account_id=video.channel_id, scopes=("a",)
    )
    grant, tt_access = wallet.exchange("business", code, "r")
    keeping.save(first)
    second = keeping.remember(options)
    assert second.world_of("tiktok").comments[made.id].text == "kept"
    assert second.wallet("tiktok").holder(tt_access).scopes == ("a",)
    assert second.wallet("tiktok").refresh("business", grant.refresh)[1]
