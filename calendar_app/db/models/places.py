"""Tables of departments, categories, venues and tags."""

from datetime import date
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column, relationship

from calendar_app.db.engine import Base
from calendar_app.db.models.columns import Translated


class Department(Translated, Base):
    """A department of the city; it owns entries."""

    __tablename__ = "department"
    id: Mapped[int] = mapped_column(primary_key=True)
    slug: Mapped[str] = mapped_column(sa.String(40), unique=True)
    name: Mapped[str] = mapped_column(sa.String(100), unique=True)
    name_en: Mapped[str] = mapped_column(sa.String(100), default="")
    contact: Mapped[str] = mapped_column(sa.String(200), default="")
    hours: Mapped[str] = mapped_column(sa.String(200), default="")
    # The press officer, and the first day; former ones are in the revisions.
    officer: Mapped[str] = mapped_column(sa.String(100), default="")
    officer_since: Mapped[date | None]
    # Working days within which to answer questions.
    reply_days: Mapped[int] = mapped_column(default=2)

    @property
    def department_id(self) -> int:
        """The owner, as of everything that a department owns (`permissions.may`)."""
        return self.id


class Category(Translated, Base):
    """A kind of event, of the open-data standard."""

    __tablename__ = "category"
    id: Mapped[int] = mapped_column(primary_key=True)
    slug: Mapped[str] = mapped_column(sa.String(40), unique=True)
    name: Mapped[str] = mapped_column(sa.String(100), unique=True)
    name_en: Mapped[str] = mapped_column(sa.String(100), default="")


class Venue(Translated, Base):
    """A place; lat and lon are WGS 84 degrees. It belongs to a department, or to the city (None)."""

    __tablename__ = "venue"
    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(sa.String(100), unique=True)
    name_en: Mapped[str] = mapped_column(sa.String(100), default="")
    address: Mapped[str] = mapped_column(sa.String(200), default="")
    lat: Mapped[float | None]
    lon: Mapped[float | None]
    access: Mapped[str] = mapped_column(sa.Text, default="")
    outdoor: Mapped[bool] = mapped_column(default=False)
    # Known facilities by code (`text.facilities`), and a note.
    facilities: Mapped[dict[str, Any]] = mapped_column(default=dict)
    facilities_note: Mapped[str] = mapped_column(sa.String(300), default="")
    department_id: Mapped[int | None] = mapped_column(sa.ForeignKey("department.id"))

    department: Mapped[Department | None] = relationship()


class Tag(Translated, Base):
    """A hashtag, without its #."""

    __tablename__ = "tag"
    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(sa.String(60), unique=True)
