"""The staff desk as a person uses it, through HTTP: sign in, fill in a form, send it, read what came back."""

import io
import re
from datetime import UTC
from html import unescape
from typing import Any
from weakref import WeakKeyDictionary

from flask import Flask
from flask.testing import FlaskClient
from itsdangerous import URLSafeTimedSerializer
from PIL import Image
from sqlalchemy import select
from sqlalchemy.orm import Session

from calendar_app.accounts import sessions
from calendar_app.db.engine import write_session
from calendar_app.db.models import Entry, User
from helpers.town import Clock

TYPED: dict[str, Any] = {
    "title": "角館の桜まつり",
    "start_date": "2027-04-15",
    "end_date": "2027-05-05",
    "all_day": "y",
    "tags": "#桜 #仙北市",
    "department_id": "1",
    "venue_id": "1",
    "warned": "y",
    "action": "publish",
}
NEW = "/staff/events/new"
SECRET = "of this session"
NEW_SESSION = ("/staff/sign-in", "/staff/sign-out", "/staff/password")

_tokens: WeakKeyDictionary[FlaskClient, str] = WeakKeyDictionary()


def stranger(app: Flask) -> FlaskClient:
    """A browser in which nobody is signed in."""
    client = app.test_client()
    client.environ_base = {"wsgi.url_scheme": "https", "HTTP_HOST": "calendar.example.jp"}
    return client


def signed_in(app: Flask, email: str) -> FlaskClient:
    """A browser in which a person is signed in, without the form: checking a password is meant to be slow.

    It holds a token for forms as if it had opened one; `test_html_valid` sees that every form of the desk carries one.
    """
    client = stranger(app)
    with write_session(app.extensions["calendar_engine"]) as opened:
        user = opened.scalars(select(User).where(User.email == email)).one()
        key = sessions.begin(opened, user, device="", at=Clock.now(UTC))
        opened.commit()
    with client.session_transaction() as cookie:
        cookie |= {"key": key, "csrf_token": SECRET}
    _tokens[client] = str(URLSafeTimedSerializer(str(app.secret_key), salt="wtf-csrf-token").dumps(SECRET))
    return client


def send(client: FlaskClient, path: str, form: dict[str, Any], page: str = "") -> Any:
    """Send a form as a browser does, with the token of `page`: one token is good for every form of a session."""
    if page or client not in _tokens:
        _tokens[client] = _token(client.get(page or path).text)
    headers = {"Referer": f"https://calendar.example.jp{path}"}
    data = form | {"csrf_token": _tokens[client]}
    answer = client.post(path, data=data, headers=headers, content_type="multipart/form-data")
    if path in NEW_SESSION:
        del _tokens[client]
    return answer


def _token(page: str) -> str:
    token = re.search(r'name="csrf_token"[^>]*value="([^"]+)"', page)
    assert token, page[:500]
    return token[1]


def publish(client: FlaskClient, **more: Any) -> str:
    answer = send(client, NEW, TYPED | more)
    assert answer.status_code == 303, errors(answer.text)
    return str(answer.headers["Location"].rsplit("/", 1)[1])


def errors(page: str) -> dict[str, str]:
    return dict(re.findall(r'class="error" id="(\w+)-error">([^<]+)', page))


def value(page: str, name: str) -> str:
    """What stands in a field of a page."""
    if match := re.search(rf'<textarea[^>]*name="{name}"[^>]*>\r?\n?([^<]*)</textarea>', page):
        return unescape(match[1])
    tag = re.search(rf'<input[^>]*name="{name}"[^>]*>', page)
    assert tag, name
    held = re.search(r'value="([^"]*)"', tag[0])
    return unescape(held[1]) if held else ""


def entry(town: Session, public_id: str) -> Any:
    town.rollback()
    return town.scalar(select(Entry).where(Entry.public_id == public_id))


def every(town: Session, model: Any) -> Any:
    town.rollback()
    return town.scalars(select(model)).all()


def picture() -> io.BytesIO:
    stream = io.BytesIO()
    Image.new("RGB", (640, 480), "pink").save(stream, "JPEG")
    stream.seek(0)
    return stream
