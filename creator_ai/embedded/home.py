"""The state folder (AURA_HOME): its lock, secrets, ports and the addresses of what runs."""

import contextlib
import fcntl
import json
import os
import random
import secrets
import socket
from collections.abc import Mapping
from pathlib import Path
from typing import NamedTuple

from creator_ai.embedded.errors import EmbeddedError
from creator_ai.embedded.processes import started_at
from creator_ai.env import env_secret, env_str

PROJECT = Path(__file__).resolve().parent.parent.parent
_STATE = "state.json"
_CHOSEN = "environment."  # prefix of the facts that are variables for other processes
# Below the range from which Linux gives ports to outgoing connections (32768 and up), so that
# a remembered port is rarely found taken.
_PORTS = range(20000, 32768)


class Urls(NamedTuple):
    """Where the services are; `source` is "environment", "running" or "nowhere"."""

    database_url: str
    owner_url: str
    redis_url: str
    source: str


def default_home() -> Path:
    """Return the state folder: AURA_HOME, else `.aura` beside manage.py."""
    return Path(env_str("AURA_HOME", default="") or PROJECT / ".aura").expanduser().absolute()


def resolve_urls() -> Urls:
    """Return the addresses a process of Aura shall use; starts nothing.

    DATABASE_URL, DATABASE_OWNER_URL and REDIS_URL win, each alone. What they leave open comes
    from a running `make run` of the same home. With neither, addresses come back at which
    nobody answers, so that commands without a database still work.
    """
    running = Home(default_home()).running() or {}
    database = env_secret("DATABASE_URL", default="")
    owner = env_secret("DATABASE_OWNER_URL", default="")
    redis = env_secret("REDIS_URL", default="")
    source = "environment" if database else "running" if running else "nowhere"
    return Urls(
        database or running.get("database_url", "postgresql://aura_app@127.0.0.1:1/aura"),
        owner or database or running.get("owner_url", "postgresql://aura@127.0.0.1:1/aura"),
        redis or running.get("redis_url", "redis://127.0.0.1:1/0"),
        source,
    )


def join_running() -> None:
    """Give this process what a running `make run` of its home has chosen for its children.

    For `manage.py` in another terminal: the same keys, demo platform and addresses. What the
    environment sets itself is left alone; with nothing running nothing happens.
    """
    for key, value in (Home(default_home()).running() or {}).items():
        name = key.removeprefix(_CHOSEN)
        if name != key and not os.environ.get(f"{name}_FILE"):
            os.environ.setdefault(name, value)


class Home:
    """One state folder. Everything secret in it is readable by its owner alone."""

    def __init__(self, folder: Path) -> None:
        # Without symbolic links: the kernel names working directories that way.
        self.folder = folder.resolve()
        self._lock: int | None = None

    def acquire(self) -> None:
        """Create the folder and take it for this process; EmbeddedError when it is in use."""
        if self._lock is not None:
            return
        self.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        (self.folder / "log").mkdir(mode=0o700, exist_ok=True)
        lock = os.open(self.folder / "lock", os.O_RDWR | os.O_CREAT, 0o600)
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            os.close(lock)
            running = self.running() or {}
            who = f" (process {running['pid']})" if running else ""
            at = f" at {running['web']}" if running.get("web") else ""
            message = (
                f"Aura is already running from {self.folder}{who}{at}. Stop it first, or set "
                "AURA_HOME to another folder to start a second one."
            )
            raise EmbeddedError(message) from None
        self._lock = lock

    def release(self) -> None:
        """Give the folder back."""
        if self._lock is not None:
            (self.folder / _STATE).unlink(missing_ok=True)
            os.close(self._lock)
            self._lock = None

    def secret(self, name: str, make: str | None = None) -> str:
        """Return the secret of that name; the first call stores `make` or a random one."""
        known = self._read("secrets.json")
        if name not in known:
            known[name] = make or secrets.token_urlsafe(32)
            self._write("secrets.json", known)
        return known[name]

    def port(self, name: str) -> int:
        """Return a free loopback port, the one of last time if nobody took it meanwhile."""
        known = self._read("ports.json")
        port = int(known.get(name, 0))
        taken = {int(other) for key, other in known.items() if key != name}
        if port in taken or not port or not is_free(port):
            # Not for secrets: any free port will do.
            candidates = random.sample(_PORTS, 200)
            free = (number for number in candidates if number not in taken and is_free(number))
            port = next(free, 0)
            if not port:
                message = f"No free port between {_PORTS.start} and {_PORTS.stop} on 127.0.0.1."
                raise EmbeddedError(message)
            known[name] = str(port)
            self._write("ports.json", known)
        return port

    def announce(self, facts: Mapping[str, str], variables: Mapping[str, str]) -> None:
        """Publish facts about what runs here, and the variables to join it, for this user."""
        pid = os.getpid()
        state = {"pid": str(pid), "started": started_at(pid)} | dict(facts)
        self._write(_STATE, state | {f"{_CHOSEN}{key}": value for key, value in variables.items()})

    def running(self) -> dict[str, str] | None:
        """Return what a living process has announced for this home, or None."""
        try:
            state = self._read(_STATE)
        except EmbeddedError:
            return None
        if not state or started_at(int(state["pid"])) != state["started"]:
            return None
        return state

    def _read(self, name: str) -> dict[str, str]:
        path = self.folder / name
        try:
            content = json.loads(path.read_text(encoding="utf-8"))
        except FileNotFoundError:
            return {}
        except PermissionError:
            message = f"{path} belongs to another user. Run Aura as that user, or set AURA_HOME."
            raise EmbeddedError(message) from None
        except ValueError:
            message = f"{path} is damaged. Restore it from a backup, or delete it to start anew."
            raise EmbeddedError(message) from None
        return {str(key): str(value) for key, value in content.items()}

    def _write(self, name: str, content: dict[str, str]) -> None:
        # Written beside and renamed: a crash half-way leaves the old file whole.
        path = self.folder / f"{name}.new"
        with contextlib.suppress(FileNotFoundError):
            path.unlink()
        with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
            json.dump(content, file, indent=1)
            file.flush()
            os.fsync(file.fileno())
        path.replace(self.folder / name)


def is_free(port: int) -> bool:
    """Say whether a server could listen on this loopback port now."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return False
    return True
