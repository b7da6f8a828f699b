"""Before a text leaves: who and where becomes [USER_1], [PHONE_2]; in the answer it comes back."""

import ipaddress
import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field

import phonenumbers

Span = tuple[int, int]

PLACEHOLDER = re.compile(r"\[(?:TEXT|EMAIL|URL|IBAN|CARD|IP|PHONE|ADDRESS|USER)_\d+\]")
REGIONS = ("FR", "BE", "CH", "CA", "US", "GB")  # whose national way of writing a number is read
SHORTEST_NAME = 3
LONGEST_CARD = 19

_EMAIL = re.compile(
    r"(?i)[\w.+-]{1,64}\s?(?:@|\(at\)|\[at\]|\sarobase\s)\s?"
    r"(?:[\w-]{1,63}\s?(?:\.|\(dot\)|\[dot\]|\spoint\s|\sdot\s)\s?){1,4}[a-z]{2,24}\b"
)
_URL = re.compile(r"(?i)\b(?:https?|ftp)://[^\s<>\"']+|\bwww\.[^\s<>\"']+")
_IBAN = re.compile(r"\b[A-Z]{2}\d{2}(?:[ -]?[A-Z0-9]{2,4}){3,8}\b", re.IGNORECASE)
_DIGITS = re.compile(r"(?<![\w.])\d(?:[ -]?\d){12,18}(?!\w)")
_IP = re.compile(
    r"(?<![\w.:])(?:\d{1,3}(?:\.\d{1,3}){3}|[0-9a-f:]{3,39}:[0-9a-f:]{1,39})(?![\w.:])"
)
_HANDLE = re.compile(r"(?<![\w@/])@[\w.\-]{2,60}|(?<!\w)/?u/[\w-]{2,40}")
_FR_WAY = (
    r"(?:rue|avenue|av|boulevard|bd|all[ée]e|chemin|impasse|place|quai|route|square|cours|passage"
    r"|faubourg|sentier|r[ée]sidence|villa|cit[ée]|hameau)"
)
_EN_WAY = (
    r"(?:street|st|road|rd|avenue|ave|lane|ln|drive|dr|court|close|crescent|terrace|boulevard|blvd"
    r"|grove|gardens|parkway|mews)"
)
_WORD = r"[^\W\d_][\w'\u2019-]{0,30}"
_ADDRESS = re.compile(
    rf"(?i)\b\d{{1,5}}\s?(?:bis|ter|quater)?,?\s+{_FR_WAY}\.?\s+"
    rf"(?:(?:de|du|des|la|le|les|d['\u2019]|l['\u2019])\s?){{0,2}}{_WORD}(?:[ -]{_WORD}){{0,2}}"
    rf"(?:,?\s+\d{{5}}(?:\s+{_WORD})?)?"
    rf"|\b\d{{1,5}}\s+(?:{_WORD}\s+){{1,3}}{_EN_WAY}\b\.?"
    r"(?:,?\s+(?:apt|flat|unit)\.?\s*\w{1,5})?(?:,?\s+\d{5}\b)?"
)


@dataclass
class Redactor:
    """The placeholders of one question: the same original has the same one, in every text of it.

    `names` are those of people the workspace knows. Only in memory: nothing of it is stored.
    """

    names: Iterable[str] = ()
    _by_original: dict[str, str] = field(default_factory=dict)
    _originals: dict[str, str] = field(default_factory=dict)
    _counts: dict[str, int] = field(default_factory=dict)

    def __post_init__(self) -> None:
        known = {name.strip() for name in self.names}
        longest_first = sorted((n for n in known if len(n) >= SHORTEST_NAME), key=len, reverse=True)
        joined = "|".join(re.escape(name) for name in longest_first)
        self._names = re.compile(rf"(?i)(?<!\w)(?:{joined})(?!\w)") if joined else None

    def hide(self, text: str, *, is_own: bool) -> str:
        """`text` with placeholders. What others wrote (`is_own=False`) does not come back as it
        was, but for names: an attack must not write its link or number into an answer."""
        found: list[tuple[int, int, str]] = []
        for kind, find in self._detectors():
            for start, end in find(text):
                if not any(a <= start < b for a, b, _ in found):
                    # What reaches into a surer find ends before it.
                    until = min([end, *(a for a, _, _ in found if a > start)])
                    found.append((start, start + len(text[start:until].rstrip(" ,-")), kind))
        shown, last = [], 0
        for start, end, kind in sorted(found):
            mark = self._mark_of(kind, text[start:end], comes_back=is_own or kind == "USER")
            shown += [text[last:start], mark]
            last = end
        return "".join([*shown, text[last:]])

    def restore(self, text: str) -> str:
        """`text` with the originals; a placeholder nobody gave out stays as it is."""
        return PLACEHOLDER.sub(lambda found: self._originals.get(found[0], found[0]), text)

    def _mark_of(self, kind: str, original: str, *, comes_back: bool) -> str:
        mark = self._by_original.get(original)
        if mark is None:
            self._counts[kind] = self._counts.get(kind, 0) + 1
            mark = self._by_original[original] = f"[{kind}_{self._counts[kind]}]"
        if comes_back:
            self._originals[mark] = original
        return mark

    def _detectors(self) -> Iterator[tuple[str, Callable[[str], Iterator[Span]]]]:
        """The sure ones first: what one has found, a later one leaves alone."""
        yield "TEXT", _finder(PLACEHOLDER)  # somebody writes like us: theirs is no placeholder
        yield "EMAIL", _finder(_EMAIL)
        yield "URL", _finder(_URL)
        yield "IBAN", _ibans
        yield "CARD", _cards
        yield "IP", _addresses_of_machines
        yield "PHONE", _phones
        yield "ADDRESS", _finder(_ADDRESS)
        yield "USER", _finder(_HANDLE)
        if self._names is not None:
            yield "USER", _finder(self._names)


def _finder(pattern: re.Pattern[str]) -> Callable[[str], Iterator[Span]]:
    return lambda text: (found.span() for found in pattern.finditer(text))


def _ibans(text: str) -> Iterator[Span]:
    for found in _IBAN.finditer(text):
        # The pattern is greedy: a word may follow, so ever less of it is tried.
        parts = list(re.finditer(r"[^ -]+", found[0]))
        for last in range(len(parts), 0, -1):
            end = parts[last - 1].end()
            if _is_iban(found[0][:end]):
                yield found.start(), found.start() + end
                break


def _is_iban(text: str) -> bool:
    whole = re.sub(r"[ -]", "", text).upper()
    if not 15 <= len(whole) <= 34:
        return False
    return int("".join(str(int(sign, 36)) for sign in whole[4:] + whole[:4])) % 97 == 1


def _cards(text: str) -> Iterator[Span]:
    for found in _DIGITS.finditer(text):
        digits = [int(sign) for sign in found[0] if sign.isdigit()]
        doubled = [sum(divmod(digit * 2, 10)) for digit in digits[-2::-2]]
        if len(digits) <= LONGEST_CARD and (sum(digits[-1::-2]) + sum(doubled)) % 10 == 0:
            yield found.span()


def _addresses_of_machines(text: str) -> Iterator[Span]:
    for found in _IP.finditer(text):
        try:
            ipaddress.ip_address(found[0])
        except ValueError:
            continue
        yield found.span()


def _phones(text: str) -> Iterator[Span]:
    for region in REGIONS:
        for match in phonenumbers.PhoneNumberMatcher(text, region):
            # A bracket that only opens belongs to the sentence.
            alone = match.raw_string.startswith("(") and ")" not in match.raw_string
            yield match.start + alone, match.end
