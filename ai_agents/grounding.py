"""No invented price, date or hour: a number in a chatbot's answer stands in what it was given."""

import re
import unicodedata
from collections.abc import Sequence

from ai_agents.numbers import is_known, stated
from ai_agents.redaction import PLACEHOLDER

_NUMBER = re.compile(r"\d+(?:[.,:/]\d+)*")
_ENDS = re.compile(r"(?<=[.!?…])(?=\s)|(?<=\n)")


def grounded(text: str, given: Sequence[str]) -> tuple[str, int]:
    """`text` without the sentences whose numbers stand in none of the given texts, and how many.

    A number counts as given when it is written the same, or is the same value in other words.
    """
    whole = _plain("\n".join(given))
    written = set(_NUMBER.findall(whole))
    figures = stated(whole)
    kept, dropped = [], 0
    for sentence in _ENDS.split(text):
        rest = _NUMBER.sub(lambda found: " " if found[0] in written else found[0], _plain(sentence))
        if is_known(rest, figures):
            kept.append(sentence)
        else:
            dropped += 1
    return "".join(kept).strip(), dropped


def _plain(text: str) -> str:
    """Without placeholders: their numbers are ours."""
    return PLACEHOLDER.sub(" ", unicodedata.normalize("NFKC", text))
