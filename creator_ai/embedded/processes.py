"""Child processes that never outlive their parent."""

import contextlib
import ctypes
import os
import signal
import subprocess
import sys
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import IO

_PR_SET_PDEATHSIG = 1  # linux/prctl.h
# Loaded before any fork: the child may only call what is already there.
_LIBC = ctypes.CDLL(None) if sys.platform == "linux" else None


def spawn(
    argv: Sequence[str | Path],
    *,
    death_signal: signal.Signals,
    env: Mapping[str, str],
    cwd: Path,
    uid: int | None = None,
    stdin: int | IO[bytes] = subprocess.DEVNULL,
    output: int | IO[bytes] = subprocess.DEVNULL,
    pass_fds: Sequence[int] = (),
) -> subprocess.Popen[bytes]:
    """Start a foreground child in its own process group, stdout and stderr both on `output`.

    The kernel sends `death_signal` when the thread that calls this ends, `kill -9` included
    (prctl(2), PR_SET_PDEATHSIG), so call it from the main thread. A group of its own keeps a
    terminal's Ctrl-C from reaching the child before its turn. With `uid` (root only) the child
    runs as that user; `cwd` is entered before the change, so it may lie in a private home.
    """
    identity: dict[str, object] = {}
    if uid is not None:
        identity = {"user": uid, "group": uid, "extra_groups": []}
    return subprocess.Popen(  # type: ignore[call-overload,no-any-return]
        [str(part) for part in argv],
        stdin=stdin,
        stdout=output,
        stderr=subprocess.STDOUT,
        env=dict(env),
        cwd=cwd,
        pass_fds=pass_fds,
        process_group=0,
        # Runs after the change of user, which would clear the setting.
        preexec_fn=_die_with_parent(death_signal),
        **identity,
    )


def _die_with_parent(death_signal: signal.Signals) -> Callable[[], None] | None:
    if _LIBC is None:
        return None
    libc, parent = _LIBC, os.getpid()

    def arm() -> None:
        libc.prctl(_PR_SET_PDEATHSIG, int(death_signal), 0, 0, 0)
        if os.getppid() != parent:  # it died between the fork and the line above
            os._exit(1)

    return arm


def stop(process: subprocess.Popen[bytes], *steps: tuple[signal.Signals, float]) -> None:
    """Send each signal in turn and wait its seconds, until the process is gone; then SIGKILL."""
    for step, seconds in steps:
        if process.poll() is not None:
            return
        with contextlib.suppress(ProcessLookupError):
            process.send_signal(step)
        with contextlib.suppress(subprocess.TimeoutExpired):
            process.wait(seconds)
            return
    with contextlib.suppress(ProcessLookupError):
        process.kill()
    process.wait()


def processes_in(folder: Path) -> list[int]:
    """Return the ids of the processes whose working directory is `folder` (Linux only)."""
    found = []
    for entry in Path("/proc").glob("[0-9]*"):
        with contextlib.suppress(OSError):
            if (entry / "cwd").readlink() == folder:
                found.append(int(entry.name))
    return found


def started_at(pid: int) -> str:
    """Return a mark that tells a process from a later one with the same id; "" when it is gone."""
    try:
        # The command name in parentheses may hold blanks; field 22 counts from the last one.
        fields = Path(f"/proc/{pid}/stat").read_text(encoding="utf-8").rpartition(")")[2].split()
    except OSError:
        return _mark_without_proc(pid)
    return fields[19] if fields[0] != "Z" else ""


def _mark_without_proc(pid: int) -> str:
    if Path("/proc/self/stat").exists():
        return ""
    try:
        os.kill(pid, 0)
    except PermissionError:
        return "alive"
    except OSError:
        return ""
    return "alive"
