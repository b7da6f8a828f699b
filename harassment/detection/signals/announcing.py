"""Somebody's private details that are about to be published, or asked for. Plain reading."""

import re
from collections.abc import Iterator
from itertools import islice

from harassment.detection.signals.base import Signal
from harassment.detection.signals.guards import is_banter, is_denied, is_reported, is_story
from harassment.detection.signals.reading import Reading

_MOST = 50

_EN_PRIVATE = (
    r"(?:home address|address|addy|phone number|phone|number|real name|last name|workplace|ip"
    r"|ip address|door number|licen[cs]e plate|plate|school|location|parents' (?:address"
    r"|landline|number))"
)
_FR_PRIVATE = (
    r"(?:adresse|num(?:ero)?|vrai nom|nom de famille|tel|telephone|lieu de travail|ip|plaque"
    r"|identite|lycee|ecole)"
)
_EN = re.compile(
    r"\b(?:(?:i|we)(?:'?ll|'?m| will| am|'?re| are| have| just)?(?: gonna| going to| about to"
    r"| just| already)?"
    r"|imma|ima|gonna|let's|lets|someone|somebody|pls|please|who wants to|time to|can someone)"
    r" (?:post|drop|leak|share|publish|giv|give|past|paste|reveal|expos|expose|tweet|releas"
    r"|release|spread|dox)(?:ing|ting|ping)?"
    rf" (?:\w+ ){{0,3}}?(?:your|ur|her|his|their) (?:\w+ ){{0,2}}?{_EN_PRIVATE}\b"
    rf"|\b(?:leak|dox|drop|posting|dropping|leaking|doxxing|doxing) (?:his|her|their|your"
    rf"|ur) (?:{_EN_PRIVATE}|ass)\b"
    r"|\b(?:anyone|who|somebody|someone) (?:wants?|got|has|have|knows?|needs?|find"
    r"|found) (?:her|his|their) "
    rf"(?:\w+ )?{_EN_PRIVATE}\b"
    rf"|\b(?:i|we)(?:'ve)? (?:have|got|found|know) (?:your|ur) (?:home )?(?:address|addy|ip"
    rf"|real name)\b"
)
_FR = re.compile(
    r"\b(?:je|j'|on|jvais|j'vais|vas-y|allez|quelqu'un)(?: ?(?:vais|va|peut|peux|te|vous|leur"
    r"|viens de)){0,4}"
    r" ?(?:balance|balancer|poste|poster|leak|leaker|publie|publier|donne|donner|partage"
    r"|partager|diffuse"
    r"|diffuser|lache|lacher|revele|reveler|affiche|afficher|mets|mettre|envoie|envoyer|doxx?e?r?)"
    rf" (?:\w+ ){{0,2}}?(?:ton|ta|son|sa|leur|l') ?(?:\w+ )?{_FR_PRIVATE}\b"
    rf"|\b(?:balancez|postez|leakez|donnez|partagez|trouvez|lachez) (?:\w+ )?(?:son|sa|l'"
    rf"|leur) ?(?:vraie? )?{_FR_PRIVATE}\b"
    rf"|\bqui (?:a|veut|connait|aurait|sait) (?:son|sa|leur) (?:vraie? )?{_FR_PRIVATE}\b"
    r"|\b(?:j'ai|on a|on a trouve|j'ai trouve) (?:ton|ta|son|sa) (?:vraie? )?(?:adresse|ip"
    r"|vrai nom)\b"
)


def find_announcements(reading: Reading) -> Iterator[Signal]:
    """Each announcement of, or call for, somebody's private details."""
    text = reading.text
    if is_story(text) and is_banter(text):
        return
    for pattern in (_EN, _FR):
        for match in islice(pattern.finditer(text), _MOST):
            start, end = match.span()
            if not is_reported(reading, start, end) and not is_denied(reading, start):
                yield Signal("doxx", "announced", *reading.raw_span(start, end))
