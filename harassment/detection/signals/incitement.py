"""Calls to suicide or self-harm, plain and coded, in French and English. Plain reading."""

import re
from collections.abc import Iterator
from itertools import islice

from harassment.detection.signals.base import Signal
from harassment.detection.signals.guards import is_denied, is_reported, is_story
from harassment.detection.signals.reading import Reading

_MOST = 50
_SELF = r"(?:yourself|your ?self|urself|ur ?self|yo ?self|yourselves|yaself|yourslef|yourse?lf)"

_PLAIN = re.compile(
    rf"\b(?:kill|hang|shoot|off|end|neck|rope|drown|poison|stab|cut|starve|murder|burn) {_SELF}\b"
    rf"|\bgo (?:and )?(?:die|hang (?:yourself|urself)|jump off|jump in front|drown|overdose"
    rf"|slit|cut {_SELF})\b"
    r"|\b(?:end|take) (?:your|ur) (?:own )?(?:miserable |sad |pathetic |worthless |own )?life\b"
    r"|\b(?:slit|cut) (?:your|ur) (?:own )?(?:wrists?|veins)\b"
    r"|\b(?:drink|chug|swallow) (?:some )?bleach\b|(?<!bungee )\b(?:jump|leap) (?:off"
    r"|from) (?:a|the|your) (?:\w+ )?(?:bridge|roof|building|cliff|balcony|window)\b"
    r"|\bjump in front of (?:a|the) (?:train|bus|truck|car)\b"
    r"|\byou should (?:just |really |seriously |honestly )?(?:die|be dead|commit suicide"
    r"|kill urself|not be alive|not exist|end it)\b"
    r"|\b(?:just|please|pls|go) (?:commit suicide|die already|drop dead|end it(?: all)?)\b"
    r"|\b(?:the )?world (?:would|will|'d) be (?:a )?(?:so much |much "
    r"|way )?better (?:place )?(?:off )?without (?:you|u)\b"
    r"|\b(?:everyone|we|they|your (?:family|parents|mom|kids)) (?:would|'d"
    r"|will) be (?:\w+ )?better off (?:without you|if you (?:died|were dead))\b"
    r"|\bdo (?:us|everyone|the world) (?:all )?a fav(?:o|ou)r and (?:\w+ )?(?:die|end it|jump"
    r"|disappear forever|kill)\b"
    r"|\bgo play in (?:the )?traffic\b|\bva jouer sur l'autoroute\b|\b(?:honestly|just|please"
    r"|pls|hurry up and) (?:just )?die\b(?! ?(?:t|c|cast|laughing|of|in|from|for|hard|inside"
    r"|on))|\bdo (?:humanity|us|the world|everyone) a fav(?:o"
    r"|ou)r[^.!?\n]{0,20}\b(?:stop breathing|die|end)\b"
    r"|\brends? (?:un )?service[^.!?\n]{0,25}\b(?:arrete de respirer|meurs|suicide)\b|\b(?:hope"
    r"|wish|pray) (?:that )?(?:you|u) (?:die|kill yourself|get cancer and die|don'?t wake up)\b"
    r"|\bj'espere que tu (?:vas )?(?:mourir|creves?|meurs|te suicide\w*|crever)\b"
    r"|\b(?:franchement|stp|allez|vas-y|depeche[- ]toi de) (?:meurs|creve|mourir)\b|\b(?:avale"
    r"|prends) (?:les |\w+ )?tous tes (?:medocs|cachets|medicaments)\b|\btake all your pills\b"
    r"|\bnobody would (?:miss you|care) if you (?:died|killed|were dead|jumped)\b"
    r"|\b(?:kill|pend|suicid|tu|but|flingu|noi)(?:e|s|es)?[- ]toi\b|\bsuicide[sz]?[- ](?:toi"
    r"|vous)\b"
    r"|\bva (?:donc |vite |plutot |vraiment )?(?:te |t'|t3 )(?:pendre|suicider|tuer|buter|noyer"
    r"|flinguer|jeter (?:d'un|sous|par|du|dans)|ouvrir les veines|crever|foutre en l'air)\b"
    r"|\ballez (?:vous )(?:pendre|suicider|tuer)\b"
    r"|\bjette[- ]toi (?:d'un|sous|par|du|dans|a l'eau|sur les)\b"
    r"|(?<!il )(?<!elle )(?<!on )(?<!qui )(?<!je )\bsaute (?:d'un|du|par la|sous un|sous le"
    r"|dans le vide)\b"
    r"|\b(?:ouvre|taille|coupe|tranche)[- ]toi (?:donc )?(?:les )?(?:veines|poignets|la gorge"
    r"|la carotide)\b|\btaille[- ]toi les veines\b"
    r"|\b(?:bois|avale|va boire|sers-toi) (?:de la |un verre de |ta "
    r"|une bouteille de )?(?:javel|desktop|destop)\b"
    r"|\bmets (?:enfin |donc )?fin a (?:tes jours|ta vie|tout ca)\b|\bfous[- ]toi en l'air\b"
    r"|\bfinis[- ]en\b"
    r"|\btu (?:devrais|ferais mieux de|dois|peux|pourrais|n'as qu'a|as qu'a) (?:vraiment "
    r"|juste |enfin |plutot |aller )?(?:te |t')(?:suicider|tuer|pendre|buter|flinguer|jeter"
    r"|ouvrir)\b"
    r"|\btu (?:devrais|ferais mieux de) (?:vraiment |juste |enfin )?(?:mourir|crever"
    r"|disparaitre pour de bon)\b"
    r"|\b(?:le|ce) monde (?:serait|se porterait|ira|irait) (?:tellement |bien "
    r"|beaucoup )?(?:mieux|meilleur) sans (?:toi|ta)\b"
    r"|\b(?:rends|fais) (?:nous |un )?(?:un )?(?:service|plaisir"
    r"|fleur)[^.!?\n]{0,20}\b(?:et )?(?:meurs|creve|suicide|pends|saute|disparais)\b"
    r"|\bprends (?:donc )?(?:une|ta) corde\b|\b(?:une|la) corde et un tabouret\b|\bpasse a l'acte\b"
    r"|\bpersonne ne (?:te pleurera|pleurera|te regrettera)(?: si tu)?\b"
)
_CODED = re.compile(
    r"\b(?:killyourself|vatependre|vatetuer|suicidetoi|tuetoi|kys|k y s|kyss|kms yourself"
    r"|keep yourself safe now|lkys)\b"
    rf"|\b(?:un ?alive|unlive|game ?end|delete|self ?delete|uninstall|minecraft"
    rf"|abort) (?:{_SELF}|ur ?self|toi)\b"
    r"|\b(?:go|please|just|pls|should|and|now|time to) (?:un ?alive|unlive|self ?delete"
    r"|commit (?:die|sudoku|seppuku|not (?:alive|living|breathing))|sewerslide"
    r"|take a toaster bath|become an angel)\b"
    r"|\bcommit (?:die|not living|not alive|sudoku|sewerslide|toaster bath)\b|\bsewer ?slide\b"
    r"|\btoaster bath\b"
    r"|\b(?:log off|uninstall|quit|alt ?f4|rage ?quit"
    r"|unsubscribe from) (?:from )?(?:your )?(?:life|irl|existence)\b|\bopt out of (?:life"
    r"|living)\b"
    r"|\b(?:find|look for) a (?:tall|high) bridge\b|\btake (?:the|a) long walk off a short\b"
    r"|\byou know what to do with (?:a|the|that) rope\b"
    r"|\b(?:desinstalle|supprime|deconnecte)(?:s|[- ]toi)? (?:de )?(?:la |ta )vie\b"
    r"|\bva (?:te )?(?:unalive|unaliver|desinstaller|kys)\b"
    r"|\b(?:deviens|va devenir) un ange\b|\b(?:bain) (?:avec|de) (?:le |ton "
    r"|un )?grille[- ]?pain\b|\bsupprime[- ]toi\b|\bau ?to ?suppression\b|\balt ?f4 ta vie\b"
    r"|\bdesuicide|\bsui[- ]?toi\b"
    r"|\b(?:va|vas|fais) (?:te faire )?(?:du )?(?:saut a l'elastique|bungee) sans (?:elastique"
    r"|corde)\b|\bva voir (?:si|ce qu'il y a) (?:au fond|en bas) (?:du|d'un) (?:pont|ravin)"
)
_DANISH = re.compile(r"^\s*(?:og|och|fra|til|meg|mig|pa)\b")
_GAME = re.compile(
    r"\b(?:respawn|spawn|checkpoint|save ?point|reset the level|glitch|softlock\w*)\b"
)
_CARE = re.compile(
    r"\b(?:if (?:you|u)(?:'re| are)? (?:feel|think|ever|want|thinking)|please (?:don'?t|do not"
    r"|never|stay)|reach out"
    r"|help ?line|you are (?:loved|not alone)|stay (?:strong|safe|alive|with us)|ne fais pas"
    r"|s'il te plait ne|si tu penses"
    r"|appelle le 3114|3114|988|tu n'es pas seule?|on t'aime)\b"
)


def find_incitement(reading: Reading) -> Iterator[Signal]:
    """Each call to suicide; not those that are told, denied, or said to save a life."""
    text = reading.text
    if _CARE.search(text) or (is_story(text) and _GAME.search(text)):
        return
    for pattern, detail in ((_PLAIN, "incitement"), (_CODED, "coded")):
        for match in islice(pattern.finditer(text), _MOST):
            start, end = match.span()
            if is_reported(reading, start, end) or is_denied(reading, start):
                continue
            if match.group().startswith("kys") and _DANISH.match(text[end : end + 8]):
                continue
            yield Signal(
                "self_harm",
                "coded" if detail == "coded" else "incitement",
                *reading.raw_span(start, end),
            )
