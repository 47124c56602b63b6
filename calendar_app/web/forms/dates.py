"""Turn the inputs of an event's dates into values and back: to the minute, to the day, or inexact as in 「4月下旬」."""

from datetime import date, datetime, time, timedelta

from flask_babel import gettext

from calendar_app.dates import approximate, formatting
from calendar_app.entries.revisions import Values
from calendar_app.text import labels
from calendar_app.web.forms import EventForm
from calendar_app.web.forms.fields import Moment, iso, lang, moment, parsed, split, wrong

LATEST = timedelta(hours=29, minutes=59)  # the last time of a day that can be typed
UNREAD: Values = {"start": None, "end": None, "all_day": True}
CONFIRMED = {"ja": "確定", "en": "confirmed"}


def read(form: EventForm, today: date) -> Values:
    """The values of start, end, all_day, precision and certainty. A date that cannot be read is an error and None."""
    if (vague := _vague(form, today)) is not None:
        return vague
    all_day = form.all_day.data or not form.start_time.data.strip()
    start = moment(form.start_date, None if all_day else form.start_time, today, time(0))
    end = _end(form, start, all_day, today)
    if start and end and end < start:
        field = form.end_date if form.end_date.data.strip() else form.end_time
        wrong(field, gettext("The end is before the start."))
    moments = {"start": iso(start), "end": iso(end), "all_day": all_day}
    return moments | {"precision": "exact", "certainty": form.certainty.data}


def fill(form: EventForm, values: Values) -> None:
    start, end = parsed(values.get("start")), parsed(values.get("end"))
    if start and values.get("precision", "exact") != "exact":
        form.start_date.data = _say(start, end, values)
        form.start_time.data = form.end_date.data = form.end_time.data = ""
        form.all_day.data = False  # a known day may also have known times
        return
    split(form.start_date, form.start_time, start)
    split(form.end_date, form.end_time, end)
    all_day = values.get("all_day")
    if all_day:
        form.start_time.data = form.end_time.data = ""
    if all_day and end == start:
        form.end_date.data = ""
    elif start and end and not all_day and end - datetime.combine(start, time()) <= LATEST:
        form.end_date.data, form.end_time.data = "", _clock(end, start)


def _vague(form: EventForm, today: date) -> Values | None:
    """The values of an inexact date, whose times are ignored; None if the date is exact."""
    first, last = form.start_date.data.strip(), form.end_date.data.strip()
    try:
        period = approximate.parse_period(first, today)
        if period is None:
            return None
        period = approximate.parse_period(f"{first}〜{last}", today) if last else period
    except formatting.BadDate as error:
        wrong(form.end_date if last else form.start_date, formatting.message(error, lang()))
        return UNREAD
    if period is None:
        wrong(form.end_date, gettext("Enter the end in the same form as the start, or leave it empty."))
        return UNREAD
    return {
        "start": iso(datetime.combine(period.first, time())),
        "end": iso(datetime.combine(period.last, time())),
        "all_day": True,
        "precision": period.precision,
        "certainty": _certainty(period.certainty, form.certainty.data),
    }


def _certainty(typed: str, chosen: str) -> str:
    """Words typed beside the date win over the list; an inexact date is confirmed only by words that say so."""
    return typed if typed != "planned" or chosen == "confirmed" else chosen


def _say(start: datetime, end: Moment, values: Values) -> str:
    """An inexact date as a person would type it."""
    text = approximate.say_period(start, end, values["precision"], "confirmed", lang())
    return labels.bracketed(text, CONFIRMED[lang()] if values.get("certainty") == "confirmed" else "", lang())


def _end(form: EventForm, start: Moment, all_day: bool, today: date) -> Moment:
    """The end; an empty end date means the day of the start. A wrong start does not hide the errors of the end."""
    near, clock = (start.date(), start.time()) if start else (today, time(0))
    if form.end_date.data.strip():
        return moment(form.end_date, None if all_day else form.end_time, near, clock)
    if all_day:
        return start
    return moment(form.start_date, form.end_time, today, clock) if form.end_time.data.strip() else None


def _clock(end: datetime, start: datetime) -> str:
    """An end in the small hours as people write it: 25:30."""
    hours = end.hour + (24 if end.date() > start.date() else 0)
    return f"{hours:02}:{end.minute:02}"
