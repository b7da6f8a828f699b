"""Runs the typesetter as a process of its own, in a room that holds only what it may read."""

import json
import shutil
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from django.conf import settings

from harassment.chain import canonical
from harassment.exports.glyphs import FONTS, plain

HERE = Path(__file__).parent
STEP_SECONDS = 0.4  # between two looks at whether it is done, and two signs of progress


class Cancelled(Exception):
    """A person stopped it."""


class TypesetError(RuntimeError):
    """The PDF could not be made; the message holds nothing of its contents."""


def typeset(room: Path, name: str, goes_on: Callable[[], bool]) -> Path:
    """`name`.pdf in the room, from `name`.typ of this package and the room's data.json.

    A text that defeats the typesetter is set again in plain ASCII. Raises Cancelled, TypesetError.
    """
    for file in (f"{name}.typ", "words.typ"):
        shutil.copyfile(HERE / file, room / file)
    if not _run(room, name, goes_on):
        data = json.loads((room / "data.json").read_bytes())
        (room / "data.json").write_bytes(canonical(_in_ascii(data)))
        if not _run(room, name, goes_on):
            raise TypesetError("The typesetter refused the document twice.")
    return room / f"{name}.pdf"


def _in_ascii(value: Any) -> Any:
    if isinstance(value, str):
        return plain(value)
    if isinstance(value, list):
        return [_in_ascii(one) for one in value]
    if isinstance(value, dict):
        return {name: _in_ascii(one) for name, one in value.items()}
    return value


def _run(room: Path, name: str, goes_on: Callable[[], bool]) -> bool:
    command = [sys.executable, "-I", str(HERE / "typeset.py"), str(room), str(FONTS), name]
    process = subprocess.Popen(command, stderr=subprocess.DEVNULL, stdin=subprocess.DEVNULL)  # noqa: S603
    until = time.monotonic() + settings.EXPORT_PDF_SECONDS
    try:
        while True:
            try:
                return process.wait(STEP_SECONDS) == 0
            except subprocess.TimeoutExpired:
                if not goes_on():
                    raise Cancelled from None
                if time.monotonic() > until:
                    raise TypesetError("The typesetter took too long.") from None
    finally:
        process.kill()
        process.wait()
