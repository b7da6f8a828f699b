"""The whole suite runs without a network: its own processes are all that anything may reach."""

import asyncio
import socket

import pytest


def test_what_is_outside_is_out_of_reach():
    with pytest.raises(OSError, match="tests have no network"):
        socket.create_connection(("203.0.113.1", 443), timeout=5)


def test_so_it_is_for_asynchronous_code():
    async def reach() -> None:
        await asyncio.open_connection("203.0.113.1", 443)

    with pytest.raises(OSError, match="tests have no network"):
        asyncio.run(reach())


def test_ones_own_machine_is_within_reach():
    with socket.create_server(("127.0.0.1", 0)) as door:
        socket.create_connection(door.getsockname(), timeout=5).close()
