"""Whom an entry is from, what kind it is, where it is."""

from datetime import date
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from calendar_app.db.engine import Base


class Department(Base):
    __tablename__ = "department"
    id: Mapped[int] = mapped_column(primary_key=True)
    slug: Mapped[str] = mapped_column(sa.String(40), unique=True)
    name: Mapped[str] = mapped_column(sa.String(100), unique=True)
    name_en: Mapped[str] = mapped_column(sa.String(100), default="")
    contact: Mapped[str] = mapped_column(sa.String(200), default="")
    hours: Mapped[str] = mapped_column(sa.String(200), default="")
    # Its press officer, and since when; who it was before stands in its revisions.
    officer: Mapped[str] = mapped_column(sa.String(100), default="")
    officer_since: Mapped[date | None]
    # Within so many working days what citizens ask is to be answered.
    reply_days: Mapped[int] = mapped_column(default=2)

    @property
    def department_id(self) -> int:
        """Whose it is, as of everything that a department answers for (`access.may`)."""
        return self.id


class Category(Base):
    __tablename__ = "category"
    id: Mapped[int] = mapped_column(primary_key=True)
    slug: Mapped[str] = mapped_column(sa.String(40), unique=True)
    name: Mapped[str] = mapped_column(sa.String(100), unique=True)
    name_en: Mapped[str] = mapped_column(sa.String(100), default="")


class Venue(Base):
    __tablename__ = "venue"
    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(sa.String(100), unique=True)
    name_en: Mapped[str] = mapped_column(sa.String(100), default="")
    address: Mapped[str] = mapped_column(sa.String(200), default="")
    lat: Mapped[float | None]
    lon: Mapped[float | None]
    access: Mapped[str] = mapped_column(sa.Text, default="")
    outdoor: Mapped[bool] = mapped_column(default=False)
    # What is known of what it has (`facilities`), and a line about that.
    facilities: Mapped[dict[str, Any]] = mapped_column(default=dict)
    facilities_note: Mapped[str] = mapped_column(sa.String(300), default="")


class Tag(Base):
    """A hashtag, without its #."""

    __tablename__ = "tag"
    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(sa.String(60), unique=True)
