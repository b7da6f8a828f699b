"""What the tests of the Reddit adapter share: an adapter on the sandbox, signed in."""

from functools import partial
from typing import Any

from integrations.platforms.base import Bucket, RemoteComment, TokenSet, walk_pages
from integrations.platforms.client import Client
from integrations.platforms.reddit import Reddit
from tests.integrations.sandbox_server import SandboxServer

REDIRECT = "http://aura.localhost:8000/oauth/reddit/callback/"
SIZE = 60  # comments on the first account


def adapter(sandbox: SandboxServer, http: Client, **changed: Any) -> Reddit:
    """An adapter for this sandbox."""
    client_id, client_secret = sandbox.memory.options.apps["reddit"]
    given = {
        "http": http,
        "base_urls": sandbox.base_urls,
        "client_id": client_id,
        "client_secret": client_secret,
        "username": "aura-tests",
    }
    return Reddit(**{**given, **changed})


def sign_in(
    reddit: Reddit, sandbox: SandboxServer, channel: str = "mila", **extra: str
) -> TokenSet:
    """The whole OAuth round trip."""
    url = reddit.authorize_url("state-1", "", REDIRECT)
    return reddit.exchange(sandbox.approve(url, channel, **extra)["code"], "", REDIRECT)


def newest_post(sandbox: SandboxServer, place: int = 0) -> str:
    """The id of one of Mila's newest posts that take comments."""
    accounts = sandbox.ctl("GET", "accounts", platform="reddit")
    posts = next(account["videos"] for account in accounts if account["key"] == "mila")
    found: str = [post["id"] for post in posts if post["comments_enabled"]][place]
    return found


def everything(reddit: Reddit, access: str, post: str) -> list[RemoteComment]:
    """All comments of a post, the missing replies fetched as a sync would."""
    found: dict[str, RemoteComment] = {}
    for page in walk_pages(
        lambda cursor: reddit.comments(access, "", Bucket.PUBLISHED, cursor, post_id=post),
        max_pages=60,
    ):
        found |= {item.id: item for item in page.items}
        for ref in page.incomplete:
            below = partial(reddit.replies, access, ref.parent_id, post_id=post)
            for more in walk_pages(below, max_pages=60):
                found |= {item.id: item for item in more.items}
    return list(found.values())
