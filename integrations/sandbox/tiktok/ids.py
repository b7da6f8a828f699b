"""TikTok's ids: 19-digit numbers beyond what a double can hold, and opaque ids of people."""

import hashlib

from integrations.sandbox.world import Mint, token


def number(*parts: object) -> str:
    """A stable 19-digit id, as TikTok numbers videos and comments."""
    digest = hashlib.blake2b("|".join(map(str, parts)).encode(), digest_size=8).digest()
    return str(7_200_000_000_000_000_000 + int.from_bytes(digest) % 10**17)


MINT = Mint(
    channel=lambda seed, key: number("account", seed, key),
    video=lambda seed, title: number("video", seed, title),
    author=lambda handle: "+" + token(31, "author", handle),  # `unique_identifier` of comments
    comment=lambda salt, parent_id: number("comment", salt, parent_id),
)


def open_id(app: str, account_id: str) -> str:
    """The account as one app knows it: no two apps see the same id."""
    lead = "-000" if app == "business" else ""  # a leading "-" is normal there
    return lead + token(36, "open", app, account_id)
