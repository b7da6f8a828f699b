"""A mix of comments to measure speed on: lengths as they occur, words of our own corpus."""

import math
import random
from collections import defaultdict
from collections.abc import Mapping, Sequence
from itertools import pairwise

from harassment.training.grammar import read_frames, write_rows
from harassment.training.parallel import read_own_pairs

DUPLICATES = 0.10
"""Share of comments that everybody posts: "first", "mdr"."""
SHORT_WORDS = 4
SHORT_TEXTS = 60
# Share of comments that are no longer -> words; between two points the logarithm is straight.
LENGTHS = ((DUPLICATES, 3), (0.50, 13), (0.90, 26), (0.99, 82), (1.0, 400))
WHOLE = 0.5
"""How often a comment, or what is left of it, is one sentence of just that length."""
TRIES = 20
"""To find a comment that is not there yet; the shortest ones do repeat."""
GOLDEN = (math.sqrt(5) - 1) / 2
LANGUAGES = ("en", "fr")

Sentences = Mapping[int, Sequence[str]]
"""Words -> sentences of that length."""


def write_mix(n: int, *, seed: int) -> list[str]:
    """`n` comments: median 13 words, nine in ten up to 26, one in a hundred above 82.

    Half English, half French; a tenth are short texts that return again and again. Any first part
    has the same lengths as the whole, so that a slow method may be measured on fewer of them.
    """
    rng = random.Random(seed)  # noqa: S311
    by_language = _sentences(seed)
    often = {
        language: rng.sample(
            [text for words in range(1, SHORT_WORDS + 1) for text in sentences.get(words, ())],
            SHORT_TEXTS // len(LANGUAGES),
        )
        for language, sentences in by_language.items()
    }
    comments: list[str] = []
    seen: set[str] = set()
    for index in range(n):
        # Multiples of the golden ratio fill the unit evenly, however many are taken.
        share = (0.5 + index * GOLDEN) % 1
        language = LANGUAGES[index % len(LANGUAGES)]
        if share < DUPLICATES:
            comments.append(rng.choice(often[language]))
            continue
        for _ in range(TRIES):
            comment = _compose(_length(share), by_language[language], rng)
            if comment not in seen:
                break
        seen.add(comment)
        comments.append(comment)
    return comments


def _length(share: float) -> int:
    for (low, short), (high, long) in pairwise(LENGTHS):
        if share <= high:
            along = (share - low) / (high - low)
            return round(math.exp(math.log(short) * (1 - along) + math.log(long) * along))
    raise ValueError("a share is at most 1")


def _compose(words: int, sentences: Sentences, rng: random.Random) -> str:
    """Whole sentences that come to that many words, or one or two fewer."""
    pieces: list[str] = []
    while words > 0:
        fitting = [length for length in sentences if length <= words]
        if not fitting:
            break
        whole = words in sentences and rng.random() < WHOLE
        length = words if whole else rng.choice(fitting)
        sentence = rng.choice(sentences[length])
        pieces.append(sentence if not sentence[-1].isalnum() else f"{sentence}.")
        words -= length
    return " ".join(pieces)


def _sentences(seed: int) -> dict[str, Sentences]:
    found: dict[str, dict[int, list[str]]] = {language: defaultdict(list) for language in LANGUAGES}
    for row in write_rows(read_frames(), seed):
        found[row.language][len(row.text.split())].append(row.text)
    for pair in read_own_pairs():
        for language, text in (("en", pair.english), ("fr", pair.french)):
            found[language][len(text.split())].append(text)
    return {
        language: {words: by_length[words] for words in sorted(by_length)}
        for language, by_length in found.items()
    }
