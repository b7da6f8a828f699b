"""The platforms that the sandbox speaks besides YouTube, each with its ids, paths and refusals."""

from integrations.sandbox import facebook, instagram, reddit, tiktok, twitch, x
from integrations.sandbox.dialect import Dialect

DIALECTS: dict[str, Dialect] = {
    dialect.kind: dialect
    for dialect in (
        tiktok.DIALECT,
        instagram.DIALECT,
        facebook.DIALECT,
        reddit.DIALECT,
        twitch.DIALECT,
        x.DIALECT,
    )
}


def dialect_of(path: str) -> Dialect | None:
    """The dialect spoken at a path."""
    return next((found for found in DIALECTS.values() if path.startswith(found.prefix)), None)
