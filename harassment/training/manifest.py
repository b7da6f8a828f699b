"""The manifest: which files the model learns from, under which licence, checked by hash."""

import hashlib
import tomllib
from dataclasses import dataclass
from pathlib import Path
from typing import Any

MANIFEST = Path(__file__).with_name("manifest.toml")


class ManifestError(Exception):
    """The manifest or a file it names cannot be trusted; the message is for the person training."""


@dataclass(frozen=True)
class DataFile:
    """One file of somebody else's data: where it came from and what it must hash to."""

    name: str
    path: str
    repo: str
    commit: str
    licence: str
    citation: str
    sha256: str

    def locate(self, data: Path) -> Path:
        """Return the file under `data`; raises ManifestError when it is missing or altered."""
        found = data / self.path
        if not found.is_file():
            raise ManifestError(f"{self.name}: {found} is missing.")
        digest = hashlib.sha256(found.read_bytes()).hexdigest()
        if digest != self.sha256:
            raise ManifestError(f"{self.name}: {found} has hash {digest}, not {self.sha256}.")
        return found


@dataclass(frozen=True)
class Source(DataFile):
    """A labelled file: how its labels are read, how much of it is used, how it is split.

    `split` is "train", "dev", "hash" (one row in ten to development, by leak key) or "column" (the
    file says so itself). `cap` 0 means all rows.
    """

    language: str
    label_map: str
    split: str
    cap: int
    weight: float
    min_rows: int


@dataclass(frozen=True)
class Base:
    """The pre-trained encoder everything starts from."""

    package: str
    version: str
    licence: str
    sha256: str


@dataclass(frozen=True)
class Manifest:
    """Everything a training run reads, and the hash that names this very list."""

    base: Base
    pairs: DataFile
    lexicons: dict[str, DataFile]
    sources: list[Source]
    sha256: str

    def files(self) -> list[DataFile]:
        """Every third-party file, for the credits."""
        return [*self.sources, self.pairs, *self.lexicons.values()]


def read_manifest(path: Path = MANIFEST) -> Manifest:
    """Read the TOML manifest; raises ManifestError naming the first thing that is wrong with it."""
    raw = path.read_bytes()
    try:
        content: dict[str, Any] = tomllib.loads(raw.decode())
        return Manifest(
            base=Base(**content["base"]),
            pairs=DataFile(**content["pairs"]),
            lexicons={
                name: DataFile(name=name, **entry) for name, entry in content["lexicons"].items()
            },
            sources=[Source(**entry) for entry in content["source"]],
            sha256=hashlib.sha256(raw).hexdigest(),
        )
    except (tomllib.TOMLDecodeError, UnicodeDecodeError, KeyError, TypeError) as error:
        raise ManifestError(f"{path} is not a manifest: {error}.") from error
