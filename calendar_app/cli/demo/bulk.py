"""Write many invented entries at once: the same rows that `publishing` makes of them one by one, which a test compares.

Rows go to the database in portions, without a query for each entry. Everything that a save derives (dates, snapshots, the
chain of hashes, touches, search words) comes from the functions that a save uses.
"""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from datetime import datetime
from functools import cache
from itertools import islice
from typing import Any, cast

import sqlalchemy as sa
from sqlalchemy import select
from sqlalchemy.orm import Session

from calendar_app.cli.demo.stories import ENDINGS, TAGS, Places, Story
from calendar_app.dates.recurrence import expand
from calendar_app.db import public_chain, revision_chain
from calendar_app.db.engine import Base
from calendar_app.db.models import (
    Announcement,
    Category,
    Department,
    Entry,
    EntryTag,
    Event,
    LastChange,
    Revision,
    Site,
    Tag,
    Venue,
)
from calendar_app.entries import commits, due_moments, last_changes, occurrences, revisions, search_index
from calendar_app.entries.occurrences import FAR
from calendar_app.operations.tables import set_sequences
from calendar_app.text.markup import html

PORTION = 1000  # entries in one transaction
MODELS: dict[str, type[Entry]] = {"event": Event, "announcement": Announcement}
NO_OTHERS = ("owner", "parent", "previous", "about", "supersedes")  # an invented entry refers to no other
References = dict[str, dict[int, Any]]


def places(session: Session) -> Places:
    """Return the ids of every department, category and venue, and add the tags of the stories."""
    known = set(session.scalars(select(Tag.name)))
    session.add_all(Tag(name=name) for name in TAGS if name not in known)
    session.flush()
    ids: list[Any] = [Department.id, Category.id, Venue.id]
    return Places(*(list(session.scalars(select(column).order_by(column))) for column in ids))


def write(session: Session, stories: Iterable[Story]) -> int:
    """Write the next stories, `PORTION` at most; return their number. Commit after each call."""
    portion = list(islice(stories, PORTION))
    if portion:
        site = revisions.lock(session)
        Portion(session, site).write(portion)
        session.flush()
        commits.note(session, {last_changes.EVERYTHING})
    return len(portion)


class Portion:
    """The rows of one transaction, collected before they are written."""

    def __init__(self, session: Session, site: Site) -> None:
        self.session, self.site = session, site
        models: dict[str, Any] = {"department": Department, "category": Category, "venue": Venue}
        self.references: References = {
            name: {row.id: row for row in session.scalars(select(model))} for name, model in models.items()
        }
        self.tags = {tag.name: tag for tag in session.scalars(select(Tag))}
        self.rows: dict[Any, list[dict[str, Any]]] = defaultdict(list)
        self.dates: list[occurrences.OccurrenceRow] = []
        self.changed: dict[str, datetime] = {}
        self.entries: list[Entry] = []

    def write(self, stories: Sequence[Story]) -> None:
        """Write every row of these stories, and the new state of the site."""
        newest = self.session.scalar(select(sa.func.max(Entry.id))) or 0
        for number, story in enumerate(stories, newest + 1):
            self._add(_entry(story, number, self.site.site_id, self.references, self.tags), story)
        for table in Base.metadata.sorted_tables:  # what others refer to comes first
            if rows := self.rows.get(table):
                self.session.execute(table.insert(), rows)
        occurrences.insert(self.session, self.dates)
        groups = search_index.spelling_groups(self.session)
        search_index.put(
            self.session,
            {entry.id: search_index.searchable_texts(self.session, entry, groups) for entry in self.entries},
        )
        self._record_changes()
        if self.session.connection().dialect.name == "postgresql":
            set_sequences(self.session.connection(), [cast(sa.Table, Entry.__table__)])

    def _add(self, entry: Entry, story: Story) -> None:
        dates = []
        if isinstance(entry, Event):
            dates = occurrences.occurrence_rows(entry, expand(entry.repeat, entry.start.date() + FAR))
        shot = revisions.snapshot(entry)
        touched = _touches(entry, shot["values"], dates)
        self._append("created", entry, shot, touched, at=story.created, notable=False)
        if story.public:
            entry.state, entry.published_at = "published", story.published
            if isinstance(entry, Announcement):
                entry.expired = entry.valid_until is not None and entry.valid_until <= story.published
            shot = _publicly_changed(entry, shot, story.published)
            self._append("published", entry, shot, touched, at=story.published)
        if story.status and isinstance(entry, Event):
            entry.status, entry.reason, entry.status_at = story.status, ENDINGS[story.status], story.ended
            entry.sequence += 1
            shot = _publicly_changed(entry, shot, story.ended)
            self._append(story.status, entry, shot, touched, at=story.ended, note=entry.reason)
        columns = vars(entry)
        for table in sa.inspect(type(entry)).tables:
            self.rows[table].append({column.name: columns[column.name] for column in table.columns})
        tags = [{"entry_id": entry.id, "tag_id": tag.id} for tag in entry.tags]
        self.rows[EntryTag.__table__] += tags
        self.dates += sorted(dates)
        self.entries.append(entry)

    def _append(
        self, kind: str, entry: Entry, shot: dict[str, Any], touched: set[str], *, at: datetime, note: str = "",
        notable: bool = True,
    ) -> None:  # fmt: skip
        """Number a change as `revisions.append` does. What is notable is public."""
        site = self.site
        site.revision += 1
        if notable:
            site.public_revision, site.changed_at = site.revision, at
            self.changed |= dict.fromkeys(touched, at)
        site.due_at = min(filter(None, [site.due_at, due_moments.of(entry)]), default=None)
        guid = revisions.guid(site, entry, kind, site.revision, at) if notable else None
        row = {"number": site.revision, "at": at, "actor_id": None, "kind": kind}
        row |= {"subject": f"{entry.kind}:{entry.id}", "public": notable, "notable": notable, "guid": guid}
        row |= {"note": note, "original": None, "batch": None, "snapshot": shot, "touches": sorted(touched)}
        site.revision_hash = revision_chain.link(site.revision_hash, row)
        row |= {"entry_id": entry.id, "hash": site.revision_hash, "public_hash": None}
        if public_chain.listed(row):
            site.public_hash = row["public_hash"] = public_chain.link(site.public_hash, row)
        self.rows[Revision.__table__].append(row)

    def _record_changes(self) -> None:
        """Keep the last change of each key, as `last_changes.record` does after each of them."""
        changed = {key: at for key, at in self.changed.items() if last_changes.dated(key)}
        query = select(LastChange).where(LastChange.key.in_([key for key in changed if not key.startswith("entry:")]))
        for row in self.session.scalars(query):
            row.at = changed.pop(row.key)
        if changed:
            table = cast(sa.Table, LastChange.__table__)
            self.session.execute(table.insert(), [{"key": key, "at": at} for key, at in changed.items()])


def _entry(story: Story, number: int, site_id: str, references: References, tags: dict[str, Tag]) -> Entry:
    """Return the entry as a draft that no session knows, with every column set.

    The columns are put where SQLAlchemy keeps them, because its watching of each change costs more than all else here.
    """
    entry, values = MODELS[story.kind](), story.values
    columns = {name: value() if callable(value) else value for name, value in _defaults(type(entry)).items()}
    columns |= {name: revisions.decode(name, value) for name, value in values.items()}
    for name, known in references.items():
        columns[name] = known.get(values.get(f"{name}_id", 0))
    columns |= {"id": number, "uid": f"{story.token}@{site_id}", "public_id": story.public_id}
    columns |= {"tags": [tags[name] for name in values["tags"]], "body_html": _html(values.get("body", ""))}
    vars(entry).update(columns | dict.fromkeys(("created_at", "updated_at", "changed_at"), story.created))
    return entry


@cache
def _html(body: str) -> str:
    return html(body, "")


@cache
def _defaults(model: type[Entry]) -> dict[str, Any]:
    """What each column holds that nobody has set: a value, or a function that makes it."""
    columns = [column for table in sa.inspect(model).tables for column in table.columns if column.name != "kind"]
    return {column.name: _default(column) for column in columns} | dict.fromkeys(NO_OTHERS) | {"answers": []}


def _default(column: Any) -> Any:
    if column.default is None or not column.default.is_callable:
        return column.default.arg if column.default is not None else None
    make = column.default.arg
    return lambda: make(None)


def _touches(entry: Entry, values: revisions.Values, dates: Sequence[occurrences.OccurrenceRow]) -> set[str]:
    """What each change of an invented entry touches: it never moves, and refers to no other entry."""
    keys = {f"kind:{entry.kind}", last_changes.entry_key(entry.id), last_changes.MEMBERS} | last_changes.keys_of(values)
    keys |= {f"month:{values[name][:7]}" for name in last_changes.MOMENTS if values.get(name)}
    return keys | {key for row in dates for key in last_changes.months(row.first_day, row.last_day)}


def _publicly_changed(entry: Entry, shot: dict[str, Any], at: datetime) -> dict[str, Any]:
    """Count one public change of an entry; return its new snapshot."""
    entry.version += 1
    entry.changed_at = entry.updated_at = at
    names = ("state", "sequence", "version", "status", "reason")
    return shot | {name: getattr(entry, name) for name in names if name in shot}
