"""Ready answers, in front of Flask. An answer is good as long as nothing public has changed and the day is the same.

The only test of validity is the newest public revision number: no lifetimes, no purging, right in every process. What the
clock changes is a revision too: whoever asks first after the moment at which something is due has it done before the answer.
For a public address nothing of a request counts but its path and the known parameters: no cookie, no host, no language header.
"""

import hashlib
import logging
import re
import threading
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import date, datetime, tzinfo
from typing import Any
from urllib.parse import quote, urlencode, urlsplit

from calendar_app.listings.filters import in_order, known
from calendar_app.web.negotiation import COMPRESS, chosen_encoding, compressible, http_date
from calendar_app.web.shelf import Shelf

log = logging.getLogger(__name__)

Environ = dict[str, Any]
StartResponse = Callable[..., Any]
Stamp = tuple[int, date]

PASSED = ("/staff", "/healthz", "/metrics", "/oembed")  # personal, or another answer each time
WATCHING = ("/healthz", "/metrics")  # they tell how things are, and do nothing about it
# What a public page may not depend on, and what would make Flask answer with less than the whole.
UNSEEN = (
    *("HTTP_COOKIE", "HTTP_AUTHORIZATION", "HTTP_ACCEPT_LANGUAGE", "HTTP_ACCEPT_ENCODING", "HTTP_ACCEPT"),
    *("HTTP_IF_NONE_MATCH", "HTTP_IF_MODIFIED_SINCE", "HTTP_RANGE", "HTTP_IF_RANGE", "HTTP_X_FORWARDED_HOST"),
)
# Made anew for each variant, or nobody's business on a page that is the same for everybody.
OWN_HEADERS = ("content-length", "etag", "vary", "set-cookie")
# An answer that is not kept is everybody's too: it saw no cookie.
PERSONAL_HEADERS = ("vary", "set-cookie")
OVERHEAD = 2048  # headers and book-keeping of one answer, in bytes, rounded up
FILE = re.compile(r"^(/[^/]*\.(?:ics|atom|rss|json|csv|txt))/+$")  # a file's address needs nothing behind it
HOST = re.compile(r"[A-Za-z0-9.:_\[\]-]{0,255}", re.ASCII)
# Kept for a day only: an address that means something else one day must not live on in browsers.
MOVED = [("Cache-Control", "public, max-age=86400"), ("Access-Control-Allow-Origin", "*")]
STALE = ("Warning", '110 - "Response is Stale"')
ENTITY_TAG = re.compile(r'(?:W/)?"?([^",\s]+?)(?:[-;](?:gzip|br))*"?\s*(?:,|$)')
# Sent with a 304 as well (RFC 9110 section 15.4.5), with what our readers rely on.
KEPT_ON_304 = {
    *("cache-control", "link", "access-control-allow-origin", "access-control-expose-headers"),
    "x-content-type-options",
}


@dataclass(slots=True)
class Answer:
    """One stored answer: its bytes, as they are and compressed as they were first asked for."""

    key: str
    stamp: Stamp | None
    tag: str
    headers: list[tuple[str, str]]
    bodies: dict[str, bytes]
    modified: datetime | None = None
    compressible: bool = True
    immutable: bool = False
    ready: dict[tuple[str, str], list[tuple[str, str]]] = field(default_factory=dict)

    def size(self) -> int:
        return OVERHEAD + sum(map(len, self.bodies.values()))

    def good(self, stamp: Stamp | None) -> bool:
        """Nothing has changed since; or it never changes; or nobody can say (the database is down)."""
        return self.stamp == stamp or self.immutable or stamp is None


@dataclass(slots=True)
class Miss:
    """A stored answer that no page is there (404), or no longer (410): some programs ask for ever."""

    stamp: Stamp | None
    status: str
    headers: list[tuple[str, str]]
    body: bytes

    def size(self) -> int:
        return OVERHEAD + len(self.body)


class Cache:
    """WSGI middleware. `newest()` gives the public revision number and the instant at which the next thing is due, or raises.

    `now()` is the instant (aware), `zone` that of the city's days, `do_due()` does what has become due, or raises.
    """

    def __init__(
        self,
        app: Callable[[Environ, StartResponse], Iterable[bytes]],
        *,
        newest: Callable[[], tuple[int, datetime | None]],
        now: Callable[[], datetime],
        zone: tzinfo,
        do_due: Callable[[], None],
        base_url: str,
        limit: int,
        compress_ics: bool = False,
    ) -> None:
        self.app = app
        self.newest = newest
        self.now = now
        self.zone = zone
        self.do_due = do_due
        self.base = urlsplit(base_url)
        self.compress_ics = compress_ics
        self.kept: Shelf[Answer] = Shelf(limit)
        self.misses: Shelf[Miss] = Shelf(limit // 16)  # of their own: they must not push out what people read
        self.making: dict[str, threading.Lock] = {}

    def __call__(self, environ: Environ, start: StartResponse) -> Iterable[bytes]:
        path = environ["PATH_INFO"]
        if _malformed(environ):
            return _refuse(start)
        if environ["REQUEST_METHOD"] not in ("GET", "HEAD") or path.startswith(PASSED):
            if not path.startswith(WATCHING):
                self._stamp()  # what is due is done before anybody looks at it or changes it
            return self.app(environ, start)
        try:
            parameters = known(path, environ["QUERY_STRING"])
        except ValueError:
            return _refuse(start)
        plain = FILE.sub(r"\1", path)
        if parameters != (spelled := in_order(path, parameters)) or path != plain:
            return self._moved(start, plain, spelled)
        key = f"{path}?{urlencode(spelled)}" if spelled else path
        stamp = self._stamp()
        answer = self.kept.get(key)
        if answer is None or not answer.good(stamp):
            if (miss := self.misses.get(key)) and miss.stamp == stamp:
                return _send(environ, start, miss.status, miss.headers, [miss.body])
            with self._only_one(key):
                answer = self.kept.get(key)
                if answer is None or not answer.good(stamp):
                    result = self._make(environ, key, stamp)
                    if not isinstance(result, Answer):
                        return _send(environ, start, *result)
                    answer = result
        return self._serve(answer, environ, start, stale=answer.stamp != stamp and not answer.immutable)

    def _moved(self, start: StartResponse, path: str, pairs: list[tuple[str, str]]) -> Iterable[bytes]:
        """To the one spelling of the same filter: each is a subscription for ever, and should be the same for all."""
        query = f"?{urlencode(pairs)}" if pairs else ""
        to = f"{self.base.scheme}://{self.base.netloc}{quote(path.encode('latin-1'))}{query}"
        start("301 MOVED PERMANENTLY", [("Location", to), *MOVED, ("Content-Length", "0")])
        return []

    def _stamp(self) -> Stamp | None:
        """What an answer must be made from to be good now; None when the database does not answer."""
        try:
            now = self.now()
            number, due_at = self.newest()
            if due_at is not None and due_at <= now:
                self.do_due()
                number, _ = self.newest()
            return number, now.astimezone(self.zone).date()
        except Exception:
            log.exception("the database does not answer; serving what is kept")
            return None

    @contextmanager
    def _only_one(self, key: str) -> Iterator[None]:
        """A hundred readers of a page that has just changed make it once, not a hundred times."""
        lock = self.making.setdefault(key, threading.Lock())
        with lock:
            try:
                yield
            finally:
                self.making.pop(key, None)

    def _make(
        self, environ: Environ, key: str, stamp: Stamp | None
    ) -> Answer | tuple[str, list[tuple[str, str]], list[bytes]]:
        """Ask Flask, for the whole page. What may be kept is kept; on an error the last good answer is served instead."""
        status, headers, body = _ask(self.app, self._public(environ, key))
        named = {name.lower(): value for name, value in headers}
        if status.startswith("5") and (last_good := self.kept.get(key)):
            log.error("%s failed with %s; serving the last good answer", key, status)
            return last_good
        if not status.startswith("200") or "public" not in named.get("cache-control", ""):
            shared = [pair for pair in headers if pair[0].lower() not in PERSONAL_HEADERS]
            if status.startswith(("404", "410")):
                self.misses.put(key, Miss(stamp, status, shared, body))
            return status, shared, [body]
        answer = Answer(
            key=key,
            stamp=stamp,
            tag=hashlib.sha256(body).hexdigest()[:32],
            headers=[(name, value) for name, value in headers if name.lower() not in OWN_HEADERS],
            bodies={"": body},
            modified=http_date(named.get("last-modified")),
            compressible=compressible(named.get("content-type", ""), self.compress_ics) and len(body) > 256,
            immutable="immutable" in named["cache-control"],
        )
        self.kept.put(key, answer)
        return answer

    def _public(self, environ: Environ, key: str) -> Environ:
        visible = {name: value for name, value in environ.items() if name not in UNSEEN}
        query = key.partition("?")[2]
        return visible | {
            "REQUEST_METHOD": "GET",
            "QUERY_STRING": query,
            "REQUEST_URI": key,
            "HTTP_HOST": self.base.netloc,
            "wsgi.url_scheme": self.base.scheme,
        }

    def _serve(self, answer: Answer, environ: Environ, start: StartResponse, *, stale: bool) -> Iterable[bytes]:
        encoding = chosen_encoding(environ.get("HTTP_ACCEPT_ENCODING", "")) if answer.compressible else ""
        fresh = _not_modified(answer, environ)
        status = "304 NOT MODIFIED" if fresh else "200 OK"
        headers = answer.ready.get((status, encoding)) or self._headers(answer, status, encoding)
        start(status, [*headers, STALE] if stale else headers)
        return [] if fresh or environ["REQUEST_METHOD"] == "HEAD" else [answer.bodies[encoding]]

    def _headers(self, answer: Answer, status: str, encoding: str) -> list[tuple[str, str]]:
        """The header list of one variant, made once. A strong ETag names the bytes, so each coding has its own."""
        body = self._body(answer, encoding)
        tag = ("ETag", f'"{answer.tag}-{encoding}"' if encoding else f'"{answer.tag}"')
        if status.startswith("304"):
            headers = [pair for pair in answer.headers if pair[0].lower() in KEPT_ON_304] + [tag]
        else:
            coding = [("Content-Encoding", encoding)] if encoding else []
            headers = [*answer.headers, tag, *coding, ("Content-Length", str(len(body)))]
        headers.append(("Vary", "Accept-Encoding"))
        answer.ready[status, encoding] = headers
        return headers

    def _body(self, answer: Answer, encoding: str) -> bytes:
        if encoding not in answer.bodies:
            body = answer.bodies[encoding] = COMPRESS[encoding](answer.bodies[""])
            self.kept.grown(answer.key, answer, len(body))
        return answer.bodies[encoding]


def _not_modified(answer: Answer, environ: Environ) -> bool:
    """RFC 9110 section 13.2.2: If-None-Match decides alone; a tag that a proxy made weak or marked -gzip still counts."""
    if tags := environ.get("HTTP_IF_NONE_MATCH"):
        return tags.strip() == "*" or any(tag == answer.tag for tag in ENTITY_TAG.findall(tags))
    since = http_date(environ.get("HTTP_IF_MODIFIED_SINCE"))
    return bool(since and answer.modified and answer.modified <= since)


def _ask(app: Any, environ: Environ) -> tuple[str, list[tuple[str, str]], bytes]:
    answer: list[Any] = []

    def start(status: str, headers: list[tuple[str, str]], exc_info: Any = None) -> None:
        answer[:] = [status, headers]

    parts = app(environ, start)
    try:
        body = b"".join(parts)
    finally:
        if hasattr(parts, "close"):
            parts.close()
    return answer[0], answer[1], body


def _send(
    environ: Environ, start: StartResponse, status: str, headers: list[tuple[str, str]], body: list[bytes]
) -> Iterable[bytes]:
    start(status, headers)
    return [] if environ["REQUEST_METHOD"] == "HEAD" else body


def _malformed(environ: Environ) -> bool:
    """Whether the host is no name, or the address holds a NUL, which no text of ours does and PostgreSQL refuses."""
    named = HOST.fullmatch(environ.get("HTTP_HOST", ""))
    return not named or "\0" in environ["PATH_INFO"] or "%00" in environ["QUERY_STRING"]


def _refuse(start: StartResponse) -> Iterable[bytes]:
    """A request that no program of good will sends: too many parameters, a host that is no name."""
    body = b"400 Bad Request\n"
    start("400 BAD REQUEST", [("Content-Type", "text/plain; charset=utf-8"), ("Content-Length", str(len(body)))])
    return [body]
