"""Tables of templates for entries that recur."""

from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column, relationship

from calendar_app.db.engine import Base
from calendar_app.db.models.entries import Photo
from calendar_app.db.models.people import User
from calendar_app.db.models.places import Department


class Template(Base):
    """A form filled in except for its dates. Without a department it belongs to the whole city.

    `values` are those of `revisions.values`, with the dates of the original entry. `pattern` is an endless RRULE (RFC
    5545) that gives the next day, "" if it cannot be known. Photos are rows of its own. A removed template stays, for
    Undo.
    """

    __tablename__ = "template"
    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(sa.String(100))
    kind: Mapped[str] = mapped_column(sa.String(20))
    department_id: Mapped[int | None] = mapped_column(sa.ForeignKey("department.id"), index=True)
    owner_id: Mapped[int | None] = mapped_column(sa.ForeignKey("user.id"))
    values: Mapped[dict[str, Any]]
    pattern: Mapped[str] = mapped_column(sa.String(200), default="")
    removed: Mapped[bool] = mapped_column(default=False)
    created_at: Mapped[datetime]
    changed_at: Mapped[datetime]

    department: Mapped[Department | None] = relationship()
    owner: Mapped[User | None] = relationship()
    photos: Mapped[list[Photo]] = relationship(order_by="Photo.id")
