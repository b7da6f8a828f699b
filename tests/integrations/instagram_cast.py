"""What the tests of the Instagram adapter and of its sandbox share; the fixtures are next door."""

from typing import Any

from integrations.platforms.base import Bucket, Platform, RemoteComment, TokenSet, walk_pages
from integrations.platforms.client import Client
from integrations.platforms.instagram import Instagram
from integrations.sandbox.instagram.wallet import Wallet
from tests.integrations.sandbox_server import REDIRECT, SandboxServer

VERIFY = "a random text for Meta's form"
SIZE = 120  # comments on the first account
KIND = "instagram"


def adapter(sandbox: SandboxServer, http: Client, **changed: Any) -> Instagram:
    """An adapter for this sandbox."""
    given = {
        "http": http,
        "base_urls": sandbox.base_urls,
        "client_id": wallet(sandbox).client_id,
        "client_secret": wallet(sandbox).client_secret,
        "verify_token": VERIFY,
        "sleep": lambda _seconds: None,
    }
    return Instagram(**{**given, **changed})


def sign_in(
    instagram: Platform, sandbox: SandboxServer, channel: str = "mila", **extra: str
) -> TokenSet:
    """The whole OAuth round trip."""
    url = instagram.authorize_url("state-1", "", REDIRECT)
    return instagram.exchange(sandbox.approve(url, channel, **extra)["code"], "", REDIRECT)


def wallet(sandbox: SandboxServer) -> Wallet:
    """Meta's side of tokens and allowance."""
    found: Wallet = sandbox.memory.wallet(KIND)
    return found


def account_id(sandbox: SandboxServer, key: str = "mila") -> str:
    """An account's id."""
    found: str = sandbox.ctl("GET", "state", platform=KIND)["channels"][key]["id"]
    return found


def post_ids(sandbox: SandboxServer, key: str = "mila") -> list[str]:
    """The ids of an account's posts, newest first."""
    accounts = sandbox.ctl("GET", "accounts", platform=KIND)
    found = next(account for account in accounts if account["key"] == key)
    return [video["id"] for video in found["videos"]]


def comment(sandbox: SandboxServer, text: str, **fields: Any) -> dict[str, Any]:
    """Somebody comments on Instagram, below Mila's newest post unless told otherwise."""
    return sandbox.comment(text, platform=KIND, **fields)


def found(sandbox: SandboxServer, **query: Any) -> list[dict[str, Any]]:
    """Comments as Instagram holds them."""
    return sandbox.found(platform=KIND, **query)


def everything(instagram: Instagram, ig_access: str, post_id: str) -> list[RemoteComment]:
    """All comments of one post, the missing replies fetched as a sync would."""
    seen: dict[str, RemoteComment] = {}
    for page in walk_pages(
        lambda c: instagram.comments(ig_access, "", Bucket.PUBLISHED, c, post_id=post_id),
        max_pages=50,
    ):
        seen |= {item.id: item for item in page.items}
        for ref in page.incomplete:
            for more in walk_pages(
                lambda c, ref=ref: instagram.replies(  # type: ignore[misc]
                    ig_access, ref.parent_id, c, post_id=ref.post_id
                ),
                max_pages=50,
            ):
                seen |= {item.id: item for item in more.items}
    return list(seen.values())
