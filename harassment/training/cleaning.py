"""Rows as they enter training: decoded, trimmed, keyed for duplicates and for leaks."""

import hashlib
import html
import re
from collections.abc import Iterable, Iterator
from pathlib import Path

from harassment.detection.normalise import normalise

MAX_CHARACTERS = 1500
LEAK_PREFIX = 60
DIGEST_BYTES = 8
LEAK_KEYS = Path(__file__).with_name("leak_keys.bin")

_ESCAPED = re.compile(r"\\u([0-9a-fA-F]{4})")
_MASKED_USER = re.compile(r"\[USER\]|(?<!\w)@USER\b", re.IGNORECASE)
_MASKED_URL = re.compile(r"\[URL\]|@url\b|(?<=\s)http\b", re.IGNORECASE)
_RETWEET = re.compile(r"^\W*rt @\w+:?\s*", re.IGNORECASE)
_NOT_LETTERS = re.compile(r"[\W_]+")


def clean(text: str) -> str:
    """A row's text without entities, escapes, masks or retweet heads, at most 1,500 characters."""
    text = html.unescape(html.unescape(text))
    text = _ESCAPED.sub(lambda match: chr(int(match.group(1), 16)), text)
    text = _MASKED_URL.sub("url", _MASKED_USER.sub("@user", text))
    text = _RETWEET.sub("", text)
    return " ".join(text[:MAX_CHARACTERS].split())


def duplicate_key(text: str) -> str:
    """Lower-cased with white space collapsed; emoji stay, they make contrast pairs differ."""
    return " ".join(text.lower().split())


def leak_key(text: str) -> str:
    """Letters and digits of the normalised text only: equal keys mean the same sentence."""
    return _NOT_LETTERS.sub("", normalise(text).lower())


def bucket(key: str, buckets: int = 10) -> int:
    """A stable bucket for a key: the same text always falls into the same split."""
    return int.from_bytes(hashlib.sha256(key.encode()).digest()[:8]) % buckets


def _digests(text: str) -> Iterator[bytes]:
    key = leak_key(text)
    # Very short sentences ("i love you") are nobody's; refusing them would refuse the language.
    if len(key) < 12:
        return
    yield hashlib.sha256(key.encode()).digest()[:DIGEST_BYTES]
    if len(key) > LEAK_PREFIX:
        yield hashlib.sha256(key[:LEAK_PREFIX].encode()).digest()[:DIGEST_BYTES]


def write_leak_keys(texts: Iterable[str], path: Path) -> int:
    """Write the hashed keys of benchmark texts to `path`; returns how many there are."""
    keys = sorted({digest for text in texts for digest in _digests(text)})
    path.write_bytes(b"".join(keys))
    return len(keys)


def read_leak_keys(path: Path = LEAK_KEYS) -> frozenset[bytes]:
    """The hashed keys of published test cases: no text can be read out of them."""
    raw = path.read_bytes()
    return frozenset(raw[at : at + DIGEST_BYTES] for at in range(0, len(raw), DIGEST_BYTES))


def leaks(text: str, keys: frozenset[bytes]) -> bool:
    """Whether `text`, or its first 60 letters, is a published test case."""
    return any(digest in keys for digest in _digests(text))
