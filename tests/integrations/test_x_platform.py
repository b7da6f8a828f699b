"""The X adapter against the sandbox: read only, and every question is paid for first."""

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from urllib.parse import parse_qs, urlsplit

import pytest

from integrations.platforms.base import (
    Bucket,
    Cap,
    ErrorKind,
    PlatformError,
    Visibility,
    walk_pages,
)
from integrations.platforms.client import Client
from integrations.platforms.egress import Egress
from integrations.platforms.x import X
from integrations.platforms.x.adapter import POST_MICROS, USER_MICROS
from tests.integrations.sandbox_server import REDIRECT, running_sandbox
from tests.integrations.youtube_cast import sign_in

BOTH = POST_MICROS + USER_MICROS


@dataclass
class Pot:
    """A purse in memory."""

    left: int = 10**9
    log: list[tuple[int, int]] = field(default_factory=list)

    def reserve(self, micros: int) -> str:
        if micros > self.left:
            return ""
        self.left -= micros
        return "2026-11"

    def settle(self, receipt: str, *, held: int, used: int) -> None:
        assert receipt == "2026-11"
        self.left += held - used
        self.log.append((held, used))

    def opens_at(self) -> datetime:
        return datetime(2026, 12, 1, tzinfo=UTC)

    @property
    def spent(self) -> int:
        return sum(used for _held, used in self.log)


@pytest.fixture(scope="module")
def x_server():
    with running_sandbox(comments=60) as server:
        yield server


@pytest.fixture
def x_sandbox(x_server):
    x_server.reset(comments=60)
    return x_server


@pytest.fixture
def pot() -> Pot:
    return Pot()


@pytest.fixture
def x(x_sandbox, pot):
    http = Client(egress=Egress.but(x_sandbox.allowed), timeout_s=3, sleep=lambda _seconds: None)
    known, secret = x_sandbox.memory.options.apps["x"]
    yield X(
        http=http,
        base_urls=x_sandbox.base_urls,
        client_id=known,
        client_secret=secret,
        purse=pot,
    )
    http.close()


@pytest.fixture
def x_access(x, x_sandbox) -> str:
    return sign_in(x, x_sandbox).access


def x_id(sandbox, key="mila"):
    return sandbox.ctl("GET", "state", platform="x")["channels"][key]["id"]


def billed(sandbox):
    return sandbox.memory.wallet("x").billed_micros


def everything(x, access, channel):
    pages = walk_pages(lambda c: x.comments(access, channel, Bucket.PUBLISHED, c), max_pages=50)
    return [item for page in pages for item in page.items]


# --- the grant -----------------------------------------------------------------------------------


def test_it_asks_to_read_and_to_stay(x, x_sandbox):
    url = urlsplit(x.authorize_url("state-1", "challenge", REDIRECT))
    query = {name: values[0] for name, values in parse_qs(url.query).items()}
    assert url.path == "/x/auth/i/oauth2/authorize"
    assert query["scope"] == "tweet.read users.read offline.access"
    assert (query["code_challenge"], query["code_challenge_method"]) == ("challenge", "S256")


def test_the_verifier_has_to_fit(x, x_sandbox):
    code = x_sandbox.approve(x.authorize_url("s", "challenge", REDIRECT))["code"]
    with pytest.raises(PlatformError) as caught:
        x.exchange(code, "v" * 64, REDIRECT)
    assert caught.value.kind is ErrorKind.INVALID


def test_renewal_tokens_are_good_once(x, x_sandbox):
    tokens = sign_in(x, x_sandbox)
    life = tokens.access_expires_at - datetime.now(UTC)  # type: ignore[operator]
    assert timedelta(minutes=119) < life <= timedelta(hours=2)
    renewed = x.refresh(tokens.refresh)
    assert renewed.refresh not in {None, tokens.refresh}
    with pytest.raises(PlatformError) as caught:
        x.refresh(tokens.refresh)
    assert caught.value.kind is ErrorKind.AUTH_REVOKED
    x.revoke(renewed.refresh)
    with pytest.raises(PlatformError):
        x.refresh(renewed.refresh)
    x.revoke(renewed.refresh)  # gone already: the goal


def test_signing_in_costs_nothing(x, x_sandbox, pot):
    x.refresh(sign_in(x, x_sandbox).refresh)
    assert pot.log == []


# --- reading, and what it costs ------------------------------------------------------------------


def test_the_profile_costs_a_person(x, x_access, x_sandbox, pot):
    found = x.fetch_account(x_access)
    assert (found.id, found.handle) == (x_id(x_sandbox), "@milabuilds")
    assert pot.log == [(USER_MICROS, USER_MICROS)]


def test_posts_are_the_newest_few(x, x_access, x_sandbox, pot):
    page = x.posts(x_access, x_id(x_sandbox))
    assert page.exhausted
    assert 0 < len(page.items) <= 10
    assert page.items[0].views is not None
    assert pot.spent == len(page.items) * POST_MICROS == billed(x_sandbox)


def test_mentions_are_read_page_by_page_and_paid_as_they_come(x, x_access, x_sandbox, pot):
    ids = x_sandbox.burst(130, platform="x", text="wave {i}", spread_s=900)
    found = everything(x, x_access, x_id(x_sandbox))
    assert set(ids) <= {item.id for item in found}
    truth = x_sandbox.found(platform="x", channel="mila", limit=5000)
    assert {one["id"] for one in truth if one["status"] != "rejected"} == {i.id for i in found}
    assert pot.spent == billed(x_sandbox)
    assert all(used <= held for held, used in pot.log)


def test_a_mention_tells_its_thread(x, x_access, x_sandbox):
    top = x_sandbox.comment("hello", platform="x")
    answer = x_sandbox.comment("and you", platform="x", parent=top["id"])
    found = {item.id: item for item in everything(x, x_access, x_id(x_sandbox))}
    assert found[top["id"]].post_id == top["video_id"]
    assert found[top["id"]].parent_id is None
    assert found[answer["id"]].parent_id == top["id"]
    assert found[top["id"]].author_handle == "@a.passer.by"
    assert not found[top["id"]].is_own


def test_states_tell_what_is_left(x, x_access, x_sandbox):
    kept, gone = (x_sandbox.comment(text, platform="x") for text in ("stays", "goes"))
    x_sandbox.ctl("POST", "comments", op="delete", platform="x", id=gone["id"])
    states = x.comment_states(x_access, [kept["id"], gone["id"]])
    assert states[gone["id"]] is None
    assert states[kept["id"]].text == "stays"
    ask = {"post_id": "", "comment_id": gone["id"]}
    assert x.read_visibility(x_access, **ask) is Visibility.DELETED


def test_a_small_purse_asks_for_a_small_page(x, x_access, x_sandbox, pot):
    x_sandbox.burst(60, platform="x", text="wave {i}")
    pot.left = 20 * BOTH
    x.comments(x_access, x_id(x_sandbox), Bucket.PUBLISHED)
    assert x_sandbox.requests("mentions")[-1]["path"].endswith("max_results=20")


def test_an_empty_purse_asks_nothing_and_says_until_when(x, x_access, x_sandbox, pot):
    pot.left = 5 * BOTH - 1
    before = len(x_sandbox.requests())
    with pytest.raises(PlatformError) as caught:
        x.comments(x_access, x_id(x_sandbox), Bucket.PUBLISHED)
    assert caught.value.kind is ErrorKind.QUOTA_EXHAUSTED
    assert caught.value.reset_at == datetime(2026, 12, 1, tzinfo=UTC)
    assert len(x_sandbox.requests()) == before
    assert pot.left == 5 * BOTH - 1


@pytest.mark.parametrize(
    ("fault", "kind", "is_charged"),
    [
        ("status:503", ErrorKind.TRANSIENT, True),
        ("lost_response", ErrorKind.TRANSIENT, True),
        ("truncated_json", ErrorKind.TRANSIENT, True),
        ("rateLimitExceeded", ErrorKind.RATE_LIMITED, False),
        ("quotaExceeded", ErrorKind.QUOTA_EXHAUSTED, False),
        ("token_expired", ErrorKind.AUTH_EXPIRED, False),
        ("scope_removed", ErrorKind.SCOPE_MISSING, False),
        ("cursor_invalid", ErrorKind.INVALID, False),
    ],
)
def test_a_bad_answer_is_named_and_asked_once(x, x_access, x_sandbox, pot, fault, kind, is_charged):
    x_sandbox.fault(fault, "users/me", times=9)
    with pytest.raises(PlatformError) as caught:
        x.fetch_account(x_access)
    assert caught.value.kind is kind
    assert len(x_sandbox.requests("users/me")) == 1
    assert pot.log == [(USER_MICROS, USER_MICROS if is_charged else 0)]


def test_a_platform_that_cannot_be_reached_costs_nothing(x_sandbox, pot):
    http = Client(egress=Egress.but(["127.0.0.1:9"]), timeout_s=1, sleep=lambda _seconds: None)
    nowhere = dict.fromkeys(("x_auth", "x_api"), "http://127.0.0.1:9")
    far = X(http=http, base_urls=nowhere, client_id="a", client_secret="b", purse=pot)
    with pytest.raises(PlatformError):
        far.fetch_account("token")
    assert pot.log == [(USER_MICROS, 0)]


def test_the_reset_time_is_heeded(x, x_access, x_sandbox):
    x_sandbox.fault("rateLimitExceeded", "users/me", reset_s=300)
    with pytest.raises(PlatformError) as caught:
        x.fetch_account(x_access)
    wait = caught.value.retry_at - datetime.now(UTC)  # type: ignore[operator]
    assert timedelta(seconds=280) < wait <= timedelta(seconds=301)


def test_it_never_acts(x, x_access, x_sandbox, pot):
    before = len(x_sandbox.requests())
    for act in (
        lambda: x.set_visibility(x_access, ["1"], Visibility.HELD),
        lambda: x.reply(x_access, "1", "words"),
    ):
        with pytest.raises(PlatformError) as caught:
            act()
        assert caught.value.kind is ErrorKind.UNSUPPORTED
    assert x.find_reply(x_access, "1", "words", since=datetime.now(UTC)) is None
    assert len(x_sandbox.requests()) == before
    assert x.capabilities[Cap.COMMENT_HIDE].state == "no"
