"""A zip that somebody else packed: never unpacked to disk, its limits asked before inflating."""

import lzma
import stat
import struct
import zipfile
import zlib
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import BinaryIO, cast

from django.utils.translation import gettext_noop as _

from integrations.imports.encoding import FileError

MAX_ENTRIES = 200_000  # an export of many years with its pictures stays below
MAX_DIRECTORY = 64 * 1024 * 1024  # bytes of the list of entries, which Python reads whole
MAX_TOTAL = 2 * 1024**3  # bytes that may come out of all entries Aura reads
MAX_RATIO = 200  # times; JSON of chats shrinks to a tenth, a bomb to a thousandth
RATIO_FROM = 1024 * 1024  # bytes; below it a high ratio harms nobody
METHODS = {zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED, zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA}
PACKED = (".zip", ".tgz", ".tar", ".gz", ".7z", ".rar", ".bz2", ".xz")

BROKEN = _("The archive is damaged or cut off. Download the export again.")
BOMB = _("The archive would unpack to far more than an export holds. Nothing was read.")
TOO_MANY = _("The archive holds more files than an export does. Nothing was read.")
ENCRYPTED = _("The archive is protected by a password. Unpack it and pack it again without one.")
METHOD = _("The archive is packed in a way Aura cannot read. Pack it again as an ordinary zip.")
NESTED = _("Archives inside the archive: Aura does not open them.")
UNSAFE = _("Files with a path that leads out of the archive.")
LINKS = _("Links instead of files.")

_BROKEN = (
    zipfile.BadZipFile, zlib.error, lzma.LZMAError, struct.error, EOFError, UnicodeDecodeError,
    OverflowError, ValueError, OSError,
)  # fmt: skip


class Archive:
    """The files of a zip that may be read; `left_out` counts the others by reason (msgids).

    Raises FileError: the archive is damaged, or is not what an export can be.
    """

    def __init__(self, stream: BinaryIO) -> None:
        stream.seek(0, 2)
        size = stream.tell()
        with _told():
            self._zip = zipfile.ZipFile(cast("BinaryIO", _Cautious(stream)))
        entries = self._zip.infolist()
        if len(entries) > MAX_ENTRIES:
            raise FileError(TOO_MANY)
        # Entries that share their bytes inflate the same data again and again.
        if sum(entry.compress_size for entry in entries) > size:
            raise FileError(BOMB)
        self.left_out: Counter[str] = Counter()
        self.files = sorted(self._safe(entries), key=lambda entry: entry.filename)

    def check(self, chosen: Sequence[zipfile.ZipInfo]) -> int:
        """How many bytes will come out of these. Raises FileError when that is not wholesome."""
        for entry in chosen:
            if entry.flag_bits & 0x1:
                raise FileError(ENCRYPTED)
            if entry.compress_type not in METHODS:
                raise FileError(METHOD)
            if entry.file_size > max(RATIO_FROM, entry.compress_size * MAX_RATIO):
                raise FileError(BOMB)
        total = sum(entry.file_size for entry in chosen)
        if total > MAX_TOTAL:
            raise FileError(BOMB)
        return total

    def open(self, entry: zipfile.ZipInfo) -> BinaryIO:
        """The bytes of one entry, never more than it declares. Raises FileError, also later."""
        with _told():
            return cast("BinaryIO", _Told(cast("BinaryIO", self._zip.open(entry))))

    def _safe(self, entries: Sequence[zipfile.ZipInfo]) -> Iterator[zipfile.ZipInfo]:
        for entry in entries:
            parts = entry.filename.replace("\\", "/").split("/")
            if entry.is_dir():
                continue
            if ".." in parts or parts[0] == "" or parts[0].endswith(":"):
                self.left_out[UNSAFE] += 1
            elif stat.S_ISLNK(entry.external_attr >> 16):
                self.left_out[LINKS] += 1
            elif entry.filename.lower().endswith(PACKED):
                self.left_out[NESTED] += 1
            else:
                yield entry


class _Cautious:
    """A file that refuses to be read in one piece: the list of entries must not fill memory."""

    def __init__(self, stream: BinaryIO) -> None:
        self._stream = stream
        self.seek, self.tell, self.seekable = stream.seek, stream.tell, stream.seekable

    def read(self, size: int = -1) -> bytes:
        if size > MAX_DIRECTORY:
            raise FileError(TOO_MANY)
        return self._stream.read(size if size >= 0 else MAX_DIRECTORY)

    def close(self) -> None:
        """The file belongs to whoever opened it."""


class _Told:
    """An entry whose damage is told as a FileError."""

    def __init__(self, stream: BinaryIO) -> None:
        self._stream = stream

    def read(self, size: int = -1) -> bytes:
        with _told():
            return self._stream.read(size)

    def close(self) -> None:
        self._stream.close()


@contextmanager
def _told() -> Iterator[None]:
    try:
        yield
    except NotImplementedError:
        raise FileError(METHOD) from None
    except RuntimeError:  # zipfile's word for "a password is needed"
        raise FileError(ENCRYPTED) from None
    except _BROKEN:
        raise FileError(BROKEN) from None
