"""Rows as they enter training: decoded, trimmed, keyed for duplicates and for leaks."""

import hashlib
import html
import re

from harassment.detection.normalise import normalise

MAX_CHARACTERS = 1500

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
