"""Work between colleagues: read recent changes, comment, hand over; and the morning summary of the desk."""

from datetime import timedelta
from typing import Any

from flask import Blueprint, Flask, abort, flash, redirect, render_template, request, url_for
from flask_babel import gettext, ngettext
from markupsafe import Markup
from sqlalchemy import select
from werkzeug.wrappers import Response as AnyResponse

from calendar_app.db.models import Comment, Department, Entry, Occurrence, User
from calendar_app.entries import permissions
from calendar_app.entries.editing import Invalid
from calendar_app.feeds import deadlines
from calendar_app.listings import queries
from calendar_app.listings.filters import EVERYTHING, Filter
from calendar_app.staff import batch_dates, comments, handover, unread
from calendar_app.text import markup
from calendar_app.web import config, current_user, now, session, today
from calendar_app.web.forms import form_values
from calendar_app.web.forms.fields import whole

bp = Blueprint("home", __name__, url_prefix="/staff")

CLOSING, COMING = timedelta(days=3), timedelta(days=7)
ON_DESK = 5  # comments on the desk


def register(app: Flask) -> None:
    app.register_blueprint(bp)
    app.jinja_env.globals.update(comments_of=comments_of, morning=morning)
    app.jinja_env.filters["linked"] = lambda text: Markup(markup.linked(text))  # noqa: S704 - escaped there


@bp.get("/news", endpoint="unread")
def unread_page() -> str:
    """List what colleagues published since one's last visit, in the own department or everywhere."""
    home = _home()
    shown = home if request.args.get("of") != "all" else None
    unread_changes = unread.unread_changes(session, _me(), shown)
    changes = [
        form_values.changes(unread_change.before, unread_change.revision.snapshot, config.zone)
        if unread_change.before
        else []
        for unread_change in unread_changes
    ]
    unread_comments = comments.unread(session, _me(), shown)
    return render_template(
        "staff/news.html",
        unread_changes=list(zip(unread_changes, changes, strict=True)),
        unread_comments=unread_comments,
        more=len(unread_changes) == unread.MOST and unread.count_unread(session, _me(), shown) - unread.MOST,
        newest=max([unread_change.revision.number for unread_change in unread_changes], default=0),
        newest_comment=max([comment.id for comment in unread_comments], default=0),
        home=home,
        everything=shown is None,
    )


@bp.post("/news/read")
def read() -> AnyResponse:
    """Mark as read everything up to the newest revision that the page showed."""
    site = queries.site(session)
    revision, comment = request.form.get("revision", 0, whole), request.form.get("comment", 0, whole)
    unread.mark_read(session, _me(), min(revision, site.revision), comment)
    session.commit()
    flash(gettext("Marked as read."))
    return redirect(url_for("entry_actions.desk"), 303)


@bp.post("/entries/<public_id>/comments")
def comment(public_id: str) -> AnyResponse:
    """Add a comment, or thanks, to one entry.

    Raises NotFound for an unknown entry.
    """
    entry = queries.by_public_id(session, Entry, public_id) or abort(404)
    thanks = "thanks" in request.form
    try:
        comments.add(session, entry, request.form.get("text", ""), actor=_me(), at=now(), thanks=thanks)
        session.commit()
        flash(
            gettext("Thank you, we have recorded it.")
            if thanks
            else gettext("Your comment was added. Only colleagues can see it.")
        )
    except Invalid as error:
        session.rollback()
        long = error.errors["text"] == "too_long"
        flash(gettext("Please write at most 2,000 characters.") if long else gettext("Please write a comment."))
    if request.form.get("back") == "news":
        return redirect(url_for("home.unread"), 303)
    return redirect(url_for("entry_actions.done", public_id=public_id, _anchor="comments"), 303)


@bp.post("/comments/<int:number>/<any(remove, resolve):verb>")
def settle(number: int, verb: str) -> AnyResponse:
    """Remove one's own comment, or mark a comment as resolved.

    Raises NotFound for an unknown comment, Forbidden for anybody else's.
    """
    comment = session.get(Comment, number) or abort(404)
    if verb == "remove":
        gone = comments.remove(session, comment, actor=_me(), at=now())
        flash(
            gettext("Undone.")
            if gone
            else gettext("You can remove only your own comments, and only within ten minutes.")
        )
    elif comment.author_id == current_user.id or permissions.may(current_user, "edit", comment.entry):
        comments.resolve(comment, actor=_me(), at=now())
    else:
        abort(403)
    public_id = comment.entry.public_id
    session.commit()
    return redirect(url_for("entry_actions.done", public_id=public_id, _anchor="comments"), 303)


@bp.get("/handover")
def choose() -> str:
    """Show the form to hand over one person's current entries.

    Raises NotFound for an unknown person, Forbidden when their entries are not this person's to give.
    """
    person = _giver(request.args.get("person", current_user.id, whole))
    entries = handover.current_entries(session, person, today())
    everybody = session.scalars(select(User).where(User.active).order_by(User.department_id, User.id)).all()
    people = session.scalars(select(User).order_by(User.department_id, User.id)).all()
    return render_template(
        "staff/handover.html",
        person=person,
        entries=entries,
        templates_and_sources=handover.templates_and_sources_of(session, person),
        counts=handover.count_by_heading(entries),
        group=handover.heading,
        people=[colleague for colleague in people if _may_give(colleague)],
        takers=[colleague for colleague in everybody if colleague.id != person.id and _may_take(colleague)],
        departments=_departments() if permissions.may(current_user, "manage_users") else [],
    )


@bp.post("/handover")
def hand_over() -> AnyResponse:
    """Hand over the selected entries to a colleague.

    Raises NotFound for an unknown person, Forbidden when the entries are not this person's to give, or not to that
    receiver.
    """
    person = _giver(request.form.get("person", 0, whole))
    taker = session.get(User, request.form.get("to", 0, whole))
    home = session.get(Department, request.form.get("department", 0, whole))
    if (taker and not (taker.active and _may_take(taker))) or (
        home and not permissions.may(current_user, "manage_users")
    ):
        abort(403)
    ticked = set(request.form.getlist("entry"))
    entries = [entry for entry in handover.current_entries(session, person, today()) if entry.public_id in ticked]
    ticked = set(request.form.getlist("thing"))
    items = [
        item
        for item in handover.templates_and_sources_of(session, person)
        if f"{item.__tablename__}:{item.id}" in ticked
    ]
    if not (entries or items) or not (taker or home):
        flash(gettext("Please select at least one entry, and choose who takes over."))
        return redirect(url_for("home.choose", person=person.id), 303)
    act = handover.hand_over(session, entries, taker, home, settings=items, actor=_me(), at=now())
    session.commit()
    count = len(entries) + len(items)
    flash(
        ngettext(
            "Handed over: %(num)s entry. You can undo it with one button.",
            "Handed over: %(num)s entries. You can undo all of it with one button.",
            count,
        )
    )
    if not batch_dates.rows(session, act):  # the taker had everything already
        return redirect(url_for("home.choose", person=person.id), 303)
    return redirect(url_for("batch_dates.done", act=act), 303)


def comments_of(entry: Entry) -> list[tuple[Comment, bool]]:
    """The comments on an entry, each with whether this person may still remove it."""
    return [
        (comment, comments.may_remove(comment, current_user, now())) for comment in comments.on_entry(session, entry)
    ]


def morning() -> dict[str, Any]:
    """What the desk shows: today's events with their status lines, each event of the next days once, deadlines of three
    days, open questions among colleagues, unread changes."""
    home = _home()
    wanted = Filter((("department", (home.slug,)),)) if home else EVERYTHING
    dates = queries.occurrences(session, today(), today() + COMING, wanted)
    on = [date for date in dates if date.first_day <= today() and date.event.precision == "exact"]
    next_dates = {date.event_id: date for date in reversed(dates)}
    closing = deadlines.between(session, today(), today() + CLOSING, wanted)
    unanswered = comments.unanswered(session, _me(), home)
    return {
        "on": sorted(on, key=_season_first),
        "coming": [date for date in dates if date is next_dates[date.event_id] and date not in on],
        "lines": queries.headlines(session, [occurrence.event for occurrence in on]),
        "closing": [deadline for deadline in closing if deadline.kind == "closes"],
        "asked": unanswered[:ON_DESK],
        "asked_more": max(len(unanswered) - ON_DESK, 0),
        "unread": unread.count_unread(session, _me(), home) + len(comments.unread(session, _me(), home)),
    }


def _season_first(occurrence: Occurrence) -> tuple[bool, Any]:
    return occurrence.first_day == occurrence.last_day, occurrence.start


def _me() -> User:
    return session.get_one(User, current_user.id)


def _home() -> Department | None:
    """The department of the desk; None for an administrator, who sees the whole city."""
    return None if current_user.role == "admin" else current_user.department


def _giver(number: int) -> User:
    person = session.get(User, number) or abort(404)
    return person if _may_give(person) else abort(403)


def _may_give(person: User) -> bool:
    """Tell whether this person may hand over the work of `person`: their own, their department's as head, or all as administrator."""
    return bool(person.id == current_user.id or permissions.may(current_user, "lead", person))


def _may_take(person: User) -> bool:
    """Tell whether `person` may receive work: a colleague of the same department, or anybody for an administrator."""
    return permissions.may(current_user, "manage_users") or person.department_id == current_user.department_id


def _departments() -> list[Department]:
    return list(session.scalars(select(Department).order_by(Department.id)))
