"""Tables of the desk: invitations, comments, outgoing mail."""

from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column, relationship

from calendar_app.db.engine import Base
from calendar_app.db.models.columns import one_of
from calendar_app.db.models.entries import Entry
from calendar_app.db.models.people import ROLES, User
from calendar_app.db.models.places import Department


class Invitation(Base):
    """A link that lets one person in once. Only the SHA-256 of its token is stored."""

    __tablename__ = "invitation"
    id: Mapped[int] = mapped_column(primary_key=True)
    token_hash: Mapped[str] = mapped_column(sa.String(64), unique=True)
    email: Mapped[str] = mapped_column(sa.String(255))
    name: Mapped[str] = mapped_column(sa.String(100))
    role: Mapped[str] = mapped_column(sa.String(20), default="member")
    department_id: Mapped[int | None] = mapped_column(sa.ForeignKey("department.id"))
    invited_by_id: Mapped[int | None] = mapped_column(sa.ForeignKey("user.id"))
    created_at: Mapped[datetime]
    expires_at: Mapped[datetime]
    used_at: Mapped[datetime | None]
    revoked_at: Mapped[datetime | None]

    department: Mapped[Department | None] = relationship()
    invited_by: Mapped[User | None] = relationship()

    __table_args__ = (one_of("role", ROLES),)


class Comment(Base):
    """A colleague's comment on an entry, never public. `revision` is the state of the entry that it refers to.

    `proposal` holds the changed values {"from": …, "to": …} of an edit that its author may not make, or None.
    """

    __tablename__ = "comment"
    id: Mapped[int] = mapped_column(primary_key=True)
    entry_id: Mapped[int] = mapped_column(sa.ForeignKey("entry.id", ondelete="CASCADE"), index=True)
    author_id: Mapped[int] = mapped_column(sa.ForeignKey("user.id"))
    at: Mapped[datetime]
    text: Mapped[str] = mapped_column(sa.Text, default="")
    thanks: Mapped[bool] = mapped_column(default=False)
    revision: Mapped[int] = mapped_column(default=0)
    proposal: Mapped[dict[str, Any] | None] = mapped_column(sa.JSON(none_as_null=True))
    resolved_at: Mapped[datetime | None]
    resolved_by_id: Mapped[int | None] = mapped_column(sa.ForeignKey("user.id"))

    entry: Mapped[Entry] = relationship()
    author: Mapped[User] = relationship(foreign_keys=author_id)
    resolved_by: Mapped[User | None] = relationship(foreign_keys=resolved_by_id)


class Mail(Base):
    """A letter to send, or sent. `key` is unique for its occasion, which prevents duplicates.

    `due_at` is also the lease of a worker that is sending it; after that moment another worker may claim it.
    """

    __tablename__ = "mail"
    id: Mapped[int] = mapped_column(primary_key=True)
    key: Mapped[str] = mapped_column(sa.String(80), unique=True)
    recipient: Mapped[str] = mapped_column(sa.String(255))
    subject: Mapped[str] = mapped_column(sa.String(300))
    body: Mapped[str] = mapped_column(sa.Text)
    unsubscribe: Mapped[str] = mapped_column(sa.String(300), default="")
    due_at: Mapped[datetime] = mapped_column(index=True)
    tries: Mapped[int] = mapped_column(default=0)
    sent_at: Mapped[datetime | None]
    problem: Mapped[str] = mapped_column(sa.String(500), default="")


class DeskSignal(Base):
    """A number that rises with everything that the desk of a department should see at once (`db.desk_signals`); 0: of none."""

    __tablename__ = "desk_signal"
    department_id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    number: Mapped[int] = mapped_column(default=0)
