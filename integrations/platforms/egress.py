"""Where adapters may connect to: public addresses, resolved once, and the operator's exceptions."""

import ipaddress
import socket
import time
from collections.abc import Callable, Collection, Iterable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from typing import Any

import httpcore

Address = ipaddress.IPv4Address | ipaddress.IPv6Address
Resolve = Callable[[str, int], list[str]]

# Addresses that look public and are none: the cloud's own wire to every machine in it.
_METADATA = frozenset({ipaddress.ip_address("168.63.129.16")})
_GLOBAL_UNICAST = ipaddress.IPv6Network("2000::/3")
_NAT64 = ipaddress.IPv6Network("64:ff9b::/96")  # RFC 6052: an IPv4 address in its last 32 bits

_deadline: ContextVar[float | None] = ContextVar("egress_deadline", default=None)


class EgressRefused(Exception):
    """Aura does not connect there; the message says why and holds no path and no query."""


def is_public(text: str) -> bool:
    """Whether an address is one of the public internet, also when it wraps another one."""
    try:
        address: Address = ipaddress.ip_address(text)
    except ValueError:
        return False
    if isinstance(address, ipaddress.IPv6Address):
        inner = _inside(address)
        if inner is not None:
            return is_public(str(inner))
        if address not in _GLOBAL_UNICAST:
            return False
    return address.is_global and not address.is_multicast and address not in _METADATA


def _inside(address: ipaddress.IPv6Address) -> ipaddress.IPv4Address | None:
    """The IPv4 address that a packet to this IPv6 address would end at."""
    if address.ipv4_mapped:
        return address.ipv4_mapped
    if address.sixtofour:
        return address.sixtofour
    if address.teredo:
        return address.teredo[1]
    if address in _NAT64:
        return ipaddress.IPv4Address(int(address) & 0xFFFFFFFF)
    return None


def resolve(host: str, port: int) -> list[str]:
    """The addresses of a name, as the system's resolver orders them."""
    try:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError) as error:
        raise httpcore.ConnectError(f"{host}: {type(error).__name__}") from None
    return list(dict.fromkeys(str(entry[4][0]) for entry in found))


@dataclass(frozen=True, slots=True)
class Egress:
    """What may be reached. `allowed` are `host:port` that may be plain http and private."""

    allowed: frozenset[str] = frozenset()
    resolve: Resolve = resolve

    @classmethod
    def but(cls, allowed: Collection[str]) -> "Egress":
        """The public internet, and these `host:port`."""
        return cls(frozenset(entry.strip().lower() for entry in allowed))

    def check(self, scheme: str, host: str, port: int | None) -> None:
        """Raises EgressRefused unless it is https to a public place, or allowed by name."""
        if scheme not in {"http", "https"} or not host:
            raise EgressRefused("not a plain address")
        if self._is_allowed(host, port or (443 if scheme == "https" else 80)):
            return
        if scheme != "https":
            raise EgressRefused(f"{host}: not https")
        if _is_literal(host) and not is_public(host):
            raise EgressRefused(f"{host}: not a public address")

    def addresses(self, host: str, port: int) -> list[str]:
        """Where to connect for a name, checked: one bad address among good ones spoils them all.

        A name that also leads inside is no platform's.
        """
        found = self.resolve(host, port)
        if not found:
            raise httpcore.ConnectError(f"{host}: no address")
        if not self._is_allowed(host, port) and not all(is_public(one) for one in found):
            raise EgressRefused(f"{host}: not a public address")
        return found

    def _is_allowed(self, host: str, port: int) -> bool:
        name = host.lower()
        return (f"[{name}]:{port}" if ":" in name else f"{name}:{port}") in self.allowed


def _is_literal(host: str) -> bool:
    try:
        ipaddress.ip_address(host)
    except ValueError:
        return False
    return True


@contextmanager
def within(seconds: float) -> Iterator[None]:
    """Everything that is sent and read in the block, connecting included, ends in this time."""
    before = _deadline.set(time.monotonic() + seconds)
    try:
        yield
    finally:
        _deadline.reset(before)


def _left(timeout: float | None, late: type[Exception]) -> float | None:
    """The smaller of one step's own limit and what is left of the whole; raises `late` at 0."""
    ends = _deadline.get()
    if ends is None:
        return timeout
    left = ends - time.monotonic()
    if left <= 0:
        raise late("out of time")
    return left if timeout is None else min(timeout, left)


class GuardedBackend(httpcore.NetworkBackend):
    """Connects to the address that was checked, whatever the name says a moment later.

    Without `egress`, for an operator's own proxy, only the time is watched.
    """

    def __init__(self, egress: Egress | None) -> None:
        self._egress = egress
        self._plain = httpcore.SyncBackend()

    def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[Any] | None = None,
    ) -> httpcore.NetworkStream:
        """A connection to the first address that answers. TLS still asks for the name."""
        addresses = self._egress.addresses(host, port) if self._egress else [host]
        problem: Exception | None = None
        for address in addresses:
            left = _left(timeout, httpcore.ConnectTimeout)
            try:
                found = self._plain.connect_tcp(address, port, left, local_address, socket_options)
            except (httpcore.ConnectError, httpcore.ConnectTimeout) as error:
                problem = error
            else:
                return TimedStream(found)
        raise problem or httpcore.ConnectError(host)

    def connect_unix_socket(
        self,
        path: str,
        timeout: float | None = None,
        socket_options: Iterable[Any] | None = None,
    ) -> httpcore.NetworkStream:
        """Never: a platform is on the internet."""
        raise EgressRefused("not an address")


class TimedStream(httpcore.NetworkStream):
    """A stream whose every step must end before the deadline of `within`.

    A limit on each read alone lets a platform drip its headers for hours.
    """

    def __init__(self, stream: httpcore.NetworkStream) -> None:
        self._stream = stream

    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        """Some bytes, in time."""
        return self._stream.read(max_bytes, _left(timeout, httpcore.ReadTimeout))

    def write(self, buffer: bytes, timeout: float | None = None) -> None:
        """All of the bytes, in time."""
        self._stream.write(buffer, _left(timeout, httpcore.WriteTimeout))

    def close(self) -> None:
        """Close it."""
        self._stream.close()

    def start_tls(
        self,
        ssl_context: Any,
        server_hostname: str | None = None,
        timeout: float | None = None,
    ) -> httpcore.NetworkStream:
        """The same connection, encrypted; the certificate must be the name's."""
        left = _left(timeout, httpcore.ConnectTimeout)
        return TimedStream(self._stream.start_tls(ssl_context, server_hostname, left))

    def get_extra_info(self, info: str) -> Any:
        """What the connection knows of itself."""
        return self._stream.get_extra_info(info)
