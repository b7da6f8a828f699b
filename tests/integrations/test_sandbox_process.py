"""The sandbox as a process: light, quick, loopback only, and able to remember."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import httpx
import pytest
from django.core.management import CommandError, call_command

from integrations.sandbox import keeping
from integrations.sandbox.__main__ import options_from, parser
from integrations.sandbox.memory import Memory, Options
from integrations.sandbox.server import listen
from tests.integrations.sandbox_server import TOKEN

ROOT = Path(__file__).resolve().parents[2]
HEADERS = {"X-Sandbox-Token": TOKEN}


def free_port() -> int:
    listener = listen(0)
    port: int = listener.getsockname()[1]
    listener.close()
    return port


@pytest.fixture
def start():
    """`start(*arguments)` -> (process, address), once it answers; stopped afterwards."""
    running = []

    def begin(*arguments):
        port = free_port()
        environment = {**os.environ, "SANDBOX_TOKEN": TOKEN}
        process = subprocess.Popen(
            [sys.executable, "-m", "integrations.sandbox", "--port", str(port), *arguments],
            cwd=ROOT,
            env=environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        running.append(process)
        address = f"http://127.0.0.1:{port}"
        deadline = time.monotonic() + 60
        while time.monotonic() < deadline:
            try:
                httpx.get(f"{address}/", trust_env=False, timeout=1)
            except httpx.HTTPError:
                assert process.poll() is None
                time.sleep(0.02)
            else:
                return process, address
        raise TimeoutError("the sandbox did not start")

    yield begin
    for process in running:
        if process.poll() is None:
            process.kill()
        process.communicate(timeout=5)


def state(address: str) -> dict[str, Any]:
    found: dict[str, Any] = httpx.get(
        f"{address}/_ctl/state", headers=HEADERS, trust_env=False
    ).json()
    return found


def test_it_is_light_and_never_loads_django(start):
    process, address = start("--seed", "7", "--comments", "30")
    assert state(address)["seed"] == 7
    assert state(address)["channels"]["mila"]["comments"] == 30
    status = Path(f"/proc/{process.pid}/status")
    if status.exists():
        resident = next(line for line in status.read_text().splitlines() if "VmRSS" in line)
        assert int(resident.split()[1]) < 60 * 1024
    code = "import sys, integrations.sandbox.__main__ as m; sys.exit('django' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], cwd=ROOT, check=False).returncode == 0


def test_it_grows_by_itself(start):
    _, address = start("--growth", "--every", "0.05")
    before = sum(c["comments"] for c in state(address)["channels"].values())
    deadline = time.monotonic() + 5
    while sum(c["comments"] for c in state(address)["channels"].values()) < before + 5:
        assert time.monotonic() < deadline
        time.sleep(0.05)


def test_it_stops_at_once_on_a_signal(start):
    process, _ = start()
    process.send_signal(signal.SIGTERM)
    assert process.wait(timeout=4) is not None


def test_it_says_what_to_do_about_a_taken_port():
    listener = listen(0)
    port = listener.getsockname()[1]
    result = subprocess.run(
        [sys.executable, "-m", "integrations.sandbox", "--port", str(port), "--token", "t"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=15,
        check=False,
    )
    listener.close()
    assert result.returncode == 1
    assert f"Port {port} cannot be used" in result.stderr
    assert "Traceback" not in result.stderr


def test_it_survives_a_restart_with_a_state_file(start, tmp_path):
    file = tmp_path / "inner" / "sandbox.json"
    process, address = start("--state", str(file))
    made = httpx.post(
        f"{address}/_ctl/comments", json={"text": "Zwirbel, stay"}, headers=HEADERS, trust_env=False
    ).json()
    deadline = time.monotonic() + 10
    while not file.exists() or "Zwirbel" not in file.read_text(encoding="utf-8"):
        assert time.monotonic() < deadline
        time.sleep(0.05)
    process.kill()
    process.wait(timeout=5)
    assert file.stat().st_mode & 0o077 == 0
    _, address = start("--state", str(file))
    found = httpx.get(
        f"{address}/_ctl/comments",
        params={"text": "Zwirbel, stay"},
        headers=HEADERS,
        trust_env=False,
    ).json()["comments"]
    assert found == [made]


def test_it_remembers_decisions_bans_tokens_and_units(tmp_path):
    options = Options(state_file=str(tmp_path / "s.json"), comments=40)
    first = Memory(options)
    comments = list(first.world.comments.values())
    first.world.moderate(comments[:1], "rejected", ban=True)
    first.world.edit(comments[1], "changed")
    first.world.delete(comments[2].id)
    channel = next(iter(first.world.channels))
    code = first.grants.issue_code(
        redirect_uri="https://a.example/",
        channel_id=channel,
        scopes=("a", "b"),
        challenge="",
        offline=True,
        prompt_consent=True,
    )
    tokens = first.grants.exchange(code, "https://a.example/", "")
    first.ledger.spend(options.client_id, 77)
    keeping.save(first)
    second = keeping.remember(options)
    assert second.world.comments == first.world.comments
    assert second.world.bans == first.world.bans
    assert second.ledger.used == first.ledger.used
    held = second.grants.holder(str(tokens["access_token"]))
    assert held is not None
    assert held.scopes == ("a", "b")
    assert second.grants.refresh(str(tokens["refresh_token"]))["access_token"]
    for status in ("published", "heldForReview", "likelySpam"):
        assert second.world.threads(status, channel_id=channel) == first.world.threads(
            status, channel_id=channel
        )


@pytest.mark.parametrize("content", ["", "{", '{"version": 0}', "[]", '{"version": 1}'])
def test_it_starts_anew_from_a_broken_state_file(tmp_path, content):
    file = tmp_path / "s.json"
    file.write_text(content, encoding="utf-8")
    memory = keeping.remember(Options(state_file=str(file), comments=5))
    assert memory.world.comments


def test_it_starts_anew_for_another_seed(tmp_path):
    path = str(tmp_path / "s.json")
    keeping.save(Memory(Options(state_file=path, seed=1, comments=5)))
    other = keeping.remember(Options(state_file=path, seed=2, comments=5))
    assert other.options.seed == 2
    assert not other.world.touched


def test_its_command_refuses_without_debug(settings):
    settings.DEBUG = False
    with pytest.raises(CommandError, match="--without-debug"):
        call_command("sandbox")


def test_its_command_becomes_the_light_process(settings, monkeypatch):
    settings.DEBUG = True
    settings.GOOGLE_CLIENT_ID, settings.GOOGLE_CLIENT_SECRET = "client", "secret"
    called = []
    monkeypatch.setattr(os, "execve", lambda *arguments: called.append(arguments))
    call_command("sandbox", "--port=9", "--seed=3", "--growth", "--comments=7", "--token=hush")
    [(_, command, environment)] = called
    assert command[1:3] == ["-m", "integrations.sandbox"]
    given = options_from(parser().parse_args(command[3:]))
    assert (given.port, given.seed, given.growth, given.comments) == (9, 3, True, 7)
    assert "hush" not in command
    assert environment["SANDBOX_TOKEN"] == "hush"
    assert environment["GOOGLE_CLIENT_SECRET"] == "secret"
