"""What takes the harm out of a sentence: somebody else's words, a denial, a story, one's own data.

All patterns read folded text: lower case, no accents.
"""

import re

from harassment.detection.signals.reading import Reading

_SPEAKERS = (
    r"someone|somebody|some|people|he|she|they|guy|man|dude|woman|girl|kid|kids|person|stalkers?"
    r"|ex|haters?|trolls?|anyone|everyone|commenters?|who|that|mum|mom|dad|mother|father|brother"
    r"|sister|friend|teacher|coach|boss|villain|character|and"
    r"|quelqu'un|on|il|elle|ils|elles|gens|mec|type|gars|homme|femme|meuf|personne|harceleurs?"
    r"|certains|qui|ceux|celui|celle|mere|pere|frere|soeur|pote|prof|patron|perso|personnage"
)
_SAY = (
    r"said|says|say|saying|told|tells|tell|telling|wrote|writes|write|writing|comment(?:s|ed|ing)?"
    r"|threaten\w*|messag\w+|dm'?e?d|posted|posts|posting|yell\w*|scream\w*|replied|types?|typed"
    r"|typing|texted|emailed"
    r"|dit|dire|disait|disent|disant|ecrit|ecrire|ecrivent|ecrivait|menacee?s?|menacer|menacait"
    r"|envoyer?|envoient|commenter?|commentent|poster?|postent|repondu|lance|hurle|crie"
)
_REPORTED = re.compile(
    rf"\b(?:{_SPEAKERS})\b[^.!?\n]{{0,30}}\b(?:{_SAY})\b"
    r"|\b(?:told|threatened|warned|messaged|dmed|emailed|texted) (?:me|us|my|him|her|them)\b"
    r"|\b(?:m'a|m'ont|nous a|lui a|lui ont|t'a|t'ont|leur a|leur ont|l'a|l'ont|me|lui) "
    r"(?:deja )?(?:dit|ecrit|menacee?|envoye|balance|sorti|repondu|crie|disait|disent)\b"
    r"|\b(?:got|gets?|getting|received?|receiving|reading|read|seeing|saw|see|hear|heard|recu"
    r"|recois|recoit|lu|lire|lis|vu|voir|entendu|entendre)\b[^.!?\n]{0,30}"
    r"\b(?:comments?|messages?|dms?|threats?|commentaires?|menaces?|mp)\b"
    r"|\b(?:stop|quit|imagine|instead of|wrong to|horrible to|disgusting to|cruel to|okay? to"
    r"|how (?:can|could|dare)|why (?:do|would)|arretez?|comment (?:peut|peux|pouvez|oser?|osez)"
    r"|pourquoi|honteux|ignoble|grave|faut pas|ose|osent)\b[^.!?\n]{0,25}"
    rf"\b(?:{_SAY})\b"
    r"|\b(?:comments?|messages?|threats?|words|things|stuff|phrases?|sentences?|lyrics?|lines?"
    r"|commentaires?|menaces?|mots|trucs|propos|paroles)\s+"
    r"(?:like|such as|that say|saying|comme|du genre|genre|du style|qui dis\w+|tel(?:le)?s? que)"
    r"|\b(?:definition|meaning|meme|the word|the term|le mot|l'expression|the abbreviation)\b"
)
_REPORTED_AFTER = re.compile(
    r"^[\"')\s,]{0,4}(?:is|are|was|were|isn'?t|aren'?t|should be|comments?|means?|stands for"
    r"|veut dire"
    r"|signifie|c'est|est|n'est|sont|ce n'est)\b[^.!?\n]{0,25}"
    r"(?:the (?:message|comment|reply|answer|first|last)|what|not|never|crime|disgust|illegal"
    r"|unaccept|horrib|vile|wrong|cruel|report|ban|awful|sick"
    r"|pas|delit|inaccept|ignob|hont|interdit|grave|puni|kill|keep|$)"
)
_DENIED = re.compile(
    r"\b(?:nobody|no ?one|never|not|don'?t|do not|won'?t|wouldn'?t|shouldn'?t|can'?t|without"
    r"|personne ne|ne|jamais|nul ne|sans|aucun\w*|pas)\b[^.!?\n,]{0,28}$"
    r"|n't [^.!?\n,]{0,28}$|\bn'[^.!?\n,]{0,28}$"
)
_STORY = re.compile(
    r"\b(?:games?|gameplay|gaming|(?<!your )(?<!ur )(?<!her )(?<!his )boss(?:es)?|npcs?|levels?"
    r"|respawn\w*|ranked|lobby|server|raid|nerf|buff|loadout|fps|meta"
    r"|minecraft|fortnite|gta|valorant|call of duty|sims|skyrim|zelda|elden ring|mario|pokemon"
    r"|among us|movie|film|episodes?|seasons?|series|anime|manga|characters?|scenes?|plot"
    r"|chapters?|book|novel|lyrics?|song|verse|chorus|track|album|match|tournament|chess"
    r"|jeux?|partie|perso|personnages?|niveau|serveur|serie|saison|chapitre|livre|roman|chanson"
    r"|paroles|refrain|couplet|morceau|scenario|acteur|actrice|tournoi|echecs|manche)\b"
    r"|\u266a|\u266b"
)
_NO_STORY = re.compile(r"\b(?:not|isn'?t|pas)\s+(?:a|an|un|une)\s+(?:game|movie|film|jeu|blague)\b")
_BANTER = re.compile(
    r"\b(?:lo+l|lmf?ao|mdr+|ptdr+|xd+|(?:ha){2,}h?|jk|just kidding|kidding|rofl|je rigole|jrigole"
    r"|blague|<3)\b|tears of joy|rolling on the floor|red heart|winking"
)
_OWN = re.compile(
    r"\b(?:my|our|mon|ma|mes|notre|nos)\s+(?:\w+\s+){0,2}(?:number|phone|cell|whatsapp|num|numero"
    r"|tel|telephone|mail|e-?mail|adresse|address|iban|rib|plate|plaque|car|voiture|shop|store"
    r"|boutique|restaurant|house|maison|place|flat|apartment|appart\w*|licen[cs]e)\b"
    r"|\b(?:call|text|e?mail|contact|reach|dm|whatsapp|message|write|ring|join|add|hit)(?: up)?"
    r" (?:me|us)\b"
    r"|\b(?:appelle[sz]?|appelez|ecris|ecrivez|contacte[sz]?|contactez|textez?|mp|joindre|ajoute"
    r"|rejoins|rejoignez)[- ](?:moi|nous)\b|\bme (?:joindre|contacter|appeler|trouver)\b"
    r"|\bm'(?:appeler|ecrire)\b|\bj'habite|\bi live\b|\bwe live\b|\bi lived\b|\bi used to live\b"
    r"|\bje (?:vis|loge|suis joignable)\b|\bnous (?:habitons|sommes)\b|\bj'ai grandi\b"
    r"|\bi grew up\b"
)
_PUBLIC = re.compile(
    r"\b(?:help ?lines?|hot ?lines?|emergency|lifeline|samaritans|suicide ecoute|urgences?|police"
    r"|gendarmerie|samu|pompiers|standard|mairie|service client|customer (?:service|support|care)"
    r"|sav|numero vert|support line|sos|crisis|ecoute|child ?line|office|reservations?|book(?:ing|"
    r" a table)|reserver|restaurant|resto|hotel|shop|store|boutique|magasin|museum|musee|bar|cafe"
    r"|concert|salle|theatre|cinema|pharmac(?:y|ie)|ambassade|embassy|manif\w*|rendez-vous|rdv"
    r"|exposition|p\.? ?o\.? ?box|boite postale|fan ?mail|siege|headquarters|hq|venue|festival"
    r"|bakery|boulangerie|pizzeria|library|bibliotheque|charity|association|asso|donations?|dons?"
    r"|cagnotte|clinic|clinique|hospital|hopital|cabinet|school open|meet ?up|signing|dedicaces?)\b"
)


def is_reported(reading: Reading, start: int, end: int) -> bool:
    """Whether the stretch is somebody else's words: told, condemned, or in quotation marks."""
    before = reading.clause_before(start, 110)
    if _REPORTED.search(before) or _REPORTED_AFTER.match(reading.clause_after(end, 60)):
        return True
    return _is_quoted(reading, start, end)


def _is_quoted(reading: Reading, start: int, end: int) -> bool:
    """Inside quotation marks, with a sentence of one's own before them."""
    line = reading.text[max(0, start - 300) : start]
    opened = line.count('"') % 2 == 1
    own, behind = len(line.split('"', 1)[0].split()), reading.text[end : end + 300]
    if not opened or '"' not in behind:
        return False
    return own >= 2 or (own == 1 and len(behind.split('"', 1)[1].split()) >= 2)


def is_denied(reading: Reading, start: int) -> bool:
    """Whether a "nobody", "never" or "ne" stands right before the stretch."""
    return bool(_DENIED.search(reading.clause_before(start, 60)))


def is_story(text: str) -> bool:
    """Whether the comment talks of a game, a film, a book or a song."""
    return bool(_STORY.search(text)) and not _NO_STORY.search(text)


def is_banter(text: str) -> bool:
    """Whether its author laughs or says that it is a joke."""
    return bool(_BANTER.search(text))


def is_own(reading: Reading, start: int) -> bool:
    """Whether its author gives their own data away."""
    return bool(_OWN.search(reading.text[max(0, start - 70) : start]))


def is_public(reading: Reading, start: int, end: int) -> bool:
    """Whether it belongs to a place or a service that everybody may go to."""
    return bool(_PUBLIC.search(reading.around(start, end, 70)))
