"""Tables of the site, its revisions, and former names in addresses."""

from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column, relationship

from calendar_app.db.engine import Base, WallTime
from calendar_app.db.models.entries import Entry
from calendar_app.db.models.people import User


class Site(Base):
    """The one row about this installation: its permanent id, and its newest revisions.

    `due_at`: before this instant nothing public changes by time alone (`entries.due`). `follow_mail`, `follow_push` and
    `follow_fediverse`: whether citizens may follow that way; `push_key` is the private key of push (VAPID), `fediverse_key` that
    of the fediverse accounts, both sealed. `fediverse_url` is the base address that the ids of these accounts keep for ever.
    """

    __tablename__ = "site"
    id: Mapped[int] = mapped_column(primary_key=True)
    site_id: Mapped[str] = mapped_column(sa.String(255))
    revision: Mapped[int] = mapped_column(default=0)
    public_revision: Mapped[int] = mapped_column(default=0)
    changed_at: Mapped[datetime]
    due_at: Mapped[datetime | None]
    revision_hash: Mapped[str] = mapped_column(sa.String(64), default="", server_default="")  # of the newest revision
    public_hash: Mapped[str] = mapped_column(sa.String(64), default="", server_default="")  # of the newest listed one
    follow_mail: Mapped[bool] = mapped_column(default=False, server_default=sa.false())
    follow_push: Mapped[bool] = mapped_column(default=False, server_default=sa.false())
    push_key: Mapped[str] = mapped_column(sa.Text, default="", server_default="")
    follow_fediverse: Mapped[bool] = mapped_column(default=False, server_default=sa.false())
    fediverse_key: Mapped[str] = mapped_column(sa.Text, default="", server_default="")
    fediverse_url: Mapped[str] = mapped_column(sa.String(300), default="", server_default="")


class Revision(Base):
    """A change of anything that can be seen. `public`: readers see it; `notable`: it is an item of the feeds, with its
    `guid`.

    `original` names the date of a series that changed. Rows with the same `batch` are one act and are undone together.
    """

    __tablename__ = "revision"
    number: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    at: Mapped[datetime]
    actor_id: Mapped[int | None] = mapped_column(sa.ForeignKey("user.id"))
    kind: Mapped[str] = mapped_column(sa.String(20))
    subject: Mapped[str] = mapped_column(sa.String(40), index=True)
    entry_id: Mapped[int | None] = mapped_column(sa.ForeignKey("entry.id", ondelete="SET NULL"), index=True)
    public: Mapped[bool]
    notable: Mapped[bool] = mapped_column(default=False)
    guid: Mapped[str | None] = mapped_column(sa.String(300), unique=True)
    note: Mapped[str] = mapped_column(sa.String(500), default="")
    original: Mapped[datetime | None] = mapped_column(WallTime)
    batch: Mapped[str | None] = mapped_column(sa.String(20), index=True)
    snapshot: Mapped[dict[str, Any]]
    hash: Mapped[str | None] = mapped_column(sa.String(64))  # over the row before it (`db.revision_chain`)
    public_hash: Mapped[str | None] = mapped_column(sa.String(64))  # of a row that readers may list (`db.public_chain`)
    touches: Mapped[list[Any] | None]  # what it can have changed (`entries.last_changes`); None: everything

    actor: Mapped[User | None] = relationship()
    entry: Mapped[Entry | None] = relationship(back_populates="revisions")

    @property
    def by_clock(self) -> bool:
        """Whether nobody made this change: it became due."""
        return "by_clock" in self.snapshot

    @property
    def token(self) -> str:
        """The name of the token by which a program made this change; "" when it was made otherwise."""
        return str(self.snapshot.get("token", ""))

    __table_args__ = (sa.Index("ix_revision_notable", "notable", "number"),)


class LastChange(Base):
    """When anything public of a tag, department, category or kind changed last (`entries.last_changes`); "*" is everything."""

    __tablename__ = "last_change"
    key: Mapped[str] = mapped_column(sa.String(80), primary_key=True)
    at: Mapped[datetime]


class ShortAddress(Base):
    """A permanent short code of a filter: `/f/<code>.ics` is `/calendar.ics?<query>`."""

    __tablename__ = "short_address"
    code: Mapped[str] = mapped_column(sa.String(12), primary_key=True)
    query: Mapped[str] = mapped_column(sa.String(500), unique=True)
    made_at: Mapped[datetime]


class FormerName(Base):
    """A former name of a tag, or slug of a department, that addresses may still use."""

    __tablename__ = "former_name"
    key: Mapped[str] = mapped_column(sa.String(20), primary_key=True)
    old: Mapped[str] = mapped_column(sa.String(60), primary_key=True)
    new: Mapped[str] = mapped_column(sa.String(60))
