"""The log file of one server, and what it wrote since its last start."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO

_LIMIT = 10 * 1024 * 1024  # bytes; then the file becomes `.1`, the `.1` of before goes


class ServerLog:
    """Appends a server's output to `path` and remembers where the present start began."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._start = 0

    @contextmanager
    def opened(self) -> Iterator[IO[bytes]]:
        """Yield the file for a child to write to, turned over when it has grown large."""
        if self.path.exists() and self.path.stat().st_size > _LIMIT:
            self.path.replace(self.path.with_suffix(".log.1"))
        with self.path.open("ab") as file:
            self.path.chmod(0o600)
            self._start = file.tell()
            yield file

    def written(self) -> str:
        """Return what was written since the present start."""
        with self.path.open("rb") as file:
            file.seek(self._start)
            return file.read().decode("utf-8", "replace")
