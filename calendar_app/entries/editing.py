"""Turn values into an entry's columns: clean, check and apply them. The limits hold for forms and imports alike."""

import unicodedata
from datetime import timedelta
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from calendar_app import fields
from calendar_app.dates import repeat_patterns
from calendar_app.dates.recurrence import MAX_DAYS, BadRule, Repeat, check, normalise, rule_dates
from calendar_app.db.models import Entry, Event, Photo, Tag
from calendar_app.entries import exceptions, former_tags, revisions, uploads
from calendar_app.entries.revisions import Values
from calendar_app.text import countries, facilities
from calendar_app.text.markup import clean, html, uri

LONGEST = 20_000  # characters of a text that is no field of an entry
TAG = 60  # characters
LINKS = {"parent_id", "previous_id", "supersedes_id"}  # to an entry of the same kind
SEVERAL_LINES = (*fields.names("event", "text", "markdown"), "access")


class Invalid(ValueError):
    """Values that cannot be saved. `errors` has a code for each field, which a page translates."""

    def __init__(self, **errors: str) -> None:
        super().__init__(errors)
        self.errors = errors


def cleaned(session: Session, values: Values) -> Values:
    """Return the values with texts sanitised and tags under their present names.

    Raises Invalid when a text is required but empty (required), too long (too_long) or no address (bad_address).
    """
    checked = {name: _clean_value(name, value) for name, value in values.items()}
    if checked.get("tags"):
        checked["tags"] = former_tags.present(session, checked["tags"])
    if "title" in checked and not checked["title"]:
        raise Invalid(title="required")
    if wrong := {name: code for name, value in checked.items() if (code := _wrong(name, value))}:
        raise Invalid(**wrong)
    return checked


def _wrong(name: str, value: Any) -> str:
    """Return the error code of a text, or ""."""
    if not isinstance(value, str):
        return ""
    field = fields.FIELDS.get(name)
    if len(value) > ((field and field.limit) or LONGEST):
        return "too_long"
    return "bad_address" if field and field.type == "url" and value and not uri(value) else ""


def _clean_value(name: str, value: Any) -> Any:
    match value:
        case str():
            return clean(value, lines=name in SEVERAL_LINES).strip()
        case _ if name == "facilities":
            return facilities.cleaned(value)
        case list() if name == "tags":
            return list(dict.fromkeys(filter(None, map(tag_name, value))))
        case list():
            return [_clean_value(name, item) for item in value]
        case dict() if name == "texts":  # translations by their originals, which may have several lines
            return {original: clean(words, lines=True).strip() for original, words in value.items()}
        case dict():
            return {key: _clean_value(key, item) for key, item in value.items()}
        case _:
            return value


def tag_name(typed: str) -> str:
    """Return a hashtag as it is stored: width folded, without # and without letters that end a hashtag on social
    networks."""
    folded = unicodedata.normalize("NFKC", clean(typed, lines=False)).lstrip("#")
    return "".join(letter for letter in folded if letter.isalnum() or letter in "_ー・々")[:TAG]


def changes(now: Values, wanted: Values) -> Values:
    """Return the wanted values that differ from the present ones."""
    return {name: value for name, value in wanted.items() if not revisions.same(name, value, now.get(name))}


def dates_of(values: Values) -> Repeat:
    """Return the dates that an event's values give, as wall-clock times. Raises Invalid when they are no valid dates."""
    names = fields.names_where(notice="dates")
    event = Event(**{name: revisions.decode(name, values[name]) for name in names if name in values})
    _check_dates(event)
    return event.repeat


def apply(session: Session, entry: Entry, changes: Values) -> None:
    """Write cleaned values into an entry's columns and derive the others from them.

    Raises Invalid when a choice is unknown, the end lies before the start, links form a circle, or the rule is bad.
    """
    _check_links(session, entry, changes)
    was = entry.repeat if isinstance(entry, Event) and entry.start else None
    for name, value in changes.items():
        if name == "tags":
            entry.tags = [_tag(session, typed) for typed in value]
        elif name == "photos":
            entry.photos = _photos(session, entry, value)
        else:
            setattr(entry, name, revisions.decode(name, value))
            if name.endswith("_id") and entry.id:
                session.expire(entry, [name.removesuffix("_id")])  # or the old venue would stay loaded
    if "body" in changes:
        entry.body_html = html(entry.body, "")
    if isinstance(entry, Event):
        _check_dates(entry)
        if was:
            exceptions.follow(entry, was, [name for name in exceptions.NAMES if name not in changes])


def _check_links(session: Session, entry: Entry, changes: Values) -> None:
    """An entry is no part of itself, and neither goes on from itself nor replaces itself, not even by way of others."""
    for name in LINKS & changes.keys():
        linked, seen = changes[name], {entry.id}
        while linked is not None:
            if linked in seen:
                raise Invalid(**{name: "circle"})
            seen.add(linked)
            with session.no_autoflush:
                linked = getattr(session.get(type(entry), linked), name, None)


def _check_dates(event: Event) -> None:
    event.timezone = event.timezone or countries.here().timezone
    event.facilities = event.facilities or {}
    for name in ("rdates", "exdates", "overrides", "skips", "slots", "adjusted"):
        setattr(event, name, getattr(event, name) or [])
    event.precision, event.certainty = event.precision or "exact", event.certainty or "confirmed"
    event.all_day = bool(event.all_day) or event.precision != "exact"
    chosen = {name: getattr(event, name) or "" for name in fields.names("event", "choice")}
    if wrong := [name for name, value in chosen.items() if value not in fields.EVENT[name].choices]:
        raise Invalid(**dict.fromkeys(wrong, "unknown"))
    if event.end is not None and event.end < event.start:
        raise Invalid(end="before_start")
    try:
        event.rule = normalise(event.rule, timezone=event.timezone) if event.rule else ""
        event.adjusted = _adjusted(event)
        check(event.repeat)
    except BadRule as error:
        raise Invalid(rule=getattr(error, "code", "bad_rule")) from error


def _adjusted(event: Event) -> list[Values]:
    """Return the dates that the rule's holiday options skip or move, with reasons. Stored, so new holidays change no
    past page."""
    if not (event.skips or event.shift):
        return []
    days = rule_dates(event.repeat, event.start.date() + timedelta(days=MAX_DAYS))
    return repeat_patterns.stored(repeat_patterns.adjust(days, event.skips, event.shift))


def _tag(session: Session, name: str) -> Tag:
    tag = session.scalar(select(Tag).where(Tag.name == name))
    if tag is None:
        session.add(tag := Tag(name=name))
    return tag


def _photos(session: Session, entry: Entry, wanted: list[dict[str, Any]]) -> list[Photo]:
    """Return the photos of these ids in this order. A photo of another entry or of a template is copied."""
    rows = []
    for position, shown in enumerate(wanted):
        if photo := session.get(Photo, shown["id"]):
            if photo.template_id or photo.entry_id not in (None, entry.id):
                session.add(photo := uploads.copy_photo(photo))
            photo.position, photo.alt = position, shown.get("alt", "")
            rows.append(photo)
    return rows
