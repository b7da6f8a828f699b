"""Facebook's ids: numbers, in pairs for what belongs to something else."""

from integrations.sandbox.instagram.ids import digits
from integrations.sandbox.world import Mint

MINT = Mint(
    channel=lambda seed, key: digits(15, "page", seed, key),
    video=lambda seed, title: f"{digits(15, 'wall', seed)}_{digits(15, 'post', seed, title)}",
    author=lambda handle: digits(17, "psid", handle),
    comment=lambda salt, parent_id: (
        f"{digits(15, 'thread', parent_id)}_{digits(16, 'comment', salt, parent_id)}"
    ),
)


def person_id(page_id: str) -> str:
    """The person who manages a Page, as the app knows them."""
    return digits(17, "manager", page_id)
