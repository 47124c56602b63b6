"""Follow another town that runs this program, by the changes of its API: complete, in order, with its withdrawals.

The changes are a chain (`formats.api_changes`). Where it breaks, all of the town is read anew, and what it no longer has is
withdrawn here. An event that several towns know is shown once, with the names of all (`same_events`).
"""

from collections.abc import Callable
from dataclasses import replace
from datetime import date, datetime, time, timedelta
from typing import Any
from urllib.parse import urlsplit

from sqlalchemy import select
from sqlalchemy.orm import Session

from calendar_app.db.models import Entry, Source, TownCopy
from calendar_app.entries import publishing, revisions
from calendar_app.importing import ImportRow, save
from calendar_app.importing.formats import api_changes
from calendar_app.importing.formats.api_changes import ChainBroken, Page, Position
from calendar_app.importing.save import ImportResult, Writing
from calendar_app.importing.sources import same_events
from calendar_app.outgoing.http import Unreachable

PATH = "/api/v1/changes"
TOLD = timedelta(days=7)
AT_ONCE = 100  # changes on a page; each page is one transaction
Get = Callable[[str], bytes]


def is_town(url: str) -> bool:
    """Whether an address is that of another town's changes."""
    return urlsplit(url).path == PATH


def read(writing: Writing, source_id: int, get: Get, *, at: datetime) -> tuple[ImportResult, str]:
    """Take all changes of a town since the last reading; return the result and the name of the act.

    Each page is stored with its position, so a reading that breaks off goes on from there. Raises Unreachable
    (`chain_broken` when even the whole history does not form a chain), and Unreadable.
    """
    try:
        return _take_pages(writing, source_id, get, at)
    except ChainBroken:
        pass
    try:
        return _take_anew(writing, source_id, get, at)
    except ChainBroken as error:
        raise Unreachable("chain_broken") from error


def _take_pages(writing: Writing, source_id: int, get: Get, at: datetime) -> tuple[ImportResult, str]:
    with writing() as session:
        source = session.get_one(Source, source_id)
        url, position = source.url, Position(source.number, source.link)
    total, act, last = ImportResult(), "", False
    while not last:
        page = _page(get, url, position)
        with writing() as session, revisions.one_act(session, act) as act:
            source = session.get_one(Source, source_id)
            take_page(session, source, page, total, at=at)
            source.number, source.link = position = page.position
        last = page.last
    return total, act


def _take_anew(writing: Writing, source_id: int, get: Get, at: datetime) -> tuple[ImportResult, str]:
    """Read the whole town, then withdraw what it no longer has. Until the end the old position stays."""
    with writing() as session:
        url = session.get_one(Source, source_id).url
    total, act, seen, position, last = ImportResult(), "", set[str](), Position(), False
    while not last:
        page = _page(get, url, position)
        with writing() as session, revisions.one_act(session, act) as act:
            take_page(session, session.get_one(Source, source_id), page, total, at=at)
        seen = (seen | {save.row_key(row) for row in page.rows}) - set(page.gone)
        position, last = page.position, page.last
    with writing() as session, revisions.one_act(session, act) as act:
        source = session.get_one(Source, source_id)
        for key in sorted(_keys(session, source) - seen):
            drop(session, source, key, at=at)
        source.number, source.link = position
        source.counts = source.counts | {"reread": at.date().isoformat()}
    return total, act


def forget_rereading(source: Source, at: datetime) -> None:
    """Stop telling, after a week, that the town was read anew."""
    told = source.counts.get("reread", "")
    if told and at - datetime.combine(date.fromisoformat(told), time(), at.tzinfo) > TOLD:
        source.counts = {name: value for name, value in source.counts.items() if name != "reread"}


def _page(get: Get, url: str, position: Position) -> Page:
    return api_changes.read_page(get(f"{url}?since={position.number}&limit={AT_ONCE}"), position)


def _keys(session: Session, source: Source) -> set[str]:
    """The keys of everything that this source has here and that is not withdrawn."""
    shown = select(Entry.source_uid).where(Entry.source == source.name, Entry.state == "published")
    copies = select(TownCopy.source_uid).where(TownCopy.source_id == source.id)
    return {*session.scalars(shown), *session.scalars(copies)}


def take_page(session: Session, source: Source, page: Page, total: ImportResult, *, at: datetime) -> None:
    """Take the rows of a page, then drop what is gone."""
    for row in page.rows:
        total.add(take(session, source, row, at=at))
    for key in page.gone:
        drop(session, source, key, at=at)


def take(session: Session, source: Source, row: ImportRow, *, at: datetime) -> ImportResult:
    """Take one row: as a further town's copy of an event that is shown already, or as an entry of its own."""
    if same_events.keep_copy(session, source, row, at=at):
        return ImportResult(same=[row.number])
    entry = session.scalar(select(Entry).where(Entry.source == source.name, Entry.source_uid == save.row_key(row)))
    if entry and entry.state == "withdrawn" and entry.imported.get("gone"):  # by that town, not by us
        publishing.restore(session, entry, actor=None, at=at)
    names = same_events.towns_of(session, entry) if entry else source.name
    named = replace(row, values=row.values | {"town": names})
    result = save.import_rows(session, source.name, [named], **_home(source, at))
    for copy in same_events.part(session, entry, at=at) if entry else ():  # no longer the same event
        result.add(take(session, copy.source, same_events.row_of(copy), at=at))
    return result


def drop(session: Session, source: Source, key: str, *, at: datetime) -> None:
    """Withdraw what the town has withdrawn. An event that another town knows too stays, as that town's."""
    if same_events.forget_copy(session, source, key, at=at):
        return
    entry = session.scalar(select(Entry).where(Entry.source == source.name, Entry.source_uid == key))
    if entry is None or not entry.public:
        return
    if copy := same_events.first_copy(session, entry):
        heir, row = copy.source, same_events.row_of(copy)
        entry.source, entry.source_uid = heir.name, copy.source_uid
        session.delete(copy)
        session.flush()
        take(session, heir, row, at=at)
    else:
        publishing.withdraw(session, entry, "", actor=None, at=at)
        entry.imported = entry.imported | {"gone": True}


def _home(source: Source, at: datetime) -> dict[str, Any]:
    return {"department_id": source.department_id, "actor": None, "at": at}
