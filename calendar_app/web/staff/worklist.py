"""The working list of the desk, as a list and as a month: every entry in every state, found, counted, in order."""

from dataclasses import replace
from datetime import date, datetime, timedelta
from typing import Any

from flask import Blueprint, Flask, abort, render_template, request, url_for
from flask_babel import gettext
from sqlalchemy import select

from calendar_app.dates import formatting, month_grid
from calendar_app.dates.limits import read_day
from calendar_app.db.models import Category, Department, Entry, Tag, Venue
from calendar_app.entries import describe, permissions
from calendar_app.listings import filters
from calendar_app.listings.filters import BadFilter
from calendar_app.staff import batch_entries, worklist
from calendar_app.staff.worklist import PAGE, WorklistQuery
from calendar_app.web import config, current_user, lang, session, today

bp = Blueprint("worklist", __name__, url_prefix="/staff/entries")


def register(app: Flask) -> None:
    app.register_blueprint(bp)
    app.jinja_env.globals.update(moment=moment)


@bp.get("")
def every() -> str:
    """List entries: a page of them (`page`), or a month (`view=month`, `month=2027-04`)."""
    asked = worklist.read_query(session, request.args.to_dict(flat=False))
    if request.args.get("view") == "month":
        return _month(asked)
    counts = worklist.count_by_state(session, asked, current_user, today())
    found = counts[asked.state] if asked.state else sum(counts.values())
    pages = max(1, -(-found // PAGE))
    page = min(max(request.args.get("page", 1, int), 1), pages)
    rows = worklist.page_rows(session, asked, current_user, today(), page) if found else []
    return _page(
        asked,
        rows=rows,
        mine={row.entry.id for row in rows if permissions.may(current_user, "edit", row.entry)},
        found=found,
        counts=counts,
        page=page,
        pages=pages,
        addresses={number: _address(asked, page=str(number)) for number in {1, page - 1, page + 1, pages}},
        sorts={sort: _address(asked, sort=sort) for sort in worklist.SORTS},
        most=batch_entries.MOST,
        state_address=lambda state: _address(replace(asked, state=state)),
        helps=_helps(asked) if not found else [],
    )


def _month(asked: WorklistQuery) -> str:
    first = _first(request.args.get("month", ""))
    weeks = formatting.month_weeks(first.year, first.month)
    following = (first + timedelta(days=31)).replace(day=1)
    found = worklist.occurrences_between(session, asked, current_user, today(), weeks[0][0], weeks[-1][-1])
    exact = [occurrence for occurrence in found if occurrence.event.precision == "exact"]
    inside = [occurrence for occurrence in found if occurrence.first_day < following and occurrence.last_day >= first]
    return _page(
        asked,
        first=first,
        weeks=month_grid.month(weeks, exact),
        days=month_grid.by_day([occurrence for occurrence in inside if occurrence in exact], first),
        vague=[occurrence for occurrence in inside if occurrence not in exact],
        turns=[_month_address(asked, day) for day in (first - timedelta(days=1), today(), following)],
        states=names()["state"],
        helps=_helps(asked) if not inside else [],
    )


def _first(month: str) -> date:
    if not month:
        return today().replace(day=1)
    return read_day(f"{month}-01") or abort(404)


def _page(asked: WorklistQuery, **more: Any) -> str:
    terms = [(words_of(key, value), _address(asked.without(key, value))) for key, value in asked.terms()]
    return render_template(
        "staff/month.html" if "weeks" in more else "staff/entries.html",
        asked=asked,
        terms=terms,
        ways={"list": _address(asked), "month": _month_address(asked, more.get("first", today()))},
        nothing=not asked.terms() and session.scalar(select(Entry.id).limit(1)) is None,
        offered=_offered(),
        **more,
    )


def _address(asked: WorklistQuery, **more: str) -> str:
    """The list for this filter; a page or an order only where it is not the usual one."""
    if more.get("page") == "1":
        more.pop("page")
    if "sort" in more:
        asked = _sorted(asked, more.pop("sort"))
    query = asked.query(**more)
    return url_for("worklist.every") + (f"?{query}" if query else "")


def _sorted(asked: WorklistQuery, sort: str) -> WorklistQuery:
    return replace(asked, sort="" if sort == "changed" and not asked.words else sort)


def _month_address(asked: WorklistQuery, day: date) -> str:
    return f"{url_for('worklist.every')}?{asked.query(view='month', month=f'{day:%Y-%m}')}"


def _helps(asked: WorklistQuery) -> list[tuple[str, str, int]]:
    """What to leave out so that something is found: its words, the address without it, how many."""
    found = worklist.wider_queries(session, asked, current_user, today())
    return [(words_of(*term), _address(wider), number) for term, wider, number in found]


def words_of(key: str, value: str) -> str:
    """One term of the filter in words."""
    said = names().get(key, {}).get(value)
    if said or key in names():
        return said or value
    if key == "q":
        return f"「{value}」" if lang() == "ja" else f"“{value}”"
    try:
        return filters.words(session, filters.Filter(((key, (value,)),)), lang())[0]
    except BadFilter:  # there is no such thing (any more)
        return value


def moment(at: datetime) -> str:
    """An instant in words, on the town's clocks."""
    return describe.moment(at.astimezone(config.zone).replace(tzinfo=None, second=0, microsecond=0), lang())


def names() -> dict[str, dict[str, str]]:
    """What can be chosen of each key that has its words here."""
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
    """What the form offers, for each key."""
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
