"""Fetch an address that somebody typed, conditionally and over few redirects (`outgoing.http` checks every address).

People see of an answer only what the file parsers make of it.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from http.client import HTTPResponse
from typing import Any
from urllib.parse import urljoin, urlsplit

from calendar_app.importing.sources.fetch_messages import PROBLEMS
from calendar_app.outgoing import http
from calendar_app.outgoing.http import Limits, Unreachable, Visit, normalize_address

_MOVED = (301, 302, 303, 307, 308)
_FOR_GOOD = (301, 308)
_ACCEPT = (
    "text/calendar, application/atom+xml, application/rss+xml, application/feed+json, application/xml, text/xml, "
    "text/csv, */*;q=0.5"
)


@dataclass(frozen=True, slots=True)
class Fetched:
    """`data` is None if the source has not changed (304). `moved` is the address after permanent redirects, 301 and 308
    (RFC 9110 15.4.2, 15.4.9), or "" without any. `charset` is that of the Content-Type, or ""."""

    data: bytes | None
    etag: str = ""
    last_modified: str = ""
    moved: str = ""
    charset: str = ""


def problem_message(code: str, parameters: Mapping[str, Any], lang: str) -> str:
    """Explain a problem to the person who wants the address fetched."""
    return PROBLEMS[code][lang].format_map(parameters)


def fetch(url: str, agent: str, *, etag: str = "", last_modified: str = "", limits: Limits | None = None) -> Fetched:
    """Fetch an address, conditionally if `etag` or `last_modified` of the last fetch are given. Raises Unreachable."""
    visit = http.begin(limits)
    headers = {"User-Agent": agent, "Accept": _ACCEPT, "Accept-Encoding": "gzip", "Connection": "close"}
    headers |= {name: value for name, value in (("If-None-Match", etag), ("If-Modified-Since", last_modified)) if value}
    here, moved, for_good = normalize_address(url), "", True
    with http.reasons(visit):
        for _ in range(visit.limits.redirects + 1):
            with http.open_answer(visit, "GET", urlsplit(here), headers) as answer:
                if answer.status not in _MOVED:
                    return replace(_fetched(answer, visit), moved=moved)
                here = _redirect_target(here, answer.getheader("Location") or "")
                for_good = for_good and answer.status in _FOR_GOOD
                moved = here if for_good else moved
        raise Unreachable("redirects", most=visit.limits.redirects)


def _redirect_target(here: str, location: str) -> str:
    """Return the normalized target of a redirect. Raises Unreachable, also for one from https to http."""
    if not location:
        raise Unreachable("broken")
    there = normalize_address(urljoin(here, location))
    if here.startswith("https:") and there.startswith("http:"):
        raise Unreachable("downgrade")
    return there


def _fetched(answer: HTTPResponse, visit: Visit) -> Fetched:
    validators = {name: _validator(answer.getheader(name)) for name in ("ETag", "Last-Modified")}
    if answer.status == 304:
        return Fetched(None, validators["ETag"], validators["Last-Modified"])
    if answer.status != 200:
        code = {401: "closed", 403: "closed", 404: "not_found", 410: "gone", 429: "busy", 503: "busy"}
        retry = (answer.getheader("Retry-After") or "")[:60]
        raise Unreachable(code.get(answer.status, "status"), status=answer.status, retry=retry)
    charset = (answer.headers.get_content_charset() or "")[:40]
    return Fetched(http.read(answer, visit), validators["ETag"], validators["Last-Modified"], charset=charset)


def _validator(value: str | None) -> str:
    """Return a validator if it can be sent back unchanged, otherwise ""."""
    return value if value and len(value) <= 200 and value.isascii() and value.isprintable() else ""
