"""The table of words that staff declare to mean the same to people who search: add, remove, and its history."""

import re
import unicodedata
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy import func, select
from sqlalchemy.orm import Session, joinedload

from calendar_app.db.models import Entry, Revision, SpellingGroup, User
from calendar_app.entries import revisions, search_index
from calendar_app.listings.search import find
from calendar_app.text import spellings
from calendar_app.text.normalize import fold

MOST_WORDS, LONGEST = 12, 200  # words of a group, letters of a group
SHOWN = 20  # changes


def words_of(typed: str) -> list[str]:
    """Return the words of a typed line, each once, in the letters that the index compares."""
    return list(dict.fromkeys(re.findall(r"\w+", unicodedata.normalize("NFKC", typed))))


def add(session: Session, typed: str, *, actor: User | None, at: datetime) -> SpellingGroup:
    """Add a group of words of one meaning; the entries that hold one of them are found by the others from now on.

    Raises ValueError for fewer than two words, more than MOST_WORDS, or a group that stands in the table already.
    """
    words = words_of(typed)
    if not 2 <= len(words) <= MOST_WORDS or len(" ".join(words)) > LONGEST:
        raise ValueError(f"a group has 2 to {MOST_WORDS} words")
    revisions.lock(session)
    if any(set(words) <= set(group) for group in search_index.spelling_groups(session)):
        raise ValueError("these words are one group already")
    group = SpellingGroup(words=" ".join(words))
    session.add(group)
    session.flush()
    shot = {"words": group.words}
    revisions.append(session, "spelling_added", group, actor=actor, at=at, public=True, shot=shot)
    search_index.reindex(session, _holding(words))
    return group


def remove(session: Session, group: SpellingGroup, *, actor: User | None, at: datetime) -> None:
    """Remove a group; its words no longer find each other."""
    revisions.lock(session)
    words, shot = group.words.split(), {"words": group.words}
    revisions.append(session, "spelling_removed", group, actor=actor, at=at, public=True, shot=shot)
    session.delete(group)
    session.flush()
    search_index.reindex(session, _holding(words))


def _holding(words: list[str]) -> sa.ColumnElement[bool]:
    return sa.or_(*map(find.contains, words))


def all_groups(session: Session) -> list[SpellingGroup]:
    """Return the groups that staff added, newest first."""
    return list(session.scalars(select(SpellingGroup).order_by(SpellingGroup.id.desc())))


def changes(session: Session) -> list[Revision]:
    """Return the last changes of the table, newest first, with who made them."""
    query = select(Revision).where(Revision.subject.startswith(f"{SpellingGroup.__tablename__}:"))
    newest = query.order_by(Revision.number.desc()).limit(SHOWN).options(joinedload(Revision.actor))
    return list(session.scalars(newest))


def meaning_the_same(session: Session, typed: str) -> list[str]:
    """Return the other words of every group, built in or added, that holds a typed word."""
    asked = {fold(word) for word in words_of(typed)}
    groups = [group for group in search_index.spelling_groups(session) if asked & {*map(fold, group)}]
    return list(dict.fromkeys(word for group in groups for word in group if fold(word) not in asked))


def found(session: Session, typed: str, most: int) -> tuple[int, list[Entry]]:
    """Return how many public entries a search finds now, and the newest few."""
    public = Entry.state == "published", find.contains(typed)
    number = session.scalar(select(func.count(Entry.id)).where(*public)) or 0
    return number, list(session.scalars(select(Entry).where(*public).order_by(Entry.id.desc()).limit(most)))


def built_in() -> tuple[tuple[str, ...], ...]:
    """Return the groups that the program brings."""
    return spellings.GROUPS
