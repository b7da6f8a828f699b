"""Concrete threats: violence with a place, time, weapon, body or relative; knowing one's home.

Works on the plain reading, disguises undone. Violence without a detail is the model's to judge.
"""

import re
from collections.abc import Iterator
from itertools import islice

from harassment.detection.signals.base import Detail, Signal
from harassment.detection.signals.guards import is_banter, is_denied, is_reported, is_story
from harassment.detection.signals.reading import Reading

_MOST = 50
_REACH = 90  # characters around the violence in which a detail belongs to it

_EN_WILL = (
    r"(?:(?:i|we)(?:'?m| am|'re| are)? ?(?:'?ll|'?d|will|would|shall|gonna|gunna|going to|gon"
    r"|want to"
    r"|wanna|plan to|swear|promise|coming to|coming over to|about to)(?: (?:i|we)?(?:'?ll|will)?)?"
    r"|gonna|finna|bout to|about to|ima|imma|i'?ma|i'?mma|ill|let me|let's|lets|they will"
    r"|they'?ll|(?:me and )?my (?:boys|friends|brothers|cousins?|mates|husband)"
    r" will|(?:someone|somebody|anyone|people|yall|y'all|you all) (?:should|needs? to|must"
    r"|has to|ought to|please"
    r"|will|is going to|gonna)|you (?:will|'ll|are going to|gonna) get|you deserve to (?:get|be)"
    r"|hope (?:someone|somebody|they))"
)
_EN_FILLER = (
    r"(?: (?:just|really|fucking|fuckin|personally|literally|so|come|come and|come over and"
    r"|come over there and|come there and|find (?:you|her|him) and|come there and|go"
    r"|find you and|wait for you and|show up and|sneak in and|drive over and|happily|gladly"
    r"|actually|be the one to|go to (?:her|his|their|your) \w+ and)){0,4}"
)
_EN_OBJECT = r"(?:you|u|ya|yo|your|ur|him|her|his|them|their|this bitch|that bitch|the bitch)"
_EN_VIOLENCE = (
    rf"(?:(?:kill|murder|stab|shoot|strangle|choke|rape|slaughter|behead|gut|butcher|execute|lynch"
    rf"|suffocate|drown|kidnap|torture|disfigure|skin|poison|knife|shank|curb ?stomp|run over|jump"
    rf"|smother|gouge|bury|hang|hurt|attack|shot|stabbed|killed|raped|castrate|whip|drag|slap"
    rf"|catch|smoke|end|crack|hunt) {_EN_OBJECT}\b"
    rf"(?! (?:an?|some|the|over|up)? ?(?:dm|message|email|e-mail|text|pic|photo|question|feelings))"
    rf"|(?:beat|smack|knock|punch|kick|slap|bash|smash|hit|cut|slit|slice|break|crush|snap|cave"
    rf"|burn|blow|bomb|torch|split|stomp|rip|tear|smash|carve|shove|crack|bust|throw acid"
    rf"|pour acid|put|set)"
    rf"(?: (?:acid|gasoline|petrol|fire|a \w+|a bullet|bullets|two bullets|the (?:shit|hell"
    rf"|crap) out of|in|on|off|open|down|out|up|to|into|through|at)){{0,4}}"
    r" (?:(?:you|u|ya|him|her|them|this bitch|that bitch) (?:up|to|down|open|alive|senseless"
    r"|until|in the"
    r"|in your|with an?|so hard|so bad|on the head|on fire)|(?:your|ur|her|his|their))\b"
    r"(?! (?:score|record|time|high|ass at|at|team)))"
)
_EN_THREAT = re.compile(rf"\b{_EN_WILL}{_EN_FILLER} {_EN_VIOLENCE}")
_EN_FATE = re.compile(
    r"\b(?:you|u|she|he)(?:'re|'s| are| is|r)? (?:gonna die|going to die|will die"
    r"|(?:fucking )?dead(?= (?:when|if|tonight|tomorrow|the (?:day|moment|second)|next|once)"
    r"|[.!,]|$)"
    r"|getting (?:shot|stabbed|jumped|raped)|won'?t (?:make it|wake up|survive|see)"
    r"|will (?:bleed|burn|pay|get (?:shot|stabbed|raped|jumped))|a dead (?:man|woman|girl"
    r"|bitch)|a dead man walking|getting (?:jumped|stabbed|shot|beaten|smoked|robbed"
    r"|your \w+ (?:broken|kicked)))\b"
    r"|\b(?:say goodbye to your|bullet with your name|you die (?:tonight|tomorrow|today)"
    r"|watch your back"
    r"|sleep with one eye open|you'?re next|(?:i|we)(?:'?m|'?ll|'?ve| am| will|'re"
    r"| are)? (?:be )?(?:bring|bringing|got|have|own) (?:a|my) (?:gun|knife|bat|blade|rifle"
    r"|pistol)"
    r"|(?:gun|knife|bat|acid|bullet|blade) (?:is )?(?:ready|waiting|loaded))\b"
)

_FR_CLITIC = r"(?:te|t'|vous|la|le|les|l'|lui|leur|nous)"
_FR_WILL = (
    r"(?:je(?: jure que je)? (?:vais|viens|veux|peux|promets de|jure de|compte|reve de)|j'vais"
    r"|jvais|jvai|j'vai|j'arrive|on va|on vient|on arrive"
    r"|nous allons|mes (?:potes|freres|gars) vont|vont|faut|il faut|faudrait|faudra"
    r"|quelqu'un (?:va|devrait|doit)|allons|ils vont"
    r"|qu'on|tu vas te faire|elle va se faire|il va se faire|tu merites (?:de te faire|qu'on)"
    r"|j'aimerais|j'arrive|on te|on vous|on lui|jviens|j'viens|on devrait|venez on va|venez on"
    r"|vous allez)"
)
_FR_VERB = (
    r"(?:pete|peter|gifler|trainer|traine|verser|egorgera|cognera|pietiner|empoisonner|tuer|tue"
    r"|buter|bute|crever|creve|planter|plante|poignarder|poignarde|egorger|egorge|saigner"
    r"|saigne|violer|viole|defoncer|defonce|demonter|demonte|massacrer|massacre|fracasser|fracasse"
    r"|etrangler|etrangle|bruler|brule|cramer|crame|fumer|fume|flinguer|flingue|eclater|eclate"
    r"|tabasser|tabasse|lyncher|lynche|noyer|enterrer|enterre|descendre|decapiter|frapper|frappe"
    r"|trancher|tranche|couper|coupe|casser|casse|briser|brise|exploser|explose|arracher|arrache"
    r"|crever|kidnapper|sequestrer|torturer|defigurer|vitrioler|dezinguer|terminer|attraper"
    r"|choper|chope|taper|tape|cogner|cogne|latter|larder|pendre|ecraser|mettre une balle"
    r"|coller une balle"
    r"|foutre le feu|mettre le feu|tirer (?:dessus|une balle)|loger une balle|faire la peau|ouvrir"
    r"|regler ton compte|jeter de l'acide|balancer de l'acide|asperger)"
)
_FR_THREAT = re.compile(
    rf"\b{_FR_WILL}(?: (?:venir|passer|aller|mettre des coups a|juste|bien|finir par|tous"
    rf"|tellement|debarquer|m'occuper de|personnellement|de|d')){{0,4}}"
    rf" ?(?:{_FR_CLITIC} ?{_FR_VERB}|{_FR_VERB} (?:\w+ ){{0,2}}?(?:ta|ton|tes|sa|son|ses|vos"
    rf"|votre|toi|cette (?:pute|salope|conne|meuf)))\b"
    rf"|\bj(?:e|')? ?(?:vais )?(?:te|t'|vous|lui|la|le) ?(?:pete|bute|tue|creve|plante|egorge"
    rf"|saigne|defonce|fume"
    rf"|flingue|demonte|massacre|fracasse|eclate|crame|brule|tranche|coupe|casse|explose|nique"
    rf"|tuerai|buterai|retrouve|retrouverai|creverai|attends|planterai|egorgerai)\b"
)
_FR_FATE = re.compile(
    r"\b(?:t'es mort|t'es morte|tu es mort|tu es morte|t mort|tu vas (?:mourir|crever|y passer"
    r"|souffrir|payer|saigner|finir)"
    r"|(?:ta|ton|tes) \w+ (?:va|vont) (?:y passer|crever|mourir|payer|prendre|bruler|cramer)"
    r"|une balle (?:dans|entre) (?:la|ta|les|tes) (?:tete|yeux|deux yeux|crane|nuque|gueule)"
    r"|une balle pour (?:toi|elle|lui)|balle dans la tete"
    r"|surveille tes arrieres|dors d'un oeil|coup de couteau|coups de couteau|(?:mon"
    r"|un) (?:flingue|couteau|fusil) (?:est pret|t'attend)"
    r"|(?:j'ai|ramene|j'amene) (?:un|mon|le|une|ma) (?:flingue|couteau|calibre|fusil|gun|batte"
    r"|machette|lame)|tu (?:finiras|vas finir) (?:dans|sous|a)"
    r"|tu ne verras pas|tu (?:mourras|creveras))\b"
)

_RELATIVE = (
    r"(?:mom|mum|mother|mama|dad|father|daughters?|sons?|kids?|child(?:ren)?|wife|husband"
    r"|girlfriend"
    r"|boyfriend|sisters?|brothers?|family|parents|grandma|baby|dog|cat|pets?"
    r"|mere|daronne|pere|daron|darons|filles?|fils|enfants?|gosses?|gamins?|gamines?|femme|mari"
    r"|copine|copain"
    r"|soeurs?|freres?|famille|parents|mamie|bebe|chien|chat|petite soeur|petit frere)"
)
_DETAILS: tuple[tuple[Detail, re.Pattern[str]], ...] = (
    (
        "place",
        re.compile(
            r"\b(?:your|ur|her|his|their) (?:\w+ )?(?:house|home|place|door|doorstep|street|flat"
            r"|apartment|building|school|work|workplace|office|gym|college|uni|car|garage|hotel"
            r"|studio|stop|station|convention|show|meet ?up|garden|window|bed|room)\b"
            r"|\boutside (?:your|ur|the|her|his)\b|\bat (?:the )?(?:convention|vidcon|meet ?up"
            r"|venue"
            r"|station|airport|school|signing|gym|con|studio)\b|\bwhere (?:you|u) (?:live|work"
            r"|sleep)\b"
            r"|\b(?:on )?your (?:way home|way to)|\bparking lot\b"
            r"|\bchez (?:toi|elle|lui|eux|vous|tes parents|ta mere|ses parents)\b|\b(?:ta|ton"
            r"|sa|son|tes|votre)"
            r" (?:\w+ )?(?:maison|appart\w*|porte|rue|immeuble|quartier|lycee|ecole|college|fac"
            r"|boulot"
            r"|travail|bureau|taf|salle|voiture|caisse|garage|studio|lit|chambre|palier|hotel"
            r"|arret)\b"
            r"|\bla sortie (?:du|de)\b|\bau (?:salon|lycee|parking|studio|boulot|taf|meet)\b"
            r"|\ba la (?:gare|convention|fac|salle|japan expo|dedicace)\b"
            r"|\ben bas de\b|\bdevant (?:ta|ton|chez|l'ecole|le)\b|\bta prochaine (?:rencontre"
            r"|dedicace)"
        ),
    ),
    (
        "weapon",
        re.compile(
            r"\b(?:knife|knives|guns?|pistol|rifle|shotgun|bullets?|glock|machete|bat|hammer"
            r"|axe|acid"
            r"|gasoline|petrol|bombs?|blade|crowbar|chainsaw|razor|9mm|ak ?47|sword|grenade"
            r"|screwdriver"
            r"|couteaux?|flingue|arme|pistolet|fusil|balles?|machette|batte|marteau|hache|acide"
            r"|essence"
            r"|bombe|lame|calibre|kalach\w*|cutter|barre de fer|tournevis|tronconneuse|grenade)\b"
        ),
    ),
    (
        "time",
        re.compile(
            r"\b(?:tonight|tomorrow|tmrw|tmr|this (?:evening|weekend|week|afternoon|morning)"
            r"|next (?:week|time|month"
            r"|monday|tuesday|wednesday|thursday|friday|saturday|sunday)|(?:on )?(?:monday|tuesday"
            r"|wednesday|thursday|friday|saturday|sunday)"
            r"|at (?:[0-9]{1,2}(?:[:.][0-9]{2})? ?(?:am|pm)?|midnight|noon|night)"
            r"|in [0-9]{1,3} (?:hours|days|minutes)|when (?:you|u) (?:leave|sleep|get|come|walk"
            r"|wake|are|go|step)"
            r"|while you sleep|in your sleep|before (?:christmas|morning|the weekend)"
            r"|ce soir|demain|cette (?:nuit|semaine)|ce week-?end|lundi|mardi|mercredi|jeudi"
            r"|vendredi|samedi"
            r"|dimanche|a [0-9]{1,2} ?(?:h|heures)(?:[0-9]{2})?|dans [0-9]{1,3} (?:heures|jours"
            r"|minutes)"
            r"|quand tu (?:sors|rentres|dors|dormiras|sortiras|quittes|arrives|passeras|passes"
            r"|rentreras|seras|vas|viens|iras)|dans ton sommeil|pendant que tu|avant (?:noel"
            r"|lundi|la fin)"
            r"|la semaine prochaine|la prochaine fois)\b"
        ),
    ),
    ("family", re.compile(
        rf"\b(?:your|ur|her|his|their|ta|ton|tes|sa|son|ses|votre|vos) (?:\w+ )?{_RELATIVE}\b")),
    (
        "body",
        re.compile(
            r"\b(?:your|ur|her|his|their|you in the|ta|ton|tes|sa|ses|la|les"
            r"|le) (?:\w+ ){0,2}(?:throat|head|face|neck|legs?|knees?"
            r"|kneecaps?|teeth|jaw|eyes?|skull|fingers?|hands?|arms?|bones?|ribs|spine|nose"
            r"|stomach|guts"
            r"|brains?|heart|tongue|skin|gorge|tete|gueule|cou|jambes?|genoux?|dents?|machoire"
            r"|yeux|crane"
            r"|doigts?|mains?|bras|os|cotes|nez|ventre|tripes|cervelle|langue|visage)\b"
        ),
    ),
)  # fmt: skip
# What teams and players do to each other: with a time alone, it is a match.
_SPORTING = re.compile(
    r"\b(?:ecras|eclat|explos|defonc|demont|fum|termin|massacr|frapp|attrap|chop|beat|crush|smash"
    r"|slaughter|smok|catch|jump|hit|attack|hunt|end|slap)\w* ?"
)
_GRAVE = frozenset({"place", "weapon", "family"})  # details that no joke or story makes harmless

_HOME = re.compile(
    r"\b(?:i|1|we|they|people|everyone) (?:already |all |do |now |finally )?(?:know|knows"
    r"|found out|found|figured out|got|have) "
    r"(?:exactly |out )?(?:where (?:you|u|ur|your (?:\w+ )?\w+)(?:'re)? (?:\w+ )?(?:live|lives"
    r"|sleep|sleeps|work|works|stay|stays|park|go(?:es)? to school|goes to (?:school|work))\b"
    r"(?! in my (?:heart|head))|(?:your|ur) (?:home |exact |real )?(?:address|house|street)\b"
    r"|(?:which|what) (?:school|house|street|building|gym)\b[^.!?\n]{0,20}\b(?:you|your)\b"
    r"|(?:when|what time|which bus|what bus|what days) (?:you|u"
    r"|your \w+)\b[^.!?\n]{0,20}\b(?:leave|leaves|come|comes|go|goes|get|gets|walk|walks|finish"
    r"|take|takes|are alone|home)\b)"
    r"|\b(?:i'?m|i am|we'?re|we are|i'?ll be|we'?ll be|i was|we were|i'?m parked"
    r"|i'?m standing) (?:\w+ )?(?:outside|in front of|waiting (?:outside|at|near|in front of)"
    r"|at|near|right outside)"
    r" (?:of )?(?:your|ur) (?:\w+ )?(?:house|home|door|place|window|building|apartment|flat"
    r"|school|work|gym|street|car)\b"
    r"|\b(?:followed|follow|following|watched|watch|watching|saw|see) (?:you|u"
    r"|your \w+) (?:\w+ ){0,2}(?:home|sleep|sleeping|through (?:your|the) window|from (?:your"
    r"|the) (?:street|window|bus)|at (?:your|the) (?:door|window|house))\b"
    r"|\b(?:i'?m|i am|we'?re|we are|i'?ll|we'?ll|i will|we will|gonna) (?:be )?(?:coming|come"
    r"|pay you a visit|paying you a visit|show(?:ing)? up|stop(?:ping)? by|drop(?:ping)? by"
    r"|be waiting)"
    r" (?:\w+ ){0,2}(?:to|at|by|for you (?:at|outside)|in front of|outside) (?:your"
    r"|ur) (?:\w+ )?(?:house|home|place|door|doorstep|school|work|flat|apartment|building)\b"
    r"|\b(?:i |we |j')(?:know|sais) (?:que )?your (?:daughter|son|kids?|mom|sister|wife) \w+"
    r"|\b(?:je|on|nous|tout le monde|les gens) (?:sais|sait|savons|connais|connait|connaissons"
    r"|savent) (?:tres bien |deja |exactement |maintenant |tous )?(?:ou (?:tu|t'|vous|ta|ton"
    r"|tes) ?(?:\w+ )?(?:habit\w*|vi[ts]|vivez|dors|dort|travaill\w*|boss\w*|gares?|crech\w*"
    r"|est scolarisee?|vont? a l'ecole|va (?:a l'ecole|au college|en cours))"
    r"|(?:ton|votre|ta) (?:adresse|rue|immeuble|trajet|code|digicode|emploi du temps)"
    r"|(?:a )?quelle heure (?:tu|ta|ton|tes)\b|dans quel(?:le)? (?:ecole|lycee|rue|immeuble"
    r"|college|salle)\b|quel (?:bus|train|metro|immeuble) (?:tu|ta|ton)\b)"
    r"|\b(?:je|on) (?:suis|est|serai|sera|sommes|passe|passera|passerai|t'attend\w*|t attend\w*"
    r"|vais (?:passer|venir|debarquer)|va (?:passer|venir|debarquer)|viens|vient|debarque"
    r"|arrive|me gare) (?:tous |te voir |t'attendre |garee? |encore )?(?:devant|en bas de"
    r"|chez toi|devant chez toi|a la sortie d[eu]|en face de chez)"
    r"(?: (?:chez toi|ton|ta|tes|l'ecole|lycee|boulot|college|studio|taf|travail|la salle))?"
    r"|\bj(?:e|')? ?(?:t'ai|l'ai|vous ai|t ai) (?:vue?|suivie?|regardee?"
    r"|photographiee?) (?:\w+ ){0,3}(?:rentrer|chez toi|dormir|sortir de chez|devant chez"
    r"|par la fenetre|en bas de|jusque)"
)
_CHILD = re.compile(
    r"\b(?:your|ur|ta|ton|tes|vos|votre) (?:\w+ )?(?:daughters?|sons?|kids?|child(?:ren)?"
    r"|sister|brother|filles?|fils|enfants?|gosses?|gamins?|gamines?|soeur|frere)\b"
    r"[^.!?\n]{0,60}\b(?:school|kindergarten|nursery|bus stop|playground|ecole|college|lycee"
    r"|creche|maternelle|sortie)\b"
)
_MENACE = re.compile(
    r"\b(?:i know|we know|i saw|we saw|i'?ve seen|watch(?:ing|ed)?|follow(?:ed|ing)?|be careful"
    r"|careful"
    r"|better (?:be|watch)|would be a shame|be a pity|shame if|hope nothing|something (?:might"
    r"|could|may) happen|safe|accident|alone|wait(?:ing)? for|pick(?:ing)? (?:her|him|them) up"
    r"|i'?ll be there|see (?:her|him|them) there"
    r"|je sais|on sait|je connais|j'ai vu|on a vu|je surveille|on surveille|je suis passe"
    r"|fais (?:bien )?attention|fais gaffe|attention a"
    r"|(?:ce serait|ca serait) (?:bete|dommage|con)|dommage si|espere qu'il|(?:lui|leur) arrive"
    r"|accident|seule?s?\b|j'attends|j'irai|on ira|je vais (?:la|le|les) (?:chercher|attendre"
    r"|voir))"
)
_SHAME = re.compile(
    r"\b(?:would be|be|such|what) a (?:real |shame|pity)[^.!?\n]{0,20}(?:if"
    r"|to)\b[^.!?\n]{0,40}\b(?:happen\w*|burn\w*|hurt|accident|lose)\b[^.!?\n]{0,40}"
    r"|\b(?:shame|pity) if (?:something|anything|it|she|he)\b[^.!?\n]{0,50}"
    r"|\b(?:ce serait|ca serait|serait) (?:vraiment |tellement )?(?:dommage|bete|con|triste"
    r"|regrettable)[^.!?\n]{0,25}\b(?:qu'il|que|s'il|si)\b[^.!?\n]{0,40}\b(?:arriv\w*|pass\w*"
    r"|brul\w*|cram\w*|accident|disparai\w*|perd\w*|tomb\w*|fasse mal)\b[^.!?\n]{0,40}"
)
_CONTENT_CONDITION = re.compile(
    r"\b(?:if|unless|until|si|tant que)\b[^.!?\n]{0,45}\b(?:post\w*|upload\w*|releas\w*|drop\w*"
    r"|stream\w*|videos?"
    r"|episodes?|season|spoil\w*|sors|sort(?:ir|ez|e)?|publi\w+|la suite|part(?:ie)? (?:2|two)"
    r"|collab|recette|recipe|album)\b"
    r"|\bspoil\w*\b"
)  # fmt: skip
_KINDNESS = re.compile(
    r"\b(?:in (?:our|my|everyone's) hearts?|dans (?:nos|mon) coeurs?|neighbou?rs?|voisins?"
    r"|moi aussi|me too|same (?:city|town|street)"
    r"|hug|hugs|calins?|bisous?|gifts?|cadeaux?|flowers|fleurs|apporter|cakes?|gateaux?|cookies"
    r"|soup|soupe|thanks to google maps)\b"
)


def find_threats(reading: Reading) -> Iterator[Signal]:
    """Each violent stretch with its details, and each sign of knowing where somebody is."""
    text = reading.text
    is_harmless_setting = is_story(text) or is_banter(text) or bool(_CONTENT_CONDITION.search(text))
    for pattern in (_EN_THREAT, _FR_THREAT, _EN_FATE, _FR_FATE):
        for match in islice(pattern.finditer(text), _MOST):
            if _is_guarded(reading, match):
                continue
            yield from _details(reading, match, only_grave=is_harmless_setting)
    if _KINDNESS.search(text):
        return
    for start, end in _knowledge(reading):
        yield Signal("threat", "home", *reading.raw_span(start, end))


def _is_guarded(reading: Reading, match: re.Match[str]) -> bool:
    start, end = match.span()
    return is_reported(reading, start, end) or is_denied(reading, start)


def _details(reading: Reading, match: re.Match[str], *, only_grave: bool) -> Iterator[Signal]:
    text = reading.text
    if only_grave and _CONTENT_CONDITION.search(text):
        return
    low, high = max(0, match.start() - _REACH), match.end() + _REACH
    for detail, pattern in _DETAILS:
        if only_grave and (detail not in _GRAVE or is_story(text)):
            continue
        if detail == "time" and _SPORTING.search(match.group()):
            continue
        found = pattern.search(text, low, high)
        if found:
            start, end = min(match.start(), found.start()), max(match.end(), found.end())
            yield Signal("threat", detail, *reading.raw_span(start, end))


def _knowledge(reading: Reading) -> Iterator[tuple[int, int]]:
    text = reading.text
    for match in islice(_HOME.finditer(text), _MOST):
        if not _is_guarded(reading, match) and not is_story(text):
            yield match.span()
    for match in islice(_CHILD.finditer(text), _MOST):
        near = reading.around(match.start(), match.end(), 60)
        if _MENACE.search(near) and not _is_guarded(reading, match):
            yield match.span()
    for match in islice(_SHAME.finditer(text), _MOST):
        close = any(
            pattern.search(reading.around(match.start(), match.end(), 60))
            for detail, pattern in _DETAILS
            if detail in {"place", "family", "body"}
        )
        if close and not _is_guarded(reading, match):
            yield match.span()
