"""The main job, step by step over HTTP: used by the smoke run, the bench and the kill test."""

import json
import re
import socket
import time
from typing import Any
from urllib.parse import urlsplit

from websockets.sync.client import ClientConnection, connect
from websockets.typing import Origin

from tests.stack import Browser, Stack

THEO = "theo@demo.example"
NADIA = "nadia@nova.example"
ABUSE = "You are a worthless idiot and I will find you and break your legs"


def sql(stack: Stack, query: str, workspace: str = "demo") -> Any:
    """One value out of the stack's database, inside a workspace's schema, as the owner."""
    import psycopg

    with psycopg.connect(stack.urls["owner_url"], autocommit=True) as own:
        schema = own.execute(
            "SELECT schema_name FROM accounts_workspace WHERE slug = %s", [workspace]
        ).fetchone()
        assert schema is not None
        own.execute(f'SET search_path = "{schema[0]}", public')
        row = own.execute(query).fetchone()
        return row[0] if row else None


def connect_youtube(stack: Stack, browser: Browser, workspace: str) -> str:
    """The OAuth round trip as a person clicks it; the new account's code."""
    page = f"{workspace}/integrations/accounts/"
    consent = browser.post(f"{workspace}/integrations/accounts/connect/youtube/", page)
    assert "/google/o/oauth2/v2/auth" in str(consent.url), (consent.status_code, consent.url)
    asked = str(consent.url)
    answer = browser.get(asked + "&auto=approve&channel=mila")
    assert answer.status_code == 200, (answer.status_code, answer.url)
    found = re.search(r"/integrations/accounts/([0-9a-f-]{36})/", answer.text)
    assert found, answer.text[:2000]
    return found.group(1)


def live_socket(stack: Stack, browser: Browser, workspace: str) -> ClientConnection:
    """The socket that an open page holds."""
    # Python does not resolve *.localhost: connect by hand, then speak to the host.
    line = socket.create_connection(("127.0.0.1", stack.port), timeout=10)
    return connect(
        f"ws://{urlsplit(workspace).netloc}/live/",
        sock=line,
        origin=Origin(workspace),
        additional_headers={"Cookie": browser.cookie(workspace)},
        proxy=None,
    )


def wait_for_poke(page: ClientConnection, name: str, seconds: float) -> None:
    """Wait until the page is told to look at `name` again."""
    deadline = time.monotonic() + seconds
    while True:
        message = json.loads(page.recv(timeout=max(0.01, deadline - time.monotonic())))
        if message["name"] == name:
            return


def read_now(stack: Stack, browser: Browser, workspace: str, account: str) -> None:
    """Ask for a reading now; the poll interval is no part of what is measured."""
    page = f"{workspace}/integrations/accounts/{account}/"
    stack.until(
        lambda: sql(stack, "SELECT count(*) = 0 FROM integrations_syncrun WHERE state IN "
                           "('queued', 'running')"),
        30, "the end of the reading before",
    )  # fmt: skip
    browser.post(f"{workspace}/integrations/accounts/{account}/sync/", page)
