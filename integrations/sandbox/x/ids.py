"""X's ids: 19-digit numbers, sent as text."""

from integrations.sandbox.instagram.ids import digits
from integrations.sandbox.world import Mint

MINT = Mint(
    channel=lambda seed, key: digits(19, "x-user", seed, key),
    video=lambda seed, title: digits(19, "x-post", seed, title),
    author=lambda handle: digits(19, "x-person", handle),
    comment=lambda salt, parent_id: digits(19, "x-answer", salt, parent_id),
)
