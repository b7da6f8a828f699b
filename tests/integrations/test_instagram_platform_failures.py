"""The Instagram adapter against a sandbox that misbehaves, and what Meta's meters do to it."""

import logging
from datetime import UTC, datetime, timedelta

import httpx
import pytest

from integrations.platforms.base import (
    Bucket,
    ErrorKind,
    PlatformError,
    Visibility,
    walk_pages,
)
from integrations.platforms.client import Client, Reply
from integrations.platforms.egress import Egress
from integrations.platforms.instagram.credential import Credential
from integrations.platforms.instagram.errors import WORDS
from integrations.platforms.meta.errors import classify_graph
from integrations.platforms.meta.usage import Usage, read_usage
from tests.integrations.instagram_cast import (
    KIND,
    account_id,
    adapter,
    comment,
    everything,
    found,
    post_ids,
    sign_in,
    wallet,
)

pytest_plugins = ("tests.integrations.instagram_fixtures",)

READS = r"/comments\?"


def read(instagram, ig_access, sandbox):
    post_id = post_ids(sandbox)[0]
    return instagram.comments(ig_access, "", Bucket.PUBLISHED, post_id=post_id)


@pytest.mark.parametrize(
    ("fault", "params", "kind", "calls"),
    [
        ("throttled", {"code": 4}, ErrorKind.RATE_LIMITED, 1),
        ("throttled", {"code": 17}, ErrorKind.RATE_LIMITED, 1),
        ("throttled", {"code": 32}, ErrorKind.RATE_LIMITED, 1),
        ("throttled", {"code": 613}, ErrorKind.RATE_LIMITED, 1),
        ("throttled", {"code": 80002, "minutes": 19}, ErrorKind.RATE_LIMITED, 1),
        ("status", {"status": 429}, ErrorKind.RATE_LIMITED, 1),
        ("graph_error", {"code": 190, "subcode": 463}, ErrorKind.AUTH_EXPIRED, 1),
        ("graph_error", {"code": 190, "status": 401}, ErrorKind.AUTH_EXPIRED, 1),
        ("graph_error", {"code": 102}, ErrorKind.AUTH_EXPIRED, 1),
        ("graph_error", {"code": 190, "subcode": 458}, ErrorKind.AUTH_REVOKED, 1),
        ("graph_error", {"code": 190, "subcode": 459}, ErrorKind.AUTH_REVOKED, 1),
        ("graph_error", {"code": 190, "subcode": 460}, ErrorKind.AUTH_REVOKED, 1),
        ("graph_error", {"code": 190, "subcode": 467}, ErrorKind.AUTH_REVOKED, 1),
        ("graph_error", {"code": 10, "status": 403}, ErrorKind.SCOPE_MISSING, 1),
        ("graph_error", {"code": 200, "status": 403}, ErrorKind.SCOPE_MISSING, 1),
        ("graph_error", {"code": 100}, ErrorKind.INVALID, 1),
        ("graph_error", {"code": 100, "subcode": 33}, ErrorKind.NOT_FOUND, 1),
        ("graph_error", {"code": 368}, ErrorKind.DENIED, 1),
        ("graph_error", {"code": 2635}, ErrorKind.DENIED, 1),
        ("graph_error", {"code": 1}, ErrorKind.TRANSIENT, 3),
        ("graph_error", {"code": 2, "status": 200}, ErrorKind.TRANSIENT, 3),
        ("graph_error", {"code": 190, "status": 200}, ErrorKind.AUTH_EXPIRED, 1),
        ("graph_error", {"code": 999, "transient": True}, ErrorKind.TRANSIENT, 3),
        ("system_error", {}, ErrorKind.TRANSIENT, 3),
        ("status", {"status": 500}, ErrorKind.TRANSIENT, 3),
        ("status", {"status": 502}, ErrorKind.TRANSIENT, 3),
        ("status", {"status": 503, "retry_after": 120}, ErrorKind.TRANSIENT, 1),
        ("status", {"status": 302}, ErrorKind.TRANSIENT, 3),
        ("token_expired", {}, ErrorKind.AUTH_EXPIRED, 1),
        ("token_revoked", {}, ErrorKind.AUTH_REVOKED, 1),
        ("scope_removed", {}, ErrorKind.SCOPE_MISSING, 1),
        ("truncated_json", {}, ErrorKind.TRANSIENT, 3),
        ("empty_200", {}, ErrorKind.TRANSIENT, 3),
        ("wrong_content_type", {}, ErrorKind.TRANSIENT, 3),
        ("reset_connection", {}, ErrorKind.TRANSIENT, 3),
        ("huge_body", {}, ErrorKind.TRANSIENT, 3),
    ],
)
def test_it_names_every_failure(instagram, ig_access, ig_sandbox, fault, params, kind, calls):
    ig_sandbox.fault(fault, READS, times=9, **params)
    with pytest.raises(PlatformError) as caught:
        read(instagram, ig_access, ig_sandbox)
    assert caught.value.kind is kind
    assert caught.value.message.endswith(".")
    assert Credential.unpack(ig_access).token not in f"{caught.value}{caught.value.detail}"
    assert len(ig_sandbox.requests(READS)) == calls
    if kind is ErrorKind.RATE_LIMITED:
        assert caught.value.retry_at is not None
        wait = caught.value.retry_at - datetime.now(UTC)
        minutes = params.get("minutes", 15)
        assert timedelta(minutes=minutes - 1) < wait <= timedelta(minutes=minutes)


@pytest.mark.parametrize(
    "fault", ["status:503", "truncated_json", "empty_200", "reset_connection", "slow:100"]
)
def test_it_gets_over_a_passing_problem(instagram, ig_access, ig_sandbox, fault):
    comment(ig_sandbox, "the newest")
    ig_sandbox.fault(fault, READS)
    assert read(instagram, ig_access, ig_sandbox).items


def test_it_gives_up_on_a_platform_that_hangs(ig_sandbox):
    http = Client(
        egress=Egress.but(ig_sandbox.allowed),
        timeout_s=0.5,
        attempts=2,
        sleep=lambda _seconds: None,
    )
    instagram = adapter(ig_sandbox, http)
    ig_access = sign_in(instagram, ig_sandbox).access
    ig_sandbox.fault("hang", READS, times=9)
    with pytest.raises(PlatformError) as caught:
        read(instagram, ig_access, ig_sandbox)
    assert caught.value.kind is ErrorKind.TRANSIENT
    assert len(ig_sandbox.requests(READS)) == 2
    http.close()


# --- the allowance -------------------------------------------------------------------------------


def test_it_stops_before_the_allowance_is_gone(ig_sandbox, instagram_http):
    now = datetime.now(UTC)
    paused: list[float] = []
    instagram = adapter(ig_sandbox, instagram_http, now=lambda: now, sleep=paused.append)
    ig_access = sign_in(instagram, ig_sandbox).access
    wallet(ig_sandbox).allowance = 40
    calls = 0

    def until_it_stops() -> None:
        nonlocal calls
        while calls < 100:
            instagram.fetch_account(ig_access)
            calls += 1

    with pytest.raises(PlatformError) as caught:
        until_it_stops()
    assert caught.value.kind is ErrorKind.RATE_LIMITED
    assert caught.value.retry_at == now + timedelta(minutes=10)
    assert 30 <= calls < 40  # at 90 %, and never into the wall
    assert len(ig_sandbox.requests(r"/me\?.*follows_count")) == calls
    assert paused  # and slower from 75 % on
    assert paused == sorted(paused)
    with pytest.raises(PlatformError):
        instagram.fetch_account(ig_access)
    assert len(ig_sandbox.requests(r"/me\?.*follows_count")) == calls
    now += timedelta(minutes=11)
    instagram.fetch_account(ig_access)


def test_one_account_at_its_limit_leaves_others_alone(instagram, ig_access, ig_sandbox):
    ig_sandbox.fault("throttled", r"/me\?", code=80002, minutes=19)
    with pytest.raises(PlatformError):
        instagram.fetch_account(ig_access)
    other = sign_in(instagram, ig_sandbox, "ines").access
    assert instagram.fetch_account(other).id == account_id(ig_sandbox, "ines")


def test_a_full_window_is_waited_for(instagram, ig_access, ig_sandbox):
    wallet(ig_sandbox).allowance = 1
    with pytest.raises(PlatformError) as caught:
        instagram.fetch_account(ig_access)
    assert caught.value.kind is ErrorKind.RATE_LIMITED
    assert caught.value.retry_at is not None
    wait = caught.value.retry_at - datetime.now(UTC)
    assert timedelta(hours=23) < wait <= timedelta(hours=24)


@pytest.mark.parametrize(
    ("headers", "usage"),
    [
        ({}, Usage(0.0, 0)),
        ({"X-App-Usage": '{"call_count":28,"total_time":25,"total_cputime":95}'}, Usage(95, 0)),
        (
            {
                "X-Business-Use-Case-Usage": '{"1":[{"type":"instagram","call_count":100,'
                '"total_cputime":25,"total_time":25,"estimated_time_to_regain_access":19}]}'
            },
            Usage(100, 19),
        ),
        ({"X-App-Usage": "[]", "X-Business-Use-Case-Usage": '{"1":7}'}, Usage(0.0, 0)),
        ({"X-App-Usage": "not json"}, Usage(0.0, 0)),
        ({"X-App-Usage": '{"call_count":true,"total_time":"9"}'}, Usage(0.0, 0)),
        (
            {"X-Business-Use-Case-Usage": '{"1":[{"estimated_time_to_regain_access":99999}]}'},
            Usage(0.0, 1440),
        ),
    ],
)
def test_it_reads_both_meters(headers, usage):
    assert read_usage(httpx.Headers(headers)) == usage


# --- paging and strange data ---------------------------------------------------------------------


@pytest.mark.parametrize(
    ("fault", "by", "times"),
    [
        ("empty_page_with_next", 0, 2),
        ("short_page_has_more", 0, 3),
        ("page_duplicate", 0, 1),
        ("page_shift", -20, 1),
    ],
)
def test_it_loses_nothing_to_strange_pages(instagram, ig_access, ig_sandbox, fault, by, times):
    post_id = post_ids(ig_sandbox)[0]
    for number in range(120):
        comment(ig_sandbox, f"wave {number}", video=post_id)
    truth = {
        c["id"] for c in found(ig_sandbox, video=post_id, limit=999) if c["status"] != "rejected"
    }
    later = "" if fault in {"empty_page_with_next", "short_page_has_more"} else ".*after="
    ig_sandbox.fault(fault, READS + later, times=times, by=by)
    assert truth <= {item.id for item in everything(instagram, ig_access, post_id)}


def test_it_ends_a_walk_that_never_ends(instagram, ig_access, ig_sandbox):
    post_id = post_ids(ig_sandbox)[0]
    ig_sandbox.fault("has_more_forever", READS, times=99)
    pages = list(
        walk_pages(
            lambda c: instagram.comments(ig_access, "", Bucket.PUBLISHED, c, post_id=post_id),
            max_pages=7,
        )
    )
    assert len(pages) == 7
    assert not pages[-1].exhausted


def test_it_restarts_a_listing_whose_cursor_died(instagram, ig_access, ig_sandbox):
    post_id = post_ids(ig_sandbox)[0]
    with pytest.raises(PlatformError) as caught:
        instagram.comments(ig_access, "", Bucket.PUBLISHED, "made-up", post_id=post_id)
    assert caught.value.kind is ErrorKind.CURSOR_INVALID


@pytest.mark.parametrize(
    "fault", ["long_text", "null_author", "unknown_fields", "ids_as_numbers", "missing_fields"]
)
def test_it_takes_strange_comments(instagram, ig_access, ig_sandbox, fault):
    made = comment(ig_sandbox, "the newest")
    ig_sandbox.fault(fault, READS)
    item = next(i for i in read(instagram, ig_access, ig_sandbox).items if i.id == made["id"])
    if fault == "long_text":
        assert len(item.text) == 100_000
    if fault == "missing_fields":  # without a time it is as old as our knowledge of it
        assert datetime.now(UTC) - item.created_at < timedelta(minutes=1)
    if fault == "null_author":
        assert (item.author_id, item.author_name, item.is_own) == ("", "", False)


def test_an_answer_without_a_readable_error_is_judged_by_its_status():
    reply = Reply(404, httpx.Headers({}), b"<html>")
    assert classify_graph(reply, datetime.now(UTC), WORDS).kind is ErrorKind.NOT_FOUND
    reply = Reply(400, httpx.Headers({}), b'{"error":"text"}')
    assert classify_graph(reply, datetime.now(UTC), WORDS).kind is ErrorKind.INVALID


# --- acting --------------------------------------------------------------------------------------


def state(sandbox, comment_id: str) -> str:
    return str(found(sandbox, id=comment_id)[0]["status"])


def look(instagram, ig_access, made):
    return instagram.read_visibility(ig_access, post_id=made["video_id"], comment_id=made["id"])


def test_it_hides_and_shows_and_can_prove_it(instagram, ig_access, ig_sandbox):
    made = comment(ig_sandbox, "nasty")
    assert look(instagram, ig_access, made) is Visibility.PUBLIC
    assert instagram.set_visibility(ig_access, [made["id"]], Visibility.HELD).outcome == "done"
    assert look(instagram, ig_access, made) is Visibility.HELD
    assert instagram.set_visibility(ig_access, [made["id"]], Visibility.PUBLIC).outcome == "done"
    assert look(instagram, ig_access, made) is Visibility.PUBLIC
    (hidden, shown) = ig_sandbox.requests(f"/{made['id']}$", "POST")
    assert (hidden["body"]["hide"], shown["body"]["hide"]) == ("true", "false")


def test_it_deletes_and_can_prove_it(instagram, ig_access, ig_sandbox):
    made = comment(ig_sandbox, "nasty")
    assert instagram.set_visibility(ig_access, [made["id"]], Visibility.REJECTED).outcome == "done"
    assert look(instagram, ig_access, made) is Visibility.DELETED


@pytest.mark.parametrize("code", [10, 100, 200])
def test_a_refused_deletion_names_the_other_way(instagram, ig_access, ig_sandbox, code):
    made = comment(ig_sandbox, "nasty")
    ig_sandbox.fault("graph_error", f"/{made['id']}", method="DELETE", code=code, status=403)
    with pytest.raises(PlatformError) as caught:
        instagram.set_visibility(ig_access, [made["id"]], Visibility.REJECTED)
    assert caught.value.kind is ErrorKind.UNSUPPORTED
    assert caught.value.message.endswith("Hide it instead.")
    assert state(ig_sandbox, made["id"]) == "published"


def test_its_own_words_stay_visible(instagram, ig_access, ig_sandbox):
    top = comment(ig_sandbox, "a question")
    own = instagram.reply(ig_access, top["id"], "an answer").remote_id
    assert instagram.set_visibility(ig_access, [own], Visibility.HELD).outcome == "done"
    seen = instagram.read_visibility(ig_access, post_id=top["video_id"], comment_id=own)
    assert seen is Visibility.PUBLIC


@pytest.mark.parametrize(
    ("ids", "visibility", "extra"),
    [
        ([], Visibility.HELD, {}),
        (["1", "2"], Visibility.HELD, {}),
        (["1"], Visibility.SPAM, {}),
        (["1"], Visibility.REJECTED, {"ban_author": True}),
    ],
)
def test_it_refuses_what_instagram_cannot_do(instagram, ig_access, ids, visibility, extra):
    with pytest.raises(PlatformError) as caught:
        instagram.set_visibility(ig_access, ids, visibility, **extra)
    assert caught.value.kind is ErrorKind.INVALID


@pytest.mark.parametrize("fault", ["write_unknown_outcome", "lost_response", "truncated_json"])
def test_an_unanswered_write_is_unknown_and_sent_once(instagram, ig_access, ig_sandbox, fault):
    made = comment(ig_sandbox, "nasty")
    ig_sandbox.fault(fault, f"/{made['id']}$", method="POST")
    assert instagram.set_visibility(ig_access, [made["id"]], Visibility.HELD).outcome == "unknown"
    assert len(ig_sandbox.requests(f"/{made['id']}$", "POST")) == 1
    assert look(instagram, ig_access, made) is Visibility.HELD


def test_a_lost_reply_is_found_again(instagram, ig_access, ig_sandbox):
    top = comment(ig_sandbox, "a question")
    since = datetime.now(UTC)
    ig_sandbox.fault("lost_response", "/replies$", method="POST")
    assert instagram.reply(ig_access, top["id"], "an answer").outcome == "unknown"
    comment(ig_sandbox, "an answer", parent=top["id"], author="@a.parrot")
    reply_id = instagram.find_reply(ig_access, top["id"], "an  answer", since=since)
    assert reply_id is not None
    assert found(ig_sandbox, id=reply_id)[0]["author_id"] == account_id(ig_sandbox)
    assert instagram.find_reply(ig_access, top["id"], "another", since=since) is None
    late = since + timedelta(hours=1)
    assert instagram.find_reply(ig_access, top["id"], "an answer", since=late) is None


def test_an_answer_to_a_hidden_comment_is_refused(instagram, ig_access, ig_sandbox):
    top = comment(ig_sandbox, "nasty", status="heldForReview")
    with pytest.raises(PlatformError) as caught:
        instagram.reply(ig_access, top["id"], "an answer")
    assert caught.value.kind is ErrorKind.INVALID


def test_a_token_in_the_body_of_a_write_is_spoiled_like_any_other(instagram, ig_access, ig_sandbox):
    made = comment(ig_sandbox, "nasty")
    ig_sandbox.fault("token_revoked", f"/{made['id']}$", method="POST")
    with pytest.raises(PlatformError) as caught:
        instagram.set_visibility(ig_access, [made["id"]], Visibility.HELD)
    assert caught.value.kind is ErrorKind.AUTH_REVOKED
    assert state(ig_sandbox, made["id"]) == "published"


def test_it_keeps_secrets_out_of_logs_and_errors(instagram, ig_sandbox, caplog):
    with caplog.at_level(logging.DEBUG):
        tokens = sign_in(instagram, ig_sandbox)
        instagram.fetch_account(tokens.access)
        ig_sandbox.ctl("POST", "tokens", op="expire", platform=KIND)
        with pytest.raises(PlatformError):
            instagram.refresh(tokens.refresh)
        with pytest.raises(PlatformError):
            instagram.fetch_account(tokens.access)
    told = caplog.text + repr(instagram._oauth) + repr(tokens)
    token = Credential.unpack(tokens.access).token
    for secret in (token, wallet(ig_sandbox).client_secret):
        assert secret not in told
        assert secret not in str(ig_sandbox.requests())
