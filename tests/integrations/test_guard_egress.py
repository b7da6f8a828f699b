"""Adapters reach public addresses over https and nothing else, however a name or an answer lies."""

import ast
import gzip
import ipaddress
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import httpcore
import pytest
from django.conf import settings as real_settings
from hypothesis import given
from hypothesis import settings as examples
from hypothesis import strategies as st

from creator_ai.checks import only_public_platforms
from integrations.platforms.base import ErrorKind, PlatformError
from integrations.platforms.client import NOT_ALLOWED, Call, Client, NotSent, by_status
from integrations.platforms.egress import Egress, EgressRefused, is_public

PUBLIC = "93.184.215.14"
PRIVATE_V4 = [
    "0.0.0.0/8", "10.0.0.0/8", "100.64.0.0/10", "127.0.0.0/8", "169.254.0.0/16", "172.16.0.0/12",
    "192.0.2.0/24", "192.168.0.0/16", "198.18.0.0/15", "198.51.100.0/24", "203.0.113.0/24",
    "224.0.0.0/4", "240.0.0.0/4", "255.255.255.255/32", "168.63.129.16/32",
]  # fmt: skip
PRIVATE_V6 = [
    "::/128", "::1/128", "100::/64", "2001:db8::/32", "fc00::/7", "fe80::/10", "fec0::/10",
    "ff00::/8",
]  # fmt: skip


def members(networks: list[str]) -> st.SearchStrategy[str]:
    """Any address of these networks."""
    return st.one_of(
        [st.ip_addresses(network=net).map(str) for net in map(ipaddress.ip_network, networks)]
    )


def wrapped(inner: str) -> list[str]:
    """The IPv6 addresses that lead to an IPv4 one."""
    number = int(ipaddress.IPv4Address(inner))
    return [
        str(ipaddress.IPv6Address(value))
        for value in (
            0xFFFF << 32 | number,  # mapped
            0x2002 << 112 | number << 80,  # 6to4
            0x20010000 << 96 | (number ^ 0xFFFFFFFF),  # Teredo
            0x0064FF9B << 96 | number,  # NAT64
        )
    ]


private = members(PRIVATE_V4) | members(PRIVATE_V6)


@given(private)
def test_no_private_address_is_public(address):
    assert not is_public(address)


@given(members(PRIVATE_V4))
def test_a_private_address_in_disguise_is_none_either(address):
    assert [is_public(one) for one in wrapped(address)] == [False] * 4


@pytest.mark.parametrize(
    "address", [PUBLIC, "8.8.8.8", "2a00:1450:4007:80e::200a", "64:ff9b::808:808"]
)
def test_a_platforms_address_is_public(address):
    assert is_public(address)


@pytest.mark.parametrize("text", ["", "example.org", "127.1", "fe80::1%eth0", "0x7f000001", "1e3"])
def test_what_is_no_address_is_not_public(text):
    assert not is_public(text)


@given(st.lists(st.just(PUBLIC), max_size=3), private, st.randoms())
def test_one_private_address_spoils_a_name(good, bad, random):
    found = [*good, bad]
    random.shuffle(found)
    with pytest.raises(EgressRefused):
        Egress(resolve=lambda _host, _port: found).addresses("api.example", 443)


@pytest.fixture
def connected(monkeypatch) -> list[tuple[str, int]]:
    """Where a connection was asked for; none is made."""
    asked: list[tuple[str, int]] = []

    def refuse(_self: Any, host: str, port: int, *_rest: Any, **_more: Any) -> None:
        asked.append((host, port))
        raise httpcore.ConnectError("closed")

    monkeypatch.setattr(httpcore.SyncBackend, "connect_tcp", refuse)
    return asked


def get(http: Client, url: str) -> dict[str, Any]:
    """One call, as an adapter makes it."""
    return http.read(
        Call("GET", url), lambda reply: PlatformError(by_status(reply), "no", detail="refused")
    )


@pytest.mark.parametrize(
    "url",
    [
        "http://youtube.googleapis.com/youtube/v3",
        "ftp://youtube.googleapis.com/",
        "file:///etc/passwd",
        "gopher://127.0.0.1:6379/_FLUSHALL",
        "//youtube.googleapis.com/",
        "https://",
        "https://127.0.0.1/",
        "https://127.0.0.1:8000/",
        "https://[::1]/",
        "https://[::ffff:169.254.169.254]/latest/meta-data/",
        "https://169.254.169.254/latest/meta-data/",
        "https://0/",
        "https://2130706433/",
        "https://0x7f.1/",
        "https://127.1/",
        "https://localhost/",
        "https://LOCALHOST./",
        "https://youtube.googleapis.com@127.0.0.1/",
        "https://user:secret@youtube.googleapis.com/",
        "https://127.0.0.1#@youtube.googleapis.com/",
        "https://127.0.0.1\\@youtube.googleapis.com/",
        "https://①②⑦.⓪.⓪.①/",
    ],
)
def test_a_hostile_address_is_never_connected_to(url, connected):
    http = Client(attempts=1)
    with pytest.raises(PlatformError) as caught:
        get(http, url)
    assert caught.value.kind is ErrorKind.TRANSIENT
    assert connected == []
    http.close()


LOST = Client(attempts=1, egress=Egress(resolve=lambda _host, _port: ["127.0.0.1"]))


@examples(deadline=None)  # the first one opens the TLS context
@given(st.text(max_size=40))
def test_no_text_in_a_host_leads_inside(text):
    with pytest.raises(PlatformError) as caught:
        get(LOST, f"https://{text}/")
    assert caught.value.kind is ErrorKind.TRANSIENT


def test_the_checked_address_is_the_one_that_is_used(connected):
    answers = iter([[PUBLIC], ["127.0.0.1"]])
    http = Client(attempts=1, egress=Egress(resolve=lambda _host, _port: next(answers)))
    with pytest.raises(PlatformError):
        get(http, "https://rebinding.example/")
    assert connected == [(PUBLIC, 443)]
    with pytest.raises(NotSent) as caught:  # the name has changed its mind: so does Aura
        get(http, "https://rebinding.example/")
    assert caught.value.message == NOT_ALLOWED
    assert connected == [(PUBLIC, 443)]
    http.close()


def test_the_next_address_is_tried_when_one_is_away(connected):
    http = Client(attempts=1, egress=Egress(resolve=lambda _host, _port: [PUBLIC, "8.8.8.8"]))
    with pytest.raises(NotSent):
        get(http, "https://api.example/")
    assert [host for host, _port in connected] == [PUBLIC, "8.8.8.8"]
    http.close()


# --- against a server ----------------------------------------------------------------------------


@contextmanager
def serving(answer: Callable[[BaseHTTPRequestHandler], None]) -> Iterator[tuple[str, list[str]]]:
    """A server of ours: its host:port, and the paths it was asked for."""
    asked: list[str] = []

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            asked.append(self.path)
            answer(self)

        def log_message(self, *_args: Any) -> None:
            """Say nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    thread = threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True)
    thread.start()
    try:
        yield f"127.0.0.1:{server.server_port}", asked
    finally:
        server.shutdown()
        server.server_close()
        thread.join(timeout=5)


def body(content: bytes, packing: str = "") -> Callable[[BaseHTTPRequestHandler], None]:
    """An answer of status 200."""

    def answer(handler: BaseHTTPRequestHandler) -> None:
        handler.send_response(200)
        if packing:
            handler.send_header("Content-Encoding", packing)
        handler.send_header("Content-Length", str(len(content)))
        handler.end_headers()
        handler.wfile.write(content)

    return answer


def test_an_allowed_place_is_reached_and_its_neighbours_are_not():
    with serving(body(b'{"ok": true}')) as (here, _asked), serving(body(b"{}")) as (next_door, no):
        http = Client(attempts=1, egress=Egress.but([here.upper()]))
        assert get(http, f"http://{here}/a") == {"ok": True}
        for elsewhere in (
            f"http://{next_door}/",
            f"http://{here.replace('127.0.0.1', 'localhost')}/",
        ):
            with pytest.raises(NotSent):
                get(http, elsewhere)
        http.close()
    assert no == []


def test_proxies_of_the_environment_are_not_used(monkeypatch):
    for name in ("HTTP_PROXY", "http_proxy", "ALL_PROXY", "HTTPS_PROXY"):
        monkeypatch.setenv(name, "http://127.0.0.1:9")
    with serving(body(b'{"ok": true}')) as (here, _asked):
        http = Client(attempts=1, egress=Egress.but([here]))
        assert get(http, f"http://{here}/") == {"ok": True}
        http.close()


def test_the_operators_proxy_is(connected):
    http = Client(attempts=1, proxy="http://user:pass@proxy.internal:3128")
    with pytest.raises(NotSent):
        get(http, "https://youtube.googleapis.com/")
    assert connected == [("proxy.internal", 3128)]
    for url in ("https://10.0.0.1/", "http://youtube.googleapis.com/"):
        with pytest.raises(NotSent) as caught:
            get(http, url)
        assert caught.value.message == NOT_ALLOWED
    assert len(connected) == 1
    http.close()


def test_a_redirect_is_not_followed():
    with serving(body(b"{}")) as (target, reached):

        def away(handler: BaseHTTPRequestHandler) -> None:
            handler.send_response(302)
            handler.send_header("Location", f"http://{target}/stolen")
            handler.send_header("Content-Length", "0")
            handler.end_headers()

        with serving(away) as (here, _asked):
            http = Client(attempts=1, egress=Egress.but([here, target]))
            with pytest.raises(PlatformError, match="refused"):
                get(http, f"http://{here}/")
            http.close()
    assert reached == []


@pytest.mark.parametrize(
    ("content", "packing"),
    [
        (b'"' + b"x" * 200_000 + b'"', ""),
        (gzip.compress(b'{"a": "' + b"x" * 50_000_000 + b'"}'), "gzip"),
        (gzip.compress(b"{}") + b"\0" * 200_000, "gzip"),
        (gzip.compress(b'{"a": 1}', mtime=0)[:-9], "gzip"),
        (b"not packed", "gzip"),
        (b"{}", "br"),
        (b"{}", "gzip, gzip"),
    ],
)
def test_what_is_too_big_or_oddly_packed_is_garbled(content, packing):
    with serving(body(content, packing)) as (here, _asked):
        http = Client(attempts=1, max_bytes=100_000, egress=Egress.but([here]))
        with pytest.raises(PlatformError) as caught:
            get(http, f"http://{here}/")
        http.close()
    assert caught.value.kind is ErrorKind.TRANSIENT


def test_a_packed_answer_is_read():
    with serving(body(gzip.compress(b'{"ok": true}'), "gzip")) as (here, _asked):
        http = Client(attempts=1, egress=Egress.but([here]))
        assert get(http, f"http://{here}/") == {"ok": True}
        http.close()


@pytest.mark.parametrize("where", ["headers", "body"])
def test_a_platform_that_drips_is_given_up(where):
    """Each byte comes in time; the whole never would."""
    stop = threading.Event()

    def drip(handler: BaseHTTPRequestHandler) -> None:
        begin = b"HTTP/1.1 200 OK\r\nX-A: " if where == "headers" else b"HTTP/1.1 200 OK\r\n\r\n"
        try:
            handler.wfile.write(begin)
            while not stop.wait(0.05):
                handler.wfile.write(b"x")
        except OSError:
            pass
        handler.close_connection = True

    with serving(drip) as (here, _asked):
        http = Client(attempts=1, timeout_s=0.4, egress=Egress.but([here]))
        with pytest.raises(PlatformError) as caught:
            get(http, f"http://{here}/")
        stop.set()
        http.close()
    assert caught.value.kind is ErrorKind.TRANSIENT


# --- the house -----------------------------------------------------------------------------------

WIRES = {
    "aiohttp", "ftplib", "http.client", "httpcore", "httpx", "requests", "smtplib", "socket", "ssl",
    "urllib.request", "urllib3", "websockets",
}  # fmt: skip


def imported(path: Path) -> set[str]:
    """Every module that a file imports, with its parents."""
    names: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            names |= {node.module, *(f"{node.module}.{alias.name}" for alias in node.names)}
    return names | {name.partition(".")[0] for name in names}


def test_nothing_else_in_the_room_speaks_to_the_network():
    room = Path(real_settings.BASE_DIR) / "integrations"
    adapters = room / "platforms"
    guarded = {adapters / "client.py", adapters / "twitch" / "eventsub.py"}  # each over Egress
    ours = {*guarded, adapters / "egress.py"}
    for path in guarded:
        assert "integrations.platforms.egress.Egress" in imported(path)
    files = [path for path in room.rglob("*.py") if "sandbox" not in path.parts]
    assert ours <= set(files)
    assert {str(path) for path in set(files) - ours if imported(path) & WIRES} == set()
    built = {path for path in files if "Client(" in path.read_text(encoding="utf-8")}
    assert built - ours == {adapters / "__init__.py"}


@pytest.mark.parametrize(
    ("public", "changed", "codes"),
    [
        ("https", {}, []),
        ("http", {"PLATFORM_ALLOWED_HOSTS": ["127.0.0.1:9100"]}, []),
        ("https", {"PLATFORM_ALLOWED_HOSTS": ["127.0.0.1:9100"]}, ["aura.E004"]),
        ("https", {"PLATFORM_BASE_URLS": {"youtube": "http://youtube.example"}}, ["aura.E004"]),
        ("https", {"PLATFORM_BASE_URLS": {"a": "https://a.example", "b": "wss://b.example"}}, []),
    ],
)
def test_a_public_site_must_not_reach_inside(settings, public, changed, codes):
    settings.IS_HTTPS = public == "https"
    for name, value in changed.items():
        setattr(settings, name, value)
    assert [message.id for message in only_public_platforms(None)] == codes
