"""The whole of Aura on free ports: what `make run` starts, driven from outside by HTTP."""

import json
import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, TypeVar
from urllib.parse import urlsplit

import httpx

from creator_ai.embedded.processes import spawn

ROOT = Path(__file__).resolve().parent.parent
SANDBOX_TOKEN = "stack-control-token"
T = TypeVar("T")


class Browser:
    """Follows redirects between the hosts of one stack, with a cookie jar per host.

    `*.localhost` does not resolve in Python, so every request goes to 127.0.0.1 with a Host.
    """

    def __init__(self) -> None:
        self._http = httpx.Client(timeout=30, trust_env=False)
        self._jars: dict[str, dict[str, str]] = {}

    def get(self, url: str, **params: str) -> httpx.Response:
        """GET and follow."""
        return self._send("GET", str(httpx.URL(url, params=params) if params else url))

    def post(self, url: str, page: str = "", **fields: Any) -> httpx.Response:
        """POST a form as it stands on `page` (the same URL when empty): with its CSRF token."""
        host = urlsplit(url).netloc
        found = self.get(page or url)
        token = re.search(r'name="csrfmiddlewaretoken" value="([^"]+)"', found.text)
        fields["csrfmiddlewaretoken"] = token.group(1) if token else ""
        return self._send("POST", url, fields, referer=f"http://{host}/")

    def cookie(self, url: str) -> str:
        """The Cookie header this browser would send there."""
        jar = self._jars.get(urlsplit(url).netloc, {})
        return "; ".join(f"{name}={value}" for name, value in jar.items())

    def _send(
        self, method: str, url: str, fields: dict[str, Any] | None = None, referer: str = ""
    ) -> httpx.Response:
        for _ in range(12):
            parts = urlsplit(url)
            here = url.replace(parts.netloc, f"127.0.0.1:{parts.port or 80}", 1)
            headers = {"Host": parts.netloc, "Cookie": self.cookie(url)}
            if referer:
                headers["Referer"] = referer
            answer = self._http.request(method, here, data=fields, headers=headers)
            jar = self._jars.setdefault(parts.netloc, {})
            for header in answer.headers.get_list("set-cookie"):
                name, _, value = header.split(";", 1)[0].partition("=")
                jar[name] = value.strip('"') if value not in ('""', "") else ""
            if answer.status_code not in {301, 302, 303}:
                return answer
            target = answer.headers["location"]
            url = target if "://" in target else f"{parts.scheme}://{parts.netloc}{target}"
            method, fields = "GET", None
        raise AssertionError(f"too many redirects, the last to {url}")


class Stack:
    """A running installation. `base` is the public address; `demo` the first agency's."""

    def __init__(self, home: Path, port: int) -> None:
        self.home = home
        self.port = port
        self.base = f"http://aura.localhost:{port}"
        self.demo = f"http://demo.aura.localhost:{port}"
        self.nova = f"http://nova.aura.localhost:{port}"
        self.log = home / "up.log"
        self.seconds = 0.0
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        """Run `creator_ai.up` until it announces the first page; AssertionError with its log."""
        began = time.monotonic()
        environment = {
            **{k: v for k, v in os.environ.items()
               if k not in {"DATABASE_URL", "DATABASE_OWNER_URL", "REDIS_URL"}},
            "AURA_HOME": str(self.home), "PORT": str(self.port), "SANDBOX_TOKEN": SANDBOX_TOKEN,
            "DJANGO_SETTINGS_MODULE": "creator_ai.settings",
        }  # fmt: skip
        with self.log.open("ab") as log:
            # Goes down with this process, however that ends.
            self._process = spawn(
                [sys.executable, "-m", "creator_ai.up"], death_signal=signal.SIGINT,
                env=environment, cwd=ROOT, output=log,
            )  # fmt: skip
        self.until(lambda: self._state().get("web"), 120, "the first page")
        self.seconds = time.monotonic() - began

    def stop(self) -> None:
        """Ctrl-C, and wait until everything is gone."""
        if self._process and self._process.poll() is None:
            self._process.send_signal(signal.SIGINT)
            try:
                self._process.wait(30)
            except subprocess.TimeoutExpired:
                os.killpg(self._process.pid, signal.SIGKILL)
                self._process.wait()

    @property
    def pid(self) -> int:
        """The supervisor's process."""
        assert self._process is not None
        return self._process.pid

    @property
    def password(self) -> str:
        """The demo people's password."""
        secrets: dict[str, str] = json.loads((self.home / "secrets.json").read_text())
        return secrets["demo_password"]

    @property
    def urls(self) -> dict[str, str]:
        """database_url, owner_url, redis_url of the running services."""
        return self._state()

    def sign_in(self, email: str, workspace: str) -> Browser:
        """A browser that signed in on the public host and entered the workspace."""
        browser = Browser()
        answer = browser.post(f"{self.base}/accounts/login/", login=email, password=self.password)
        assert answer.url.path == "/workspaces/", (
            answer.status_code,
            answer.url,
            answer.text[:500],
        )
        home = browser.get(workspace + "/")
        assert home.status_code == 200, (home.status_code, home.text[:500])
        return browser

    def ctl(self, verb: str, name: str, **fields: Any) -> Any:
        """One call of the sandbox's control plane."""
        port = json.loads((self.home / "ports.json").read_text())["sandbox"]
        sent: dict[str, Any] = {"params": fields} if verb == "GET" else {"json": fields}
        answer = httpx.request(
            verb, f"http://127.0.0.1:{port}/_ctl/{name}", timeout=30, trust_env=False,
            headers={"X-Sandbox-Token": SANDBOX_TOKEN}, **sent,
        )  # fmt: skip
        answer.raise_for_status()
        return answer.json()

    def until(self, ask: Callable[[], T], seconds: float, what: str, pause: float = 0.05) -> T:
        """Ask until the answer is true; the end of the log otherwise.

        Raises TimeoutError when it is too late, AssertionError when the stack has ended.
        """
        deadline = time.monotonic() + seconds
        while True:
            answer = ask()
            if answer:
                return answer
            dead = self._process is not None and self._process.poll() is not None
            if dead or time.monotonic() > deadline:
                end = self.log.read_text(errors="replace")[-3000:] if self.log.exists() else ""
                failure = AssertionError if dead else TimeoutError
                raise failure(f"{what} did not come within {seconds:g} s.\n{end}")
            time.sleep(pause)

    def _state(self) -> dict[str, str]:
        path = self.home / "state.json"
        try:
            found: dict[str, str] = json.loads(path.read_text())
        except (OSError, ValueError):
            return {}
        return found


@contextmanager
def running_stack() -> Iterator[Stack]:
    """A fresh installation in a folder of its own, gone afterwards."""
    home = Path(tempfile.mkdtemp(prefix="aura-stack-"))
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    stack = Stack(home, port)
    try:
        stack.start()
        yield stack
    finally:
        stack.stop()
        shutil.rmtree(home, ignore_errors=True)
