"""Undoes the tricks people use to slip an abusive word past a filter; pure functions only."""

import re
import unicodedata
from functools import lru_cache

NORMALISER_VERSION = "1"
"""Written into every model artefact: scores of one version are not comparable with another."""

_HOMOGLYPHS = str.maketrans(
    # Cyrillic, Greek, then small capitals and phonetic letters, each over its Latin look-alike.
    "аеорсухіјѕԁһԛѡнтмвкАВЕКМНОРСТУХІЈЅαεικνορτυχΑΒΕΖΗΙΚΜΝΟΡΤΥΧᴀʙᴄᴅᴇɢʜɪᴊᴋʟᴍɴᴏᴘʀᴛᴜᴠᴡʏᴢɑɡɩɾʋɛ",
    "aeopcyxijsdhqwhtmbkABEKMHOPCTYXIJSaeiknoptuxABEZHIKMNOPTYXabcdeghijklmnoprtuvwyzagirve",
)
_QUOTES = str.maketrans(
    {
        "\u2019": "'",
        "\u2018": "'",
        "\u02bc": "'",
        "`": "'",
        "\u201c": '"',
        "\u201d": '"',
        "\u2026": "...",
    }
)
_LATIN = re.compile(r"[A-Za-z\u00c0-\u024f]")
_CYRILLIC_OR_GREEK = re.compile(r"[\u0370-\u03ff\u0400-\u04ff]")
_REVERSED = re.compile(r"\u202e([^\u202c\n]*)\u202c?")
_STACKED_MARKS = re.compile(r"[\u0300-\u036f]+")
_SKIN_TONES = dict(
    zip(
        "\U0001f3fb\U0001f3fc\U0001f3fd\U0001f3fe\U0001f3ff",
        ("white", "light", "medium", "brown", "black"),
        strict=True,
    )
)

_CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f]")
_URL = re.compile(r"(?:https?://|www\.)[^\s<>\"]+", re.IGNORECASE)
_MENTION = re.compile(r"(?<![\w.@])@(?!ss(?:hole|hat|wipe)?s?\b)\w[\w.\-]*")
_SPACED = re.compile(
    r"(?<![^\W_])[^\W\d_à](?:[ .\-_*|/·]{1,2}[^\W\d_à]){2,}(?![^\W_])(?!'[^\W\d_])"
)
_SPACERS = re.compile(r"[ .\-_*|/·]+")
_STARS = re.compile(r"(?<=\w)\*{2,}(?=\w)")
_TOKEN = re.compile(r"\S+")
_LEET_SIGN = re.compile(r"[0134578@$!€]")
_CORE = re.compile(r"^([\"'(\[{<#.,;:?*_~-]*)(.*?)([\"')\]}>.,;:?!*_~-]*)$", re.DOTALL)
_QUANTITY = re.compile(
    r"^\d[\d.,:h/x]*(?:st|nd|rd|th|er?|[eè]re|[eè]me|nde?|k|m|h|s|min|sec|fps|p|[gmtk][bo]|kg|g|[cmk]m"
    r"|am|pm|x|d|ans?|px|hz|w|v|l|yo|yrs?|days?|mois|jours?|euros?)s?$",
    re.IGNORECASE,
)
_NUMBERISH = re.compile(r"[269]|\d[€$%]|[€$]\d|^\d+[hv]\d+|^s\d+e\d+|@user", re.IGNORECASE)
_REPEATS = re.compile(r"(.)\1{2,}", re.DOTALL)
_BLANKS = re.compile(r"\s+")
_LEET = str.maketrans("013457@$!€", "oieastasie")


@lru_cache(maxsize=4096)
def _spell_out(char: str) -> str:
    """One non-ASCII character as it should be read: kept, dropped, or an emoji's name."""
    code = ord(char)
    if char in _SKIN_TONES:
        return f" {_SKIN_TONES[char]} "
    if 0x1F1E6 <= code <= 0x1F1FF:
        return chr(code - 0x1F1E6 + ord("a"))
    # Negative circled and negative squared capitals are So, and NFKC leaves them as they are.
    if 0x1F150 <= code <= 0x1F169:
        return chr(code - 0x1F150 + ord("a"))
    if 0x1F170 <= code <= 0x1F189:
        return chr(code - 0x1F170 + ord("a"))
    category = unicodedata.category(char)
    if category == "So" and code >= 0x2190:
        name = unicodedata.name(char, "").lower().replace("-", " ")
        return f" {name.removesuffix(' face')} " if name else ""
    if category in {"Cc", "Cf", "Co", "Cs", "Cn", "Me"} or 0xFE00 <= code <= 0xFE0F:
        return ""
    return char


def _read_plainly(text: str) -> str:
    """Non-ASCII text with look-alikes, marks, hidden characters and emoji made readable."""
    # Stored backwards and shown forwards by a right-to-left override.
    text = _REVERSED.sub(lambda match: match.group(1)[::-1], text)
    text = unicodedata.normalize("NFKC", text).translate(_QUOTES)
    text = _STACKED_MARKS.sub("", text)
    if _LATIN.search(text) or not _CYRILLIC_OR_GREEK.search(text):
        text = text.translate(_HOMOGLYPHS)
    pieces: list[str] = []
    previous = ""
    for char in text:
        if char.isascii():
            pieces.append(char)
            previous = ""
            continue
        spelled = _spell_out(char)
        # A row of twenty identical emoji says no more than one of them.
        if spelled and not (spelled == previous and spelled.startswith(" ")):
            pieces.append(spelled)
        if spelled:
            previous = spelled
    return "".join(pieces)


def _join_letters(match: re.Match[str]) -> str:
    return _SPACERS.sub("", match.group())


def _undo_leet(match: re.Match[str]) -> str:
    token = match.group()
    if not _LEET_SIGN.search(token):
        return token
    found = _CORE.match(token)
    if found is None:
        return token
    head, core, tail = found.groups()
    letters = sum(char.isalpha() for char in core)
    if len(core) < 3 or not letters or _QUANTITY.match(core) or _NUMBERISH.search(core):
        return token
    if "@" in core and "." in core.split("@", 1)[1]:
        return token
    inner = core.rstrip("0123456789")
    # "ps5" and "user1234" end in digits only; "n1gg4" already hides a letter further in.
    ending = core[len(inner) :]
    plain = _translate_inner(inner)
    if plain == inner:
        return token
    if len(ending) == 1:
        plain += ending.translate(_LEET)
    else:
        plain += ending
    changed = sum(a != b for a, b in zip(core, plain, strict=True))
    return head + plain + tail if changed <= max(2, letters) else token


def _translate_inner(core: str) -> str:
    plain: list[str] = []
    for index, char in enumerate(core):
        before = core[index - 1] if index else ""
        after = core[index + 1] if index + 1 < len(core) else ""
        lone_mark = char in "!€" and not (before.isalpha() and after.isalpha())
        price = char == "$" and (before.isdigit() or after.isdigit())
        if lone_mark or price:
            plain.append(char)
        elif char == "8":
            plain.append("b" if index == 0 and after.isalpha() else char)
        else:
            plain.append(char.translate(_LEET))
    return "".join(plain)


def normalise(text: str) -> str:
    """Return `text` as a reader understands it: hidden characters dropped, tricks undone.

    Total and pure: any string is accepted (lone surrogates and control characters vanish), the
    result is UTF-8 encodable, has no leading, trailing or doubled white space, and normalising it
    again changes nothing that matters to a tokeniser. Case and accents are kept. The same
    function runs in training, calibration, evaluation and scoring.
    """
    if not text.isascii():
        text = _read_plainly(text)
    text = _CONTROL.sub("", text)
    text = _URL.sub("url", text)
    text = _MENTION.sub("@user", text)
    text = _BLANKS.sub(" ", text)
    text = _SPACED.sub(_join_letters, text)
    text = _STARS.sub("*", text)
    if _LEET_SIGN.search(text):
        text = _TOKEN.sub(_undo_leet, text)
    text = _REPEATS.sub(r"\1\1", text)
    return _BLANKS.sub(" ", text).strip()
