"""Tables of the presses with which readers react to an entry."""

from datetime import date

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from calendar_app.db.engine import Base
from calendar_app.db.models.columns import one_of

# I want to go, I went, thank you, it was useful.
REACTION_KINDS = ("want", "went", "thanks", "useful")


class Reaction(Base):
    """How many people reacted to an entry in one way. Pages show `shown`, the last step that the number reached."""

    __tablename__ = "reaction"
    id: Mapped[int] = mapped_column(primary_key=True)
    entry_id: Mapped[int] = mapped_column(sa.ForeignKey("entry.id", ondelete="CASCADE"))
    kind: Mapped[str] = mapped_column(sa.String(10))
    number: Mapped[int] = mapped_column(default=0)
    shown: Mapped[int] = mapped_column(default=0)

    __table_args__ = (one_of("kind", REACTION_KINDS), sa.UniqueConstraint("entry_id", "kind"))


class ReactionDay(Base):
    """How many of an entry's reactions came on one day (local to the city)."""

    __tablename__ = "reaction_day"
    entry_id: Mapped[int] = mapped_column(sa.ForeignKey("entry.id", ondelete="CASCADE"), primary_key=True)
    kind: Mapped[str] = mapped_column(sa.String(10), primary_key=True)
    day: Mapped[date] = mapped_column(primary_key=True, index=True)
    number: Mapped[int] = mapped_column(default=0)


class ReactionMark(Base):
    """A reaction of today, so that a second press of the same person does not count.

    `mark` is a keyed hash of the day, the entry, the network and the browser. It is deleted when the day is over.
    """

    __tablename__ = "reaction_mark"
    entry_id: Mapped[int] = mapped_column(sa.ForeignKey("entry.id", ondelete="CASCADE"), primary_key=True)
    kind: Mapped[str] = mapped_column(sa.String(10), primary_key=True)
    mark: Mapped[str] = mapped_column(sa.String(32), primary_key=True)
    day: Mapped[date] = mapped_column(index=True)
