"""Make the JSON objects of the API from rows. Each property is declared once, with its JSON Schema and its value.

The OpenAPI document and the answers both read these tables, so that neither can say what the other does not. Objects
name what they show (venue, department, category) in full, and other entries by their public id.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from zoneinfo import ZoneInfo

from calendar_app import fields
from calendar_app.db.models import STATUSES, Announcement, Category, Department, Entry, Event, Occurrence, Tag, Venue
from calendar_app.entries import describe
from calendar_app.entries.urls import SiteView
from calendar_app.feeds import items
from calendar_app.fields import Field
from calendar_app.text import facilities
from calendar_app.text.markup import html, uri

Json = dict[str, Any]

TEXT: Json = {"type": "string"}
NUMBER: Json = {"type": "integer"}
FLAG: Json = {"type": "boolean"}
DEGREES: Json = {"type": ["number", "null"]}
INSTANT: Json = {"type": "string", "format": "date-time"}
DAY: Json = {"type": "string", "format": "date"}
WALL: Json = {"type": ["string", "null"], "pattern": r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d$"}
TEXTS: Json = {"type": "array", "items": TEXT}
FACILITIES: Json = {"type": "object", "additionalProperties": FLAG}
PHOTO: Json = {
    "type": "object",
    "required": ["url", "type", "width", "height", "alt"],
    "properties": {"url": TEXT, "type": TEXT, "width": NUMBER, "height": NUMBER, "alt": TEXT},
}
SLOTS: Json = {"type": "array", "items": {"type": "array", "items": TEXT}}
OVERRIDE: Json = {
    "type": "object",
    "required": ["original"],
    "properties": {"original": TEXT, "start": WALL, "end": WALL, "status": TEXT, "note": TEXT, "venue": TEXT},
}
ANSWER: Json = {
    "type": "object",
    "required": ["question", "answer"],
    "properties": {"question": TEXT, "answer": TEXT},
}


@dataclass(frozen=True, slots=True)
class Context:
    """What an object needs beside its row: the site in one language, and the seasons' status lines by event id."""

    view: SiteView
    headlines: Mapping[int, Announcement]


@dataclass(frozen=True, slots=True)
class Property:
    """One property of an object: its name, its JSON Schema, its value and its meaning."""

    name: str
    schema: Json
    value: Callable[[Any, Context], Any]
    meaning: str = ""


def _ref(kind: str) -> Json:
    return {"anyOf": [{"$ref": f"#/components/schemas/{kind}"}, {"type": "null"}]}


def _column(name: str, schema: Json, meaning: str = "") -> Property:
    return Property(name, schema, lambda row, _: getattr(row, name), meaning)


def _instant(value: datetime | None) -> str | None:
    return value.astimezone(UTC).isoformat() if value else None


def _wall(value: datetime | None) -> str | None:
    return value.isoformat(timespec="seconds") if value else None


# How the table of fields becomes properties.
_BY_TYPE: dict[str, tuple[Json, Callable[[Any], Any]]] = {
    "line": (TEXT, str),
    "text": (TEXT, str),
    "markdown": (TEXT, str),
    "url": (TEXT, str),
    "code": (TEXT, str),
    "choice": (TEXT, str),
    "integer": ({"type": ["integer", "null"]}, lambda value: value),
    "flag": (FLAG, bool),
    "moment": (WALL, _wall),
    "instant": ({"type": ["string", "null"], "format": "date-time"}, _instant),
}


RENAMED = {"url": "official_url"}  # `url` is the page of the object here, as in JSON Feed


def _of_field(field: Field) -> Property:
    schema, write = _BY_TYPE[field.type]
    if field.choices:
        schema = schema | {"enum": list(field.choices)}

    def value(entry: Any, context: Context) -> Any:
        if field.translatable:
            return describe.text(entry, field.name, context.view.lang)
        return write(getattr(entry, field.name))

    return Property(RENAMED.get(field.name, field.name), schema, value, field.label)


def _of_fields(kind: str) -> list[Property]:
    return [_of_field(field) for field in fields.KINDS[kind].values() if field.type in _BY_TYPE]


def _public(entry: Entry | None) -> str | None:
    """The public id of another entry, unless readers cannot see it."""
    return entry.public_id if entry and entry.public else None


def _other(name: str, meaning: str) -> Property:
    return Property(name, {"type": ["string", "null"]}, lambda entry, _: _public(getattr(entry, name)), meaning)


def _named(row: Any, context: Context) -> Json | None:
    return describe_row(row, context) if row else None


def _status_line(event: Event, context: Context) -> str:
    headline = context.headlines.get(event.id)
    return describe.say_headline(headline, context.view) if headline else ""


def _photos(entry: Entry, context: Context) -> list[Json]:
    pictures = [items.image(photo, context.view) for photo in entry.photos]
    return [
        {"url": each.url, "type": each.type, "width": each.width, "height": each.height, "alt": each.alt}
        for each in pictures
    ]


def _answers(entry: Entry, context: Context) -> list[Json]:
    return [{"question": question, "answer": answer} for question, answer in items.answers_of(entry, context.view.lang)]


def _overrides(event: Event, _context: Context) -> list[Json]:
    venues = {date.original.isoformat(): date.venue.name for date in event.occurrences if date.venue}
    kept = ("original", "start", "end", "status", "note")
    return [
        {name: each[name] for name in kept if each.get(name)} | {"venue": venues.get(each["original"], "")}
        for each in event.overrides
    ]


def _reason(event: Event, context: Context) -> str:
    return describe.remark(event, event.reason, context.view.lang)


def _note(date: Occurrence, context: Context) -> str:
    return describe.remark(date.event, date.note or date.event.reason, context.view.lang)


def _text(name: str, meaning: str = "") -> Property:
    """A text that may be said in other languages."""
    return Property(name, TEXT, lambda row, context: describe.text(row, name, context.view.lang), meaning)


def _of_entry(kind: str) -> tuple[Property, ...]:
    return (
        Property("id", TEXT, lambda entry, _: entry.public_id, "Public id; never changes."),
        Property("uid", TEXT, lambda entry, _: entry.uid, "UID of iCalendar (RFC 5545, section 3.8.4.7)."),
        Property("url", TEXT, lambda entry, context: context.view.entry(entry), "Its page."),
        Property("published_at", INSTANT, lambda entry, _: _instant(entry.published_at)),
        Property("changed_at", INSTANT, lambda entry, _: _instant(entry.changed_at), "Last public change."),
        _column("sequence", NUMBER, "SEQUENCE of iCalendar (RFC 5545, section 3.8.7.4)."),
        *_of_fields(kind),
        _column("translations", {"type": "object"}, "Its texts in other languages, by language code."),
        Property("body_html", TEXT, _body_html, "The details as sanitised HTML."),
        Property("department", _ref("Department"), lambda entry, context: _named(entry.department, context)),
        Property("tags", TEXTS, lambda entry, _: [tag.name for tag in entry.tags]),
        Property("photos", {"type": "array", "items": PHOTO}, _photos),
        Property("answers", {"type": "array", "items": ANSWER}, _answers, "Questions answered on its page."),
    )


def _body_html(entry: Entry, context: Context) -> str:
    return html(describe.text(entry, "body", context.view.lang), context.view.base_url)


def _spoken(moment: datetime, occurrence: Occurrence) -> str:
    return moment.astimezone(ZoneInfo(occurrence.event.timezone)).isoformat(timespec="seconds")


def _occurrence_id(occurrence: Occurrence) -> str:
    return f"{occurrence.event.public_id}-{occurrence.original:%Y%m%dT%H%M}"


EVENT = (
    *_of_entry("event"),
    _column("status", {"type": "string", "enum": list(STATUSES)}),
    Property("reason", TEXT, _reason, "Why it is cancelled, postponed, full or moved."),
    Property("when", TEXT, lambda event, context: describe.when(event, context.view.lang), "Its dates in words."),
    *(_column(name, TEXTS, fields.FIELDS[name].label) for name in ("rdates", "exdates", "skips")),
    _column("slots", SLOTS, "More times on the same day: start and end."),
    Property("overrides", {"type": "array", "items": OVERRIDE}, _overrides, "Single dates that differ, by `original`."),
    Property("fee_text", TEXT, lambda event, context: describe.fee(event, context.view.lang)),
    Property("venue", _ref("Venue"), lambda event, context: _named(event.venue, context)),
    Property("category", _ref("Category"), lambda event, context: _named(event.category, context)),
    Property("facilities", FACILITIES, lambda event, _: facilities.cleaned(event.facilities)),
    Property("status_line", TEXT, _status_line, "A season's newest status line."),
    _other("parent", "The season that it is part of."),
    _other("previous", "The edition before."),
    Property("ics", TEXT, lambda event, context: context.view.url(f"/events/{event.public_id}.ics"), "As iCalendar."),
)
ANNOUNCEMENT = (
    *_of_entry("announcement"),
    _column("expired", FLAG, "Whether its time is over."),
    _other("about", "The event that it is about."),
    _other("supersedes", "The announcement that it replaces."),
)
OCCURRENCE = (
    Property("id", TEXT, lambda row, _: _occurrence_id(row)),
    Property("event", TEXT, lambda row, _: row.event.public_id, "Public id of the event."),
    Property("url", TEXT, lambda row, context: context.view.entry(row.event)),
    Property("title", TEXT, lambda row, context: describe.text(row.event, "title", context.view.lang)),
    Property("when", TEXT, lambda row, context: describe.when(row.event, context.view.lang, row), "Date in words."),
    Property("start", INSTANT, lambda row, _: _spoken(row.start, row)),
    Property("end", INSTANT, lambda row, _: _spoken(row.end, row), "Exclusive."),
    Property("all_day", FLAG, lambda row, _: row.event.all_day),
    Property("first_day", DAY, lambda row, _: row.first_day.isoformat()),
    Property("last_day", DAY, lambda row, _: row.last_day.isoformat(), "Inclusive."),
    Property("status", {"type": "string"}, lambda row, _: describe.status(row)),
    Property("note", TEXT, _note),
    Property("venue", _ref("Venue"), lambda row, context: _named(row.venue or row.event.venue, context)),
)
_NAMES = (
    Property("id", NUMBER, lambda row, _: row.id),
    Property("name", TEXT, lambda row, _: row.name),
    Property("name_en", TEXT, lambda row, _: row.name_en),
)
VENUE = (
    *_NAMES,
    _text("address"),
    _column("lat", DEGREES, "WGS 84."),
    _column("lon", DEGREES, "WGS 84."),
    _text("access", "How to get there."),
    _column("outdoor", FLAG),
    Property("facilities", FACILITIES, lambda venue, _: facilities.cleaned(venue.facilities)),
    _text("facilities_note"),
)
DEPARTMENT = (*_NAMES, _column("slug", TEXT), _text("contact"), _text("hours"))
CATEGORY = (*_NAMES, _column("slug", TEXT))
TAG = (
    Property("id", NUMBER, lambda row, _: row.id),
    Property("name", TEXT, lambda row, _: row.name),
    Property("url", TEXT, lambda row, context: uri(context.view.tag(row.name))),
)

# By model: the name of its schema, and its properties.
OBJECTS: dict[type[Any], tuple[str, tuple[Property, ...]]] = {
    Event: ("Event", EVENT),
    Announcement: ("Announcement", ANNOUNCEMENT),
    Occurrence: ("Occurrence", OCCURRENCE),
    Venue: ("Venue", VENUE),
    Department: ("Department", DEPARTMENT),
    Category: ("Category", CATEGORY),
    Tag: ("Tag", TAG),
}


def names(model: type[Any]) -> list[str]:
    """Return the names of the properties of a model's objects, in their order."""
    return [prop.name for prop in OBJECTS[model][1]]


def describe_row(row: Any, context: Context, only: Iterable[str] = ()) -> Json:
    """Return a row as the object of the API; with `only`, just these properties and the id."""
    chosen = {"id", *only}
    properties = OBJECTS[type(row)][1]
    return {prop.name: prop.value(row, context) for prop in properties if not only or prop.name in chosen}


def schemas() -> dict[str, Json]:
    """Return the JSON Schema of every object by its name. Only the id is required, because a reader may choose fields."""
    return {name: _schema(properties) for name, properties in OBJECTS.values()}


def _schema(properties: Iterable[Property]) -> Json:
    described = {
        prop.name: prop.schema | ({"description": prop.meaning} if prop.meaning else {}) for prop in properties
    }
    return {"type": "object", "required": ["id"], "properties": described, "additionalProperties": False}
