"""What the tests of the YouTube adapter and of the sandbox share; the fixtures are next door."""

from typing import Any

from integrations.platforms.base import Bucket, Platform, RemoteComment, TokenSet, walk_pages
from integrations.platforms.client import Client
from integrations.platforms.youtube import YouTube
from integrations.sandbox.grants import s256
from tests.integrations.sandbox_server import REDIRECT, SandboxServer

VERIFIER = "v" * 64
SIZE = 150  # comments on the first channel


def adapter(sandbox: SandboxServer, http: Client, **changed: Any) -> YouTube:
    """An adapter for this sandbox."""
    given = {
        "http": http,
        "base_urls": sandbox.base_urls,
        "client_id": sandbox.client_id,
        "client_secret": sandbox.client_secret,
    }
    return YouTube(**{**given, **changed})


def sign_in(
    youtube: Platform, sandbox: SandboxServer, channel: str = "mila", **extra: str
) -> TokenSet:
    """The whole OAuth round trip."""
    url = youtube.authorize_url("state-1", s256(VERIFIER), REDIRECT)
    return youtube.exchange(sandbox.approve(url, channel, **extra)["code"], VERIFIER, REDIRECT)


def channel_id(sandbox: SandboxServer, key: str = "mila") -> str:
    """A channel's id."""
    found: str = sandbox.ctl("GET", "state")["channels"][key]["id"]
    return found


def everything(
    youtube: YouTube, access: str, channel: str, bucket: Bucket = Bucket.PUBLISHED
) -> list[RemoteComment]:
    """All comments of one bucket, the missing replies fetched as a sync would."""
    found: dict[str, RemoteComment] = {}
    for page in walk_pages(lambda c: youtube.comments(access, channel, bucket, c), max_pages=50):
        found |= {item.id: item for item in page.items}
        for ref in page.incomplete:
            more = youtube.replies(access, ref.parent_id, post_id=ref.post_id)
            found |= {item.id: item for item in more.items}
    return list(found.values())


def published(
    youtube: YouTube, access: str, sandbox: SandboxServer, comment_id: str
) -> RemoteComment:
    """One comment from the first page of the published listing."""
    page = youtube.comments(access, channel_id(sandbox), Bucket.PUBLISHED)
    return next(item for item in page.items if item.id == comment_id)
