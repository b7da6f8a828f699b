"""No token, code or secret in a database dump, the logs, an error page, a report or the cache."""

import logging
import re
import secrets
from collections.abc import Callable, Iterator
from io import StringIO
from typing import Any
from urllib.parse import urlencode

import pytest
import redis
import sentry_sdk
from django.core.cache import cache
from django.db import connection
from django.utils.log import configure_logging
from psycopg import sql
from sentry_sdk.transport import Transport
from sentry_sdk.utils import event_from_exception

from accounts import live, tenancy
from accounts.models import Job, Workspace
from creator_ai import sentry
from integrations.models import SocialAccount
from integrations.platforms import platform
from integrations.routing.models import WebhookDelivery
from integrations.services import connect
from integrations.services.connect import disconnect_account
from integrations.services.credentials import open_token
from integrations.services.schedule import enqueue_sync
from tests.factories import make_comment

LIST = "/integrations/accounts/"
KINDS = ("youtube", "tiktok", "instagram")
MARK = "canary"  # in every random text of both sides, from tokens to the state of a dance
FAULTS = ("status:503", "truncated_json", "token_expired", "scope_removed", "lost_response")
PROBE = "canary-probe"  # planted in every place that is searched, to show that searching works


@pytest.fixture
def canaries(monkeypatch) -> list[str]:
    """Every token, code, state and verifier that anybody makes from now on is recognisable."""
    made: list[str] = []
    random_text = secrets.token_urlsafe

    def token_urlsafe(nbytes: int | None = None) -> str:
        made.append(f"{MARK}{len(made)}-{random_text(nbytes)}")
        return made[-1]

    monkeypatch.setattr(secrets, "token_urlsafe", token_urlsafe)
    monkeypatch.setattr(secrets, "token_hex", token_urlsafe)
    return made


@pytest.fixture
def _shared_cache(settings) -> Iterator[None]:
    """The cache server of the product, empty; other tests have one in memory."""
    settings.CACHES = {
        "default": {
            "BACKEND": "django.core.cache.backends.redis.RedisCache",
            "LOCATION": settings.REDIS_URL,
            "KEY_FUNCTION": "accounts.tenancy.cache_key",
        }
    }
    cache.clear()
    yield
    cache.clear()


@pytest.fixture
def logs(settings) -> Iterator[StringIO]:
    """What the product's own logging writes, down to the last debug line of every library."""
    sink = StringIO()
    handler = {"class": "logging.StreamHandler", "formatter": "line", "stream": sink}
    loud = {
        **settings.LOGGING,
        "handlers": {"console": handler},
        "root": {"handlers": ["console"], "level": "DEBUG"},
        "loggers": {"httpx": {"level": "DEBUG"}, "httpcore": {"level": "DEBUG"}},
    }
    before = logging.root.handlers[:], logging.root.level
    configure_logging("logging.config.dictConfig", loud)
    yield sink
    configure_logging("logging.config.dictConfig", settings.LOGGING)
    logging.root.handlers, logging.root.level = before[0], before[1]


def dump() -> str:
    """Every row of every table of every schema, as text; bytes too."""
    found: list[str] = []
    with tenancy.public(), connection.cursor() as cursor:
        schemas = ["public", *Workspace.objects.values_list("schema_name", flat=True)]
        cursor.execute(
            "SELECT relnamespace::regnamespace::text, relname, attname, atttypid::regtype::text "
            "FROM pg_class JOIN pg_attribute ON attrelid = pg_class.oid AND attnum > 0 "
            "AND NOT attisdropped WHERE relkind IN ('r', 'p') AND relname <> 'django_migrations' "
            "AND relnamespace::regnamespace::text = ANY(%s) ORDER BY 1, 2, attnum",
            [schemas],
        )
        columns = cursor.fetchall()
    tables: dict[tuple[str, str], list[sql.Composable]] = {}
    for schema, table, column, kind in columns:
        field = sql.Identifier(column)
        shown = sql.SQL("encode({}, 'escape')" if kind == "bytea" else "{}::text").format(field)
        tables.setdefault((schema, table), []).append(shown)
    for (schema, table), fields in tables.items():
        # A workspace's rows are for its role alone.
        with tenancy.public() if schema == "public" else tenancy.enter(schema):
            query = sql.SQL("SELECT concat_ws(' | ', {}) FROM {}").format(
                sql.SQL(", ").join(fields), sql.Identifier(schema, table)
            )
            with connection.cursor() as cursor:
                cursor.execute(query)
                found += [f"{schema}.{table}: {row[0]}" for row in cursor.fetchall()]
    return "\n".join(found)


def cached(url: str) -> str:
    """Every key and value that the cache server holds."""
    server = redis.Redis.from_url(url)
    readers: dict[Any, Callable[[Any], Any]] = {
        b"string": server.get,
        b"list": lambda key: server.lrange(key, 0, -1),
        b"set": server.smembers,
        b"hash": server.hgetall,
        b"zset": lambda key: server.zrange(key, 0, -1),
        b"stream": server.xrange,
    }
    found = [f"{key!r}: {readers[server.type(key)](key)!r}" for key in server.scan_iter("*")]
    server.close()
    return "\n".join(found)


class Reports(Transport):
    """Sentry's wire, cut: what would have left."""

    def __init__(self) -> None:
        super().__init__()
        self.sent: list[bytes] = []

    def capture_envelope(self, envelope: Any) -> None:
        """Keep it."""
        self.sent.append(envelope.serialize())


def reported(monkeypatch, settings, error: BaseException, request: dict[str, Any]) -> str:
    """What Sentry would have been sent of an error, with the options that the product starts."""
    options: dict[str, Any] = {}
    with monkeypatch.context() as patched:
        patched.setattr(settings, "SENTRY_DSN", "https://key@sentry.example/1")
        patched.setattr(sentry_sdk, "init", lambda **given: options.update(given))
        sentry.start()
    reports = Reports()
    client = sentry_sdk.Client(**options, transport=reports, default_integrations=False)
    event, hint = event_from_exception(error, client_options=client.options)
    event["request"] = {"method": "GET", **request}
    event["logentry"] = {"message": str(error)}
    event["extra"] = {"said": str(error)}
    client.capture_event(event, hint)
    client.close()
    assert reports.sent
    return b"\n".join(reports.sent).decode()


def said(words: str) -> RuntimeError:
    """An error that was raised, with a token in its words and in its frame."""
    token = words
    try:
        raise RuntimeError(token)
    except RuntimeError as error:
        return error


def leaks(where: str, text: str, known: list[str]) -> list[str]:
    """The lines that hold a secret, shortened to what tells where."""
    found = [line for line in text.splitlines() if MARK in line or any(k in line for k in known)]
    return [f"{where}: {line[:160]}" for line in found]


def crash_with(monkeypatch, adapter: Any, method: str) -> None:
    """The adapter's next call fails as nobody foresaw, quoting its token."""

    def fail(access: str, *_rest: Any, **_more: Any) -> None:
        raise RuntimeError(f"unexpected answer to Bearer {access}, that is {access!r}")

    monkeypatch.setattr(adapter, method, fail)


@pytest.mark.usefixtures("_shared_cache")
@pytest.mark.parametrize("kind", KINDS)
def test_a_life_of_a_connection_leaves_no_token_behind(
    kind,
    canaries,
    logs,
    sandbox,
    alice,
    lumen,
    in_lumen,
    client_for,
    run_jobs,
    settings,
    monkeypatch,
):
    inside, outside = client_for(alice, lumen), client_for(alice)
    outside.raise_request_exception = False
    pages: list[str] = []

    def dance() -> dict[str, str]:
        sent = inside.post(f"{LIST}connect/{kind}/")
        logging.disable(logging.CRITICAL)  # a browser's own log is not the product's
        answer: dict[str, str] = sandbox.approve(
            sent["Location"], "nox" if kind == "tiktok" else "mila"
        )
        logging.disable(logging.NOTSET)
        assert answer["code"]
        assert answer["state"]
        return answer

    def come_back(answer: dict[str, str]) -> Any:
        return outside.get(f"/oauth/{kind}/callback/?{urlencode(answer)}")

    # A crash in the middle of connecting, on a public site and on a developer's machine.
    def crash(_account: Any, found: Any, *_rest: Any) -> None:
        raise RuntimeError(f"crash with {found.access} and {found.refresh!r}")

    for debug in (False, True):
        settings.DEBUG = debug
        with monkeypatch.context() as patched:
            patched.setattr(connect, "_store", crash)
            broken = come_back(dance())
        assert broken.status_code == 500
        pages.append(broken.content.decode())
    assert "Traceback" in pages[1]
    assert "crash with" in pages[1]
    settings.DEBUG = False

    # Connected, read, renewed, refused, disturbed, crashed. Requests leave the workspace.
    assert come_back(dance())["Location"].endswith("?result=connected")
    with tenancy.enter(lumen):
        account = SocialAccount.objects.get(is_import=False)
        sealed = {name: open_token(account, name) for name in ("access", "refresh")}
        assert all(MARK in token for token in sealed.values())
        run_jobs()
        sandbox.ctl("POST", "tokens", op="expire", platform=kind)
        for fault in FAULTS:
            sandbox.fault(fault, "", times=2)
            enqueue_sync(account_code=str(account.code))
            run_jobs()
            SocialAccount.objects.update(status="active")
            run_jobs(later=True)
            sandbox.ctl("DELETE", "faults")
    come_back({"state": dance()["state"], "code": f"{MARK}-made-up"})
    come_back(dance())
    query = {"query_string": urlencode(dance()), "cookies": f"a={MARK}", "url": f"/?{MARK}"}
    with tenancy.enter(lumen), monkeypatch.context() as patched:
        for method in ("fetch_account", "posts", "comments"):
            crash_with(patched, platform(kind), method)
        SocialAccount.objects.update(status="active")
        enqueue_sync(account_code=str(account.code))
        run_jobs()
        assert Job.objects.filter(error__contains="unexpected answer").exists()
        report = reported(monkeypatch, settings, said(f"crash with {sealed['access']}"), query)
        disconnect_account(account=account, actor=alice)
        live.poke("accounts")
        cache.set("a visit", "some value")

    known = [
        settings.GOOGLE_CLIENT_SECRET,
        settings.TIKTOK_BUSINESS_APP_SECRET,
        settings.INSTAGRAM_CLIENT_SECRET,
        settings.TOKEN_KEYRING.partition(":")[2],
    ]
    places = {
        "database": dump(),
        "logs": logs.getvalue(),
        "page": pages[0],
        "debug page": pages[1],
        "sentry": report,
        "cache": cached(settings.REDIS_URL),
    }
    assert len(canaries) > 10
    assert [leak for where, text in places.items() for leak in leaks(where, text, known)] == []

    # The same search finds what was put there on purpose.
    with tenancy.enter(lumen):
        make_comment(account, PROBE)
        cache.set(PROBE, PROBE)
        logging.getLogger("integrations.platforms").debug("%s", PROBE)
    with tenancy.public():
        WebhookDelivery.objects.create(platform=kind, dedupe_key="probe", raw_body=PROBE.encode())
    assert len(leaks("database", dump(), [])) == 2  # in a workspace, and in bytes of all
    assert leaks("cache", cached(settings.REDIS_URL), [])
    assert leaks("logs", logs.getvalue(), [])
    with tenancy.enter(lumen):
        cache.delete(PROBE)
    assert re.search(r"httpcore|httpx", logs.getvalue())  # the libraries did speak
