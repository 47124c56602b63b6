"""From what was typed to an entry's columns: cleaned, checked, applied. The limits here hold whatever the edge let through."""

import unicodedata
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from calendar_app.dates import repeat_patterns
from calendar_app.dates.recurrence import MAX_DAYS, BadRule, check, normalise, rule_dates
from calendar_app.db.models import CERTAINTIES, PRECISIONS, WEATHER_RULES, Entry, Event, Photo, Tag
from calendar_app.entries import revisions, uploads
from calendar_app.entries.revisions import Values
from calendar_app.text import facilities
from calendar_app.text.markup import clean, html

TITLE_LENGTH = 200
TEXT_LENGTH = 20_000
CHOICES: dict[str, tuple[str, ...]] = {
    "precision": PRECISIONS,
    "certainty": CERTAINTIES,
    "weather_rule": WEATHER_RULES,
    "shift": ("", "next_weekday", "previous_weekday"),
}


class Invalid(ValueError):
    """Values that cannot be saved: a code for each field, for the edge to say in the reader's language."""

    def __init__(self, **errors: str) -> None:
        super().__init__(errors)
        self.errors = errors


def cleaned(values: Values) -> Values:
    """Every text through the one sanitiser, and the limits that no edge may pass."""
    kept = {name: _clean_value(name, value) for name, value in values.items()}
    if "title" in kept and not kept["title"]:
        raise Invalid(title="required")
    for name, value in kept.items():
        limit = TITLE_LENGTH if name == "title" else TEXT_LENGTH
        if isinstance(value, str) and len(value) > limit:
            raise Invalid(**{name: "too_long"})
    return kept


def _clean_value(name: str, value: Any) -> Any:
    match value:
        case str():
            return clean(value, lines=name in ("body", "summary", "summary_easy", "access")).strip()
        case _ if name == "facilities":
            return facilities.cleaned(value)
        case list() if name == "tags":
            return list(dict.fromkeys(filter(None, map(tag_name, value))))
        case list():
            return [_clean_value(name, one) for one in value]
        case dict():
            return {key: _clean_value(key, one) for key, one in value.items()}
        case _:
            return value


def tag_name(typed: str) -> str:
    """A hashtag as kept: full-width forms folded, without # and without what would end a hashtag on a social network."""
    folded = unicodedata.normalize("NFKC", clean(typed, lines=False)).lstrip("#")
    return "".join(letter for letter in folded if letter.isalnum() or letter in "_ー・々")[:60]


def apply(session: Session, entry: Entry, changes: Values) -> None:
    was = entry.start if isinstance(entry, Event) else None
    for name, value in changes.items():
        if name == "tags":
            entry.tags = [_tag(session, one) for one in value]
        elif name == "photos":
            entry.photos = _photos(session, entry, value)
        else:
            setattr(entry, name, revisions.decode(name, value))
            if name.endswith("_id") and entry.id:
                session.expire(entry, [name.removesuffix("_id")])  # the old venue is not the entry's any more
    if "body" in changes:
        entry.body_html = html(entry.body, "")
    if isinstance(entry, Event):
        if "overrides" not in changes:
            _follow_start(entry, was)
        _check_dates(entry)


def _check_dates(event: Event) -> None:
    event.timezone = event.timezone or "Asia/Tokyo"
    event.facilities = event.facilities or {}
    for name in ("rdates", "exdates", "overrides", "skips", "slots", "adjusted"):
        setattr(event, name, getattr(event, name) or [])
    event.precision, event.certainty = event.precision or "exact", event.certainty or "confirmed"
    event.all_day = bool(event.all_day) or event.precision != "exact"
    if wrong := [name for name, allowed in CHOICES.items() if (getattr(event, name) or "") not in allowed]:
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
    """Which of the rule's dates are left out or moved, and why: kept, so that a new list of holidays changes no past page."""
    if not (event.skips or event.shift):
        return []
    days = rule_dates(event.repeat, event.start.date() + timedelta(days=MAX_DAYS))
    return repeat_patterns.stored(repeat_patterns.adjust(days, event.skips, event.shift))


def _follow_start(event: Event, was: datetime | None) -> None:
    """A series that begins at another time takes its exceptions along: each is known by where its series put it."""
    if was is None or was.time() == event.start.time():
        return

    def moved(text: str) -> str:
        typed = datetime.fromisoformat(text)
        return datetime.combine(typed, event.start.time()).isoformat() if typed.time() == was.time() else text

    event.exdates = [moved(one) for one in event.exdates]
    event.rdates = [moved(one) for one in event.rdates]
    event.overrides = [one | {"original": moved(one["original"])} for one in event.overrides]


def _tag(session: Session, name: str) -> Tag:
    tag = session.scalar(select(Tag).where(Tag.name == name))
    if tag is None:
        session.add(tag := Tag(name=name))
    return tag


def _photos(session: Session, entry: Entry, wanted: list[dict[str, Any]]) -> list[Photo]:
    """The photos of these ids, in this order; of those that another entry or a template shows, its own copy."""
    rows = []
    for position, one in enumerate(wanted):
        if photo := session.get(Photo, one["id"]):
            if photo.template_id or photo.entry_id not in (None, entry.id):
                session.add(photo := uploads.copy_photo(photo))
            photo.position, photo.alt = position, one.get("alt", "")
            rows.append(photo)
    return rows
