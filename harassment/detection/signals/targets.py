"""Whom a comment is aimed at, judged by its words: the axis beside what it does to them."""

import re

from harassment.detection.signals.base import Circumstances, Target
from harassment.detection.signals.reading import Reading
from harassment.detection.signals.skeletons import handle_core

_POSSESSIVE = r"(?:your|ur|yo|his|her|their|ta|ton|tes|votre|vos|sa|son|ses|leurs?)"
_FAMILY = re.compile(
    rf"\b{_POSSESSIVE} (?:\w+ )?(?:mom|mum|mother|mama|momma|dad|father|daughters?|sons?|kids?"
    rf"|child(?:ren)?|wife|husband"
    r"|girlfriend|boyfriend|sisters?|brothers?|family|parents|grandma|grandpa|baby|mere|daronne"
    r"|daron|pere|filles?|fils"
    r"|enfants?|gosses?|gamins?|gamines?|femme|mari|copine|copain|soeurs?|freres?|famille|mamie"
    r"|papi|bebe|darons)\b"
    r"|\b(?:nique|baise) (?:ta|sa) (?:mere|race|daronne)\b|\bntm\b"
)
_TEAM = re.compile(
    rf"\b{_POSSESSIVE} (?:\w+ )?(?:editors?|manager|team|staff|cameraman|mods?|moderators?"
    rf"|assistant|agent|producer|crew"
    r"|co-?host|monteur|monteuse|equipe|modos?|moderateurs?|moderatrices?|assistante?|cadreur"
    r"|community manager|graphiste|prod)\b"
)
_GROUP = re.compile(
    r"\b(?:all|these|those|you|fucking|dirty|les|ces|tous les|toutes les|sales?"
    r"|vous les) (?:\w+ )?(?:jews|muslims|arabs|blacks"
    r"|whites|women|men|gays|lesbians|trans|immigrants|refugees|migrants|feminists|christians"
    r"|asians|mexicans|indians|juifs"
    r"|musulmans|arabes|noirs|blancs|femmes|hommes|homos|gays|lesbiennes|immigres|migrants"
    r"|refugies|feministes|chretiens"
    r"|asiatiques|roms|gitans|africains|etrangers|handicapes|vieux|pd|pedes|races?)\b"
    r"|\b(?:you people|your kind|people like you|les gens comme toi|vous autres|your (?:race"
    r"|religion)|ta (?:race|religion))\b"
)
_COMMENTERS = re.compile(
    r"\b(?:to (?:all )?(?:the )?(?:people|everyone|idiots|haters|fans) (?:in|who)|(?:the|these"
    r"|this) comment(?:s|er|ers| section)"
    r"|people in the comments|your (?:fans|followers|viewers|subs)|les (?:commentaires|fans"
    r"|abonnes|viewers|haters)|tes (?:fans|abonnes)|l'espace commentaires?)\b"
)
_BRAND = re.compile(
    r"\b(?:this|that|the|your|cette|ce|la|le|ta|ton|leur|their) (?:\w+ )?(?:brand|company"
    r"|sponsors?|app|website|store|shop|youtube"
    r"|twitch|tiktok|instagram|product|service|bank|airline|marque|entreprise|boite|appli|site"
    r"|boutique|produit|banque|operateur)\b"
)
_YOU = re.compile(
    r"\b(?:you|u|ur|your|you're|youre|yourself|urself|ya|yall|tu|t'es|tes|te|toi|ton|ta|vous"
    r"|votre|vos|t)\b|\bt'"
)
_SHE = re.compile(
    r"\b(?:she|he|her|him|his|hers|this (?:guy|girl|woman|man|bitch|dude|clown|idiot)|elle|il"
    r"|lui|cette (?:fille|meuf|femme|conne|pute)"
    r"|ce (?:mec|type|gars|con|clown)|celle-la|celui-la)\b"
)
_MENTION = re.compile(r"^\W{0,3}@([\w.\-]{2,40})")


def find_target(plain: Reading, literal: Reading, around: Circumstances, harm: str) -> Target:
    """Whom the comment is aimed at; `harm` is the gravest signal's kind, empty without one.

    A relative before the creator, and a group only where nobody is addressed more closely: the
    most vulnerable decides.
    """
    text = plain.text
    if _FAMILY.search(text):
        return "family"
    if _TEAM.search(text):
        return "team"
    speaks_to_one = bool(_YOU.search(text))
    if _GROUP.search(text):
        return "group"
    if _COMMENTERS.search(text) or (speaks_to_one and _answers_another(literal.text, around)):
        return "commenter"
    if speaks_to_one or _SHE.search(text):
        return "creator" if speaks_to_one or not _BRAND.search(text) else "brand"
    if _BRAND.search(text):
        return "brand"
    # Data of a person, given away without a word: under a creator's post it is most likely theirs.
    return "creator" if harm and harm != "spam" else "nobody"


def _answers_another(text: str, around: Circumstances) -> bool:
    mention = _MENTION.match(text)
    if mention:
        return handle_core(mention.group(1)) != handle_core(around.creator_handle)
    return around.answers_somebody_else
