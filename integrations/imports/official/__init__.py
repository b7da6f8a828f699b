"""The exports that platforms give their own users: pure reading, no database."""

from integrations.imports.official.absences import HOLDS
from integrations.imports.official.preview import Preview, preview_of
from integrations.imports.official.reader import ExportReader, Survey, as_json, is_official
from integrations.imports.official.shape import Part

__all__ = [
    "HOLDS",
    "ExportReader",
    "Part",
    "Preview",
    "Survey",
    "as_json",
    "is_official",
    "preview_of",
]
