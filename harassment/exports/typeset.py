"""Typesets the folder named on the command line; a process of its own, so that it can be stopped.

The folder is the typesetter's whole world: it reads `NAME.typ` and what lies beside it, no other
file, no package and no address. Writes `NAME.pdf`.
"""

import sys
import time

import typst


def typeset(folder: str, fonts: str, name: str) -> None:
    """Make `NAME.pdf`. Raises typst.TypstError."""
    typst.compile(
        f"{folder}/{name}.typ",
        output=f"{folder}/{name}.pdf",
        root=folder,
        font_paths=[fonts],
        ignore_system_fonts=True,
        pdf_standards=["a-3a", "ua-1"],
        timestamp=int(time.time()),
        package_path=folder,
        package_cache_path=folder,
    )


if __name__ == "__main__":
    typeset(*sys.argv[1:])
