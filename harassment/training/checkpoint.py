"""A checkpoint from elsewhere: found, and looked through before anything of it is loaded."""

import json
import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from harassment.classifier.artefact import checksum
from harassment.classifier.base import ModelUnavailable
from harassment.classifier.heads import map_labels
from harassment.classifier.transformer import check_folder

WANTED = ("*.json", "*.txt", "*.model", "*.safetensors", "README.md", "LICENSE*", "LICENCE*")
"""What is taken from a hub, and into an imported folder: no pickles, no code."""
# Free for any use. Licences that restrict it (non-commercial, RAIL, "other") are read by a person.
FREE = {
    "0bsd", "afl-3.0", "agpl-3.0", "apache-2.0", "artistic-2.0", "bsd", "bsd-2-clause",
    "bsd-3-clause", "bsd-3-clause-clear", "bsl-1.0", "cc-by-2.0", "cc-by-2.5", "cc-by-3.0",
    "cc-by-4.0", "cc-by-sa-3.0", "cc-by-sa-4.0", "cc0-1.0", "cdla-permissive-1.0",
    "cdla-permissive-2.0", "ecl-2.0", "epl-1.0", "epl-2.0", "etalab-2.0", "eupl-1.1", "eupl-1.2",
    "gpl", "gpl-2.0", "gpl-3.0", "isc", "lgpl", "lgpl-2.1", "lgpl-3.0", "mit", "mpl-2.0", "ncsa",
    "odc-by", "osl-3.0", "pddl", "postgresql", "unlicense", "wtfpl", "zlib",
}  # fmt: skip
HEADER_BYTES = 100_000_000

_HUB_ID = re.compile(r"[\w.-]+(?:/[\w.-]+)?")
_FRONT_MATTER = re.compile(r"\A\ufeff?---\r?\n(.*?)\r?\n---\s*$", re.DOTALL | re.MULTILINE)


class LicenceError(Exception):
    """Somebody has to read the licence first; the message is one sentence for people."""


@dataclass(frozen=True)
class Origin:
    """Where a checkpoint comes from and what it says of itself."""

    name: str
    revision: str
    folder: Path
    licence: str
    labels: tuple[str, ...]
    weights: dict[str, str]
    """SHA-256 of each file of weights."""

    @property
    def heads(self) -> set[str]:
        """Those of ours that it has; one that never says "toxicity" is as toxic as its worst."""
        return {"toxicity", *map_labels(dict(enumerate(self.labels))).values()}


def find_checkpoint(model: str) -> tuple[Path, str]:
    """The folder of a checkpoint, and its revision on a hub ("" for a folder).

    A hub's is taken from the local cache when it is there, else fetched. Raises ModelUnavailable.
    """
    path = Path(model).expanduser()
    if path.is_dir():
        return path.resolve(), ""
    if path.exists() or not _HUB_ID.fullmatch(model) or model.startswith("."):
        raise ModelUnavailable(f'"{model}" is no folder and no id of a hub.')
    try:
        from huggingface_hub import snapshot_download  # noqa: PLC0415 - slow, and rarely needed
    except ImportError as error:
        raise ModelUnavailable("A hub id needs huggingface-hub, which is not installed.") from error
    failure: Exception | None = None
    for local in (True, False):
        try:
            folder = Path(
                snapshot_download(model, local_files_only=local, allow_patterns=list(WANTED))
            )
        except Exception as error:  # its own kinds, and those of the HTTP library below it
            failure = error
        else:
            return folder, folder.name
    raise ModelUnavailable(
        f'"{model}" is not in the local cache and cannot be fetched ({type(failure).__name__}). '
        "Download it where there is a network, and name its folder."
    ) from failure


def inspect_checkpoint(model: str, *, accept_licence: bool) -> Origin:
    """Find a checkpoint and refuse what must not be loaded; nothing of it is run.

    Raises LicenceError when its licence is missing or restricts its use and nobody accepted it,
    ModelUnavailable for anything else: no folder, no safetensors, code of its own, no known label.
    """
    folder, revision = find_checkpoint(model)
    check_folder(folder)
    config = _read(folder / "config.json")
    for name in ("tokenizer_config.json", "generation_config.json"):
        if (folder / name).is_file() and "auto_map" in _read(folder / name):
            raise ModelUnavailable(f"{folder} wants to run code of its own, which is refused.")
    kinds = config.get("architectures") or ()
    if kinds and not any(str(kind).endswith("ForSequenceClassification") for kind in kinds):
        raise ModelUnavailable(f"{folder} is no classifier of texts: {', '.join(map(str, kinds))}.")
    weights = sorted(folder.glob("*.safetensors"))
    for path in weights:
        _check_weights(path)
    labels = _labels(config)
    map_labels(dict(enumerate(labels)))
    licence = _licence(folder, config)
    if licence not in FREE and not accept_licence:
        said = f'says "{licence}"' if licence else "names no licence"
        raise LicenceError(
            f"{folder} {said}. Read its terms; --accept-licence says that you may use it."
        )
    return Origin(
        name=model if revision else folder.name,
        revision=revision,
        folder=folder,
        licence=licence or "not named",
        labels=labels,
        weights={path.name: checksum(path) for path in weights},
    )


def _read(path: Path) -> dict[str, Any]:
    try:
        content = json.loads(path.read_text("utf-8"))
    except (OSError, ValueError) as error:
        raise ModelUnavailable(f"{path} cannot be read: {error}.") from error
    if not isinstance(content, dict):
        raise ModelUnavailable(f"{path} holds no table.")
    return content


def _labels(config: dict[str, Any]) -> tuple[str, ...]:
    """The names of the outputs, in order, as transformers reads them."""
    named = config.get("id2label")
    if not isinstance(named, dict) or not named:
        raise ModelUnavailable("The checkpoint does not name its labels (id2label in config.json).")
    try:
        return tuple(str(named[key]) for key in sorted(named, key=int))
    except ValueError as error:
        raise ModelUnavailable(f"The checkpoint's labels have no numbers: {error}.") from error


def _check_weights(path: Path) -> None:
    """A safetensors file begins with the length of its table; a renamed pickle does not."""
    with path.open("rb") as file:
        length = int.from_bytes(file.read(8), "little")
        if 2 <= length <= min(HEADER_BYTES, path.stat().st_size):
            try:
                if isinstance(json.loads(file.read(length)), dict):
                    return
            except ValueError:
                pass
    raise ModelUnavailable(f"{path.name} is no safetensors file.")


def _licence(folder: Path, config: dict[str, Any]) -> str:
    """What the README's front matter says, else config.json; "" when neither does."""
    readme = folder / "README.md"
    found: object = None
    if readme.is_file():
        matter = _FRONT_MATTER.search(readme.read_text("utf-8", "replace"))
        try:
            told = yaml.safe_load(matter[1]) if matter else None
        except yaml.YAMLError:
            told = None
        found = told.get("license") or told.get("licence") if isinstance(told, dict) else None
    found = found or config.get("license") or config.get("licence") or ""
    names = [found] if isinstance(found, str) else found if isinstance(found, Sequence) else []
    # Of several, each must be accepted: the least free one decides.
    named = sorted((str(name).strip().lower() for name in names), key=FREE.__contains__)
    return named[0] if named else ""
