"""Texts as vectors, made on this machine: which passages are near a question.

One seam: a room above may register another embedder in its AppConfig.ready, as it does with the
judge of drafts. Without one it is `Ngrams`, which needs no model and no network.
"""

import re
import unicodedata
import zlib
from collections import Counter
from collections.abc import Iterator, Sequence
from typing import Protocol

import numpy as np
import numpy.typing as npt

Ids = npt.NDArray[np.uint32]
Weights = npt.NDArray[np.float64]


class Embedder(Protocol):
    """Makes vectors and compares them: no network, no row.

    `name` changes with the vectors: what was embedded under another name is embedded anew.
    """

    name: str

    def embed(self, texts: Sequence[str]) -> list[bytes]:
        """One vector a text, in order, in a form of the embedder's own."""
        ...

    def nearness(self, question: str, embedded: Sequence[bytes]) -> list[float]:
        """How near each vector is to the question: 0 for nothing in common, at most 1."""
        ...


_WORD = re.compile(r"[^\W_]+")
_ROOT = 5  # letters a French or English word keeps through its endings, near enough
_GRAM = 4
_SHARES = {"word": 1.0, "root": 0.7, "gram": 0.15}
_SATURATION, _LENGTH_WEIGHT, _USUAL_WORDS = 1.2, 0.6, 90.0  # BM25's k1 and b; words of a passage
_EMPTY_WORDS = frozenset(
    """
    a an and are as at be been but by can could did do does for from had has have he her his how i
    if in into is it its may me my no not of on or our shall she should so some than that the their
    them then there these they this to us was we were what when where which who why will with would
    you your am any about get got
    ai ait alors as au aux avec avez avoir ce cela ces cet cette ceux chez comme comment dans de des
    du elle elles en es est et etait ete etes etre fait faut il ils j je l la le les leur lui ma
    mais me mes mon n ne nos notre nous on ont ou par pas peut peux plus pour pourquoi puis qu quand
    que quel quelle quelles quels qui quoi s sa sans se sera ses si soit son sont sur ta te tes ton
    tu un une va vais vos votre vous y c d m t
    """.split()  # noqa: SIM905  (a list of eighty quoted words reads worse)
)


class Ngrams:
    """Hashed words, word roots and letter groups, weighed as BM25 weighs words.

    Finds what shares words or parts of words with the question, typing errors and endings
    included. It knows no synonyms and translates nothing.
    """

    name = "ngrams-1"

    def embed(self, texts: Sequence[str]) -> list[bytes]:
        """Hashes in order, then their weights in half precision."""
        return [self._packed(text) for text in texts]

    def nearness(self, question: str, embedded: Sequence[bytes]) -> list[float]:
        """The part of the question's weight that each passage holds; rare signs weigh more."""
        asked = {_hash(kind, sign): share for kind, sign, share in _signs(question)}
        if not asked or not embedded:
            return [0.0] * len(embedded)
        wanted = np.array(sorted(asked), dtype=np.uint32)
        shares = np.array([asked[sign] for sign in wanted.tolist()])
        held = np.zeros((len(embedded), len(wanted)))
        for row, packed in enumerate(embedded):
            ids, weights = _unpacked(packed)
            at = np.searchsorted(ids, wanted)
            inside = at < len(ids)
            found = inside.copy()
            found[inside] = ids[at[inside]] == wanted[inside]
            held[row, found] = weights[at[found]]
        known = np.count_nonzero(held, axis=0)
        rarity = np.log1p((len(embedded) - known + 0.5) / (known + 0.5))
        whole = float((shares * rarity).sum())
        scores: list[float] = (held @ (shares * rarity) / whole).clip(0.0, 1.0).tolist()
        return scores

    def _packed(self, text: str) -> bytes:
        counts = Counter(_hash(kind, sign) for kind, sign, _ in _signs(text))
        ids = np.array(sorted(counts), dtype=np.uint32)
        times = np.array([counts[sign] for sign in ids.tolist()], dtype=np.float64)
        words = len(_WORD.findall(text))
        room = _SATURATION * (1 - _LENGTH_WEIGHT + _LENGTH_WEIGHT * words / _USUAL_WORDS)
        weights = (times / (times + room)).astype(np.float16)
        return len(ids).to_bytes(4, "big") + ids.tobytes() + weights.tobytes()


def _unpacked(packed: bytes) -> tuple[Ids, Weights]:
    count = int.from_bytes(packed[:4], "big")
    ids = np.frombuffer(packed, dtype=np.uint32, count=count, offset=4)
    weights = np.frombuffer(packed, dtype=np.float16, count=count, offset=4 + 4 * count)
    return ids, weights.astype(np.float64)


def _signs(text: str) -> Iterator[tuple[str, str, float]]:
    """What a text is made of: kind, sign, share."""
    split = unicodedata.normalize("NFKD", text.casefold())
    plain = "".join(sign for sign in split if not unicodedata.combining(sign))
    for word in _WORD.findall(plain):
        if word in _EMPTY_WORDS:
            continue
        yield "word", word, _SHARES["word"]
        if len(word) > _ROOT:
            yield "root", word[:_ROOT], _SHARES["root"]
        elif len(word) >= _GRAM:
            yield "root", word.rstrip("sx"), _SHARES["root"]
        edged = f"^{word}$"
        if len(word) > _GRAM:
            for at in range(len(edged) - _GRAM + 1):
                yield "gram", edged[at : at + _GRAM], _SHARES["gram"]


def _hash(kind: str, sign: str) -> int:
    return zlib.crc32(f"{kind}:{sign}".encode())


_embedders: list[Embedder] = [Ngrams()]


def register(embedder: Embedder) -> None:
    """Let `embedder` make the vectors from now on; the last one registered counts."""
    _embedders.append(embedder)


def current() -> Embedder:
    """Who makes the vectors."""
    return _embedders[-1]
