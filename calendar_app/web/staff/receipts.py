"""Receipts at the desk: for each change of an entry, who has had it, who has not, and what to do about it."""

from flask import Blueprint, Flask, abort, render_template

from calendar_app.db.models import Entry, Revision
from calendar_app.delivery import receipts
from calendar_app.delivery.fediverse import people
from calendar_app.entries import permissions
from calendar_app.listings import queries
from calendar_app.sharing import spoken
from calendar_app.web import current_user, now, session, site_view, today

bp = Blueprint("receipts", __name__, url_prefix="/staff")


def register(app: Flask) -> None:
    app.register_blueprint(bp)


@bp.get("/entries/<public_id>/told")
def told(public_id: str) -> str:
    """Show who has had the last changes of one entry.

    Raises NotFound for an unknown entry.
    """
    entry = queries.by_public_id(session, Entry, public_id) or abort(404)
    rows = receipts.changes(session, entry)
    newest = receipts.of(session, rows[0], at=now()) if rows else None
    return render_template(
        "staff/told.html",
        entry=entry,
        newest=newest,
        earlier=[receipts.of(session, row, at=now()) for row in rows[1:4]],
        spoken=_spoken(entry, rows[0]) if rows and entry.public and receipts.urgent(rows[0]) else "",
        reactions=people.reactions(session, entry),
        replies=people.replies(session, entry),
        mine=lambda to: permissions.may(current_user, "lead", to),
    )


def _spoken(entry: Entry, row: Revision) -> str:
    return spoken.announcement(row, entry, site_view(), today())
