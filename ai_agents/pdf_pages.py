"""Reads a PDF in a process of its own: `python -I pdf_pages.py MEMORY SECONDS PAGES CHARACTERS`.

The bytes come in, {"pages": [text, ...]} or {"problem": name} goes out. What comes in is hostile:
the kernel ends this process when it wants more memory or time than it was given.
"""

import json
import logging
import resource
import sys
from io import BytesIO

HEAVY = "heavy"


def main(memory: int, seconds: int, most_pages: int, most_characters: int) -> dict[str, object]:
    """The text of each page, or what is wrong with the file."""
    resource.setrlimit(resource.RLIMIT_AS, (memory, memory))
    resource.setrlimit(resource.RLIMIT_CPU, (seconds, seconds))
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))
    try:
        return _read(sys.stdin.buffer.read(), most_pages, most_characters)
    except (MemoryError, RecursionError):
        return {"problem": HEAVY}


def _read(content: bytes, most_pages: int, most_characters: int) -> dict[str, object]:
    from pypdf import PdfReader  # noqa: PLC0415  (after the limits: importing counts, too)
    from pypdf.errors import LimitReachedError  # noqa: PLC0415

    logging.disable(logging.CRITICAL)
    try:
        reader = PdfReader(BytesIO(content), strict=False)
        if reader.is_encrypted and not reader.decrypt(""):
            return {"problem": "locked"}
        if len(reader.pages) > most_pages:
            return {"problem": "pages"}
        pages, characters = [], 0
        for page in reader.pages:
            text = page.extract_text()
            characters += len(text)
            if characters > most_characters:
                return {"problem": "long"}
            pages.append(text)
    except (MemoryError, RecursionError, LimitReachedError):
        return {"problem": HEAVY}
    except Exception:  # whatever a broken file provokes in the library
        return {"problem": "damaged"}
    return {"pages": pages}


if __name__ == "__main__":
    found = main(*map(int, sys.argv[1:5]))
    sys.stdout.buffer.write(json.dumps(found).encode())
