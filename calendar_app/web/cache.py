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
from datetime import datetime, timedelta, tzinfo
from functools import partial
from urllib.parse import quote, urlencode, urlsplit

from calendar_app.db.engine import Newest
from calendar_app.listings.filters import in_order, known
from calendar_app.web.answers import KEPT_ON_304, OWN_HEADERS, PERSONAL_HEADERS, Answer, Miss, Seen, Stamp, Whole
from calendar_app.web.front import FEED_TYPES, Front, start_of_day
from calendar_app.web.negotiation import COMPRESS, chosen_encoding, compressible, http_date
from calendar_app.web.shelf import Shelf
from calendar_app.web.surrogates import Headers
from calendar_app.web.touched import SHOWS, Touched
from calendar_app.web.wsgi import Environ, StartResponse, ask, malformed, not_modified, refuse, send

log = logging.getLogger(__name__)

HOSTS = 100  # well-formed host names that are remembered
WHOLE, ASKED = 8, 200  # remembered kinds of requests of one answer, and how many letters such a request may have

# Personal pages, and answers that differ each time.
PASSED = ("/staff", "/healthz", "/readyz", "/metrics", "/oembed", "/.well-known/webfinger", "/api/v1/entries")
UNREDIRECTED = "/api/v1/"  # programs ask once, however they spell a filter; what is kept is the same
WATCHING = ("/healthz", "/readyz", "/metrics")  # they report the state and must not do due work
# Headers that Flask must not see: public pages may not depend on them, or Flask would answer with a part of the page.
UNSEEN = (
    *("HTTP_COOKIE", "HTTP_AUTHORIZATION", "HTTP_ACCEPT_LANGUAGE", "HTTP_ACCEPT_ENCODING", "HTTP_ACCEPT"),
    *("HTTP_IF_NONE_MATCH", "HTTP_IF_MODIFIED_SINCE", "HTTP_RANGE", "HTTP_IF_RANGE", "HTTP_X_FORWARDED_HOST"),
)
# The address of a file, with needless slashes behind it.
FILE = re.compile(r"^(/[^/]*\.(?:ics|atom|rss|json|csv|txt))/+$")
# Browsers keep a redirect for one day only, because the address may mean something else later.
MOVED = [("Cache-Control", "public, max-age=86400"), ("Access-Control-Allow-Origin", "*")]
STALE = ("Warning", '110 - "Response is Stale"')


class Cache:
    """WSGI middleware that answers from memory.

    `newest()` tells where the history of public changes stands, `do_due()` does the work that is due; `touches_after` and
    `holds` are those of `touched`. All may raise. `served(address, agent, number)` hears of each
    answer to a program that follows a feed. `now()` gives the current aware instant, `zone` is the time zone of the city, `limit` counts bytes.
    """

    def __init__(
        self,
        app: Callable[[Environ, StartResponse], Iterable[bytes]],
        *,
        newest: Callable[[], Newest],
        touches_after: Callable[[int], Iterable[tuple[int, list[str] | None]]],
        holds: Callable[[int, str], bool],
        now: Callable[[], datetime],
        zone: tzinfo,
        do_due: Callable[[], None],
        base_url: str,
        limit: int,
        compress_ics: bool = False,
        front: Front | None = None,
        served: Callable[[str, str, int], None] | None = None,
        surrogate: Headers | None = None,
    ) -> None:
        self.app = app
        self.newest = newest
        self.touched = Touched(touches_after, holds)
        self.now = now
        self.zone = zone
        self.do_due = do_due
        self.base = urlsplit(base_url)
        self.compress_ics = compress_ics
        self.kept: Shelf[Answer] = Shelf(limit)
        self.misses: Shelf[Miss] = Shelf(limit // 16)  # separate, so that misses never displace pages
        self.making: dict[str, threading.Lock] = {}
        self.front = front
        self.served = served
        self.surrogate = surrogate
        self.seen: Seen | None = None
        self.hosts: set[str | None] = set()  # whose names are well formed

    def __call__(self, environ: Environ, start: StartResponse) -> Iterable[bytes]:
        """Answer from memory where the address is spelled as a kept answer's is; that is most requests, and has no detours."""
        path, query, method = environ["PATH_INFO"], environ["QUERY_STRING"], environ["REQUEST_METHOD"]
        key = f"{path}?{query}" if query else path
        if (method == "GET" or method == "HEAD") and environ.get("HTTP_HOST") in self.hosts:
            if answer := self.kept.get(key):
                stamp = self._stamp()
                if stamp is not None and self._good(answer, stamp):
                    return self._serve(answer, environ, start, stale=False)
            elif (miss := self.misses.get(key)) and miss.stamp == self._stamp():
                return send(environ, start, miss.status, miss.headers, [miss.body])
        return self._answer(environ, start)

    def _answer(self, environ: Environ, start: StartResponse) -> Iterable[bytes]:
        path = environ["PATH_INFO"]
        if malformed(environ):
            return refuse(start)
        if len(self.hosts) < HOSTS:
            self.hosts.add(environ.get("HTTP_HOST"))
        if environ["REQUEST_METHOD"] not in ("GET", "HEAD") or path.startswith(PASSED):
            if not path.startswith(WATCHING):
                self._stamp()  # does the due work before anybody sees or changes entries
            return self.app(environ, start)
        try:
            parameters = known(path, environ["QUERY_STRING"])
        except ValueError:
            return refuse(start)
        plain = FILE.sub(r"\1", path)
        spelled = in_order(path, parameters)
        if path != plain or (parameters != spelled and not path.startswith(UNREDIRECTED)):
            return self._moved(start, plain, spelled)
        return self._look_up(environ, start, f"{path}?{urlencode(spelled)}" if spelled else path)

    def _look_up(self, environ: Environ, start: StartResponse, key: str) -> Iterable[bytes]:
        """Give what is kept of an address in its one spelling, or let it be made."""
        stamp = self._stamp()
        answer = self.kept.get(key)
        if answer is None or not self._good(answer, stamp):
            if (miss := self.misses.get(key)) and miss.stamp == stamp:
                return send(environ, start, miss.status, miss.headers, [miss.body])
            with self._only_one(key):
                answer = self.kept.get(key)
                if answer is None or not self._good(answer, stamp):
                    result = self._make(environ, key, stamp)
                    if not isinstance(result, Answer):
                        return send(environ, start, *result)
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
        (number, day, history), kept = stamp, answer.stamp
        if kept is None or answer.shows is None or kept[1:] != (day, history) or kept[0] > number:
            return False
        if self.touched.untouched(answer.shows, kept[0], number):
            answer.stamp = stamp
            return True
        return False

    def _stamp(self) -> Stamp | None:
        """The revision number and day that a valid answer has now; None when the database does not respond."""
        try:
            now, seen, newest = self.now(), self.seen, self.newest()
            if seen and newest == seen.newest and seen.begins <= now < seen.ends:
                return seen.stamp
            if newest.due_at is not None and newest.due_at <= now:
                self.do_due()
                newest = self.newest()
            self._learn(newest)
            self.seen = self._see(newest, now)
            return self.seen.stamp
        except Exception:
            log.exception("the database does not answer; serving what is kept")
            return None

    def _learn(self, newest: Newest) -> None:
        """Learn of the newest changes. After a database was put back, no file in front is known to be right."""
        if self.touched.learn(newest.number, newest.link):
            log.warning("the database was put back: nothing that was kept of the other one counts as right")
            if self.front:
                self.front.give_up()

    def _see(self, newest: Newest, now: datetime) -> Seen:
        """The stamp of this moment, with the time for which it stays the same as long as the database does not change."""
        day = now.astimezone(self.zone).date()
        ends = start_of_day(day + timedelta(days=1), self.zone)
        stamp = newest.number, day, self.touched.history
        return Seen(newest, stamp, now, min(ends, newest.due_at) if newest.due_at else ends)

    def _still_right(self, answer: Answer) -> bool:
        """Whether an answer is right by what the database says at this moment. Does no due work."""
        newest, now = self.newest(), self.now()
        if newest.due_at is not None and newest.due_at <= now:
            return False
        self._learn(newest)
        return self._good(answer, self._see(newest, now).stamp)

    @contextmanager
    def _only_one(self, key: str) -> Iterator[None]:
        """Let one thread make an answer while the others wait, so that a hundred readers make it once."""
        lock = self.making.setdefault(key, threading.Lock())
        with lock:
            try:
                yield
            finally:
                self.making.pop(key, None)

    def _make(self, environ: Environ, key: str, stamp: Stamp | None) -> Answer | Whole:
        """Let Flask make the page, and keep it if allowed. After a server error, return the last good answer."""
        environ = self._public(environ, key)
        status, headers, body = ask(self.app, environ)
        named = {name.lower(): value for name, value in headers}
        if status.startswith("5") and (last_good := self.kept.get(key)):
            log.error("%s failed with %s; serving the last good answer", key, status)
            return last_good
        if not status.startswith("200") or "public" not in named.get("cache-control", ""):
            shared = [pair for pair in headers if pair[0].lower() not in PERSONAL_HEADERS]
            if status.startswith(("301", "308", "404", "410")):
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
            feed=named.get("content-type", "") in FEED_TYPES.values(),
            shows=environ.get(SHOWS),
        )
        self._offer(answer)
        self.kept.put(key, answer)
        return answer

    def _offer(self, answer: Answer) -> None:
        """Let the answer be kept as files for a web server in front, in all its codings."""
        if self.front and answer.stamp is not None and self.front.wants(answer):
            codings = ("", *COMPRESS) if answer.compressible else ("",)
            bodies = {coding: self._body(answer, coding) for coding in codings}
            self.front.offer(answer, bodies, partial(self._still_right, answer))

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
        get = environ.get
        asked = (
            environ["REQUEST_METHOD"],
            get("HTTP_ACCEPT_ENCODING"),
            get("HTTP_IF_NONE_MATCH"),
            get("HTTP_IF_MODIFIED_SINCE"),
        )
        if self.front:
            self._offer(answer)
        if answer.feed and self.served and answer.stamp is not None:
            self.served(answer.key, get("HTTP_USER_AGENT", ""), answer.stamp[0])
        status, headers, body = answer.whole.get(asked) or self._whole(answer, environ, asked)
        more = [STALE] if stale else self.surrogate(answer, self.seen, self.now()) if self.surrogate else []
        start(status, [*headers, *more] if more else headers)
        return body

    def _whole(self, answer: Answer, environ: Environ, asked: tuple[str | None, ...]) -> Whole:
        """The whole answer to such a request. The first few kinds of requests are remembered: readers come again alike."""
        coding = chosen_encoding(asked[1] or "") if answer.compressible else ""
        fresh = not_modified(answer, environ)
        status = "304 NOT MODIFIED" if fresh else "200 OK"
        headers = answer.ready.get((status, coding)) or self._headers(answer, status, coding)
        body = [] if fresh or asked[0] == "HEAD" else [answer.bodies[coding]]
        if len(answer.whole) < WHOLE and sum(len(text) for text in asked if text) < ASKED:
            answer.whole[asked] = status, headers, body
        return status, headers, body

    def _headers(self, answer: Answer, status: str, encoding: str) -> list[tuple[str, str]]:
        """The header list of one variant, made once. A strong ETag names the bytes, so each coding has its own tag."""
        body = self._body(answer, encoding)
        tag = ("ETag", answer.entity_tag(encoding))
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
