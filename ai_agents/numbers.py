"""No invented number: each that an answer writes was looked up, or its sentence goes.

French and English ways of writing are read (1 234,5 · 1,234.5 · 12 % · 1.2k · 20 h · x3 · deux).
What cannot be read is a number nobody looked up.
"""

import re
import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Literal

from ai_agents.redaction import PLACEHOLDER

Unit = Literal["count", "percent", "ratio", "money", "moment"]


@dataclass(frozen=True, slots=True)
class Figure:
    """One thing that was looked up; `ref` names it in answers, `label` says it to the reader."""

    ref: str
    label: str
    value: Decimal = Decimal(0)
    unit: Unit = "count"
    moment: datetime | None = None  # in the reader's time zone, for the unit "moment"


_SPACES = " \u00a0\u202f\u2009"
_SCALES = {
    "k": 1_000, "m": 1_000_000, "bn": 10**9, "mille": 1_000, "thousand": 1_000,
    "million": 1_000_000, "millions": 1_000_000, "milliard": 10**9, "milliards": 10**9,
    "billion": 10**9,
}  # fmt: skip
_PERCENT = rf"[{_SPACES}]?%|[{_SPACES}](?:per ?cent|percent|pour ?cents?|p\. ?cent)\b"
_NUMBER = re.compile(
    rf"(?i)(?<![\w.,])(?P<sign>[-+\u2212]?)(?:[x\xd7][{_SPACES}]?)?"
    rf"(?P<body>\d{{1,3}}(?:[{_SPACES}'\u2019.,]\d{{3}})+(?:[.,]\d+)?(?!\d)|\d+(?:[.,]\d+)?)"
    rf"(?:[{_SPACES}]?(?P<scale>{'|'.join(sorted(_SCALES, key=len, reverse=True))})\b)?"
    rf"(?P<percent>{_PERCENT})?(?:[{_SPACES}]?[x\xd7€$£])?(?![\w])"
)
_WORDS = {
    word: Decimal(value)
    for value, words in (
        ("2", "two deux twice double doubled doubles doublé doublée doubler"),
        ("3", "three trois triple tripled triples triplé triplée thrice tripler"),
        ("4", "four quatre quadruple quadrupled quadruplé"),
        ("5", "five cinq"), ("6", "six"), ("7", "seven sept"), ("8", "eight huit"),
        ("9", "nine neuf"), ("10", "ten dix tenfold dizaine"), ("11", "eleven onze"),
        ("12", "twelve douze dozen dozens douzaine"), ("13", "thirteen treize"),
        ("14", "fourteen quatorze"), ("15", "fifteen quinze quinzaine"), ("16", "sixteen seize"),
        ("17", "seventeen"), ("18", "eighteen"), ("19", "nineteen"),
        ("20", "twenty vingt vingtaine"), ("30", "thirty trente trentaine"),
        ("40", "forty quarante"), ("50", "fifty cinquante"), ("60", "sixty soixante"),
        ("70", "seventy septante"), ("80", "eighty"), ("90", "ninety nonante"),
        ("100", "hundred hundreds cent cents centaine centaines"),
        ("1000", "thousand thousands mille millier milliers"),
        ("1000000", "million millions"), ("1000000000", "billion billions milliard milliards"),
        ("0.5", "half halved moitié"), ("0.25", "quart"),
    )
    for word in words.split()
}  # fmt: skip
_WORD = re.compile(rf"(?i)(?<!\w)(?:{'|'.join(map(re.escape, _WORDS))})(?!\w)({_PERCENT})?")
_MONTHS = {
    name: number
    for number, names in enumerate(
        (
            "january janvier jan janv",
            "february février fevrier feb févr",
            "march mars",
            "april avril apr avr",
            "may mai",
            "june juin jun",
            "july juillet jul juil",
            "august août aout aug",
            "september septembre sep sept",
            "october octobre oct",
            "november novembre nov",
            "december décembre decembre dec déc",
        ),
        start=1,
    )
    for name in names.split()
}
_MONTH = "|".join(sorted(map(re.escape, _MONTHS), key=len, reverse=True))
_DATE = re.compile(
    rf"(?i)(?<![\w.,])(?:(?P<d1>\d{{1,2}})(?:st|nd|rd|th|er)?[{_SPACES}](?P<m1>{_MONTH})\b\.?"
    rf"(?:,?[{_SPACES}](?P<y1>\d{{4}}))?"
    rf"|(?P<m2>{_MONTH})\.?[{_SPACES}](?P<d2>\d{{1,2}})(?:st|nd|rd|th)?\b"
    rf"(?:,?[{_SPACES}](?P<y2>\d{{4}}))?"
    r"|(?P<y3>\d{4})-(?P<m3>\d{2})-(?P<d3>\d{2})|(?P<d4>\d{1,2})/(?P<m4>\d{1,2})/(?P<y4>\d{4}))"
    r"(?!\w)"
)
_CLOCK = re.compile(
    rf"(?i)(?<![\w.,])(?P<h>\d{{1,2}})(?:(?:[{_SPACES}]?h(?:[{_SPACES}]?(?P<m>\d{{2}}))?|:(?P<n>\d{{2}}))"
    rf"(?:[{_SPACES}]?(?P<half>[ap])\.?m\b)?|[{_SPACES}]?(?P<side>[ap])\.?m\b)(?!\w)"
)
_ENDS = re.compile(r"(?<=[.!?…])(?=\s)|(?<=\n)")


def verified(text: str, figures: Sequence[Figure]) -> tuple[str, int]:
    """`text` without the sentences that write a number nobody looked up, and how many went."""
    kept = []
    dropped = 0
    for sentence in _ENDS.split(text):
        if is_known(sentence, figures):
            kept.append(sentence)
        else:
            dropped += 1
    return "".join(kept).strip(), dropped


def is_known(sentence: str, figures: Sequence[Figure]) -> bool:
    """Whether every number of the sentence is one of the figures, as near as it is written."""
    rest = PLACEHOLDER.sub(" ", unicodedata.normalize("NFKC", sentence))
    moments = [figure.moment for figure in figures if figure.moment is not None]
    is_true = True

    def date_told(found: re.Match[str]) -> str:
        nonlocal is_true
        is_true = is_true and any(_is_day(found, moment) for moment in moments)
        return " "

    def clock_told(found: re.Match[str]) -> str:
        nonlocal is_true
        is_true = is_true and any(_is_hour(found, moment) for moment in moments)
        return " "

    def number_told(found: re.Match[str]) -> str:
        nonlocal is_true
        is_true = is_true and any(
            _fits(figure, value, step, found["sign"], is_percent=bool(found["percent"]))
            for value, step in _readings(found["body"], (found["scale"] or "").casefold())
            for figure in figures
        )
        return " "

    def word_told(found: re.Match[str]) -> str:
        nonlocal is_true
        value = _WORDS[re.sub(rf"({_PERCENT})$", "", found[0].casefold())]
        half_as_percent = value < 1 and any(
            figure.unit == "percent" and abs(figure.value) == value * 100 for figure in figures
        )
        is_true = is_true and (
            half_as_percent
            or any(
                _fits(figure, value, Decimal(0), "", is_percent=bool(found[1]))
                for figure in figures
            )
        )
        return " "

    rest = _DATE.sub(date_told, rest)
    rest = _CLOCK.sub(clock_told, rest)
    rest = _NUMBER.sub(number_told, rest)
    rest = _WORD.sub(word_told, rest)
    return is_true and not any(unicodedata.category(sign)[0] == "N" for sign in rest)


def stated(text: str) -> list[Figure]:
    """The numbers a person wrote themselves: an answer may say them again."""
    found = []
    for match in _NUMBER.finditer(unicodedata.normalize("NFKC", text)):
        for value, _step in _readings(match["body"], (match["scale"] or "").casefold()):
            unit: Unit = "percent" if match["percent"] else "count"
            found.append(Figure("stated", "", value, unit))
    for word in _WORD.finditer(text):
        key = re.sub(rf"({_PERCENT})$", "", word[0].casefold())
        found.append(Figure("stated", "", _WORDS[key], "percent" if word[1] else "count"))
    return found


def quoted(text: str, figures: Sequence[Figure]) -> list[Figure]:
    """Those of the looked-up figures that the text writes: its sources."""
    told = unicodedata.normalize("NFKC", text)
    numbers = {
        found[0] for kind in (_DATE, _CLOCK, _NUMBER, _WORD) for found in kind.finditer(told)
    }
    return [
        figure
        for figure in figures
        if figure.ref != "stated" and any(is_known(number, [figure]) for number in numbers)
    ]


def refs_of(refs: Iterable[str], figures: Sequence[Figure]) -> list[str]:
    """Those of the named figures that there are, each once."""
    known = {figure.ref for figure in figures}
    return list(dict.fromkeys(ref for ref in refs if ref in known))


def _readings(body: str, scale: str) -> list[tuple[Decimal, Decimal]]:
    """What a written number may mean: each value with the size of its last written place."""
    times = Decimal(_SCALES.get(scale, 1))
    digits = re.sub(rf"[{_SPACES}'\u2019]", "", body)
    signs = [sign for sign in digits if sign in ".,"]
    found = []
    if len(set(signs)) == 2 or len(signs) <= 1:
        whole, _, part = digits.rpartition(signs[-1]) if signs else (digits, "", "")
        value = Decimal(f"{re.sub('[.,]', '', whole)}.{part or 0}")
        found.append((value * times, times / Decimal(10) ** len(part)))
    if signs and len(set(signs)) == 1 and re.fullmatch(r"\d{1,3}(?:[.,]\d{3})+", digits):
        found.append((Decimal(re.sub("[.,]", "", digits)) * times, times))
    return found


def _fits(figure: Figure, value: Decimal, step: Decimal, sign: str, *, is_percent: bool) -> bool:
    if figure.unit == "moment" or is_percent != (figure.unit == "percent"):
        return False
    if (sign == "+" and figure.value < 0) or (sign in "-\u2212" and sign and figure.value >= 0):
        return False
    if value == 0 and figure.value != 0:
        return False
    return abs(abs(figure.value) - value) <= step / 2


def _is_day(found: re.Match[str], moment: datetime) -> bool:
    told = {name[0]: text for name, text in found.groupdict().items() if text}
    number = told["m"].casefold()
    month = int(number) if number.isdigit() else _MONTHS[number]
    try:
        day = date(int(told.get("y", moment.year)), month, int(told["d"]))
    except ValueError:
        return False
    return day == moment.date()


def _is_hour(found: re.Match[str], moment: datetime) -> bool:
    hour, half = int(found["h"]), (found["half"] or found["side"] or "").casefold()
    if half:
        hour = hour % 12 + (12 if half == "p" else 0)
    minute = found["m"] or found["n"]
    return hour == moment.hour and (not minute or int(minute) == moment.minute)
