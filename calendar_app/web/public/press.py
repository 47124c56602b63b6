"""The coming week for newspapers: a public page, a plain text for newsrooms, and at the desk an email ready to send."""

from datetime import timedelta
from email.message import EmailMessage
from typing import Any, NamedTuple
from urllib.parse import quote

from flask import Blueprint, Flask, Response, abort, render_template, request
from sqlalchemy import select

from calendar_app.db.models import Department
from calendar_app.listings.filters import Filter
from calendar_app.sharing import press_text, press_week
from calendar_app.sharing.press_week import Sheet
from calendar_app.web import choices, page, requested_filter, session, site_view, today
from calendar_app.web.front import FEED_CONTROL

bp = Blueprint("press", __name__)

FAR = timedelta(days=3660)
MAIL_LINK = 1800  # characters; every mail program accepts an address of this length


class Wanted(NamedTuple):
    """The options in an address, and the press text that they produce."""

    filter: Filter
    order: str
    width: int
    sheet: Sheet
    text: str


def register(app: Flask) -> None:
    app.register_blueprint(bp)


@bp.get("/press")
def week() -> Response:
    """Show the coming week for newsrooms.

    Raises NotFound for an unknown `by` or `width`, or for days too far from today.
    """
    release = _release(requested_filter())
    return page("public/press.html", release.filter, **_shown(release))


@bp.get("/press.txt")
def text() -> Response:
    """Send the events of some days as plain text.

    Raises NotFound for an unknown `by` or `width`, or for days too far from today.
    """
    response = Response(_lines(_release(requested_filter()).text), content_type="text/plain; charset=utf-8")
    response.headers["Cache-Control"] = FEED_CONTROL
    response.headers["Content-Disposition"] = 'inline; filename="press.txt"'
    response.headers["Access-Control-Allow-Origin"] = "*"
    return response


@bp.get("/staff/press")
def desk() -> str:
    """Show the text for newspapers at the staff desk.

    Raises NotFound for an unknown `by` or `width`, or for days too far from today.
    """
    release = _release(requested_filter())
    body = release.text if len(quote(release.text)) < MAIL_LINK else release.sheet.head[-1]
    mail = f"mailto:?subject={quote(_subject(release))}&body={quote(_lines(body))}"
    return render_template(
        "staff/press.html", wanted=release.filter, terms=_terms(release.filter), mail=mail, **_shown(release)
    )


@bp.get("/staff/press.eml")
def mail() -> Response:
    """Send the text for newspapers as an unsent email draft.

    Raises NotFound for an unknown `by` or `width`, or for days too far from today.
    """
    release = _release(requested_filter())
    message = EmailMessage()
    message["Subject"] = _subject(release)
    message["X-Unsent"] = "1"
    message.set_content(release.text)
    response = Response(message.as_bytes(), content_type="message/rfc822")
    response.headers["Content-Disposition"] = 'attachment; filename="press.eml"'
    return response


def _release(site_filter: Filter) -> Wanted:
    order, width = request.args.get("by", press_week.ORDERS[0]), request.args.get("width", 0, int)
    if order not in press_week.ORDERS or width not in (0, *press_week.WIDTHS):
        abort(404)
    days = press_week.wanted_days(site_filter, today())
    if abs(days[0] - today()) > FAR:
        abort(404)
    options: dict[str, Any] = {"days": days, "order": order, "contact": _contact(site_filter), "today": today()}
    sheet = press_week.sheet(session, site_filter, site_view(), **options)
    return Wanted(site_filter, order, width, sheet, sheet.text(width))


def _contact(site_filter: Filter) -> str:
    """The contact of the department, when the filter names exactly one; "" otherwise."""
    slugs = site_filter.values("department")
    department = session.scalar(select(Department).where(Department.slug == slugs[0])) if len(slugs) == 1 else None
    return (department.contact or department.name) if department else ""


def _shown(release: Wanted) -> dict[str, Any]:
    first, last = press_week.wanted_days(release.filter, today())
    length = last - first + timedelta(days=1)
    return {
        "release": release,
        "first": first,
        "last": last,
        "letters": press_text.count_characters(release.sheet.text()),
        "lines": len(release.text.splitlines()),
        "widths": press_week.WIDTHS,
        "choosers": choices.choosers(),
        "chosen": {
            "by": release.order if release.order != press_week.ORDERS[0] else None,
            "width": release.width or None,
        },
        "before": {"from": first - length, "to": first - timedelta(days=1)},
        "after": {"from": last + timedelta(days=1), "to": last + length},
    }


def _terms(site_filter: Filter) -> dict[str, list[str]]:
    return {key: list(values) for key, values in site_filter.terms}


def _subject(release: Wanted) -> str:
    return f"{release.sheet.title} {release.sheet.head[0]}"


def _lines(text: str) -> str:
    """The text with CRLF line ends, which mail and older editors need."""
    return text.replace("\n", "\r\n")
