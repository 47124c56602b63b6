"""Turn a submitted form into `revisions.Values`, and values back into a form. Every error stands at its input."""

from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from flask_babel import gettext
from wtforms import StringField

from calendar_app import fields
from calendar_app.entries import describe, revisions
from calendar_app.entries.revisions import Change, Values
from calendar_app.web.forms import (
    AnnouncementForm,
    EntryForm,
    EventForm,
    accessibility,
    dates,
    declared,
    repeats,
    translations,
)
from calendar_app.web.forms.fields import Moment, iso, lang, moment, parsed, split, wrong

# The inputs of one value, where it is not one input of the same name.
PARTS = {
    "start": ("start_date", "start_time"),
    "end": ("end_date", "end_time"),
    "tags": ("tags", "tags_used"),
    "rule": ("repeats", "weekdays", "nths", "month_days", "repeat_until", "repeat_count"),
    "rdates": ("own_dates",),
    "exdates": ("left_out",),
    "reserve_start": ("reserve_date", "reserve_time"),
    "apply_start": ("open_date", "open_time"),
    "apply_deadline": ("deadline_date", "deadline_time"),
    "valid_until": ("until_date", "until_time"),
    "translations": translations.NAMES,
    "facilities": tuple(accessibility.NAMES.values()),
}


def read(form: EntryForm, kind: str, *, today: date, zone: ZoneInfo, was: Values) -> Values:
    """The values of a submitted form. A value that cannot be read is an error at its input, and left out.

    `was` holds the entry's values so far: translations and a time zone that the form does not show are kept.
    """
    for field in form:
        if isinstance(field, StringField) and field.data is None:  # a program may omit inputs
            field.data = ""
    values: Values = {name: form[name].data for name in declared.direct(kind)}
    values["tags"] = _tags(form, was.get("tags", []))
    values["translations"] = translations.read(form, was.get("translations", {}))
    if form.summary_easy.raw_data:  # the form showed this text, so it becomes an ordinary translation
        values["summary_easy"] = ""
    if isinstance(form, EventForm):
        values |= _read_event(form, today=today, zone=zone, was=was)
    elif isinstance(form, AnnouncementForm):
        until = moment(form.until_date, form.until_time, today, time(23, 59))
        values["valid_until"] = iso(until.replace(tzinfo=zone).astimezone(ZoneInfo("UTC"))) if until else None
    return values


def _tags(form: EntryForm, was: list[str]) -> list[str]:
    """The tags ticked and typed. Tags of before keep their order, so that ticking another is the only change."""
    typed = form.tags.data.replace("#", " ").replace("＃", " ").replace("、", " ").replace(",", " ").split()
    tags = dict.fromkeys([*form.tags_used.data, *typed])
    return [*(name for name in was if name in tags), *(name for name in tags if name not in was)]


def _read_event(form: EventForm, today: date, zone: ZoneInfo, was: Values) -> Values:
    """The values of the inputs about dates, repeats, accessibility and application."""
    values = dates.read(form, today)
    values |= repeats.read(form, values, was, today)
    values |= accessibility.read(form, was, today)
    start = parsed(values["start"])
    opens = moment(form.open_date, form.open_time, today, time(0))
    closes = moment(form.deadline_date, form.deadline_time, today, time(0))
    if closes and form.deadline_time.data.strip() and closes.time() == time(0):
        closes -= timedelta(days=1)  # a deadline without a time is the end of that day, 24:00
    whole_day = closes and closes.time() == time(0)
    if opens and closes and closes + timedelta(days=bool(whole_day)) <= opens:
        wrong(form.deadline_date, gettext("The end is before the start."))
    near = max(today, start.date()) if start else today
    reserve = moment(form.reserve_date, form.reserve_time, near, start.time() if start else time(0))
    if reserve and start and reserve <= start:
        wrong(form.reserve_date, gettext("The reserve date must be after the event date."))
    moments = {"apply_start": iso(opens), "apply_deadline": iso(closes), "reserve_start": iso(reserve)}
    return values | moments | {"timezone": was.get("timezone") or zone.key}


def publish_moment(form: EntryForm, *, today: date, zone: ZoneInfo) -> Moment:
    """The moment at which a scheduled entry becomes public; an error at its input when that is empty."""
    if not form.publish_date.data.strip():
        wrong(form.publish_date, gettext("Please enter when to publish."))
        return None
    instant = moment(form.publish_date, form.publish_time, today, time(9))
    return instant.replace(tzinfo=zone) if instant else None


def fill(form: EntryForm, values: Values, zone: ZoneInfo) -> None:
    """Fill a form with values, as a person would type them."""
    for name, value in values.items():
        if name in form and name not in ("photos", "tags"):
            form[name].data, form[name].raw_data = (
                value,
                None,
            )  # otherwise the input of a number would show the sent text
    offered = [choice.value for choice in form.tags_used.choices or ()]
    form.tags_used.data = [name for name in values.get("tags", ()) if name in offered]
    form.tags.data = " ".join(f"#{name}" for name in values.get("tags", ()) if name not in offered)
    translations.fill(form, values)
    if isinstance(form, EventForm):
        _fill_event(form, values)
    elif isinstance(form, AnnouncementForm):
        until = parsed(values.get("valid_until"))
        split(form.until_date, form.until_time, until.astimezone(zone) if until else None)


def fill_publish(form: EntryForm, publish_at: Moment, zone: ZoneInfo) -> None:
    split(form.publish_date, form.publish_time, publish_at.astimezone(zone) if publish_at else None)


def changes(old: Values, new: Values, zone: ZoneInfo) -> list[Change]:
    """The differences between two snapshots, with dates in words."""
    return [
        Change(change.field, _in_words(change.field, change.old, zone), _in_words(change.field, change.new, zone))
        for change in revisions.difference(old, new)
    ]


def _in_words(name: str, text: str, zone: ZoneInfo) -> str:
    if not text or name not in fields.FIELDS or fields.FIELDS[name].type not in fields.TIMED:
        return text
    moment = datetime.fromisoformat(text)
    return describe.moment(moment.astimezone(zone).replace(tzinfo=None) if moment.tzinfo else moment, lang())


def _fill_event(form: EventForm, values: Values) -> None:
    dates.fill(form, values)
    repeats.fill(form, values)
    accessibility.fill(form, values)
    split(form.open_date, form.open_time, parsed(values.get("apply_start")), midnight="")
    split(form.deadline_date, form.deadline_time, parsed(values.get("apply_deadline")), midnight="")
    split(form.reserve_date, form.reserve_time, parsed(values.get("reserve_start")))
    if values.get("all_day"):
        form.reserve_time.data = ""
