"""What has been indexed for search. The index itself, `search_index`, is each database's own (see `calendar_app.entries.search_index`)."""

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from calendar_app.db.engine import Base


class SearchState(Base):
    """That an entry is in the index: by which version of the pieces, and a digest of the texts."""

    __tablename__ = "search_state"
    entry_id: Mapped[int] = mapped_column(sa.ForeignKey("entry.id", ondelete="CASCADE"), primary_key=True)
    version: Mapped[int]
    digest: Mapped[str] = mapped_column(sa.String(32))


class SearchWord(Base):
    """Words of titles and names as they are compared, to know what was meant by a mistyped one."""

    __tablename__ = "search_word"
    entry_id: Mapped[int] = mapped_column(sa.ForeignKey("entry.id", ondelete="CASCADE"), primary_key=True)
    word: Mapped[str] = mapped_column(sa.String(40), primary_key=True, index=True)
