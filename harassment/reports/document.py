"""The report as a document: what the typesetter gets, every text as data."""

from collections.abc import Callable
from typing import Any

from harassment.exports.glyphs import drawable, is_right_to_left, pieces
from harassment.reports.composing import Composed, Line

Draw = Callable[[str], str]


def document(
    composed: Composed, *, language: str, watermark: str, draw: Draw = drawable
) -> dict[str, Any]:
    """data.json for report.typ. `watermark` names the recipient and stands on every page."""
    return {
        "title": draw(composed.title),
        "author": "Aura",
        "language": language,
        "watermark": draw(watermark),
        "sections": [
            {"title": draw(section.title), "rows": [_row(line, draw) for line in section.lines]}
            for section in composed.sections
        ],
    }


def _row(line: Line, draw: Draw) -> dict[str, Any]:
    return {
        "label": draw(line.label),
        "pieces": pieces(line.text),
        "rtl": is_right_to_left(line.text),
        "is_words": line.is_words,
    }
