"""One embedded Valkey: its settings, start, restart and stop."""

import contextlib
import os
import signal
import socket
import subprocess
import time
from pathlib import Path

from creator_ai.embedded.binaries import Programs
from creator_ai.embedded.errors import EmbeddedError, from_log
from creator_ai.embedded.home import Home, is_free
from creator_ai.embedded.logs import ServerLog
from creator_ai.embedded.processes import processes_in, spawn, stop

_PATIENCE = 10.0  # seconds for a dying predecessor, and for the first answer
_DAMAGED = ("Bad file format reading the append only file", "Wrong signature trying to load DB")


class Valkey:
    """Valkey on a loopback port with its data in `<home>/valkey`.

    Nothing lives only here: jobs and sessions are rows of PostgreSQL. So a damaged data file is
    put aside instead of stopping Aura.
    """

    name = "valkey"

    def __init__(self, home: Home, *, durable: bool, uid: int | None) -> None:
        self._home = home
        self._durable = durable
        self._uid = uid
        self._folder = home.folder / "valkey"
        self._log = ServerLog(home.folder / "log" / "valkey.log")
        self._program = Path()
        self._port = 0
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def url(self) -> str:
        """The address for REDIS_URL, password included."""
        return f"redis://:{self._home.secret('valkey')}@127.0.0.1:{self._port}/0"

    @property
    def is_dead(self) -> bool:
        """Whether it was started and has ended by itself."""
        return self._process is not None and self._process.poll() is not None

    def start(self, programs: Programs) -> None:
        """Start it on a free port and wait until it answers; EmbeddedError when it does not."""
        self._program = programs.valkey
        self._folder.mkdir(mode=0o700, exist_ok=True)
        if self._uid is not None:
            os.chown(self._folder, self._uid, self._uid)
        self._clear_predecessor()
        self._port = self._home.port("valkey")
        self._launch()

    def restart(self) -> None:
        """Start it again on the port of before."""
        self._clear_predecessor()
        deadline = time.monotonic() + _PATIENCE
        while not is_free(self._port):
            if time.monotonic() > deadline:
                message = f"Port {self._port} of Valkey was taken by another program. Start again."
                raise EmbeddedError(message)
            time.sleep(0.1)
        self._launch()

    def stop(self) -> None:
        """Stop it, data saved."""
        if self._process is not None:
            stop(self._process, (signal.SIGTERM, 5.0))
            self._process = None

    def _clear_predecessor(self) -> None:
        """Wait for one left by a killed parent, which the kernel is ending; then insist."""
        deadline = time.monotonic() + _PATIENCE
        while left := processes_in(self._folder):
            late = time.monotonic() > deadline
            for pid in left:
                with contextlib.suppress(ProcessLookupError):
                    os.kill(pid, signal.SIGKILL if late else signal.SIGTERM)
            time.sleep(0.1)

    def _launch(self) -> None:
        with contextlib.suppress(_DamagedError):
            self._try_launch()
            return
        stamp = time.strftime("%Y%m%d-%H%M%S", time.gmtime())
        for name in ("appendonlydir", "dump.rdb"):
            with contextlib.suppress(FileNotFoundError):
                (self._folder / name).rename(self._folder / f"{name}.damaged-{stamp}")
        self._try_launch()

    def _try_launch(self) -> None:
        with self._log.opened() as output:
            # The settings go through stdin: a password in argv is visible in every `ps`.
            process = spawn(
                [self._program, "-"],
                death_signal=signal.SIGTERM,
                env={"PATH": "/usr/bin:/bin", "LC_ALL": "C"},
                cwd=self._folder,
                uid=self._uid,
                stdin=subprocess.PIPE,
                output=output,
            )
        if process.stdin is not None:
            with contextlib.suppress(BrokenPipeError):
                process.stdin.write(self._settings().encode())
                process.stdin.close()
        self._process = process
        deadline = time.monotonic() + _PATIENCE
        while not self._answers():
            if process.poll() is not None or time.monotonic() > deadline:
                stop(process, (signal.SIGTERM, 2.0))
                text = self._log.written()
                if any(sign in text for sign in _DAMAGED):
                    raise _DamagedError(text)
                raise from_log("Valkey", text, folder=self._folder, log=self._log.path)
            time.sleep(0.01)

    def _settings(self) -> str:
        lines = [
            "bind 127.0.0.1",
            f"port {self._port}",
            f"requirepass {self._home.secret('valkey')}",
            "dir ./",
            "daemonize no",
            'save ""',
            f"appendonly {'yes' if self._durable else 'no'}",
            "appendfsync everysec",
        ]
        return "\n".join(lines) + "\n"

    def _answers(self) -> bool:
        hello = f"AUTH {self._home.secret('valkey')}\r\nPING\r\n".encode()
        try:
            with socket.create_connection(("127.0.0.1", self._port), timeout=1) as line:
                line.sendall(hello)
                answer = b""
                while answer.count(b"\r\n") < 2 and (part := line.recv(256)):
                    answer += part
        except OSError:
            return False
        # -LOADING comes while it reads its file.
        return answer == b"+OK\r\n+PONG\r\n"


class _DamagedError(Exception):
    """Its data file cannot be read."""
