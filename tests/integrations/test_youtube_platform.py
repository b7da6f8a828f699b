"""The YouTube adapter against the sandbox, over real HTTP: the grant, and reading."""

from datetime import UTC, datetime, timedelta
from urllib.parse import parse_qs, urlsplit

import pytest

from integrations.platforms import PLATFORMS, platform
from integrations.platforms.base import (
    Bucket,
    Cap,
    ErrorKind,
    Platform,
    PlatformError,
    RemoteComment,
    Visibility,
)
from integrations.platforms.client import Client
from integrations.platforms.egress import Egress
from integrations.sandbox.grants import FORCE_SSL, READONLY, s256
from tests.integrations.sandbox_server import REDIRECT
from tests.integrations.youtube_cast import (
    VERIFIER,
    adapter,
    channel_id,
    everything,
    published,
    sign_in,
)

pytest_plugins = ("tests.integrations.youtube_fixtures",)

# --- the grant -----------------------------------------------------------------------------------


def test_it_asks_for_offline_access_with_a_challenge(youtube, youtube_sandbox):
    url = urlsplit(youtube.authorize_url("state-1", "challenge-1", REDIRECT))
    query = {name: values[0] for name, values in parse_qs(url.query).items()}
    assert url.path == "/google/o/oauth2/v2/auth"
    assert query == {
        "client_id": youtube_sandbox.client_id,
        "redirect_uri": REDIRECT,
        "response_type": "code",
        "scope": f"{READONLY} {FORCE_SSL}",
        "access_type": "offline",
        "prompt": "consent",
        "include_granted_scopes": "true",
        "state": "state-1",
        "code_challenge": "challenge-1",
        "code_challenge_method": "S256",
    }


def test_it_trades_a_code_for_tokens(youtube, youtube_sandbox):
    callback = youtube_sandbox.approve(youtube.authorize_url("state-1", s256(VERIFIER), REDIRECT))
    assert callback["state"] == "state-1"
    tokens = youtube.exchange(callback["code"], VERIFIER, REDIRECT)
    assert tokens.refresh
    assert youtube.missing_scopes(tokens.scopes) == ()
    assert tokens.access_expires_at is not None
    left = tokens.access_expires_at - datetime.now(UTC)
    assert timedelta(minutes=59) < left < timedelta(minutes=60)
    assert tokens.access not in repr(tokens)
    assert tokens.refresh not in repr(tokens)


def test_it_hears_a_denied_consent(youtube, youtube_sandbox):
    callback = youtube_sandbox.deny(youtube.authorize_url("state-1", s256(VERIFIER), REDIRECT))
    assert callback == {"state": "state-1", "error": "access_denied"}


@pytest.mark.parametrize(
    ("verifier", "redirect", "kind"),
    [
        ("wrong" * 12, REDIRECT, ErrorKind.INVALID),
        (VERIFIER, "http://aura.localhost:8000/elsewhere/", ErrorKind.DENIED),
    ],
)
def test_it_explains_a_refused_code(youtube, youtube_sandbox, verifier, redirect, kind):
    code = youtube_sandbox.approve(youtube.authorize_url("s", s256(VERIFIER), REDIRECT))["code"]
    with pytest.raises(PlatformError) as caught:
        youtube.exchange(code, verifier, redirect)
    assert caught.value.kind is kind
    assert code not in str(caught.value)


def test_it_refuses_a_code_twice(youtube, youtube_sandbox):
    code = youtube_sandbox.approve(youtube.authorize_url("s", s256(VERIFIER), REDIRECT))["code"]
    youtube.exchange(code, VERIFIER, REDIRECT)
    with pytest.raises(PlatformError) as caught:
        youtube.exchange(code, VERIFIER, REDIRECT)
    assert caught.value.kind is ErrorKind.INVALID


def test_it_sends_a_code_once_even_when_the_answer_is_lost(youtube, youtube_sandbox):
    code = youtube_sandbox.approve(youtube.authorize_url("s", s256(VERIFIER), REDIRECT))["code"]
    youtube_sandbox.fault("lost_response", "/google/token")
    with pytest.raises(PlatformError) as caught:
        youtube.exchange(code, VERIFIER, REDIRECT)
    assert caught.value.kind is ErrorKind.INVALID
    assert len(youtube_sandbox.requests("/google/token")) == 1


def test_it_names_a_wrong_client_registration(youtube_sandbox):
    http = Client(egress=Egress.but(youtube_sandbox.allowed), timeout_s=3)
    youtube = adapter(youtube_sandbox, http, client_secret="wrong")
    with pytest.raises(PlatformError) as caught:
        youtube.refresh("1//0nothing")
    assert caught.value.kind is ErrorKind.DENIED
    http.close()


def test_it_refreshes_without_a_new_refresh_token(youtube, youtube_sandbox):
    tokens = sign_in(youtube, youtube_sandbox)
    fresh = youtube.refresh(tokens.refresh)
    assert fresh.access != tokens.access
    assert fresh.refresh is None
    assert youtube.fetch_account(fresh.access).handle == "@milabuilds"


def test_it_repeats_a_refresh_whose_answer_was_lost(youtube, youtube_sandbox):
    tokens = sign_in(youtube, youtube_sandbox)
    youtube_sandbox.fault("lost_response", "/google/token")
    assert youtube.refresh(tokens.refresh).access


def test_it_knows_that_a_revoked_grant_is_final(youtube, youtube_sandbox):
    tokens = sign_in(youtube, youtube_sandbox)
    youtube_sandbox.ctl("POST", "tokens", op="revoke", channel="mila")
    with pytest.raises(PlatformError) as caught:
        youtube.refresh(tokens.refresh)
    assert caught.value.kind is ErrorKind.AUTH_REVOKED


def test_it_revokes_and_does_not_mind_a_dead_token(youtube, youtube_sandbox):
    tokens = sign_in(youtube, youtube_sandbox)
    youtube.revoke(tokens.refresh)
    youtube.revoke(tokens.refresh)
    with pytest.raises(PlatformError) as caught:
        youtube.fetch_account(tokens.access)
    assert caught.value.kind is ErrorKind.AUTH_EXPIRED
    assert all("token=" not in call["path"] for call in youtube_sandbox.requests("/google/revoke"))


def test_it_tells_which_capabilities_a_withheld_scope_costs(youtube, youtube_sandbox):
    tokens = sign_in(youtube, youtube_sandbox, grant=READONLY)
    assert youtube.missing_scopes(tokens.scopes) == (FORCE_SSL,)
    support = youtube.capabilities_for(tokens.scopes)
    assert support[Cap.PROFILE].state == "yes"
    assert support[Cap.COMMENT_HIDE].state == "needs_scope"
    assert support[Cap.COMMENT_REPORT].state == "no"
    assert support[Cap.COMMENT_REPORT].manual_url
    with pytest.raises(PlatformError) as caught:
        youtube.comments(tokens.access, channel_id(youtube_sandbox), Bucket.PUBLISHED)
    assert caught.value.kind is ErrorKind.SCOPE_MISSING


def test_it_counts_force_ssl_as_readonly(youtube):
    assert youtube.missing_scopes([FORCE_SSL]) == ()
    assert set(youtube.capabilities) == set(Cap)


# --- reading -------------------------------------------------------------------------------------


def test_it_reads_the_account(youtube, access, youtube_sandbox):
    account = youtube.fetch_account(access)
    assert account.id == channel_id(youtube_sandbox)
    assert (account.name, account.handle) == ("Mila Builds", "@milabuilds")
    assert account.uploads_id == "UU" + account.id[2:]
    assert account.followers is not None
    assert account.followers >= 184_000
    assert account.posts == 24


def test_it_reads_every_post_with_its_counters(youtube, youtube_sandbox):
    access = sign_in(youtube, youtube_sandbox, "ines").access
    account = youtube.fetch_account(access)
    page = youtube.posts(access, account.uploads_id)
    assert len(page.items) == 18
    assert page.exhausted
    times = [post.created_at for post in page.items]
    assert times == sorted(times, reverse=True)
    closed = [post for post in page.items if not post.comments_enabled]
    assert [post.title for post in closed] == ["Ma cuisine de 4 m2, visite guidée"]
    assert closed[0].comments is None
    assert all(post.views and post.url.endswith(post.id) for post in page.items)


def test_it_takes_a_channel_without_uploads(youtube, access):
    page = youtube.posts(access, "UUnothing")
    assert (page.items, page.exhausted) == ((), True)


def test_it_finds_every_comment_in_the_three_buckets(youtube, access, youtube_sandbox):
    channel = channel_id(youtube_sandbox)
    youtube_sandbox.comment(
        "held reply",
        parent=youtube_sandbox.comment("a thread to answer")["id"],
        status="heldForReview",
    )
    truth = {c["id"]: c for c in youtube_sandbox.found(channel="mila", limit=10_000)}
    seen: dict[str, RemoteComment] = {}
    for bucket in Bucket:
        seen |= {c.id: c for c in everything(youtube, access, channel, bucket)}
    assert set(seen) == set(truth)
    names = {"published": "public", "heldForReview": "held", "likelySpam": "spam"}
    for comment_id, item in seen.items():
        told = truth[comment_id]
        assert item.visibility == names[told["status"]]
        assert item.text == told["text"]
        assert item.post_id == told["video_id"]
        assert item.parent_id == told["parent_id"]
        assert item.author_id == told["author_id"]
        assert item.created_at.isoformat() == told["published_at"]
        assert item.is_own == (item.author_handle == "@milabuilds")
        assert item.permalink.startswith("https://www.youtube.com/watch?v=")


def test_it_keeps_order_and_pages_of_a_hundred_threads(youtube, access, youtube_sandbox):
    youtube_sandbox.burst(130, text="wave {i}")
    page = youtube.comments(access, channel_id(youtube_sandbox), Bucket.PUBLISHED)
    tops = [item for item in page.items if item.parent_id is None]
    assert len(tops) == 100
    times = [item.created_at for item in tops]
    assert times == sorted(times, reverse=True)
    following = youtube.comments(
        access, channel_id(youtube_sandbox), Bucket.PUBLISHED, page.next_cursor
    )
    assert not {item.id for item in following.items} & {item.id for item in page.items}


def test_it_names_threads_whose_replies_were_cut(youtube, access, youtube_sandbox):
    top = youtube_sandbox.comment("a long talk")
    for number in range(12):
        youtube_sandbox.comment(f"answer {number}", parent=top["id"])
    page = youtube.comments(access, channel_id(youtube_sandbox), Bucket.PUBLISHED)
    ref = next(ref for ref in page.incomplete if ref.parent_id == top["id"])
    assert (ref.post_id, ref.total) == (top["video_id"], 12)
    replies = youtube.replies(access, ref.parent_id, post_id=ref.post_id)
    assert {item.text for item in replies.items} == {f"answer {n}" for n in range(12)}
    assert all(item.post_id == ref.post_id and item.permalink for item in replies.items)


def test_it_reads_text_as_text(youtube, access, youtube_sandbox):
    nasty = "<b onclick=x>& \u202eabc\u202c \u200bzero\nline {{ 7*7 }} 👩‍👩‍👧"
    made = youtube_sandbox.comment(nasty, author="@<script>")
    item = published(youtube, access, youtube_sandbox, made["id"])
    assert item.text == nasty
    assert item.author_name == "@<script>"


def test_it_sees_an_edit(youtube, access, youtube_sandbox):
    made = youtube_sandbox.comment("nice")
    assert published(youtube, access, youtube_sandbox, made["id"]).edited_at is None
    youtube_sandbox.ctl("POST", "comments", op="edit", id=made["id"], text="not nice")
    item = published(youtube, access, youtube_sandbox, made["id"])
    assert item.text == "not nice"
    assert item.edited_at is not None


def test_it_answers_what_still_exists_by_id(youtube, access, youtube_sandbox):
    ids = youtube_sandbox.burst(60, text="wave {i}")
    youtube_sandbox.ctl("POST", "comments", op="delete", id=ids[0])
    states = youtube.comment_states(access, ids)
    assert states[ids[0]] is None
    assert sum(state is not None for state in states.values()) == 59
    assert states[ids[1]].visibility is Visibility.UNKNOWN
    assert len(youtube_sandbox.requests(r"/comments\?.*id=")) == 2


def test_it_finds_out_which_of_many_ids_is_gone(youtube, access, youtube_sandbox):
    ids = youtube_sandbox.burst(3, text="wave {i}")
    youtube_sandbox.fault("commentNotFound", r"/comments\?", times=2)
    states = youtube.comment_states(access, ids)
    assert states[ids[0]] is None
    assert all(states[found] is not None for found in ids[1:])


def test_it_is_built_from_settings_once(settings, youtube_sandbox):
    settings.PLATFORM_BASE_URLS = youtube_sandbox.base_urls
    settings.PLATFORM_ALLOWED_HOSTS = youtube_sandbox.allowed
    settings.GOOGLE_CLIENT_ID = youtube_sandbox.client_id
    settings.GOOGLE_CLIENT_SECRET = youtube_sandbox.client_secret
    built: Platform = platform("youtube")
    assert platform("youtube") is built
    assert sign_in(platform("youtube"), youtube_sandbox).refresh
    settings.GOOGLE_CLIENT_ID = "another"
    assert platform("youtube") is not built
    with pytest.raises(KeyError):
        platform("myspace")


def test_it_answers_to_the_common_protocol(youtube):
    adapter: Platform = youtube
    assert (adapter.kind, adapter.label) == ("youtube", PLATFORMS["youtube"].label)
    assert adapter.rate.write_batch == 50
