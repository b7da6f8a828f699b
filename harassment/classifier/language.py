"""Tells French from English in a comment, and says "und" rather than guess."""

import re
from collections.abc import Mapping
from dataclasses import dataclass

from harassment.classifier.base import Language
from harassment.classifier.elsewhere import is_elsewhere

MARGIN = 0.6
"""Summed log-odds below this are no evidence (about one typical word)."""

_WORD = re.compile(r"[^\W\d_]+(?:['\u2019][^\W\d_]+)?")
# Standing alone: the pieces of "f.u.c.k" and "h4te" are words of no language.
_WHOLE_WORD = re.compile(r"(?<![^\s(\"«])[^\W\d_]{2,}(?:['\u2019][^\W\d_]+)?(?![^\s,;:!?.…)\"»])")
_LINK_OR_NAME = re.compile(r"(?:https?://|www\.|[@#])\S+")
_LATIN = re.compile(r"[A-Za-z\u00c0-\u024f]")
LIMIT = 2000
TELLING = 1.5
"""Log-odds from which a word is surely of one language."""
_LEAST_WORDS = 2
_LEAST_SHARE = 0.25


def features(text: str) -> list[str]:
    """Words and padded character trigrams of the lower-cased text, links and names left out."""
    words = _WORD.findall(_LINK_OR_NAME.sub(" ", text[:LIMIT]).lower().replace("\u2019", "'"))
    found: list[str] = []
    for word in words:
        padded = f"^{word}$"
        found.append(f"{padded} ")
        found += [padded[at : at + 3] for at in range(len(padded) - 2)]
    return found


@dataclass(frozen=True, slots=True)
class Speech:
    """The language a text is mostly in, and whether it goes back and forth between the two."""

    language: Language
    mixed: bool = False


def listen(text: str, odds: Mapping[str, float]) -> Speech:
    """What `text` is written in: mixed when several words each are surely French and English.

    `odds` holds the log-odds of each feature (above 0: French), as shipped with the model.
    """
    language = identify(text, odds)
    telling = [odds.get(f"^{word}$ ", 0.0) for word in _whole_words(text)]
    french = sum(value >= TELLING for value in telling)
    english = sum(value <= -TELLING for value in telling)
    rarer = min(french, english)
    if rarer < max(_LEAST_WORDS, _LEAST_SHARE * (french + english)):
        return Speech(language)
    if language == "und":
        language = "fr" if french > english else "en"
    return Speech(language, mixed=True)


def _whole_words(text: str) -> list[str]:
    spoken = _LINK_OR_NAME.sub(" ", text[:LIMIT]).lower().replace("\u2019", "'")
    return _WHOLE_WORD.findall(spoken)


def identify(text: str, odds: Mapping[str, float]) -> Language:
    """The language of `text`: "fr", "en", or "und" when unsure, mixed in script or elsewhere.

    `odds` holds the log-odds of each feature (above 0: French), as shipped with the model.
    """
    letters = sum(char.isalpha() for char in text[:LIMIT])
    latin = len(_LATIN.findall(text[:LIMIT]))
    if not latin or latin * 2 < letters:
        return "und"
    found = features(text)
    words = [item[1:-2] for item in found if item.endswith(" ")]
    telling = [odds.get(f"^{word}$ ", 0.0) for word in words]
    ours = max(sum(value > 0 for value in telling), sum(value < 0 for value in telling))
    if is_elsewhere(words, ours):
        return "und"
    total = sum(odds.get(item, 0.0) for item in found)
    if total > MARGIN:
        return "fr"
    return "en" if total < -MARGIN else "und"
