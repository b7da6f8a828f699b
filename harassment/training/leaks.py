"""Published test cases as hashed keys: nothing near one may be learned, and no key can be read."""

import hashlib
import struct
from collections.abc import Iterable, Iterator
from pathlib import Path

import numpy as np
import numpy.typing as npt

from harassment.training.cleaning import leak_key

LEAK_KEYS = Path(__file__).with_name("leak_keys.bin")
SHORTEST = 12
"""Letters a text needs: "i love you" is nobody's; refusing it would refuse the language."""
PREFIX = 60
GRAM = 5
BANDS, BAND_ROWS = 16, 8
"""MinHash bands: two texts whose 5-letter grams overlap by 0.8 share a band in 95 of 100 cases,
by 0.5 in 6 of 100 (1 - (1 - J^8)^16)."""
KEY_BYTES = 5

_SEEDS = np.array(
    [
        struct.unpack("<Q", hashlib.sha256(f"minhash {number}".encode()).digest()[:8])[0] | 1
        for number in range(BANDS * BAND_ROWS)
    ],
    dtype=np.uint64,
)


def _hash(text: str) -> bytes:
    return hashlib.sha256(text.encode()).digest()[:KEY_BYTES]


def _grams(key: str) -> npt.NDArray[np.uint64]:
    grams = {key[at : at + GRAM] for at in range(len(key) - GRAM + 1)}
    digests = b"".join(hashlib.blake2b(gram.encode(), digest_size=8).digest() for gram in grams)
    return np.frombuffer(digests, dtype=np.uint64)


def near_keys(text: str) -> Iterator[bytes]:
    """The keys of a text: the whole, its first 60 letters, and one per MinHash band."""
    key = leak_key(text)
    if len(key) < SHORTEST:
        return
    yield _hash(key)
    if len(key) > PREFIX:
        yield _hash(key[:PREFIX])
    # Multiply-shift: each odd seed permutes the 64-bit gram hashes, the least one is kept.
    lowest = (_grams(key)[:, None] * _SEEDS[None, :]).min(axis=0)
    for band in range(BANDS):
        part = lowest[band * BAND_ROWS : (band + 1) * BAND_ROWS]
        yield _hash(f"{band} {part.tobytes().hex()}")


def write_leak_keys(texts: Iterable[str], path: Path = LEAK_KEYS) -> int:
    """Write the sorted keys of published test cases to `path`; returns how many there are."""
    keys = sorted({key for text in texts for key in near_keys(text)})
    path.write_bytes(b"".join(keys))
    return len(keys)


def read_leak_keys(path: Path = LEAK_KEYS) -> frozenset[bytes]:
    """The keys of published test cases: no text can be read out of them."""
    raw = path.read_bytes()
    return frozenset(raw[at : at + KEY_BYTES] for at in range(0, len(raw), KEY_BYTES))


def leaks(text: str, keys: frozenset[bytes]) -> bool:
    """Whether `text` is a published test case or nearly one (5-gram Jaccard about 0.8 or more)."""
    return any(key in keys for key in near_keys(text))
