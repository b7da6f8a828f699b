"""Which encoding a file is in, decided over the whole of it before the first row is taken."""

import codecs
import hashlib
import re
from dataclasses import dataclass
from typing import BinaryIO

from django.utils.translation import gettext_noop as _

CHUNK = 1024 * 1024
SAMPLE = 4096

EMPTY = _("The file is empty.")
NOT_UTF8 = _(
    "The encoding of this file is not clear, so its letters would come out wrong. "
    "Export it again as “CSV UTF-8” (in a spreadsheet: Save as, CSV UTF-8)."
)
NO_MARK = _(
    "This file looks like UTF-16 without its byte order mark. Export it again as “CSV UTF-8”."
)
DAMAGED = _("The file calls itself Unicode, and a part of it is damaged. Export it again.")

_HIGH = bytes(range(0x80, 0x100))
_MULTIBYTE = re.compile(
    rb"[\xc2-\xdf][\x80-\xbf]|[\xe0-\xef][\x80-\xbf]{2}|[\xf0-\xf4][\x80-\xbf]{3}"
)
_UNDEFINED = re.compile(rb"[\x81\x8d\x8f\x90\x9d]")  # cp1252 has no characters there
_FOREIGN = re.compile(rb"[\xc0-\xff]{5}")  # a whole word of accents is Cyrillic or Greek
# Where Mac Roman has é, ê, à, ô: rare letters and signs of cp1252.
_MAC = re.compile(rb"[\x83\x88\x8a\x8e\x99\x9a\x9e\x9f]")


class FileError(Exception):
    """The file cannot be read at all; `sentence` is an English msgid for people.

    `line` is where, `expected` names the fields that Aura looked for and did not find.
    """

    def __init__(self, sentence: str, *, line: int | None = None, expected: str = "") -> None:
        super().__init__(sentence)
        self.sentence = sentence
        self.line = line
        self.expected = expected


@dataclass(frozen=True, slots=True)
class Inspected:
    """What one pass over a file told."""

    encoding: str
    sha256: str
    size: int


def inspect(stream: BinaryIO) -> Inspected:
    """Read a seekable file once, in constant memory, and say how its bytes become text.

    utf-8, utf-8-sig and utf-16 by their marks or by being valid; cp1252 only when nothing speaks
    against it. Raises FileError, with the first doubtful line where there is one.
    """
    stream.seek(0)
    head = stream.read(SAMPLE)
    if not head:
        raise FileError(EMPTY)
    marked = _by_mark(head)
    stream.seek(0)
    survey = _Survey(codecs.getincrementaldecoder(marked or "utf-8")())
    while chunk := stream.read(CHUNK):
        survey.take(chunk)
    survey.end()
    if survey.bad_line is None:
        encoding = marked or "utf-8"
    elif marked:
        raise FileError(DAMAGED, line=survey.bad_line)
    elif survey.is_clean_cp1252:
        encoding = "cp1252"
    else:
        raise FileError(NOT_UTF8, line=survey.bad_line)
    return Inspected(encoding, survey.digest.hexdigest(), survey.size)


def _by_mark(head: bytes) -> str:
    if head.startswith((codecs.BOM_UTF32_LE, codecs.BOM_UTF32_BE)):
        raise FileError(NOT_UTF8)
    if head.startswith(codecs.BOM_UTF8):
        return "utf-8-sig"
    if head.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return "utf-16"
    if head.count(0) > len(head) // 10:
        raise FileError(NO_MARK)
    return ""


class _Survey:
    """Counts over all chunks: is it valid, where is the first doubt, does cp1252 fit."""

    def __init__(self, decoder: codecs.IncrementalDecoder) -> None:
        self.digest = hashlib.sha256()
        self.size = 0
        self.bad_line: int | None = None
        self._decoder = decoder
        self._lines = 1
        self._high = self._multibyte = self._mac = 0
        self._is_foreign = False

    def take(self, chunk: bytes) -> None:
        """Count one chunk in."""
        self.digest.update(chunk)
        self.size += len(chunk)
        if not chunk.isascii():
            self._count(chunk)
        if self.bad_line is None:
            self._decode(chunk, final=False)

    def end(self) -> None:
        """A file may break off inside a character."""
        if self.bad_line is None:
            self._decode(b"", final=True)

    @property
    def is_clean_cp1252(self) -> bool:
        """Whether reading the file as cp1252 gives plausible western text."""
        if self._is_foreign or not self._high:
            return False
        looks_utf8 = self._multibyte * 2 > self._high  # UTF-8 with a few broken places
        looks_mac = self._mac * 2 > self._high
        return not looks_utf8 and not looks_mac

    def _decode(self, chunk: bytes, *, final: bool) -> None:
        try:
            text = self._decoder.decode(chunk, final)
        except UnicodeDecodeError as error:
            self.bad_line = self._lines + error.object[: error.start].count(b"\n")
        else:
            self._lines += text.count("\n")

    def _count(self, chunk: bytes) -> None:
        self._high += len(chunk) - len(chunk.translate(None, _HIGH))
        self._multibyte += sum(len(found) for found in _MULTIBYTE.findall(chunk))
        self._mac += len(_MAC.findall(chunk))
        self._is_foreign = bool(
            self._is_foreign or _UNDEFINED.search(chunk) or _FOREIGN.search(chunk)
        )
