"""Every fault of a platform by every adapter: nothing lost or doubled, no busy loop, true health.

A new adapter adds one line to CASES.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path

import pytest
from django.utils import timezone

from integrations.models import Comment, ModerationAction, Post, SocialAccount, SyncRun
from integrations.outcomes import Outcome
from integrations.platforms import PLATFORMS
from integrations.platforms.twitch.eventsub import kept, read_frame
from integrations.sandbox.faults import ACTIONS
from integrations.sandbox.twitch.ids import stream_of
from integrations.sandbox.twitch.sockets import chat_event, frame
from integrations.services.chat import keep_frames
from integrations.services.moderation import request_action
from integrations.services.schedule import enqueue_sync

Status = SocialAccount.Status
State = ModerationAction.State


@dataclass(frozen=True)
class Case:
    """Where one platform's calls go; `lost_refresh` is what a lost renewal leaves behind."""

    listing: str  # a page of comments
    later: str  # a page that is not the first
    hide: str
    token: str
    lost_refresh: Status
    only: frozenset[str] = frozenset()  # faults that only this platform knows
    without: frozenset[str] = frozenset()  # faults that it cannot have
    instead: Mapping[str, Status] = field(default_factory=dict)  # health that differs there
    renews_ended: bool = True  # a token that has ended can still be renewed
    wave: int = 70  # comments below one post, more than a page
    page: int = 0  # of a platform that lists posts alone, and hears its comments: their number


CASES = {
    "youtube": Case(
        listing=r"/youtube/v3/commentThreads",
        later=r"/youtube/v3/commentThreads.*pageToken=",
        hide="setModerationStatus",
        token="/google/token",
        lost_refresh=Status.ACTIVE,
    ),
    "tiktok": Case(
        listing=r"/business/comment/list",
        later=r"/business/comment/list.*cursor=",
        hide="/business/comment/hide",
        token="/oauth2/refresh_token",
        lost_refresh=Status.RECONNECT,
        only=frozenset({"throttled", "system_error", "ids_as_numbers", "short_page_has_more"}),
    ),
    "instagram": Case(
        listing=r"/ig/graph/v26.0/\d+/comments",
        later=r"/ig/graph/v26.0/\d+/comments.*after=",
        hide=r"/ig/graph/v26.0/\d+$",
        token="/refresh_access_token",
        lost_refresh=Status.ACTIVE,
        only=frozenset({"system_error", "ids_as_numbers", "short_page_has_more"}),
        without=frozenset({"token_expired"}),  # there is no way back: see test_instagram_account
        # A comment without a time is taken as it is; there is no day whose quota could be gone.
        instead={"quotaExceeded": Status.TRYING, "missing_fields": Status.ACTIVE},
        renews_ended=False,
    ),
    "reddit": Case(
        listing=r"/reddit/oauth/comments/",
        later=r"/reddit/oauth/api/morechildren",
        hide=r"/reddit/oauth/api/remove",
        token="/reddit/api/v1/access_token",
        lost_refresh=Status.ACTIVE,
        only=frozenset({"throttled", "system_error", "short_page_has_more"}),
        # Its allowance is of ten minutes; there is no day that could be used up.
        instead={"quotaExceeded": Status.TRYING},
        wave=130,
    ),
    "twitch": Case(
        listing=r"/twitch/helix/videos",
        later=r"/twitch/helix/videos.*after=",
        hide=r"/twitch/helix/moderation/chat",
        token="/twitch/oauth2/token",
        lost_refresh=Status.ACTIVE,
        only=frozenset({"throttled", "system_error", "ids_as_numbers", "short_page_has_more"}),
        # Its allowance is of a minute; there is no day that could be used up.
        instead={"quotaExceeded": Status.TRYING},
        page=4,
    ),
    "x": Case(
        listing=r"/x/api/2/users/\d+/mentions",
        later=r"/x/api/2/users/\d+/mentions.*pagination_token=",
        hide="",  # Aura only reads there
        token="/x/api/2/oauth2/token",
        lost_refresh=Status.RECONNECT,
        only=frozenset({"throttled", "system_error"}),
        # A question is sent once, because it costs money: the job asks again, not the client.
        instead=dict.fromkeys(
            ("status:502", "lost_response", "hang", "wrong_content_type"), Status.TRYING
        ),
    ),
    "facebook": Case(
        listing=r"/fb/graph/v26.0/\d+_\d+/comments",
        later=r"/fb/graph/v26.0/\d+_\d+/comments.*after=",
        hide=r"/fb/graph/v26.0/\d+_\d+$",
        token=r"/fb/graph/v26.0/\d+\?fields=access_token",
        lost_refresh=Status.ACTIVE,
        only=frozenset({"system_error", "short_page_has_more"}),
        instead={"quotaExceeded": Status.TRYING},  # no day whose quota could be gone
        wave=130,
    ),
}

# Fault: how often, and the account's health when it first met it.
READS = {
    "status:429": (1, Status.TRYING),
    "status:500": (4, Status.TRYING),
    "status:502": (1, Status.ACTIVE),
    "status:503": (4, Status.TRYING),
    "reset_connection": (4, Status.TRYING),
    "lost_response": (1, Status.ACTIVE),
    "hang": (1, Status.ACTIVE),
    "slow:30": (3, Status.ACTIVE),
    "truncated_json": (4, Status.TRYING),
    "empty_200": (4, Status.TRYING),
    "wrong_content_type": (1, Status.ACTIVE),
    "processingFailure": (4, Status.TRYING),
    "rateLimitExceeded": (1, Status.TRYING),
    "quotaExceeded": (1, Status.QUOTA),
    "token_expired": (1, Status.ACTIVE),
    "token_revoked": (1, Status.RECONNECT),
    "scope_removed": (1, Status.SCOPE_MISSING),
    "unknown_fields": (9, Status.ACTIVE),
    "null_author": (3, Status.ACTIVE),
    "long_text": (1, Status.ACTIVE),
    "missing_fields": (1, Status.TRYING),
    "throttled": (1, Status.TRYING),
    "system_error": (4, Status.TRYING),
    "ids_as_numbers": (9, Status.ACTIVE),
    "huge_body": (4, Status.TRYING),
}
PAGES = {
    "cursor_invalid": (1, Status.ACTIVE),
    "page_shift": (1, Status.ACTIVE),
    "page_duplicate": (1, Status.ACTIVE),
    "empty_page_with_next": (1, Status.ACTIVE),
    "has_more_forever": (60, Status.ACTIVE),
    "short_page_has_more": (3, Status.ACTIVE),
}
SPECIAL = {"throttled", "system_error", "ids_as_numbers", "short_page_has_more"}
WRITES = (
    "status:429",
    "status:500",
    "write_unknown_outcome",
    "lost_response",
    "reset_connection",
    "write_ignored",
    "token_expired",
    "rateLimitExceeded",
    "commentNotFound",
)
MOST_CALLS = 120  # of one whole test, on the listing


# Faults that have no place in a table: what they do is a matter of one platform or one call.
ELSEWHERE = {
    "commentsDisabled": "test_youtube_platform_failures",
    "graph_error": "test_instagram_platform_failures",
    "unhide_noop": "test_sync_tiktok",
}
RENEWALS = [
    ("status:503", Status.ACTIVE),
    ("hang", Status.ACTIVE),
    ("refresh_invalid_grant", Status.RECONNECT),
    ("refresh_no_new_token", Status.ACTIVE),
    ("lost_response", None),
    ("truncated_json", None),
]


def test_every_platform_and_every_fault_is_in_a_table():
    assert CASES.keys() == PLATFORMS.keys()
    tabled = {*READS, *PAGES, *WRITES, *(fault for fault, _ in RENEWALS)}
    assert {fault.partition(":")[0] for fault in tabled} | ELSEWHERE.keys() == ACTIONS


@pytest.mark.parametrize(("fault", "module"), ELSEWHERE.items())
def test_what_is_elsewhere_is_there(fault, module):
    text = Path(__file__).with_name(f"{module}.py").read_text(encoding="utf-8")
    assert f'"{fault}' in text


def crossed(faults):
    """Every platform with every fault that it can have."""
    return [
        pytest.param(kind, fault, id=f"{kind}-{fault}")
        for kind, case in CASES.items()
        for fault in faults
        if (case.hide or faults is not WRITES)
        and fault not in case.without
        and (fault not in SPECIAL or fault in case.only)
    ]


@pytest.fixture
def connect(consent, alice, lumen, in_lumen, sandbox):
    """`connect(kind)`: Nox's account there, with a wave below one post; nothing is read yet."""

    def begin(kind: str) -> SocialAccount:
        sandbox.burst(
            CASES[kind].wave, platform=kind, channel="nox", text="wave {i}", spread_s=7000
        )
        if page := CASES[kind].page:
            sandbox.memory.wallet(kind).page_most = page
        assert consent(alice, lumen, "nox", kind=kind) == Outcome.CONNECTED
        return SocialAccount.objects.get(platform=kind)

    return begin


def truth(sandbox, kind):
    """What the platform holds: id -> text."""
    if CASES[kind].page:
        world = sandbox.memory.world_of(kind)
        channel = next(c for c in world.channels.values() if c.key == "nox")
        return {stream_of(video): video.title for video in world.uploads(channel.id)}
    told = sandbox.found(platform=kind, channel="nox", limit=5000)
    return {one["id"]: one["text"] for one in told if one["status"] != "rejected"}


def stored(kind):
    """What Aura holds of it: id -> text."""
    if CASES[kind].page:
        return dict(Post.objects.values_list("external_id", "title"))
    return dict(Comment.objects.values_list("external_id", "text"))


def settle(account, sandbox, run_jobs, consent, alice, lumen):
    """The bad day is over: whatever waits goes on, a person reconnects where that is needed."""
    sandbox.ctl("DELETE", "faults")
    account.refresh_from_db()
    if account.status in {Status.RECONNECT, Status.SCOPE_MISSING}:
        kind = account.platform
        outcome = consent(alice, lumen, "nox", kind=kind, account_code=account.code)
        assert outcome == Outcome.RECONNECTED
    for _ in range(3):
        run_jobs(later=True)
    long_ago = timezone.now() - timedelta(days=2)
    account.cursors.update(deepened_at=long_ago, passed_at=long_ago)
    enqueue_sync(account_code=str(account.code))
    run_jobs(later=True)
    account.refresh_from_db()


def check_reading(kind, fault, times, health, path, tools):
    connect, sandbox, run_jobs, consent, alice, lumen = tools
    account = connect(kind)
    sandbox.fault(fault, path, times=times)
    run_jobs()
    account.refresh_from_db()
    assert sandbox.requests(path), "the fault met no call"
    health = CASES[kind].instead.get(fault, health)
    assert account.status == health
    if health != Status.ACTIVE:
        assert account.status_reason
        run = SyncRun.objects.latest("created_at")
        assert run.state in {SyncRun.State.PAUSED, SyncRun.State.FAILED}
        assert run.error
    settle(account, sandbox, run_jobs, consent, alice, lumen)
    assert account.status == Status.ACTIVE
    assert SyncRun.objects.latest("created_at").state == SyncRun.State.DONE
    assert stored(kind).keys() == truth(sandbox, kind).keys()
    assert stored(kind) == truth(sandbox, kind)
    assert not Comment.objects.filter(visibility="deleted").exists()
    assert len(sandbox.requests(CASES[kind].listing)) < MOST_CALLS


@pytest.fixture
def tools(connect, sandbox, run_jobs, consent, alice, lumen):
    """What a check of the matrix needs."""
    return connect, sandbox, run_jobs, consent, alice, lumen


@pytest.mark.parametrize(("kind", "fault"), crossed(READS))
def test_a_bad_answer_loses_nothing(kind, fault, tools):
    times, health = READS[fault]
    check_reading(kind, fault, times, health, CASES[kind].listing, tools)


@pytest.mark.parametrize(("kind", "fault"), crossed(PAGES))
def test_bad_paging_loses_nothing_and_ends(kind, fault, tools):
    times, health = PAGES[fault]
    check_reading(kind, fault, times, health, CASES[kind].later, tools)


@pytest.mark.parametrize(
    ("kind", "fault"), [one for one in crossed(WRITES) if not CASES[one.values[0]].page]
)
def test_what_is_said_of_an_action_is_true(kind, fault, tools, bob):
    connect, sandbox, run_jobs, *_rest = tools
    account = connect(kind)
    run_jobs()
    target = Comment.objects.filter(
        visibility="public", parent_external_id="", is_own=False
    ).latest("pk")
    sandbox.fault(fault, CASES[kind].hide)
    action = request_action(comment=target, verb="hide", actor=bob)
    for _ in range(8):
        run_jobs(later=True)
    action.refresh_from_db()
    target.refresh_from_db()
    (remote,) = sandbox.found(platform=kind, id=target.external_id)
    is_hidden = remote["status"] == "heldForReview"
    assert action.is_finished
    assert (action.state == State.CONFIRMED) == is_hidden
    if action.state == State.CONFIRMED:
        assert target.visibility == "held"
    assert len(sandbox.requests(CASES[kind].hide, "POST")) <= 3
    account.refresh_from_db()
    assert account.status == Status.ACTIVE


@pytest.mark.parametrize("fault", WRITES)
def test_what_is_said_of_a_deleted_message_is_true(fault, tools, bob):
    connect, sandbox, run_jobs, *_rest = tools
    account = connect("twitch")
    run_jobs()
    made = sandbox.comment("nasty", platform="twitch", channel="nox")
    event = chat_event(sandbox.memory, sandbox.memory.world_of("twitch").comments[made["id"]])
    payload = {"subscription": {"type": "channel.chat.message"}, "event": event}
    told = frame("notification", payload)
    keep_frames([("m-1", kept(read_frame(json.dumps(told), timezone.now()), ""))])
    run_jobs()
    target = Comment.objects.get()
    sandbox.fault(fault, CASES["twitch"].hide, method="DELETE")
    action = request_action(comment=target, verb="reject", actor=bob)
    for _ in range(8):
        run_jobs(later=True)
    action.refresh_from_db()
    (remote,) = sandbox.found(platform="twitch", id=made["id"])
    assert action.is_finished
    assert (action.state == State.CONFIRMED) == (remote["status"] == "rejected")
    assert len(sandbox.requests(CASES["twitch"].hide, "DELETE")) <= 5
    account.refresh_from_db()
    assert account.status == Status.ACTIVE


@pytest.mark.parametrize(
    ("kind", "fault", "health"),
    [
        (kind, fault, health)
        for fault, health in RENEWALS
        for kind in CASES
        # Who always keeps the renewal token cannot leave a new one out.
        if fault != "refresh_no_new_token" or kind == "tiktok"
    ],
)
def test_a_renewal_that_fails_ends_honestly(kind, fault, health, tools):
    connect, sandbox, run_jobs, consent, alice, lumen = tools
    account = connect(kind)
    run_jobs()
    if CASES[kind].renews_ended:
        sandbox.ctl("POST", "tokens", op="expire", platform=kind)
    else:
        sandbox.ctl("POST", "clock", advance_s=2 * 86_400)
    SocialAccount.objects.update(access_expires_at=timezone.now())
    # Where posts are all that is read, they are not due again so soon.
    account.cursors.filter(stream="posts").update(passed_at=timezone.now() - timedelta(days=2))
    sandbox.fault(fault, CASES[kind].token)
    enqueue_sync(account_code=str(account.code))
    run_jobs()
    account.refresh_from_db()
    assert account.status == (health or CASES[kind].lost_refresh)
    assert 1 <= len(sandbox.requests(CASES[kind].token)) <= 4
    settle(account, sandbox, run_jobs, consent, alice, lumen)
    assert account.status == Status.ACTIVE
    assert set(stored(kind)) == set(truth(sandbox, kind))
