"""Keep answers in front of Flask. An answer is valid until something that it shows changes or the day ends.

The newest public revision number and what the revisions up to it touched decide about validity. Therefore the cache needs
neither lifetimes nor purging, and it is right in every process. Changes at a set time are revisions too: the first request after that time does the due work
before it is answered. The answer at a public address depends only on the path and the known parameters, and on no cookie,
host or language header.
"""

import hashlib
import logging
import re
import threading
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from datetime import datetime, tzinfo
from typing import Any
from urllib.parse import quote, urlencode, urlsplit

from calendar_app.listings.filters import in_order, known
from calendar_app.web.answers import Answer, Miss, Stamp
from calendar_app.web.negotiation import COMPRESS, chosen_encoding, compressible, http_date
from calendar_app.web.shelf import Shelf
from calendar_app.web.touched import SHOWS, Touched

log = logging.getLogger(__name__)

Environ = dict[str, Any]
StartResponse = Callable[..., Any]

PASSED = ("/staff", "/healthz", "/readyz", "/metrics", "/oembed")  # personal pages, and answers that differ each time
WATCHING = ("/healthz", "/readyz", "/metrics")  # they report the state and must not do due work
# Headers that Flask must not see: public pages may not depend on them, or Flask would answer with a part of the page.
UNSEEN = (
    *("HTTP_COOKIE", "HTTP_AUTHORIZATION", "HTTP_ACCEPT_LANGUAGE", "HTTP_ACCEPT_ENCODING", "HTTP_ACCEPT"),
    *("HTTP_IF_NONE_MATCH", "HTTP_IF_MODIFIED_SINCE", "HTTP_RANGE", "HTTP_IF_RANGE", "HTTP_X_FORWARDED_HOST"),
)
# Headers of Flask that are not kept: the cache sets them for each variant, or they are personal.
OWN_HEADERS = ("content-length", "etag", "vary", "set-cookie")
# An answer that is not kept is not personal either, because Flask saw no cookie.
PERSONAL_HEADERS = ("vary", "set-cookie")
FILE = re.compile(
    r"^(/[^/]*\.(?:ics|atom|rss|json|csv|txt))/+$"
)  # the address of a file, with needless slashes behind it
HOST = re.compile(r"[A-Za-z0-9.:_\[\]-]{0,255}", re.ASCII)
# Browsers keep a redirect for one day only, because the address may mean something else later.
MOVED = [("Cache-Control", "public, max-age=86400"), ("Access-Control-Allow-Origin", "*")]
STALE = ("Warning", '110 - "Response is Stale"')
ENTITY_TAG = re.compile(r'(?:W/)?"?([^",\s]+?)(?:[-;](?:gzip|br))*"?\s*(?:,|$)')
# Headers that a 304 repeats: those of RFC 9110 section 15.4.5, and those that our readers rely on.
KEPT_ON_304 = {
    *("cache-control", "link", "access-control-allow-origin", "access-control-expose-headers"),
    "x-content-type-options",
}


class Cache:
    """WSGI middleware that answers from memory.

    `newest()` gives the public revision number and the aware instant of the next due work; `do_due()` does that work;
    `touches_after(number)` gives what later revisions touched. All may raise. `now()` gives the current aware instant, `zone` is the time zone of the city, `limit` counts bytes.
    """

    def __init__(
        self,
        app: Callable[[Environ, StartResponse], Iterable[bytes]],
        *,
        newest: Callable[[], tuple[int, datetime | None]],
        touches_after: Callable[[int], Iterable[tuple[int, list[str] | None]]],
        now: Callable[[], datetime],
        zone: tzinfo,
        do_due: Callable[[], None],
        base_url: str,
        limit: int,
        compress_ics: bool = False,
    ) -> None:
        self.app = app
        self.newest = newest
        self.touched = Touched(touches_after)
        self.now = now
        self.zone = zone
        self.do_due = do_due
        self.base = urlsplit(base_url)
        self.compress_ics = compress_ics
        self.kept: Shelf[Answer] = Shelf(limit)
        self.misses: Shelf[Miss] = Shelf(limit // 16)  # separate, so that misses never displace pages
        self.making: dict[str, threading.Lock] = {}

    def __call__(self, environ: Environ, start: StartResponse) -> Iterable[bytes]:
        path = environ["PATH_INFO"]
        if _malformed(environ):
            return _refuse(start)
        if environ["REQUEST_METHOD"] not in ("GET", "HEAD") or path.startswith(PASSED):
            if not path.startswith(WATCHING):
                self._stamp()  # does the due work before anybody sees or changes entries
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
        if answer is None or not self._good(answer, stamp):
            if (miss := self.misses.get(key)) and miss.stamp == stamp:
                return _send(environ, start, miss.status, miss.headers, [miss.body])
            with self._only_one(key):
                answer = self.kept.get(key)
                if answer is None or not self._good(answer, stamp):
                    result = self._make(environ, key, stamp)
                    if not isinstance(result, Answer):
                        return _send(environ, start, *result)
                    answer = result
        return self._serve(answer, environ, start, stale=answer.stamp != stamp and not answer.immutable)

    def _moved(self, start: StartResponse, path: str, pairs: list[tuple[str, str]]) -> Iterable[bytes]:
        """Redirect to the standard spelling of a filter, so that all subscribers of the same filter use the same address."""
        query = f"?{urlencode(pairs)}" if pairs else ""
        to = f"{self.base.scheme}://{self.base.netloc}{quote(path.encode('latin-1'))}{query}"
        start("301 MOVED PERMANENTLY", [("Location", to), *MOVED, ("Content-Length", "0")])
        return []

    def _good(self, answer: Answer, stamp: Stamp | None) -> bool:
        """Tell whether a kept answer is still right. It also counts as right while the database does not respond (no stamp)."""
        if answer.stamp == stamp or answer.immutable or stamp is None:
            return True
        (number, day), kept = stamp, answer.stamp
        if kept is None or answer.shows is None or kept[1] != day or kept[0] > number:
            return False
        if self.touched.untouched(answer.shows, kept[0], number):
            answer.stamp = stamp
            return True
        return False

    def _stamp(self) -> Stamp | None:
        """The revision number and day that a valid answer has now; None when the database does not respond."""
        try:
            now = self.now()
            number, due_at = self.newest()
            if due_at is not None and due_at <= now:
                self.do_due()
                number, _ = self.newest()
            self.touched.learn(number)
            return number, now.astimezone(self.zone).date()
        except Exception:
            log.exception("the database does not answer; serving what is kept")
            return None

    @contextmanager
    def _only_one(self, key: str) -> Iterator[None]:
        """Let one thread make an answer while the others wait, so that a hundred readers make it once."""
        lock = self.making.setdefault(key, threading.Lock())
        with lock:
            try:
                yield
            finally:
                self.making.pop(key, None)

    def _make(
        self, environ: Environ, key: str, stamp: Stamp | None
    ) -> Answer | tuple[str, list[tuple[str, str]], list[bytes]]:
        """Let Flask make the page, and keep it if allowed. After a server error, return the last good answer."""
        environ = self._public(environ, key)
        status, headers, body = _ask(self.app, environ)
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
            shows=environ.get(SHOWS),
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
        """The header list of one variant, made once. A strong ETag names the bytes, so each coding has its own tag."""
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
    """Tell whether the client has this answer (RFC 9110 section 13.2.2). If-None-Match decides alone when it is there.

    A tag that a proxy made weak or marked with -gzip counts as the same tag.
    """
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
    """Tell whether the host is no name, or the address holds a NUL, which PostgreSQL refuses."""
    named = HOST.fullmatch(environ.get("HTTP_HOST", ""))
    return not named or "\0" in environ["PATH_INFO"] or "%00" in environ["QUERY_STRING"]


def _refuse(start: StartResponse) -> Iterable[bytes]:
    """Answer 400 to a request that no honest program sends: too many parameters, or a host that is no name."""
    body = b"400 Bad Request\n"
    start("400 BAD REQUEST", [("Content-Type", "text/plain; charset=utf-8"), ("Content-Length", str(len(body)))])
    return [body]
