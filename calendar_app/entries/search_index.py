"""Keep the search index in step with the entries. Writes in the transaction of the change, for drafts too.

Words have three weights: the title; names (tags, venue, department, kind); the rest. Each text is followed by its other
spellings, and each weight by the sounds of its words. Both databases hold the same pieces at the same positions:
SQLite's FTS5 as words, PostgreSQL as a tsvector that needs no dictionary.
"""

import hashlib
import re
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from html import unescape
from itertools import chain
from typing import Any, cast

import sqlalchemy as sa
from sqlalchemy import ColumnElement, or_, select
from sqlalchemy.orm import Session, selectin_polymorphic, selectinload

from calendar_app.db.models import (
    Announcement,
    Category,
    Department,
    Entry,
    EntryTag,
    Event,
    Occurrence,
    SearchState,
    SearchWord,
    SpellingGroup,
    Tag,
    Venue,
)
from calendar_app.entries import accessibility
from calendar_app.fields import KINDS, names_where
from calendar_app.text import facilities, labels, readings, spellings
from calendar_app.text.normalize import VERSION, fold, tokens, whole_words

# PostgreSQL stores 256 positions of a piece, and positions up to 16,383. SQLite gets the same limits.
MOST_PIECES, MOST_ALIKE = 16_000, 255
MOST_WORDS = 60
AT_ONCE = 50  # entries that one transaction indexes, in about a tenth of a second
OUTDATED = 0  # as version of a SearchState: something that the entry shows has another name now
NOTHING = "·"  # a position that no search matches, so that no phrase spans two fields
WEIGHTS = "ABD"

Texts = tuple[list[str], list[str], list[str]]  # by weight
Reference = Venue | Department | Category | Tag

PUT = {
    "sqlite": "INSERT INTO search_index (rowid, title, names, text) VALUES (:id, :a, :b, :d)",
    "postgresql": "INSERT INTO search_index (rowid, words) VALUES (:id, CAST(:words AS tsvector))",
}


def update(session: Session, subject: Any) -> None:
    """Index a changed entry, or the entries that show a changed venue, department, category or tag.

    Beyond a few they are only marked: nobody else's save should wait for them. `catch_up` indexes those, in portions.
    """
    if isinstance(subject, Entry):
        index_entries(session, [subject])
    elif isinstance(subject, Reference):
        reindex(session, entries_showing(subject))


def reindex(session: Session, which: ColumnElement[bool]) -> None:
    """Index the first few entries that meet a condition, and mark the others as outdated for `catch_up`."""
    ids = list(session.scalars(select(Entry.id).where(which).order_by(Entry.id)))
    if ids[AT_ONCE:]:
        later = SearchState.entry_id.in_(select(Entry.id).where(which, Entry.id > ids[AT_ONCE - 1]))
        session.execute(sa.update(SearchState).where(later).values(version=OUTDATED))
    index_ids(session, ids[:AT_ONCE])


def catch_up(session: Session) -> bool:
    """Index the next few entries whose words are outdated; whether there were any. Commit after each call."""
    ids = unindexed(session)[:AT_ONCE]
    index_ids(session, ids)
    return bool(ids)


def index_entries(session: Session, entries: Iterable[Entry]) -> int:
    """Index those entries whose words differ from the index; return how many did."""
    groups = spelling_groups(session)
    texts_by_id = {entry.id: searchable_texts(session, entry, groups) for entry in entries}
    digests = {id_: _digest(texts) for id_, texts in texts_by_id.items()}
    known = select(SearchState.entry_id, SearchState.digest).where(
        SearchState.entry_id.in_(texts_by_id), SearchState.version == version()
    )
    same = {id_ for id_, digest in session.execute(known) if digests[id_] == digest}
    changed = {id_: texts for id_, texts in texts_by_id.items() if id_ not in same}
    if changed:
        _remove(session, list(changed))  # what has lost its state too, so that the index mends itself
        put(session, changed)
    return len(changed)


def version() -> int:
    """Return the version of the index: another one with the analyser of readings than without."""
    return 2 * VERSION + (readings.analyser() is not None)


def spelling_groups(session: Session) -> list[spellings.Group]:
    """Return the groups of words that mean the same: the built-in ones and those that staff added."""
    return [*spellings.GROUPS, *(words.split() for words in session.scalars(select(SpellingGroup.words)))]


def unindexed(session: Session, *, anew: bool = False) -> list[int]:
    """Return ids of entries that are not indexed, or by another version of the program. `anew` empties the index first."""
    if anew:
        session.execute(sa.text("DELETE FROM search_index"))
        for model in (SearchState, SearchWord):
            session.execute(sa.delete(model))
    old = select(Entry.id).outerjoin(SearchState, SearchState.entry_id == Entry.id)
    outdated = or_(SearchState.version.is_(None), SearchState.version != version())
    return list(session.scalars(old.where(outdated).order_by(Entry.id)))


def index_ids(session: Session, ids: Sequence[int]) -> None:
    """Index the entries of these ids."""
    index_entries(session, session.scalars(_loaded(Entry.id.in_(ids))))


def searchable_texts(session: Session, entry: Entry, groups: Sequence[spellings.Group] = ()) -> Texts:
    """Return the searchable texts of an entry by weight: titles, names, the rest. Other spellings follow each."""
    others = [translation for translation in entry.translations.values() if isinstance(translation, dict)]
    titles = [entry.title, entry.title_kana, *(str(translation.get("title", "")) for translation in others)]
    tags = sorted(entry.tags, key=lambda tag: tag.id)  # in database order, so that the same texts are no change
    names = [name for tag in tags for name in (tag.name, *_other_names(tag))]
    names += [entry.department.name, entry.department.name_en]
    texts = [entry.summary, entry.summary_easy, text_of(entry.body_html)]
    for translation in others:
        texts += [words for name, words in translation.items() if name != "title" and isinstance(words, str)]
        texts += translation.get("texts", {}).values()
    texts += [words for row in entry.answers for words in (row.public_question, row.public_answer)]
    texts += [getattr(entry, name) for name in names_where(searched=True) if name in KINDS[entry.kind]]
    if isinstance(entry, Event):
        names += _names(session, entry)
        texts += [entry.venue.facilities_note] if entry.venue else []
        texts += facilities.searched(accessibility.known_facilities(entry))
        texts += labels.FREE.values() if entry.fee == 0 else ()
    return _respelled(titles, groups), _respelled(names, groups), _respelled(texts, groups)


def text_of(html: str) -> str:
    """Return the plain text of HTML."""
    return unescape(re.sub("<[^>]*>", " ", html))


def _other_names(tag: Tag) -> list[str]:
    """Return what a hashtag is called in other languages."""
    return [str(said["name"]) for said in tag.translations.values() if said.get("name")]


def _names(session: Session, event: Event) -> Iterator[str]:
    elsewhere = [session.get(Venue, override["venue_id"]) for override in event.overrides if override.get("venue_id")]
    for venue in filter(None, [event.venue, *elsewhere]):
        yield from (venue.name, venue.name_en, venue.address)
    if event.category:
        yield from (event.category.name, event.category.name_en)
    yield from labels.STATUS_MARKS[event.status].values()


def _respelled(texts: Iterable[str], groups: Sequence[spellings.Group]) -> list[str]:
    written = list(filter(None, dict.fromkeys(texts)))
    return [*written, *dict.fromkeys(other for text in written for other in spellings.elsewise(text, groups))]


def _digest(texts: Texts) -> str:
    return hashlib.blake2b(repr((version(), texts)).encode("utf-8", "surrogatepass"), digest_size=16).hexdigest()


def _remove(session: Session, ids: list[int]) -> None:
    session.execute(sa.text("DELETE FROM search_index WHERE rowid = :id"), [{"id": id_} for id_ in ids])
    for model in (SearchState, SearchWord):
        session.execute(sa.delete(model).where(model.entry_id.in_(ids)))


def put(session: Session, texts_by_id: dict[int, Texts]) -> None:
    """Index entries that are not in the index, by their searchable texts."""
    make = _for_sqlite if session.connection().dialect.name == "sqlite" else _for_postgresql
    rows = [{"id": id_} | make(piece_positions(texts)) for id_, texts in texts_by_id.items()]
    session.execute(sa.text(PUT[session.connection().dialect.name]), rows)
    states = [{"entry_id": id_, "version": version(), "digest": _digest(texts)} for id_, texts in texts_by_id.items()]
    session.execute(_table(SearchState).insert(), states)
    words = [{"entry_id": id_, "word": word} for id_, texts in texts_by_id.items() for word in _words(texts)]
    if words:
        session.execute(_table(SearchWord).insert(), words)


def _table(model: Any) -> sa.Table:
    """Return a model's table: rows that nobody reads back at once need no objects."""
    return cast(sa.Table, model.__table__)


def _words(texts: Texts) -> list[str]:
    return sorted({word for part in texts[:2] for text in part for word in whole_words(fold(text))})[:MOST_WORDS]


def piece_positions(texts: Texts) -> list[list[str]]:
    """Return the pieces of an entry by weight, in order, then the sounds.

    NOTHING stands between fields and for pieces over MOST_ALIKE.
    """
    placed = [[token for text in part for token in (*tokens(fold(text)), NOTHING)] for part in texts]
    for part, pieces in zip(texts, placed, strict=True):
        pieces += dict.fromkeys(sound for text in part for sound in readings.sounds(text))
    left = MOST_PIECES
    for part in placed:
        del part[left:]
        left -= len(part)
    often = Counter(chain.from_iterable(placed))
    if often.most_common(1)[0][1] <= MOST_ALIKE:
        return placed
    seen: Counter[str] = Counter()
    return [[_unless_seen(token, seen) for token in part] for part in placed]


def _unless_seen(token: str, seen: Counter[str]) -> str:
    seen[token] += 1
    return token if seen[token] <= MOST_ALIKE else NOTHING


def _for_sqlite(placed: list[list[str]]) -> dict[str, str]:
    return {weight.lower(): " ".join(part) for weight, part in zip(WEIGHTS, placed, strict=True)}


def _for_postgresql(placed: list[list[str]]) -> dict[str, str]:
    pieces: dict[str, list[str]] = {}
    weighted = ((weight, token) for weight, part in zip(WEIGHTS, placed, strict=True) for token in part)
    for place, (weight, token) in enumerate(weighted, 1):
        if token != NOTHING:
            pieces.setdefault(token, []).append(f"{place}{weight}")
    return {"words": " ".join(f"'{token}':{','.join(where)}" for token, where in pieces.items())}


def _loaded(condition: ColumnElement[bool]) -> Any:
    query = select(Entry).where(condition).order_by(Entry.id)
    event = (selectinload(Event.venue), selectinload(Event.category))
    shared = (selectinload(Entry.tags), selectinload(Entry.department), selectinload(Entry.answers))
    return query.options(selectin_polymorphic(Entry, [Event, Announcement]), *shared, *event)


def entries_showing(reference: Reference) -> ColumnElement[bool]:
    """Return the condition for every entry that names `reference`, even for a single date."""
    match reference:
        case Tag():
            return Entry.id.in_(select(EntryTag.entry_id).where(EntryTag.tag_id == reference.id))
        case Department():
            return Entry.department_id == reference.id
        case Category():
            return Entry.id.in_(select(Event.id).where(Event.category_id == reference.id))
        case Venue():
            single = select(Occurrence.event_id).where(Occurrence.venue_id == reference.id)
            return Entry.id.in_(select(Event.id).where(or_(Event.venue_id == reference.id, Event.id.in_(single))))
