"""Reading an address: what is refused before a byte goes out, and how hostile servers end. The servers are real."""

import gzip
import ssl
import threading
import time
import tracemalloc
import zlib
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from ipaddress import IPv4Address, ip_address, ip_network
from pathlib import Path
from typing import Any

import brotli
import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from calendar_app.importing.sources.fetch import fetch, problem_message
from calendar_app.importing.sources.fetch_messages import PROBLEMS
from calendar_app.outgoing.http import Limits, Unreachable, is_allowed, normalize_address
from helpers.hosts import Host, answer, host

HERE = (ip_network("127.0.0.0/8"),)
CALENDAR = b"BEGIN:VCALENDAR\r\nEND:VCALENDAR\r\n"
AGENT = "calendar-app/0 (+https://calendar.example.jp)"


@pytest.fixture
def there() -> Iterator[Host]:
    with host() as made:
        yield made


def read(url: str, *, seconds: float = 5, most: int = 5_000_000, **more: Any) -> Any:
    return fetch(url, AGENT, limits=Limits(seconds, most, networks=HERE), **more)


def refused(url: str, networks: Any = HERE, **bounds: Any) -> Unreachable:
    with pytest.raises(Unreachable) as caught:
        fetch(url, AGENT, limits=Limits(**{"seconds": 5} | bounds, networks=networks))
    for lang in ("ja", "en"):
        assert "{" not in problem_message(caught.value.code, caught.value.parameters, lang)
    return caught.value


def test_an_address_is_read_and_says_who_asks(there: Host) -> None:
    url = there.says("/c.ics?x=%E6%A1%9C", CALENDAR, 'ETag: "1"', "Last-Modified: Mon, 01 Mar 2027 00:00:00 GMT")
    found = read(there.url("/c.ics?x=桜#top"))
    assert (found.data, found.etag) == (CALENDAR, '"1"')
    asked = there.heard[0]
    assert f"Host: 127.0.0.1:{there.port}\r\n" in asked
    assert AGENT in asked
    assert url in there.url(asked.split(" ")[1])


def test_what_has_not_changed_is_not_sent_again(there: Host) -> None:
    there.pages["/c.ics"] = b'HTTP/1.1 304 Not Modified\r\nETag: "1"\r\n\r\n'
    found = read(there.url("/c.ics"), etag='"1"', last_modified="Mon, 01 Mar 2027 00:00:00 GMT")
    assert found.data is None
    assert 'If-None-Match: "1"\r\nIf-Modified-Since: Mon, 01 Mar 2027' in there.heard[0]


@pytest.mark.parametrize(
    ("typed", "kept"),
    [
        ("webcal://example.jp/a.ics", "https://example.jp/a.ics"),
        (" example.jp ", "https://example.jp/"),
        (
            "http://例え.jp:8080/桜 祭り.ics".replace(" ", ""),
            "http://xn--r8jz45g.jp:8080/%E6%A1%9C%E7%A5%AD%E3%82%8A.ics",
        ),
        ("HTTPS://Example.JP/A?b=c%20d#e", "https://example.jp/A?b=c%20d"),
    ],
)
def test_addresses_are_kept_in_one_form(typed: str, kept: str) -> None:
    assert normalize_address(typed) == kept
    assert normalize_address(kept) == kept


@pytest.mark.parametrize(
    ("typed", "code"),
    [
        ("file:///etc/passwd", "scheme"),
        ("gopher://example.jp/", "scheme"),
        ("ftp://example.jp/a.ics", "scheme"),
        ("https://user:pass@example.jp/", "credentials"),
        ("https://user@example.jp/", "credentials"),
        ("https://example.jp:22/", "port"),
        ("https://example.jp:0/", "port"),
        ("https://example.jp:25/", "port"),
        ("https://example.jp:99999/", "bad_address"),
        ("https://", "bad_address"),
        ("https://example.jp/\r\nX: y", "bad_address"),
        ("https://example.jp\\@127.0.0.1/", "bad_address"),
        ("https://[::1/", "bad_address"),
        (f"https://{'a' * 70}.jp/", "bad_address"),
        ("https://example.jp/" + "a" * 1000, "bad_address"),
    ],
)
def test_what_is_no_address_of_a_calendar_is_refused_unasked(typed: str, code: str) -> None:
    assert refused(typed).code == code


INSIDE = {
    "this machine": ("127.0.0.1", "127.8.8.8", "0.0.0.0", "0.1.2.3", "::1", "::"),
    "this network": ("10.1.1.1", "172.16.0.1", "192.168.1.1", "169.254.169.254", "100.64.0.1", "fe80::1", "fc00::1"),
    "the cloud's own": ("fd00:ec2::254", "fec0::1", "192.0.0.8"),
    "many": ("224.0.0.1", "239.1.1.1", "ff0e::1", "255.255.255.255"),
    "nobody": (
        "240.0.0.1",
        "192.0.2.1",
        "198.18.0.1",
        "198.51.100.1",
        "203.0.113.1",
        "2001:db8::1",
        "3fff::1",
        "100::1",
    ),
    "mapped": ("::ffff:127.0.0.1", "::ffff:8.8.8.8", "::127.0.0.1"),
    "NAT64": ("64:ff9b::7f00:1", "64:ff9b::808:808", "64:ff9b:1::1"),
    "6to4": ("192.88.99.1", "2002:7f00:1::", "2002:808:808::1"),
    "Teredo": ("2001:0:4136:e378:8000:63bf:3fff:fdd2",),
}


@pytest.mark.parametrize("what", INSIDE)
def test_addresses_inside_and_those_that_hide_one_are_refused(what: str) -> None:
    for number in INSIDE[what]:
        literal = number if isinstance(ip_address(number), IPv4Address) else f"[{number}]"
        assert refused(f"http://{literal}:8080/", networks=()).code == "refused_address", number


@pytest.mark.parametrize("number", ["8.8.8.8", "133.11.0.1", "2404:6800:4004::1", "2001:200::1"])
def test_public_addresses_are_not(number: str) -> None:
    assert is_allowed(number)


@pytest.mark.parametrize("name", ["localhost", "2130706433", "0x7f000001", "127.1", "0177.0.0.1", "LOCALHOST"])
def test_names_and_spellings_of_this_machine_are_seen_through(there: Host, name: str) -> None:
    found = refused(there.url("/c.ics", name), networks=())
    assert found.code == "refused_address"
    assert there.heard == []


def test_a_network_of_ones_own_is_read_when_the_operator_names_it(there: Host) -> None:
    there.says("/c.ics", CALENDAR)
    assert read(there.url("/c.ics", "localhost")).data == CALENDAR


@pytest.mark.parametrize(
    ("to", "code"),
    [
        ("http://10.0.0.1/c.ics", "refused_address"),
        ("http://[::ffff:127.0.0.1]/c.ics", "refused_address"),
        ("//169.254.169.254/latest/meta-data/", "refused_address"),
        ("http://[::1]:8080/", "refused_address"),
        ("file:///etc/passwd", "scheme"),
        ("http://me:secret@127.0.0.1:8080/", "credentials"),
        ("", "broken"),
    ],
)
def test_each_redirect_is_checked_like_the_first_address(there: Host, to: str, code: str) -> None:
    assert refused(there.leads("/c.ics", to)).code == code


def test_a_redirect_to_this_machine_is_not_followed_from_outside(there: Host) -> None:
    """Only one of the two addresses is allowed, as the public internet would be."""
    there.says("/secret", "inside")
    there.leads("/c.ics", there.url("/secret", "127.0.0.2"))
    assert refused(there.url("/c.ics"), networks=(ip_network("127.0.0.1/32"),)).code == "refused_address"
    assert len(there.heard) == 1


def test_redirects_end(there: Host) -> None:
    there.leads("/a", "/b")
    there.leads("/b", "/a")
    assert refused(there.url("/a")).code == "redirects"
    assert len(there.heard) == 4
    there.says("/c", CALENDAR)
    there.leads("/b", "c")
    assert read(there.url("/a")).data == CALENDAR


def packed(body: bytes, coding: str) -> bytes:
    return {"gzip": gzip.compress, "deflate": zlib.compress, "br": brotli.compress}[coding](body)


@pytest.mark.parametrize("coding", ["gzip", "deflate"])
def test_what_is_packed_is_unpacked(there: Host, coding: str) -> None:
    there.says("/c.ics", packed(CALENDAR, coding), f"Content-Encoding: {coding}")
    assert read(there.url("/c.ics")).data == CALENDAR


def bomb(size: int) -> bytes:
    """Zeros as gzip: one packed MB again and again."""
    pack = zlib.compressobj(9, wbits=-15)
    block = pack.compress(bytes(2**20)) + pack.flush(zlib.Z_FULL_FLUSH)
    return gzip.compress(b"")[:10] + block * (size // 2**20)


def endless(piece: bytes, head: bytes, pause: float = 0) -> Callable[[Callable[[bytes], Any]], None]:
    """Goes on until the reader hangs up; or, should it never, for as long as a test may last."""

    def send(sending: Callable[[bytes], Any]) -> None:
        sending(head)
        until = time.monotonic() + 20
        while time.monotonic() < until:
            sending(piece)
            threading.Event().wait(pause)

    return send


OK = b"HTTP/1.1 200 OK\r\n"
CHUNKED = OK + b"Transfer-Encoding: chunked\r\n\r\n"
HOSTILE: dict[str, tuple[Any, str]] = {
    "says that it is 100 MB": (OK + b"Content-Length: 100000000\r\n\r\n" + bytes(1000), "too_large"),
    "sends without an end": (endless(bytes(65536), OK + b"\r\n"), "too_large"),
    "sends chunks without an end": (endless(b"10000\r\n" + bytes(65536) + b"\r\n", CHUNKED), "too_large"),
    "a chunk's size without an end": (endless(b"0" * 65536, CHUNKED), "broken"),
    "headers without an end": (endless(b"X: " + b"y" * 1000 + b"\r\n", OK), "too_large"),
    "a header without an end": (endless(b"y" * 65536, OK + b"X: "), "too_large"),
    "goes on saying 100": (endless(b"HTTP/1.1 100 Continue\r\n\r\n" * 100, b""), "too_large"),
    "trailers without an end": (endless(b"X: y\r\n" * 1000, CHUNKED + b"0\r\n"), "too_large"),
    "1 GB of zeros as gzip": (answer(bomb(2**30), "Content-Encoding: gzip"), "too_large"),
    "a bomb in a bomb": (answer(gzip.compress(bomb(2**28)), "Content-Encoding: gzip, gzip"), "packed"),
    "brotli unasked": (answer(brotli.compress(bytes(2**24), quality=1), "Content-Encoding: br"), "packed"),
    "gzip of nothing, without an end": (
        endless(gzip.compress(b"") * 100, OK + b"Content-Encoding: gzip\r\n\r\n"),
        "packed",
    ),
    "not packed as it says": (answer(CALENDAR, "Content-Encoding: gzip"), "packed"),
    "half of what was packed": (answer(gzip.compress(CALENDAR * 99)[:60], "Content-Encoding: gzip"), "broken"),
    "half of what it says": (OK + b"Content-Length: 1000\r\n\r\n" + CALENDAR, "broken"),
    "no HTTP": (b"SSH-2.0-OpenSSH_9.2\r\n", "broken"),
    "nothing": (b"", "broken"),
}


@pytest.mark.parametrize("name", HOSTILE)
def test_hostile_answers_end_soon_and_cost_little(there: Host, name: str) -> None:
    there.pages["/c.ics"], code = HOSTILE[name]
    tracemalloc.start()
    try:
        found = refused(there.url("/c.ics"), most=2_000_000)
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert found.code == code
    assert peak < 12_000_000


@pytest.mark.parametrize(
    "slow",
    [
        endless(b"H", b"", 0.02),
        endless(b"X", OK, 0.02),
        endless(b"B", OK + b"Content-Length: 1000000\r\n\r\n", 0.02),
        lambda _sending: threading.Event().wait(0.5),
    ],
    ids=["status", "header", "body", "silence"],
)
def test_a_server_that_drips_is_left_when_the_time_is_over(there: Host, slow: Any) -> None:
    there.pages["/c.ics"] = slow
    found = refused(there.url("/c.ics"), seconds=0.15)
    assert found.code == "slow"


@pytest.mark.parametrize(
    ("status", "code"),
    [
        ("401 Unauthorized", "closed"),
        ("403 Forbidden", "closed"),
        ("404 Not Found", "not_found"),
        ("410 Gone", "gone"),
        ("429 Too Many Requests", "busy"),
        ("500 Oops", "status"),
        ("204 No Content", "status"),
        ("206 Partial Content", "status"),
    ],
)
def test_other_answers_say_what_they_are(there: Host, status: str, code: str) -> None:
    assert refused(there.says("/c.ics", b"", status=status)).code == code


def test_names_that_nobody_has_and_doors_that_are_shut() -> None:
    assert refused("https://no-such-host.invalid/").code == "unknown_host"
    with host() as gone:
        url = gone.url()
    assert refused(url).code == "no_connection"


def certificate(folder: Path, name: str) -> Path:
    """One that signs itself, with its key, for a name."""
    key = ec.generate_private_key(ec.SECP256R1())
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    now = datetime.now(UTC)
    made = (
        x509.CertificateBuilder(subject, subject, key.public_key(), 1, now - timedelta(1), now + timedelta(2))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName(name)]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    private = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    path = folder / f"{name}.pem"
    path.write_bytes(private + made.public_bytes(serialization.Encoding.PEM))
    return path


def test_tls_is_for_the_name_that_was_asked(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = certificate(tmp_path, "localhost")
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(path)
    with host(context) as there:
        there.says("/c.ics", CALENDAR)
        there.leads("/down", "http://127.0.0.1:8080/")
        assert refused(there.url("/c.ics", "localhost")).code == "tls"  # nobody we trust has signed it
        monkeypatch.setenv("SSL_CERT_FILE", str(path))
        assert read(there.url("/c.ics", "localhost")).data == CALENDAR
        assert refused(there.url("/c.ics", "127.0.0.1")).code == "tls"  # it is not for that name
        assert refused(there.url("/down", "localhost")).code == "downgrade"


def test_a_handshake_that_never_ends_is_left_too(there: Host) -> None:
    assert refused(there.url().replace("http:", "https:"), seconds=0.15).code == "slow"


def test_every_problem_can_be_said_in_both_languages() -> None:
    assert all(set(words) == {"ja", "en"} for words in PROBLEMS.values())
