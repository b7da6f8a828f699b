"""What every adapter owes, whatever its platform: run over all that the sandbox speaks."""

import base64
import hashlib
import inspect
from typing import Any, cast

import pytest

from integrations.platforms import PLATFORMS, platform
from integrations.platforms.bans import BanLists, Bans
from integrations.platforms.base import Cap, ErrorKind, Platform, PlatformError, walk_pages
from integrations.platforms.webhooks import WebhookRefused
from integrations.sandbox.dialects import DIALECTS
from tests.integrations.sandbox_server import SandboxServer

SPOKEN = sorted({"youtube", *DIALECTS} & set(PLATFORMS))
PAID = {"x"}  # each question costs money there, so none is asked again by itself
VERIFIER = "v" * 64
CHALLENGE = base64.urlsafe_b64encode(hashlib.sha256(VERIFIER.encode()).digest()).rstrip(b"=")
OWED = [
    name
    for name, member in inspect.getmembers(Platform)
    if not name.startswith("_") and callable(member)
]


@pytest.fixture(params=SPOKEN)
def adapter(request, db: None, sandbox: SandboxServer) -> Platform:
    """Each adapter in turn, as the settings describe it; one of them books what it spends."""
    return platform(request.param)


def redirect_of(adapter: Platform) -> str:
    return f"http://aura.localhost:8000/oauth/{adapter.kind}/callback/"


def sign_in(adapter: Platform, sandbox: SandboxServer, **extra: str):
    redirect = redirect_of(adapter)
    url = adapter.authorize_url("state-1", CHALLENGE.decode(), redirect)
    answer = sandbox.approve(url, "mila", **extra)
    assert answer["state"] == "state-1"
    return adapter.exchange(answer["code"], VERIFIER, redirect)


def test_it_has_every_method_with_the_same_arguments(adapter):
    for name in OWED:
        promised = inspect.signature(getattr(Platform, name)).parameters
        kept = inspect.signature(getattr(type(adapter), name)).parameters
        assert list(kept) == list(promised), name


def test_it_answers_honestly_for_every_capability(adapter):
    assert (adapter.kind, adapter.label) == (
        next(kind for kind, entry in PLATFORMS.items() if entry.label == adapter.label),
        PLATFORMS[adapter.kind].label,
    )
    assert set(adapter.capabilities) == set(Cap)
    for cap, support in adapter.capabilities.items():
        assert support.state == "yes" or support.reason, cap
    withheld = adapter.capabilities_for(())
    assert set(withheld) == set(Cap)
    assert not [cap for cap, one in withheld.items() if one.state == "yes" and one.scope]


def test_what_needs_no_permission_is_not_said_to_lack_one(adapter):
    withheld = adapter.capabilities_for(())
    for cap, support in adapter.capabilities.items():
        if support.scope is None:
            assert withheld[cap] == support, cap


def test_a_whole_grant_lacks_nothing_and_its_tokens_stay_secret(adapter, sandbox):
    tokens = sign_in(adapter, sandbox)
    assert adapter.missing_scopes(tokens.scopes) == ()
    assert tokens.access not in repr(tokens)
    assert not tokens.refresh or tokens.refresh not in repr(tokens)


def test_a_code_is_good_once_and_never_told(adapter, sandbox):
    redirect = redirect_of(adapter)
    url = adapter.authorize_url("s", CHALLENGE.decode(), redirect)
    code = sandbox.approve(url, "mila")["code"]
    adapter.exchange(code, VERIFIER, redirect)
    with pytest.raises(PlatformError) as caught:
        adapter.exchange(code, VERIFIER, redirect)
    assert caught.value.kind is ErrorKind.INVALID
    assert code not in str(caught.value)
    assert code not in repr(sandbox.requests())


def test_account_and_posts_are_read_to_their_end(adapter, sandbox):
    access = sign_in(adapter, sandbox).access
    account = adapter.fetch_account(access)
    assert account.id
    assert account.handle
    pages = list(
        walk_pages(lambda cursor: adapter.posts(access, account.uploads_id, cursor), max_pages=50)
    )
    ids = [post.id for page in pages for post in page.items]
    assert pages[-1].exhausted
    assert len(ids) == len(set(ids)) > 0
    assert all(isinstance(one, str) and one for one in ids)


def test_a_token_that_is_no_good_is_named_so(adapter, sandbox):
    tokens = sign_in(adapter, sandbox)
    sandbox.ctl("POST", "tokens", op="revoke", platform=adapter.kind)
    with pytest.raises(PlatformError) as caught:
        adapter.fetch_account(tokens.access)
    assert caught.value.kind in {ErrorKind.AUTH_EXPIRED, ErrorKind.AUTH_REVOKED}
    with pytest.raises(PlatformError) as caught:
        adapter.refresh(cast("str", tokens.refresh))
    assert caught.value.kind is ErrorKind.AUTH_REVOKED
    assert caught.value.message


@pytest.mark.parametrize("fault", ["status:500", "truncated_json", "empty_200", "reset_connection"])
def test_a_bad_moment_is_tried_again_and_then_named(adapter, sandbox, fault):
    tokens = sign_in(adapter, sandbox)
    prefix = "/youtube/" if adapter.kind == "youtube" else DIALECTS[adapter.kind].prefix
    if adapter.kind not in PAID:
        sandbox.fault(fault, prefix, times=1)
        assert adapter.fetch_account(tokens.access).id
    sandbox.fault(fault, prefix, times=20)
    before = len(sandbox.requests(prefix))
    with pytest.raises(PlatformError) as caught:
        adapter.fetch_account(tokens.access)
    assert caught.value.kind is ErrorKind.TRANSIENT
    assert len(sandbox.requests(prefix)) - before <= 3
    assert tokens.access not in str(caught.value)


def test_nothing_comes_in_unproven(adapter):
    assert adapter.handshake({"hub.mode": "subscribe", "hub.verify_token": "guess"}) is None
    with pytest.raises(WebhookRefused):
        adapter.verify_webhook({}, b"{}")


def test_what_it_cannot_do_it_does_not_pretend(adapter, sandbox):
    sent: Any = adapter
    for visibility in ("spam", "deleted", "unknown"):
        with pytest.raises(PlatformError) as caught:
            sent.set_visibility("token", ["1"], visibility)
        assert caught.value.kind in {
            ErrorKind.INVALID,
            ErrorKind.UNSUPPORTED,
            ErrorKind.AUTH_REVOKED,
        }
    assert sandbox.requests(method="POST") == []


def test_who_says_that_it_bans_can_ban_and_nobody_else(adapter):
    capabilities = adapter.capabilities
    for cap in (Cap.AUTHOR_BAN, Cap.LIVE_CHAT_MODERATE):
        if capabilities[cap].state != "no":
            assert isinstance(adapter, Bans), cap
    if isinstance(adapter, Bans):
        assert capabilities[Cap.AUTHOR_BAN].state != "no"
    if isinstance(adapter, BanLists):
        assert isinstance(adapter, Bans)


def test_a_ban_needs_a_living_grant(adapter, sandbox):
    tokens = sign_in(adapter, sandbox)
    sandbox.ctl("POST", "tokens", op="revoke", platform=adapter.kind)
    if not isinstance(adapter, Bans):
        pytest.skip("it bans nobody")
    with pytest.raises(PlatformError) as caught:
        adapter.ban_author(tokens.access, comment_id="c1", author_id="a1", post_id="p1")
    assert caught.value.kind in {ErrorKind.AUTH_EXPIRED, ErrorKind.AUTH_REVOKED}
    with pytest.raises(PlatformError) as caught:
        adapter.unban_author(tokens.access, "place/somebody")
    assert caught.value.kind in {ErrorKind.AUTH_EXPIRED, ErrorKind.AUTH_REVOKED}
