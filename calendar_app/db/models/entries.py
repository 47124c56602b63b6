"""Tables of entries and of their dates."""

from datetime import date, datetime
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column, relationship

from calendar_app import fields
from calendar_app.dates.recurrence import Override, Repeat, Slot
from calendar_app.db.engine import Base, WallTime
from calendar_app.db.models.columns import Translated, one_of
from calendar_app.db.models.people import User
from calendar_app.db.models.places import Category, Department, Tag, Venue

if TYPE_CHECKING:
    from calendar_app.db.models.feedback import Feedback
    from calendar_app.db.models.records import Revision

LONG = 1000  # characters; from here on a column has no limit of its own
STATES = ("draft", "scheduled", "published", "withdrawn")
STATUSES = ("scheduled", "cancelled", "postponed", "rescheduled", "moved_online", "full")


def words(name: str, **options: Any) -> Any:
    """Return the column of a text field, as long as the table of fields allows."""
    limit = fields.FIELDS[name].limit
    return mapped_column(sa.String(limit) if limit < LONG else sa.Text, **options or {"default": ""})


class EntryTag(Base):
    """The tags of an entry."""

    __tablename__ = "entry_tag"
    entry_id: Mapped[int] = mapped_column(sa.ForeignKey("entry.id", ondelete="CASCADE"), primary_key=True)
    tag_id: Mapped[int] = mapped_column(sa.ForeignKey("tag.id"), primary_key=True, index=True)


class Entry(Translated, Base):
    """An entry: an event or an announcement.

    An imported entry names its `source` and its `source_uid` there. `imported` holds the values last imported, so that
    the next import changes only what nobody has edited here.

    `changed_at` moves with any public change (LAST-MODIFIED), `updated_at` only with notable ones (atom:updated).
    `version` is the optimistic lock of the form.
    """

    __tablename__ = "entry"
    id: Mapped[int] = mapped_column(primary_key=True)
    kind: Mapped[str] = mapped_column(sa.String(20))
    uid: Mapped[str] = mapped_column(sa.String(300), unique=True)
    public_id: Mapped[str] = mapped_column(sa.String(16), unique=True)
    state: Mapped[str] = mapped_column(sa.String(20), default="draft", index=True)
    title: Mapped[str] = words("title", nullable=False)
    title_kana: Mapped[str] = words("title_kana")
    summary: Mapped[str] = words("summary")
    summary_easy: Mapped[str] = words("summary_easy")
    town: Mapped[str] = words("town")
    body: Mapped[str] = words("body")
    body_html: Mapped[str] = mapped_column(sa.Text, default="")
    department_id: Mapped[int] = mapped_column(sa.ForeignKey("department.id"), index=True)
    author_id: Mapped[int | None] = mapped_column(sa.ForeignKey("user.id"))
    # Who looks after it now; NULL: its author.
    owner_id: Mapped[int | None] = mapped_column(sa.ForeignKey("user.id"))
    # The template that it was made from.
    template_id: Mapped[int | None] = mapped_column(sa.ForeignKey("template.id"), index=True)
    created_at: Mapped[datetime]
    publish_at: Mapped[datetime | None] = mapped_column(index=True)
    published_at: Mapped[datetime | None] = mapped_column(index=True)
    updated_at: Mapped[datetime]
    changed_at: Mapped[datetime]
    sequence: Mapped[int] = mapped_column(default=0)
    source: Mapped[str] = mapped_column(sa.String(100), default="")
    source_uid: Mapped[str] = mapped_column(sa.String(300), default="")
    imported: Mapped[dict[str, Any]] = mapped_column(default=dict)
    version: Mapped[int] = mapped_column(default=1)

    department: Mapped[Department] = relationship()
    author: Mapped[User | None] = relationship(foreign_keys=author_id)
    owner: Mapped[User | None] = relationship(foreign_keys=owner_id)
    tags: Mapped[list[Tag]] = relationship(secondary="entry_tag", order_by="Tag.id")
    photos: Mapped[list["Photo"]] = relationship(back_populates="entry", order_by="Photo.position, Photo.id")
    revisions: Mapped[list["Revision"]] = relationship(back_populates="entry", order_by="Revision.number.desc()")
    # Questions with answers that are published on its page.
    answers: Mapped[list["Feedback"]] = relationship(
        primaryjoin="and_(Feedback.entry_id == Entry.id, Feedback.published_at.is_not(None))",
        order_by="Feedback.published_at, Feedback.id",
        viewonly=True,
    )

    __mapper_args__ = {"polymorphic_on": "kind", "version_id_col": version, "version_id_generator": False}  # noqa: RUF012
    __table_args__: Any = (
        one_of("state", STATES),
        one_of("kind", ("event", "announcement")),
        sa.Index("ix_entry_source", "source", "source_uid"),
    )

    @property
    def public(self) -> bool:
        """Whether readers see the entry."""
        return self.state == "published"


class Event(Entry):
    """An event. Without an exact date, `start` and `end` are the first and the last possible day.

    `adjusted` lists the dates that `skips` and `shift` leave out or move, with the reason; `editing` computes it from
    the rule.
    """

    __tablename__ = "event"
    id: Mapped[int] = mapped_column(sa.ForeignKey("entry.id", ondelete="CASCADE"), primary_key=True)
    start: Mapped[datetime] = mapped_column(WallTime)
    end: Mapped[datetime | None] = mapped_column(WallTime)
    all_day: Mapped[bool] = mapped_column(default=False)
    timezone: Mapped[str] = words("timezone", nullable=False)
    precision: Mapped[str] = words("precision", default="exact")
    certainty: Mapped[str] = words("certainty", default="confirmed")
    date_note: Mapped[str] = words("date_note")
    rule: Mapped[str] = words("rule")
    rdates: Mapped[list[Any]] = mapped_column(default=list)
    exdates: Mapped[list[Any]] = mapped_column(default=list)
    overrides: Mapped[list[Any]] = mapped_column(default=list)
    skips: Mapped[list[Any]] = mapped_column(default=list)
    shift: Mapped[str] = words("shift")
    slots: Mapped[list[Any]] = mapped_column(default=list)
    adjusted: Mapped[list[Any]] = mapped_column(default=list)
    status: Mapped[str] = mapped_column(sa.String(20), default="scheduled", index=True)
    reason: Mapped[str] = mapped_column(sa.String(500), default="")
    status_at: Mapped[datetime | None]
    previous_starts: Mapped[list[Any]] = mapped_column(default=list)
    weather: Mapped[str] = words("weather")
    weather_rule: Mapped[str] = words("weather_rule")
    reserve_start: Mapped[datetime | None] = mapped_column(WallTime)
    decision: Mapped[str] = words("decision")
    venue_id: Mapped[int | None] = mapped_column(sa.ForeignKey("venue.id"), index=True)
    online_url: Mapped[str] = words("online_url")
    url: Mapped[str] = words("url")
    ticket_url: Mapped[str] = words("ticket_url")
    parent_id: Mapped[int | None] = mapped_column(sa.ForeignKey("event.id"), index=True)
    # The series that it was split from, or last year's event.
    previous_id: Mapped[int | None] = mapped_column(sa.ForeignKey("event.id"), index=True)
    category_id: Mapped[int | None] = mapped_column(sa.ForeignKey("category.id"), index=True)
    audience: Mapped[str] = words("audience")
    fee: Mapped[int | None]
    fee_note: Mapped[str] = words("fee_note")
    capacity: Mapped[int | None]
    apply: Mapped[str] = words("apply")
    apply_start: Mapped[datetime | None] = mapped_column(WallTime, index=True)
    apply_deadline: Mapped[datetime | None] = mapped_column(WallTime, index=True)
    contact: Mapped[str] = words("contact")
    organizer: Mapped[str] = words("organizer")
    # Facilities beside or instead of the venue's, a note with the contact, and the time by which to ask.
    facilities: Mapped[dict[str, Any]] = mapped_column(default=dict)
    facilities_note: Mapped[str] = words("facilities_note")
    facilities_by: Mapped[datetime | None] = mapped_column(WallTime)

    venue: Mapped[Venue | None] = relationship()
    category: Mapped[Category | None] = relationship()
    # The join by `Entry.id`, the key by which SQLAlchemy finds loaded events: an empty reference then asks nothing.
    parent: Mapped["Event | None"] = relationship(
        primaryjoin="foreign(Event.parent_id) == remote(Entry.id)", back_populates="children"
    )
    children: Mapped[list["Event"]] = relationship(
        foreign_keys="Event.parent_id", back_populates="parent", order_by="Event.start"
    )
    previous: Mapped["Event | None"] = relationship(primaryjoin="foreign(Event.previous_id) == remote(Entry.id)")
    occurrences: Mapped[list["Occurrence"]] = relationship(
        back_populates="event", order_by="Occurrence.start", cascade="all, delete-orphan", passive_deletes=True
    )

    __mapper_args__ = {"polymorphic_identity": "event", "inherit_condition": id == Entry.id}  # noqa: RUF012
    __table_args__ = (one_of("status", STATUSES),)

    @property
    def confirmed(self) -> bool:
        """Whether the date is decided."""
        return self.certainty == "confirmed"

    @property
    def repeat(self) -> Repeat:
        """The dates as `recurrence` reads them. Adjusted dates count as typed ones, for their whole day."""
        moments = datetime.fromisoformat
        moved = [adjustment["to"] for adjustment in self.adjusted if adjustment.get("to")]
        return Repeat(
            start=self.start,
            end=self.end,
            all_day=self.all_day,
            rule=self.rule,
            rdates=tuple(map(moments, [*self.rdates, *moved])),
            exdates=tuple(map(moments, [*self.exdates, *(adjustment["day"] for adjustment in self.adjusted)])),
            overrides=tuple(_override(override) for override in self.overrides),
            slots=tuple(Slot.read(*slot) for slot in self.slots),
        )


def _override(override: dict[str, Any]) -> Override:
    moments = {
        name: datetime.fromisoformat(override[name]) for name in ("original", "start", "end") if override.get(name)
    }
    return Override(**override | moments)


REPLACING = sa.text("supersedes_id IS NOT NULL")


class Announcement(Entry):
    """An announcement; one with a `headline` is the status line of the event that it is `about`."""

    __tablename__ = "announcement"
    id: Mapped[int] = mapped_column(sa.ForeignKey("entry.id", ondelete="CASCADE"), primary_key=True)
    importance: Mapped[str] = words("importance", default="normal")
    # After it the announcement leaves the top of pages; its own page stays.
    valid_until: Mapped[datetime | None] = mapped_column(index=True)
    expired: Mapped[bool] = mapped_column(default=False)
    # A season's status line: its headline, the place, and the time seen (in the event's zone).
    headline: Mapped[str] = words("headline")
    place: Mapped[str] = words("place")
    seen_at: Mapped[datetime | None] = mapped_column(WallTime)
    about_id: Mapped[int | None] = mapped_column(sa.ForeignKey("event.id"), index=True)
    supersedes_id: Mapped[int | None] = mapped_column(sa.ForeignKey("announcement.id"))
    contact: Mapped[str] = words("contact")

    about: Mapped[Event | None] = relationship(foreign_keys=about_id)
    supersedes: Mapped["Announcement | None"] = relationship(
        primaryjoin="foreign(Announcement.supersedes_id) == remote(Entry.id)"
    )

    __mapper_args__ = {"polymorphic_identity": "announcement", "inherit_condition": id == Entry.id}  # noqa: RUF012
    __table_args__ = (
        one_of("importance", fields.ANNOUNCEMENT["importance"].choices),
        # Each page asks for the few that are in force, and for those that replace another.
        sa.Index("ix_announcement_importance", "importance", "expired"),
        sa.Index("ix_announcement_supersedes_id", "supersedes_id", sqlite_where=REPLACING, postgresql_where=REPLACING),
    )


class Occurrence(Base):
    """One concrete date of an event, expanded from its rule by `publishing`. Every list page is a range query on this
    table.

    `start` and `end` are instants, end exclusive; `first_day` and `last_day` are local days, inclusive. `long` ones
    (over 60 days) are few and are queried apart, so that the index serves the many short ones.
    """

    __tablename__ = "occurrence"
    id: Mapped[int] = mapped_column(primary_key=True)
    # the unique constraint with `original` is its index
    event_id: Mapped[int] = mapped_column(sa.ForeignKey("event.id", ondelete="CASCADE"))
    original: Mapped[datetime] = mapped_column(WallTime)
    wall_start: Mapped[datetime] = mapped_column(WallTime)
    wall_end: Mapped[datetime | None] = mapped_column(WallTime)
    start: Mapped[datetime]
    end: Mapped[datetime]
    first_day: Mapped[date]
    last_day: Mapped[date]
    long: Mapped[bool] = mapped_column(default=False)
    status: Mapped[str | None] = mapped_column(sa.String(20))
    note: Mapped[str] = mapped_column(sa.String(300), default="")
    venue_id: Mapped[int | None] = mapped_column(sa.ForeignKey("venue.id"))

    event: Mapped[Event] = relationship(back_populates="occurrences")
    venue: Mapped[Venue | None] = relationship()

    __table_args__ = (
        sa.Index("ix_occurrence_days", "long", "first_day", "last_day"),
        sa.UniqueConstraint("event_id", "original"),
    )


class Photo(Base):
    """A stored picture. Files are named by content; `sizes` maps file names to bytes."""

    __tablename__ = "photo"
    id: Mapped[int] = mapped_column(primary_key=True)
    entry_id: Mapped[int | None] = mapped_column(sa.ForeignKey("entry.id", ondelete="SET NULL"), index=True)
    template_id: Mapped[int | None] = mapped_column(sa.ForeignKey("template.id"), index=True)
    position: Mapped[int] = mapped_column(default=0)
    name: Mapped[str] = mapped_column(sa.String(40))
    alt: Mapped[str] = mapped_column(sa.String(300), default="")
    width: Mapped[int]
    height: Mapped[int]
    sizes: Mapped[dict[str, Any]]
    uploaded_by: Mapped[int | None] = mapped_column(sa.ForeignKey("user.id"))
    uploaded_at: Mapped[datetime]

    entry: Mapped[Entry | None] = relationship(back_populates="photos")
