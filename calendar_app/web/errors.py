"""Error pages that tell a person how to continue. This module alone turns errors of the domain into pages."""

from flask import Flask, Response, current_app, render_template, request
from flask_wtf.csrf import CSRFError
from sqlalchemy.exc import OperationalError
from sqlalchemy.orm.exc import ObjectDeletedError, StaleDataError
from werkzeug.exceptions import HTTPException

from calendar_app.entries.publishing import Gone
from calendar_app.formats.registry import FORMATS
from calendar_app.listings.filters import BadFilter
from calendar_app.web import session
from calendar_app.web.api import problems

KEEPING = (409, 500, 503)  # a save that failed through no fault of the person
TABLES = (".json", ".csv")  # open data; feeds are in the registry


def register(app: Flask) -> None:
    app.register_error_handler(HTTPException, on_http)
    app.register_error_handler(Gone, lambda _error: answer(410))
    app.register_error_handler(BadFilter, lambda error: answer(404, str(error)))
    app.register_error_handler(CSRFError, lambda _error: answer(400, "csrf"))
    for overtaken in (StaleDataError, ObjectDeletedError):  # between the look and the lock
        app.register_error_handler(overtaken, lambda _error: answer(409))
    app.register_error_handler(OperationalError, on_database)
    app.register_error_handler(500, lambda _error: answer(500))


def on_http(error: HTTPException) -> Response:
    """Answer an HTTP error with our page and the headers of the error; a redirect stays as it is."""
    response = answer(error.code or 500, error.description or "")
    response.headers.extend(
        (name, value) for name, value in error.get_headers() if name not in ("Content-Type", "Content-Length")
    )
    if error.response is not None:  # a redirect, or a complete response
        return current_app.make_response(error.response)
    return response


def on_database(error: OperationalError) -> Response:
    """Answer 503 when the database does not respond, and ask for a retry in 30 seconds."""
    current_app.logger.error("the database does not answer: %s", error.orig)
    response = answer(503)
    response.headers["Retry-After"] = "30"
    return response


def answer(code: int, detail: str = "") -> Response:
    """An error page in the reader's language, or one plain line at an address that programs read; problem details of the API."""
    session.rollback()
    if problems.is_asked():
        return problems.problem(code, detail)
    if request.path.endswith(_plain()):
        return Response(f"{code} {detail}\n", code, content_type="text/plain; charset=utf-8")
    held = _held() if code in KEEPING else []
    return Response(render_template("errors/error.html", code=code, detail=detail, held=held), code)


def _held() -> list[tuple[str, str]]:
    """What was typed in a form that could not be saved, so that the page can send it again."""
    if request.method != "POST" or request.path.startswith("/staff/sign-in"):
        return []
    return [(name, value) for name, value in request.form.items(multi=True) if name not in ("csrf_token", "password")]


def _plain() -> tuple[str, ...]:
    """The extensions of the addresses that programs read."""
    return (*TABLES, *(f".{extension}" for extension in FORMATS))
