"""Tells French from English in a comment, and says "und" rather than guess."""

import re
from collections.abc import Mapping

from harassment.classifier.base import Language

MARGIN = 0.6
"""Summed log-odds below this are no evidence (about one typical word)."""

_WORD = re.compile(r"[^\W\d_]+(?:['\u2019][^\W\d_]+)?")
_LINK_OR_NAME = re.compile(r"(?:https?://|www\.|[@#])\S+")
_LATIN = re.compile(r"[A-Za-z\u00c0-\u024f]")
# Frequent words of neighbouring languages that are neither French nor English words.
_ELSEWHERE = frozenset(
    (  # noqa: SIM905 - a list of a hundred quoted words is harder to read
        "el los las una unos por para pero como muy esto esta eres soy donde porque gracias hola "
        "tambien también qué está mierda puta madre "
        "der die das und ist nicht ich du wir sie ein eine mit auf für auch aber wenn dich mich "
        "il lo gli che di sono perché anche questo questa sei molto grazie ciao della nella "
        "o os uma não você voce muito obrigado isso então também ele ela meu minha com "
        "het een niet ik jij je dat deze maar ook heel wel geen zijn "
        "nie jest się bir bu ve çok için değil"
    ).split()
) - frozenset(("die", "du", "il", "je", "o", "puta", "com", "sie"))
LIMIT = 2000


def features(text: str) -> list[str]:
    """Words and padded character trigrams of the lower-cased text, links and names left out."""
    words = _WORD.findall(_LINK_OR_NAME.sub(" ", text[:LIMIT]).lower().replace("\u2019", "'"))
    found: list[str] = []
    for word in words:
        padded = f"^{word}$"
        found.append(f"{padded} ")
        found += [padded[at : at + 3] for at in range(len(padded) - 2)]
    return found


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
    elsewhere = sum(word in _ELSEWHERE for word in words)
    known = sum(f"^{word}$ " in odds for word in words)
    if elsewhere >= 2 and elsewhere * 2 > known:
        return "und"
    total = sum(odds.get(item, 0.0) for item in found)
    if total > MARGIN:
        return "fr"
    return "en" if total < -MARGIN else "und"
