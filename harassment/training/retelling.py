"""English rows partly retold in French, word by word: labels exist in English, readers do not."""

import random
import re

from harassment.training.alignment import Table, words

_WORD = re.compile(r"[^\W_]+")
KEEP = frozenset(("url", "user"))


class Retelling:
    """Replaces words by their likely translations; word order and grammar stay English.

    Enough for an encoder to learn what French words do in an insult or in a denial (Qin et al.
    2020: code-switching augmentation).
    """

    def __init__(self, french_of: Table) -> None:
        self._french_of = french_of

    def retell(self, text: str, rng: random.Random) -> str:
        """`text` with a third, two thirds or all of its known words in French."""
        share = rng.choice((0.35, 0.7, 1.0, 1.0))

        def replace(match: re.Match[str]) -> str:
            word = match.group()
            plain = words(word)
            options = self._french_of.get(plain[0]) if len(plain) == 1 else None
            if not options or plain[0] in KEEP or rng.random() > share:
                return word
            names = [name for name, _ in options if name != "\0"]
            if not names:
                return word
            return rng.choices(names, [chance for name, chance in options if name != "\0"])[0]

        return _WORD.sub(replace, text)
