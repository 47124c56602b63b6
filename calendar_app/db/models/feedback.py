"""Tables of what citizens write, and of how it was handled."""

from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column, relationship

from calendar_app.db.engine import Base
from calendar_app.db.models.columns import one_of
from calendar_app.db.models.entries import Entry
from calendar_app.db.models.people import User
from calendar_app.db.models.places import Department

FEEDBACK_KINDS = ("question", "mistake", "thanks")
# Closed: read, and no answer is needed.
FEEDBACK_STATES = ("waiting", "answered", "closed", "spam")


class Feedback(Base):
    """A citizen's message about an entry, a department or (neither) the site. It is never public as written.

    `token` is the address of the asker's private page, `form` the form's id, `address` a keyed hash of the sender's IP
    address. `public_question` and `public_answer` are on the entry's page while `published_at` is set. `version` is the
    optimistic lock.
    """

    __tablename__ = "feedback"
    id: Mapped[int] = mapped_column(primary_key=True)
    token: Mapped[str] = mapped_column(sa.String(32), unique=True)
    form: Mapped[str] = mapped_column(sa.String(24), default="")
    address: Mapped[str] = mapped_column(sa.String(32), default="")
    kind: Mapped[str] = mapped_column(sa.String(20))
    state: Mapped[str] = mapped_column(sa.String(20), default="waiting")
    entry_id: Mapped[int | None] = mapped_column(sa.ForeignKey("entry.id", ondelete="SET NULL"), index=True)
    department_id: Mapped[int | None] = mapped_column(sa.ForeignKey("department.id"))
    lang: Mapped[str] = mapped_column(sa.String(10), default="ja")
    text: Mapped[str] = mapped_column(sa.Text)
    name: Mapped[str] = mapped_column(sa.String(60), default="")
    email: Mapped[str] = mapped_column(sa.String(255), default="")
    asked_at: Mapped[datetime]
    due_at: Mapped[datetime]
    taken_by_id: Mapped[int | None] = mapped_column(sa.ForeignKey("user.id"))
    answer: Mapped[str] = mapped_column(sa.Text, default="")
    done_at: Mapped[datetime | None] = mapped_column(index=True)
    done_by_id: Mapped[int | None] = mapped_column(sa.ForeignKey("user.id"))
    public_question: Mapped[str] = mapped_column(sa.Text, default="")
    public_answer: Mapped[str] = mapped_column(sa.Text, default="")
    published_at: Mapped[datetime | None]
    forgotten_at: Mapped[datetime | None]
    version: Mapped[int] = mapped_column(default=1)

    entry: Mapped[Entry | None] = relationship()
    department: Mapped[Department | None] = relationship()
    taken_by: Mapped[User | None] = relationship(foreign_keys=taken_by_id)
    done_by: Mapped[User | None] = relationship(foreign_keys=done_by_id)
    notes: Mapped[list["FeedbackNote"]] = relationship(
        back_populates="feedback", order_by="FeedbackNote.id", cascade="all, delete-orphan", passive_deletes=True
    )

    __mapper_args__ = {"version_id_col": version}  # noqa: RUF012
    __table_args__ = (
        one_of("kind", FEEDBACK_KINDS),
        one_of("state", FEEDBACK_STATES),
        sa.Index("ix_feedback_state", "state", "department_id", "asked_at"),
        sa.Index("ix_feedback_address", "address", "asked_at"),
    )


class FeedbackNote(Base):
    """A colleague's act or comment on a message, never public. `act` is "comment" or the verb."""

    __tablename__ = "feedback_note"
    id: Mapped[int] = mapped_column(primary_key=True)
    feedback_id: Mapped[int] = mapped_column(sa.ForeignKey("feedback.id", ondelete="CASCADE"), index=True)
    author_id: Mapped[int | None] = mapped_column(sa.ForeignKey("user.id"))
    at: Mapped[datetime]
    act: Mapped[str] = mapped_column(sa.String(20))
    text: Mapped[str] = mapped_column(sa.Text, default="")

    feedback: Mapped[Feedback] = relationship(back_populates="notes")
    author: Mapped[User | None] = relationship()
