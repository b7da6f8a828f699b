"""Ways to reach a person that somebody else gives away: phone, e-mail, bank account, licence plate.

Works on the literal reading. Every candidate is found by a pattern of bounded length and then
proven: numbers by the numbering plans, accounts by their check digits.
"""

import re
from collections.abc import Iterable, Iterator
from itertools import islice, pairwise

import phonenumbers
from phonenumbers import PhoneNumberType

from harassment.detection.signals.base import Circumstances, Signal
from harassment.detection.signals.guards import is_own, is_public
from harassment.detection.signals.reading import Reading
from harassment.detection.signals.skeletons import handle_core

_MOST = 200  # candidates looked at in one text: more are a flood, not a disclosure
_NATIONAL = ("FR", "GB", "BE", "CH")
_PERSONAL = frozenset(
    {
        PhoneNumberType.MOBILE,
        PhoneNumberType.FIXED_LINE,
        PhoneNumberType.FIXED_LINE_OR_MOBILE,
        PhoneNumberType.PERSONAL_NUMBER,
        PhoneNumberType.VOIP,
    }
)

_FIGURES = re.compile(
    r"(?<![\w#@$\u20ac\u00a3%.,:/-])[+(]{0,2}[0-9o](?:[ .\-/()_]{0,3}[0-9o]){7,16}"
    r"(?![\w%\u20ac$\u00a3]|[.,:][0-9])"
)
_PAIRS = re.compile(r"0[1-9](?:([ .\-/_]{0,3})[0-9]{2})(?:\1[0-9]{2}){3}\Z")
_LOOSE = re.compile(r"0 ?[1-9](?:[ .\-/_]{1,3}[0-9]){8}\Z")
_BRITISH = re.compile(r"\(?0[1-9][0-9]{1,4}\)?[ -]?[0-9]{3,4}[ -]?[0-9]{3,4}\Z")
_BELGIAN_SWISS = re.compile(r"0[0-9]{1,3}[ ./][0-9]{2,3}[ .][0-9]{2}(?:[ .][0-9]{2}){1,2}\Z")
_AMERICAN = re.compile(
    r"(?:1[ .-])?(?:\([2-9][0-9]{2}\) ?|[2-9][0-9]{2}[ .-])[0-9]{3}[ .-][0-9]{4}\Z"
)
_DATE = re.compile(r"[0-9]{1,2}([/.-])[0-9]{1,2}\1(?:(?:19|20)[0-9]{2}|[0-9]{2}(?!\1))")
_NOT_A_PHONE = re.compile(
    r"\b(?:commande|order|tracking|suivi|colis|ticket|isbn|serial|serie|ref|reference|dossier"
    r"|invoice|facture|siret|siren|code|uid|id|sku|model|modele|score|seed|part|parcel|patch|build"
    r"|version|pin|vin|ean|article)\b[^.!?\n]{0,14}$"
)
_CALLS = re.compile(
    r"\b(?:call|phone|cell|tel|telephone|mobile|number|num|numero|whatsapp|text|sms|appelle[rz]?"
    r"|appelez|portable|ring)\b"
)

_MAIL = re.compile(
    r"(?<![\w.+-])[a-z0-9][a-z0-9._+-]{0,40}"
    r"(?: ?@ ?| ?[\[(](?:at|arobase|a)[\])] ?| arobase )"
    r"[a-z0-9][a-z0-9-]{0,40}(?:(?:\.| ?[\[(](?:dot|point)[\])] ?| (?:dot|point) )[a-z0-9-]{2,20})"
    r"{1,3}(?![\w@])"
)
_WRITTEN_OUT = re.compile(
    r"(?<![\w.+-])[a-z0-9][a-z0-9._+-]{1,40} at [a-z0-9-]{2,30} dot (?:com|org|net|fr|be|ch|uk"
    r"|io)\b"
)
_ROLES = frozenset(
    {
        "contact", "info", "hello", "bonjour", "support", "help", "press", "presse", "business",
        "booking", "bookings", "admin", "office", "sales", "team", "noreply", "no-reply", "abuse",
        "privacy", "dpo", "legal", "management", "mgmt", "pr", "jobs", "recrutement", "collab",
        "partnership", "sponsor", "sponsors", "sav", "service", "webmaster", "shop", "boutique",
        "merch",
    }
)  # fmt: skip
_SAMPLE_DOMAINS = ("example.com", "example.org", "test.com", "domain.com", "email.com")

_ACCOUNT = re.compile(r"(?<![a-z0-9])[a-z]{2}[0-9]{2}(?=[ -]?[a-z0-9]{4})")
_ACCOUNT_LENGTHS = {
    "ad": 24, "at": 20, "be": 16, "bg": 22, "ch": 21, "cy": 28, "cz": 24, "de": 22, "dk": 18,
    "ee": 20, "es": 24, "fi": 18, "fr": 27, "gb": 22, "gr": 27, "hr": 21, "hu": 28, "ie": 22,
    "is": 26, "it": 27, "li": 21, "lt": 20, "lu": 20, "lv": 21, "mc": 27, "mt": 31, "nl": 18,
    "no": 15, "pl": 28, "pt": 25, "ro": 24, "se": 24, "si": 19, "sk": 24, "sm": 27,
}  # fmt: skip

_PLATE = re.compile(
    r"(?<![\w-])(?:"
    r"[a-hj-np-tv-z]{2}[ -]?[0-9]{3}[ -]?[a-hj-np-tv-z]{2}"  # France
    r"|[0-9]{2,4} [a-z]{2,3} (?:[0-9]{2}|2[ab])"  # France before 2009
    r"|[a-hj-pr-y]{2}[0-9]{2} ?[a-hj-pr-z]{3}"  # United Kingdom
    r"|[1-9]-[a-z]{3}-[0-9]{3}"  # Belgium
    r"|(?:ag|ai|ar|be|bl|bs|fr|ge|gl|gr|ju|lu|ne|nw|ow|sg|sh|so|sz|tg|ti|ur|vd|vs|zg|zh)"
    r"[ -][0-9]{3,6}"  # Switzerland
    r"|[0-9][a-z]{3}[0-9]{3}|[a-z]{3}[ -][0-9]{3,4}"  # United States
    r")(?![\w-])"
)
_VEHICLE = re.compile(
    r"\b(?:plates?|plaques?|immatricul\w*|immat|licen[cs]e|registration|reg|number ?plate|voiture"
    r"|bagnole|caisse|merco|moto|scooter|drives?|driving|roule|conduit|gare|garee|parked|car|suv"
    r"|audi|bmw|tesla|clio|golf)\b"
)


def find_contacts(reading: Reading, around: Circumstances) -> Iterator[Signal]:
    """Phone numbers, e-mail addresses, bank accounts and plates that belong to somebody else."""
    for start, end in _phones(reading):
        if not _is_harmless(reading, start, end):
            yield Signal("doxx", "phone", *reading.raw_span(start, end))
    for start, end in _mails(reading, around):
        if not _is_harmless(reading, start, end):
            yield Signal("doxx", "email", *reading.raw_span(start, end))
    for start, end in _accounts(reading.text):
        if not _is_harmless(reading, start, end):
            yield Signal("doxx", "iban", *reading.raw_span(start, end))
    for start, end in _plates(reading):
        if not is_own(reading, start):
            yield Signal("doxx", "plate", *reading.raw_span(start, end))


def _is_harmless(reading: Reading, start: int, end: int) -> bool:
    return is_own(reading, start) or is_public(reading, start, end)


def _first(matches: Iterable[re.Match[str]]) -> Iterator[re.Match[str]]:
    return islice(matches, _MOST)


def _phones(reading: Reading) -> Iterator[tuple[int, int]]:
    for match in _first(_FIGURES.finditer(reading.text)):
        before = reading.text[max(0, match.start() - 30) : match.start()]
        if _NOT_A_PHONE.search(before):
            continue
        if _is_phone(match.group(), reading.around(match.start(), match.end(), 40)):
            yield match.span()


def _is_phone(written: str, around: str) -> bool:
    written = written.replace("o", "0")
    digits = "".join(char for char in written if char.isdigit())
    if _is_count(digits) or _DATE.match(written):
        return False
    if written.startswith(("+", "(+")) or (digits.startswith("00") and len(digits) > 10):
        return _is_personal("+" + digits.removeprefix("00"), None)
    if digits.startswith("0"):
        if not any(p.match(written) for p in (_PAIRS, _LOOSE, _BRITISH, _BELGIAN_SWISS)):
            return False
        return any(_is_personal(digits, region) for region in _NATIONAL)
    if _AMERICAN.match(written.lstrip("+")):
        return _is_personal(digits, "US")
    # Ten bare figures are as often a time stamp: they need a word that says what they are.
    if not written.isdigit() or not _CALLS.search(around):
        return False
    if digits.startswith(("33", "44", "32", "41")) and 11 <= len(digits) <= 12:
        return _is_personal("+" + digits, None)
    return len(digits) == 10 and _is_personal(digits, "US")


def _is_count(digits: str) -> bool:
    """0123456789 and 0000000000: nobody's number."""
    if len(set(digits)) <= 2:
        return True
    steps = {(int(b) - int(a)) % 10 for a, b in pairwise(digits)}
    return steps in ({1}, {9})


def _is_personal(number: str, region: str | None) -> bool:
    try:
        parsed = phonenumbers.parse(number, region)
    except phonenumbers.NumberParseException:
        return False
    # Free, shared-cost and premium lines are never a person's.
    return phonenumbers.is_valid_number(parsed) and phonenumbers.number_type(parsed) in _PERSONAL


def _mails(reading: Reading, around: Circumstances) -> Iterator[tuple[int, int]]:
    creator = handle_core(around.creator_handle) or handle_core(around.creator_name)
    for pattern in (_MAIL, _WRITTEN_OUT):
        for match in _first(pattern.finditer(reading.text)):
            local, _, domain = _mail_parts(match.group())
            if local.split("+")[0] in _ROLES or domain in _SAMPLE_DOMAINS:
                continue
            if creator and creator in (handle_core(local), handle_core(domain.split(".")[0])):
                continue  # under the creator's public name: their own contact
            yield match.span()


def _mail_parts(written: str) -> tuple[str, str, str]:
    plain = re.sub(r" ?[\[(](?:at|arobase|a)[\])] ?| arobase | at ", "@", written)
    plain = re.sub(r" ?[\[(](?:dot|point)[\])] ?| dot | point ", ".", plain).replace(" ", "")
    return plain.partition("@")


def _accounts(text: str) -> Iterator[tuple[int, int]]:
    for match in _first(_ACCOUNT.finditer(text)):
        length = _ACCOUNT_LENGTHS.get(match.group()[:2])
        if length is None:
            continue
        taken: list[str] = []
        end = match.start()
        for char in text[match.start() : match.start() + 2 * length]:
            end += 1
            if char.isascii() and char.isalnum():
                taken.append(char)
            elif char not in " -.":
                break
            if len(taken) == length:
                break
        whole = text[end : end + 1]
        if len(taken) == length and not (whole.isalnum()) and _is_account("".join(taken)):
            yield match.start(), end


def _is_account(account: str) -> bool:
    """ISO 13616: the check digits make the whole number 1 modulo 97."""
    turned = account[4:] + account[:4]
    return int("".join(str(int(char, 36)) for char in turned)) % 97 == 1


def _plates(reading: Reading) -> Iterator[tuple[int, int]]:
    for match in _first(_PLATE.finditer(reading.text)):
        if _VEHICLE.search(reading.around(match.start(), match.end(), 45)):
            yield match.span()
