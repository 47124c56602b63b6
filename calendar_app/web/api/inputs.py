"""What a program may write of an entry: each input with its JSON Schema, how it is read, and how it is shown.

The OpenAPI document and the reading of a body use the same tables. `inputs_of` derives them from the table of fields; names are
those of the objects that the API gives, where one value can be both.
"""

from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from calendar_app import fields
from calendar_app.dates.repeat_patterns import SKIPS
from calendar_app.db.models import Announcement, Category, Department, Entry, Event, Venue
from calendar_app.entries import uploads
from calendar_app.entries.editing import TAG
from calendar_app.feeds.objects import RENAMED
from calendar_app.fields import Field
from calendar_app.text import facilities, languages
from calendar_app.web.api import values_read as read
from calendar_app.web.api.endpoints import Json
from calendar_app.web.converters import LARGEST

MOST = 2000  # in a list
TRANSLATED = tuple(name for name in fields.texts("event") if fields.FIELDS[name].translatable)
NUMBER: Json = {"type": ["integer", "null"], "minimum": 1, "maximum": LARGEST}
NAME: Json = {"type": ["string", "null"], "maxLength": 60}
ID: Json = {"type": ["string", "null"], "pattern": "^[a-z0-9]{1,16}$"}
WALL = r"^\d{4}-(0[1-9]|1[0-2])-(0[1-9]|[12]\d|3[01])T([01]\d|2[0-3]):[0-5]\d(:[0-5]\d)?$"
CLOCK = r"^([01]\d|2[0-3]):[0-5]\d$"


@dataclass(frozen=True, slots=True)
class Input:
    """One input: its name, the value of `revisions.Values` that it sets, its JSON Schema, and its meaning.

    `read` makes the value of what was sent, and raises `values_read.Wrong`; `shown` makes of an entry's value what is sent.
    """

    name: str
    value: str
    schema: Json
    meaning: str
    read: Callable[[Session, Any], Any]
    shown: Callable[[Entry, Any], Any]


def _plain(read_one: Callable[[Any], Any]) -> Callable[[Session, Any], Any]:
    return lambda _session, sent: read_one(sent)


def _as_it_is(_entry: Entry, value: Any) -> Any:
    return value


def _text(field: Field) -> tuple[Json, Any]:
    return {"type": "string", "maxLength": field.limit}, read.text(field.limit)


def _whole(field: Field) -> tuple[Json, Any]:
    low, high = field.bounds or (0, LARGEST)
    return {"type": ["integer", "null"], "minimum": low, "maximum": high}, read.whole(low, high)


def _choice(field: Field) -> tuple[Json, Any]:
    return {"type": "string", "enum": list(field.choices)}, read.choice(field.choices)


_MOMENT: Json = {"type": ["string", "null"], "pattern": WALL, "description": "Wall-clock time in the city."}
_MOMENTS: Json = {"type": "array", "maxItems": MOST, "items": {"type": "string", "pattern": WALL}}
_BY_TYPE: dict[str, Callable[[Field], tuple[Json, Any]]] = {
    "line": _text,
    "text": _text,
    "markdown": _text,
    "code": _text,
    "url": _text,
    "choice": _choice,
    "integer": _whole,
    "flag": lambda _: ({"type": "boolean"}, read.flag),
    "moment": lambda _: (_MOMENT, read.moment),
    "instant": lambda _: ({"type": ["string", "null"], "format": "date-time"}, read.instant),
}
_SLOT: Json = {"type": "array", "minItems": 1, "maxItems": 2, "items": {"type": "string", "pattern": CLOCK}}
_LISTS: dict[str, tuple[Json, Any]] = {
    "rdates": (_MOMENTS, read.moments(MOST)),
    "exdates": (_MOMENTS, read.moments(MOST)),
    "skips": (
        {"type": "array", "maxItems": len(SKIPS), "items": {"type": "string", "enum": list(SKIPS)}},
        read.choices(SKIPS),
    ),
    "slots": ({"type": "array", "maxItems": 20, "items": _SLOT}, read.slots(CLOCK, 20)),
}
# Kept as they are: the zone is the city's, dates by the API are exact, single dates have verbs of their own, and the text in
# easy Japanese is a translation.
LEFT_OUT = ("timezone", "precision", "overrides", "summary_easy", "translations", "facilities")
_REFERENCES: dict[str, tuple[type[Any], str, Json, str]] = {
    "department_id": (
        Department,
        "slug",
        {"type": "string", "maxLength": 60},
        "Its slug; the token's own if left out.",
    ),
    "category_id": (Category, "slug", NAME, "Its slug."),
    "venue_id": (Venue, "id", NUMBER, "Its number."),
    "parent_id": (Event, "public_id", ID, "The season that it is part of, by its id."),
    "previous_id": (Event, "public_id", ID, "The edition before, by its id."),
    "about_id": (Event, "public_id", ID, "The event that it is about, by its id."),
    "supersedes_id": (Announcement, "public_id", ID, "The announcement that it replaces, by its id."),
}


def _of_field(field: Field) -> Input:
    if field.name in _REFERENCES:
        return _reference(field.name)
    schema, reader = _LISTS.get(field.name) or _BY_TYPE[field.type](field)
    name = RENAMED.get(field.name, field.name)
    return Input(name, field.name, schema, field.label, _plain(reader), _as_it_is)


def _reference(field: str) -> Input:
    model, key, schema, meaning = _REFERENCES[field]
    name = field.removesuffix("_id")

    def find(session: Session, sent: Any) -> int | None:
        if sent is None and "null" in schema["type"]:
            return None
        read.reference(sent, schema)
        found: int | None = session.scalar(select(model.id).where(getattr(model, key) == sent))
        if found is None:
            raise read.Wrong("unknown")
        return found

    def shown(entry: Entry, _value: Any) -> Any:
        row = getattr(entry, name)
        return getattr(row, key) if row else None

    return Input(name, field, schema, meaning, find, shown)


_TEXTS: Json = {
    "type": "object",
    "properties": {name: {"type": "string", "maxLength": fields.FIELDS[name].limit} for name in TRANSLATED},
    "additionalProperties": False,
}
_PHOTO: Json = {
    "type": "object",
    "required": ["id"],
    "properties": {"id": {"type": "integer", "minimum": 1}, "alt": {"type": "string", "maxLength": uploads.ALT}},
    "additionalProperties": False,
}


def _others() -> list[Input]:
    languages_: Json = {
        "type": "object",
        "properties": dict.fromkeys(languages.LANGUAGES, _TEXTS),
        "additionalProperties": False,
    }
    tags: Json = {"type": "array", "maxItems": 30, "items": {"type": "string", "maxLength": TAG}}
    limits = {name: fields.FIELDS[name].limit for name in TRANSLATED}
    return [
        Input("translations", "translations", languages_, "Texts by language.",
              _plain(read.translations(tuple(languages.LANGUAGES), limits)), _as_it_is),
        Input("tags", "tags", tags, "Hashtags.", _plain(read.texts(30, TAG)), _as_it_is),
        Input("photos", "photos", {"type": "array", "maxItems": 100, "items": _PHOTO},
              "Photos of this entry that stay, in their order; add one at `photos`.",
              _plain(read.photos(100, uploads.ALT)), _as_it_is),
    ]  # fmt: skip


def _facilities() -> Input:
    codes: Json = {
        "type": "object",
        "properties": {code: {"type": "boolean"} for code in facilities.FACILITIES},
        "additionalProperties": False,
    }
    reader = _plain(read.flags(tuple(facilities.FACILITIES)))
    return Input("facilities", "facilities", codes, "Accessibility and support by code.", reader, _as_it_is)


@cache
def inputs_of(kind: str) -> dict[str, Input]:
    """The inputs of a kind of entry, by name."""
    own = [_of_field(field) for field in fields.KINDS[kind].values() if field.name not in LEFT_OUT]
    every = [*own, *_others(), *([_facilities()] if kind == "event" else [])]
    return {each.name: each for each in every}


def schema_of(kind: str, *, required: tuple[str, ...] = (), **more: Json) -> Json:
    """The JSON Schema of the inputs of a kind of entry. `more` are further properties."""
    described = {
        name: each.schema | ({"description": each.meaning} if each.meaning and "description" not in each.schema else {})
        for name, each in inputs_of(kind).items()
    }
    return {
        "type": "object",
        "properties": described | more,
        "required": list(required),
        "additionalProperties": False,
    }
