"""Tables of the question that a department puts to readers on an entry, and of their answers."""

from datetime import date, datetime

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column, relationship

from calendar_app.db.engine import Base
from calendar_app.db.models.entries import Entry


class Poll(Base):
    """A question to readers with a few answers to choose from. It is on the entry's page until `ended_at`.

    `sums_public`: whoever reads the page may see how many chose which answer.
    """

    __tablename__ = "poll"
    id: Mapped[int] = mapped_column(primary_key=True)
    entry_id: Mapped[int] = mapped_column(sa.ForeignKey("entry.id", ondelete="CASCADE"), index=True)
    question: Mapped[str] = mapped_column(sa.String(200))
    sums_public: Mapped[bool] = mapped_column(default=False)
    asked_at: Mapped[datetime]
    ended_at: Mapped[datetime | None]

    entry: Mapped[Entry] = relationship()
    choices: Mapped[list["PollChoice"]] = relationship(order_by="PollChoice.id", passive_deletes=True)


class PollChoice(Base):
    """One answer to choose, and how many people chose it."""

    __tablename__ = "poll_choice"
    id: Mapped[int] = mapped_column(primary_key=True)
    poll_id: Mapped[int] = mapped_column(sa.ForeignKey("poll.id", ondelete="CASCADE"), index=True)
    text: Mapped[str] = mapped_column(sa.String(60))
    number: Mapped[int] = mapped_column(default=0)


class PollMark(Base):
    """What a person chose today, so that another press of theirs changes the choice. Deleted when the day is over (`ReactionMark`)."""

    __tablename__ = "poll_mark"
    poll_id: Mapped[int] = mapped_column(sa.ForeignKey("poll.id", ondelete="CASCADE"), primary_key=True)
    mark: Mapped[str] = mapped_column(sa.String(32), primary_key=True)
    choice_id: Mapped[int] = mapped_column(sa.ForeignKey("poll_choice.id", ondelete="CASCADE"))
    day: Mapped[date] = mapped_column(index=True)
