"""Find entries by words: the same entries in the same order on SQLite (FTS5) and PostgreSQL (tsvector).

No typed text reaches a database as query language: a query consists of pieces, which are letters only.
"""

from collections.abc import Sequence
from datetime import date
from itertools import product
from typing import Any, NamedTuple

import sqlalchemy as sa
from sqlalchemy import ColumnElement, case, func, select
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.orm import Session
from sqlalchemy.sql.functions import FunctionElement

from calendar_app.db.models import Entry, Event, Occurrence, SearchWord
from calendar_app.listings.search import query
from calendar_app.listings.search.query import Word
from calendar_app.text.normalize import fold, is_kanji, whole_words

INDEX = sa.table("search_index", sa.column("rowid", sa.Integer))
TITLE, NAMED, ANYWHERE = "A", "AB", ""  # PostgreSQL's names of weights; without one it need not compare positions
COLUMNS = {TITLE: "{title} : ", NAMED: "{title names} : ", ANYWHERE: ""}
ABOUT = ("department", "category", "venue")
LATIN, KANA = "abcdefghijklmnopqrstuvwxyz", "".join(map(chr, range(ord("ぁ"), ord("ん") + 1))) + "ー"
LONGEST_MISTYPED, MOST_MISTYPED, NEAREST = 20, 2, 5


class _Matches(FunctionElement[Any]):
    """Whether a row of the index matches the first argument (an FTS5 query) or the second (a tsquery)."""

    inherit_cache = True


@compiles(_Matches, "sqlite")
def _in_fts5(element: Any, compiler: Any, **options: Any) -> str:
    return f"search_index MATCH {compiler.process(next(iter(element.clauses)), **options)}"


@compiles(_Matches, "postgresql")
def _in_tsvector(element: Any, compiler: Any, **options: Any) -> str:
    return f"search_index.words @@ CAST({compiler.process(list(element.clauses)[1], **options)} AS tsquery)"


def contains(typed: str, where: str = ANYWHERE) -> ColumnElement[bool]:
    """Return the condition for entries with all these words, and without those that have a minus."""
    words = query.read(typed)
    wanted = [word for word in words if not word.excluded]
    unwanted = [word for word in words if word.excluded]
    conditions = [_has(wanted, where, " AND ", " & ")] if wanted else []
    if unwanted:
        conditions.append(sa.not_(_has(unwanted, ANYWHERE, " OR ", " | ")))
    return sa.and_(sa.true(), *conditions) if words else sa.false()


def _has(words: Sequence[Word], where: str, fts5: str, postgresql: str) -> ColumnElement[bool]:
    fts5_query = COLUMNS[where] + "(" + fts5.join(map(_for_fts5, words)) + ")"
    likewise = postgresql.join(_for_tsquery(word, where) for word in words)
    matching = (
        select(INDEX.c.rowid)
        .select_from(INDEX)
        .where(_Matches(sa.bindparam(None, fts5_query), sa.bindparam(None, likewise)))
    )
    return Entry.id.in_(matching)


def _for_fts5(word: Word) -> str:
    phrases = [(" ".join(word.pieces), word.open), *word.sounds]
    return "(" + " OR ".join(f'"{phrase}"' + (" *" if goes_on else "") for phrase, goes_on in phrases) + ")"


def _for_tsquery(word: Word, where: str) -> str:
    ends = [""] * (len(word.pieces) - 1) + ["*" if word.open else ""]
    pieces = (f"'{piece}':{end}{where}" for piece, end in zip(word.pieces, ends, strict=True))
    sounds = (f"'{sound}':{'*' if goes_on else ''}{where}" for sound, goes_on in word.sounds)
    return f"({' | '.join([' <-> '.join(pieces), *sounds])})"


def tier(typed: str) -> ColumnElement[int]:
    """Return 0 where all words are in the title, 1 where they are in title and names, else 2."""
    return case((contains(typed, TITLE), 0), (contains(typed, NAMED), 1), else_=2)


class Hit(NamedTuple):
    """A search result. `day` is its next day, or its last when there is none; an announcement has none.

    `about` holds the ids of its department, category and venue by filter key.
    """

    id: int
    kind: str
    tier: int
    coming: bool
    day: date | None
    about: dict[str, int | None]


def hits(session: Session, typed: str, today: date, *conditions: ColumnElement[bool]) -> list[Hit]:
    """Return public entries that meet these conditions: coming events, then past ones, then announcements.

    Each group is in order of `tier`, then of nearness.
    """
    its = Occurrence.event_id == Entry.id
    following = select(func.min(Occurrence.first_day)).where(its, Occurrence.last_day >= today).correlate(Entry)
    last = select(func.max(Occurrence.first_day)).where(its).correlate(Entry)
    rank = tier(typed) if typed else sa.literal(2)
    columns = (Entry.id, Entry.kind, rank, following.scalar_subquery(), last.scalar_subquery(), Entry.published_at)
    about = (Entry.department_id, Event.category_id, Event.venue_id)
    events = Entry.__table__.outerjoin(Event.__table__)
    rows = session.execute(select(*columns, *about).select_from(events).where(Entry.state == "published", *conditions))
    published_hits = [
        (Hit(id_, kind, rank, following is not None, following or last, dict(zip(ABOUT, ids, strict=True))), published)
        for id_, kind, rank, following, last, published, *ids in rows
    ]
    return [hit for hit, _published in sorted(published_hits, key=_order)]


def _order(published_hit: tuple[Hit, Any]) -> tuple[Any, ...]:
    hit, published = published_hit
    if hit.kind == "announcement":
        return 2, hit.tier, -published.timestamp(), -hit.id
    day = hit.day.toordinal() if hit.day else 0
    return (0, hit.tier, day, hit.id) if hit.coming else (1, hit.tier, -day, -hit.id)


def meant(session: Session, typed: str, *conditions: ColumnElement[bool]) -> str:
    """Return the words with unknown ones corrected by one letter; "" when no known word is near."""
    words = query.read(typed)
    better = typed
    for word in [word for word in words if not word.excluded and not word.together][:MOST_MISTYPED]:
        known = select(Entry.id).where(contains(str(word)), *conditions).limit(1)
        if session.scalar(known) is None:
            better = query.put_right(better, str(word), _nearest(session, word.text, conditions))
    if better in ("", typed) or session.scalar(select(Entry.id).where(contains(better), *conditions).limit(1)) is None:
        return ""
    return better


def _nearest(session: Session, text: str, conditions: Sequence[ColumnElement[bool]]) -> str:
    """Return the indexed word that differs by one letter; of several the most frequent.

    Of a word in kanji the indexed one may go on: 武家屋式 is corrected by 武家屋敷通.
    """
    mistyped = whole_words(fold(text))
    if len(mistyped) != 1 or len(folded := mistyped.pop()) > LONGEST_MISTYPED:
        return ""
    if is_kanji(folded):
        like = (SearchWord.word.like(folded[:place] + "_" + folded[place + 1 :] + "%") for place in range(len(folded)))
        near = select(SearchWord.word).where(sa.or_(*like)).group_by(SearchWord.word)
    else:
        near = select(SearchWord.word).where(SearchWord.word.in_(variants(folded))).group_by(SearchWord.word)
    for longer in session.scalars(near.order_by(func.count().desc(), SearchWord.word).limit(NEAREST)):
        word = longer[: len(folded)] if is_kanji(folded) else longer
        if session.scalar(select(Entry.id).where(contains(word), *conditions).limit(1)):
            return word
    return ""


def variants(word: str) -> list[str]:
    """Return every word of at least four letters that differs by one added, missing, replaced or swapped letter."""
    letters = LATIN if word.isascii() else KANA
    cuts = [(word[:place], word[place:]) for place in range(len(word) + 1)]
    spellings = {before + after[1:] for before, after in cuts}
    spellings |= {before + after[1] + after[0] + after[2:] for before, after in cuts if len(after) > 1}
    spellings |= {
        before + letter + rest for (before, after), letter in product(cuts, letters) for rest in (after, after[1:])
    }
    return sorted(spelling for spelling in spellings - {word} if len(spelling) >= 4)
