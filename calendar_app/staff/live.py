"""List what has just happened, for the open desk: what citizens wrote, reactions, deliveries that failed, colleagues at work."""

from collections.abc import Collection
from datetime import date, datetime, timedelta
from typing import NamedTuple

from sqlalchemy import func, or_, select
from sqlalchemy.orm import Session, joinedload

from calendar_app.db.models import (
    Delivery,
    Department,
    Entry,
    FediverseReaction,
    Feedback,
    FormDraft,
    Poll,
    Receiver,
    User,
)
from calendar_app.feedback import polls, reactions

MOST = 4  # of each kind
OF_LATE = timedelta(hours=24)
AT_WORK = timedelta(minutes=3)  # after the last key in a form


class AtWork(NamedTuple):
    """A colleague who is editing an entry."""

    person: User
    entry: Entry


def received(session: Session, department: Department | None, at: datetime) -> list[Feedback]:
    """List the questions of the last day to a department, or to all, that wait, and the thanks; newest first, no spam."""
    unsettled = or_(Feedback.state == "waiting", (Feedback.kind == "thanks") & (Feedback.state == "closed"))
    query = select(Feedback).where(Feedback.asked_at >= at - OF_LATE, unsettled)
    if department:
        query = query.where(Feedback.department_id == department.id)
    return list(session.scalars(query.order_by(Feedback.id.desc()).limit(MOST)))


def reacted(session: Session, department: Department | None, day: date) -> list[tuple[Entry, dict[str, int]]]:
    """List the entries to which people reacted on a day, with the numbers by kind, most reactions first."""
    return reactions.of_day(session, department.id if department else None, day, MOST)


def in_fediverse(
    session: Session, department: Department | None, since: datetime
) -> list[tuple[Entry, dict[str, int]]]:
    """List the entries that people of the fediverse liked, boosted or replied to since an instant, the latest first, with the numbers by kind."""
    total, newest = func.count(FediverseReaction.id), func.max(FediverseReaction.id)
    of_late = select(FediverseReaction.entry_id).where(FediverseReaction.at >= since)
    if department:
        of_late = of_late.join(Entry, Entry.id == FediverseReaction.entry_id).where(
            Entry.department_id == department.id
        )
    ids = session.scalars(of_late.group_by(FediverseReaction.entry_id).order_by(newest.desc()).limit(MOST)).all()
    numbers = select(FediverseReaction.entry_id, FediverseReaction.kind, total).where(
        FediverseReaction.at >= since, FediverseReaction.entry_id.in_(ids)
    )
    counted: dict[int, dict[str, int]] = {number: {} for number in ids}
    for entry_id, kind, number in session.execute(
        numbers.group_by(FediverseReaction.entry_id, FediverseReaction.kind).order_by(FediverseReaction.kind)
    ):
        counted[entry_id][kind] = number
    return [(session.get_one(Entry, number), kinds) for number, kinds in counted.items()]


def answered(session: Session, department: Department | None, day: date) -> list[Poll]:
    """List the department's own questions that readers answered on a day, most answers first."""
    return polls.answered(session, department.id if department else None, day, MOST)


def failed(session: Session, department: Department | None, channels: Collection[str], at: datetime) -> list[Delivery]:
    """List the deliveries on these channels that failed in the last day or are being tried again, newest first."""
    again = (Delivery.state == "waiting") & (Delivery.tries > 0) & (Receiver.failures > 0)
    query = select(Delivery).join(Receiver).options(joinedload(Delivery.receiver), joinedload(Delivery.entry))
    query = query.where(
        Receiver.channel.in_(channels), or_(again, (Delivery.state == "failed") & (Delivery.settled_at >= at - OF_LATE))
    )
    if department:
        query = query.where(or_(Receiver.department_id == department.id, Receiver.department_id.is_(None)))
    return list(session.scalars(query.order_by(Delivery.id.desc()).limit(MOST)))


def editing(session: Session, department: Department | None, me: User, at: datetime) -> list[AtWork]:
    """List the colleagues who are editing an entry of a department, or of any; without this person."""
    query = select(User, Entry).join(FormDraft, FormDraft.user_id == User.id)
    query = query.join(Entry, Entry.public_id == FormDraft.entry).where(User.id != me.id)
    query = query.where(~FormDraft.finished, FormDraft.entry != "", FormDraft.updated_at >= at - AT_WORK)
    if department:
        query = query.where(Entry.department_id == department.id)
    rows = session.execute(query.order_by(FormDraft.updated_at.desc()).limit(MOST))
    return [AtWork(person, entry) for person, entry in rows]
