"""The spine: every change of anything that can be seen appends one numbered row, in the transaction of the change.

`values` is the one form in which an entry's content travels (form, snapshot, undo, conflict): a dict that JSON can hold.
"""

import secrets
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from calendar_app.db.models import Announcement, Entry, Event, Revision, Site, User
from calendar_app.entries import due_moments, search_index
from calendar_app.text import facilities

Values = dict[str, Any]
BATCH = "batch"

SHARED = ("title", "title_kana", "summary", "summary_easy", "body", "translations", "department_id")
EVENT = (
    *("start", "end", "all_day", "timezone", "precision", "certainty", "date_note"),
    *("rule", "rdates", "exdates", "overrides", "skips", "shift", "slots"),
    *("weather", "weather_rule", "reserve_start", "decision", "venue_id", "online_url", "url"),
    *("parent_id", "previous_id", "category_id", "audience", "fee", "fee_note"),
    *("capacity", "apply", "apply_start", "apply_deadline", "contact", "organizer"),
    *("facilities", "facilities_note", "facilities_by"),
)
ANNOUNCEMENT = ("importance", "valid_until", "headline", "place", "seen_at", "about_id", "supersedes_id", "contact")
MOMENTS = {"start", "end", "reserve_start", "apply_start", "apply_deadline", "facilities_by", "valid_until", "seen_at"}


@dataclass(frozen=True, slots=True)
class Change:
    """One field that differs between two snapshots, old and new as a person reads them."""

    field: str
    old: str
    new: str


def fields(kind: str) -> tuple[str, ...]:
    return SHARED + (EVENT if kind == "event" else ANNOUNCEMENT)


def values(entry: Entry) -> Values:
    """What a person can edit of an entry, in a form that JSON can hold and that compares by `==`."""
    plain = {field: encode(getattr(entry, field)) for field in fields(entry.kind)}
    # In the order in which they are read again: what was typed in another one has not changed.
    tags = [tag.name for tag in sorted(entry.tags, key=lambda tag: tag.id or sys.maxsize)]
    photos = [{"id": photo.id, "alt": photo.alt} for photo in entry.photos]
    return plain | {"tags": tags, "photos": photos}


def known(kind: str, kept: Values) -> Values:
    """Of values that an older version recorded, those that an entry still has."""
    return {name: value for name, value in kept.items() if name in (*fields(kind), "tags", "photos")}


def encode(value: Any) -> Any:
    return value.isoformat() if isinstance(value, datetime) else value


def decode(field: str, value: Any) -> Any:
    return datetime.fromisoformat(value) if field in MOMENTS and value else value


def snapshot(entry: Entry) -> dict[str, Any]:
    """An entry as it is now, with the names that its numbers stand for: history must be readable after a rename."""
    about: dict[str, Any] = {"state": entry.state, "sequence": entry.sequence, "version": entry.version}
    names = {"department_id": entry.department.name}
    if entry.owner:  # who looks after it, once it has been handed over
        about["owner_id"], names["owner"] = entry.owner_id, entry.owner.name
    if entry.publish_at:
        about["publish_at"] = entry.publish_at.isoformat()
    if isinstance(entry, Event):
        about |= {"status": entry.status, "reason": entry.reason}
        names |= {
            "venue_id": _name(entry.venue),
            "category_id": _name(entry.category),
            "parent_id": _title(entry.parent),
        }
    elif isinstance(entry, Announcement):
        names |= {"about_id": _title(entry.about), "supersedes_id": _title(entry.supersedes)}
    if entry.answers:  # questions answered on its page
        about["answers"] = [[one.id, one.public_question, one.public_answer] for one in entry.answers]
        names["answers"] = "\n".join(f"Q. {one.public_question} A. {one.public_answer}" for one in entry.answers)
    return about | {"values": values(entry), "names": names}


def difference(old: dict[str, Any], new: dict[str, Any]) -> list[Change]:
    """What changed from one snapshot to another, by field, in the order of the form."""
    before, after = _readable(old), _readable(new)
    return [
        Change(field, before.get(field, ""), after.get(field, ""))
        for field in dict.fromkeys([*after, *before])
        if before.get(field, "") != after.get(field, "")
    ]


def _readable(shot: dict[str, Any]) -> dict[str, str]:
    texts = {field: shot.get(field) for field in ("state", "status", "reason")}
    texts |= shot.get("values", {}) | shot.get("names", {})
    return {field: _say(value) for field, value in texts.items()}


def _say(value: Any) -> str:
    match value:
        case None | "":
            return ""
        case list():
            return "、".join(_say(one) for one in value)
        case {"id": _, "alt": alt}:
            return str(alt or "（説明なし）")
        case dict() if facilities.cleaned(value) == value:
            return facilities.sentence(value, "ja")
        case dict():
            return "、".join(f"{key}: {_say(one)}" for key, one in value.items() if one)
        case _:
            return str(value)


def lock(session: Session) -> Site:
    """Take the one write lock, so that numbers become visible in the order in which they are given.

    SQLite's transaction holds it already (BEGIN IMMEDIATE); on PostgreSQL it is this row, until commit.
    """
    site = session.get(Site, 1, with_for_update=True, populate_existing=True)
    if site is None:
        raise LookupError("this database has not been set up: run `calendar-app init`")
    return site


def append(
    session: Session,
    kind: str,
    thing: Any,
    *,
    actor: User | None,
    at: datetime,
    public: bool,
    notable: bool = False,
    note: str = "",
    original: datetime | None = None,
    shot: dict[str, Any] | None = None,
) -> Revision:
    """Record one change. Call it last: the snapshot is taken from the thing as it stands."""
    site = lock(session)
    session.flush()
    entry = thing if isinstance(thing, Entry) else None
    number = site.revision = site.revision + 1
    if public:
        site.public_revision = number
        site.changed_at = max(at, site.changed_at)
    moments = [site.due_at, due_moments.of(entry) if entry else None]
    site.due_at = min(filter(None, moments), default=None)
    row = Revision(
        number=number,
        at=at,
        actor_id=actor.id if actor else None,
        kind=kind,
        subject=f"{thing.__tablename__}:{thing.id}",
        entry=entry,
        public=public,
        notable=notable,
        guid=_guid(site, entry, kind, number, at) if notable and entry else None,
        note=note,
        original=original,
        batch=session.info.get(BATCH),
        snapshot=snapshot(entry) if entry else shot or {},
    )
    session.add(row)
    session.flush()
    search_index.update(session, thing)
    return row


def new_act() -> str:
    """A name for an act that has several transactions."""
    return secrets.token_urlsafe(9)


@contextmanager
def one_act(session: Session, name: str = "") -> Iterator[str]:
    """Everything recorded inside is one act, to be undone as one; gives its name. A long act goes on by its name."""
    session.info[BATCH] = name = name or new_act()
    try:
        yield name
    finally:
        del session.info[BATCH]


def _guid(site: Site, entry: Entry, kind: str, number: int, at: datetime) -> str:
    """A tag: URI (RFC 4151), minted here once and stored: the first publication is the entry, the rest are notices."""
    path = f"{entry.kind}/{entry.public_id}" if kind == "published" else f"notice/{number}"
    return f"tag:{site.site_id},{at.astimezone(UTC).year}:{path}"


def of_version(entry: Entry, version: int) -> Values | None:
    """The values that a form of this version was filled from, if history still has them."""
    for row in entry.revisions:
        if row.snapshot.get("version") == version:
            return dict(row.snapshot["values"])
    return None


def before(session: Session, row: Revision) -> dict[str, Any] | None:
    """The snapshot of the same entry before this change; None for its first."""
    earlier = select(Revision).where(Revision.entry_id == row.entry_id, Revision.number < row.number)
    found = session.scalar(earlier.order_by(Revision.number.desc()).limit(1))
    return found.snapshot if found else None


def merge(base: Values, theirs: Values, yours: Values) -> tuple[Values, list[str]]:
    """Two edits of one version made into one: each field from whoever changed it; where both did, yours, and it is named."""
    merged = {field: theirs.get(field) if yours[field] == base.get(field) else yours[field] for field in yours}
    both = [
        field
        for field in yours
        if yours[field] != base.get(field) and theirs.get(field) not in (base.get(field), yours[field])
    ]
    return merged, both


def _name(thing: Any) -> str:
    return thing.name if thing else ""


def _title(thing: Entry | None) -> str:
    return thing.title if thing else ""
