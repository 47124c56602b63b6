"""Cancel many dates in one act, for example all outdoor events before a storm. One button undoes the act."""

from datetime import date, timedelta
from typing import Any

from flask import Blueprint, Flask, abort, flash, redirect, render_template, request, url_for
from flask_babel import gettext
from sqlalchemy import select
from werkzeug.datastructures import MultiDict
from werkzeug.wrappers import Response as AnyResponse

from calendar_app.dates import formatting
from calendar_app.db.models import Category, Department, Occurrence, Revision, Venue
from calendar_app.entries import editing, permissions, settings_changes
from calendar_app.listings import filters, weather
from calendar_app.listings.filters import Filter
from calendar_app.staff import batch_dates, batch_jobs
from calendar_app.web import current_user, lang, now, session, today, writing

bp = Blueprint("batch_dates", __name__, url_prefix="/staff/bulk")

LONGEST = timedelta(days=92)  # the longest period; a storm is shorter, and a long period lists too many dates
REASON = 300
FIELDS = ("first", "last", "outdoors", "tag", "department", "category", "venue", "reason")


def register(app: Flask) -> None:
    app.register_blueprint(bp)


@bp.get("")
def choose() -> Any:
    """List the dates of a period, with a checkbox on each date that this person may cancel."""
    typed = _typed(request.args)
    if "first" not in request.args:
        return _page(typed | {"first": f"{today()}"})
    occurrences, errors = _matching_dates(typed)
    return _page(typed, occurrences, errors=errors), 422 if errors else 200


@bp.post("")
def cancel() -> Any:
    """Cancel the selected dates, and close longer events on these days only, with one public reason."""
    typed, ticked = _typed(request.form), set(request.form.getlist("date"))
    occurrences, errors = _matching_dates(typed)
    chosen = [
        occurrence
        for occurrence in occurrences
        if name_of(occurrence) in ticked and permissions.may(current_user, "edit", occurrence.event)
    ]
    if not typed["reason"]:
        errors["reason"] = gettext("Please give a reason: people who plan to come will read it.")
    if not chosen:
        errors["date"] = gettext("Please select at least one date.")
    if errors:
        return _page(typed, occurrences, ticked, errors), 422
    options = {"reason": typed["reason"]}
    act = batch_jobs.start(writing, "dates", _steps(chosen, typed), options, actor=current_user, at=now())
    if not batch_dates.rows(session, act):
        flash(gettext("There was nothing left to change."))
        return redirect(url_for("batch_dates.choose"), 303)
    flash(gettext("Done. It is on the pages, in the feeds and in every subscribed calendar."))
    return redirect(url_for("batch_dates.done", act=act), 303)


@bp.get("/<act>")
def done(act: str) -> str:
    """Show the result of one batch, its undo, and what remains if it was interrupted.

    Raises NotFound when the act changed nothing and nothing of it is left to do.
    """
    left, undoing = batch_jobs.broken_off(session, act), batch_jobs.undone_by(session, act)
    rows = batch_dates.rows(session, act[:20])
    if not rows and not left:
        abort(404)
    return render_template(
        "staff/bulk_done.html", act=act, rows=rows, left=left, undoing=undoing, mine=bool(rows) and _may_undo(rows)
    )


@bp.post("/<act>/undo")
def undo(act: str) -> AnyResponse:
    """Undo one batch; later changes are kept.

    Raises NotFound for an unknown act, Forbidden when this person may not edit every changed entry.
    """
    rows = _rows(act)
    if not _may_undo(rows):
        abort(403)
    undone = batch_dates.rows(session, batch_jobs.start_undo(writing, act, actor=current_user, at=now()))
    flash(gettext("Undone.") if undone else gettext("There was nothing left to undo."))
    return redirect(_back(act), 303)


def _back(act: str) -> str:
    """The address of the page on which the Undo button was pressed."""
    match request.form.get("back", ""):
        case "":
            return url_for("batch_dates.done", act=act)
        case "desk":
            return url_for("entry_actions.desk")
        case "templates":
            return url_for("templates.every")
        case "venues":
            return url_for("venues_departments_tags.venues")
        case back if back.startswith("source/") and back[7:].isdecimal():
            return url_for("sources.show", number=int(back[7:]))
        case back if back.startswith("entry/"):
            return url_for("entry_actions.done", public_id=back.removeprefix("entry/"))
        case public_id:
            return url_for("single_dates.dates", public_id=public_id)


def _rows(act: str) -> list[Revision]:
    return batch_dates.rows(session, act[:20]) or abort(404)


def _may_undo(rows: list[Revision]) -> bool:
    changed = [row.entry or settings_changes.setting_of(session, row) for row in rows]
    return all(entry is None or permissions.may(current_user, "edit", entry) for entry in changed)


def _typed(fields: MultiDict[str, str]) -> dict[str, str]:
    return {name: fields.get(name, "").strip()[:REASON] for name in FIELDS}


def _matching_dates(typed: dict[str, str]) -> tuple[list[Occurrence], dict[str, str]]:
    """The dates that match the typed conditions, and the errors by field."""
    errors: dict[str, str] = {}
    first, last = _days(typed, errors)
    if not first or not last:
        return [], errors
    if last < first:
        return [], errors | {"last": gettext("The end is before the start.")}
    if last - first > LONGEST:
        return [], errors | {"last": gettext("Please choose at most three months at once.")}
    return weather.find(session, first, last, _filter(typed), outdoors=bool(typed["outdoors"])), errors


def _days(typed: dict[str, str], errors: dict[str, str]) -> tuple[date | None, date | None]:
    """The first and the last chosen day."""
    first = _day(typed, "first", errors)
    return first, _day(typed, "last", errors) if typed["last"] else first


def _parted(typed: dict[str, str], occurrences: list[Occurrence]) -> tuple[list[Occurrence], list[Occurrence]]:
    """The dates that lie within the chosen days, and those that run longer."""
    first, last = _days(typed, {})
    longer = [occurrence for occurrence in occurrences if first and last and weather.outlasts(occurrence, first, last)]
    return [occurrence for occurrence in occurrences if occurrence not in longer], longer


def _steps(chosen: list[Occurrence], typed: dict[str, str]) -> list[str]:
    first, last = _days(typed, {})
    within, longer = _parted(typed, chosen)
    return batch_dates.steps(within) + (batch_dates.closures(longer, first, last) if first and last else [])


def _day(typed: dict[str, str], name: str, errors: dict[str, str]) -> date | None:
    try:
        return formatting.parse_date(typed[name], today())
    except formatting.BadDate as error:
        errors[name] = formatting.message(error, lang())
        return None


def _filter(typed: dict[str, str]) -> Filter:
    terms = {name: [typed[name]] for name in ("department", "category", "venue")}
    return filters.read_filter(terms | {"tag": [editing.tag_name(typed["tag"])]})


def name_of(occurrence: Occurrence) -> str:
    """The value that identifies a date in the form: public id and original wall-clock start."""
    return f"{occurrence.event.public_id}/{occurrence.original:%Y%m%dT%H%M}"


def _page(
    typed: dict[str, str],
    occurrences: list[Occurrence] | None = None,
    ticked: set[str] | None = None,
    errors: dict[str, str] | None = None,
) -> str:
    """Show the dates. At first every box is ticked except for events that run longer; later, as the person left them."""
    within, longer = _parted(typed, occurrences or [])
    mine = {
        occurrence.id for occurrence in occurrences or () if permissions.may(current_user, "edit", occurrence.event)
    }
    return render_template(
        "staff/bulk.html",
        typed=typed,
        occurrences=occurrences,
        within=within,
        longer=longer,
        mine=mine,
        ticked=ticked,
        errors=errors or {},
        name_of=name_of,
        most=weather.MOST,
        departments=session.scalars(select(Department).order_by(Department.id)).all(),
        categories=session.scalars(select(Category).order_by(Category.id)).all(),
        venues=session.scalars(select(Venue).order_by(Venue.name)).all(),
    )
