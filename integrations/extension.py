"""The browser extension as people take it home: the files of static/extension in one zip."""

import io
import zipfile

from django.conf import settings

FOLDER = "aura-capture"
EPOCH = (1980, 1, 1, 0, 0, 0)  # the same files make the same bytes


def packed() -> bytes:
    """A zip with one folder, ready to be unpacked and loaded."""
    root = settings.BASE_DIR / "static" / "extension"
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as archive:
        for path in sorted(root.rglob("*")):
            if path.is_file():
                name = f"{FOLDER}/{path.relative_to(root).as_posix()}"
                archive.writestr(zipfile.ZipInfo(name, EPOCH), path.read_bytes())
    return made.getvalue()
