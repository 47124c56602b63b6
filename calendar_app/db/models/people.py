"""Who works at the desk."""

from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column, relationship

from calendar_app.db.engine import Base
from calendar_app.db.models.columns import one_of
from calendar_app.db.models.places import Department

# A member works for a department, its head also looks after its people, an administrator after the city.
ROLES = ("member", "head", "admin")


class User(Base):
    """`seen_revision` and `seen_comment`: how far this person has read after the others."""

    __tablename__ = "user"
    id: Mapped[int] = mapped_column(primary_key=True)
    email: Mapped[str] = mapped_column(sa.String(255), unique=True)
    name: Mapped[str] = mapped_column(sa.String(100))
    password: Mapped[str | None] = mapped_column(sa.String(255))
    active: Mapped[bool] = mapped_column(default=True)
    # Changing it ends every session of this user.
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
    """How full a bucket is: tries at signing in, by address and by account."""

    __tablename__ = "throttle"
    key: Mapped[str] = mapped_column(sa.String(120), primary_key=True)
    level: Mapped[float]
    at: Mapped[datetime]
