"""How people write abuse so that filters miss it: leet, spacing, look-alikes, invisible signs."""

import random
import re
from collections.abc import Callable

_LEET = str.maketrans("aeiostAEIOST", "431057431057")
# Cyrillic letters that look the same in most fonts.
_TWINS = str.maketrans("aeopcxyAEOPCX", "аеорсхуАЕОРСХ")  # noqa: RUF001
_ZERO_WIDTH = ("\u200b", "\u200c", "\u2060", "\ufeff")
_RAGE = (" 🤮", " 🖕", " 😂😂", " 🐷", " 🤡", " 💀🔪", " 🗑️")
_WORD = re.compile(r"[^\W\d_]{4,}")


def leet(text: str, chance: random.Random) -> str:
    """Digits for letters in about half of the longer words."""
    return _half(text, chance, _LEET)


def spaced(text: str, chance: random.Random) -> str:
    """One longer word is spelled out with separators."""
    glue = chance.choice([" ", ".", "-", "_"])
    return _one_word(text, chance, glue.join)


def starred(text: str, chance: random.Random) -> str:
    """Inner vowels of one longer word are starred out."""
    return _one_word(text, chance, lambda word: word[0] + re.sub("[aeiouy]", "*", word[1:]))


def zero_width(text: str, chance: random.Random) -> str:
    """Invisible signs inside the longer words."""
    return _WORD.sub(lambda m: m[0][:2] + chance.choice(_ZERO_WIDTH) + m[0][2:], text)


def twins(text: str, chance: random.Random) -> str:
    """Cyrillic look-alikes in about half of the longer words."""
    return _half(text, chance, _TWINS)


def mirrored(text: str, chance: random.Random) -> str:
    """One longer word is stored backwards and shown forwards by a right-to-left override."""
    return _one_word(text, chance, lambda word: f"\u202e{word[::-1]}\u202c")


def stretched(text: str, chance: random.Random) -> str:
    """The last vowel of one longer word goes on and on."""
    tail = chance.randint(3, 6)
    return _one_word(text, chance, lambda w: re.sub(r"([aeiou])(?!.*[aeiou])", r"\1" * tail, w))


DISGUISES = (leet, spaced, starred, zero_width, twins, mirrored, stretched)


def vary(text: str, chance: random.Random) -> str:
    """Abuse as it would be typed: often plain, sometimes shouted, often disguised."""
    draw = chance.random()
    if draw < 0.45:
        text = chance.choice(DISGUISES)(text, chance)
    elif draw < 0.6:
        text = text.upper()
    elif draw < 0.75:
        text = text.lower()
    if chance.random() < 0.3:
        text += chance.choice(_RAGE)
    return text


def _half(text: str, chance: random.Random, table: dict[int, int]) -> str:
    changed = _WORD.sub(lambda m: m[0].translate(table) if chance.random() < 0.5 else m[0], text)
    return changed if changed != text else _WORD.sub(lambda m: m[0].translate(table), text)


def _one_word(text: str, chance: random.Random, change: Callable[[str], str]) -> str:
    words = _WORD.findall(text)
    if not words:
        return text
    word = chance.choice(words)
    return text.replace(word, change(word), 1)
