"""The cast and the two workspaces: made once, cloned for a run, rolled back after each test."""

import errno
import sys
from collections.abc import Callable, Iterator
from ipaddress import ip_address
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.core.cache import cache
from django.core.management import call_command
from django.db import transaction
from django.test import Client
from django.utils import timezone, translation

from accounts import outbox, services, tenancy
from accounts.database import connection
from accounts.middleware import forget_hosts
from accounts.models import Job, Membership, Role, User, Workspace
from tests.database import cloned_database, template_database

ROOT = Path(__file__).resolve().parent.parent
PASSWORD = "correct-horse-battery"
CAST = ["alice", "bob", "vera", "charlie", "nina", "stranger"]


def _loopback_only(event: str, arguments: tuple[Any, ...]) -> None:
    """No test has a network: whatever it shows works on a machine that has none."""
    if event != "socket.connect" or not isinstance(arguments[1], tuple):
        return
    host = str(arguments[1][0])
    is_own = host in {"", "localhost"} or (
        host[0] in "0123456789:" and ip_address(host).is_loopback
    )
    if not is_own:
        raise OSError(errno.ENETUNREACH, f"{host} is outside, and tests have no network")


sys.addaudithook(_loopback_only)


def _build() -> None:
    """Migrate, and let the cast move in."""
    from allauth.account.models import EmailAddress

    call_command("migrate_all", verbosity=0)
    people = {}
    for name in CAST:
        email = f"{name}@example.test"
        people[name] = User.objects.create_user(email, PASSWORD, name=name.title())
        EmailAddress.objects.create(user=people[name], email=email, verified=True, primary=True)
    lumen = services.open_workspace(name="Lumen", slug="lumen", owner=people["alice"])
    nova = services.open_workspace(name="Nova", slug="nova", owner=people["charlie"])
    for name, workspace, role in [
        ("bob", lumen, Role.MODERATOR),
        ("vera", lumen, Role.ANALYST),
        ("nina", lumen, Role.MANAGER),
        ("nina", nova, Role.MANAGER),
    ]:
        Membership.objects.create(user=people[name], workspace=workspace, role=role)


@pytest.fixture(scope="session")
def django_db_setup(django_db_blocker: pytest.FixtureRequest, template_name: str) -> Iterator[None]:
    """Every test that asks for the database gets a clone of the template, rolled back."""
    with django_db_blocker.unblock(), cloned_database(template_name):  # type: ignore[attr-defined]
        yield


@pytest.fixture(scope="session")
def template_name(django_db_blocker: pytest.FixtureRequest) -> str:
    """The template, built when migrations or the cast changed."""
    with django_db_blocker.unblock():  # type: ignore[attr-defined]
        return template_database(
            _build, depends_on=[ROOT / "accounts", ROOT / "tests" / "conftest.py"]
        )


@pytest.fixture(autouse=True)
def _public_and_clean() -> Iterator[None]:
    """Begin and end every test outside any workspace, with nothing remembered."""
    settings.STATIC_ROOT.mkdir(parents=True, exist_ok=True)
    connection.set_schema_to_public()
    forget_hosts()
    yield
    connection.set_schema_to_public()
    translation.deactivate()
    timezone.deactivate()
    forget_hosts()


@pytest.fixture(autouse=True)
def _own_cache(settings: object) -> Iterator[None]:
    """A cache in memory: single-use and rate rules start fresh in each test."""
    settings.CACHES = {  # type: ignore[attr-defined]
        "default": {
            "BACKEND": "django.core.cache.backends.locmem.LocMemCache",
            "KEY_FUNCTION": "accounts.tenancy.cache_key",
        }
    }
    settings.CHANNEL_LAYERS = {  # type: ignore[attr-defined]
        "default": {"BACKEND": "channels.layers.InMemoryChannelLayer"}
    }
    cache.clear()
    yield
    cache.clear()


def _person(name: str) -> User:
    return User.objects.get(email=f"{name}@example.test")


@pytest.fixture
def alice(db: None) -> User:
    """Owns lumen."""
    return _person("alice")


@pytest.fixture
def bob(db: None) -> User:
    """Moderates lumen."""
    return _person("bob")


@pytest.fixture
def vera(db: None) -> User:
    """Only views lumen."""
    return _person("vera")


@pytest.fixture
def charlie(db: None) -> User:
    """Owns nova; must never see lumen."""
    return _person("charlie")


@pytest.fixture
def nina(db: None) -> User:
    """Works for an agency, manager in both."""
    return _person("nina")


@pytest.fixture
def stranger(db: None) -> User:
    """Signed up, member of nothing."""
    return _person("stranger")


@pytest.fixture
def lumen(db: None) -> Workspace:
    """Alice's workspace."""
    workspace: Workspace = Workspace.objects.get(slug="lumen")
    return workspace


@pytest.fixture
def nova(db: None) -> Workspace:
    """Charlie's workspace."""
    workspace: Workspace = Workspace.objects.get(slug="nova")
    return workspace


@pytest.fixture
def in_lumen(lumen: Workspace) -> Iterator[Workspace]:
    """The test's own code runs inside lumen."""
    with tenancy.enter(lumen):
        yield lumen


@pytest.fixture
def client_for() -> Callable[..., Client]:
    """`client_for(user, workspace)`: a signed-in browser on that workspace's host.

    `workspace=None`: on the public host. `user=None`: nobody is signed in.
    """

    def build(user: User | None, workspace: Workspace | None = None) -> Client:
        host = f"{workspace.slug}.{settings.PUBLIC_HOST}" if workspace else settings.PUBLIC_HOST
        client = Client(headers={"host": host})
        if user is not None:
            with tenancy.public():
                client.force_login(user, backend="accounts.backends.EmailBackend")
                session = client.session
                session["schema"] = workspace.schema_name if workspace else "public"
                session.save()
        return client

    return build


@pytest.fixture
def run_jobs(db: None) -> Callable[..., int]:
    """`run_jobs()`: run every due job, and those they cause, as a worker would; how many ran.

    `run_jobs(later=True)` also runs those that wait for a later time, once each round.
    """

    def run(*, later: bool = False, rounds: int = 50) -> int:
        count = 0
        with tenancy.public():
            for _ in range(rounds):
                if later:
                    Job.objects.filter(state=Job.State.QUEUED).update(run_at=timezone.now())
                due = outbox.lease_due()
                if not due:
                    break
                for job_id, lease, _queue, schema in due:
                    if schema:
                        with tenancy.enter(schema), transaction.atomic():
                            outbox.run(job_id, lease)
                    else:
                        outbox.run(job_id, lease)
                    count += 1
        return count

    return run
