"""Small parts of WSGI: ask an application, refuse what no honest program sends, compare what a reader has."""

import re
from collections.abc import Callable, Iterable
from typing import Any

from calendar_app.web.answers import Answer
from calendar_app.web.negotiation import http_date

Environ = dict[str, Any]
StartResponse = Callable[..., Any]

HOST = re.compile(r"[A-Za-z0-9.:_\[\]-]{0,255}", re.ASCII)
ENTITY_TAG = re.compile(r'(?:W/)?"?([^",\s]+?)(?:[-;](?:gzip|br))*"?\s*(?:,|$)')


def not_modified(answer: Answer, environ: Environ) -> bool:
    """Tell whether the client has this answer (RFC 9110 section 13.2.2). If-None-Match decides alone when it is there.

    A tag that a proxy made weak or marked with -gzip counts as the same tag.
    """
    if tags := environ.get("HTTP_IF_NONE_MATCH"):
        return tags.strip() == "*" or any(answer.named(tag) for tag in ENTITY_TAG.findall(tags))
    since = http_date(environ.get("HTTP_IF_MODIFIED_SINCE"))
    return bool(since and answer.modified and answer.modified <= since)


def ask(app: Any, environ: Environ) -> tuple[str, list[tuple[str, str]], bytes]:
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


def send(
    environ: Environ, start: StartResponse, status: str, headers: list[tuple[str, str]], body: list[bytes]
) -> Iterable[bytes]:
    start(status, headers)
    return [] if environ["REQUEST_METHOD"] == "HEAD" else body


def malformed(environ: Environ) -> bool:
    """Tell whether the host is no name, or the address holds a NUL, which PostgreSQL refuses."""
    named = HOST.fullmatch(environ.get("HTTP_HOST", ""))
    return not named or "\0" in environ["PATH_INFO"] or "%00" in environ["QUERY_STRING"]


def refuse(start: StartResponse) -> Iterable[bytes]:
    """Answer 400 to a request that no honest program sends: too many parameters, or a host that is no name."""
    body = b"400 Bad Request\n"
    start("400 BAD REQUEST", [("Content-Type", "text/plain; charset=utf-8"), ("Content-Length", str(len(body)))])
    return [body]
