"""Undoes the tricks people use to slip an abusive word past a filter; pure functions only."""

import re
import unicodedata
from collections.abc import Callable, Iterator
from functools import lru_cache
from itertools import pairwise
from typing import NamedTuple

from harassment.detection.tracing import Edit, How, Trace, Trick, Unmasked

__all__ = ["EVASIVE", "NORMALISER_VERSION", "Edit", "Unmasked", "as_typed", "normalise", "unmask"]

NORMALISER_VERSION = "1"
"""Written into every model artefact: scores of one version are not comparable with another."""
EVASIVE: frozenset[Trick] = frozenset(
    ("hidden", "look-alike", "reversed", "spacing", "stars", "leet")
)
"""Tricks that nobody plays by accident: they are there to get a word past a filter."""

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
_LETTERS = re.compile(r"[^\W\d_]+")
# Compatibility forms that people write words in: styled, circled, wide and small letters.
_DRESSED = ("<font>", "<circle>", "<wide>", "<square>", "<super>", "<sub>")
_IN_USE = "\u00aa\u00ba\u2122"  # ordinals and the trade mark: small letters that mean no harm
_LATIN_OR_DIGIT = re.compile(r"[0-9A-Za-z\u00c0-\u024f]")
_HIDDEN = re.compile(
    r"[\x00-\x08\x0b-\x1f\x7f\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200b-\u200f"
    r"\u202a-\u202e\u2060-\u206f\ufe00-\ufe0f\ufeff\ue000-\uf8ff]+"
)
_ENDS = re.compile(r"\A\s+|\s+\Z")
_SURROGATES = re.compile(r"[\ud800-\udfff]")
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


def _is_mixed(text: str) -> bool:
    """Whether Cyrillic and Greek letters in `text` are there for their looks."""
    return bool(_LATIN.search(text)) or not _CYRILLIC_OR_GREEK.search(text)


@lru_cache(maxsize=4096)
def _spell_emoji(char: str) -> str:
    """One non-ASCII character as typed, but for an emoji, which is spelled out."""
    if 0x1F1E6 <= ord(char) <= 0x1F1FF:
        return _spell_out(char)
    spelled = _spell_out(char)
    return spelled if spelled.startswith(" ") and not unicodedata.decomposition(char) else char


def _spell(text: str, spell: Callable[[str], str] = _spell_out) -> Iterator[str]:
    """Each character of `text` as it should be read, an emoji once in a row."""
    previous = ""
    for char in text:
        if char.isascii():
            yield char
            previous = ""
            continue
        spelled = spell(char)
        # A row of twenty identical emoji says no more than one of them.
        yield "" if spelled.startswith(" ") and spelled == previous else spelled
        previous = spelled or previous


def _read_plainly(text: str) -> str:
    """Non-ASCII text with look-alikes, marks, hidden characters and emoji made readable."""
    # Stored backwards and shown forwards by a right-to-left override.
    text = _REVERSED.sub(_turn, text)
    text = unicodedata.normalize("NFKC", text).translate(_QUOTES)
    text = _STACKED_MARKS.sub("", text)
    if _is_mixed(text):
        text = text.translate(_HOMOGLYPHS)
    return "".join(_spell(text))


def _turn(match: re.Match[str]) -> str:
    return match.group(1)[::-1]


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


def _name_hidden(match: re.Match[str]) -> Trick | None:
    """What vanishes inside a word was there to break it; elsewhere it is a stray character."""
    before = match.string[match.start() - 1 : match.start()]
    after = match.string[match.end() : match.end() + 1]
    return "hidden" if _LATIN_OR_DIGIT.match(before) and _LATIN_OR_DIGIT.match(after) else None


def _name_stretched(match: re.Match[str]) -> Trick | None:
    return "stretched" if match.group(1).isalpha() else None


class _Step(NamedTuple):
    """One rewriting: what it looks for, what it puts, what the trick is called."""

    pattern: re.Pattern[str]
    replace: str | Callable[[re.Match[str]], str]
    trick: Trick | Callable[[re.Match[str]], Trick | None] | None = None
    how: How = "letters"
    needs: re.Pattern[str] | None = None  # cheap to look for; without it there is nothing to do


_READ_LINK = _Step(_URL, "url", "link", "whole")
_READ_MENTION = _Step(_MENTION, "@user", "mention", "whole")
_CLOSE_UP = _Step(_BLANKS, " ")
_STEPS = (
    _Step(_CONTROL, "", _name_hidden),
    _READ_LINK,
    _READ_MENTION,
    _CLOSE_UP,
    _Step(_SPACED, _join_letters, "spacing"),
    _Step(_STARS, "*", "stars"),
    _Step(_TOKEN, _undo_leet, "leet", needs=_LEET_SIGN),
    _Step(_REPEATS, r"\1\1", _name_stretched),
    _CLOSE_UP,
)


def normalise(text: str) -> str:
    """Return `text` as a reader understands it: hidden characters dropped, tricks undone.

    Total and pure: any string is accepted (lone surrogates and control characters vanish), the
    result is UTF-8 encodable, has no leading, trailing or doubled white space, and normalising it
    again changes nothing that matters to a tokeniser. Case and accents are kept. The same
    function runs in training, calibration, evaluation and scoring.
    """
    if not text.isascii():
        text = _read_plainly(text)
    for step in _STEPS:
        if step.needs is None or step.needs.search(text):
            text = step.pattern.sub(step.replace, text)
    return text.strip()


def as_typed(text: str) -> str:
    """Return `text` with only the harmless steps taken: what a filter sees that undoes no trick.

    Quotes are unified, emoji named, links and mentions shortened, white space collapsed. The result
    is UTF-8 encodable.
    """
    if not text.isascii():
        text = _SURROGATES.sub("", text.translate(_QUOTES))
        text = "".join(_spell(text, _spell_emoji))
    for step in (_READ_LINK, _READ_MENTION, _CLOSE_UP):
        text = step.pattern.sub(step.replace, text)
    return text.strip()


def unmask(text: str) -> Unmasked:
    """Return `normalise(text)` with what was undone, and where each character comes from.

    Several times slower than `normalise`: for texts that somebody asks about.
    """
    trace = Trace(text)
    if not text.isascii():
        _trace_plainly(trace)
    for step in _STEPS:
        if step.needs is None or step.needs.search(trace.text):
            trace.sub(step.pattern, step.replace, step.trick, step.how)
    trace.sub(_ENDS, "")
    return trace.finish()


def _trace_plainly(trace: Trace) -> None:
    """Do to `trace` what `_read_plainly` does to a string."""
    trace.sub(_REVERSED, _turn, "reversed", "backwards")
    for match in _HIDDEN.finditer(trace.text):
        if _name_hidden(match):
            trace.mark(match.start(), match.end(), "hidden")
    for index, char in enumerate(trace.text):
        if _is_dressed(char):
            trace.mark(index, index + 1, "look-alike")
    cuts = _safe_cuts(trace.text)
    trace.respell(
        [unicodedata.normalize("NFKC", trace.text[at:to]) for at, to in pairwise(cuts)], cuts
    )
    trace.respell([char.translate(_QUOTES) for char in trace.text])
    trace.sub(_STACKED_MARKS, "", "hidden")
    if _is_mixed(trace.text):
        _trace_look_alikes(trace)
    pieces = list(_spell(trace.text))
    for index, (char, piece) in enumerate(zip(trace.text, pieces, strict=True)):
        if not char.isascii() and (piece.startswith(" ") or 0x1F1E6 <= ord(char) <= 0x1F1FF):
            trace.mark(index, index + 1, "emoji")
        elif not char.isascii() and piece.isascii() and piece.isalpha():
            trace.mark(index, index + 1, "look-alike")
    trace.respell(pieces)


def _trace_look_alikes(trace: Trace) -> None:
    before = trace.text
    trace.respell(before.translate(_HOMOGLYPHS))
    for word in _LETTERS.finditer(trace.text):
        # A word that keeps letters of its own alphabet is a word of that alphabet.
        foreign = _CYRILLIC_OR_GREEK.search(word.group())
        if word.group() != before[word.start() : word.end()] and not foreign:
            trace.mark(word.start(), word.end(), "look-alike")


@lru_cache(maxsize=4096)
def _is_dressed(char: str) -> bool:
    """Whether `char` is a plain letter in other clothes."""
    if char.isascii() or char in _IN_USE:
        return False
    plain = unicodedata.normalize("NFKC", char)
    dressed = unicodedata.decomposition(char).startswith(_DRESSED)
    return dressed and plain.isascii() and plain.isalpha()


def _safe_cuts(text: str) -> list[int]:
    """Where `text` can be cut so that its parts, normalised, make up the text normalised."""
    return [0, *(at for at in range(1, len(text)) if _stands_alone(text[at])), len(text)]


@lru_cache(maxsize=4096)
def _stands_alone(char: str) -> bool:
    """Whether nothing before `char` can melt with it."""
    if char.isascii():
        return True
    first = unicodedata.normalize("NFKD", char)[0]
    # Marks, and the vowels and final consonants of Hangul, join what stands before them.
    return unicodedata.category(first)[0] != "M" and not 0x1160 <= ord(first) <= 0x11FF
