"""Requests as polling programs write them, over a bare socket to a real server: the answers of the table in docs/feeds.md."""

import socket
from collections.abc import Iterator
from datetime import timedelta
from email.utils import parsedate_to_datetime
from pathlib import Path
from typing import NamedTuple
from urllib.parse import urlsplit

import pytest

from calendar_app.db.engine import make_engine, write_session
from helpers.services import Server
from helpers.town import copied, published

FEEDS = ["/calendar.ics", "/feed.atom", "/feed.rss", "/feed.json"]
LONG = 70_000  # characters


class Answer(NamedTuple):
    status: int
    headers: dict[str, str]
    body: bytes


@pytest.fixture(scope="module")
def url(sqlite_template: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    folder = tmp_path_factory.mktemp("town")
    database = f"sqlite:///{copied(sqlite_template, folder)}"
    engine = make_engine(database)
    with write_session(engine) as session:
        published(session)
        session.commit()
    engine.dispose()
    with Server(folder, {"CALENDAR_DATABASE_URL": database}, worker=False) as server:
        yield server.url


def ask(url: str, path: str, *lines: str, method: str = "GET", version: str = "1.1", host: bool = True) -> Answer:
    """One request of these header lines on a connection of its own, read until the server closes it."""
    parts = urlsplit(url)
    named = [f"Host: {parts.netloc}"] if host else []
    request = "\r\n".join([f"{method} {path} HTTP/{version}", *named, "Connection: close", *lines, "", ""])
    with socket.create_connection((parts.hostname, parts.port), timeout=60) as connection:
        connection.sendall(request.encode())
        received = b"".join(iter(lambda: connection.recv(65536), b""))
    head, _, body = received.partition(b"\r\n\r\n")
    first, *rest = head.decode("latin-1").split("\r\n")
    headers = {name.lower(): value.strip() for name, _, value in (line.partition(":") for line in rest)}
    return Answer(int(first.split()[1]), headers, body)


@pytest.fixture(params=FEEDS)
def path(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.mark.parametrize("asked", ["bytes=0-99", "bytes=100-", "bytes=-1", "bytes=999999999-", "lines=1-2", "nonsense"])
def test_a_part_is_answered_with_the_whole(url: str, path: str, asked: str) -> None:
    whole, part = ask(url, path), ask(url, path, f"Range: {asked}")
    assert (part.status, part.body) == (200, whole.body)
    assert "content-range" not in part.headers


@pytest.mark.parametrize(("version", "host"), [("1.0", True), ("1.0", False), ("1.1", False)])
@pytest.mark.parametrize("method", ["GET", "HEAD"])
def test_old_programs_get_the_same(url: str, path: str, version: str, host: bool, method: str) -> None:
    whole, answer = ask(url, path), ask(url, path, method=method, version=version, host=host)
    assert (answer.status, answer.body) == (200, whole.body if method == "GET" else b"")
    assert answer.headers["content-length"] == str(len(whole.body))
    assert [answer.headers[name] for name in ("etag", "last-modified")] == [
        whole.headers[name] for name in ("etag", "last-modified")
    ]


# What follows If-None-Match:, of a tag ("x") and its letters (x), in one line or more.
TAGS = {
    "as it was given": (304, ['"{}"']),
    "made weak by a proxy": (304, ['W/"{}"']),
    "marked by a proxy that packs": (304, ['"{}-gzip"']),
    "weak and marked": (304, ['W/"{}-gzip"']),
    "without its quotes": (304, ["{}"]),
    "one of a list": (304, ['"0123456789abcdef", W/"{}"']),
    "on the second line": (304, ['"0123456789abcdef"', '"{}"']),
    "on the first of three lines": (304, ['"{}"', '"0123456789abcdef"', 'W/"fedcba9876543210"']),
    "any": (304, ["*"]),
    "another": (200, ['"0123456789abcdef"']),
    "others on two lines": (200, ['"0123456789abcdef"', 'W/"fedcba9876543210"']),
    "nonsense": (200, ['",,;W/']),
}


@pytest.mark.parametrize(("status", "lines"), TAGS.values(), ids=TAGS)
def test_a_tag_is_known_again(url: str, path: str, status: int, lines: list[str]) -> None:
    whole = ask(url, path)
    letters = whole.headers["etag"].strip('"')
    answer = ask(url, path, *(f"If-None-Match: {line.replace('{}', letters)}" for line in lines))
    assert (answer.status, answer.body) == (status, b"" if status == 304 else whole.body)
    assert answer.headers["etag"] == whole.headers["etag"]


@pytest.mark.parametrize(("seconds", "status"), [(-1, 200), (0, 304), (1, 304)])
@pytest.mark.parametrize(
    "form",
    ["%a, %d %b %Y %H:%M:%S GMT", "%A, %d-%b-%y %H:%M:%S GMT", "%a %b %e %H:%M:%S %Y"],
    ids=["RFC 1123", "RFC 850", "asctime"],
)
def test_a_date_is_read_in_its_three_forms(url: str, path: str, form: str, seconds: int, status: int) -> None:
    """RFC 9110 section 5.6.7."""
    since = parsedate_to_datetime(ask(url, path).headers["last-modified"]) + timedelta(seconds=seconds)
    assert ask(url, path, f"If-Modified-Since: {since.strftime(form)}").status == status


@pytest.mark.parametrize("text", ["yesterday", "Mon, 01 Mar 2027", "0", "Fri, 31 Feb 2027 00:00:00 GMT", "1772323200"])
def test_a_date_that_is_none_gets_the_whole(url: str, path: str, text: str) -> None:
    assert ask(url, path, f"If-Modified-Since: {text}").status == 200


@pytest.mark.parametrize("start", ["/", "/feed.atom?x=", "/calendar.ics?tag=", "/calendar.ics?q=", "/staff/?next="])
def test_an_address_of_70_kilobytes_is_too_long(url: str, start: str) -> None:
    assert ask(url, f"{start}{'a' * LONG}").status == 414
    assert ask(url, f"{start}{'a' * (LONG - 10_000)}").status < 500


@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE", "TRACE", "PROPFIND", "BREW"])
def test_feeds_are_only_read(url: str, path: str, method: str) -> None:
    answer = ask(url, path, method=method)
    assert answer.status == 405
    assert {"GET", "HEAD"} <= set(answer.headers["allow"].split(", "))


def test_a_kind_that_the_program_did_not_ask_for_is_sent_all_the_same(url: str, path: str) -> None:
    assert ask(url, path, "Accept: image/png, text/html;q=0").body == ask(url, path).body
