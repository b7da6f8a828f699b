"""Blackmail: a demand together with something that would be published. Plain reading."""

import re
from collections.abc import Iterator
from itertools import islice

from harassment.detection.signals.base import Signal
from harassment.detection.signals.guards import is_reported, is_story
from harassment.detection.signals.reading import Reading

_MOST = 50

_EN_WITHHELD = (
    r"(?:nudes?|pics|pictures|photos?|videos?|tape|screenshots?|screens|dms?|messages|texts"
    r"|secrets?|address|number"
    r"|real name|chats?|folder|private (?:\w+ )?\w+|emails?|everything|it all|what you did"
    r"|the truth|your past|past|proof|file|medical \w+|recordings?)"
)
_FR_WITHHELD = (
    r"(?:nudes?|photos?|videos?|sextape|captures?|screens?|messages|mp|secrets?|adresse|numero"
    r"|vrai nom|conversations?"
    r"|dossiers?|mails?|tout|ce que tu as fait|la verite|ton passe|preuves?|enregistrements?"
    r"|images|intimes?)"
)
_EN_LEAK = (
    r"(?:leak|post|publish|release|share|send|expose|upload|drop|spread|show|dump|forward|tell"
    r"|reveal|put)"
)
_FR_LEAK = (
    r"(?:balance\w*|publie\w*|diffuse\w*|poste\w*|leak\w*|envoie\w*|envoyer\w*|montre\w*"
    r"|revele\w*|partage\w*|divulgue\w*"
    r"|sors|sortir|lache\w*|raconte\w*|expose\w*|mets|mettre)"
)
_DEMAND = re.compile(
    r"\b(?:pay|pays?|paypal|send (?:me|us)|give (?:me|us)|transfer|wire|bitcoins?|btc|crypto"
    r"|cash ?app|unless you|unless i get|or else"
    r"|if you (?:don'?t|do not|block|refuse|ignore|keep|delete|report|tell|ever|won'?t)"
    r"|until you|you have (?:[0-9]{1,3}|one|two|three|until|till)"
    r"|or (?:i|we)|ou (?:je|on|j')|(?:[0-9]{1,3}|twenty ?four|48) ?(?:h|hours|days) (?:to|or)"
    r"|before (?:midnight|friday|monday|tomorrow)|do (?:what|as) i (?:say|want|ask)"
    r"|answer (?:me|my)|reply (?:to me|or)"
    r"|paie|paies|paye|payes|payer|verse|virement|envoie[- ]moi|envoies?|donne[- ]moi"
    r"|file[- ]moi|fais[- ]moi|sinon|ou alors|a moins que"
    r"|si tu (?:ne |n')?(?:\w+ ){0,2}(?:paies|payes|paye|reponds|repond|supprimes|envoies|fais"
    r"|donnes|veux|bloques|continues|acceptes|quittes|m'envoies|me|signales|arretes|parles)"
    r"|tu as (?:[0-9]{1,3}|jusqu'a|deux|trois)|t'as (?:[0-9]{1,3}|jusqu'a)|avant (?:minuit"
    r"|demain|vendredi|lundi|ce soir)|euros|[0-9] ?(?:\$|\u20ac)|[$\u20ac] ?[0-9])"
)
_LEAKS = re.compile(
    rf"\b(?:i|we)(?:'?ll|'m| am| will| would| can| could|'?m gonna|'?re| are)?(?: gonna"
    rf"| going to| about to| also| personally| just)* {_EN_LEAK}"
    rf"(?: \w+){{0,5}}? {_EN_WITHHELD}\b"
    rf"|\b(?:{_EN_WITHHELD}) (?:goes?|go|will (?:go|be)|are going|get|gets"
    rf"|will get)(?: \w+){{0,2}} (?:public|online|leaked|posted|published|out|to your"
    rf"|to everyone|viral|live|on)\b"
    r"|\beveryone (?:will|is going to|gets to) (?:see|know|find out)\b"
    r"|\b(?:your (?:\w+ )?(?:family|boss|mom|mother|wife|husband|followers|fans|parents"
    r"|sponsors?|school)|the (?:press|police|internet)) (?:will|is going to"
    r"|gets?) (?:to )?(?:see|know|receive|find out|get)\b"
    rf"|\b(?:je|on|j'|jvais|j'vais) ?(?:vais |va |viens |peux |pourrais |compte )?(?:tout |te "
    rf"|t'|les |le |la |vous )*{_FR_LEAK}(?: \S+){{0,5}}? {_FR_WITHHELD}\b"
    r"|\b(?:je|on) (?:vais |va )?(?:tout|les|le|la) (?:balance\w*|publie\w*|diffuse\w*|poste\w*"
    r"|leak\w*|divulgue\w*|revele\w*|montre\w*|partage\w*|envoie\w*|sors|sortir|raconte\w*)\b"
    rf"|\b{_FR_WITHHELD} (?:sera|seront|sortira|sortiront|finira|finiront|va|vont|part|partent"
    rf"|arrive|arrivent|se retrouvera|se retrouveront)(?: \w+){{0,3}} (?:en ligne|public"
    rf"|publies?|publiees?|sur|partout|chez|a ta|a ton|a tes|a tout)\b"
    r"|\btout le monde (?:va|saura|verra|sera)\b|\b(?:ta (?:famille|mere|femme|copine)"
    r"|ton (?:patron|mari|mec|ex|employeur)|tes (?:parents|abonnes|sponsors|fans"
    r"|proches)) (?:va|vont|saura|sauront|verra|verront|recevra|recevront)\b"
)
_HOLDS = re.compile(
    rf"\b(?:i|we)(?:'ve| have|'ve got| got| kept| saved| recorded) (?:\w+ ){{0,3}}(?:your|ur"
    rf"|the|all your|those) (?:\w+ ){{0,3}}{_EN_WITHHELD}\b"
    rf"|\b(?:j'ai|on a|je garde|j'ai garde|j'ai toujours) (?:\w+ ){{0,3}}(?:tes|ta|ton"
    rf"|toutes tes|tous tes|les) (?:\w+ ){{0,2}}{_FR_WITHHELD}\b"
)
_INTIMATE = re.compile(
    r"\b(?:nudes?|naked|intimate|sex ?tape|private (?:photos?|pics|pictures|videos?|messages"
    r"|dms)|intimes?|nue?s?|sextape|a poil|webcam)\b"
)
_MONEY = re.compile(
    r"\b(?:pay|paypal|bitcoins?|btc|crypto|cash|money|dollars|euros|bucks|argent|fric|thunes?"
    r"|virement|verse|paie|paies|paye|payes)\b|[$\u20ac] ?[0-9]|[0-9] ?[$\u20ac]"
)
_HARMLESS = re.compile(
    r"\b(?:next video|la suite|next episode|new (?:song|album|video)|prochaine video"
    r"|sub(?:scribe)?|like|abonne\w*|discord|patreon|recipe|recette|tuto\w*|merch|giveaway"
    r"|concours)\b"
)


def find_blackmail(reading: Reading) -> Iterator[Signal]:
    """Each stretch that threatens to publish, where the comment also demands or holds a secret."""
    text = reading.text
    if is_story(text) and not _INTIMATE.search(text):
        return
    for match in islice(_LEAKS.finditer(text), _MOST):
        start, end = match.span()
        near = reading.around(start, end, 140)
        holds = _HOLDS.search(near) or (_INTIMATE.search(near))
        if not _DEMAND.search(near) and not holds:
            continue
        if _HARMLESS.search(near) and not _INTIMATE.search(near) and not _MONEY.search(near):
            continue
        if not is_reported(reading, start, end):
            yield Signal("blackmail", "extortion", *reading.raw_span(start, end))
            return
    for match in islice(_HOLDS.finditer(text), _MOST):
        start, end = match.span()
        near = reading.around(start, end, 110)
        if not (_MONEY.search(near) or (_INTIMATE.search(near) and _DEMAND.search(near))):
            continue
        if not is_reported(reading, start, end) and not _HARMLESS.search(near):
            yield Signal("blackmail", "extortion", *reading.raw_span(start, end))
            return
