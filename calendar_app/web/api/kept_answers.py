"""Keep answers of requests with an Idempotency-Key for a day: who asks again, unsure whether it was done, gets the same answer.

The answer is kept in the transaction of the change, under the write lock, so that of two equal requests one does it.
"""

import hashlib
from datetime import timedelta

from flask import Response, abort, request
from sqlalchemy import delete

from calendar_app.db.models import ApiAnswer, ApiToken
from calendar_app.entries import revisions
from calendar_app.web import now, session
from calendar_app.web.api.endpoints import JSON

KEPT = timedelta(days=1)
HEADERS = ("ETag", "Location")
LONGEST = 100


def find(token: ApiToken) -> Response | None:
    """Take the write lock; the kept answer to this request, or None.

    Raises UnprocessableEntity (422) when the key was used for another request, BadRequest for a key too long.
    """
    revisions.lock(session)
    key = _key(token.id)
    session.execute(delete(ApiAnswer).where(ApiAnswer.until < now()))
    kept = session.get(ApiAnswer, key) if key else None
    if kept is None:
        return None
    if kept.request != _asked():
        abort(422, description="Idempotency-Key")
    response = Response(kept.body, kept.status, content_type=JSON)
    response.headers.update(kept.headers)
    response.headers["Idempotency-Replayed"] = "true"
    return response


def keep(token: ApiToken, response: Response) -> None:
    """Keep the answer to this request if it has a key. The caller commits."""
    if key := _key(token.id):
        headers = {name: response.headers[name] for name in HEADERS if name in response.headers}
        row = ApiAnswer(key=key, token_id=token.id, request=_asked(), status=response.status_code, headers=headers)
        row.body, row.until = response.get_data(as_text=True), now() + KEPT
        session.add(row)


def _key(number: int) -> str:
    sent = request.headers.get("Idempotency-Key", "")
    if len(sent) > LONGEST:
        abort(400, description=f"Idempotency-Key: 1-{LONGEST}")
    return hashlib.sha256(f"{number} {sent}".encode("utf-8", "surrogatepass")).hexdigest() if sent else ""


def _asked() -> str:
    asked = f"{request.method} {request.full_path}\n".encode("utf-8", "surrogatepass")
    return hashlib.sha256(asked + request.get_data()).hexdigest()
