"""Webhooks under `kill -9` of web, worker, cache server and database: none lost, none doubled."""

import os
from collections.abc import Iterator

import pytest

from tests.bench_ledger import keep_books
from tests.stack import Stack, running_stack


@pytest.fixture(scope="module")
def stack() -> Iterator[Stack]:
    """A stack that nobody reads by the clock: what is there came by webhook."""
    before = os.environ.get("SYNC_INTERVAL_SECONDS")
    os.environ["SYNC_INTERVAL_SECONDS"] = "86400"
    try:
        with running_stack() as running:
            yield running
    finally:
        if before is None:
            del os.environ["SYNC_INTERVAL_SECONDS"]
        else:
            os.environ["SYNC_INTERVAL_SECONDS"] = before


def test_the_books_agree_after_four_kills(stack: Stack) -> None:
    # The seed of an order in which everybody is killed once.
    line = keep_books(stack, webhooks=300, kills=4, seed=4726, seconds=120)
    assert line["webhooks"] == 300
    assert line["kills"] == {"web": 1, "worker": 1, "cache": 1, "database": 1}
    assert line["ok"], line
