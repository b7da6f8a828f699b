"""The sandbox's YouTube answers, field by field, as the public reference describes them."""

import httpx
import pytest

from integrations.sandbox.grants import READONLY
from tests.integrations.youtube_cast import channel_id, sign_in

pytest_plugins = ("tests.integrations.youtube_fixtures",)


@pytest.fixture
def api(youtube_browser, access):
    """Mila's API calls; paths are relative to /youtube/v3."""

    class Api:
        def __getattr__(self, verb):
            def call(path, headers=None, **sent):
                signed = {"Authorization": f"Bearer {access}", **(headers or {})}
                return youtube_browser.request(
                    verb.upper(), f"/youtube/v3{path}", headers=signed, **sent
                )

            return call

    return Api()


def reason(response: httpx.Response, status: int) -> str:
    assert response.status_code == status, response.text
    error = response.json()["error"]
    assert error["code"] == status
    assert error["message"] == error["errors"][0]["message"]
    assert error["errors"][0]["domain"]
    return str(error["errors"][0]["reason"])


def test_it_sends_the_listing_envelope(api, youtube_sandbox):
    channel = channel_id(youtube_sandbox)
    body = api.get(
        "/commentThreads",
        params={
            "part": "snippet,replies",
            "allThreadsRelatedToChannelId": channel,
            "order": "time",
            "maxResults": 3,
        },
    ).json()
    assert body["kind"] == "youtube#commentThreadListResponse"
    assert body["pageInfo"] == {"totalResults": 3, "resultsPerPage": 3}
    assert isinstance(body["nextPageToken"], str)
    thread = body["items"][0]
    assert (thread["kind"], set(thread["snippet"])) == (
        "youtube#commentThread",
        {"channelId", "videoId", "topLevelComment", "canReply", "totalReplyCount", "isPublic"},
    )
    top = thread["snippet"]["topLevelComment"]
    assert top["id"] == thread["id"]
    assert top["snippet"]["moderationStatus"] == "published"
    assert set(top["snippet"]["authorChannelId"]) == {"value"}
    assert isinstance(top["snippet"]["likeCount"], int)
    assert top["snippet"]["publishedAt"].endswith("Z")


def test_it_counts_in_strings(api, youtube_sandbox):
    me = api.get("/channels", params={"part": "statistics,contentDetails", "mine": "true"}).json()
    statistics = me["items"][0]["statistics"]
    assert all(statistics[name].isdigit() for name in ("viewCount", "videoCount"))
    assert statistics["hiddenSubscriberCount"] is False
    uploads = me["items"][0]["contentDetails"]["relatedPlaylists"]["uploads"]
    listed = api.get(
        "/playlistItems", params={"part": "contentDetails", "playlistId": uploads, "maxResults": 50}
    ).json()
    ids = [item["contentDetails"]["videoId"] for item in listed["items"]]
    assert listed["pageInfo"]["totalResults"] == len(ids) == 24
    videos = api.get("/videos", params={"part": "statistics", "id": ",".join(ids)}).json()["items"]
    closed = [video for video in videos if "commentCount" not in video["statistics"]]
    assert len(closed) == 1
    assert all(video["statistics"]["viewCount"].isdigit() for video in videos)


def test_it_lets_counters_grow_with_time(api, youtube_sandbox):
    def views() -> int:
        me = api.get("/channels", params={"part": "statistics", "mine": "true"}).json()
        return int(me["items"][0]["statistics"]["viewCount"])

    before = views()
    youtube_sandbox.ctl("POST", "clock", advance_s=1800)
    assert views() > before


def test_it_pages_through_uploads_five_at_a_time_by_default(api, youtube_sandbox):
    uploads = "UU" + channel_id(youtube_sandbox)[2:]
    seen, token = [], None
    while True:
        params = {"part": "contentDetails", "playlistId": uploads} | (
            {"pageToken": token} if token else {}
        )
        body = api.get("/playlistItems", params=params).json()
        assert len(body["items"]) <= 5
        seen += [item["contentDetails"]["videoId"] for item in body["items"]]
        token = body.get("nextPageToken")
        if not token:
            break
    assert len(seen) == len(set(seen)) == 24


def test_it_formats_text_as_html_unless_asked(api, youtube_sandbox):
    made = youtube_sandbox.comment("a <b> & c\nd")
    params = {"part": "snippet", "id": made["id"]}
    html = api.get("/comments", params=params).json()["items"][0]["snippet"]
    assert html["textDisplay"] == "a &lt;b&gt; &amp; c<br>d"
    plain = api.get("/comments", params=params | {"textFormat": "plainText"}).json()
    assert plain["items"][0]["snippet"]["textDisplay"] == "a <b> & c\nd"


def test_it_hides_the_status_when_asked_by_id(api, youtube_sandbox):
    made = youtube_sandbox.comment("waiting", status="heldForReview")
    found = api.get("/comments", params={"part": "snippet", "id": made["id"]}).json()["items"]
    assert "moderationStatus" not in found[0]["snippet"]
    assert "videoId" not in found[0]["snippet"]
    youtube_sandbox.comment("gone", status="rejected")
    gone = youtube_sandbox.found(text="gone", status="rejected")[0]
    empty = api.get("/comments", params={"part": "snippet", "id": gone["id"]}).json()
    assert empty["items"] == []


def test_it_lists_a_public_thread_as_held_when_a_reply_is(api, youtube_sandbox):
    top = youtube_sandbox.comment("fine")
    reply = youtube_sandbox.comment("not fine", parent=top["id"], status="heldForReview")
    params = {"part": "snippet,replies", "videoId": top["video_id"]}
    held = api.get("/commentThreads", params=params | {"moderationStatus": "heldForReview"}).json()
    thread = next(item for item in held["items"] if item["id"] == top["id"])
    assert thread["snippet"]["topLevelComment"]["snippet"]["moderationStatus"] == "published"
    assert [c["id"] for c in thread["replies"]["comments"]] == [reply["id"]]
    public = api.get("/commentThreads", params=params).json()
    thread = next(item for item in public["items"] if item["id"] == top["id"])
    assert "replies" not in thread
    assert thread["snippet"]["totalReplyCount"] == 0


def test_it_sends_five_replies_along(api, youtube_sandbox):
    top = youtube_sandbox.comment("talk")
    for number in range(7):
        youtube_sandbox.comment(f"answer {number}", parent=top["id"])
    params = {"part": "snippet,replies", "videoId": top["video_id"]}
    thread = api.get("/commentThreads", params=params).json()["items"][0]
    assert thread["snippet"]["totalReplyCount"] == 7
    assert len(thread["replies"]["comments"]) == 5
    replies = api.get("/comments", params={"part": "snippet", "parentId": top["id"]}).json()
    assert len(replies["items"]) == 7
    assert all(item["snippet"]["parentId"] == top["id"] for item in replies["items"])


def test_it_hides_the_replies_of_a_rejected_comment(api, youtube_sandbox):
    top = youtube_sandbox.comment("awful")
    reply = youtube_sandbox.comment("indeed", parent=top["id"])
    done = api.post(
        "/comments/setModerationStatus", params={"id": top["id"], "moderationStatus": "rejected"}
    )
    assert (done.status_code, done.content) == (204, b"")
    assert not api.get("/comments", params={"part": "id", "id": reply["id"]}).json()["items"]
    assert reason(api.get("/comments", params={"part": "id", "parentId": top["id"]}), 404)


def test_it_moves_all_ids_or_none(api, youtube_sandbox):
    made = youtube_sandbox.comment("awful")
    params = {"id": f"{made['id']},UgNothing", "moderationStatus": "heldForReview"}
    assert reason(api.post("/comments/setModerationStatus", params=params), 404) == (
        "commentNotFound"
    )
    assert youtube_sandbox.found(id=made["id"])[0]["status"] == "published"


def test_it_deletes_only_its_own(api, youtube_sandbox):
    made = youtube_sandbox.comment("hello")
    assert reason(api.delete("/comments", params={"id": made["id"]}), 403) == "forbidden"
    body = {"snippet": {"parentId": made["id"], "textOriginal": "hello back"}}
    own = api.post("/comments", params={"part": "snippet"}, json=body).json()
    assert own["snippet"]["parentId"] == made["id"]
    assert own["snippet"]["authorDisplayName"] == "@milabuilds"
    assert api.delete("/comments", params={"id": own["id"]}).status_code == 204
    assert reason(api.delete("/comments", params={"id": own["id"]}), 404) == "commentNotFound"


@pytest.mark.parametrize(
    ("path", "params", "status", "expected"),
    [
        ("commentThreads", {"videoId": "x"}, 400, "missingRequiredParameter"),
        ("commentThreads", {"part": "snippet"}, 400, "missingRequiredParameter"),
        ("commentThreads", {"part": "mood", "videoId": "x"}, 400, "unknownPart"),
        ("commentThreads", {"part": "snippet", "videoId": "x"}, 404, "videoNotFound"),
        (
            "commentThreads",
            {"part": "snippet", "videoId": "x", "id": "y"},
            400,
            "incompatibleParameters",
        ),
        (
            "commentThreads",
            {"part": "snippet", "id": "y", "moderationStatus": "published"},
            400,
            "incompatibleParameters",
        ),
        (
            "commentThreads",
            {"part": "snippet", "videoId": "x", "maxResults": "101"},
            400,
            "invalidParameter",
        ),
        (
            "commentThreads",
            {"part": "snippet", "videoId": "x", "moderationStatus": "rejected"},
            400,
            "invalidParameter",
        ),
        (
            "commentThreads",
            {"part": "snippet", "allThreadsRelatedToChannelId": "UCx"},
            404,
            "channelNotFound",
        ),
        ("comments", {"part": "snippet", "parentId": "x"}, 404, "commentNotFound"),
        ("playlistItems", {"part": "snippet", "playlistId": "x"}, 404, "playlistNotFound"),
    ],
)
def test_it_refuses_in_the_platforms_words(api, path, params, status, expected):
    assert reason(api.get(f"/{path}", params=params), status) == expected


@pytest.mark.parametrize(
    ("params", "expected"),
    [
        ({"moderationStatus": "heldForReview", "banAuthor": "true"}, "banWithoutReject"),
        ({"moderationStatus": "likelySpam"}, "invalidParameter"),
    ],
)
def test_it_refuses_impossible_moderation(api, youtube_sandbox, params, expected):
    made = youtube_sandbox.comment("hello")
    response = api.post("/comments/setModerationStatus", params=params | {"id": made["id"]})
    assert reason(response, 400) == expected


@pytest.mark.parametrize(
    ("snippet", "status", "expected"),
    [
        ({"textOriginal": "x"}, 400, "parentCommentIdRequired"),
        ({"parentId": "UgNothing", "textOriginal": "x"}, 404, "parentCommentNotFound"),
        ({"parentId": "UgNothing", "textOriginal": " "}, 400, "commentTextRequired"),
        ({"parentId": "UgNothing", "textOriginal": "x" * 10_001}, 400, "commentTextTooLong"),
    ],
)
def test_it_refuses_an_impossible_reply(api, snippet, status, expected):
    response = api.post("/comments", params={"part": "snippet"}, json={"snippet": snippet})
    assert reason(response, status) == expected


def test_it_turns_comments_off_where_the_owner_did(api, youtube_sandbox):
    videos = youtube_sandbox.ctl("GET", "accounts")[0]["videos"]
    closed = next(video["id"] for video in videos if not video["comments_enabled"])
    response = api.get("/commentThreads", params={"part": "snippet", "videoId": closed})
    assert reason(response, 403) == "commentsDisabled"


def test_it_asks_for_a_token_and_the_right_scope(youtube, youtube_sandbox):
    url = f"{youtube_sandbox.url}/youtube/v3/commentThreads"
    assert reason(httpx.get(url, trust_env=False), 401) == "authError"
    weak = sign_in(youtube, youtube_sandbox, grant=READONLY).access
    response = httpx.get(url, headers={"Authorization": f"Bearer {weak}"}, trust_env=False)
    assert reason(response, 403) == "insufficientPermissions"
    details = response.json()["error"]["details"][0]
    assert details["reason"] == "ACCESS_TOKEN_SCOPE_INSUFFICIENT"


def test_it_keeps_a_quota_that_comes_back_at_midnight_pacific(api, youtube_sandbox):
    def used() -> int:
        units: int = youtube_sandbox.ctl("GET", "state")["quota"]["used"]
        return units

    made = youtube_sandbox.comment("hello")
    api.get("/commentThreads")
    assert used() == 1  # a refused request costs, too
    api.post(
        "/comments/setModerationStatus",
        params={"id": made["id"], "moderationStatus": "heldForReview"},
    )
    assert used() == 51
    youtube_sandbox.ctl("POST", "quota", used=9_999)
    params = {"part": "id", "mine": "true"}
    assert api.get("/channels", params=params).status_code == 200
    assert reason(api.get("/channels", params=params), 403) == "quotaExceeded"
    youtube_sandbox.ctl("POST", "clock", advance_s=86_400)
    # A day later the access token has run out, but the ledger is new.
    assert used() == 0


def test_it_answers_304_to_an_etag(api):
    params = {"part": "snippet", "mine": "true"}
    first = api.get("/channels", params=params)
    again = api.get("/channels", params=params, headers={"If-None-Match": first.headers["etag"]})
    assert (again.status_code, again.content) == (304, b"")


def test_it_does_not_accept_the_token_of_another_listing(api, youtube_sandbox):
    youtube_sandbox.burst(30, text="wave {i}")
    params = {
        "part": "snippet",
        "allThreadsRelatedToChannelId": channel_id(youtube_sandbox),
        "maxResults": 5,
    }
    token = api.get("/commentThreads", params=params).json()["nextPageToken"]
    other = params | {"moderationStatus": "heldForReview", "pageToken": token}
    assert reason(api.get("/commentThreads", params=other), 400) == "invalidPageToken"


def test_it_searches_and_orders_by_relevance(api, youtube_sandbox):
    made = youtube_sandbox.comment("where did you buy the Zwirbeldings?")
    params = {
        "part": "snippet",
        "allThreadsRelatedToChannelId": channel_id(youtube_sandbox),
        "maxResults": 100,
    }
    found = api.get("/commentThreads", params=params | {"searchTerms": "zwirbeldings"}).json()
    assert [item["id"] for item in found["items"]] == [made["id"]]
    best = api.get("/commentThreads", params=params | {"order": "relevance"}).json()["items"]
    likes = [item["snippet"]["topLevelComment"]["snippet"]["likeCount"] for item in best]
    assert likes == sorted(likes, reverse=True)
