"""Which characters the bundled font draws, and what is printed in the place of the others."""

import struct
import unicodedata
from functools import lru_cache
from pathlib import Path

MOST_NAMES = 200  # of one text: each is a box for the typesetter
FONTS = Path(__file__).parent / "fonts"
_FONT = FONTS / "DejaVuSans.ttf"
# Not one of these shows itself: direction marks, joiners, controls, what is not assigned.
_UNSEEN = frozenset({"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"})
_FORMAT_SEGMENTS, _FORMAT_GROUPS = 4, 12


def drawable(text: str) -> str:
    """`text` with each character that the font cannot show as `[U+1F600 GRINNING FACE]`.

    Nothing is dropped: marks that would only change how others look are printed too.
    """
    return text.translate(_drawn())


def pieces(text: str) -> list[tuple[str, bool]]:
    """`drawable(text)` in pieces: (piece, whether it is the name of a character).

    Names stand apart, so that they read from left to right also between Arabic words. A text with
    more than MOST_NAMES of them stays in one piece.
    """
    drawn = drawable(text)
    table = _drawn()
    hidden = [place for place, c in enumerate(text) if table[ord(c)] != c] if drawn != text else []
    if not hidden or len(hidden) > MOST_NAMES:
        return [(drawn, False)]
    found: list[tuple[str, bool]] = []
    start = 0
    for place in hidden:
        found += [(text[start:place], False)] if place > start else []
        found.append((table[ord(text[place])], True))
        start = place + 1
    return found + ([(text[start:], False)] if start < len(text) else [])


def plain(text: str) -> str:
    """The same for every character beyond ASCII: the way out when a text defeats the typesetter."""
    return "".join(c if c in "\n\t" or " " <= c <= "~" else _named(c) for c in text)


def is_right_to_left(text: str) -> bool:
    """Whether the first character with a direction runs from right to left."""
    for character in text:
        direction = unicodedata.bidirectional(character)
        if direction in {"L", "R", "AL"}:
            return direction != "L"
    return False


class _Drawn(dict[int, str]):
    """Fills itself: `str.translate` asks for each character once."""

    def __missing__(self, code: int) -> str:
        character = chr(code)
        category = unicodedata.category(character)
        shows = character in "\n\t" or (category not in _UNSEEN and code in _covered())
        self[code] = character if shows else _named(character)
        return self[code]


@lru_cache(maxsize=1)
def _drawn() -> _Drawn:
    return _Drawn()


def _named(character: str) -> str:
    name = unicodedata.name(character, "")
    return f"[U+{ord(character):04X}{' ' if name else ''}{name}]"


@lru_cache(maxsize=1)
def _covered() -> frozenset[int]:
    """The characters of the font, from its cmap table (OpenType, formats 4 and 12)."""
    data = _FONT.read_bytes()
    count = struct.unpack_from(">H", data, 4)[0]
    tables = (struct.unpack_from(">4sLLL", data, 12 + 16 * n) for n in range(count))
    start = next(offset for tag, _, offset, _ in tables if tag == b"cmap")
    found: set[int] = set()
    for n in range(struct.unpack_from(">H", data, start + 2)[0]):
        place = start + struct.unpack_from(">HHL", data, start + 4 + 8 * n)[2]
        kind = struct.unpack_from(">H", data, place)[0]
        if kind == _FORMAT_SEGMENTS:
            found |= _segments(data, place)
        elif kind == _FORMAT_GROUPS:
            for group in range(struct.unpack_from(">L", data, place + 12)[0]):
                first, last, _ = struct.unpack_from(">LLL", data, place + 16 + 12 * group)
                found.update(range(first, last + 1))
    return frozenset(found)


def _segments(data: bytes, place: int) -> set[int]:
    count = struct.unpack_from(">H", data, place + 6)[0] // 2
    ends = struct.unpack_from(f">{count}H", data, place + 14)
    starts = struct.unpack_from(f">{count}H", data, place + 16 + 2 * count)
    pairs = zip(starts, ends, strict=True)
    return {code for first, last in pairs for code in range(first, last + 1) if code != 0xFFFF}
