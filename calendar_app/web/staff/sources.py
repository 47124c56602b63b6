"""Followed addresses at the desk: their state, their differences from our entries, entries they no longer have."""

from datetime import datetime
from typing import Any

from flask import Blueprint, Flask, abort, flash, redirect, render_template, request, url_for
from flask_babel import gettext
from sqlalchemy import select
from sqlalchemy.orm.exc import StaleDataError
from werkzeug.wrappers import Response as AnyResponse

from calendar_app.db.models import Department, Entry, Source
from calendar_app.entries import permissions, revisions
from calendar_app.entries.editing import Invalid
from calendar_app.importing import Defect, defect_message, words
from calendar_app.importing.save import ImportResult
from calendar_app.importing.sources import fetch, follow, manage, review
from calendar_app.listings import queries
from calendar_app.outgoing.http import Unreachable
from calendar_app.staff import undo
from calendar_app.web import READING_SECONDS, config, current_user, lang, now, reading_elsewhere, session, writing
from calendar_app.web.forms import form_values
from calendar_app.web.forms.fields import whole

bp = Blueprint("sources", __name__, url_prefix="/staff/sources")


def register(app: Flask) -> None:
    app.register_blueprint(bp)
    app.jinja_env.globals.update(problem_of=follow.problem_message, counts_of=_counts, local=_local)
    app.jinja_env.globals.update(failing_sources=failing)


@bp.get("")
def every() -> str:
    """List the followed sources; those that need attention come first."""
    sources = session.scalars(select(Source).order_by(Source.name)).all()
    troubled = {
        source.id
        for source in sources
        if follow.problem_message(source, lang()) or source.missing or source.differing or source.counts.get("waiting")
    }
    return render_template(
        "staff/sources.html",
        sources=sorted(sources, key=lambda source: source.id not in troubled),
        mine={source.id for source in sources if permissions.may(current_user, "edit", source)},
    )


@bp.get("/<int:number>")
def show(number: int) -> str:
    """Show a source beside our entries, and the entries it no longer has.

    Raises NotFound for an unknown source.
    """
    source = session.get(Source, number) or abort(404)
    return render_template(
        "staff/source.html",
        source=source,
        mine=permissions.may(current_user, "edit", source),
        newest=undo.newest(session, source),
        departments=_departments(),
        waiting=[_waiting_row(row) for row in source.counts.get("waiting", ())],
        missing=review.missing_events(session, source, now()),
        differing=[
            (entry, form_values.changes(here, there, config.zone))
            for entry, here, there in review.differing_entries(session, source)
        ],
    )


@bp.post("/<int:number>")
def change(number: int) -> AnyResponse:
    """Change the name, address or department of a source and of its entries.

    Raises NotFound for an unknown source, Forbidden when this person may not edit it or post for the chosen department.
    """
    source = _mine(number)
    values: dict[str, Any] = {name: request.form.get(name, getattr(source, name)) for name in ("name", "url")}
    home = request.form.get("department", source.department_id, whole)
    if home != source.department_id:
        if home not in [department.id for department in _departments()]:
            abort(403)
        values["department_id"] = home
    try:
        with revisions.one_act(session):
            changed = manage.change(session, source, values, actor=current_user, at=now())
        session.commit()
        flash(gettext("Saved.") if changed else gettext("No changes were made."))
    except Unreachable as error:
        session.rollback()
        flash(fetch.problem_message(error.code, error.parameters, lang()))
    except Invalid as error:
        session.rollback()
        flash(_refusal(*next(iter(error.errors.items()))))
    except StaleDataError:
        session.rollback()
        flash(gettext("A colleague has just changed this. Please check it and try again."))
    return redirect(url_for("sources.show", number=number), 303)


def failing() -> list[Source]:
    """List the failing sources that this person may change."""
    return [source for source in manage.failing(session) if permissions.may(current_user, "edit", source)]


def _departments() -> list[Department]:
    """List the departments that this person may give a source to: all for an administrator."""
    manages = permissions.may(current_user, "manage_site")
    return list(session.scalars(select(Department).order_by(Department.id))) if manages else []


def _refusal(field: str, code: str) -> str:
    if code == "followed":
        return str(gettext("This address is already followed."))
    return str(gettext("It needs a name of its own."))


@bp.post("/<int:number>/<any(stop, start, refresh):verb>")
def act(number: int, verb: str) -> AnyResponse:
    """Stop, resume or read a source.

    Raises NotFound for an unknown source, Forbidden when this person may not edit it.
    """
    source = _mine(number)
    if verb == "refresh":
        if message := _refreshed(number):
            flash(message)
    else:
        follow.switch(source, verb == "start", at=now())
        session.commit()
        flash(
            gettext("The source is followed again.")
            if verb == "start"
            else gettext("No longer followed. Its entries stay.")
        )
    if request.form.get("back"):
        return redirect(url_for("sources.show", number=number), 303)
    return redirect(url_for("sources.every", _anchor=f"source-{number}"), 303)


@bp.post("/<int:number>/waiting")
def decide(number: int) -> AnyResponse:
    """Import or leave out rows that waited for a person, and read the source again.

    Raises NotFound for an unknown source, Forbidden when this person may not edit it.
    """
    source = _mine(number)
    waiting = [row["key"] for row in source.counts.get("waiting", ())]
    chosen = {key: request.form.get(f"row{place}", "") for place, key in enumerate(waiting)}
    decisions = {key: choice for key, choice in chosen.items() if choice in review.CHOICES}
    if not decisions:
        flash(gettext("No changes were made."))
        return redirect(url_for("sources.show", number=number, _anchor="waiting"), 303)
    review.decide(source, decisions, at=now())
    session.commit()
    if message := _refreshed(number):
        flash(message)
    return redirect(url_for("sources.show", number=number), 303)


def _waiting_row(row: dict[str, Any]) -> dict[str, Any]:
    """Return a waiting row in words: its title, its dates as they stand at the source and as suggested, the reasons."""
    was, suggested = (words.say_when(row[name], lang()) for name in ("was", "suggested"))
    reasons = [defect_message(Defect(code, "", found), lang()) for code, found in row["defects"]]
    return {
        "title": row["suggested"]["title"],
        "was": was,
        "suggested": suggested if row["proposes"] else None,
        "reasons": reasons,
        "same": any(code == "same_here" for code, _ in row["defects"]),
    }


@bp.post("/<int:number>/<public_id>/<any(take, leave):verb>")
def settle(number: int, public_id: str, verb: str) -> AnyResponse:
    """Take the source's version of an entry, or keep ours.

    Raises NotFound for an unknown source or entry, Forbidden when this person may not edit them or nothing differs.
    """
    source = _mine(number)
    entry = queries.by_public_id(session, Entry, public_id) or abort(404)
    if entry.id not in source.differing or not permissions.may(current_user, "edit", entry):
        abort(403)
    try:
        if verb == "take":
            review.take_theirs(session, source, entry, actor=current_user, at=now())
        else:
            review.keep_ours(session, source, entry)
        session.commit()
        flash(gettext("The source’s version is used.") if verb == "take" else gettext("Your version is kept."))
    except (StaleDataError, Invalid):
        session.rollback()
        flash(gettext("A colleague has just changed this. Please check it and try again."))
    return redirect(url_for("sources.show", number=number), 303)


def _mine(number: int) -> Source:
    source = session.get(Source, number) or abort(404)
    if not permissions.may(current_user, "edit", source):
        abort(403)
    return source


def _refreshed(number: int) -> str:
    """Read a source now and return a message; "" after a problem, which is shown beside the source."""
    with reading_elsewhere() as free:
        if not free:
            return str(gettext("Another address is being read right now. Please wait a moment and try again."))
        result = follow.refresh(writing, number, config, at=now(), now=True, seconds=READING_SECONDS)
    if follow.problem_message(session.get_one(Source, number), lang()):
        return ""
    return _summary(result) if result else str(gettext("Nothing has changed at the source."))


def _summary(result: ImportResult) -> str:
    counts = {name: len(getattr(result, name)) for name in ("created", "changed", "kept")}
    return str(gettext("Read: %(created)s new, %(changed)s changed; your edits kept in %(kept)s.", **counts))


def _counts(source: Source) -> dict[str, int]:
    return {name: source.counts[name] for name in ("rows", "created", "changed", "refused")}


def _local(moment: datetime) -> datetime:
    """The wall-clock time of an instant in the zone of the city, to the minute."""
    return moment.astimezone(config.zone).replace(tzinfo=None, second=0, microsecond=0)
