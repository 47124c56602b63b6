"""What went wrong, said so that a person can go on. Domain errors become pages here and nowhere else."""

from flask import Flask, Response, current_app, render_template, request
from flask_wtf.csrf import CSRFError
from sqlalchemy.exc import OperationalError
from sqlalchemy.orm.exc import ObjectDeletedError, StaleDataError
from werkzeug.exceptions import HTTPException

from calendar_app.entries.publishing import Gone
from calendar_app.formats.registry import FORMATS
from calendar_app.listings.filters import BadFilter
from calendar_app.web import session

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
    made = answer(error.code or 500, error.description or "")
    made.headers.extend(
        (name, value) for name, value in error.get_headers() if name not in ("Content-Type", "Content-Length")
    )
    if error.response is not None:  # a redirect, or an answer that was made already
        return current_app.make_response(error.response)
    return made


def on_database(error: OperationalError) -> Response:
    current_app.logger.error("the database does not answer: %s", error.orig)
    response = answer(503)
    response.headers["Retry-After"] = "30"
    return response


def answer(code: int, detail: str = "") -> Response:
    """An error page in the reader's language; one plain line for what programs ask for."""
    session.rollback()
    if request.path.endswith(_plain()):
        return Response(f"{code} {detail}\n", code, content_type="text/plain; charset=utf-8")
    return Response(render_template("errors/error.html", code=code, detail=detail), code)


def _plain() -> tuple[str, ...]:
    """How the addresses that programs ask for end."""
    return (*TABLES, *(f".{extension}" for extension in FORMATS))
