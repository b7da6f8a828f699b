"""The small files of a model folder, and the checksums over all of it."""

import json
from pathlib import Path
from typing import Any

from harassment.classifier import artefact


def write_tables(folder: Path, **contents: dict[str, Any]) -> None:
    """Write each as a JSON file under its name: config, thresholds, language, figures."""
    for stem, content in contents.items():
        name = f"{stem}.json"
        text = json.dumps(content, indent=1, ensure_ascii=False, sort_keys=name == "language.json")
        (folder / name).write_text(text + "\n", "utf-8")


def seal(folder: Path) -> None:
    """Write SHA256SUMS over every file of the folder; the last thing that happens to it."""
    names = sorted(path.name for path in folder.iterdir() if path.name != artefact.CHECKSUMS)
    lines = [f"{artefact.checksum(folder / name)}  {name}\n" for name in names]
    (folder / artefact.CHECKSUMS).write_text("".join(lines), "utf-8")
