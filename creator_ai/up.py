"""`make run`: the databases, the demo platform and every process of Aura in one terminal."""

import argparse
import base64
import contextlib
import errno
import os
import secrets
import select
import signal
import socket
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from types import FrameType
from urllib.parse import urlsplit

from creator_ai.embedded import EmbeddedError, Services, default_home, services
from creator_ai.embedded.home import PROJECT
from creator_ai.env import ConfigurationError, env_int, env_str
from creator_ai.supervisor import Child, Supervisor, to_terminal

_FIRST_PAGE_SECONDS = 60.0


class UpError(RuntimeError):
    """Aura cannot start; the message is the sentence that the person reads."""


class _Stop(BaseException):
    """Somebody asked to stop (Ctrl-C, SIGTERM, a closed terminal)."""


def main(argv: list[str] | None = None) -> int:
    """Run until told to stop; 0 after a clean stop, 1 with one sentence when it cannot run."""
    parser = argparse.ArgumentParser(prog="make run", description=__doc__)
    parser.add_argument(
        "--no-demo", action="store_true", help="no sandbox platform and no demo people"
    )
    options = parser.parse_args(argv)
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, _raise_stop)
    try:
        _run(demo=not options.no_demo, began=time.monotonic())
    except _Stop:
        return 0
    except (EmbeddedError, ConfigurationError, UpError) as error:
        print(f"aura: {error}", file=sys.stderr)
        return 1
    return 0


def _raise_stop(number: int, frame: FrameType | None) -> None:
    raise _Stop


def _ignore_signals() -> None:
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, signal.SIG_IGN)


def _run(*, demo: bool, began: float) -> None:
    servers = services(default_home())
    port = env_int("PORT", default=8000)
    try:
        servers.start()
        site = Site(servers, port=port, demo=demo, began=began)
        try:
            site.start()
            while True:
                site.tend()
        finally:
            _ignore_signals()
            site.processes.stop()
    finally:
        _ignore_signals()
        servers.stop()


class Site:
    """The processes of one installation, from the first migration to the announcement."""

    def __init__(self, servers: Services, *, port: int, demo: bool, began: float) -> None:
        self._servers = servers
        self._demo = demo
        self._began = began
        self._host = env_str("HOST", default="127.0.0.1")
        self._port = port
        # Held here and handed to the web process: nobody can take the port meanwhile, and while
        # that process starts again a browser waits instead of being refused.
        self._door = _listen(self._host, port)
        self._base_url = env_str(
            "PUBLIC_BASE_URL", default=f"http://aura.localhost:{self._port}"
        ).rstrip("/")
        self._sandbox_port = servers.home.port("sandbox") if demo else 0
        self._sign_in = ""
        self._announced = False
        self._visit: socket.socket | None = None
        self._next_visit = 0.0
        self._chosen = self._choose()
        self.processes = Supervisor(self._environment(), PROJECT, to_terminal)

    def start(self) -> None:
        """Bring the schemas up to date, then start the pages; UpError when that fails."""
        if self._demo:
            sandbox = ["-m", "integrations.sandbox", "--port", str(self._sandbox_port), "--growth"]
            # The demo reads every few seconds; the platform's true allowance would last an hour.
            sandbox += ["--quota", "10000000"]
            # Its grants outlive a restart, else every demo account would have to connect again.
            state = self._servers.home.folder / "sandbox.json"
            self._python("sandbox", *sandbox, "--state", str(state))
        self._finish(
            "The database could not be brought up to date; the lines above say why.",
            self._manage("migrate", "migrate_all", keep=False),
            self._manage("static", "collectstatic", "--noinput", "--verbosity", "0", keep=False),
        )
        door = self._door.fileno()
        self._python("web", "-m", "creator_ai.web", str(door), pass_fds=[door])
        if self._demo:
            password = self._servers.home.secret("demo_password", f"aura-{secrets.token_hex(4)}")
            seed = self._manage("seed", "seed_demo", "--password", password, keep=False)
            self._finish("The demo could not be set up; the lines above say why.", seed)
            self._sign_in = seed.last_line

    def tend(self) -> None:
        """Keep everything alive for a moment, and say once that the first page is there."""
        self.processes.tend(0.1 if not self._announced else 0.5)
        for name in self._servers.restart_if_dead():
            self.processes.say(name, "ended by itself and was started again")
        if not self._announced:
            self._announce()
            if self._announced:  # not earlier: they would slow the first page down
                self._start_workers()

    def _start_workers(self) -> None:
        celery = ["-m", "celery", "-A", "creator_ai", "--quiet", "worker", "--loglevel", "WARNING"]
        celery += ["--without-gossip", "--without-mingle", "--without-heartbeat"]
        queues = "default,sync,llm,osint"
        self._python("worker", *celery, "-n", "worker@%h", "-P", "threads", "-c", "4", "-Q", queues)
        self._python("score", *celery, "-n", "score@%h", "-P", "solo", "-Q", "score")
        self._manage("relay", "relay")
        self._manage("listen", "listen")

    def _announce(self) -> None:
        seconds = time.monotonic() - self._began
        status = self._look()
        if status != "200" and seconds < _FIRST_PAGE_SECONDS:
            return
        self._announced = True
        self._servers.announce(web=self._base_url, variables=self._chosen)
        if status != "200":
            self.processes.say("aura", "the first page does not answer; the lines above say why")
            return
        parts = urlsplit(self._base_url)
        demo = parts._replace(netloc=f"demo.{parts.netloc}").geturl()
        lines = [
            "",
            f"  Aura is up after {seconds:.1f} s.",
            "",
            f"    Sign in      {self._base_url}",
        ]
        if self._demo:
            lines += [f"    Demo agency  {demo}", "", f"    {self._sign_in}"]
        lines += ["", "  Stop with Ctrl-C.", "", ""]
        to_terminal("\n".join(lines))

    def _look(self) -> str:
        """Return the status of the public start page, "" while it has not answered.

        One request waits at the door until the web process answers; a page that fails is asked
        again every other second.
        """
        if self._visit is None:
            if time.monotonic() < self._next_visit:
                return ""
            parts = urlsplit(self._base_url)
            # Python does not resolve *.localhost, hence the name by hand.
            self._visit = socket.create_connection(self._door.getsockname()[:2])
            self._visit.sendall(
                f"GET / HTTP/1.1\r\nHost: {parts.netloc}\r\n"
                f"X-Forwarded-Proto: {parts.scheme}\r\nConnection: close\r\n\r\n".encode()
            )
        if not select.select([self._visit], [], [], 0)[0]:
            return ""
        with self._visit as visit, contextlib.suppress(OSError):
            answer = visit.recv(64).split()  # b"HTTP/1.1 200 OK"
        self._visit = None
        self._next_visit = time.monotonic() + 2.0
        return answer[1].decode("ascii", "replace") if len(answer) > 1 else ""

    def _finish(self, failure: str, *children: Child) -> None:
        if not self.processes.finish(*children):
            raise UpError(failure)

    def _python(
        self, name: str, *argv: str, keep: bool = True, pass_fds: Sequence[int] = ()
    ) -> Child:
        return self.processes.start(name, sys.executable, *argv, keep=keep, pass_fds=pass_fds)

    def _manage(self, name: str, *argv: str, keep: bool = True) -> Child:
        return self._python(name, str(Path(PROJECT, "manage.py")), *argv, keep=keep)

    def _choose(self) -> dict[str, str]:
        """Return the variables that nobody has set; keys and passwords are made once, then kept."""
        home = self._servers.home
        chosen = {
            "PUBLIC_BASE_URL": self._base_url,
            "SECRET_KEY": home.secret("secret_key"),
            "TOKEN_KEYRING": home.secret(
                "token_keyring", f"k1:{base64.b64encode(secrets.token_bytes(32)).decode()}"
            ),
            "EVIDENCE_KEY": home.secret(
                "evidence_key", base64.b64encode(secrets.token_bytes(32)).decode()
            ),
        }
        if self._demo:
            sandbox = f"http://127.0.0.1:{self._sandbox_port}"
            chosen |= {
                "PLATFORM_ALLOWED_HOSTS": f"127.0.0.1:{self._sandbox_port}",
                "PLATFORM_BASE_URL_GOOGLE_AUTH": f"{sandbox}/google",
                "PLATFORM_BASE_URL_GOOGLE_TOKEN": f"{sandbox}/google",
                "PLATFORM_BASE_URL_YOUTUBE": f"{sandbox}/youtube/v3",
                "PLATFORM_BASE_URL_WEBSUB_HUB": f"{sandbox}/hub",
                "PLATFORM_BASE_URL_TIKTOK_AUTH": f"{sandbox}/tiktok/auth",
                "PLATFORM_BASE_URL_TIKTOK_OPEN": f"{sandbox}/tiktok/open",
                "PLATFORM_BASE_URL_TIKTOK_BUSINESS": f"{sandbox}/tiktok/business/open_api/v1.3",
                "PLATFORM_BASE_URL_INSTAGRAM_WWW": f"{sandbox}/ig/www",
                "PLATFORM_BASE_URL_INSTAGRAM_API": f"{sandbox}/ig/api",
                "PLATFORM_BASE_URL_INSTAGRAM_GRAPH": f"{sandbox}/ig/graph",
                "PLATFORM_BASE_URL_TWITCH_ID": f"{sandbox}/twitch",
                "PLATFORM_BASE_URL_TWITCH_HELIX": f"{sandbox}/twitch/helix",
                "PLATFORM_BASE_URL_TWITCH_WS": f"ws://127.0.0.1:{self._sandbox_port}/twitch/ws",
                "TWITCH_CLIENT_ID": "aura-demo-twitch",
                "TWITCH_CLIENT_SECRET": home.secret("sandbox_twitch_secret"),
                "PLATFORM_BASE_URL_X_AUTH": f"{sandbox}/x/auth",
                "PLATFORM_BASE_URL_X_API": f"{sandbox}/x/api",
                "PLATFORM_BASE_URL_FACEBOOK_WWW": f"{sandbox}/fb/www",
                "PLATFORM_BASE_URL_FACEBOOK_GRAPH": f"{sandbox}/fb/graph",
                "PLATFORM_BASE_URL_REDDIT_WWW": f"{sandbox}/reddit",
                "PLATFORM_BASE_URL_REDDIT_OAUTH": f"{sandbox}/reddit/oauth",
                "REDDIT_CLIENT_ID": "aura-demo-reddit",
                "REDDIT_CLIENT_SECRET": home.secret("sandbox_reddit_secret"),
                "REDDIT_USERNAME": "aura-demo",
                "FACEBOOK_CLIENT_ID": "aura-demo-facebook",
                "FACEBOOK_CLIENT_SECRET": home.secret("sandbox_facebook_secret"),
                "INSTAGRAM_CLIENT_ID": "aura-demo-instagram",
                "INSTAGRAM_CLIENT_SECRET": home.secret("sandbox_instagram_secret"),
                "TIKTOK_BUSINESS_APP_ID": "aura-demo-business",
                "TIKTOK_BUSINESS_APP_SECRET": home.secret("sandbox_tiktok_secret"),
                "GOOGLE_CLIENT_ID": "aura-demo",
                "GOOGLE_CLIENT_SECRET": home.secret("sandbox_client_secret"),
                "SANDBOX_TOKEN": home.secret("sandbox_token"),
                "SYNC_INTERVAL_SECONDS": "8",
            }
        given = {name for name in chosen if {name, f"{name}_FILE"} & os.environ.keys()}
        return {name: value for name, value in chosen.items() if name not in given}

    def _environment(self) -> dict[str, str]:
        # Celery warns root at every start; the rest of Aura runs as the same user anyway.
        quiet = {"PYTHONUNBUFFERED": "1", "PYTHONWARNINGS": "ignore::UserWarning:celery.platforms"}
        environment = quiet | dict(os.environ) | self._chosen | self._servers.environment
        for name in self._servers.environment:
            environment.pop(f"{name}_FILE", None)
        environment["AURA_HOME"] = str(self._servers.home.folder)
        return environment


def _listen(host: str, port: int) -> socket.socket:
    try:
        return socket.create_server((host, port), backlog=1024)
    except OSError as error:
        if error.errno == errno.EADDRINUSE:
            message = (
                f"Port {port} of {host} is already in use. Stop what uses it, or take another: "
                f"PORT={port + 1} make run"
            )
        else:
            message = (
                f"Port {port} of {host} cannot be used ({error.strerror}). Take another, for "
                "example PORT=8001 make run, or correct HOST."
            )
        raise UpError(message) from error


if __name__ == "__main__":
    sys.exit(main())
