"""Forms with which citizens ask, report a mistake or say thanks, without account, cookie or script. Nothing becomes public.

A form is accepted only with its signed token, which names the address and the time of opening: at least three seconds ago,
because nobody types faster, and at most two days ago. A form that another website sends is refused. A refused form comes back
with its text.
"""

import hashlib
import hmac
import secrets
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address
from typing import Any, NamedTuple

from flask import Blueprint, Flask, Response, abort, current_app, redirect, request, url_for
from flask_babel import gettext
from itsdangerous import BadSignature, URLSafeSerializer
from sqlalchemy import select
from werkzeug.wrappers import Response as AnyResponse

from calendar_app.db.engine import write_session
from calendar_app.db.models import FEEDBACK_KINDS, Announcement, Department, Entry, Event
from calendar_app.entries.editing import Invalid
from calendar_app.feedback import inbox, statistics
from calendar_app.feedback.inbox import Submission
from calendar_app.web import config, csrf, lang, now, page, rate_limit, session, shown
from calendar_app.web.cross_site import from_another_site

bp = Blueprint("feedback", __name__)

YOUNGEST, OLDEST = timedelta(seconds=3), timedelta(days=2)
PER_HOUR, ALL_PER_HOUR = (
    10,
    400,
)  # messages from one address, and in total; beyond that the page names the telephone number instead
FIELDS = ("kind", "text", "name", "email", "website")  # people never see "website", so only robots fill it in
FORM_BYTES = 64 * 1024


class About(NamedTuple):
    """The subject of a message: an entry, a department or the site. `path` is the path of the form."""

    path: str
    entry: Entry | None = None
    department: Department | None = None

    @property
    def home(self) -> Department | None:
        return self.entry.department if self.entry else self.department


class Refused(Exception):
    """A form that is refused for now: the reason as one word, and the token for sending it again."""

    def __init__(self, why: str, token: str = "") -> None:
        self.why, self.token = why, token


def register(app: Flask) -> None:
    csrf.exempt(bp)  # its own token protects the form, because the usual one needs a cookie
    app.register_blueprint(bp)
    app.jinja_env.globals.update(ask_path=ask_path)


def ask_path(subject: Any = None) -> str:
    """The path of the form about an entry, a department or the site."""
    if isinstance(subject, Entry):
        return url_for("feedback.about_entry", kinds=f"{subject.kind}s", public_id=subject.public_id)
    return url_for("feedback.about_department", slug=subject.slug) if subject else url_for("feedback.about_site")


@bp.route("/ask", methods=["GET", "POST"])
def about_site() -> Any:
    """Show and accept the form for a question about the whole site.

    Raises NotFound when the site takes no questions.
    """
    return _answer(About(request.path))


@bp.route("/departments/<slug>/ask", methods=["GET", "POST"])
def about_department(slug: str) -> Any:
    """Show and accept the form for a question to one department.

    Raises NotFound for an unknown department, or when the site takes no questions.
    """
    department = session.scalar(select(Department).where(Department.slug == slug)) or abort(404)
    return _answer(About(request.path, department=department))


@bp.route("/<any(events, announcements):kinds>/<public_id>/ask", methods=["GET", "POST"])
def about_entry(kinds: str, public_id: str) -> Any:
    """Show and accept the form for a question about one entry.

    Raises NotFound for an entry that was never public or when the site takes no questions, Gone for a withdrawn entry.
    """
    return _answer(About(request.path, entry=shown(Event if kinds == "events" else Announcement, public_id)))


@bp.get("/questions/<token>")
def private(token: str) -> Response:
    """Show the state of a question, and its answer, to whoever has the address.

    Raises NotFound for an unknown address.
    """
    question = statistics.by_token(session, token) or abort(404)
    return _private(
        page(
            "public/asked.html",
            question=question,
            here=_here(token),
            addresses=None,
            moment_before=timedelta(seconds=1),
        )
    )


def _here(token: str) -> str:
    more = f"?lang={lang()}" if lang() != config.language else ""
    return f"{config.base_url}/questions/{token}{more}"


def _answer(about: About) -> Any:
    if not config.questions:
        abort(404)
    if request.method == "POST":
        request.max_content_length = request.max_form_memory_size = FORM_BYTES
        return _take(about)
    kind = request.args.get("kind", "")
    return _form(about, {"kind": kind if kind in FEEDBACK_KINDS else "question"}, _token(about.path))


def _take(about: About) -> AnyResponse:
    typed = {name: request.form.get(name, "") for name in FIELDS}
    try:
        if from_another_site():
            raise Refused("elsewhere")
        token = _received(about, typed, _opened(about.path, request.form.get("token", "")))
    except Invalid as error:
        return _form(about, typed, request.form["token"], errors=error.errors, code=422)
    except Refused as refused:
        code = {"many": 429, "young": 422, "elsewhere": 403}.get(refused.why, 400)
        return _form(about, typed, refused.token or _token(about.path), refused=refused.why, code=code)
    return redirect(url_for("feedback.private", token=token), 303)


def _received(about: About, typed: dict[str, str], form: str) -> str:
    """Store a message and return the token of its private page. A flood of messages takes no write lock."""
    at, address = now(), sender(request.remote_addr or "", config.secret_key)
    buckets = {f"{inbox.NOBODY}{address}": PER_HOUR, f"{inbox.NOBODY}all": ALL_PER_HOUR}
    if rate_limit.full(session, buckets, at=at):
        raise Refused("many", request.form["token"])
    texts = {name: typed[name] for name in ("kind", "text", "name", "email")}
    submission = Submission(**texts, lang=lang(), form=form, address=address, trap=bool(typed["website"]))
    with write_session(current_app.extensions["calendar_engine"]) as writing:
        entry = writing.get(Entry, about.entry.id) if about.entry else None
        department = writing.get(Department, about.department.id) if about.department else None
        question = inbox.receive(writing, submission, entry=entry, department=department, at=at, zone=config.zone)
        if question.asked_at == at and not rate_limit.allow(writing, buckets, at=at):
            raise Refused("many", request.form["token"])
        token = question.token
        writing.commit()
    return token


def _form(
    about: About, typed: dict[str, str], token: str, *, errors: Any = None, refused: str = "", code: int = 200
) -> Response:
    answer = _private(
        page(
            "public/ask.html",
            about=about,
            typed=typed,
            token=token,
            errors={name: _say(name, error, typed) for name, error in (errors or {}).items()},
            refused=refused,
            longest=inbox.LONGEST,
            days=about.home.reply_days if about.home else inbox.REPLY_DAYS,
        )
    )
    answer.status_code = code
    if code == 429:
        answer.headers["Retry-After"] = "600"
    return answer


def _private(answer: Response) -> Response:
    """Forbid caches, referrers and search engines: each form has its own token and each answer its own reader."""
    answer.headers["Cache-Control"] = "no-store"
    answer.headers["Referrer-Policy"] = "same-origin" if request.path.endswith("/ask") else "no-referrer"
    answer.headers["X-Robots-Tag"] = "noindex"
    return answer


def _say(name: str, error: str, typed: dict[str, str]) -> str:
    count = f"{len(typed['text'].strip()):,}"
    if name == "text" and error == "too_long":
        return str(gettext("Please write at most 1,000 characters; you have written %(count)s.", count=count))
    messages = {
        "text": gettext("Please write your message."),
        "kind": gettext("Please choose one."),
        "email": gettext("This does not look like an email address. Example: hanako@example.jp"),
        "name": gettext("Please write at most 60 characters."),
    }
    return str(messages[name])


def _signer() -> URLSafeSerializer:
    return URLSafeSerializer(config.secret_key, salt="ask")


def _token(path: str) -> str:
    """A signed token that holds the path of the form, the time of opening and a random name."""
    return str(_signer().dumps([path, int(now().timestamp()), secrets.token_urlsafe(9)]))


def _opened(path: str, token: str) -> str:
    """The random name in a token. Raises Refused when the token is wrong, too old or too young."""
    try:
        about, opened, form = _signer().loads(token)
        age = now() - datetime.fromtimestamp(opened, UTC)
    except (BadSignature, TypeError, ValueError):
        raise Refused("old") from None
    if about != path or age > OLDEST:
        raise Refused("old")
    if age < YOUNGEST:
        raise Refused("young", token)
    return str(form)


def sender(address: str, secret_key: str) -> str:
    """A keyed hash of an IP address, 32 hex digits, for counting only. IPv6 addresses count by /64 network."""
    try:
        known = ip_address(address)
        number = int(known) >> (64 if known.version == 6 else 0)
    except ValueError:
        number = 0
    return hmac.new(secret_key.encode(), f"sender {number}".encode(), hashlib.sha256).hexdigest()[:32]
