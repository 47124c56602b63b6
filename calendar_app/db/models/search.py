"""Tables about the search index.

`search_index` itself differs by database (see `calendar_app.entries.search_index`).
"""

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from calendar_app.db.engine import Base


class SearchState(Base):
    """That an entry is indexed: the version of the tokenising, and a digest of the texts."""

    __tablename__ = "search_state"
    entry_id: Mapped[int] = mapped_column(sa.ForeignKey("entry.id", ondelete="CASCADE"), primary_key=True)
    version: Mapped[int]
    digest: Mapped[str] = mapped_column(sa.String(32))


class SearchWord(Base):
    """Normalised words of titles and names, for suggesting corrections of mistyped ones."""

    __tablename__ = "search_word"
    entry_id: Mapped[int] = mapped_column(sa.ForeignKey("entry.id", ondelete="CASCADE"), primary_key=True)
    word: Mapped[str] = mapped_column(sa.String(40), primary_key=True, index=True)


class SpellingGroup(Base):
    """Words, with spaces between, that staff declared to mean the same to people who search."""

    __tablename__ = "spelling_group"
    id: Mapped[int] = mapped_column(primary_key=True)
    words: Mapped[str] = mapped_column(sa.String(200))
