"""The tricks of people who evade filters, applied to training rows of both kinds."""

import random

LEET = str.maketrans("aeiost", "431057")
LOOK_ALIKES = str.maketrans("aeopcxiy", "\u0430\u0435\u043e\u0440\u0441\u0445\u0456\u0443")


def _typo(word: str, rng: random.Random) -> str:
    at = rng.randrange(1, len(word) - 1)
    if rng.random() < 0.5:
        return word[:at] + word[at + 1 :]
    return word[:at] + word[at + 1] + word[at] + word[at + 2 :]


def _star(word: str, rng: random.Random) -> str:
    at = rng.randrange(1, len(word) - 1)
    width = rng.choice((1, 1, 2)) if len(word) > 4 else 1
    return word[:at] + "*" * width + word[at + width :]


def _disguise(word: str, rng: random.Random) -> str:
    match rng.randrange(8):
        case 0:
            return word.translate(LEET)
        case 1:
            return rng.choice((" ", ".", "-")).join(word)
        case 2:
            return "\u200b".join(word)
        case 3:
            return word.translate(LOOK_ALIKES)
        case 4:
            at = rng.randrange(len(word))
            return word[:at] + word[at] * rng.randrange(3, 6) + word[at + 1 :]
        case 5 | 6:
            return _typo(word, rng)
        case _:
            return _star(word, rng)


def disguise(text: str, rng: random.Random) -> str:
    """`text` with one to three of its longer words disguised; the label does not change."""
    words = text.split()
    long_words = [index for index, word in enumerate(words) if len(word) >= 4 and word.isalpha()]
    for index in rng.sample(long_words, min(len(long_words), rng.randrange(1, 4))):
        words[index] = _disguise(words[index], rng)
    return " ".join(words)
