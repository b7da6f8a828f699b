"""A live sandbox on a free loopback port, in a thread of the test process."""

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any
from urllib.parse import parse_qs, urlsplit

import httpx

from integrations.sandbox.memory import Memory, Options
from integrations.sandbox.server import listen, make_server

TOKEN = "test-control-token"
REDIRECT = "http://aura.localhost:8000/integrations/callback/youtube/"


class SandboxServer:
    """What a test needs to know of the sandbox, and its control plane as methods."""

    def __init__(self, port: int, memory: Memory) -> None:
        self.url = f"http://127.0.0.1:{port}"
        self.memory = memory
        self.token = TOKEN
        self.allowed = [f"127.0.0.1:{port}"]  # for PLATFORM_ALLOWED_HOSTS
        self.client_id = memory.options.client_id
        self.client_secret = memory.options.client_secret
        self.base_urls = {
            "google_auth": f"{self.url}/google",
            "google_token": f"{self.url}/google",
            "youtube": f"{self.url}/youtube/v3",
            "websub_hub": f"{self.url}/hub",
            "tiktok_auth": f"{self.url}/tiktok/auth",
            "tiktok_open": f"{self.url}/tiktok/open",
            "tiktok_business": f"{self.url}/tiktok/business/open_api/v1.3",
            "instagram_www": f"{self.url}/ig/www",
            "instagram_api": f"{self.url}/ig/api",
            "x_auth": f"{self.url}/x/auth",
            "x_api": f"{self.url}/x/api",
            "facebook_www": f"{self.url}/fb/www",
            "facebook_graph": f"{self.url}/fb/graph",
            "instagram_graph": f"{self.url}/ig/graph",
            "twitch_id": f"{self.url}/twitch",
            "twitch_helix": f"{self.url}/twitch/helix",
            "twitch_ws": f"ws://127.0.0.1:{port}/twitch/ws",
            "reddit_www": f"{self.url}/reddit",
            "reddit_oauth": f"{self.url}/reddit/oauth",
        }
        self._http = httpx.Client(
            base_url=self.url, headers={"X-Sandbox-Token": TOKEN}, timeout=10, trust_env=False
        )

    def ctl(self, verb: str, name: str, /, **fields: Any) -> Any:
        """One control call; GET fields go into the query, others into the body."""
        in_query = verb in {"GET", "DELETE"}
        response = self._http.request(
            verb,
            f"/_ctl/{name}",
            params=fields if in_query else None,
            json=None if in_query else fields,
        )
        response.raise_for_status()
        return response.json()

    def reset(self, **fields: Any) -> Any:
        """A fresh world: no grants, no faults, an empty journal, the full quota."""
        return self.ctl("POST", "reset", **fields)

    def comment(self, text: str, **fields: Any) -> dict[str, Any]:
        """Somebody comments on the newest video of the first channel, unless told otherwise."""
        made: dict[str, Any] = self.ctl("POST", "comments", op="add", text=text, **fields)
        return made

    def burst(self, n: int, **fields: Any) -> list[str]:
        """Many comments at once; their ids."""
        ids: list[str] = self.ctl("POST", "comments", op="burst", n=n, **fields)["ids"]
        return ids

    def fault(
        self,
        action: str,
        path_re: str = "",
        *,
        method: str = "",
        nth: int = 1,
        times: int = 1,
        **params: Any,
    ) -> None:
        """Disturb the calls that match."""
        match = {"path_re": path_re, "method": method, "nth": nth}
        self.ctl("POST", "faults", action=action, match=match, times=times, **params)

    def requests(self, path_re: str = "", method: str = "", since: int = 0) -> list[dict[str, Any]]:
        """The journal."""
        found = self.ctl("GET", "requests", path_re=path_re, method=method, since=since)
        requests: list[dict[str, Any]] = found["requests"]
        return requests

    def found(self, **query: Any) -> list[dict[str, Any]]:
        """Comments as the platform holds them."""
        comments: list[dict[str, Any]] = self.ctl("GET", "comments", **query)["comments"]
        return comments

    def push(self, platform: str, **fields: Any) -> tuple[dict[str, str], bytes]:
        """The headers and bytes of a webhook that the platform would send."""
        made = self.ctl("POST", "webhooks", platform=platform, **fields)
        return made["headers"], made["body"].encode()

    def approve(self, authorize_url: str, channel: str = "mila", **extra: str) -> dict[str, str]:
        """Say yes on the consent page; the query of the callback."""
        return self._answer(authorize_url, auto="approve", channel=channel, **extra)

    def deny(self, authorize_url: str) -> dict[str, str]:
        """Say no on the consent page; the query of the callback."""
        return self._answer(authorize_url, auto="deny")

    def _answer(self, authorize_url: str, **extra: str) -> dict[str, str]:
        url = httpx.URL(authorize_url).copy_merge_params(extra)
        response = self._http.get(url)
        assert response.status_code == 302, response.text
        query = parse_qs(urlsplit(response.headers["location"]).query)
        return {name: values[0] for name, values in query.items()}

    def close(self) -> None:
        """Let go of the control connection."""
        self._http.close()


@contextmanager
def running_sandbox(**options: Any) -> Iterator[SandboxServer]:
    """Serve a sandbox until the block ends; `options` are those of `Options`."""
    memory = Memory(Options(token=TOKEN, **options))
    listener = listen(0)
    port = listener.getsockname()[1]
    server = make_server(memory)
    thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]}, daemon=True)
    thread.start()
    deadline = time.monotonic() + 10
    while not server.started:
        assert thread.is_alive(), "the sandbox died while starting"
        assert time.monotonic() < deadline, "the sandbox did not start"
        time.sleep(0.01)
    sandbox = SandboxServer(port, memory)
    try:
        yield sandbox
    finally:
        sandbox.close()
        server.should_exit = True
        thread.join(timeout=5)
        listener.close()
