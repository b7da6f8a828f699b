"""The YouTube adapter against a sandbox that misbehaves."""

import logging
from datetime import UTC, datetime, timedelta

import httpx
import pytest

from integrations.platforms.base import (
    Bucket,
    ErrorKind,
    Page,
    PlatformError,
    RemoteComment,
    Visibility,
    walk_pages,
)
from integrations.platforms.client import Client, parse_retry_after
from integrations.platforms.egress import Egress
from integrations.platforms.youtube import YouTube, parse
from integrations.redaction import redact
from tests.integrations.youtube_cast import (
    VERIFIER,
    adapter,
    channel_id,
    everything,
    published,
    sign_in,
)

pytest_plugins = ("tests.integrations.youtube_fixtures",)

READS = "/youtube/v3/commentThreads"


@pytest.mark.parametrize(
    ("fault", "params", "kind", "calls"),
    [
        ("quotaExceeded", {}, ErrorKind.QUOTA_EXHAUSTED, 1),
        ("rateLimitExceeded", {}, ErrorKind.RATE_LIMITED, 1),
        ("rateLimitExceeded", {"status": 429}, ErrorKind.RATE_LIMITED, 1),
        ("rateLimitExceeded", {"status": 429, "daily": True}, ErrorKind.QUOTA_EXHAUSTED, 1),
        ("status", {"status": 429}, ErrorKind.RATE_LIMITED, 1),
        ("commentsDisabled", {}, ErrorKind.COMMENTS_DISABLED, 1),
        ("cursor_invalid", {}, ErrorKind.CURSOR_INVALID, 1),
        ("processingFailure", {}, ErrorKind.TRANSIENT, 3),
        ("status", {"status": 500}, ErrorKind.TRANSIENT, 3),
        ("status", {"status": 502}, ErrorKind.TRANSIENT, 3),
        ("status", {"status": 503}, ErrorKind.TRANSIENT, 3),
        ("status", {"status": 503, "retry_after": 120}, ErrorKind.TRANSIENT, 1),
        ("status", {"status": 403}, ErrorKind.DENIED, 1),
        ("status", {"status": 302}, ErrorKind.TRANSIENT, 3),
        ("token_expired", {}, ErrorKind.AUTH_EXPIRED, 1),
        ("token_revoked", {}, ErrorKind.AUTH_EXPIRED, 1),
        ("scope_removed", {}, ErrorKind.SCOPE_MISSING, 1),
        ("truncated_json", {}, ErrorKind.TRANSIENT, 3),
        ("empty_200", {}, ErrorKind.TRANSIENT, 3),
        ("reset_connection", {}, ErrorKind.TRANSIENT, 3),
        ("missing_fields", {}, ErrorKind.TRANSIENT, 1),
        ("huge_body", {}, ErrorKind.TRANSIENT, 3),
    ],
)
def test_it_names_every_failure(youtube, access, youtube_sandbox, fault, params, kind, calls):
    channel = channel_id(youtube_sandbox)
    youtube_sandbox.fault(fault, READS, times=9, **params)
    with pytest.raises(PlatformError) as caught:
        youtube.comments(access, channel, Bucket.PUBLISHED)
    assert caught.value.kind is kind
    assert caught.value.message.endswith(".")
    assert access not in str(caught.value)
    assert len(youtube_sandbox.requests(READS)) == calls
    assert (caught.value.reset_at is not None) == (kind is ErrorKind.QUOTA_EXHAUSTED)


@pytest.mark.parametrize(
    "fault", ["status:503", "truncated_json", "empty_200", "reset_connection", "slow:100"]
)
def test_it_gets_over_a_passing_problem(youtube, access, youtube_sandbox, fault):
    channel = channel_id(youtube_sandbox)
    youtube_sandbox.fault(fault, READS)
    assert youtube.comments(access, channel, Bucket.PUBLISHED).items


def test_it_gives_up_on_a_platform_that_hangs(youtube_sandbox):
    http = Client(
        egress=Egress.but(youtube_sandbox.allowed),
        timeout_s=0.3,
        attempts=2,
        sleep=lambda _seconds: None,
    )
    youtube = adapter(youtube_sandbox, http)
    access = sign_in(youtube, youtube_sandbox).access
    youtube_sandbox.fault("hang", READS, times=9)
    with pytest.raises(PlatformError) as caught:
        youtube.comments(access, channel_id(youtube_sandbox), Bucket.PUBLISHED)
    assert caught.value.kind is ErrorKind.TRANSIENT
    assert len(youtube_sandbox.requests(READS)) == 2
    http.close()


def test_it_knows_that_an_unreachable_platform_did_nothing(youtube_sandbox):
    http = Client(egress=Egress.but(["127.0.0.1:9"]), timeout_s=1, attempts=1)
    youtube = YouTube(
        http=http,
        base_urls=dict.fromkeys(
            ("google_auth", "google_token", "youtube", "websub_hub"), "http://127.0.0.1:9"
        ),
        client_id="x",
        client_secret="y",
    )
    with pytest.raises(PlatformError) as caught:
        youtube.set_visibility("ya29.x", ["Ug1"], Visibility.HELD)
    assert caught.value.kind is ErrorKind.TRANSIENT
    http.close()


@pytest.mark.parametrize("retry_after", [90, "date:90"])
def test_it_honours_retry_after(youtube, access, youtube_sandbox, retry_after):
    youtube_sandbox.fault("rateLimitExceeded", READS, status=429, retry_after=retry_after)
    with pytest.raises(PlatformError) as caught:
        youtube.comments(access, channel_id(youtube_sandbox), Bucket.PUBLISHED)
    assert caught.value.retry_at is not None
    wait = caught.value.retry_at - datetime.now(UTC)
    assert timedelta(seconds=80) < wait <= timedelta(seconds=91)


@pytest.mark.parametrize(
    ("now", "reset"),
    [
        ("2026-11-20T15:00:00+00:00", "2026-11-21T08:00:00+00:00"),
        ("2026-11-21T07:59:59+00:00", "2026-11-21T08:00:00+00:00"),
        ("2026-07-01T12:00:00+00:00", "2026-07-02T07:00:00+00:00"),
        # The clocks change on 1 November: that day in Los Angeles has 25 hours.
        ("2026-11-01T12:00:00+00:00", "2026-11-02T08:00:00+00:00"),
    ],
)
def test_it_knows_when_the_quota_comes_back(youtube_sandbox, now, reset):
    http = Client(egress=Egress.but(youtube_sandbox.allowed), timeout_s=3)
    youtube = adapter(youtube_sandbox, http, now=lambda: datetime.fromisoformat(now))
    access = sign_in(youtube, youtube_sandbox).access
    youtube_sandbox.ctl("POST", "quota", used=10_000)
    with pytest.raises(PlatformError) as caught:
        youtube.fetch_account(access)
    assert caught.value.kind is ErrorKind.QUOTA_EXHAUSTED
    assert caught.value.reset_at == datetime.fromisoformat(reset)
    http.close()


def test_it_restarts_a_listing_whose_cursor_died(youtube, access):
    with pytest.raises(PlatformError) as caught:
        youtube.replies(access, "UgNothing", "made-up-token")
    assert caught.value.kind is ErrorKind.NOT_FOUND
    account = youtube.fetch_account(access)
    with pytest.raises(PlatformError) as caught:
        youtube.posts(access, account.uploads_id, "made-up-token")
    assert caught.value.kind is ErrorKind.CURSOR_INVALID


def test_it_goes_on_after_an_empty_page(youtube, access, youtube_sandbox):
    channel = channel_id(youtube_sandbox)
    truth = {
        c["id"] for c in youtube_sandbox.found(channel="mila", status="published", limit=10_000)
    }
    youtube_sandbox.fault("empty_page_with_next", READS)
    assert truth <= {item.id for item in everything(youtube, access, channel)}


@pytest.mark.parametrize(("fault", "by"), [("page_duplicate", 0), ("page_shift", -20)])
def test_it_survives_pages_that_overlap(youtube, access, youtube_sandbox, fault, by):
    youtube_sandbox.burst(120, text="wave {i}")
    channel = channel_id(youtube_sandbox)
    truth = {
        c["id"] for c in youtube_sandbox.found(channel="mila", status="published", limit=10_000)
    }
    youtube_sandbox.fault(fault, READS + ".*pageToken", by=by)
    assert truth <= {item.id for item in everything(youtube, access, channel)}


def test_it_ends_a_walk_that_never_ends(youtube, access, youtube_sandbox):
    channel = channel_id(youtube_sandbox)
    youtube_sandbox.fault("has_more_forever", READS, times=99)
    pages = list(
        walk_pages(lambda c: youtube.comments(access, channel, Bucket.SPAM, c), max_pages=7)
    )
    assert len(pages) == 7
    assert not pages[-1].exhausted


def test_it_ends_a_walk_that_repeats_a_cursor():
    page: Page[RemoteComment] = Page((), "same")
    assert len(list(walk_pages(lambda _cursor: page, max_pages=50))) == 2


@pytest.mark.parametrize("fault", ["long_text", "null_author", "unknown_fields"])
def test_it_takes_strange_comments(youtube, access, youtube_sandbox, fault):
    made = youtube_sandbox.comment("the newest")
    youtube_sandbox.fault(fault, READS)
    item = published(youtube, access, youtube_sandbox, made["id"])
    assert item.id == made["id"]
    if fault == "long_text":
        assert len(item.text) == 100_000
    if fault == "null_author":
        assert (item.author_id, item.author_name, item.is_own) == ("", "", False)


def test_it_calls_a_disabled_video_by_its_name(youtube, access, youtube_sandbox):
    account = youtube.fetch_account(access)
    closed = next(
        p for p in youtube.posts(access, account.uploads_id).items if not p.comments_enabled
    )
    with pytest.raises(PlatformError) as caught:
        youtube.read_visibility(access, post_id=closed.id, comment_id="Ug1")
    assert caught.value.kind is ErrorKind.COMMENTS_DISABLED


def test_it_keeps_secrets_out_of_logs_and_errors(youtube, youtube_sandbox, caplog):
    with caplog.at_level(logging.DEBUG):
        tokens = sign_in(youtube, youtube_sandbox)
        youtube.fetch_account(tokens.access)
        youtube_sandbox.fault("status", "/google/token", status=400)
        with pytest.raises(PlatformError):
            youtube.refresh(tokens.refresh)
        youtube.revoke(tokens.refresh)
    told = caplog.text + repr(youtube._oauth)
    journal = str(youtube_sandbox.requests())
    for secret in (tokens.access, tokens.refresh, youtube_sandbox.client_secret, VERIFIER):
        assert secret
        assert secret not in told
        assert secret not in journal


def test_it_shares_no_connection_with_the_sandbox_of_another_test(youtube_sandbox):
    response = httpx.get(f"{youtube_sandbox.url}/_ctl/state", trust_env=False)
    assert response.status_code == 403


@pytest.mark.parametrize(
    ("text", "secret"),
    [
        ("Authorization: Bearer ya29.a0-secret_1", "secret_1"),
        ("POST /token?code=4%2F0secret&state=1", "secret"),
        ("refresh_token=1//0secret", "secret"),
        ('{"access_token": "opaque-secret", "n": 1}', "opaque-secret"),
        ("{'client_secret': 'opaque-secret'}", "opaque-secret"),
        ("Basic c2VjcmV0", "c2VjcmV0"),
    ],
)
def test_it_redacts_secrets_wherever_they_stand(text, secret):
    assert secret not in redact(text)
    assert "redacted" in redact(text)


def test_it_redacts_nothing_else():
    plain = "GET /youtube/v3/comments?pageToken=CAUQAA&part=snippet 403 quotaExceeded"
    assert redact(plain) == plain


@pytest.mark.parametrize(
    ("value", "seconds"),
    [
        ("0", 0),
        ("120", 120),
        (" 7 ", 7),
        ("999999999", 86_400),
        ("Fri, 20 Nov 2026 15:01:00 GMT", 60),
        ("Fri, 20 Nov 2026 14:00:00 GMT", 0),
        ("soon", None),
        ("-5", None),
        ("", None),
        (None, None),
    ],
)
def test_it_reads_every_form_of_retry_after(value, seconds):
    now = datetime(2026, 11, 20, 15, tzinfo=UTC)
    expected = None if seconds is None else now + timedelta(seconds=seconds)
    assert parse_retry_after(value, now) == expected


def test_it_opens_a_new_pool_after_a_fork(youtube_sandbox):
    http = Client(egress=Egress.but(youtube_sandbox.allowed), timeout_s=3)
    first = http._client()
    assert http._client() is first
    http._pid -= 1
    assert http._client() is not first
    http.close()
    first.close()


def test_it_takes_a_text_that_only_its_author_may_see_in_the_original():
    item = {
        "id": "Ug1",
        "snippet": {"textDisplay": "shown", "publishedAt": "2026-11-20T15:00:00Z"},
    }
    assert parse.comment(item).text == "shown"
    assert parse.comment(item).visibility is Visibility.UNKNOWN
    assert parse.comment(item).permalink == ""
