"""The forms of the staff desk: what is typed ↔ `revisions.Values`. Every error stands at its field; nothing typed is lost."""

from datetime import date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from flask_babel import gettext
from flask_babel import lazy_gettext as _
from flask_wtf import FlaskForm
from wtforms import (
    BooleanField,
    Field,
    HiddenField,
    IntegerField,
    MultipleFileField,
    SelectField,
    StringField,
    TextAreaField,
)
from wtforms.fields.choices import SelectChoice
from wtforms.validators import URL, DataRequired, Length, NumberRange, Optional

from calendar_app import dates
from calendar_app.revisions import Values

ACCEPTED = "image/jpeg,image/png,image/webp"
Moment = datetime | None


def strip(value: Any) -> Any:
    return value.strip() if isinstance(value, str) else value


def _number(value: str) -> int | None:
    return int(value) if value and value != "None" else None


class EntryForm(FlaskForm):
    title = StringField(_("Title"), [DataRequired(_("Please write a title.")), Length(max=200)], filters=[strip])
    department_id = SelectField(_("Department"), coerce=int)
    tags = StringField(_("Hashtags"), [Length(max=500)], description=_("Separated by spaces: #桜 #仙北市"))
    summary = TextAreaField(_("Summary"), [Length(max=2000)], description=_("Two or three sentences."))
    body = TextAreaField(
        _("Details"), [Length(max=20000)], description=_("A blank line starts a paragraph, “- ” a list, **bold**.")
    )
    photos = MultipleFileField(_("Photos"), description=_("JPEG, PNG or WebP. Location data is removed."))
    photos_alt = StringField(
        _("What the new photo shows"), [Length(max=300)], description=_("For people who cannot see it.")
    )
    contact = StringField(_("Contact"), [Length(max=300)])
    title_en = StringField(_("Title in English"), [Length(max=200)])
    summary_en = TextAreaField(_("Summary in English"), [Length(max=2000)])
    publish_date = StringField(_("Publish on"), [Length(max=60)])
    publish_time = StringField(_("at"), [Length(max=60)])
    note = StringField(
        _("Correction notice"), [Length(max=500)], description=_("If filled in, feeds tell everybody of the change.")
    )
    version = HiddenField()


class EventForm(EntryForm):
    start_date = StringField(
        _("Starts on"),
        [DataRequired(_("Please write the date.")), Length(max=60)],
        description=_("4/15, 2027-04-15 or 令和9年4月15日"),
    )
    start_time = StringField(_("at"), [Length(max=60)], description=_("10:00 or 午後1時半; empty: all day"))
    end_date = StringField(_("Ends on"), [Length(max=60)], description=_("Empty: the same day"))
    end_time = StringField(_("until"), [Length(max=60)], description=_("24:00 and 25:30 are the next day"))
    all_day = BooleanField(_("All day"))
    venue_id = SelectField(_("Venue"), coerce=_number, validate_choice=True)
    venue_new = StringField(_("Or a new venue"), [Length(max=100)], filters=[strip])
    category_id = SelectField(_("Category"), coerce=_number)
    parent_id = SelectField(_("Part of"), coerce=_number)
    fee = IntegerField(
        _("Fee in yen"), [Optional(), NumberRange(0, 10_000_000)], description=_("0 is free; empty says nothing.")
    )
    fee_note = StringField(_("About the fee"), [Length(max=300)])
    capacity = IntegerField(_("Places"), [Optional(), NumberRange(1, 1_000_000)])
    apply = StringField(_("How to apply"), [Length(max=500)])
    deadline_date = StringField(_("Apply by"), [Length(max=60)])
    deadline_time = StringField(_("at"), [Length(max=60)])
    audience = StringField(_("For whom"), [Length(max=200)])
    organizer = StringField(_("Organiser"), [Length(max=200)])
    weather = StringField(_("In bad weather"), [Length(max=200)])
    online_url = StringField(
        _("Online address"), [Optional(), Length(max=500), URL(_("Please write an address that begins with https://."))]
    )


class AnnouncementForm(EntryForm):
    importance = SelectField(
        _("Importance"),
        choices=[
            SelectChoice("normal", _("normal")),
            SelectChoice("important", _("important")),
            SelectChoice("emergency", _("emergency")),
        ],
    )
    until_date = StringField(_("On top until"), [Length(max=60)])
    until_time = StringField(_("at"), [Length(max=60)])
    about_id = SelectField(_("About"), coerce=_number)
    headline = StringField(
        _("Status line"), [Length(max=60)], description=_("A word or two that the season then shows: 満開")
    )


DIRECT = {
    "event": (
        *("venue_id", "category_id", "parent_id", "fee", "fee_note", "capacity", "apply", "audience", "organizer"),
        *("weather", "online_url"),
    ),
    "announcement": ("importance", "about_id", "headline"),
}
SHARED = ("title", "department_id", "summary", "body", "contact")


def read(form: EntryForm, kind: str, *, today: date, zone: ZoneInfo) -> Values:
    """The values of a submitted form. What cannot be read is an error at its field, and left out."""
    for field in form:
        if isinstance(field, StringField) and field.data is None:  # left out of a submission made by a program
            field.data = ""
    values: Values = {name: form[name].data for name in (*SHARED, *DIRECT[kind])}
    values["tags"] = form.tags.data.replace("#", " ").replace("＃", " ").replace("、", " ").replace(",", " ").split()
    english = {"title": form.title_en.data.strip(), "summary": form.summary_en.data.strip()}
    values["translations"] = (
        {"en": {name: text for name, text in english.items() if text}} if any(english.values()) else {}
    )
    if isinstance(form, EventForm):
        values |= _times(form, today) | {"timezone": zone.key}
        values["apply_deadline"] = _iso(_moment(form.deadline_date, form.deadline_time, today, time(0)))
    elif isinstance(form, AnnouncementForm):
        until = _moment(form.until_date, form.until_time, today, time(23, 59))
        values["valid_until"] = _iso(until.replace(tzinfo=zone).astimezone(ZoneInfo("UTC"))) if until else None
    return values


def _iso(moment: Moment) -> str | None:
    return moment.isoformat() if moment else None


def _times(form: EventForm, today: date) -> Values:
    all_day = form.all_day.data or not form.start_time.data.strip()
    midnight = time(0)
    start = _moment(form.start_date, None if all_day else form.start_time, today, midnight)
    if start is None:
        return {"all_day": all_day}
    typed_end = form.end_date.data.strip()
    end: Moment = None
    if all_day:
        end = _moment(form.end_date, None, start.date(), midnight) if typed_end else start
    elif typed_end or form.end_time.data.strip():
        first = form.end_date if typed_end else form.start_date
        end = _moment(first, form.end_time, start.date() if typed_end else today, start.time())
    if end and end < start:
        wrong(form.end_date if typed_end else form.end_time, gettext("The end is before the start."))
        return {"all_day": all_day}
    return {"start": _iso(start), "end": _iso(end), "all_day": all_day}


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


def fill(form: EntryForm, values: Values, zone: ZoneInfo) -> None:
    """Show values in a form, as a person would type them."""
    for name, value in values.items():
        if name in form and name not in ("photos", "tags"):
            form[name].data = value
    form.tags.data = " ".join(f"#{name}" for name in values.get("tags", ()))
    english = values.get("translations", {}).get("en", {})
    form.title_en.data, form.summary_en.data = english.get("title", ""), english.get("summary", "")
    if isinstance(form, EventForm):
        _fill_times(form, values)
        _split(form.deadline_date, form.deadline_time, _parsed(values.get("apply_deadline")))
    elif isinstance(form, AnnouncementForm):
        until = _parsed(values.get("valid_until"))
        _split(form.until_date, form.until_time, until.astimezone(zone) if until else None)


def _fill_times(form: EventForm, values: Values) -> None:
    start, end = _parsed(values.get("start")), _parsed(values.get("end"))
    _split(form.start_date, form.start_time, start)
    if end and start and end != start and not values.get("all_day") and end - start < timedelta(hours=24):
        form.end_date.data, form.end_time.data = "", _clock(end, start)
    else:
        _split(form.end_date, form.end_time, end if end != start else None)
    if values.get("all_day"):
        form.start_time.data = form.end_time.data = ""


def _clock(end: datetime, start: datetime) -> str:
    """An end in the small hours as people say it: 25:30."""
    hours = end.hour + (24 if end.date() > start.date() else 0)
    return f"{hours}:{end.minute:02}"


def _parsed(text: str | None) -> Moment:
    return datetime.fromisoformat(text) if text else None


def _split(day: Field, clock: Field, moment: Moment) -> None:
    day.data = f"{moment:%Y-%m-%d}" if moment else ""
    clock.data = f"{moment:%H:%M}" if moment and moment.time() != time(0) else ""


def _lang() -> str:
    from flask_babel import get_locale

    return "ja" if str(get_locale()) == "ja" else "en"
