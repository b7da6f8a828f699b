"""Reddit's ids: a kind, an underscore, and a number in base 36 ("fullnames")."""

import hashlib

from integrations.sandbox.world import Mint

_DIGITS = "0123456789abcdefghijklmnopqrstuvwxyz"


def base36(*parts: object) -> str:
    """A stable id of seven digits made from `parts`."""
    digest = hashlib.blake2b("|".join(map(str, parts)).encode(), digest_size=8).digest()
    number, text = int.from_bytes(digest), ""
    for _ in range(6):
        number, digit = divmod(number, 36)
        text += _DIGITS[digit]
    return "k" + text


MINT = Mint(
    channel=lambda seed, key: "t2_" + base36("account", seed, key),
    video=lambda seed, title: "t3_" + base36("link", seed, title),
    author=lambda handle: "t2_" + base36("person", handle),
    comment=lambda salt, parent_id: "t1_" + base36("comment", salt, parent_id),
)
