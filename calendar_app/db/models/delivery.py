"""Tables of what goes out: who receives it, and each delivery."""

from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column, relationship

from calendar_app.db.engine import Base
from calendar_app.db.models.columns import one_of
from calendar_app.db.models.entries import Entry
from calendar_app.db.models.places import Department
from calendar_app.db.models.records import Revision

# "skipped": there was nothing left to say, such as the withdrawal of what never went out.
DELIVERY_STATES = ("waiting", "sent", "failed", "skipped")
OFTEN = ("now", "daily", "weekly")


class Receiver(Base):
    """Who is sent something: a town's account or address, set up at the desk, or a subscriber. `key` is unique in its channel.

    `channel` names a file of `delivery/channels`. `query` is the canonical filter of the changes it is owed (NULL: none, only
    what is put into the outbox for it), and `since` the revision after which it is owed them.

    Its deliveries go out one after the other. `due_at` is when the next may go: the moment, the end of a worker's lease or of the
    back-off; NULL: nothing waits. `failures` counts those in a row since `failing_since`; `slow`: its last answer took long.
    `secrets` is sealed (`config.sealing`). A subscription ends at `expires_at`.
    """

    __tablename__ = "receiver"
    id: Mapped[int] = mapped_column(primary_key=True)
    channel: Mapped[str] = mapped_column(sa.String(30))
    key: Mapped[str] = mapped_column(sa.String(300))
    name: Mapped[str] = mapped_column(sa.String(100), default="")
    department_id: Mapped[int | None] = mapped_column(sa.ForeignKey("department.id"))
    query: Mapped[str | None] = mapped_column(sa.String(500))
    lang: Mapped[str] = mapped_column(sa.String(10), default="")
    settings: Mapped[dict[str, Any]] = mapped_column(default=dict)
    secrets: Mapped[str] = mapped_column(sa.Text, default="")
    enabled: Mapped[bool] = mapped_column(default=True)
    since: Mapped[int] = mapped_column(default=0)
    created_at: Mapped[datetime]
    due_at: Mapped[datetime | None] = mapped_column(index=True)
    failures: Mapped[int] = mapped_column(default=0)
    failing_since: Mapped[datetime | None]
    slow: Mapped[bool] = mapped_column(default=False)
    problem: Mapped[str] = mapped_column(sa.String(500), default="")
    expires_at: Mapped[datetime | None] = mapped_column(index=True)

    department: Mapped[Department | None] = relationship()

    __table_args__ = (sa.UniqueConstraint("channel", "key"),)


class Delivery(Base):
    """Something to send to one receiver, or sent. `key` is unique for its occasion there, which prevents duplicates.

    Receivers see `uid` and know a second copy by it. A change is said anew from its `revision` when it goes out; other content is
    in `content`. `result` is what the receiver's network answered, such as the id of a post; a later change needs it.
    """

    __tablename__ = "delivery"
    id: Mapped[int] = mapped_column(primary_key=True)
    uid: Mapped[str] = mapped_column(sa.String(36), unique=True)
    receiver_id: Mapped[int] = mapped_column(sa.ForeignKey("receiver.id", ondelete="CASCADE"))
    key: Mapped[str] = mapped_column(sa.String(100))
    number: Mapped[int | None] = mapped_column(sa.ForeignKey("revision.number", ondelete="CASCADE"))
    entry_id: Mapped[int | None] = mapped_column(sa.ForeignKey("entry.id", ondelete="SET NULL"), index=True)
    content: Mapped[dict[str, Any]] = mapped_column(default=dict)
    made_at: Mapped[datetime]
    state: Mapped[str] = mapped_column(sa.String(10), default="waiting")
    tries: Mapped[int] = mapped_column(default=0)
    settled_at: Mapped[datetime | None] = mapped_column(index=True)
    problem: Mapped[str] = mapped_column(sa.String(500), default="")
    said: Mapped[str] = mapped_column(sa.Text, default="")
    result: Mapped[dict[str, Any]] = mapped_column(default=dict)

    receiver: Mapped[Receiver] = relationship()
    revision: Mapped[Revision | None] = relationship()
    entry: Mapped[Entry | None] = relationship()

    __table_args__ = (
        one_of("state", DELIVERY_STATES),
        sa.UniqueConstraint("receiver_id", "key"),
        sa.Index("ix_delivery_receiver", "receiver_id", "state", "id"),
    )


class Outbox(Base):
    """The one row that says up to which revision every delivery owed has been made."""

    __tablename__ = "outbox"
    id: Mapped[int] = mapped_column(primary_key=True)
    number: Mapped[int] = mapped_column(default=0)


class FeedReader(Base):
    """A kind of program that follows a feed (`feeds.reader_kinds`): the revision as of which it was last served, and when.

    Nothing about a person is kept: neither address nor name of a program. `subscribers` are those that it reported itself.
    """

    __tablename__ = "feed_reader"
    id: Mapped[int] = mapped_column(primary_key=True)
    address: Mapped[str] = mapped_column(sa.String(300))
    kind: Mapped[str] = mapped_column(sa.String(20))
    number: Mapped[int]
    asked_at: Mapped[datetime]
    subscribers: Mapped[int] = mapped_column(default=0)

    __table_args__ = (sa.UniqueConstraint("address", "kind"),)


class Subscription(Base):
    """What a citizen follows, by mail or by push: a filter, or one event by its public id.

    `token` is also the receiver's `key`: who knows it may change or end the subscription. `person` is a keyed hash of the
    address (`delivery.followers`), the same for all that one address follows; the address itself is sealed in the receiver.
    `next_at` is when the next digest or reminder may be due. Nothing is sent before `confirmed_at`.
    """

    __tablename__ = "subscription"
    receiver_id: Mapped[int] = mapped_column(sa.ForeignKey("receiver.id", ondelete="CASCADE"), primary_key=True)
    token: Mapped[str] = mapped_column(sa.String(30), unique=True)
    person: Mapped[str] = mapped_column(sa.String(64))
    query: Mapped[str] = mapped_column(sa.String(500), default="")
    event: Mapped[str] = mapped_column(sa.String(20), default="", index=True)
    often: Mapped[str] = mapped_column(sa.String(10))
    remind: Mapped[bool] = mapped_column(default=False)
    next_at: Mapped[datetime | None] = mapped_column(index=True)
    confirmed_at: Mapped[datetime | None]

    receiver: Mapped[Receiver] = relationship(lazy="joined", innerjoin=True)

    __table_args__ = (one_of("often", OFTEN), sa.UniqueConstraint("person", "query", "event"))
