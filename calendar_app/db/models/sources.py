"""Tables of followed addresses: calendars, feeds and lists of others."""

from datetime import date, datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column, relationship

from calendar_app.db.engine import Base
from calendar_app.db.models.places import Department


class Source(Base):
    """A followed address. Its entries name it in `Entry.source`; the department owns them.

    `every` is the interval between readings and `asked` the interval that the source asks for (0: none), both in
    minutes. `problem` is a code of `fetch_messages` or `importing.messages`, with the values of its message in
    `problem_given`. `choices` holds rows left out or taken without corrections, by key. `counts` is the summary of the
    last reading with changes, `act` the last act that changed entries. `missing` and `differing` are entry ids that a
    person has to review. `owner_id` looks after it (NULL: nobody). `moved_to` is the target of a permanent redirect,
    seen `moved_count` times since `moved_since`; `former_url` is the address before the last move.
    """

    __tablename__ = "source"
    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(sa.String(100), unique=True)
    url: Mapped[str] = mapped_column(sa.String(1000), unique=True)
    department_id: Mapped[int] = mapped_column(sa.ForeignKey("department.id"))
    enabled: Mapped[bool] = mapped_column(default=True)
    choices: Mapped[dict[str, Any]] = mapped_column(default=dict)
    created_at: Mapped[datetime]

    fetched_at: Mapped[datetime | None]
    next_at: Mapped[datetime] = mapped_column(index=True)
    every: Mapped[int] = mapped_column(default=60)
    asked: Mapped[int] = mapped_column(default=0)
    failures: Mapped[int] = mapped_column(default=0)
    problem: Mapped[str] = mapped_column(sa.String(40), default="")
    problem_given: Mapped[dict[str, Any]] = mapped_column(default=dict)

    etag: Mapped[str] = mapped_column(sa.String(200), default="")
    last_modified: Mapped[str] = mapped_column(sa.String(200), default="")
    # Of the bytes last read, and how far endless repeats were expanded: the same bytes are not read again.
    digest: Mapped[str] = mapped_column(sa.String(64), default="")
    horizon: Mapped[date | None]
    shape: Mapped[str] = mapped_column(sa.String(100), default="")
    counts: Mapped[dict[str, Any]] = mapped_column(default=dict)
    act: Mapped[str] = mapped_column(sa.String(20), default="")
    missing: Mapped[list[Any]] = mapped_column(default=list)
    differing: Mapped[list[Any]] = mapped_column(default=list)

    owner_id: Mapped[int | None] = mapped_column(sa.ForeignKey("user.id"))
    moved_to: Mapped[str] = mapped_column(sa.String(1000), default="")
    moved_count: Mapped[int] = mapped_column(default=0)
    moved_since: Mapped[datetime | None]
    former_url: Mapped[str] = mapped_column(sa.String(1000), default="")

    # Of a town that is followed by its API: the number of the last change taken, and its link of the chain.
    number: Mapped[int] = mapped_column(default=0)
    link: Mapped[str] = mapped_column(sa.String(64), default="")

    department: Mapped[Department] = relationship()


class TownCopy(Base):
    """An event that a further followed town knows too. It is shown once, as `entry`; `row` is what that town says of it.

    `source_uid` names it there. When the town whose entry is shown withdraws it, the copy takes its place.
    """

    __tablename__ = "town_copy"
    id: Mapped[int] = mapped_column(primary_key=True)
    source_id: Mapped[int] = mapped_column(sa.ForeignKey("source.id", ondelete="CASCADE"))
    source_uid: Mapped[str] = mapped_column(sa.String(300))
    entry_id: Mapped[int] = mapped_column(sa.ForeignKey("entry.id", ondelete="CASCADE"), index=True)
    row: Mapped[dict[str, Any]] = mapped_column(default=dict)

    source: Mapped[Source] = relationship()
    __table_args__ = (sa.UniqueConstraint("source_id", "source_uid"),)
