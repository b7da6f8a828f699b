"""The web process of `make run`: uvicorn on the listening socket that the supervisor holds.

uvicorn's own `--fd` takes every descriptor for a Unix socket: Nagle's algorithm then stays on,
which costs each answer 40 ms, and the addresses of visitors are lost.
"""

import gc
import socket
import sys

import uvicorn


def main(descriptor: int) -> None:
    """Serve pages and sockets until SIGTERM or SIGINT."""
    door = socket.socket(fileno=descriptor)
    config = uvicorn.Config(
        "creator_ai.asgi:application",
        access_log=False,
        log_level="warning",
        # Longer than a proxy or client in front keeps an idle connection: whoever asks closes it,
        # so no request can run into a door that is just being shut.
        timeout_keep_alive=75,
        timeout_graceful_shutdown=2,
    )
    config.load()
    # What was imported stays for good: the garbage collector need not walk through all of it
    # again and again in the middle of answers.
    gc.collect()
    gc.freeze()
    uvicorn.Server(config).run(sockets=[door])


if __name__ == "__main__":
    main(int(sys.argv[1]))
