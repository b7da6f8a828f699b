"""Twitch's ids: short decimal numbers for people, streams and recordings, UUIDs for messages."""

import hashlib
import uuid

from integrations.sandbox.world import Mint, Video


def digits(length: int, *parts: object) -> str:
    """A stable number of `length` digits made from `parts`; it does not begin with 0."""
    digest = hashlib.blake2b("|".join(map(str, parts)).encode(), digest_size=16).digest()
    lowest = 10 ** (length - 1)
    return str(lowest + int.from_bytes(digest) % (9 * lowest))


def message_id(*parts: object) -> str:
    """A stable UUID made from `parts`."""
    digest = hashlib.blake2b("|".join(map(str, parts)).encode(), digest_size=16).digest()
    return str(uuid.UUID(bytes=digest, version=4))


MINT = Mint(
    channel=lambda seed, key: digits(9, "channel", seed, key),
    video=lambda seed, title: digits(10, "recording", seed, title),
    author=lambda handle: digits(9, "person", handle),
    comment=lambda salt, parent_id: message_id("message", salt, parent_id),
)


def stream_of(video: Video) -> str:
    """The stream that a recording is of."""
    return digits(11, "stream", video.id)
