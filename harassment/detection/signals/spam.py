"""Advertising and fraud, kept apart from abuse: annoying or costly, but nobody is attacked."""

import re
from collections.abc import Iterator

from harassment.detection.signals.base import Signal
from harassment.detection.signals.guards import is_reported
from harassment.detection.signals.reading import Reading

_SCAM = re.compile(
    r"\b(?:(?:earn|earned|earning|earns|make|made|making|profit(?:s|ed)?|gained|withdrew"
    r"|withdraw|receiv(?:e|ed)|returns? of) (?:\w+ ){0,3}(?:[$\u20ac\u00a3] ?[0-9][0-9.,]*k?"
    r"|[0-9][0-9.,]*k? ?(?:[$\u20ac\u00a3]|usd|dollars|euros|bucks)"
    r"|[0-9][0-9.,]{2,}k?)(?: \w+){0,3} (?:weekly|daily|a day|per day|a week|per week|monthly"
    r"|a month|every (?:day|week|month)|from home|in (?:a|one|two|[0-9]+) (?:day|week|hour"
    r"|month)s?)"
    r"|(?:forex|crypto|bitcoin|binary|trading|invest\w*) (?:\w+ ){0,4}(?:broker|expert|mentor"
    r"|coach|advisor|signals|platform|manager|with (?:mr|mrs|ms)|opportunity|plateforme"
    r"|courtier|formateur)"
    r"|(?:gagne[zr]?|gagnez|empoche[zr]?|touche[zr]?) (?:\w+ ){0,4}[0-9][0-9 .]* ?(?:\u20ac"
    r"|euros?|\$|k)(?: \w+){0,2} (?:par (?:jour|mois|semaine)|chaque|depuis|en (?:un|une"
    r"|[0-9]))"
    r"|(?:contact|message|write|text|dm|reach|chat|inbox|contacte[rz]?|ecri(?:s"
    r"|vez))(?:[- ]\w+){0,4} (?:on|via|sur|par|through) (?:my |his |her |mon |son )?(?:telegram"
    r"|whats? ?app|signal)\b"
    r"|(?:whats? ?app|telegram) ?(?:me|number|:|\+|@|=|numero)"
    r"|(?:you(?:'ve| have)?|tu as|t'as|vous avez|ai|have been) (?:been )?(?:won|selected|gagne"
    r"|ete (?:selectionnee?|choisie?|tiree?s?)|chosen|randomly (?:selected"
    r"|picked))(?: \w+){0,6} (?:prize|gift|iphone|ps5|giveaway|cadeau|lot|concours|carte|winner"
    r"|tirage|macbook|voucher|console)"
    r"|free (?:robux|v ?bucks|gift ?cards?|iphones?|followers|subscribers|skins|crypto|bitcoin"
    r"|money|steam keys?)|(?:robux|v ?bucks|skins|abonnes|followers) gratuits?"
    r"|(?:spell caster|love spell|marabout|voyant|medium serieux|retour (?:de l')?(?:etre aime"
    r"|affection)|brought (?:back )?my ex|recover(?:ed)? my (?:stolen|lost) (?:funds|bitcoin"
    r"|crypto|account|money)|hack(?:ed|er)? (?:your|my|his|her|into) (?:cheating "
    r"|partner'?s? )?(?:husband|wife|phone|spouse|instagram|account|partner)|hire a hacker)"
    r"|(?:pret|credit)(?: \w+){0,2} entre particuliers?|offre de pret|loan offer|(?:instant"
    r"|quick) loans?|compte pcs|(?:hot|sexy|single) (?:girls?|singles|women) (?:near|in your"
    r"|waiting)|(?:my|the) (?:nudes|hot pics|spicy content) (?:are )?(?:in|on"
    r"|at) (?:my )?(?:bio|profile|page)|(?:onlyfans|mym|of) (?:link )?(?:in|on|en|dans"
    r"|sur) (?:my |la |ma |mon )?(?:bio|profile?))"
)
_ADVERT = re.compile(
    r"\b(?:(?:check(?: ?out)?|visit|subscribe to|sub to|watch|support|come see"
    r"|view) (?:out )?my (?:new |latest |own |small |yt |youtube |music )*(?:channel|content"
    r"|videos?|page|song|music|store|shop|profile|track|mixtape)"
    r"|(?:sub|follow|like) ?(?:4|a|for) ?(?:sub|follow|like)|(?:sub|follow"
    r"|abo)(?: \w+)? (?:back|retour|contre abo|pour abo)|abo pour abo|(?:i|je) (?:sub|follow"
    r"|m'abonne) (?:back|en retour)"
    r"|(?:viens|venez|passe[zr]?|va|allez|faites un tour|jette[zr]?(?: un (?:oeil"
    r"|coup d'oeil))?)(?: \w+){0,3} (?:sur|a|voir) (?:ma|mes) (?:chaine|videos?|page|profil"
    r"|boutique|musique)|abonne[sz]?[- ](?:toi|vous) a ma (?:chaine|page)"
    r"|(?:use|with|avec|utilise[zr]?) (?:my |the |mon |le )?(?:promo |discount "
    r"|referral )?code(?: promo)? [a-z0-9]{3,15}(?: \w+){0,3} (?:off|for|discount|de reduction"
    r"|-?[0-9]+ ?%)|link (?:is )?in my (?:bio|profile)|lien (?:dans|en|sur) (?:ma )?(?:bio"
    r"|mon profil)|(?:buy|achetez) (?:cheap |des )?(?:followers|likes|views|vues|abonnes))"
)


def find_spam(reading: Reading) -> Iterator[Signal]:
    """Fraud, or else advertising; at most one signal."""
    for pattern, detail in ((_SCAM, "scam"), (_ADVERT, "advert")):
        match = pattern.search(reading.text)
        if match and not is_reported(reading, *match.span()):
            yield Signal(
                "spam", "scam" if detail == "scam" else "advert", *reading.raw_span(*match.span())
            )
            return
