"""What a network says of texts, as arrays, and the cache of texts seen before."""

import hashlib
from collections import OrderedDict
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from harassment.classifier.base import Floats
from harassment.classifier.heads import ABSENT

CACHE_ROWS = 20_000

Halves = npt.NDArray[np.float16]


@dataclass(frozen=True, slots=True)
class Rows:
    """Log-odds (n, columns), sentiment logits (n,) or NaN, pooled states (n, width).

    Pooled states are kept in half precision, fresh or cached: twenty thousand of them are 15 MB.
    """

    logits: Floats
    sentiment: Floats
    pooled: Halves

    def __len__(self) -> int:
        return len(self.logits)

    @classmethod
    def blank(cls, length: int, columns: int, width: int) -> "Rows":
        """What is said of texts without a word: no head speaks."""
        return cls(
            np.full((length, columns), ABSENT, dtype=np.float32),
            np.full(length, np.nan, dtype=np.float32),
            np.zeros((length, width), dtype=np.float16),
        )

    def take(self, indices: Sequence[int] | npt.NDArray[np.intp]) -> "Rows":
        """Those rows, in that order."""
        chosen = np.asarray(indices, dtype=np.intp)
        return Rows(self.logits[chosen], self.sentiment[chosen], self.pooled[chosen])

    def put(self, indices: Sequence[int], rows: "Rows") -> None:
        """Overwrite those rows."""
        chosen = np.asarray(indices, dtype=np.intp)
        self.logits[chosen] = rows.logits
        self.sentiment[chosen] = rows.sentiment
        self.pooled[chosen] = rows.pooled

    def merge(self, owners: Sequence[int], texts: int) -> "Rows":
        """One row per text from one per window: the worst logits, with that window's pooled state.

        Every text owns at least one window, and `owners` is in order. Sentiment is the mean.
        """
        if len(owners) == texts:
            return self
        owner = np.asarray(owners, dtype=np.intp)
        merged = Rows.blank(texts, self.logits.shape[1], self.pooled.shape[1])
        merged.logits[:] = -np.inf
        np.maximum.at(merged.logits, owner, self.logits)
        sums = np.bincount(owner, weights=self.sentiment, minlength=texts)
        merged.sentiment[:] = sums / np.bincount(owner, minlength=texts)
        worst = np.lexsort((self.logits[:, 0], owner))
        last = np.append(np.flatnonzero(np.diff(owner)), len(owner) - 1)
        merged.pooled[:] = self.pooled[worst[last]]
        return merged


def cache_key(text: str, *versions: str) -> bytes:
    """SHA-256 of the versions and the text: the cache holds no text."""
    return hashlib.sha256("\0".join((*versions, text)).encode()).digest()


class RowCache:
    """The last rows by key, in one block of memory that fills as texts come."""

    def __init__(self, columns: int, width: int, size: int = CACHE_ROWS) -> None:
        self._rows = Rows(
            np.empty((size, columns), np.float32),
            np.empty(size, np.float32),
            np.empty((size, width), np.float16),
        )
        self._places: OrderedDict[bytes, int] = OrderedDict()
        self._size = size

    def __contains__(self, key: bytes) -> bool:
        return key in self._places

    def get(self, keys: Sequence[bytes]) -> Rows:
        """The rows of keys that are there, marked as fresh."""
        for key in keys:
            self._places.move_to_end(key)
        return self._rows.take([self._places[key] for key in keys])

    def put(self, keys: Sequence[bytes], rows: Rows) -> None:
        """Keep the rows of new keys; the oldest are dropped when it is full."""
        kept = keys[-self._size :]
        places: list[int] = []
        for key in kept:
            full = len(self._places) == self._size
            place = self._places.popitem(last=False)[1] if full else len(self._places)
            self._places[key] = place
            places.append(place)
        self._rows.put(places, rows.take(range(len(keys) - len(kept), len(keys))))
