"""Writes the export's ZIP in the one form that its verifier accepts: stored, undated, in order."""

import hashlib
import zlib
from pathlib import Path
from typing import BinaryIO

from harassment.exports.verify import directory, local_header

CHUNK = 1 << 20
MAX_BYTES = 2**31 - 1  # sizes and places are 32 bits wide in this form


class TooLargeError(RuntimeError):
    """The files together are larger than a ZIP of this form can hold."""


def sha256_of(path: Path) -> tuple[str, int]:
    """Hash in hex and size of a file, read piece by piece."""
    digest, size = hashlib.sha256(), 0
    with path.open("rb") as file:
        while chunk := file.read(CHUNK):
            digest.update(chunk)
            size += len(chunk)
    return digest.hexdigest(), size


def pack(folder: Path, names: list[str], target: BinaryIO) -> None:
    """Write these files of the folder, in this order. Raises TooLargeError."""
    entries: list[tuple[str, int, int, int]] = []
    offset = 0
    for name in names:
        checksum = size = 0
        with (folder / name).open("rb") as file:
            while chunk := file.read(CHUNK):
                checksum, size = zlib.crc32(chunk, checksum), size + len(chunk)
            header = local_header(name, checksum, size)
            entries.append((name, checksum, size, offset))
            offset += len(header) + size
            if offset > MAX_BYTES:
                raise TooLargeError
            target.write(header)
            file.seek(0)
            while chunk := file.read(CHUNK):
                target.write(chunk)
    target.write(directory(entries))
