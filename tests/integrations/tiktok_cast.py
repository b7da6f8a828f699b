"""What the tests of the TikTok adapter share: an adapter on the sandbox, signed in."""

from typing import Any

from integrations.platforms.base import Bucket, Page, RemoteComment, TokenSet, walk_pages
from integrations.platforms.client import Client
from integrations.platforms.tiktok import TikTok
from tests.integrations.sandbox_server import SandboxServer

REDIRECT = "http://aura.localhost:8000/oauth/tiktok/callback/"
SIZE = 60  # comments on the first account
COMMENTS = "/business/comment/list"
REPLIES = "/business/comment/reply/list"
HIDE = "/business/comment/hide"
REPLY = "/reply/create"


def apps(sandbox: SandboxServer) -> dict[str, str]:
    """The operator's two registrations."""
    business = sandbox.memory.options.apps["tiktok_business"]
    display = sandbox.memory.options.apps["tiktok_display"]
    return {
        "business_id": business[0],
        "business_secret": business[1],
        "display_key": display[0],
        "display_secret": display[1],
    }


def adapter(sandbox: SandboxServer, http: Client, **changed: Any) -> TikTok:
    """An adapter for this sandbox."""
    given = {"http": http, "base_urls": sandbox.base_urls, **apps(sandbox)}
    return TikTok(**{**given, **changed})


def sign_in(
    tiktok: TikTok, sandbox: SandboxServer, channel: str = "mila", **extra: str
) -> TokenSet:
    """The whole OAuth round trip."""
    url = tiktok.authorize_url("state-1", "", REDIRECT)
    return tiktok.exchange(sandbox.approve(url, channel, **extra)["code"], "", REDIRECT)


def newest_video(sandbox: SandboxServer, channel: str = "mila") -> str:
    """The id of an account's newest video that takes comments."""
    accounts = sandbox.ctl("GET", "accounts", platform="tiktok")
    videos = next(account["videos"] for account in accounts if account["key"] == channel)
    found: str = next(video["id"] for video in videos if video["comments_enabled"])
    return found


def first_page(tiktok: TikTok, tt_access: str, video: str) -> Page[RemoteComment]:
    """The newest comments of a video."""
    return tiktok.comments(tt_access, "", Bucket.PUBLISHED, post_id=video)


def everything(tiktok: TikTok, tt_access: str, video: str) -> list[RemoteComment]:
    """All comments of a video, the missing replies fetched as a sync would."""
    found: dict[str, RemoteComment] = {}
    for page in walk_pages(
        lambda cursor: tiktok.comments(tt_access, "", Bucket.PUBLISHED, cursor, post_id=video),
        max_pages=60,
    ):
        found |= {item.id: item for item in page.items}
        for ref in page.incomplete:
            more = tiktok.replies(tt_access, ref.parent_id, post_id=ref.post_id)
            found |= {item.id: item for item in more.items}
    return list(found.values())
