"""Both services together: resolve what is given, start what is missing, keep it alive."""

import os
import shutil
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from types import TracebackType
from typing import Self

from creator_ai.embedded import binaries
from creator_ai.embedded.errors import EmbeddedError, disk_full, from_os_error
from creator_ai.embedded.home import PROJECT, Home
from creator_ai.embedded.postgres import NOBODY, Postgres
from creator_ai.embedded.valkey import Valkey
from creator_ai.env import env_secret

_ROOM = 150 * 1024 * 1024  # bytes: an empty cluster is 40 MB, its first WAL segments up to 64


def services(home: Path, *, durable: bool = True, environment: bool = True) -> "Services":
    """Return the services of a state folder, not yet started; also a context manager.

    `durable=False` is for throw-away data: nothing is flushed to disk. `environment=False`
    ignores DATABASE_URL and REDIS_URL, for tests that must never touch a configured database.
    """
    return Services(home, durable=durable, environment=environment)


class Services:
    """PostgreSQL and Valkey: those that the environment names, else our own.

    After `start()`: `database_url`, `owner_url`, `redis_url` and `environment` (the variables
    for child processes). Call `start` and `restart_if_dead` from the main thread: the servers
    end with the thread that started them.
    """

    def __init__(self, home: Path, *, durable: bool, environment: bool) -> None:
        self.home = Home(home)
        self.database_url = self.owner_url = self.redis_url = ""
        self._environment = environment
        self._durable = durable
        self._servers: list[Postgres | Valkey] = []

    @property
    def environment(self) -> dict[str, str]:
        """The variables that point a process at these services."""
        return {
            "DATABASE_URL": self.database_url,
            "DATABASE_OWNER_URL": self.owner_url,
            "REDIS_URL": self.redis_url,
        }

    @property
    def processes(self) -> list[str]:
        """The names of the embedded servers that were started."""
        return [server.name for server in self._servers]

    def start(self) -> None:
        """Take the home, check what is given, start what is not; EmbeddedError says why not."""
        try:
            self.home.acquire()
        except OSError as error:
            raise from_os_error(error, self.home.folder) from error
        try:
            self._check_given()
            self._start_missing()
        except BaseException as error:
            self.stop()
            if isinstance(error, OSError):
                raise from_os_error(error, self.home.folder) from error
            raise
        self.announce()

    def stop(self) -> None:
        """Stop what was started, Valkey first, and give the home back."""
        while self._servers:
            self._servers.pop().stop()
        self.home.release()

    def restart_if_dead(self) -> list[str]:
        """Start a server that ended by itself again, at its old address; return their names."""
        dead = [server for server in self._servers if server.is_dead]
        for server in dead:
            server.restart()
        return [server.name for server in dead]

    def announce(self, *, web: str = "", variables: Mapping[str, str] | None = None) -> None:
        """Tell other processes of this home (`manage.py shell`) where things are.

        `variables` are what they need in their environment to work with it. Addresses that came
        out of the environment are left out: their passwords belong on no disk of ours.
        """
        facts = {"web": web} if web else {}
        names = self.processes
        if Postgres.name in names:
            facts |= {"database_url": self.database_url, "owner_url": self.owner_url}
        if Valkey.name in names:
            facts |= {"redis_url": self.redis_url}
        self.home.announce(facts, variables or {})

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.stop()

    def _check_given(self) -> None:
        names = ("DATABASE_URL", "DATABASE_OWNER_URL", "REDIS_URL")
        given = {name: env_secret(name, default="") for name in names if self._environment}
        self.database_url = given.get("DATABASE_URL", "")
        self.owner_url = given.get("DATABASE_OWNER_URL", "") or self.database_url
        self.redis_url = given.get("REDIS_URL", "")
        if not self.database_url and not self.redis_url:
            return
        # In a process of its own, so that the supervisor stays free of database drivers.
        files = {f"{name}_FILE" for name in names}
        checked = subprocess.run(
            [sys.executable, "-m", "creator_ai.embedded.external"],
            env={name: value for name, value in os.environ.items() if name not in files} | given,
            cwd=PROJECT,
            capture_output=True,
            check=False,
            text=True,
        )
        if checked.returncode:
            lines = checked.stderr.strip().splitlines() or ["The given services were not checked."]
            raise EmbeddedError(lines[-1])

    def _start_missing(self) -> None:
        if self.database_url and self.redis_url:
            return
        if shutil.disk_usage(self.home.folder).free < _ROOM:
            raise disk_full(self.home.folder)
        uid = self._server_user()
        programs = binaries.find(uid=uid)
        if not self.database_url:
            postgres = Postgres(self.home, durable=self._durable, uid=uid)
            self._servers.append(postgres)
            postgres.start(programs)
            self.database_url, self.owner_url = postgres.url, postgres.owner_url
        if not self.redis_url:
            valkey = Valkey(self.home, durable=self._durable, uid=uid)
            self._servers.append(valkey)
            valkey.start(programs)
            self.redis_url = valkey.url

    def _server_user(self) -> int | None:
        """Return the user that the servers run as, None for the present one.

        PostgreSQL refuses root. Data that a normal user created stays theirs.
        """
        if os.geteuid() != 0:
            return None
        data = self.home.folder / "postgres"
        owner = data.stat().st_uid if data.exists() else 0
        return owner or NOBODY
