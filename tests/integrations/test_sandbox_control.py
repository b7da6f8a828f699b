"""The sandbox's control plane, its public pages, and the walls around them."""

import pytest

from tests.integrations.sandbox_server import TOKEN
from tests.integrations.youtube_cast import SIZE

pytest_plugins = ("tests.integrations.youtube_fixtures",)


@pytest.fixture
def browser(youtube_browser, youtube_sandbox):
    return youtube_browser


@pytest.mark.parametrize("token", ["", "wrong", TOKEN + "x", "é"])
@pytest.mark.parametrize(("method", "name"), [("GET", "state"), ("POST", "reset")])
def test_it_refuses_control_without_the_token(browser, token, method, name):
    headers = {"X-Sandbox-Token": token.encode()}
    assert browser.request(method, f"/_ctl/{name}", headers=headers).status_code == 403


@pytest.mark.parametrize(
    ("host", "status"),
    [
        ("127.0.0.1", 200),
        ("localhost:9100", 200),
        ("sandbox.localhost", 200),
        ("evil.example", 421),
        ("127.0.0.1.evil.example", 421),
        ("", 421),
    ],
)
def test_it_answers_to_loopback_names_only(browser, host, status):
    assert browser.get("/", headers={"Host": host}).status_code == status


def test_it_tells_its_state(youtube_sandbox):
    state = youtube_sandbox.ctl("GET", "state")
    mila = state["channels"]["mila"]
    assert mila["comments"] == SIZE
    assert mila["published"] + mila["heldForReview"] + mila["likelySpam"] == SIZE
    assert state["quota"] == {"limit": 10_000, "used": 0}
    assert [account["key"] for account in youtube_sandbox.ctl("GET", "accounts")] == [
        "mila",
        "ines",
        "nox",
    ]


def test_it_adds_edits_and_deletes(youtube_sandbox):
    made = youtube_sandbox.comment("hello", author="@new.face", channel="nox")
    reply = youtube_sandbox.comment("Zwirbel, hi", parent=made["id"])
    assert reply["parent_id"] == made["id"]
    edited = youtube_sandbox.ctl("POST", "comments", op="edit", id=made["id"], text="Zwirbel, bye")
    assert edited["updated_at"] > edited["published_at"]
    youtube_sandbox.ctl("POST", "comments", op="delete", id=made["id"])
    assert youtube_sandbox.found(text="Zwirbel") == []


def test_it_bursts_with_given_or_invented_words(youtube_sandbox):
    ids = youtube_sandbox.burst(20, author="@pest", text="you again {i}", spread_s=3600)
    found = youtube_sandbox.found(text="you again")
    assert {c["id"] for c in found} == set(ids)
    assert len({c["author_id"] for c in found}) == 1
    assert len({c["published_at"] for c in found}) == 20
    nasty = youtube_sandbox.burst(15, channel="ines", abusive=True)
    assert len(nasty) == 15
    assert len({youtube_sandbox.found(id=i)[0]["text"] for i in nasty}) > 8


def test_it_holds_a_very_long_text(youtube_sandbox):
    made = youtube_sandbox.comment("long " * 20_000)
    assert len(youtube_sandbox.found(id=made["id"])[0]["text"]) == 100_000


@pytest.mark.parametrize(
    ("name", "fields", "part"),
    [
        ("comments", {"op": "add"}, "text"),
        ("comments", {"op": "sing"}, "op must be"),
        ("comments", {"op": "edit", "id": "x", "text": "y"}, "no comment"),
        ("comments", {"op": "add", "text": "x", "video": "x"}, "no video"),
        ("comments", {"op": "add", "text": "x", "channel": "x"}, "no channel"),
        ("comments", {"op": "add", "text": "x", "status": "angry"}, "status must be"),
        ("faults", {"action": "explode"}, "unknown action"),
        ("faults", {"action": "status:503", "match": {"path_re": "("}}, "path_re"),
        ("tokens", {"op": "steal"}, "op must be"),
        ("clock", {"advance_s": "soon"}, "could not convert"),
    ],
)
def test_it_says_why_a_control_call_makes_no_sense(browser, name, fields, part):
    response = browser.post(f"/_ctl/{name}", json=fields, headers={"X-Sandbox-Token": TOKEN})
    assert response.status_code == 400
    assert part in response.json()["error"]


def test_it_fires_a_fault_on_the_nth_call_so_many_times(browser, youtube_sandbox):
    youtube_sandbox.fault("status:503", "/youtube/v3/channels", method="GET", nth=2, times=2)
    statuses = [browser.get("/youtube/v3/channels").status_code for _ in range(5)]
    assert statuses == [401, 503, 503, 401, 401]
    rule = youtube_sandbox.ctl("GET", "faults")[0]
    assert (rule["matched"], rule["fired"]) == (5, 2)
    assert youtube_sandbox.ctl("DELETE", "faults") == []
    faults = [call["fault"] for call in youtube_sandbox.requests("/channels")]
    assert faults == [None, "status", "status", None, None]


def test_it_matches_faults_by_query_too(browser, youtube_sandbox):
    youtube_sandbox.fault("empty_200", r"moderationStatus=likelySpam")
    assert browser.get("/youtube/v3/commentThreads").status_code == 401
    spam = browser.get("/youtube/v3/commentThreads?moderationStatus=likelySpam")
    assert (spam.status_code, spam.content) == (200, b"")


def test_it_keeps_grants_over_a_reset_when_asked(youtube, access, youtube_sandbox):
    youtube_sandbox.reset(keep_grants=True)
    assert youtube.fetch_account(access).name == "Mila Builds"
    assert youtube_sandbox.ctl("GET", "requests", path_re="channels")["count"] == 1
    youtube_sandbox.ctl("DELETE", "requests")
    assert youtube_sandbox.requests() == []


def test_it_shows_the_platform_to_visitors(browser, youtube_sandbox):
    assert "Mila Builds" in browser.get("/").text
    made = youtube_sandbox.comment("<img src=x onerror=alert(1)>", author="@<i>")
    page = browser.get("/watch", params={"v": made["video_id"], "lc": made["id"]}).text
    assert "&lt;img src=x onerror=alert(1)&gt;" in page
    assert "<img" not in page
    assert "@<i>" not in page
    picture = browser.get(f"/avatars/{made['author_id']}.svg")
    assert picture.headers["content-type"] == "image/svg+xml"
    assert browser.get("/watch", params={"v": "nothing"}).status_code == 404


def test_it_lets_visitors_comment(browser, youtube_sandbox):
    video = youtube_sandbox.ctl("GET", "accounts")[0]["videos"][0]["id"]
    before = youtube_sandbox.ctl("GET", "state")["channels"]["mila"]["comments"]
    form = {"say": "text", "handle": "me", "text": "typed by hand"}
    assert browser.post(f"/watch?v={video}", data=form).status_code == 303
    assert youtube_sandbox.found(text="typed by hand")[0]["video_id"] == video
    browser.post(f"/watch?v={video}", data={"say": "abusive"})
    browser.post(f"/watch?v={video}", data={"say": "text", "text": "  "})
    after = youtube_sandbox.ctl("GET", "state")["channels"]["mila"]["comments"]
    assert after == before + 2


def test_it_hides_what_is_held_from_visitors(browser, youtube_sandbox):
    made = youtube_sandbox.comment("only the owner sees this", status="heldForReview")
    page = browser.get("/watch", params={"v": made["video_id"]}).text
    assert "only the owner sees this" not in page
