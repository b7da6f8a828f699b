"""Official exports: told apart by their content, surveyed whole, then read part by part."""

import codecs
import re
from collections import Counter, defaultdict
from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, BinaryIO
from zipfile import ZipInfo

from django.utils.translation import gettext_noop as _

from integrations.imports.encoding import EMPTY, FileError
from integrations.imports.official import meta, takeout, tiktok
from integrations.imports.official.archive import Archive
from integrations.imports.official.shape import UNKNOWN_SHAPE, Export, Item, Part, Source
from integrations.imports.rows import BadRow

HEAD = 4096
BEAT = 1000  # records
UNKNOWN_ARCHIVE = _(
    "Aura does not know this archive. It reads the exports of TikTok, Instagram, Facebook and "
    "YouTube (Google Takeout) as they were downloaded."
)
AS_PAGES = _(
    "This export was made as web pages or plain text. Ask the platform for it again and choose "
    "the format JSON."
)
OTHER_PACKING = _("Aura reads zip archives only. Choose .zip when you ask for the export.")
NOT_A_TABLE = _("This is a web page or a document, not a file Aura can read.")

_ZIP = (b"PK\x03\x04", b"PK\x05\x06")
_OTHER = (b"\x1f\x8b", b"7z\xbc\xaf", b"Rar!", b"BZh", b"\xfd7zXZ")
_DOCUMENT = (b"%PDF", b"\xd0\xcf\x11\xe0")
_PAGES = re.compile(
    r"(message_\d+|comments|my-comments|user_data[^/]*)\.(html?|txt)$", re.IGNORECASE
)


def is_official(stream: BinaryIO) -> bool:
    """Whether the file is an archive or JSON, and so not a table. Raises FileError for others."""
    stream.seek(0)
    head = stream.read(HEAD)
    stream.seek(0)
    if not head:
        raise FileError(EMPTY)
    if head.startswith(_ZIP):
        return True
    if head.startswith(_OTHER):
        raise FileError(OTHER_PACKING)
    text = _beginning(head)
    if head.startswith(_DOCUMENT) or text.startswith("<"):
        raise FileError(NOT_A_TABLE)
    return text.startswith(("{", "["))


@dataclass
class PartFound:
    """How much of one part there is."""

    rows: int = 0
    own: int = 0  # messages that the owner wrote: never taken
    bad: int = 0


@dataclass
class Survey:
    """What an export holds, before anything is taken."""

    platform: str
    owner: str = ""
    parts: dict[Part, PartFound] = field(default_factory=lambda: defaultdict(PartFound))
    reasons: Counter[str] = field(default_factory=Counter)  # why rows cannot be taken (msgids)
    passed_over: Counter[str] = field(default_factory=Counter)  # files never opened, by reason
    since: datetime | None = None
    until: datetime | None = None

    @property
    def offered(self) -> list[Part]:
        """The parts a person may choose: those that hold something to take."""
        return [part for part in Part if part in self.parts and self.parts[part].rows]


class ExportReader:
    """One uploaded export. Raises FileError at once when it is none that Aura knows."""

    def __init__(self, stream: BinaryIO, *, size: int) -> None:
        stream.seek(0)
        self._stream, self._size = stream, size
        self._read, self._total = 0, max(1, size)
        self._passed_over: Counter[str] = Counter()
        is_zip = stream.read(4) in _ZIP
        stream.seek(0)
        self.export = self._archived() if is_zip else tiktok.TikTok([Source("", self._whole)])

    @property
    def bytes_read(self) -> int:
        """How far it has been read, measured on the size of the upload, for a progress bar."""
        return min(self._size, self._size * self._read // self._total)

    def survey(self, beat: Callable[[], None]) -> Survey:
        """Read it all and count, taking nothing; `beat` is called now and then.

        Raises FileError: damaged, or no record of any part was found.
        """
        found = Survey(self.export.platform, passed_over=self._passed_over)
        found.owner = self.export.owner(self._count)
        beat()
        self._read = 0
        for number, (part, item) in enumerate(self.export.items(found.owner, self._count)):
            _tally(found, part, item)
            if number % BEAT == 0:
                beat()
        if not found.parts:
            raise FileError(UNKNOWN_SHAPE, expected=self.export.expected)
        return found

    def rows(self, parts: Collection[str], *, owner: str, skip: int = 0) -> Iterator[Item]:
        """The records of the chosen parts, None for the others; `skip` of them are passed over."""
        self._read = 0
        for number, (part, item) in enumerate(self.export.items(owner, self._count)):
            if number >= skip:
                yield item if part in parts else None

    def close(self) -> None:
        """The stream belongs to whoever opened it."""

    def _archived(self) -> Export:
        archive = Archive(self._stream)
        self._passed_over = archive.left_out
        names = [entry.filename for entry in archive.files]
        chosen, make = _recognise(archive.files, names)
        self._total = max(1, archive.check(chosen))
        return make([Source(entry.filename, _opener(archive, entry)) for entry in chosen])

    def _whole(self) -> BinaryIO:
        self._stream.seek(0)
        return self._stream

    def _count(self, read: int) -> None:
        self._read += read


def _tally(found: Survey, part: Part, item: Item) -> None:
    counted = found.parts[part]
    if item is None:
        counted.own += 1
    elif isinstance(item, BadRow):
        counted.bad += 1
        found.reasons[item.reason] += 1
    else:
        counted.rows += 1
        at = item.comment.created_at
        found.since = min(found.since or at, at)
        found.until = max(found.until or at, at)


def _recognise(
    files: Sequence[ZipInfo], names: Sequence[str]
) -> tuple[list[ZipInfo], Callable[[Sequence[Source]], Export]]:
    """The entries to read and how. Raises FileError for an archive that is no known export."""
    ours = [entry for entry in files if tiktok.NAME.search(entry.filename)]
    if ours:
        return ours, tiktok.TikTok
    ours = [entry for entry in files if takeout.is_ours(entry.filename)]
    if ours:
        return ours, takeout.Takeout
    kinds = (meta.MESSAGES, meta.COMMENTS, meta.PROFILE)
    ours = [entry for entry in files if any(kind.search(entry.filename) for kind in kinds)]
    if ours:
        platform = meta.platform_of(names)
        return ours, lambda sources: meta.Meta(sources, platform)
    raise FileError(AS_PAGES if any(map(_PAGES.search, names)) else UNKNOWN_ARCHIVE)


def _opener(archive: Archive, entry: ZipInfo) -> Callable[[], BinaryIO]:
    return lambda: archive.open(entry)


def _beginning(head: bytes) -> str:
    is_wide = head.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE))
    encoding = "utf-16" if is_wide else "utf-8-sig"
    return head[: HEAD - 2].decode(encoding, "replace").lstrip()


def as_json(found: Survey) -> dict[str, Any]:
    """A survey as it is kept with the run."""
    return {
        "platform": found.platform,
        "owner": found.owner,
        "offered": [part.value for part in found.offered],
        "parts": {
            part.value: {"rows": told.rows, "own": told.own, "bad": told.bad}
            for part, told in found.parts.items()
        },
        "reasons": dict(found.reasons),
        "passed_over": dict(found.passed_over),
        "since": found.since.isoformat() if found.since else None,
        "until": found.until.isoformat() if found.until else None,
    }
