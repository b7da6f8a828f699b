"""The tests' own PostgreSQL and Valkey, and databases cloned from one migrated template.

Loaded as a pytest plugin before any settings (`-p tests.database` in pyproject.toml), so that
no test can ever meet the demo's or a configured database.
"""

import atexit
import hashlib
import inspect
import os
import shutil
import tempfile
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from itertools import count
from pathlib import Path
from urllib.parse import urlsplit

import psycopg
import pytest
from django.conf import settings
from django.db import connections
from psycopg import sql

from creator_ai.embedded import EmbeddedError, Services, services

_ROOT = Path(__file__).resolve().parent.parent
_KEPT_TEMPLATES = 3
_numbers = count(1)
_started: list[Services] = []


def start_services() -> Services:
    """Start PostgreSQL and Valkey for this process, once, and point the environment at them.

    The cluster stays in `.aura/test-pg` between runs, so that its templates do; it is made anew
    when it does not start, or after a reboot (it is never flushed to disk). When another run
    holds it, this one gets a folder of its own. Stopped when the process ends.
    """
    if _started:
        return _started[0]
    running = _started_in_kept_home() or _started_in_own_home()
    _started.append(running)
    atexit.register(stop_services)
    os.environ.update(running.environment, AURA_HOME=str(running.home.folder))
    _drop_leftovers()
    return running


def stop_services() -> None:
    """Stop what `start_services` started; safe to call twice."""
    while _started:
        running = _started.pop()
        running.stop()
        if _kept_home() != running.home.folder:
            shutil.rmtree(running.home.folder, ignore_errors=True)


def template_database(build: Callable[[], None], *, depends_on: Iterable[Path] = ()) -> str:
    """Return the name of a database that `build` has filled, made at most once per content.

    `build` runs with Django connected to an empty database: it migrates and creates the
    workspaces. The name is a hash of all migrations, the pinned requirements, the file that
    defines `build` and the files in `depends_on` (folders count with every .py below them). A
    crash half-way leaves no valid template.
    """
    name = f"tmpl_{_content_hash(build, depends_on)}"
    if name in _databases("tmpl_%"):
        return name
    unfinished = f"{name}_b"
    _execute("DROP DATABASE IF EXISTS {} WITH (FORCE)", unfinished)
    _execute("CREATE DATABASE {}", unfinished)
    use_database(unfinished)
    try:
        build()
    finally:
        connections.close_all()
    _execute("ALTER DATABASE {} RENAME TO {}", unfinished, name)
    for old in [other for other in _databases("tmpl_%") if other != name][_KEPT_TEMPLATES - 1 :]:
        _execute("DROP DATABASE {} WITH (FORCE)", old)
    return name


@contextmanager
def cloned_database(template: str, *, use: bool = True) -> Iterator[str]:
    """Yield the name of a fresh copy of `template` (0.1 s) and drop it afterwards.

    With `use`, Django and later child processes (DATABASE_URL) work on the copy meanwhile, and
    afterwards on what was before; otherwise hand `database_environment(name)` to those that shall.
    """
    connections.close_all()
    before = str(settings.DATABASES["default"]["NAME"])
    name = f"test_{os.getpid()}_{next(_numbers)}"
    _execute("CREATE DATABASE {} TEMPLATE {}", name, template)
    try:
        if use:
            use_database(name)
        yield name
    finally:
        connections.close_all()
        if use:
            use_database(before)
        _execute("DROP DATABASE {} WITH (FORCE)", name)


def use_database(name: str) -> None:
    """Point Django, in every thread from its next connection on, and the environment at `name`."""
    connections.close_all()
    for alias in connections:
        # One dictionary serves all threads' connections of an alias.
        connections[alias].settings_dict["NAME"] = name
        settings.DATABASES[alias]["NAME"] = name
    os.environ.update(database_environment(name))


def database_environment(name: str) -> dict[str, str]:
    """Return the variables that point a child process at the database `name`."""
    running = start_services()
    return {
        "DATABASE_URL": _url(running.database_url, name),
        "DATABASE_OWNER_URL": _url(running.owner_url, name),
    }


@pytest.hookimpl(tryfirst=True)
def pytest_load_initial_conftests(early_config: pytest.Config) -> None:
    """Start the services before pytest-django reads the settings.

    With `-n` every worker process has its own servers, and the one that deals out has none.
    """
    deals_out = "PYTEST_XDIST_WORKER" not in os.environ
    if deals_out and early_config.known_args_namespace.numprocesses:
        return
    try:
        start_services()
    except EmbeddedError as error:
        raise pytest.UsageError(str(error)) from error


def pytest_unconfigure() -> None:
    """Stop the services when the run ends."""
    connections.close_all()
    stop_services()


def _kept_home() -> Path:
    major = os.environ.get("AURA_POSTGRES", "18")
    return _ROOT / ".aura" / ("test-pg" if major == "18" else f"test-pg-{major}")


def _started_in_kept_home() -> Services | None:
    home = _kept_home()
    running = services(home, durable=False, environment=False)
    boot = Path("/proc/sys/kernel/random/boot_id")
    stamp = boot.read_text(encoding="utf-8") if boot.exists() else ""
    mark = home / "boot"
    try:
        running.home.acquire()
    except EmbeddedError:
        return None
    try:
        if not mark.exists() or mark.read_text(encoding="utf-8") != stamp:
            shutil.rmtree(home / "postgres", ignore_errors=True)
            mark.write_text(stamp, encoding="utf-8")
        try:
            running.start()
        except EmbeddedError:
            for part in ("postgres", "valkey"):
                shutil.rmtree(home / part, ignore_errors=True)
            running.start()
    except BaseException:
        running.stop()
        raise
    return running


def _started_in_own_home() -> Services:
    folder = Path(tempfile.mkdtemp(prefix="aura-test-"))
    running = services(folder, durable=False, environment=False)
    try:
        running.start()
    except BaseException:
        shutil.rmtree(folder, ignore_errors=True)
        raise
    return running


def _drop_leftovers() -> None:
    """Drop what a killed run left: its databases, and workspace roles that nothing needs."""
    for name in _databases("test_%") + _databases("tmpl_%_b"):
        _execute("DROP DATABASE {} WITH (FORCE)", name)
    with _server() as server:
        unused = server.execute(
            "SELECT rolname FROM pg_roles role WHERE rolname LIKE 't\\_%' AND NOT EXISTS ("
            " SELECT FROM pg_shdepend"
            " WHERE refclassid = 'pg_authid'::regclass AND refobjid = role.oid)"
        ).fetchall()
    for (role,) in unused:
        _execute("DROP ROLE {}", str(role))


def _content_hash(build: Callable[[], None], depends_on: Iterable[Path]) -> str:
    files = set(_ROOT.glob("*/migrations/*.py")) | set(_ROOT.glob("*/*/migrations/*.py"))
    files |= {_ROOT / "requirements.txt", Path(inspect.getsourcefile(build) or __file__)}
    for path in depends_on:
        files |= set(path.rglob("*.py")) if path.is_dir() else {path}
    digest = hashlib.sha256()
    for file in sorted(files):
        digest.update(os.path.relpath(file, _ROOT).encode())
        digest.update(file.read_bytes())
    return digest.hexdigest()[:16]


def _databases(pattern: str) -> list[str]:
    """Return the names of the databases that match, newest first."""
    with _server() as server:
        rows = server.execute(
            "SELECT datname FROM pg_database WHERE datname LIKE %s ORDER BY oid DESC",
            [pattern.replace("_", r"\_")],
        ).fetchall()
    return [str(name) for (name,) in rows]


def _execute(statement: str, *names: str) -> None:
    with _server() as server:
        server.execute(sql.SQL(statement).format(*(sql.Identifier(name) for name in names)))


def _server() -> psycopg.Connection[tuple[object, ...]]:
    return psycopg.connect(_url(start_services().owner_url, "postgres"), autocommit=True)


def _url(url: str, name: str) -> str:
    return urlsplit(url)._replace(path=f"/{name}").geturl()
