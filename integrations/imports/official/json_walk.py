"""Reading JSON of any size piece by piece: the wanted values whole, all others passed over."""

import codecs
from collections.abc import Callable, Iterator
from typing import Any, BinaryIO

import ijson
from django.utils.translation import gettext_noop as _

from integrations.imports.encoding import DAMAGED, FileError

CHUNK = 64 * 1024
MAX_DEPTH = 64  # containers in containers; exports use less than ten
MAX_VALUES = 100_000  # in one record
MAX_SILENCE = 8 * 1024 * 1024  # bytes without a quotation mark: one text or number, all in memory

CUT_OFF = _("The file ends in the middle. The download was probably cut off: download it again.")
NOT_JSON = _("The file is not valid JSON.")
TOO_DEEP = _("The file is nested deeper, or holds longer texts, than an export does.")

Path = tuple[str, ...]
Wanted = Callable[[Path, bool], bool]
Event = tuple[str, Any]


class Utf8Text:
    """A binary stream as UTF-8 without a mark, whichever Unicode it was written in."""

    def __init__(self, stream: BinaryIO, tell: Callable[[int], None] | None = None) -> None:
        self._stream = stream
        self._tell = tell
        self._decoder: codecs.IncrementalDecoder | None = None
        self._is_begun = False
        self._silent = 0

    def read(self, size: int = -1) -> bytes:
        """Up to `size` bytes or a little more. Raises FileError."""
        if size == 0:
            return b""
        while chunk := self._stream.read(CHUNK):
            if self._tell:
                self._tell(len(chunk))
            text = self._text(chunk)
            self._listen(text)
            if text:
                return text
        return self._rest()

    def _text(self, chunk: bytes) -> bytes:
        if not self._is_begun:
            self._is_begun = True
            if chunk.startswith((codecs.BOM_UTF32_LE, codecs.BOM_UTF32_BE)):
                self._decoder = codecs.getincrementaldecoder("utf-32")()
            elif chunk.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
                self._decoder = codecs.getincrementaldecoder("utf-16")()
            chunk = chunk.removeprefix(codecs.BOM_UTF8)
        return self._decoded(chunk) if self._decoder else chunk

    def _decoded(self, chunk: bytes, *, final: bool = False) -> bytes:
        assert self._decoder is not None  # noqa: S101
        try:
            return self._decoder.decode(chunk, final).encode("utf-8")
        except UnicodeError:
            raise FileError(DAMAGED) from None

    def _rest(self) -> bytes:
        return self._decoded(b"", final=True) if self._decoder else b""

    def _listen(self, text: bytes) -> None:
        quote = text.rfind(b'"')
        self._silent = len(text) - quote - 1 if quote >= 0 else self._silent + len(text)
        if self._silent > MAX_SILENCE:
            raise FileError(TOO_DEEP)


def walk(
    stream: BinaryIO, wanted: Wanted, tell: Callable[[int], None] | None = None
) -> Iterator[tuple[Path, Any]]:
    """Every value that is `wanted`, with the path of keys that leads to it.

    `wanted(path, is_element)` is asked about a value under a key, and once about the elements of
    an array, which share its path. Doubled keys are met twice. `tell` hears of the bytes read.
    Raises FileError: not JSON, cut off, or built to fill memory.
    """
    events = _events(Utf8Text(stream, tell))
    # Of every open container: the path to it, and whether its elements are wanted (None: a map).
    open_: list[tuple[Path, bool | None]] = []
    path: Path = ()
    is_wanted = wanted((), False)  # noqa: FBT003
    for event, value in events:
        if event == "map_key":
            path = (*open_[-1][0], value)
            is_wanted = wanted(path, False)  # noqa: FBT003
            continue
        if event in {"end_map", "end_array"}:
            path = open_.pop()[0]
            is_wanted = bool(open_ and open_[-1][1])
            continue
        if is_wanted:
            yield path, _build(event, value, events)
        elif event.startswith("start_"):
            if len(open_) >= MAX_DEPTH:
                raise FileError(TOO_DEEP)
            elements = wanted(path, True) if event == "start_array" else None  # noqa: FBT003
            open_.append((path, elements))
            is_wanted = bool(elements)


def _events(stream: Utf8Text) -> Iterator[Event]:
    try:
        yield from ijson.basic_parse(stream, buf_size=CHUNK)
    except ijson.JSONError as error:
        said = str(error)
        if "UTF8" in said:
            raise FileError(DAMAGED) from None
        is_cut = "EOF" in said or "incomplete" in said.lower()
        raise FileError(CUT_OFF if is_cut else NOT_JSON) from None
    except UnicodeDecodeError:
        raise FileError(DAMAGED) from None


def _build(event: str, value: Any, events: Iterator[Event]) -> Any:
    """The value that begins with this event; of doubled keys the last counts, as in browsers."""
    if not event.startswith("start_"):
        return value
    root: Any = {} if event == "start_map" else []
    open_, keys, count = [root], [""], 0
    for kind, inner in events:
        if kind == "map_key":
            keys[-1] = inner
            continue
        if kind in {"end_map", "end_array"}:
            open_.pop()
            keys.pop()
            if not open_:
                break
            continue
        child: Any = {} if kind == "start_map" else [] if kind == "start_array" else inner
        if isinstance(open_[-1], list):
            open_[-1].append(child)
        else:
            open_[-1][keys[-1]] = child
        if kind.startswith("start_"):
            open_.append(child)
            keys.append("")
        count += 1
        if count > MAX_VALUES or len(open_) > MAX_DEPTH:
            raise FileError(TOO_DEEP)
    return root
