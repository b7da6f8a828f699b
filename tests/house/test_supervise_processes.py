"""The supervisor of `make run`: log lines, restarts, a clean stop, no orphans, clear refusals."""

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from creator_ai import supervisor as supervisor_module
from creator_ai.embedded.home import PROJECT
from creator_ai.embedded.processes import started_at
from creator_ai.supervisor import Child, Supervisor

STUBBORN = """
import signal, time
signal.signal(signal.SIGTERM, signal.SIG_IGN)
print("ready", flush=True)
time.sleep(60)
"""
PARENT = """
import os, sys, time
from pathlib import Path
from creator_ai.supervisor import Supervisor, to_terminal
family = Supervisor(os.environ, Path("/"), to_terminal)
child = family.start("child", sys.executable, "-c", "import time; time.sleep(60)")
print(child.process.pid, flush=True)
time.sleep(60)
"""


@pytest.fixture
def written() -> list[str]:
    return []


@pytest.fixture
def family(written: list[str], tmp_path: Path) -> Iterator[Supervisor]:
    """Yield a supervisor whose output lands in `written`."""
    family = Supervisor(os.environ, tmp_path, written.append)
    yield family
    family.stop()


def _tend(family: Supervisor, until: Callable[[], bool], seconds: float = 10.0) -> bool:
    deadline = time.monotonic() + seconds
    while not until():
        if time.monotonic() > deadline:
            return False
        family.tend(0.05)
    return True


def _python(family: Supervisor, code: str, *, keep: bool = True) -> Child:
    return family.start("it", sys.executable, "-c", code, keep=keep)


def test_it_prefixes_every_line_and_keeps_the_last(family: Supervisor, written: list[str]) -> None:
    code = "import sys; print('a\\n\\nb'); print('c', file=sys.stderr); sys.stdout.write('end')"
    child = _python(family, code, keep=False)
    assert family.finish(child)
    assert sorted(written) == sorted(f"it       | {line}\n" for line in ("a", "b", "c", "end"))
    assert child.last_line in {"c", "end"}


def test_it_reports_a_step_that_failed(family: Supervisor, written: list[str]) -> None:
    good = _python(family, "print('fine')", keep=False)
    bad = _python(family, "raise SystemExit('no room')", keep=False)
    assert not family.finish(good, bad)
    assert "it       | no room\n" in written


def test_it_restarts_what_ends_later_each_time(
    family: Supervisor, written: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(supervisor_module, "_BACKOFF", 0.01)
    _python(family, "raise SystemExit(3)")
    assert _tend(family, lambda: sum("ended (exit 3)" in line for line in written) >= 4)
    pauses = [line.rsplit(" ", 2)[1] for line in written if "ended" in line]
    assert pauses[:4] == ["0.01", "0.02", "0.04", "0.08"]


def test_it_names_the_signal_that_ended_a_child(family: Supervisor, written: list[str]) -> None:
    child = _python(family, "import time; time.sleep(60)")
    child.process.send_signal(signal.SIGKILL)
    assert _tend(family, lambda: any("ended (SIGKILL)" in line for line in written))


def test_it_stops_even_a_stubborn_child(
    family: Supervisor, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(supervisor_module, "_STOP_SECONDS", 0.5)
    stubborn = _python(family, STUBBORN)
    polite = _python(family, "import time; print('ready', flush=True); time.sleep(60)")
    assert _tend(family, lambda: {stubborn.last_line, polite.last_line} == {"ready"})
    began = time.monotonic()
    family.stop()
    assert time.monotonic() - began < 3
    assert stubborn.process.returncode == -signal.SIGKILL
    assert polite.process.returncode == -signal.SIGTERM


def test_it_leaves_no_orphan_when_it_is_killed() -> None:
    parent = subprocess.Popen([sys.executable, "-c", PARENT], cwd=PROJECT, stdout=subprocess.PIPE)
    assert parent.stdout
    child = int(parent.stdout.readline())
    assert started_at(child)
    parent.kill()
    parent.wait()
    parent.stdout.close()
    deadline = time.monotonic() + 5
    while started_at(child) and time.monotonic() < deadline:
        time.sleep(0.05)
    assert not started_at(child)


def _up(home: Path, **environment: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "creator_ai.up"],
        cwd=PROJECT,
        env=os.environ | environment | {"AURA_HOME": str(home)},
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )


def test_it_names_the_way_out_of_a_taken_port(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        ended = _up(tmp_path, PORT=str(port))
    assert ended.returncode == 1
    assert f"Port {port} of 127.0.0.1 is already in use" in ended.stderr
    assert f"PORT={port + 1} make run" in ended.stderr
    assert len(ended.stderr.strip().splitlines()) == 1


def test_it_says_in_one_line_what_is_set_wrongly(tmp_path: Path) -> None:
    for environment, sentence in [
        ({"PORT": "eighty"}, "PORT must be a whole number"),
        ({"DATABASE_URL": "postgresql://a:hidden@127.0.0.1:1/aura"}, "cannot be used"),
        ({"DATABASE_URL": "", "DATABASE_URL_FILE": str(tmp_path / "none")}, "DATABASE_URL_FILE"),
    ]:
        ended = _up(tmp_path, **environment)
        assert ended.returncode == 1
        assert sentence in ended.stderr
        assert "hidden" not in ended.stderr
        assert len(ended.stderr.strip().splitlines()) == 1
