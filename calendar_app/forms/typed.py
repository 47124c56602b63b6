"""What is typed in a form ↔ `revisions.Values`. Every error stands at its field; nothing typed is lost."""

from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from flask_babel import get_locale, gettext
from wtforms import Field, SelectField, StringField

from calendar_app import dates, items, revisions
from calendar_app.forms import AnnouncementForm, EntryForm, EventForm
from calendar_app.revisions import Change, Values

Moment = datetime | None
LATEST = timedelta(hours=29, minutes=59)  # the last time of a day that can be typed

DIRECT = {
    "event": (
        *("venue_id", "category_id", "parent_id", "fee", "fee_note", "capacity", "apply", "audience", "organizer"),
        *("weather", "online_url"),
    ),
    "announcement": ("importance", "about_id", "headline"),
}
SHARED = ("title", "department_id", "summary", "body", "contact")


# The fields in which one value is typed, where their names differ.
PARTS = {
    "start": ("start_date", "start_time"),
    "end": ("end_date", "end_time"),
    "apply_deadline": ("deadline_date", "deadline_time"),
    "valid_until": ("until_date", "until_time"),
    "translations": ("title_en", "summary_en"),
}


def read(form: EntryForm, kind: str, *, today: date, zone: ZoneInfo, was: Values) -> Values:
    """The values of a submitted form. What cannot be read is an error at its field, and left out.

    `was` holds the entry's values so far: translations and a time zone that the form does not show are kept.
    """
    for field in form:
        if isinstance(field, StringField) and field.data is None:  # left out of a submission made by a program
            field.data = ""
    values: Values = {name: form[name].data for name in (*SHARED, *DIRECT[kind])}
    values["tags"] = form.tags.data.replace("#", " ").replace("＃", " ").replace("、", " ").replace(",", " ").split()
    values["translations"] = _translations(form, was.get("translations", {}))
    if isinstance(form, EventForm):
        values |= _times(form, today) | {"timezone": was.get("timezone") or zone.key}
        values["apply_deadline"] = _iso(_moment(form.deadline_date, form.deadline_time, today, time(0)))
    elif isinstance(form, AnnouncementForm):
        until = _moment(form.until_date, form.until_time, today, time(23, 59))
        values["valid_until"] = _iso(until.replace(tzinfo=zone).astimezone(ZoneInfo("UTC"))) if until else None
    return values


def _translations(form: EntryForm, was: Values) -> Values:
    typed = {"title": form.title_en.data.strip(), "summary": form.summary_en.data.strip()}
    english = {name: text for name, text in (was.get("en", {}) | typed).items() if text}
    others = {name: texts for name, texts in was.items() if name != "en"}
    return others | ({"en": english} if english else {})


def _iso(moment: Moment) -> str | None:
    return moment.isoformat() if moment else None


def _times(form: EventForm, today: date) -> Values:
    all_day = form.all_day.data or not form.start_time.data.strip()
    start = _moment(form.start_date, None if all_day else form.start_time, today, time(0))
    end = _end(form, start, all_day, today)
    if start and end and end < start:
        field = form.end_date if form.end_date.data.strip() else form.end_time
        wrong(field, gettext("The end is before the start."))
    return {"start": _iso(start), "end": _iso(end), "all_day": all_day}


def _end(form: EventForm, start: Moment, all_day: bool, today: date) -> Moment:
    """An empty end date is the day of the start; it is read even when the start is wrong, to tell of all errors at once."""
    near, clock = (start.date(), start.time()) if start else (today, time(0))
    if form.end_date.data.strip():
        return _moment(form.end_date, None if all_day else form.end_time, near, clock)
    if all_day:
        return start
    return _moment(form.start_date, form.end_time, today, clock) if form.end_time.data.strip() else None


def _moment(day: Field, clock: Field | None, today: date, otherwise: time) -> Moment:
    """Two fields as one wall-clock time; None when the day is empty or cannot be read."""
    if not day.data.strip():
        return None
    try:
        found = datetime.combine(dates.parse_date(day.data, today), time())
    except dates.BadDate as error:
        wrong(day, dates.message(error, _lang()))
        return None
    if clock is None or not clock.data.strip():
        return datetime.combine(found, otherwise)
    try:
        return found + dates.parse_time(clock.data)
    except dates.BadDate as error:
        wrong(clock, dates.message(error, _lang()))
        return None


def publish_moment(form: EntryForm, *, today: date, zone: ZoneInfo) -> Moment:
    """When a scheduled entry is to go public; an error at its field when nothing is written there."""
    if not form.publish_date.data.strip():
        wrong(form.publish_date, gettext("Please write when to publish."))
        return None
    found = _moment(form.publish_date, form.publish_time, today, time(9))
    return found.replace(tzinfo=zone) if found else None


def wrong(field: Field, message: str) -> None:
    if message not in field.errors:
        field.errors = [*field.errors, message]


def said(field: Field) -> str:
    """What a field holds, as a person reads it."""
    if isinstance(field, SelectField):
        return str({field.coerce(one.value): one.label for one in field.choices}.get(field.data, ""))
    return str(field.data if field.data is not None else "")


def fill(form: EntryForm, values: Values, zone: ZoneInfo) -> None:
    """Show values in a form, as a person would type them."""
    for name, value in values.items():
        if name in form and name not in ("photos", "tags"):
            form[name].data, form[name].raw_data = value, None  # a number field would show what was sent
    form.tags.data = " ".join(f"#{name}" for name in values.get("tags", ()))
    english = values.get("translations", {}).get("en", {})
    form.title_en.data, form.summary_en.data = english.get("title", ""), english.get("summary", "")
    if isinstance(form, EventForm):
        _fill_times(form, values)
        _split(form.deadline_date, form.deadline_time, _parsed(values.get("apply_deadline")))
    elif isinstance(form, AnnouncementForm):
        until = _parsed(values.get("valid_until"))
        _split(form.until_date, form.until_time, until.astimezone(zone) if until else None)


def fill_publish(form: EntryForm, publish_at: Moment, zone: ZoneInfo) -> None:
    _split(form.publish_date, form.publish_time, publish_at.astimezone(zone) if publish_at else None)


def changes(old: Values, new: Values, zone: ZoneInfo) -> list[Change]:
    """What differs between two snapshots, with its dates in words."""
    return [
        Change(one.field, _in_words(one.field, one.old, zone), _in_words(one.field, one.new, zone))
        for one in revisions.difference(old, new)
    ]


def _in_words(field: str, text: str, zone: ZoneInfo) -> str:
    if field not in revisions.MOMENTS or not text:
        return text
    moment = datetime.fromisoformat(text)
    return items.moment(moment.astimezone(zone).replace(tzinfo=None) if moment.tzinfo else moment, _lang())


def _fill_times(form: EventForm, values: Values) -> None:
    start, end = _parsed(values.get("start")), _parsed(values.get("end"))
    _split(form.start_date, form.start_time, start)
    _split(form.end_date, form.end_time, end)
    all_day = values.get("all_day")
    if all_day:
        form.start_time.data = form.end_time.data = ""
    if all_day and end == start:
        form.end_date.data = ""
    elif start and end and not all_day and end - datetime.combine(start, time()) <= LATEST:
        form.end_date.data, form.end_time.data = "", _clock(end, start)


def _clock(end: datetime, start: datetime) -> str:
    """An end in the small hours as people say it: 25:30."""
    hours = end.hour + (24 if end.date() > start.date() else 0)
    return f"{hours:02}:{end.minute:02}"


def _parsed(text: str | None) -> Moment:
    return datetime.fromisoformat(text) if text else None


def _split(day: Field, clock: Field, moment: Moment) -> None:
    day.data = f"{moment:%Y-%m-%d}" if moment else ""
    clock.data = f"{moment:%H:%M}" if moment else ""


def _lang() -> str:
    return "ja" if str(get_locale()) == "ja" else "en"
