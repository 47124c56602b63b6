"""The working list of the desk, as a list or a month: entries in every state, filtered, counted and sorted."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import date, datetime, timedelta
from typing import Any

from flask import Blueprint, Flask, abort, render_template, request, url_for
from flask_babel import gettext
from sqlalchemy import Row, select

from calendar_app.dates import formatting, month_grid
from calendar_app.dates.limits import read_day
from calendar_app.db.models import Category, Department, Entry, Tag, Venue
from calendar_app.entries import describe, permissions
from calendar_app.listings import filters
from calendar_app.listings.filters import BadFilter
from calendar_app.staff import batch_entries, worklist
from calendar_app.staff.worklist import PAGE, WorklistQuery
from calendar_app.text import languages
from calendar_app.web import config, current_user, lang, session, today
from calendar_app.web.forms.fields import whole

BESIDE = 14  # entries beside the form

bp = Blueprint("worklist", __name__, url_prefix="/staff/entries")


def register(app: Flask) -> None:
    app.register_blueprint(bp)
    app.jinja_env.globals.update(moment=moment, changed_last=changed_last)


def changed_last() -> Sequence[Row[str, str]]:
    """The entries that this person may edit and that were changed last, as (public_id, title)."""
    newest = select(Entry.public_id, Entry.title).where(Entry.state != "withdrawn")
    if current_user.role != "admin":
        newest = newest.where(Entry.department_id == current_user.department_id)
    return session.execute(newest.order_by(Entry.changed_at.desc()).limit(BESIDE)).all()


@bp.get("")
def every() -> str:
    """List entries: a page of them (`page`), or a month (`view=month`, `month=2027-04`)."""
    worklist_query = worklist.read_query(session, request.args.to_dict(flat=False))
    if request.args.get("view") == "month":
        return _month(worklist_query)
    counts = worklist.count_by_state(session, worklist_query, current_user, today())
    count = counts[worklist_query.state] if worklist_query.state else sum(counts.values())
    pages = max(1, -(-count // PAGE))
    page = min(max(request.args.get("page", 1, whole), 1), pages)
    rows = worklist.page_rows(session, worklist_query, current_user, today(), page) if count else []
    return _page(
        worklist_query,
        rows=rows,
        mine={row.entry.id for row in rows if permissions.may(current_user, "edit", row.entry)},
        count=count,
        counts=counts,
        page=page,
        pages=pages,
        addresses={number: _address(worklist_query, page=str(number)) for number in {1, page - 1, page + 1, pages}},
        sorts={sort: _address(worklist_query, sort=sort) for sort in worklist.SORTS},
        most=batch_entries.MOST,
        state_address=lambda state: _address(replace(worklist_query, state=state)),
        helps=_helps(worklist_query) if not count else [],
    )


def _month(worklist_query: WorklistQuery) -> str:
    first = _first(request.args.get("month", ""))
    weeks = formatting.month_weeks(first.year, first.month)
    following = (first + timedelta(days=31)).replace(day=1)
    occurrences = worklist.occurrences_between(
        session, worklist_query, current_user, today(), weeks[0][0], weeks[-1][-1]
    )
    exact = [occurrence for occurrence in occurrences if occurrence.event.precision == "exact"]
    inside = [
        occurrence for occurrence in occurrences if occurrence.first_day < following and occurrence.last_day >= first
    ]
    return _page(
        worklist_query,
        first=first,
        weeks=month_grid.month(weeks, exact),
        days=month_grid.by_day([occurrence for occurrence in inside if occurrence in exact], first),
        vague=[occurrence for occurrence in inside if occurrence not in exact],
        turns=[_month_address(worklist_query, day) for day in (first - timedelta(days=1), today(), following)],
        states=names()["state"],
        helps=_helps(worklist_query) if not inside else [],
    )


def _first(month: str) -> date:
    if not month:
        return today().replace(day=1)
    return read_day(f"{month}-01") or abort(404)


def _page(worklist_query: WorklistQuery, **more: Any) -> str:
    terms = [
        (words_of(key, value), _address(worklist_query.without(key, value))) for key, value in worklist_query.terms()
    ]
    return render_template(
        "staff/month.html" if "weeks" in more else "staff/entries.html",
        worklist_query=worklist_query,
        terms=terms,
        ways={"list": _address(worklist_query), "month": _month_address(worklist_query, more.get("first", today()))},
        nothing=not worklist_query.terms() and session.scalar(select(Entry.id).limit(1)) is None,
        offered=_offered(),
        **more,
    )


def _address(worklist_query: WorklistQuery, **more: str) -> str:
    """The address of the list for a query, with the page and the order only when they differ from the default."""
    if more.get("page") == "1":
        more.pop("page")
    if "sort" in more:
        worklist_query = _sorted(worklist_query, more.pop("sort"))
    query = worklist_query.query(**more)
    return url_for("worklist.every") + (f"?{query}" if query else "")


def _sorted(worklist_query: WorklistQuery, sort: str) -> WorklistQuery:
    return replace(worklist_query, sort="" if sort == "changed" and not worklist_query.words else sort)


def _month_address(worklist_query: WorklistQuery, day: date) -> str:
    return f"{url_for('worklist.every')}?{worklist_query.query(view='month', month=f'{day:%Y-%m}')}"


def _helps(worklist_query: WorklistQuery) -> list[tuple[str, str, int]]:
    """The filter terms whose removal gives results: their words, the address without them, the number of results."""
    wider_queries = worklist.wider_queries(session, worklist_query, current_user, today())
    return [(words_of(*term), _address(wider), number) for term, wider, number in wider_queries]


def words_of(key: str, value: str) -> str:
    """The value of a filter key in words."""
    name = names().get(key, {}).get(value)
    if name or key in names():
        return name or value
    if key == "q":
        return languages.quoted(value, lang())
    try:
        return filters.words(session, filters.Filter(((key, (value,)),)), lang())[0]
    except BadFilter:  # there is no such thing (any more)
        return value


def moment(at: datetime) -> str:
    """An instant in words, in the time zone of the city, to the minute."""
    return describe.moment(at.astimezone(config.zone).replace(tzinfo=None, second=0, microsecond=0), lang())


def names() -> dict[str, dict[str, str]]:
    """The labels of the choices, by filter key; keys whose labels come from the database are missing."""
    return {
        "state": {
            "draft": gettext("Draft"),
            "scheduled": gettext("Scheduled"),
            "published": gettext("Public"),
            "withdrawn": gettext("Withdrawn"),
        },
        "whose": {"me": gettext("mine"), "department": gettext("of my department")},
        "only": {
            "upcoming": gettext("upcoming"),
            "ended": gettext("ended"),
            "photo": gettext("no photo"),
            "venue": gettext("no venue"),
            "date": gettext("no exact date"),
        },
        "kind": {"event": gettext("Events"), "announcement": gettext("Announcements")},
        "status": {
            "cancelled": gettext("Cancelled"),
            "postponed": gettext("Postponed"),
            "rescheduled": gettext("New dates"),
            "moved_online": gettext("Moved online"),
            "full": gettext("Full"),
        },
    }


def _offered() -> dict[str, list[tuple[str, str]]]:
    """The choices of the form, as (value, label), by filter key."""
    own = {key: list(words.items()) for key, words in names().items() if key != "state"}
    tags = session.scalars(select(Tag.name).order_by(Tag.name))
    return own | {
        "department": [
            (department.slug, department.name)
            for department in session.scalars(select(Department).order_by(Department.id))
        ],
        "category": [
            (category.slug, category.name) for category in session.scalars(select(Category).order_by(Category.id))
        ],
        "venue": [(str(venue.id), venue.name) for venue in session.scalars(select(Venue).order_by(Venue.name))],
        "tag": [(name, f"#{name}") for name in tags],
    }
