"""Tables of further ways in: recovery codes, links that set a new password, passkeys, identities elsewhere."""

from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column, relationship

from calendar_app.db.engine import Base
from calendar_app.db.models.people import User


class RecoveryCode(Base):
    """Stands in once for a lost second factor. Only the SHA-256 is stored; a used code is deleted."""

    __tablename__ = "recovery_code"
    id: Mapped[int] = mapped_column(primary_key=True)
    user_id: Mapped[int] = mapped_column(sa.ForeignKey("user.id", ondelete="CASCADE"), index=True)
    code_hash: Mapped[str] = mapped_column(sa.String(64))


class ResetLink(Base):
    """A link by which a person sets a new password once. Only the SHA-256 of its token is stored.

    `made_by` is the administrator or head who made it; None if the person asked for it by mail.
    """

    __tablename__ = "reset_link"
    id: Mapped[int] = mapped_column(primary_key=True)
    token_hash: Mapped[str] = mapped_column(sa.String(64), unique=True)
    user_id: Mapped[int] = mapped_column(sa.ForeignKey("user.id", ondelete="CASCADE"), index=True)
    made_by_id: Mapped[int | None] = mapped_column(sa.ForeignKey("user.id", ondelete="CASCADE"))
    expires_at: Mapped[datetime]
    used_at: Mapped[datetime | None]

    user: Mapped[User] = relationship(foreign_keys=user_id)


class Passkey(Base):
    """A public key whose private half a person's device keeps (WebAuthn, section 4, credential record).

    `credential_id` and `public_key` (COSE) are base64url. `sign_count` is the last that the device told; 0 if it counts not.
    """

    __tablename__ = "passkey"
    id: Mapped[int] = mapped_column(primary_key=True)
    user_id: Mapped[int] = mapped_column(sa.ForeignKey("user.id", ondelete="CASCADE"), index=True)
    credential_id: Mapped[str] = mapped_column(sa.String(1400), unique=True)
    public_key: Mapped[str] = mapped_column(sa.Text)
    sign_count: Mapped[int] = mapped_column(sa.BigInteger)
    name: Mapped[str] = mapped_column(sa.String(60))
    created_at: Mapped[datetime]
    used_at: Mapped[datetime | None]

    user: Mapped[User] = relationship()


class Identity(Base):
    """Whom a sign-in service knows a person as: its `issuer`, and the `subject` that it never gives to another (OIDC Core, 5.7)."""

    __tablename__ = "identity"
    id: Mapped[int] = mapped_column(primary_key=True)
    user_id: Mapped[int] = mapped_column(sa.ForeignKey("user.id", ondelete="CASCADE"), index=True)
    issuer: Mapped[str] = mapped_column(sa.String(255))
    subject: Mapped[str] = mapped_column(sa.String(255))
    linked_at: Mapped[datetime]

    user: Mapped[User] = relationship()

    __table_args__ = (sa.UniqueConstraint("issuer", "subject"),)


class UsedOnce(Base):
    """Something that works only once and was used, such as a challenge; forgotten when it would be too old anyway."""

    __tablename__ = "used_once"
    key: Mapped[str] = mapped_column(sa.String(120), primary_key=True)
    until: Mapped[datetime]
