"""Recognise an event that its source sends again under another UID: same title, same start. It is proposed, never assumed."""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from calendar_app.db.models import Event, Source
from calendar_app.importing import Defect, ImportRow, save

_AT_ONCE = 500  # titles in one query

_Known = dict[
    tuple[str, datetime], tuple[str, str]
]  # by title and start: the public id, and the key that its source gave it


def propose(session: Session, source: str, rows: Sequence[ImportRow]) -> tuple[ImportRow, ...]:
    """Return the rows; one whose event stands here under a UID that is no longer used gets a risky defect.

    Its proposal names the entry, in "same_as": `save` then changes that entry, which takes the new UID.
    """
    keys = {save.row_key(row) for row in rows}
    known = _known(session, source, {row.values["title"] for row in rows if _is_candidate(row)})
    here = {key for _, key in known.values()}
    return tuple(
        _proposed(row, known, keys) if _is_candidate(row) and save.row_key(row) not in here else row for row in rows
    )


def _is_candidate(row: ImportRow) -> bool:
    return row.kind == "event" and not row.refused and bool(row.values.get("start"))


def _proposed(row: ImportRow, known: _Known, keys: set[str]) -> ImportRow:
    start = datetime.fromisoformat(row.values["start"])
    public_id, key = known.get((row.values["title"], start), ("", ""))
    if not public_id or key in keys:
        return row
    found = f"{row.values['title'][:40]}、{start:%Y-%m-%d %H:%M}".removesuffix(" 00:00")
    return replace(row, defects=(*row.defects, Defect("same_here", "title", found, {"same_as": public_id}, risky=True)))


def _known(session: Session, source: str, titles: set[str]) -> _Known:
    """Return imported public events of these titles; not those of another followed source, which would lose them."""
    followed = select(Source.name).where(Source.name != source)
    query = select(Event.title, Event.start, Event.public_id, Event.source_uid).where(
        Event.state == "published", Event.source != "", Event.source.not_in(followed)
    )
    found: _Known = {}
    for portion in _portions(sorted(titles)):
        for title, start, public_id, key in session.execute(query.where(Event.title.in_(portion)).order_by(Event.id)):
            found[title, start] = public_id, key or ""
    return found


def _portions(titles: list[str]) -> Iterator[list[str]]:
    for first in range(0, len(titles), _AT_ONCE):
        yield titles[first : first + _AT_ONCE]
