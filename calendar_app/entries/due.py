"""Do the work that has become due. The worker runs it every few seconds; each reader runs it before the answer is made.

The first caller after `site.due_at` does the work once, under the write lock. So pages are right at that very moment,
with or without the worker.
"""

from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from calendar_app.db.models import Announcement, Entry, Event, Site
from calendar_app.entries import change_notices, due_moments, publishing, revisions, settle_rescheduled
from calendar_app.entries.change_notices import Notice


def waits(session: Session, *, at: datetime) -> bool:
    """Whether any work may be due at the instant `at` (UTC). A cheap check without a lock."""
    due_at = session.scalar(select(Site.due_at).where(Site.id == 1))
    return due_at is not None and due_at <= at


def run(session: Session, *, at: datetime) -> list[Entry]:
    """Publish scheduled entries, expire announcements, end 【日時変更】 and the waiting for a date that has passed; return
    the changed entries. Takes the write lock.

    A late run uses the due times: a scheduled entry counts as published when it was due, and is no news if it is over
    by now. `at` is an instant (UTC).
    """
    site = revisions.lock(session)
    if site.due_at is None or site.due_at > at:
        return []
    changed = [*_publish(session, at), *_expire(session, at)]
    changed += [*settle_rescheduled.settle(session, at=at), *_pass(session, at)]
    site.due_at = due_moments.earliest(session)
    session.flush()
    return changed


def _publish(session: Session, at: datetime) -> list[Entry]:
    scheduled = select(Entry).where(Entry.state == "scheduled", Entry.publish_at <= at)
    entries = list(session.scalars(scheduled.order_by(Entry.publish_at, Entry.id)))
    for entry in entries:
        publishing.publish(session, entry, actor=None, at=at, since=entry.publish_at, notable=not over(entry, at))
    return entries


def over(entry: Entry, at: datetime) -> bool:
    """Whether an entry is over at the instant `at` (UTC): its last date has ended, or an announcement's validity has
    passed."""
    if isinstance(entry, Announcement):
        return entry.valid_until is not None and entry.valid_until <= at
    ends = [occurrence.end for occurrence in entry.occurrences] if isinstance(entry, Event) else []
    return bool(ends) and max(ends) <= at


def _expire(session: Session, at: datetime) -> list[Announcement]:
    query = select(Announcement).where(
        Announcement.state == "published", ~Announcement.expired, Announcement.valid_until <= at
    )
    announcements = list(session.scalars(query.order_by(Announcement.valid_until, Announcement.id)))
    for announcement in announcements:
        announcement.expired = True
        in_calendars = announcement.importance == "emergency"  # a calendar must drop it
        notice = Notice("expired", sequence=in_calendars, by_clock=True)
        change_notices.record(session, announcement, notice, actor=None, at=at)
    return announcements


def _pass(session: Session, at: datetime) -> list[Event]:
    """Record that dates have passed which nobody confirmed: calendars, feeds and pictures no longer say 日程調整中."""
    moments = {event: due_moments.passes_at(event) for event in due_moments.uncertain(session)}
    passed = [event for event, moment in moments.items() if moment is not None and moment <= at]
    for event in passed[: settle_rescheduled.MOST]:
        change_notices.record(session, event, Notice("passed", by_clock=True), actor=None, at=at)
    return passed[: settle_rescheduled.MOST]
