"""The channels beside the button that publishes: which there are, what each will say, which a person usually ticks."""

from collections.abc import Collection, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import or_, select
from sqlalchemy.orm import Session
from sqlalchemy.orm.attributes import set_committed_value

from calendar_app.config import Config
from calendar_app.db.models import Entry, Receiver, Revision, User
from calendar_app.delivery import channels, messages, owed, turns
from calendar_app.delivery.channel import To
from calendar_app.entries.revisions import SKIPPED

RECENT = 5000  # revisions in which a person's last publication is looked for


@dataclass(frozen=True, slots=True)
class Choice:
    """A channel that a person may tick. `ticked`: it is usually told."""

    id: int
    name: str
    label: dict[str, str]
    query: str
    ticked: bool


def choices(session: Session, user: User, department_id: int | None) -> list[Choice]:
    """Return the channels that a publication of this department may reach: those of the town and its own.

    They are ticked as this person left them at the last publication; without one, as the department did; else all.
    """
    desk = [channel.name for channel in channels.every().values() if channel.at_desk and channel.follows == "news"]
    reached = select(Receiver).where(
        Receiver.enabled,
        Receiver.channel.in_(desk),
        or_(Receiver.department_id.is_(None), Receiver.department_id == department_id),
    )
    rows = session.scalars(reached.order_by(Receiver.department_id.is_not(None), Receiver.name, Receiver.id)).all()
    skipped = _usually_skipped(session, user, department_id) if rows else set()
    return [
        Choice(row.id, row.name, channels.every()[row.channel].label, row.query or "", row.id not in skipped)
        for row in rows
    ]


def _usually_skipped(session: Session, user: User, department_id: int | None) -> set[int]:
    newest = session.scalar(select(Revision.number).order_by(Revision.number.desc()).limit(1)) or 0
    published = (
        select(Revision.snapshot)
        .where(Revision.kind == "published", Revision.number > newest - RECENT, Revision.actor_id.is_not(None))
        .order_by(Revision.number.desc())
        .limit(1)
    )
    for whose in (Revision.actor_id == user.id, Revision.entry.has(Entry.department_id == department_id)):
        if (snapshot := session.scalar(published.where(whose))) is not None:
            return set(snapshot.get(SKIPPED, ()))
    return set()


@contextmanager
def sparing(session: Session, receiver_ids: Collection[int]) -> Iterator[None]:
    """Record with every public change inside that these receivers are not told of it. An emergency reaches them all the same."""
    session.info[SKIPPED] = sorted(receiver_ids)
    try:
        yield
    finally:
        del session.info[SKIPPED]


def first_words(session: Session, entry: Entry, config: Config, *, at: datetime) -> dict[int, str]:
    """Return what each channel will say when this entry becomes public, by the receiver's id; "" where it says nothing."""
    row = Revision(number=0, kind="published", at=at, public=True, notable=True, note="", snapshot={})
    set_committed_value(row, "entry", entry)  # a plain assignment would put the row into the session
    return words(session, row, config, at=at)


def last_words(session: Session, entry: Entry, config: Config, *, at: datetime) -> dict[int, str]:
    """Return what each channel says of an entry's newest change, as `first_words` does."""
    newest = select(Revision).where(Revision.entry_id == entry.id).order_by(Revision.number.desc()).limit(1)
    row = session.scalar(newest)
    return words(session, row, config, at=at) if row else {}


def words(session: Session, row: Revision, config: Config, *, at: datetime) -> dict[int, str]:
    """Return what each channel of the desk says for a revision, by the receiver's id; "" where its filter is not met."""
    said: dict[int, str] = {}
    for to in session.scalars(select(Receiver).where(Receiver.enabled, Receiver.query.is_not(None))):
        channel = channels.every().get(to.channel)
        if channel is None or not channel.at_desk or row.entry is None:
            continue
        lang = to.lang or config.language
        view = turns.site_view(session, config, lang)
        message = messages.of(row, view, at.astimezone(config.zone).date())
        met = message is not None and owed.meets(session, row.entry, to.query or "")
        text = channel.say(message, To(config, dict(to.settings), lang, at)) if message and met else None
        said[to.id] = text.text if text else ""
    return said
