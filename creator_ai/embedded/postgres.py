"""One embedded PostgreSQL: its cluster, roles, start, restart and stop."""

import contextlib
import os
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

from creator_ai.embedded.binaries import Programs
from creator_ai.embedded.errors import EmbeddedError, from_log
from creator_ai.embedded.home import Home
from creator_ai.embedded.logs import ServerLog
from creator_ai.embedded.processes import processes_in, spawn, stop

NOBODY = 65534
_PATIENCE = 10.0  # seconds: after kill -9 of the postmaster its children need about one to go
_RECOVERY = 120.0  # seconds: a crash with much unflushed WAL is replayed before the first answer
_SETTINGS = [
    "max_connections=200",
    "shared_buffers=256MB",
    "timezone=UTC",
    "log_timezone=UTC",
    "log_checkpoints=off",
    "unix_socket_directories=",
    "max_logical_replication_workers=0",
]
_THROW_AWAY = ["fsync=off", "synchronous_commit=off", "full_page_writes=off"]
# `aura` owns everything and is for migrations; the application signs in as `aura_app`, which
# alone reads next to nothing; `aura_workspace` is what all workspace roles have in common.
_ROLES = """
SELECT 'CREATE ROLE aura_workspace NOLOGIN'
 WHERE NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'aura_workspace') \\gexec
SELECT 'CREATE ROLE aura_app LOGIN NOSUPERUSER NOCREATEDB NOCREATEROLE NOINHERIT PASSWORD ''{app}'''
 WHERE NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'aura_app') \\gexec
SELECT 'CREATE DATABASE aura OWNER aura'
 WHERE NOT EXISTS (SELECT FROM pg_database WHERE datname = 'aura') \\gexec
"""


class Postgres:
    """PostgreSQL on a loopback port with its data in `<home>/postgres`."""

    name = "postgres"

    def __init__(self, home: Home, *, durable: bool, uid: int | None) -> None:
        self._home = home
        self._durable = durable
        self._uid = uid
        self._data = home.folder / "postgres"
        self._log = ServerLog(home.folder / "log" / "postgres.log")
        self._programs: Programs | None = None
        self._port = 0
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def owner_url(self) -> str:
        """The address for migrations: the role that owns everything."""
        return self._url("aura", "database_owner")

    @property
    def url(self) -> str:
        """The address of the application: the role that may become a workspace's role."""
        return self._url("aura_app", "database_app")

    @property
    def is_dead(self) -> bool:
        """Whether it was started and has ended by itself."""
        return self._process is not None and self._process.poll() is not None

    def start(self, programs: Programs) -> None:
        """Create the cluster if there is none, start it on a free port, create the roles.

        Raises EmbeddedError. True afterwards: `url` and `owner_url` accept connections.
        """
        self._programs = programs
        if not self._data.exists():
            self._create_cluster()
        self._check_major()
        self._port = self._home.port("postgres")
        self._launch()
        self._create_roles()

    def restart(self) -> None:
        """Start it again on the port of before."""
        self._launch()

    def stop(self) -> None:
        """Stop it at once and cleanly: open transactions are rolled back."""
        if self._process is not None:
            stop(self._process, (signal.SIGINT, 10.0), (signal.SIGQUIT, 5.0))
            self._process = None

    def _url(self, role: str, secret: str) -> str:
        return f"postgresql://{role}:{self._home.secret(secret)}@127.0.0.1:{self._port}/aura"

    def _found(self) -> Programs:
        if self._programs is None:
            message = "PostgreSQL was not started."
            raise EmbeddedError(message)
        return self._programs

    def _environment(self, **more: str) -> dict[str, str]:
        # Nothing inherited: PGDATA, PGPORT or LD_LIBRARY_PATH of the caller would lead astray.
        return {"PATH": "/usr/bin:/bin", "LC_ALL": "C.UTF-8", "TZ": "UTC"} | more

    def _place(self, folder: Path) -> str:
        """Return how the server names `folder`, which is also its working directory.

        Another user cannot walk through a private home, but it can stay in a folder that the
        parent has entered for it: /proc/self/cwd leads there without the walk.
        """
        return str(folder) if self._uid is None else "/proc/self/cwd"

    def _create_cluster(self) -> None:
        # Under another name until it is whole: an interrupted initdb is simply done again.
        fresh = self._home.folder / "postgres.new"
        shutil.rmtree(fresh, ignore_errors=True)
        fresh.mkdir(mode=0o700)
        password = self._home.folder / "postgres.password"
        password.unlink(missing_ok=True)
        password.touch(mode=0o600)
        password.write_text(self._home.secret("database_owner"), encoding="utf-8")
        if self._uid is not None:
            os.chown(fresh, self._uid, self._uid)
            os.chown(password, self._uid, self._uid)
        # The file is handed over as stdin: its path may lead through a private home.
        with password.open("rb") as stdin, self._log.opened() as output:
            password.unlink()
            process = spawn(
                [
                    self._found().initdb,
                    *("-D", self._place(fresh), "-U", "aura", "-E", "UTF8", "--locale=C.UTF-8"),
                    *("--auth=scram-sha-256", "--pwfile=/dev/stdin"),
                    *([] if self._durable else ["--no-sync"]),
                ],
                death_signal=signal.SIGKILL,
                env=self._environment(),
                cwd=fresh,
                uid=self._uid,
                stdin=stdin,
                output=output,
            )
            code = process.wait()
        if code:
            text = self._log.written()
            shutil.rmtree(fresh, ignore_errors=True)
            raise from_log("PostgreSQL", text, folder=self._data, log=self._log.path)
        fresh.rename(self._data)

    def _check_major(self) -> None:
        written_by = (self._data / "PG_VERSION").read_text(encoding="utf-8").strip()
        if written_by != self._found().major:
            message = (
                f"{self._data} was written by PostgreSQL {written_by}, not {self._found().major}. "
                "Start the version that wrote it (AURA_POSTGRES, or DATABASE_URL with a server "
                "of your own), or move the folder away to start with an empty database."
            )
            raise EmbeddedError(message)

    def _launch(self) -> None:
        """Start the server; wait out a dying predecessor and leave a port that is taken."""
        deadline = time.monotonic() + _PATIENCE
        while True:
            self._clear_predecessor(deadline)
            process, text = self._try_launch()
            if process is not None:
                self._process = process
                return
            dying = "postmaster.pid" in text or "pre-existing shared memory" in text
            taken = "could not bind" in text or "could not create any TCP/IP sockets" in text
            if not (dying or taken) or time.monotonic() > deadline:
                raise from_log("PostgreSQL", text, folder=self._data, log=self._log.path)
            if taken and self._process is None:  # nobody knows the port yet
                self._port = self._home.port("postgres")
            time.sleep(0.2)

    def _try_launch(self) -> tuple[subprocess.Popen[bytes] | None, str]:
        settings = [*_SETTINGS, f"port={self._port}", "listen_addresses=127.0.0.1"]
        settings += [] if self._durable else _THROW_AWAY
        settings += ["io_method=sync"] if self._found().major == "18" else []
        with self._log.opened() as output:
            process = spawn(
                [
                    self._found().postgres,
                    *("-D", self._place(self._data)),
                    *(part for setting in settings for part in ("-c", setting)),
                ],
                death_signal=signal.SIGINT,
                env=self._environment(),
                cwd=self._data,
                uid=self._uid,
                output=output,
            )
        deadline = time.monotonic() + _RECOVERY
        while not self._is_ready(process.pid):
            if process.poll() is not None:
                return None, self._log.written()
            if time.monotonic() > deadline:
                stop(process, (signal.SIGINT, 10.0))
                message = f"PostgreSQL was not ready after {_RECOVERY:.0f} s: {self._log.path}"
                raise EmbeddedError(message)
            time.sleep(0.01)
        return process, ""

    def _is_ready(self, pid: int) -> bool:
        # Line 1 is the postmaster's id, line 8 its state (src/include/utils/pidfile.h).
        try:
            lines = (self._data / "postmaster.pid").read_text(encoding="utf-8").split("\n")
        except OSError:
            return False
        return lines[0] == str(pid) and lines[7:8] == ["ready   "]

    def _clear_predecessor(self, deadline: float) -> None:
        """End what a killed parent left on this cluster, and forget a lock nobody holds.

        The home is locked by this process, so no other server can rightly be here. A lock file
        whose process id now belongs to another program would stop PostgreSQL for ever.
        """
        if sys.platform != "linux":
            return
        while left := processes_in(self._data):
            late = time.monotonic() > deadline
            for pid in left:
                with contextlib.suppress(ProcessLookupError):
                    os.kill(pid, signal.SIGKILL if late else signal.SIGINT)
            time.sleep(0.1)
        (self._data / "postmaster.pid").unlink(missing_ok=True)

    def _create_roles(self) -> None:
        made = subprocess.run(
            [
                *(self._found().psql, "-X", "-q", "-v", "ON_ERROR_STOP=1"),
                *("-h", "127.0.0.1", "-p", str(self._port), "-U", "aura", "-d", "postgres"),
            ],
            input=_ROLES.format(app=self._home.secret("database_app")).encode(),
            env=self._environment(PGPASSWORD=self._home.secret("database_owner")),
            capture_output=True,
            check=False,
            cwd="/",
        )
        if not made.returncode:
            return
        text = made.stderr.decode("utf-8", "replace")
        if "password authentication failed" in text:
            message = (
                f"The passwords in {self._home.folder / 'secrets.json'} do not open the database "
                f"in {self._data}. Restore that file, or move the folder away to start empty."
            )
            raise EmbeddedError(message)
        raise from_log("PostgreSQL", text, folder=self._data, log=self._log.path)
