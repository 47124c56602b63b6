"""Name what a public change can change: its touches. An answer that shows none of them is still right.

A touch is a key such as `tag:桜`, `entry:12` or `month:2027-04`. A change touches what an entry was as well as what it is:
a feed also changes when its newest entry is withdrawn or loses its tag. Where a change may be seen in more than these keys
say, it touches `EVERYTHING`, so that the touches are always a superset of what changes.
"""

from datetime import date, datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy import select
from sqlalchemy.orm import Session

from calendar_app.db.engine import UTCDateTime
from calendar_app.db.models import Announcement, Entry, Event, Occurrence, Poll, Reaction
from calendar_app.entries import former_tags

EVERYTHING = "*"  # every answer changes: a venue, department or tag was renamed, or an emergency was published
MEMBERS = "members"  # which entries are public, when, and all that filters ask of them; a change of texts alone touches it not
TEXTS = {"title", "title_kana", "summary", "summary_easy", "body", "translations", "photos", "contact", "organizer"}
TEXTS |= {"date_note", "apply", "weather", "decision", "facilities_note", "url", "ticket_url"}
COLUMNS = ("department_id", "category_id")
PLACE = "venue_id"
MOMENTS = ("apply_start", "apply_deadline")  # wall-clock times that months show
UNDATED = ("month:", f"{PLACE}:")  # only pages depend on these, and pages do not say when they changed
PUT = sa.text(
    'INSERT INTO last_change ("key", at) VALUES (:key, :at) ON CONFLICT ("key") DO UPDATE SET at = excluded.at '
    "WHERE excluded.at > last_change.at"
).bindparams(sa.bindparam("at", type_=UTCDateTime))
REFERENCES = ("parent_id", "previous_id", "about_id")  # other entries, whose pages show this one


def record(session: Session, touches: set[str], at: datetime) -> None:
    """Record that a public change at an instant (UTC) touched these keys: a row for each that a feed can name."""
    keys = {EVERYTHING} if EVERYTHING in touches else set(filter(dated, touches))
    if keys:
        session.execute(PUT, [{"key": key, "at": at} for key in sorted(keys)])


def dated(key: str) -> bool:
    """Whether the last change of a key is kept."""
    return not key.startswith(UNDATED)


def touches(session: Session, subject: Any, before: dict[str, Any], now: dict[str, Any], earlier: set[str]) -> set[str]:
    """Return what a change of `subject` touches. `before` and `now` are its values, {} where there are none.

    `earlier` is what the change before this one touched, because the months of the dates before are nowhere else.
    """
    if isinstance(subject, (Reaction, Poll)):
        return {entry_key(subject.entry_id)}
    if not isinstance(subject, Entry) or "emergency" in (before.get("importance"), now.get("importance")):
        return {EVERYTHING}
    if before.get("supersedes_id") or now.get("supersedes_id"):  # an emergency may leave the top of every feed
        return {EVERYTHING}
    if isinstance(subject, Announcement) and _is_replaced(session, subject):
        return {EVERYTHING}  # pages and feeds of the newer one name this one
    keys = {f"kind:{subject.kind}", entry_key(subject.id)} | keys_of(before) | keys_of(now)
    keys |= keys_of({"tags": former_tags.present(session, before.get("tags", ()))})  # a tag renamed since is meant, too
    if before and not earlier:  # the change before this one was recorded when changes did not name their touches
        keys.add(EVERYTHING)
    for values in (before, now):
        keys |= {entry_key(values[name]) for name in REFERENCES if values.get(name)}
    for about_id in filter(None, {before.get("about_id"), now.get("about_id")}):
        season = session.get_one(Event, about_id)  # its season's calendar entry shows the status line
        tags = [tag.name for tag in season.tags]
        keys |= {"kind:event"} | keys_of({name: getattr(season, name) for name in COLUMNS} | {"tags": tags})
        keys |= months_of(session, season)
    keys |= {f"month:{values[name][:7]}" for values in (before, now) for name in MOMENTS if values.get(name)}
    if isinstance(subject, Event):
        keys |= months_of(session, subject) | {key for key in earlier if key.startswith("month:")}
    return keys


def _is_replaced(session: Session, announcement: Announcement) -> bool:
    newer = select(Announcement.id).where(Announcement.supersedes_id == announcement.id).limit(1)
    return session.scalar(newer) is not None


def members(before: dict[str, Any], now: dict[str, Any]) -> set[str]:
    """Return the key of what filters offer and hold, unless two snapshots of an entry differ in nothing but texts."""
    old, new = before.get("values", {}), now.get("values", {})
    same_state = all(before.get(name) == now.get(name) for name in ("state", "status"))
    texts_alone = all(old.get(name) == new.get(name) for name in (old.keys() | new.keys()) - TEXTS)
    return set() if same_state and texts_alone else {MEMBERS}


def keys_of(values: dict[str, Any]) -> set[str]:
    """Return the keys of the tags, department, category and venue that an entry's values name."""
    named = {f"{name}:{values[name]}" for name in (*COLUMNS, PLACE) if values.get(name) is not None}
    return named | {f"tag:{name}" for name in values.get("tags", ())}


def entry_key(entry_id: int) -> str:
    return f"entry:{entry_id}"


def months_of(session: Session, event: Event) -> set[str]:
    """Return the keys of the months (local days) in which an event has dates."""
    days = select(Occurrence.first_day, Occurrence.last_day).where(Occurrence.event_id == event.id)
    return {key for first, last in session.execute(days) for key in months(first, last)}


def months(first: date, last: date) -> list[str]:
    """Return the key of each month from one day to another, both inclusive."""
    numbers = range(first.year * 12 + first.month - 1, last.year * 12 + last.month)
    return [f"month:{number // 12:04}-{number % 12 + 1:02}" for number in numbers]
