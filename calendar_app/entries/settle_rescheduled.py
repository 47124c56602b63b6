"""End 【日時変更】 by a revision when the new dates have become the usual ones, as every change by time is a revision."""

from datetime import datetime

from sqlalchemy.orm import Session

from calendar_app.db.models import Event
from calendar_app.entries import change_notices, due_moments
from calendar_app.entries.change_notices import Notice

MOST = 50  # events at once, so that nobody's save waits long for the lock


def settle(session: Session, *, at: datetime) -> list[Event]:
    """End 【日時変更】 for every event whose new dates are due to settle at `at` (UTC); return them. The caller holds the
    write lock.

    SEQUENCE stays, since nobody's plan changes; LAST-MODIFIED moves, since the title does.
    """
    moments = {event: due_moments.settles_at(event) for event in due_moments.rescheduled(session)}
    usual = [event for event, moment in moments.items() if moment is not None and moment <= at][:MOST]
    for event in usual:
        event.status, event.reason, event.status_at = "scheduled", "", at
        change_notices.record(session, event, Notice("settled", by_clock=True), actor=None, at=at)
    return usual
