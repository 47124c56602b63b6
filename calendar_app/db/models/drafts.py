"""What somebody is typing and has not saved."""

from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from calendar_app.db.engine import Base


class FormDraft(Base):
    """A form as one person left it: `fields` are its texts by name, as sent. `entry` is the public id of what is edited.

    One that is finished, saved or thrown away, holds nothing more: it tells this person's other devices so.
    """

    __tablename__ = "draft"
    user_id: Mapped[int] = mapped_column(sa.ForeignKey("user.id", ondelete="CASCADE"), primary_key=True)
    key: Mapped[str] = mapped_column(sa.String(40), primary_key=True)
    kind: Mapped[str] = mapped_column(sa.String(20))
    entry: Mapped[str] = mapped_column(sa.String(16), default="")
    fields: Mapped[dict[str, Any]]
    finished: Mapped[bool] = mapped_column(default=False)
    updated_at: Mapped[datetime] = mapped_column(index=True)
