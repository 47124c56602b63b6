"""Tables of the people at the desk."""

from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column, relationship

from calendar_app.db.engine import Base
from calendar_app.db.models.columns import one_of
from calendar_app.db.models.places import Department

# A member works for a department, a head also manages its people, an administrator manages the city.
ROLES = ("member", "head", "admin")


class User(Base):
    """A person at the desk.

    `seen_revision` and `seen_comment` are the last changes of others that the person has read.
    """

    __tablename__ = "user"
    id: Mapped[int] = mapped_column(primary_key=True)
    email: Mapped[str] = mapped_column(sa.String(255), unique=True)
    name: Mapped[str] = mapped_column(sa.String(100))
    password: Mapped[str | None] = mapped_column(sa.String(255))
    active: Mapped[bool] = mapped_column(default=True)
    # A new value ends all sessions of the user.
    fs_uniquifier: Mapped[str] = mapped_column(sa.String(64), unique=True)
    role: Mapped[str] = mapped_column(sa.String(20), default="member")
    department_id: Mapped[int | None] = mapped_column(sa.ForeignKey("department.id"))
    created_at: Mapped[datetime]
    seen_revision: Mapped[int] = mapped_column(default=0)
    seen_comment: Mapped[int] = mapped_column(default=0)
    weekly_mail: Mapped[bool] = mapped_column(default=True)

    department: Mapped[Department | None] = relationship()

    __table_args__ = (one_of("role", ROLES),)


class Throttle(Base):
    """A leaky bucket that limits sign-ins and messages, by address or account."""

    __tablename__ = "throttle"
    key: Mapped[str] = mapped_column(sa.String(120), primary_key=True)
    level: Mapped[float]
    at: Mapped[datetime]
