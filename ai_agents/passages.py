"""A document's text in pieces that can be found and quoted: paragraphs together, headings kept."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

USUAL = 700  # characters of a passage; paragraphs are put together up to it
MOST = 1_000  # beyond it a paragraph is cut at a sentence, or at a word

_PARAGRAPH = re.compile(r"\n[ \t]*\n")
_HEADING = re.compile(r"#{1,6}[ \t]+(\S[^\n]{0,200})")
_SENTENCE = re.compile(r"(?<=[.!?…])\s+")
_SPACE = re.compile(r"[ \t\u00a0]+")


@dataclass(frozen=True, slots=True)
class Piece:
    """One passage and the page it stands on, if the document has pages."""

    text: str
    page: int | None = None


def pieces_of(pages: Sequence[str], *, has_pages: bool) -> list[Piece]:
    """The passages of a document in order; none crosses a page."""
    return [
        Piece(text, number if has_pages else None)
        for number, page in enumerate(pages, start=1)
        for text in _packed(page)
    ]


def _packed(text: str) -> Iterator[str]:
    heading, held = "", ""
    for paragraph in _PARAGRAPH.split(text):
        block = _SPACE.sub(" ", paragraph).strip()
        title = _HEADING.match(block)
        if title is not None:
            # A new heading ends what stood before it, and is part of each passage below it.
            if held:
                yield held
            heading, held = title[1].strip("# "), ""
            block = block[title.end() :].strip()
        for part in _cut(block):
            if held and len(held) + len(part) > USUAL:
                yield held
                held = ""
            begun = f"{held}\n" if held else f"{heading}: " if heading else ""
            held = f"{begun}{part}"
    if held:
        yield held


def _cut(block: str) -> Iterator[str]:
    held = ""
    for sentence in _SENTENCE.split(block):
        rest = sentence
        if held and len(held) + len(rest) > USUAL:
            yield held
            held = ""
        while len(rest) > MOST:
            at = rest.rfind(" ", MOST // 2, MOST)
            at = MOST if at < 0 else at
            yield rest[:at].strip()
            rest = rest[at:].strip()
        held = f"{held} {rest}".strip()
    if held:
        yield held
