"""Tables of the fediverse (ActivityPub): the accounts of this site, who follows them, what came of entries there, blocks.

Of a person there nothing is kept but a keyed hash of the account, by which a second like or the end of following is
recognised, and the name of the server.
"""

from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column, relationship

from calendar_app.db.engine import Base
from calendar_app.db.models.columns import one_of
from calendar_app.db.models.delivery import Receiver
from calendar_app.db.models.places import Department, Tag

FEDIVERSE_REACTIONS = ("like", "boost", "reply")


class FediverseAccount(Base):
    """An account of this site: of the whole town, of a department, or of a tag. Its name is for ever."""

    __tablename__ = "fediverse_account"
    name: Mapped[str] = mapped_column(sa.String(60), primary_key=True)
    department_id: Mapped[int | None] = mapped_column(sa.ForeignKey("department.id", ondelete="CASCADE"), unique=True)
    tag_id: Mapped[int | None] = mapped_column(sa.ForeignKey("tag.id", ondelete="CASCADE"))

    department: Mapped[Department | None] = relationship()
    tag: Mapped[Tag | None] = relationship()


class FediverseFollower(Base):
    """Somebody who follows an account; the receiver is the inbox of their server, which serves all who follow there.

    `reference` is the SHA-256 of the id of the wish to follow.
    """

    __tablename__ = "fediverse_follower"
    id: Mapped[int] = mapped_column(primary_key=True)
    account: Mapped[str] = mapped_column(sa.ForeignKey("fediverse_account.name", ondelete="CASCADE"))
    person: Mapped[str] = mapped_column(sa.String(64), index=True)
    host: Mapped[str] = mapped_column(sa.String(255))
    reference: Mapped[str] = mapped_column(sa.String(64))
    receiver_id: Mapped[int] = mapped_column(sa.ForeignKey("receiver.id", ondelete="CASCADE"), index=True)

    receiver: Mapped[Receiver] = relationship()

    __table_args__ = (sa.UniqueConstraint("account", "person"),)


class FediverseReaction(Base):
    """A like, a boost or a reply to an entry. `reference` is the SHA-256 of its id there, by which it is taken back.

    `address` is that of a reply, which staff read at its own server; "" for others.
    """

    __tablename__ = "fediverse_reaction"
    id: Mapped[int] = mapped_column(primary_key=True)
    entry_id: Mapped[int] = mapped_column(sa.ForeignKey("entry.id", ondelete="CASCADE"), index=True)
    kind: Mapped[str] = mapped_column(sa.String(10))
    person: Mapped[str] = mapped_column(sa.String(64), index=True)
    host: Mapped[str] = mapped_column(sa.String(255))
    reference: Mapped[str] = mapped_column(sa.String(64), unique=True)
    address: Mapped[str] = mapped_column(sa.String(500), default="")
    at: Mapped[datetime]

    __table_args__ = (one_of("kind", FEDIVERSE_REACTIONS),)


class FediverseKey(Base):
    """A public key of an account elsewhere, kept for a day. `key_hash` and `owner_hash` are SHA-256 of their addresses."""

    __tablename__ = "fediverse_key"
    key_hash: Mapped[str] = mapped_column(sa.String(64), primary_key=True)
    owner_hash: Mapped[str] = mapped_column(sa.String(64))
    pem: Mapped[str] = mapped_column(sa.Text)
    fetched_at: Mapped[datetime]


class FediverseBlock(Base):
    """A server (its host name) or an account (its address) that this site has nothing to do with."""

    __tablename__ = "fediverse_block"
    address: Mapped[str] = mapped_column(sa.String(400), primary_key=True)
    at: Mapped[datetime]
