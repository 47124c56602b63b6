"""The table of words of one meaning at the desk: list, add, remove, and what a word finds now."""

from typing import Any

from flask import Blueprint, Flask, abort, flash, redirect, render_template, request, url_for
from flask_babel import gettext

from calendar_app.db.models import SpellingGroup
from calendar_app.entries import permissions
from calendar_app.listings.search import query, spelling_groups
from calendar_app.web import current_user, now, session

FOUND = 8

bp = Blueprint("spellings", __name__, url_prefix="/staff/spellings")


def register(app: Flask) -> None:
    app.register_blueprint(bp)


@bp.get("")
def every() -> str:
    """List the groups of words, and show what the word in the address finds now."""
    return _page("")


@bp.post("")
def add() -> Any:
    """Add a group of words.

    Raises Forbidden for anybody but an administrator.
    """
    _administrators_only()
    typed = request.form.get("words", "")
    try:
        spelling_groups.add(session, typed, actor=current_user, at=now())
    except ValueError:
        flash(gettext("Type 2 to 12 words that are not one group yet, with spaces between."))
        return _page(typed), 422
    session.commit()
    flash(gettext("Saved."))
    return redirect(url_for("spellings.every"), 303)


@bp.post("/<int:number>/remove")
def remove(number: int) -> Any:
    """Remove a group of words.

    Raises Forbidden for anybody but an administrator, NotFound for an unknown group.
    """
    _administrators_only()
    group = session.get(SpellingGroup, number) or abort(404)
    spelling_groups.remove(session, group, actor=current_user, at=now())
    session.commit()
    flash(gettext("Removed. The history below can add it again."))
    return redirect(url_for("spellings.every"), 303)


def _administrators_only() -> None:
    if not permissions.may(current_user, "manage_site"):
        abort(403)


def _page(typed: str) -> str:
    asked = query.spelled(request.args.get("q", ""))
    number, entries = spelling_groups.found(session, asked, FOUND) if asked else (0, [])
    groups = spelling_groups.all_groups(session)
    return render_template(
        "staff/spellings.html",
        groups=groups,
        standing={group.words for group in groups},
        built_in=spelling_groups.built_in(),
        changes=spelling_groups.changes(session),
        mine=permissions.may(current_user, "manage_site"),
        typed=typed,
        asked=asked,
        found=number,
        entries=entries,
        others=spelling_groups.meaning_the_same(session, asked),
    )
