"""Single dates at the staff desk: change one date or all later ones, decide by the weather, list overlapping events."""

from datetime import datetime, time, timedelta
from typing import Any

from flask import Blueprint, Flask, abort, flash, redirect, render_template, request, url_for
from flask_babel import gettext
from flask_babel import lazy_gettext as _
from sqlalchemy import select
from sqlalchemy.orm.exc import StaleDataError
from werkzeug.wrappers import Response as AnyResponse
from wtforms import HiddenField, SelectField, StringField
from wtforms.validators import Length

from calendar_app.db.models import Entry, Event, Occurrence, Revision, Venue
from calendar_app.entries import revisions, single_dates
from calendar_app.entries.editing import Invalid
from calendar_app.entries.revisions import Values
from calendar_app.listings import conflicts, weather
from calendar_app.staff import batch_dates, undo
from calendar_app.web import current_user, editable, now, session, today
from calendar_app.web.forms import date_preview
from calendar_app.web.forms.fields import Form, iso, mends, moment, number, split, strip, wrong

bp = Blueprint("single_dates", __name__, url_prefix="/staff")

BACK = timedelta(days=31)
PROMINENT = timedelta(minutes=1)  # how long a change shows its Undo button
NOTE = 300
STATUSES = {"cancel": "cancelled", "full": "full"}
KEPT = ("cancelled", "full", "held")  # statuses that stay when other fields are saved


class DateForm(Form):
    """The form of one date of a series."""

    start_date = StringField(_("Starts on"), filters=[strip])
    start_time = StringField(_("at"), filters=[strip])
    end_date = StringField(_("Ends on"), filters=[strip], description=_("Empty: the same day"))
    end_time = StringField(_("until"), filters=[strip], description=_("24:00 and 25:30 mean the next day"))
    venue_id = SelectField(_("Venue"), coerce=number)
    note = StringField(_("Note or reason (public)"), filters=[strip], validators=[Length(max=NOTE)])
    version = HiddenField()


def register(app: Flask) -> None:
    app.register_blueprint(bp)
    app.jinja_env.globals.update(undecided=undecided, just_done=just_done, just_changed=just_changed)
    app.jinja_env.globals.update(clashes_of=clashes_of, stamp_of=stamp_of, reserve_of=single_dates.reserve_of)


@bp.get("/entries/<public_id>/dates")
def dates(public_id: str) -> str:
    """List the dates of a series, from a month ago."""
    event = _series(public_id)
    shown = [occurrence for occurrence in event.occurrences if occurrence.last_day >= today() - BACK]
    return render_template("staff/dates.html", event=event, shown=shown)


@bp.route("/entries/<public_id>/dates/<stamp>", methods=["GET", "POST"])
def date(public_id: str, stamp: str) -> Any:
    """Show and change one date of a series."""
    occurrence = _date(_series(public_id), stamp)
    form = DateForm()
    form.venue_id.choices = [("", "―"), *((venue.id, venue.name) for venue in _venues())]
    if request.method == "GET":
        _fill(form, occurrence)
        return _page(form, occurrence)
    if form.version.data != str(occurrence.event.version):
        return _changed_meanwhile(form, occurrence)
    form.validate()
    try:
        act, event = _save(form, occurrence)
    except Invalid as error:
        _say(form, error)
    except StaleDataError:
        session.rollback()
        return _changed_meanwhile(form, _date(_series(public_id), stamp))
    if form.errors:
        session.rollback()
        return _page(form, _date(_series(public_id), stamp)), 422
    session.commit()
    saved = gettext("Saved.") if event.public_id == public_id else date_preview.say_parted(event, today())
    for odd in (saved, *(mend.message for mend in mends(form).values())):
        flash(odd)
    return redirect(url_for("single_dates.dates", public_id=event.public_id, act=act), 303)


@bp.post("/entries/<public_id>/dates/<stamp>/decide")
def decide(public_id: str, stamp: str) -> AnyResponse:
    """Record the weather decision for one date: going ahead, cancelled, or moved to the reserve date.

    Raises NotFound for an unknown event or date, BadRequest for an unknown choice.
    """
    occurrence = _date(_event(public_id), stamp)
    choice = request.form.get("choice", "")
    if choice not in _choices(occurrence):
        abort(400)
    if not occurrence.event.public or not weather.waits(occurrence, today()):
        flash(gettext("A colleague has decided already."))
        return redirect(url_for("entry_actions.desk"), 303)
    note = request.form.get("note", "").strip()[:NOTE]
    try:
        with revisions.one_act(session) as act:
            single_dates.decide(
                session, occurrence.event, occurrence.original, choice, note=note, actor=current_user, at=now()
            )
        session.commit()
    except StaleDataError:
        session.rollback()
        flash(gettext("A colleague has just changed this. Please check it and try again."))
        return redirect(url_for("entry_actions.desk"), 303)
    return redirect(url_for("entry_actions.desk", act=act), 303)


@bp.post("/entries/<public_id>/undo/<int:number>", endpoint="undo")
def undo_revision(public_id: str, number: int) -> AnyResponse:
    """Undo one change from the history.

    Raises NotFound when the revision is not one of this entry, Forbidden when this person may not edit the entry.
    """
    entry = editable(public_id)
    row = session.get(Revision, number)
    if row is None or row.entry_id != entry.id:
        abort(404)
    try:
        undone = undo.undo(session, row, actor=current_user, at=now())
        session.commit()
        flash(gettext("Undone.") if undone else gettext("There was nothing left to undo."))
    except (StaleDataError, Invalid):
        session.rollback()
        flash(gettext("A colleague has just changed this. Please check it and try again."))
    return redirect(url_for("entry_actions.history", public_id=public_id), 303)


@bp.get("/clashes")
def meeting() -> str:
    """List events that overlap in venue or audience in the next 60 days."""
    return render_template("staff/clashes.html", conflicts=conflicts.coming(session, today()))


def undecided() -> list[Occurrence]:
    """The dates of today and tomorrow that wait for a weather decision of this person, for the desk."""
    if current_user.role != "admin" and current_user.department is None:
        return []
    department = None if current_user.role == "admin" else current_user.department
    return weather.waiting(session, today(), department)


def just_done() -> list[Revision]:
    """The changes of the act in the address that this person made in the last minute. The page shows their Undo button."""
    rows = batch_dates.rows(session, request.args.get("act", "")[:20])
    return [row for row in rows if row.actor_id == current_user.id and now() - row.at < PROMINENT]


def just_changed(entry: Entry) -> Revision | None:
    """The newest change of an entry, if this person made it in the last minute and can undo it; None otherwise."""
    row = entry.revisions[0]
    mine = row.actor_id == current_user.id and now() - row.at < PROMINENT
    return row if mine and row.batch and row.kind != "created" else None


def clashes_of(event: Event) -> list[conflicts.Clash]:
    """The overlaps of an event with others, from today on."""
    return conflicts.of(session, event, today())


def stamp_of(occurrence: Occurrence) -> str:
    """The name of a date in addresses: its original wall-clock start, as 20270418T1830."""
    return f"{occurrence.original:%Y%m%dT%H%M}"


def _choices(occurrence: Occurrence) -> tuple[str, ...]:
    return ("held", "cancelled", "reserve") if occurrence.event.weather_rule == "reserve" else ("held", "cancelled")


def _save(form: DateForm, occurrence: Occurrence) -> tuple[str, Event]:
    """Carry out the pressed button. Return the name of the act and the event whose dates the next page shows."""
    event, values = occurrence.event, _read(form, occurrence)
    actor_and_time: dict[str, Any] = {"actor": current_user, "at": now()}
    with revisions.one_act(session) as act:
        if form.errors:
            return act, event
        match request.form.get("action"):
            case "normal":
                single_dates.change_date(session, event, occurrence.original, {}, **actor_and_time)
            case "following":
                changes = _for_all_that_follow(form, occurrence, values)
                if not form.errors:
                    event = single_dates.split(
                        session, event, occurrence.original, changes, note=form.note.data, **actor_and_time
                    )
            case "end":
                event = single_dates.end_series(session, event, occurrence.original, form.note.data, **actor_and_time)
            case action:
                status = STATUSES.get(action or "") or (occurrence.status if occurrence.status in KEPT else None)
                single_dates.change_date(
                    session, event, occurrence.original, values | {"status": status}, **actor_and_time
                )
    return act, event


def _read(form: DateForm, occurrence: Occurrence) -> Values:
    """The typed values. A value that cannot be read becomes an error at its field."""
    all_day = occurrence.event.all_day
    start = _moment(form.start_date, None if all_day else form.start_time)
    end = _end(form, start, all_day)
    if start and end and end < start:
        wrong(form.end_date if form.end_date.data else form.end_time, gettext("The end is before the start."))
    return {"start": iso(start), "end": iso(end), "venue_id": form.venue_id.data, "note": form.note.data}


def _moment(day: StringField, clock: StringField | None) -> datetime | None:
    if not day.data:
        wrong(day, gettext("Please enter the date."))
    if clock is not None and not clock.data:
        wrong(clock, gettext("Please enter the time."))
    return moment(day, clock, today(), time())


def _end(form: DateForm, start: datetime | None, all_day: bool) -> datetime | None:
    if form.end_date.data:
        return moment(form.end_date, None if all_day else form.end_time, today(), start.time() if start else time())
    if all_day:
        return start
    return moment(form.start_date, form.end_time, today(), time()) if form.end_time.data else None


def _for_all_that_follow(form: DateForm, occurrence: Occurrence, values: Values) -> Values:
    """The changed time and venue of this and all later dates. Other days are an error, because they need another series."""
    event, start = occurrence.event, datetime.fromisoformat(values["start"])
    if start.date() != occurrence.original.date():
        wrong(
            form.start_date,
            gettext(
                "Here you can change only the time and venue of this and all later dates. To change the days, edit the series."
            ),
        )
    length = event.end - event.start if event.end else None
    usual = {
        "start": iso(occurrence.original),
        "end": iso(occurrence.original + length) if length else None,
        "venue_id": event.venue_id,
    }
    changes = {name: values[name] for name in usual if values[name] and values[name] != usual[name]}
    if not changes:
        wrong(form.start_time, gettext("Please change the time or the venue first."))
    return changes


def _say(form: DateForm, error: Invalid) -> None:
    texts = {"not_splittable": gettext("The series cannot be split at this date.")}
    for code in error.errors.values():
        wrong(form.start_date, texts.get(code, gettext("This cannot be saved.")))


def _changed_meanwhile(form: DateForm, occurrence: Occurrence) -> Any:
    """Show the form with the typed values after a colleague's change; pressing the button again saves them."""
    form.version.data = occurrence.event.version
    flash(gettext("A colleague has just changed this. Please check it and try again."))
    return _page(form, occurrence), 409


def _fill(form: DateForm, occurrence: Occurrence) -> None:
    start, end = occurrence.wall_start, occurrence.wall_end
    split(form.start_date, form.start_time, start)
    split(form.end_date, form.end_time, end)
    if end is None or occurrence.first_day == occurrence.last_day:
        form.end_date.data = ""
        if end and end.date() > start.date():  # people write 25:30 for an end in the small hours
            form.end_time.data = f"{end.hour + 24}:{end.minute:02}"
    form.venue_id.data = occurrence.venue_id or occurrence.event.venue_id
    form.note.data, form.version.data = occurrence.note, occurrence.event.version


def _page(form: DateForm, occurrence: Occurrence) -> str:
    can_part = single_dates.splittable(occurrence.event, occurrence.original)
    return render_template(
        "staff/date.html", form=form, occurrence=occurrence, event=occurrence.event, can_part=can_part
    )


def _series(public_id: str) -> Event:
    """The event of a series; 404 for an event with one date, which its own form changes."""
    event = _event(public_id)
    return event if len(event.occurrences) > 1 or event.rule else abort(404)


def _event(public_id: str) -> Event:
    entry = editable(public_id)
    return entry if isinstance(entry, Event) and entry.state != "withdrawn" else abort(404)


def _date(event: Event, stamp: str) -> Occurrence:
    return next((occurrence for occurrence in event.occurrences if stamp_of(occurrence) == stamp), None) or abort(404)


def _venues() -> list[Venue]:
    return list(session.scalars(select(Venue).order_by(Venue.name)))
