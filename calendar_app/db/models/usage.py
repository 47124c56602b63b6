"""The table of how often the site is used."""

from datetime import date

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from calendar_app.db.engine import Base
from calendar_app.db.models.columns import one_of

USAGE_KINDS = ("page", "feed", "short", "old", "follower")


class UsageMonth(Base):
    """How often one subject was used in a month (its first day, in the city): counts only, nothing about a person.

    `subject` by kind: page, the address seen; feed, the kind of program that asked (`feeds.reader_kinds`); short, the code of
    a short address; old, an address that redirects or is gone; follower, a channel, with how many follow by it at the last count.
    """

    __tablename__ = "usage_month"
    month: Mapped[date] = mapped_column(primary_key=True)
    kind: Mapped[str] = mapped_column(sa.String(10), primary_key=True)
    subject: Mapped[str] = mapped_column(sa.String(200), primary_key=True)
    number: Mapped[int] = mapped_column(default=0)

    __table_args__ = (one_of("kind", USAGE_KINDS),)
