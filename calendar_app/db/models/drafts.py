"""Forms that are being typed and are not saved."""

from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from calendar_app.db.engine import Base


class FormDraft(Base):
    """A form as a person left it. `fields` holds the texts by field name, as sent; `entry` is the edited entry's public
    id.

    A finished draft (saved or discarded) has no fields; it tells the person's other devices that it is finished.
    """

    __tablename__ = "draft"
    user_id: Mapped[int] = mapped_column(sa.ForeignKey("user.id", ondelete="CASCADE"), primary_key=True)
    key: Mapped[str] = mapped_column(sa.String(40), primary_key=True)
    kind: Mapped[str] = mapped_column(sa.String(20))
    entry: Mapped[str] = mapped_column(sa.String(16), default="")
    fields: Mapped[dict[str, Any]]
    finished: Mapped[bool] = mapped_column(default=False)
    updated_at: Mapped[datetime] = mapped_column(index=True)
