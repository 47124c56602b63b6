"""Tables of the API: tokens of programs that write, and the answers kept for a repeated request."""

from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column, relationship

from calendar_app.db.engine import Base
from calendar_app.db.models.people import User
from calendar_app.db.models.places import Department

# write: drafts. publish: whatever readers see. status: only the status line of a season.
SCOPES = ("write", "publish", "status")


class ApiToken(Base):
    """A program may write as this person, who answers for it. Only the SHA-256 of the token is stored.

    `department_id` narrows it to one department; None: to none, for an administrator. `scope` lists SCOPES with spaces
    between them (RFC 6749, section 3.3).
    """

    __tablename__ = "api_token"
    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(sa.String(60))
    token_hash: Mapped[str] = mapped_column(sa.String(64), unique=True)
    user_id: Mapped[int] = mapped_column(sa.ForeignKey("user.id", ondelete="CASCADE"), index=True)
    department_id: Mapped[int | None] = mapped_column(sa.ForeignKey("department.id"))
    scope: Mapped[str] = mapped_column(sa.String(60))
    created_at: Mapped[datetime]
    expires_at: Mapped[datetime]
    used_at: Mapped[datetime | None]

    user: Mapped[User] = relationship()
    department: Mapped[Department | None] = relationship()

    @property
    def scopes(self) -> list[str]:
        """What the token may do, of SCOPES."""
        return self.scope.split()


class ApiAnswer(Base):
    """The answer to a request with an Idempotency-Key: the same request again gets it, and nothing is done twice.

    `key` is a hash over token and key, `request` one over what was asked. It is forgotten after `until`.
    """

    __tablename__ = "api_answer"
    key: Mapped[str] = mapped_column(sa.String(64), primary_key=True)
    token_id: Mapped[int] = mapped_column(sa.ForeignKey("api_token.id", ondelete="CASCADE"), index=True)
    request: Mapped[str] = mapped_column(sa.String(64))
    status: Mapped[int]
    headers: Mapped[dict[str, Any]]
    body: Mapped[str] = mapped_column(sa.Text)
    until: Mapped[datetime] = mapped_column(index=True)
