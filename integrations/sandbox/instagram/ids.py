"""Instagram's ids: long decimal numbers, sent as strings."""

import hashlib

from integrations.sandbox.world import Mint


def digits(length: int, *parts: object) -> str:
    """A stable number of `length` digits made from `parts`; it does not begin with 0."""
    digest = hashlib.blake2b("|".join(map(str, parts)).encode(), digest_size=16).digest()
    lowest = 10 ** (length - 1)
    return str(lowest + int.from_bytes(digest) % (9 * lowest))


MINT = Mint(
    channel=lambda seed, key: "178414" + digits(11, "account", seed, key),
    video=lambda seed, title: "180" + digits(14, "media", seed, title),
    author=lambda handle: digits(16, "person", handle),
    comment=lambda salt, parent_id: "179" + digits(14, "comment", salt, parent_id),
)


def scoped_id(user_id: str) -> str:
    """The other id of an account: of this app and this person, never the account's own."""
    return digits(17, "scoped", user_id)
