"""For those who operate and examine the server: readiness, metrics, where to report a weakness."""

import hmac
import threading
import time
from datetime import timedelta

from flask import Blueprint, Flask, Response, abort, current_app, jsonify, request

from calendar_app import __version__
from calendar_app.operations import metrics, readiness
from calendar_app.web import config, session, today

bp = Blueprint("operating", __name__)

AGAIN = 5.0  # seconds for which an answer of /readyz holds: it writes, and anybody may ask
LOOPBACK = ("127.0.0.1", "::1")
FORWARDED = ("X-Forwarded-For", "X-Real-IP", "Forwarded", "Via")
VALID = timedelta(days=180)
_asking = threading.Lock()


def register(app: Flask) -> None:
    app.register_blueprint(bp)


@bp.get("/readyz")
def readyz() -> tuple[Response, int]:
    """Answer 200 while the database takes a write and the disk a file; 503 names what does not work."""
    with _asking:
        known = current_app.extensions.get("calendar_ready")
        if known is None or known[0] < time.monotonic() - AGAIN:
            known = time.monotonic(), readiness.problems(config, current_app.extensions["calendar_engine"])
            current_app.extensions["calendar_ready"] = known
    problems = known[1]
    return jsonify(status="not ready" if problems else "ready", problems=problems), 503 if problems else 200


@bp.get("/metrics")
def show_metrics() -> Response:
    """Give the numbers for Prometheus, to this machine itself or to who has the token; 404 to others."""
    if not _may_watch():
        abort(404)
    numbers = metrics.gather(session, config)
    totals = current_app.extensions["calendar_counters"].totals()
    text = metrics.exposition(numbers, totals, __version__)
    return Response(text, content_type="text/plain; version=0.0.4; charset=utf-8")


def _may_watch() -> bool:
    given = request.headers.get("Authorization", "").removeprefix("Bearer ").encode()
    if config.metrics_token:
        return hmac.compare_digest(given, config.metrics_token.encode())
    return request.remote_addr in LOOPBACK and not any(name in request.headers for name in FORWARDED)


@bp.get("/.well-known/security.txt")
def security_txt() -> Response:
    """Say where to report a weakness (RFC 9116)."""
    contact = config.security_contact or f"{config.base_url}/ask"
    lines = (
        f"Contact: {contact}",
        f"Expires: {(today() + VALID).isoformat()}T00:00:00Z",
        "Preferred-Languages: ja, en",
        f"Canonical: {config.base_url}/.well-known/security.txt",
    )
    response = Response("\n".join(lines) + "\n", content_type="text/plain; charset=utf-8")
    response.headers["Cache-Control"] = "public, max-age=86400"
    return response
