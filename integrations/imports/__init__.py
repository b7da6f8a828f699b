"""Files that people bring: pure reading, no database. The columns are documented in `columns`."""

from integrations.imports.encoding import FileError, Inspected, inspect
from integrations.imports.rows import PLATFORMS, BadRow, GoodRow, Reader

__all__ = ["PLATFORMS", "BadRow", "FileError", "GoodRow", "Inspected", "Reader", "inspect"]
