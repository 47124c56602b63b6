"""Send a request to an address that somebody typed: only to public networks, and within limits of time and size.

Every IP address of the host is checked, and the connection goes to a checked one, so a second, different DNS answer gains
nothing. http.client follows no redirect, decompresses nothing and uses no proxy; everything beyond plain HTTP is written here.
"""

import io
import socket
import ssl
import threading
import time
import zlib
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from http.client import HTTPConnection, HTTPException, HTTPResponse
from ipaddress import IPv4Address, IPv4Network, IPv6Network, ip_address, ip_network
from queue import Empty, SimpleQueue
from typing import Any, cast
from urllib.parse import SplitResult, quote, urlsplit

Network = IPv4Network | IPv6Network
_Addresses = list[tuple[socket.AddressFamily, Any]]

LONGEST = 1000  # characters of an address
SECONDS = 20.0
MOST = 5_000_000  # bytes of an answer
MOST_HEAD = 64_000  # bytes of the head
ONE_TRY = 5.0  # seconds to connect to one IP address
PIECE = 64 * 1024

_PUBLIC = (
    ip_network("0.0.0.0/0"),
    ip_network("2000::/3"),
)  # so no mapped, compatible or NAT64 form (::/8), no fc00::/7
# 6to4 and Teredo embed another address, unchecked; older versions of Python call the others public.
_NOT_PUBLIC = tuple(map(ip_network, ("2002::/16", "192.88.99.0/24", "2001::/32", "192.0.0.0/24", "3fff::/20")))
_SAFE = "/%:=&?~+!$,;'@()*[]"


class Unreachable(ValueError):
    """The address gave no usable answer. `code` is stable; `parameters` fill the placeholders of its message, as JSON values."""

    def __init__(self, code: str, **parameters: Any) -> None:
        super().__init__(code, parameters)
        self.code = code
        self.parameters = parameters


@dataclass(frozen=True, slots=True)
class Limits:
    """`seconds` for the whole exchange with its redirects; `most` bytes, compressed and decompressed; `networks` allowed besides
    public ones."""

    seconds: float = SECONDS
    most: int = MOST
    redirects: int = 3
    networks: tuple[Network, ...] = ()


@dataclass(frozen=True, slots=True)
class Answer:
    """An answer: its status, its headers by lower-case name, its decompressed body."""

    status: int
    headers: dict[str, str]
    body: bytes


@dataclass(slots=True)
class Visit:
    """One fetch: its limits, and its deadline on the monotonic clock."""

    limits: Limits
    deadline: float

    def left(self) -> float:
        if (left := self.deadline - time.monotonic()) <= 0:
            raise Unreachable("slow", seconds=round(self.limits.seconds))
        return left

    def too_large(self) -> Unreachable:
        return Unreachable("too_large", most=round(self.limits.most / 1_000_000, 1))


class _Wire(io.RawIOBase):
    """The incoming bytes, counted and timed as a whole, so that a server cannot hold us with a byte now and then."""

    def __init__(self, sock: socket.socket, visit: Visit) -> None:
        self.sock, self.visit, self.most = sock, visit, MOST_HEAD

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        self.sock.settimeout(self.visit.left())
        count = self.sock.recv_into(buffer)
        self.most -= count
        if self.most < 0:
            raise self.visit.too_large()
        return count

    def makefile(self, _mode: str) -> io.BufferedReader:
        """Return the reader that http.client asks of a socket."""
        return io.BufferedReader(self)


def normalize_address(typed: str) -> str:
    """Return the address as it is fetched and stored: with a scheme, in ASCII, without a fragment. Raises Unreachable."""
    text = typed.strip()
    if len(text) > LONGEST or any(letter <= " " or letter in '\\"<>\x7f' for letter in text):
        raise Unreachable("bad_address")
    try:
        parts = urlsplit(text if "://" in text else f"https://{text}")
        host, port = (parts.hostname or "").encode("idna").decode(), parts.port
    except ValueError as error:  # UnicodeError too
        raise Unreachable("bad_address") from error
    scheme = {"webcal": "https", "webcals": "https"}.get(parts.scheme, parts.scheme)
    if scheme not in ("http", "https"):
        raise Unreachable("scheme", scheme=scheme[:20])
    if parts.username is not None or parts.password is not None:
        raise Unreachable("credentials")
    if not host:
        raise Unreachable("bad_address")
    if port is not None and port not in (80, 443) and port < 1024:
        raise Unreachable("port", port=port)
    netloc = (f"[{host}]" if ":" in host else host) + (f":{port}" if port else "")
    path, query = quote(parts.path or "/", safe=_SAFE), quote(parts.query, safe=_SAFE)
    return SplitResult(scheme, netloc, path, query, "").geturl()


def is_allowed(host_address: str, networks: tuple[Network, ...] = ()) -> bool:
    """Tell whether an IP address is in the public internet, or in a network that the operator allows."""
    number = ip_address(host_address)
    if any(number in network for network in networks):
        return True
    inside = number.is_private or number.is_multicast or not number.is_global
    public = any(number in network for network in _PUBLIC) and not any(number in network for network in _NOT_PUBLIC)
    return public and not inside and not (isinstance(number, IPv4Address) and number.is_reserved)


def exchange(
    method: str, url: str, headers: dict[str, str], body: bytes | None = None, *, limits: Limits | None = None
) -> Answer:
    """Send one request and read its whole answer, whatever its status; redirects are not followed.

    Raises Unreachable.
    """
    visit = begin(limits)
    with reasons(visit), open_answer(visit, method, urlsplit(normalize_address(url)), headers, body) as answer:
        return Answer(answer.status, {name.lower(): value for name, value in answer.getheaders()}, read(answer, visit))


def begin(limits: Limits | None) -> Visit:
    """Start the clock of an exchange."""
    bounds = limits or Limits()
    return Visit(bounds, time.monotonic() + bounds.seconds)


@contextmanager
def reasons(visit: Visit) -> Iterator[None]:
    """Turn the errors of sockets, TLS and HTTP into Unreachable with a stable code."""
    try:
        yield
    except TimeoutError as error:
        raise Unreachable("slow", seconds=round(visit.limits.seconds)) from error
    except ssl.SSLError as error:
        raise Unreachable("tls", reason=(error.reason or "")[:80].replace("_", " ").lower()) from error
    except HTTPException as error:
        raise Unreachable("broken") from error
    except OSError as error:
        raise Unreachable("no_connection") from error


@contextmanager
def open_answer(
    visit: Visit, method: str, parts: SplitResult, headers: dict[str, str], body: bytes | None = None
) -> Iterator[HTTPResponse]:
    """Connect to a checked address, send the request, yield the answer with its head read, and close the connection."""
    with closing(_connect(parts, visit)) as sock:
        wire = _Wire(sock, visit)
        with closing(_request(wire, method, parts, headers, body)) as answer:
            yield answer


def _connect(parts: SplitResult, visit: Visit) -> socket.socket:
    """Connect to a checked IP address; TLS verifies the certificate against the host name."""
    host = parts.hostname or ""
    addresses = _resolve(host, parts.port or {"https": 443}.get(parts.scheme, 80), visit)
    for _, where in addresses:
        if not is_allowed(where[0], visit.limits.networks):
            raise Unreachable("refused_address", host=host[:100])
    sock = _dial(addresses, visit)
    if parts.scheme == "http":
        return sock
    try:
        sock.settimeout(visit.left())  # OpenSSL's handshake counts it over all its steps
        return ssl.create_default_context().wrap_socket(sock, server_hostname=host.rstrip("."))
    except BaseException:
        sock.close()
        raise


def _resolve(host: str, port: int, visit: Visit) -> _Addresses:
    """Resolve a host. The system's resolver has no deadline, so it runs in a thread that is abandoned at ours."""
    answers: SimpleQueue[_Addresses | Exception] = SimpleQueue()

    def ask() -> None:
        try:
            answers.put([(info[0], info[4]) for info in socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)])
        except Exception as error:
            answers.put(error)

    threading.Thread(target=ask, daemon=True).start()
    try:
        addresses = answers.get(timeout=visit.left())
    except Empty as error:
        raise TimeoutError from error
    if isinstance(addresses, Exception) or not addresses:
        raise Unreachable("unknown_host", host=host[:100])
    return addresses


def _dial(addresses: _Addresses, visit: Visit) -> socket.socket:
    failed: OSError = OSError()
    for family, where in addresses:
        sock = socket.socket(family, socket.SOCK_STREAM)
        try:
            sock.settimeout(min(visit.left(), ONE_TRY))
            sock.connect(where)
        except OSError as error:
            sock.close()
            failed = error
        else:
            return sock
    raise failed


def _request(wire: _Wire, method: str, parts: SplitResult, headers: dict[str, str], body: bytes | None) -> HTTPResponse:
    """Send the request and read the head of the answer."""
    wire.sock.settimeout(wire.visit.left())
    asking = HTTPConnection("unused")
    asking.sock = wire.sock
    target = f"{parts.path}?{parts.query}" if parts.query else parts.path
    asking.request(method, target, body, headers={"Host": parts.netloc} | headers)
    answer = HTTPResponse(cast(socket.socket, wire), method=method)
    answer.begin()
    wire.most += wire.visit.limits.most
    return answer


def read(answer: HTTPResponse, visit: Visit) -> bytes:
    """Read and decompress the whole body. Raises Unreachable for one that is too large or breaks off."""
    if (answer.length or 0) > visit.limits.most:
        raise visit.too_large()
    data = _unpack(answer, visit)
    if answer.length:  # http.client does not mind
        raise Unreachable("broken")
    return data


def _unpack(answer: HTTPResponse, visit: Visit) -> bytes:
    """Read and decompress the body, up to `most` bytes. Refuses a second encoding, and data after the compressed part."""
    coding = (answer.getheader("Content-Encoding") or "identity").strip().lower()
    if coding not in ("identity", "gzip", "x-gzip", "deflate"):
        raise Unreachable("packed")
    unpack = None if coding == "identity" else zlib.decompressobj(32 + zlib.MAX_WBITS)
    data = bytearray()
    while piece := answer.read(PIECE):
        try:
            data += unpack.decompress(piece, visit.limits.most + 1 - len(data)) if unpack else piece
        except zlib.error as error:
            raise Unreachable("packed") from error
        if len(data) > visit.limits.most:
            raise visit.too_large()
        if unpack and unpack.unused_data:
            raise Unreachable("packed")
    if unpack and not unpack.eof:
        raise Unreachable("broken")
    return bytes(data)
