"""Tables of the people at the desk, and of how they sign in."""

import secrets
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
    # Names the user to passkeys (WebAuthn user handle, 32 random bytes in hex), because a mail address may change.
    handle: Mapped[str] = mapped_column(sa.String(64), default=lambda: secrets.token_hex(32))
    # Of the authenticator app, sealed (`config.sealing`), and the step of the last code used (RFC 6238): each code works once.
    totp_secret: Mapped[str | None] = mapped_column(sa.String(255))
    totp_step: Mapped[int] = mapped_column(default=0, server_default="0")
    role: Mapped[str] = mapped_column(sa.String(20), default="member")
    department_id: Mapped[int | None] = mapped_column(sa.ForeignKey("department.id"))
    created_at: Mapped[datetime]
    seen_revision: Mapped[int] = mapped_column(default=0)
    seen_comment: Mapped[int] = mapped_column(default=0)
    weekly_mail: Mapped[bool] = mapped_column(default=True)

    department: Mapped[Department | None] = relationship()

    # SQLite renames columns, not constraints: the second one keeps its first name.
    __table_args__ = (one_of("role", ROLES), sa.UniqueConstraint("handle", name="uq_user_fs_uniquifier"))


class Throttle(Base):
    """A leaky bucket that limits sign-ins and messages, by address or account."""

    __tablename__ = "throttle"
    key: Mapped[str] = mapped_column(sa.String(120), primary_key=True)
    level: Mapped[float]
    at: Mapped[datetime]


class DeskSession(Base):
    """A browser in which a person is signed in. Only the SHA-256 of its key is stored.

    `proved_at` is when the person last showed who they are, by signing in or again for managing accounts. `subject` and
    `provider_session` name the person and the session of the sign-in service that began this one; None without any.
    """

    __tablename__ = "desk_session"
    id: Mapped[int] = mapped_column(primary_key=True)
    user_id: Mapped[int] = mapped_column(sa.ForeignKey("user.id", ondelete="CASCADE"), index=True)
    key_hash: Mapped[str] = mapped_column(sa.String(64), unique=True)
    device: Mapped[str] = mapped_column(sa.String(100), default="")
    created_at: Mapped[datetime]
    seen_at: Mapped[datetime]
    proved_at: Mapped[datetime]
    subject: Mapped[str | None] = mapped_column(sa.String(255))
    provider_session: Mapped[str | None] = mapped_column(sa.String(255))

    user: Mapped[User] = relationship()


class SignInRecord(Base):
    """One line of the journal of sign-ins: who, what, when, from which network, in which browser.

    `request` is the method and path of a request that was refused for lack of rights, "" otherwise.
    """

    __tablename__ = "sign_in_record"
    id: Mapped[int] = mapped_column(primary_key=True)
    at: Mapped[datetime] = mapped_column(index=True)
    kind: Mapped[str] = mapped_column(sa.String(30))
    user_id: Mapped[int | None] = mapped_column(sa.ForeignKey("user.id", ondelete="CASCADE"), index=True)
    actor_id: Mapped[int | None] = mapped_column(sa.ForeignKey("user.id", ondelete="SET NULL"))
    network: Mapped[str] = mapped_column(sa.String(60), default="")
    device: Mapped[str] = mapped_column(sa.String(100), default="")
    request: Mapped[str] = mapped_column(sa.String(200), default="", server_default="")

    user: Mapped[User | None] = relationship(foreign_keys=user_id)
    actor: Mapped[User | None] = relationship(foreign_keys=actor_id)
