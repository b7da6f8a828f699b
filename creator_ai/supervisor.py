"""Keeps Aura's processes running in the foreground: prefixed logs, restarts, a clean stop."""

import contextlib
import os
import select
import selectors
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from creator_ai.embedded.processes import spawn, stop

_BACKOFF = 0.5  # seconds before the first restart, doubled each time
_LONGEST_BACKOFF = 30.0
_HEALTHY = 60.0  # seconds alive after which earlier restarts are forgiven
_STOP_SECONDS = 5.0  # then SIGKILL: every job is a row, so nothing is lost
_LONGEST_LINE = 64 * 1024


@dataclass
class Child:
    """One process, running or about to be started again."""

    name: str
    argv: Sequence[str]
    is_kept: bool
    pass_fds: Sequence[int]
    process: subprocess.Popen[bytes]
    started: float
    restarts: int = 0
    due: float = 0.0
    rest: bytes = b""
    last_line: str = field(default="")


class Supervisor:
    """A small event loop in one thread; children die with it, even by `kill -9`."""

    def __init__(
        self, environment: Mapping[str, str], folder: Path, write: Callable[[str], None]
    ) -> None:
        self._environment = dict(environment)
        self._folder = folder
        self._write = write
        self._children: list[Child] = []
        self._selector = selectors.DefaultSelector()

    def start(
        self, name: str, *argv: str, keep: bool = True, pass_fds: Sequence[int] = ()
    ) -> Child:
        """Start a child; a kept one is started again whenever it ends."""
        process = self._spawn(argv, pass_fds)
        child = Child(name, argv, keep, pass_fds, process, time.monotonic())
        self._children.append(child)
        self._listen(child)
        return child

    def finish(self, *children: Child) -> bool:
        """Wait until the children, which are not kept, have ended; were all successful?"""
        while any(child.process.poll() is None for child in children):
            self.tend(0.2)
        for child in children:
            # What it wrote last; not until the end of the file, which a grandchild may keep open.
            while child.process.stdout and select.select([child.process.stdout], [], [], 0)[0]:
                self._read(child)
            self._children.remove(child)
        return not any(child.process.returncode for child in children)

    def tend(self, seconds: float) -> None:
        """Write log lines for at most that long, then restart what has ended."""
        for key, _ in self._selector.select(seconds):
            self._read(key.data)
        now = time.monotonic()
        for child in self._children:
            if child.is_kept and child.process.poll() is not None:
                self._revive(child, now)

    def stop(self) -> None:
        """End all children, the last one first, and wait for them."""
        alive = [child for child in reversed(self._children) if child.process.poll() is None]
        for child in alive:
            with contextlib.suppress(ProcessLookupError):
                child.process.terminate()
        deadline = time.monotonic() + _STOP_SECONDS
        while time.monotonic() < deadline and any(c.process.poll() is None for c in alive):
            # Their last words must be read, or a full pipe would hold them up.
            for key, _ in self._selector.select(0.05):
                self._read(key.data)
        for child in alive:
            stop(child.process)
        self._children.clear()

    def say(self, name: str, line: str) -> None:
        """Write one line as if `name` had logged it; an empty one is left out."""
        if line:
            self._write(f"{name:<8} | {line}\n")

    def _spawn(self, argv: Sequence[str], pass_fds: Sequence[int]) -> subprocess.Popen[bytes]:
        return spawn(
            argv,
            death_signal=signal.SIGKILL,
            env=self._environment,
            cwd=self._folder,
            output=subprocess.PIPE,
            pass_fds=pass_fds,
        )

    def _listen(self, child: Child) -> None:
        if child.process.stdout is not None:
            os.set_blocking(child.process.stdout.fileno(), False)
            self._selector.register(child.process.stdout, selectors.EVENT_READ, child)

    def _read(self, child: Child) -> None:
        pipe = child.process.stdout
        if pipe is None:
            return
        data = os.read(pipe.fileno(), _LONGEST_LINE)
        if not data:
            self._selector.unregister(pipe)
            pipe.close()
            child.process.stdout = None
        *lines, child.rest = (child.rest + data).split(b"\n")
        if child.rest and (not data or len(child.rest) > _LONGEST_LINE):
            lines, child.rest = [*lines, child.rest], b""
        for line in lines:
            child.last_line = line.decode("utf-8", "replace").rstrip() or child.last_line
            self.say(child.name, line.decode("utf-8", "replace").rstrip())

    def _revive(self, child: Child, now: float) -> None:
        if not child.due:
            if now - child.started > _HEALTHY:
                child.restarts = 0
            delay = min(_LONGEST_BACKOFF, _BACKOFF * 2**child.restarts)
            child.restarts += 1
            child.due = now + delay
            code = child.process.returncode
            self.say(child.name, f"ended ({_ending(code)}); starts again in {delay:g} s")
        elif now >= child.due:
            child.due = 0.0
            child.started = now
            if child.process.stdout is not None:
                self._selector.unregister(child.process.stdout)
                child.process.stdout.close()
            child.process = self._spawn(child.argv, child.pass_fds)
            self._listen(child)


def _ending(code: int) -> str:
    if code >= 0:
        return f"exit {code}"
    with contextlib.suppress(ValueError):
        return signal.Signals(-code).name
    return f"signal {-code}"


def to_terminal(text: str) -> None:
    """Write to the terminal; one that is gone (closed, `| head`) is no reason to stop."""
    with contextlib.suppress(OSError, ValueError):
        sys.stdout.write(text)
        sys.stdout.flush()
