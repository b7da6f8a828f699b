"""Where somebody lives, given away: street addresses of French and English form, postcode and town.

Works on the literal reading. A street alone is a place like any other; it becomes a disclosure
where the comment says whose it is, or is written as a whole address.
"""

import re
from collections.abc import Iterator
from itertools import islice

from harassment.detection.signals.base import Signal
from harassment.detection.signals.guards import is_own, is_public, is_story
from harassment.detection.signals.reading import Reading

_MOST = 100

_FR_WAY = (
    r"(?:rue|avenue|av|ave|boulevard|bvd|bld|blvd|bd|allees?|chemin|che?m|impasse|imp|place|pl|quai"
    r"|route|rte|square|cours|passage|faubourg|fbg|sentier|esplanade|lotissement|residence|villa"
    r"|cite|hameau|lieu[- ]dit)"
)
_FRENCH = re.compile(
    rf"(?<![\w.,/:-])[0-9]{{1,4}} ?(?:bis|ter|quater|[a-d])?,? {_FR_WAY}\.? "
    r"(?:(?:de la|de l'|du|des|de|d'|la|le|les"
    r"|l') ?)?[a-z][a-z'-]{1,24}(?: [a-z][a-z'-]{2,24}){0,3}?"
    r"(?=$|[ ,.;!?)\n-])"
)
_FRENCH_TAIL = re.compile(
    r"(?:[a-z'-]{1,20} ){0,3}[ ,.\n-]{0,4}(?:f-?)?(?:0[1-9]|[1-8][0-9]|9[0-578])[0-9]{3},? [a-z]{3}"
)
_EN_WAY = (
    r"(?:street|str|st|road|rd|avenue|ave|lane|ln|drive|dr|court|close|crescent|terrace|boulevard"
    r"|blvd|grove|gardens|hill|way|place|circle|parkway|mews|row)"
)
_ENGLISH = re.compile(
    rf"(?<![\w.,/:#$-])[0-9]{{1,5}}[a-d]?,? (?:[nsew]\.? )?(?P<name>[a-z][a-z'-]{{1,20}}"
    rf"(?: [a-z][a-z'-]{{1,20}}){{0,2}}) {_EN_WAY}\b\.?"
)
_ENGLISH_TAIL = re.compile(
    r"[ ,.\n]{0,3}(?:(?:apt|apartment|flat|unit|#) ?[0-9]{1,4}[a-z]?,? )?(?:[a-z]+[, ]{1,2}){0,4}"
    r"(?:[a-z]{2} [0-9]{5}\b|[a-z]{1,2}[0-9][a-z0-9]? ?[0-9][abd-hjlnp-uw-z]{2}\b)"
)
# Words that stand between a figure and "way", "drive" or "road" without naming a street.
_NO_NAME = re.compile(
    r"\b(?:minutes?|mins?|hours?|hrs?|miles?|km|days?|weeks?|months?|years?|times?|people|percent"
    r"|dollars?|euros?|more|best|ways?|lanes?|cars?|guys|men|women|kids|of|on|in|to|is|are|was|the"
    r"|a|an|and|from|per|x|feet|meters?|metres?|degrees?|views?|likes?|th|st|nd|rd|stars?|steps?"
    r"|reasons?|things|one|two|long|short|wheel|gb|tb|inch|volt|ton|at|for|with|down|my|this"
    r"|that)\b"
)
_FAMOUS = re.compile(
    r"21 jump street|10 downing st|221 ?b baker st|1600 pennsylvania|742 evergreen|4 privet|sesame"
    r"|36 quai des orfevres|55 rue du faubourg|8 mile road|10 cloverfield|124 conch|wallaby way"
    r"|177a bleecker|wisteria lane|elm street|13 rue del percebe|fury road|abbey road|wall street"
    r"|champs[- ]elysees|penny lane|5th avenue|fifth avenue|madison avenue|infinite loop"
)
_HOME = re.compile(
    r"\b(?:habites?|habitent|vit|vis|vivent|loges?|creche|domicile|maison|chez (?:elle|lui|eux|toi)"
    r"|baraque|adresse|trouve(?:e|z)?|voi(?:la|ci)|lives?|living|lived|address|home|house"
    r"|apartment|flat|appart\w*|stays|resides?|located|found (?:him|her|them|you)|go (?:say|visit)"
    r"|pay (?:him|her|them) a visit|visite|passez|sonner|sonnez|crib|place is)\b"
    r"|\b(?:(?:s?he|they|you)'s (?:at|in)|(?:elle|il) est (?:au|a)|t'es au)\b"
)
_LIVES = (
    r"(?:where (?:the |that |this )?\w+ lives:?|(?:she|he|they|you|u|bitch|guy|girl"
    r"|family) (?:\w+ )?lives? (?:at|on|in)"
    r"|(?:elle|il|ils|elles|tu|t'|famille|meuf|mec|t) ?(?:habites?|vi[ts]|vivent|habitent|loge"
    r"|creche)"
    r"(?: (?:au|a|dans|sur|en))?"
    r"|(?:her|his|their|your|ur|son|sa|ton|ta|leur|votre) (?:home |real |personal |vraie )?"
    r"(?:address|adresse|house|maison)(?: (?:is|c'est|est))?(?: (?:at|on|au|a|dans))?:?)"
)
_LIVES_IN_STREET = re.compile(
    rf"\b{_LIVES} (?:the )?(?:{_FR_WAY} (?:de la |de l'|du |des |de |d')?[a-z'-]{{3,20}}"
    rf"|[a-z'-]{{3,20}}(?: [a-z'-]{{3,20}})? (?:street|road|avenue|lane|drive|crescent|terrace))\b"
)
_LIVES_IN_TOWN = re.compile(
    rf"\b{_LIVES} (?:[a-z' -]{{0,24}}[ ,(])?(?:"
    r"(?:0[1-9]|[1-8][0-9]|9[0-578])[0-9]{3}(?:,? [a-z]{3,20})?"
    r"|[a-z]{1,2}[0-9][a-z0-9]? ?[0-9][abd-hjlnp-uw-z]{2}"
    r"|[a-z]{3,20},? [a-z]{2} [0-9]{5})(?![\w%])"
)


def find_addresses(reading: Reading) -> Iterator[Signal]:
    """Addresses of people, each once."""
    if not any(char.isdigit() for char in reading.text) and not _HOME.search(reading.text):
        return
    taken: list[tuple[int, int]] = []
    for start, end in _addresses(reading):
        if any(start < other_end and end > other for other, other_end in taken):
            continue
        taken.append((start, end))
        yield Signal("doxx", "address", *reading.raw_span(start, end))


def _addresses(reading: Reading) -> Iterator[tuple[int, int]]:
    text = reading.text
    for match in islice(_FRENCH.finditer(text), _MOST):
        tail = _FRENCH_TAIL.match(text[match.end() : match.end() + 70])
        if _is_somebodys(reading, match, is_whole=tail is not None, is_plain=True):
            yield match.start(), match.end() + (tail.end() if tail else 0)
    for match in islice(_ENGLISH.finditer(text), _MOST):
        if _NO_NAME.search(match.group("name")):
            continue
        tail = _ENGLISH_TAIL.match(text[match.end() : match.end() + 70])
        # "St" and "Dr" are also a saint and a doctor; a long word for a street is none of that.
        is_plain = len(match.group().rstrip(".").rsplit(" ", 1)[-1]) > 3
        if _is_somebodys(reading, match, is_whole=tail is not None, is_plain=is_plain):
            yield match.start(), match.end() + (tail.end() if tail else 0)
    for pattern in (_LIVES_IN_STREET, _LIVES_IN_TOWN):
        for match in islice(pattern.finditer(text), _MOST):
            if not is_own(reading, match.start()) and not _FAMOUS.search(match.group()):
                yield match.span()


def _is_somebodys(
    reading: Reading, match: re.Match[str], *, is_whole: bool, is_plain: bool
) -> bool:
    start, end = match.span()
    if _FAMOUS.search(reading.around(start, end, 4)) or is_own(reading, start):
        return False
    if _HOME.search(reading.around(start, end, 80)):
        return not is_public(reading, start, end) or is_whole
    if is_public(reading, start, end) or is_story(reading.text):
        return False
    # Nothing but an address, or one down to its postcode: nobody writes that by the way.
    alone = len(reading.text) - (end - start) < 25
    return is_whole or (alone and is_plain)
